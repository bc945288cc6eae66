"""村级代收 (GX2017 §25; CON-10): a receipt for each payer, one slip of the exact sum the same day, then the booking."""

from datetime import date, datetime
from typing import Final

from django.db import IntegrityError, transaction
from django.db.models import Q
from django.utils import timezone

from tongchou.contributions import commands as contributions
from tongchou.contributions import queries, receivables, rules
from tongchou.contributions.models import Contribution, ImportBatch
from tongchou.contributions.reconciling import may_enter_late
from tongchou.contributions.states import Channel
from tongchou.contributions.village.models import CollectionMethod, VillageReceipt, VillageSheet
from tongchou.contributions.village.states import SheetState
from tongchou.enrolment import commands as enrolment
from tongchou.enrolment import queries as registered
from tongchou.fund import commands as fund
from tongchou.fund import postings
from tongchou.fund.rules import EntryDraft
from tongchou.fund.states import DocumentKind, VoucherKind
from tongchou.kernel.errors import DomainError
from tongchou.kernel.money import Money, yuan_text
from tongchou.platform import checks as platform_checks
from tongchou.platform import queries as platform
from tongchou.platform import trail
from tongchou.platform.database import one_after_another
from tongchou.platform.numbering import Series, next_written

_note = trail.noting("contributions", "village_collection")

COLLECT: Final = "contributions.collect"
APPROVE: Final = "contributions.set_rates"
SHEETS: Final = Series("village.sheet", name="代收日报", mark="DS", width=6)
RECEIPTS: Final = Series("village.receipt", name="代收收据", mark="SJ", width=7)


class MethodIncomplete(DomainError):
    code = "CO-4051"
    message = "登记征缴方式须填写{what}"
    citation = "GX2017 §25"


class MethodStands(DomainError):
    code = "CO-4052"
    message = "{unit}在这段时间已登记征缴方式"
    citation = "GX2017 §25"


class NoMethod(DomainError):
    code = "CO-4053"
    message = "{unit}没有经批准的代收方式,请按银行代扣缴费"
    citation = "GX2017 §25"


class CanBeDrawn(DomainError):
    code = "CO-4054"
    message = "该参保人{year}年度已{state},不能代收"
    citation = "GX2017 §25"


class ReceiptStands(DomainError):
    code = "CO-4055"
    message = "该参保人{year}年度已开具收据{number}"
    citation = "GX2017 §25"


class SheetUnknown(DomainError):
    code = "CO-4056"
    message = "没有编号为{number}的代收日报"
    citation = "GX2017 §25"


class SheetClosed(DomainError):
    code = "CO-4057"
    message = "代收日报{number}已缴存,{what}请按差错办理"
    citation = "GX2017 §25"


class SlipDiffers(DomainError):
    code = "CO-4058"
    message = "缴款单{slip}元,收据合计{collected}元,须相等"
    citation = "GX2017 §25"


class NotTheSameDay(DomainError):
    code = "CO-4059"
    message = (
        "代收的款须当日缴存、收据须当日作废:代收日期{collected_on},今日{on};逾期的由经办机构财务人员写明原因后处理"
    )
    citation = "GX2017 §25"


class NothingCollected(DomainError):
    code = "CO-4060"
    message = "代收日报{number}没有有效收据"
    citation = "GX2017 §25"


class SlipUsed(DomainError):
    code = "CO-4061"
    message = "缴款单{slip}已用于代收日报{number}"
    citation = "GX2017 §25"


class ReceiptUnknown(DomainError):
    code = "CO-4062"
    message = "没有编号为{number}的有效收据"
    citation = "GX2017 §25"


class PayerNotOfPlace(DomainError):
    code = "CO-4063"
    message = "没有找到“{key}”,或不在本村(社区)参保"
    citation = "GX2017 §25"


