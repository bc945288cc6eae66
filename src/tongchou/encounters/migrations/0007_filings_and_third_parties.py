"""Filings, third parties, and sums by the disease that lines name (ENC-13, 21, 22; BEN-22, 38)."""

import django.contrib.postgres.constraints
import django.contrib.postgres.fields
from django.db import migrations, models

import tongchou.platform.ranges


class Migration(migrations.Migration):
    dependencies = [
        ("encounters", "0006_newest_first"),
    ]

    operations = [
        migrations.CreateModel(
            name="Filing",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("pooling_area", models.CharField(max_length=6, verbose_name="参保地")),
                ("person_id", models.BigIntegerField(verbose_name="参保人")),
                (
                    "kind",
                    models.CharField(
                        choices=[("chronic", "门诊特殊慢性病"), ("home_bed", "家庭病床")],
                        max_length=10,
                        verbose_name="备案类别",
                    ),
                ),
                ("disease_code", models.CharField(blank=True, max_length=30, verbose_name="病种编码")),
                (
                    "institution_codes",
                    django.contrib.postgres.fields.ArrayField(
                        base_field=models.CharField(max_length=12), size=None, verbose_name="定点机构"
                    ),
                ),
                ("consented_on", models.DateField(verbose_name="经办机构同意日期")),
                ("valid_from", models.DateField(verbose_name="开始日期")),
                ("valid_until", models.DateField(verbose_name="终止日期(不含)")),
                ("evidence", models.CharField(max_length=200, verbose_name="材料")),
                ("extensions", models.PositiveSmallIntegerField(default=0, verbose_name="延期次数")),
                ("closing_reason", models.CharField(blank=True, max_length=200, verbose_name="结束原因")),
                ("cancelled_at", models.DateTimeField(null=True, verbose_name="作废时间")),
                ("filed_by", models.CharField(max_length=50, verbose_name="经办人")),
                ("filed_at", models.DateTimeField(verbose_name="备案时间")),
                ("version", models.PositiveIntegerField(default=1, verbose_name="修改次数")),
            ],
        ),
        migrations.CreateModel(
            name="ThirdPartyDecision",
            fields=[
                (
                    "pk",
                    models.CompositePrimaryKey(
                        "pooling_area", "encounter_id", blank=True, editable=False, primary_key=True, serialize=False
                    ),
                ),
                ("pooling_area", models.CharField(max_length=6, verbose_name="参保地")),
                ("encounter_id", models.BigIntegerField(verbose_name="就诊ID")),
                (
                    "verdict",
                    models.CharField(
                        choices=[
                            ("nobody", "无第三方责任"),
                            ("share", "第三方按比例负担"),
                            ("amount", "第三方负担定额"),
                        ],
                        max_length=6,
                        verbose_name="认定",
                    ),
                ),
                ("share_ppm", models.PositiveIntegerField(null=True, verbose_name="第三方负担比例(百万分之)")),
                ("amount_fen", models.BigIntegerField(null=True, verbose_name="第三方负担金额")),
                ("liable_party", models.CharField(blank=True, max_length=100, verbose_name="责任方")),
                ("document", models.CharField(max_length=100, verbose_name="认定文书")),
                ("reason", models.CharField(max_length=200, verbose_name="理由")),
                ("decided_by", models.CharField(max_length=50, verbose_name="认定人")),
                ("decided_at", models.DateTimeField(verbose_name="认定时间")),
                ("version", models.PositiveIntegerField(default=1, verbose_name="修改次数")),
            ],
        ),
        migrations.CreateModel(
            name="ThirdPartyRecovery",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("pooling_area", models.CharField(max_length=6)),
                ("encounter_id", models.BigIntegerField()),
                ("amount_fen", models.BigIntegerField(verbose_name="追回金额")),
                ("received_on", models.DateField(verbose_name="到账日期")),
                ("document", models.CharField(max_length=100, verbose_name="凭证")),
                ("noted_by", models.CharField(max_length=50, verbose_name="登记人")),
                ("noted_at", models.DateTimeField(verbose_name="登记时间")),
            ],
        ),
        migrations.AddField(
            model_name="chargebatch",
            name="marked_fen",
            field=models.JSONField(null=True, verbose_name="按病种合计"),
        ),
        migrations.AddIndex(
            model_name="encounter",
            index=models.Index(condition=models.Q(("third_party", True)), fields=["-id"], name="encounter_third_party"),
        ),
        migrations.AddIndex(
            model_name="filing",
            index=models.Index(fields=["person_id", "kind"], name="filing_person"),
        ),
        migrations.AddConstraint(
            model_name="filing",
            constraint=django.contrib.postgres.constraints.ExclusionConstraint(
                condition=models.Q(("cancelled_at", None)),
                expressions=[
                    ("person_id", "="),
                    ("kind", "="),
                    ("disease_code", "="),
                    (tongchou.platform.ranges.DateRange("valid_from", "valid_until"), "&&"),
                ],
                name="filing_no_overlap",
            ),
        ),
        migrations.AddConstraint(
            model_name="filing",
            constraint=models.CheckConstraint(
                condition=models.Q(("valid_until__gt", models.F("valid_from"))), name="filing_not_empty"
            ),
        ),
        migrations.AddConstraint(
            model_name="filing",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("kind", "home_bed"), _negated=True),
                    ("consented_on__lte", models.F("valid_from")),
                    _connector="OR",
                ),
                name="filing_consent_before_start",
            ),
        ),
        migrations.AddConstraint(
            model_name="thirdpartydecision",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("amount_fen", None), ("share_ppm", None), ("verdict", "nobody")),
                    models.Q(
                        ("amount_fen", None),
                        ("share_ppm__gt", 0),
                        ("share_ppm__isnull", False),
                        ("share_ppm__lte", 1000000),
                        ("verdict", "share"),
                    ),
                    models.Q(
                        ("amount_fen__gt", 0),
                        ("amount_fen__isnull", False),
                        ("share_ppm", None),
                        ("verdict", "amount"),
                    ),
                    _connector="OR",
                ),
                name="third_party_one_measure",
            ),
        ),
        migrations.AddConstraint(
            model_name="thirdpartyrecovery",
            constraint=models.UniqueConstraint(
                fields=("pooling_area", "encounter_id", "document"), name="third_party_recovery_once"
            ),
        ),
        migrations.AddConstraint(
            model_name="thirdpartyrecovery",
            constraint=models.CheckConstraint(
                condition=models.Q(("amount_fen__gt", 0)), name="third_party_recovery_positive"
            ),
        ),
    ]
