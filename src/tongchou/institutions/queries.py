"""What others ask of the institutions (定点机构查询). Questions of a message are answered from memory."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import date
from typing import Any, Final, NamedTuple

import orjson
from django.db import connection
from django.db.models import Q, QuerySet

from tongchou.institutions.models import Agreement, Institution, InstitutionLevel, Physician
from tongchou.institutions.states import (
    AgreementState,
    HospitalLevel,
    InstitutionKind,
    InstitutionType,
    PhysicianState,
    StaffKind,
)
from tongchou.platform import paging
from tongchou.platform.scope import Scope
from tongchou.platform.versions import VersionedCache


class Days(NamedTuple):
    """Half-open days [start, until); an open end is None."""

    start: date
    until: date | None

    def holds(self, day: date) -> bool:
        return self.start <= day and (self.until is None or day < self.until)


class Level(NamedTuple):
    """医院等级 of a span."""

    days: Days
    level: str
    grade: str


class Stop(NamedTuple):
    """A suspension and its reason."""

    days: Days
    reason: str


class Signed(NamedTuple):
    """服务协议 with its suspensions."""

    number: str
    days: Days
    schemes: frozenset[str]
    care_kinds: frozenset[str]
    ended_reason: str
    stops: tuple[Stop, ...]


class Filed(NamedTuple):
    """Everything filed under one physician's code at one institution."""

    name: str
    department: str
    title: str
    filings: tuple[Days, ...]
    stops: tuple[Stop, ...]

    def state_on(self, day: date) -> PhysicianState:
        """备案状态 (DOC-06)."""
        if any(days.holds(day) for days in self.filings):
            stopped = any(stop.days.holds(day) for stop in self.stops)
            return PhysicianState.SUSPENDED if stopped else PhysicianState.VALID
        ended = any(days.until is not None and days.until <= day for days in self.filings)
        return PhysicianState.ENDED if ended else PhysicianState.NOT_FILED


class Known(NamedTuple):
    """An institution with its dated facts, as the cache holds it."""

    code: str
    name: str
    kind: str
    type: str
    pooling_area: str
    unit_code: str
    uscc: str
    primary: bool
    village_station: bool
    levels: tuple[Level, ...]
    agreements: tuple[Signed, ...]
    physicians: dict[str, Filed]

    def level_on(self, day: date) -> Level | None:
        """医院等级 that day."""
        return next((level for level in self.levels if level.days.holds(day)), None)

    def agreement_on(self, day: date) -> Signed | None:
        """The agreement whose span holds the day, suspended or not."""
        return next((agreement for agreement in self.agreements if agreement.days.holds(day)), None)


class Standing(NamedTuple):
    """定点资格 on a day: level, agreement and its state, and what is wrong in words ("" when nothing is)."""

    known: Known
    level: str | None
    grade: str
    state: AgreementState
    agreement: Signed | None
    problem: str

    @property
    def in_force(self) -> bool:
        """May it settle?"""
        return self.state is AgreementState.SIGNED


_KNOWN: Final = "SELECT institutions_known(code) FROM unnest(%s::text[]) AS code"
MOST_STANDINGS: Final = 20_000


def _read(codes: Collection[str]) -> dict[str, "Known"]:
    with connection.cursor() as cursor:
        cursor.execute(_KNOWN, [list(codes)])
        found = [_decoded(orjson.loads(row)) for (row,) in cursor.fetchall() if row is not None]
    return {institution.code: institution for institution in found}


def _decoded(row: dict[str, Any]) -> Known:
    return Known(
        code=row["code"],
        name=row["name"],
        kind=row["kind"],
        type=row["type"],
        pooling_area=row["pooling_area"],
        unit_code=row["unit_code"],
        uscc=row["uscc"],
        primary=row["primary"],
        village_station=row["village_station"],
        levels=tuple(Level(_days(level), level["level"], level["grade"]) for level in row["levels"]),
        agreements=tuple(_signed(agreement) for agreement in row["agreements"]),
        physicians={filed["code"]: _filed(filed) for filed in row["physicians"]},
    )


