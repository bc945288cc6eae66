"""附件5 城乡居民基本医疗保险关系注销登记表 (GX2017 §15): who, why, since when, on what proof, and who applies."""

from reportlab.platypus import Flowable

from tongchou.cases import forms
from tongchou.cases.kinds import Filled, Form
from tongchou.enrolment.endings import terms
from tongchou.platform.web.paper import HEADING, paragraph

BOXES = (("accept", "社保服务机构意见"), ("review", "县级经办机构审核意见"))
DECLARATION = "本人对所填内容和所交材料的真实性负责,申请注销上列人员的城乡居民基本医疗保险关系。"


def body(filled: Filled) -> list[Flowable]:
    """The sheet (F-05): the insured person, reason and proof, the applicant, what is still open, two boxes."""
    subject = filled.subject
    return [
        paragraph("参保人", HEADING),
        forms.pairs(
            filled,
            [
                ("姓名", subject.name if subject else ""),
                ("证件号码", filled.stood("certificate_no")),
                ("人员编号", subject.key if subject else ""),
                ("受理号", filled.number),
                ("出生日期", filled.stood("born_on")),
                ("申请日期", filled.on.isoformat() if filled.on else ""),
            ],
        ),
        paragraph("注销登记", HEADING),
        paragraph(f"注销原因:{forms.ticks(terms.TERMINATION_CHOICES, filled.values.get('reason', ''))}"),
        forms.pairs(
            filled,
            [
                ("发生日期", filled.said("event_on")),
                ("证明及文号", filled.said("evidence_no")),
                ("所交材料", "、".join(filled.materials)),
                ("交回社保卡", forms.ticks(terms.YES_NO, filled.values.get("card_returned", ""))),
                ("未结事项", filled.stood("open_matters")),
                ("未结事项处理", filled.said("open_matters")),
            ],
        ),
        paragraph("申请人", HEADING),
        paragraph(f"身份:{forms.ticks(terms.APPLICANTS, filled.values.get('applicant', ''))}"),
        forms.pairs(
            filled,
            [
                ("姓名", filled.applicant),
                ("证件号码", filled.said("applicant_certificate")),
                ("与参保人关系", filled.said("applicant_relation")),
                ("联系电话", filled.phone),
                ("继承人开户行", filled.said("heir_bank")),
                ("银行账号", filled.said("heir_account")),
            ],
        ),
        *forms.sign_boxes(filled, DECLARATION, BOXES),
    ]


FORM = Form("城乡居民基本医疗保险关系注销登记表", "附件5", body)
