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
    WITHDRAWN = "withdrawn", "已撤销"


IMPORT_TRANSITIONS = {
    (ImportState.CHECKING, ImportState.CHECKED): "every row was read",
    (ImportState.CHECKING, ImportState.UNREADABLE): "not a table of this kind",
    (ImportState.CHECKING, ImportState.CANCELLED): "the operator gave up",
    (ImportState.CHECKED, ImportState.TAKING_IN): "the operator chose all or only the good rows",
    (ImportState.CHECKED, ImportState.CHECKING): "checked again, because the books have moved",
    (ImportState.CHECKED, ImportState.CANCELLED): "the operator gave up",
    (ImportState.TAKING_IN, ImportState.DONE): "one transaction, or the last of its parts",
    (ImportState.TAKING_IN, ImportState.CHECKED): "stopped, killed or refused; what is left can be taken in again",
    (ImportState.DONE, ImportState.WITHDRAWN): "what it brought was withdrawn whole; the same file may come again",
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
    COURT = "court", "法院"
    AUDIT = "audit", "审计"
    MARKET = "market", "市场监管、药监"
    PRICE = "price", "物价"


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


class OnArrival(models.TextChoices):
    """到件处理: what becomes of a partner's file that a link brings."""

    CONFIRM = "confirm", "检查后待确认"
    GOOD_ROWS = "good_rows", "无误行入库,有误行退回"
    ALL_ROWS = "all_rows", "全部无误才入库"


class Carrier(models.TextChoices):
    """传输方式."""

    FOLDER = "folder", "共享目录"
    HTTP = "http", "HTTP 接口"


class KeySide(models.TextChoices):
    """密钥用途."""

    OURS = "ours", "我方签名"
    THEIRS = "theirs", "对方签名"


class DeliveryState(models.TextChoices):
    """投递状态."""

    WAITING = "waiting", "排队中"
    DELIVERED = "delivered", "已送达"
    REFUSED = "refused", "对方拒收"
    WITHDRAWN = "withdrawn", "已撤回"


DELIVERY_TRANSITIONS = {
    (DeliveryState.WAITING, DeliveryState.DELIVERED): "the partner has it",
    (DeliveryState.WAITING, DeliveryState.REFUSED): "the partner will not have it; a person decides",
    (DeliveryState.WAITING, DeliveryState.WITHDRAWN): "taken to the partner by hand instead",
}


class ArrivalState(models.TextChoices):
    """到件状态."""

    RECEIVED = "received", "待受理"
    CHECKED = "checked", "待确认"
    WAITING = "waiting", "受理未成"
    BOOKED = "booked", "已入库"
    REFUSED = "refused", "已拒收"


ARRIVAL_TRANSITIONS = {
    (ArrivalState.RECEIVED, ArrivalState.CHECKED): "read to the end; a person confirms, or a second one approves",
    (ArrivalState.RECEIVED, ArrivalState.BOOKED): "taken in as agreed",
    (ArrivalState.RECEIVED, ArrivalState.WAITING): "something of ours stands in the way; to be tried again",
    (ArrivalState.RECEIVED, ArrivalState.REFUSED): "not what was agreed",
    (ArrivalState.WAITING, ArrivalState.RECEIVED): "tried again by a person",
    (ArrivalState.CHECKED, ArrivalState.BOOKED): "a person took it in",
    (ArrivalState.CHECKED, ArrivalState.REFUSED): "a person gave it up",
}


class DutyForm(models.TextChoices):
    """责任事项形式 (ORG-05)."""

    LIST = "list", "名单"
    CERTIFICATE = "certificate", "证明"
    FUND = "fund", "资金"
    FILE = "file", "文件"


class Giver(models.TextChoices):
    """交出方."""

    PARTNER = "partner", "对方交来"
    HOUSE = "house", "我方送出"


class HandOffState(models.TextChoices):
    """交接状态."""

    AWAITED = "awaited", "待交接"
    DONE = "done", "已交接"
    WAIVED = "waived", "本期无需"
