"""缴费差错退费申请表 (GX2017 §28; CON-22): whose payment, which error, to which account, and the two opinions."""

from typing import Final

from reportlab.platypus import Flowable

from tongchou.cases import forms
from tongchou.cases.kinds import Filled, Form
from tongchou.contributions.refunds.states import ASKED_AT_COUNTER
from tongchou.platform.web.paper import HEADING, paragraph

BOXES: Final = (("accept", "经办机构受理意见"), ("review", "复核意见"), ("approval", "审批意见"))
DECLARATION: Final = (
    "本人知悉:一次性缴纳的医保费不予退还,只更正经办差错;款项退回原缴费账户,不退现金。"
    "本人对所填内容和所交材料的真实性负责。"
)


def body(filled: Filled) -> list[Flowable]:
    """The sheet: the person, the ground ticked, what happened, the account, three boxes."""
    subject = filled.subject
    grounds = [(one.value, one.label) for one in ASKED_AT_COUNTER]
    return [
        forms.pairs(
            filled,
            [
                ("参保人", subject.name if subject else ""),
                ("人员编号", subject.key if subject else ""),
                ("申请人", filled.applicant),
                ("联系电话", filled.phone),
                ("保险年度", filled.said("benefit_year")),
                ("申请日期", filled.on.isoformat() if filled.on else ""),
                ("受理号", filled.number),
                ("代办人", filled.agent),
            ],
        ),
        paragraph("退费理由", HEADING),
        paragraph(forms.ticks(grounds, filled.values.get("ground", ""))),
        forms.table(filled, ("情况说明",), [(filled.said("reason"),)] if subject else [], (1.0,), blank=3),
        paragraph("收款账户(查不到原缴费账户时填写)", HEADING),
        forms.pairs(
            filled,
            [
                ("收款户名", filled.said("holder_name")),
                ("收款账号", filled.said("account_no")),
                ("开户银行", filled.said("bank_name")),
                ("所交材料", "、".join(filled.materials)),
            ],
        ),
        *forms.sign_boxes(filled, DECLARATION, BOXES),
    ]


FORM: Final = Form("城乡居民基本医疗保险缴费差错退费申请表", "申请表", body)