@transaction.atomic
def set_method(
    *,
    unit_code: str,
    method: str,
    reason: str,
    approval_no: str,
    approved_by: str,
    valid_from: date,
    valid_until: date | None = None,
    operator: platform.Operator,
    now: datetime,
) -> CollectionMethod:
    """登记征缴方式 (GX2017 §25) of a place with its approval; `valid_until` is exclusive.

    Raises: MethodIncomplete, MethodStands, NoPermission, OutOfScope.
    """
    platform_checks.check_in_scope(operator, APPROVE, unit_code, now)
    for what, text in (("征缴方式", method), ("原因", reason), ("批准文号", approval_no), ("批准机关", approved_by)):
        if not text.strip():
            raise MethodIncomplete(what=what)
    if valid_until is not None and valid_until <= valid_from:
        raise MethodIncomplete(what="晚于起日的止日")
    try:
        with transaction.atomic():
            made = CollectionMethod.objects.create(
                pooling_area_id=platform.area_of_unit(unit_code),
                unit_code=unit_code,
                method=method.strip(),
                reason=reason.strip(),
                approval_no=approval_no.strip(),
                approved_by=approved_by.strip(),
                valid_from=valid_from,
                valid_until=valid_until,
                staff_code=operator.staff_code,
                created_at=now,
            )
    except IntegrityError:
        raise MethodStands(unit=platform.unit_name(unit_code, valid_from)) from None
    _note("set_collection_method", made.pooling_area_id, unit_code, made.pk, operator, now, approval=made.approval_no)
    return made


def method_for(unit_code: str, on: date) -> CollectionMethod | None:
    """The method in force for a place or what is above it, the nearest first (适用方式)."""
    chain = [unit.code for unit in platform.units_above(unit_code)]
    found = {
        one.unit_code: one
        for one in CollectionMethod.objects.filter(
            Q(valid_until=None) | Q(valid_until__gt=on), unit_code__in=chain, valid_from__lte=on
        )
    }
    return next((found[code] for code in sorted(chain, key=len, reverse=True) if code in found), None)


@transaction.atomic
def issue_receipt(
    *, unit_code: str, payer: str, benefit_year: int, operator: platform.Operator, now: datetime
) -> VillageReceipt:
    """开具代收收据 (CON-10): the year of one person, whole, by number; on the sheet of the village and day.

    The same person and year again the same day gives the first; after a refund of the first the year may be paid again
    (GX2017 §28). Raises: NoMethod, PayerNotOfPlace, CanBeDrawn,
    ReceiptStands, StandardMissing, NotEnrolledToPay, NoPermission, OutOfScope, and what the waiting rules refuse.
    """
    platform_checks.check_in_scope(operator, COLLECT, unit_code, now)
    today = timezone.localdate(now)
    method = method_for(unit_code, today)
    if method is None:
        raise NoMethod(unit=platform.unit_name(unit_code, today))
    facts = registered.facts_by_person_no(payer.strip(), today) or registered.facts_by_certificate(payer, today)
    if facts is None or facts.unit_code != unit_code:
        raise PayerNotOfPlace(key=payer.strip())
    sheet = _sheet(method, unit_code, today, operator, now)
    person = enrolment.lock(person_id=facts.id, on=today)
    earlier = _standing(person.id, benefit_year)
    if earlier is not None:
        if earlier.sheet_id == sheet.pk:
            return earlier
        raise ReceiptStands(year=benefit_year, number=earlier.number)
    if state := _settled_otherwise(person.id, benefit_year):
        raise CanBeDrawn(year=benefit_year, state=state)
    amount = contributions.check_payable(person, benefit_year=benefit_year, paid_on=today)
    made = VillageReceipt.objects.create(
        sheet=sheet,
        number=next_written(RECEIPTS, area=sheet.pooling_area_id, year=today.year),
        person_id=person.id,
        benefit_year=benefit_year,
        amount_fen=amount - receivables.aided(person.id, benefit_year),
        issued_by=operator.staff_code,
        issued_at=now,
    )
    _note(
        "issue_receipt",
        sheet.pooling_area_id,
        unit_code,
        made.number,
        operator,
        now,
        person=person.id,
        amount_fen=amount,
    )
    return made


