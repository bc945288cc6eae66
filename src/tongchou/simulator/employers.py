"""Employers of the invented city and the people who work for them (用人单位演示数据), in every county.

A few of their people left some months ago and pay for themselves since, or not at all: whom programmes are made for.
"""

from collections import defaultdict
from datetime import date, datetime, timedelta
from typing import Any, Final

from django.apps import apps

from tongchou.enrolment.states import Scheme
from tongchou.kernel.months import add_months, first_of_month
from tongchou.platform import queries as platform
from tongchou.platform.states import UnitLevel
from tongchou.simulator.plan import AREA
from tongchou.simulator.small_registers import insert

KINDS: Final = (("机械厂", "覃国强"), ("糖业有限公司", "陆明"), ("建筑工程公司", "黄海涛"))
MEMBERS: Final = 120
"""Members of the employers of a county together, at most."""

WAGES: Final = (380_000, 455_000, 520_000, 615_050, 740_000)
"""Monthly contribution wages in fen."""

LEFT: Final = 2
"""So many of the people of each county left their employer."""

LEFT_MONTHS_AGO: Final = 5
WORKED_MONTHS: Final = 14


def lay_out(staff_code: str, now: datetime) -> int:
    """Employers with the employees of their county, whose wages stand since the year began. Returns how many."""
    since, left = date(now.year, 1, 1), add_months(first_of_month(now.date()), -LEFT_MONTHS_AGO)
    counties = _counties(now)
    people = {county: found for county in counties if (found := _employees(county, since))}
    made = insert("enrolment.Employer", _employers({county: counties[county] for county in people}, now))
    known = apps.get_model("enrolment.Employer").objects.filter(pooling_area_id=AREA).order_by("code")
    of_county = defaultdict(list)
    for key, unit in known.values_list("pk", "unit_code"):
        of_county[unit].append(key)
    common = {"staff_code": staff_code, "recorded_at": now - timedelta(days=100)}
    insert(
        "enrolment.EmployerMember",
        (
            _member(place, one, ids[place % len(ids)], since, left) | common
            for county, ids in of_county.items()
            for place, one in enumerate(people[county])
        ),
    )
    return made


def _counties(now: datetime) -> dict[str, str]:
    """Counties by code with their plain names."""
    found = platform.units_below(AREA, now.date(), [UnitLevel.COUNTY])
    names = platform.unit_names_of([one.code for one in found])
    return {one.code: names[one.code].removesuffix("医疗保障服务中心") for one in found}


def _employees(county: str, since: date) -> list[tuple[int, str]]:
    """Person and category of some employees of a county, those at work first."""
    found = apps.get_model("enrolment.Enrolment").objects.filter(
        scheme=Scheme.EMPLOYEE, enrolled_until=None, enrolled_from__lte=since, unit_code__startswith=county
    )
    some = found.order_by("person_id").values_list("person_id", "category")[:MEMBERS]
    return sorted(some, key=lambda one: one[1] == "retired")


def _employers(counties: dict[str, str], now: datetime) -> list[dict[str, Any]]:
    told = [(county, name, *kind) for county, name in counties.items() for kind in KINDS]
    return [
        {
            "pooling_area_id": AREA,
            "unit_code": county,
            "code": f"U{number:04d}",
            "name": f"{name}{kind}(示例)",
            "legal_person": legal_person,
            "contact": "单位经办",
            "phone": "0771-0000000",
            "bank_name": "桂宁农商银行(示例)",
            "account_no": f"2001{number:04d}000000",
            "registered_on": add_months(first_of_month(now.date()), -LEFT_MONTHS_AGO - WORKED_MONTHS),
            "created_at": now - timedelta(days=420),
        }
        for number, (county, name, kind, legal_person) in enumerate(told, 1)
    ]


def _member(place: int, one: tuple[int, str], employer_id: int, since: date, left: date) -> dict[str, Any]:
    person_id, category = one
    retired, gone = category == "retired", place < LEFT and category != "retired"
    return {
        "employer_id": employer_id,
        "person_id": person_id,
        "category": "retired" if retired else "working",
        "wage_base_fen": 0 if retired else WAGES[place % len(WAGES)],
        "month_from": add_months(left, -WORKED_MONTHS) if gone else since,
        "month_until": left if gone else None,
        "reason": "解除劳动合同" if gone else "",
    }
