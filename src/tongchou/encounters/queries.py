"""What others may ask of visits and stays (就医查询): plain results; lists are paged by key, never by offset."""

from collections.abc import Mapping, Sequence
from datetime import date, datetime, time
from typing import Any, Final

from django.db.models import Exists, F, OuterRef, Q, QuerySet, Subquery

from tongchou.encounters.facts import Line, Rated
from tongchou.encounters.models import (
    ChargeBatch,
    ChargeLine,
    Encounter,
    Filing,
    ThirdPartyDecision,
    ThirdPartyRecovery,
)
from tongchou.encounters.states import CareKind, EncounterState, FilingKind, FilingState
from tongchou.enrolment import queries as enrolment
from tongchou.platform import paging
from tongchou.platform.ids import LARGEST_IN_MONTH
from tongchou.platform.scope import Scope
from tongchou.wire.moments import SHANGHAI

MOST_ANSWERED: Final = 200
"""The most rows one enquiry of a hospital is answered with."""


def encounter(area: str, encounter_id: int) -> Encounter | None:
    """One visit or stay (就诊)."""
    return Encounter.objects.filter(pooling_area=area, id=encounter_id).first()


def area_of(encounter_id: int, person_no: str) -> str:
    """The pooling area in whose books the person's encounter stands, where only its number is known (2601)."""
    known = enrolment.surviving_no(person_no)
    return str(Encounter.objects.values_list("pooling_area", flat=True).get(person_no=known, id=encounter_id))


def encounters_between(
    person_no: str, *, start: datetime, end: datetime, institution_code: str = "", care_type: str = ""
) -> list[Encounter]:
    """Visits and stays of a person that began in [start, end), cancelled ones left out (就诊信息查询)."""
    found = Encounter.objects.filter(person_no=person_no, began_at__gte=start, began_at__lt=end)
    found = found.exclude(state=EncounterState.CANCELLED)
    if institution_code:
        found = found.filter(institution_code=institution_code)
    if care_type:
        found = found.filter(care_type=care_type)
    return list(found.order_by("-id")[:MOST_ANSWERED])


def chronic_lines(person_no: str, *, start: datetime, end: datetime) -> list[tuple[Encounter, ChargeLine]]:
    """费用明细 of a person's special outpatient visits served in [start, end), the newest first (慢特病用药记录)."""
    visits = Encounter.objects.filter(person_no=person_no, kind=CareKind.CHRONIC, began_at__lt=end)
    known = {visit.id: visit for visit in visits.exclude(state=EncounterState.CANCELLED)}
    lines = ChargeLine.objects.filter(encounter_id__in=known, served_at__gte=start, served_at__lt=end)
    return [(known[line.encounter_id], line) for line in lines.order_by("-served_at", "serial")[:MOST_ANSWERED]]


def batches_of(area: str, encounter_id: int) -> list[ChargeBatch]:
    """收费批次 of an encounter, in the order they came."""
    found = ChargeBatch.objects.filter(pooling_area=area, encounter_id=encounter_id)
    return list(found.order_by("uploaded_at", "batch_no"))


def lines_of(area: str, encounter_id: int) -> list[ChargeLine]:
    """费用明细 of an encounter, all of them by serial."""
    return list(ChargeLine.objects.filter(pooling_area=area, encounter_id=encounter_id).order_by("serial"))


def lines_by_serial(area: str, encounter_id: int, serials: Sequence[str]) -> Mapping[str, Rated]:
    """Stored lines as they were rated, by serial."""
    found = ChargeLine.objects.filter(pooling_area=area, encounter_id=encounter_id, serial__in=serials)
    return {row.serial: _as_rated(row) for row in found}


