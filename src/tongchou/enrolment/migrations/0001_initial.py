"""The tables of enrolment (参保登记)."""

import django.contrib.postgres.constraints
import django.db.models.deletion
import django.db.models.expressions
import django.db.models.functions.text
from django.conf import settings
from django.db import migrations, models

import tongchou.platform.ranges
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
                    name="CardTally",
                    fields=[
                        (
                            "id",
                            models.BigAutoField(
                                auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                            ),
                        ),
                        ("pooling_area", models.CharField(max_length=6, verbose_name="统筹区")),
                        ("unit_code", models.CharField(db_collation="C", max_length=12, verbose_name="参保单位")),
                        ("insured", models.PositiveIntegerField(verbose_name="参保人数")),
                        ("in_use", models.PositiveIntegerField(verbose_name="持卡人数")),
                        ("making", models.PositiveIntegerField(verbose_name="制卡中")),
                        ("awaiting", models.PositiveIntegerField(verbose_name="待领取")),
                        ("lost", models.PositiveIntegerField(verbose_name="挂失")),
                        ("media_only", models.PositiveIntegerField(verbose_name="仅有其他介质")),
                        ("counted_at", models.DateTimeField(verbose_name="统计时间")),
                    ],
                    options={
                        "constraints": [
                            models.UniqueConstraint(fields=("pooling_area", "unit_code"), name="card_tally_once"),
                            models.CheckConstraint(
                                condition=models.Q(
                                    (
                                        "insured__gte",
                                        django.db.models.expressions.CombinedExpression(
                                            django.db.models.expressions.CombinedExpression(
                                                django.db.models.expressions.CombinedExpression(
                                                    django.db.models.expressions.CombinedExpression(
                                                        models.F("in_use"), "+", models.F("making")
                                                    ),
                                                    "+",
                                                    models.F("awaiting"),
                                                ),
                                                "+",
                                                models.F("lost"),
                                            ),
                                            "+",
                                            models.F("media_only"),
                                        ),
                                    )
                                ),
                                name="card_tally_adds_up",
                            ),
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="Employer",
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
                                on_delete=django.db.models.deletion.PROTECT,
                                to="platform.poolingarea",
                                verbose_name="统筹地区",
                            ),
                        ),
                        ("unit_code", models.CharField(max_length=12, verbose_name="经办机构")),
                        ("code", models.CharField(db_collation="C", max_length=20, verbose_name="单位编号")),
                        ("name", models.CharField(db_collation="C", max_length=100, verbose_name="单位名称")),
                        ("legal_person", models.CharField(max_length=50, verbose_name="法定代表人")),
                        ("contact", models.CharField(max_length=50, verbose_name="联系人")),
                        ("phone", models.CharField(max_length=30, verbose_name="联系电话")),
                        ("address", models.CharField(blank=True, max_length=200, verbose_name="地址")),
                        ("bank_name", models.CharField(blank=True, max_length=60, verbose_name="开户银行")),
                        ("account_no", models.CharField(blank=True, max_length=40, verbose_name="银行账号")),
                        ("registered_on", models.DateField(verbose_name="登记日期")),
                        ("closed_on", models.DateField(null=True, verbose_name="注销日期")),
                        ("version", models.PositiveIntegerField(default=1, verbose_name="版本")),
                        ("created_at", models.DateTimeField(verbose_name="登记时间")),
                    ],
                    options={
                        "indexes": [
                            models.Index(fields=["unit_code", "code"], name="employer_unit"),
                            models.Index(fields=["name", "id"], name="employer_name"),
                        ],
                        "constraints": [
                            models.UniqueConstraint(fields=("pooling_area", "code"), name="employer_code_once"),
                            models.CheckConstraint(
                                condition=models.Q(
                                    ("closed_on", None), ("closed_on__gte", models.F("registered_on")), _connector="OR"
                                ),
                                name="employer_closed_after",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(
                                    models.Q(("account_no", ""), ("bank_name", "")),
                                    models.Q(
                                        models.Q(("bank_name", ""), _negated=True),
                                        models.Q(("account_no", ""), _negated=True),
                                    ),
                                    _connector="OR",
                                ),
                                name="employer_account_with_bank",
                            ),
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="ForwardingBatch",
                    fields=[
                        (
                            "id",
                            models.BigAutoField(
                                auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                            ),
                        ),
                        ("number", models.CharField(max_length=40, unique=True, verbose_name="清单编号")),
                        ("unit_code", models.CharField(max_length=12, verbose_name="村(社区)")),
                        ("to_unit_code", models.CharField(max_length=12, verbose_name="接收机构")),
                        ("pooling_area", models.CharField(max_length=6, verbose_name="统筹区")),
                        ("forms", models.PositiveIntegerField(verbose_name="件数")),
                        ("persons", models.PositiveIntegerField(verbose_name="人数")),
                        (
                            "forwarded_by",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="+",
                                to=settings.AUTH_USER_MODEL,
                            ),
                        ),
                        ("forwarded_at", models.DateTimeField(verbose_name="转交时间")),
                        ("request_id", models.CharField(max_length=64, verbose_name="请求号")),
                    ],
                    options={
                        "indexes": [
                            models.Index(fields=["unit_code", "-id"], name="forwarding_of_village"),
                            models.Index(fields=["pooling_area", "-id"], name="forwarding_of_area"),
                        ],
                        "constraints": [
                            models.UniqueConstraint(fields=("forwarded_by", "request_id"), name="forwarding_once"),
                            models.CheckConstraint(
                                condition=models.Q(("forms__gt", 0), ("persons__gte", models.F("forms"))),
                                name="forwarding_has_forms",
                            ),
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="ForwardedForm",
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
                                db_index=False,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="items",
                                to="enrolment.forwardingbatch",
                            ),
                        ),
                        ("position", models.PositiveIntegerField(verbose_name="序号")),
                        ("case_number", models.CharField(max_length=40, verbose_name="受理号")),
                        ("subject_name", models.CharField(max_length=100, verbose_name="户主")),
                        ("household_no", models.CharField(max_length=40, verbose_name="户号")),
                        ("persons", models.PositiveIntegerField(verbose_name="人数")),
                    ],
                    options={
                        "indexes": [models.Index(fields=["case_number"], name="forwarded_case")],
                        "constraints": [
                            models.UniqueConstraint(fields=("batch", "position"), name="forwarded_in_order"),
                            models.UniqueConstraint(fields=("batch", "case_number"), name="forwarded_once_per_list"),
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="Household",
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
                                db_index=False,
                                on_delete=django.db.models.deletion.PROTECT,
                                to="platform.poolingarea",
                                verbose_name="统筹地区",
                            ),
                        ),
                        ("unit_code", models.CharField(max_length=12, verbose_name="参保单位")),
                        ("number", models.CharField(max_length=24, verbose_name="户号")),
                        ("address", models.CharField(blank=True, max_length=200, verbose_name="住址")),
                        (
                            "hukou_address",
                            models.CharField(blank=True, db_default="", max_length=200, verbose_name="户籍地址"),
                        ),
                    ],
                    options={
                        "indexes": [models.Index(fields=["unit_code", "number"], name="household_unit")],
                        "constraints": [
                            models.UniqueConstraint(fields=("pooling_area", "number"), name="household_number_once")
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="Listing",
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
                        ("unit_code", models.CharField(blank=True, max_length=12, verbose_name="乡镇")),
                        (
                            "certificate_type",
                            models.CharField(
                                choices=[
                                    ("01", "居民身份证"),
                                    ("04", "港澳居民来往内地通行证(香港)"),
                                    ("05", "港澳居民来往内地通行证(澳门)"),
                                    ("06", "台湾居民来往大陆通行证"),
                                    ("07", "外国人永久居留身份证"),
                                    ("08", "外国人护照"),
                                    ("17", "港澳台居民居住证"),
                                    ("990201", "出生医学证明"),
                                    ("99", "其他身份证件"),
                                ],
                                max_length=6,
                                verbose_name="证件类型",
                            ),
                        ),
                        ("certificate_no", models.CharField(db_collation="C", max_length=50, verbose_name="证件号码")),
                        ("name", models.CharField(max_length=50, verbose_name="姓名")),
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
                                verbose_name="类别",
                            ),
                        ),
                        ("valid_from", models.DateField(verbose_name="起")),
                        ("valid_until", models.DateField(null=True, verbose_name="止")),
                        ("source", models.CharField(max_length=60, verbose_name="来源部门")),
                        ("evidence", models.CharField(blank=True, max_length=100, verbose_name="证明文号")),
                        (
                            "state",
                            models.CharField(
                                choices=[("open", "待动员参保"), ("enrolled", "已参保"), ("closed", "不再办理")],
                                default="open",
                                max_length=10,
                                verbose_name="状态",
                            ),
                        ),
                        ("listed_at", models.DateTimeField(verbose_name="列入时间")),
                        ("closed_at", models.DateTimeField(null=True, verbose_name="办结时间")),
                        ("closed_reason", models.CharField(blank=True, max_length=200, verbose_name="原因")),
                        ("closed_by", models.CharField(blank=True, max_length=30, verbose_name="经办人")),
                    ],
                    options={
                        "indexes": [
                            models.Index(fields=["pooling_area", "state", "id"], name="listing_of_area"),
                            models.Index(fields=["certificate_no"], name="listing_certificate"),
                        ],
                        "constraints": [
                            models.UniqueConstraint(
                                condition=models.Q(("state", "open")),
                                fields=("certificate_type", "certificate_no", "category"),
                                name="listing_open_once",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(
                                    models.Q(("closed_at", None), ("state", "open")),
                                    models.Q(models.Q(("state", "open"), _negated=True), ("closed_at__isnull", False)),
                                    _connector="OR",
                                ),
                                name="listing_closed_when",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(
                                    ("valid_until", None), ("valid_until__gt", models.F("valid_from")), _connector="OR"
                                ),
                                name="listing_not_empty",
                            ),
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="Person",
                    fields=[
                        (
                            "id",
                            models.BigAutoField(
                                auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                            ),
                        ),
                        ("person_no", models.CharField(max_length=30, verbose_name="人员编号")),
                        (
                            "certificate_type",
                            models.CharField(
                                choices=[
                                    ("01", "居民身份证"),
                                    ("04", "港澳居民来往内地通行证(香港)"),
                                    ("05", "港澳居民来往内地通行证(澳门)"),
                                    ("06", "台湾居民来往大陆通行证"),
                                    ("07", "外国人永久居留身份证"),
                                    ("08", "外国人护照"),
                                    ("17", "港澳台居民居住证"),
                                    ("990201", "出生医学证明"),
                                    ("99", "其他身份证件"),
                                ],
                                max_length=6,
                                verbose_name="证件类型",
                            ),
                        ),
                        ("certificate_no", models.CharField(db_collation="C", max_length=50, verbose_name="证件号码")),
                        ("name", models.CharField(db_collation="C", max_length=50, verbose_name="姓名")),
                        (
                            "name_initials",
                            models.CharField(
                                blank=True, db_collation="C", max_length=50, verbose_name="姓名拼音首字母"
                            ),
                        ),
                        (
                            "sex",
                            models.CharField(choices=[("M", "男"), ("F", "女")], max_length=1, verbose_name="性别"),
                        ),
                        ("ethnicity", models.CharField(default="01", max_length=2, verbose_name="民族")),
                        ("born_on", models.DateField(verbose_name="出生日期")),
                        ("died_on", models.DateField(null=True, verbose_name="死亡日期")),
                        ("phone", models.CharField(blank=True, max_length=30, verbose_name="联系电话")),
                        ("address", models.CharField(blank=True, max_length=200, verbose_name="住址")),
                        ("hukou_area", models.CharField(blank=True, max_length=12, verbose_name="户籍地")),
                        (
                            "pooling_area",
                            models.ForeignKey(
                                db_constraint=False,
                                db_index=False,
                                on_delete=django.db.models.deletion.PROTECT,
                                to="platform.poolingarea",
                                verbose_name="参保地",
                            ),
                        ),
                        ("unit_code", models.CharField(db_collation="C", max_length=12, verbose_name="参保单位")),
                        (
                            "household",
                            models.ForeignKey(
                                null=True,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="members",
                                to="enrolment.household",
                            ),
                        ),
                        (
                            "household_relation",
                            models.CharField(
                                blank=True,
                                choices=[
                                    ("head", "户主"),
                                    ("spouse", "配偶"),
                                    ("child", "子女"),
                                    ("parent", "父母"),
                                    ("grandchild", "孙子女"),
                                    ("grandparent", "祖父母"),
                                    ("sibling", "兄弟姐妹"),
                                    ("other", "其他"),
                                ],
                                max_length=12,
                                verbose_name="与户主关系",
                            ),
                        ),
                        (
                            "merged_into",
                            models.ForeignKey(
                                db_index=False,
                                null=True,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="+",
                                to="enrolment.person",
                            ),
                        ),
                        ("created_at", models.DateTimeField(verbose_name="登记时间")),
                    ],
                    options={
                        "indexes": [
                            models.Index(
                                condition=models.Q(("merged_into", None)),
                                fields=["name", "id"],
                                include=("unit_code", "pooling_area"),
                                name="person_name",
                            ),
                            models.Index(
                                condition=models.Q(("merged_into", None)),
                                fields=["name_initials", "id"],
                                include=("unit_code", "pooling_area"),
                                name="person_initials",
                            ),
                            models.Index(fields=["unit_code", "name", "id"], name="person_unit_name"),
                        ],
                        "constraints": [
                            models.UniqueConstraint(fields=("person_no",), name="person_no_once"),
                            models.UniqueConstraint(
                                condition=models.Q(("merged_into", None)),
                                fields=("certificate_no", "certificate_type"),
                                name="person_certificate_once",
                            ),
                            models.UniqueConstraint(
                                condition=models.Q(("household_relation", "head")),
                                fields=("household",),
                                name="household_one_head",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(
                                    ("certificate_no", django.db.models.functions.text.Upper("certificate_no"))
                                ),
                                name="person_certificate_in_capitals",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(
                                    ("died_on", None), ("died_on__gte", models.F("born_on")), _connector="OR"
                                ),
                                name="person_dies_after_birth",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(
                                    models.Q(("household", None), ("household_relation", "")),
                                    models.Q(
                                        ("household__isnull", False),
                                        models.Q(("household_relation", ""), _negated=True),
                                    ),
                                    _connector="OR",
                                ),
                                name="person_household_with_relation",
                            ),
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="ParticularChange",
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
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="changes",
                                to="enrolment.person",
                            ),
                        ),
                        ("particular", models.CharField(max_length=30, verbose_name="变更项目")),
                        ("old_value", models.CharField(blank=True, max_length=200, verbose_name="原值")),
                        ("new_value", models.CharField(blank=True, max_length=200, verbose_name="新值")),
                        ("effective_on", models.DateField(verbose_name="生效日期")),
                        ("reason", models.CharField(max_length=200, verbose_name="原因")),
                        ("evidence", models.CharField(blank=True, max_length=200, verbose_name="依据材料")),
                        ("staff_code", models.CharField(max_length=30, verbose_name="经办人")),
                        ("changed_at", models.DateTimeField(verbose_name="经办时间")),
                    ],
                ),
                migrations.CreateModel(
                    name="LinkedMedium",
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
                                on_delete=django.db.models.deletion.PROTECT, related_name="media", to="enrolment.person"
                            ),
                        ),
                        (
                            "kind",
                            models.CharField(
                                choices=[
                                    ("jinsui", "金穗惠农卡"),
                                    ("ic_card", "原医保IC卡"),
                                    ("rural_card", "原新农合卡"),
                                ],
                                max_length=12,
                                verbose_name="介质种类",
                            ),
                        ),
                        ("number", models.CharField(db_collation="C", max_length=32, verbose_name="介质号码")),
                        ("valid_from", models.DateField(verbose_name="起")),
                        ("valid_until", models.DateField(verbose_name="止")),
                        ("staff_code", models.CharField(max_length=30, verbose_name="登记人")),
                        ("linked_at", models.DateTimeField(verbose_name="登记时间")),
                    ],
                    options={
                        "constraints": [
                            models.UniqueConstraint(fields=("number",), name="linked_medium_number_once"),
                            models.CheckConstraint(
                                condition=models.Q(("valid_until__gte", models.F("valid_from"))),
                                name="linked_medium_span_in_order",
                            ),
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="FormerRegistration",
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
                                related_name="former_registrations",
                                to="enrolment.person",
                            ),
                        ),
                        (
                            "scheme",
                            models.CharField(
                                choices=[("urban", "城镇居民基本医疗保险"), ("rural", "新型农村合作医疗")],
                                max_length=10,
                                verbose_name="原制度",
                            ),
                        ),
                        ("number", models.CharField(max_length=40, verbose_name="原参保编号")),
                        ("name", models.CharField(max_length=50, verbose_name="原登记姓名")),
                        ("unit_code", models.CharField(max_length=12, verbose_name="原参保单位")),
                        ("enrolled_on", models.DateField(verbose_name="原参保日期")),
                        ("file_id", models.BigIntegerField(verbose_name="迁移文件")),
                        ("taken_over_at", models.DateTimeField(verbose_name="迁移时间")),
                    ],
                    options={
                        "constraints": [
                            models.UniqueConstraint(fields=("person", "scheme"), name="former_registration_once")
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="FormerCertificate",
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
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="former_certificates",
                                to="enrolment.person",
                            ),
                        ),
                        (
                            "certificate_type",
                            models.CharField(
                                choices=[
                                    ("01", "居民身份证"),
                                    ("04", "港澳居民来往内地通行证(香港)"),
                                    ("05", "港澳居民来往内地通行证(澳门)"),
                                    ("06", "台湾居民来往大陆通行证"),
                                    ("07", "外国人永久居留身份证"),
                                    ("08", "外国人护照"),
                                    ("17", "港澳台居民居住证"),
                                    ("990201", "出生医学证明"),
                                    ("99", "其他身份证件"),
                                ],
                                max_length=6,
                                verbose_name="证件类型",
                            ),
                        ),
                        ("certificate_no", models.CharField(db_collation="C", max_length=50, verbose_name="证件号码")),
                        ("replaced_on", models.DateField(verbose_name="停用日期")),
                    ],
                    options={
                        "indexes": [models.Index(fields=["certificate_no"], name="former_certificate_no")],
                    },
                ),
                migrations.CreateModel(
                    name="Enrolment",
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
                                related_name="enrolments",
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
                            "scheme",
                            models.CharField(
                                choices=[("resident", "城乡居民基本医疗保险"), ("employee", "职工基本医疗保险")],
                                max_length=10,
                                verbose_name="险种",
                            ),
                        ),
                        ("unit_code", models.CharField(max_length=12, verbose_name="参保单位")),
                        (
                            "category",
                            models.CharField(
                                choices=[
                                    ("newborn", "新生儿"),
                                    ("child", "未成年人"),
                                    ("student", "在校学生"),
                                    ("adult", "成年居民"),
                                    ("senior", "老年居民"),
                                    ("working", "在职职工"),
                                    ("retired", "退休人员"),
                                ],
                                max_length=10,
                                verbose_name="人员类别",
                            ),
                        ),
                        ("enrolled_from", models.DateField(verbose_name="参保日期")),
                        ("enrolled_until", models.DateField(null=True, verbose_name="终止日期")),
                        ("follows_until", models.DateField(null=True, verbose_name="前一段终止日期")),
                        ("end_reason", models.CharField(blank=True, max_length=100, verbose_name="终止原因")),
                        ("created_at", models.DateTimeField()),
                    ],
                    options={
                        "indexes": [
                            models.Index(fields=["person", "-enrolled_from"], name="enrolment_of_person"),
                            models.Index(fields=["unit_code", "scheme", "id"], name="enrolment_unit"),
                        ],
                        "constraints": [
                            models.UniqueConstraint(
                                fields=("person", "enrolled_until"), name="enrolment_ends_once", nulls_distinct=False
                            ),
                            models.UniqueConstraint(
                                fields=("person", "follows_until"), name="enrolment_followed_once", nulls_distinct=False
                            ),
                            models.CheckConstraint(
                                condition=models.Q(
                                    ("follows_until", None),
                                    ("follows_until__lte", models.F("enrolled_from")),
                                    _connector="OR",
                                ),
                                name="enrolment_begins_after",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(
                                    ("enrolled_until", None),
                                    ("enrolled_until__gt", models.F("enrolled_from")),
                                    _connector="OR",
                                ),
                                name="enrolment_not_empty",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(
                                    models.Q(("end_reason", ""), ("enrolled_until", None)),
                                    models.Q(
                                        ("enrolled_until__isnull", False), models.Q(("end_reason", ""), _negated=True)
                                    ),
                                    _connector="OR",
                                ),
                                name="enrolment_ends_for_a_reason",
                            ),
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="EmployerMember",
                    fields=[
                        (
                            "id",
                            models.BigAutoField(
                                auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                            ),
                        ),
                        (
                            "employer",
                            models.ForeignKey(
                                db_index=False,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="members",
                                to="enrolment.employer",
                            ),
                        ),
                        (
                            "person",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="employments",
                                to="enrolment.person",
                            ),
                        ),
                        (
                            "category",
                            models.CharField(
                                choices=[("working", "在职"), ("retired", "退休")],
                                max_length=10,
                                verbose_name="职工类别",
                            ),
                        ),
                        ("wage_base_fen", models.BigIntegerField(verbose_name="缴费工资")),
                        ("month_from", models.DateField(verbose_name="起始月份")),
                        ("month_until", models.DateField(null=True, verbose_name="终止月份")),
                        ("reason", models.CharField(blank=True, max_length=100, verbose_name="变动原因")),
                        ("staff_code", models.CharField(max_length=30, verbose_name="经办人")),
                        ("recorded_at", models.DateTimeField(verbose_name="登记时间")),
                    ],
                    options={
                        "indexes": [
                            models.Index(fields=["employer", "month_from", "id"], name="employer_member_months")
                        ],
                        "constraints": [
                            django.contrib.postgres.constraints.ExclusionConstraint(
                                expressions=[
                                    ("person", "="),
                                    (tongchou.platform.ranges.DateRange("month_from", "month_until"), "&&"),
                                ],
                                name="employer_member_one_employer",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(
                                    models.Q(("category", "retired"), ("wage_base_fen__gte", 0)),
                                    models.Q(("category", "working"), ("wage_base_fen__gt", 0)),
                                    _connector="OR",
                                ),
                                name="employer_member_wage_fits",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(
                                    ("month_until", None), ("month_until__gt", models.F("month_from")), _connector="OR"
                                ),
                                name="employer_member_not_empty",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(
                                    ("month_from__day", 1),
                                    models.Q(("month_until", None), ("month_until__day", 1), _connector="OR"),
                                ),
                                name="employer_member_whole_months",
                            ),
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="Duplicate",
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
                        ("unit_code", models.CharField(max_length=12, verbose_name="参保单位")),
                        (
                            "one",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT, related_name="+", to="enrolment.person"
                            ),
                        ),
                        (
                            "other",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT, related_name="+", to="enrolment.person"
                            ),
                        ),
                        (
                            "ground",
                            models.CharField(
                                choices=[
                                    ("number", "证件号码相同"),
                                    ("former", "曾用证件号码相同"),
                                    ("particulars", "姓名、出生日期、住址相同"),
                                ],
                                max_length=12,
                                verbose_name="依据",
                            ),
                        ),
                        (
                            "state",
                            models.CharField(
                                choices=[("open", "待核对"), ("different", "不是同一人"), ("merged", "已合并")],
                                default="open",
                                max_length=10,
                                verbose_name="状态",
                            ),
                        ),
                        ("found_at", models.DateTimeField(verbose_name="发现时间")),
                        ("closed_at", models.DateTimeField(null=True, verbose_name="办结时间")),
                        ("closed_by", models.CharField(blank=True, max_length=30, verbose_name="办结人")),
                        ("closing_reason", models.CharField(blank=True, max_length=200, verbose_name="办结说明")),
                    ],
                    options={
                        "indexes": [models.Index(fields=["pooling_area", "state", "id"], name="duplicate_of_area")],
                        "constraints": [
                            models.UniqueConstraint(fields=("one", "other"), name="duplicate_pair_once"),
                            models.CheckConstraint(
                                condition=models.Q(("one__lt", models.F("other"))), name="duplicate_older_first"
                            ),
                            models.CheckConstraint(
                                condition=models.Q(
                                    models.Q(("closed_at", None), ("state", "open")),
                                    models.Q(models.Q(("state", "open"), _negated=True), ("closed_at__isnull", False)),
                                    _connector="OR",
                                ),
                                name="duplicate_closed_when",
                            ),
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="BirthRecord",
                    fields=[
                        (
                            "id",
                            models.BigAutoField(
                                auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                            ),
                        ),
                        (
                            "person",
                            models.OneToOneField(
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="birth_record",
                                to="enrolment.person",
                            ),
                        ),
                        (
                            "certificate_no",
                            models.CharField(db_collation="C", max_length=20, verbose_name="出生医学证明编号"),
                        ),
                        ("mother_name", models.CharField(max_length=50, verbose_name="母亲姓名")),
                        (
                            "mother_certificate_no",
                            models.CharField(blank=True, max_length=50, verbose_name="母亲证件号码"),
                        ),
                        ("recorded_at", models.DateTimeField(verbose_name="登记时间")),
                    ],
                    options={
                        "constraints": [
                            models.UniqueConstraint(fields=("certificate_no",), name="birth_certificate_once")
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="BenefitBlock",
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
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="blocks",
                                to="enrolment.person",
                            ),
                        ),
                        (
                            "kind",
                            models.CharField(
                                choices=[("audit", "稽核"), ("monitoring", "智能监控"), ("freeze", "封存")],
                                max_length=12,
                                verbose_name="来源",
                            ),
                        ),
                        ("blocked_from", models.DateField(verbose_name="起")),
                        ("blocked_until", models.DateField(null=True, verbose_name="止")),
                        ("reason", models.CharField(max_length=100, verbose_name="原因")),
                    ],
                    options={
                        "constraints": [
                            django.contrib.postgres.constraints.ExclusionConstraint(
                                expressions=[
                                    ("person", "="),
                                    ("kind", "="),
                                    (tongchou.platform.ranges.DateRange("blocked_from", "blocked_until"), "&&"),
                                ],
                                name="benefit_block_no_overlap",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(
                                    ("blocked_until", None),
                                    ("blocked_until__gt", models.F("blocked_from")),
                                    _connector="OR",
                                ),
                                name="benefit_block_not_empty",
                            ),
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="BankAccount",
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
                                related_name="bank_accounts",
                                to="enrolment.person",
                            ),
                        ),
                        ("bank_name", models.CharField(max_length=60, verbose_name="开户银行")),
                        ("account_no", models.CharField(max_length=40, verbose_name="银行账号")),
                        (
                            "holder_kind",
                            models.CharField(
                                choices=[("self", "本人"), ("guardian", "监护人")],
                                max_length=10,
                                verbose_name="账户持有人",
                            ),
                        ),
                        ("holder_name", models.CharField(max_length=50, verbose_name="户名")),
                        (
                            "source",
                            models.CharField(
                                choices=[("case", "窗口申请"), ("list", "名单导入"), ("counter", "参保登记")],
                                max_length=10,
                                verbose_name="登记方式",
                            ),
                        ),
                        ("reason", models.CharField(blank=True, max_length=200, verbose_name="变更原因")),
                        ("evidence", models.CharField(blank=True, max_length=200, verbose_name="依据")),
                        ("staff_code", models.CharField(max_length=30, verbose_name="经办人")),
                        ("recorded_at", models.DateTimeField(verbose_name="生效时间")),
                        ("replaced_at", models.DateTimeField(null=True, verbose_name="停用时间")),
                    ],
                    options={
                        "indexes": [models.Index(fields=["-recorded_at", "-id"], name="bank_account_recent")],
                        "constraints": [
                            models.UniqueConstraint(
                                condition=models.Q(("replaced_at", None)),
                                fields=("person",),
                                name="bank_account_one_in_use",
                            ),
                            models.UniqueConstraint(
                                fields=("person", "recorded_at"), name="bank_account_one_an_instant"
                            ),
                            models.CheckConstraint(
                                condition=models.Q(
                                    ("replaced_at", None), ("replaced_at__gt", models.F("recorded_at")), _connector="OR"
                                ),
                                name="bank_account_span_in_order",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(
                                    models.Q(("bank_name", ""), _negated=True),
                                    models.Q(("account_no", ""), _negated=True),
                                    models.Q(("holder_name", ""), _negated=True),
                                ),
                                name="bank_account_whole",
                            ),
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="RelationEnding",
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
                                related_name="endings",
                                to="enrolment.person",
                            ),
                        ),
                        (
                            "enrolment",
                            models.ForeignKey(
                                db_index=False,
                                null=True,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="endings",
                                to="enrolment.enrolment",
                            ),
                        ),
                        (
                            "kind",
                            models.CharField(
                                choices=[("suspension", "停保"), ("termination", "注销")],
                                max_length=12,
                                verbose_name="办理事项",
                            ),
                        ),
                        (
                            "reason",
                            models.CharField(
                                choices=[
                                    ("employee", "职工参保"),
                                    ("army", "参军"),
                                    ("other", "其他"),
                                    ("death", "死亡"),
                                    ("missing", "失踪"),
                                    ("moved_out", "跨统筹地区转出"),
                                    ("abroad", "出国(境)定居"),
                                    ("sentence", "服刑"),
                                ],
                                max_length=12,
                                verbose_name="原因",
                            ),
                        ),
                        ("effective_on", models.DateField(verbose_name="事件日期")),
                        ("ends_from", models.DateField(verbose_name="停止日期")),
                        (
                            "source",
                            models.CharField(
                                choices=[
                                    ("application", "本人(代办)申请"),
                                    ("data", "部门信息"),
                                    ("employee", "职工参保信息"),
                                ],
                                max_length=12,
                                verbose_name="来源",
                            ),
                        ),
                        ("evidence", models.CharField(blank=True, max_length=300, verbose_name="依据")),
                        ("before", models.JSONField(default=dict, verbose_name="办理前")),
                        ("recorded_at", models.DateTimeField(verbose_name="办理时间")),
                        ("recorded_by", models.CharField(blank=True, max_length=30, verbose_name="办理人")),
                        ("undone_at", models.DateTimeField(null=True, verbose_name="更正时间")),
                        ("undone_by", models.CharField(blank=True, max_length=30, verbose_name="更正人")),
                        ("undo_reason", models.CharField(blank=True, max_length=200, verbose_name="更正原因")),
                        ("undo_evidence", models.CharField(blank=True, max_length=300, verbose_name="更正依据")),
                    ],
                    options={
                        "indexes": [models.Index(fields=["person", "-id"], name="ending_of_person")],
                        "constraints": [
                            models.UniqueConstraint(
                                condition=models.Q(("kind", "termination"), ("undone_at", None)),
                                fields=("enrolment",),
                                name="ending_terminates_once",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(("ends_from__gte", models.F("effective_on"))),
                                name="ending_after_the_event",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(
                                    models.Q(("undo_reason", ""), ("undone_at", None)),
                                    models.Q(
                                        ("undone_at__isnull", False), models.Q(("undo_reason", ""), _negated=True)
                                    ),
                                    _connector="OR",
                                ),
                                name="ending_undone_for_a_reason",
                            ),
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="RefusedVisit",
                    fields=[
                        (
                            "id",
                            models.BigAutoField(
                                auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                            ),
                        ),
                        (
                            "ending",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="refused_visits",
                                to="enrolment.relationending",
                            ),
                        ),
                        ("happened_on", models.DateField(verbose_name="日期")),
                        ("institution_code", models.CharField(blank=True, max_length=12, verbose_name="机构编号")),
                        ("what", models.CharField(max_length=60, verbose_name="事项")),
                        ("reference", models.CharField(max_length=60, verbose_name="编号")),
                        ("said", models.CharField(blank=True, max_length=300, verbose_name="当时的答复")),
                        ("closed_at", models.DateTimeField(null=True, verbose_name="办结时间")),
                        ("closed_by", models.CharField(blank=True, max_length=30, verbose_name="办结人")),
                        ("closing_note", models.CharField(blank=True, max_length=200, verbose_name="办结说明")),
                    ],
                    options={
                        "indexes": [models.Index(fields=["closed_at", "id"], name="refused_visit_open")],
                        "constraints": [
                            models.UniqueConstraint(fields=("ending", "what", "reference"), name="refused_visit_once"),
                            models.CheckConstraint(
                                condition=models.Q(
                                    models.Q(("closed_at", None), ("closing_note", "")),
                                    models.Q(
                                        ("closed_at__isnull", False), models.Q(("closing_note", ""), _negated=True)
                                    ),
                                    _connector="OR",
                                ),
                                name="refused_visit_closed_with_a_note",
                            ),
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="ResidenceDocument",
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
                                related_name="residence_documents",
                                to="enrolment.person",
                            ),
                        ),
                        (
                            "kind",
                            models.CharField(
                                choices=[
                                    ("settlement", "定居证明"),
                                    ("taiwan_settlement", "台湾居民定居证"),
                                    ("residence_permit", "居留证件"),
                                    ("permanent_residence", "永久居留证件"),
                                ],
                                max_length=20,
                                verbose_name="证件种类",
                            ),
                        ),
                        ("number", models.CharField(max_length=50, verbose_name="证件号码")),
                        ("valid_until", models.DateField(null=True, verbose_name="有效期止")),
                        ("recorded_at", models.DateTimeField(verbose_name="登记时间")),
                        ("replaced_at", models.DateTimeField(null=True, verbose_name="更换时间")),
                    ],
                    options={
                        "indexes": [
                            models.Index(fields=["person"], name="residence_document_person"),
                            models.Index(
                                condition=models.Q(("replaced_at", None), ("valid_until__isnull", False)),
                                fields=["valid_until", "id"],
                                name="residence_document_ends",
                            ),
                        ],
                        "constraints": [
                            models.UniqueConstraint(
                                condition=models.Q(("replaced_at", None)),
                                fields=("person",),
                                name="residence_document_one_in_use",
                            )
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="SchoolLink",
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
                                related_name="school_links",
                                to="enrolment.person",
                            ),
                        ),
                        ("school_code", models.CharField(max_length=12, verbose_name="学校")),
                        ("school_year", models.PositiveSmallIntegerField(verbose_name="学年")),
                        ("class_name", models.CharField(max_length=40, verbose_name="班级")),
                        ("guardian", models.CharField(blank=True, max_length=50, verbose_name="监护人")),
                        ("guardian_phone", models.CharField(blank=True, max_length=30, verbose_name="监护人电话")),
                        ("linked_from", models.DateField(verbose_name="起")),
                        ("linked_until", models.DateField(null=True, verbose_name="止")),
                        ("end_reason", models.CharField(blank=True, max_length=20, verbose_name="原因")),
                    ],
                    options={
                        "indexes": [
                            models.Index(fields=["person"], name="school_link_person"),
                            models.Index(
                                fields=["school_code", "linked_until", "class_name"], name="school_link_school"
                            ),
                        ],
                        "constraints": [
                            models.UniqueConstraint(
                                condition=models.Q(("linked_until", None)),
                                fields=("person",),
                                name="school_link_one_open",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(
                                    models.Q(("end_reason", ""), ("linked_until", None)),
                                    models.Q(
                                        ("linked_until__gte", models.F("linked_from")),
                                        ("linked_until__isnull", False),
                                        models.Q(("end_reason", ""), _negated=True),
                                    ),
                                    _connector="OR",
                                ),
                                name="school_link_ends_for_a_reason",
                            ),
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="SocialSecurityCard",
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
                                on_delete=django.db.models.deletion.PROTECT, related_name="cards", to="enrolment.person"
                            ),
                        ),
                        ("number", models.CharField(db_collation="C", max_length=32, verbose_name="卡号")),
                        (
                            "status",
                            models.CharField(
                                choices=[
                                    ("making", "制卡中"),
                                    ("awaiting_pickup", "待领取"),
                                    ("active", "正常"),
                                    ("lost", "挂失"),
                                    ("replaced", "已换卡"),
                                    ("cancelled", "注销"),
                                ],
                                default="active",
                                max_length=16,
                                verbose_name="状态",
                            ),
                        ),
                        ("issued_on", models.DateField(verbose_name="申领日期")),
                        ("ready_on", models.DateField(null=True, verbose_name="预计可领日期")),
                        ("comes_first", models.BooleanField(db_default=False, default=False, verbose_name="优先制卡")),
                        ("ended_on", models.DateField(null=True, verbose_name="停用日期")),
                    ],
                    options={
                        "indexes": [
                            models.Index(
                                condition=models.Q(("status__in", ("making", "awaiting_pickup"))),
                                fields=["-comes_first", "ready_on", "id"],
                                name="card_in_making",
                            )
                        ],
                        "constraints": [
                            models.UniqueConstraint(fields=("number",), name="card_number_once"),
                            models.UniqueConstraint(
                                condition=models.Q(("status", "active")), fields=("person",), name="card_one_active"
                            ),
                            models.CheckConstraint(
                                condition=models.Q(
                                    models.Q(("ended_on__isnull", False), ("status__in", ("replaced", "cancelled"))),
                                    models.Q(
                                        models.Q(("status__in", ("replaced", "cancelled")), _negated=True),
                                        ("ended_on", None),
                                    ),
                                    _connector="OR",
                                ),
                                name="card_ended_when",
                            ),
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="CardEvent",
                    fields=[
                        (
                            "id",
                            models.BigAutoField(
                                auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                            ),
                        ),
                        (
                            "card",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="events",
                                to="enrolment.socialsecuritycard",
                            ),
                        ),
                        (
                            "act",
                            models.CharField(
                                choices=[
                                    ("applied", "申领"),
                                    ("ready", "制卡完成"),
                                    ("handed_out", "发放"),
                                    ("lost", "挂失"),
                                    ("found", "解挂"),
                                    ("replaced", "换新停用"),
                                    ("cancelled", "注销"),
                                ],
                                max_length=12,
                                verbose_name="事项",
                            ),
                        ),
                        ("at", models.DateTimeField(verbose_name="时间")),
                        ("staff_code", models.CharField(blank=True, max_length=30, verbose_name="经办人")),
                        ("said_by", models.CharField(blank=True, max_length=50, verbose_name="申报人、领取人")),
                        ("note", models.CharField(blank=True, max_length=200, verbose_name="说明")),
                    ],
                    options={
                        "ordering": ["-at", "-id"],
                        "constraints": [
                            models.CheckConstraint(
                                condition=models.Q(
                                    models.Q(("act", "handed_out"), _negated=True),
                                    models.Q(("said_by", ""), _negated=True),
                                    _connector="OR",
                                ),
                                name="card_event_handed_out_to_somebody",
                            )
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="SpecialGroupSpan",
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
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="special_groups",
                                to="enrolment.person",
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
                                verbose_name="类别",
                            ),
                        ),
                        ("valid_from", models.DateField(verbose_name="起")),
                        ("valid_until", models.DateField(null=True, verbose_name="止")),
                        ("source", models.CharField(blank=True, max_length=60, verbose_name="认定部门")),
                        ("evidence", models.CharField(blank=True, max_length=100, verbose_name="证明文号")),
                        ("created_at", models.DateTimeField()),
                    ],
                    options={
                        "constraints": [
                            django.contrib.postgres.constraints.ExclusionConstraint(
                                expressions=[
                                    ("person", "="),
                                    ("category", "="),
                                    (tongchou.platform.ranges.DateRange("valid_from", "valid_until"), "&&"),
                                ],
                                name="special_group_no_overlap",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(
                                    ("valid_until", None), ("valid_until__gt", models.F("valid_from")), _connector="OR"
                                ),
                                name="special_group_not_empty",
                            ),
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="StatusReport",
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
                        ("unit_code", models.CharField(blank=True, max_length=12, verbose_name="参保单位")),
                        ("file_id", models.BigIntegerField(verbose_name="导入文件")),
                        (
                            "informant",
                            models.CharField(
                                choices=[
                                    ("police", "公安机关"),
                                    ("court", "人民法院"),
                                    ("assisting", "协办机构"),
                                    ("employee_agency", "职工医保经办机构"),
                                ],
                                max_length=20,
                                verbose_name="来源部门",
                            ),
                        ),
                        (
                            "certificate_type",
                            models.CharField(
                                choices=[
                                    ("01", "居民身份证"),
                                    ("04", "港澳居民来往内地通行证(香港)"),
                                    ("05", "港澳居民来往内地通行证(澳门)"),
                                    ("06", "台湾居民来往大陆通行证"),
                                    ("07", "外国人永久居留身份证"),
                                    ("08", "外国人护照"),
                                    ("17", "港澳台居民居住证"),
                                    ("990201", "出生医学证明"),
                                    ("99", "其他身份证件"),
                                ],
                                max_length=6,
                                verbose_name="证件类型",
                            ),
                        ),
                        ("certificate_no", models.CharField(db_collation="C", max_length=50, verbose_name="证件号码")),
                        ("name", models.CharField(max_length=50, verbose_name="姓名")),
                        (
                            "reason",
                            models.CharField(
                                choices=[
                                    ("employee", "职工参保"),
                                    ("army", "参军"),
                                    ("other", "其他"),
                                    ("death", "死亡"),
                                    ("missing", "失踪"),
                                    ("moved_out", "跨统筹地区转出"),
                                    ("abroad", "出国(境)定居"),
                                    ("sentence", "服刑"),
                                ],
                                max_length=12,
                                verbose_name="状态",
                            ),
                        ),
                        ("event_on", models.DateField(verbose_name="事件日期")),
                        ("document", models.CharField(blank=True, max_length=100, verbose_name="文书号")),
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
                            "state",
                            models.CharField(
                                choices=[
                                    ("unknown", "未登记人员"),
                                    ("mismatch", "待核对"),
                                    ("held", "异议期"),
                                    ("objected", "有异议"),
                                    ("done", "已办结"),
                                    ("dismissed", "不予办理"),
                                ],
                                max_length=10,
                                verbose_name="办理状态",
                            ),
                        ),
                        ("problem", models.CharField(blank=True, max_length=200, verbose_name="核对问题")),
                        ("held_until", models.DateField(null=True, verbose_name="异议期止(不含)")),
                        ("reported_at", models.DateTimeField(verbose_name="导入时间")),
                        ("reported_by", models.CharField(max_length=30, verbose_name="导入人")),
                        ("checked_by", models.CharField(blank=True, max_length=30, verbose_name="核对人")),
                        ("objector", models.CharField(blank=True, max_length=50, verbose_name="异议人")),
                        ("objection", models.CharField(blank=True, max_length=300, verbose_name="异议")),
                        ("objected_at", models.DateTimeField(null=True, verbose_name="异议时间")),
                        ("closed_at", models.DateTimeField(null=True, verbose_name="办结时间")),
                        ("closed_by", models.CharField(blank=True, max_length=30, verbose_name="办结人")),
                        ("closing_reason", models.CharField(blank=True, max_length=200, verbose_name="办结说明")),
                        (
                            "ending",
                            models.OneToOneField(
                                null=True,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="report",
                                to="enrolment.relationending",
                            ),
                        ),
                        ("version", models.PositiveIntegerField(default=1, verbose_name="修改次数")),
                    ],
                    options={
                        "indexes": [
                            models.Index(fields=["pooling_area", "state", "id"], name="status_report_of_area"),
                            models.Index(fields=["certificate_no"], name="status_report_certificate"),
                        ],
                        "constraints": [
                            models.UniqueConstraint(
                                condition=models.Q(("state__in", ("done", "dismissed")), _negated=True),
                                fields=("certificate_type", "certificate_no", "reason"),
                                name="status_report_open_once",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(
                                    models.Q(("state__in", ("held", "objected", "done")), _negated=True),
                                    models.Q(("held_until__isnull", False), ("person__isnull", False)),
                                    _connector="OR",
                                ),
                                name="status_report_held_of_somebody",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(
                                    models.Q(("ending__isnull", False), ("state", "done")),
                                    models.Q(models.Q(("state", "done"), _negated=True), ("ending", None)),
                                    _connector="OR",
                                ),
                                name="status_report_done_with_an_ending",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(
                                    models.Q(("closed_at__isnull", False), ("state__in", ("done", "dismissed"))),
                                    models.Q(
                                        models.Q(("state__in", ("done", "dismissed")), _negated=True),
                                        ("closed_at", None),
                                    ),
                                    _connector="OR",
                                ),
                                name="status_report_closed_when",
                            ),
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="Suspension",
                    fields=[
                        (
                            "id",
                            models.BigAutoField(
                                auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                            ),
                        ),
                        (
                            "enrolment",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="suspensions",
                                to="enrolment.enrolment",
                            ),
                        ),
                        ("suspended_from", models.DateField(verbose_name="停保日期")),
                        ("suspended_until", models.DateField(null=True, verbose_name="恢复日期")),
                        ("reason", models.CharField(max_length=100, verbose_name="原因")),
                    ],
                    options={
                        "constraints": [
                            django.contrib.postgres.constraints.ExclusionConstraint(
                                expressions=[
                                    ("enrolment", "="),
                                    (tongchou.platform.ranges.DateRange("suspended_from", "suspended_until"), "&&"),
                                ],
                                name="suspension_no_overlap",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(
                                    ("suspended_until", None),
                                    ("suspended_until__gt", models.F("suspended_from")),
                                    _connector="OR",
                                ),
                                name="suspension_not_empty",
                            ),
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="Transfer",
                    fields=[
                        (
                            "id",
                            models.BigAutoField(
                                auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                            ),
                        ),
                        ("number", models.CharField(max_length=40, verbose_name="编号")),
                        (
                            "kind",
                            models.CharField(
                                choices=[("area", "跨统筹区转移"), ("scheme", "险种间转移")],
                                max_length=10,
                                verbose_name="类别",
                            ),
                        ),
                        (
                            "side",
                            models.CharField(
                                choices=[("both", "本系统内"), ("out", "转出至外地"), ("in", "外地转入")],
                                max_length=6,
                                verbose_name="范围",
                            ),
                        ),
                        (
                            "state",
                            models.CharField(
                                choices=[
                                    ("out_done", "转出办结"),
                                    ("awaiting", "待转入"),
                                    ("in_done", "转入办结"),
                                    ("returned", "退回"),
                                    ("withdrawn", "撤回"),
                                ],
                                max_length=12,
                                verbose_name="状态",
                            ),
                        ),
                        (
                            "person",
                            models.ForeignKey(
                                db_index=False,
                                null=True,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="transfers",
                                to="enrolment.person",
                            ),
                        ),
                        ("name", models.CharField(max_length=50, verbose_name="姓名")),
                        ("certificate_no", models.CharField(db_collation="C", max_length=50, verbose_name="证件号码")),
                        ("from_area", models.CharField(max_length=6, verbose_name="转出地")),
                        ("from_agency", models.CharField(max_length=60, verbose_name="转出地经办机构")),
                        ("from_unit", models.CharField(blank=True, max_length=12, verbose_name="原参保单位")),
                        ("to_area", models.CharField(max_length=6, verbose_name="转入地")),
                        ("to_agency", models.CharField(max_length=60, verbose_name="转入地经办机构")),
                        ("to_unit", models.CharField(blank=True, max_length=12, verbose_name="转入后参保单位")),
                        (
                            "from_scheme",
                            models.CharField(
                                choices=[("resident", "城乡居民基本医疗保险"), ("employee", "职工基本医疗保险")],
                                max_length=10,
                                verbose_name="转出险种",
                            ),
                        ),
                        (
                            "to_scheme",
                            models.CharField(
                                choices=[("resident", "城乡居民基本医疗保险"), ("employee", "职工基本医疗保险")],
                                max_length=10,
                                verbose_name="转入险种",
                            ),
                        ),
                        ("starts_on", models.DateField(verbose_name="接续日期")),
                        ("reason", models.CharField(max_length=100, verbose_name="转移原因")),
                        ("phone", models.CharField(blank=True, max_length=30, verbose_name="联系电话")),
                        ("new_address", models.CharField(blank=True, max_length=200, verbose_name="新住址")),
                        (
                            "closed",
                            models.ForeignKey(
                                null=True,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="+",
                                to="enrolment.enrolment",
                            ),
                        ),
                        (
                            "opened",
                            models.ForeignKey(
                                null=True,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="+",
                                to="enrolment.enrolment",
                            ),
                        ),
                        ("case_number", models.CharField(blank=True, max_length=40, verbose_name="受理号")),
                        ("foreign_number", models.CharField(blank=True, max_length=40, verbose_name="对方编号")),
                        ("made_at", models.DateTimeField(verbose_name="转出办结时间")),
                        ("ended_at", models.DateTimeField(null=True, verbose_name="办结时间")),
                        ("end_reason", models.CharField(blank=True, max_length=200, verbose_name="退回、撤回原因")),
                        ("version", models.PositiveIntegerField(default=1, verbose_name="版本")),
                    ],
                    options={
                        "indexes": [
                            models.Index(fields=["person", "-id"], name="transfer_of_person"),
                            models.Index(fields=["from_area", "-id"], name="transfer_from"),
                            models.Index(fields=["to_area", "state", "-id"], name="transfer_to"),
                        ],
                        "constraints": [
                            models.UniqueConstraint(fields=("number",), name="transfer_number_once"),
                            models.UniqueConstraint(
                                condition=models.Q(("foreign_number", ""), _negated=True),
                                fields=("from_area", "foreign_number"),
                                name="transfer_foreign_once",
                            ),
                            models.UniqueConstraint(
                                condition=models.Q(("state__in", ("out_done", "awaiting"))),
                                fields=("person",),
                                name="transfer_one_open",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(
                                    models.Q(("ended_at", None), ("state__in", ("out_done", "awaiting"))),
                                    models.Q(
                                        models.Q(("state__in", ("out_done", "awaiting")), _negated=True),
                                        ("ended_at__isnull", False),
                                    ),
                                    _connector="OR",
                                ),
                                name="transfer_ended_when",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(
                                    models.Q(("state__in", ("returned", "withdrawn")), _negated=True),
                                    models.Q(("end_reason", ""), _negated=True),
                                    _connector="OR",
                                ),
                                name="transfer_back_for_a_reason",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(
                                    models.Q(("opened__isnull", False), ("state", "in_done")),
                                    models.Q(("side", "out"), ("state", "in_done")),
                                    models.Q(models.Q(("state", "in_done"), _negated=True), ("opened", None)),
                                    _connector="OR",
                                ),
                                name="transfer_goes_on_somewhere",
                            ),
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="TransferDocument",
                    fields=[
                        (
                            "id",
                            models.BigAutoField(
                                auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                            ),
                        ),
                        (
                            "transfer",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="documents",
                                to="enrolment.transfer",
                            ),
                        ),
                        (
                            "kind",
                            models.CharField(
                                choices=[
                                    ("proof", "参保缴费凭证"),
                                    ("letter", "转移接续联系函"),
                                    ("table", "关系转移接续信息表"),
                                    ("answer", "转入回执"),
                                ],
                                max_length=10,
                                verbose_name="文书",
                            ),
                        ),
                        ("content", models.JSONField(verbose_name="内容")),
                        ("digest", models.CharField(max_length=64, verbose_name="摘要")),
                        ("code", models.CharField(max_length=16, verbose_name="验证码")),
                        ("issued_by", models.CharField(max_length=60, verbose_name="出具机构")),
                        ("staff_code", models.CharField(blank=True, max_length=30, verbose_name="经办人")),
                        ("issued_at", models.DateTimeField(verbose_name="出具时间")),
                        ("acknowledged_at", models.DateTimeField(null=True, verbose_name="签收时间")),
                        ("acknowledged_by", models.CharField(blank=True, max_length=30, verbose_name="签收人")),
                    ],
                    options={
                        "ordering": ["issued_at", "id"],
                        "constraints": [
                            models.UniqueConstraint(fields=("transfer", "kind"), name="transfer_document_once")
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="CancelledRegistration",
                    fields=[
                        (
                            "id",
                            models.BigAutoField(
                                auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                            ),
                        ),
                        ("person_no", models.CharField(max_length=30, verbose_name="人员编号")),
                        ("name", models.CharField(max_length=50, verbose_name="姓名")),
                        (
                            "certificate_type",
                            models.CharField(
                                choices=[
                                    ("01", "居民身份证"),
                                    ("04", "港澳居民来往内地通行证(香港)"),
                                    ("05", "港澳居民来往内地通行证(澳门)"),
                                    ("06", "台湾居民来往大陆通行证"),
                                    ("07", "外国人永久居留身份证"),
                                    ("08", "外国人护照"),
                                    ("17", "港澳台居民居住证"),
                                    ("990201", "出生医学证明"),
                                    ("99", "其他身份证件"),
                                ],
                                max_length=6,
                                verbose_name="证件类型",
                            ),
                        ),
                        ("certificate_no", models.CharField(max_length=50, verbose_name="证件号码")),
                        ("pooling_area", models.CharField(max_length=6, verbose_name="统筹区")),
                        ("unit_code", models.CharField(max_length=12, verbose_name="参保单位")),
                        (
                            "scheme",
                            models.CharField(
                                choices=[("resident", "城乡居民基本医疗保险"), ("employee", "职工基本医疗保险")],
                                max_length=10,
                                verbose_name="险种",
                            ),
                        ),
                        ("enrolled_from", models.DateField(verbose_name="参保日期")),
                        ("registered_at", models.DateTimeField(verbose_name="登记时间")),
                        ("person_removed", models.BooleanField(verbose_name="人员记录一并撤销")),
                        ("reason", models.CharField(max_length=200, verbose_name="原因")),
                        (
                            "cancelled_by",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="+",
                                to=settings.AUTH_USER_MODEL,
                            ),
                        ),
                        ("cancelled_at", models.DateTimeField(verbose_name="撤销时间")),
                    ],
                    options={
                        "indexes": [models.Index(fields=["unit_code", "-id"], name="cancelled_registration_unit")],
                        "constraints": [
                            models.CheckConstraint(
                                condition=models.Q(("reason", ""), _negated=True),
                                name="cancelled_registration_has_a_reason",
                            )
                        ],
                    },
                ),
            ]
        ),
    ]