def _standing(person_id: int, benefit_year: int) -> VillageReceipt | None:
    """The receipt of the year that holds. One whose payment was voided since, by a refund (CON-22) or because it was
    booked to the wrong person (CON-23), is marked and holds no longer.
    """
    found = VillageReceipt.objects.select_related("contribution").filter(
        person_id=person_id, benefit_year=benefit_year, voided_at=None, given_back_at=None
    )
    one = found.first()
    if one is None or one.contribution is None or one.contribution.voided_at is None:
        return one
    one.given_back_at = one.contribution.voided_at
    one.save(update_fields=["given_back_at"])
    return None


def _settled_otherwise(person_id: int, benefit_year: int) -> str:
    """已缴 or 已发盘: nothing to collect."""
    for one in queries.receivables_of(person_id):
        if one.benefit_year == benefit_year and one.state in ("paid", "sent"):
            return str(one.get_state_display())
    paid = Contribution.objects.filter(person_id=person_id, benefit_year=benefit_year, voided_at=None)
    return "已缴" if paid.exists() else ""


def _sheet(
    method: CollectionMethod, unit_code: str, today: date, operator: platform.Operator, now: datetime
) -> VillageSheet:
    """The open sheet of the village and day, locked: before a person, as the deposit does (sheet, receipt, person).

    One that is being paid in is waited for, and is open no more then: the receipt belongs to the next sheet.
    """
    one_after_another(SHEETS.kind, unit_code, today)
    found = VillageSheet.objects.select_for_update(of=("self",)).filter(
        unit_code=unit_code, collected_on=today, state=SheetState.OPEN
    )
    return found.first() or VillageSheet.objects.create(
        pooling_area_id=method.pooling_area_id,
        unit_code=unit_code,
        collected_on=today,
        number=next_written(SHEETS, area=method.pooling_area_id, year=today.year),
        method=method,
        opened_by=operator.staff_code,
        opened_at=now,
    )


@transaction.atomic
def void_receipt(*, number: str, reason: str, operator: platform.Operator, now: datetime) -> VillageReceipt:
    """作废收据 the same day, before the money went to the bank; the number stays used. Later only whoever keeps the
    bank's books may, for money that was given back (decision 0392).

    Raises: ReceiptUnknown, SheetClosed, NotTheSameDay, ReasonMissing, NoPermission, OutOfScope.
    """
    standing = VillageReceipt.objects.filter(number=number, voided_at=None)
    sheet = VillageSheet.objects.select_for_update(of=("self",)).filter(receipts__in=standing).first()
    receipt = standing.select_for_update(of=("self",)).first()
    if sheet is None or receipt is None:
        raise ReceiptUnknown(number=number)
    late = _check_day(sheet, operator, now)
    if not late:
        platform_checks.check_in_scope(
            operator, COLLECT, sheet.unit_code, now, object_kind="receipt", object_key=number
        )
    if sheet.state != SheetState.OPEN:
        raise SheetClosed(number=sheet.number, what="不能作废收据;")
    if not reason.strip():
        raise contributions.ReasonMissing
    receipt.voided_at, receipt.void_reason = now, reason.strip()[:100]
    receipt.save(update_fields=["voided_at", "void_reason"])
    _note("void_receipt", sheet.pooling_area_id, sheet.unit_code, number, operator, now, reason=receipt.void_reason)
    return receipt