def _signed(row: dict[str, Any]) -> Signed:
    return Signed(
        number=row["number"],
        days=_days(row),
        schemes=frozenset(row["schemes"]),
        care_kinds=frozenset(row["care_kinds"]),
        ended_reason=row["ended_reason"],
        stops=tuple(Stop(_days(stop), stop["reason"]) for stop in row["stops"]),
    )


def _filed(row: dict[str, Any]) -> Filed:
    return Filed(
        name=row["name"],
        department=row["department"],
        title=row["title"],
        filings=tuple(_days(filing) for filing in row["filings"]),
        stops=tuple(Stop(_days(stop), stop["reason"]) for stop in row["stops"]),
    )


def _days(row: dict[str, Any]) -> Days:
    until = row["until"]
    return Days(date.fromisoformat(row["from"]), None if until is None else date.fromisoformat(until))


class _Standings:
    """The standings of one institution, by day, as they are asked for."""

    __slots__ = ("_by_day", "known")

    def __init__(self, known: Known) -> None:
        self.known = known
        self._by_day: dict[date, Standing] = {}

    def on(self, day: date) -> Standing:
        found = self._by_day.get(day)
        if found is None:
            if len(self._by_day) >= MOST_STANDINGS:
                self._by_day = {}
            found = self._by_day[day] = _standing(self.known, day)
        return found


def _read_standings(codes: Collection[str]) -> dict[str, _Standings]:
    return {code: _Standings(found) for code, found in _read(codes).items()}


_institutions: Final = VersionedCache[str, _Standings]("institutions_institutionversion", _read_standings)


# --- from memory ----------------------------------------------------------------------------------------------------


def known(code: str) -> Known | None:
    """The institution with its dated facts (定点机构); None for an unknown code."""
    found = _institutions.get(code)
    return None if found is None else found.known


def standing(code: str, on: date) -> Standing | None:
    """定点资格 on a day (GX2017 §45, 62; AGR-21); None for an unknown code."""
    found = _institutions.get(code)
    return None if found is None else found.on(on)


def _standing(institution: Known, day: date) -> Standing:
    level, agreement = institution.level_on(day), institution.agreement_on(day)
    state, problem = _agreement_state(institution, agreement, day)
    return Standing(
        known=institution,
        level=level.level if level else None,
        grade=level.grade if level else "",
        state=state,
        agreement=agreement,
        problem=problem,
    )


def _agreement_state(institution: Known, agreement: Signed | None, day: date) -> tuple[AgreementState, str]:
    if agreement is not None:
        stop = next((stop for stop in agreement.stops if stop.days.holds(day)), None)
        if stop is None:
            return AgreementState.SIGNED, ""
        return AgreementState.SUSPENDED, f"该机构定点服务协议自{stop.days.start}起暂停({stop.reason})"
    earlier = [
        signed for signed in institution.agreements if signed.days.until is not None and signed.days.until <= day
    ]
    if earlier:
        last = max(earlier, key=lambda signed: signed.days.start)
        if last.ended_reason:
            return AgreementState.ENDED, f"该机构定点服务协议已于{last.days.until}终止"
        return AgreementState.EXPIRED, f"该机构定点服务协议已于{last.days.until}到期"
    if institution.agreements:
        first = min(signed.days.start for signed in institution.agreements)
        return AgreementState.DRAFT, f"该机构定点服务协议自{first}起生效,尚未生效"
    return AgreementState.NONE, "该机构未签订定点服务协议"


def level_of(code: str, on: date) -> str | None:
    """医院等级 that day (`3`, `2`, `1`, `0`); None for an unknown code and for a day without one (AGR-02)."""
    found = standing(code, on)
    return None if found is None else found.level


def agreement_state(code: str, on: date) -> AgreementState:
    """协议状态 that day; none for an unknown code."""
    found = standing(code, on)
    return AgreementState.NONE if found is None else found.state


