"""业务办理情况 (ORG-18; GX2017 §5; JL2019 §49): how much each item, office, post and member of staff handled, and how.

Every figure is counted from the cases and from their record, in a fixed number of statements whatever the period.
"""

from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from decimal import ROUND_HALF_UP, Decimal
from enum import StrEnum
from typing import Any, Final

from django.db.models import Count, Exists, OuterRef, Q, QuerySet, Subquery
from django.db.models.functions import TruncDate, TruncMonth

from tongchou.cases import kinds
from tongchou.cases.models import Case, CaseAct
from tongchou.cases.states import Act, CaseState
from tongchou.kernel.working_days import WorkingCalendar
from tongchou.platform.scope import Scope

RECEIVING_POST: Final = "clerk"
"""The post of the counter, where acceptance counts."""


class By(StrEnum):
    """What the figures are grouped by (分组)."""

    KIND = "kind"
    UNIT = "unit_code"
    RECEIVED_AT = "receipt__unit_code"
    POST = "post"
    OPERATOR = "operator"
    MONTH = "month"


OF_PERSONS: Final = (By.POST, By.OPERATOR)
"""Grouped by who acted, and not by what the case is."""


Named = Callable[[Sequence[Any]], str]
"""What a key of several columns is called."""
_AFTERWARDS: Final = Q(paper_on__isnull=False)
_IN_HAND: Final = Q(state=CaseState.IN_HAND)


@dataclass(frozen=True, slots=True)
class Period:
    """A time from its first instant to just before its last (期间)."""

    since: datetime
    until: datetime

    def holds(self, column: str) -> Q:
        return Q(**{f"{column}__gte": self.since, f"{column}__lt": self.until})


@dataclass(frozen=True, slots=True)
class Performance:
    """办理情况 of one item, office, post, member of staff or month."""

    key: str
    accepted: int = 0
    afterwards: int = 0
    """Of those accepted, taken on paper and entered afterwards (事后补录)."""
    finished: int = 0
    decided: int = 0
    in_time: int = 0
    returned: int = 0
    """How often work was sent back to a step (退回)."""
    corrected: int = 0
    """How often a step was done again after it had been sent back (纠正差错)."""
    waiting: int = 0
    """Cases in hand now."""
    mean_days: Decimal | None = None
    """Working days from acceptance to decision, to a tenth; days waiting for papers count."""

    @property
    def in_time_ratio(self) -> Decimal | None:
        """按期办结率 of the decided cases, to a tenth of a percent."""
        if not self.decided:
            return None
        return (Decimal(self.in_time) / self.decided).quantize(Decimal("0.001"), ROUND_HALF_UP)


Found = dict[str, Performance]


def performance(scope: Scope, by: By, period: Period, calendar: WorkingCalendar) -> list[Performance]:
    """业务办理情况 (ORG-18) of a period inside a scope, by key."""
    read = _by_who_acted if by in OF_PERSONS else _by_case
    found = read(scope, by, period, calendar)
    return [found[key] for key in sorted(found)]


# --- by what the case is --------------------------------------------------------------------------------------------


def _by_case(scope: Scope, by: By, period: Period, calendar: WorkingCalendar) -> Found:
    cases, acts = Case.objects.filter(scope.q("unit_code", "pooling_area")), _acts(scope)
    of_act = f"case__{by.value}"
    if by is By.MONTH:
        ended = cases.annotate(month=TruncMonth("finished_at"))
        acts, of_act = acts.annotate(month=TruncMonth("at")), by.value
        counts = _by_month(cases, period)
    else:
        ended, counts = cases, Counts()
        begun_or_ended = cases.filter(period.holds("created_at") | period.holds("finished_at") | _IN_HAND)
        counts.add(
            begun_or_ended.values_list(by.value).annotate(
                accepted=Count("id", filter=period.holds("created_at")),
                late=Count("id", filter=period.holds("created_at") & _AFTERWARDS),
                waiting=Count("id", filter=_IN_HAND),
                **_of_ended(period),
            ),
            ("accepted", "afterwards", "waiting", *_ENDED),
        )
    back_and_again = acts.filter(period.holds("at"), act__in=(Act.RETURNED, Act.AGREED)).annotate(again=_sent_back())
    counts.add(
        back_and_again.values_list(of_act).annotate(
            returned=Count("id", filter=Q(act=Act.RETURNED)),
            corrected=Count("id", filter=Q(act=Act.AGREED, again=True)),
        ),
        ("returned", "corrected"),
    )
    days = ended.filter(period.holds("finished_at"), in_time__isnull=False)
    rows = days.values_list(by.value, "accepted_on", TruncDate("finished_at")).annotate(n=Count("id")).order_by()
    return _put_together(counts, ((_text(key), *rest) for key, *rest in rows), calendar)


def months(scope: Scope, period: Period) -> dict[str, Performance]:
    """每月收件与办结, for a chart: by month (`2018-03`), without durations and returns."""
    counts = _by_month(Case.objects.filter(scope.q("unit_code", "pooling_area")), period)
    return {key: Performance(key, **counted) for key, counted in counts.by_key.items()}


def _by_month(cases: QuerySet[Case], period: Period) -> "Counts":
    """What came in a month and what ended in it are different cases; one statement groups by both months."""
    inside = cases.filter(period.holds("created_at") | period.holds("finished_at"))
    both = inside.annotate(begun=TruncMonth("created_at"), ended=TruncMonth("finished_at"))
    rows = both.values_list("begun", "ended").annotate(
        accepted=Count("id", filter=period.holds("created_at")),
        late=Count("id", filter=period.holds("created_at") & _AFTERWARDS),
        **_of_ended(period),
    )
    counts = Counts()
    for begun, ended, accepted, late, *of_ended in rows.order_by():
        counts.put((begun,), ("accepted", "afterwards"), (accepted, late))
        counts.put((ended,), _ENDED, of_ended)
    return counts