def _as_rated(row: ChargeLine) -> Rated:
    line = Line(
        serial=row.serial,
        batch_no=row.batch_no,
        item_code=row.item_code,
        institution_item_code=row.institution_item_code,
        served_at=row.served_at,
        quantity=row.quantity,
        unit_price=row.unit_price,
        amount_fen=row.amount_fen,
        approved="",
        physician_code=row.physician_code,
        department_code=row.department_code,
        prescription_no=row.prescription_no,
        refund_of=row.refund_of,
        disease_code=row.disease_code,
    )
    return Rated(
        line,
        row.served_at.date(),
        row.charge_category,
        row.pay_class,
        row.pre_self_pay_ratio,
        row.price_ceiling,
        False,
        row.own_expense_fen,
        row.over_price_fen,
        row.pre_self_pay_fen,
        row.in_scope_fen,
        row.reason_code,
    )


# --- for the pages --------------------------------------------------------------------------------------------------


def find_encounters(
    *,
    scope: Scope,
    person_units: QuerySet[Any],
    at: str = "",
    institution_code: str = "",
    person_id: int | None = None,
    kind: str = "",
    state: str = "",
    since: date | None = None,
    until: date | None = None,
) -> paging.Slice:
    """就诊列表 inside a scope, the newest first: a page of `Encounter`s beginning at the mark `at`.

    `person_units` tells the unit of an encounter's person; it is asked row by row down the index, for a county has too
    many persons to look through. An institution's own office sees the visits there. `[since, until)` are days of
    registration, which the ids tell by month.
    """
    inside = scope.q(unit="institution_code", area="pooling_area")
    if not scope.areas:
        inside |= scope.q(unit="person_unit")
    wanted = {"institution_code": institution_code, "person_id": person_id, "kind": kind, "state": state}
    found = Encounter.objects.alias(person_unit=Subquery(person_units))
    found = found.filter(inside, **{name: value for name, value in wanted.items() if value})
    if since is not None:
        found = found.filter(id__gte=_first_id(since), registered_at__gte=_midnight(since))
    if until is not None:
        found = found.filter(id__lt=_first_id(until) + LARGEST_IN_MONTH, registered_at__lt=_midnight(until))
    return paging.read_slice(found, order=("-id",), at=at)


def _first_id(day: date) -> int:
    """The least id of a month (YYMM·10^11): ids of a month lie together."""
    return (day.year % 100 * 100 + day.month) * LARGEST_IN_MONTH


def _midnight(day: date) -> datetime:
    return datetime.combine(day, time.min, tzinfo=SHANGHAI)


def page_of_lines(area: str, encounter_id: int, at: str) -> paging.Slice:
    """费用明细 of an encounter by serial: a page of `ChargeLine`s beginning at the mark `at`."""
    found = ChargeLine.objects.filter(pooling_area=area, encounter_id=encounter_id)
    return paging.read_slice(found, order=("serial",), at=at)


def unpaid_lines(area: str, encounter_id: int, *, settlement_id: int, limit: int = 200) -> list[ChargeLine]:
    """Lines of a settlement that the fund does not pay, wholly or above a ceiling, the largest first (不予支付明细)."""
    batches = ChargeBatch.objects.filter(pooling_area=area, encounter_id=encounter_id, settlement_id=settlement_id)
    found = ChargeLine.objects.filter(
        Q(own_expense_fen__gt=0) | Q(over_price_fen__gt=0),
        pooling_area=area,
        encounter_id=encounter_id,
        batch_no__in=batches.values("batch_no"),
    )
    return list(found.order_by(-(F("own_expense_fen") + F("over_price_fen")), "serial")[:limit])


# --- filings and third parties --------------------------------------------------------------------------------------


def filing(filing_id: int) -> Filing | None:
    """One filing (备案)."""
    return Filing.objects.filter(pk=filing_id).first()


