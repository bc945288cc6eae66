"""The tables of the year change (年度切换; ORG-26)."""

import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models

from tongchou.platform.tables import Together


class Migration(migrations.Migration):
    initial = True

    dependencies = [
        ("platform", "0001_initial"),
        ("platform", "__first__"),
    ]

    operations = [
        Together(
            [
                migrations.CreateModel(
                    name="YearChange",
                    fields=[
                        (
                            "id",
                            models.BigAutoField(
                                auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                            ),
                        ),
                        (
                            "pooling_area",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT, related_name="+", to="platform.poolingarea"
                            ),
                        ),
                        ("year", models.PositiveSmallIntegerField(verbose_name="切换到年度")),
                        (
                            "state",
                            models.CharField(
                                choices=[("preparing", "准备中"), ("released", "已发布")],
                                default="preparing",
                                max_length=10,
                                verbose_name="状态",
                            ),
                        ),
                        ("findings", models.JSONField(default=dict, verbose_name="核查结果")),
                        ("checked_at", models.DateTimeField(verbose_name="核查时间")),
                        (
                            "opened_by",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="+",
                                to=settings.AUTH_USER_MODEL,
                            ),
                        ),
                        ("opened_at", models.DateTimeField(verbose_name="建立时间")),
                        (
                            "released_by",
                            models.ForeignKey(
                                null=True,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="+",
                                to=settings.AUTH_USER_MODEL,
                            ),
                        ),
                        ("released_at", models.DateTimeField(null=True, verbose_name="发布时间")),
                    ],
                    options={
                        "constraints": [
                            models.UniqueConstraint(fields=("pooling_area", "year"), name="year_change_once"),
                            models.CheckConstraint(
                                condition=models.Q(
                                    models.Q(("released_at", None), ("released_by", None), ("state", "preparing")),
                                    models.Q(
                                        ("released_at__isnull", False),
                                        ("released_by__isnull", False),
                                        ("state", "released"),
                                    ),
                                    _connector="OR",
                                ),
                                name="year_change_released_by_and_when",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(
                                    ("released_by", None),
                                    models.Q(("released_by", models.F("opened_by")), _negated=True),
                                    _connector="OR",
                                ),
                                name="year_change_needs_two_persons",
                            ),
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="Confirmation",
                    fields=[
                        (
                            "id",
                            models.BigAutoField(
                                auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                            ),
                        ),
                        (
                            "change",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="confirmations",
                                to="year_change.yearchange",
                            ),
                        ),
                        ("item", models.CharField(max_length=40, verbose_name="清单项")),
                        ("note", models.CharField(max_length=300, verbose_name="说明")),
                        ("document", models.CharField(blank=True, max_length=200, verbose_name="依据文件")),
                        (
                            "confirmed_by",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="+",
                                to=settings.AUTH_USER_MODEL,
                            ),
                        ),
                        ("confirmed_at", models.DateTimeField(verbose_name="确认时间")),
                        (
                            "withdrawn_by",
                            models.ForeignKey(
                                null=True,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="+",
                                to=settings.AUTH_USER_MODEL,
                            ),
                        ),
                        ("withdrawn_at", models.DateTimeField(null=True, verbose_name="撤回时间")),
                    ],
                    options={
                        "constraints": [
                            models.UniqueConstraint(
                                condition=models.Q(("withdrawn_at", None)),
                                fields=("change", "item"),
                                name="year_change_item_confirmed_once",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(("note", ""), _negated=True),
                                name="year_change_confirmation_says_why",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(
                                    models.Q(("withdrawn_at", None), ("withdrawn_by", None)),
                                    models.Q(("withdrawn_at__isnull", False), ("withdrawn_by__isnull", False)),
                                    _connector="OR",
                                ),
                                name="year_change_confirmation_withdrawn_by",
                            ),
                        ],
                    },
                ),
            ]
        ),
    ]
