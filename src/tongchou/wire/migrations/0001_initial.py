"""The tables of the wire."""

import django.contrib.postgres.indexes
from django.db import migrations, models

from tongchou.platform.tables import Together


class Migration(migrations.Migration):
    initial = True

    dependencies = []

    operations = [
        Together(
            [
                migrations.CreateModel(
                    name="Booking",
                    fields=[
                        (
                            "pk",
                            models.CompositePrimaryKey(
                                "institution_code",
                                "infno",
                                "msgid",
                                "digest",
                                blank=True,
                                editable=False,
                                primary_key=True,
                                serialize=False,
                            ),
                        ),
                        ("institution_code", models.CharField(max_length=12, verbose_name="机构编号")),
                        ("infno", models.CharField(max_length=8, verbose_name="交易编号")),
                        ("msgid", models.CharField(max_length=40, verbose_name="发送方报文ID")),
                        ("digest", models.BinaryField(max_length=32, verbose_name="报文摘要")),
                        ("reply_no", models.CharField(max_length=30, verbose_name="接收方报文ID")),
                        ("person_no", models.CharField(blank=True, max_length=30, verbose_name="人员编号")),
                        ("encounter_id", models.BigIntegerField(null=True, verbose_name="就诊")),
                        ("settlement_id", models.BigIntegerField(null=True, verbose_name="结算")),
                        ("operator_no", models.CharField(blank=True, max_length=30, verbose_name="经办人")),
                        ("answer", models.BinaryField(verbose_name="应答")),
                        ("received_at", models.DateTimeField(verbose_name="接收时间")),
                        ("reversed_at", models.DateTimeField(null=True, verbose_name="冲正时间")),
                    ],
                    options={
                        "indexes": [
                            django.contrib.postgres.indexes.BrinIndex(
                                autosummarize=True, fields=["received_at"], name="booking_received"
                            ),
                            models.Index(
                                condition=models.Q(("encounter_id__isnull", False)),
                                fields=["encounter_id"],
                                name="booking_encounter",
                            ),
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="Refusal",
                    fields=[
                        (
                            "reply_no",
                            models.CharField(
                                max_length=30, primary_key=True, serialize=False, verbose_name="接收方报文ID"
                            ),
                        ),
                        ("received_at", models.DateTimeField(verbose_name="接收时间")),
                        ("institution_code", models.CharField(blank=True, max_length=12, verbose_name="机构编号")),
                        ("infno", models.CharField(blank=True, max_length=8, verbose_name="交易编号")),
                        ("msgid", models.CharField(blank=True, max_length=40, verbose_name="发送方报文ID")),
                        ("operator_no", models.CharField(blank=True, max_length=30, verbose_name="经办人")),
                        ("code", models.CharField(max_length=8, verbose_name="错误码")),
                        ("reason", models.CharField(max_length=300, verbose_name="原因")),
                        ("person_no", models.CharField(blank=True, max_length=30, verbose_name="人员编号")),
                    ],
                    options={
                        "indexes": [
                            models.Index(fields=["-received_at", "-reply_no"], name="refusal_latest"),
                            models.Index(
                                condition=models.Q(("person_no", ""), _negated=True),
                                fields=["person_no", "received_at"],
                                name="refusal_person",
                            ),
                        ],
                    },
                ),
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
                            models.CheckConstraint(
                                condition=models.Q(("refusals__gt", 0)), name="wire_refusals_counted"
                            )
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="SignOn",
                    fields=[
                        (
                            "sign_no",
                            models.CharField(max_length=30, primary_key=True, serialize=False, verbose_name="签到编号"),
                        ),
                        ("institution_code", models.CharField(max_length=12, verbose_name="机构编号")),
                        ("operator_no", models.CharField(max_length=30, verbose_name="操作员编号")),
                        ("mac", models.CharField(blank=True, max_length=20, verbose_name="MAC")),
                        ("ip", models.CharField(blank=True, max_length=20, verbose_name="IP")),
                        ("signed_on_at", models.DateTimeField(verbose_name="签到时间")),
                        ("signed_off_at", models.DateTimeField(null=True, verbose_name="签退时间")),
                    ],
                    options={
                        "indexes": [
                            models.Index(
                                fields=["institution_code", "-signed_on_at", "-sign_no"], name="sign_on_latest"
                            ),
                            models.Index(
                                fields=["institution_code", "operator_no", "-signed_on_at", "-sign_no"],
                                name="sign_on_operator",
                            ),
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="WireAccess",
                    fields=[
                        (
                            "institution_code",
                            models.CharField(max_length=12, primary_key=True, serialize=False, verbose_name="机构编号"),
                        ),
                        (
                            "gateway",
                            models.CharField(
                                choices=[
                                    ("none", "专线直连，不验签"),
                                    ("csb", "CSB网关(HMAC-SHA1)"),
                                    ("tif", "x-tif网关(SHA-256)"),
                                    ("ca", "x-ca网关(HMAC-SM3)"),
                                    ("apikey", "apikey"),
                                ],
                                default="none",
                                max_length=12,
                                verbose_name="网关校验方式",
                            ),
                        ),
                        ("access_key", models.CharField(blank=True, max_length=64, verbose_name="访问标识")),
                        ("secret", models.CharField(blank=True, max_length=128, verbose_name="密钥")),
                        ("enabled", models.BooleanField(default=True, verbose_name="启用")),
                        ("sign_on_required", models.BooleanField(default=False, verbose_name="交易须签到")),
                    ],
                    options={
                        "constraints": [
                            models.CheckConstraint(
                                condition=models.Q(
                                    ("gateway", "none"), models.Q(("secret", ""), _negated=True), _connector="OR"
                                ),
                                name="wire_access_has_secret",
                            )
                        ],
                    },
                ),
            ]
        ),
    ]
