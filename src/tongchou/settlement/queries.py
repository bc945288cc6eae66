"""Every read of settlements others may use (结算查询): plain results; lists are pages by key, sums come from roll-ups.

Lists that leave the house leave out annulled pairs (2601): nobody outside was told of them; `one` and the trail of a
person show them. Amounts in whole fen.
"""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, time
from decimal import Decimal
from typing import Any, Final

import msgspec
from django.contrib.postgres.expressions import ArraySubquery
from django.db.models import Exists, Min, OuterRef, Q, QuerySet, Subquery, Sum
from django.utils import timezone

from tongchou.catalogue import queries as catalogue
from tongchou.enrolment import queries as enrolment
from tongchou.fund import queries as fund
from tongchou.fund.states import FundCode
from tongchou.platform.paging import PAGE_SIZE, Slice, read_slice
from tongchou.platform.scope import Scope
from tongchou.policy.engine import Explanation
from tongchou.policy.explain import Audience
from tongchou.policy.packages import Package
from tongchou.policy.vocabulary import Measure
from tongchou.settlement import figures, replaying, rules, terms
from tongchou.settlement.models import (
    Accumulator,
    DailyTotal,
    RollUp,
    SettledAfterEnding,
    Settlement,
    SlipPrint,
    YearToReplay,
)
from tongchou.settlement.replaying import Dependent
from tongchou.settlement.states import SettlementState
from tongchou.wire import database
from tongchou.wire.numbers import parse_wire_id, wire_id

NEWEST_FIRST: Final = ("-settled_at", "-id")


@dataclass(frozen=True, slots=True)
class SettlementRow:
    """A line of a list of settlements (结算列表)."""

    pooling_area: str
    id: int
    wire_id: str
    state: SettlementState
    encounter_id: int
    person_id: int
    institution_code: str
    kind: str
    settled_at: datetime
    settled_on: date
    total_fen: int
    fund_paid_fen: int
    account_paid_fen: int
    cash_fen: int
    invoice_no: str


@dataclass(frozen=True, slots=True)
class SettlementView:
    """One settlement (结算): its row, state, twins, dues, what it came from; amounts by column."""

    row: SettlementRow
    unit_code: str
    scheme: str
    benefit_year: int
    care_type: str
    benefit_on: date
    interim: bool
    columns: Mapping[str, int]
    ratio: Decimal
    category_fen: Mapping[str, int]
    funds: Mapping[FundCode, int]
    package: str
    package_hash: str
    reversal_of: str
    reversed_by: tuple[str, ...]
    reversal_reason: str
    annulment: bool
    msgid: str
    credential_type: str
    operator_no: str
    operator: str
    receipt: Mapping[str, Any] = field(repr=False)

    @property
    def may_be_cancelled(self) -> bool:
        return self.row.state is SettlementState.SETTLED


@dataclass(frozen=True, slots=True)
class YearToDate:
    """年度累计一项: what was used and, where the package limits it, the limit and what is left."""

    name: str
    label: str
    of: str
    used: int
    limit_fen: int | None
    is_count: bool
    is_deductible: bool = False
    """The limit is a deductible to be reached, not a ceiling."""
    of_name: str = ""
    """病种名称 of a disease's own amount; of a day's it is the day as it stands."""

    @property
    def left_fen(self) -> int | None:
        return None if self.limit_fen is None else max(0, self.limit_fen - self.used)


@dataclass(frozen=True, slots=True)
class DayFigures:
    """结算日报: a day's figures, of all institutions or of one kind."""

    settled_on: date
    settlements: int
    total_fen: int
    in_scope_fen: int
    fund_paid_fen: int
    account_paid_fen: int
    cash_fen: int


@dataclass(frozen=True, slots=True)
class Dashboard:
    """结算看板: this day and this month so far, by day, by kind, by layer; `rolled_at` is how fresh the roll-up is."""

    on: date
    today: DayFigures
    month: DayFigures
    by_day: tuple[DayFigures, ...]
    by_kind: Mapping[str, int]
    layers: Mapping[str, int]
    busiest: tuple[tuple[str, int], ...]
    by_hour: Mapping[int, int]
    rolled_at: datetime | None


