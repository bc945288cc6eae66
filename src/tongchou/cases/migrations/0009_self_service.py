"""Applications by self-service: no clerk took them, the channel says so."""

import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("cases", "0008_service_grants"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.AddField(
            model_name="case",
            name="channel",
            field=models.CharField(
                choices=[("counter", "窗口"), ("web", "网上")],
                db_default="counter",
                default="counter",
                max_length=10,
                verbose_name="申请渠道",
            ),
        ),
        migrations.AlterField(
            model_name="case",
            name="accepted_by",
            field=models.ForeignKey(
                null=True, on_delete=django.db.models.deletion.PROTECT, related_name="+", to=settings.AUTH_USER_MODEL
            ),
        ),
        migrations.AlterField(
            model_name="receipt",
            name="received_by",
            field=models.ForeignKey(
                null=True, on_delete=django.db.models.deletion.PROTECT, related_name="+", to=settings.AUTH_USER_MODEL
            ),
        ),
        migrations.AddConstraint(
            model_name="case",
            constraint=models.UniqueConstraint(
                condition=models.Q(("accepted_by", None)),
                fields=("request_id",),
                name="case_asked_once_by_self_service",
            ),
        ),
        migrations.AddConstraint(
            model_name="case",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("accepted_by__isnull", False), ("channel", "counter")),
                    models.Q(models.Q(("channel", "counter"), _negated=True), ("accepted_by", None)),
                    _connector="OR",
                ),
                name="case_of_the_counter_has_a_clerk",
            ),
        ),
    ]
