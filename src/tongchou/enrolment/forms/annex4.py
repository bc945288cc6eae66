"""附件4 城乡居民基本医疗保险居民信息变更表 (GX2017 §14): old and new value, reason, evidence, date."""

from typing import Final

from reportlab.platypus import Flowable

from tongchou.cases import forms
from tongchou.cases.kinds import Filled, Form
from tongchou.platform.web.paper import HEADING, paragraph

ITEMS: Final = (
    ("name", "姓名"),
    ("sex", "性别"),
    ("ethnicity", "民族"),
    ("certificate_type", "证件类型"),
    ("certificate_no", "证件号码"),
    ("born_on", "出生日期"),
    ("phone", "联系电话"),
    ("address", "居住地址"),
    ("hukou_area", "户籍所在地"),
    ("unit_code", "参保单位(村、社区)"),
    ("bank_name", "开户银行"),
    ("account_no", "银行账号(社会保障卡号)"),
    ("holder_name", "户名"),
    ("group", "特殊参保类型"),
    ("category", "人员类别"),
    ("residence_kind", "居留证件"),
    ("residence_no", "居留证件号码"),
    ("residence_last_day", "居留证件有效期至"),
)
_APART: Final = frozenset({"bank_name", "holder_name", "residence_kind", "residence_no", "residence_last_day"})
"""§14 does not name these: they stand on the sheet of whoever changes them, and on no blank one."""
BY_HAND: Final = tuple(label for name, label in ITEMS if name not in _APART)
BOXES: Final = (("accept", "村(居)委会、乡镇(街道)意见"), ("review", "县级经办机构审核意见"))
DECLARATION: Final = "本人对所填内容和所交材料的真实性负责,申请按上列内容变更登记。"


def body(filled: Filled) -> list[Flowable]:
    """The sheet (F-04): who, the items with old and new value, reason, evidence, effective date, three boxes."""
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
                ("联系电话", filled.phone),
            ],
        ),
        paragraph("变更内容", HEADING),
        forms.table(filled, ("变更项目", "变更前", "变更后"), _lines(filled), (0.22, 0.39, 0.39)),
        paragraph("变更依据", HEADING),
        forms.pairs(
            filled,
            [
                ("变更原因", filled.said("reason")),
                ("生效日期", filled.said("effective_on")),
                ("证明文号", filled.said("evidence_no")),
                ("证明材料", "、".join(filled.materials)),
                ("代办人", filled.agent),
            ],
        ),
        *forms.sign_boxes(filled, DECLARATION, BOXES),
    ]


def _lines(filled: Filled) -> list[tuple[str, str, str]]:
    """The changed items; of a blank form every item, to be filled in by hand."""
    if filled.subject is None:
        return [(label, "", "") for label in BY_HAND]
    act = filled.said("matter")
    return [
        (label, filled.stood(name), f"{act}:{filled.said(name)}" if act else filled.said(name))
        for name, label in ITEMS
        if filled.values.get(name)
    ]


FORM: Final = Form("城乡居民基本医疗保险居民信息变更表", "附件4", body)
