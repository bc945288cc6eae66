"""Every change of contributions and coverage (缴费办理; GX2017 §21, 22; JL2019 §11–14)."""

from collections.abc import Collection, Sequence
from datetime import date, datetime

from django.db import IntegrityError, transaction
from django.utils import timezone

from tongchou.contributions import events, queries, receivables, rules
from tongchou.contributions.models import Contribution, ContributionStandard, CoverageSpan
from tongchou.contributions.states import Channel
from tongchou.enrolment import commands as enrolment
from tongchou.enrolment.queries import Facts
from tongchou.enrolment.states import EnrolmentStatus, Scheme
from tongchou.kernel.errors import DomainError
from tongchou.kernel.money import yuan_text
from tongchou.platform import checks as platform_checks
from tongchou.platform import queries as platform
from tongchou.platform import trail
from tongchou.platform.events import publish


class StandardMissing(DomainError):
    code = "CO-2001"
    message = "{area}没有{year}年度{scheme}的个人缴费标准,请先维护"
    citation = "GX2017 §21"


class StandardInUse(DomainError):
    code = "CO-2002"
    message = "{year}年度已有按{standard}元收取的缴费,标准不能变更"
    citation = "GX2017 §21"


class StandardWithoutSource(DomainError):
    code = "CO-2003"
    message = "缴费标准须写明文件依据,金额不得为负"
    citation = "GX2017 §21"


class NotEnrolledToPay(DomainError):
    code = "CO-2004"
    message = "该参保人在缴费日{paid_on}{status},不能缴费"
    citation = "GX2017 §21"


class PaidTwice(DomainError):
    code = "CO-2005"
    message = "该参保人{year}年度已于{paid_on}缴费{amount}元,不能重复缴纳"
    citation = "GX2017 §21"


class ContributionUnknown(DomainError):
    code = "CO-2006"
    message = "没有编号为{contribution}的有效缴费记录"
    citation = "GX2017 §28"


class ReasonMissing(DomainError):
    code = "CO-2007"
    message = "更正缴费须写明原因"
    citation = "GX2017 §28"


class NothingCorrected(DomainError):
    code = "CO-2008"
    message = "更正后的内容与原记录相同"
    citation = "GX2017 §28"


@transaction.atomic(durable=True)
def set_standard(
    *,
    pooling_area: str,
    scheme: Scheme,
    benefit_year: int,
    personal_fen: int,
    subsidy_fen: int,
    source: str,
    category: str = "",
    operator: platform.Operator,
    now: datetime,
) -> ContributionStandard:
    """维护缴费标准 (GX2017 §21; CON-01): what a person and the budgets pay for a year, in fen; one for all categories
    or one of a single category. It stands still once somebody has paid by it; what is owed and open follows it.

    Raises: StandardInUse, PricedOtherwise, StandardWithoutSource, NoPermission, AreaOutOfScope.
    """
    platform_checks.check_area_in_scope(operator, "contributions.set_rates", pooling_area, now)
    if not source.strip() or personal_fen < 0 or subsidy_fen < 0:
        raise StandardWithoutSource
    known = (
        ContributionStandard.objects.select_for_update()
        .filter(pooling_area_id=pooling_area, scheme=scheme, benefit_year=benefit_year, category=category)
        .first()
    )
    if known is not None and (known.personal_fen, known.subsidy_fen) != (personal_fen, subsidy_fen):
        paid = Contribution.objects.filter(
            pooling_area_id=pooling_area, scheme=scheme, benefit_year=benefit_year, voided_at=None
        )
        if paid.exists():
            raise StandardInUse(year=benefit_year, standard=yuan_text(known.personal_fen))
    standard, _ = ContributionStandard.objects.update_or_create(
        pooling_area_id=pooling_area,
        scheme=scheme,
        benefit_year=benefit_year,
        category=category,
        defaults={"personal_fen": personal_fen, "subsidy_fen": subsidy_fen, "source": source.strip()},
    )
    repriced = receivables.reprice_year(pooling_area, benefit_year, timezone.localdate(now))
    trail.record(
        "contributions.set_standard",
        at=now,
        operator=operator,
        pooling_area=pooling_area,
        object_kind="contribution_standard",
        object_key=standard.pk,
        detail={"year": benefit_year, "personal_fen": personal_fen, "subsidy_fen": subsidy_fen, "repriced": repriced},
    )
    return standard


