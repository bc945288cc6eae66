"""Registering visits and stays, and undoing it (登记、撤销; GX2017 §63, 67, 68; ENC-09…12, 16)."""

from collections.abc import Callable
from datetime import datetime
from typing import Any, Final

import psycopg

from tongchou.encounters import checks, outside, parameters, rules, statements
from tongchou.encounters.care_types import STAYS
from tongchou.encounters.facts import BeforeRegistration, Open, Person, Registered, Registration, Stay
from tongchou.encounters.statements import Write
from tongchou.encounters.states import CareKind, EncounterState, Place, Referral
from tongchou.kernel.errors import DomainError
from tongchou.platform.ids import take_dated
from tongchou.wire.booking import BookingKey
from tongchou.wire.numbers import wire_id

ONE_OPEN_STAY: Final = "encounter_one_open_stay"
OPEN: Final = EncounterState.OPEN.value

Render = Callable[[Registered], bytes]


class HasLines(DomainError):
    code = "EC-2006"
    message = "该就诊有费用明细，请先撤销全部明细(2302)再撤销入院"
    citation = "GX2017 §71"


class LinesSettled(DomainError):
    code = "EC-2007"
    message = "费用已结算，不能撤销，请先撤销结算"
    citation = "GX2017 §71"


def register(*, key: BookingKey, wanted: Registration, render: Render) -> bytes:
    """门诊挂号、入院办理 (GX2017 §63, 67; 2201, 2401): opens an encounter of an enrolled person.

    What the hospital should know, but what does not hinder the registration, comes back as notes: no benefit today, a
    stay elsewhere, a late registration, a readmission to be filed.
    Raises: what `checks` refuse, AgreementNotInForce, CareNotAgreed.
    """
    day = wanted.began_at.date()
    checks.check_not_in_future(day, now=key.received_at, title="开始时间(begntime)")
    checks.check_diagnoses(wanted.diagnoses)
    before = statements.before_registration(wanted.person_no, day)
    person = checks.check_person(before, wanted)
    standing = outside.check_agreed(wanted.institution_code, scheme=wanted.scheme, kind=wanted.kind, on=day)
    is_stay = wanted.kind in STAYS
    if is_stay:
        checks.check_not_in_hospital(before.open_stay)
    facts, notes = _admission(before, wanted, key.received_at) if is_stay else ({}, _visit_notes(before))
    registered = Registered(
        pooling_area=person.pooling_area,
        id=take_dated("encounter", checks.local_day(key.received_at)),
        person_no=person.person_no,
        notes=tuple(notes),
    )
    place = Place.HOME if standing.pooling_area == person.pooling_area else Place.AWAY_UNFILED
    row = {**encounter_row(registered.id, person, wanted, at=key.received_at), "place": place, **facts}
    answer = render(registered)
    write = Write(key, person.person_no, answer, person.pooling_area, registered.id)
    try:
        earlier = statements.register(write, row)
    except psycopg.errors.UniqueViolation as fault:
        if fault.diag.constraint_name != ONE_OPEN_STAY:
            raise
        checks.check_not_in_hospital(statements.before_registration(wanted.person_no, day).open_stay)
        raise
    return answer if earlier is None else earlier


def _visit_notes(before: BeforeRegistration) -> list[str]:
    """A visit during a stay is unusual, and told (ENC-11)."""
    stay = before.open_stay
    if stay is None:
        return []
    return [f"该参保人正在住院(机构编号{stay.institution_code}，自{checks.local_day(stay.began_at)}起)，请核实"]


def _admission(before: BeforeRegistration, wanted: Registration, now: datetime) -> tuple[dict[str, Any], list[str]]:
    """What an admission adds: is it late, does it continue a stay, or come too soon after one?"""
    facts: dict[str, Any] = {}
    notes: list[str] = []
    procedure = parameters.procedure("" if before.person is None else before.person.pooling_area)
    if _is_late(wanted.began_at, now, procedure.register_special_working_days):
        facts["registered_late"] = True
        notes.append("入院登记逾期(GX2017 §67)，须报经办机构核准")
    last = _last_stay(before.last_stay, wanted, procedure)
    facts["referral"] = _referral(wanted, last, procedure)
    if last is not None and wanted.referral != Referral.NONE:
        facts["linked_to"] = last.id
    elif last is not None:
        facts["readmission_of"] = last.id
        notes.append(
            f"出院后{procedure.readmission_days}日内再次住院(前次就诊ID{wire_id(last.pooling_area, last.id)})，"
            "须在结算前办理再次住院备案(GX2017 §68)"
        )
    return facts, notes


