"""Payments that one payer made for several persons bear one number (CON-14)."""

from django.db import migrations, models

from tongchou.platform.tables import Together


class Migration(migrations.Migration):
    dependencies = [("contributions", "0009_employees_coverage"), ("enrolment", "0012_transfers_between_houses")]
    operations = [
        Together(
            [
                migrations.AddField(
                    model_name="counterpayment",
                    name="joint_no",
                    field=models.CharField(blank=True, db_default="", max_length=40, verbose_name="合并收据号"),
                ),
                migrations.AddIndex(
                    model_name="counterpayment",
                    index=models.Index(
                        condition=models.Q(("joint_no", ""), _negated=True),
                        fields=["joint_no"],
                        name="counter_payment_joint",
                    ),
                ),
            ]
        ),
    ]
