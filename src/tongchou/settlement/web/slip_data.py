"""The slip as printed (结算单, SET-06): the facts of `reports.slip`, laid out for paper."""

from collections import Counter
from dataclasses import replace
from datetime import datetime
from typing import Any, Final

from django.utils import timezone

from tongchou.catalogue import queries as catalogue
from tongchou.encounters import queries as encounters
from tongchou.encounters.states import STAYS, CareKind, Place, Referral
from tongchou.enrolment import queries as enrolment
from tongchou.enrolment.states import SpecialCategory
from tongchou.kernel.money import yuan_text
from tongchou.platform import papers
from tongchou.platform import queries as platform
from tongchou.platform.web import masks
from tongchou.platform.web.paper import Paper, verification_code
from tongchou.policy.lines import reason_words
from tongchou.settlement import queries, replaying, reports
from tongchou.settlement.queries import SettlementView
from tongchou.settlement.states import SettlementState
from tongchou.settlement.terms import institution_name
from tongchou.settlement.web.explanation import explained, flat
from tongchou.settlement.web.slip import Slip, slip_pdf
from tongchou.wire import specification
from tongchou.wire.numbers import parse_wire_id

SLIP: Final = "settlement_slip"
MOST_UNPAID_LINES: Final = 200

_PAYERS: Final = (
    ("基本统筹", "pool_paid_fen"),
    ("大病保险", "catastrophic_paid_fen"),
    ("补充保险", "supplementary_paid_fen"),
    ("大额互助", "large_amount_paid_fen"),
    ("医疗救助", "assistance_paid_fen"),
    ("公共卫生专项", "project_paid_fen"),
)


def code_of(view: SettlementView) -> str:
    """验证码 over what must not be altered on the paper: number, total, fund, account, cash."""
    amounts = (view.columns[column] for column in ("total_fen", "fund_paid_fen", "account_paid_fen", "cash_fen"))
    return verification_code(view.row.wire_id, *amounts)


def slip_of(view: SettlementView, facts: reports.Slip, *, print_no: int, now: datetime) -> Slip:
    """The slip's content; the agency's name is the one valid on the day of settling (ORG-07)."""
    visit = encounters.encounter(view.row.pooling_area, view.row.encounter_id)
    return Slip(
        paper=Paper(
            agency=platform.unit_name(view.row.pooling_area, view.row.settled_on),
            title=facts.title,
            number=facts.number,
            printed_at=timezone.localtime(now).strftime("%Y-%m-%d %H:%M"),
            code=code_of(view),
            copies_before=print_no - 1,
        ),
        person=_person(facts, view),
        visit=_visit(facts, view),
        diagnoses=_diagnoses(facts, visit),
        categories=facts.categories,
        classes=[
            ("全自费", facts.own_expense_fen),
            ("超限价自费", facts.over_price_fen),
            ("先行自付", facts.pre_self_pay_fen),
            ("政策范围内", facts.in_scope_fen),
        ],
        benefit=[
            ("起付线", yuan_text(facts.deductible_fen, grouped=True)),
            ("支付比例", facts.ratio),
            ("超封顶线", yuan_text(facts.over_ceiling_fen, grouped=True)),
            ("转诊情形", Referral(visit.referral).label if visit else ""),
            ("就医地点", Place(visit.place).label if visit else ""),
            ("实际报销比例", facts.effective_ratio),
        ],
        payers=[(label, view.columns[column]) for label, column in _PAYERS],
        total_fen=facts.total_fen,
        fund_paid_fen=facts.fund_paid_fen,
        person_share_fen=view.columns["person_share_fen"],
        account_paid_fen=facts.account_paid_fen,
        cash_fen=facts.cash_fen,
        year_to_date=[
            (
                f"{one.label}({one.of_name})" if one.of else one.label,
                f"{one.used}" if one.is_count else yuan_text(one.used, grouped=True),
            )
            for one in facts.year_to_date
            if one.used
        ],
        reasons=_reasons(view),
        unpaid=_unpaid(view),
        package=facts.package,
        package_hash=facts.package_hash,
        operator=facts.operator or view.operator_no,
        remark=_remark(view),
    )


