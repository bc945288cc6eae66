"""The closed vocabulary of packages (政策包词汇): every word a package may use, with its Chinese name.

A package can only say what stands here; a new word is a change of the engine with its own tests.
"""

import enum
from typing import Final


class Dimension(enum.StrEnum):
    """What a parameter may be keyed by and a condition may ask for (GX2017 §87; JL2019 §36)."""

    KIND = "kind"
    LEVEL = "level"
    PLACE = "place"
    REFERRAL = "referral"
    EMERGENCY = "emergency"
    DESIGNATED = "designated"
    DISEASE = "disease"
    STAY = "stay"
    CATEGORY = "category"
    CONTRACTED = "contracted"
    CHANNEL = "channel"
    PRESCRIBED = "prescribed"


DIMENSION_LABELS: Final = {
    Dimension.KIND: "医疗类别",
    Dimension.LEVEL: "机构等级",
    Dimension.PLACE: "就医地点",
    Dimension.REFERRAL: "转诊情形",
    Dimension.EMERGENCY: "急诊",
    Dimension.DESIGNATED: "选定机构",
    Dimension.DISEASE: "病种",
    Dimension.STAY: "年度第几次住院",
    Dimension.CATEGORY: "人员类别",
    Dimension.CONTRACTED: "定点机构",
    Dimension.CHANNEL: "结算方式",
    Dimension.PRESCRIBED: "外配处方",
}

PLACES: Final = {"home": "统筹地区内", "away_filed": "异地(已备案)", "away_unfiled": "异地(未备案)"}
REFERRALS: Final = {"none": "无转诊", "up": "上转", "down": "下转", "unreferred": "应转诊未转诊"}
YES_NO: Final = {"yes": "是", "no": "否"}
CHANNELS: Final = {"direct": "联网直接结算", "manual": "手工(零星)报销"}
SEGMENT: Final = "segment"
"""What a table of bands may be declared to rise or fall with, besides its dimensions."""
LATER: Final = "later"
"""Key of every stay after the numbered ones (N1, N2, …)."""


class Unit(enum.StrEnum):
    """计量单位 of a parameter."""

    YUAN = "yuan"
    PERCENT = "percent"
    POINTS = "points"
    BANDS = "bands"
    COUNT = "count"
    MONTHS = "months"
    SWITCH = "switch"
    CHOICE = "choice"
    MONTH_DAY = "month_day"


UNIT_LABELS: Final = {
    Unit.YUAN: "元",
    Unit.PERCENT: "%",
    Unit.POINTS: "个百分点",
    Unit.BANDS: "分段比例",
    Unit.COUNT: "",
    Unit.MONTHS: "个月",
    Unit.SWITCH: "是/否",
    Unit.CHOICE: "选项",
    Unit.MONTH_DAY: "月-日",
}


class Confidence(enum.StrEnum):
    """可信程度 of a value."""

    SOURCED = "S"
    GENERAL = "G"
    UNCERTAIN = "U"
    PROJECT = "R"
    REGULATION = "Reg"


CONFIDENCE_LABELS: Final = {
    Confidence.SOURCED: "有出处",
    Confidence.GENERAL: "一般了解",
    Confidence.UNCERTAIN: "待核实",
    Confidence.PROJECT: "本项目设定",
    Confidence.REGULATION: "规程原文",
}


class LayerId(enum.StrEnum):
    """支付层 in the order of one-stop settlement (GX2017 §128; QA2018 五(二))."""

    PROJECT = "project"
    BASIC = "basic"
    SERIOUS_ILLNESS = "serious_illness"
    SUPPLEMENTARY = "supplementary"
    MUTUAL_AID = "mutual_aid"
    MEDICAL_ASSISTANCE = "medical_assistance"
    ACCOUNT = "account"


class Pays(enum.StrEnum):
    """How a rule pays."""

    RATIO = "ratio"
    """按比例: ratio or bands on what exceeds the deductible."""
    FIXED = "fixed"
    """定额: a fixed amount, at most the cost."""
    FIXED_SHARE = "fixed_share"
    """定额自付: the person bears a fixed amount, the fund the rest."""
    PROJECT_MONEY = "project_money"
    """专项经费: what the project grants, at most the bill."""
    ACCOUNT_BALANCE = "account_balance"
    """个人账户: the balance, at most the permitted part."""
    NOTHING = "nothing"
    """本层不付; later layers still may."""
    EXCLUDED = "excluded"
    """不予支付: the whole bill is own expense, no layer pays."""


class Base(enum.StrEnum):
    """What a rule pays on."""

    IN_SCOPE = "in_scope"
    """政策范围内费用 (less project money)."""
    REST = "rest"
    """政策范围内 part that no earlier layer has paid."""
    OVER_CAP = "over_cap"
    """超封顶线 part of the basic layer that is still unpaid."""
    PRE_SELF_PAY = "pre_self_pay"
    """乙类先行自付 part that is still unpaid."""
    OVER_CEILING = "over_ceiling"
    """超限价 part that is still unpaid."""
    OWN_EXPENSE = "own_expense"
    """全自费 part that is still unpaid."""
    BELOW_DEDUCTIBLE = "below_deductible"
    """起付线以下 part of what is in scope, by the basic layer, still unpaid (NM-ACCT §12)."""
    COINSURANCE = "coinsurance"
    """起付线以上、封顶线以下个人负担 part, by the basic layer, still unpaid (NM-ACCT §12)."""


class Scope(enum.StrEnum):
    """Over what an accumulator runs; it always belongs to one person, scheme and benefit year."""

    YEAR = "year"
    DISEASE = "disease"
    DAY = "day"


class Measure(enum.StrEnum):
    """What an accumulator adds up."""

    PAID = "paid"
    DEDUCTIBLE = "deductible"
    BASE = "base"
    PAYABLE = "payable"
    COUNT = "count"


class Per(enum.StrEnum):
    """起付线计算周期."""

    SETTLEMENT = "settlement"
    YEAR = "year"


class BandsOn(enum.StrEnum):
    """Where band limits are measured from (decision 0103)."""

    ABOVE_DEDUCTIBLE = "above_deductible"
    FROM_ZERO = "from_zero"


SCHEMES: Final = {"resident": "城乡居民基本医疗保险", "employee": "城镇职工基本医疗保险"}
STAYS: Final = "stays"
"""The accumulator whose count says which stay of the year this is."""
