"""The clock's work for cases (业务件定时任务)."""

from datetime import datetime, timedelta

from tongchou.platform import jobs, trail

ACTIONS = {
    "cases.accepted": "受理",
    "cases.not_accepted": "不予受理",
    "cases.agreed": "办理:同意",
    "cases.returned": "办理:退回",
    "cases.refused": "办理:不予办理",
    "cases.asked": "告知补正",
    "cases.part_supplied": "收到部分补正材料",
    "cases.supplemented": "收到补正材料",
    "cases.attached": "上传附件",
    "cases.withdrawn": "撤回申请",
    "cases.lapsed": "逾期未补正终止",
    "cases.handed_out": "发放办理结果",
    "cases.reassigned": "转交业务件",
    "cases.step_refused": "办理被拒绝",
    "cases.delegated": "委托岗位",
    "cases.delegation_ended": "收回岗位委托",
    "cases.step_limit_set": "设定审批限额",
    "cases.case_seen": "查阅业务件",
    "cases.attachment_seen": "查阅附件",
    "cases.form_printed": "打印业务表单",
    "cases.blank_form_printed": "打印空白业务表单",
    "cases.draft_kept": "存草稿",
    "cases.draft_discarded": "弃置草稿",
    "cases.drafts_expired": "草稿到期删除",
    "cases.counter_opened": "窗口查看登记内容",
    "cases.receipt_printed": "打印收件回执",
    "cases.supplied_printed": "打印补正材料收件回执",
    "cases.result_printed": "打印办理结果",
}


def register_jobs() -> None:
    """Called once, when the applications are ready."""
    from tongchou.cases import commands

    def limits(now: datetime) -> None:
        commands.remind_of_limits(now=now)
        commands.let_unsupplied_lapse(now=now)
        commands.tell_leaders_of_unattended(now=now)

    def drafts(now: datetime) -> None:
        commands.let_drafts_expire(now=now)

    jobs.register("cases.drafts", label="业务草稿到期删除", every=timedelta(days=1), work=drafts)
    jobs.register("cases.limits", label="业务件期限提醒", every=timedelta(hours=1), work=limits)
    trail.name_actions(ACTIONS)
