"""附件3 城乡居民基本医疗保险补(换)证申请表 (GX2017 §13): loss or replacement, why, since when, who fetches the card."""

from typing import Final

from reportlab.platypus import Flowable

from tongchou.cases import forms
from tongchou.cases.kinds import Filled, Form
from tongchou.enrolment import parameters
from tongchou.enrolment.credentials.queries import ordered_by
from tongchou.enrolment.credentials.states import ReplacementReason
from tongchou.platform.web.paper import HEADING, paragraph

BUSINESS: Final = (("loss", "挂失"), ("replacement", "补(换)证"))
BOXES: Final = (("accept", "乡镇(街道)服务机构受理意见"), ("review", "县级经办机构审核意见"))
DECLARATION: Final = "本人对所填内容的真实性负责。挂失自申报时起生效;新卡发放后旧卡停用。"
RECEIPT: Final = (("领取人签名", ""), ("领取日期", ""), ("领取人证件号码", ""), ("发卡人", ""))


def body(filled: Filled) -> list[Flowable]:
    """The sheet (F-03): who, loss or replacement and why, the new card, the receipt to be signed, two boxes."""
    subject = filled.subject
    return [
        forms.pairs(
            filled,
            [
                ("姓名", subject.name if subject else ""),
                ("证件号码", filled.stood("certificate_no")),
                ("人员编号", subject.key if subject else ""),
                ("原卡号", filled.stood("old_card")),
                ("受理号", filled.number),
                ("申请日期", filled.on.isoformat() if filled.on else ""),
            ],
        ),
        paragraph("申请事项", HEADING),
        forms.pairs(
            filled,
            [
                ("办理事项", forms.ticks(BUSINESS, "replacement" if subject else "")),
                ("原因", forms.ticks(ReplacementReason.choices, filled.values.get("reason", ""))),
                ("遗失时间", f"{filled.said('lost_on')} {filled.said('lost_time')}".strip()),
                ("联系电话", filled.phone),
                ("异地就医登记号", filled.said("away_filing")),
                ("委托领取人", filled.said("collector")),
                ("工本费(元)", "0.00" if subject else ""),
                ("预计领卡日期", _pick_up(filled)),
            ],
        ),
        paragraph("领卡签收", HEADING),
        forms.pairs(filled, [("新卡号", _new_card(filled)), *RECEIPT]),
        *forms.sign_boxes(filled, DECLARATION, BOXES),
    ]


def _new_card(filled: Filled) -> str:
    """The card that this application ordered; empty until it is decided."""
    if filled.subject is None or not filled.number:
        return ""
    return ordered_by(filled.subject.key, filled.number)


def _pick_up(filled: Filled) -> str:
    """`card.make_days` from the day of application; empty on a blank form."""
    if filled.subject is None or filled.on is None:
        return ""
    return parameters.pick_up_day(filled.subject.pooling_area, filled.on).isoformat()


FORM: Final = Form("城乡居民基本医疗保险补(换)证申请表", "附件3", body)