def settlements(
    *,
    scope: Scope,
    at: str = "",
    institution_code: str = "",
    person_id: int | None = None,
    since: date | None = None,
    until: date | None = None,
    kind: str = "",
    invoice_no: str = "",
    size: int = PAGE_SIZE,
) -> Slice:
    """结算列表 within the scope, the newest first (SET-32): a page of `SettlementRow`s beginning at the mark `at`.

    An institution's own office sees what was settled there. `[since, until)` are days of settling. Needs at least one
    of person, institution, days or invoice to be quick.
    """
    inside = scope.q(unit="unit_code", area="pooling_area")
    if not scope.areas:
        inside |= scope.q(unit="institution_code")
    found = Settlement.objects.filter(inside)
    wanted = {"institution_code": institution_code, "person_id": person_id, "kind": kind, "invoice_no": invoice_no}
    found = found.filter(**{name: value for name, value in wanted.items() if value})
    if since is not None:
        found = found.filter(settled_on__gte=since, settled_at__gte=_midnight(since))
    if until is not None:
        found = found.filter(settled_on__lt=until, settled_at__lt=_midnight(until))
    page = read_slice(_told(found), order=NEWEST_FIRST, at=at, size=size)
    return Slice(_rows(page.rows), page.previous, page.next)


def _midnight(day: date) -> datetime:
    """The first instant of a day: the index stands on the time, not on the day."""
    return timezone.make_aware(datetime.combine(day, time.min))


def settlements_of_person(person_id: int, *, at: str = "", size: int = 50) -> Slice:
    """结算列表 of one person, the newest first, for the person page and `/my/`; who asks is checked by the caller."""
    page = read_slice(_told(Settlement.objects.filter(person_id=person_id)), order=NEWEST_FIRST, at=at, size=size)
    return Slice(_rows(page.rows), page.previous, page.next)


def uses_between(person_id: int, spans: Sequence[tuple[date, date]]) -> int:
    """已使用待遇次数 of the half-open spans: bills that the fund paid part of and that nothing took back (CON-23)."""
    inside = Q()
    for start, until in spans:
        inside |= Q(benefit_on__gte=start, benefit_on__lt=until)
    if not spans:
        return 0
    found = _told(Settlement.objects.filter(inside, person_id=person_id, reversal_of=None, fund_paid_fen__gt=0))
    rows = list(found.only("pooling_area", "id"))
    return len(rows) - len(_taken_back(rows))


def paid_for_between(person_ids: Collection[int], since: date, until: date) -> set[int]:
    """For whom of many the funds paid anything in those days, taken back or not (CON-23)."""
    found = Settlement.objects.filter(
        person_id__in=person_ids, benefit_on__gte=since, benefit_on__lt=until, reversal_of=None, fund_paid_fen__gt=0
    )
    return set(found.values_list("person_id", flat=True))


def settlements_at_institution(institution_code: str, *, on: date, at: str = "") -> Slice:
    """结算列表 of one institution and day, the newest first."""
    found = Settlement.objects.filter(institution_code=institution_code, settled_on=on)
    page = read_slice(_told(found), order=NEWEST_FIRST, at=at)
    return Slice(_rows(page.rows), page.previous, page.next)


def settlements_of_encounter(pooling_area: str, encounter_id: int) -> list[SettlementRow]:
    """Every settlement and cancellation of a visit, annulled ones too, in their order."""
    found = Settlement.objects.filter(pooling_area=pooling_area, encounter_id=encounter_id).order_by("settled_at", "id")
    return _rows(list(found))


