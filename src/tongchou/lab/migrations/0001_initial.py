"""The tables of the policy laboratory (政策测算)."""

import django.contrib.postgres.fields
import django.db.models.deletion
import django.db.models.expressions
from django.db import migrations, models

from tongchou.platform.tables import Together


class Migration(migrations.Migration):
    initial = True

    dependencies = []

    operations = [
        Together(
            [
                migrations.CreateModel(
                    name="Replay",
                    fields=[
                        (
                            "id",
                            models.BigAutoField(
                                auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                            ),
                        ),
                        ("pooling_area", models.CharField(max_length=6, verbose_name="统筹地区")),
                        ("unit_code", models.CharField(blank=True, max_length=12, verbose_name="经办机构")),
                        ("scheme", models.CharField(max_length=10, verbose_name="险种")),
                        ("since", models.DateField(verbose_name="结算日期从")),
                        ("until", models.DateField(verbose_name="结算日期至(不含)")),
                        ("permille", models.PositiveSmallIntegerField(default=1000, verbose_name="抽取人员(千分比)")),
                        ("title", models.CharField(max_length=80, verbose_name="名称")),
                        (
                            "origin",
                            models.CharField(
                                choices=[
                                    ("values", "改动数值"),
                                    ("sweep", "阶梯试算"),
                                    ("draft", "参数草稿"),
                                    ("package", "已有政策包"),
                                    ("file", "上传文件"),
                                ],
                                max_length=10,
                                verbose_name="方案来源",
                            ),
                        ),
                        ("draft_id", models.BigIntegerField(null=True, verbose_name="参数草稿")),
                        ("candidate", models.CharField(max_length=100, verbose_name="方案")),
                        ("candidate_hash", models.CharField(max_length=64, verbose_name="方案摘要")),
                        ("candidate_text", models.TextField(verbose_name="方案全文")),
                        ("changes", models.JSONField(default=list, verbose_name="改动")),
                        ("sweep", models.JSONField(default=dict, verbose_name="试算取值")),
                        (
                            "state",
                            models.CharField(
                                choices=[
                                    ("queued", "排队"),
                                    ("running", "进行中"),
                                    ("done", "已完成"),
                                    ("cancelled", "已取消"),
                                    ("failed", "未完成"),
                                ],
                                default="queued",
                                max_length=10,
                                verbose_name="状态",
                            ),
                        ),
                        ("asked_at", models.DateTimeField(verbose_name="提交时间")),
                        ("operator_id", models.BigIntegerField(verbose_name="经办人员")),
                        ("operator", models.CharField(max_length=50, verbose_name="经办人")),
                        ("started_at", models.DateTimeField(null=True, verbose_name="开始时间")),
                        ("finished_at", models.DateTimeField(null=True, verbose_name="结束时间")),
                        ("worker", models.CharField(blank=True, max_length=60, verbose_name="执行进程")),
                        ("beat_at", models.DateTimeField(null=True, verbose_name="最近进展")),
                        ("rows", models.IntegerField(null=True, verbose_name="待读笔数")),
                        ("rows_read", models.IntegerField(default=0, verbose_name="已读笔数")),
                        ("after_person", models.BigIntegerField(default=0, verbose_name="已算至参保人")),
                        ("cpu_us", models.BigIntegerField(default=0, verbose_name="处理器时间(微秒)")),
                        ("left_out", models.JSONField(default=list, verbose_name="不能测算")),
                        ("problem", models.CharField(blank=True, max_length=300, verbose_name="未完成的原因")),
                    ],
                    options={
                        "indexes": [
                            models.Index(
                                condition=models.Q(("state__in", ["queued", "running"])),
                                fields=["asked_at"],
                                name="replay_unfinished",
                            ),
                            models.Index(fields=["pooling_area", "asked_at", "id"], name="replay_when"),
                        ],
                        "constraints": [
                            models.CheckConstraint(
                                condition=models.Q(("until__gt", models.F("since"))), name="replay_period_not_empty"
                            ),
                            models.CheckConstraint(
                                condition=models.Q(("permille__gte", 1), ("permille__lte", 1000)),
                                name="replay_sample_is_a_share",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(
                                    models.Q(("finished_at__isnull", True), ("state__in", ["queued", "running"])),
                                    models.Q(
                                        ("finished_at__isnull", False), ("state__in", ["done", "cancelled", "failed"])
                                    ),
                                    _connector="OR",
                                ),
                                name="replay_ends_when_finished",
                            ),
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="ReplayCell",
                    fields=[
                        (
                            "id",
                            models.BigAutoField(
                                auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                            ),
                        ),
                        (
                            "replay",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.CASCADE, related_name="cells", to="lab.replay"
                            ),
                        ),
                        (
                            "dimension",
                            models.CharField(
                                choices=[
                                    ("all", "全部"),
                                    ("level", "机构等级"),
                                    ("group", "人群"),
                                    ("age", "年龄段"),
                                    ("area", "参保地"),
                                    ("kind", "医疗类别"),
                                    ("month", "月份"),
                                    ("size", "每人变化幅度"),
                                    ("step", "试算取值"),
                                ],
                                max_length=8,
                                verbose_name="分组",
                            ),
                        ),
                        ("value", models.CharField(blank=True, max_length=60, verbose_name="取值")),
                        ("settlements", models.IntegerField(default=0, verbose_name="笔数")),
                        ("changed", models.IntegerField(default=0, verbose_name="有变化")),
                        ("gained", models.IntegerField(default=0, verbose_name="个人少付")),
                        ("lost", models.IntegerField(default=0, verbose_name="个人多付")),
                        ("gained_fen", models.BigIntegerField(default=0, verbose_name="少付金额")),
                        ("lost_fen", models.BigIntegerField(default=0, verbose_name="多付金额")),
                        ("persons", models.IntegerField(default=0, verbose_name="人数")),
                        ("persons_gained", models.IntegerField(default=0, verbose_name="少付人数")),
                        ("persons_lost", models.IntegerField(default=0, verbose_name="多付人数")),
                        (
                            "old_fen",
                            django.contrib.postgres.fields.ArrayField(
                                base_field=models.BigIntegerField(), size=8, verbose_name="原支付"
                            ),
                        ),
                        (
                            "new_fen",
                            django.contrib.postgres.fields.ArrayField(
                                base_field=models.BigIntegerField(), size=8, verbose_name="新支付"
                            ),
                        ),
                    ],
                    options={
                        "constraints": [
                            models.UniqueConstraint(fields=("replay", "dimension", "value"), name="replay_cell_once"),
                            models.CheckConstraint(
                                condition=models.Q(
                                    (
                                        "changed__gte",
                                        django.db.models.expressions.CombinedExpression(
                                            models.F("gained"), "+", models.F("lost")
                                        ),
                                    ),
                                    ("gained__gte", 0),
                                    ("lost__gte", 0),
                                ),
                                name="replay_cell_gains_and_losses_are_changes",
                            ),
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="ReplayChange",
                    fields=[
                        (
                            "id",
                            models.BigAutoField(
                                auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                            ),
                        ),
                        (
                            "replay",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.CASCADE, related_name="largest", to="lab.replay"
                            ),
                        ),
                        ("settlement_id", models.BigIntegerField(verbose_name="结算ID")),
                        ("person_id", models.BigIntegerField(verbose_name="参保人")),
                        ("institution_code", models.CharField(max_length=12, verbose_name="机构编号")),
                        ("kind", models.CharField(max_length=12, verbose_name="医疗类别")),
                        ("settled_on", models.DateField(verbose_name="结算日期")),
                        ("gain_fen", models.BigIntegerField(verbose_name="个人少付")),
                        (
                            "old_fen",
                            django.contrib.postgres.fields.ArrayField(base_field=models.BigIntegerField(), size=8),
                        ),
                        (
                            "new_fen",
                            django.contrib.postgres.fields.ArrayField(base_field=models.BigIntegerField(), size=8),
                        ),
                    ],
                    options={
                        "constraints": [
                            models.UniqueConstraint(fields=("replay", "settlement_id"), name="replay_change_once")
                        ],
                    },
                ),
            ]
        ),
    ]
