"""收入确认与资金划转 (GX2017 §93, 95, 98, 100; FIN-07, 35, 36): bank entries, business documents, their vouchers.

Income needs the bank's entry and a document of the same amount; a movement needs a document alone. Either way one
person prepares and another reviews before the voucher stands (decision 0300).
"""

from collections.abc import Collection, Mapping
from datetime import date, datetime
from typing import Final

from django.db import IntegrityError, transaction
from django.db.models import Sum
from django.utils import timezone

from tongchou.fund import commands, events, postings, queries
from tongchou.fund.models import BankEntry, BusinessDocument
from tongchou.fund.rules import EntryDraft
from tongchou.fund.states import (
    MOVEMENTS,
    BankAccountKind,
    DocumentKind,
    DocumentState,
    VoucherKind,
)
from tongchou.kernel.errors import DomainError
from tongchou.kernel.money import Money, yuan_text
from tongchou.platform import checks, second_factor, trail
from tongchou.platform.events import publish
from tongchou.platform.numbering import Series, next_written
from tongchou.platform.queries import Operator

RECORD: Final = "fund.reconcile_bank"
PREPARE: Final = "fund.post_voucher"
REVIEW: Final = "fund.review_voucher"
DOCUMENTS: Final = Series("fund.document", name="财务业务单据", mark="CW", width=6)
VOUCHER_KINDS: Final = {True: VoucherKind.TRANSFER, False: VoucherKind.RECEIPT}


class EntryTwice(DomainError):
    code = "FU-0402"
    message = "银行流水号{reference}已登记,金额{amount}元,不能再登记{given}元"
    citation = "GX2017 §95"


class EntryOfNothing(DomainError):
    code = "FU-0403"
    message = "须有银行流水号和付款人,金额须大于零,到账日期不得在将来"
    citation = "GX2017 §95"


class PaperTwice(DomainError):
    code = "FU-0404"
    message = "{payer}的{paper}已填制业务单据{number},金额{amount}元"
    citation = "GX2017 §95"


class DocumentIncomplete(DomainError):
    code = "FU-0405"
    message = "业务单据须写明付款单位、来文(票据)号和摘要,金额须大于零"
    citation = "GX2017 §95"


class DocumentUnknown(DomainError):
    code = "FU-0406"
    message = "没有业务单据{number}"
    citation = "GX2017 §95"


class DocumentElsewhere(DomainError):
    code = "FU-0407"
    message = "业务单据{number}为“{state}”,不能{act}"
    citation = "GX2017 §100"


class EntryDiffers(DomainError):
    code = "FU-0408"
    message = "银行入账{entry}元与业务单据{document}元不符,不能确认收入"
    citation = "GX2017 §95"


class EntryElsewhere(DomainError):
    code = "FU-0409"
    message = "该笔款项在{account},“{kind}”不得在此账户收取"
    citation = "GX2017 §93"


class EntryPlaced(DomainError):
    code = "FU-0410"
    message = "该笔银行入账已对应业务单据{number}"
    citation = "GX2017 §95"


class EntryUnknown(DomainError):
    code = "FU-0411"
    message = "没有这笔银行入账,或不属于同一账套"
    citation = "GX2017 §95"


class SamePerson(DomainError):
    code = "FU-0412"
    message = "填制人与复核人不能是同一人"
    citation = "GX2017 §97"


class NotEnoughToMove(DomainError):
    code = "FU-0413"
    message = "{account}余额{balance}元,不足划转{amount}元"
    citation = "GX2017 §93"


class CreditsDiffer(DomainError):
    code = "FU-0414"
    message = "各收入科目合计{parts}元与单据金额{amount}元不符"
    citation = "GX2017 §100"


class ReasonNeeded(DomainError):
    code = "FU-0415"
    message = "须写明原因"
    citation = "GX2017 §100"