def one(pooling_area: str, settlement_id: int) -> SettlementView | None:
    """One settlement with everything about it (结算)."""
    twins = Settlement.objects.filter(pooling_area=OuterRef("pooling_area"), reversal_of=OuterRef("id"))
    wanted = Settlement.objects.filter(pooling_area=pooling_area, id=settlement_id)
    found = wanted.annotate(twins=ArraySubquery(twins.order_by("reversal_no").values("id"))).first()
    if found is None:
        return None
    return SettlementView(
        row=_rows([found])[0],
        unit_code=found.unit_code,
        scheme=found.scheme,
        benefit_year=found.benefit_year,
        care_type=found.care_type,
        benefit_on=found.benefit_on,
        interim=found.interim,
        columns={column: getattr(found, column) for column in rules.COLUMNS},
        ratio=found.ratio,
        category_fen=found.category_fen,
        funds=fund.settlement_dues(pooling_area=pooling_area, settlement_id=settlement_id),
        package=found.package,
        package_hash=found.package_hash,
        reversal_of=wire_id(pooling_area, found.reversal_of) if found.reversal_of else "",
        reversed_by=tuple(wire_id(pooling_area, twin) for twin in found.twins),
        reversal_reason=found.reversal_reason,
        annulment=found.annulment,
        msgid=found.msgid,
        credential_type=found.credential_type,
        operator_no=found.operator_no,
        operator=found.operator,
        receipt=found.receipt,
    )


def explanation(view: SettlementView, audience: Audience = "patient") -> tuple[Explanation, ...]:
    """结算说明 (BEN-40): why each amount is what it is; of a cancellation, that of the settlement it takes back."""
    receipt = view.receipt
    while "parts" not in receipt:
        area, number = parse_wire_id(view.reversal_of)
        original = one(area, number)
        if original is None:
            return ()
        view, receipt = original, original.receipt
    return replaying.explanations(receipt, audience, refused=refused_lines(view))


def refused_lines(view: SettlementView) -> dict[str, int]:
    """不予支付 (BEN-14): own expense of the settled lines by the code of the rule that refused them, in fen."""
    rows = database.rows(
        "SELECT reason_code, sum(own_expense_fen)::bigint FROM encounters_chargeline WHERE pooling_area = %s"
        " AND encounter_id = %s AND batch_no = ANY(%s) AND reason_code <> '' GROUP BY 1 ORDER BY 1",
        view.row.pooling_area,
        view.row.encounter_id,
        list(view.receipt.get("batches", ())),
    )
    return {code: fen for code, fen in rows if fen}


def dependent_settlements(pooling_area: str, settlement_id: int) -> list[Dependent]:
    """Later settlements of the same person-year that would differ without this one (BEN-42): to be recomputed."""
    found = Settlement.objects.filter(pooling_area=pooling_area, id=settlement_id).first()
    if found is None or found.reversal_of is not None:
        return []
    dependents: list[Dependent] = []
    for year in sorted(found.receipt["deltas"]):
        of_year = replaying.of_year(
            pooling_area=pooling_area, person_id=found.person_id, scheme=found.scheme, year=year, also=settlement_id
        )
        dependents += replaying.dependents(of_year, settlement_id, year)
    return dependents


def year_to_date(*, pooling_area: str, person_id: int, scheme: str, on: date) -> list[YearToDate]:
    """年度累计 of a person as of that day's year, against the limits of the package (ENC-02; console: bars)."""
    found = Accumulator.objects.filter(
        pooling_area=pooling_area, person_id=person_id, scheme=scheme, benefit_year=on.year
    ).first()
    package = terms.package(pooling_area, scheme, on)
    return year_to_date_of(package, found.amounts if found else {})


def year_to_date_of(package: Package, amounts: Mapping[str, int]) -> list[YearToDate]:
    """年度累计 by the package's accumulators, with the limit or deductible that they count towards."""
    limits = _limiting_parameters(package)
    deductibles = {rule.deductible.amount for rule in package.definition.rules if rule.deductible}
    names = _names_of(package, {key.partition("@")[2] for key in amounts} - {""})
    shown = []
    for name, accumulator in package.definition.accumulators.items():
        for key in sorted(key for key in amounts if key.partition("@")[0] == name) or [name]:
            of = key.partition("@")[2]
            shown.append(
                YearToDate(
                    name=key,
                    label=accumulator.label,
                    of=of,
                    used=amounts.get(key, 0),
                    limit_fen=_limit(package, limits.get(name, ""), of),
                    is_count=accumulator.measure is Measure.COUNT,
                    is_deductible=limits.get(name, "") in deductibles,
                    of_name=names.get(of, of),
                )
            )
    return shown


