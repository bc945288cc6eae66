"""The files that came in are the exchange's: their tables went there."""

from django.db import migrations


class Migration(migrations.Migration):
    dependencies = [("enrolment", "0007_names_not_merged_away"), ("exchange", "0001_initial")]

    operations = [
        migrations.SeparateDatabaseAndState(
            state_operations=[
                migrations.DeleteModel(name="ImportProblem"),
                migrations.DeleteModel(name="ImportChunk"),
                migrations.DeleteModel(name="ImportFile"),
            ]
        )
    ]
