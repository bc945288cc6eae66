"""Forms left unfinished at the counter (草稿; ORG-16)."""

import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("cases", "0005_rows_and_evidence"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name="Draft",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("kind", models.CharField(max_length=40, verbose_name="事项")),
                ("subject_key", models.CharField(max_length=40, verbose_name="办理对象编号")),
                ("subject_name", models.CharField(max_length=100, verbose_name="办理对象")),
                ("unit_code", models.CharField(max_length=12, verbose_name="所属机构")),
                ("fields", models.JSONField(verbose_name="表单原样")),
                ("saved_at", models.DateTimeField(verbose_name="保存时间")),
                ("expires_on", models.DateField(verbose_name="保留至")),
                ("version", models.PositiveIntegerField(default=1, verbose_name="版本")),
                (
                    "operator",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="+", to=settings.AUTH_USER_MODEL
                    ),
                ),
            ],
            options={
                "indexes": [models.Index(fields=["expires_on"], name="draft_expiry")],
                "constraints": [
                    models.UniqueConstraint(fields=("operator", "kind", "subject_key"), name="draft_one_per_form")
                ],
            },
        ),
    ]
