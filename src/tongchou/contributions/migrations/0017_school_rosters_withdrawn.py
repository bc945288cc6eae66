from django.db import migrations, models

from tongchou.platform import tables


class Migration(migrations.Migration):
    dependencies = [
        ("contributions", "0016_suspended_not_visited"),
        ("enrolment", "0015_active_between"),
        ("platform", "0003_issued_papers"),
    ]

    operations = [
        migrations.RemoveConstraint(
            model_name="schoolline",
            name="school_line_paid_whole",
        ),
        tables.Together(
            [
                migrations.AddField(
                    model_name="schoolpayment",
                    name="withdrawn_at",
                    field=models.DateTimeField(null=True, verbose_name="撤销时间"),
                ),
                migrations.AddField(
                    model_name="schoolpayment",
                    name="withdrawn_by",
                    field=models.CharField(blank=True, max_length=30, verbose_name="撤销人"),
                ),
                migrations.AddField(
                    model_name="schoolpayment",
                    name="withdrawn_reason",
                    field=models.CharField(blank=True, max_length=200, verbose_name="撤销原因"),
                ),
            ]
        ),
        migrations.AlterField(
            model_name="schoolline",
            name="state",
            field=models.CharField(
                choices=[
                    ("unmatched", "未对应"),
                    ("returned", "已退回学校"),
                    ("listed", "待入账"),
                    ("left_out", "未到款"),
                    ("paid", "已入账"),
                    ("withdrawn", "已撤销"),
                ],
                max_length=10,
                verbose_name="状态",
            ),
        ),
        migrations.AlterField(
            model_name="schoolpayment",
            name="state",
            field=models.CharField(
                choices=[("open", "核对中"), ("booked", "已入账"), ("part", "部分入账"), ("withdrawn", "已撤销")],
                default="open",
                max_length=10,
                verbose_name="状态",
            ),
        ),
        tables.Together(
            [
                migrations.AddConstraint(
                    model_name="schoolline",
                    constraint=models.CheckConstraint(
                        condition=models.Q(
                            models.Q(
                                ("contribution", None), ("person", None), ("state__in", ("unmatched", "returned"))
                            ),
                            models.Q(
                                ("contribution", None), ("person__isnull", False), ("state__in", ("listed", "left_out"))
                            ),
                            models.Q(("contribution__isnull", False), ("person__isnull", False), ("state", "paid")),
                            models.Q(("contribution", None), ("state", "withdrawn")),
                            _connector="OR",
                        ),
                        name="school_line_paid_whole",
                    ),
                ),
                migrations.AddConstraint(
                    model_name="schoolpayment",
                    constraint=models.CheckConstraint(
                        condition=models.Q(
                            models.Q(
                                ("state", "withdrawn"),
                                ("withdrawn_at__isnull", False),
                                models.Q(("withdrawn_by", ""), _negated=True),
                                models.Q(("withdrawn_reason", ""), _negated=True),
                            ),
                            models.Q(
                                models.Q(("state", "withdrawn"), _negated=True),
                                ("withdrawn_at", None),
                                ("withdrawn_by", ""),
                                ("withdrawn_reason", ""),
                            ),
                            _connector="OR",
                        ),
                        name="school_payment_withdrawn_whole",
                    ),
                ),
            ]
        ),
    ]
