"""列入、登记后移出、注明不需登记 (ENR-32): names that the register lacks."""

from datetime import datetime
from typing import Final

from django.db import connection, transaction

from tongchou.enrolment.models import UnregisteredLead
from tongchou.enrolment.unregistered.states import LeadSource, LeadState
from tongchou.kernel.errors import DomainError
from tongchou.platform import checks as platform_checks
from tongchou.platform import queries as platform
from tongchou.platform import trail
from tongchou.platform.spreadsheets.staging import Intake

HANDLE: Final = "enrolment.collect"


class LeadUnknown(DomainError):
    code = "EN-5211"
    message = "没有这条未登记人员记录"
    citation = "GX2017 §6"


class LeadClosed(DomainError):
    code = "EN-5212"
    message = "{name}已是“{state}”,不能再办"
    citation = "GX2017 §6"


class LeadReasonMissing(DomainError):
    code = "EN-5213"
    message = "须写明不需登记的原因"
    citation = "GX2017 §6"


_NOTE: Final = """
INSERT INTO enrolment_unregisteredlead (pooling_area_id, unit_code, source, certificate_type, certificate_no, name,
       born_on, contact, note, happened_on, state, file_id, listed_at, closed_by, closed_reason, version)
SELECT %s, coalesce(nullif(u.unit_code, ''), %s), '{source}', u.certificate_type, u.certificate_no, u.name,
       u.born_on, u.contact, left(u.note, 200), u.happened_on, 'open', %s, %s, '', '', 1
  FROM ({named}) u
 WHERE NOT EXISTS (SELECT FROM enrolment_person p
                    WHERE p.certificate_no = u.certificate_no AND p.certificate_type = u.certificate_type)
    OR '{source}' = 'hire'
ON CONFLICT (source, certificate_type, certificate_no) WHERE state = 'open' DO UPDATE
   SET unit_code = EXCLUDED.unit_code, name = EXCLUDED.name, contact = EXCLUDED.contact, note = EXCLUDED.note,
       happened_on = EXCLUDED.happened_on, file_id = EXCLUDED.file_id
"""
BORN: Final = "CASE WHEN {number} ~ '^[0-9]{{17}}[0-9X]$' THEN to_date(substr({number}, 7, 8), 'YYYYMMDD') END"
"""出生日期 of a citizen number whose check digit was held against GB 11643 before."""


def note_names(intake: Intake, source: LeadSource, named: str) -> int:
    """列入 the names of a file; a step. `named` is SQL over `{rows}` that gives unit_code, certificate_type,
    certificate_no, name, born_on, contact, note, happened_on; without a unit the name is the operator's. Who waits
    already is told anew. Returns how many.
    """
    statement = _NOTE.format(source=source.value, named=named.replace("{rows}", intake.rows))
    values = (intake.pooling_area, intake.operator.org_unit_id, intake.file_id or None, intake.now)
    return intake.run(statement, *values, step="正在列入未登记人员")


_REGISTERED: Final = """
UPDATE enrolment_unregisteredlead l SET state = 'registered', closed_at = %s, version = version + 1
 WHERE l.state = 'open' AND EXISTS (
       SELECT FROM enrolment_person p
         LEFT JOIN enrolment_formercertificate f ON f.person_id = p.id AND f.certificate_no = l.certificate_no
        WHERE (p.certificate_no = l.certificate_no OR f.id IS NOT NULL) AND p.merged_into_id IS NULL
          AND EXISTS (SELECT FROM enrolment_enrolment e
                       WHERE e.person_id = p.id AND e.enrolled_until IS NULL
                         AND (l.source <> 'hire' OR e.scheme = 'employee')))
"""


def settle(now: datetime) -> int:
    """登记后移出 (定时任务): whoever is in the register now needs no visit. Returns how many."""
    with connection.cursor() as cursor:
        cursor.execute(_REGISTERED, [now])
        return int(cursor.rowcount)


@transaction.atomic
def dismiss(*, lead_id: int, version: int, reason: str, operator: platform.Operator, now: datetime) -> UnregisteredLead:
    """不需登记: somebody went there; the reason stays. Said again, it changes nothing.

    Raises: LeadUnknown, LeadClosed, LeadReasonMissing, NoPermission, OutOfScope.
    """
    found = UnregisteredLead.objects.select_for_update(of=("self",)).filter(pk=lead_id).first()
    if found is None:
        raise LeadUnknown
    platform_checks.check_in_scope(
        operator, HANDLE, found.unit_code, now, object_kind="unregistered_lead", object_key=lead_id
    )
    reason = reason.strip()[:200]
    if not reason:
        raise LeadReasonMissing
    if (found.state, found.closed_by, found.closed_reason) == (LeadState.DISMISSED, operator.staff_code, reason):
        return found
    if found.state != LeadState.OPEN or found.version != version:
        raise LeadClosed(name=found.name, state=LeadState(found.state).label)
    found.state, found.closed_at = LeadState.DISMISSED, now
    found.closed_by, found.closed_reason, found.version = operator.staff_code, reason, version + 1
    found.save(update_fields=["state", "closed_at", "closed_by", "closed_reason", "version"])
    trail.record(
        "enrolment.dismiss_lead",
        at=now,
        operator=operator,
        pooling_area=found.pooling_area_id,
        unit_code=found.unit_code,
        object_kind="unregistered_lead",
        object_key=lead_id,
        detail={"source": found.source, "reason": reason},
    )
    return found
