"""A small invented city for tests of pages (示例城市): an agency tree with staff, two hospitals, a family, some bills.

Amounts follow the test set of the benefit rules, so that the acceptance examples can be read off the pages.
"""

from dataclasses import dataclass
from datetime import UTC, date, datetime
from typing import Any

from django.apps import apps
from stdnum.cn import ric

from tongchou.fund import chart
from tongchou.fund import commands as fund
from tongchou.fund.rules import EntryDraft
from tongchou.fund.states import VoucherKind
from tongchou.kernel.money import Money
from tongchou.platform.commands import ensure_demo_operators, open_org_unit, open_pooling_area
from tongchou.platform.demo_operators import DEMO_PASSWORD
from tongchou.platform.states import UnitLevel
from tongchou.settlement.tests import world

AREA = world.AREA
COUNTY, OTHER_COUNTY, VILLAGE, OTHER_VILLAGE = world.UNIT, "450103", "450102101201", "450103101201"
OPENED = date(2016, 1, 1)
NOW = datetime(2018, 5, 16, 2, 30, tzinfo=UTC)
PASSWORD = DEMO_PASSWORD
CARD = "A00000001"

_UNITS = (
    ("450000", "自治区医疗保障事业管理中心(示例)", UnitLevel.PROVINCE, None, None),
    (AREA, "桂宁市医疗保障事业管理中心", UnitLevel.CITY, "450000", AREA),
    (COUNTY, "安河县医疗保障服务中心", UnitLevel.COUNTY, AREA, AREA),
    (OTHER_COUNTY, "龙岭县医疗保障服务中心", UnitLevel.COUNTY, AREA, AREA),
    ("450102101", "云水镇医保服务所", UnitLevel.TOWN, COUNTY, AREA),
    (VILLAGE, "上莲村委会", UnitLevel.VILLAGE, "450102101", AREA),
    ("450103101", "石湾镇医保服务所", UnitLevel.TOWN, OTHER_COUNTY, AREA),
    (OTHER_VILLAGE, "下竹村委会", UnitLevel.VILLAGE, "450103101", AREA),
)
_HOSPITALS = (
    (world.HOSPITAL, "安河县人民医院", "2", COUNTY),
    (world.TEACHING, "桂宁市第一人民医院", "3", COUNTY),
    (world.CLINIC, "云水镇卫生院", "1", COUNTY),
)


@dataclass(frozen=True, slots=True)
class City:
    """What tests ask for by name."""

    person_no: str
    certificate_no: str
    stay: str
    """The settlement of the stay: 10,000.00 of which the pool pays 6,225.00 (BEN-15, SET-01)."""
    visit: str
    neighbour_no: str
    neighbour_bill: str
    encounter: str
    """The stay itself."""


def make() -> City:
    """The whole city (示例城市)."""
    make_agencies()
    make_hospitals()
    make_books()
    zhang = _person("张三丰", "zsf", VILLAGE, CARD)
    li = _person("李小龙", "lxl", OTHER_VILLAGE, "A00000002")
    stay, settled = world.settled_visit(
        zhang,
        [*world.classes(a="6000", b="3000", c="900"), world.Line(over=10_000)],
        "2018-04-10",
        kind="inpatient",
        until="2018-04-20",
        diagnosis="高血压3级(极高危)",
        diagnosis_code="I10.x05",
        department="心血管内科",
        physician="吴医生",
        chart_no="ZY20180410",
    )
    _, outpatient = world.settled_visit(
        zhang, world.classes(a="80", b="20"), "2018-05-16", institution=world.CLINIC, diagnosis="急性上呼吸道感染"
    )
    _, neighbours = world.settled_visit(li, world.classes(a="50"), "2018-05-15", institution=world.TEACHING)
    certificate_no = apps.get_model("enrolment", "Person").objects.get(pk=zhang.id).certificate_no
    return City(
        zhang.number,
        certificate_no,
        _number(settled.settlement_id),
        _number(outpatient.settlement_id),
        li.number,
        _number(neighbours.settlement_id),
        _number(stay.id),
    )


