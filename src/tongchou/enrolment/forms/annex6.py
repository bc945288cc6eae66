"""附件6 城乡居民基本医疗保险关系转移接续申请表 (GX2017 §16): from where, to where, what was paid; three boxes."""

from typing import Final

from reportlab.platypus import Flowable

from tongchou.cases import forms
from tongchou.cases.kinds import Filled, Form
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
    return [
        forms.pairs(
            filled,
            [
                ("姓名", subject.name if subject else ""),
                ("证件号码", filled.stood("certificate_no")),
                ("人员编号", subject.key if subject else ""),
                ("受理号", filled.number),
                ("申请日期", filled.on.isoformat() if filled.on else ""),
                ("联系电话", filled.said("new_phone") or filled.phone),
            ],
        ),
        paragraph("转移内容", HEADING),
        forms.pairs(
            filled,
            [
                ("转出地", filled.stood("from_area")),
                ("转出地经办机构", filled.stood("from_agency")),
                ("转入地", filled.said("to_area")),
                ("转入地经办机构", filled.said("to_agency")),
                ("转移原因", filled.said("reason")),
                ("接续日期", filled.said("starts_on")),
                ("已缴费年度", filled.stood("paid_years")),
                ("新住址", filled.said("new_address")),
                ("所交材料", "、".join(filled.materials)),
                ("代办人", filled.agent),
            ],
        ),
        *forms.sign_boxes(filled, DECLARATION, BOXES),
    ]


FORM: Final = Form("城乡居民基本医疗保险关系转移接续申请表", "附件6", body)
