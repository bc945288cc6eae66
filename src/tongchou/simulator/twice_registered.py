"""Whoever was registered twice in the invented city (重复登记演示数据): listed, one merge waits for its approval.

Everything goes through the commands of enrolment and cases, by the demo operators.
"""

import contextlib
from collections.abc import Iterator
from datetime import datetime, timedelta
from itertools import islice
from typing import Final

from django.utils import timezone

from tongchou.cases import commands as cases
from tongchou.cases.commands import Application
from tongchou.cases.states import Decision
from tongchou.enrolment import commands, duplicates
from tongchou.enrolment import queries as enrolment
from tongchou.enrolment.commands import Registration
from tongchou.enrolment.states import CertificateType, Sex
from tongchou.kernel.errors import DomainError
from tongchou.platform import queries as platform
from tongchou.settlement import queries as settlement
from tongchou.simulator.paperwork import CLERK

DESK: Final = "daiyu"
NUMBER: Final = "BY450102201700{place:04d}"
KNOWN: Final = 400
TWICE: Final = 2
"""So many persons are registered twice: the merge of the first waits for its approval, the others for a clerk."""


def lay_out(now: datetime) -> int:
    """Second records under another paper, found and partly on their way (建重复登记数据)."""
    clerk, desk = platform.operator_by_staff_code(CLERK), platform.operator_by_staff_code(DESK)
    if clerk is None or desk is None:
        return 0
    made = [
        pair
        for place, person_id in enumerate(islice(_served(clerk, now), TWICE))
        if (pair := _register_again(place, person_id, desk, now - timedelta(days=40))) is not None
    ]
    duplicates.find(now)
    if made:
        _ask(*made[0], clerk, desk, now)
    return len(made)


def _served(clerk: platform.Operator, now: datetime) -> Iterator[int]:
    """Persons with bills whom the clerk may serve, those first of whom little was paid: nobody else asks for them."""
    reach = platform.scope_of(clerk, "cases.accept", timezone.localdate(now))
    paths = {unit.code: unit.path for unit in platform.units_by_code().values()}
    for person_id in reversed(settlement.persons_with_most_paid(limit=KNOWN)):
        facts = enrolment.facts(person_id, timezone.localdate(now))
        if facts is not None and facts.died_on is None and reach.covers(paths.get(facts.unit_code, "")):
            yield person_id


def _register_again(place: int, person_id: int, desk: platform.Operator, at: datetime) -> tuple[str, str] | None:
    """A record of the same name, birthday and address under a paper of another kind; the two person numbers."""
    facts, card = enrolment.facts(person_id, timezone.localdate(at)), enrolment.person_card(person_id, at.date())
    if facts is None or card is None:
        return None
    wanted = Registration(
        pooling_area=facts.pooling_area,
        unit_code=facts.unit_code,
        name=facts.name,
        certificate_type=CertificateType.OTHER,
        certificate_no=NUMBER.format(place=place + 1),
        born_on=facts.born_on,
        sex=Sex(facts.sex),
        address=card.address,
        enrolled_on=timezone.localdate(at),
    )
    with contextlib.suppress(DomainError):  # a city without second papers has nobody twice
        made = commands.enrol_person(wanted, operator=desk, now=at)
        return facts.person_no, made.person.person_no
    return None


def _ask(kept: str, other: str, clerk: platform.Operator, desk: platform.Operator, now: datetime) -> None:
    """The merge, accepted and looked through; the approval waits."""
    at = now - timedelta(days=2)
    application = Application(
        kind="merge_persons",
        subject_key=kept,
        values={"other": other, "reason": "入学时用旧证件重复登记", "evidence_no": "云水镇户籍证明〔2018〕17号"},
        received=frozenset({"identity", "proof"}),
        applicant_name="韦小妹",
    )
    with contextlib.suppress(DomainError):
        case = cases.accept_application(application, request_id="demo-merge", operator=clerk, now=at)
        cases.decide(
            number=case.number,
            version=case.version,
            decision=Decision.AGREE,
            operator=desk,
            now=at + timedelta(hours=3),
        )
