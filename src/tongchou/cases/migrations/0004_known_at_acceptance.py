"""What was registered when a case was accepted, for prints made after its effect (受理时登记内容; ORG-21)."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("cases", "0003_step_limits")]

    operations = [
        migrations.AddField(
            model_name="case",
            name="known",
            field=models.JSONField(default=dict, verbose_name="受理时登记内容"),
        ),
    ]
