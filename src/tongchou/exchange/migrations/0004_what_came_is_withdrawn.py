from django.db import migrations, models

from tongchou.platform import tables


class Migration(migrations.Migration):
    dependencies = [
        ("exchange", "0003_rows_taken_through"),
        ("platform", "0003_issued_papers"),
    ]

    operations = [
        migrations.RemoveConstraint(
            model_name="importfile",
            name="import_file_once",
        ),
        migrations.RemoveConstraint(
            model_name="importfile",
            name="import_file_taken_in_when",
        ),
        migrations.AlterField(
            model_name="importfile",
            name="state",
            field=models.CharField(
                choices=[
                    ("checking", "检查中"),
                    ("checked", "待确认"),
                    ("taking_in", "入库中"),
                    ("done", "已入库"),
                    ("unreadable", "无法读取"),
                    ("cancelled", "已取消"),
                    ("withdrawn", "已撤销"),
                ],
                default="checking",
                max_length=12,
                verbose_name="状态",
            ),
        ),
        tables.Together(
            [
                migrations.AddConstraint(
                    model_name="importfile",
                    constraint=models.UniqueConstraint(
                        condition=models.Q(("state__in", ("unreadable", "cancelled", "withdrawn")), _negated=True),
                        fields=("kind", "pooling_area", "digest"),
                        name="import_file_once",
                    ),
                ),
                migrations.AddConstraint(
                    model_name="importfile",
                    constraint=models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("state__in", ("done", "withdrawn")), ("taken_in_at__isnull", False)),
                            models.Q(
                                models.Q(("state__in", ("done", "withdrawn")), _negated=True), ("taken_in_at", None)
                            ),
                            _connector="OR",
                        ),
                        name="import_file_taken_in_when",
                    ),
                ),
            ]
        ),
    ]