@transaction.atomic
def record_entry(
    *,
    pooling_area: str,
    scheme: str,
    account: BankAccountKind,
    reference: str,
    amount_fen: int,
    booked_on: date,
    payer: str,
    remark: str = "",
    operator: Operator,
    now: datetime,
) -> BankEntry:
    """登记银行入账 (FIN-07): it waits as 待查 until a document is found. The same line again gives the first.

    Raises: EntryOfNothing, EntryTwice, NoPermission, AreaOutOfScope.
    """
    checks.check_area_in_scope(operator, RECORD, pooling_area, now)
    if amount_fen <= 0 or not reference.strip() or not payer.strip() or booked_on > timezone.localdate(now):
        raise EntryOfNothing
    key = {"pooling_area_id": pooling_area, "scheme": scheme, "account": account, "reference": reference.strip()}
    try:
        with transaction.atomic():
            entry = BankEntry.objects.create(
                **key,
                amount_fen=amount_fen,
                booked_on=booked_on,
                payer=payer.strip(),
                remark=remark.strip(),
                staff_code=operator.staff_code,
                recorded_at=now,
            )
    except IntegrityError:
        earlier = BankEntry.objects.get(**key)
        if (earlier.amount_fen, earlier.booked_on) == (amount_fen, booked_on):
            return earlier
        raise EntryTwice(
            reference=reference, amount=yuan_text(earlier.amount_fen), given=yuan_text(amount_fen)
        ) from None
    _note("fund.record_entry", entry.pooling_area_id, entry.pk, operator, now, amount_fen=amount_fen, payer=entry.payer)
    return entry


@transaction.atomic
def issue(
    *,
    pooling_area: str,
    scheme: str,
    kind: DocumentKind,
    amount_fen: int,
    payer: str,
    paper: str,
    summary: str,
    account: str = "",
    credits: Mapping[str, int] | None = None,
    origin: str = "",
    origin_key: str = "",
    operator: Operator,
    now: datetime,
) -> BusinessDocument:
    """填制业务单据 (FIN-07; CON-29): income that is to come, by the template of its kind. Fen.

    `credits` parts the amount among several subjects (FIN-34). The same paper with the same amount gives the first.
    Raises: NoTemplate, DocumentIncomplete, CreditsDiffer, EntryElsewhere, PaperTwice, NoPermission, AreaOutOfScope.
    """
    checks.check_area_in_scope(operator, PREPARE, pooling_area, now)
    template = postings.template(pooling_area, scheme, kind)
    if amount_fen <= 0 or not (payer.strip() and paper.strip() and summary.strip()):
        raise DocumentIncomplete
    parts = dict(credits) if credits else {template.credit: amount_fen}
    if sum(parts.values()) != amount_fen or min(parts.values()) < 0:
        raise CreditsDiffer(parts=yuan_text(sum(parts.values())), amount=yuan_text(amount_fen))
    debited = account or template.debit
    if debited not in template.into:
        raise EntryElsewhere(account=BankAccountKind(debited).label, kind=kind.label)
    key = {
        "pooling_area_id": pooling_area,
        "scheme": scheme,
        "kind": kind,
        "payer": payer.strip(),
        "paper": paper.strip(),
    }
    try:
        with transaction.atomic():
            made = BusinessDocument.objects.create(
                **key,
                number=next_written(DOCUMENTS, area=pooling_area, year=timezone.localdate(now).year),
                account=debited,
                credits=parts,
                amount_fen=amount_fen,
                summary=summary.strip(),
                origin=origin,
                origin_key=origin_key,
                made_by=operator.staff_code,
                made_at=now,
            )
    except IntegrityError:
        earlier = BusinessDocument.objects.exclude(state=DocumentState.VOIDED).get(**key)
        if (earlier.amount_fen, earlier.origin, earlier.origin_key) == (amount_fen, origin, origin_key):
            return earlier
        raise PaperTwice(
            payer=payer, paper=paper, number=earlier.number, amount=yuan_text(earlier.amount_fen)
        ) from None
    _note("fund.issue_document", pooling_area, made.number, operator, now, kind=kind.value, amount_fen=amount_fen)
    return made


@transaction.atomic
def match(*, number: str, entry_id: int, operator: Operator, now: datetime) -> BusinessDocument:
    """对应到账 (FIN-07): the bank's entry belongs to this document; both agree to the fen, and it goes to review.

    It is booked on the day of the credit, or today where that month is closed (decision 0403).

    Raises: DocumentUnknown, DocumentElsewhere, EntryUnknown, EntryPlaced, EntryDiffers, EntryElsewhere, NoPermission,
    AreaOutOfScope.
    """
    document = _locked(number)
    checks.check_area_in_scope(operator, PREPARE, document.pooling_area_id, now)
    if document.entry_id == entry_id:
        return document
    _demand(document, DocumentState.WAITING, "对应到账")
    entry = BankEntry.objects.select_for_update(of=("self",)).filter(pk=entry_id).first()
    if entry is None or (entry.pooling_area_id, entry.scheme) != (document.pooling_area_id, document.scheme):
        raise EntryUnknown
    if other := BusinessDocument.objects.filter(entry=entry).first():
        raise EntryPlaced(number=other.number)
    kind = DocumentKind(document.kind)
    if entry.amount_fen != document.amount_fen:
        raise EntryDiffers(entry=yuan_text(entry.amount_fen), document=yuan_text(document.amount_fen))
    if entry.account not in postings.template(document.pooling_area_id, document.scheme, kind).into:
        raise EntryElsewhere(account=BankAccountKind(entry.account).label, kind=kind.label)
    document.entry, document.account, document.dated_on = entry, entry.account, _booking_day(entry, now)
    _prepare(document, operator, now)
    return document