_ENDED: Final = ("finished", "decided", "in_time")


def _of_ended(period: Period) -> dict[str, Any]:
    ended = period.holds("finished_at")
    return {
        "finished": Count("id", filter=ended),
        "decided": Count("id", filter=ended & Q(in_time__isnull=False)),
        "kept": Count("id", filter=ended & Q(in_time=True)),
    }


# --- by who acted ---------------------------------------------------------------------------------------------------


def _by_who_acted(scope: Scope, by: By, period: Period, calendar: WorkingCalendar) -> Found:
    """By operator, or by post: that of a step is the first its declaration names."""
    named: Named = _post_of if by is By.POST else _operator_of
    keys = ("case__kind", "step") if by is By.POST else ("operator_id",)
    inside = _acts(scope).filter(period.holds("at"))
    deciding = Q(act__in=(Act.AGREED, Act.REFUSED), to_step="", case__in_time__isnull=False)
    counts = Counts(named)
    counts.add(
        inside.annotate(again=_sent_back())
        .values_list(*keys)
        .annotate(
            accepted=Count("id", filter=Q(act=Act.ACCEPTED)),
            late=Count("id", filter=Q(act=Act.ACCEPTED, case__paper_on__isnull=False)),
            finished=Count("id", filter=deciding),
            decided=Count("id", filter=deciding),
            kept=Count("id", filter=deciding & Q(case__in_time=True)),
            corrected=Count("id", filter=Q(act=Act.AGREED, again=True)),
        ),
        ("accepted", "afterwards", *_ENDED, "corrected"),
    )
    done_by = CaseAct.objects.filter(
        case=OuterRef("case"),
        step=OuterRef("to_step"),
        act=Act.AGREED,
        version__lt=OuterRef("version"),
    ).order_by("-version")
    returned = inside.filter(act=Act.RETURNED).annotate(whose=Subquery(done_by.values("operator")[:1]))
    back_to = ("case__kind", "to_step") if by is By.POST else ("whose",)
    counts.add(returned.values_list(*back_to).annotate(n=Count("id")), ("returned",))
    if by is By.POST:
        waiting = Case.objects.filter(scope.q("unit_code", "pooling_area")).filter(_IN_HAND)
        counts.add(waiting.values_list("kind", "step").annotate(n=Count("id")), ("waiting",))
    decided = inside.filter(deciding)
    rows = decided.values_list(*keys, "case__accepted_on", TruncDate("at")).annotate(n=Count("id")).order_by()
    return _put_together(counts, ((named(row[:-3]), *row[-3:]) for row in rows), calendar)


def _operator_of(key: Sequence[Any]) -> str:
    return _text(*key)


def _post_of(key: Sequence[Any]) -> str:
    """The post that a step of an item belongs to; an item no longer declared has none."""
    kind_code, step_code = key
    if step_code == kinds.ACCEPTING:
        return RECEIVING_POST
    kind = next((one for one in kinds.registered() if one.code == kind_code), None)
    step = next((one for one in kind.steps if one.code == step_code), None) if kind else None
    return step.posts[0] if step else ""


# --- parts ----------------------------------------------------------------------------------------------------------


def _acts(scope: Scope) -> QuerySet[CaseAct]:
    return CaseAct.objects.filter(scope.q("case__unit_code", "case__pooling_area"))


def _sent_back() -> Exists:
    """Whether the step had been sent back before this act: agreeing to it again corrects an error (纠正差错)."""
    return Exists(
        CaseAct.objects.filter(
            case=OuterRef("case"), to_step=OuterRef("step"), act=Act.RETURNED, version__lt=OuterRef("version")
        )
    )


def _text(key: Any) -> str:
    """The key as text: a month as `2018-03`, nobody as nothing."""
    return key.strftime("%Y-%m") if isinstance(key, date) else "" if key is None else str(key)


@dataclass(slots=True)
class Counts:
    """Figures of several statements, put together by key."""

    named: Named = field(default=lambda key: _text(*key))
    by_key: defaultdict[str, Counter[str]] = field(default_factory=lambda: defaultdict(Counter))

    def add(self, rows: QuerySet[Any], names: Sequence[str]) -> None:
        """Count in the rows of a statement: the key's parts, then one figure for each name."""
        for row in rows.order_by():
            self.put(row[: -len(names)], names, row[-len(names) :])

    def put(self, key: Sequence[Any], names: Sequence[str], figures: Sequence[int]) -> None:
        """Add figures to a key; one that has no name, or nothing to count, is left out."""
        if any(figures) and (name := self.named(key)):
            self.by_key[name].update(dict(zip(names, figures, strict=True)))


def _put_together(counts: Counts, days: Iterable[tuple[str, date, date, int]], calendar: WorkingCalendar) -> Found:
    lasted: defaultdict[str, list[int]] = defaultdict(lambda: [0, 0])
    known: dict[tuple[date, date], int] = {}
    for key, begun_on, ended_on, n in days:
        if (begun_on, ended_on) not in known:
            known[begun_on, ended_on] = calendar.working_days_between(begun_on, ended_on)
        lasted[key][0] += known[begun_on, ended_on] * n
        lasted[key][1] += n
    return {
        key: Performance(key, mean_days=_mean(*lasted[key]) if key in lasted else None, **counted)
        for key, counted in counts.by_key.items()
    }


def _mean(total: int, count: int) -> Decimal:
    return (Decimal(total) / count).quantize(Decimal("0.1"), ROUND_HALF_UP)
