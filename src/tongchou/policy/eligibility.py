"""When benefits begin and whether they stand (待遇享受期与待遇状态, GX2017 §22; JL2019 §8, 10, 14; BEN-02…09).

Two questions. `coverage_start`: a person has paid in full for a benefit year — from which day is that year covered?
`standing`: on this day, may the person have benefits, and if not, for which one reason? Both are pure: history in,
decision out; the answer for a past day does not change when later payments arrive.
"""

import enum
from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Final

from tongchou.kernel.months import add_months, first_of_month, first_of_next_month, month_days, year_span
from tongchou.policy.packages import Package

MONTHS_A_YEAR: Final = 12


@dataclass(frozen=True, slots=True)
class EligibilityRules:
    """The waiting rules of one package (待遇等待期参数), as code reads them."""

    window_from: tuple[int, int]
    window_until: tuple[int, int]
    grace_month: int
    first_mid_until: tuple[int, int]
    first_after_mid_year: str
    late_allowed: bool
    grace_start: str
    break_min_months: int
    break_month_index: str
    newborn_months: int
    newborn_year_rule: str
    start_next_month: bool

    @classmethod
    def of(cls, package: Package) -> "EligibilityRules":
        """Raises: MissingParameter."""
        return cls(
            window_from=_month_day(package, "contrib.window.normal.from"),
            window_until=_month_day(package, "contrib.window.normal.until"),
            grace_month=_whole(package, "contrib.window.grace.month"),
            first_mid_until=_month_day(package, "contrib.window.first_mid.until"),
            first_after_mid_year=_choice(package, "contrib.first_after_mid_year"),
            late_allowed=package.parameter("contrib.late_allowed").content is True,
            grace_start=_choice(package, "benefit.grace_start"),
            break_min_months=_whole(package, "benefit.break_min"),
            break_month_index=_choice(package, "benefit.break_month_index"),
            newborn_months=_whole(package, "newborn.months"),
            newborn_year_rule=_choice(package, "newborn.year_rule"),
            start_next_month=package.parameter("benefit.start.next_month").content is True,
        )


def _month_day(package: Package, key: str) -> tuple[int, int]:
    content = package.parameter(key).content
    assert isinstance(content, tuple), key
    month, day = content
    assert isinstance(month, int), key
    assert isinstance(day, int), key
    return month, day


def _whole(package: Package, key: str) -> int:
    content = package.parameter(key).content
    assert isinstance(content, int), key
    return int(content)


def _choice(package: Package, key: str) -> str:
    return str(package.parameter(key).content)


class PayerKind(enum.StrEnum):
    """How a payment counts for the waiting rules (GX2017 §22); the values are those of contributions."""

    CONTINUOUS = "continuous"
    FIRST = "first"
    REJOINED = "rejoined"
    LATE = "late"
    NEWBORN = "newborn"


@dataclass(frozen=True, slots=True)
class CoverageSpanDecision:
    """待遇享受期: [covered_from, covered_until), or none of it with the reason why."""

    kind: PayerKind
    covered_from: date | None
    covered_until: date | None
    reason: str
    citation: str

    @property
    def covers(self) -> bool:
        return self.covered_from is not None


def coverage_start(
    rules: EligibilityRules | Package,
    *,
    benefit_year: int,
    paid_on: date,
    paid_years: Collection[int] = (),
    born_on: date | None = None,
) -> CoverageSpanDecision:
    """待遇享受起始 (GX2017 §22). `paid_on` is the day the year's contribution was paid in full (足额).

    `paid_years` are the benefit years paid for before; with none of them the person pays for the first time, as a
    newborn when `born_on` lies in the benefit year or the payment comes within the months allowed after birth.
    A stay or cost before the start is not covered ("新发生的", BEN-09).
    """
    rules = EligibilityRules.of(rules) if isinstance(rules, Package) else rules
    earlier = [year for year in paid_years if year < benefit_year]
    if not earlier:
        if born_on is not None and _is_newborn(rules, benefit_year, paid_on, born_on):
            return _newborn(rules, benefit_year, paid_on, born_on)
        return _first_payer(rules, benefit_year, paid_on)
    missed_months = (benefit_year - max(earlier) - 1) * MONTHS_A_YEAR
    if missed_months >= rules.break_min_months:
        return _rejoined(rules, benefit_year, paid_on)
    return _continuous(rules, benefit_year, paid_on, paid_last_year=missed_months == 0)


def _span(kind: PayerKind, year: int, start: date, reason: str, citation: str) -> CoverageSpanDecision:
    """From `start`, never before 1 January of the year, to its end; nothing when the year is over by then."""
    first, until = year_span(year)
    start = max(start, first) if kind is not PayerKind.NEWBORN else start
    if start >= until:
        return CoverageSpanDecision(kind, None, None, f"{reason},起始日{start}已在{year}年度之外", citation)
    return CoverageSpanDecision(kind, start, until, reason, citation)


