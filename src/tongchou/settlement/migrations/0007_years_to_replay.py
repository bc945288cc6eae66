"""Person-years to be looked at (BEN-42)."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("settlement", "0006_service_grants"),
    ]

    operations = [
        migrations.CreateModel(
            name="YearToReplay",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("pooling_area", models.CharField(max_length=6, verbose_name="参保地")),
                ("person_id", models.BigIntegerField(verbose_name="参保人")),
                ("scheme", models.CharField(max_length=10, verbose_name="险种")),
                ("benefit_year", models.PositiveSmallIntegerField(verbose_name="结算年度")),
                (
                    "cause",
                    models.CharField(
                        choices=[
                            ("reversal", "较早的结算被冲销"),
                            ("enrolment", "参保关系变动"),
                            ("category", "人员类别变动"),
                            ("group", "特殊人员标识变动"),
                            ("coverage", "缴费或待遇期变动"),
                            ("filing", "备案变动"),
                        ],
                        max_length=12,
                        verbose_name="起因",
                    ),
                ),
                ("marked_at", models.DateTimeField(verbose_name="标记时间")),
                (
                    "state",
                    models.CharField(
                        choices=[
                            ("open", "待核对"),
                            ("recomputed", "已重算"),
                            ("unchanged", "核对无变动"),
                            ("left", "不予重算"),
                        ],
                        default="open",
                        max_length=10,
                        verbose_name="状态",
                    ),
                ),
                ("looked_at", models.DateTimeField(null=True, verbose_name="核对时间")),
                ("differing", models.PositiveIntegerField(null=True, verbose_name="应变动笔数")),
                ("difference_fen", models.BigIntegerField(null=True, verbose_name="基金支付相差")),
                ("closed_at", models.DateTimeField(null=True, verbose_name="办结时间")),
                ("closed_by", models.CharField(blank=True, max_length=50, verbose_name="办结人")),
                ("closing_reason", models.CharField(blank=True, max_length=200, verbose_name="办结说明")),
            ],
            options={
                "indexes": [models.Index(fields=["state", "-id"], name="year_to_replay_state")],
                "constraints": [
                    models.UniqueConstraint(
                        condition=models.Q(("state", "open")),
                        fields=("pooling_area", "person_id", "scheme", "benefit_year"),
                        name="year_to_replay_open_once",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("closed_at", None), ("state", "open")),
                            models.Q(models.Q(("state", "open"), _negated=True), ("closed_at__isnull", False)),
                            _connector="OR",
                        ),
                        name="year_to_replay_closed_when",
                    ),
                ],
            },
        ),
    ]
