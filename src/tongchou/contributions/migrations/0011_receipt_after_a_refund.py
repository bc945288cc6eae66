"""A village's receipt whose money was given back lets the year be paid again (CON-10, CON-22; GX2017 §28)."""

from django.db import migrations, models
from django.db.models import Q

from tongchou.platform.tables import Together


class Migration(migrations.Migration):
    dependencies = [("contributions", "0010_joint_receipts")]
    operations = [
        migrations.AddField(
            model_name="villagereceipt",
            name="given_back_at",
            field=models.DateTimeField(null=True, verbose_name="退费或调整时间"),
        ),
        migrations.RemoveConstraint(model_name="villagereceipt", name="village_receipt_once"),
        Together(
            [
                migrations.AddConstraint(
                    model_name="villagereceipt",
                    constraint=models.UniqueConstraint(
                        fields=["person", "benefit_year"],
                        name="village_receipt_once",
                        condition=Q(voided_at=None, given_back_at=None),
                    ),
                ),
                migrations.AddConstraint(
                    model_name="villagereceipt",
                    constraint=models.CheckConstraint(
                        condition=Q(given_back_at=None) | Q(voided_at=None, contribution__isnull=False),
                        name="village_receipt_given_back_once_booked",
                    ),
                ),
            ]
        ),
    ]
