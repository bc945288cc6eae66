"""Names that other lists know and the register lacks (未登记人员; ENR-14, ENR-32; SYS-06)."""

import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("enrolment", "0013_search_inside_a_place"),
        ("platform", "0003_issued_papers"),
    ]

    operations = [
        migrations.CreateModel(
            name="UnregisteredLead",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("unit_code", models.CharField(db_collation="C", max_length=12, verbose_name="走访单位")),
                (
                    "source",
                    models.CharField(
                        choices=[
                            ("birth", "出生名单"),
                            ("hire", "新就业名单"),
                            ("school", "学校名册"),
                            ("group", "特殊人员名单"),
                        ],
                        max_length=8,
                        verbose_name="来源",
                    ),
                ),
                ("certificate_type", models.CharField(max_length=6, verbose_name="证件类型")),
                ("certificate_no", models.CharField(db_collation="C", max_length=50, verbose_name="证件号码")),
                ("name", models.CharField(db_collation="C", max_length=50, verbose_name="姓名")),
                ("born_on", models.DateField(null=True, verbose_name="出生日期")),
                ("contact", models.CharField(blank=True, max_length=30, verbose_name="联系电话")),
                ("note", models.CharField(blank=True, max_length=200, verbose_name="说明")),
                ("happened_on", models.DateField(null=True, verbose_name="发生日期")),
                (
                    "state",
                    models.CharField(
                        choices=[("open", "待走访"), ("registered", "已登记"), ("dismissed", "不需登记")],
                        default="open",
                        max_length=10,
                        verbose_name="状态",
                    ),
                ),
                ("file_id", models.BigIntegerField(null=True, verbose_name="来源文件")),
                ("listed_at", models.DateTimeField(verbose_name="列入时间")),
                ("closed_at", models.DateTimeField(null=True, verbose_name="办结时间")),
                ("closed_by", models.CharField(blank=True, max_length=30, verbose_name="办理人")),
                ("closed_reason", models.CharField(blank=True, max_length=200, verbose_name="办理说明")),
                ("version", models.PositiveIntegerField(default=1, verbose_name="版本")),
                (
                    "pooling_area",
                    models.ForeignKey(
                        db_index=False, on_delete=django.db.models.deletion.PROTECT, to="platform.poolingarea"
                    ),
                ),
            ],
            options={
                "indexes": [
                    models.Index(fields=["unit_code", "state", "id"], name="unregistered_lead_unit"),
                    models.Index(fields=["pooling_area", "state", "id"], name="unregistered_lead_area"),
                ],
                "constraints": [
                    models.UniqueConstraint(
                        condition=models.Q(("state", "open")),
                        fields=("source", "certificate_type", "certificate_no"),
                        name="unregistered_lead_once",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("closed_at", None), ("state", "open")),
                            models.Q(models.Q(("state", "open"), _negated=True), ("closed_at__isnull", False)),
                            _connector="OR",
                        ),
                        name="unregistered_lead_closed_when",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("state", "dismissed"), _negated=True),
                            models.Q(
                                models.Q(("closed_reason", ""), _negated=True),
                                models.Q(("closed_by", ""), _negated=True),
                            ),
                            _connector="OR",
                        ),
                        name="unregistered_lead_dismissed_for_a_reason",
                    ),
                ],
            },
        ),
    ]
