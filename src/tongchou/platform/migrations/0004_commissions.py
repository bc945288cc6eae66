"""Commissioned agents and what they may do (代办机构与委托; ORG-04)."""

import django.contrib.postgres.constraints
import django.contrib.postgres.fields
import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models

import tongchou.platform.ranges


class Migration(migrations.Migration):
    dependencies = [
        ("platform", "0003_second_factor"),
    ]

    operations = [
        migrations.CreateModel(
            name="AgreementDocument",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("name", models.CharField(max_length=100, verbose_name="文件名")),
                ("media_type", models.CharField(max_length=30, verbose_name="类型")),
                ("digest", models.BinaryField(max_length=32, verbose_name="摘要")),
                ("data", models.BinaryField(verbose_name="内容")),
            ],
        ),
        migrations.CreateModel(
            name="CommissionItem",
            fields=[
                ("code", models.CharField(max_length=30, primary_key=True, serialize=False, verbose_name="事项代码")),
                ("name", models.CharField(max_length=30, unique=True, verbose_name="事项名称")),
                (
                    "permissions",
                    django.contrib.postgres.fields.ArrayField(
                        base_field=models.CharField(max_length=60), default=list, size=None, verbose_name="权限"
                    ),
                ),
                (
                    "works",
                    django.contrib.postgres.fields.ArrayField(
                        base_field=models.CharField(max_length=60), default=list, size=None, verbose_name="业务"
                    ),
                ),
                ("citation", models.CharField(blank=True, max_length=60, verbose_name="依据")),
                ("rank", models.PositiveSmallIntegerField(verbose_name="排序")),
                ("version", models.PositiveIntegerField(default=1, verbose_name="版本")),
            ],
            options={
                "ordering": ["rank", "code"],
            },
        ),
        migrations.CreateModel(
            name="AgentOffice",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("name", models.CharField(max_length=100, verbose_name="名称")),
                (
                    "role",
                    models.CharField(
                        choices=[("agent", "代办机构"), ("assisting", "协办机构"), ("point", "基层代办点")],
                        max_length=10,
                        verbose_name="性质",
                    ),
                ),
                (
                    "type",
                    models.CharField(
                        choices=[
                            ("town", "乡镇(街道)服务中心"),
                            ("village_committee", "村(居)委会"),
                            ("school", "学校"),
                            ("clinic", "社区(基层)医疗卫生机构"),
                        ],
                        max_length=20,
                        verbose_name="类型",
                    ),
                ),
                ("registered_at", models.DateTimeField(verbose_name="登记时间")),
                (
                    "registered_by",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                (
                    "unit",
                    models.OneToOneField(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="agent_office",
                        to="platform.orgunit",
                        verbose_name="机构",
                    ),
                ),
            ],
        ),
        migrations.CreateModel(
            name="Commission",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                (
                    "items",
                    django.contrib.postgres.fields.ArrayField(
                        base_field=models.CharField(max_length=30), size=None, verbose_name="委托事项"
                    ),
                ),
                ("valid_from", models.DateField(verbose_name="生效日期")),
                ("valid_until", models.DateField(verbose_name="终止日期")),
                ("responsible", models.CharField(max_length=50, verbose_name="负责人")),
                ("phone", models.CharField(blank=True, max_length=30, verbose_name="联系电话")),
                ("agreement_no", models.CharField(blank=True, max_length=60, verbose_name="协议编号")),
                ("made_at", models.DateTimeField(verbose_name="登记时间")),
                ("request_id", models.CharField(blank=True, max_length=64)),
                ("ended_at", models.DateTimeField(null=True, verbose_name="终止登记时间")),
                ("end_reason", models.CharField(blank=True, max_length=200, verbose_name="终止原因")),
                (
                    "document",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="commissions",
                        to="platform.agreementdocument",
                    ),
                ),
                (
                    "ended_by",
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
                    "office",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="commissions",
                        to="platform.agentoffice",
                    ),
                ),
            ],
            options={
                "indexes": [models.Index(fields=["valid_until"], name="commission_until")],
                "constraints": [
                    django.contrib.postgres.constraints.ExclusionConstraint(
                        expressions=[
                            ("office", "="),
                            (tongchou.platform.ranges.DateRange("valid_from", "valid_until"), "&&"),
                        ],
                        name="commission_one_at_a_time",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("valid_until__gte", models.F("valid_from"))),
                        name="commission_span_in_order",
                    ),
                    models.CheckConstraint(condition=models.Q(("items__len__gt", 0)), name="commission_has_items"),
                    models.CheckConstraint(
                        condition=models.Q(("responsible", ""), _negated=True),
                        name="commission_has_somebody_responsible",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("end_reason", ""), ("ended_at", None), ("ended_by", None)),
                            models.Q(
                                ("ended_at__isnull", False),
                                ("ended_by__isnull", False),
                                models.Q(("end_reason", ""), _negated=True),
                            ),
                            _connector="OR",
                        ),
                        name="commission_ended_by_somebody_with_a_reason",
                    ),
                    models.UniqueConstraint(
                        condition=models.Q(("request_id", ""), _negated=True),
                        fields=("made_by", "request_id"),
                        name="commission_request_once",
                    ),
                ],
            },
        ),
    ]
