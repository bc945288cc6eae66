from django.db import migrations, models

from tongchou.platform import tables


class Migration(migrations.Migration):
    dependencies = [
        ("settlement", "0010_insurer_claims"),
    ]

    operations = [
        tables.Together(
            [
                migrations.AddField(
                    model_name="settledafterending",
                    name="transfer_id",
                    field=models.BigIntegerField(null=True, verbose_name="转移接续"),
                ),
                migrations.AlterField(
                    model_name="settledafterending",
                    name="ending_id",
                    field=models.BigIntegerField(null=True, verbose_name="注销登记"),
                ),
                migrations.AddConstraint(
                    model_name="settledafterending",
                    constraint=models.UniqueConstraint(
                        fields=("pooling_area", "settlement_id", "transfer_id"), name="settled_after_transfer_once"
                    ),
                ),
                migrations.AddConstraint(
                    model_name="settledafterending",
                    constraint=models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("ending_id", None), ("transfer_id__isnull", False)),
                            models.Q(("ending_id__isnull", False), ("transfer_id", None)),
                            _connector="OR",
                        ),
                        name="settled_after_one_ending",
                    ),
                ),
            ]
        ),
    ]
