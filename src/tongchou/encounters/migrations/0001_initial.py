"""The tables of encounters; charge lines are made by the next migration."""

import django.contrib.postgres.constraints
import django.contrib.postgres.fields
import django.db.models.expressions
from django.db import migrations, models

import tongchou.platform.ranges
from tongchou.platform.tables import Together


class Migration(migrations.Migration):
    initial = True

    dependencies = []

    operations = [
        Together(
            [
                migrations.CreateModel(
                    name="ChargeLine",
                    fields=[
                        (
                            "pk",
                            models.CompositePrimaryKey(
                                "pooling_area",
                                "encounter_id",
                                "serial",
                                blank=True,
                                editable=False,
                                primary_key=True,
                                serialize=False,
                            ),
                        ),
                        ("pooling_area", models.CharField(max_length=6)),
                        ("encounter_id", models.BigIntegerField()),
                        ("serial", models.CharField(max_length=30, verbose_name="费用明细流水号")),
                        ("batch_no", models.CharField(max_length=40, verbose_name="收费批次号")),
                        ("refund_of", models.CharField(blank=True, max_length=30, verbose_name="原费用流水号")),
                        ("item_code", models.CharField(max_length=50, verbose_name="医疗目录编码")),
                        (
                            "institution_item_code",
                            models.CharField(blank=True, max_length=150, verbose_name="机构目录编码"),
                        ),
                        ("charge_category", models.CharField(max_length=2, verbose_name="收费项目类别")),
                        ("pay_class", models.CharField(max_length=2, verbose_name="等级")),
                        ("served_at", models.DateTimeField(verbose_name="费用发生时间")),
                        ("quantity", models.DecimalField(decimal_places=4, max_digits=16, verbose_name="数量")),
                        ("unit_price", models.DecimalField(decimal_places=6, max_digits=16, verbose_name="单价(元)")),
                        ("amount_fen", models.BigIntegerField(verbose_name="金额")),
                        (
                            "pre_self_pay_ratio",
                            models.DecimalField(decimal_places=4, max_digits=5, verbose_name="先行自付比例"),
                        ),
                        (
                            "price_ceiling",
                            models.DecimalField(
                                decimal_places=6, max_digits=16, null=True, verbose_name="单价上限(元)"
                            ),
                        ),
                        ("own_expense_fen", models.BigIntegerField(verbose_name="全自费")),
                        ("over_price_fen", models.BigIntegerField(verbose_name="超限价")),
                        ("pre_self_pay_fen", models.BigIntegerField(verbose_name="先行自付")),
                        ("in_scope_fen", models.BigIntegerField(verbose_name="政策范围内")),
                        ("reason_code", models.CharField(blank=True, max_length=20, verbose_name="不予支付原因")),
                        ("prescription_no", models.CharField(blank=True, max_length=40, verbose_name="处方/医嘱号")),
                        ("department_code", models.CharField(blank=True, max_length=30, verbose_name="开单科室")),
                        ("physician_code", models.CharField(blank=True, max_length=30, verbose_name="开单医师")),
                        ("disease_code", models.CharField(blank=True, max_length=30, verbose_name="注明的病种")),
                    ],
                    options={
                        "db_table": "encounters_chargeline",
                        "managed": False,
                    },
                ),
                migrations.CreateModel(
                    name="ChargeBatch",
                    fields=[
                        (
                            "pk",
                            models.CompositePrimaryKey(
                                "pooling_area",
                                "encounter_id",
                                "batch_no",
                                blank=True,
                                editable=False,
                                primary_key=True,
                                serialize=False,
                            ),
                        ),
                        ("pooling_area", models.CharField(max_length=6)),
                        ("encounter_id", models.BigIntegerField()),
                        ("batch_no", models.CharField(max_length=40, verbose_name="收费批次号")),
                        ("lines", models.IntegerField(verbose_name="行数")),
                        ("first_served_on", models.DateField(verbose_name="最早费用日期")),
                        ("last_served_on", models.DateField(verbose_name="最晚费用日期")),
                        ("total_fen", models.BigIntegerField(verbose_name="费用总额")),
                        ("own_expense_fen", models.BigIntegerField(verbose_name="全自费")),
                        ("over_price_fen", models.BigIntegerField(verbose_name="超限价")),
                        ("pre_self_pay_fen", models.BigIntegerField(verbose_name="先行自付")),
                        ("in_scope_fen", models.BigIntegerField(verbose_name="政策范围内")),
                        ("category_fen", models.JSONField(default=dict, verbose_name="分类合计")),
                        ("settlement_id", models.BigIntegerField(null=True, verbose_name="结算")),
                        ("uploaded_at", models.DateTimeField(verbose_name="上传时间")),
                        ("marked_fen", models.JSONField(null=True, verbose_name="按病种合计")),
                    ],
                    options={
                        "indexes": [models.Index(fields=["settlement_id"], name="charge_batch_settlement")],
                        "constraints": [
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
                                name="charge_batch_every_fen",
                            )
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="Encounter",
                    fields=[
                        (
                            "pk",
                            models.CompositePrimaryKey(
                                "pooling_area", "id", blank=True, editable=False, primary_key=True, serialize=False
                            ),
                        ),
                        ("pooling_area", models.CharField(max_length=6, verbose_name="参保地")),
                        ("id", models.BigIntegerField(verbose_name="就诊ID")),
                        ("institution_code", models.CharField(max_length=12, verbose_name="机构编号")),
                        ("person_id", models.BigIntegerField(verbose_name="参保人")),
                        ("person_no", models.CharField(max_length=30, verbose_name="人员编号")),
                        ("sex", models.CharField(max_length=1, verbose_name="性别")),
                        ("born_on", models.DateField(verbose_name="出生日期")),
                        ("scheme", models.CharField(max_length=10, verbose_name="险种")),
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
                        (
                            "state",
                            models.CharField(
                                choices=[
                                    ("open", "就诊中"),
                                    ("discharged", "已出院"),
                                    ("settled", "已结算"),
                                    ("cancelled", "已撤销"),
                                ],
                                default="open",
                                max_length=10,
                                verbose_name="状态",
                            ),
                        ),
                        ("chart_no", models.CharField(blank=True, max_length=30, verbose_name="住院/门诊号")),
                        ("began_at", models.DateTimeField(verbose_name="开始时间")),
                        ("ended_at", models.DateTimeField(null=True, verbose_name="出院时间")),
                        ("department_code", models.CharField(blank=True, max_length=30, verbose_name="科室编码")),
                        ("department", models.CharField(blank=True, max_length=100, verbose_name="科室")),
                        ("bed", models.CharField(blank=True, max_length=30, verbose_name="床位")),
                        ("physician_code", models.CharField(blank=True, max_length=30, verbose_name="医师编码")),
                        ("physician", models.CharField(blank=True, max_length=50, verbose_name="医师")),
                        ("disease_code", models.CharField(blank=True, max_length=30, verbose_name="病种编码")),
                        ("diagnosis_code", models.CharField(blank=True, max_length=20, verbose_name="主诊断编码")),
                        ("diagnosis", models.CharField(blank=True, max_length=300, verbose_name="主诊断")),
                        ("diagnoses", models.JSONField(default=list, verbose_name="诊断")),
                        ("emergency", models.BooleanField(default=False, verbose_name="急诊")),
                        (
                            "referral",
                            models.CharField(
                                choices=[
                                    ("none", "无"),
                                    ("up", "上转"),
                                    ("down", "下转"),
                                    ("unreferred", "未按规定转诊"),
                                ],
                                default="none",
                                max_length=10,
                                verbose_name="转诊",
                            ),
                        ),
                        (
                            "place",
                            models.CharField(
                                choices=[
                                    ("home", "统筹地区内"),
                                    ("away_filed", "异地(已备案)"),
                                    ("away_unfiled", "异地(未备案)"),
                                ],
                                default="home",
                                max_length=12,
                                verbose_name="就医地点",
                            ),
                        ),
                        ("linked_to", models.BigIntegerField(null=True, verbose_name="关联就诊")),
                        ("readmission_of", models.BigIntegerField(null=True, verbose_name="再次住院的前次就诊")),
                        ("readmission_filed", models.BooleanField(default=False, verbose_name="再次住院已备案")),
                        ("registered_late", models.BooleanField(default=False, verbose_name="逾期登记")),
                        ("third_party", models.BooleanField(default=False, verbose_name="第三方责任")),
                        ("disposition", models.CharField(blank=True, max_length=3, verbose_name="离院方式")),
                        ("credential_type", models.CharField(blank=True, max_length=3, verbose_name="凭证类型")),
                        ("particulars", models.JSONField(default=dict, verbose_name="其他登记信息")),
                        ("registered_at", models.DateTimeField(verbose_name="登记时间")),
                    ],
                    options={
                        "indexes": [
                            models.Index(fields=["person_id", "-id"], name="encounter_person"),
                            models.Index(fields=["person_no", "began_at"], name="encounter_person_no"),
                            models.Index(fields=["institution_code", "-id"], name="encounter_institution"),
                            models.Index(fields=["-id"], name="encounter_newest"),
                            models.Index(
                                condition=models.Q(("third_party", True)), fields=["-id"], name="encounter_third_party"
                            ),
                        ],
                        "constraints": [
                            models.CheckConstraint(
                                condition=models.Q(
                                    ("ended_at", None), ("ended_at__gte", models.F("began_at")), _connector="OR"
                                ),
                                name="encounter_ends_after",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(
                                    models.Q(("state", "discharged"), _negated=True),
                                    ("ended_at__isnull", False),
                                    _connector="OR",
                                ),
                                name="encounter_discharged_when",
                            ),
                            models.UniqueConstraint(
                                condition=models.Q(
                                    ("kind__in", ["day_surgery", "home_bed", "inpatient", "maternity"]),
                                    ("state", "open"),
                                ),
                                fields=("person_id",),
                                name="encounter_one_open_stay",
                            ),
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="Filing",
                    fields=[
                        (
                            "id",
                            models.BigAutoField(
                                auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                            ),
                        ),
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
                        ("ended_by", models.BigIntegerField(null=True, verbose_name="注销登记")),
                        ("was_until", models.DateField(null=True, verbose_name="注销前的终止日期")),
                    ],
                    options={
                        "indexes": [models.Index(fields=["person_id", "kind"], name="filing_person")],
                        "constraints": [
                            django.contrib.postgres.constraints.ExclusionConstraint(
                                condition=models.Q(("cancelled_at", None)),
                                expressions=[
                                    ("person_id", "="),
                                    ("kind", "="),
                                    ("disease_code", "="),
                                    (tongchou.platform.ranges.DateRange("valid_from", "valid_until"), "&&"),
                                ],
                                name="filing_no_overlap",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(("valid_until__gt", models.F("valid_from"))), name="filing_not_empty"
                            ),
                            models.CheckConstraint(
                                condition=models.Q(
                                    models.Q(("kind", "home_bed"), _negated=True),
                                    ("consented_on__lte", models.F("valid_from")),
                                    _connector="OR",
                                ),
                                name="filing_consent_before_start",
                            ),
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="ThirdPartyDecision",
                    fields=[
                        (
                            "pk",
                            models.CompositePrimaryKey(
                                "pooling_area",
                                "encounter_id",
                                blank=True,
                                editable=False,
                                primary_key=True,
                                serialize=False,
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
                    options={
                        "constraints": [
                            models.CheckConstraint(
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
                            )
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="ThirdPartyRecovery",
                    fields=[
                        (
                            "id",
                            models.BigAutoField(
                                auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                            ),
                        ),
                        ("pooling_area", models.CharField(max_length=6)),
                        ("encounter_id", models.BigIntegerField()),
                        ("amount_fen", models.BigIntegerField(verbose_name="追回金额")),
                        ("received_on", models.DateField(verbose_name="到账日期")),
                        ("document", models.CharField(max_length=100, verbose_name="凭证")),
                        ("noted_by", models.CharField(max_length=50, verbose_name="登记人")),
                        ("noted_at", models.DateTimeField(verbose_name="登记时间")),
                    ],
                    options={
                        "constraints": [
                            models.UniqueConstraint(
                                fields=("pooling_area", "encounter_id", "document"), name="third_party_recovery_once"
                            ),
                            models.CheckConstraint(
                                condition=models.Q(("amount_fen__gt", 0)), name="third_party_recovery_positive"
                            ),
                        ],
                    },
                ),
            ]
        ),
    ]
