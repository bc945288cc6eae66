"""The tables of the simulator."""

from django.db import migrations, models


class Migration(migrations.Migration):
    initial = True

    dependencies = []

    operations = [
        migrations.CreateModel(
            name="City",
            fields=[
                (
                    "pooling_area",
                    models.CharField(max_length=6, primary_key=True, serialize=False, verbose_name="统筹地区"),
                ),
                ("seed", models.BigIntegerField(verbose_name="随机种子")),
                ("persons", models.IntegerField(verbose_name="人数")),
                ("made_for", models.DateField(verbose_name="建城日期")),
                ("founded_at", models.DateTimeField(verbose_name="建立时间")),
                ("history_from", models.DateField(null=True, verbose_name="业务历史起")),
                ("history_until", models.DateField(null=True, verbose_name="业务历史止(不含)")),
            ],
            options={
                "constraints": [
                    models.CheckConstraint(condition=models.Q(("persons__gt", 0)), name="city_has_people"),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("history_from", None), ("history_until", None)),
                            models.Q(
                                ("history_from__isnull", False),
                                ("history_until__gte", models.F("history_from")),
                            ),
                            _connector="OR",
                        ),
                        name="city_history_in_order",
                    ),
                ],
            },
        ),
    ]
