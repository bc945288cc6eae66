"""The items of the duty matrix and the matrix the system brings (职责分工; ORG-03; JL2019 §2; GX2017 §3, 45).

An item says which permissions set its rules, handle it and review it. Who does so at which level is data: an approved
edition per province or city. What an edition does not name, and what administers the house itself, is free of it.
"""

from dataclasses import dataclass
from typing import Final

from tongchou.platform.states import Duty, UnitLevel


@dataclass(frozen=True, slots=True)
class DutyItem:
    """A business item of the matrix (事项)."""

    code: str
    name: str
    citation: str
    sets: tuple[str, ...] = ()
    handles: tuple[str, ...] = ()
    reviews: tuple[str, ...] = ()

    def permissions(self) -> dict[str, Duty]:
        """Every permission of the item, with the duty it takes."""
        by_duty = ((Duty.SETS, self.sets), (Duty.HANDLES, self.handles), (Duty.REVIEWS, self.reviews))
        return {name: duty for duty, names in by_duty for name in names}


DUTY_ITEMS: Final = (
    DutyItem("counter", "综合受理", "JL2019 §3", sets=("cases.set_limits",), handles=("cases.accept",)),
    DutyItem(
        "registration",
        "参保登记与变更",
        "JL2019 §6",
        handles=("enrolment.register", "enrolment.change", "enrolment.merge", "imports.roster"),
        reviews=("enrolment.review", "enrolment.approve_merge"),
    ),
    DutyItem("special_groups", "特殊人员名单", "JL2019 §6", handles=("imports.groups",)),
    DutyItem("rates", "个人缴费标准维护", "JL2019 §2", sets=("contributions.set_rates",)),
    DutyItem(
        "collection",
        "缴费申报与征缴",
        "JL2019 §3",
        handles=("contributions.collect", "contributions.withhold", "contributions.refund", "imports.contributions"),
    ),
    DutyItem(
        "agreements",
        "协议管理",
        "GX2017 §45",
        handles=(
            "institutions.manage",
            "institutions.manage_physicians",
            "institutions.appraise",
            "institutions.clients",
            "imports.institutions",
        ),
    ),
    DutyItem(
        "catalogue",
        "目录管理",
        "GX2017 §85",
        sets=("catalogue.manage", "imports.catalogue"),
        handles=("catalogue.match",),
        reviews=("catalogue.review_match",),
    ),
    DutyItem("filing", "就医备案与待遇资格", "JL2019 §3", handles=("encounters.file", "encounters.certify")),
    DutyItem("policy", "待遇政策", "JL2019 §2", sets=("policy.draft",), reviews=("policy.approve",)),
    DutyItem(
        "settlement",
        "结算与费用审核",
        "GX2017 §83",
        handles=("settlement.settle", "settlement.reverse"),
        reviews=("review.first", "review.second", "review.approve"),
    ),
    DutyItem(
        "payment",
        "支付管理",
        "JL2019 §3",
        sets=("payment.methods",),
        handles=("payment.prepare",),
        reviews=("payment.approve",),
    ),
    DutyItem("clearing", "对账清算", "JL2019 §3", handles=("clearing.reconcile", "clearing.clear")),
    DutyItem("accounts", "个人账户", "JL2019 §3", handles=("accounts.manage",)),
    DutyItem(
        "fund",
        "基金统收统支",
        "JL2019 §2",
        handles=("fund.post_voucher", "fund.pay", "fund.reconcile_bank", "fund.close_period", "fund.budget"),
        reviews=("fund.review_voucher",),
    ),
    DutyItem("monitoring", "智能监控", "JL2019 §3", sets=("monitoring.manage_rules",), handles=("monitoring.handle",)),
    DutyItem("audit", "稽核", "JL2019 §3", handles=("audit.handle",), reviews=("audit.review",)),
    DutyItem("statistics", "统计报表", "JL2019 §3", handles=("statistics.produce",)),
    DutyItem("archive", "业务档案", "GX2017 §126", handles=("archive.manage",)),
    DutyItem("rights", "个人权益", "JL2019 §3", handles=("rights.issue", "rights.handle"), reviews=("rights.approve",)),
    DutyItem("disclosure", "公示", "JL2019 §3", handles=("disclosure.publish",)),
)
"""In the order of the regulations."""

ITEM_NAMES: Final = {item.code: item.name for item in DUTY_ITEMS}
DUTY_OF: Final = {
    permission: (item.code, duty) for item in DUTY_ITEMS for permission, duty in item.permissions().items()
}
"""The one item and duty behind a permission; permissions left out are not divided by level."""

MATRIX_LEVELS: Final = tuple(UnitLevel)
_LETTERS: Final = {"s": Duty.SETS, "h": Duty.HANDLES, "v": Duty.REVIEWS, "r": Duty.READS}

_STANDARD: Final = {
    # province, city, county, town, village, school, institution's office
    "counter": ("sr", "shr", "hr", "hr", "hr", "hr", "r"),
    "registration": ("r", "hvr", "hvr", "hvr", "hvr", "hr", "hr"),
    "special_groups": ("r", "hr", "hr", "r", "r", "r", "-"),
    "rates": ("sr", "sr", "r", "r", "r", "r", "-"),
    "collection": ("r", "hr", "hr", "hr", "hr", "hr", "-"),
    "agreements": ("hr", "hr", "hr", "r", "-", "-", "r"),
    "catalogue": ("shvr", "shvr", "hvr", "r", "r", "-", "r"),
    "filing": ("r", "hr", "hr", "hr", "r", "-", "hr"),
    "policy": ("svr", "svr", "r", "r", "r", "-", "r"),
    "settlement": ("vr", "hvr", "hvr", "hr", "r", "-", "r"),
    "payment": ("svr", "shvr", "hvr", "-", "-", "-", "r"),
    "clearing": ("hr", "hr", "hr", "-", "-", "-", "r"),
    "accounts": ("r", "hr", "hr", "hr", "-", "-", "-"),
    "fund": ("r", "hvr", "r", "-", "-", "-", "-"),
    "monitoring": ("shr", "shr", "hr", "-", "-", "-", "-"),
    "audit": ("hvr", "hvr", "hvr", "-", "-", "-", "-"),
    "statistics": ("hr", "hr", "hr", "r", "-", "-", "-"),
    "archive": ("r", "hr", "hr", "hr", "-", "-", "-"),
    "rights": ("hvr", "hvr", "hvr", "hr", "hr", "-", "-"),
    "disclosure": ("hr", "hr", "hr", "hr", "hr", "-", "-"),
}


def standard_matrix() -> dict[tuple[str, UnitLevel], tuple[Duty, ...]]:
    """The duties of each item and level as the system brings them (JL2019 §2).

    The province makes rules and standards; the city runs the fund and sets the rules of its pool; the county handles
    the daily business; towns, villages, schools take in and collect.
    """
    return {
        (item, level): tuple(_LETTERS[letter] for letter in letters if letter in _LETTERS)
        for item, by_level in _STANDARD.items()
        for level, letters in zip(MATRIX_LEVELS, by_level, strict=True)
    }
