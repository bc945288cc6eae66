"""Changing what a registration says (就诊信息变更; ENC-10, 12, 16): diagnoses, care, ward; the readmission filing."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any, Final

import msgspec
from django.db import transaction

from tongchou.encounters import checks, outside, rules, statements
from tongchou.encounters.facts import Diagnosis, Open
from tongchou.encounters.statements import Write
from tongchou.encounters.states import EncounterState, Referral
from tongchou.kernel.errors import DomainError
from tongchou.platform import queries as platform
from tongchou.platform import trail
from tongchou.platform.checks import check_in_scope
from tongchou.wire.booking import BookingKey
from tongchou.wire.numbers import wire_id

OPEN: Final = EncounterState.OPEN.value
FILING: Final = "encounters.file"
REFUSALS: Final = {"TC101": checks.EncounterUnknown, "TC102": checks.WrongState}


class CareTypeSettled(DomainError):
    code = "EC-2008"
    message = "该就诊已有结算，不能变更医疗类别(med_type)"
    citation = "GX2017 §71"


class NoReadmission(DomainError):
    code = "EC-2009"
    message = "该次住院不须再次住院备案"
    citation = "GX2017 §68"


class Changes(msgspec.Struct, frozen=True, gc=False, kw_only=True):
    """变更内容: columns with their new values, diagnoses sent and voided, particulars to be added."""

    columns: Mapping[str, Any] = {}
    diagnoses: tuple[Diagnosis, ...] = ()
    voided: tuple[tuple[bool, int], ...] = ()
    particulars: Mapping[str, Any] = {}

    def facts(self, found: Open) -> dict[str, Any]:
        """The columns of the encounter that change."""
        facts = dict(self.columns)
        if self.diagnoses or self.voided:
            merged = rules.merged_diagnoses(found.diagnoses, self.diagnoses, self.voided)
            main = rules.main_diagnosis(merged)
            facts |= {
                "diagnoses": merged,
                "diagnosis_code": main.code if main else "",
                "diagnosis": main.name if main else "",
            }
        if self.particulars:
            facts["particulars"] = {**found.particulars, **self.particulars}
        return facts


def change_visit(
    *, key: BookingKey, area: str, encounter: int, person_no: str, changes: Changes, answer: bytes
) -> bytes:
    """门诊就诊信息上传 (2203): kind of care, disease and diagnoses of a visit, as often as the hospital sends them.

    Raises: EncounterUnknown, AnotherPerson, NotAVisit, WrongState, CareTypeSettled, BeganInFuture.
    """
    found = checks.ours(key, area, encounter, person_no)
    checks.check_visit(found)
    return _change(key, found, changes, answer)


def change_stay(
    *, key: BookingKey, area: str, encounter: int, person_no: str, changes: Changes, answer: bytes
) -> bytes:
    """住院信息变更 (2403): as `change_visit`, of a stay. Raises: the same, NotAStay instead of NotAVisit."""
    found = checks.ours(key, area, encounter, person_no)
    checks.check_stay(found)
    return _change(key, found, changes, answer)


def _change(key: BookingKey, found: Open, changes: Changes, answer: bytes) -> bytes:
    checks.check_state(found, OPEN, action="变更登记信息")
    checks.check_diagnoses(changes.diagnoses)
    columns = changes.columns
    if found.settled and columns.get("kind", found.kind) != found.kind:
        raise CareTypeSettled
    if "began_at" in columns:
        checks.check_not_in_future(columns["began_at"].date(), now=key.received_at, title="开始时间(begntime)")
    write = Write(key, found.person_no, answer, found.pooling_area, found.id)
    facts = changes.facts(found)
    if _says_no_more(found.referral, facts.get("referral")):
        del facts["referral"]
    earlier = statements.change(write, [OPEN], facts, REFUSALS)
    return answer if earlier is None else earlier


def _says_no_more(known: str, sent: str | None) -> bool:
    """A change of a stay tells only whether there was a referral: what the registration found out of it stays."""
    return (known, sent) in ((Referral.DOWN, Referral.UP), (Referral.UNREFERRED, Referral.NONE))


@transaction.atomic(durable=True)
def file_readmission(
    *, area: str, encounter: int, evidence: str, operator: platform.Operator, request_id: str, now: datetime
) -> None:
    """再次住院备案 (GX2017 §68, 附件9; ENC-12): accepted by the agency before settlement; the costs are then paid.

    Raises: EncounterUnknown, NoPermission, OutOfScope, NoReadmission, WrongState.
    """
    key = BookingKey.of_console(request_id=request_id, operator_no=operator.staff_code, operator=operator.name, at=now)
    found = checks.ours(key, area, encounter, None)
    number = wire_id(area, encounter)
    unit = outside.unit_of(found.institution_code)
    check_in_scope(operator, FILING, unit, now, object_kind="encounter", object_key=number)
    if found.readmission_of is None:
        raise NoReadmission
    facts = {
        "readmission_filed": True,
        "particulars": {
            **found.particulars,
            "readmission_evidence": evidence,
            "readmission_filed_by": operator.staff_code,
        },
    }
    write = Write(key, found.person_no, b"", area, encounter)
    statements.change(write, [OPEN, EncounterState.DISCHARGED.value], facts, REFUSALS)
    trail.record(
        "encounters.file_readmission",
        at=now,
        operator=operator,
        pooling_area=area,
        unit_code=unit,
        object_kind="encounter",
        object_key=number,
        detail={"evidence": evidence},
    )