@transaction.atomic
def move(
    *,
    pooling_area: str,
    scheme: str,
    kind: DocumentKind,
    amount_fen: int,
    paper: str,
    dated_on: date,
    operator: Operator,
    now: datetime,
) -> BusinessDocument:
    """资金划转单 (GX2017 §93, 98; FIN-36): between the fund's own accounts; it goes to review. Fen.

    Raises: NoTemplate, NotEnoughToMove, DocumentIncomplete, PaperTwice, NoPermission, AreaOutOfScope.
    """
    template = postings.template(pooling_area, scheme, kind)
    balance = balance_of(pooling_area=pooling_area, scheme=scheme, account=template.credit, on=dated_on)
    _check_enough(template.credit, balance, amount_fen)
    made = issue(
        pooling_area=pooling_area,
        scheme=scheme,
        kind=kind,
        amount_fen=amount_fen,
        payer=BankAccountKind(template.credit).label,
        paper=paper,
        summary=kind.label,
        operator=operator,
        now=now,
    )
    if made.state == DocumentState.WAITING:
        made.dated_on = dated_on
        _prepare(made, operator, now)
    return made


@transaction.atomic
def review(*, number: str, second_factor_code: str, operator: Operator, now: datetime) -> BusinessDocument:
    """复核记账 (GX2017 §97, 100): a second person, with the second factor; the voucher is posted. Again, nothing more.

    Raises: DocumentUnknown, DocumentElsewhere, SamePerson, NoPermission, AreaOutOfScope, what the second factor and
    the books refuse.
    """
    document = _locked(number)
    checks.check_area_in_scope(operator, REVIEW, document.pooling_area_id, now)
    if document.state == DocumentState.POSTED and document.reviewed_by == operator.staff_code:
        return document
    _demand(document, DocumentState.PREPARED, "复核")
    if operator.staff_code in (document.made_by, document.prepared_by):
        raise SamePerson
    second_factor.check(operator, second_factor_code, now=now)
    assert document.dated_on is not None
    voucher = commands.post_voucher(
        pooling_area=document.pooling_area_id,
        scheme=document.scheme,
        kind=VOUCHER_KINDS[document.kind in MOVEMENTS],
        dated_on=document.dated_on,
        summary=document.summary,
        source_document=document.number,
        entries=[
            EntryDraft(document.account, debit=Money(document.amount_fen), note=document.payer),
            *(
                EntryDraft(code, credit=Money(fen), note=document.paper)
                for code, fen in document.credits.items()
                if fen
            ),
        ],
        operator=document.prepared_by,
        now=now,
    )
    if document.kind in MOVEMENTS:  # now that the number is held, no other movement can stand beside this one
        _check_moved(document)
    document.state, document.voucher_no = DocumentState.POSTED, voucher.number
    document.reviewed_by, document.reviewed_at = operator.staff_code, now
    document.save(update_fields=["state", "voucher_no", "reviewed_by", "reviewed_at"])
    _note("fund.review_document", document.pooling_area_id, number, operator, now, voucher=voucher.number)
    publish(
        events.DocumentPosted(
            number=document.number,
            kind=DocumentKind(document.kind),
            pooling_area=document.pooling_area_id,
            scheme=document.scheme,
            amount_fen=document.amount_fen,
            dated_on=document.dated_on,
            voucher_no=voucher.number,
            origin=document.origin,
            origin_key=document.origin_key,
        )
    )
    return document


@transaction.atomic
def send_back(*, number: str, reason: str, operator: Operator, now: datetime) -> BusinessDocument:
    """退回 (GX2017 §100): income waits for its entry again, which is 待查 again; a movement is voided.

    Raises: DocumentUnknown, DocumentElsewhere, ReasonNeeded, NoPermission, AreaOutOfScope.
    """
    document = _locked(number)
    checks.check_area_in_scope(operator, REVIEW, document.pooling_area_id, now)
    _demand(document, DocumentState.PREPARED, "退回")
    if not reason.strip():
        raise ReasonNeeded
    document.state = DocumentState.VOIDED if document.kind in MOVEMENTS else DocumentState.WAITING
    document.entry, document.dated_on, document.prepared_by = None, None, ""
    document.remark = reason.strip()
    document.save()
    _note("fund.return_document", document.pooling_area_id, number, operator, now, reason=document.remark)
    return document


