"""Limits of approval chains as data (审批限额; ORG-12)."""

import django.contrib.postgres.constraints
import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models

import tongchou.platform.ranges


class Migration(migrations.Migration):
    dependencies = [
        ("cases", "0002_append_only"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name="StepLimit",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("pooling_area", models.CharField(max_length=6, verbose_name="统筹区")),
                ("kind", models.CharField(max_length=40, verbose_name="事项")),
                ("step", models.CharField(max_length=30, verbose_name="环节")),
                ("above_fen", models.BigIntegerField(verbose_name="金额超过(分)")),
                ("valid_from", models.DateField(verbose_name="启用日期")),
                ("valid_until", models.DateField(null=True, verbose_name="终止日期")),
                ("reason", models.CharField(max_length=200, verbose_name="依据")),
                ("set_at", models.DateTimeField(verbose_name="设定时间")),
                (
                    "set_by",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="+", to=settings.AUTH_USER_MODEL
                    ),
                ),
            ],
            options={
                "constraints": [
                    django.contrib.postgres.constraints.ExclusionConstraint(
                        expressions=[
                            ("pooling_area", "="),
                            ("kind", "="),
                            ("step", "="),
                            (tongchou.platform.ranges.DateRange("valid_from", "valid_until"), "&&"),
                        ],
                        name="step_limit_one_a_day",
                    ),
                    models.CheckConstraint(condition=models.Q(("above_fen__gte", 0)), name="step_limit_not_negative"),
                    models.CheckConstraint(
                        condition=models.Q(
                            ("valid_until", None), ("valid_until__gte", models.F("valid_from")), _connector="OR"
                        ),
                        name="step_limit_span_in_order",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("reason", ""), _negated=True), name="step_limit_has_a_reason"
                    ),
                ],
            },
        ),
    ]
