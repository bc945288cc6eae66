"""What of collection follows a person into another record (归并时的筹资缴费; ENR-17), and what forbids it."""

from typing import Final

from tongchou.enrolment.merging import following
from tongchou.enrolment.merging.following import Followed
from tongchou.enrolment.merging.own import Spans, has, told_by
from tongchou.kernel.money import yuan_in_sql

COVERAGE: Final = Spans(
    table="contributions_coveragespan",
    since="covered_from",
    until="covered_until",
    same=("scheme",),
    live="row.withdrawn_at IS NULL",
    words="待遇享受期部分重叠({0}至{1}与{2}至{3}),先更正其中一份的缴费",
)
_OTHERS_YEAR: Final = (
    "(SELECT FROM contributions_receivable o WHERE o.person_id = {other} AND o.scheme = r.scheme"
    " AND o.benefit_year = r.benefit_year AND o.state {state})"
)
_DOUBLED: Final = (
    # what is only owed gives way: to what is paid, and the merged record's to the survivor's
    "r.state IN ('due', 'failed') AND ((r.person_id = %(merged)s AND EXISTS "
    + _OTHERS_YEAR.format(other="%(survivor)s", state="<> 'void'")
    + ") OR (r.person_id = %(survivor)s AND EXISTS "
    + _OTHERS_YEAR.format(other="%(merged)s", state="= 'paid'")
    + "))"
)
OPEN_TASK: Final = "o.state = 'open' AND o.benefit_year = r.benefit_year"
NOT_CANCELLED: Final = "o.state <> 'cancelled'"