def printed_slip(view: SettlementView, facts: reports.Slip, *, print_no: int, check_at: str, now: datetime) -> bytes:
    """打印结算单: the slip as PDF, kept as what it says so that anybody who holds it may check its code (RIG-02).

    `check_at` is the address of the public check.
    """
    slip = slip_of(view, facts, print_no=print_no, now=now)
    row = view.row
    issued = papers.Issued(
        code=slip.paper.code,
        title=slip.paper.title,
        number=slip.paper.number,
        agency=slip.paper.agency,
        object_kind=SLIP,
        object_key=row.wire_id,
        told=(
            ("姓名", masks.name(facts.person_name)),
            ("定点机构", institution_name(row.institution_code)),
            ("结算日期", row.settled_on.isoformat()),
            ("医疗费总额", yuan_text(row.total_fen, grouped=True)),
            ("基金支付", yuan_text(row.fund_paid_fen, grouped=True)),
            ("个人账户", yuan_text(row.account_paid_fen, grouped=True)),
            ("现金", yuan_text(row.cash_fen, grouped=True)),
        ),
        pooling_area=row.pooling_area,
        unit_code=view.unit_code,
    )
    papers.keep(issued, now=now)
    paper = replace(slip.paper, check_at=f"{check_at}?c={slip.paper.code}")
    return slip_pdf(replace(slip, paper=paper))


def why_ended(wire_id: str) -> str:
    """Why a slip no longer stands (已冲销); empty while it does."""
    view = queries.one(*parse_wire_id(wire_id))
    return "该笔结算已冲销" if view is not None and view.reversed_by else ""


def _person(facts: reports.Slip, view: SettlementView) -> list[tuple[str, str]]:
    known = enrolment.facts(view.row.person_id, view.benefit_on)
    groups = "、".join(SpecialCategory(group).label for group in known.groups) if known else ""
    return [
        ("姓名", facts.person_name),
        ("性别", facts.sex),
        ("年龄", str(facts.age)),
        ("证件号码", masks.certificate(facts.certificate_no)),
        ("人员编号", facts.person_no),
        ("人员类别", facts.category),
        ("险种", facts.scheme),
        ("特殊身份", groups or "无"),
        ("参保地", platform.unit_name(view.unit_code, view.benefit_on)),
    ]


def _visit(facts: reports.Slip, view: SettlementView) -> list[tuple[str, str]]:
    stay = CareKind(view.row.kind) in STAYS
    return [
        ("定点机构", facts.institution),
        ("机构等级", facts.level),
        ("医疗类别", facts.kind),
        ("住院号" if stay else "门诊号", facts.chart_no),
        ("入院日期" if stay else "就诊日期", facts.began_on.isoformat()),
        ("出院日期", facts.ended_on.isoformat()) if stay else ("科室", facts.department),
        ("结算时间", f"{timezone.localtime(facts.settled_at):%Y-%m-%d %H:%M}"),
        ("就诊凭证", specification.code_tables()["mdtrt_cert_type"].get(view.credential_type, view.credential_type)),
        ("发票号", facts.invoice_no),
    ]


def _diagnoses(facts: reports.Slip, visit: Any) -> str:
    named = [f"{one.get('name', '')} {one.get('code', '')}".strip() for one in visit.diagnoses] if visit else []
    return ";".join(filter(None, named)) or facts.diagnosis


def _reasons(view: SettlementView) -> list[tuple[int, str, int, str]]:
    """The explanation's lines that have an amount (计算说明); of a cancellation, those of what it takes back."""
    if "parts" not in view.receipt:
        return []
    lines = [
        line for outcome in replaying.replay(view.receipt).outcomes for line in flat(explained(outcome, detailed=False))
    ]
    return [
        (depth, node.label, node.amount_fen, f"{node.rule}({node.article})" if node.article else node.rule)
        for depth, node in lines
        if node.amount_fen
    ]


def _unpaid(view: SettlementView) -> list[tuple[str, int, str]]:
    """What the fund does not pay, item by item with the reason (不予支付明细), the largest first."""
    lines = encounters.unpaid_lines(
        view.row.pooling_area, view.row.encounter_id, settlement_id=view.row.id, limit=MOST_UNPAID_LINES
    )
    names = catalogue.item_names([line.item_code for line in lines])
    unpaid: Counter[tuple[str, str]] = Counter()
    for line in lines:
        reason = (
            reason_words(line.reason_code) if line.reason_code else "目录外" if line.own_expense_fen else "超过限价"
        )
        unpaid[names.get(line.item_code, line.item_code), reason] += line.own_expense_fen + line.over_price_fen
    return [(item, fen, reason) for (item, reason), fen in unpaid.most_common()]


def _remark(view: SettlementView) -> str:
    if view.row.state is SettlementState.REVERSAL:
        return f"冲销单:冲销结算 {view.reversal_of},原因:{view.reversal_reason}"
    if view.reversed_by:
        return f"本结算已冲销({'、'.join(view.reversed_by)}),仅供查阅"
    return "中途结算" if view.interim else ""