def _names_of(package: Package, codes: Collection[str]) -> dict[str, str]:
    """病种名称 as the catalogue of the area has them, else as the package does (GX2017 §65)."""
    if not codes:
        return {}
    definition = package.definition
    return {**definition.diseases, **catalogue.disease_names(definition.header.area, codes)}


def _limiting_parameters(package: Package) -> dict[str, str]:
    """Accumulator → the parameter that caps it, or is the deductible it counts; the first rule that names one."""
    limits: dict[str, str] = {}
    for rule in package.definition.rules:
        for cap in rule.caps:
            if cap.accumulator:
                limits.setdefault(cap.accumulator, cap.limit)
        if rule.deductible and rule.deductible.accumulator:
            limits.setdefault(rule.deductible.accumulator, rule.deductible.amount)
    return limits


def _limit(package: Package, parameter: str, of: str) -> int | None:
    """The limit in fen; None when there is none, or it depends on more than the disease."""
    value = package.values.get(parameter) or package.values.get(f"{parameter}.{of}")
    return value.content if value is not None and type(value.content) is int else None


@dataclass(frozen=True, slots=True)
class YearOfPerson:
    """个人年度累计 as hospitals ask for it: visits, fee, deductible, and what each fund paid. Amounts in fen."""

    scheme: str
    benefit_year: int
    settlements: int
    total_fen: int
    deductible_fen: int
    funds: Mapping[str, int]


_YEARS = """
WITH mine AS (
    SELECT s.scheme, s.benefit_year, s.total_fen, s.deductible_fen, s.receipt -> 'funds' AS funds,
           CASE WHEN s.total_fen >= 0 AND s.reversal_of IS NULL THEN 1 ELSE sign(s.total_fen)::integer END AS counted
    FROM settlement_settlement s JOIN enrolment_person p ON p.id = s.person_id
    WHERE p.person_no = %s AND (%s::integer IS NULL OR s.benefit_year = %s)
)
SELECT scheme, benefit_year, sum(counted)::integer, sum(total_fen)::bigint, sum(deductible_fen)::bigint,
       (SELECT coalesce(jsonb_object_agg(code, paid), '{}') FROM (
            SELECT f.key AS code, sum(f.value::bigint) AS paid FROM mine other, jsonb_each_text(other.funds) AS f
            WHERE other.scheme = mine.scheme AND other.benefit_year = mine.benefit_year GROUP BY 1) AS by_fund)::text
FROM mine GROUP BY scheme, benefit_year ORDER BY benefit_year, scheme
"""


def years_of_person(person_no: str, year: int | None = None) -> list[YearOfPerson]:
    """个人年度累计 of a person, every year or one; cancellations count against what they took back."""
    rows = database.rows(_YEARS, enrolment.surviving_no(person_no), year, year)
    return [YearOfPerson(*row[:5], funds=msgspec.json.decode(row[5], type=dict[str, int])) for row in rows]


