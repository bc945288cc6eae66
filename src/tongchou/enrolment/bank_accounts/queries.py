"""What others may ask of bank accounts (银行账户查询): payment and refunds pay to what stands here."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from django.db.models import Exists, F, OuterRef, Q, QuerySet

from tongchou.enrolment import parameters
from tongchou.enrolment.bank_accounts import rules
from tongchou.enrolment.bank_accounts.models import BankAccount
from tongchou.enrolment.bank_accounts.states import HolderKind
from tongchou.platform.scope import Scope

_REPLACES: Final = Exists(
    BankAccount.objects.filter(person=OuterRef("person"), replaced_at__lte=OuterRef("recorded_at"))
)


@dataclass(frozen=True, slots=True)
class AccountAt:
    """银行账户 of a person at an instant; `just_changed`: another stood there within the watch before it (ENR-19)."""

    id: int
    person_id: int
    bank_name: str
    account_no: str
    holder_kind: HolderKind
    holder_name: str
    since: datetime
    just_changed: bool


def account_of(person_id: int, at: datetime) -> AccountAt | None:
    """The account to which a payment released at that instant goes (收款账户; GX2017 §14; ENR-19)."""
    return accounts_of({person_id}, at).get(person_id)


def accounts_of(person_ids: Collection[int], at: datetime) -> dict[int, AccountAt]:
    """The same for many persons, in one statement."""
    found = BankAccount.objects.filter(
        Q(replaced_at=None) | Q(replaced_at__gt=at), person_id__in=person_ids, recorded_at__lte=at
    ).annotate(replaces=_REPLACES, area=F("person__pooling_area_id"))
    return {one.person_id: _at(one, at) for one in found}


def _at(one: BankAccount, at: datetime) -> AccountAt:
    watch = parameters.procedure(one.area).account_watch  # type: ignore[attr-defined]
    near = rules.changed_shortly_before(changed_at=one.recorded_at, paid_at=at, watch=watch)
    return AccountAt(
        one.pk,
        one.person_id,
        one.bank_name,
        one.account_no,
        HolderKind(one.holder_kind),
        one.holder_name,
        one.recorded_at,
        near and one.replaces,  # type: ignore[attr-defined]  annotated
    )


def history_of(person_id: int) -> list[BankAccount]:
    """Every account a person ever had, the latest first (账户沿革)."""
    return list(BankAccount.objects.filter(person_id=person_id).order_by("-recorded_at"))


def changed_since(since: datetime, *, scope: Scope) -> QuerySet[BankAccount]:
    """Accounts that took the place of another since an instant, inside a scope (近期变更账户; ENR-19)."""
    found = BankAccount.objects.filter(scope.q("person__unit_code", "person__pooling_area"), recorded_at__gte=since)
    return found.filter(_REPLACES).select_related("person")


def watch_begins(pooling_area: str, at: datetime) -> datetime:
    """Since when a change is highlighted in payments of that instant (近期变更起点)."""
    return at - parameters.procedure(pooling_area).account_watch
