"""The fields of 附件1 (F-01): one part for the household, one row for each member."""

from typing import Final

from tongchou.cases.kinds import Field
from tongchou.enrolment.banks import AGREED_BANKS
from tongchou.enrolment.roster import ETHNICITIES
from tongchou.enrolment.states import (
    EMPLOYEE_CATEGORIES,
    CertificateType,
    HouseholdRelation,
    PersonCategory,
    ResidenceKind,
    Sex,
    SpecialCategory,
)
from tongchou.platform.places import PLACES

HOME: Final = "户"
WITHHOLDING: Final = "三方代扣代缴协议(签订的填写)"
SPECIAL: Final = "特殊人员资格证明"
NEWBORN: Final = "新生儿(凭出生医学证明登记)"
ABROAD: Final = "港澳台人员、外国人的定居或居留证件"
MORE: Final = "其他登记内容"

AGREEMENT: Final = ("bank", "account_no", "holder_name", "agreement_no", "agreement_on")
"""Filled together, or not at all."""

HOUSEHOLD_FIELDS: Final = (
    Field(
        "hukou_area",
        "户籍地",
        kind="listed",
        required=True,
        section=HOME,
        register=PLACES,
        help="省、市、县、乡镇或村(社区)的名称,或6、9、12位行政区划代码",
    ),
    Field("hukou_address", "户籍地址", required=True, longest=200, section=HOME),
    Field("address", "居住地址", longest=200, section=HOME, help="与户籍地址相同的可不填"),
    Field("residence_proof", "居住证明编号", longest=60, section=HOME, help="在居住地参保的填写(JL2019 §6)"),
    Field(
        "bank",
        "开户银行",
        kind="listed",
        section=WITHHOLDING,
        register=AGREED_BANKS,
        help="与本统筹区有约定的银行的名称或代码",
    ),
    Field("account_no", "银行账号", longest=40, section=WITHHOLDING),
    Field("holder_name", "户名", longest=50, section=WITHHOLDING),
    Field("agreement_no", "协议编号", longest=40, section=WITHHOLDING),
    Field("agreement_on", "签订日期", kind="day", section=WITHHOLDING),
)

_CATEGORIES: Final = tuple((one.value, one.label) for one in PersonCategory if one not in EMPLOYEE_CATEGORIES)
_ETHNICITIES: Final = tuple((code, name) for name, code in ETHNICITIES.items())
_GROUPS: Final = tuple(SpecialCategory.choices)

GROUPS: Final = ("group", "second_group")
"""A member may hold two groups on one form; more are added later."""


def _group(name: str, label: str) -> tuple[Field, ...]:
    return (
        Field(name, label, kind="choice", choices=_GROUPS, section=SPECIAL),
        Field(f"{name}_evidence", "证明文号", longest=100, section=SPECIAL),
        Field(f"{name}_last_day", "证明有效期至", kind="day", section=SPECIAL),
    )


MEMBER_FIELDS: Final = (
    Field("name", "姓名", required=True, longest=50),
    Field("relation", "与户主关系", kind="choice", required=True, choices=tuple(HouseholdRelation.choices)),
    Field("certificate_type", "证件类型", kind="choice", required=True, choices=tuple(CertificateType.choices)),
    Field("certificate_no", "证件号码", kind="certificate", required=True, longest=50),
    Field("sex", "性别", kind="choice", choices=tuple(Sex.choices), help="身份证号可读出的可不填"),
    Field("born_on", "出生日期", kind="day", help="身份证号可读出的可不填"),
    Field("ethnicity", "民族", kind="choice", choices=_ETHNICITIES),
    Field("category", "人员类别", kind="choice", choices=_CATEGORIES, help="不选的按年龄确定"),
    Field("phone", "联系电话", longest=30),
    Field("address", "通讯地址", longest=200, help="与居住地址相同的可不填"),
    *_group("group", "特殊人员标识"),
    *_group("second_group", "另一特殊人员标识"),
    Field("mother_name", "母亲姓名", longest=50, section=NEWBORN),
    Field("mother_certificate_no", "母亲证件号码", kind="certificate", longest=50, section=NEWBORN),
    Field("residence_kind", "证件种类", kind="choice", choices=tuple(ResidenceKind.choices), section=ABROAD),
    Field("residence_no", "证件号码", longest=50, section=ABROAD),
    Field("residence_last_day", "有效期至", kind="day", section=ABROAD),
    Field("card_no", "社会保障卡号", longest=32, section=MORE),
    Field("hukou_kind", "户口性质", kind="choice", choices=(("rural", "农业"), ("urban", "非农业")), section=MORE),
    Field("history", "参保情况", kind="choice", choices=(("first", "首次参保"), ("again", "续保")), section=MORE),
    Field(
        "former_scheme",
        "原参加的制度",
        kind="choice",
        choices=(("nrcms", "新型农村合作医疗"), ("urban", "城镇居民基本医疗保险")),
        section=MORE,
    ),
    Field("school", "就读学校", longest=60, section=MORE),
)
