"""What the trail's actions of rights are called (操作名称)."""

from typing import Final

LABELS: Final = {
    "rights.issue_certificate": "出具权益证明",
    "rights.print_certificate": "打印权益证明",
    "rights.print_batch": "批量打印权益单",
    "rights.withdraw_certificate": "撤回权益证明",
    "rights.start_batch": "批量出具权益单",
    "rights.certificate_verified": "查验权益证明",
    "rights.verification_missed": "查验证明未查到",
    "rights.file_objection": "提出权益异议",
    "rights.check_objection": "核查权益异议",
    "rights.answer_objection": "答复权益异议",
    "rights.withdraw_objection": "撤回权益异议",
    "rights.file_application": "受理权益查询申请",
    "rights.decide_application": "核准权益查询申请",
    "rights.give_extract": "向第三方提供权益摘录",
    "rights.give_mandate": "登记代办委托",
    "rights.end_mandate": "解除代办委托",
    "rights.sms_answered": "短信查询",
    "rights.sms_refused": "短信查询被拒绝",
    "rights.terminal_answered": "自助终端查询",
    "rights.progress_shown": "查询办理进度",
    "rights.progress_missed": "查询办理进度未查到",
    "rights.record_seen_by_agent": "受托人查阅",
}
