"""Applications at the counter of the invented city (业务件演示数据): decided, waiting, overdue, unfinished.

Everything goes through the commands of cases, by the demo operators, so nothing here can be what life would refuse.
"""

import contextlib
from datetime import datetime, timedelta
from typing import Any, Final

from django.utils import timezone

from tongchou.cases import commands
from tongchou.cases.commands import Application
from tongchou.cases.states import Decision
from tongchou.enrolment import queries as enrolment
from tongchou.kernel.errors import DomainError
from tongchou.platform import queries as platform
from tongchou.simulator.paperwork import CLERK, persons_served

REVIEWER: Final = "fuhe"
ITEM: Final = "change_particulars"
APPLICATIONS: Final = 36
EVERY: Final = timedelta(days=2)
DECIDED_AFTER: Final = timedelta(days=4)
PENDING: Final = 9
"""So many of the latest are not decided yet; one in twelve of the others is forgotten, and overdue."""
FORGOTTEN: Final = 12
LACKS_PAPERS: Final = 4
REFUSED: Final = 7


def lay_out(now: datetime) -> int:
    """Applications of the last months, the latest still open, and a form left unfinished (建业务件数据)."""
    clerk, reviewer = platform.operator_by_staff_code(CLERK), platform.operator_by_staff_code(REVIEWER)
    if clerk is None or reviewer is None:
        return 0
    persons = persons_served(clerk, now)[:APPLICATIONS]
    made = 0
    for place, person_id in enumerate(persons):
        with contextlib.suppress(DomainError):  # whoever may not change anything applies for nothing
            _apply(place, person_id, clerk, reviewer, now)
            made += 1
    if len(persons) > PENDING:  # somebody whose earlier application is decided
        _leave_unfinished(persons[PENDING], clerk, now)
    return made


def _apply(place: int, person_id: int, clerk: Any, reviewer: Any, now: datetime) -> None:
    at = now - EVERY * (place + 1)
    facts = enrolment.facts(person_id, timezone.localdate(at))
    if facts is None:
        return
    lacks = place % LACKS_PAPERS == LACKS_PAPERS - 1 and place < PENDING
    day = timezone.localdate(at).isoformat()
    values = {"phone": f"139{place:08d}", "effective_on": day, "reason": "更换手机号码"}
    application = Application(
        kind=ITEM,
        subject_key=facts.person_no,
        values=values | ({"hukou_area": facts.unit_code[:6]} if lacks else {}),
        received=frozenset({"form"}),
        applicant_name=facts.name,
        applicant_phone=f"139{place:08d}",
    )
    case = commands.accept_application(application, request_id=f"demo-{place}", operator=clerk, now=at)
    if place < PENDING or place % FORGOTTEN == FORGOTTEN - 1:
        return
    refuse = place % REFUSED == REFUSED - 1
    case = commands.decide(
        number=case.number,
        version=case.version,
        decision=Decision.REFUSE if refuse else Decision.AGREE,
        opinion="号码登记在他人名下" if refuse else "",
        operator=reviewer,
        now=at + DECIDED_AFTER,
    )
    if place % 2:
        receiver = {"receiver": facts.name, "operator": clerk}
        commands.hand_out(number=case.number, version=case.version, now=at + DECIDED_AFTER + EVERY, **receiver)


def _leave_unfinished(person_id: int, clerk: Any, now: datetime) -> None:
    person_no = enrolment.person_no_of(person_id)
    with contextlib.suppress(DomainError):
        commands.keep_draft(
            kind_code=ITEM,
            subject_key=person_no or "",
            fields={"address": ["安河县云水镇榕湖路"], "reason": ["搬迁"]},
            version=0,
            operator=clerk,
            now=now,
        )
