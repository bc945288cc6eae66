"""疑似重复参保: records that may be of one person (JL2019 §5; ENR-16), looked for by the clock, told apart by a clerk.

One number under two types of certificate, a number somebody else had before, or the same name, birthday and address.
Who is dead or merged away is left out. A provincial or national index would be one more ground.
"""

from collections.abc import Mapping
from datetime import datetime
from typing import Final

from django.db import connection, transaction
from django.db.models import Q, QuerySet

from tongchou.enrolment.commands.steps import ReasonMissing
from tongchou.enrolment.models import Duplicate
from tongchou.enrolment.states import DuplicateGround, DuplicateState
from tongchou.kernel.errors import DomainError
from tongchou.platform import checks as platform_checks
from tongchou.platform import queries as platform
from tongchou.platform import trail
from tongchou.platform.scope import Scope

MOST_ALIKE: Final = 5
"""Records of one name, birthday and address beyond which the address is a dormitory's rather than a home's."""


class DuplicateUnknown(DomainError):
    code = "EN-3051"
    message = "没有编号为{duplicate}的疑似重复参保"
    citation = "JL2019 §5"


class DuplicateClosed(DomainError):
    code = "EN-3052"
    message = "该条已于{at}办结({state}),不能再次办结"
    citation = "JL2019 §5"


_INTO: Final = """
INSERT INTO enrolment_duplicate (pooling_area_id, unit_code, one_id, other_id, ground, state, found_at, closed_by,
                                 closing_reason)
SELECT p.pooling_area_id, p.unit_code, found.one, found.other, %(ground)s, 'open', %(now)s, '', ''
  FROM ({pairs}) found JOIN enrolment_person p ON p.id = found.one
ON CONFLICT DO NOTHING
"""
_ALIVE: Final = "{p}.merged_into_id IS NULL AND {p}.died_on IS NULL"
_PAIRS: Final[Mapping[DuplicateGround, str]] = {
    DuplicateGround.NUMBER: f"""
        SELECT a.id AS one, b.id AS other FROM enrolment_person a
          JOIN enrolment_person b ON b.certificate_no = a.certificate_no AND b.id > a.id
         WHERE {_ALIVE.format(p="a")} AND {_ALIVE.format(p="b")}""",
    DuplicateGround.FORMER_NUMBER: f"""
        SELECT least(a.id, b.id) AS one, greatest(a.id, b.id) AS other FROM enrolment_formercertificate f
          JOIN enrolment_person a ON a.id = f.person_id
          JOIN enrolment_person b ON b.certificate_no = f.certificate_no AND b.id <> a.id
         WHERE {_ALIVE.format(p="a")} AND {_ALIVE.format(p="b")}""",
    DuplicateGround.PARTICULARS: f"""
        SELECT a.ids[1] AS one, other FROM (
            SELECT array_agg(p.id ORDER BY p.id) AS ids FROM enrolment_person p
             WHERE {_ALIVE.format(p="p")} AND p.address <> ''
             GROUP BY p.name, p.born_on, p.address HAVING count(*) BETWEEN 2 AND {MOST_ALIKE}) a
         CROSS JOIN LATERAL unnest(a.ids[2:]) AS other""",
}


@transaction.atomic(durable=True)
def find(now: datetime) -> int:
    """查找疑似重复参保 (定时任务). Returns how many pairs are new."""
    made = 0
    with connection.cursor() as cursor:
        for ground, pairs in _PAIRS.items():
            cursor.execute(_INTO.replace("{pairs}", pairs), {"ground": ground.value, "now": now})
            made += cursor.rowcount
    return made


def listed(words: str, *, state: str, ground: str, scope: Scope) -> QuerySet[Duplicate]:
    """疑似重复参保 inside a scope, by the beginning of a name or number (ENR-16)."""
    found = Duplicate.objects.filter(scope.q("unit_code", "pooling_area")).select_related("one", "other")
    if wanted := words.strip():
        number = wanted.upper()
        found = found.filter(
            Q(one__name__startswith=wanted)
            | Q(one__certificate_no__startswith=number)
            | Q(other__certificate_no__startswith=number)
        )
    for name, value in (("state", state), ("ground", ground)):
        if value:
            found = found.filter(**{name: value})
    return found


def one(duplicate_id: int) -> Duplicate | None:
    """A pair with both records, or nothing."""
    return Duplicate.objects.select_related("one", "other").filter(pk=duplicate_id).first()


@transaction.atomic(durable=True)
def tell_apart(*, duplicate_id: int, reason: str, operator: platform.Operator, now: datetime) -> Duplicate:
    """不是同一人: two persons after all, with the reason; the pair does not come back.

    Raises: DuplicateUnknown, DuplicateClosed, ReasonMissing, NoPermission, OutOfScope.
    """
    found = Duplicate.objects.select_for_update(of=("self",)).filter(pk=duplicate_id).first()
    if found is None:
        raise DuplicateUnknown(duplicate=duplicate_id)
    platform_checks.check_in_scope(operator, "enrolment.change", found.unit_code, now)
    if not reason.strip():
        raise ReasonMissing
    if found.state != DuplicateState.OPEN:
        raise DuplicateClosed(at=f"{found.closed_at:%Y-%m-%d}", state=DuplicateState(found.state).label)
    found.state, found.closed_at = DuplicateState.DIFFERENT, now
    found.closed_by, found.closing_reason = operator.staff_code, reason.strip()[:200]
    found.save(update_fields=["state", "closed_at", "closed_by", "closing_reason"])
    trail.record(
        "enrolment.tell_apart",
        at=now,
        operator=operator,
        pooling_area=found.pooling_area_id,
        unit_code=found.unit_code,
        object_kind="duplicate",
        object_key=found.pk,
        detail={"one": found.one_id, "other": found.other_id, "reason": found.closing_reason},
    )
    return found
