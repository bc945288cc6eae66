"""The platform's own periodic work (平台定时任务), with the clock that calls its commands."""

from datetime import datetime, timedelta
from pathlib import Path

from django.conf import settings

from tongchou.platform import jobs, trail


def trail_anchors() -> Path:
    """The folder outside the database where the sealer notes its seals (锚点)."""
    return Path(settings.HOME) / "trail-anchors"


def register_jobs() -> None:
    """Called once, when the applications are ready."""
    from tongchou.platform import commands

    def seal(now: datetime) -> None:
        commands.seal_trail(now=now, anchors=trail_anchors())

    def put_in_force(now: datetime) -> None:
        commands.put_due_changes_in_force(now=now)
        commands.put_due_leaves_in_force(now=now)

    jobs.register("platform.seal_trail", label="封印操作日志", every=timedelta(seconds=5), work=seal)
    jobs.register("platform.due_changes", label="到期的机构与人员变动", every=timedelta(minutes=10), work=put_in_force)
    jobs.register(
        "platform.sod_check",
        label="不相容岗位检查",
        every=timedelta(days=1),
        work=lambda now: commands.daily_sod_check(now=now),
    )
    jobs.register(
        "platform.calendar_reminder",
        label="暂定日历提醒",
        every=timedelta(days=1),
        work=lambda now: commands.remind_of_provisional_years(now=now),
    )
    jobs.register(
        "platform.commissions_ending",
        label="委托到期提醒",
        every=timedelta(days=1),
        work=lambda now: commands.warn_of_ending_commissions(now=now),
    )
    jobs.register(
        "platform.training_ending",
        label="培训到期提醒",
        every=timedelta(days=1),
        work=lambda now: commands.warn_of_ending_training(now=now),
    )
    trail.name_actions(ACTIONS)


ACTIONS = {
    "platform.access_refused": "越权访问被拒绝",
    "platform.read_across": "跨机构查阅",
    "platform.open_pooling_area": "设立统筹区",
    "platform.open_org_unit": "新设机构",
    "platform.rename_org_unit": "机构更名",
    "platform.close_org_unit": "撤销机构",
    "platform.delete_org_unit": "删除机构",
    "platform.register_operator": "开立账号",
    "platform.enable_operator": "启用账号",
    "platform.disable_operator": "停用账号",
    "platform.transfer_operator": "人员调动",
    "platform.record_leave": "登记离职",
    "platform.grant_post": "授予岗位",
    "platform.revoke_post": "收回岗位",
    "platform.grant_scope": "跨机构查阅授权",
    "platform.revoke_scope": "收回跨机构查阅授权",
    "platform.change_password": "修改密码",
    "platform.reset_password": "重置密码",
    "platform.separation_violated": "不相容岗位由同一人担任",
    "platform.seed_calendar_year": "工作日历初始数据",
    "platform.import_calendar_year": "导入工作日历",
    "platform.calendar_approved": "批准工作日历",
    "platform.calendar_rejected": "退回工作日历",
    "platform.sign_in": "登录",
    "platform.sign_in_refused": "登录被拒绝",
    "platform.locked_out": "账号锁定",
    "platform.unlock": "解除账号锁定",
    "platform.sign_out": "退出",
    "platform.session_ended": "会话超时退出",
    "platform.begin_second_factor": "开始绑定动态口令",
    "platform.bind_second_factor": "绑定动态口令",
    "platform.renew_recovery_codes": "更换恢复码",
    "platform.reset_second_factor": "重置动态口令",
    "platform.second_factor_accepted": "动态口令核验通过",
    "platform.second_factor_missing": "未绑定动态口令,操作被拒绝",
    "platform.second_factor_wrong": "动态口令输错",
    "platform.second_factor_used_again": "动态口令重复使用被拒绝",
    "platform.second_factor_locked": "动态口令锁定期间的尝试",
    "platform.list_exported": "导出清单",
    "platform.register_agent": "登记代办机构",
    "platform.renew_commission": "续签委托",
    "platform.change_commission": "变更委托",
    "platform.end_commission": "终止委托",
    "platform.commission_printed": "打印委托书",
    "platform.commission_document_seen": "查看委托协议",
    "platform.set_commission_item": "维护委托事项",
    "platform.seed_duty_matrix": "职责分工初始数据",
    "platform.begin_duty_draft": "起草职责分工",
    "platform.save_duty_draft": "修改职责分工草案",
    "platform.submit_duty_draft": "提请核准职责分工",
    "platform.duties_approved": "核准职责分工",
    "platform.duties_rejected": "退回职责分工",
    "platform.set_training_course": "维护培训课程",
    "platform.require_training": "设定岗位培训要求",
    "platform.drop_training_requirement": "取消岗位培训要求",
    "platform.record_training": "登记培训结果",
    "platform.void_training": "作废培训记录",
    "platform.import_training": "导入培训结果",
    "platform.ask_confirmation": "提请领导确认任职",
    "platform.post_confirmed": "领导确认任职",
    "platform.post_refused": "领导不同意任职",
}