def agreement_problem(code: str, *, scheme: str, kind: str, on: date) -> str:
    """Why the institution may not treat this scheme and kind of care under agreement that day, or "" (AGR-21)."""
    found = standing(code, on)
    if found is None:
        return f"机构编号{code}不是定点医药机构"
    if found.problem or found.agreement is None:
        return found.problem
    if scheme not in found.agreement.schemes:
        return "该机构定点服务协议不含此险种"
    if kind not in found.agreement.care_kinds:
        return "该机构定点服务协议的服务范围不含此医疗类别"
    return ""


def physician_state(code: str, physician_code: str, on: date) -> PhysicianState:
    """医师备案状态 at the institution that day (GX2017 §54; DOC-06)."""
    found = known(code)
    filed = None if found is None else found.physicians.get(physician_code)
    return PhysicianState.NOT_FILED if filed is None else filed.state_on(on)


# --- for the console ------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class InstitutionRow:
    """One line of the list of institutions."""

    code: str
    name: str
    kind: str
    type: str
    level: str
    unit_code: str
    pooling_area: str
    state: AgreementState
    agreement_until: date | None


def find_institutions(
    *,
    scope: Scope,
    on: date,
    text: str = "",
    kind: str = "",
    level: str = "",
    at: str = "",
    size: int = paging.PAGE_SIZE,
) -> paging.Slice:
    """A page of `InstitutionRow` in order of name (定点机构列表).

    `text` is part of the name, or starts code or initials.
    """
    found = _fitting(scope, on, text, kind, level)
    page = paging.read_slice(found, order=("name", "code"), at=at, size=size)
    standings = _institutions.get_all([institution.code for institution in page.rows])
    rows = [_row(institution, standings[institution.code], on) for institution in page.rows]
    return paging.Slice(rows, page.previous, page.next)


def count_institutions(*, scope: Scope, on: date, text: str = "", kind: str = "", level: str = "") -> paging.Total:
    """How many institutions `find_institutions` has to show (总数)."""
    return paging.total_of(_fitting(scope, on, text, kind, level))


def _fitting(scope: Scope, on: date, text: str, kind: str, level: str) -> QuerySet[Institution]:
    found = Institution.objects.filter(scope.q("unit_code", "pooling_area"))
    if wanted := text.strip():
        by_code = Q(code__startswith=wanted.upper())
        found = found.filter(by_code | Q(name__contains=wanted) | Q(name_initials__startswith=wanted.lower()))
    if kind:
        found = found.filter(kind=kind)
    if level:
        current = Q(valid_until=None) | Q(valid_until__gt=on)
        held = InstitutionLevel.objects.filter(current, level=level, valid_from__lte=on)
        found = found.filter(code__in=held.values("institution"))
    return found


def _row(institution: Institution, standings: _Standings | None, on: date) -> InstitutionRow:
    found = None if standings is None else standings.on(on)
    return InstitutionRow(
        code=institution.code,
        name=institution.name,
        kind=InstitutionKind(institution.kind).label,
        type=InstitutionType(institution.type).label,
        level=HospitalLevel(found.level).label if found and found.level else "",
        unit_code=institution.unit_code,
        pooling_area=institution.pooling_area_id,
        state=found.state if found else AgreementState.NONE,
        agreement_until=found.agreement.days.until if found and found.agreement else None,
    )


@dataclass(frozen=True, slots=True)
class InstitutionCard:
    """Everything the institution's page shows (定点机构卡片)."""

    institution: Institution
    standing: Standing
    levels: list[InstitutionLevel]
    agreements: list[Agreement]
    physicians: int
    stations: list[Institution]


