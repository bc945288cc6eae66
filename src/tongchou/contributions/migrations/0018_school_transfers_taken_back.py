from django.db import migrations, models

from tongchou.platform import tables


class Migration(migrations.Migration):
    dependencies = [
        ("contributions", "0017_school_rosters_withdrawn"),
    ]

    operations = [
        migrations.RemoveConstraint(
            model_name="schooltransfer",
            name="school_transfer_booked_stays",
        ),
        tables.Together(
            [
                migrations.AddField(
                    model_name="schooltransfer",
                    name="recorded_by_person",
                    field=models.CharField(blank=True, max_length=18, verbose_name="登记人公民身份号码"),
                ),
                migrations.AddField(
                    model_name="schooltransfer",
                    name="reversal_no",
                    field=models.CharField(blank=True, max_length=30, verbose_name="冲销凭证号"),
                ),
                migrations.AddField(
                    model_name="schooltransfer",
                    name="taken_back_at",
                    field=models.DateTimeField(null=True, verbose_name="撤销时间"),
                ),
                migrations.AddField(
                    model_name="schooltransfer",
                    name="taken_back_by",
                    field=models.CharField(blank=True, max_length=30, verbose_name="撤销人"),
                ),
                migrations.AlterField(
                    model_name="schooltransfer",
                    name="withdrawn_reason",
                    field=models.CharField(blank=True, max_length=200, verbose_name="更正、撤销原因"),
                ),
                migrations.AddConstraint(
                    model_name="schooltransfer",
                    constraint=models.CheckConstraint(
                        condition=models.Q(
                            ("withdrawn_reason", ""),
                            ("batch", None),
                            models.Q(("reversal_no", ""), _negated=True),
                            _connector="OR",
                        ),
                        name="school_transfer_booked_stays",
                    ),
                ),
                migrations.AddConstraint(
                    model_name="schooltransfer",
                    constraint=models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("reversal_no", ""), ("taken_back_at", None), ("taken_back_by", "")),
                            models.Q(
                                ("taken_back_at__isnull", False),
                                models.Q(("taken_back_by", ""), _negated=True),
                                models.Q(("withdrawn_reason", ""), _negated=True),
                            ),
                            _connector="OR",
                        ),
                        name="school_transfer_taken_back_whole",
                    ),
                ),
                migrations.AddConstraint(
                    model_name="schooltransfer",
                    constraint=models.CheckConstraint(
                        condition=models.Q(("reversal_no", ""), ("batch__isnull", False), _connector="OR"),
                        name="school_transfer_reversed_booking",
                    ),
                ),
            ]
        ),
    ]
