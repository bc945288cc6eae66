"""Discharge and its undoing (出院登记、出院撤销; GX2017 §70; JL2019 §32; ENC-15, ENC-16)."""

from datetime import date, datetime
from typing import Final

from tongchou.encounters import checks, statements
from tongchou.encounters.commands.changing import REFUSALS, Changes
from tongchou.encounters.facts import Open
from tongchou.encounters.statements import Write
from tongchou.encounters.states import EncounterState
from tongchou.kernel.errors import DomainError
from tongchou.wire.booking import BookingKey

OPEN: Final = EncounterState.OPEN.value
DISCHARGED: Final = EncounterState.DISCHARGED.value
UNIQUE: Final = "23505"


class DischargedBeforeAdmission(DomainError):
    code = "EC-2010"
    message = "结束时间(endtime){ended}早于入院时间{began}"
    citation = "GX2017 §70"


def discharge(
    *,
    key: BookingKey,
    area: str,
    encounter: int,
    person_no: str,
    ended_at: datetime,
    disposition: str,
    changes: Changes,
    answer: bytes,
) -> bytes:
    """出院办理 (2402): the stay ends; its diagnoses of discharge and ward come with it.

    Raises: EncounterUnknown, AnotherPerson, NotAStay, WrongState, BeganInFuture, DischargedBeforeAdmission.
    """
    found = _stay(key, area, encounter, person_no)
    checks.check_state(found, OPEN, action="办理出院")
    checks.check_diagnoses(changes.diagnoses)
    checks.check_not_in_future(ended_at.date(), now=key.received_at, title="结束时间(endtime)")
    began_on = checks.local_day(found.began_at)
    if ended_at.date() < began_on:
        raise DischargedBeforeAdmission(ended=ended_at.date(), began=began_on)
    facts = {
        **changes.facts(found),
        "state": DISCHARGED,
        "ended_at": max(ended_at, found.began_at),  # a bare date means midnight, which lies before the admission
        "disposition": disposition,
    }
    write = Write(key, found.person_no, answer, area, encounter)
    earlier = statements.change(write, [OPEN], facts, REFUSALS)
    return answer if earlier is None else earlier


def undo_discharge(*, key: BookingKey, area: str, encounter: int, person_no: str, answer: bytes) -> bytes:
    """出院撤销 (2405): the stay goes on. A settled one is taken back first; nobody may lie elsewhere meanwhile.

    Raises: EncounterUnknown, AnotherPerson, NotAStay, WrongState, InHospital.
    """
    found = _stay(key, area, encounter, person_no)
    checks.check_state(found, DISCHARGED, action="撤销出院")
    today: date = checks.local_day(key.received_at)
    checks.check_not_in_hospital(statements.before_registration(person_no, today).open_stay)
    facts = {"state": OPEN, "ended_at": None, "disposition": ""}
    write = Write(key, found.person_no, answer, area, encounter)
    earlier = statements.change(write, [DISCHARGED], facts, {**REFUSALS, UNIQUE: checks.AdmittedMeanwhile})
    return answer if earlier is None else earlier


def _stay(key: BookingKey, area: str, encounter: int, person_no: str) -> Open:
    found = checks.ours(key, area, encounter, person_no)
    checks.check_stay(found)
    return found
