"""税务待办 (JL2019 §12, 13; CON-11): what a tax file brought and could not be booked, resolved record by record.

The money of such a record stands in no account until somebody says whose it is: matched, it is income; come twice, it
waits as 待处理款; sent again or not ours, it goes back to the tax office as a line. Decision 0332.
"""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Final

from django.db import connection, transaction
from django.utils import timezone

from tongchou.contributions import commands as contributions
from tongchou.contributions import receivables as owing
from tongchou.contributions.imports import (
    CONTRIBUTIONS,
    DEPOSITED_IN,
    AmendsAnother,
    NameDoesNotMatch,
    NobodyNamed,
    PersonNotFound,
)
from tongchou.contributions.models import Contribution, ImportBatch, PendingAmount
from tongchou.contributions.reconciling import OTHER_RECEIPTS, PREMIUM_INCOME, income_year
from tongchou.contributions.refunds.commands import EARLIER_YEARS
from tongchou.contributions.refunds.money import check_unused
from tongchou.contributions.rules import RESIDENT, AmountDiffers
from tongchou.contributions.states import Channel, PendingKind
from tongchou.contributions.tax.models import TaxItem
from tongchou.contributions.tax.states import TAX_TRANSITIONS, TaxItemKind, TaxItemState
from tongchou.enrolment import commands as enrolment
from tongchou.enrolment import queries as registered
from tongchou.enrolment.queries import Facts
from tongchou.exchange import commands as exchange
from tongchou.exchange.imports.returning import OBJECT_KIND
from tongchou.fund import commands as fund
from tongchou.fund.rules import EntryDraft
from tongchou.fund.states import VoucherKind
from tongchou.kernel.errors import DomainError
from tongchou.kernel.money import Money, yuan_text
from tongchou.platform import checks as platform_checks
from tongchou.platform import queries as platform
from tongchou.platform import trail
from tongchou.platform.spreadsheets.faults import TWICE_IN_FILE
from tongchou.platform.spreadsheets.kinds import ImportKind
from tongchou.platform.spreadsheets.staging import Intake

COLLECT: Final = "contributions.collect"
CORRECT: Final = "contributions.refund"
TREASURY: Final = DEPOSITED_IN[Channel.TAX]
DAYS_TO_RESOLVE: Final = timedelta(days=7)
"""As for every row that came back (decision 0223)."""


class TaxItemUnknown(DomainError):
    code = "CO-6062"
    message = "没有编号为{item}的税务待办"
    citation = "JL2019 §13"


class TaxItemDone(DomainError):
    code = "CO-6063"
    message = "该记录已由{staff}处理({state}):{resolution}"
    citation = "JL2019 §13"


class OriginalUnknown(DomainError):
    code = "CO-6064"
    message = "没有电子税票号为{number}的有效缴费记录,不能更正"
    citation = "JL2019 §13"


class NotAnAmendment(DomainError):
    code = "CO-6065"
    message = "该记录{is_one}更正记录,请选择相应的处理方式"
    citation = "JL2019 §13"


class ReasonNeeded(DomainError):
    code = "CO-6066"
    message = "须写明处理依据"
    citation = "JL2019 §13"


class NothingToHold(DomainError):
    code = "CO-6067"
    message = "该记录没有金额,不能转为待处理款"
    citation = "GX2017 §28"


class NobodyToMatch(DomainError):
    code = "CO-6068"
    message = "没有找到编号或证件号码为“{key}”的参保人"
    citation = "JL2019 §13"