def find_filings(
    *,
    scope: Scope,
    person_units: QuerySet[Any],
    on: date,
    at: str = "",
    kind: str = "",
    state: str = "",
    renew: int | None = None,
    person_id: int | None = None,
    institution_code: str = "",
) -> paging.Slice:
    """备案清单 inside a scope, the newest first: a page of `Filing`s beginning at the mark `at`."""
    inside = scope.q(unit="person_unit", area="pooling_area")
    found = Filing.objects.alias(person_unit=Subquery(person_units)).filter(inside)
    wanted = {"kind": kind, "person_id": person_id}
    found = found.filter(**{name: value for name, value in wanted.items() if value})
    if institution_code:
        found = found.filter(institution_codes__contains=[institution_code])
    if state:
        found = found.filter(_in_state(FilingState(state), on))
    if renew is not None:
        found = found.filter(_to_renew(renew))
    return paging.read_slice(found, order=("-id",), at=at)


MOST_COUNTED: Final = 10_000


def count_to_renew(pooling_area: str, year: int) -> tuple[int, bool]:
    """待续期 (ENC-21): chronic filings of the year before without one after, and whether there are more."""
    found = Filing.objects.filter(_to_renew(year), pooling_area=pooling_area)[: MOST_COUNTED + 1].count()
    return min(found, MOST_COUNTED), found > MOST_COUNTED


def _to_renew(year: int) -> Q:
    """Valid to the last day before the year, without reason to end, and not filed anew (GX2017 §66)."""
    first = date(year, 1, 1)
    following = Filing.objects.filter(
        person_id=OuterRef("person_id"),
        kind=OuterRef("kind"),
        disease_code=OuterRef("disease_code"),
        cancelled_at=None,
        valid_until__gt=first,
    )
    return Q(kind=FilingKind.CHRONIC, valid_until=first, cancelled_at=None, closing_reason="") & ~Exists(following)


def _in_state(state: FilingState, on: date) -> Q:
    live = Q(cancelled_at=None)
    return {
        FilingState.COMING: live & Q(valid_from__gt=on),
        FilingState.VALID: live & Q(valid_from__lte=on, valid_until__gt=on),
        FilingState.ENDED: live & Q(valid_until__lte=on),
        FilingState.CANCELLED: ~live,
    }[state]


def filing_state(one: Filing, on: date) -> FilingState:
    """备案状态 on a day."""
    if one.cancelled_at is not None:
        return FilingState.CANCELLED
    if on < one.valid_from:
        return FilingState.COMING
    return FilingState.VALID if on < one.valid_until else FilingState.ENDED


def decision_of(area: str, encounter_id: int) -> ThirdPartyDecision | None:
    """第三方责任认定 of an encounter."""
    return ThirdPartyDecision.objects.filter(pooling_area=area, encounter_id=encounter_id).first()


def recoveries_of(area: str, encounter_id: int) -> list[ThirdPartyRecovery]:
    """What came back for an encounter, in its order (追偿)."""
    return list(ThirdPartyRecovery.objects.filter(pooling_area=area, encounter_id=encounter_id).order_by("id"))


def find_third_parties(
    *,
    scope: Scope,
    person_units: QuerySet[Any],
    at: str = "",
    decided: bool | None = None,
    person_id: int | None = None,
    institution_code: str = "",
) -> paging.Slice:
    """第三方责任清单 inside a scope, the newest first: `Encounter`s with their `verdict`, None while undecided."""
    inside = scope.q(unit="institution_code", area="pooling_area")
    if not scope.areas:
        inside |= scope.q(unit="person_unit")
    decisions = ThirdPartyDecision.objects.filter(pooling_area=OuterRef("pooling_area"), encounter_id=OuterRef("id"))
    found = Encounter.objects.filter(third_party=True).exclude(state=EncounterState.CANCELLED)
    found = found.alias(person_unit=Subquery(person_units)).annotate(verdict=Subquery(decisions.values("verdict")))
    wanted = {"person_id": person_id, "institution_code": institution_code}
    found = found.filter(inside, **{name: value for name, value in wanted.items() if value})
    if decided is not None:
        found = found.filter(verdict__isnull=not decided)
    return paging.read_slice(found, order=("-id",), at=at)
