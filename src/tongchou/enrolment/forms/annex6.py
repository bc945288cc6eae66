"""附件6 城乡居民基本医疗保险关系转移接续申请表 (GX2017 §16): from where, to where, what was paid; three boxes."""

from dataclasses import replace
from datetime import date
from typing import Final

from django.utils import timezone
from reportlab.platypus import Flowable

from tongchou.cases import forms
from tongchou.cases.kinds import Filled, Form, Opinion
from tongchou.enrolment.models import Transfer
from tongchou.enrolment.transfers import queries as transfers
from tongchou.enrolment.transfers.states import DocumentKind, TransferState
from tongchou.platform import divisions
from tongchou.platform import queries as platform
from tongchou.platform.web.paper import HEADING, paragraph

BOXES: Final = (
    ("accept", "乡镇(街道)服务机构受理意见"),
    ("review", "转出地经办机构意见"),
    ("register_in", "转入地经办机构意见"),
)
DECLARATION: Final = "本人申请按上列内容转移接续城乡居民基本医疗保险关系,对所填内容和所交材料的真实性负责。"


def body(filled: Filled) -> list[Flowable]:
    """The sheet (F-06): who, the area left and the area joined, years paid for, the new address."""
    subject = filled.subject
    made = transfers.of_case(filled.number)
    return [
        forms.pairs(
            filled,
            [
                ("姓名", subject.name if subject else ""),
                ("证件号码", filled.stood("certificate_no")),
                ("人员编号", subject.key if subject else ""),
                ("社会保障卡号", filled.stood("card_no")),
                ("受理号", filled.number),
                ("申请日期", filled.on.isoformat() if filled.on else ""),
                ("联系电话", filled.said("new_phone") or filled.phone),
            ],
        ),
        paragraph("转移内容", HEADING),
        forms.pairs(
            filled,
            [
                ("转出地", _area(filled.stood("from_area"), filled.on)),
                ("转出地经办机构", filled.stood("from_agency")),
                ("转入地", _area(filled.values.get("to_area", ""), filled.on)),
                ("转入地经办机构", made.to_agency if made else filled.said("to_agency") or _agency(filled)),
                ("转移原因", filled.said("reason")),
                ("接续日期", filled.said("starts_on")),
                ("已缴费年度", filled.stood("paid_years")),
                ("本年度已享受待遇", filled.stood("used")),
                ("在办备案", filled.stood("filings")),
                ("新住址", filled.said("new_address")),
                ("所交材料", "、".join(filled.materials)),
                ("代办人", filled.agent),
                *_became(made),
            ],
        ),
        *forms.sign_boxes(_with_joined(filled, made), DECLARATION, BOXES),
    ]


def _area(code: str, on: date | None) -> str:
    """An area with its name: that of this house, else that of the country's list."""
    ours = {area.code: area.name for area in platform.pooling_areas(on)} if code and on else {}
    country = divisions.division(code)
    return f"{ours.get(code) or (country.whole_name if country else '')} {code}".strip()


def _agency(filled: Filled) -> str:
    """转入地经办机构 of an area of this house, which the applicant need not write."""
    area = filled.values.get("to_area", "")
    return platform.unit_name(area, filled.on) if area and filled.on and platform.area_of_unit(area) else ""


def _became(made: Transfer | None) -> list[tuple[str, str]]:
    """What became of the application: the transfer and its state, the place joined."""
    if made is None:
        return []
    joined = platform.unit_name(made.to_unit, _ended(made)) if made.to_unit else ""
    return [("转移编号", f"{made.number}({made.get_state_display()})"), ("转入后参保单位", joined)]


def _with_joined(filled: Filled, made: Transfer | None) -> Filled:
    """转入地经办机构意见: the area joined says it by its own step of the transfer, not by a step of the case."""
    if made is None or made.ended_at is None or made.state == TransferState.WITHDRAWN:
        return filled
    agreed = made.state == TransferState.IN_DONE
    proof = next((one for one in made.documents.all() if one.kind == DocumentKind.PROOF), None)
    said = Opinion(
        step="register_in",
        label="转入",
        operator=proof.acknowledged_by if proof else "",
        unit=made.to_agency,
        on=_ended(made),
        opinion=f"自{made.starts_on}起接续参保关系" if agreed else made.end_reason,
        agreed=agreed,
    )
    return replace(filled, opinions=(*filled.opinions, said))


def _ended(made: Transfer) -> date:
    return timezone.localdate(made.ended_at or made.made_at)


FORM: Final = Form("城乡居民基本医疗保险关系转移接续申请表", "附件6", body)