def _refused(kind: PayerKind, reason: str, citation: str) -> CoverageSpanDecision:
    return CoverageSpanDecision(kind, None, None, reason, citation)


def _within_window(rules: EligibilityRules, year: int, paid_on: date) -> bool:
    """集中缴费期 of the year before; whoever paid even earlier is not worse off."""
    return paid_on <= date(year - 1, *rules.window_until)


def _continuous(rules: EligibilityRules, year: int, paid_on: date, *, paid_last_year: bool) -> CoverageSpanDecision:
    """连续参保 (§22 第1款; BEN-03, BEN-04) or 逾期 (第4款; BEN-07)."""
    citation = "GX2017 §22 第1款"
    if _within_window(rules, year, paid_on):
        return _span(PayerKind.CONTINUOUS, year, date(year, 1, 1), "集中缴费期内缴费,享受全年待遇", citation)
    grace_end = date(year, rules.grace_month, month_days(year, rules.grace_month))
    if paid_last_year and paid_on <= grace_end:
        start = paid_on if rules.grace_start == "payment_date" else date(year, 1, 1)
        reason = f"延迟至{grace_end}前足额缴费,自{start}起享受"
        return _span(PayerKind.CONTINUOUS, year, start, reason, citation)
    if not rules.late_allowed:
        return _refused(PayerKind.LATE, "本地区不办理逾期缴费", "GX2017 §22 第4款")
    start, words = _after_payment(rules, paid_on)
    return _span(PayerKind.LATE, year, start, f"逾期缴费,自足额缴费{words}起享受", "GX2017 §22 第4款")


def _after_payment(rules: EligibilityRules, paid_on: date) -> tuple[date, str]:
    """首日 after a payment inside the year (`benefit.start.next_month`): the 1st of the next month, or the day."""
    return (first_of_next_month(paid_on), "次月1日") if rules.start_next_month else (paid_on, "之日")


def _first_payer(rules: EligibilityRules, year: int, paid_on: date) -> CoverageSpanDecision:
    """初次参保 (§22 第2款; BEN-05)."""
    citation = "GX2017 §22 第2款"
    if _within_window(rules, year, paid_on):
        return _span(PayerKind.FIRST, year, date(year, 1, 1), "初次参保,集中缴费期内缴费,享受全年待遇", citation)
    if paid_on > date(year, *rules.first_mid_until) and rules.first_after_mid_year == "refuse":
        month, day = rules.first_mid_until
        return _refused(PayerKind.FIRST, f"初次参保应于{month}月{day}日前缴纳当年费用", citation)
    start, words = _after_payment(rules, paid_on)
    return _span(PayerKind.FIRST, year, start, f"初次参保,自足额缴费{words}起享受", citation)


def _rejoined(rules: EligibilityRules, year: int, paid_on: date) -> CoverageSpanDecision:
    """中断1年以上续保 (§22 第3款; BEN-06): the 1st of the third month, counted as decision 0102 says."""
    months = 2 if rules.break_month_index == "payment_month" else 3
    start = add_months(first_of_month(paid_on), months)
    reason = "中断缴费1年以上续保,自足额缴费后第3个月1日起享受"
    return _span(PayerKind.REJOINED, year, start, reason, "GX2017 §22 第3款")


def _is_newborn(rules: EligibilityRules, year: int, paid_on: date, born_on: date) -> bool:
    return born_on.year == year or (born_on.year == year - 1 and paid_on <= add_months(born_on, rules.newborn_months))


def _newborn(rules: EligibilityRules, year: int, paid_on: date, born_on: date) -> CoverageSpanDecision:
    """新生儿 (§22 第5款; BEN-08): paid within the months after birth, month-end clamped and inclusive → from birth.

    For a birth near the year's end `newborn.year_rule` says whether the following year's contribution reaches back to
    the birth (decision 0102).
    """
    citation, first = "GX2017 §22 第5款", year_span(year)[0]
    if paid_on > add_months(born_on, rules.newborn_months):
        start, words = _after_payment(rules, paid_on)
        reason = f"出生{rules.newborn_months}个月以后缴费,自{words}起享受"
        return _span(PayerKind.NEWBORN, year, max(start, first), reason, citation)
    start = born_on if rules.newborn_year_rule == "birth_year_and_following" else max(born_on, first)
    reason = f"出生后{rules.newborn_months}个月内缴费,自{'出生之日' if start == born_on else '年度首日'}起享受"
    return _span(PayerKind.NEWBORN, year, start, reason, citation)


class Standing(enum.StrEnum):
    """待遇状态 on a day; the values are what a clerk reads (BEN-02)."""

    ELIGIBLE = "正常享受"
    NOT_ENROLLED = "未参保"
    TERMINATED = "终止"
    SUSPENDED = "停保"
    FROZEN = "封存"
    BLOCKED = "暂停(稽核/监控)"
    ARREARS = "欠费停待遇"
    WAITING = "等待期"
    UNPAID = "未缴费"
    CARD = "卡状态"


