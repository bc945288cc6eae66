"""What the trail's actions of enrolment are called (操作名称)."""

from typing import Final

LABELS: Final = {
    "enrolment.enrol_person": "参保登记",
    "enrolment.change_particulars": "信息变更",
    "enrolment.change_category": "变更人员类别",
    "enrolment.move_to_household": "变更所在户",
    "enrolment.suspend": "停保",
    "enrolment.resume": "恢复参保",
    "enrolment.terminate": "终止参保",
    "enrolment.record_death": "死亡登记",
    "enrolment.record_special_group": "登记特殊人员标识",
    "enrolment.end_special_group": "终止特殊人员标识",
    "enrolment.renew_document": "更换居留证件",
    "enrolment.close_listing": "未参保困难人员办结",
    "enrolment.block_benefits": "暂停待遇",
    "enrolment.lift_block": "恢复待遇",
    "enrolment.apply_for_card": "申领社会保障卡",
    "enrolment.issue_card": "发放社会保障卡",
    "enrolment.report_card_lost": "社会保障卡挂失",
    "enrolment.report_card_found": "社会保障卡解挂",
    "enrolment.cancel_card": "注销社会保障卡",
    "enrolment.register_employer": "单位参保登记",
    "enrolment.change_employer": "单位信息变更",
    "enrolment.close_employer": "单位注销",
    "enrolment.employer_joins": "单位增员",
    "enrolment.employer_leaves": "单位减员",
    "enrolment.employer_member_changes": "调整职工缴费工资或类别",
    "platform.export": "导出清单",
    "enrolment.person_seen": "查阅参保人",
    "enrolment.certificate_seen": "查看完整证件号码",
}