FOLLOWED: Final = (
    Followed(
        table="contributions_contribution",
        title="缴费",
        told=f"r.benefit_year || '年度 ' || {yuan_in_sql('r.amount_fen')} || '元 ' || r.paid_in_full_on",
        recorded_at="created_at",
    ),
    Followed(
        table="contributions_coveragespan",
        title="待遇享受期",
        told="r.covered_from || '至' || r.covered_until",
        stays=COVERAGE.within,
        with_row=("contributions_contribution", {"id": "contribution_id"}),
    ),
    Followed(
        table="contributions_receivable",
        title="应缴",
        told=f"r.benefit_year || '年度 ' || {yuan_in_sql('r.amount_fen')} || '元'",
        sets={
            "state": f"CASE WHEN {_DOUBLED} THEN 'void' ELSE r.state END",
            "reason": f"CASE WHEN {_DOUBLED} THEN 'merged' ELSE r.reason END",
        },
        also=_DOUBLED,
        with_row=("contributions_contribution", {"id": "contribution_id"}),
    ),
    Followed(
        table="contributions_debitmandate",
        title="代扣协议",
        told="r.number || ' ' || r.signed_on",
    ),
    Followed(
        table="contributions_pendingamount",
        title="待处理款",
        told=f"{yuan_in_sql('r.amount_fen')} || '元 ' || r.received_on",
        recorded_at="created_at",
    ),
    Followed(
        table="contributions_refundorder",
        title="退费",
        told="r.number",
        with_row=("contributions_contribution", {"id": "contribution_id"}),
    ),
    Followed(
        table="contributions_aiditem",
        title="资助参保",
        told=f"{yuan_in_sql('r.amount_fen')} || '元'",
        stays=has("contributions_aiditem", "o.plan_id = r.plan_id"),
    ),
    Followed(
        table="contributions_villagereceipt",
        title="村级代收收据",
        told="r.number || ' ' || r.benefit_year || '年度'",
        recorded_at="issued_at",
    ),
    Followed(
        table="contributions_unitreceivableline",
        title="单位应缴明细",
        told=f"'缴费工资' || {yuan_in_sql('r.wage_base_fen')} || '元'",
        stays=has("contributions_unitreceivableline", "o.receivable_id = r.receivable_id"),
    ),
    Followed(
        table="contributions_counterpayment",
        title="现场缴费",
        told=f"r.number || ' ' || {yuan_in_sql('r.amount_fen')} || '元'",
        with_row=("contributions_contribution", {"id": "contribution_id"}),
    ),
    Followed(
        table="contributions_schoolline",
        title="学校代缴明细",
        told=f"r.name || ' ' || {yuan_in_sql('r.amount_fen')} || '元'",
        stays=has("contributions_schoolline", "o.payment_id = r.payment_id"),
    ),
    Followed(
        table="contributions_campaigntask",
        title="走访任务",
        told="r.benefit_year || '年度'",
        stays=f"r.state = 'open' AND {has('contributions_campaigntask', OPEN_TASK)}",
    ),
    Followed(
        table="contributions_basefinding",
        title="基数稽核明细",
        told=f"to_char(r.month, 'YYYY-MM') || ' 核定基数' || {yuan_in_sql('r.audited_fen')} || '元'",
        stays=has("contributions_basefinding", "o.audit_id = r.audit_id AND o.month = r.month"),
    ),
    Followed(
        table="contributions_oneoffdue",
        title="一次性应收",
        told=f"r.number || ' ' || {yuan_in_sql('r.amount_fen')} || '元'",
    ),
    Followed(
        table="contributions_programmemember",
        title="激励政策",
        told=f"to_char(r.month_from, 'YYYY-MM') || '起 个人负担' || {yuan_in_sql('r.personal_fen')} || '元'",
        stays="r.state <> 'withdrawn' AND "
        + has("contributions_programmemember", "o.programme_id = r.programme_id AND o.state <> 'withdrawn'"),
    ),
    Followed(
        table="contributions_retirement",
        title="退休审批",
        told="r.approved_on || ' ' || r.paper",
        stays=f"r.state <> 'cancelled' AND {has('contributions_retirement', NOT_CANCELLED)}",
    ),
    Followed(
        table="contributions_employeewaiting",
        title="等待期",
        told="r.waits_from || '至' || r.waits_until",
        stays=has("contributions_employeewaiting", "o.waits_from = r.waits_from"),
    ),
)
CONFLICTS: Final = (
    told_by(
        "SELECT r.benefit_year FROM contributions_contribution r JOIN contributions_contribution o"
        " ON o.person_id = %(survivor)s AND o.scheme = r.scheme AND o.benefit_year = r.benefit_year"
        " AND o.voided_at IS NULL WHERE r.person_id = %(merged)s AND r.voided_at IS NULL ORDER BY 1",
        "{0}年度两份登记都已足额缴费,先为其中一份办理退费",
    ),
    told_by(
        "SELECT r.benefit_year FROM contributions_receivable r JOIN contributions_receivable o"
        " ON o.person_id = %(survivor)s AND o.scheme = r.scheme AND o.benefit_year = r.benefit_year"
        " AND o.state <> 'void' WHERE r.person_id = %(merged)s AND r.state <> 'void' AND 'sent' IN (r.state, o.state)"
        " ORDER BY 1",
        "{0}年度应缴已向银行发盘,待回盘后再归并",
    ),
    COVERAGE.conflict(),
    told_by(
        "SELECT r.number, o.number FROM contributions_debitmandate r JOIN contributions_debitmandate o"
        " ON o.person_id = %(survivor)s AND o.state <> 'ended' WHERE r.person_id = %(merged)s AND r.state <> 'ended'",
        "两份登记各有未终止的代扣协议({0}、{1}),先终止其中一份",
    ),
    told_by(
        "SELECT r.benefit_year, r.number, o.number FROM contributions_villagereceipt r"
        " JOIN contributions_villagereceipt o ON o.person_id = %(survivor)s AND o.benefit_year = r.benefit_year"
        " AND o.voided_at IS NULL WHERE r.person_id = %(merged)s AND r.voided_at IS NULL ORDER BY 1",
        "{0}年度村级各开有代收收据({1}、{2}),先作废其中一张",
    ),
)


def follow() -> None:
    """Let enrolment know (登记)."""
    following.register(*FOLLOWED)
    for conflict in CONFLICTS:
        following.forbid(conflict)