_KIND_OF: Final = {
    AmendsAnother.code: TaxItemKind.AMENDED,
    NobodyNamed.code: TaxItemKind.UNMATCHED,
    PersonNotFound.code: TaxItemKind.UNMATCHED,
    NameDoesNotMatch.code: TaxItemKind.UNMATCHED,
    TWICE_IN_FILE.code: TaxItemKind.DUPLICATE,
    contributions.PaidTwice.code: TaxItemKind.DUPLICATE,
}
_NOTE: Final = """
INSERT INTO contributions_taxitem (pooling_area_id, unit_code, file_id, file_name, row_no, kind, person_no,
                                   certificate_no, name, benefit_year, amount_fen, paid_on, receipt_no, corrects_no,
                                   office, code, reason, state, assigned_to, due_on, resolution, resolved_by,
                                   resolved_at, voucher_no, created_at)
SELECT %(area)s::text, coalesce(r.unit_code, %(home)s::text), %(file)s::bigint, %(name)s::text, r.row_no,
       CASE p.code {kinds} ELSE 'ruled_out' END, coalesce(r.person_no, ''), coalesce(r.certificate_no, ''),
       coalesce(r.name, ''), greatest(coalesce(r.benefit_year, 0), 0), coalesce(r.amount_fen, 0),
       coalesce(r.paid_on, %(today)s::date), coalesce(r.receipt_no, ''), coalesce(r.corrects_no, ''),
       coalesce(r.office, ''), p.code, left(p.reason, 300), CASE WHEN k.known THEN 'refused' ELSE 'open' END, '',
       %(due)s::date, CASE WHEN k.known THEN %(again)s::text ELSE '' END,
       CASE WHEN k.known THEN %(staff)s::text ELSE '' END,
       CASE WHEN k.known THEN %(now)s::timestamptz END, '', %(now)s::timestamptz
  FROM {rows} r
  JOIN LATERAL (SELECT code, reason FROM exchange_importproblem WHERE file_id = %(file)s::bigint AND row_no = r.row_no
                 ORDER BY id LIMIT 1) p ON true
 CROSS JOIN LATERAL (
       SELECT coalesce(r.receipt_no, '') <> '' AND (
              p.code = 'CO-2005' AND EXISTS (
                 SELECT FROM contributions_contribution c
                  WHERE c.person_id = r.person_id AND c.benefit_year = r.benefit_year AND c.receipt_no = r.receipt_no
                    AND c.channel = 'tax' AND c.voided_at IS NULL)
              OR EXISTS (
                 SELECT FROM contributions_taxitem t
                  WHERE t.pooling_area_id = %(area)s::text AND t.receipt_no = r.receipt_no
                    AND t.certificate_no = coalesce(r.certificate_no, '') AND t.benefit_year = r.benefit_year
                    AND t.amount_fen = r.amount_fen AND t.corrects_no = coalesce(r.corrects_no, ''))) AS known) k
 WHERE NOT r.good ORDER BY r.row_no
"""
"""A record that is booked under its own number, or is an item already, was sent again: it is no work, but it stands in
the tax office's day, and so in ours."""
SENT_AGAIN: Final = "同一税票再次报送"


def note_left_out(file: object, kind: ImportKind, intake: Intake) -> int:
    """登记税务待办: every record of a tax file that was left out; a step of its import. Returns how many."""
    if kind.name != CONTRIBUTIONS.name or intake.options.get("channel") != Channel.TAX:
        return 0
    kinds = " ".join(f"WHEN '{code}' THEN '{one.value}'" for code, one in _KIND_OF.items())
    with connection.cursor() as cursor:
        cursor.execute(
            _NOTE.replace("{kinds}", kinds).replace("{rows}", intake.rows),
            {
                "area": intake.pooling_area,
                "home": intake.operator.org_unit_id,
                "file": intake.file_id,
                "name": intake.file_name,
                "today": intake.today,
                "due": intake.today + DAYS_TO_RESOLVE,
                "again": SENT_AGAIN,
                "staff": intake.operator.staff_code,
                "now": intake.now,
            },
        )
        return int(cursor.rowcount)


# --- resolving --------------------------------------------------------------------------------------------------------


@transaction.atomic
def take(*, item_id: int, operator: platform.Operator, now: datetime) -> TaxItem:
    """认领. Raises: TaxItemUnknown, TaxItemDone, NoPermission, OutOfScope."""
    item = _lock(item_id, COLLECT, operator, now)
    item.assigned_to = operator.staff_code
    item.save(update_fields=["assigned_to"])
    _note("take_tax_item", item, operator, now)
    return item


