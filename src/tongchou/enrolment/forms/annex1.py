"""附件1 城乡居民基本医疗保险参保登记表 (GX2017 §7; F-01): the household, its members, the agreement, three boxes."""

from collections.abc import Sequence
from typing import Final

from reportlab.platypus import Flowable

from tongchou.cases import forms
from tongchou.cases.kinds import Filled, Form, Values
from tongchou.enrolment import rules
from tongchou.enrolment.states import CertificateType
from tongchou.platform.web.paper import HEADING, SMALL, paragraph

COLUMNS: Final = (
    ("姓名", "name", 0.11),
    ("与户主关系", "relation", 0.14),
    ("证件号码", "certificate_no", 0.21),
    ("性别", "sex", 0.07),
    ("民族", "ethnicity", 0.1),
    ("出生日期", "born_on", 0.13),
    ("人员类别", "category", 0.12),
    ("联系电话", "phone", 0.12),
)
BLANK_ROWS: Final = 7
BOXES: Final = (
    ("village", "村(居)委会初审意见"),
    ("review", "乡镇(街道)社保服务机构审核意见"),
)
COUNTY: Final = ("county", "县级经办机构复核意见")
DECLARATION: Final = (
    "本户对所填内容和所交材料的真实性负责,申请参加城乡居民基本医疗保险;已签代扣代缴协议的,保证账户余额充足。"
)
BY_HAND: Final = (
    "特殊人员标识、证明文号及有效期",
    "新生儿:出生医学证明编号、母亲姓名",
    "港澳台人员、外国人:证件、有效期、定居(居留)证明",
    "户口性质;首次参保或续保;就读学校",
)
_MORE: Final = (
    ("证件", "certificate_type", ("certificate_type",)),
    ("特殊人员", "group", ("group", "group_evidence", "group_last_day")),
    ("特殊人员", "second_group", ("second_group", "second_group_evidence", "second_group_last_day")),
    ("母亲", "mother_name", ("mother_name", "mother_certificate_no")),
    ("定居、居留证件", "residence_kind", ("residence_kind", "residence_no", "residence_last_day")),
    ("社会保障卡", "card_no", ("card_no",)),
    ("户口性质", "hukou_kind", ("hukou_kind",)),
    ("参保情况", "history", ("history", "former_scheme")),
    ("学校", "school", ("school",)),
    ("通讯地址", "address", ("address",)),
)


def body(filled: Filled) -> list[Flowable]:
    """The sheet (F-01)."""
    subject = filled.subject
    return [
        forms.pairs(
            filled,
            [
                ("户主", _head(filled)),
                ("户号", subject.key if subject else ""),
                ("户籍地址", f"{filled.said('hukou_address')} {filled.said('hukou_area')}".strip()),
                ("居住地址", filled.said("address") or ("同户籍地址" if subject else "")),
                ("受理号", filled.number),
                ("申请日期", filled.on.isoformat() if filled.on else ""),
                ("申请人", filled.applicant),
                ("联系电话", filled.phone),
            ],
            line=forms.LOW_LINE,
        ),
        paragraph("家庭成员", HEADING),
        forms.table(
            filled,
            [label for label, _name, _share in COLUMNS],
            [[filled.cell(row, name) for _label, name, _share in COLUMNS] for row in map(_with_read, filled.rows)],
            [share for _label, _name, share in COLUMNS],
            blank=BLANK_ROWS,
            line=forms.LOW_LINE,
        ),
        *_more(filled),
        paragraph("三方代扣代缴协议", HEADING),
        forms.pairs(
            filled,
            [
                ("开户银行", filled.said("bank")),
                ("银行账号", filled.said("account_no")),
                ("户名", filled.said("holder_name")),
                ("协议编号", filled.said("agreement_no")),
            ],
            line=forms.LOW_LINE,
        ),
        paragraph(f"所交材料:{'、'.join(filled.materials)}", SMALL),
        *forms.sign_boxes(filled, DECLARATION, _boxes(filled), height=forms.LOW_BOX),
    ]


def _with_read(row: Values) -> Values:
    """A member with the sex and birth date that a citizen number says, which the applicant need not write."""
    number = row.get("certificate_no", "").strip().upper()
    if row.get("certificate_type") != CertificateType.CITIZEN_ID or rules.citizen_id_problem(number):
        return row
    born = number[6:14]
    read = {"sex": rules.sex_in(number).value, "born_on": f"{born[:4]}-{born[4:6]}-{born[6:]}"}
    return read | {name: value for name, value in row.items() if value}


def _head(filled: Filled) -> str:
    """The head among the rows; else whoever the household is called after."""
    named = next((row.get("name", "") for row in filled.rows if row.get("relation") == "head"), "")
    return named or (filled.subject.name if filled.subject else "")


def _more(filled: Filled) -> list[Flowable]:
    """What only some members fill in, one line each; a blank form has room for it."""
    lines: Sequence[Sequence[str]] = [("", label) for label in BY_HAND]
    if filled.subject is not None:
        lines = [(row.get("name", ""), said) for row in filled.rows if (said := _said(filled, row))]
    if not lines:
        return []
    return [
        paragraph("其他登记内容", HEADING),
        forms.table(filled, ("姓名", "内容"), lines, (0.14, 0.86), line=forms.LOW_LINE),
    ]


def _said(filled: Filled, row: Values) -> str:
    parts = []
    for label, needed, names in _MORE:
        if row.get(needed) and not (needed == "certificate_type" and row[needed] == "01"):
            parts.append(f"{label}:{' '.join(said for name in names if (said := filled.cell(row, name)))}")
    return ";".join(parts)


def _boxes(filled: Filled) -> tuple[tuple[str, str], ...]:
    """The county's box only where it had its say."""
    return (*BOXES, COUNTY) if filled.opinion(COUNTY[0]) else BOXES


FORM: Final = Form("城乡居民基本医疗保险参保登记表", "附件1", body)
