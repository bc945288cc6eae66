"""What is remembered of the invented city (模拟城市)."""

from django.db import models
from django.db.models import F, Q


class City(models.Model):
    """The invented city of this database: the plan it was made from, so that a hospital can be played in it later.

    Its presence says that everything here is invented, and may be thrown away to make another city.
    """

    pooling_area = models.CharField("统筹地区", max_length=6, primary_key=True)
    seed = models.BigIntegerField("随机种子")
    persons = models.IntegerField("人数")
    made_for = models.DateField("建城日期")
    founded_at = models.DateTimeField("建立时间")
    history_from = models.DateField("业务历史起", null=True)
    history_until = models.DateField("业务历史止(不含)", null=True)

    class Meta:
        constraints = [
            models.CheckConstraint(condition=Q(persons__gt=0), name="city_has_people"),
            models.CheckConstraint(
                condition=Q(history_from=None, history_until=None)
                | Q(history_from__isnull=False, history_until__gte=F("history_from")),
                name="city_history_in_order",
            ),
        ]