@transaction.atomic(durable=True)
def correct_contribution(
    *,
    contribution_id: int,
    paid_on: date | None = None,
    amount_fen: int | None = None,
    aided_fen: int | None = None,
    receipt_no: str | None = None,
    reason: str,
    operator: platform.Operator,
    now: datetime,
) -> Contribution:
    """更正缴费 (GX2017 §28; CON-23): the wrong record is voided, the right one booked in its place; coverage follows.

    Later years, whose waiting depends on this one, are decided again. Raises: ContributionUnknown, ReasonMissing,
    NothingCorrected, and the refusals of `record_collected`.
    """
    wrong, person = _lock_contribution(contribution_id, reason, operator, now)
    right = {
        "paid_on": paid_on or wrong.paid_in_full_on,
        "amount_fen": wrong.amount_fen if amount_fen is None else amount_fen,
        "aided_fen": wrong.aided_fen if aided_fen is None else aided_fen,
        "receipt_no": wrong.receipt_no if receipt_no is None else receipt_no,
    }
    if right == {
        "paid_on": wrong.paid_in_full_on,
        "amount_fen": wrong.amount_fen,
        "aided_fen": wrong.aided_fen,
        "receipt_no": wrong.receipt_no,
    }:
        raise NothingCorrected
    _void(wrong, reason, now)
    contribution = _book(
        person,
        benefit_year=wrong.benefit_year,
        channel=Channel(wrong.channel),
        corrects=wrong,
        batch_id=wrong.batch_id,
        fund_aided_fen=min(wrong.fund_aided_fen, right["aided_fen"]),
        now=now,
        **right,
    )
    _decide_later_years_again(person, wrong.benefit_year, now)
    _note("correct_contribution", person, operator, now, contribution, voided=wrong.pk, reason=reason)
    publish(events.ContributionCorrected(wrong.pk, contribution.pk, person.id))
    return contribution


@transaction.atomic(durable=True)
def void_contribution(*, contribution_id: int, reason: str, operator: platform.Operator, now: datetime) -> Contribution:
    """作废缴费 (GX2017 §28; CON-22): a payment booked in error is voided and its coverage withdrawn.

    Raises: ContributionUnknown, ReasonMissing, NoPermission, OutOfScope.
    """
    wrong, person = _lock_contribution(contribution_id, reason, operator, now)
    _withdraw(wrong, person, reason=reason, now=now)
    _note("void_contribution", person, operator, now, wrong, reason=reason)
    publish(events.ContributionCorrected(wrong.pk, None, person.id))
    return wrong


# --- steps of other commands' transactions; who calls them has locked the person and checked who may -----------------


def withdraw(wrong: Contribution, person: Facts, *, reason: str, now: datetime) -> None:
    """作废 of a payment: its coverage is withdrawn, later years are decided again, the year is owed again (CON-22)."""
    _withdraw(wrong, person, reason=reason, now=now)
    publish(events.ContributionCorrected(wrong.pk, None, person.id))


def withdraw_all(payments: Sequence[Contribution], *, benefit_year: int, reason: str, now: datetime) -> None:
    """The same for many payments of one year, whose persons have paid for no later one: a few questions for any number.

    Who calls it has locked the persons, and knows that none is merged away.
    """
    Contribution.objects.filter(pk__in=[one.pk for one in payments]).update(voided_at=now, void_reason=reason.strip())
    receivables.reopen(payments)
    CoverageSpan.objects.filter(contribution__in=payments, withdrawn_at=None).update(withdrawn_at=now)
    receivables.forget_who_left([one.person_id for one in payments], benefit_year, timezone.localdate(now))
    publish(events.ContributionsWithdrawn(tuple((one.pk, one.person_id) for one in payments)))


def rebook(wrong: Contribution, person: Facts, *, amount_fen: int, reason: str, now: datetime) -> Contribution:
    """The same payment with another amount, in place of the wrong one (CON-22). Raises: as `record_collected`."""
    _void(wrong, reason, now)
    right = _again(wrong, person, amount_fen=amount_fen, now=now)
    _decide_later_years_again(person, wrong.benefit_year, now)
    publish(events.ContributionCorrected(wrong.pk, right.pk, person.id))
    return right


def move(wrong: Contribution, person: Facts, to: Facts, *, reason: str, now: datetime) -> Contribution:
    """错记调整 (CON-23): the payment of one is another's: voided and booked anew with its own day, coverage of both
    decided again. Raises: as `check_movable`, and as `record_collected` for the one who has paid.
    """
    amount_fen = check_movable(wrong, to)
    _withdraw(wrong, person, reason=reason, now=now)
    right = _again(wrong, to, amount_fen=amount_fen, now=now)
    _decide_later_years_again(to, wrong.benefit_year, now)
    publish(events.ContributionMoved(wrong.pk, right.pk, person.id, to.id, wrong.benefit_year))
    return right