def dashboard(*, scope: Scope, on: date, institutions: Collection[str] | None = None) -> Dashboard:
    """结算看板 (工作台): figures of a day and its month, from the roll-up and what came after it.

    Of the whole areas of the scope, or of the `institutions` given: those of a county, which is no whole area.

    The roll-up is read by days; of today only what was settled since the last roll-up is read from the settlements, so
    no figure costs more as the years go by.
    """
    where = figures.Where.of(scope.areas, institutions)
    rolls = RollUp.objects.filter(pooling_area__in=scope.areas) if institutions is None else RollUp.objects
    rolled = rolls.aggregate(at=Min("rolled_at"), until=Min("complete_until"))
    found = figures.month_totals(where, on, rolled["until"])
    hours, fresh = figures.today_by_hour(where, on, _midnight(on), _midnight(_next(on)), rolled["at"])
    days = found.by_day
    if fresh["settlements"]:
        days = {**days, on: {name: days.get(on, {}).get(name, 0) + fresh[name] for name in figures.SUMMED}}
    return Dashboard(
        on=on,
        today=_figures(on, [days.get(on, {})]),
        month=_figures(on, [*days.values()]),
        by_day=tuple(_figures(day, [days[day]]) for day in sorted(days)),
        by_kind=found.by_kind,
        layers={column: sum(day[column] for day in days.values()) for column in figures.LAYER_COLUMNS},
        busiest=tuple(sorted(found.by_institution.items(), key=lambda pair: -pair[1])[:10]),
        by_hour=hours,
        rolled_at=rolled["at"],
    )


def _next(day: date) -> date:
    return date.fromordinal(day.toordinal() + 1)


def daily_figures(*, scope: Scope, since: date, until: date, institution_code: str = "") -> list[DayFigures]:
    """结算日报 of `[since, until)` from the roll-up, optionally of one institution."""
    days = DailyTotal.objects.filter(scope.q(unit="", area="pooling_area"), settled_on__gte=since, settled_on__lt=until)
    if institution_code:
        days = days.filter(institution_code=institution_code)
    return [
        _figures(row["settled_on"], [row]) for row in days.values("settled_on").annotate(**_SUMS).order_by("settled_on")
    ]


_SUMS: Final[dict[str, Any]] = {column: Sum(column) for column in figures.SUMMED}


def _inside(scope: Scope, institutions: Collection[str] | None) -> Q:
    """The whole areas of a scope, or the institutions given."""
    if institutions is None:
        return scope.q(unit="", area="pooling_area")
    return Q(institution_code__in=list(institutions))


def _figures(day: date, rows: Sequence[Mapping[str, Any]]) -> DayFigures:
    total = {name: sum(row.get(name) or 0 for row in rows) for name in figures.SUMMED}
    return DayFigures(
        settled_on=day,
        settlements=total["settlements"],
        total_fen=total["total_fen"],
        in_scope_fen=total["in_scope_fen"],
        fund_paid_fen=sum(total[column] for column in figures.FUND_COLUMNS),
        account_paid_fen=total["account_paid_fen"],
        cash_fen=total["cash_fen"],
    )


def _told(found: QuerySet[Settlement]) -> QuerySet[Settlement]:
    """Without annulled settlements and their opposites."""
    annulled = Settlement.objects.filter(
        pooling_area=OuterRef("pooling_area"), reversal_of=OuterRef("id"), annulment=True
    )
    return found.filter(~Exists(annulled), annulment=False)


def _rows(found: Sequence[Settlement]) -> list[SettlementRow]:
    """Rows with their states; the twins of all of them are read at once."""
    taken_back = _taken_back(found)
    return [
        SettlementRow(
            pooling_area=row.pooling_area,
            id=row.id,
            wire_id=wire_id(row.pooling_area, row.id),
            state=taken_back.get((row.pooling_area, row.id)) or _own_state(row),
            encounter_id=row.encounter_id,
            person_id=row.person_id,
            institution_code=row.institution_code,
            kind=row.kind,
            settled_at=row.settled_at,
            settled_on=row.settled_on,
            total_fen=row.total_fen,
            fund_paid_fen=row.fund_paid_fen,
            account_paid_fen=row.account_paid_fen,
            cash_fen=row.cash_fen,
            invoice_no=row.invoice_no,
        )
        for row in found
    ]


def _own_state(row: Settlement) -> SettlementState:
    return SettlementState.SETTLED if row.reversal_of is None else SettlementState.REVERSAL


