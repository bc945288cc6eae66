"""Tables of figures that go out by period (定期数据; SYS-04; JL2019 §50)."""

from django.db import models
from django.db.models import F, Q

from tongchou.exchange.models.files import Partner


class FiguresReport(models.Model):
    """定期数据: the figures of one period for one partner as they were counted that day; never changed.

    `rows` is a list of [code, title, value, unit]; what was counted later goes out as another edition.
    """

    partner = models.ForeignKey(Partner, on_delete=models.PROTECT, related_name="figures", db_index=False)
    period_from = models.DateField("所属期起")
    period_until = models.DateField("所属期止(不含)")
    edition = models.PositiveSmallIntegerField("版次", default=1)
    rows = models.JSONField("数据")
    made_by = models.CharField("制作人", max_length=30)
    made_at = models.DateTimeField("制作时间")

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["partner", "period_from", "period_until", "edition"], name="figures_once"),
            models.CheckConstraint(condition=Q(period_until__gt=F("period_from")), name="figures_of_a_period"),
        ]
