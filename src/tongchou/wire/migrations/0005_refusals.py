"""Refused messages: counted by day, institution, transaction and code; kept one by one for some weeks. Decision 0060."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("wire", "0004_latest_sign_ons")]
    operations = [
        migrations.CreateModel(
            name="RefusalDay",
            fields=[
                (
                    "pk",
                    models.CompositePrimaryKey(
                        "day",
                        "institution_code",
                        "infno",
                        "code",
                        blank=True,
                        editable=False,
                        primary_key=True,
                        serialize=False,
                    ),
                ),
                ("day", models.DateField(verbose_name="日期")),
                ("institution_code", models.CharField(blank=True, max_length=12, verbose_name="机构编号")),
                ("infno", models.CharField(blank=True, max_length=8, verbose_name="交易编号")),
                ("code", models.CharField(max_length=8, verbose_name="错误码")),
                ("refusals", models.BigIntegerField(verbose_name="拒绝报文数")),
            ],
            options={
                "constraints": [
                    models.CheckConstraint(condition=models.Q(("refusals__gt", 0)), name="wire_refusals_counted")
                ],
            },
        ),
        migrations.CreateModel(
            name="Refusal",
            fields=[
                (
                    "reply_no",
                    models.CharField(max_length=30, primary_key=True, serialize=False, verbose_name="接收方报文ID"),
                ),
                ("received_at", models.DateTimeField(verbose_name="接收时间")),
                ("institution_code", models.CharField(blank=True, max_length=12, verbose_name="机构编号")),
                ("infno", models.CharField(blank=True, max_length=8, verbose_name="交易编号")),
                ("msgid", models.CharField(blank=True, max_length=40, verbose_name="发送方报文ID")),
                ("operator_no", models.CharField(blank=True, max_length=30, verbose_name="经办人")),
                ("code", models.CharField(max_length=8, verbose_name="错误码")),
                ("reason", models.CharField(max_length=300, verbose_name="原因")),
            ],
            options={
                "indexes": [models.Index(fields=["-received_at", "-reply_no"], name="refusal_latest")],
            },
        ),
    ]
