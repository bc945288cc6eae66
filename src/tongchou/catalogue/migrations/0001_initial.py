"""The tables of the catalogues (三大目录)."""

import django.contrib.postgres.constraints
import django.contrib.postgres.fields
import django.db.models.deletion
from django.db import migrations, models

import tongchou.platform.ranges
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
                    name="CatalogueVersion",
                    fields=[
                        (
                            "pooling_area",
                            models.OneToOneField(
                                on_delete=django.db.models.deletion.PROTECT,
                                primary_key=True,
                                serialize=False,
                                to="platform.poolingarea",
                            ),
                        ),
                        ("version", models.PositiveIntegerField(default=1)),
                    ],
                ),
                migrations.CreateModel(
                    name="CodeSetVersion",
                    fields=[
                        (
                            "code_set",
                            models.CharField(max_length=20, primary_key=True, serialize=False, verbose_name="代码集"),
                        ),
                        ("version", models.PositiveIntegerField(default=1)),
                    ],
                ),
                migrations.CreateModel(
                    name="Diagnosis",
                    fields=[
                        (
                            "code",
                            models.CharField(
                                db_collation="C",
                                max_length=20,
                                primary_key=True,
                                serialize=False,
                                verbose_name="诊断编码",
                            ),
                        ),
                        ("name", models.CharField(db_collation="C", max_length=200, verbose_name="诊断名称")),
                        (
                            "initials",
                            models.CharField(blank=True, db_collation="C", max_length=200, verbose_name="拼音首字母"),
                        ),
                        ("valid_from", models.DateField(verbose_name="起")),
                        ("valid_until", models.DateField(null=True, verbose_name="止")),
                    ],
                    options={
                        "indexes": [
                            models.Index(fields=["name", "code"], name="diagnosis_name"),
                            models.Index(fields=["initials", "code"], name="diagnosis_initials"),
                        ],
                        "constraints": [
                            models.CheckConstraint(
                                condition=models.Q(
                                    ("valid_until", None), ("valid_until__gt", models.F("valid_from")), _connector="OR"
                                ),
                                name="diagnosis_not_empty",
                            )
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="Item",
                    fields=[
                        (
                            "code",
                            models.CharField(
                                db_collation="C",
                                max_length=50,
                                primary_key=True,
                                serialize=False,
                                verbose_name="医疗目录编码",
                            ),
                        ),
                        ("name", models.CharField(db_collation="C", max_length=200, verbose_name="名称")),
                        (
                            "name_initials",
                            models.CharField(
                                blank=True, db_collation="C", max_length=200, verbose_name="名称拼音首字母"
                            ),
                        ),
                        (
                            "kind",
                            models.CharField(
                                choices=[
                                    ("drug", "药品"),
                                    ("service", "诊疗项目"),
                                    ("facility", "服务设施"),
                                    ("material", "医用耗材"),
                                ],
                                max_length=10,
                                verbose_name="类别",
                            ),
                        ),
                        (
                            "charge_category",
                            models.CharField(
                                choices=[
                                    ("01", "床位费"),
                                    ("02", "诊察费"),
                                    ("03", "检查费"),
                                    ("04", "化验费"),
                                    ("05", "治疗费"),
                                    ("06", "手术费"),
                                    ("07", "护理费"),
                                    ("08", "卫生材料费"),
                                    ("09", "西药费"),
                                    ("10", "中药饮片费"),
                                    ("11", "中成药费"),
                                    ("12", "一般诊疗费"),
                                    ("13", "挂号费"),
                                    ("14", "其他费"),
                                ],
                                max_length=2,
                                verbose_name="收费项目类别",
                            ),
                        ),
                        ("unit", models.CharField(blank=True, max_length=20, verbose_name="计价单位")),
                        ("specification", models.CharField(blank=True, max_length=100, verbose_name="规格")),
                        ("dosage_form", models.CharField(blank=True, max_length=40, verbose_name="剂型")),
                        ("maker", models.CharField(blank=True, max_length=100, verbose_name="生产企业")),
                    ],
                    options={
                        "indexes": [
                            models.Index(fields=["name", "code"], name="item_name"),
                            models.Index(fields=["name_initials", "code"], name="item_initials"),
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="CatalogueRelease",
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
                        ("version", models.PositiveIntegerField(verbose_name="版本")),
                        ("summary", models.CharField(max_length=200, verbose_name="内容")),
                        ("staff_code", models.CharField(max_length=30, verbose_name="经办人")),
                        ("released_at", models.DateTimeField(verbose_name="发布时间")),
                    ],
                    options={
                        "constraints": [
                            models.UniqueConstraint(fields=("pooling_area", "version"), name="catalogue_release_once")
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="Disease",
                    fields=[
                        (
                            "id",
                            models.BigAutoField(
                                auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                            ),
                        ),
                        ("code", models.CharField(max_length=30, verbose_name="病种编码")),
                        ("name", models.CharField(max_length=200, verbose_name="病种名称")),
                        (
                            "pooling_area",
                            models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, to="platform.poolingarea"),
                        ),
                        ("valid_from", models.DateField(verbose_name="起")),
                        ("valid_until", models.DateField(null=True, verbose_name="止")),
                    ],
                    options={
                        "constraints": [
                            django.contrib.postgres.constraints.ExclusionConstraint(
                                expressions=[
                                    ("code", "="),
                                    ("pooling_area", "="),
                                    (tongchou.platform.ranges.DateRange("valid_from", "valid_until"), "&&"),
                                ],
                                name="disease_no_overlap",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(
                                    ("valid_until", None), ("valid_until__gt", models.F("valid_from")), _connector="OR"
                                ),
                                name="disease_not_empty",
                            ),
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="ItemTerm",
                    fields=[
                        (
                            "id",
                            models.BigAutoField(
                                auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                            ),
                        ),
                        (
                            "item",
                            models.ForeignKey(
                                db_index=False,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="terms",
                                to="catalogue.item",
                            ),
                        ),
                        (
                            "pooling_area",
                            models.ForeignKey(
                                db_index=False, on_delete=django.db.models.deletion.PROTECT, to="platform.poolingarea"
                            ),
                        ),
                        ("valid_from", models.DateField(verbose_name="起")),
                        ("valid_until", models.DateField(null=True, verbose_name="止")),
                        ("version", models.PositiveIntegerField(default=1, verbose_name="目录版本")),
                        (
                            "pay_class",
                            models.CharField(
                                choices=[("01", "甲类"), ("02", "乙类"), ("03", "丙类")],
                                max_length=2,
                                verbose_name="等级",
                            ),
                        ),
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
                        (
                            "price_ceiling_third",
                            models.DecimalField(
                                decimal_places=6, max_digits=16, null=True, verbose_name="三级单价上限(元)"
                            ),
                        ),
                        (
                            "price_ceiling_second",
                            models.DecimalField(
                                decimal_places=6, max_digits=16, null=True, verbose_name="二级单价上限(元)"
                            ),
                        ),
                        (
                            "price_ceiling_first",
                            models.DecimalField(
                                decimal_places=6, max_digits=16, null=True, verbose_name="一级及以下单价上限(元)"
                            ),
                        ),
                        ("max_days", models.PositiveSmallIntegerField(null=True, verbose_name="限用天数")),
                        (
                            "max_quantity",
                            models.DecimalField(decimal_places=4, max_digits=12, null=True, verbose_name="限用数量"),
                        ),
                        ("min_level", models.CharField(blank=True, max_length=1, verbose_name="限机构等级以上")),
                        ("inpatient_only", models.BooleanField(default=False, verbose_name="限住院使用")),
                        ("sex", models.CharField(blank=True, max_length=1, verbose_name="限性别")),
                        ("min_age", models.PositiveSmallIntegerField(null=True, verbose_name="限年龄下限")),
                        ("max_age", models.PositiveSmallIntegerField(null=True, verbose_name="限年龄上限(不含)")),
                        (
                            "diagnosis_prefixes",
                            django.contrib.postgres.fields.ArrayField(
                                base_field=models.CharField(max_length=20),
                                default=list,
                                size=None,
                                verbose_name="限诊断编码",
                            ),
                        ),
                        (
                            "institution_codes",
                            django.contrib.postgres.fields.ArrayField(
                                base_field=models.CharField(max_length=12),
                                default=list,
                                size=None,
                                verbose_name="限定点机构",
                            ),
                        ),
                        ("restricted", models.BooleanField(default=False, verbose_name="限制使用(须医院审批标志)")),
                        ("limit_note", models.CharField(blank=True, max_length=200, verbose_name="限定说明")),
                    ],
                    options={
                        "indexes": [
                            models.Index(fields=["pooling_area", "version"], name="item_term_version"),
                            models.Index(fields=["item", "pooling_area", "-valid_from"], name="item_term_item"),
                        ],
                        "constraints": [
                            django.contrib.postgres.constraints.ExclusionConstraint(
                                expressions=[
                                    ("item", "="),
                                    ("pooling_area", "="),
                                    (tongchou.platform.ranges.DateRange("valid_from", "valid_until"), "&&"),
                                ],
                                name="item_term_no_overlap",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(("pre_self_pay_ratio__gte", 0), ("pre_self_pay_ratio__lte", 1)),
                                name="item_term_ratio_in_range",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(
                                    models.Q(("price_ceiling", None), ("price_ceiling__gt", 0), _connector="OR"),
                                    models.Q(
                                        ("price_ceiling_third", None), ("price_ceiling_third__gt", 0), _connector="OR"
                                    ),
                                    models.Q(
                                        ("price_ceiling_second", None), ("price_ceiling_second__gt", 0), _connector="OR"
                                    ),
                                    models.Q(
                                        ("price_ceiling_first", None), ("price_ceiling_first__gt", 0), _connector="OR"
                                    ),
                                ),
                                name="item_term_ceiling_positive",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(
                                    ("valid_until", None), ("valid_until__gt", models.F("valid_from")), _connector="OR"
                                ),
                                name="item_term_not_empty",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(
                                    ("min_age", None),
                                    ("max_age", None),
                                    ("max_age__gt", models.F("min_age")),
                                    _connector="OR",
                                ),
                                name="item_term_ages_in_order",
                            ),
                        ],
                    },
                ),
            ]
        ),
    ]
