"""Permissions (权限): what a post may do, with the words a clerk reads. Posts are sets of these (ORG-09).

Only permissions that read may be granted across the agency tree (ORG-02).
"""

from dataclasses import dataclass
from typing import Final


@dataclass(frozen=True, slots=True)
class Permission:
    """One thing that a post may do, named `<chapter>.<verb>`."""

    name: str
    label: str
    reads: bool


def _reads(**labels: str) -> dict[str, tuple[str, bool]]:
    return {verb: (label, True) for verb, label in labels.items()}


def _changes(**labels: str) -> dict[str, tuple[str, bool]]:
    return {verb: (label, False) for verb, label in labels.items()}


_BY_CHAPTER: Final = {
    "enrolment": _reads(view_person="查看参保人", view_full_id="查看完整证件号码")
    | _changes(
        register="办理参保登记",
        collect="村(居)、学校收件与转交",
        admit="审核参保登记",
        change="办理信息变更",
        review="复核参保业务",
        merge="合并人员",
        approve_merge="核准合并人员",
    ),
    "contributions": _reads(view="查看缴费")
    | _changes(
        collect="办理缴费",
        withhold="办理银行代扣",
        refund="办理退费",
        confirm_cancel="核准撤销现场缴费",
        set_rates="维护缴费标准",
        outreach="办理参保动员",
        subsidy_prepare="测算财政补助",
        subsidy_review="复核财政补助",
        subsidy_submit="上报财政补助",
    ),
    "institutions": _reads(view="查看定点机构")
    | _changes(
        manage="维护定点机构与协议", manage_physicians="维护医保医师", appraise="考核定点机构", clients="管理接入凭证"
    ),
    "catalogue": _reads(view="查看目录") | _changes(manage="维护目录", match="目录对照", review_match="复核目录对照"),
    "encounters": _reads(view="查看就医记录") | _changes(file="办理备案", certify="办理待遇资格认定"),
    "policy": _reads(view="查看待遇政策", replay="政策试算") | _changes(draft="起草政策参数", approve="核准政策参数"),
    "settlement": _reads(view="查看结算") | _changes(settle="办理窗口结算", reverse="冲销结算"),
    "review": _reads(view="查看费用审核") | _changes(first="初审", second="复核", approve="审批"),
    "payment": _reads(view="查看支付") | _changes(prepare="编制支付单", approve="审批支付", methods="维护支付方式"),
    "clearing": _reads(view="查看清算对账") | _changes(reconcile="办理对账", clear="办理清算"),
    "accounts": _reads(view="查看个人账户") | _changes(manage="办理个人账户业务"),
    "fund": _reads(view="查看基金账务")
    | _changes(
        post_voucher="填制凭证",
        review_voucher="财务复核",
        pay="出纳付款",
        reconcile_bank="银行对账",
        close_period="结账",
        budget="编制预决算",
    ),
    "monitoring": _reads(view="查看智能监控") | _changes(handle="处理疑点", manage_rules="维护监控规则"),
    "audit": _reads(view="查看稽核", inspect="内部监督检查") | _changes(handle="办理稽核", review="稽核审理"),
    "statistics": _reads(view="查看统计") | _changes(produce="编制统计报表"),
    "archive": _reads(view="查阅档案") | _changes(manage="管理档案"),
    "rights": _reads(view="查看个人权益记录")
    | _changes(issue="出具权益单", handle="办理权益异议与查询申请", approve="核准权益异议与查询申请"),
    "disclosure": _changes(publish="发布公示"),
    "cases": _reads(view="查看业务件") | _changes(accept="受理业务", set_limits="设定审批限额", reassign="转交业务件"),
    "imports": _changes(
        roster="导入参保花名册",
        groups="导入特殊人员名单",
        endings="导入人员身份状态名单",
        contributions="导入缴费结果",
        catalogue="导入目录",
        institutions="导入定点机构",
    ),
    "exports": _reads(lists="导出清单", sensitive="敏感导出"),
    "wire": _reads(view="查看接口报文"),
    "exchange": _reads(view="查看数据交换") | _changes(manage="管理数据交换", approve="核准文件格式"),
    "dashboard": _reads(view="查看工作台"),
    "org": _reads(view="查看机构") | _changes(manage="维护机构"),
    "operators": _reads(view="查看人员") | _changes(manage="维护人员"),
    "posts": _reads(view="查看岗位") | _changes(grant="授予岗位", confirm="确认未达培训要求的任职"),
    "agents": _reads(view="查看代办机构") | _changes(manage="登记代办机构与委托", set_items="维护委托事项"),
    "duties": _reads(view="查看职责分工") | _changes(draft="起草职责分工", approve="核准职责分工"),
    "training": _reads(view="查看培训记录") | _changes(manage="登记培训记录"),
    "scope": _changes(grant="跨机构查阅授权"),
    "calendar": _reads(view="查看工作日历") | _changes(draft="导入工作日历", approve="批准工作日历"),
    "security": _reads(view="查看安全状况") | _changes(unlock="解除账号锁定", reset_password="重置密码与动态口令"),
    "year_change": _reads(view="查看年度切换") | _changes(prepare="准备年度切换", release="发布年度切换"),
    "trail": _reads(view="查看操作日志", verify="校验操作日志"),
    "jobs": _reads(view="查看定时任务"),
}

PERMISSIONS: Final[dict[str, Permission]] = {
    f"{chapter}.{verb}": Permission(f"{chapter}.{verb}", label, reads)
    for chapter, verbs in _BY_CHAPTER.items()
    for verb, (label, reads) in verbs.items()
}
"""Every permission by name, in the order of the navigation."""


NEED_SECOND_FACTOR: Final = frozenset(
    {"policy.approve", "review.approve", "payment.approve", "fund.review_voucher", "fund.pay", "year_change.release"}
)
"""What approves money or policy: whoever may do it is asked to bind a second factor (动态口令; SYS-11)."""


def permission(name: str) -> Permission:
    """The permission of that name. Raises: KeyError, a fault of ours, for a name not in the list."""
    return PERMISSIONS[name]


def reading(names: frozenset[str]) -> frozenset[str]:
    """Those that only read."""
    return frozenset(name for name in names if PERMISSIONS[name].reads)
