"""The duty matrix by item and level (职责分工表; ORG-03)."""

import django.contrib.postgres.constraints
import django.contrib.postgres.fields
import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models

import tongchou.platform.ranges


class Migration(migrations.Migration):
    dependencies = [
        ("platform", "0004_commissions"),
    ]

    operations = [
        migrations.CreateModel(
            name="DutyEdition",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                (
                    "state",
                    models.CharField(
                        choices=[("draft", "待核准"), ("approved", "已核准"), ("rejected", "已退回")],
                        default="draft",
                        max_length=10,
                        verbose_name="状态",
                    ),
                ),
                ("valid_from", models.DateField(verbose_name="生效日期")),
                ("valid_until", models.DateField(null=True, verbose_name="终止日期")),
                ("version", models.PositiveIntegerField(default=1, verbose_name="版本")),
                ("is_first_data", models.BooleanField(default=False, verbose_name="随系统提供")),
                (
                    "savers",
                    django.contrib.postgres.fields.ArrayField(
                        base_field=models.CharField(max_length=18), default=list, size=None
                    ),
                ),
                ("made_at", models.DateTimeField(verbose_name="起草时间")),
                ("decided_at", models.DateTimeField(null=True, verbose_name="核准时间")),
                ("note", models.CharField(blank=True, max_length=200, verbose_name="意见")),
                (
                    "decided_by",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                (
                    "made_by",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                (
                    "unit",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="duty_editions",
                        to="platform.orgunit",
                        verbose_name="机构",
                    ),
                ),
            ],
        ),
        migrations.CreateModel(
            name="DutyCell",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("item", models.CharField(max_length=30, verbose_name="事项")),
                (
                    "level",
                    models.CharField(
                        choices=[
                            ("province", "省级"),
                            ("city", "市级"),
                            ("county", "县级"),
                            ("town", "乡镇(街道)"),
                            ("village", "村(社区)"),
                            ("school", "学校"),
                            ("institution_office", "定点机构医保科"),
                        ],
                        max_length=20,
                        verbose_name="层级",
                    ),
                ),
                (
                    "duties",
                    django.contrib.postgres.fields.ArrayField(
                        base_field=models.CharField(
                            choices=[("sets", "定规则"), ("handles", "办理"), ("reviews", "审核"), ("reads", "查阅")],
                            max_length=10,
                        ),
                        default=list,
                        size=None,
                        verbose_name="职责",
                    ),
                ),
                (
                    "edition",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE, related_name="cells", to="platform.dutyedition"
                    ),
                ),
            ],
        ),
        migrations.AddConstraint(
            model_name="dutyedition",
            constraint=django.contrib.postgres.constraints.ExclusionConstraint(
                condition=models.Q(("state", "approved")),
                expressions=[("unit", "="), (tongchou.platform.ranges.DateRange("valid_from", "valid_until"), "&&")],
                name="duty_edition_one_in_force",
            ),
        ),
        migrations.AddConstraint(
            model_name="dutyedition",
            constraint=models.UniqueConstraint(
                condition=models.Q(("state", "draft")), fields=("unit",), name="duty_edition_one_draft"
            ),
        ),
        migrations.AddConstraint(
            model_name="dutyedition",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    ("valid_until", None), ("valid_until__gte", models.F("valid_from")), _connector="OR"
                ),
                name="duty_edition_span_in_order",
            ),
        ),
        migrations.AddConstraint(
            model_name="dutyedition",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("decided_by", None), ("is_first_data", True), ("made_by", None), ("state", "approved")),
                    models.Q(("is_first_data", False), ("made_by__isnull", False)),
                    _connector="OR",
                ),
                name="duty_edition_made_by_somebody",
            ),
        ),
        migrations.AddConstraint(
            model_name="dutyedition",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    ("is_first_data", True),
                    models.Q(("decided_at", None), ("decided_by", None), ("state", "draft")),
                    models.Q(
                        ("decided_at__isnull", False),
                        ("decided_by__isnull", False),
                        models.Q(("state", "draft"), _negated=True),
                    ),
                    _connector="OR",
                ),
                name="duty_edition_decided_by_somebody",
            ),
        ),
        migrations.AddConstraint(
            model_name="dutyedition",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    ("decided_by", None), models.Q(("decided_by", models.F("made_by")), _negated=True), _connector="OR"
                ),
                name="duty_edition_two_persons",
            ),
        ),
        migrations.AddConstraint(
            model_name="dutycell",
            constraint=models.UniqueConstraint(fields=("edition", "level", "item"), name="duty_cell_once"),
        ),
        migrations.AddConstraint(
            model_name="dutycell",
            constraint=models.CheckConstraint(
                condition=models.Q(("duties__contained_by", ["sets", "handles", "reviews", "reads"])),
                name="duty_cell_holds_known_duties",
            ),
        ),
    ]