def _number(of_area: int | None) -> str:
    return f"{AREA}{of_area:015d}"


def make_agencies() -> None:
    """The agency tree and the demo operators (机构与人员)."""
    open_pooling_area(code=AREA, name="桂宁市", level=UnitLevel.CITY, valid_from=OPENED, now=NOW)
    for code, name, level, parent, area in _UNITS:
        open_org_unit(
            code=code,
            name=name,
            level=level,
            parent_code=parent,
            pooling_area=area,
            valid_from=OPENED,
            by=None,
            now=NOW,
        )
    units = {
        UnitLevel.PROVINCE: "450000",
        UnitLevel.CITY: AREA,
        UnitLevel.COUNTY: COUNTY,
        UnitLevel.TOWN: "450102101",
        UnitLevel.VILLAGE: VILLAGE,
    }
    ensure_demo_operators(units=units, active_from=OPENED, now=NOW)


def make_hospitals() -> None:
    """Three hospitals of three levels with agreements (定点机构)."""
    for code, name, level, unit in _HOSPITALS:
        institution = apps.get_model("institutions", "Institution").objects.create(
            code=code,
            name=name,
            kind="1",
            type="hospital",
            pooling_area_id=AREA,
            unit_code=unit,
            created_at=NOW,
        )
        apps.get_model("institutions", "InstitutionLevel").objects.create(
            institution=institution, level=level, grade="甲等", valid_from=OPENED
        )
        apps.get_model("institutions", "Agreement").objects.create(
            institution=institution,
            number=f"协议{code}",
            schemes=["resident", "employee"],
            care_kinds=["outpatient", "inpatient", "chronic"],
            signed_on=OPENED,
            valid_from=OPENED,
            valid_until=date(2030, 1, 1),
        )


def _person(name: str, initials: str, unit: str, card: str) -> world.Person:
    """Somebody enrolled and covered, with a usable card."""
    made = world.person()
    body = f"45010219800520{made.id % 1000:03d}"
    apps.get_model("enrolment", "Person").objects.filter(pk=made.id).update(
        name=name, name_initials=initials, unit_code=unit, certificate_no=body + ric.calc_check_digit(body + "0")
    )
    apps.get_model("enrolment", "Enrolment").objects.filter(person=made.id).update(unit_code=unit)
    apps.get_model("enrolment", "SocialSecurityCard").objects.create(
        person_id=made.id, number=card, status="active", issued_on=OPENED
    )
    return made


def make_books() -> None:
    """The residents' books of two months with a few vouchers, one of them reversed (账簿)."""
    fund.ensure_chart(pooling_area=AREA, scheme="resident")
    fund.open_period(pooling_area=AREA, scheme="resident", month=date(2018, 4, 1))
    fund.open_period(pooling_area=AREA, scheme="resident", month=date(2018, 5, 1))
    _post("税务缴款 2018-04", date(2018, 4, 12), "收到个人缴费", "180000.00", ("1003", "4001"))
    _post("财政拨款通知 桂财社〔2018〕31号", date(2018, 4, 20), "收到财政补助", "490000.00", ("1003", "4101"))
    wrong = _post("税务缴款 2018-05", date(2018, 5, 8), "收到个人缴费", "3600.00", ("1003", "4001"))
    fund.reverse_voucher(
        number=wrong.number, dated_on=date(2018, 5, 9), reason="金额录入有误", operator="kuaiji", now=NOW
    )


def _post(document: str, on: date, summary: str, yuan: str, accounts: tuple[str, str]) -> Any:
    debit, credit = (_postable(code) for code in accounts)
    amount = Money.yuan(yuan)
    return fund.post_voucher(
        pooling_area=AREA,
        scheme="resident",
        kind=VoucherKind.RECEIPT,
        dated_on=on,
        summary=summary,
        source_document=document,
        entries=[EntryDraft(debit, debit=amount), EntryDraft(credit, credit=amount)],
        operator="kuaiji",
        now=NOW,
    )


def _postable(code: str) -> str:
    """The account, or its first sub-account that takes entries."""
    return next(one.code for one in chart.subjects("resident") if one.code.startswith(code) and one.postable)
