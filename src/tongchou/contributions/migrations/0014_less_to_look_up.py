"""What a million payments need not have looked up for each of them: their one batch, and that most correct nothing.

A batch can no longer be deleted instead (decision 0350). The lines of a bank's file get room for their answers, which are
longer than they were: before, four of ten had to move to another page and every index with them.
"""

import django.db.models.deletion
from django.db import migrations, models

BATCHES_STAY = """
CREATE TRIGGER stays BEFORE DELETE OR TRUNCATE ON contributions_importbatch
    FOR EACH STATEMENT EXECUTE FUNCTION platform_refuse_change();
"""
BATCHES_GO = "DROP TRIGGER stays ON contributions_importbatch;"


class Migration(migrations.Migration):
    dependencies = [
        ("contributions", "0013_credit_shares"),
        ("enrolment", "0015_active_between"),
        ("platform", "0002_append_only"),
    ]
    operations = [
        migrations.AlterField(
            model_name="contribution",
            name="batch",
            field=models.ForeignKey(
                db_constraint=False,
                db_index=False,
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="contributions",
                to="contributions.importbatch",
            ),
        ),
        migrations.AlterField(
            model_name="contribution",
            name="corrects",
            field=models.ForeignKey(
                db_index=False,
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to="contributions.contribution",
            ),
        ),
        migrations.AddConstraint(
            model_name="contribution",
            constraint=models.UniqueConstraint(
                condition=models.Q(("corrects__isnull", False)),
                fields=("corrects",),
                name="contribution_corrected_once",
            ),
        ),
        migrations.RunSQL(BATCHES_STAY, BATCHES_GO),
        migrations.RunSQL(
            "ALTER TABLE contributions_collectionitem SET (fillfactor = 42)",
            "ALTER TABLE contributions_collectionitem SET (fillfactor = 60)",
        ),
    ]