@transaction.atomic
def match(*, item_id: int, key: str, reason: str, operator: platform.Operator, now: datetime) -> TaxItem:
    """对应入账 (CON-11; FIN-35): the record is of this person; sum and day of payment are the tax office's.

    Raises: TaxItemUnknown, TaxItemDone, NotAnAmendment, ReasonNeeded, NobodyToMatch, AmountDiffers, PaidTwice,
    NoPermission, OutOfScope, and what the waiting rules and the books refuse.
    """
    item = _lock(item_id, COLLECT, operator, now)
    if item.kind == TaxItemKind.AMENDED:
        raise NotAnAmendment(is_one="是")
    person = _person(key, item, operator, now)
    payable = contributions.check_payable(person, benefit_year=item.benefit_year, paid_on=item.paid_on) - _aided(
        person, item.benefit_year
    )
    if payable != item.amount_fen:
        raise AmountDiffers(paid=yuan_text(item.amount_fen), year=item.benefit_year, standard=yuan_text(payable))
    batch = ImportBatch.objects.create(
        pooling_area_id=item.pooling_area_id,
        scheme=RESIDENT,
        channel=Channel.TAX,
        file_name=f"{item.file_name}第{item.row_no}行"[:200],
        digest=f"tax item {item.pk}",
        rows_accepted=1,
        rows_refused=0,
        amount_fen=item.amount_fen,
        operator_code=operator.staff_code,
        created_at=now,
    )
    item.contribution = contributions.record_collected(
        person=person,
        benefit_year=item.benefit_year,
        paid_on=item.paid_on,
        receipt_no=item.receipt_no,
        batch_id=batch.pk,
        channel=Channel.TAX,
        now=now,
    )
    item.voucher_no = _post(item, _arrived(item, PREMIUM_INCOME), "税务征收城乡居民医保费1人", operator, now)
    batch.voucher_no = item.voucher_no
    batch.save(update_fields=["voucher_no"])
    return _resolve(item, TaxItemState.MATCHED, reason, operator, now, person=person.id)


@transaction.atomic
def refuse(*, item_ids: Sequence[int], reason: str, operator: platform.Operator, now: datetime) -> int:
    """退税务机关: the same record again, or not ours; nothing is booked. Returns how many.

    Raises: TaxItemUnknown, TaxItemDone, ReasonNeeded, NoPermission, OutOfScope.
    """
    for item_id in sorted(item_ids):
        _resolve(_lock(item_id, COLLECT, operator, now), TaxItemState.REFUSED, reason, operator, now)
    return len(item_ids)


@transaction.atomic
def hold(*, item_id: int, reason: str, operator: platform.Operator, now: datetime) -> TaxItem:
    """转待处理款 (CON-05, CON-22): money that came a second time, or for nobody; it may go back as a refund.

    Raises: TaxItemUnknown, TaxItemDone, NotAnAmendment, NothingToHold, ReasonNeeded, NoPermission, OutOfScope, and what
    the books refuse.
    """
    item = _lock(item_id, COLLECT, operator, now)
    if item.kind == TaxItemKind.AMENDED:
        raise NotAnAmendment(is_one="是")
    if item.amount_fen <= 0:
        raise NothingToHold
    person = _named(item)
    item.voucher_no = _post(item, _arrived(item, OTHER_RECEIPTS), "税务征收待处理款", operator, now)
    item.pending = PendingAmount.objects.create(
        pooling_area_id=item.pooling_area_id,
        unit_code=item.unit_code,
        kind=PendingKind.DUPLICATE if item.kind == TaxItemKind.DUPLICATE else PendingKind.UNMATCHED,
        benefit_year=item.benefit_year or None,
        amount_fen=item.amount_fen,
        received_on=item.paid_on,
        person_id=person.id if person else None,
        voucher_no=item.voucher_no,
        reason=f"税票{item.receipt_no}:{item.reason}"[:200],
        created_at=now,
    )
    return _resolve(item, TaxItemState.HELD, reason, operator, now)


