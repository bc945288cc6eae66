"""The standard posts and which of them never meet in one person (岗位与不相容岗位; ORG-09, ORG-10; QA2018 三.1).

First data: an agency may change its posts and add pairs; `commands.ensure_standard_posts` adds what is missing and
leaves what was changed.
"""

from dataclasses import dataclass
from itertools import combinations
from typing import Final


@dataclass(frozen=True, slots=True)
class StandardPost:
    """A post as the system brings it."""

    code: str
    name: str
    duties: str
    permissions: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class StandardPair:
    """Two posts that one person may not hold, with what the clerk is told and the clause behind it."""

    post_a: str
    post_b: str
    reason: str
    citation: str


_AT_WORK = (
    "dashboard.view",
    "cases.view",
    "enrolment.view_person",
    "contributions.view",
    "institutions.view",
    "catalogue.view",
    "encounters.view",
    "settlement.view",
    "policy.view",
    "org.view",
    "agents.view",
    "duties.view",
    "calendar.view",
    "year_change.view",
)
_REVIEWING = (*_AT_WORK, "enrolment.view_full_id", "review.view", "payment.view", "clearing.view", "exports.lists")
_FINANCE = (
    "dashboard.view",
    "cases.view",
    "settlement.view",
    "payment.view",
    "clearing.view",
    "fund.view",
    "org.view",
    "policy.view",
    "year_change.view",
)

