"""States of the exchange (数据交换)."""

from django.db import models


class ImportState(models.TextChoices):
    """导入文件状态."""

    CHECKING = "checking", "检查中"
    CHECKED = "checked", "待确认"
    TAKING_IN = "taking_in", "入库中"
    DONE = "done", "已入库"
    UNREADABLE = "unreadable", "无法读取"
    CANCELLED = "cancelled", "已取消"


IMPORT_TRANSITIONS = {
    (ImportState.CHECKING, ImportState.CHECKED): "every row was read",
    (ImportState.CHECKING, ImportState.UNREADABLE): "not a table of this kind",
    (ImportState.CHECKING, ImportState.CANCELLED): "the operator gave up",
    (ImportState.CHECKED, ImportState.TAKING_IN): "the operator chose all or only the good rows",
    (ImportState.CHECKED, ImportState.CHECKING): "checked again, because the books have moved",
    (ImportState.CHECKED, ImportState.CANCELLED): "the operator gave up",
    (ImportState.TAKING_IN, ImportState.DONE): "one transaction",
    (ImportState.TAKING_IN, ImportState.CHECKED): "stopped, killed or refused; nothing was taken in",
}


class PartnerKind(models.TextChoices):
    """交换对象类别 (JL2019 §50)."""

    BANK = "bank", "银行"
    TAX = "tax", "税务"
    CIVIL_AFFAIRS = "civil_affairs", "民政"
    POLICE = "police", "公安"
    EDUCATION = "education", "教育"
    POVERTY_RELIEF = "poverty_relief", "扶贫"
    DISABLED = "disabled", "残联"
    HEALTH = "health", "卫生健康"
    HUMAN_RESOURCES = "hr", "人力资源"
    FINANCE = "finance", "财政"
    STATISTICS = "statistics", "统计部门"
    DATA_OFFICE = "data_office", "政务数据"
    INSURER = "insurer", "商业保险"


class Direction(models.TextChoices):
    """交换方向."""

    OUT = "out", "发出"
    IN = "in", "接收"
    BOTH = "both", "双向"


class Frequency(models.TextChoices):
    """交换频率."""

    DAILY = "daily", "每日"
    MONTHLY = "monthly", "每月"
    QUARTERLY = "quarterly", "每季"
    YEARLY = "yearly", "每年"
    AS_NEEDED = "as_needed", "按需"


class OutgoingState(models.TextChoices):
    """发出文件状态."""

    MADE = "made", "已生成"
    SENT = "sent", "已发送"
    RECEIPTED = "receipted", "对方已签收"
    ANSWERED = "answered", "已回盘"
    RECONCILED = "reconciled", "已对账"
    CANCELLED = "cancelled", "已撤销"


OUTGOING_TRANSITIONS = {
    (OutgoingState.MADE, OutgoingState.SENT): "delivered, or taken there by hand",
    (OutgoingState.MADE, OutgoingState.CANCELLED): "never left the house",
    (OutgoingState.SENT, OutgoingState.RECEIPTED): "the partner says it has come",
    (OutgoingState.SENT, OutgoingState.ANSWERED): "every row is answered",
    (OutgoingState.RECEIPTED, OutgoingState.ANSWERED): "every row is answered",
    (OutgoingState.ANSWERED, OutgoingState.RECONCILED): "both sides have the same total",
}


class RejectState(models.TextChoices):
    """退回明细状态."""

    OPEN = "open", "待处理"
    RESOLVED = "resolved", "已处理"