def check_movable(wrong: Contribution, to: Facts) -> int:
    """What one brought is what the other owes, aid of either set aside (CON-15, CON-23). Returns the other's standard.

    Raises: PaidTwice, StandardMissing, AmountDiffers.
    """
    check_not_paid(to.id, wrong.benefit_year)
    standard_fen = standard_of(
        pooling_area=to.pooling_area,
        scheme=rules.RESIDENT,
        benefit_year=wrong.benefit_year,
        category=to.category or "",
    )
    brought_fen = wrong.amount_fen - wrong.fund_aided_fen
    owed_fen = standard_fen - receivables.aided(to.id, wrong.benefit_year)
    if brought_fen != owed_fen:
        raise rules.AmountDiffers(paid=yuan_text(brought_fen), year=wrong.benefit_year, standard=yuan_text(owed_fen))
    return standard_fen


def amend(
    wrong: Contribution,
    person: Facts,
    to: Facts,
    *,
    paid_on: date,
    amount_fen: int,
    receipt_no: str,
    reason: str,
    now: datetime,
) -> Contribution:
    """更正 as whoever collected reports it (JL2019 §13; CON-11): another day, another sum, or another person.

    `amount_fen` is what the person brings, without what a department owes. Raises: as `record_collected`.
    """
    if to.id == person.id:
        _void(wrong, reason, now)
    else:
        _withdraw(wrong, person, reason=reason, now=now)
    check_not_paid(to.id, wrong.benefit_year)
    by_fund = receivables.aided(to.id, wrong.benefit_year)
    right = _book(
        to,
        benefit_year=wrong.benefit_year,
        amount_fen=amount_fen + by_fund,
        aided_fen=by_fund,
        fund_aided_fen=by_fund,
        paid_on=paid_on,
        channel=Channel(wrong.channel),
        receipt_no=receipt_no,
        corrects=wrong,
        batch_id=wrong.batch_id,
        now=now,
    )
    _decide_later_years_again(to, wrong.benefit_year, now)
    if to.id == person.id:
        publish(events.ContributionCorrected(wrong.pk, right.pk, person.id))
    else:
        publish(events.ContributionMoved(wrong.pk, right.pk, person.id, to.id, wrong.benefit_year))
    return right


def _again(wrong: Contribution, person: Facts, *, amount_fen: int, now: datetime) -> Contribution:
    return _book(
        person,
        benefit_year=wrong.benefit_year,
        amount_fen=amount_fen,
        aided_fen=max(min(wrong.aided_fen, amount_fen), receivables.aided(person.id, wrong.benefit_year)),
        paid_on=wrong.paid_in_full_on,
        channel=Channel(wrong.channel),
        receipt_no=wrong.receipt_no,
        corrects=wrong,
        batch_id=wrong.batch_id,
        fund_aided_fen=receivables.aided(person.id, wrong.benefit_year),
        now=now,
    )


def check_payable(person: Facts, *, benefit_year: int, paid_on: date) -> int:
    """May this person pay the year on that day? Returns the standard in fen. Raises: as `record_collected`."""
    _check_may_pay(person, paid_on)
    _decided(person, benefit_year, paid_on)
    return standard_of(
        pooling_area=person.pooling_area,
        scheme=rules.RESIDENT,
        benefit_year=benefit_year,
        category=person.category or "",
    )


def record_collected(
    *,
    person: Facts,
    benefit_year: int,
    paid_on: date,
    receipt_no: str,
    batch_id: int,
    channel: Channel = Channel.VILLAGE,
    now: datetime,
) -> Contribution:
    """代收、窗口、税务逐笔入账 (GX2017 §25; CON-10, CON-12): the year's standard, as part of a day or of a file.

    Raises: NotEnrolledToPay, StandardMissing, AmountDiffers, AidTooLarge, WindowNotOpen, YearOver, NothingCovered,
    SchemeNotYearly; PaidTwice also where another way of payment was quicker by a moment.
    """
    check_not_paid(person.id, benefit_year)
    by_fund = receivables.aided(person.id, benefit_year)
    amount_fen = check_payable(person, benefit_year=benefit_year, paid_on=paid_on)
    try:
        with transaction.atomic():
            return _book(
                person,
                benefit_year=benefit_year,
                amount_fen=amount_fen,
                aided_fen=by_fund,
                fund_aided_fen=by_fund,
                paid_on=paid_on,
                channel=channel,
                receipt_no=receipt_no,
                batch_id=batch_id,
                now=now,
            )
    except IntegrityError:  # a file of the bank or the tax office was booked between the question and the writing
        check_not_paid(person.id, benefit_year)
        raise


