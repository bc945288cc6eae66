"""The items an agent may be commissioned for, as the system brings them (委托事项; ORG-04; JL2019 §4; GX2017 §83).

First data: `commands.ensure_commission_items` adds what is missing and leaves what an agency changed or added.
"""

from dataclasses import dataclass
from typing import Final


@dataclass(frozen=True, slots=True)
class StandardItem:
    """An item as the system brings it; `works` are kinds of cases and imports."""

    code: str
    name: str
    citation: str
    permissions: tuple[str, ...] = ()
    works: tuple[str, ...] = ()


_AT_COUNTER: Final = ("enrolment.view_person", "enrolment.view_full_id", "cases.view", "cases.accept", "exports.lists")

STANDARD_ITEMS: Final = (
    StandardItem("publicity", "政策宣传", "JL2019 §4"),
    StandardItem(
        "registration",
        "参保登记",
        "GX2017 §6",
        (*_AT_COUNTER, "enrolment.register", "enrolment.collect", "imports.roster"),
        ("import:roster", "case:register_household"),
    ),
    StandardItem(
        "particulars",
        "信息采集变更",
        "JL2019 §4",
        (*_AT_COUNTER, "enrolment.change"),
        (
            "case:change_particulars",
            "case:change_account",
            "case:suspend_relation",
            "case:resume_relation",
            "case:terminate_relation",
        ),
    ),
    StandardItem(
        "collection",
        "协助缴费",
        "GX2017 §4",
        (
            "enrolment.view_person",
            "contributions.view",
            "contributions.collect",
            "contributions.withhold",
            "imports.contributions",
            "imports.roster",
            "enrolment.collect",
            "exports.lists",
        ),
        ("import:contributions", "import:mandates", "import:school_payment"),
    ),
    StandardItem(
        "reimbursement",
        "零星报销受理",
        "GX2017 §83",
        (*_AT_COUNTER, "encounters.view", "settlement.view"),
        ("case:manual_claim",),
    ),
)

ALWAYS_OPEN: Final = frozenset(
    {"dashboard.view", "org.view", "calendar.view", "catalogue.view", "policy.view", "agents.view", "duties.view"}
)
"""What the operators of an agent may read whatever is commissioned: nothing about a person."""
