"""The documents of settlement and residence of persons from Hong Kong, Macao, Taiwan and abroad."""

import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("enrolment", "0009_people_on_lists"),
    ]

    operations = [
        migrations.CreateModel(
            name="ResidenceDocument",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                (
                    "kind",
                    models.CharField(
                        choices=[
                            ("settlement", "定居证明"),
                            ("taiwan_settlement", "台湾居民定居证"),
                            ("residence_permit", "居留证件"),
                            ("permanent_residence", "永久居留证件"),
                        ],
                        max_length=20,
                        verbose_name="证件种类",
                    ),
                ),
                ("number", models.CharField(max_length=50, verbose_name="证件号码")),
                ("valid_until", models.DateField(null=True, verbose_name="有效期止")),
                ("recorded_at", models.DateTimeField(verbose_name="登记时间")),
                ("replaced_at", models.DateTimeField(null=True, verbose_name="更换时间")),
                (
                    "person",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="residence_documents",
                        to="enrolment.person",
                    ),
                ),
            ],
            options={
                "indexes": [
                    models.Index(fields=["person"], name="residence_document_person"),
                    models.Index(
                        condition=models.Q(("replaced_at", None), ("valid_until__isnull", False)),
                        fields=["valid_until", "id"],
                        name="residence_document_ends",
                    ),
                ],
                "constraints": [
                    models.UniqueConstraint(
                        condition=models.Q(("replaced_at", None)),
                        fields=("person",),
                        name="residence_document_one_in_use",
                    )
                ],
            },
        ),
    ]
