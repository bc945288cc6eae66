"""Who stands on a department's list and is not insured: a task of the town."""

import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("enrolment", "0008_imports_are_exchange"),
        ("platform", "0002_append_only"),
    ]

    operations = [
        migrations.CreateModel(
            name="Listing",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
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
                (
                    "pooling_area",
                    models.ForeignKey(
                        db_index=False, on_delete=django.db.models.deletion.PROTECT, to="platform.poolingarea"
                    ),
                ),
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
    ]
