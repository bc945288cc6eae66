"""缴费错记调整申请表 (CON-23): to whom a payment was booked, whose it is, and the two opinions."""

from typing import Final

from reportlab.platypus import Flowable

from tongchou.cases import forms
from tongchou.cases.kinds import Filled, Form
from tongchou.platform.web.paper import HEADING, paragraph

BOXES: Final = (("accept", "经办机构受理意见"), ("review", "复核意见"), ("approval", "审批意见"))
DECLARATION: Final = (
    "双方属同一户或同一学校,知悉调整后双方的待遇享受期按规定重新认定。本人对所填内容和所交材料的真实性负责。"
)


def body(filled: Filled) -> list[Flowable]:
    """The sheet: both persons, the year, how it came about, three boxes."""
    subject = filled.subject
    return [
        forms.pairs(
            filled,
            [
                ("错记的参保人", subject.name if subject else ""),
                ("人员编号", subject.key if subject else ""),
                ("应记入的参保人", filled.said("right_person")),
                ("保险年度", filled.said("benefit_year")),
                ("申请人", filled.applicant),
                ("联系电话", filled.phone),
                ("受理号", filled.number),
                ("申请日期", filled.on.isoformat() if filled.on else ""),
            ],
        ),
        paragraph("错记经过", HEADING),
        forms.table(filled, ("情况说明",), [(filled.said("reason"),)] if subject else [], (1.0,), blank=3),
        forms.pairs(filled, [("现记缴费", filled.stood("benefit_year")), ("所交材料", "、".join(filled.materials))]),
        *forms.sign_boxes(filled, DECLARATION, BOXES),
    ]


FORM: Final = Form("城乡居民基本医疗保险缴费错记调整申请表", "申请表", body)
