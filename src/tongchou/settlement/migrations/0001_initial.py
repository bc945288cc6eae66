"""The tables of settlement (结算)."""

import django.db.models.expressions
from django.db import migrations, models

from tongchou.platform.tables import Together


class Migration(migrations.Migration):
    initial = True

    dependencies = []

    operations = [
        Together(
            [
                migrations.CreateModel(
                    name="Accumulator",
                    fields=[
                        (
                            "pk",
                            models.CompositePrimaryKey(
                                "pooling_area",
                                "person_id",
                                "scheme",
                                "benefit_year",
                                blank=True,
                                editable=False,
                                primary_key=True,
                                serialize=False,
                            ),
                        ),
                        ("pooling_area", models.CharField(max_length=6)),
                        ("person_id", models.BigIntegerField()),
                        ("scheme", models.CharField(max_length=10)),
                        ("benefit_year", models.PositiveSmallIntegerField()),
                        ("version", models.IntegerField(default=1)),
                        ("amounts", models.JSONField(default=dict)),
                    ],
                ),
                migrations.CreateModel(
                    name="RollUp",
                    fields=[
                        (
                            "pooling_area",
                            models.CharField(max_length=6, primary_key=True, serialize=False, verbose_name="统筹地区"),
                        ),
                        ("complete_until", models.DateField(verbose_name="已汇总至(不含)")),
                        ("rolled_at", models.DateTimeField(verbose_name="汇总时间")),
                    ],
                ),
                migrations.CreateModel(
                    name="AccountCredit",
                    fields=[
                        (
                            "id",
                            models.BigAutoField(
                                auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                            ),
                        ),
                        ("pooling_area", models.CharField(max_length=6)),
                        ("person_id", models.BigIntegerField()),
                        ("amount_fen", models.BigIntegerField(verbose_name="金额")),
                        ("document", models.CharField(max_length=100, verbose_name="依据")),
                        ("credited_at", models.DateTimeField(verbose_name="时间")),
                        ("operator", models.CharField(max_length=50, verbose_name="经办人")),
                    ],
                    options={
                        "constraints": [
                            models.UniqueConstraint(
                                fields=("pooling_area", "person_id", "document"), name="account_credit_once"
                            ),
                            models.CheckConstraint(
                                condition=models.Q(("amount_fen__gt", 0)), name="account_credit_positive"
                            ),
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="CarriedOver",
                    fields=[
                        (
                            "id",
                            models.BigAutoField(
                                auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                            ),
                        ),
                        ("pooling_area", models.CharField(max_length=6)),
                        ("person_id", models.BigIntegerField()),
                        ("scheme", models.CharField(max_length=10)),
                        ("benefit_year", models.PositiveSmallIntegerField()),
                        ("from_area", models.CharField(max_length=6, verbose_name="转出地")),
                        ("transfer_id", models.BigIntegerField(verbose_name="转移接续")),
                        ("amounts", models.JSONField(default=dict)),
                        ("carried_at", models.DateTimeField(verbose_name="转入时间")),
                    ],
                    options={
                        "indexes": [models.Index(fields=["person_id", "pooling_area"], name="carried_over_of_person")],
                        "constraints": [models.UniqueConstraint(fields=("transfer_id",), name="carried_over_once")],
                    },
                ),
                migrations.CreateModel(
                    name="DailyTotal",
                    fields=[
                        (
                            "pk",
                            models.CompositePrimaryKey(
                                "pooling_area",
                                "settled_on",
                                "institution_code",
                                "scheme",
                                "kind",
                                blank=True,
                                editable=False,
                                primary_key=True,
                                serialize=False,
                            ),
                        ),
                        ("pooling_area", models.CharField(max_length=6)),
                        ("settled_on", models.DateField()),
                        ("institution_code", models.CharField(max_length=12)),
                        ("scheme", models.CharField(max_length=10)),
                        ("kind", models.CharField(max_length=12)),
                        ("settlements", models.IntegerField(verbose_name="笔数(冲销为负)")),
                        ("total_fen", models.BigIntegerField(verbose_name="医疗费总额")),
                        ("in_scope_fen", models.BigIntegerField(verbose_name="政策范围内费用")),
                        ("project_paid_fen", models.BigIntegerField(verbose_name="公共卫生专项支付")),
                        ("pool_paid_fen", models.BigIntegerField(verbose_name="统筹基金支付")),
                        ("catastrophic_paid_fen", models.BigIntegerField(verbose_name="大病保险支付")),
                        ("supplementary_paid_fen", models.BigIntegerField(verbose_name="补充保险支付")),
                        ("large_amount_paid_fen", models.BigIntegerField(verbose_name="大额互助支付")),
                        ("assistance_paid_fen", models.BigIntegerField(verbose_name="医疗救助支付")),
                        ("account_paid_fen", models.BigIntegerField(verbose_name="个人账户支付")),
                        ("cash_fen", models.BigIntegerField(verbose_name="现金支付")),
                    ],
                    options={
                        "indexes": [
                            models.Index(fields=["institution_code", "settled_on"], name="daily_total_institution")
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="PersonalAccount",
                    fields=[
                        (
                            "pk",
                            models.CompositePrimaryKey(
                                "pooling_area",
                                "person_id",
                                blank=True,
                                editable=False,
                                primary_key=True,
                                serialize=False,
                            ),
                        ),
                        ("pooling_area", models.CharField(max_length=6)),
                        ("person_id", models.BigIntegerField()),
                        ("balance_fen", models.BigIntegerField(verbose_name="余额")),
                    ],
                    options={
                        "constraints": [
                            models.CheckConstraint(
                                condition=models.Q(("balance_fen__gte", 0)), name="personal_account_never_overdrawn"
                            )
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="SettledAfterEnding",
                    fields=[
                        (
                            "id",
                            models.BigAutoField(
                                auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                            ),
                        ),
                        ("pooling_area", models.CharField(max_length=6, verbose_name="参保地")),
                        ("settlement_id", models.BigIntegerField(verbose_name="结算ID")),
                        ("ending_id", models.BigIntegerField(verbose_name="注销登记")),
                        ("person_id", models.BigIntegerField(verbose_name="参保人")),
                        ("institution_code", models.CharField(max_length=12, verbose_name="机构编号")),
                        ("served_on", models.DateField(verbose_name="就医日期")),
                        ("ended_from", models.DateField(verbose_name="终止日期")),
                        ("reason", models.CharField(max_length=100, verbose_name="终止原因")),
                        ("fund_paid_fen", models.BigIntegerField(verbose_name="基金支付")),
                        ("found_at", models.DateTimeField(verbose_name="发现时间")),
                        ("withdrawn_at", models.DateTimeField(null=True, verbose_name="撤销时间")),
                    ],
                    options={
                        "indexes": [models.Index(fields=["pooling_area", "-id"], name="settled_after_ending_area")],
                        "constraints": [
                            models.UniqueConstraint(
                                fields=("pooling_area", "settlement_id", "ending_id"), name="settled_after_ending_once"
                            ),
                            models.CheckConstraint(
                                condition=models.Q(("fund_paid_fen__gt", 0)), name="settled_after_ending_paid"
                            ),
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="Settlement",
                    fields=[
                        (
                            "pk",
                            models.CompositePrimaryKey(
                                "pooling_area", "id", blank=True, editable=False, primary_key=True, serialize=False
                            ),
                        ),
                        ("pooling_area", models.CharField(max_length=6, verbose_name="参保地")),
                        ("id", models.BigIntegerField(verbose_name="结算ID")),
                        ("encounter_id", models.BigIntegerField(verbose_name="就诊ID")),
                        ("person_id", models.BigIntegerField(verbose_name="参保人")),
                        ("unit_code", models.CharField(max_length=12, verbose_name="参保单位")),
                        ("institution_code", models.CharField(max_length=12, verbose_name="机构编号")),
                        ("scheme", models.CharField(max_length=10, verbose_name="险种")),
                        ("benefit_year", models.PositiveSmallIntegerField(verbose_name="结算年度")),
                        ("care_type", models.CharField(max_length=6, verbose_name="医疗类别代码")),
                        (
                            "kind",
                            models.CharField(
                                choices=[
                                    ("outpatient", "普通门诊"),
                                    ("chronic", "门诊特殊慢性病"),
                                    ("pharmacy", "定点药店购药"),
                                    ("inpatient", "住院"),
                                    ("maternity", "生育住院"),
                                    ("day_surgery", "日间手术"),
                                    ("home_bed", "家庭病床"),
                                    ("emergency", "急诊"),
                                ],
                                max_length=12,
                                verbose_name="医疗类别",
                            ),
                        ),
                        ("settled_at", models.DateTimeField(verbose_name="结算时间")),
                        ("settled_on", models.DateField(verbose_name="结算日期")),
                        ("benefit_on", models.DateField(verbose_name="待遇日期")),
                        ("reversal_of", models.BigIntegerField(null=True, verbose_name="冲销的结算")),
                        ("reversal_no", models.PositiveSmallIntegerField(default=0, verbose_name="第几次冲销")),
                        ("reversal_reason", models.CharField(blank=True, max_length=200, verbose_name="冲销原因")),
                        ("annulment", models.BooleanField(default=False, verbose_name="冲正")),
                        ("interim", models.BooleanField(default=False, verbose_name="中途结算")),
                        ("total_fen", models.BigIntegerField(verbose_name="医疗费总额")),
                        ("own_expense_fen", models.BigIntegerField(verbose_name="全自费")),
                        ("over_price_fen", models.BigIntegerField(verbose_name="超限价自费")),
                        ("pre_self_pay_fen", models.BigIntegerField(verbose_name="先行自付")),
                        ("in_scope_fen", models.BigIntegerField(verbose_name="政策范围内费用")),
                        ("deductible_fen", models.BigIntegerField(verbose_name="起付线")),
                        ("over_ceiling_fen", models.BigIntegerField(verbose_name="超封顶线")),
                        ("ratio", models.DecimalField(decimal_places=6, max_digits=7, verbose_name="统筹支付比例")),
                        ("project_paid_fen", models.BigIntegerField(verbose_name="公共卫生专项支付")),
                        ("pool_paid_fen", models.BigIntegerField(verbose_name="统筹基金支付")),
                        ("catastrophic_paid_fen", models.BigIntegerField(verbose_name="大病保险支付")),
                        ("supplementary_paid_fen", models.BigIntegerField(verbose_name="补充保险支付")),
                        ("large_amount_paid_fen", models.BigIntegerField(verbose_name="大额互助支付")),
                        ("assistance_paid_fen", models.BigIntegerField(verbose_name="医疗救助支付")),
                        ("fund_paid_fen", models.BigIntegerField(verbose_name="基金支付总额")),
                        ("person_share_fen", models.BigIntegerField(verbose_name="个人负担总额")),
                        ("account_paid_fen", models.BigIntegerField(verbose_name="个人账户支付")),
                        ("cash_fen", models.BigIntegerField(verbose_name="现金支付")),
                        ("category_fen", models.JSONField(default=dict, verbose_name="分类合计")),
                        ("package", models.CharField(max_length=60, verbose_name="政策包")),
                        ("package_hash", models.CharField(max_length=64, verbose_name="政策包摘要")),
                        ("receipt", models.JSONField(verbose_name="计算依据")),
                        ("msgid", models.CharField(blank=True, max_length=40, verbose_name="医药机构结算ID")),
                        ("invoice_no", models.CharField(blank=True, max_length=40, verbose_name="发票号")),
                        ("credential_type", models.CharField(blank=True, max_length=3, verbose_name="凭证类型")),
                        ("operator_no", models.CharField(blank=True, max_length=30, verbose_name="经办人")),
                        ("operator", models.CharField(blank=True, max_length=50, verbose_name="经办人姓名")),
                    ],
                    options={
                        "indexes": [
                            models.Index(fields=["person_id", "settled_at"], name="settlement_person"),
                            models.Index(fields=["pooling_area", "encounter_id"], name="settlement_encounter"),
                            models.Index(fields=["institution_code", "settled_on"], name="settlement_institution"),
                            models.Index(fields=["settled_at", "id"], name="settlement_when"),
                            models.Index(
                                condition=models.Q(("invoice_no", ""), _negated=True),
                                fields=["invoice_no"],
                                name="settlement_invoice",
                            ),
                        ],
                        "constraints": [
                            models.UniqueConstraint(
                                condition=models.Q(("reversal_of__isnull", False)),
                                fields=("pooling_area", "reversal_of", "reversal_no"),
                                name="settlement_reversed_once",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(
                                    ("annulment", False), ("reversal_of__isnull", False), _connector="OR"
                                ),
                                name="settlement_annulment_is_a_reversal",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(
                                    (
                                        "total_fen",
                                        django.db.models.expressions.CombinedExpression(
                                            django.db.models.expressions.CombinedExpression(
                                                django.db.models.expressions.CombinedExpression(
                                                    models.F("own_expense_fen"), "+", models.F("over_price_fen")
                                                ),
                                                "+",
                                                models.F("pre_self_pay_fen"),
                                            ),
                                            "+",
                                            models.F("in_scope_fen"),
                                        ),
                                    )
                                ),
                                name="settlement_every_fen_classed",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(
                                    (
                                        "total_fen",
                                        django.db.models.expressions.CombinedExpression(
                                            models.F("fund_paid_fen"), "+", models.F("person_share_fen")
                                        ),
                                    )
                                ),
                                name="settlement_every_fen_somebodys",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(
                                    (
                                        "fund_paid_fen",
                                        django.db.models.expressions.CombinedExpression(
                                            django.db.models.expressions.CombinedExpression(
                                                django.db.models.expressions.CombinedExpression(
                                                    django.db.models.expressions.CombinedExpression(
                                                        django.db.models.expressions.CombinedExpression(
                                                            models.F("project_paid_fen"), "+", models.F("pool_paid_fen")
                                                        ),
                                                        "+",
                                                        models.F("catastrophic_paid_fen"),
                                                    ),
                                                    "+",
                                                    models.F("supplementary_paid_fen"),
                                                ),
                                                "+",
                                                models.F("large_amount_paid_fen"),
                                            ),
                                            "+",
                                            models.F("assistance_paid_fen"),
                                        ),
                                    )
                                ),
                                name="settlement_funds_sum",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(
                                    (
                                        "person_share_fen",
                                        django.db.models.expressions.CombinedExpression(
                                            models.F("account_paid_fen"), "+", models.F("cash_fen")
                                        ),
                                    )
                                ),
                                name="settlement_person_sum",
                            ),
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="SlipPrint",
                    fields=[
                        (
                            "id",
                            models.BigAutoField(
                                auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                            ),
                        ),
                        ("pooling_area", models.CharField(max_length=6)),
                        ("settlement_id", models.BigIntegerField()),
                        ("print_no", models.PositiveSmallIntegerField(verbose_name="第几次打印")),
                        ("printed_at", models.DateTimeField(verbose_name="打印时间")),
                        ("printed_by", models.CharField(max_length=50, verbose_name="打印人")),
                    ],
                    options={
                        "constraints": [
                            models.UniqueConstraint(
                                fields=("pooling_area", "settlement_id", "print_no"), name="slip_print_in_order"
                            )
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="YearToReplay",
                    fields=[
                        (
                            "id",
                            models.BigAutoField(
                                auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                            ),
                        ),
                        ("pooling_area", models.CharField(max_length=6, verbose_name="参保地")),
                        ("person_id", models.BigIntegerField(verbose_name="参保人")),
                        ("scheme", models.CharField(max_length=10, verbose_name="险种")),
                        ("benefit_year", models.PositiveSmallIntegerField(verbose_name="结算年度")),
                        (
                            "cause",
                            models.CharField(
                                choices=[
                                    ("reversal", "较早的结算被冲销"),
                                    ("enrolment", "参保关系变动"),
                                    ("category", "人员类别变动"),
                                    ("group", "特殊人员标识变动"),
                                    ("coverage", "缴费或待遇期变动"),
                                    ("filing", "备案变动"),
                                ],
                                max_length=12,
                                verbose_name="起因",
                            ),
                        ),
                        ("marked_at", models.DateTimeField(verbose_name="标记时间")),
                        (
                            "state",
                            models.CharField(
                                choices=[
                                    ("open", "待核对"),
                                    ("recomputed", "已重算"),
                                    ("unchanged", "核对无变动"),
                                    ("left", "不予重算"),
                                ],
                                default="open",
                                max_length=10,
                                verbose_name="状态",
                            ),
                        ),
                        ("looked_at", models.DateTimeField(null=True, verbose_name="核对时间")),
                        ("differing", models.PositiveIntegerField(null=True, verbose_name="应变动笔数")),
                        ("difference_fen", models.BigIntegerField(null=True, verbose_name="基金支付相差")),
                        ("closed_at", models.DateTimeField(null=True, verbose_name="办结时间")),
                        ("closed_by", models.CharField(blank=True, max_length=50, verbose_name="办结人")),
                        ("closing_reason", models.CharField(blank=True, max_length=200, verbose_name="办结说明")),
                    ],
                    options={
                        "indexes": [models.Index(fields=["state", "-id"], name="year_to_replay_state")],
                        "constraints": [
                            models.UniqueConstraint(
                                condition=models.Q(("state", "open")),
                                fields=("pooling_area", "person_id", "scheme", "benefit_year"),
                                name="year_to_replay_open_once",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(
                                    models.Q(("closed_at", None), ("state", "open")),
                                    models.Q(models.Q(("state", "open"), _negated=True), ("closed_at__isnull", False)),
                                    _connector="OR",
                                ),
                                name="year_to_replay_closed_when",
                            ),
                        ],
                    },
                ),
            ]
        ),
    ]