@transaction.atomic
def void(*, number: str, reason: str, operator: Operator, now: datetime) -> BusinessDocument:
    """作废 of a document whose money has not come (made in error).

    Raises: DocumentUnknown, DocumentElsewhere, ReasonNeeded, NoPermission, AreaOutOfScope.
    """
    document = _locked(number)
    checks.check_area_in_scope(operator, PREPARE, document.pooling_area_id, now)
    _demand(document, DocumentState.WAITING, "作废")
    if not reason.strip():
        raise ReasonNeeded
    document.state, document.remark = DocumentState.VOIDED, reason.strip()
    document.save(update_fields=["state", "remark"])
    _note("fund.void_document", document.pooling_area_id, number, operator, now, reason=document.remark)
    return document


def find(*, pooling_area: str, scheme: str, kind: DocumentKind, payer: str, paper: str) -> BusinessDocument | None:
    """The document of that paper, if it was made (同一来文)."""
    found = BusinessDocument.objects.filter(
        pooling_area_id=pooling_area, scheme=scheme, kind=kind, payer=payer.strip(), paper=paper.strip()
    )
    return found.exclude(state=DocumentState.VOIDED).first()


def of_origin(origin: str, keys: Collection[str]) -> list[BusinessDocument]:
    """The documents of a business, the oldest first (来源业务的单据)."""
    found = BusinessDocument.objects.filter(origin=origin, origin_key__in=keys)
    return list(found.exclude(state=DocumentState.VOIDED).order_by("id"))


def waiting_fen(*, origin: str, origin_key: str) -> int:
    """What documents of a business still wait for: made, and not yet in the books, in fen (在途)."""
    waiting = BusinessDocument.objects.filter(
        origin=origin, origin_key=origin_key, state__in=(DocumentState.WAITING, DocumentState.PREPARED)
    )
    return int(waiting.aggregate(fen=Sum("amount_fen"))["fen"] or 0)


def balance_of(*, pooling_area: str, scheme: str, account: str, on: date) -> int:
    """账面余额 of a deposit account at the end of a day, in fen."""
    until = date.fromordinal(on.toordinal() + 1)
    balances = queries.account_balances(pooling_area=pooling_area, scheme=scheme, until=until)
    return balances.get(account, 0)


def _booking_day(entry: BankEntry, now: datetime) -> date:
    """记账日期 of a credit: its own day while the month is open, else today (未达账项, GX2017 §99)."""
    if queries.is_open(pooling_area=entry.pooling_area_id, scheme=entry.scheme, on=entry.booked_on):
        return entry.booked_on
    return timezone.localdate(now)


def _check_enough(account: str, balance_fen: int, amount_fen: int) -> None:
    if amount_fen > balance_fen:
        raise NotEnoughToMove(
            account=BankAccountKind(account).label, balance=yuan_text(balance_fen), amount=yuan_text(amount_fen)
        )


def _check_moved(document: BusinessDocument) -> None:
    """The account the money left holds nothing below zero. Raises: NotEnoughToMove."""
    assert document.dated_on is not None
    (account,) = document.credits
    left = balance_of(
        pooling_area=document.pooling_area_id, scheme=document.scheme, account=account, on=document.dated_on
    )
    _check_enough(account, left + document.amount_fen, document.amount_fen)


def _prepare(document: BusinessDocument, operator: Operator, now: datetime) -> None:
    document.state, document.prepared_by, document.remark = DocumentState.PREPARED, operator.staff_code, ""
    document.save(update_fields=["state", "prepared_by", "remark", "entry", "account", "dated_on"])
    _note("fund.prepare_document", document.pooling_area_id, document.number, operator, now)


def _locked(number: str) -> BusinessDocument:
    """Raises: DocumentUnknown."""
    found = BusinessDocument.objects.select_for_update(of=("self",)).filter(number=number).first()
    if found is None:
        raise DocumentUnknown(number=number)
    return found


def _demand(document: BusinessDocument, state: DocumentState, act: str) -> None:
    if document.state != state:
        raise DocumentElsewhere(number=document.number, state=DocumentState(document.state).label, act=act)


def _note(action: str, pooling_area: str, key: object, operator: Operator, now: datetime, **detail: object) -> None:
    trail.record(
        action,
        at=now,
        operator=operator,
        pooling_area=pooling_area,
        object_kind="fund_document",
        object_key=key,
        detail=detail,
    )
