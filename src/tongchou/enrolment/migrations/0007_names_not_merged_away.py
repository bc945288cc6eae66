"""Searches by name and initials pass over persons merged into another: the indexes hold only the others."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("enrolment", "0006_views_for_payments")]

    operations = [
        migrations.RemoveIndex(model_name="person", name="person_name"),
        migrations.RemoveIndex(model_name="person", name="person_initials"),
        migrations.AddIndex(
            model_name="person",
            index=models.Index(
                condition=models.Q(merged_into=None),
                fields=["name", "id"],
                include=("unit_code", "pooling_area"),
                name="person_name",
            ),
        ),
        migrations.AddIndex(
            model_name="person",
            index=models.Index(
                condition=models.Q(merged_into=None),
                fields=["name_initials", "id"],
                include=("unit_code", "pooling_area"),
                name="person_initials",
            ),
        ),
    ]
