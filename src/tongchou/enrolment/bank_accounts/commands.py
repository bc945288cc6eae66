"""Recording bank accounts (登记、变更银行账户; GX2017 §14; ENR-19)."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db import transaction
from django.utils import timezone

from tongchou.enrolment import events
from tongchou.enrolment.bank_accounts import guardians, rules
from tongchou.enrolment.bank_accounts.models import BankAccount
from tongchou.enrolment.bank_accounts.states import AccountSource, HolderKind
from tongchou.enrolment.commands import steps
from tongchou.enrolment.models import Person
from tongchou.enrolment.rules import person_name
from tongchou.kernel.errors import DomainError
from tongchou.platform import queries as platform
from tongchou.platform.events import publish


class BankMissing(DomainError):
    code = "EN-4123"
    message = "须填写{what}"
    citation = "GX2017 §14"


class SameAccount(DomainError):
    code = "EN-4124"
    message = "{name}现用的银行账户就是该账户,无须变更"
    citation = "GX2017 §14"


class HolderDead(DomainError):
    code = "EN-4125"
    message = "{name}已于{died_on}死亡,不能变更银行账户;应付待遇由继承人申领"
    citation = "GX2017 §15"


@dataclass(frozen=True, slots=True, kw_only=True)
class AccountDetails:
    """银行账户 as the form names it."""

    bank_name: str
    account_no: str
    holder_name: str
    reason: str = ""
    evidence: str = ""


@transaction.atomic(durable=True)
def record_account(
    *, person_id: int, details: AccountDetails, source: AccountSource, operator: platform.Operator, now: datetime
) -> BankAccount:
    """登记银行账户: good for every payment released from now on (ENR-19).

    Raises: BankMissing, AccountNumberUnfit, HolderUnfit, SameAccount, HolderDead, NoPermission, OutOfScope.
    """
    person = steps.lock_person(person_id, permission="enrolment.change", operator=operator, now=now)
    return record(person, details, source=source, operator=operator, now=now)


def checked(person: Person, details: AccountDetails, now: datetime) -> tuple[str, str, HolderKind]:
    """Bank number, holder and who that is. Raises: as `record_account`."""
    missing = [
        label for label, text in (("开户银行", details.bank_name), ("户名", details.holder_name)) if not text.strip()
    ]
    if missing:
        raise BankMissing(what="、".join(missing))
    if person.died_on is not None:
        raise HolderDead(name=person.name, died_on=person.died_on)
    number = rules.account_number(details.account_no)
    holder = person_name(details.holder_name)
    registered = guardians.names_of(person.pk, timezone.localdate(now))
    kind = rules.holder_kind(holder=holder, person=person.name, guardians=registered)
    held = person.bank_accounts.filter(replaced_at=None).first()
    if held is not None and (held.account_no, held.holder_name) == (number, holder):
        raise SameAccount(name=person.name)
    return number, holder, kind


def record(
    person: Person, details: AccountDetails, *, source: AccountSource, operator: platform.Operator, now: datetime
) -> BankAccount:
    """登记银行账户, a step of the caller's transaction; the person is locked. Raises: as `record_account`."""
    number, holder, kind = checked(person, details, now)
    held = person.bank_accounts.filter(replaced_at=None).first()
    if held is not None:
        now = max(now, held.recorded_at + timedelta(microseconds=1))
        held.replaced_at = now
        held.save(update_fields=["replaced_at"])
    made = BankAccount.objects.create(
        person=person,
        bank_name=details.bank_name.strip(),
        account_no=number,
        holder_kind=kind,
        holder_name=holder,
        source=source,
        reason=details.reason.strip(),
        evidence=details.evidence,
        staff_code=operator.staff_code,
        recorded_at=now,
    )
    steps.note("record_account", person, operator, now, bank=made.bank_name, tail=number[-4:], replaces=bool(held))
    if held is not None:
        publish(events.BankAccountChanged(person.pk, made.pk, made.bank_name, number[-4:]))
    return made
