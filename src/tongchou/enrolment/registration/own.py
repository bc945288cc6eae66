"""自助参保登记 (JL2019 §4, 7; ENR-34): a resident registers the household's people from home, as the counter would.

The same form, the same checks, the same path. The case waits for its papers; scans come along at once.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from tongchou.cases import commands as cases
from tongchou.cases.commands import Application
from tongchou.cases.kinds import Values
from tongchou.enrolment.models import Person
from tongchou.enrolment.registration.kind import CODE
from tongchou.enrolment.states import CertificateType
from tongchou.kernel.errors import DomainError

FROM_HOME: Final = (CertificateType.CITIZEN_ID, CertificateType.BIRTH_CERTIFICATE)
"""Papers that can be checked from home; whoever has others goes to the counter (GX2017 §10)."""


class NoHousehold(DomainError):
    code = "EN-5113"
    message = "您还没有登记在任何一户,请先到村(居)委会或乡镇(街道)立户"
    citation = "GX2017 §6"


class PapersAtCounter(DomainError):
    code = "EN-5114"
    message = "持{kind}参保登记的,请到窗口办理"
    citation = "GX2017 §10"


@dataclass(frozen=True, slots=True)
class Scan:
    """A photographed paper (扫描件): which paper, the file's name, its bytes."""

    material: str
    name: str
    data: bytes


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """Whom the resident registers (自助登记申请): a row of 附件1; empty `row` is the resident in person."""

    hukou_area: str
    row: Values
    phone: str = ""


def ask_registration(
    *, person_id: int, asked: Asked, scans: Sequence[Scan], agent_name: str, request_id: str, now: datetime
) -> Any:
    """自助参保登记: a case of the household, with the scans. Repeating a request_id gives the first case.

    Files are looked at before the case is made, so that a bad one leaves nothing behind.
    Raises: NoHousehold, PapersAtCounter, what `accept_application` and `attach_own` raise.
    """
    person = Person.objects.select_related("household").get(pk=person_id)
    household = person.household
    if household is None:
        raise NoHousehold
    row = dict(asked.row) or own_row(person)
    kind = CertificateType(row["certificate_type"])
    if kind not in FROM_HOME:
        raise PapersAtCounter(kind=kind.label)
    for one in scans:
        cases.check_file(one.name, one.data)
    values = {
        "hukou_area": asked.hukou_area.strip(),
        "hukou_address": household.hukou_address or household.address,
        "address": household.address,
    }
    case = cases.accept_application(
        Application(
            kind=CODE,
            subject_key=f"{household.pooling_area_id}/{household.number}",
            values={name: value for name, value in values.items() if value},
            applicant_name=person.name,
            applicant_phone=asked.phone or person.phone,
            agent_name=agent_name,
            rows=({name: value for name, value in row.items() if value},),
        ),
        request_id=request_id,
        operator=None,
        now=now,
    )
    for one in scans:
        cases.attach_own(number=case.number, name=one.name, data=one.data, material_code=one.material, now=now)
    return case


def own_row(person: Person) -> dict[str, str]:
    """The resident's own row, as registered (本人)."""
    return {
        "name": person.name,
        "relation": person.household_relation,
        "certificate_type": person.certificate_type,
        "certificate_no": person.certificate_no,
        "sex": person.sex,
        "born_on": person.born_on.isoformat(),
        "ethnicity": person.ethnicity,
        "phone": person.phone,
        "address": person.address,
    }
