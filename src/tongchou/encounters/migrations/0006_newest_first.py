"""The list of visits, the newest first, read down an index whatever the operator's scope."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("encounters", "0005_reads")]

    operations = [
        migrations.AddIndex(
            model_name="encounter",
            index=models.Index(fields=["-id"], name="encounter_newest"),
        ),
    ]
