"""三方代扣代缴协议 (GX2017 §7, 23; ENR-07, ENR-09): signed, confirmed by the bank, corrected, replaced, ended.

A mandate never changes its account: another account is another mandate in its place, so that what a file once drew
from stays readable.
"""

from collections.abc import Iterator, Sequence
from datetime import date, datetime, timedelta
from typing import Any, Final

from django.db import IntegrityError, connection, transaction
from django.db.models import Q
from django.utils import timezone

from tongchou.contributions.models import DebitMandate, DebitRoll
from tongchou.contributions.states import MandateState
from tongchou.enrolment import commands as enrolment
from tongchou.exchange import commands as exchange
from tongchou.exchange import outgoing
from tongchou.exchange import queries as exchange_queries
from tongchou.exchange.flows import Flow
from tongchou.exchange.states import PartnerKind
from tongchou.kernel.errors import DomainError
from tongchou.platform import checks as platform_checks
from tongchou.platform import queries as platform
from tongchou.platform import trail

SIGN: Final = "contributions.withhold"
ROLL: Final = "debit_roll"
COLUMNS: Final = ("line_no", "mandate_no", "account_no", "holder_name", "persons", "amount_fen")


class NotABank(DomainError):
    code = "CO-2111"
    message = "没有编号为{bank}的开户银行,或已停用"
    citation = "GX2017 §7"


class AccountMissing(DomainError):
    code = "CO-2112"
    message = "须填写{what}"
    citation = "GX2017 §7"


class MandateStands(DomainError):
    code = "CO-2113"
    message = "已有有效的代扣协议{number}({account}),请用变更或先终止"
    citation = "GX2017 §7"


class MandateNumberTaken(DomainError):
    code = "CO-2114"
    message = "协议编号{number}已被使用"
    citation = "GX2017 §7"


class MandateUnknown(DomainError):
    code = "CO-2115"
    message = "没有编号为{mandate}的代扣协议"
    citation = "GX2017 §7"


class MandateOver(DomainError):
    code = "CO-2116"
    message = "代扣协议{number}已于{on}终止"
    citation = "GX2017 §7"


class EndWithoutReason(DomainError):
    code = "CO-2117"
    message = "终止代扣协议须写明原因"
    citation = "GX2017 §7"


class DaysAstray(DomainError):
    code = "CO-2118"
    message = "日期{day}不合适:{problem}"
    citation = "GX2017 §7"


class NoHousehold(DomainError):
    code = "CO-2119"
    message = "该参保人没有登记所在户,只能为本人签订代扣协议"
    citation = "GX2017 §23"


class NothingToConfirm(DomainError):
    code = "CO-2120"
    message = "{unit}没有待{bank}确认的代扣协议"
    citation = "GX2017 §7"


@transaction.atomic
def sign_mandate(
    *,
    person_id: int,
    for_household: bool,
    number: str,
    bank_id: int,
    account_no: str,
    holder_name: str,
    signed_on: date,
    valid_until: date | None = None,
    confirmed: bool = False,
    operator: platform.Operator,
    now: datetime,
) -> DebitMandate:
    """签订代扣协议 (GX2017 §7; ENR-07) for the household of a person, or the person alone; `valid_until` is exclusive.

    `confirmed`: the bank's stamp is on it already. The same agreement again gives the first.
    Raises: NotABank, AccountMissing, DaysAstray, NoHousehold, MandateStands, MandateNumberTaken, NoPermission,
    OutOfScope, PersonUnknown.
    """
    person = enrolment.lock(person_id=person_id, on=signed_on)
    platform_checks.check_in_scope(operator, SIGN, person.unit_code, now, object_kind="person", object_key=person_id)
    bank = exchange_queries.partner(bank_id)
    if bank is None or not bank.in_use or bank.kind != PartnerKind.BANK:
        raise NotABank(bank=bank_id)
    _check_account(number, account_no, holder_name, signed_on, valid_until, now)
    household_id = _household_of(person_id, signed_on) if for_household else None
    if for_household and household_id is None:
        raise NoHousehold
    if earlier := _standing(household_id, person_id):
        if (earlier.number, earlier.account_no) == (number.strip(), account_no.strip()):
            return earlier
        raise MandateStands(number=earlier.number, account=masked(earlier.account_no))
    mandate = _open(
        pooling_area_id=person.pooling_area,
        number=number.strip(),
        bank_id=bank_id,
        household_id=household_id,
        person_id=None if for_household else person_id,
        unit_code=person.unit_code,
        account_no=account_no.strip(),
        holder_name=holder_name.strip(),
        signed_on=signed_on,
        valid_until=valid_until,
        state=MandateState.ACTIVE if confirmed else MandateState.SIGNED,
        staff_code=operator.staff_code,
        created_at=now,
    )
    _note("sign_mandate", mandate, operator, now)
    return mandate