def _taken_back(found: Sequence[Settlement]) -> dict[tuple[str, int], SettlementState]:
    """Settlements that something which still counts took back."""
    keys = [(row.pooling_area, row.id) for row in found]
    if not keys:
        return {}
    rows = database.rows(
        "SELECT r.pooling_area, r.reversal_of, r.annulment FROM settlement_settlement r"
        " JOIN unnest(%s::text[], %s::bigint[]) AS wanted (area, id)"
        " ON r.pooling_area = wanted.area AND r.reversal_of = wanted.id"
        " WHERE settlement_stands(r.pooling_area, r.id)",
        [area for area, _ in keys],
        [number for _, number in keys],
    )
    return {
        (area, number): SettlementState.ANNULLED if annulment else SettlementState.REVERSED
        for area, number, annulment in rows
    }


# --- for the pages --------------------------------------------------------------------------------------------------


def recent_since(*, scope: Scope, on: date, institutions: Collection[str] | None = None, enough: int = 200) -> date:
    """Since when there are `enough` settlements (最近结算起日), by the roll-up: a day, a week, a month, a quarter back.

    Of the whole areas of the scope, or of the `institutions` given.
    """
    days = DailyTotal.objects.filter(_inside(scope, institutions), settled_on__lte=on)
    last = days.order_by("-settled_on").values_list("settled_on", flat=True).first()
    if last is None:
        return on
    for back in (0, 6, 30):
        since = date.fromordinal(last.toordinal() - back)
        counted = days.filter(settled_on__gte=since).aggregate(count=Sum("settlements"))["count"] or 0
        if counted >= enough:
            return since
    return date.fromordinal(last.toordinal() - 91)


def prints_of(pooling_area: str, settlement_id: int) -> list[SlipPrint]:
    """Every copy of the slip that was printed (打印记录; SET-06)."""
    found = SlipPrint.objects.filter(pooling_area=pooling_area, settlement_id=settlement_id)
    return list(found.order_by("print_no"))


def persons_with_most_paid(*, limit: int) -> list[int]:
    """Whom the funds paid most for, of the latest thousand settlements (演示用): residents worth looking at."""
    latest = Settlement.objects.filter(scheme="resident", reversal_of=None).order_by("-pooling_area", "-id")[:1000]
    paid: dict[int, int] = {}
    for person_id, fen in latest.values_list("person_id", "fund_paid_fen"):
        paid[person_id] = paid.get(person_id, 0) + fen
    return sorted(paid, key=lambda person_id: -paid[person_id])[:limit]


# --- years to be settled anew -----------------------------------------------------------------------------------------


def find_years(
    *,
    scope: Scope,
    person_units: QuerySet[Any],
    at: str = "",
    state: str = "",
    cause: str = "",
    benefit_year: int | None = None,
    person_id: int | None = None,
) -> Slice:
    """待重算年度 inside a scope, the newest first: a page of `YearToReplay`s beginning at the mark `at` (BEN-42)."""
    inside = scope.q(unit="person_unit", area="pooling_area")
    wanted = {"state": state, "cause": cause, "benefit_year": benefit_year, "person_id": person_id}
    found = YearToReplay.objects.alias(person_unit=Subquery(person_units)).filter(inside)
    found = found.filter(**{name: value for name, value in wanted.items() if value})
    return read_slice(found, order=("-id",), at=at)


def settled_after_ending(*, state: str, scope: Scope, person_units: QuerySet[Any]) -> QuerySet[SettledAfterEnding]:
    """终止后结算疑点 inside a scope (ENR-22): those that stand, those withdrawn, or all."""
    inside = scope.q(unit="person_unit", area="pooling_area")
    found = SettledAfterEnding.objects.alias(person_unit=Subquery(person_units)).filter(inside)
    return found.filter(withdrawn_at__isnull=state == "standing") if state else found


def marks_of_year(*, pooling_area: str, person_id: int, scheme: str, year: int) -> list[YearToReplay]:
    """Why and when a person-year was marked, the newest first."""
    found = YearToReplay.objects.filter(
        pooling_area=pooling_area, person_id=person_id, scheme=scheme, benefit_year=year
    )
    return list(found.order_by("-id")[:20])
