"""The tables of enrolment (参保登记)."""

import django.contrib.postgres.constraints
import django.db.models.deletion
import django.db.models.functions.text
from django.db import migrations, models

import tongchou.platform.ranges


class Migration(migrations.Migration):
    initial = True

    dependencies = [
        ("platform", "0001_initial"),
    ]

    operations = [
        migrations.CreateModel(
            name="Household",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("unit_code", models.CharField(max_length=12, verbose_name="参保单位")),
                ("number", models.CharField(max_length=24, verbose_name="户号")),
                ("address", models.CharField(blank=True, max_length=200, verbose_name="住址")),
                (
                    "pooling_area",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        to="platform.poolingarea",
                        verbose_name="统筹地区",
                    ),
                ),
            ],
        ),
        migrations.CreateModel(
            name="ImportFile",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("kind", models.CharField(max_length=30, verbose_name="导入类别")),
                ("file_name", models.CharField(max_length=200, verbose_name="文件名")),
                ("digest", models.CharField(max_length=64, verbose_name="摘要")),
                ("size", models.BigIntegerField(verbose_name="字节数")),
                (
                    "state",
                    models.CharField(
                        choices=[
                            ("checking", "检查中"),
                            ("checked", "待确认"),
                            ("taking_in", "入库中"),
                            ("done", "已入库"),
                            ("unreadable", "无法读取"),
                            ("cancelled", "已取消"),
                        ],
                        default="checking",
                        max_length=12,
                        verbose_name="状态",
                    ),
                ),
                ("rows_total", models.PositiveIntegerField(default=0, verbose_name="数据行数")),
                ("rows_done", models.PositiveIntegerField(default=0, verbose_name="已处理行数")),
                ("rows_good", models.PositiveIntegerField(default=0, verbose_name="可入库行数")),
                ("rows_bad", models.PositiveIntegerField(default=0, verbose_name="有误行数")),
                ("rows_taken", models.PositiveIntegerField(default=0, verbose_name="入库行数")),
                ("preview", models.JSONField(default=dict, verbose_name="预览")),
                ("options", models.JSONField(default=dict, verbose_name="选项")),
                ("message", models.CharField(blank=True, max_length=400, verbose_name="说明")),
                ("cancel_asked", models.BooleanField(default=False, verbose_name="要求取消")),
                ("staff_code", models.CharField(max_length=30, verbose_name="经办人")),
                ("uploaded_at", models.DateTimeField(verbose_name="上传时间")),
                ("checked_at", models.DateTimeField(null=True, verbose_name="检查时间")),
                ("taken_in_at", models.DateTimeField(null=True, verbose_name="入库时间")),
                (
                    "pooling_area",
                    models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, to="platform.poolingarea"),
                ),
            ],
        ),
        migrations.CreateModel(
            name="ImportChunk",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("number", models.PositiveIntegerField()),
                ("content", models.BinaryField()),
                (
                    "file",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="chunks",
                        to="enrolment.importfile",
                    ),
                ),
            ],
        ),
        migrations.CreateModel(
            name="ImportProblem",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("row_no", models.PositiveIntegerField(verbose_name="行号")),
                ("cell", models.CharField(max_length=12, verbose_name="单元格")),
                ("column", models.CharField(max_length=60, verbose_name="列名")),
                ("value", models.CharField(max_length=100, verbose_name="内容")),
                ("code", models.CharField(max_length=10, verbose_name="代码")),
                ("reason", models.CharField(max_length=300, verbose_name="原因")),
                ("in_books", models.BooleanField(default=False, verbose_name="与库内数据有关")),
                (
                    "file",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="problems",
                        to="enrolment.importfile",
                    ),
                ),
            ],
        ),
        migrations.CreateModel(
            name="Person",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
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
                    models.CharField(blank=True, db_collation="C", max_length=50, verbose_name="姓名拼音首字母"),
                ),
                ("sex", models.CharField(choices=[("M", "男"), ("F", "女")], max_length=1, verbose_name="性别")),
                ("ethnicity", models.CharField(default="01", max_length=2, verbose_name="民族")),
                ("born_on", models.DateField(verbose_name="出生日期")),
                ("died_on", models.DateField(null=True, verbose_name="死亡日期")),
                ("phone", models.CharField(blank=True, max_length=30, verbose_name="联系电话")),
                ("address", models.CharField(blank=True, max_length=200, verbose_name="住址")),
                ("hukou_area", models.CharField(blank=True, max_length=12, verbose_name="户籍地")),
                ("unit_code", models.CharField(db_collation="C", max_length=12, verbose_name="参保单位")),
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
                ("created_at", models.DateTimeField(verbose_name="登记时间")),
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
                    "merged_into",
                    models.ForeignKey(
                        db_index=False,
                        null=True,
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
                        verbose_name="参保地",
                    ),
                ),
            ],
        ),
        migrations.CreateModel(
            name="ParticularChange",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("particular", models.CharField(max_length=30, verbose_name="变更项目")),
                ("old_value", models.CharField(blank=True, max_length=200, verbose_name="原值")),
                ("new_value", models.CharField(blank=True, max_length=200, verbose_name="新值")),
                ("effective_on", models.DateField(verbose_name="生效日期")),
                ("reason", models.CharField(max_length=200, verbose_name="原因")),
                ("evidence", models.CharField(blank=True, max_length=200, verbose_name="依据材料")),
                ("staff_code", models.CharField(max_length=30, verbose_name="经办人")),
                ("changed_at", models.DateTimeField(verbose_name="经办时间")),
                (
                    "person",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="changes", to="enrolment.person"
                    ),
                ),
            ],
        ),
        migrations.CreateModel(
            name="FormerCertificate",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
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
                (
                    "person",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="former_certificates",
                        to="enrolment.person",
                    ),
                ),
            ],
        ),
        migrations.CreateModel(
            name="Enrolment",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
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
                    "person",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="enrolments",
                        to="enrolment.person",
                    ),
                ),
            ],
        ),
        migrations.CreateModel(
            name="BenefitBlock",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
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
                (
                    "person",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="blocks", to="enrolment.person"
                    ),
                ),
            ],
        ),
        migrations.CreateModel(
            name="SocialSecurityCard",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
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
                ("ended_on", models.DateField(null=True, verbose_name="停用日期")),
                (
                    "person",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="cards", to="enrolment.person"
                    ),
                ),
            ],
        ),
        migrations.CreateModel(
            name="SpecialGroupSpan",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
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
                (
                    "person",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="special_groups",
                        to="enrolment.person",
                    ),
                ),
            ],
        ),
        migrations.CreateModel(
            name="Suspension",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("suspended_from", models.DateField(verbose_name="停保日期")),
                ("suspended_until", models.DateField(null=True, verbose_name="恢复日期")),
                ("reason", models.CharField(max_length=100, verbose_name="原因")),
                (
                    "enrolment",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="suspensions",
                        to="enrolment.enrolment",
                    ),
                ),
            ],
        ),
        migrations.AddIndex(
            model_name="household",
            index=models.Index(fields=["unit_code", "number"], name="household_unit"),
        ),
        migrations.AddConstraint(
            model_name="household",
            constraint=models.UniqueConstraint(fields=("pooling_area", "number"), name="household_number_once"),
        ),
        migrations.AddIndex(
            model_name="importfile",
            index=models.Index(fields=["pooling_area", "-uploaded_at"], name="import_file_recent"),
        ),
        migrations.AddConstraint(
            model_name="importfile",
            constraint=models.UniqueConstraint(
                condition=models.Q(("state__in", ("unreadable", "cancelled")), _negated=True),
                fields=("kind", "pooling_area", "digest"),
                name="import_file_once",
            ),
        ),
        migrations.AddConstraint(
            model_name="importfile",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("state", "done"), ("taken_in_at__isnull", False)),
                    models.Q(models.Q(("state", "done"), _negated=True), ("taken_in_at", None)),
                    _connector="OR",
                ),
                name="import_file_taken_in_when",
            ),
        ),
        migrations.AddConstraint(
            model_name="importchunk",
            constraint=models.UniqueConstraint(fields=("file", "number"), name="import_chunk_once"),
        ),
        migrations.AddIndex(
            model_name="importproblem",
            index=models.Index(fields=["file", "row_no", "id"], name="import_problem_row"),
        ),
        migrations.AddIndex(
            model_name="person",
            index=models.Index(fields=["name", "id"], include=("unit_code", "pooling_area"), name="person_name"),
        ),
        migrations.AddIndex(
            model_name="person",
            index=models.Index(
                fields=["name_initials", "id"], include=("unit_code", "pooling_area"), name="person_initials"
            ),
        ),
        migrations.AddIndex(
            model_name="person",
            index=models.Index(fields=["unit_code", "name", "id"], name="person_unit_name"),
        ),
        migrations.AddConstraint(
            model_name="person",
            constraint=models.UniqueConstraint(fields=("person_no",), name="person_no_once"),
        ),
        migrations.AddConstraint(
            model_name="person",
            constraint=models.UniqueConstraint(
                condition=models.Q(("merged_into", None)),
                fields=("certificate_no", "certificate_type"),
                name="person_certificate_once",
            ),
        ),
        migrations.AddConstraint(
            model_name="person",
            constraint=models.UniqueConstraint(
                condition=models.Q(("household_relation", "head")), fields=("household",), name="household_one_head"
            ),
        ),
        migrations.AddConstraint(
            model_name="person",
            constraint=models.CheckConstraint(
                condition=models.Q(("certificate_no", django.db.models.functions.text.Upper("certificate_no"))),
                name="person_certificate_in_capitals",
            ),
        ),
        migrations.AddConstraint(
            model_name="person",
            constraint=models.CheckConstraint(
                condition=models.Q(("died_on", None), ("died_on__gte", models.F("born_on")), _connector="OR"),
                name="person_dies_after_birth",
            ),
        ),
        migrations.AddConstraint(
            model_name="person",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("household", None), ("household_relation", "")),
                    models.Q(("household__isnull", False), models.Q(("household_relation", ""), _negated=True)),
                    _connector="OR",
                ),
                name="person_household_with_relation",
            ),
        ),
        migrations.AddIndex(
            model_name="formercertificate",
            index=models.Index(fields=["certificate_no"], name="former_certificate_no"),
        ),
        migrations.AddIndex(
            model_name="enrolment",
            index=models.Index(fields=["person", "-enrolled_from"], name="enrolment_of_person"),
        ),
        migrations.AddIndex(
            model_name="enrolment",
            index=models.Index(fields=["unit_code", "scheme", "id"], name="enrolment_unit"),
        ),
        migrations.AddConstraint(
            model_name="enrolment",
            constraint=models.UniqueConstraint(
                fields=("person", "enrolled_until"), name="enrolment_ends_once", nulls_distinct=False
            ),
        ),
        migrations.AddConstraint(
            model_name="enrolment",
            constraint=models.UniqueConstraint(
                fields=("person", "follows_until"), name="enrolment_followed_once", nulls_distinct=False
            ),
        ),
        migrations.AddConstraint(
            model_name="enrolment",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    ("follows_until", None), ("follows_until__lte", models.F("enrolled_from")), _connector="OR"
                ),
                name="enrolment_begins_after",
            ),
        ),
        migrations.AddConstraint(
            model_name="enrolment",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    ("enrolled_until", None), ("enrolled_until__gt", models.F("enrolled_from")), _connector="OR"
                ),
                name="enrolment_not_empty",
            ),
        ),
        migrations.AddConstraint(
            model_name="enrolment",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("end_reason", ""), ("enrolled_until", None)),
                    models.Q(("enrolled_until__isnull", False), models.Q(("end_reason", ""), _negated=True)),
                    _connector="OR",
                ),
                name="enrolment_ends_for_a_reason",
            ),
        ),
        migrations.AddConstraint(
            model_name="benefitblock",
            constraint=django.contrib.postgres.constraints.ExclusionConstraint(
                expressions=[
                    ("person", "="),
                    ("kind", "="),
                    (tongchou.platform.ranges.DateRange("blocked_from", "blocked_until"), "&&"),
                ],
                name="benefit_block_no_overlap",
            ),
        ),
        migrations.AddConstraint(
            model_name="benefitblock",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    ("blocked_until", None), ("blocked_until__gt", models.F("blocked_from")), _connector="OR"
                ),
                name="benefit_block_not_empty",
            ),
        ),
        migrations.AddConstraint(
            model_name="socialsecuritycard",
            constraint=models.UniqueConstraint(fields=("number",), name="card_number_once"),
        ),
        migrations.AddConstraint(
            model_name="socialsecuritycard",
            constraint=models.UniqueConstraint(
                condition=models.Q(("status", "active")), fields=("person",), name="card_one_active"
            ),
        ),
        migrations.AddConstraint(
            model_name="socialsecuritycard",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("ended_on__isnull", False), ("status__in", ("replaced", "cancelled"))),
                    models.Q(models.Q(("status__in", ("replaced", "cancelled")), _negated=True), ("ended_on", None)),
                    _connector="OR",
                ),
                name="card_ended_when",
            ),
        ),
        migrations.AddConstraint(
            model_name="specialgroupspan",
            constraint=django.contrib.postgres.constraints.ExclusionConstraint(
                expressions=[
                    ("person", "="),
                    ("category", "="),
                    (tongchou.platform.ranges.DateRange("valid_from", "valid_until"), "&&"),
                ],
                name="special_group_no_overlap",
            ),
        ),
        migrations.AddConstraint(
            model_name="specialgroupspan",
            constraint=models.CheckConstraint(
                condition=models.Q(("valid_until", None), ("valid_until__gt", models.F("valid_from")), _connector="OR"),
                name="special_group_not_empty",
            ),
        ),
        migrations.AddConstraint(
            model_name="suspension",
            constraint=django.contrib.postgres.constraints.ExclusionConstraint(
                expressions=[
                    ("enrolment", "="),
                    (tongchou.platform.ranges.DateRange("suspended_from", "suspended_until"), "&&"),
                ],
                name="suspension_no_overlap",
            ),
        ),
        migrations.AddConstraint(
            model_name="suspension",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    ("suspended_until", None), ("suspended_until__gt", models.F("suspended_from")), _connector="OR"
                ),
                name="suspension_not_empty",
            ),
        ),
    ]
