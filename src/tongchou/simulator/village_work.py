"""Forms in the hands of a village and its town, and the classes of schools (村级收件与在校学生演示数据).

Everything about households goes through the commands, by the demo operators; students are linked in one statement.
"""

from collections.abc import Mapping
from datetime import date, datetime, timedelta
from typing import Final

from django.db import connection
from stdnum.cn import ric

from tongchou.cases import commands as cases
from tongchou.cases.commands import Application
from tongchou.cases.queries import by_number
from tongchou.cases.states import Decision
from tongchou.enrolment.registration import forwarding, households
from tongchou.enrolment.registration.kind import CODE, KIND
from tongchou.platform import queries as platform
from tongchou.platform.queries import Operator

VILLAGE_STAFF, TOWN_STAFF = "cunxieban", "zhenshenhe"
FAMILIES: Final = ("韦春兰", "黄世昌", "覃有福", "梁桂花", "莫建军", "农秀英")
FORWARDED, SIGNED = 3, 1
SCAN: Final = b"%PDF-1.4 demo scan "
_LINKS: Final = """
INSERT INTO enrolment_schoollink (person_id, school_code, school_year, class_name, guardian, guardian_phone,
                                  linked_from, end_reason)
SELECT p.id, p.unit_code, %(year)s,
       (%(year)s - 2000 - p.id %% 3)::text || '级' || (1 + p.id %% 4)::text || '班', '', '', %(since)s, ''
  FROM enrolment_person p JOIN platform_orgunit u ON u.code = p.unit_code AND u.level = 'school'
 WHERE p.died_on IS NULL AND p.merged_into_id IS NULL
ON CONFLICT DO NOTHING
"""


def lay_out(now: datetime) -> int:
    """Classes, and six families who register: on the way at the village, forwarded, one returned (建村级收件数据)."""
    link_students(now.date())
    village, town = platform.operator_by_staff_code(VILLAGE_STAFF), platform.operator_by_staff_code(TOWN_STAFF)
    if village is None or town is None:
        return 0
    numbers = [_apply(place, name, village, now) for place, name in enumerate(FAMILIES)]
    for number in numbers[: FORWARDED + SIGNED]:
        _sign(number, village, now - timedelta(hours=3))
    chosen = [(number, _version(number)) for number in numbers[:FORWARDED]]
    forwarding.forward_forms(
        unit_code=village.org_unit_id,
        chosen=chosen,
        request_id="demo",
        operator=village,
        now=now - timedelta(hours=2),
    )
    _decide(numbers[0], Decision.AGREE, "材料齐全,同意", town, now - timedelta(hours=1))
    _decide(numbers[1], Decision.RETURN, "户口簿扫描件缺户主页", town, now - timedelta(hours=1))
    return len(numbers)


def link_students(today: date) -> int:
    """Every student of a school in a class of its year (在校关系)."""
    year = today.year if today.month >= 8 else today.year - 1
    with connection.cursor() as cursor:
        cursor.execute(_LINKS, {"year": year, "since": date(year, 9, 1)})
        return int(cursor.rowcount)


def _apply(place: int, name: str, village: Operator, now: datetime) -> str:
    at = now - timedelta(days=1, hours=place)
    where = f"{platform.unit_name(village.org_unit_id, at.date())}新居{place + 1}号"
    household = households.open_household(unit_code=village.org_unit_id, hukou_address=where, operator=village, now=at)
    rows: tuple[Mapping[str, str], ...] = (
        _member(village, name, "head", date(1984, 3, 4 + place), 801 + 2 * place),
        _member(village, f"{name[0]}小雨", "child", date(2015, 6, 1 + place), 802 + 2 * place),
    )
    case = cases.accept_application(
        Application(
            kind=CODE,
            subject_key=household.number,
            values={"hukou_area": village.org_unit_id[:6], "hukou_address": where},
            rows=rows,
            received=frozenset(
                one.code for one in KIND.needed({"with_book": "yes", "on": at.date().isoformat()}, rows)
            ),
            applicant_name=name,
            applicant_phone="13900000000",
        ),
        request_id=f"demo-{place}",
        operator=village,
        now=at,
    )
    return case.number


def _member(village: Operator, name: str, relation: str, born_on: date, order: int) -> dict[str, str]:
    body = f"{village.org_unit_id[:6]}{born_on:%Y%m%d}{order:03d}"
    return {
        "name": name,
        "relation": relation,
        "certificate_type": "01",
        "certificate_no": body + ric.calc_check_digit(body + "0"),
        "ethnicity": "08",
        "phone": "13900000000",
    }


def _sign(number: str, village: Operator, at: datetime) -> None:
    found = by_number(number)
    assert found is not None
    codes = frozenset(one.code for one in found.materials.all())
    cases.verify_materials(
        number=number, version=found.version, originals=codes, copies=codes, operator=village, now=at
    )
    cases.attach(
        number=number,
        version=found.version + 1,
        name="户口簿.pdf",
        data=SCAN + number.encode() + b" %%EOF",
        material_code="household_book",
        operator=village,
        now=at,
    )
    _decide(number, Decision.AGREE, "情况属实,已加盖村委会公章", village, at)


def _decide(number: str, decision: Decision, opinion: str, operator: Operator, at: datetime) -> None:
    cases.decide(number=number, version=_version(number), decision=decision, opinion=opinion, operator=operator, now=at)


def _version(number: str) -> int:
    found = by_number(number)
    assert found is not None
    return int(found.version)
