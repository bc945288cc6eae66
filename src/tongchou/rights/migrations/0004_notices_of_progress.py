"""Applicants are told how their cases go (办理进度; RIG-08, RIG-10)."""

import django.contrib.postgres.fields
from django.db import migrations, models

KINDS = [
    ("decision", "办理结果"),
    ("payment", "缴费与支付"),
    ("expiry", "到期提醒"),
    ("unpaid", "未缴费提醒"),
    ("collection", "扣款通知"),
    ("progress", "办理进度"),
]


class Migration(migrations.Migration):
    dependencies = [("rights", "0003_bulk_notices")]

    operations = [
        migrations.AlterField(
            model_name="noticesetting",
            name="by_sms",
            field=django.contrib.postgres.fields.ArrayField(
                base_field=models.CharField(choices=KINDS, max_length=10),
                default=list,
                size=None,
                verbose_name="短信通知",
            ),
        ),
        migrations.AlterField(
            model_name="personnotice",
            name="kind",
            field=models.CharField(choices=KINDS, max_length=10, verbose_name="种类"),
        ),
    ]
