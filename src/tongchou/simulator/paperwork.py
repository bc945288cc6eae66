"""Papers and objections of the invented city (权益演示数据): what a counter has given out and what waits to be decided.

Everything goes through the commands of rights, by the demo operators, so nothing here can be what life would refuse.
"""

import contextlib
from datetime import datetime, timedelta
from typing import Final

from django.utils import timezone

from tongchou.enrolment import history as registration
from tongchou.enrolment import queries as enrolment
from tongchou.kernel.errors import DomainError
from tongchou.platform import queries as platform
from tongchou.platform.histories import RecordSet
from tongchou.rights import commands
from tongchou.rights.commands import batches
from tongchou.rights.commands.applications import Asked
from tongchou.rights.commands.objections import Wanted
from tongchou.rights.states import ApplicantKind, CertificateKind, Way
from tongchou.settlement import queries as settlement

PERSONS: Final = 40
CLERK, APPROVER = "shouli", "shenpi"
KINDS: Final = (CertificateKind.ENROLMENT, CertificateKind.CONTRIBUTION, CertificateKind.STATEMENT)
OBJECTIONS: Final = (
    (RecordSet.REGISTRATION, "登记的住址是搬迁以前的,现住址见居民户口簿", "居民户口簿", False),
    (RecordSet.CARE, "上月并未在该院就诊,就诊记录有误", "", True),
    (RecordSet.CONTRIBUTION, "去年秋季缴过的费查不到", "缴费票据", False),
)


def lay_out(now: datetime) -> int:
    """Certificates, objections and a request of the police, of persons the county's clerk may serve (建权益数据)."""
    clerk, approver = platform.operator_by_staff_code(CLERK), platform.operator_by_staff_code(APPROVER)
    if clerk is None or approver is None:
        return 0
    persons = persons_served(clerk, now)
    papers = 0
    for place, person_id in enumerate(persons):
        at = now - timedelta(hours=5 * (len(persons) - place), minutes=7 * place % 60)
        kind = KINDS[place % len(KINDS)]
        way, operator = (Way.WEB, None) if place % 3 == 2 else (Way.COUNTER, clerk)
        with contextlib.suppress(DomainError):  # whoever has nothing to prove gets no paper
            made = commands.issue_certificate(kind, person_id=person_id, operator=operator, way=way, now=at)
            for _ in range(1 + place % 2):
                commands.print_certificate(number=made.number, operator=operator, way=way, now=at)
            papers += 1
    _object(persons, clerk, now)
    _ask(persons, clerk, approver, now)
    _of_a_village(clerk, now)
    return papers


def _of_a_village(clerk: platform.Operator, now: datetime) -> None:
    """批量出具: last year's statements of the village with the fewest people, the first of them; the clock goes on."""
    at = now - timedelta(hours=1)
    villages = platform.units_below(clerk.org_unit_id, timezone.localdate(at), ("village",))
    sizes = sorted((count, one.code) for one in villages if (count := registration.count_of_unit(one.code)))
    for _size, code in sizes[:1]:
        made = batches.start_batch(unit_code=code, year=timezone.localdate(at).year - 1, operator=clerk, now=at)
        batches.work_on_batch(made.pk, now=at)


def persons_served(clerk: platform.Operator, now: datetime) -> list[int]:
    """Persons with bills whom the clerk may serve, those the funds paid most for first."""
    today = now.date()
    reach = platform.scope_of(clerk, "rights.issue", today)
    known = [enrolment.facts(person_id, today) for person_id in settlement.persons_with_most_paid(limit=10 * PERSONS)]
    paths = {unit.code: unit.path for unit in platform.units_by_code().values()}
    inside = [one.id for one in known if one is not None and reach.covers(paths.get(one.unit_code, ""))]
    return inside[:PERSONS]


def _object(persons: list[int], clerk: platform.Operator, now: datetime) -> None:
    for place, (record, said, evidence, checked) in enumerate(OBJECTIONS):
        if place >= len(persons):
            return
        wanted = Wanted(
            person_id=persons[place],
            record=record,
            year=now.year if record is RecordSet.CONTRIBUTION else None,
            said=said,
            evidence=evidence,
        )
        at = now - timedelta(days=3 * (len(OBJECTIONS) - place))
        filed = commands.file_objection(wanted, operator=None, way=Way.WEB, now=at)
        if checked:
            finding = "已向医院核实,该次就诊为他人冒用,医院已退费。"
            commands.check_objection(number=filed.number, finding=finding, version=1, operator=clerk, now=now)


def _ask(persons: list[int], clerk: platform.Operator, approver: platform.Operator, now: datetime) -> None:
    for place, approved in ((3, True), (4, False)):
        if place >= len(persons):
            return
        asked = Asked(
            person_id=persons[place],
            applicant_kind=ApplicantKind.POLICE,
            applicant="安河县公安局",
            bearer="李警官、张警官",
            document_no=f"安公调证〔{now.year}〕{41 + place}号",
            basis="刑事诉讼法第五十四条",
            purpose="侦查案件",
            records=(RecordSet.CARE, RecordSet.BENEFIT),
            period_from=now.date() - timedelta(days=180),
            period_until=now.date() + timedelta(days=1),
        )
        filed = commands.file_application(asked, operator=clerk, now=now - timedelta(days=1))
        if approved:
            commands.decide_application(
                number=filed.number, approved=True, opinion="手续齐全", operator=approver, now=now
            )
