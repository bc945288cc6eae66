"""Employers of the employee scheme and their members by the month."""

import django.contrib.postgres.constraints
import django.db.models.deletion
from django.db import migrations, models

import tongchou.platform.ranges


class Migration(migrations.Migration):
    dependencies = [
        ("enrolment", "0011_views_for_receivables"),
        ("platform", "0003_second_factor"),
    ]

    operations = [
        migrations.CreateModel(
            name="Employer",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
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
                (
                    "pooling_area",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, to="platform.poolingarea", verbose_name="统筹地区"
                    ),
                ),
            ],
        ),
        migrations.CreateModel(
            name="EmployerMember",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                (
                    "category",
                    models.CharField(
                        choices=[("working", "在职"), ("retired", "退休")], max_length=10, verbose_name="职工类别"
                    ),
                ),
                ("wage_base_fen", models.BigIntegerField(verbose_name="缴费工资")),
                ("month_from", models.DateField(verbose_name="起始月份")),
                ("month_until", models.DateField(null=True, verbose_name="终止月份")),
                ("reason", models.CharField(blank=True, max_length=100, verbose_name="变动原因")),
                ("staff_code", models.CharField(max_length=30, verbose_name="经办人")),
                ("recorded_at", models.DateTimeField(verbose_name="登记时间")),
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
                        on_delete=django.db.models.deletion.PROTECT, related_name="employments", to="enrolment.person"
                    ),
                ),
            ],
        ),
        migrations.AddIndex(
            model_name="employer",
            index=models.Index(fields=["unit_code", "code"], name="employer_unit"),
        ),
        migrations.AddIndex(
            model_name="employer",
            index=models.Index(fields=["name", "id"], name="employer_name"),
        ),
        migrations.AddConstraint(
            model_name="employer",
            constraint=models.UniqueConstraint(fields=("pooling_area", "code"), name="employer_code_once"),
        ),
        migrations.AddConstraint(
            model_name="employer",
            constraint=models.CheckConstraint(
                condition=models.Q(("closed_on", None), ("closed_on__gte", models.F("registered_on")), _connector="OR"),
                name="employer_closed_after",
            ),
        ),
        migrations.AddConstraint(
            model_name="employer",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("account_no", ""), ("bank_name", "")),
                    models.Q(models.Q(("bank_name", ""), _negated=True), models.Q(("account_no", ""), _negated=True)),
                    _connector="OR",
                ),
                name="employer_account_with_bank",
            ),
        ),
        migrations.AddIndex(
            model_name="employermember",
            index=models.Index(fields=["employer", "month_from", "id"], name="employer_member_months"),
        ),
        migrations.AddConstraint(
            model_name="employermember",
            constraint=django.contrib.postgres.constraints.ExclusionConstraint(
                expressions=[("person", "="), (tongchou.platform.ranges.DateRange("month_from", "month_until"), "&&")],
                name="employer_member_one_employer",
            ),
        ),
        migrations.AddConstraint(
            model_name="employermember",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("category", "retired"), ("wage_base_fen__gte", 0)),
                    models.Q(("category", "working"), ("wage_base_fen__gt", 0)),
                    _connector="OR",
                ),
                name="employer_member_wage_fits",
            ),
        ),
        migrations.AddConstraint(
            model_name="employermember",
            constraint=models.CheckConstraint(
                condition=models.Q(("month_until", None), ("month_until__gt", models.F("month_from")), _connector="OR"),
                name="employer_member_not_empty",
            ),
        ),
        migrations.AddConstraint(
            model_name="employermember",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    ("month_from__day", 1), models.Q(("month_until", None), ("month_until__day", 1), _connector="OR")
                ),
                name="employer_member_whole_months",
            ),
        ),
    ]
