"""States of a year change (年度切换状态)."""

from django.db.models import TextChoices


class YearState(TextChoices):
    PREPARING = "preparing", "准备中"
    RELEASED = "released", "已发布"


class ItemState(TextChoices):
    """Where an item of the list stands (清单项状态)."""

    OPEN = "open", "未就绪"
    READY = "ready", "就绪"
    CONFIRMED = "confirmed", "已确认"