def state_of_agreement(agreement: Agreement, on: date) -> AgreementState:
    """协议状态 of one agreement that day; its suspensions are expected to be read already."""
    if on < agreement.valid_from:
        return AgreementState.DRAFT
    if agreement.valid_until <= on:
        return AgreementState.ENDED if agreement.ended_reason else AgreementState.EXPIRED
    stopped = any(Days(one.suspended_from, one.suspended_until).holds(on) for one in agreement.suspensions.all())
    return AgreementState.SUSPENDED if stopped else AgreementState.SIGNED


def institution_card(code: str, on: date) -> InstitutionCard | None:
    """定点机构卡片 (AGR-01); None for an unknown code."""
    institution = Institution.objects.select_related("parent").filter(code=code).first()
    found = standing(code, on)
    if institution is None or found is None:
        return None
    current = Q(filed_until=None) | Q(filed_until__gt=on)
    return InstitutionCard(
        institution=institution,
        standing=found,
        levels=list(institution.levels.order_by("-valid_from")),
        agreements=list(institution.agreements.prefetch_related("suspensions").order_by("-valid_from")),
        physicians=institution.physicians.filter(current, filed_from__lte=on).count(),
        stations=list(institution.stations.order_by("name")),
    )


@dataclass(frozen=True, slots=True)
class PhysicianRow:
    """One line of a list of physicians."""

    id: int
    code: str
    name: str
    kind: str
    department: str
    title: str
    filed_from: date
    filed_until: date | None
    institution_code: str
    institution_name: str
    state: PhysicianState


def physicians(
    *, institution_code: str, on: date, text: str = "", at: str = "", size: int = paging.PAGE_SIZE
) -> paging.Slice:
    """A page of `PhysicianRow` of one institution, in order of code (医师列表; DOC-12)."""
    found = Physician.objects.filter(institution_id=institution_code)
    return _physician_page(found, on, text, at, size)


def find_physicians(
    *,
    scope: Scope,
    on: date,
    text: str = "",
    institution_code: str = "",
    at: str = "",
    size: int = paging.PAGE_SIZE,
) -> paging.Slice:
    """A page of `PhysicianRow` of all institutions of a scope, in order of code (医师列表; DOC-12)."""
    inside = Institution.objects.filter(scope.q("unit_code", "pooling_area"))
    found = Physician.objects.filter(institution__in=inside.values("code"))
    if institution_code:
        found = found.filter(institution_id=institution_code)
    return _physician_page(found, on, text, at, size)


def _physician_page(found: QuerySet[Physician], on: date, text: str, at: str, size: int) -> paging.Slice:
    if wanted := text.strip():
        found = found.filter(Q(code__startswith=wanted.upper()) | Q(name__startswith=wanted))
    page = paging.read_slice(found, order=("code", "id"), at=at, size=size)
    _institutions.get_all({physician.institution_id for physician in page.rows})
    return paging.Slice([_physician_row(one, on) for one in page.rows], page.previous, page.next)


def _physician_row(physician: Physician, on: date) -> PhysicianRow:
    where = known(physician.institution_id)
    return PhysicianRow(
        id=physician.pk,
        code=physician.code,
        name=physician.name,
        kind=StaffKind(physician.kind).label,
        department=physician.department,
        title=physician.title,
        filed_from=physician.filed_from,
        filed_until=physician.filed_until,
        institution_code=physician.institution_id,
        institution_name=where.name if where else physician.institution_id,
        state=physician_state(physician.institution_id, physician.code, on),
    )


def code_of(text: str, *, scope: Scope, on: date) -> str:
    """The code of the one institution that a filter names: a code, or a name that only one has; else empty."""
    wanted = text.strip()
    if known(wanted.upper()) is not None:
        return wanted.upper()
    rows = find_institutions(scope=scope, on=on, text=wanted, size=2).rows
    return rows[0].code if len(rows) == 1 else ""


def codes_inside(scope: Scope) -> list[str]:
    """The codes of the institutions of a scope (辖区定点机构); an institution's own office has that one."""
    inside = scope.q("unit_code", "pooling_area") | scope.q("code")
    return list(Institution.objects.filter(inside).values_list("code", flat=True))