def sign_from_application(
    *,
    household_id: int,
    pooling_area: str,
    unit_code: str,
    bank_id: int,
    number: str,
    account_no: str,
    holder_name: str,
    signed_on: date,
    staff_code: str,
    now: datetime,
) -> DebitMandate:
    """The agreement that came with a household's registration (GX2017 §7(二)3), as a step of that transaction.

    It waits for the bank. Raises: AccountMissing, DaysAstray, MandateStands, MandateNumberTaken.
    """
    _check_account(number, account_no, holder_name, signed_on, None, now)
    earlier = DebitMandate.objects.exclude(state=MandateState.ENDED).filter(household_id=household_id).first()
    if earlier is not None and (earlier.number, earlier.account_no) != (number.strip(), account_no.strip()):
        raise MandateStands(number=earlier.number, account=masked(earlier.account_no))
    return earlier or _open(
        pooling_area_id=pooling_area,
        number=number.strip(),
        bank_id=bank_id,
        household_id=household_id,
        unit_code=unit_code,
        account_no=account_no.strip(),
        holder_name=holder_name.strip(),
        signed_on=signed_on,
        state=MandateState.SIGNED,
        staff_code=staff_code,
        created_at=now,
    )


@transaction.atomic
def replace_mandate(
    *,
    mandate_id: int,
    number: str,
    bank_id: int,
    account_no: str,
    holder_name: str,
    signed_on: date,
    valid_until: date | None = None,
    operator: platform.Operator,
    now: datetime,
) -> DebitMandate:
    """变更代扣账户 (ENR-07, ENR-09): the mandate ends, another takes its place and waits for the bank.

    Raises: MandateUnknown, MandateOver, NotABank, AccountMissing, DaysAstray, MandateNumberTaken, NoPermission,
    OutOfScope.
    """
    earlier = _lock(mandate_id, operator, now)
    bank = exchange_queries.partner(bank_id)
    if bank is None or not bank.in_use or bank.kind != PartnerKind.BANK:
        raise NotABank(bank=bank_id)
    _check_account(number, account_no, holder_name, signed_on, valid_until, now)
    _end(earlier, max(signed_on, earlier.signed_on), "变更账户")
    mandate = _open(
        pooling_area_id=earlier.pooling_area_id,
        number=number.strip(),
        bank_id=bank_id,
        household_id=earlier.household_id,
        person_id=earlier.person_id,
        unit_code=earlier.unit_code,
        account_no=account_no.strip(),
        holder_name=holder_name.strip(),
        signed_on=signed_on,
        valid_until=valid_until,
        replaces=earlier,
        staff_code=operator.staff_code,
        created_at=now,
    )
    exchange.settle_rejected(
        object_kind="mandate",
        object_keys=[str(earlier.pk)],
        resolution=f"已变更为协议{mandate.number}",
        staff_code=operator.staff_code,
        now=now,
    )
    _note("replace_mandate", mandate, operator, now, replaces=earlier.number)
    return mandate


@transaction.atomic
def end_mandate(
    *, mandate_id: int, ends_on: date, reason: str, operator: platform.Operator, now: datetime
) -> DebitMandate:
    """终止代扣协议 (ENR-07): from that day on nothing is drawn.

    Raises: MandateUnknown, MandateOver, EndWithoutReason, DaysAstray, NoPermission, OutOfScope.
    """
    mandate = _lock(mandate_id, operator, now)
    if not reason.strip():
        raise EndWithoutReason
    if ends_on < mandate.signed_on:
        raise DaysAstray(day=ends_on, problem="早于签订日期")
    _end(mandate, ends_on, reason.strip())
    _note("end_mandate", mandate, operator, now, reason=reason.strip(), ends_on=ends_on.isoformat())
    return mandate


def _household_of(person_id: int, on: date) -> int | None:
    with connection.cursor() as cursor:
        cursor.execute("SELECT household_id FROM enrolment_active(%s) WHERE person_id = %s", [on, person_id])
        row = cursor.fetchone()
    return None if row is None else row[0]


def _check_account(
    number: str, account_no: str, holder_name: str, signed_on: date, valid_until: date | None, now: datetime
) -> None:
    """Raises: AccountMissing, DaysAstray."""
    for what, text in (("协议编号", number), ("银行账号", account_no), ("户名", holder_name)):
        if not text.strip():
            raise AccountMissing(what=what)
    if not account_no.strip().replace("-", "").isalnum():
        raise AccountMissing(what="由数字组成的银行账号")
    if signed_on > now.date() + timedelta(days=1):
        raise DaysAstray(day=signed_on, problem="签订日期在将来")
    if valid_until is not None and valid_until <= signed_on:
        raise DaysAstray(day=valid_until, problem="有效期止不晚于签订日期")


def _standing(household_id: int | None, person_id: int) -> DebitMandate | None:
    found = DebitMandate.objects.exclude(state=MandateState.ENDED)
    if household_id is not None:
        return found.filter(household_id=household_id).first()
    return found.filter(person_id=person_id).first()


