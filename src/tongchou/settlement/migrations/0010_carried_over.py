"""What a person used of the year elsewhere, carried over by a transfer."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("settlement", "0009_settled_after_ending"),
    ]

    operations = [
        migrations.CreateModel(
            name="CarriedOver",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("pooling_area", models.CharField(max_length=6)),
                ("person_id", models.BigIntegerField()),
                ("scheme", models.CharField(max_length=10)),
                ("benefit_year", models.PositiveSmallIntegerField()),
                ("from_area", models.CharField(max_length=6, verbose_name="转出地")),
                ("transfer_id", models.BigIntegerField(verbose_name="转移接续")),
                ("amounts", models.JSONField(default=dict)),
                ("carried_at", models.DateTimeField(verbose_name="转入时间")),
            ],
            options={
                "indexes": [models.Index(fields=["person_id", "pooling_area"], name="carried_over_of_person")],
                "constraints": [models.UniqueConstraint(fields=("transfer_id",), name="carried_over_once")],
            },
        ),
    ]
