"""A transfer out ends what was filed, and gives it back when it is undone (ENR-23, ENR-28)."""

from django.db import migrations, models

from tongchou.platform.tables import Together


class Migration(migrations.Migration):
    dependencies = [
        ("encounters", "0006_marks_and_circumstances"),
    ]

    operations = [
        Together(
            [
                migrations.AddField(
                    model_name="filing",
                    name="left_by",
                    field=models.BigIntegerField(null=True, verbose_name="转移接续"),
                ),
                migrations.AddConstraint(
                    model_name="filing",
                    constraint=models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("ended_by", None), ("left_by", None), ("was_until", None)),
                            models.Q(("ended_by", None), ("left_by__isnull", False), ("was_until__isnull", False)),
                            models.Q(("ended_by__isnull", False), ("left_by", None), ("was_until__isnull", False)),
                            _connector="OR",
                        ),
                        name="filing_closed_by_one_thing",
                    ),
                ),
            ]
        ),
    ]