@dataclass(frozen=True, slots=True)
class Span:
    """Half-open days [start, until) of something; an open end is None."""

    start: date
    until: date | None = None

    def holds(self, day: date) -> bool:
        return self.start <= day and (self.until is None or day < self.until)


@dataclass(frozen=True, slots=True)
class Pause(Span):
    """A suspension, with its reason."""

    cause: str = ""


@dataclass(frozen=True, slots=True)
class CoveredSpan(Span):
    """A coverage span; before `paid_on` a day ahead of it is 未缴费, from then on 等待期, whenever one asks."""

    paid_on: date | None = None


@dataclass(frozen=True, slots=True)
class StandingDecision:
    """The standing, its citation, and for a waiting period the first day of benefits.

    `cause` is why a relation is suspended, so that a hospital reads 停保-职工参保 (ENR-20).
    """

    standing: Standing
    reason: str
    citation: str
    until: date | None = None
    cause: str = ""

    @property
    def label(self) -> str:
        """The standing with its cause, if one is known."""
        return f"{self.standing.value}-{self.cause}" if self.cause else self.standing.value

    @property
    def eligible(self) -> bool:
        return self.standing is Standing.ELIGIBLE


def standing(
    on: date,
    coverage: Iterable[CoveredSpan],
    *,
    enrolled: Iterable[Span],
    suspended: Iterable[Span] = (),
    terminated_on: date | None = None,
    arrears_from: date | None = None,
    unpaid_months: Iterable[Pause] = (),
    blocked: Iterable[Span] = (),
    frozen: Iterable[Span] = (),
    card_problem: str = "",
) -> StandingDecision:
    """待遇资格 (GX2017 §22, 80; JL2019 §8, 10, 14; BEN-02): eligible, or the one reason that comes first.

    Order: not enrolled, terminated, suspended, frozen, blocked, arrears, then coverage (waiting or unpaid), then the
    card. `card_problem` is that of the credential shown, e.g. 已挂失. `unpaid_months` are the days stopped by
    months that the employer has not paid in full, each with its month (NC-ACCT §7).
    """
    if terminated_on is not None and on >= terminated_on:
        return _no(Standing.TERMINATED, f"已于{terminated_on}终止参保", "GX2017 §15")
    if not any(span.holds(on) for span in enrolled):
        return _no(Standing.NOT_ENROLLED, "当日没有参保登记", "GX2017 §6")
    for spans, kind, citation in (
        (suspended, Standing.SUSPENDED, "JL2019 §8"),
        (frozen, Standing.FROZEN, "BJ-ACCT §12"),
        (blocked, Standing.BLOCKED, "JS2017 三(一)"),
    ):
        held = next((span for span in spans if span.holds(on)), None)
        if held is not None:
            words = f"自{held.start}起{kind}{f',至{held.until}前' if held.until else ''}"
            return _no(kind, words, citation, cause=held.cause if isinstance(held, Pause) else "")
    if arrears_from is not None and on >= arrears_from:
        return _no(Standing.ARREARS, f"自{arrears_from}起欠费", "JL2019 §14")
    if stopped := [one for one in unpaid_months if one.holds(on)]:
        return _stopped(stopped)
    covered = sorted(coverage, key=lambda span: span.start)
    if not any(span.holds(on) for span in covered):
        return _uncovered(on, covered)
    if card_problem:
        return _no(Standing.CARD, card_problem, "GX2017 §63")
    return StandingDecision(Standing.ELIGIBLE, "", "GX2017 §22")


def _stopped(unpaid: list[Pause]) -> StandingDecision:
    """单位欠费: from the first day on which one of the months stopped benefits (NC-ACCT §7)."""
    months = "、".join(sorted({one.cause for one in unpaid}))
    since = min(one.start for one in unpaid)
    return _no(Standing.ARREARS, f"单位未足额缴纳{months}医疗保险费,自{since}起停止享受待遇", "NC-ACCT §7")


def _uncovered(on: date, covered: list[CoveredSpan]) -> StandingDecision:
    """Paid but not yet begun is a waiting period with its end; otherwise nothing is paid for that day."""
    for span in covered:
        if on < span.start and (span.paid_on is None or span.paid_on <= on):
            last = span.start - timedelta(days=1)
            return _no(Standing.WAITING, f"待遇等待期至{last},自{span.start}起享受", "GX2017 §22", span.start)
    return _no(Standing.UNPAID, f"没有{on.year}年度当日的有效缴费", "GX2017 §22")


def _no(kind: Standing, reason: str, citation: str, until: date | None = None, *, cause: str = "") -> StandingDecision:
    return StandingDecision(kind, reason, citation, until, cause)