def check_not_paid(person_id: int, benefit_year: int) -> None:
    """Raises: PaidTwice."""
    earlier = Contribution.objects.filter(
        person_id=person_id, scheme=rules.RESIDENT, benefit_year=benefit_year, voided_at=None
    ).first()
    if earlier is not None:
        raise PaidTwice(year=benefit_year, paid_on=earlier.paid_in_full_on, amount=yuan_text(earlier.amount_fen))


def what_it_brings(
    person: Facts, *, benefit_year: int, paid_on: date, paid_years: Collection[int] | None = None
) -> rules.Decision:
    """缴费认定 before the payment: its class, and the days it would cover. Raises: as `record_collected`.

    `paid_years`, where the caller knows them already.
    """
    _check_may_pay(person, paid_on)
    return _decided(person, benefit_year, paid_on, paid_years)


def record_aided(
    *, person: Facts, benefit_year: int, amount_fen: int, paid_on: date, receipt_no: str, now: datetime
) -> Contribution:
    """全额资助: a department pays the whole year to the fund (CON-15). Fen. Raises: as `record_collected`."""
    return _book(
        person,
        benefit_year=benefit_year,
        amount_fen=amount_fen,
        aided_fen=amount_fen,
        fund_aided_fen=amount_fen,
        paid_on=paid_on,
        channel=Channel.AID,
        receipt_no=receipt_no,
        now=now,
    )


def standard_of(*, pooling_area: str, scheme: str, benefit_year: int, category: str) -> int:
    """个人缴费标准 of a category, in fen: its own, else that of everybody. Raises: StandardMissing."""
    found = dict(
        ContributionStandard.objects.filter(
            pooling_area_id=pooling_area, scheme=scheme, benefit_year=benefit_year, category__in=(category, "")
        ).values_list("category", "personal_fen")
    )
    if not found:
        raise StandardMissing(area=pooling_area, year=benefit_year, scheme=Scheme(scheme).label)
    return found.get(category, found.get("", 0))


def _book(
    person: Facts,
    *,
    benefit_year: int,
    amount_fen: int,
    aided_fen: int,
    paid_on: date,
    channel: Channel,
    receipt_no: str,
    now: datetime,
    corrects: Contribution | None = None,
    batch_id: int | None = None,
    fund_aided_fen: int = 0,
) -> Contribution:
    """Decide and write one payment with its coverage; a step of the caller's transaction."""
    _check_may_pay(person, paid_on)
    standard_fen = standard_of(
        pooling_area=person.pooling_area,
        scheme=rules.RESIDENT,
        benefit_year=benefit_year,
        category=person.category or "",
    )
    rules.check_amount(amount_fen=amount_fen, aided_fen=aided_fen, standard_fen=standard_fen, benefit_year=benefit_year)
    decision = _decided(person, benefit_year, paid_on)
    contribution = Contribution.objects.create(
        person_id=person.id,
        pooling_area_id=person.pooling_area,
        scheme=rules.RESIDENT,
        benefit_year=benefit_year,
        amount_fen=amount_fen,
        aided_fen=aided_fen,
        fund_aided_fen=fund_aided_fen,
        paid_in_full_on=paid_on,
        kind=decision.kind,
        channel=channel,
        receipt_no=receipt_no,
        corrects=corrects,
        batch_id=batch_id,
        created_at=now,
    )
    receivables.settle(contribution, person.unit_code)
    spans = _open_spans(contribution, decision, now)
    covered_from = spans[0].covered_from if spans else None
    publish(events.ContributionRecorded(contribution.pk, person.id, benefit_year, covered_from))
    return contribution


def _check_may_pay(person: Facts, paid_on: date) -> None:
    """Raises: NotEnrolledToPay, SchemeNotYearly."""
    if person.status != EnrolmentStatus.ACTIVE:
        raise NotEnrolledToPay(paid_on=paid_on, status=EnrolmentStatus(person.status).label)
    if person.scheme != rules.RESIDENT:
        raise rules.SchemeNotYearly


def _decided(
    person: Facts, benefit_year: int, paid_on: date, paid_years: Collection[int] | None = None
) -> rules.Decision:
    years = queries.paid_years(person.id) if paid_years is None else paid_years
    case = rules.case_of(
        benefit_year=benefit_year,
        paid_on=paid_on,
        last_paid_year=rules.last_paid_before(benefit_year, years),
        born_on=person.born_on,
    )
    return rules.decide(case, queries.waiting(person.pooling_area, benefit_year, paid_on))