def _open(**facts: Any) -> DebitMandate:
    """Raises: MandateNumberTaken."""
    try:
        with transaction.atomic():
            return DebitMandate.objects.create(**facts)
    except IntegrityError as clash:
        if "mandate_number_once" in str(clash):
            raise MandateNumberTaken(number=facts["number"]) from None
        raise MandateStands(number=facts["number"], account=masked(facts["account_no"])) from None


def _lock(mandate_id: int, operator: platform.Operator, now: datetime) -> DebitMandate:
    """Raises: MandateUnknown, MandateOver, NoPermission, OutOfScope."""
    mandate = DebitMandate.objects.select_for_update(of=("self",)).filter(pk=mandate_id).first()
    if mandate is None:
        raise MandateUnknown(mandate=mandate_id)
    platform_checks.check_in_scope(operator, SIGN, mandate.unit_code, now, object_kind="mandate", object_key=mandate_id)
    if mandate.state == MandateState.ENDED:
        raise MandateOver(number=mandate.number, on=mandate.ended_on)
    return mandate


def _end(mandate: DebitMandate, on: date, reason: str) -> None:
    mandate.state, mandate.ended_on, mandate.end_reason = MandateState.ENDED, on, reason
    mandate.save(update_fields=["state", "ended_on", "end_reason"])


def _note(action: str, mandate: DebitMandate, operator: platform.Operator, now: datetime, **detail: object) -> None:
    trail.record(
        f"contributions.{action}",
        at=now,
        operator=operator,
        pooling_area=mandate.pooling_area_id,
        unit_code=mandate.unit_code,
        object_kind="mandate",
        object_key=mandate.pk,
        detail={"number": mandate.number, "account": masked(mandate.account_no), **detail},
    )


def units_under(unit_code: str, on: date) -> list[str]:
    """The unit and everything below it (辖区机构代码)."""
    return [unit_code, *(unit.code for unit in platform.units_below(unit_code, on))]


def masked(account_no: str) -> str:
    """An account as pages show it: `****1234` (账号尾号)."""
    return f"****{account_no[-4:]}"


def expire(now: datetime) -> int:
    """到期的协议: mandates whose term is over end (定时任务). Returns how many."""
    today = timezone.localdate(now)
    return DebitMandate.objects.filter(~Q(state=MandateState.ENDED), valid_until__lte=today).update(
        state=MandateState.ENDED, ended_on=today, end_reason="有效期届满"
    )


# --- the roll that the bank confirms ---------------------------------------------------------------------------------


@transaction.atomic
def make_roll(*, unit_code: str, bank_id: int, operator: platform.Operator, now: datetime) -> DebitRoll:
    """代扣花名册 (GX2017 §7; ENR-09): the mandates of a place that wait for the bank, as a file to it.

    Raises: NotABank, NothingToConfirm, NothingAgreed, NoPermission, OutOfScope.
    """
    platform_checks.check_in_scope(operator, SIGN, unit_code, now)
    bank = exchange_queries.partner(bank_id)
    if bank is None or bank.kind != PartnerKind.BANK:
        raise NotABank(bank=bank_id)
    waiting = DebitMandate.objects.filter(
        bank=bank, unit_code__in=units_under(unit_code, timezone.localdate(now)), state=MandateState.SIGNED, roll=None
    )
    roll = DebitRoll.objects.create(
        pooling_area_id=bank.pooling_area_id,
        unit_code=unit_code,
        bank=bank,
        rows=0,
        made_by=operator.staff_code,
        made_at=now,
    )
    with connection.cursor() as cursor:
        cursor.execute(
            "UPDATE contributions_debitmandate m SET roll_id = %s, roll_line = n.line FROM ("
            " SELECT id, row_number() OVER (ORDER BY unit_code, id) AS line FROM contributions_debitmandate"
            "  WHERE id = ANY(%s)) n WHERE m.id = n.id",
            [roll.pk, list(waiting.select_for_update().values_list("id", flat=True))],
        )
        roll.rows = cursor.rowcount
    if not roll.rows:
        raise NothingToConfirm(unit=platform.unit_in_words(unit_code), bank=bank.name)
    roll.save(update_fields=["rows"])
    outgoing.make_file(
        flow=ROLL,
        partner=bank,
        object_key=roll.pk,
        unit_code=unit_code,
        rows=roll.rows,
        total_fen=0,
        operator=operator,
        now=now,
    )
    return roll


def roll_rows(roll_id: int) -> Iterator[Sequence[Any]]:
    """The lines of a roll, as they were made (花名册明细)."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT roll_line, number, account_no, holder_name, 1, 0 FROM contributions_debitmandate"
            " WHERE roll_id = %s ORDER BY roll_line",
            [roll_id],
        )
        yield from cursor.fetchall()


FLOW: Final = Flow(ROLL, "代扣花名册", SIGN, COLUMNS, roll_rows)
