"""Whoever was registered twice in the invented city (重复登记演示数据): listed, merged, and one merge taken back.

Everything goes through the commands of enrolment and cases, by the demo operators.
"""

import contextlib
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import islice
from typing import Final

from django.utils import timezone

from tongchou.cases import commands as cases
from tongchou.cases.commands import Application, reassigning
from tongchou.cases.states import Decision
from tongchou.enrolment import commands, duplicates
from tongchou.enrolment import queries as enrolment
from tongchou.enrolment.commands import Registration
from tongchou.enrolment.states import CertificateType, Sex
from tongchou.kernel.errors import DomainError
from tongchou.platform import queries as platform
from tongchou.settlement import queries as settlement
from tongchou.simulator.paperwork import CLERK

DESK, APPROVER = "daiyu", "fuhe"
NUMBER: Final = "BY450102201700{place:04d}"
KNOWN: Final = 400
TWICE: Final = 5
"""So many persons are registered twice: the merge of the first waits for its approval, the second pair for a clerk, the
third merge was given to the clerk by name; the others are merged, and the last of them were two persons after all, and
are split again."""

WAITS, UNTOUCHED, GIVEN = 0, 1, 2
CITY_CLERK, LEADER = "zhengjiao", "lingdao"


def lay_out(now: datetime) -> int:
    """Second records under another paper, found and partly on their way (建重复登记数据)."""
    people = [platform.operator_by_staff_code(code) for code in (CLERK, DESK, APPROVER)]
    clerk, desk, approver = people
    if clerk is None or desk is None or approver is None:
        return 0
    made = [
        pair
        for place, person_id in enumerate(islice(_served(clerk, now), TWICE))
        if (pair := _register_again(place, person_id, desk, now - timedelta(days=40))) is not None
    ]
    duplicates.find(now)
    case = _Counter(clerk, desk, approver)
    for place, (kept, other) in enumerate(made):
        if place == UNTOUCHED:
            continue
        at = now - timedelta(days=2 if place == WAITS else 20 - place)
        with contextlib.suppress(DomainError):  # a visit of either is not settled yet
            if place == GIVEN:
                _give(kept, other, at)
                continue
            case.decided("merge_persons", kept, _MERGED | {"other": other}, at, by=1 if place == WAITS else 2)
            if place == TWICE - 1:
                case.decided("split_person", kept, _SPLIT | {"record": other}, at + timedelta(days=6), by=2)
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


_MERGED: Final = {"reason": "入学时用旧证件重复登记", "evidence_no": "云水镇户籍证明〔2018〕17号"}
_SPLIT: Final = {"reason": "系同名同日出生的两人,误作重复登记", "evidence_no": "安公证〔2018〕6号"}


def _application(kind: str, kept: str, values: dict[str, str]) -> Application:
    return Application(
        kind=kind,
        subject_key=kept,
        values=values,
        received=frozenset({"identity", "proof"}),
        applicant_name="韦小妹",
    )


def _give(kept: str, other: str, at: datetime) -> None:
    """转交: a merge that the city's counter took; the leader gives its review to the county's clerk by name."""
    taken, leader = platform.operator_by_staff_code(CITY_CLERK), platform.operator_by_staff_code(LEADER)
    if taken is None or leader is None:
        return
    application = _application("merge_persons", kept, _MERGED | {"other": other})
    case = cases.accept_application(application, request_id=f"demo-given-{kept}", operator=taken, now=at)
    reassigning.reassign_case(
        number=case.number,
        version=case.version,
        to_staff_code=CLERK,
        reason="待遇岗外出培训",
        operator=leader,
        now=at + timedelta(hours=1),
    )


@dataclass(frozen=True, slots=True)
class _Counter:
    """The three who carry a merge: accepted, reviewed, approved."""

    clerk: platform.Operator
    desk: platform.Operator
    approver: platform.Operator

    def decided(self, kind: str, kept: str, values: dict[str, str], at: datetime, *, by: int) -> None:
        """The case, agreed to by the first `by` of the two. Raises: what the counter refuses."""
        application = _application(kind, kept, values)
        case = cases.accept_application(application, request_id=f"demo-{kind}-{kept}", operator=self.clerk, now=at)
        for hours, decider in enumerate((self.desk, self.approver)[:by], 1):
            case = cases.decide(
                number=case.number,
                version=case.version,
                decision=Decision.AGREE,
                operator=decider,
                now=at + timedelta(hours=3 * hours),
            )
