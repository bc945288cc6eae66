"""A small invented city for tests of pages (示例城市): a few people, two hospitals, some bills; the same every time."""

from datetime import UTC, date, datetime
from typing import Any

from tongchou.fund import chart
from tongchou.fund import commands as fund
from tongchou.fund.rules import EntryDraft
from tongchou.fund.states import VoucherKind
from tongchou.kernel.money import Money
from tongchou.platform.commands.demo import ensure_demo_operators
from tongchou.platform.commands.organisation import open_org_unit, open_pooling_area
from tongchou.platform.demo_operators import DEMO_PASSWORD
from tongchou.platform.models import Operator
from tongchou.platform.states import UnitLevel

AREA = "450100"
OPENED = date(2017, 1, 1)
NOW = datetime(2018, 5, 16, 2, 30, tzinfo=UTC)
PASSWORD = DEMO_PASSWORD

_UNITS = (
    ("450000", "广西壮族自治区医疗保障事业管理中心(示例)", UnitLevel.PROVINCE, None, None),
    (AREA, "桂宁市医疗保障事业管理中心", UnitLevel.CITY, "450000", AREA),
    ("450151", "桂东区医疗保障服务中心", UnitLevel.COUNTY, AREA, AREA),
    ("450152", "安河县医疗保障服务中心", UnitLevel.COUNTY, AREA, AREA),
    ("450151101", "云水镇医保服务所", UnitLevel.TOWN, "450151", AREA),
    ("450151101201", "上莲村委会", UnitLevel.VILLAGE, "450151101", AREA),
    ("450152101", "石湾镇医保服务所", UnitLevel.TOWN, "450152", AREA),
    ("450152101201", "下竹村委会", UnitLevel.VILLAGE, "450152101", AREA),
)


def make_agencies() -> list[Operator]:
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
        UnitLevel.COUNTY: "450151",
        UnitLevel.TOWN: "450151101",
    }
    return ensure_demo_operators(units=units, active_from=OPENED, now=NOW)


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
