"""自助转移 (ENR-34; GX2017 §16): a resident asks for the move from home, by the counter's own item and checks.

The case has no clerk (decision 0283); it waits for its papers, photographs of which come along at once.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from tongchou.cases import commands as cases
from tongchou.cases import queries as case_queries
from tongchou.cases.commands import Application
from tongchou.enrolment.models import Person
from tongchou.enrolment.registration.own import Scan
from tongchou.enrolment.transfers import hindrances
from tongchou.enrolment.transfers.case import TO_AREA


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """转移申请 as a resident fills it (附件6). `to_agency` only for an area outside this house."""

    to_area: str
    to_agency: str = ""
    reason: str
    starts_on: date
    phone: str = ""
    new_address: str = ""


def ask_transfer(
    *, person_id: int, asked: Asked, scans: Sequence[Scan], agent_name: str, request_id: str, now: datetime, today: date
) -> Any:
    """自助申请转移: the same case as at the counter, with the scans. Repeating a request_id gives the first case.

    Raises: InHospitalNow, CaseUnderWay, NotPaidYet, what the item's check refuses, what `check_file` refuses.
    """
    person = Person.objects.get(pk=person_id)
    earlier = case_queries.answered_from_home(request_id)
    if earlier is not None:
        return earlier
    hindrances.check_from_home(person, today)
    for one in scans:
        cases.check_file(one.name, one.data)
    values = {
        "to_area": asked.to_area.strip(),
        "to_agency": asked.to_agency.strip(),
        "reason": asked.reason,
        "starts_on": asked.starts_on.isoformat(),
        "new_phone": asked.phone.strip(),
        "new_address": asked.new_address.strip(),
    }
    case = cases.accept_application(
        Application(
            kind=TO_AREA.code,
            subject_key=person.person_no,
            values={name: value for name, value in values.items() if value},
            applicant_name=person.name,
            applicant_phone=asked.phone.strip() or person.phone,
            agent_name=agent_name,
        ),
        request_id=request_id,
        operator=None,
        now=now,
    )
    for one in scans:
        cases.attach_own(number=case.number, name=one.name, data=one.data, material_code=one.material, now=now)
    return case
