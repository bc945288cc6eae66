"""The tables of the fund's books (基金财务)."""

import django.db.models.deletion
from django.db import migrations, models

from tongchou.platform.tables import Together


class Migration(migrations.Migration):
    initial = True

    dependencies = [
        ("platform", "0001_initial"),
    ]

    operations = [
        Together(
            [
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
                    name="AccountingPeriod",
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
                        ("month", models.DateField(verbose_name="月份(首日)")),
                        (
                            "state",
                            models.CharField(
                                choices=[("open", "已开账"), ("closed", "已结账")],
                                default="open",
                                max_length=8,
                                verbose_name="状态",
                            ),
                        ),
                        ("closed_at", models.DateTimeField(null=True, verbose_name="结账时间")),
                        ("closed_by", models.CharField(blank=True, max_length=30, verbose_name="结账人")),
                    ],
                    options={
                        "constraints": [
                            models.UniqueConstraint(
                                fields=("pooling_area", "scheme", "month"), name="accounting_period_once"
                            ),
                            models.CheckConstraint(
                                condition=models.Q(("month__day", 1)), name="accounting_period_begins_on_the_first"
                            ),
                            models.CheckConstraint(
                                condition=models.Q(
                                    models.Q(("closed_at", None), ("closed_by", ""), ("state", "open")),
                                    models.Q(
                                        ("closed_at__isnull", False),
                                        ("state", "closed"),
                                        models.Q(("closed_by", ""), _negated=True),
                                    ),
                                    _connector="OR",
                                ),
                                name="accounting_period_closed_when_and_by",
                            ),
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="BankEntry",
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
                            "account",
                            models.CharField(
                                choices=[("1002", "收入户"), ("1003", "财政专户"), ("1004", "支出户")],
                                max_length=4,
                                verbose_name="账户",
                            ),
                        ),
                        ("reference", models.CharField(max_length=40, verbose_name="银行流水号")),
                        ("amount_fen", models.BigIntegerField(verbose_name="到账金额")),
                        ("booked_on", models.DateField(verbose_name="到账日期")),
                        ("payer", models.CharField(max_length=100, verbose_name="付款人")),
                        ("remark", models.CharField(blank=True, max_length=100, verbose_name="附言")),
                        ("staff_code", models.CharField(max_length=30, verbose_name="登记人")),
                        ("recorded_at", models.DateTimeField(verbose_name="登记时间")),
                    ],
                    options={
                        "indexes": [
                            models.Index(fields=["pooling_area", "-booked_on", "-id"], name="bank_entry_recent")
                        ],
                        "constraints": [
                            models.UniqueConstraint(
                                fields=("pooling_area", "scheme", "account", "reference"), name="bank_entry_once"
                            ),
                            models.CheckConstraint(
                                condition=models.Q(("amount_fen__gt", 0)), name="bank_entry_of_something"
                            ),
                            models.CheckConstraint(
                                condition=models.Q(
                                    models.Q(("reference", ""), _negated=True), models.Q(("payer", ""), _negated=True)
                                ),
                                name="bank_entry_says_from_whom",
                            ),
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="BusinessDocument",
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
                        ("number", models.CharField(max_length=40, unique=True, verbose_name="单据号")),
                        (
                            "kind",
                            models.CharField(
                                choices=[
                                    ("premium", "个人缴费收入"),
                                    ("unit_premium", "单位缴费收入"),
                                    ("lump_sum", "一次性缴费收入"),
                                    ("subsidy_central", "中央财政补助"),
                                    ("subsidy_province", "省级财政补助"),
                                    ("subsidy_city", "市级财政补助"),
                                    ("subsidy_county", "县级财政补助"),
                                    ("aid", "医疗救助资助"),
                                    ("collective", "集体扶持"),
                                    ("interest", "利息"),
                                    ("late_fee", "滞纳金"),
                                    ("from_above", "上级补助"),
                                    ("from_below", "下级上解"),
                                    ("other", "其他收入"),
                                    ("to_special", "收入户划转财政专户"),
                                    ("to_expenditure", "财政专户拨付支出户"),
                                    ("interest_to_special", "支出户利息划转财政专户"),
                                ],
                                max_length=20,
                                verbose_name="种类",
                            ),
                        ),
                        ("account", models.CharField(max_length=20, verbose_name="借方科目")),
                        ("credits", models.JSONField(verbose_name="贷方科目与金额")),
                        ("amount_fen", models.BigIntegerField(verbose_name="金额")),
                        ("payer", models.CharField(max_length=100, verbose_name="付款单位")),
                        ("paper", models.CharField(max_length=60, verbose_name="来文(票据)号")),
                        ("summary", models.CharField(max_length=150, verbose_name="摘要")),
                        ("dated_on", models.DateField(null=True, verbose_name="记账日期")),
                        (
                            "entry",
                            models.OneToOneField(
                                null=True,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="document",
                                to="fund.bankentry",
                            ),
                        ),
                        (
                            "state",
                            models.CharField(
                                choices=[
                                    ("waiting", "待到账"),
                                    ("prepared", "待复核"),
                                    ("posted", "已记账"),
                                    ("voided", "已作废"),
                                ],
                                default="waiting",
                                max_length=10,
                                verbose_name="状态",
                            ),
                        ),
                        ("origin", models.CharField(blank=True, max_length=30, verbose_name="来源业务")),
                        ("origin_key", models.CharField(blank=True, max_length=40, verbose_name="来源编号")),
                        ("made_by", models.CharField(max_length=30, verbose_name="填制人")),
                        ("made_at", models.DateTimeField(verbose_name="填制时间")),
                        ("prepared_by", models.CharField(blank=True, max_length=30, verbose_name="对应人")),
                        ("reviewed_by", models.CharField(blank=True, max_length=30, verbose_name="复核人")),
                        ("reviewed_at", models.DateTimeField(null=True, verbose_name="复核时间")),
                        ("voucher_no", models.CharField(blank=True, max_length=30, verbose_name="记账凭证号")),
                        ("remark", models.CharField(blank=True, max_length=200, verbose_name="退回(作废)原因")),
                    ],
                    options={
                        "indexes": [
                            models.Index(fields=["pooling_area", "-made_at", "-id"], name="business_document_recent"),
                            models.Index(fields=["origin", "origin_key"], name="business_document_origin"),
                        ],
                        "constraints": [
                            models.UniqueConstraint(
                                condition=models.Q(("state", "voided"), _negated=True),
                                fields=("pooling_area", "scheme", "kind", "payer", "paper"),
                                name="business_document_paper_once",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(("amount_fen__gt", 0)), name="business_document_of_something"
                            ),
                            models.CheckConstraint(
                                condition=models.Q(
                                    models.Q(
                                        ("reviewed_at__isnull", False),
                                        ("state", "posted"),
                                        models.Q(("voucher_no", ""), _negated=True),
                                        models.Q(("reviewed_by", ""), _negated=True),
                                    ),
                                    models.Q(
                                        models.Q(("state", "posted"), _negated=True),
                                        ("reviewed_at", None),
                                        ("reviewed_by", ""),
                                        ("voucher_no", ""),
                                    ),
                                    _connector="OR",
                                ),
                                name="business_document_posted_when_reviewed",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(
                                    models.Q(("reviewed_by", models.F("made_by")), _negated=True),
                                    models.Q(
                                        ("prepared_by", ""),
                                        models.Q(("reviewed_by", models.F("prepared_by")), _negated=True),
                                        _connector="OR",
                                    ),
                                ),
                                name="business_document_reviewed_by_another",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(
                                    models.Q(
                                        ("entry", None),
                                        ("kind__in", ["to_special", "to_expenditure", "interest_to_special"]),
                                    ),
                                    models.Q(
                                        models.Q(
                                            ("kind__in", ["to_special", "to_expenditure", "interest_to_special"]),
                                            _negated=True,
                                        ),
                                        models.Q(
                                            models.Q(("entry__isnull", False), ("state__in", ["prepared", "posted"])),
                                            models.Q(("entry", None), ("state__in", ["waiting", "voided"])),
                                            _connector="OR",
                                        ),
                                    ),
                                    _connector="OR",
                                ),
                                name="business_document_income_needs_the_bank",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(
                                    ("state__in", ["waiting", "voided"]), ("dated_on__isnull", False), _connector="OR"
                                ),
                                name="business_document_dated",
                            ),
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="DailyBalance",
                    fields=[
                        (
                            "pk",
                            models.CompositePrimaryKey(
                                "pooling_area",
                                "settled_on",
                                "institution_code",
                                "scheme",
                                "fund_code",
                                blank=True,
                                editable=False,
                                primary_key=True,
                                serialize=False,
                            ),
                        ),
                        ("pooling_area", models.CharField(max_length=6, verbose_name="统筹地区")),
                        ("settled_on", models.DateField(verbose_name="日期")),
                        ("institution_code", models.CharField(max_length=12, verbose_name="机构编号")),
                        ("scheme", models.CharField(max_length=10, verbose_name="险种")),
                        ("fund_code", models.CharField(max_length=6, verbose_name="基金")),
                        ("amount_fen", models.BigIntegerField(verbose_name="金额")),
                        ("settlements", models.IntegerField(verbose_name="笔数(冲销为负)")),
                    ],
                    options={
                        "indexes": [
                            models.Index(
                                fields=["pooling_area", "institution_code", "settled_on"],
                                name="daily_balance_institution",
                            )
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="InstitutionDue",
                    fields=[
                        (
                            "pk",
                            models.CompositePrimaryKey(
                                "pooling_area",
                                "settlement_id",
                                "fund_code",
                                blank=True,
                                editable=False,
                                primary_key=True,
                                serialize=False,
                            ),
                        ),
                        ("pooling_area", models.CharField(max_length=6, verbose_name="统筹地区")),
                        ("settlement_id", models.BigIntegerField(verbose_name="结算")),
                        (
                            "fund_code",
                            models.CharField(
                                choices=[
                                    ("310100", "职工基本医疗保险统筹基金"),
                                    ("310102", "职工门诊统筹基金"),
                                    ("310200", "职工基本医疗保险个人账户基金"),
                                    ("310300", "职工大病补助基金"),
                                    ("330100", "大额医疗费用补助基金"),
                                    ("370100", "企业补充医疗保险基金"),
                                    ("390100", "城乡居民基本医疗保险基金"),
                                    ("390102", "居民门诊统筹基金"),
                                    ("390200", "城乡居民大病医疗保险基金"),
                                    ("390300", "城乡居民大病补充保险基金"),
                                    ("610100", "医疗救助基金"),
                                    ("999997", "其他基金(公共卫生专项)"),
                                ],
                                max_length=6,
                                verbose_name="基金",
                            ),
                        ),
                        ("institution_code", models.CharField(max_length=12, verbose_name="机构编号")),
                        ("scheme", models.CharField(max_length=10, verbose_name="险种")),
                        ("settled_on", models.DateField(verbose_name="结算日期")),
                        ("amount_fen", models.BigIntegerField(verbose_name="金额")),
                    ],
                    options={
                        "indexes": [
                            models.Index(
                                fields=["pooling_area", "settled_on", "institution_code"], name="institution_due_day"
                            )
                        ],
                        "constraints": [
                            models.CheckConstraint(
                                condition=models.Q(("amount_fen", 0), _negated=True), name="institution_due_not_zero"
                            )
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="LedgerAccount",
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
                        ("code", models.CharField(max_length=20, verbose_name="科目编码")),
                        ("name", models.CharField(max_length=60, verbose_name="科目名称")),
                        (
                            "account_class",
                            models.CharField(
                                choices=[
                                    ("asset", "资产"),
                                    ("liability", "负债"),
                                    ("net_asset", "净资产"),
                                    ("income", "收入"),
                                    ("expense", "支出"),
                                ],
                                max_length=10,
                                verbose_name="会计要素",
                            ),
                        ),
                        ("debit_normal", models.BooleanField(verbose_name="余额方向为借")),
                        (
                            "parent",
                            models.ForeignKey(
                                null=True,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="children",
                                to="fund.ledgeraccount",
                            ),
                        ),
                        ("postable", models.BooleanField(default=True, verbose_name="可记账")),
                        ("closes_to", models.CharField(blank=True, max_length=20, verbose_name="期末结转科目")),
                    ],
                    options={
                        "constraints": [
                            models.UniqueConstraint(
                                fields=("pooling_area", "scheme", "code"), name="ledger_account_once"
                            ),
                            models.CheckConstraint(
                                condition=models.Q(("code__startswith", "1001"), _negated=True),
                                name="ledger_account_is_not_cash",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(("code__regex", "^\\d{4}(\\d\\d)*$")),
                                name="ledger_account_code_in_pairs",
                            ),
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="PeriodBalance",
                    fields=[
                        (
                            "id",
                            models.BigAutoField(
                                auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                            ),
                        ),
                        (
                            "period",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="balances",
                                to="fund.accountingperiod",
                            ),
                        ),
                        (
                            "account",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT, related_name="+", to="fund.ledgeraccount"
                            ),
                        ),
                        ("balance_fen", models.BigIntegerField(verbose_name="借方减贷方余额")),
                    ],
                    options={
                        "constraints": [
                            models.UniqueConstraint(fields=("period", "account"), name="period_balance_once")
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="PeriodReopening",
                    fields=[
                        (
                            "id",
                            models.BigAutoField(
                                auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                            ),
                        ),
                        (
                            "period",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="reopenings",
                                to="fund.accountingperiod",
                            ),
                        ),
                        ("requested_by", models.CharField(max_length=30, verbose_name="申请人")),
                        ("approved_by", models.CharField(max_length=30, verbose_name="批准人")),
                        ("reason", models.CharField(max_length=200, verbose_name="原因")),
                        ("reopened_at", models.DateTimeField(verbose_name="时间")),
                    ],
                    options={
                        "constraints": [
                            models.CheckConstraint(
                                condition=models.Q(("requested_by", models.F("approved_by")), _negated=True),
                                name="period_reopening_needs_two_persons",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(("reason", ""), _negated=True), name="period_reopening_has_a_reason"
                            ),
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="Voucher",
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
                            "period",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="vouchers",
                                to="fund.accountingperiod",
                            ),
                        ),
                        (
                            "kind",
                            models.CharField(
                                choices=[("receipt", "收款凭证"), ("payment", "付款凭证"), ("transfer", "转账凭证")],
                                max_length=8,
                                verbose_name="凭证类型",
                            ),
                        ),
                        ("serial", models.PositiveIntegerField(verbose_name="月内序号")),
                        ("number", models.CharField(max_length=30, unique=True, verbose_name="凭证号")),
                        ("dated_on", models.DateField(verbose_name="凭证日期")),
                        ("summary", models.CharField(max_length=200, verbose_name="摘要")),
                        ("source_document", models.CharField(max_length=100, verbose_name="原始凭证")),
                        ("carries_forward", models.BooleanField(default=False, verbose_name="期末结转")),
                        (
                            "reversal_of",
                            models.OneToOneField(
                                null=True,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="reversal",
                                to="fund.voucher",
                            ),
                        ),
                        ("reversal_reason", models.CharField(blank=True, max_length=200, verbose_name="冲销原因")),
                        ("made_by", models.CharField(max_length=30, verbose_name="制单人")),
                        ("made_at", models.DateTimeField(verbose_name="制单时间")),
                    ],
                    options={
                        "indexes": [
                            models.Index(fields=["pooling_area", "scheme", "-dated_on", "-id"], name="voucher_newest")
                        ],
                        "constraints": [
                            models.UniqueConstraint(fields=("period", "kind", "serial"), name="voucher_serial_once"),
                            models.UniqueConstraint(
                                fields=("pooling_area", "scheme", "source_document"), name="voucher_source_once"
                            ),
                            models.CheckConstraint(
                                condition=models.Q(
                                    models.Q(("reversal_of", None), ("reversal_reason", "")),
                                    models.Q(
                                        ("reversal_of__isnull", False), models.Q(("reversal_reason", ""), _negated=True)
                                    ),
                                    _connector="OR",
                                ),
                                name="voucher_reversal_has_reason",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(
                                    models.Q(("source_document", ""), _negated=True),
                                    models.Q(("summary", ""), _negated=True),
                                ),
                                name="voucher_says_what_for",
                            ),
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="Entry",
                    fields=[
                        (
                            "id",
                            models.BigAutoField(
                                auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                            ),
                        ),
                        (
                            "voucher",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT, related_name="entries", to="fund.voucher"
                            ),
                        ),
                        ("line_no", models.PositiveSmallIntegerField(verbose_name="行号")),
                        (
                            "account",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="entries",
                                to="fund.ledgeraccount",
                            ),
                        ),
                        ("debit_fen", models.BigIntegerField(null=True, verbose_name="借方")),
                        ("credit_fen", models.BigIntegerField(null=True, verbose_name="贷方")),
                        ("note", models.CharField(blank=True, max_length=200, verbose_name="说明")),
                    ],
                    options={
                        "constraints": [
                            models.UniqueConstraint(fields=("voucher", "line_no"), name="entry_line_once"),
                            models.CheckConstraint(
                                condition=models.Q(
                                    models.Q(("credit_fen", None), ("debit_fen__gt", 0)),
                                    models.Q(("credit_fen__gt", 0), ("debit_fen", None)),
                                    _connector="OR",
                                ),
                                name="entry_one_positive_side",
                            ),
                        ],
                    },
                ),
            ]
        ),
    ]
