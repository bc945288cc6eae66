"""Tables of the year change (年度切换)."""

from django.db import models
from django.db.models import F, Q

from tongchou.year_change.states import YearState


class YearChange(models.Model):
    """年度切换 of one pooling area (ORG-26): prepared by one person, released by another.

    `findings` is what the items said when they last looked (`checked_at`): by code, whether ready and the words.
    """

    pooling_area = models.ForeignKey("platform.PoolingArea", on_delete=models.PROTECT, related_name="+")
    year = models.PositiveSmallIntegerField("切换到年度")
    state = models.CharField("状态", max_length=10, choices=YearState, default=YearState.PREPARING)
    findings = models.JSONField("核查结果", default=dict)
    checked_at = models.DateTimeField("核查时间")
    opened_by = models.ForeignKey("platform.Operator", on_delete=models.PROTECT, related_name="+")
    opened_at = models.DateTimeField("建立时间")
    released_by = models.ForeignKey("platform.Operator", null=True, on_delete=models.PROTECT, related_name="+")
    released_at = models.DateTimeField("发布时间", null=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["pooling_area", "year"], name="year_change_once"),
            models.CheckConstraint(
                condition=Q(state=YearState.PREPARING, released_by=None, released_at=None)
                | Q(state=YearState.RELEASED, released_by__isnull=False, released_at__isnull=False),
                name="year_change_released_by_and_when",
            ),
            models.CheckConstraint(
                condition=Q(released_by=None) | ~Q(released_by=F("opened_by")), name="year_change_needs_two_persons"
            ),
        ]


class Confirmation(models.Model):
    """人工确认 of one item: why it counts as ready, on which document; withdrawn, never deleted."""

    change = models.ForeignKey(YearChange, on_delete=models.PROTECT, related_name="confirmations")
    item = models.CharField("清单项", max_length=40)
    note = models.CharField("说明", max_length=300)
    document = models.CharField("依据文件", max_length=200, blank=True)
    confirmed_by = models.ForeignKey("platform.Operator", on_delete=models.PROTECT, related_name="+")
    confirmed_at = models.DateTimeField("确认时间")
    withdrawn_by = models.ForeignKey("platform.Operator", null=True, on_delete=models.PROTECT, related_name="+")
    withdrawn_at = models.DateTimeField("撤回时间", null=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["change", "item"], condition=Q(withdrawn_at=None), name="year_change_item_confirmed_once"
            ),
            models.CheckConstraint(condition=~Q(note=""), name="year_change_confirmation_says_why"),
            models.CheckConstraint(
                condition=Q(withdrawn_at=None, withdrawn_by=None)
                | Q(withdrawn_at__isnull=False, withdrawn_by__isnull=False),
                name="year_change_confirmation_withdrawn_by",
            ),
        ]
