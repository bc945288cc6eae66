"""Decisions about bank accounts (银行账户规则): pure functions."""

import re
import unicodedata
from collections.abc import Collection
from datetime import datetime, timedelta
from typing import Final

from tongchou.enrolment.bank_accounts.states import HolderKind
from tongchou.kernel.errors import DomainError

ACCOUNT_SHAPE: Final = re.compile(r"\d{8,30}")


class AccountNumberUnfit(DomainError):
    code = "EN-4121"
    message = "银行账号“{number}”应为8至30位数字"
    citation = "GX2017 §14"


class HolderUnfit(DomainError):
    code = "EN-4122"
    message = "户名“{holder}”既不是参保人{person}本人,也不是已登记的监护人,不能用于支付待遇"
    citation = "GX2017 §14"


def account_number(given: str) -> str:
    """银行账号 without blanks and hyphens. Raises: AccountNumberUnfit."""
    number = re.sub(r"[\s-]", "", unicodedata.normalize("NFKC", given))
    if not ACCOUNT_SHAPE.fullmatch(number):
        raise AccountNumberUnfit(number=given.strip()[:40])
    return number


def holder_kind(*, holder: str, person: str, guardians: Collection[str]) -> HolderKind:
    """户名核对 (ENR-19): the insured, or a registered guardian. Raises: HolderUnfit."""
    if holder == person:
        return HolderKind.SELF
    if holder in guardians:
        return HolderKind.GUARDIAN
    raise HolderUnfit(holder=holder, person=person)


def changed_shortly_before(*, changed_at: datetime, paid_at: datetime, watch: timedelta) -> bool:
    """付款前近期变更 (ENR-19): the account took the place of another within the watch before the payment."""
    return timedelta(0) <= paid_at - changed_at <= watch
