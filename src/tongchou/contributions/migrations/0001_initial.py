"""The tables of contributions and coverage (筹资缴费)."""

import django.contrib.postgres.constraints
import django.db.models.deletion
import django.db.models.expressions
import django.db.models.functions.comparison
from django.db import migrations, models

import tongchou.enrolment.spans
import tongchou.platform.ranges
from tongchou.platform.tables import Together


class Migration(migrations.Migration):
    initial = True

    dependencies = [
        ("enrolment", "0001_initial"),
        ("exchange", "0001_initial"),
        ("platform", "0001_initial"),
    ]

    operations = [
        Together(
            [
                migrations.CreateModel(
                    name="AidPlan",
                    fields=[
                        (
                            "id",
                            models.BigAutoField(
                                auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                            ),
                        ),
                        (
                            "pooling_area",
                            models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, to="platform.poolingarea"),
                        ),
                        ("benefit_year", models.PositiveSmallIntegerField(verbose_name="保险年度")),
                        (
                            "mode",
                            models.CharField(
                                choices=[("account", "转入个人账户(应缴不减)"), ("fund", "拨入基金(应缴核减)")],
                                max_length=8,
                                verbose_name="资助方式",
                            ),
                        ),
                        ("ref_date", models.DateField(verbose_name="认定基准日")),
                        ("income_account", models.CharField(default="4501", max_length=8, verbose_name="到账科目")),
                        ("source", models.CharField(max_length=200, verbose_name="文件依据")),
                        ("staff_code", models.CharField(max_length=30, verbose_name="经办人")),
                        ("set_at", models.DateTimeField(verbose_name="设定时间")),
                    ],
                    options={
                        "constraints": [
                            models.UniqueConstraint(
                                fields=("pooling_area", "benefit_year"), name="aid_plan_once_a_year"
                            ),
                            models.CheckConstraint(
                                condition=models.Q(("source", ""), _negated=True), name="aid_plan_has_a_source"
                            ),
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="AidList",
                    fields=[
                        (
                            "id",
                            models.BigAutoField(
                                auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                            ),
                        ),
                        (
                            "plan",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="lists",
                                to="contributions.aidplan",
                            ),
                        ),
                        (
                            "pooling_area",
                            models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, to="platform.poolingarea"),
                        ),
                        (
                            "department",
                            models.CharField(
                                choices=[
                                    ("civil_affairs", "民政部门"),
                                    ("poverty_relief", "扶贫(乡村振兴)部门"),
                                    ("disabled", "残疾人联合会"),
                                    ("health", "卫生健康(计划生育)部门"),
                                ],
                                max_length=20,
                                verbose_name="主管部门",
                            ),
                        ),
                        ("number", models.CharField(max_length=40, verbose_name="名册编号")),
                        ("rows", models.PositiveIntegerField(verbose_name="人数")),
                        ("amount_fen", models.BigIntegerField(verbose_name="资助金额")),
                        ("arrived_fen", models.BigIntegerField(default=0, verbose_name="到账金额")),
                        (
                            "state",
                            models.CharField(
                                choices=[("made", "已生成"), ("notified", "已通知部门"), ("confirmed", "部门已确认")],
                                default="made",
                                max_length=10,
                                verbose_name="状态",
                            ),
                        ),
                        ("made_by", models.CharField(max_length=30, verbose_name="经办人")),
                        ("made_at", models.DateTimeField(verbose_name="生成时间")),
                        ("notified_on", models.DateField(null=True, verbose_name="通知日期")),
                    ],
                    options={
                        "constraints": [
                            models.UniqueConstraint(fields=("number",), name="aid_list_number_once"),
                            models.CheckConstraint(
                                condition=models.Q(
                                    models.Q(("notified_on", None), ("state", "made")),
                                    models.Q(
                                        models.Q(("state", "made"), _negated=True), ("notified_on__isnull", False)
                                    ),
                                    _connector="OR",
                                ),
                                name="aid_list_notified_when",
                            ),
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="AidItem",
                    fields=[
                        (
                            "id",
                            models.BigAutoField(
                                auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                            ),
                        ),
                        (
                            "list",
                            models.ForeignKey(
                                db_index=False,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="items",
                                to="contributions.aidlist",
                            ),
                        ),
                        ("line_no", models.PositiveIntegerField(verbose_name="行号")),
                        (
                            "plan",
                            models.ForeignKey(
                                db_index=False,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="+",
                                to="contributions.aidplan",
                            ),
                        ),
                        (
                            "person",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT, related_name="+", to="enrolment.person"
                            ),
                        ),
                        ("unit_code", models.CharField(db_collation="C", max_length=12, verbose_name="参保单位")),
                        (
                            "category",
                            models.CharField(
                                choices=[
                                    ("dibao", "最低生活保障对象"),
                                    ("tekun", "特困供养人员"),
                                    ("poor", "建档立卡贫困人口"),
                                    ("severe_disability", "重度残疾人"),
                                    ("low_income", "低收入家庭60岁以上老人和未成年人"),
                                    ("family_planning", "独生子女户、双女结扎户"),
                                    ("border_resident", "边境0—20公里居民"),
                                    ("ninety", "90岁以上老人"),
                                ],
                                max_length=20,
                                verbose_name="人员类别",
                            ),
                        ),
                        ("standard_fen", models.BigIntegerField(verbose_name="个人缴费标准")),
                        ("amount_fen", models.BigIntegerField(verbose_name="资助金额")),
                        ("account_no", models.CharField(blank=True, max_length=32, verbose_name="银行账号")),
                        ("holder_name", models.CharField(blank=True, max_length=60, verbose_name="户名")),
                        (
                            "state",
                            models.CharField(
                                choices=[
                                    ("waiting", "待到账"),
                                    ("arrived", "已到账"),
                                    ("used", "已使用"),
                                    ("refused", "部门不予资助"),
                                    ("return", "应退回部门"),
                                ],
                                default="waiting",
                                max_length=8,
                                verbose_name="状态",
                            ),
                        ),
                        (
                            "answer",
                            models.CharField(
                                blank=True,
                                choices=[
                                    ("ok", "同意资助"),
                                    ("not_in_group", "不在资助范围"),
                                    ("wrong_person", "人员不符"),
                                    ("dead", "已死亡"),
                                ],
                                max_length=12,
                                verbose_name="部门答复",
                            ),
                        ),
                        ("confirmed_on", models.DateField(null=True, verbose_name="确认日期")),
                        ("arrived_on", models.DateField(null=True, verbose_name="到账日期")),
                        ("reference", models.CharField(blank=True, max_length=40, verbose_name="流水号")),
                        (
                            "difference",
                            models.CharField(
                                blank=True,
                                choices=[
                                    ("not_insured", "未参保或已终止参保"),
                                    ("paid_before", "资助到账前本人已全额缴费"),
                                    ("wrong_person", "人员不符"),
                                ],
                                max_length=12,
                                verbose_name="差异",
                            ),
                        ),
                    ],
                    options={
                        "indexes": [models.Index(fields=["unit_code", "state", "id"], name="aid_unit")],
                        "constraints": [
                            models.UniqueConstraint(fields=("plan", "person"), name="aid_once_a_year"),
                            models.UniqueConstraint(fields=("list", "line_no"), name="aid_line_once"),
                            models.CheckConstraint(
                                condition=models.Q(
                                    ("amount_fen__gt", 0), ("amount_fen__lte", models.F("standard_fen"))
                                ),
                                name="aid_within_the_standard",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(
                                    models.Q(("state", "return"), models.Q(("difference", ""), _negated=True)),
                                    models.Q(models.Q(("state", "return"), _negated=True), ("difference", "")),
                                    _connector="OR",
                                ),
                                name="aid_returned_for_a_reason",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(
                                    ("state__in", ("waiting", "refused")),
                                    ("arrived_on__isnull", False),
                                    _connector="OR",
                                ),
                                name="aid_arrived_when",
                            ),
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="AidRule",
                    fields=[
                        (
                            "id",
                            models.BigAutoField(
                                auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                            ),
                        ),
                        (
                            "plan",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.CASCADE,
                                related_name="rules",
                                to="contributions.aidplan",
                            ),
                        ),
                        (
                            "category",
                            models.CharField(
                                choices=[
                                    ("dibao", "最低生活保障对象"),
                                    ("tekun", "特困供养人员"),
                                    ("poor", "建档立卡贫困人口"),
                                    ("severe_disability", "重度残疾人"),
                                    ("low_income", "低收入家庭60岁以上老人和未成年人"),
                                    ("family_planning", "独生子女户、双女结扎户"),
                                    ("border_resident", "边境0—20公里居民"),
                                    ("ninety", "90岁以上老人"),
                                ],
                                max_length=20,
                                verbose_name="人员类别",
                            ),
                        ),
                        (
                            "department",
                            models.CharField(
                                choices=[
                                    ("civil_affairs", "民政部门"),
                                    ("poverty_relief", "扶贫(乡村振兴)部门"),
                                    ("disabled", "残疾人联合会"),
                                    ("health", "卫生健康(计划生育)部门"),
                                ],
                                max_length=20,
                                verbose_name="主管部门",
                            ),
                        ),
                        ("amount_fen", models.BigIntegerField(null=True, verbose_name="资助金额")),
                        ("aged_from", models.PositiveSmallIntegerField(null=True, verbose_name="年满周岁")),
                        ("proven_before", models.DateField(null=True, verbose_name="证件取得早于")),
                    ],
                    options={
                        "constraints": [
                            models.UniqueConstraint(fields=("plan", "category"), name="aid_rule_once"),
                            models.CheckConstraint(
                                condition=models.Q(("amount_fen", None), ("amount_fen__gt", 0), _connector="OR"),
                                name="aid_rule_of_something",
                            ),
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="CollectionBatch",
                    fields=[
                        (
                            "id",
                            models.BigAutoField(
                                auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                            ),
                        ),
                        (
                            "pooling_area",
                            models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, to="platform.poolingarea"),
                        ),
                        ("number", models.CharField(max_length=40, verbose_name="批次号")),
                        ("benefit_year", models.PositiveSmallIntegerField(verbose_name="保险年度")),
                        ("unit_code", models.CharField(max_length=12, verbose_name="机构")),
                        (
                            "bank",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT, related_name="+", to="exchange.partner"
                            ),
                        ),
                        ("run_no", models.PositiveSmallIntegerField(default=1, verbose_name="第几次扣款")),
                        (
                            "follows",
                            models.OneToOneField(
                                null=True,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="followed_by",
                                to="contributions.collectionbatch",
                            ),
                        ),
                        ("draw_on", models.DateField(verbose_name="扣款日期")),
                        ("partial", models.BooleanField(verbose_name="允许部分成员扣款")),
                        ("households", models.PositiveIntegerField(default=0, verbose_name="户数")),
                        ("persons", models.PositiveIntegerField(default=0, verbose_name="人数")),
                        ("amount_fen", models.BigIntegerField(default=0, verbose_name="金额")),
                        ("left_out", models.JSONField(default=dict, verbose_name="未列入")),
                        (
                            "state",
                            models.CharField(
                                choices=[
                                    ("made", "已制盘"),
                                    ("sent", "已发盘"),
                                    ("answered", "已回盘"),
                                    ("reconciled", "已对账"),
                                    ("cancelled", "已撤销"),
                                ],
                                default="made",
                                max_length=10,
                                verbose_name="状态",
                            ),
                        ),
                        ("made_by", models.CharField(max_length=30, verbose_name="制盘人")),
                        ("made_at", models.DateTimeField(verbose_name="制盘时间")),
                    ],
                    options={
                        "indexes": [models.Index(fields=["pooling_area", "-made_at", "-id"], name="collection_recent")],
                        "constraints": [models.UniqueConstraint(fields=("number",), name="collection_number_once")],
                    },
                ),
                migrations.CreateModel(
                    name="CollectionMethod",
                    fields=[
                        (
                            "id",
                            models.BigAutoField(
                                auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                            ),
                        ),
                        (
                            "pooling_area",
                            models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, to="platform.poolingarea"),
                        ),
                        ("unit_code", models.CharField(max_length=12, verbose_name="适用机构")),
                        ("method", models.CharField(max_length=200, verbose_name="征缴方式")),
                        ("reason", models.CharField(max_length=200, verbose_name="不具备代扣条件的原因")),
                        ("approval_no", models.CharField(max_length=60, verbose_name="批准文号")),
                        ("approved_by", models.CharField(max_length=60, verbose_name="批准机关")),
                        ("valid_from", models.DateField(verbose_name="起")),
                        ("valid_until", models.DateField(null=True, verbose_name="止")),
                        ("staff_code", models.CharField(max_length=30, verbose_name="登记人")),
                        ("created_at", models.DateTimeField(verbose_name="登记时间")),
                    ],
                    options={
                        "constraints": [
                            django.contrib.postgres.constraints.ExclusionConstraint(
                                expressions=[
                                    ("unit_code", "="),
                                    (tongchou.platform.ranges.DateRange("valid_from", "valid_until"), "&&"),
                                ],
                                name="collection_method_no_overlap",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(
                                    ("valid_until", None), ("valid_until__gt", models.F("valid_from")), _connector="OR"
                                ),
                                name="collection_method_not_empty",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(("approval_no", ""), _negated=True),
                                name="collection_method_approved",
                            ),
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="ImportBatch",
                    fields=[
                        (
                            "id",
                            models.BigAutoField(
                                auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                            ),
                        ),
                        (
                            "pooling_area",
                            models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, to="platform.poolingarea"),
                        ),
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
                                    ("village", "村级代收"),
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
                    ],
                    options={
                        "constraints": [
                            models.UniqueConstraint(fields=("pooling_area", "digest"), name="contribution_file_once")
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="CollectionResult",
                    fields=[
                        (
                            "id",
                            models.BigAutoField(
                                auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                            ),
                        ),
                        (
                            "batch",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="results",
                                to="contributions.collectionbatch",
                            ),
                        ),
                        (
                            "payments",
                            models.OneToOneField(
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="+",
                                to="contributions.importbatch",
                            ),
                        ),
                        ("file_id", models.BigIntegerField(verbose_name="导入文件")),
                        ("rows", models.PositiveIntegerField(verbose_name="回盘笔数")),
                        ("paid_rows", models.PositiveIntegerField(verbose_name="成功笔数")),
                        ("paid_fen", models.BigIntegerField(verbose_name="实扣金额")),
                        ("booked_fen", models.BigIntegerField(verbose_name="入账金额")),
                        ("pending_fen", models.BigIntegerField(verbose_name="待处理金额")),
                        ("advised_fen", models.BigIntegerField(default=0, verbose_name="到账金额")),
                        ("document_no", models.CharField(blank=True, max_length=40, verbose_name="业务处理单据")),
                        ("booked_at", models.DateTimeField(verbose_name="回盘入库时间")),
                        ("reconciled_at", models.DateTimeField(null=True, verbose_name="对账时间")),
                    ],
                    options={
                        "constraints": [
                            models.CheckConstraint(
                                condition=models.Q(
                                    (
                                        "paid_fen",
                                        django.db.models.expressions.CombinedExpression(
                                            models.F("booked_fen"), "+", models.F("pending_fen")
                                        ),
                                    )
                                ),
                                name="collection_every_fen_is_somewhere",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(
                                    models.Q(("document_no", ""), ("reconciled_at", None)),
                                    models.Q(
                                        ("advised_fen", models.F("paid_fen")),
                                        ("reconciled_at__isnull", False),
                                        models.Q(("document_no", ""), _negated=True),
                                    ),
                                    _connector="OR",
                                ),
                                name="collection_document_when_equal",
                            ),
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="Contribution",
                    fields=[
                        (
                            "id",
                            models.BigAutoField(
                                auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
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
                        ("scheme", models.CharField(max_length=10, verbose_name="险种")),
                        ("benefit_year", models.PositiveSmallIntegerField(verbose_name="保险年度")),
                        ("amount_fen", models.BigIntegerField(verbose_name="个人缴费金额")),
                        ("aided_fen", models.BigIntegerField(default=0, verbose_name="其中资助金额")),
                        (
                            "fund_aided_fen",
                            models.BigIntegerField(db_default=0, default=0, verbose_name="其中资助部门拨入基金"),
                        ),
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
                                    ("newborn", "新生儿3个月内"),
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
                                    ("village", "村级代收"),
                                ],
                                max_length=10,
                                verbose_name="渠道",
                            ),
                        ),
                        ("receipt_no", models.CharField(blank=True, max_length=40, verbose_name="票据号")),
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
                        (
                            "corrects",
                            models.OneToOneField(
                                null=True,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="correction",
                                to="contributions.contribution",
                            ),
                        ),
                        ("voided_at", models.DateTimeField(null=True, verbose_name="作废时间")),
                        ("void_reason", models.CharField(blank=True, max_length=200, verbose_name="作废原因")),
                        ("created_at", models.DateTimeField()),
                    ],
                    options={
                        "indexes": [
                            models.Index(fields=["person", "benefit_year"], name="contribution_person"),
                            models.Index(
                                condition=models.Q(("voided_at", None)),
                                fields=["pooling_area", "benefit_year", "paid_in_full_on", "id"],
                                include=("amount_fen",),
                                name="contribution_paid",
                            ),
                            models.Index(
                                condition=models.Q(("batch__isnull", False)),
                                fields=["batch"],
                                name="contribution_batch",
                            ),
                        ],
                        "constraints": [
                            models.UniqueConstraint(
                                condition=models.Q(("voided_at", None)),
                                fields=("person", "scheme", "benefit_year"),
                                name="contribution_once_a_year",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(("amount_fen__gte", 0)), name="contribution_not_negative"
                            ),
                            models.CheckConstraint(
                                condition=models.Q(("aided_fen__gte", 0), ("aided_fen__lte", models.F("amount_fen"))),
                                name="contribution_aid_within_amount",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(
                                    ("fund_aided_fen__gte", 0), ("fund_aided_fen__lte", models.F("aided_fen"))
                                ),
                                name="contribution_fund_aid_within_aid",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(
                                    models.Q(("void_reason", ""), ("voided_at", None)),
                                    models.Q(
                                        ("voided_at__isnull", False), models.Q(("void_reason", ""), _negated=True)
                                    ),
                                    _connector="OR",
                                ),
                                name="contribution_voided_for_a_reason",
                            ),
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="ContributionStandard",
                    fields=[
                        (
                            "id",
                            models.BigAutoField(
                                auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                            ),
                        ),
                        (
                            "pooling_area",
                            models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, to="platform.poolingarea"),
                        ),
                        ("scheme", models.CharField(max_length=10, verbose_name="险种")),
                        ("benefit_year", models.PositiveSmallIntegerField(verbose_name="保险年度")),
                        ("category", models.CharField(blank=True, max_length=10, verbose_name="人员类别")),
                        ("personal_fen", models.BigIntegerField(verbose_name="个人缴费标准")),
                        ("subsidy_fen", models.BigIntegerField(verbose_name="财政补助标准")),
                        ("source", models.CharField(max_length=200, verbose_name="文件依据")),
                    ],
                    options={
                        "constraints": [
                            models.UniqueConstraint(
                                fields=("pooling_area", "scheme", "benefit_year", "category"),
                                name="standard_once_a_year",
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
                        (
                            "id",
                            models.BigAutoField(
                                auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
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
                        ("scheme", models.CharField(max_length=10, verbose_name="险种")),
                        ("benefit_year", models.PositiveSmallIntegerField(verbose_name="保险年度")),
                        ("covered_from", models.DateField(verbose_name="享受待遇起")),
                        ("covered_until", models.DateField(verbose_name="享受待遇止")),
                        ("rule", models.CharField(max_length=60, verbose_name="依据")),
                        (
                            "contribution",
                            models.ForeignKey(
                                null=True,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="spans",
                                to="contributions.contribution",
                            ),
                        ),
                        ("paid_on", models.DateField(null=True, verbose_name="足额缴费日期")),
                        ("withdrawn_at", models.DateTimeField(null=True, verbose_name="撤回时间")),
                        ("created_at", models.DateTimeField()),
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
                                    (
                                        tongchou.enrolment.spans.PersonDays("person", "covered_from", "covered_until"),
                                        "&&",
                                    )
                                ],
                                name="coverage_no_overlap",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(("covered_until__gt", models.F("covered_from"))),
                                name="coverage_not_empty",
                            ),
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="CreditAdvice",
                    fields=[
                        (
                            "id",
                            models.BigAutoField(
                                auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                            ),
                        ),
                        (
                            "pooling_area",
                            models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, to="platform.poolingarea"),
                        ),
                        (
                            "bank",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT, related_name="+", to="exchange.partner"
                            ),
                        ),
                        ("reference", models.CharField(max_length=40, verbose_name="银行流水号")),
                        ("amount_fen", models.BigIntegerField(verbose_name="到账金额")),
                        ("credited_on", models.DateField(verbose_name="到账日期")),
                        ("quoted", models.CharField(blank=True, max_length=60, verbose_name="附言")),
                        (
                            "result",
                            models.ForeignKey(
                                null=True,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="advices",
                                to="contributions.collectionresult",
                            ),
                        ),
                        ("staff_code", models.CharField(max_length=30, verbose_name="登记人")),
                        ("recorded_at", models.DateTimeField(verbose_name="登记时间")),
                    ],
                    options={
                        "indexes": [
                            models.Index(fields=["pooling_area", "-credited_on", "-id"], name="credit_advice_recent")
                        ],
                        "constraints": [
                            models.UniqueConstraint(fields=("bank", "reference"), name="credit_advice_once"),
                            models.CheckConstraint(
                                condition=models.Q(("amount_fen__gt", 0)), name="credit_advice_of_something"
                            ),
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="DebitRoll",
                    fields=[
                        (
                            "id",
                            models.BigAutoField(
                                auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                            ),
                        ),
                        (
                            "pooling_area",
                            models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, to="platform.poolingarea"),
                        ),
                        ("unit_code", models.CharField(max_length=12, verbose_name="机构")),
                        (
                            "bank",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT, related_name="+", to="exchange.partner"
                            ),
                        ),
                        ("rows", models.PositiveIntegerField(verbose_name="户数")),
                        ("made_by", models.CharField(max_length=30, verbose_name="经办人")),
                        ("made_at", models.DateTimeField(verbose_name="生成时间")),
                    ],
                ),
                migrations.CreateModel(
                    name="DebitMandate",
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
                                db_index=False, on_delete=django.db.models.deletion.PROTECT, to="platform.poolingarea"
                            ),
                        ),
                        ("number", models.CharField(max_length=40, verbose_name="协议编号")),
                        (
                            "bank",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT, related_name="+", to="exchange.partner"
                            ),
                        ),
                        (
                            "household",
                            models.ForeignKey(
                                null=True,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="+",
                                to="enrolment.household",
                            ),
                        ),
                        (
                            "person",
                            models.ForeignKey(
                                null=True,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="+",
                                to="enrolment.person",
                            ),
                        ),
                        ("unit_code", models.CharField(db_collation="C", max_length=12, verbose_name="参保单位")),
                        ("account_no", models.CharField(max_length=32, verbose_name="银行账号")),
                        ("holder_name", models.CharField(max_length=60, verbose_name="户名")),
                        ("signed_on", models.DateField(verbose_name="签订日期")),
                        ("valid_until", models.DateField(null=True, verbose_name="有效期止")),
                        (
                            "state",
                            models.CharField(
                                choices=[
                                    ("signed", "待银行确认"),
                                    ("active", "已生效"),
                                    ("correction", "待更正"),
                                    ("ended", "已终止"),
                                ],
                                default="signed",
                                max_length=12,
                                verbose_name="状态",
                            ),
                        ),
                        ("correction", models.CharField(blank=True, max_length=100, verbose_name="待更正原因")),
                        ("ended_on", models.DateField(null=True, verbose_name="终止日期")),
                        ("end_reason", models.CharField(blank=True, max_length=100, verbose_name="终止原因")),
                        (
                            "replaces",
                            models.OneToOneField(
                                null=True,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="replaced_by",
                                to="contributions.debitmandate",
                            ),
                        ),
                        (
                            "roll",
                            models.ForeignKey(
                                null=True,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="mandates",
                                to="contributions.debitroll",
                            ),
                        ),
                        ("roll_line", models.PositiveIntegerField(null=True, verbose_name="花名册行号")),
                        ("staff_code", models.CharField(max_length=30, verbose_name="经办人")),
                        ("created_at", models.DateTimeField(verbose_name="登记时间")),
                    ],
                    options={
                        "indexes": [models.Index(fields=["unit_code", "state", "id"], name="mandate_unit")],
                        "constraints": [
                            models.UniqueConstraint(fields=("pooling_area", "number"), name="mandate_number_once"),
                            models.CheckConstraint(
                                condition=models.Q(
                                    models.Q(("household__isnull", False), ("person", None)),
                                    models.Q(("household", None), ("person__isnull", False)),
                                    _connector="OR",
                                ),
                                name="mandate_of_household_or_person",
                            ),
                            models.UniqueConstraint(
                                condition=models.Q(("state", "ended"), _negated=True),
                                fields=("household",),
                                name="mandate_one_a_household",
                            ),
                            models.UniqueConstraint(
                                condition=models.Q(("state", "ended"), _negated=True),
                                fields=("person",),
                                name="mandate_one_a_person",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(
                                    models.Q(("ended_on__isnull", False), ("state", "ended")),
                                    models.Q(models.Q(("state", "ended"), _negated=True), ("ended_on", None)),
                                    _connector="OR",
                                ),
                                name="mandate_ended_when",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(
                                    ("valid_until", None), ("valid_until__gt", models.F("signed_on")), _connector="OR"
                                ),
                                name="mandate_not_empty",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(
                                    models.Q(("account_no", ""), _negated=True),
                                    models.Q(("holder_name", ""), _negated=True),
                                ),
                                name="mandate_names_an_account",
                            ),
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="CollectionItem",
                    fields=[
                        (
                            "id",
                            models.BigAutoField(
                                auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                            ),
                        ),
                        (
                            "batch",
                            models.ForeignKey(
                                db_constraint=False,
                                db_index=False,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="items",
                                to="contributions.collectionbatch",
                            ),
                        ),
                        ("line_no", models.PositiveIntegerField(verbose_name="行号")),
                        (
                            "mandate",
                            models.ForeignKey(
                                db_constraint=False,
                                db_index=False,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="items",
                                to="contributions.debitmandate",
                            ),
                        ),
                        ("unit_code", models.CharField(max_length=12, verbose_name="参保单位")),
                        ("account_no", models.CharField(max_length=32, verbose_name="银行账号")),
                        ("holder_name", models.CharField(max_length=60, verbose_name="户名")),
                        ("persons", models.PositiveSmallIntegerField(verbose_name="人数")),
                        ("amount_fen", models.BigIntegerField(verbose_name="应扣金额")),
                        (
                            "state",
                            models.CharField(
                                choices=[
                                    ("waiting", "待回盘"),
                                    ("paid", "扣款成功"),
                                    ("part", "部分扣款"),
                                    ("failed", "扣款失败"),
                                ],
                                default="waiting",
                                max_length=8,
                                verbose_name="状态",
                            ),
                        ),
                        ("paid_fen", models.BigIntegerField(default=0, verbose_name="实扣金额")),
                        (
                            "code",
                            models.CharField(
                                blank=True,
                                choices=[
                                    ("ok", "扣款成功"),
                                    ("part", "部分扣款"),
                                    ("balance", "余额不足"),
                                    ("no_account", "账号不存在"),
                                    ("wrong_name", "户名不符"),
                                    ("frozen", "账户冻结"),
                                    ("no_mandate", "无代扣授权"),
                                    ("other", "其他原因"),
                                ],
                                max_length=12,
                                verbose_name="结果",
                            ),
                        ),
                        ("paid_on", models.DateField(null=True, verbose_name="扣款日期")),
                        ("reference", models.CharField(blank=True, max_length=40, verbose_name="银行流水号")),
                        (
                            "result",
                            models.ForeignKey(
                                db_constraint=False,
                                db_index=False,
                                null=True,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="items",
                                to="contributions.collectionresult",
                            ),
                        ),
                    ],
                    options={
                        "constraints": [
                            models.UniqueConstraint(fields=("batch", "line_no"), name="collection_line_once"),
                            models.CheckConstraint(
                                condition=models.Q(("paid_fen__gte", 0), ("paid_fen__lte", models.F("amount_fen"))),
                                name="collection_paid_within",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(
                                    models.Q(("result", None), ("state", "waiting")),
                                    models.Q(models.Q(("state", "waiting"), _negated=True), ("result__isnull", False)),
                                    _connector="OR",
                                ),
                                name="collection_answered_by_a_result",
                            ),
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="PendingAmount",
                    fields=[
                        (
                            "id",
                            models.BigAutoField(
                                auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                            ),
                        ),
                        (
                            "pooling_area",
                            models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, to="platform.poolingarea"),
                        ),
                        ("unit_code", models.CharField(db_collation="C", max_length=12, verbose_name="参保单位")),
                        (
                            "kind",
                            models.CharField(
                                choices=[
                                    ("part", "部分缴纳"),
                                    ("duplicate", "重复缴纳"),
                                    ("not_payable", "不符合缴费条件"),
                                    ("unmatched", "无法对应参保人"),
                                    ("aid_return", "应退回资助款"),
                                ],
                                max_length=12,
                                verbose_name="来源",
                            ),
                        ),
                        ("benefit_year", models.PositiveSmallIntegerField(null=True, verbose_name="保险年度")),
                        ("amount_fen", models.BigIntegerField(verbose_name="金额")),
                        ("received_on", models.DateField(verbose_name="收款日期")),
                        (
                            "person",
                            models.ForeignKey(
                                null=True,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="+",
                                to="enrolment.person",
                            ),
                        ),
                        (
                            "item",
                            models.ForeignKey(
                                null=True,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="pending",
                                to="contributions.collectionitem",
                            ),
                        ),
                        (
                            "result",
                            models.ForeignKey(
                                null=True,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="pending",
                                to="contributions.collectionresult",
                            ),
                        ),
                        (
                            "aid_list",
                            models.ForeignKey(
                                db_index=False,
                                null=True,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="pending",
                                to="contributions.aidlist",
                            ),
                        ),
                        ("reason", models.CharField(max_length=200, verbose_name="原因")),
                        ("resolution", models.CharField(blank=True, max_length=200, verbose_name="处理结果")),
                        ("resolved_by", models.CharField(blank=True, max_length=30, verbose_name="处理人")),
                        ("resolved_at", models.DateTimeField(null=True, verbose_name="处理时间")),
                        ("created_at", models.DateTimeField(verbose_name="登记时间")),
                    ],
                    options={
                        "indexes": [models.Index(fields=["unit_code", "resolved_at", "id"], name="pending_unit")],
                        "constraints": [
                            models.CheckConstraint(
                                condition=models.Q(("amount_fen__gt", 0)), name="pending_of_something"
                            ),
                            models.CheckConstraint(
                                condition=models.Q(
                                    models.Q(("resolution", ""), ("resolved_at", None), ("resolved_by", "")),
                                    models.Q(
                                        ("resolved_at__isnull", False),
                                        models.Q(("resolution", ""), _negated=True),
                                        models.Q(("resolved_by", ""), _negated=True),
                                    ),
                                    _connector="OR",
                                ),
                                name="pending_resolved_whole",
                            ),
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="ProgressRow",
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
                                db_index=False, on_delete=django.db.models.deletion.PROTECT, to="platform.poolingarea"
                            ),
                        ),
                        ("benefit_year", models.PositiveSmallIntegerField(verbose_name="保险年度")),
                        ("unit_code", models.CharField(db_collation="C", max_length=12, verbose_name="参保单位")),
                        (
                            "state",
                            models.CharField(
                                choices=[
                                    ("due", "应缴"),
                                    ("sent", "已发盘"),
                                    ("paid", "已缴"),
                                    ("failed", "扣款失败"),
                                    ("void", "作废"),
                                ],
                                max_length=8,
                                verbose_name="状态",
                            ),
                        ),
                        ("paid_on", models.DateField(null=True, verbose_name="缴费日期")),
                        ("persons", models.PositiveIntegerField(verbose_name="人数")),
                        ("aided", models.PositiveIntegerField(default=0, verbose_name="其中受资助")),
                        ("amount_fen", models.BigIntegerField(verbose_name="金额")),
                        ("counted_at", models.DateTimeField(verbose_name="汇总时间")),
                    ],
                    options={
                        "constraints": [
                            models.UniqueConstraint(
                                fields=("pooling_area", "benefit_year", "unit_code", "state", "paid_on"),
                                name="progress_row_once",
                                nulls_distinct=False,
                            )
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="Receivable",
                    fields=[
                        (
                            "id",
                            models.BigAutoField(
                                auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
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
                        ("unit_code", models.CharField(db_collation="C", max_length=12, verbose_name="参保单位")),
                        ("scheme", models.CharField(max_length=10, verbose_name="险种")),
                        ("benefit_year", models.PositiveSmallIntegerField(verbose_name="保险年度")),
                        ("amount_fen", models.BigIntegerField(verbose_name="应缴金额")),
                        ("aided_fen", models.BigIntegerField(db_default=0, default=0, verbose_name="其中由部门资助")),
                        (
                            "state",
                            models.CharField(
                                choices=[
                                    ("due", "应缴"),
                                    ("sent", "已发盘"),
                                    ("paid", "已缴"),
                                    ("failed", "扣款失败"),
                                    ("void", "作废"),
                                ],
                                default="due",
                                max_length=8,
                                verbose_name="状态",
                            ),
                        ),
                        ("due_from", models.DateField(verbose_name="应缴起")),
                        ("reason", models.CharField(blank=True, max_length=20, verbose_name="原因")),
                        (
                            "contribution",
                            models.ForeignKey(
                                db_index=False,
                                null=True,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="+",
                                to="contributions.contribution",
                            ),
                        ),
                        (
                            "item",
                            models.ForeignKey(
                                db_constraint=False,
                                db_index=False,
                                null=True,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="receivables",
                                to="contributions.collectionitem",
                            ),
                        ),
                    ],
                    options={
                        "indexes": [
                            models.Index(fields=["unit_code", "benefit_year", "state", "id"], name="receivable_unit"),
                            models.Index(
                                condition=models.Q(("item__isnull", False)), fields=["item"], name="receivable_item"
                            ),
                        ],
                        "constraints": [
                            models.UniqueConstraint(
                                condition=models.Q(("state", "void"), _negated=True),
                                fields=("person", "scheme", "benefit_year"),
                                name="receivable_once_a_year",
                            ),
                            models.UniqueConstraint(
                                condition=models.Q(("contribution__isnull", False)),
                                fields=("contribution",),
                                name="receivable_settled_once",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(("amount_fen__gte", 0)), name="receivable_not_negative"
                            ),
                            models.CheckConstraint(
                                condition=models.Q(("aided_fen__gte", 0), ("aided_fen__lte", models.F("amount_fen"))),
                                name="receivable_aid_within_amount",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(
                                    models.Q(("contribution__isnull", False), ("state", "paid")),
                                    models.Q(models.Q(("state", "paid"), _negated=True), ("contribution", None)),
                                    _connector="OR",
                                ),
                                name="receivable_paid_by_a_contribution",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(
                                    models.Q(("state", "sent"), _negated=True), ("item__isnull", False), _connector="OR"
                                ),
                                name="receivable_sent_in_a_file",
                            ),
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="ReceivableYear",
                    fields=[
                        (
                            "id",
                            models.BigAutoField(
                                auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                            ),
                        ),
                        (
                            "pooling_area",
                            models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, to="platform.poolingarea"),
                        ),
                        ("scheme", models.CharField(max_length=10, verbose_name="险种")),
                        ("benefit_year", models.PositiveSmallIntegerField(verbose_name="保险年度")),
                        ("opened_on", models.DateField(verbose_name="生成日期")),
                        ("last_enrolment_id", models.BigIntegerField(default=0)),
                        ("staff_code", models.CharField(max_length=30, verbose_name="经办人")),
                        ("opened_at", models.DateTimeField(verbose_name="生成时间")),
                    ],
                    options={
                        "constraints": [
                            models.UniqueConstraint(
                                fields=("pooling_area", "scheme", "benefit_year"), name="receivable_year_once"
                            )
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="RefundRun",
                    fields=[
                        (
                            "id",
                            models.BigAutoField(
                                auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                            ),
                        ),
                        (
                            "pooling_area",
                            models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, to="platform.poolingarea"),
                        ),
                        ("number", models.CharField(max_length=40, verbose_name="批次号")),
                        (
                            "bank",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT, related_name="+", to="exchange.partner"
                            ),
                        ),
                        ("rows", models.PositiveIntegerField(verbose_name="笔数")),
                        ("amount_fen", models.BigIntegerField(verbose_name="金额")),
                        (
                            "state",
                            models.CharField(
                                choices=[
                                    ("made", "待复核"),
                                    ("released", "已复核"),
                                    ("sent", "已发送"),
                                    ("answered", "已回盘"),
                                    ("cancelled", "已撤销"),
                                ],
                                default="made",
                                max_length=10,
                                verbose_name="状态",
                            ),
                        ),
                        ("made_by", models.CharField(max_length=30, verbose_name="出纳")),
                        ("made_by_person", models.CharField(max_length=18, verbose_name="出纳证件号码")),
                        ("made_at", models.DateTimeField(verbose_name="制盘时间")),
                        ("released_by", models.CharField(blank=True, max_length=30, verbose_name="财务复核")),
                        ("released_at", models.DateTimeField(null=True, verbose_name="复核时间")),
                    ],
                    options={
                        "constraints": [
                            models.UniqueConstraint(fields=("number",), name="refund_run_number_once"),
                            models.CheckConstraint(
                                condition=models.Q(
                                    models.Q(
                                        ("released_at", None), ("released_by", ""), ("state__in", ("made", "cancelled"))
                                    ),
                                    models.Q(
                                        models.Q(("state__in", ("made", "cancelled")), _negated=True),
                                        ("released_at__isnull", False),
                                        models.Q(("released_by", ""), _negated=True),
                                    ),
                                    _connector="OR",
                                ),
                                name="refund_run_released_by_somebody",
                            ),
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="RefundOrder",
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
                                db_index=False, on_delete=django.db.models.deletion.PROTECT, to="platform.poolingarea"
                            ),
                        ),
                        ("unit_code", models.CharField(db_collation="C", max_length=12, verbose_name="参保单位")),
                        ("number", models.CharField(max_length=40, verbose_name="退费单号")),
                        ("case_number", models.CharField(blank=True, max_length=40, verbose_name="受理号")),
                        (
                            "ground",
                            models.CharField(
                                choices=[
                                    ("double", "同一年度重复缴费"),
                                    ("wrong_person", "错缴到他人名下"),
                                    ("excess", "多收款(超过标准或不符合缴费条件)"),
                                    ("died_before", "年度开始前已死亡"),
                                    ("employee", "已参加职工基本医疗保险"),
                                    ("moved", "迁往外地"),
                                    ("unused", "未使用待遇"),
                                    ("other", "其他原因"),
                                    ("aid", "资助款退回部门"),
                                ],
                                max_length=12,
                                verbose_name="退费理由",
                            ),
                        ),
                        (
                            "person",
                            models.ForeignKey(
                                null=True,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="+",
                                to="enrolment.person",
                            ),
                        ),
                        ("benefit_year", models.PositiveSmallIntegerField(verbose_name="保险年度")),
                        (
                            "contribution",
                            models.OneToOneField(
                                null=True,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="refund",
                                to="contributions.contribution",
                            ),
                        ),
                        (
                            "pending",
                            models.OneToOneField(
                                null=True,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="refund",
                                to="contributions.pendingamount",
                            ),
                        ),
                        ("amount_fen", models.BigIntegerField(verbose_name="退费金额")),
                        ("account_no", models.CharField(max_length=32, verbose_name="收款账号")),
                        ("holder_name", models.CharField(max_length=60, verbose_name="收款户名")),
                        ("bank_name", models.CharField(max_length=60, verbose_name="收款银行")),
                        ("evidence", models.CharField(max_length=300, verbose_name="依据材料")),
                        (
                            "state",
                            models.CharField(
                                choices=[
                                    ("approved", "待付款"),
                                    ("in_run", "付款中"),
                                    ("paid", "已退回"),
                                    ("returned", "退票待更正"),
                                ],
                                default="approved",
                                max_length=10,
                                verbose_name="状态",
                            ),
                        ),
                        (
                            "run",
                            models.ForeignKey(
                                null=True,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="orders",
                                to="contributions.refundrun",
                            ),
                        ),
                        ("returned_because", models.CharField(blank=True, max_length=100, verbose_name="退票原因")),
                        ("reversal_no", models.CharField(blank=True, max_length=30, verbose_name="冲减凭证号")),
                        ("voucher_no", models.CharField(blank=True, max_length=30, verbose_name="付款凭证号")),
                        ("paid_on", models.DateField(null=True, verbose_name="退回日期")),
                        ("reference", models.CharField(blank=True, max_length=40, verbose_name="银行流水号")),
                        ("approved_by", models.CharField(max_length=30, verbose_name="审批人")),
                        ("approved_at", models.DateTimeField(verbose_name="审批时间")),
                    ],
                    options={
                        "indexes": [
                            models.Index(fields=["unit_code", "state", "id"], name="refund_unit"),
                            models.Index(fields=["pooling_area", "state", "-id"], name="refund_area"),
                        ],
                        "constraints": [
                            models.UniqueConstraint(fields=("number",), name="refund_number_once"),
                            models.CheckConstraint(
                                condition=models.Q(("amount_fen__gt", 0)), name="refund_of_something"
                            ),
                            models.CheckConstraint(
                                condition=models.Q(
                                    models.Q(("account_no", ""), _negated=True),
                                    models.Q(("holder_name", ""), _negated=True),
                                    models.Q(("evidence", ""), _negated=True),
                                ),
                                name="refund_to_an_account",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(
                                    models.Q(("contribution__isnull", False), ("pending", None)),
                                    models.Q(("contribution", None), ("pending__isnull", False)),
                                    _connector="OR",
                                ),
                                name="refund_of_one_source",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(
                                    models.Q(("run__isnull", False), ("state__in", ("in_run", "paid"))),
                                    models.Q(models.Q(("state__in", ("in_run", "paid")), _negated=True), ("run", None)),
                                    _connector="OR",
                                ),
                                name="refund_in_a_run",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(
                                    models.Q(
                                        ("paid_on__isnull", False),
                                        ("state", "paid"),
                                        models.Q(("voucher_no", ""), _negated=True),
                                    ),
                                    models.Q(
                                        models.Q(("state", "paid"), _negated=True),
                                        ("paid_on", None),
                                        ("voucher_no", ""),
                                    ),
                                    _connector="OR",
                                ),
                                name="refund_paid_with_a_voucher",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(
                                    models.Q(("state", "returned"), models.Q(("returned_because", ""), _negated=True)),
                                    models.Q(("state", "returned"), _negated=True),
                                    _connector="OR",
                                ),
                                name="refund_returned_for_a_reason",
                            ),
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="RefundLine",
                    fields=[
                        (
                            "id",
                            models.BigAutoField(
                                auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                            ),
                        ),
                        (
                            "run",
                            models.ForeignKey(
                                db_index=False,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="lines",
                                to="contributions.refundrun",
                            ),
                        ),
                        ("line_no", models.PositiveIntegerField(verbose_name="行号")),
                        (
                            "order",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="lines",
                                to="contributions.refundorder",
                            ),
                        ),
                        ("account_no", models.CharField(max_length=32, verbose_name="收款账号")),
                        ("holder_name", models.CharField(max_length=60, verbose_name="收款户名")),
                        ("amount_fen", models.BigIntegerField(verbose_name="金额")),
                        ("benefit_year", models.PositiveSmallIntegerField(verbose_name="保险年度")),
                        (
                            "state",
                            models.CharField(
                                choices=[("waiting", "待回盘"), ("paid", "转账成功"), ("failed", "转账失败")],
                                default="waiting",
                                max_length=8,
                                verbose_name="状态",
                            ),
                        ),
                        (
                            "code",
                            models.CharField(
                                blank=True,
                                choices=[
                                    ("ok", "扣款成功"),
                                    ("part", "部分扣款"),
                                    ("balance", "余额不足"),
                                    ("no_account", "账号不存在"),
                                    ("wrong_name", "户名不符"),
                                    ("frozen", "账户冻结"),
                                    ("no_mandate", "无代扣授权"),
                                    ("other", "其他原因"),
                                ],
                                max_length=12,
                                verbose_name="结果",
                            ),
                        ),
                        ("paid_on", models.DateField(null=True, verbose_name="转账日期")),
                        ("reference", models.CharField(blank=True, max_length=40, verbose_name="银行流水号")),
                    ],
                    options={
                        "constraints": [
                            models.UniqueConstraint(fields=("run", "line_no"), name="refund_line_once"),
                            models.UniqueConstraint(fields=("run", "order"), name="refund_line_of_an_order_once"),
                            models.CheckConstraint(
                                condition=models.Q(
                                    models.Q(("code", ""), ("state", "waiting")),
                                    models.Q(
                                        models.Q(("state", "waiting"), _negated=True),
                                        models.Q(("code", ""), _negated=True),
                                    ),
                                    _connector="OR",
                                ),
                                name="refund_line_answered_with_a_code",
                            ),
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="SubsidySnapshot",
                    fields=[
                        (
                            "id",
                            models.BigAutoField(
                                auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                            ),
                        ),
                        ("run_no", models.PositiveSmallIntegerField(verbose_name="第几次测算")),
                        (
                            "state",
                            models.CharField(
                                choices=[("counting", "测算中"), ("complete", "已冻结"), ("failed", "未完成")],
                                default="counting",
                                max_length=10,
                                verbose_name="状态",
                            ),
                        ),
                        ("step", models.CharField(blank=True, max_length=40, verbose_name="步骤")),
                        ("done", models.PositiveSmallIntegerField(default=0, verbose_name="已完成步骤")),
                        ("found", models.PositiveIntegerField(default=0, verbose_name="缴费人数")),
                        ("counted", models.PositiveIntegerField(default=0, verbose_name="计入人数")),
                        ("digest", models.CharField(blank=True, max_length=64, verbose_name="提取数据摘要")),
                        ("made_by", models.CharField(max_length=30, verbose_name="测算人")),
                        ("started_at", models.DateTimeField(verbose_name="开始时间")),
                        ("finished_at", models.DateTimeField(null=True, verbose_name="完成时间")),
                    ],
                    options={
                        "constraints": [
                            models.CheckConstraint(
                                condition=models.Q(("counted__lte", models.F("found"))),
                                name="subsidy_snapshot_counts_whom_it_found",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(
                                    models.Q(("state", "complete"), _negated=True),
                                    models.Q(models.Q(("digest", ""), _negated=True), ("finished_at__isnull", False)),
                                    _connector="OR",
                                ),
                                name="subsidy_snapshot_complete_with_digest",
                            ),
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="SubsidyApplication",
                    fields=[
                        (
                            "id",
                            models.BigAutoField(
                                auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                            ),
                        ),
                        (
                            "pooling_area",
                            models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, to="platform.poolingarea"),
                        ),
                        ("unit_code", models.CharField(max_length=12, verbose_name="申报机构")),
                        ("number", models.CharField(max_length=40, unique=True, verbose_name="申请编号")),
                        ("benefit_year", models.PositiveSmallIntegerField(verbose_name="保险年度")),
                        (
                            "purpose",
                            models.CharField(
                                choices=[("advance", "年度申请"), ("final", "年终清算")],
                                max_length=10,
                                verbose_name="申请类型",
                            ),
                        ),
                        ("count_on", models.DateField(verbose_name="统计时点")),
                        ("report_by", models.DateField(null=True, verbose_name="上报期限")),
                        ("due_dates", models.JSONField(default=dict, verbose_name="各级到位期限")),
                        (
                            "state",
                            models.CharField(
                                choices=[
                                    ("draft", "测算"),
                                    ("reviewed", "已复核"),
                                    ("submitted", "已上报"),
                                    ("approved", "已核准"),
                                    ("granted", "已拨付"),
                                    ("arrived", "已到账"),
                                    ("settled", "已清算"),
                                ],
                                default="draft",
                                max_length=10,
                                verbose_name="状态",
                            ),
                        ),
                        (
                            "snapshot",
                            models.ForeignKey(
                                null=True,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="+",
                                to="contributions.subsidysnapshot",
                            ),
                        ),
                        ("made_by", models.CharField(max_length=30, verbose_name="测算人")),
                        ("made_at", models.DateTimeField(verbose_name="测算时间")),
                        ("reviewed_by", models.CharField(blank=True, max_length=30, verbose_name="复核人")),
                        ("reviewed_at", models.DateTimeField(null=True, verbose_name="复核时间")),
                        ("submitted_by", models.CharField(blank=True, max_length=30, verbose_name="上报人")),
                        ("submitted_at", models.DateTimeField(null=True, verbose_name="上报时间")),
                        ("approval_no", models.CharField(blank=True, max_length=60, verbose_name="核准文号")),
                        ("approved_on", models.DateField(null=True, verbose_name="核准日期")),
                        ("remark", models.CharField(blank=True, max_length=200, verbose_name="退回原因")),
                    ],
                    options={
                        "indexes": [
                            models.Index(
                                fields=["pooling_area", "-benefit_year", "-id"], name="subsidy_application_recent"
                            )
                        ],
                        "constraints": [
                            models.UniqueConstraint(
                                fields=("unit_code", "benefit_year", "purpose"), name="subsidy_application_once"
                            ),
                            models.CheckConstraint(
                                condition=models.Q(
                                    models.Q(
                                        ("reviewed_by", ""),
                                        models.Q(("reviewed_by", models.F("made_by")), _negated=True),
                                        _connector="OR",
                                    ),
                                    models.Q(
                                        ("submitted_by", ""),
                                        models.Q(
                                            models.Q(("submitted_by", models.F("made_by")), _negated=True),
                                            models.Q(("submitted_by", models.F("reviewed_by")), _negated=True),
                                        ),
                                        _connector="OR",
                                    ),
                                ),
                                name="subsidy_application_three_persons",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(
                                    ("state", "draft"),
                                    models.Q(
                                        ("reviewed_at__isnull", False),
                                        ("snapshot__isnull", False),
                                        models.Q(("reviewed_by", ""), _negated=True),
                                    ),
                                    _connector="OR",
                                ),
                                name="subsidy_application_reviewed_on_a_count",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(
                                    ("state__in", ["draft", "reviewed"]),
                                    models.Q(
                                        ("submitted_at__isnull", False), models.Q(("submitted_by", ""), _negated=True)
                                    ),
                                    _connector="OR",
                                ),
                                name="subsidy_application_submitted_by",
                            ),
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="SubsidyDifference",
                    fields=[
                        (
                            "id",
                            models.BigAutoField(
                                auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                            ),
                        ),
                        (
                            "application",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="differences",
                                to="contributions.subsidyapplication",
                            ),
                        ),
                        (
                            "snapshot",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="+",
                                to="contributions.subsidysnapshot",
                            ),
                        ),
                        ("number", models.CharField(max_length=40, unique=True, verbose_name="编号")),
                        ("counted_before", models.PositiveIntegerField(verbose_name="原计入人数")),
                        ("counted_now", models.PositiveIntegerField(verbose_name="现计入人数")),
                        ("amount_fen", models.BigIntegerField(verbose_name="金额差异")),
                        ("made_by", models.CharField(max_length=30, verbose_name="编制人")),
                        ("made_at", models.DateTimeField(verbose_name="编制时间")),
                    ],
                ),
                migrations.CreateModel(
                    name="SubsidyDifferenceRow",
                    fields=[
                        (
                            "id",
                            models.BigAutoField(
                                auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                            ),
                        ),
                        (
                            "difference",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="rows",
                                to="contributions.subsidydifference",
                            ),
                        ),
                        ("person_no", models.CharField(max_length=30, verbose_name="人员编号")),
                        ("name", models.CharField(max_length=50, verbose_name="姓名")),
                        ("unit_code", models.CharField(max_length=12, verbose_name="参保单位")),
                        ("before", models.CharField(blank=True, max_length=14, verbose_name="原结论")),
                        ("now", models.CharField(blank=True, max_length=14, verbose_name="现结论")),
                        ("amount_fen", models.BigIntegerField(verbose_name="金额差异")),
                    ],
                ),
                migrations.CreateModel(
                    name="SubsidyLevel",
                    fields=[
                        (
                            "id",
                            models.BigAutoField(
                                auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                            ),
                        ),
                        (
                            "application",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="levels",
                                to="contributions.subsidyapplication",
                            ),
                        ),
                        (
                            "level",
                            models.CharField(
                                choices=[
                                    ("central", "中央财政"),
                                    ("province", "省级财政"),
                                    ("city", "市级财政"),
                                    ("county", "县级财政"),
                                ],
                                max_length=10,
                                verbose_name="级次",
                            ),
                        ),
                        ("due_fen", models.BigIntegerField(verbose_name="应补金额")),
                        ("approved_fen", models.BigIntegerField(null=True, verbose_name="核准金额")),
                        ("brought_fen", models.BigIntegerField(default=0, verbose_name="上年结转")),
                        ("payable_fen", models.BigIntegerField(verbose_name="应到金额")),
                        ("received_fen", models.BigIntegerField(default=0, verbose_name="已到金额")),
                        ("due_on", models.DateField(null=True, verbose_name="到位期限")),
                    ],
                    options={
                        "constraints": [
                            models.UniqueConstraint(fields=("application", "level"), name="subsidy_level_once"),
                            models.CheckConstraint(
                                condition=models.Q(
                                    (
                                        "payable_fen",
                                        django.db.models.expressions.CombinedExpression(
                                            django.db.models.functions.comparison.Coalesce(
                                                models.F("approved_fen"), models.F("due_fen")
                                            ),
                                            "-",
                                            models.F("brought_fen"),
                                        ),
                                    )
                                ),
                                name="subsidy_level_payable",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(
                                    ("due_fen__gte", 0),
                                    ("received_fen__gte", 0),
                                    models.Q(
                                        ("approved_fen", None),
                                        models.Q(("approved_fen__gte", 0), ("approved_fen__lte", models.F("due_fen"))),
                                        _connector="OR",
                                    ),
                                ),
                                name="subsidy_level_not_negative",
                            ),
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="SubsidyArrival",
                    fields=[
                        (
                            "id",
                            models.BigAutoField(
                                auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                            ),
                        ),
                        (
                            "level",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="arrivals",
                                to="contributions.subsidylevel",
                            ),
                        ),
                        ("amount_fen", models.BigIntegerField(verbose_name="到账金额")),
                        ("arrived_on", models.DateField(verbose_name="到账日期")),
                        ("document_no", models.CharField(max_length=40, unique=True, verbose_name="业务单据号")),
                        ("voucher_no", models.CharField(max_length=30, verbose_name="记账凭证号")),
                    ],
                    options={
                        "constraints": [
                            models.CheckConstraint(
                                condition=models.Q(("amount_fen__gt", 0)), name="subsidy_arrival_of_something"
                            )
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="SubsidySettlement",
                    fields=[
                        (
                            "id",
                            models.BigAutoField(
                                auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                            ),
                        ),
                        (
                            "application",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="settlements",
                                to="contributions.subsidyapplication",
                            ),
                        ),
                        (
                            "level",
                            models.CharField(
                                choices=[
                                    ("central", "中央财政"),
                                    ("province", "省级财政"),
                                    ("city", "市级财政"),
                                    ("county", "县级财政"),
                                ],
                                max_length=10,
                                verbose_name="级次",
                            ),
                        ),
                        ("prepaid_fen", models.BigIntegerField(verbose_name="已到金额")),
                        ("final_fen", models.BigIntegerField(verbose_name="清算应补")),
                        (
                            "carry_fen",
                            models.GeneratedField(
                                db_persist=True,
                                expression=django.db.models.expressions.CombinedExpression(
                                    models.F("prepaid_fen"), "-", models.F("final_fen")
                                ),
                                output_field=models.BigIntegerField(),
                            ),
                        ),
                        (
                            "taken_by",
                            models.ForeignKey(
                                null=True,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="brought",
                                to="contributions.subsidyapplication",
                                verbose_name="结转至",
                            ),
                        ),
                        ("settled_by", models.CharField(max_length=30, verbose_name="清算人")),
                        ("settled_at", models.DateTimeField(verbose_name="清算时间")),
                    ],
                    options={
                        "constraints": [
                            models.UniqueConstraint(fields=("application", "level"), name="subsidy_settled_once")
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="SubsidyShare",
                    fields=[
                        (
                            "id",
                            models.BigAutoField(
                                auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                            ),
                        ),
                        (
                            "standard",
                            models.OneToOneField(
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="subsidy_share",
                                to="contributions.contributionstandard",
                            ),
                        ),
                        ("central_fen", models.BigIntegerField(verbose_name="中央")),
                        ("province_fen", models.BigIntegerField(verbose_name="省级")),
                        ("city_fen", models.BigIntegerField(verbose_name="市级")),
                        ("county_fen", models.BigIntegerField(verbose_name="县级")),
                        ("total_fen", models.BigIntegerField(verbose_name="合计")),
                        ("source", models.CharField(max_length=200, verbose_name="文件依据")),
                        ("staff_code", models.CharField(max_length=30, verbose_name="维护人")),
                        ("set_at", models.DateTimeField(verbose_name="维护时间")),
                    ],
                    options={
                        "constraints": [
                            models.CheckConstraint(
                                condition=models.Q(
                                    (
                                        "total_fen",
                                        django.db.models.expressions.CombinedExpression(
                                            django.db.models.expressions.CombinedExpression(
                                                django.db.models.expressions.CombinedExpression(
                                                    models.F("central_fen"), "+", models.F("province_fen")
                                                ),
                                                "+",
                                                models.F("city_fen"),
                                            ),
                                            "+",
                                            models.F("county_fen"),
                                        ),
                                    )
                                ),
                                name="subsidy_share_adds_up",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(
                                    ("central_fen__gte", 0),
                                    ("city_fen__gte", 0),
                                    ("county_fen__gte", 0),
                                    ("province_fen__gte", 0),
                                ),
                                name="subsidy_share_not_negative",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(("source", ""), _negated=True), name="subsidy_share_has_a_source"
                            ),
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="SubsidyLine",
                    fields=[
                        (
                            "id",
                            models.BigAutoField(
                                auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                            ),
                        ),
                        (
                            "snapshot",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="lines",
                                to="contributions.subsidysnapshot",
                            ),
                        ),
                        ("category", models.CharField(max_length=10, verbose_name="人员类别")),
                        ("heads", models.PositiveIntegerField(verbose_name="人数")),
                        ("central_each_fen", models.BigIntegerField(verbose_name="中央每人")),
                        ("province_each_fen", models.BigIntegerField(verbose_name="省级每人")),
                        ("city_each_fen", models.BigIntegerField(verbose_name="市级每人")),
                        ("county_each_fen", models.BigIntegerField(verbose_name="县级每人")),
                        (
                            "central_fen",
                            models.GeneratedField(
                                db_persist=True,
                                expression=django.db.models.expressions.CombinedExpression(
                                    models.F("heads"), "*", models.F("central_each_fen")
                                ),
                                output_field=models.BigIntegerField(),
                            ),
                        ),
                        (
                            "province_fen",
                            models.GeneratedField(
                                db_persist=True,
                                expression=django.db.models.expressions.CombinedExpression(
                                    models.F("heads"), "*", models.F("province_each_fen")
                                ),
                                output_field=models.BigIntegerField(),
                            ),
                        ),
                        (
                            "city_fen",
                            models.GeneratedField(
                                db_persist=True,
                                expression=django.db.models.expressions.CombinedExpression(
                                    models.F("heads"), "*", models.F("city_each_fen")
                                ),
                                output_field=models.BigIntegerField(),
                            ),
                        ),
                        (
                            "county_fen",
                            models.GeneratedField(
                                db_persist=True,
                                expression=django.db.models.expressions.CombinedExpression(
                                    models.F("heads"), "*", models.F("county_each_fen")
                                ),
                                output_field=models.BigIntegerField(),
                            ),
                        ),
                    ],
                    options={
                        "constraints": [
                            models.UniqueConstraint(fields=("snapshot", "category"), name="subsidy_line_once")
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="SubsidyHead",
                    fields=[
                        (
                            "id",
                            models.BigAutoField(
                                auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                            ),
                        ),
                        (
                            "snapshot",
                            models.ForeignKey(
                                db_constraint=False,
                                db_index=False,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="heads",
                                to="contributions.subsidysnapshot",
                            ),
                        ),
                        ("line_no", models.PositiveIntegerField(verbose_name="序号")),
                        ("person_no", models.CharField(max_length=30, verbose_name="人员编号")),
                        ("name", models.CharField(max_length=50, verbose_name="姓名")),
                        ("certificate_no", models.CharField(max_length=50, verbose_name="证件号码")),
                        ("unit_code", models.CharField(max_length=12, verbose_name="参保单位")),
                        ("category", models.CharField(blank=True, max_length=10, verbose_name="人员类别")),
                        (
                            "contribution",
                            models.ForeignKey(
                                db_constraint=False,
                                db_index=False,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="+",
                                to="contributions.contribution",
                            ),
                        ),
                        ("paid_fen", models.BigIntegerField(verbose_name="个人缴费金额")),
                        ("aided_fen", models.BigIntegerField(verbose_name="其中资助金额")),
                        ("paid_on", models.DateField(verbose_name="足额缴费日期")),
                        ("channel", models.CharField(max_length=10, verbose_name="渠道")),
                        ("proof", models.CharField(blank=True, max_length=40, verbose_name="收款凭证")),
                        (
                            "verdict",
                            models.CharField(
                                blank=True,
                                choices=[
                                    ("", "计入"),
                                    ("duplicate", "重复参保"),
                                    ("dead", "统计时点前死亡"),
                                    ("unreconciled", "缴费未对账到账"),
                                    ("aid_waiting", "资助资金未到账"),
                                    ("employee", "已参加职工医保"),
                                    ("not_enrolled", "统计时点未在保"),
                                    ("no_shares", "没有分级补助标准"),
                                ],
                                max_length=14,
                                verbose_name="结论",
                            ),
                        ),
                        ("kept", models.CharField(blank=True, max_length=30, verbose_name="已计入的人员编号")),
                    ],
                    options={
                        "indexes": [
                            models.Index(
                                condition=models.Q(("verdict", ""), _negated=True),
                                fields=["snapshot", "verdict", "line_no"],
                                name="subsidy_head_left_out",
                            )
                        ],
                        "constraints": [
                            models.UniqueConstraint(fields=("snapshot", "line_no"), name="subsidy_head_once")
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="UnitRate",
                    fields=[
                        (
                            "id",
                            models.BigAutoField(
                                auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                            ),
                        ),
                        (
                            "pooling_area",
                            models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, to="platform.poolingarea"),
                        ),
                        ("month_from", models.DateField(verbose_name="起始月份")),
                        ("unit_ratio", models.DecimalField(decimal_places=5, max_digits=6, verbose_name="单位费率")),
                        (
                            "personal_ratio",
                            models.DecimalField(decimal_places=5, max_digits=6, verbose_name="个人费率"),
                        ),
                        ("due_day", models.PositiveSmallIntegerField(verbose_name="缴费截止日")),
                        ("source", models.CharField(max_length=200, verbose_name="文件依据")),
                        ("staff_code", models.CharField(max_length=30, verbose_name="维护人")),
                        ("set_at", models.DateTimeField(verbose_name="维护时间")),
                    ],
                    options={
                        "constraints": [
                            models.UniqueConstraint(fields=("pooling_area", "month_from"), name="unit_rate_once"),
                            models.CheckConstraint(
                                condition=models.Q(
                                    ("personal_ratio__gte", 0),
                                    ("personal_ratio__lt", 1),
                                    ("unit_ratio__gte", 0),
                                    ("unit_ratio__lt", 1),
                                    ("due_day__gte", 1),
                                    ("due_day__lte", 28),
                                    ("month_from__day", 1),
                                ),
                                name="unit_rate_fits",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(("source", ""), _negated=True), name="unit_rate_has_a_source"
                            ),
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="UnitReceivable",
                    fields=[
                        (
                            "id",
                            models.BigAutoField(
                                auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                            ),
                        ),
                        (
                            "pooling_area",
                            models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, to="platform.poolingarea"),
                        ),
                        (
                            "employer",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT, related_name="+", to="enrolment.employer"
                            ),
                        ),
                        ("unit_code", models.CharField(db_collation="C", max_length=12, verbose_name="经办机构")),
                        ("month", models.DateField(verbose_name="月份(首日)")),
                        ("members", models.PositiveIntegerField(default=0, verbose_name="职工人数")),
                        ("base_fen", models.BigIntegerField(default=0, verbose_name="缴费基数")),
                        ("unit_fen", models.BigIntegerField(default=0, verbose_name="单位部分")),
                        ("personal_fen", models.BigIntegerField(default=0, verbose_name="个人部分")),
                        ("amount_fen", models.BigIntegerField(default=0, verbose_name="应缴金额")),
                        ("received_fen", models.BigIntegerField(default=0, verbose_name="已到金额")),
                        ("due_on", models.DateField(verbose_name="缴费期限")),
                        (
                            "state",
                            models.CharField(
                                choices=[("due", "应缴"), ("part", "未足额"), ("paid", "已足额")],
                                default="due",
                                max_length=6,
                                verbose_name="状态",
                            ),
                        ),
                        ("paid_on", models.DateField(null=True, verbose_name="足额缴费日期")),
                        ("split_voucher_no", models.CharField(blank=True, max_length=30, verbose_name="划账凭证号")),
                    ],
                    options={
                        "indexes": [models.Index(fields=["unit_code", "-month", "-id"], name="unit_month_recent")],
                        "constraints": [
                            models.UniqueConstraint(fields=("employer", "month"), name="unit_month_once"),
                            models.CheckConstraint(
                                condition=models.Q(
                                    (
                                        "amount_fen",
                                        django.db.models.expressions.CombinedExpression(
                                            models.F("unit_fen"), "+", models.F("personal_fen")
                                        ),
                                    ),
                                    ("received_fen__lte", models.F("amount_fen")),
                                ),
                                name="unit_month_adds_up",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(
                                    models.Q(("paid_on", None), ("received_fen", 0), ("state", "due")),
                                    models.Q(
                                        ("paid_on", None),
                                        ("received_fen__gt", 0),
                                        ("received_fen__lt", models.F("amount_fen")),
                                        ("state", "part"),
                                    ),
                                    models.Q(
                                        ("paid_on__isnull", False),
                                        ("received_fen", models.F("amount_fen")),
                                        ("state", "paid"),
                                    ),
                                    _connector="OR",
                                ),
                                name="unit_month_paid_whole",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(("split_voucher_no", ""), ("state", "paid"), _connector="OR"),
                                name="unit_month_split_when_paid",
                            ),
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="UnitPayment",
                    fields=[
                        (
                            "id",
                            models.BigAutoField(
                                auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                            ),
                        ),
                        (
                            "receivable",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="payments",
                                to="contributions.unitreceivable",
                            ),
                        ),
                        ("amount_fen", models.BigIntegerField(verbose_name="到账金额")),
                        ("received_on", models.DateField(verbose_name="到账日期")),
                        ("document_no", models.CharField(max_length=40, unique=True, verbose_name="业务单据号")),
                        ("voucher_no", models.CharField(max_length=30, verbose_name="记账凭证号")),
                    ],
                    options={
                        "constraints": [
                            models.CheckConstraint(
                                condition=models.Q(("amount_fen__gt", 0)), name="unit_payment_of_something"
                            )
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="UnitReceivableLine",
                    fields=[
                        (
                            "id",
                            models.BigAutoField(
                                auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                            ),
                        ),
                        (
                            "receivable",
                            models.ForeignKey(
                                db_index=False,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="lines",
                                to="contributions.unitreceivable",
                            ),
                        ),
                        (
                            "person",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT, related_name="+", to="enrolment.person"
                            ),
                        ),
                        ("wage_base_fen", models.BigIntegerField(verbose_name="缴费工资")),
                        ("unit_fen", models.BigIntegerField(verbose_name="单位部分")),
                        ("personal_fen", models.BigIntegerField(verbose_name="个人部分")),
                    ],
                    options={
                        "constraints": [
                            models.UniqueConstraint(fields=("receivable", "person"), name="unit_line_once"),
                            models.CheckConstraint(
                                condition=models.Q(
                                    ("personal_fen__gte", 0), ("unit_fen__gte", 0), ("wage_base_fen__gt", 0)
                                ),
                                name="unit_line_not_negative",
                            ),
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="VillageSheet",
                    fields=[
                        (
                            "id",
                            models.BigAutoField(
                                auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                            ),
                        ),
                        (
                            "pooling_area",
                            models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, to="platform.poolingarea"),
                        ),
                        ("unit_code", models.CharField(db_collation="C", max_length=12, verbose_name="村(社区)")),
                        ("collected_on", models.DateField(verbose_name="代收日期")),
                        ("number", models.CharField(max_length=40, verbose_name="日报编号")),
                        (
                            "method",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="sheets",
                                to="contributions.collectionmethod",
                            ),
                        ),
                        (
                            "state",
                            models.CharField(
                                choices=[("open", "收取中"), ("deposited", "已缴存")],
                                default="open",
                                max_length=10,
                                verbose_name="状态",
                            ),
                        ),
                        ("slip_no", models.CharField(blank=True, max_length=40, verbose_name="缴款单号")),
                        ("slip_fen", models.BigIntegerField(null=True, verbose_name="缴存金额")),
                        (
                            "batch",
                            models.OneToOneField(
                                null=True,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="village_sheet",
                                to="contributions.importbatch",
                            ),
                        ),
                        ("opened_by", models.CharField(max_length=30, verbose_name="代收人")),
                        ("opened_at", models.DateTimeField(verbose_name="开始时间")),
                        ("deposited_at", models.DateTimeField(null=True, verbose_name="缴存时间")),
                    ],
                    options={
                        "indexes": [
                            models.Index(fields=["unit_code", "-collected_on", "-id"], name="village_sheet_unit")
                        ],
                        "constraints": [
                            models.UniqueConstraint(fields=("number",), name="village_sheet_number_once"),
                            models.UniqueConstraint(
                                condition=models.Q(("state", "open")),
                                fields=("unit_code", "collected_on"),
                                name="village_sheet_one_open",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(
                                    models.Q(
                                        ("batch", None),
                                        ("deposited_at", None),
                                        ("slip_fen", None),
                                        ("slip_no", ""),
                                        ("state", "open"),
                                    ),
                                    models.Q(
                                        ("batch__isnull", False),
                                        ("deposited_at__isnull", False),
                                        ("slip_fen__gt", 0),
                                        ("state", "deposited"),
                                        models.Q(("slip_no", ""), _negated=True),
                                    ),
                                    _connector="OR",
                                ),
                                name="village_sheet_deposited_whole",
                            ),
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="VillageReceipt",
                    fields=[
                        (
                            "id",
                            models.BigAutoField(
                                auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                            ),
                        ),
                        (
                            "sheet",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="receipts",
                                to="contributions.villagesheet",
                            ),
                        ),
                        ("number", models.CharField(max_length=40, verbose_name="收据号")),
                        (
                            "person",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT, related_name="+", to="enrolment.person"
                            ),
                        ),
                        ("benefit_year", models.PositiveSmallIntegerField(verbose_name="保险年度")),
                        ("amount_fen", models.BigIntegerField(verbose_name="金额")),
                        (
                            "contribution",
                            models.OneToOneField(
                                null=True,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="village_receipt",
                                to="contributions.contribution",
                            ),
                        ),
                        ("voided_at", models.DateTimeField(null=True, verbose_name="作废时间")),
                        ("void_reason", models.CharField(blank=True, max_length=100, verbose_name="作废原因")),
                        ("issued_by", models.CharField(max_length=30, verbose_name="开具人")),
                        ("issued_at", models.DateTimeField(verbose_name="开具时间")),
                    ],
                    options={
                        "constraints": [
                            models.UniqueConstraint(fields=("number",), name="village_receipt_number_once"),
                            models.UniqueConstraint(
                                condition=models.Q(("voided_at", None)),
                                fields=("person", "benefit_year"),
                                name="village_receipt_once",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(("amount_fen__gt", 0)), name="village_receipt_of_something"
                            ),
                            models.CheckConstraint(
                                condition=models.Q(
                                    models.Q(("void_reason", ""), ("voided_at", None)),
                                    models.Q(
                                        ("voided_at__isnull", False), models.Q(("void_reason", ""), _negated=True)
                                    ),
                                    _connector="OR",
                                ),
                                name="village_receipt_voided_for_a_reason",
                            ),
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="AidArrival",
                    fields=[
                        (
                            "id",
                            models.BigAutoField(
                                auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                            ),
                        ),
                        (
                            "list",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="arrivals",
                                to="contributions.aidlist",
                            ),
                        ),
                        ("reference", models.CharField(max_length=40, verbose_name="银行流水号")),
                        ("amount_fen", models.BigIntegerField(verbose_name="到账金额")),
                        ("arrived_on", models.DateField(verbose_name="到账日期")),
                        ("voucher_no", models.CharField(max_length=30, verbose_name="记账凭证号")),
                        ("staff_code", models.CharField(max_length=30, verbose_name="登记人")),
                        ("recorded_at", models.DateTimeField(verbose_name="登记时间")),
                    ],
                    options={
                        "constraints": [
                            models.UniqueConstraint(fields=("list", "reference"), name="aid_arrival_once"),
                            models.CheckConstraint(
                                condition=models.Q(("amount_fen__gt", 0)), name="aid_arrival_of_something"
                            ),
                        ],
                    },
                ),
                migrations.AddField(
                    model_name="SubsidySnapshot",
                    name="application",
                    field=models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="snapshots",
                        to="contributions.subsidyapplication",
                    ),
                ),
                migrations.AddConstraint(
                    model_name="subsidysnapshot",
                    constraint=models.UniqueConstraint(fields=("application", "run_no"), name="subsidy_snapshot_once"),
                ),
            ]
        ),
    ]
