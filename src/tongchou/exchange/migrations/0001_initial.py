"""The tables of files that came in: those of enrolment under their new name, with all that is in them."""

import django.db.models.deletion
from django.db import migrations, models

TABLES = ("importfile", "importchunk", "importproblem")
RENAME = [
    (
        f"ALTER TABLE enrolment_{name} RENAME TO exchange_{name};"
        f"ALTER SEQUENCE enrolment_{name}_id_seq RENAME TO exchange_{name}_id_seq;"
    )
    for name in TABLES
]
BACK = [
    (
        f"ALTER TABLE exchange_{name} RENAME TO enrolment_{name};"
        f"ALTER SEQUENCE exchange_{name}_id_seq RENAME TO enrolment_{name}_id_seq;"
    )
    for name in TABLES
]


class Migration(migrations.Migration):
    initial = True

    dependencies = [("platform", "0001_initial"), ("enrolment", "0007_names_not_merged_away")]

    operations = [
        migrations.SeparateDatabaseAndState(
            database_operations=[migrations.RunSQL(" ".join(RENAME), " ".join(BACK))],
            state_operations=[
                migrations.CreateModel(
                    name="ImportFile",
                    fields=[
                        (
                            "id",
                            models.BigAutoField(
                                auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                            ),
                        ),
                        ("kind", models.CharField(max_length=30, verbose_name="导入类别")),
                        ("file_name", models.CharField(max_length=200, verbose_name="文件名")),
                        ("digest", models.CharField(max_length=64, verbose_name="摘要")),
                        ("size", models.BigIntegerField(verbose_name="字节数")),
                        (
                            "state",
                            models.CharField(
                                choices=[
                                    ("checking", "检查中"),
                                    ("checked", "待确认"),
                                    ("taking_in", "入库中"),
                                    ("done", "已入库"),
                                    ("unreadable", "无法读取"),
                                    ("cancelled", "已取消"),
                                ],
                                default="checking",
                                max_length=12,
                                verbose_name="状态",
                            ),
                        ),
                        ("rows_total", models.PositiveIntegerField(default=0, verbose_name="数据行数")),
                        ("rows_done", models.PositiveIntegerField(default=0, verbose_name="已处理行数")),
                        ("rows_good", models.PositiveIntegerField(default=0, verbose_name="可入库行数")),
                        ("rows_bad", models.PositiveIntegerField(default=0, verbose_name="有误行数")),
                        ("rows_taken", models.PositiveIntegerField(default=0, verbose_name="入库行数")),
                        ("preview", models.JSONField(default=dict, verbose_name="预览")),
                        ("options", models.JSONField(default=dict, verbose_name="选项")),
                        ("message", models.CharField(blank=True, max_length=400, verbose_name="说明")),
                        ("cancel_asked", models.BooleanField(default=False, verbose_name="要求取消")),
                        ("staff_code", models.CharField(max_length=30, verbose_name="经办人")),
                        ("uploaded_at", models.DateTimeField(verbose_name="上传时间")),
                        ("checked_at", models.DateTimeField(null=True, verbose_name="检查时间")),
                        ("taken_in_at", models.DateTimeField(null=True, verbose_name="入库时间")),
                        (
                            "pooling_area",
                            models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, to="platform.poolingarea"),
                        ),
                    ],
                ),
                migrations.CreateModel(
                    name="ImportChunk",
                    fields=[
                        (
                            "id",
                            models.BigAutoField(
                                auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                            ),
                        ),
                        ("number", models.PositiveIntegerField()),
                        ("content", models.BinaryField()),
                        (
                            "file",
                            models.ForeignKey(
                                db_index=False,
                                on_delete=django.db.models.deletion.CASCADE,
                                related_name="chunks",
                                to="exchange.importfile",
                            ),
                        ),
                    ],
                ),
                migrations.CreateModel(
                    name="ImportProblem",
                    fields=[
                        (
                            "id",
                            models.BigAutoField(
                                auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                            ),
                        ),
                        ("row_no", models.PositiveIntegerField(verbose_name="行号")),
                        ("cell", models.CharField(max_length=12, verbose_name="单元格")),
                        ("column", models.CharField(max_length=60, verbose_name="列名")),
                        ("value", models.CharField(max_length=100, verbose_name="内容")),
                        ("code", models.CharField(max_length=10, verbose_name="代码")),
                        ("reason", models.CharField(max_length=300, verbose_name="原因")),
                        ("in_books", models.BooleanField(default=False, verbose_name="与库内数据有关")),
                        (
                            "file",
                            models.ForeignKey(
                                db_index=False,
                                on_delete=django.db.models.deletion.CASCADE,
                                related_name="problems",
                                to="exchange.importfile",
                            ),
                        ),
                    ],
                ),
                migrations.AddIndex(
                    model_name="importfile",
                    index=models.Index(fields=["pooling_area", "-uploaded_at"], name="import_file_recent"),
                ),
                migrations.AddConstraint(
                    model_name="importfile",
                    constraint=models.UniqueConstraint(
                        condition=models.Q(("state__in", ("unreadable", "cancelled")), _negated=True),
                        fields=("kind", "pooling_area", "digest"),
                        name="import_file_once",
                    ),
                ),
                migrations.AddConstraint(
                    model_name="importfile",
                    constraint=models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("state", "done"), ("taken_in_at__isnull", False)),
                            models.Q(models.Q(("state", "done"), _negated=True), ("taken_in_at", None)),
                            _connector="OR",
                        ),
                        name="import_file_taken_in_when",
                    ),
                ),
                migrations.AddConstraint(
                    model_name="importchunk",
                    constraint=models.UniqueConstraint(fields=("file", "number"), name="import_chunk_once"),
                ),
                migrations.AddIndex(
                    model_name="importproblem",
                    index=models.Index(fields=["file", "row_no", "id"], name="import_problem_row"),
                ),
            ],
        ),
    ]
