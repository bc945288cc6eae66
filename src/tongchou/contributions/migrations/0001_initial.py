"""The tables of contributions and coverage (筹资缴费)."""

import django.contrib.postgres.constraints
import django.db.models.deletion
from django.db import migrations, models

import tongchou.enrolment.spans


class Migration(migrations.Migration):
    initial = True

    dependencies = [
        ("enrolment", "0001_initial"),
        ("platform", "0001_initial"),
    ]

    operations = [
        migrations.CreateModel(
            name="ImportBatch",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("scheme", models.CharField(max_length=10, verbose_name="险种")),
                (
                    "channel",
                    models.CharField(
                        choices=[
                            ("bank", "银行托收"),
                            ("tax", "税务征收"),
                            ("school", "学校代收"),
                            ("counter", "窗口缴费"),
                            ("aid", "资助参保"),
                        ],
                        max_length=10,
                        verbose_name="渠道",
                    ),
                ),
                ("file_name", models.CharField(max_length=200, verbose_name="文件名")),
                ("digest", models.CharField(max_length=64, verbose_name="摘要")),
                ("rows_accepted", models.PositiveIntegerField(verbose_name="入库行数")),
                ("rows_refused", models.PositiveIntegerField(verbose_name="拒绝行数")),
                ("amount_fen", models.BigIntegerField(verbose_name="金额合计")),
                ("voucher_no", models.CharField(blank=True, max_length=30, verbose_name="记账凭证号")),
                ("operator_code", models.CharField(max_length=30, verbose_name="经办人")),
                ("created_at", models.DateTimeField(verbose_name="导入时间")),
                (
                    "pooling_area",
                    models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, to="platform.poolingarea"),
                ),
            ],
        ),
        migrations.CreateModel(
            name="Contribution",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("scheme", models.CharField(max_length=10, verbose_name="险种")),
                ("benefit_year", models.PositiveSmallIntegerField(verbose_name="保险年度")),
                ("amount_fen", models.BigIntegerField(verbose_name="个人缴费金额")),
                ("aided_fen", models.BigIntegerField(default=0, verbose_name="其中资助金额")),
                ("paid_in_full_on", models.DateField(verbose_name="足额缴费日期")),
                (
                    "kind",
                    models.CharField(
                        choices=[
                            ("continuous", "连续参保"),
                            ("grace", "延期(宽限)"),
                            ("first", "初次参保"),
                            ("first_mid", "初次参保(年中)"),
                            ("rejoined", "中断后参保"),
                            ("late", "逾期"),
                            ("newborn", "新生儿期内"),
                            ("newborn_late", "新生儿超期"),
                        ],
                        max_length=12,
                        verbose_name="缴费类型",
                    ),
                ),
                (
                    "channel",
                    models.CharField(
                        choices=[
                            ("bank", "银行托收"),
                            ("tax", "税务征收"),
                            ("school", "学校代收"),
                            ("counter", "窗口缴费"),
                            ("aid", "资助参保"),
                        ],
                        max_length=10,
                        verbose_name="渠道",
                    ),
                ),
                ("receipt_no", models.CharField(blank=True, max_length=40, verbose_name="票据号")),
                ("voided_at", models.DateTimeField(null=True, verbose_name="作废时间")),
                ("void_reason", models.CharField(blank=True, max_length=200, verbose_name="作废原因")),
                ("created_at", models.DateTimeField()),
                (
                    "corrects",
                    models.OneToOneField(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="correction",
                        to="contributions.contribution",
                    ),
                ),
                (
                    "person",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="enrolment.person",
                    ),
                ),
                (
                    "pooling_area",
                    models.ForeignKey(
                        db_constraint=False,
                        db_index=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        to="platform.poolingarea",
                    ),
                ),
                (
                    "batch",
                    models.ForeignKey(
                        db_index=False,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="contributions",
                        to="contributions.importbatch",
                    ),
                ),
            ],
        ),
        migrations.CreateModel(
            name="ContributionStandard",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("scheme", models.CharField(max_length=10, verbose_name="险种")),
                ("benefit_year", models.PositiveSmallIntegerField(verbose_name="保险年度")),
                ("category", models.CharField(blank=True, max_length=10, verbose_name="人员类别")),
                ("personal_fen", models.BigIntegerField(verbose_name="个人缴费标准")),
                ("subsidy_fen", models.BigIntegerField(verbose_name="财政补助标准")),
                ("source", models.CharField(max_length=200, verbose_name="文件依据")),
                (
                    "pooling_area",
                    models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, to="platform.poolingarea"),
                ),
            ],
            options={
                "constraints": [
                    models.UniqueConstraint(
                        fields=("pooling_area", "scheme", "benefit_year", "category"), name="standard_once_a_year"
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("personal_fen__gte", 0), ("subsidy_fen__gte", 0)),
                        name="standard_not_negative",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("source", ""), _negated=True), name="standard_has_a_source"
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="CoverageSpan",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("scheme", models.CharField(max_length=10, verbose_name="险种")),
                ("benefit_year", models.PositiveSmallIntegerField(verbose_name="保险年度")),
                ("covered_from", models.DateField(verbose_name="享受待遇起")),
                ("covered_until", models.DateField(verbose_name="享受待遇止")),
                ("rule", models.CharField(max_length=60, verbose_name="依据")),
                ("paid_on", models.DateField(null=True, verbose_name="足额缴费日期")),
                ("withdrawn_at", models.DateTimeField(null=True, verbose_name="撤回时间")),
                ("created_at", models.DateTimeField()),
                (
                    "contribution",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="spans",
                        to="contributions.contribution",
                    ),
                ),
                (
                    "person",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="enrolment.person",
                    ),
                ),
                (
                    "pooling_area",
                    models.ForeignKey(
                        db_constraint=False,
                        db_index=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        to="platform.poolingarea",
                    ),
                ),
            ],
            options={
                "indexes": [
                    models.Index(
                        condition=models.Q(("withdrawn_at", None)),
                        fields=["person", "covered_from"],
                        include=("covered_until", "scheme", "benefit_year", "rule", "paid_on"),
                        name="coverage_person",
                    )
                ],
                "constraints": [
                    django.contrib.postgres.constraints.ExclusionConstraint(
                        condition=models.Q(("withdrawn_at", None)),
                        expressions=[
                            (tongchou.enrolment.spans.PersonDays("person", "covered_from", "covered_until"), "&&")
                        ],
                        name="coverage_no_overlap",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("covered_until__gt", models.F("covered_from"))), name="coverage_not_empty"
                    ),
                ],
            },
        ),
        migrations.AddConstraint(
            model_name="importbatch",
            constraint=models.UniqueConstraint(fields=("pooling_area", "digest"), name="contribution_file_once"),
        ),
        migrations.AddIndex(
            model_name="contribution",
            index=models.Index(fields=["person", "benefit_year"], name="contribution_person"),
        ),
        migrations.AddIndex(
            model_name="contribution",
            index=models.Index(
                condition=models.Q(("voided_at", None)),
                fields=["pooling_area", "benefit_year", "paid_in_full_on", "id"],
                include=("amount_fen",),
                name="contribution_paid",
            ),
        ),
        migrations.AddIndex(
            model_name="contribution",
            index=models.Index(
                condition=models.Q(("batch__isnull", False)), fields=["batch"], name="contribution_batch"
            ),
        ),
        migrations.AddConstraint(
            model_name="contribution",
            constraint=models.UniqueConstraint(
                condition=models.Q(("voided_at", None)),
                fields=("person", "scheme", "benefit_year"),
                name="contribution_once_a_year",
            ),
        ),
        migrations.AddConstraint(
            model_name="contribution",
            constraint=models.CheckConstraint(
                condition=models.Q(("amount_fen__gte", 0)), name="contribution_not_negative"
            ),
        ),
        migrations.AddConstraint(
            model_name="contribution",
            constraint=models.CheckConstraint(
                condition=models.Q(("aided_fen__gte", 0), ("aided_fen__lte", models.F("amount_fen"))),
                name="contribution_aid_within_amount",
            ),
        ),
        migrations.AddConstraint(
            model_name="contribution",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("void_reason", ""), ("voided_at", None)),
                    models.Q(("voided_at__isnull", False), models.Q(("void_reason", ""), _negated=True)),
                    _connector="OR",
                ),
                name="contribution_voided_for_a_reason",
            ),
        ),
    ]