def _parts(contribution: Contribution, decision: rules.Decision) -> list[rules.Span]:
    """The days of the decision that no other span of the person covers."""
    others = CoverageSpan.objects.filter(person_id=contribution.person_id, withdrawn_at=None)
    held = others.exclude(contribution=contribution).values_list("covered_from", "covered_until")
    return rules.uncovered_parts((decision.covered_from, decision.covered_until), held)


def _open_spans(contribution: Contribution, decision: rules.Decision, now: datetime) -> list[CoverageSpan]:
    return CoverageSpan.objects.bulk_create(
        CoverageSpan(
            person_id=contribution.person_id,
            pooling_area_id=contribution.pooling_area_id,
            scheme=contribution.scheme,
            benefit_year=contribution.benefit_year,
            covered_from=start,
            covered_until=until,
            rule=decision.rule,
            contribution=contribution,
            paid_on=contribution.paid_in_full_on,
            created_at=now,
        )
        for start, until in _parts(contribution, decision)
    )


def _lock_contribution(
    contribution_id: int, reason: str, operator: platform.Operator, now: datetime
) -> tuple[Contribution, Facts]:
    """Raises: ContributionUnknown, ReasonMissing, NoPermission, OutOfScope."""
    found = Contribution.objects.filter(pk=contribution_id, voided_at=None).first()
    if found is None:
        raise ContributionUnknown(contribution=contribution_id)
    person = enrolment.lock(person_id=found.person_id, on=found.paid_in_full_on)
    _check_reach(person, "contributions.refund", operator, now)
    if not reason.strip():
        raise ReasonMissing
    wrong = Contribution.objects.select_for_update(of=("self",)).get(pk=contribution_id)
    if wrong.voided_at is not None:
        raise ContributionUnknown(contribution=contribution_id)
    return wrong, person


def _void(contribution: Contribution, reason: str, now: datetime) -> None:
    contribution.voided_at, contribution.void_reason = now, reason.strip()
    contribution.save(update_fields=["voided_at", "void_reason"])
    receivables.reopen([contribution])
    contribution.spans.filter(withdrawn_at=None).update(withdrawn_at=now)


def _withdraw(wrong: Contribution, person: Facts, *, reason: str, now: datetime) -> None:
    """Void, and later years decided again; who has left meanwhile owes nothing."""
    _void(wrong, reason, now)
    _decide_later_years_again(person, wrong.benefit_year, now)
    receivables.forget_who_left([person.id], wrong.benefit_year, timezone.localdate(now))


def _decide_later_years_again(person: Facts, after_year: int, now: datetime) -> None:
    """What is later paid waits by the history: where the corrected history decides otherwise, close and open anew."""
    later = Contribution.objects.filter(person_id=person.id, benefit_year__gt=after_year, voided_at=None)
    for contribution in later.order_by("benefit_year"):
        decision = _decided(person, contribution.benefit_year, contribution.paid_in_full_on)
        standing = contribution.spans.filter(withdrawn_at=None).order_by("covered_from")
        spans = list(standing.values_list("covered_from", "covered_until"))
        if contribution.kind == decision.kind and spans == _parts(contribution, decision):
            continue
        _void(contribution, "前期缴费更正,重新认定", now)
        replaced = Contribution.objects.create(
            person_id=contribution.person_id,
            pooling_area_id=contribution.pooling_area_id,
            scheme=contribution.scheme,
            benefit_year=contribution.benefit_year,
            amount_fen=contribution.amount_fen,
            aided_fen=contribution.aided_fen,
            fund_aided_fen=contribution.fund_aided_fen,
            paid_in_full_on=contribution.paid_in_full_on,
            kind=decision.kind,
            channel=contribution.channel,
            receipt_no=contribution.receipt_no,
            batch_id=contribution.batch_id,
            corrects=contribution,
            created_at=now,
        )
        receivables.settle(replaced, person.unit_code)
        _open_spans(replaced, decision, now)


def _check_reach(person: Facts, permission: str, operator: platform.Operator, now: datetime) -> None:
    platform_checks.check_in_scope(
        operator, permission, person.unit_code, now, object_kind="person", object_key=person.id
    )


def _note(
    action: str,
    person: Facts,
    operator: platform.Operator,
    now: datetime,
    contribution: Contribution,
    **detail: object,
) -> None:
    trail.record(
        f"contributions.{action}",
        at=now,
        operator=operator,
        pooling_area=person.pooling_area,
        unit_code=person.unit_code,
        object_kind="person",
        object_key=person.id,
        detail={
            "contribution": contribution.pk,
            "year": contribution.benefit_year,
            "amount_fen": contribution.amount_fen,
            "paid_on": contribution.paid_in_full_on.isoformat(),
            **detail,
        },
    )