STANDARD_POSTS: Final = (
    StandardPost(
        "clerk",
        "受理",
        "综合柜员:受理各类业务申请,核对材料,登记信息,发放办理结果。",
        (
            *_AT_WORK,
            "enrolment.view_full_id",
            "cases.accept",
            "enrolment.register",
            "enrolment.change",
            "enrolment.collect",
            "contributions.collect",
            "contributions.withhold",
            "contributions.refund",
            "contributions.outreach",
            "exchange.view",
            "encounters.file",
            "settlement.settle",
            "accounts.view",
            "accounts.manage",
            "rights.view",
            "rights.issue",
            "rights.handle",
            "imports.roster",
            "imports.contributions",
            "exports.lists",
        ),
    ),
    StandardPost(
        "reviewer",
        "审核",
        "初审:审核费用、材料和政策依据,提出初审意见。",
        (*_REVIEWING, "review.first", "settlement.reverse", "monitoring.view"),
    ),
    StandardPost(
        "second_reviewer",
        "复核",
        "复核初审结果,复核参保变更与目录对照。",
        (
            *_REVIEWING,
            "review.second",
            "enrolment.review",
            "enrolment.admit",
            "enrolment.approve_merge",
            "contributions.subsidy_review",
            "contributions.confirm_cancel",
            "catalogue.review_match",
        ),
    ),
    StandardPost(
        "approver",
        "审批",
        "对经初审、复核的业务作出审批决定。",
        (*_REVIEWING, "review.approve", "payment.approve", "rights.view", "rights.approve"),
    ),
    StandardPost(
        "eligibility",
        "待遇资格",
        "参保关系、待遇资格认定与备案管理。",
        (
            *_AT_WORK,
            "enrolment.view_full_id",
            "cases.accept",
            "enrolment.register",
            "enrolment.change",
            "enrolment.review",
            "enrolment.admit",
            "enrolment.collect",
            "enrolment.merge",
            "contributions.set_rates",
            "contributions.outreach",
            "contributions.subsidy_prepare",
            "encounters.file",
            "encounters.certify",
            "imports.roster",
            "imports.groups",
            "imports.endings",
            "exports.lists",
            "agents.manage",
        ),
    ),
    StandardPost(
        "village_assistant",
        "村(居)协办",
        "村(居)委会协办人:受理、初审参保登记表,签署盖章后转交乡镇(街道)。",
        (
            "dashboard.view",
            "cases.view",
            "cases.accept",
            "enrolment.view_person",
            "enrolment.view_full_id",
            "enrolment.collect",
            "contributions.view",
            "contributions.outreach",
            "org.view",
            "agents.view",
            "duties.view",
            "calendar.view",
            "rights.view",
        ),
    ),
    StandardPost(
        "school_assistant",
        "学校经办",
        "学校经办人:填报在校学生参保登记表,办理学生离校。",
        (
            "dashboard.view",
            "cases.view",
            "enrolment.view_person",
            "enrolment.collect",
            "contributions.view",
            "imports.roster",
            "org.view",
            "agents.view",
            "duties.view",
            "calendar.view",
        ),
    ),
    StandardPost(
        "agreement_manager",
        "协议管理",
        "定点医药机构的协议、考核和医保医师管理。",
        (
            *_AT_WORK,
            "institutions.manage",
            "institutions.manage_physicians",
            "institutions.appraise",
            "institutions.clients",
            "imports.institutions",
            "exports.lists",
        ),
    ),
    StandardPost(
        "catalogue_manager",
        "目录管理",
        "三大目录、限价与对照的维护。",
        (*_AT_WORK, "catalogue.manage", "catalogue.match", "imports.catalogue", "exports.lists"),
    ),
    StandardPost(
        "payment_manager",
        "支付管理",
        "结算与支付方式管理,编制定点机构支付单,办理对账清算。",
        (
            *_AT_WORK,
            "payment.view",
            "payment.prepare",
            "payment.methods",
            "clearing.view",
            "clearing.reconcile",
            "clearing.clear",
            "wire.view",
            "exports.lists",
        ),
    ),
    StandardPost(
        "accountant",
        "会计",
        "填制记账凭证,登记账簿,编制会计报表和预决算。",
        (*_FINANCE, "contributions.view", "fund.post_voucher", "fund.close_period", "fund.budget", "exports.lists"),
    ),
    StandardPost(
        "cashier",
        "出纳",
        "办理基金收付,保管票据,登记日记账。",
        (*_FINANCE, "contributions.view", "exchange.view", "fund.pay"),
    ),
    StandardPost(
        "finance_reviewer",
        "财务复核",
        "复核记账凭证和付款单,核对银行账。",
        (
            *_FINANCE,
            "contributions.view",
            "fund.review_voucher",
            "fund.reconcile_bank",
            "exchange.view",
            "exchange.approve",
            "exports.lists",
        ),
    ),
    StandardPost(
        "statistician",
        "统计",
        "编制统计报表,开展运行分析;不得改动结算数据。",
        (
            "dashboard.view",
            "settlement.view",
            "contributions.view",
            "institutions.view",
            "fund.view",
            "policy.view",
            "org.view",
            "calendar.view",
            "statistics.view",
            "statistics.produce",
            "exports.lists",
            "year_change.view",
            "duties.view",
        ),
    ),
    StandardPost(
        "policy_maker",
        "政策参数",
        "起草、试算和核准待遇政策参数;起草与核准不得为同一人。",
        (
            "dashboard.view",
            "settlement.view",
            "catalogue.view",
            "policy.view",
            "policy.draft",
            "policy.approve",
            "policy.replay",
            "calendar.view",
            "org.view",
            "year_change.view",
            "agents.view",
            "agents.set_items",
            "duties.view",
            "duties.draft",
        ),
    ),
    StandardPost(
        "monitor",
        "智能监控",
        "处理智能监控疑点,维护监控规则。",
        (*_REVIEWING, "monitoring.view", "monitoring.handle", "monitoring.manage_rules"),
    ),
    StandardPost(
        "auditor",
        "稽核",
        "对定点机构、参保人和经办业务开展稽核。",
        (
            *_REVIEWING,
            "fund.view",
            "monitoring.view",
            "audit.view",
            "audit.handle",
            "audit.review",
            "wire.view",
            "exports.sensitive",
        ),
    ),
    StandardPost(
        "internal_controller",
        "内控",
        "内部监督检查:岗位、流程、授权与资金安全。",
        (*_REVIEWING, "fund.view", "audit.view", "audit.inspect", "operators.view", "posts.view", "training.view"),
    ),
    StandardPost(
        "archivist",
        "档案",
        "业务档案的收集、整理、保管和利用。",
        ("dashboard.view", "org.view", "archive.view", "archive.manage", "rights.view"),
    ),
    StandardPost(
        "leader",
        "领导",
        "审批重大事项,查看全面情况。",
        (
            *_REVIEWING,
            "review.approve",
            "payment.approve",
            "contributions.subsidy_submit",
            "fund.view",
            "monitoring.view",
            "audit.view",
            "statistics.view",
            "policy.approve",
            "cases.set_limits",
            "cases.reassign",
            "calendar.approve",
            "operators.view",
            "posts.view",
            "scope.grant",
            "exchange.view",
            "exchange.approve",
            "disclosure.publish",
            "year_change.release",
            "agents.set_items",
            "duties.approve",
            "posts.confirm",
            "training.view",
        ),
    ),
    StandardPost(
        "institution_officer",
        "医保科",
        "定点机构医保科:查看本机构就医、结算与对账。",
        ("dashboard.view", "encounters.view", "settlement.view", "catalogue.view", "clearing.view"),
    ),
    StandardPost(
        "information",
        "信息管理",
        "系统运行、数据交换与备份。",
        (
            "dashboard.view",
            "org.view",
            "calendar.view",
            "calendar.draft",
            "wire.view",
            "exchange.view",
            "exchange.manage",
            "jobs.view",
            "year_change.view",
            "year_change.prepare",
        ),
    ),
    StandardPost(
        "system_admin",
        "系统管理",
        "维护机构、人员和工作日历;无业务权限。",
        (
            "org.view",
            "org.manage",
            "operators.view",
            "operators.manage",
            "posts.view",
            "calendar.view",
            "calendar.draft",
            "jobs.view",
            "training.view",
            "training.manage",
        ),
    ),
    StandardPost(
        "security_admin",
        "安全管理",
        "授予与收回岗位,解除账号锁定,批准工作日历;无业务权限。",
        (
            "org.view",
            "operators.view",
            "posts.view",
            "posts.grant",
            "scope.grant",
            "security.view",
            "security.unlock",
            "security.reset_password",
            "calendar.view",
            "calendar.approve",
            "training.view",
        ),
    ),
    StandardPost(
        "trail_auditor",
        "审计管理",
        "查看和校验操作日志;无业务权限。",
        ("org.view", "operators.view", "posts.view", "trail.view", "trail.verify", "security.view"),
    ),
)

