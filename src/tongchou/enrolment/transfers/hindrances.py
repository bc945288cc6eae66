"""什么时候不能转移 (GX2017 §16; ENR-26, ENR-34): what stands against a transfer, asked of the chapters above.

A stay stands against it everywhere: its bill is settled where the person was admitted. From home an unpaid year and a
case under way stand against it too, for there is no clerk to ask (decision 0358).
"""

from collections.abc import Callable
from datetime import date
from typing import Final

from tongchou.cases import queries as cases
from tongchou.cases.kinds import kind_of
from tongchou.enrolment.models import Person
from tongchou.kernel.errors import DomainError

IN_HOSPITAL: Final = "stay"
OWING: Final = "owing"


class InHospitalNow(DomainError):
    code = "EN-5201"
    message = "{what},出院结算后再转移"
    citation = "GX2017 §16"


class NotPaidYet(DomainError):
    code = "EN-5202"
    message = "{what},请先缴费,或者带证件到窗口说明"
    citation = "GX2017 §22"


class CaseUnderWay(DomainError):
    code = "EN-5203"
    message = "“{title}”(受理号{number})还没有办结,办结后再申请转移"
    citation = "GX2017 §16"


Source = Callable[[int, date], str]
"""What stands against it for a person on a day, in words; empty for nothing."""

_SOURCES: dict[str, list[Source]] = {IN_HOSPITAL: [], OWING: []}


def register(kind: str, source: Source) -> None:
    """Tell what stands against a transfer, from `AppConfig.ready` of the chapter that knows it."""
    if source not in _SOURCES[kind]:
        _SOURCES[kind].append(source)


def check(person_id: int, on: date) -> None:
    """住院 hinders at the counter too. Raises: InHospitalNow."""
    for source in _SOURCES[IN_HOSPITAL]:
        if said := source(person_id, on):
            raise InHospitalNow(what=said)


def check_from_home(person: Person, on: date) -> None:
    """What hinders where no clerk is asked (自助申请). Raises: InHospitalNow, CaseUnderWay, NotPaidYet."""
    check(person.pk, on)
    for case in cases.open_cases_of(person.person_no):
        raise CaseUnderWay(title=kind_of(case.kind).title, number=case.number)
    for source in _SOURCES[OWING]:
        if said := source(person.pk, on):
            raise NotPaidYet(what=said)