@transaction.atomic
def accept_amendment(*, item_id: int, reason: str, operator: platform.Operator, now: datetime) -> TaxItem:
    """办理更正 (JL2019 §13; CON-11): the tax office's record of before is voided, what it says now stands in its place.

    A sum of nothing undoes the payment. What income gains or loses is posted by a voucher of its own. Raises:
    TaxItemUnknown, TaxItemDone, NotAnAmendment, OriginalUnknown, BenefitsUsed, NobodyToMatch, ReasonNeeded, PaidTwice,
    AmountDiffers, NoPermission, OutOfScope, and what the waiting rules and the books refuse.
    """
    item = _lock(item_id, CORRECT, operator, now)
    if item.kind != TaxItemKind.AMENDED:
        raise NotAnAmendment(is_one="不是")
    original = _original(item)
    to = _named(item) if item.person_no or item.certificate_no else None
    if to is None and (item.person_no or item.certificate_no):
        raise NobodyToMatch(key=item.person_no or item.certificate_no)
    people = {
        key: enrolment.lock(person_id=key, on=item.paid_on)
        for key in sorted({original.person_id, to.id if to else original.person_id})
    }
    for one in people.values():
        platform_checks.check_in_scope(operator, CORRECT, one.unit_code, now, object_kind="person", object_key=one.id)
    standing = Contribution.objects.select_for_update(of=("self",)).filter(pk=original.pk, voided_at=None).first()
    if standing is None:
        raise OriginalUnknown(number=item.corrects_no)
    before = standing.amount_fen - standing.fund_aided_fen
    person, right = people[standing.person_id], people[to.id if to else standing.person_id]
    if item.amount_fen == 0 or right.id != person.id:
        check_unused(standing)
    told = f"税务更正{item.receipt_no or item.corrects_no}:{reason}".strip()[:200]
    if item.amount_fen == 0:
        contributions.withdraw(standing, person, reason=told, now=now)
        item.contribution = standing
    else:
        item.contribution = contributions.amend(
            standing, person, right, paid_on=item.paid_on, amount_fen=item.amount_fen,
            receipt_no=item.receipt_no or item.corrects_no, reason=told, now=now,
        )  # fmt: skip
    item.voucher_no = _post_change(item, item.amount_fen - before, standing, operator, now)
    return _resolve(item, TaxItemState.AMENDED, reason, operator, now, original=standing.pk)


def _original(item: TaxItem) -> Contribution:
    """The payment that the record corrects, by its tax voucher number. Raises: OriginalUnknown."""
    found = Contribution.objects.filter(
        pooling_area_id=item.pooling_area_id, channel=Channel.TAX, receipt_no=item.corrects_no, voided_at=None
    )
    if item.benefit_year:
        found = found.filter(benefit_year=item.benefit_year)
    original = found.order_by("id").first()
    if original is None:
        raise OriginalUnknown(number=item.corrects_no)
    return original


def _post_change(
    item: TaxItem, gained_fen: int, original: Contribution, operator: platform.Operator, now: datetime
) -> str:
    """冲减或补记收入: what the treasury gave back leaves income, what it got more is income."""
    if not gained_fen:
        return ""
    amount, today = Money(abs(gained_fen)), timezone.localdate(now)
    if gained_fen > 0:
        entries = [EntryDraft(TREASURY, debit=amount), EntryDraft(PREMIUM_INCOME, credit=amount)]
        return _post(item, entries, "税务更正补记城乡居民医保费", operator, now)
    income = PREMIUM_INCOME if income_year(original) == today.year else EARLIER_YEARS
    entries = [EntryDraft(income, debit=amount), EntryDraft(TREASURY, credit=amount)]
    return _post(item, entries, "税务更正冲减城乡居民医保费", operator, now)


