from django.db import migrations, models
from django.db.models.deletion import PROTECT

_OF_OLD = """
INSERT INTO contributions_creditshare (advice_id, result_id, amount_fen)
SELECT id, result_id, amount_fen FROM contributions_creditadvice WHERE result_id IS NOT NULL
"""


class Migration(migrations.Migration):
    dependencies = [("contributions", "0012_village_slip_once")]

    operations = [
        migrations.CreateModel(
            name="CreditShare",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("amount_fen", models.BigIntegerField(verbose_name="对应金额")),
                (
                    "advice",
                    models.ForeignKey(on_delete=PROTECT, related_name="shares", to="contributions.creditadvice"),
                ),
                (
                    "result",
                    models.ForeignKey(on_delete=PROTECT, related_name="shares", to="contributions.collectionresult"),
                ),
            ],
            options={
                "constraints": [
                    models.UniqueConstraint(fields=("advice", "result"), name="credit_share_once"),
                    models.CheckConstraint(condition=models.Q(("amount_fen__gt", 0)), name="credit_share_of_something"),
                ],
            },
        ),
        migrations.RunSQL(_OF_OLD, migrations.RunSQL.noop),
    ]
