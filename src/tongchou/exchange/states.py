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