_HANDLING = (
    "clerk",
    "reviewer",
    "second_reviewer",
    "approver",
    "eligibility",
    "village_assistant",
    "school_assistant",
    "agreement_manager",
    "catalogue_manager",
    "payment_manager",
    "accountant",
    "cashier",
    "finance_reviewer",
    "policy_maker",
    "monitor",
)
_BUSINESS = (*_HANDLING, "statistician", "archivist", "auditor", "internal_controller", "leader", "institution_officer")
_ADMINISTRATION = ("system_admin", "security_admin", "trail_auditor")


def _pair(one: str, other: str, reason: str, citation: str) -> StandardPair:
    post_a, post_b = sorted((one, other))
    return StandardPair(post_a, post_b, reason, citation)


STANDARD_PAIRS: Final = (
    *(
        _pair(one, other, "会计、出纳、审核不得互相兼任", "QA2018 三.1")
        for one, other in combinations(("accountant", "cashier", "reviewer"), 2)
    ),
    _pair("reviewer", "second_reviewer", "审核、复核不得由同一人担任", "QA2018 三.1"),
    _pair("accountant", "finance_reviewer", "填制凭证与财务复核不得由同一人担任", "GX2017 §97"),
    _pair("cashier", "finance_reviewer", "出纳不得兼任财务复核和银行对账", "GX2017 §97"),
    *(
        _pair(one, other, "系统管理、安全管理、审计管理须由三人分别担任", "GX2017 §133")
        for one, other in combinations(_ADMINISTRATION, 2)
    ),
    *(
        _pair(admin, post, "系统管理、安全管理、审计管理不得兼任业务岗位", "GX2017 §133")
        for admin in _ADMINISTRATION
        for post in _BUSINESS
    ),
    _pair("information", "trail_auditor", "信息管理不得兼任审计管理", "GX2017 §133"),
    *(
        _pair(watcher, post, "稽核、内控不得兼任业务经办", "GX2017 §121(六)")
        for watcher in ("auditor", "internal_controller")
        for post in _HANDLING
    ),
)
