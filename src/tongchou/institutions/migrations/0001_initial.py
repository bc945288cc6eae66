"""The tables of institutions, agreements and physicians (协议管理)."""

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
                    name="InstitutionVersion",
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
                    name="Institution",
                    fields=[
                        (
                            "code",
                            models.CharField(
                                db_collation="C",
                                max_length=12,
                                primary_key=True,
                                serialize=False,
                                verbose_name="机构编号",
                            ),
                        ),
                        ("name", models.CharField(db_collation="C", max_length=200, verbose_name="机构名称")),
                        (
                            "name_initials",
                            models.CharField(
                                blank=True, db_collation="C", max_length=200, verbose_name="名称拼音首字母"
                            ),
                        ),
                        (
                            "kind",
                            models.CharField(
                                choices=[("1", "定点医疗机构"), ("2", "定点零售药店")],
                                max_length=1,
                                verbose_name="类型",
                            ),
                        ),
                        (
                            "type",
                            models.CharField(
                                choices=[
                                    ("hospital", "医院"),
                                    ("specialist", "专科医院"),
                                    ("community_centre", "社区卫生服务中心"),
                                    ("town_centre", "乡镇卫生院"),
                                    ("community_station", "社区卫生站"),
                                    ("village_station", "村卫生室"),
                                    ("clinic", "诊所"),
                                    ("pharmacy", "零售药店"),
                                ],
                                default="hospital",
                                max_length=20,
                                verbose_name="机构类别",
                            ),
                        ),
                        (
                            "pooling_area",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT,
                                to="platform.poolingarea",
                                verbose_name="所在统筹地区",
                            ),
                        ),
                        ("unit_code", models.CharField(max_length=12, verbose_name="所在行政区划")),
                        ("uscc", models.CharField(blank=True, max_length=18, verbose_name="统一社会信用代码")),
                        ("licence_no", models.CharField(blank=True, max_length=60, verbose_name="执业(经营)许可证号")),
                        ("licence_until", models.DateField(null=True, verbose_name="许可证有效期至(不含)")),
                        (
                            "parent",
                            models.ForeignKey(
                                null=True,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="stations",
                                to="institutions.institution",
                                verbose_name="上级",
                            ),
                        ),
                        ("primary", models.BooleanField(default=False, verbose_name="基层医疗机构")),
                        ("village_station", models.BooleanField(default=False, verbose_name="村卫生室")),
                        ("address", models.CharField(blank=True, max_length=200, verbose_name="地址")),
                        ("phone", models.CharField(blank=True, max_length=30, verbose_name="电话")),
                        ("created_at", models.DateTimeField()),
                    ],
                    options={
                        "indexes": [
                            models.Index(fields=["pooling_area", "kind", "name", "code"], name="institution_area"),
                            models.Index(fields=["name", "code"], name="institution_name"),
                            models.Index(fields=["name_initials", "code"], name="institution_initials"),
                        ],
                        "constraints": [
                            models.CheckConstraint(
                                condition=models.Q(("code__regex", "^[HP]\\d{11}$")),
                                name="institution_code_is_national",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(
                                    models.Q(("code__startswith", "H"), ("kind", "1")),
                                    models.Q(("code__startswith", "P"), ("kind", "2")),
                                    _connector="OR",
                                ),
                                name="institution_code_fits_kind",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(
                                    models.Q(("kind", "2"), ("type", "pharmacy")),
                                    models.Q(("kind", "1"), models.Q(("type", "pharmacy"), _negated=True)),
                                    _connector="OR",
                                ),
                                name="institution_type_fits_kind",
                            ),
                            models.UniqueConstraint(
                                condition=models.Q(("licence_no", ""), _negated=True),
                                fields=("licence_no",),
                                name="institution_licence_once",
                            ),
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="Agreement",
                    fields=[
                        (
                            "id",
                            models.BigAutoField(
                                auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                            ),
                        ),
                        (
                            "institution",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="agreements",
                                to="institutions.institution",
                            ),
                        ),
                        ("number", models.CharField(max_length=40, unique=True, verbose_name="协议编号")),
                        (
                            "schemes",
                            django.contrib.postgres.fields.ArrayField(
                                base_field=models.CharField(max_length=10), size=None, verbose_name="险种"
                            ),
                        ),
                        (
                            "care_kinds",
                            django.contrib.postgres.fields.ArrayField(
                                base_field=models.CharField(max_length=20), size=None, verbose_name="服务范围"
                            ),
                        ),
                        ("signed_on", models.DateField(verbose_name="签订日期")),
                        ("valid_from", models.DateField(verbose_name="起")),
                        ("valid_until", models.DateField(verbose_name="止")),
                        ("ended_reason", models.CharField(blank=True, max_length=200, verbose_name="终止原因")),
                    ],
                    options={
                        "constraints": [
                            django.contrib.postgres.constraints.ExclusionConstraint(
                                expressions=[
                                    ("institution", "="),
                                    (tongchou.platform.ranges.DateRange("valid_from", "valid_until"), "&&"),
                                ],
                                name="agreement_no_overlap",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(("valid_until__gt", models.F("valid_from"))),
                                name="agreement_not_empty",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(("schemes__len__gt", 0)), name="agreement_covers_a_scheme"
                            ),
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="InstitutionLevel",
                    fields=[
                        (
                            "id",
                            models.BigAutoField(
                                auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                            ),
                        ),
                        (
                            "institution",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="levels",
                                to="institutions.institution",
                            ),
                        ),
                        (
                            "level",
                            models.CharField(
                                choices=[("3", "三级"), ("2", "二级"), ("1", "一级"), ("0", "未定级")],
                                max_length=1,
                                verbose_name="等级",
                            ),
                        ),
                        ("grade", models.CharField(blank=True, max_length=10, verbose_name="等次")),
                        ("valid_from", models.DateField(verbose_name="起")),
                        ("valid_until", models.DateField(null=True, verbose_name="止")),
                    ],
                    options={
                        "constraints": [
                            django.contrib.postgres.constraints.ExclusionConstraint(
                                expressions=[
                                    ("institution", "="),
                                    (tongchou.platform.ranges.DateRange("valid_from", "valid_until"), "&&"),
                                ],
                                name="institution_level_no_overlap",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(
                                    ("valid_until", None), ("valid_until__gt", models.F("valid_from")), _connector="OR"
                                ),
                                name="institution_level_not_empty",
                            ),
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="Physician",
                    fields=[
                        (
                            "id",
                            models.BigAutoField(
                                auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                            ),
                        ),
                        ("code", models.CharField(max_length=30, verbose_name="医师编码")),
                        ("name", models.CharField(max_length=50, verbose_name="姓名")),
                        (
                            "kind",
                            models.CharField(
                                choices=[("physician", "医保医师"), ("pharmacist", "医保药师"), ("nurse", "医保护士")],
                                default="physician",
                                max_length=10,
                                verbose_name="类别",
                            ),
                        ),
                        ("citizen_id", models.CharField(blank=True, max_length=18, verbose_name="公民身份号码")),
                        ("practice_no", models.CharField(blank=True, max_length=40, verbose_name="执业证书编号")),
                        (
                            "institution",
                            models.ForeignKey(
                                db_index=False,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="physicians",
                                to="institutions.institution",
                            ),
                        ),
                        ("main_site", models.BooleanField(default=True, verbose_name="主执业机构")),
                        ("department", models.CharField(blank=True, max_length=100, verbose_name="科室")),
                        ("title", models.CharField(blank=True, max_length=30, verbose_name="职称")),
                        ("filed_from", models.DateField(verbose_name="备案起")),
                        ("filed_until", models.DateField(null=True, verbose_name="备案止")),
                        ("end_reason", models.CharField(blank=True, max_length=100, verbose_name="注销原因")),
                    ],
                    options={
                        "indexes": [
                            models.Index(fields=["institution", "code"], name="physician_institution"),
                            models.Index(fields=["code", "filed_from"], name="physician_code"),
                        ],
                        "constraints": [
                            django.contrib.postgres.constraints.ExclusionConstraint(
                                expressions=[
                                    ("institution", "="),
                                    ("code", "="),
                                    (tongchou.platform.ranges.DateRange("filed_from", "filed_until"), "&&"),
                                ],
                                name="physician_filed_once",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(
                                    ("filed_until", None), ("filed_until__gt", models.F("filed_from")), _connector="OR"
                                ),
                                name="physician_filing_not_empty",
                            ),
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="PhysicianSuspension",
                    fields=[
                        (
                            "id",
                            models.BigAutoField(
                                auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                            ),
                        ),
                        ("physician_code", models.CharField(max_length=30, verbose_name="医师编码")),
                        ("suspended_from", models.DateField(verbose_name="起")),
                        ("suspended_until", models.DateField(null=True, verbose_name="止")),
                        ("reason", models.CharField(max_length=200, verbose_name="原因")),
                    ],
                    options={
                        "constraints": [
                            django.contrib.postgres.constraints.ExclusionConstraint(
                                expressions=[
                                    ("physician_code", "="),
                                    (tongchou.platform.ranges.DateRange("suspended_from", "suspended_until"), "&&"),
                                ],
                                name="physician_suspension_no_overlap",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(
                                    ("suspended_until", None),
                                    ("suspended_until__gt", models.F("suspended_from")),
                                    _connector="OR",
                                ),
                                name="physician_suspension_not_empty",
                            ),
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="AgreementSuspension",
                    fields=[
                        (
                            "id",
                            models.BigAutoField(
                                auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                            ),
                        ),
                        (
                            "agreement",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="suspensions",
                                to="institutions.agreement",
                            ),
                        ),
                        ("suspended_from", models.DateField(verbose_name="起")),
                        ("suspended_until", models.DateField(null=True, verbose_name="止")),
                        ("reason", models.CharField(max_length=200, verbose_name="原因")),
                    ],
                    options={
                        "constraints": [
                            django.contrib.postgres.constraints.ExclusionConstraint(
                                expressions=[
                                    ("agreement", "="),
                                    (tongchou.platform.ranges.DateRange("suspended_from", "suspended_until"), "&&"),
                                ],
                                name="agreement_suspension_no_overlap",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(
                                    ("suspended_until", None),
                                    ("suspended_until__gt", models.F("suspended_from")),
                                    _connector="OR",
                                ),
                                name="agreement_suspension_not_empty",
                            ),
                        ],
                    },
                ),
            ]
        ),
    ]
