"""What a merge did with a row (归并的处理)."""

from django.db import models


class RowAct(models.TextChoices):
    """处理: what became of a row of one of the two records."""

    MOVED = "moved", "转入保留登记"
    STAYS = "stays", "留在原登记"
    MADE = "made", "归并时新增"
    CLOSED = "closed", "一并办结"
    RETURNED = "returned", "拆分时退回"