def _arrived(item: TaxItem, account: str) -> list[EntryDraft]:
    """The record's money in the treasury, against that account."""
    amount = Money(item.amount_fen)
    return [EntryDraft(TREASURY, debit=amount), EntryDraft(account, credit=amount)]


def _post(
    item: TaxItem, entries: Sequence[EntryDraft], summary: str, operator: platform.Operator, now: datetime
) -> str:
    return fund.post_voucher(
        pooling_area=item.pooling_area_id,
        scheme=RESIDENT,
        kind=VoucherKind.TRANSFER if item.kind == TaxItemKind.AMENDED else VoucherKind.RECEIPT,
        dated_on=timezone.localdate(now),
        summary=summary,
        source_document=f"税务待办{item.pk}",
        entries=list(entries),
        operator=operator.staff_code,
        now=now,
    ).number


def _named(item: TaxItem) -> Facts | None:
    """Whom the record itself names."""
    if item.person_no and (found := registered.facts_by_person_no(item.person_no, item.paid_on)):
        return found
    return registered.facts_by_certificate(item.certificate_no, item.paid_on) if item.certificate_no else None


def _person(key: str, item: TaxItem, operator: platform.Operator, now: datetime) -> Facts:
    """Whom the clerk names, locked. Raises: NobodyToMatch, NoPermission, OutOfScope."""
    found = registered.facts_by_person_no(key.strip(), item.paid_on) or registered.facts_by_certificate(
        key, item.paid_on
    )
    if found is None or found.pooling_area != item.pooling_area_id:
        raise NobodyToMatch(key=key.strip())
    platform_checks.check_in_scope(operator, COLLECT, found.unit_code, now, object_kind="person", object_key=found.id)
    return enrolment.lock(person_id=found.id, on=item.paid_on)


def _aided(person: Facts, benefit_year: int) -> int:
    return owing.aided(person.id, benefit_year)


def _lock(item_id: int, permission: str, operator: platform.Operator, now: datetime) -> TaxItem:
    """Raises: TaxItemUnknown, TaxItemDone, NoPermission, OutOfScope."""
    item = TaxItem.objects.select_for_update(of=("self",)).filter(pk=item_id).first()
    if item is None:
        raise TaxItemUnknown(item=item_id)
    platform_checks.check_in_scope(
        operator, permission, item.unit_code, now, object_kind="tax_item", object_key=item_id
    )
    if item.state != TaxItemState.OPEN:
        state = TaxItemState(item.state).label
        raise TaxItemDone(staff=item.resolved_by, state=state, resolution=item.resolution)
    return item


def _resolve(
    item: TaxItem,
    state: TaxItemState,
    reason: str,
    operator: platform.Operator,
    now: datetime,
    **detail: object,
) -> TaxItem:
    """The end of a record's way; the line that went back to whoever imports is done with it. Raises: ReasonNeeded."""
    if not reason.strip():
        raise ReasonNeeded
    assert (TaxItemState.OPEN, state) in TAX_TRANSITIONS
    item.state, item.resolution = state, reason.strip()[:200]
    item.resolved_by, item.resolved_at = operator.staff_code, now
    item.save()
    exchange.settle_rejected(
        object_kind=OBJECT_KIND,
        object_keys=[f"{item.file_id}-{item.row_no}"],
        resolution=f"{state.label}:{item.resolution}",
        staff_code=operator.staff_code,
        now=now,
    )
    _note("resolve_tax_item", item, operator, now, state=state.value, reason=item.resolution, **detail)
    return item


def _note(action: str, item: TaxItem, operator: platform.Operator, now: datetime, **detail: object) -> None:
    trail.record(
        f"contributions.{action}",
        at=now,
        operator=operator,
        pooling_area=item.pooling_area_id,
        unit_code=item.unit_code,
        object_kind="tax_item",
        object_key=item.pk,
        detail={"receipt": item.receipt_no, "amount_fen": item.amount_fen, **detail},
    )