def _referral(wanted: Registration, last: Stay | None, procedure: parameters.Procedure) -> str:
    """转诊 (GX2017 §64, 73; QA2018 五(三)): down where the stay it continues was at a higher level.

    Without a referral, and no emergency, a stay at a level that asks for one is 未按规定转诊 (BEN-20; decision 0183).
    """
    day = wanted.began_at.date()
    level = outside.level_of(wanted.institution_code, day)
    if wanted.referral != Referral.NONE:
        came_from = outside.level_of(last.institution_code, day) if last else ""
        return str(Referral.DOWN if came_from > level else wanted.referral)
    asked = procedure.referral_from_level
    if asked and level >= asked and not wanted.emergency and wanted.kind == CareKind.INPATIENT:
        return str(Referral.UNREFERRED)
    return wanted.referral


def _is_late(began_at: datetime, now: datetime, special_working_days: int) -> bool:
    registered_on = checks.local_day(now)
    if registered_on <= began_at.date():
        return False
    deadline = rules.registration_deadline(
        began_at, outside.working_calendar(), special_working_days=special_working_days
    )
    return registered_on > deadline


def _last_stay(last: Stay | None, wanted: Registration, procedure: parameters.Procedure) -> Stay | None:
    """The stay that this one follows within the days that matter."""
    if last is None or last.ended_at is None:
        return None
    if not procedure.readmission_any_institution and last.institution_code != wanted.institution_code:
        return None
    discharged_on, admitted_on = checks.local_day(last.ended_at), wanted.began_at.date()
    return last if rules.is_readmission(discharged_on, admitted_on, days=procedure.readmission_days) else None


def encounter_row(encounter: int, person: Person, wanted: Registration, *, at: datetime) -> dict[str, Any]:
    """An open encounter as its table takes it; also of purchases, which come with their settlement."""
    main = rules.main_diagnosis(wanted.diagnoses)
    return {
        "pooling_area": person.pooling_area,
        "id": encounter,
        "institution_code": wanted.institution_code,
        "person_id": person.id,
        "person_no": person.person_no,
        "sex": person.sex,
        "born_on": person.born_on,
        "scheme": wanted.scheme,
        "care_type": wanted.care_type,
        "kind": wanted.kind,
        "state": OPEN,
        "chart_no": wanted.chart_no,
        "began_at": wanted.began_at,
        "ended_at": None,
        "department_code": wanted.department_code,
        "department": wanted.department,
        "bed": wanted.bed,
        "physician_code": wanted.physician_code,
        "physician": wanted.physician,
        "disease_code": wanted.disease_code,
        "diagnosis_code": main.code if main else "",
        "diagnosis": main.name if main else "",
        "diagnoses": wanted.diagnoses,
        "emergency": wanted.emergency,
        "referral": wanted.referral,
        "place": Place.HOME,
        "linked_to": None,
        "readmission_of": None,
        "readmission_filed": False,
        "registered_late": False,
        "third_party": wanted.third_party,
        "disposition": "",
        "credential_type": wanted.credential_type,
        "particulars": wanted.particulars,
        "registered_at": at,
    }


CANCEL_REFUSALS: Final = {
    "TC101": checks.EncounterUnknown,
    "TC102": checks.WrongState,
    "TC104": LinesSettled,
}


def cancel_visit(*, key: BookingKey, area: str, encounter: int, person_no: str, answer: bytes) -> bytes:
    """门诊挂号撤销 (GX2017 §71; 2202): the registration goes, and its unsettled lines with it.

    Raises: EncounterUnknown, AnotherPerson, NotAVisit, WrongState, LinesSettled.
    """
    found = checks.ours(key, area, encounter, person_no)
    checks.check_visit(found)
    return _cancel(key, found, answer, with_lines=True)


def cancel_admission(*, key: BookingKey, area: str, encounter: int, person_no: str, answer: bytes) -> bytes:
    """入院撤销 (GX2017 §71; ENC-16; 2404, and 2601 of a 2401): only when no line is left.

    Raises: EncounterUnknown, AnotherPerson, NotAStay, WrongState, HasLines, LinesSettled.
    """
    found = checks.ours(key, area, encounter, person_no)
    checks.check_stay(found)
    return _cancel(key, found, answer, with_lines=False)


def _cancel(key: BookingKey, found: Open, answer: bytes, *, with_lines: bool) -> bytes:
    if found.settled:
        raise LinesSettled
    checks.check_state(found, OPEN, action="撤销登记")
    refusals = CANCEL_REFUSALS if with_lines else {**CANCEL_REFUSALS, "TC104": HasLines}
    write = Write(key, found.person_no, answer, found.pooling_area, found.id)
    earlier = statements.cancel(write, with_lines=with_lines, refusals=refusals)
    return answer if earlier is None else earlier
