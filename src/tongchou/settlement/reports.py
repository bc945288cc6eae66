"""The settlement slip (医疗费用结算单; GX2017 §81; JL2019 §33; SET-06): its facts, ready to be laid out and printed.

Plain texts and fen in the order of the form; who prints it notes the print first (`commands.note_slip_print`).
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime

from tongchou.catalogue.states import ChargeCategory
from tongchou.encounters import queries as encounters
from tongchou.encounters.care_types import SCHEME_NAMES
from tongchou.encounters.checks import local_day
from tongchou.encounters.states import CareKind
from tongchou.enrolment.states import PersonCategory
from tongchou.fund.states import FundCode
from tongchou.kernel.months import age_on
from tongchou.policy.engine import Explanation
from tongchou.policy.lines import reason_words
from tongchou.settlement import queries, rules, statements, terms
from tongchou.settlement.queries import SettlementView, YearToDate
from tongchou.settlement.states import SettlementState

LEVEL_NAMES = {4: "自治区三级", 3: "三级", 2: "二级", 1: "一级", 0: "未定级"}


@dataclass(frozen=True, slots=True)
class Slip:
    """结算单. Amounts in fen; of a cancellation they are negative."""

    number: str
    title: str
    reprint: str
    """空, or 补打 and its number."""
    state: SettlementState
    area: str
    person_name: str
    person_no: str
    certificate_no: str
    sex: str
    age: int
    category: str
    scheme: str
    institution: str
    institution_code: str
    level: str
    kind: str
    chart_no: str
    department: str
    began_on: date
    ended_on: date
    diagnosis: str
    categories: tuple[tuple[str, int], ...]
    """费用分类: name and amount, in the order of the national codes."""
    total_fen: int
    own_expense_fen: int
    over_price_fen: int
    pre_self_pay_fen: int
    in_scope_fen: int
    deductible_fen: int
    over_ceiling_fen: int
    ratio: str
    refused: tuple[tuple[str, int], ...]
    """不予支付: the rule with its code, and the own expense it made (BEN-14)."""
    funds: tuple[tuple[str, int], ...]
    """各基金支付: name and amount, the personal account last."""
    fund_paid_fen: int
    account_paid_fen: int
    cash_fen: int
    effective_ratio: str
    """实际报销比例 (BEN-39): all fund layers / total."""
    year: int
    year_to_date: tuple[YearToDate, ...]
    """年度累计 after this settlement."""
    explanations: tuple[Explanation, ...]
    package: str
    package_hash: str
    settled_at: datetime
    operator: str
    invoice_no: str


def slip(pooling_area: str, settlement_id: int, *, print_no: int = 1) -> Slip | None:
    """结算单 of a settlement or of its cancellation (SET-06); None when unknown. Figures are those stored."""
    view = queries.one(pooling_area, settlement_id)
    found = statements.read_taken_back(pooling_area, settlement_id)
    if view is None or found is None:
        return None
    visit = encounters.encounter(pooling_area, view.row.encounter_id)
    assert visit is not None
    person, columns = found.person, view.columns
    began_on = local_day(visit.began_at)
    return Slip(
        number=view.row.wire_id,
        title="医疗费用结算单",
        reprint=f"补打{print_no - 1}" if print_no > 1 else "",
        state=view.row.state,
        area=pooling_area,
        person_name=person.name,
        person_no=person.person_no,
        certificate_no=person.certificate_no,
        sex={"M": "男", "F": "女"}.get(person.sex, ""),
        age=age_on(person.born_on, began_on),
        category=PersonCategory(person.category).label if person.category else "",
        scheme=SCHEME_NAMES[view.scheme],
        institution=terms.institution_name(view.row.institution_code),
        institution_code=view.row.institution_code,
        level=LEVEL_NAMES.get(rules.level_of(view.receipt) or 0, ""),
        kind=CareKind(view.row.kind).label,
        chart_no=visit.chart_no,
        department=visit.department,
        began_on=began_on,
        ended_on=local_day(visit.ended_at) if visit.ended_at else began_on,
        diagnosis=visit.diagnosis,
        categories=_categories(view.category_fen),
        total_fen=columns["total_fen"],
        own_expense_fen=columns["own_expense_fen"],
        over_price_fen=columns["over_price_fen"],
        pre_self_pay_fen=columns["pre_self_pay_fen"],
        in_scope_fen=columns["in_scope_fen"],
        deductible_fen=columns["deductible_fen"],
        over_ceiling_fen=columns["over_ceiling_fen"],
        ratio=rules.percent(rules.ratio_ppm(str(view.ratio))),
        refused=tuple((reason_words(code), fen) for code, fen in queries.refused_lines(view).items()),
        funds=_funds(view.funds),
        fund_paid_fen=columns["fund_paid_fen"],
        account_paid_fen=columns["account_paid_fen"],
        cash_fen=columns["cash_fen"],
        effective_ratio=rules.percent(rules.effective_ratio_ppm(columns)),
        year=view.benefit_year,
        year_to_date=_after(view),
        explanations=queries.explanation(view),
        package=view.package,
        package_hash=view.package_hash,
        settled_at=view.row.settled_at,
        operator=view.operator,
        invoice_no=view.row.invoice_no,
    )


def _categories(category_fen: Mapping[str, int]) -> tuple[tuple[str, int], ...]:
    return tuple((ChargeCategory(code).label, fen) for code, fen in sorted(category_fen.items()) if fen)


def _funds(funds: Mapping[FundCode, int]) -> tuple[tuple[str, int], ...]:
    account_last = sorted(funds, key=lambda code: (code is FundCode.PERSONAL_ACCOUNT, code))
    return tuple((code.label, funds[code]) for code in account_last)


def _after(view: SettlementView) -> tuple[YearToDate, ...]:
    """The accumulators as this settlement left them, from its receipt; none of a cancellation."""
    parts = view.receipt.get("parts")
    if not parts:
        return ()
    last = parts[-1]
    less = [one["deltas"].get(last["year"], {}) for one in view.receipt.get("less", ())]
    before = rules.moved(last["state"], rules.added_up(less))
    amounts = rules.moved(before, view.receipt["deltas"].get(last["year"], {}))
    return tuple(queries.year_to_date_of(terms.package_by_hash(last["hash"]), amounts))
