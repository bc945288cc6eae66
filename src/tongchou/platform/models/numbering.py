"""Number series (编号; ORG-20)."""

from django.db import models


class NumberSeries(models.Model):
    """The last number given out of one series in one area and year; its row lock makes the series gap-free."""

    pk = models.CompositePrimaryKey("area", "kind", "year")
    area = models.CharField("区划", max_length=12)
    kind = models.CharField("类别", max_length=30)
    year = models.PositiveSmallIntegerField("年度")
    last_number = models.PositiveIntegerField("最后编号")
