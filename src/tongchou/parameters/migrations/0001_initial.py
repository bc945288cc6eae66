"""The tables of parameters (参数)."""

import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models

from tongchou.platform.tables import Together


class Migration(migrations.Migration):
    initial = True

    dependencies = [
        ("platform", "__first__"),
    ]

    operations = [
        Together(
            [
                migrations.CreateModel(
                    name="PolicyDraft",
                    fields=[
                        (
                            "id",
                            models.BigAutoField(
                                auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                            ),
                        ),
                        (
                            "kind",
                            models.CharField(
                                choices=[("package", "政策包"), ("local", "地方细则")],
                                max_length=10,
                                verbose_name="种类",
                            ),
                        ),
                        ("area", models.CharField(max_length=12, verbose_name="统筹地区")),
                        ("scheme", models.CharField(max_length=20, verbose_name="险种")),
                        ("base_hash", models.CharField(max_length=64, verbose_name="依据版本")),
                        ("title", models.CharField(max_length=200, verbose_name="名称")),
                        ("valid_from", models.DateField(verbose_name="生效日期")),
                        ("text", models.TextField(verbose_name="正文")),
                        ("edition", models.PositiveIntegerField(default=1, verbose_name="修改次数")),
                        (
                            "state",
                            models.CharField(
                                choices=[
                                    ("drafting", "起草"),
                                    ("submitted", "送审"),
                                    ("approved", "核准"),
                                    ("returned", "退回"),
                                    ("withdrawn", "撤回"),
                                ],
                                default="drafting",
                                max_length=12,
                                verbose_name="状态",
                            ),
                        ),
                        ("reason", models.TextField(verbose_name="起草理由")),
                        (
                            "maker",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="+",
                                to=settings.AUTH_USER_MODEL,
                                verbose_name="起草人",
                            ),
                        ),
                        ("created_at", models.DateTimeField(verbose_name="起草时间")),
                        ("changed_at", models.DateTimeField(verbose_name="最后修改")),
                        ("findings", models.JSONField(default=list, verbose_name="校验发现")),
                        ("golden", models.JSONField(null=True, verbose_name="算例结果")),
                        (
                            "golden_digest",
                            models.CharField(blank=True, default="", max_length=64, verbose_name="算例所用正文"),
                        ),
                        (
                            "decided_by",
                            models.ForeignKey(
                                null=True,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="+",
                                to=settings.AUTH_USER_MODEL,
                                verbose_name="审核人",
                            ),
                        ),
                        ("decided_at", models.DateTimeField(null=True, verbose_name="审核时间")),
                    ],
                    options={
                        "indexes": [models.Index(fields=["state", "-changed_at"], name="policy_draft_by_state")],
                        "constraints": [
                            models.CheckConstraint(
                                condition=models.Q(
                                    models.Q(("state", "approved"), _negated=True),
                                    models.Q(("decided_at__isnull", False), ("decided_by__isnull", False)),
                                    _connector="OR",
                                ),
                                name="policy_draft_approved_by_somebody",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(
                                    models.Q(("state", "approved"), _negated=True),
                                    models.Q(("decided_by", models.F("maker")), _negated=True),
                                    _connector="OR",
                                ),
                                name="policy_draft_two_persons",
                            ),
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="LocalRule",
                    fields=[
                        (
                            "id",
                            models.BigAutoField(
                                auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                            ),
                        ),
                        ("area", models.CharField(max_length=12, verbose_name="地区")),
                        ("area_name", models.CharField(max_length=60, verbose_name="地区名称")),
                        ("scheme", models.CharField(max_length=20, verbose_name="险种")),
                        ("title", models.CharField(max_length=200, verbose_name="名称")),
                        ("valid_from", models.DateField(verbose_name="生效日期")),
                        ("known_from", models.DateField(verbose_name="公布日期")),
                        ("content_hash", models.CharField(max_length=64, verbose_name="内容摘要")),
                        ("text", models.TextField(verbose_name="正文")),
                        ("reason", models.TextField(verbose_name="理由")),
                        (
                            "draft",
                            models.OneToOneField(
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="local_rule",
                                to="parameters.policydraft",
                            ),
                        ),
                        (
                            "maker",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="+",
                                to=settings.AUTH_USER_MODEL,
                                verbose_name="起草人",
                            ),
                        ),
                        (
                            "checker",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="+",
                                to=settings.AUTH_USER_MODEL,
                                verbose_name="核准人",
                            ),
                        ),
                        ("approved_at", models.DateTimeField(verbose_name="核准时间")),
                    ],
                    options={
                        "constraints": [
                            models.UniqueConstraint(
                                fields=("area", "scheme", "valid_from", "known_from"),
                                name="local_rule_once_a_day_known",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(("maker", models.F("checker")), _negated=True),
                                name="local_rule_two_persons",
                            ),
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="DraftEvent",
                    fields=[
                        (
                            "id",
                            models.BigAutoField(
                                auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                            ),
                        ),
                        (
                            "draft",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="events",
                                to="parameters.policydraft",
                            ),
                        ),
                        (
                            "action",
                            models.CharField(
                                choices=[
                                    ("started", "起草"),
                                    ("saved", "保存"),
                                    ("golden", "运行算例"),
                                    ("submitted", "送审"),
                                    ("returned", "退回"),
                                    ("withdrawn", "撤回"),
                                    ("approved", "核准"),
                                ],
                                max_length=12,
                                verbose_name="事项",
                            ),
                        ),
                        ("at", models.DateTimeField(verbose_name="时间")),
                        (
                            "operator",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="+",
                                to=settings.AUTH_USER_MODEL,
                                verbose_name="经办人",
                            ),
                        ),
                        ("note", models.TextField(blank=True, default="", verbose_name="说明")),
                    ],
                    options={
                        "ordering": ["id"],
                    },
                ),
                migrations.CreateModel(
                    name="PolicyShelf",
                    fields=[
                        ("id", models.PositiveSmallIntegerField(default=1, primary_key=True, serialize=False)),
                        ("version", models.BigIntegerField(default=0, verbose_name="版次")),
                    ],
                    options={
                        "constraints": [
                            models.CheckConstraint(condition=models.Q(("id", 1)), name="policy_shelf_is_one")
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="PolicyVersion",
                    fields=[
                        (
                            "id",
                            models.BigAutoField(
                                auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                            ),
                        ),
                        ("area", models.CharField(max_length=12, verbose_name="统筹地区")),
                        ("scheme", models.CharField(max_length=20, verbose_name="险种")),
                        ("title", models.CharField(max_length=200, verbose_name="名称")),
                        ("valid_from", models.DateField(verbose_name="生效日期")),
                        ("valid_until", models.DateField(null=True, verbose_name="失效日期")),
                        ("known_from", models.DateField(verbose_name="公布日期")),
                        ("content_hash", models.CharField(max_length=64, unique=True, verbose_name="内容摘要")),
                        ("text", models.TextField(verbose_name="正文")),
                        ("source_documents", models.JSONField(verbose_name="依据文件")),
                        (
                            "origin",
                            models.CharField(
                                choices=[("file", "文件安装"), ("draft", "起草核准"), ("composed", "按地方细则合成")],
                                max_length=10,
                                verbose_name="来历",
                            ),
                        ),
                        (
                            "draft",
                            models.OneToOneField(
                                null=True,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="version",
                                to="parameters.policydraft",
                            ),
                        ),
                        (
                            "local_rule",
                            models.ForeignKey(
                                null=True,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="versions",
                                to="parameters.localrule",
                            ),
                        ),
                        (
                            "parent_hash",
                            models.CharField(blank=True, default="", max_length=64, verbose_name="上级版本"),
                        ),
                        ("reason", models.TextField(blank=True, default="", verbose_name="理由")),
                        (
                            "maker",
                            models.ForeignKey(
                                null=True,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="+",
                                to=settings.AUTH_USER_MODEL,
                                verbose_name="起草人",
                            ),
                        ),
                        (
                            "checker",
                            models.ForeignKey(
                                null=True,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="+",
                                to=settings.AUTH_USER_MODEL,
                                verbose_name="核准人",
                            ),
                        ),
                        ("approved_at", models.DateTimeField(null=True, verbose_name="核准时间")),
                        ("in_force_at", models.DateTimeField(verbose_name="生效时间")),
                        ("entered_at", models.DateTimeField(verbose_name="入库时间")),
                    ],
                    options={
                        "ordering": ["area", "scheme", "valid_from", "known_from"],
                        "constraints": [
                            models.UniqueConstraint(
                                fields=("area", "scheme", "valid_from", "known_from"),
                                name="policy_version_once_a_day_known",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(
                                    ("valid_until", None), ("valid_until__gt", models.F("valid_from")), _connector="OR"
                                ),
                                name="policy_version_span_not_empty",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(
                                    models.Q(
                                        ("approved_at", None),
                                        ("checker", None),
                                        ("draft", None),
                                        ("maker", None),
                                        ("origin", "file"),
                                    ),
                                    models.Q(
                                        models.Q(("origin", "file"), _negated=True),
                                        ("approved_at__isnull", False),
                                        ("checker__isnull", False),
                                        ("maker__isnull", False),
                                        models.Q(("maker", models.F("checker")), _negated=True),
                                    ),
                                    _connector="OR",
                                ),
                                name="policy_version_two_persons_or_a_file",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(
                                    models.Q(
                                        ("local_rule__isnull", False),
                                        ("origin", "composed"),
                                        models.Q(("parent_hash", ""), _negated=True),
                                    ),
                                    models.Q(
                                        models.Q(("origin", "composed"), _negated=True),
                                        ("local_rule", None),
                                        ("parent_hash", ""),
                                    ),
                                    _connector="OR",
                                ),
                                name="policy_version_composed_of_two",
                            ),
                        ],
                    },
                ),
            ]
        ),
    ]