@transaction.atomic
def deposit(
    *, number: str, slip_no: str, slip_fen: int, late_reason: str = "", operator: platform.Operator, now: datetime
) -> VillageSheet:
    """当日缴存 (GX2017 §25, 94): the bank's slip over the exact sum; the payments and one voucher stand with it.

    After the day only whoever keeps the bank's books enters it, with the reason (decision 0392). The same slip again
    changes nothing. Raises: SheetUnknown, SheetClosed, NothingCollected, SlipDiffers,
    NotTheSameDay, SlipUsed, NoPermission, OutOfScope, and what payments and books refuse.
    """
    sheet = VillageSheet.objects.select_for_update(of=("self",)).filter(number=number).first()
    if sheet is None:
        raise SheetUnknown(number=number)
    late = _check_day(sheet, operator, now)
    if not late:
        platform_checks.check_in_scope(
            operator, COLLECT, sheet.unit_code, now, object_kind="village_sheet", object_key=number
        )
    slip_no = slip_no.strip()
    if sheet.state == SheetState.DEPOSITED:
        if (sheet.slip_no, sheet.slip_fen) == (slip_no, slip_fen):
            return sheet
        raise SheetClosed(number=number, what="")
    receipts = list(sheet.receipts.filter(voided_at=None).order_by("person_id", "id"))
    total = sum(one.amount_fen for one in receipts)
    if not receipts:
        raise NothingCollected(number=number)
    if late and not late_reason.strip():
        raise contributions.ReasonMissing
    if not slip_no or slip_fen != total:
        raise SlipDiffers(slip=yuan_text(slip_fen), collected=yuan_text(total))
    one_after_another("village.slip", sheet.pooling_area_id, slip_no)
    if used := VillageSheet.objects.filter(pooling_area_id=sheet.pooling_area_id, slip_no=slip_no).first():
        raise SlipUsed(slip=slip_no, number=used.number)
    _book(sheet, receipts, slip_no, total, late_reason.strip() if late else "", operator, now)
    return sheet


def _check_day(sheet: VillageSheet, operator: platform.Operator, now: datetime) -> bool:
    """Whether the sheet's day is over, for somebody who may deal with it then. Raises: NotTheSameDay."""
    today = timezone.localdate(now)
    if today == sheet.collected_on or sheet.state != SheetState.OPEN:
        return False
    if not may_enter_late(sheet.collected_on, sheet.unit_code, operator, now):
        raise NotTheSameDay(collected_on=sheet.collected_on, on=today)
    return True


def _book(
    sheet: VillageSheet,
    receipts: list[VillageReceipt],
    slip_no: str,
    total: int,
    late_reason: str,
    operator: platform.Operator,
    now: datetime,
) -> None:
    today = timezone.localdate(now)
    batch = ImportBatch.objects.create(
        pooling_area_id=sheet.pooling_area_id,
        scheme=rules.RESIDENT,
        channel=Channel.VILLAGE,
        file_name=f"代收日报{sheet.number}",
        digest=f"village {sheet.number}"[:64],
        rows_accepted=len(receipts),
        rows_refused=0,
        amount_fen=total,
        operator_code=operator.staff_code,
        created_at=now,
    )
    for receipt in receipts:
        person = enrolment.lock(person_id=receipt.person_id, on=today)
        receipt.contribution = contributions.record_collected(
            person=person,
            benefit_year=receipt.benefit_year,
            paid_on=sheet.collected_on,
            receipt_no=receipt.number,
            batch_id=batch.pk,
            now=now,
        )
        receipt.save(update_fields=["contribution"])
    template = postings.template(sheet.pooling_area_id, rules.RESIDENT, DocumentKind.PREMIUM)
    told = f"(逾期缴存:{late_reason})" if late_reason else ""
    batch.voucher_no = fund.post_voucher(
        pooling_area=sheet.pooling_area_id,
        scheme=rules.RESIDENT,
        kind=VoucherKind.RECEIPT,
        dated_on=today,
        summary=f"村级代收城乡居民医保费{len(receipts)}人",
        source_document=f"代收日报{sheet.number}",
        entries=[
            EntryDraft(template.debit, debit=Money(total), note=f"缴款单{slip_no}{told}"[:200]),
            EntryDraft(template.credit, credit=Money(total)),
        ],
        operator=operator.staff_code,
        now=now,
    ).number
    batch.save(update_fields=["voucher_no"])
    sheet.state, sheet.slip_no, sheet.slip_fen = SheetState.DEPOSITED, slip_no, total
    sheet.batch, sheet.deposited_at = batch, now
    sheet.save()
    _note(
        "deposit_sheet",
        sheet.pooling_area_id,
        sheet.unit_code,
        sheet.number,
        operator,
        now,
        slip=slip_no,
        fen=total,
        late=late_reason,
    )
