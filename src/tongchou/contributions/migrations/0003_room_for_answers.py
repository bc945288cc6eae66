"""Room on the pages of a batch's lines: the answer is written beside the line, and no index is touched."""

from django.db import migrations


class Migration(migrations.Migration):
    dependencies = [("contributions", "0002_coverage")]
    operations = [
        migrations.RunSQL(
            "ALTER TABLE contributions_collectionitem SET (fillfactor = 60)",
            "ALTER TABLE contributions_collectionitem RESET (fillfactor)",
        )
    ]
