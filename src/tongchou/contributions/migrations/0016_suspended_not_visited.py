"""A visit may end because its person is suspended (ENR-20, ENR-32)."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("contributions", "0015_aid_arrivals_withdrawn"),
    ]

    operations = [
        migrations.AlterField(
            model_name="campaigntask",
            name="outcome",
            field=models.CharField(
                blank=True,
                choices=[
                    ("joined", "已动员参保"),
                    ("elsewhere", "外地参保"),
                    ("refused", "拒绝"),
                    ("died", "死亡"),
                    ("lost", "失联"),
                    ("unvisited", "未走访到"),
                    ("suspended", "已停保"),
                ],
                max_length=10,
                verbose_name="结果",
            ),
        ),
    ]
