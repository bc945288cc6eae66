"""What others may ask of contributions and coverage (缴费与待遇查询)."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Final

import msgspec
from django.db.models import Q

from tongchou.contributions import rules
from tongchou.contributions.models import (
    Contribution,
    ContributionStandard,
    CoverageSpan,
    DebitMandate,
    Receivable,
)
from tongchou.contributions.states import Channel, ContributionKind, DrawResult, ReceivableState
from tongchou.enrolment import queries as enrolment
from tongchou.enrolment.rules import card_problem
from tongchou.enrolment.states import BlockKind, EnrolmentStatus
from tongchou.parameters import queries as parameters
from tongchou.platform.database import hot
from tongchou.policy import eligibility
from tongchou.policy.eligibility import CoveredSpan, Pause, Span, StandingDecision


class Coverage(msgspec.Struct, frozen=True, gc=False, kw_only=True):
    """待遇享受期 [start, until) in one scheme, less the days on which the person did not stand in it.

    Of no scheme, it is a span on which benefits of `stops` stand still for an unpaid month of the employer; `rule` is
    the month (NC-ACCT §7).
    """

    start: date = msgspec.field(name="from")
    until: date
    scheme: str
    benefit_year: int
    rule: str
    paid_on: date | None = None
    stops: str = ""


_decode_coverage: Final = msgspec.json.Decoder(tuple[Coverage, ...]).decode
_COVERAGE: Final = "SELECT contributions_coverage(%s, %s)"


def coverage(person_id: int, on: date) -> tuple[Coverage, ...]:
    """待遇享受期 of the years around the day, in order (GX2017 §22)."""
    row = hot().execute(_COVERAGE, (person_id, on), prepare=True).fetchone()
    assert row is not None
    return _decode_coverage(row[0] if isinstance(row[0], str | bytes) else msgspec.json.encode(row[0]))


def waiting(pooling_area: str, benefit_year: int, paid_on: date) -> rules.Waiting:
    """The waiting rules for a year: those in force on its first day, or on the day of a later payment (decision 0038).

    Raises: PolicyMissing, MissingParameter.
    """
    on = max(date(benefit_year, 1, 1), paid_on)
    return rules.Waiting.of(parameters.book().package(pooling_area, rules.RESIDENT, on))


def window_opens_on(pooling_area: str, benefit_year: int, today: date) -> date:
    """缴费期开始: the first day on which a year may be paid (GX2017 §22). Raises: PolicyMissing, MissingParameter."""
    return date(benefit_year - 1, *waiting(pooling_area, benefit_year, today).rules.window_from)


def paid_years(person_id: int, *, by: date | None = None) -> Sequence[int]:
    """The benefit years that the person has paid for, or had by that day (缴费年度)."""
    found = Contribution.objects.filter(person_id=person_id, scheme=rules.RESIDENT, voided_at=None)
    if by is not None:
        found = found.filter(paid_in_full_on__lte=by)
    return sorted(found.values_list("benefit_year", flat=True))


def coverage_standing(person_id: int, on: date, *, card_no: str = "") -> StandingDecision | None:
    """待遇资格 (BEN-02; GX2017 §22, 80; JL2019 §14): eligible, or the one reason why not; None for an unknown person.

    `card_no` is the card shown, if one was.
    """
    person = enrolment.facts(person_id, on)
    return None if person is None else standing_of(person, on, card_no=card_no)


def standing_of(person: enrolment.Facts, on: date, *, card_no: str = "") -> StandingDecision:
    """The same for a person whose facts of the day are at hand."""
    around = coverage(person.id, on)
    spans = [span for span in around if span.scheme == person.scheme]
    shown = enrolment.facts_by_card(card_no, on) if card_no else None
    return eligibility.standing(
        on,
        [CoveredSpan(span.start, span.until, span.paid_on) for span in spans],
        enrolled=[] if person.enrolled_from is None else [Span(person.enrolled_from, person.enrolled_until)],
        suspended=[]
        if person.suspended_from is None
        else [Pause(person.suspended_from, person.suspended_until, person.suspension_reason or "")],
        terminated_on=_terminated_on(person),
        arrears_from=None if any(span.start <= on < span.until for span in spans) else _arrears_from(person, on),
        blocked=[Span(b.start, b.until) for b in person.blocks if b.kind != BlockKind.FREEZE],
        frozen=[Span(b.start, b.until) for b in person.blocks if b.kind == BlockKind.FREEZE],
        unpaid_months=[Pause(span.start, span.until, span.rule) for span in around if span.stops == person.scheme],
        card_problem=card_problem(shown.card_status if shown else None),
    )


def _terminated_on(person: enrolment.Facts) -> date | None:
    return person.enrolled_until if person.status == EnrolmentStatus.TERMINATED else None


def _arrears_from(person: enrolment.Facts, on: date) -> date | None:
    """欠费 (JL2019 §14; CON-13): paid an earlier year and not this one by that day, once the time to pay is over.

    Benefits that never began do not stop: who has never paid reads 未缴费 (decision 0359). Nobody is in arrears
    with what was not owed yet, as after a suspension (decision 0406).
    """
    if person.scheme != rules.RESIDENT:
        return None
    years = paid_years(person.id, by=on)
    if on.year in years or not any(year < on.year for year in years):
        return None
    begin = waiting(person.pooling_area, on.year, on).arrears_begin(on.year)
    owed = Receivable.objects.filter(person_id=person.id, scheme=rules.RESIDENT, benefit_year=on.year)
    since = owed.exclude(state=ReceivableState.VOID).values_list("due_from", flat=True).first()
    return begin if since is None else max(begin, since)


# --- for the pages --------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class PaymentRow:
    """One payment with what it covers (缴费记录). Fen."""

    id: int
    benefit_year: int
    amount_fen: int
    aided_fen: int
    paid_on: date
    kind: ContributionKind
    channel: Channel
    receipt_no: str
    covered: tuple[tuple[date, date], ...]
    rule: str
    voided_at: datetime | None
    void_reason: str


def payments_of(person_id: int) -> list[PaymentRow]:
    """缴费记录 of a person, the newest year first, voided ones included."""
    found = Contribution.objects.filter(person_id=person_id).prefetch_related("spans")
    rows = []
    for payment in found.order_by("-benefit_year", "-id"):
        spans = sorted((s for s in payment.spans.all() if s.withdrawn_at is None), key=lambda s: s.covered_from)
        rows.append(
            PaymentRow(
                id=payment.pk,
                benefit_year=payment.benefit_year,
                amount_fen=payment.amount_fen,
                aided_fen=payment.aided_fen,
                paid_on=payment.paid_in_full_on,
                kind=ContributionKind(payment.kind),
                channel=Channel(payment.channel),
                receipt_no=payment.receipt_no,
                covered=tuple((span.covered_from, span.covered_until) for span in spans),
                rule=spans[0].rule if spans else "",
                voided_at=payment.voided_at,
                void_reason=payment.void_reason,
            )
        )
    return rows


def spans_of(person_id: int) -> list[CoverageSpan]:
    """待遇享受期 of a person as derived, the newest first (without looking at suspensions)."""
    return list(CoverageSpan.objects.filter(person_id=person_id, withdrawn_at=None).order_by("-covered_from"))


def receivables_of(person_id: int) -> list[Receivable]:
    """应缴 of a person, the newest year first."""
    return list(Receivable.objects.filter(person_id=person_id).order_by("-benefit_year", "-id"))


_REASONS: Final = {
    **dict(DrawResult.choices),
    "terminated": "已终止参保",
    "suspended": "已停保",
    "paid_elsewhere": "转出地已缴费",
    "not_payable": "不符合缴费条件",
    "": "",
}


def reason_of(receivable: Receivable) -> str:
    """Why a receivable failed or is void, in words (原因)."""
    return _REASONS.get(receivable.reason, receivable.reason)


def mandates_of(person_id: int, household_id: int | None) -> list[DebitMandate]:
    """代扣协议 of a person and of the household, the newest first."""
    mine = Q(person_id=person_id) | Q(household_id=household_id) if household_id else Q(person_id=person_id)
    return list(DebitMandate.objects.filter(mine).select_related("bank").order_by("-signed_on", "-id"))


def standards(pooling_area: str) -> list[ContributionStandard]:
    """缴费标准 of an area, the newest year first (CON-01)."""
    found = ContributionStandard.objects.filter(pooling_area_id=pooling_area)
    return list(found.order_by("-benefit_year", "scheme", "category"))
