"""Bank accounts of persons, with their history."""

import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("enrolment", "0012_employers"),
    ]

    operations = [
        migrations.CreateModel(
            name="BankAccount",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("bank_name", models.CharField(max_length=60, verbose_name="开户银行")),
                ("account_no", models.CharField(max_length=40, verbose_name="银行账号")),
                (
                    "holder_kind",
                    models.CharField(
                        choices=[("self", "本人"), ("guardian", "监护人")], max_length=10, verbose_name="账户持有人"
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
                (
                    "person",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="bank_accounts",
                        to="enrolment.person",
                    ),
                ),
            ],
            options={
                "indexes": [models.Index(fields=["-recorded_at", "-id"], name="bank_account_recent")],
                "constraints": [
                    models.UniqueConstraint(
                        condition=models.Q(("replaced_at", None)), fields=("person",), name="bank_account_one_in_use"
                    ),
                    models.UniqueConstraint(fields=("person", "recorded_at"), name="bank_account_one_an_instant"),
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
    ]
