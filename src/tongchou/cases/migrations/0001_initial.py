"""The tables of cases (业务件; ORG-11…18)."""

import django.contrib.postgres.constraints
import django.contrib.postgres.fields
import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models

import tongchou.platform.ranges
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
                    name="Content",
                    fields=[
                        (
                            "digest",
                            models.BinaryField(max_length=32, primary_key=True, serialize=False, verbose_name="摘要"),
                        ),
                        ("media_type", models.CharField(max_length=40, verbose_name="类型")),
                        ("size", models.PositiveIntegerField(verbose_name="字节数")),
                        ("data", models.BinaryField(verbose_name="内容")),
                        ("thumbnail", models.BinaryField(null=True, verbose_name="缩略图")),
                    ],
                ),
                migrations.CreateModel(
                    name="Receipt",
                    fields=[
                        (
                            "id",
                            models.BigAutoField(
                                auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                            ),
                        ),
                        ("number", models.CharField(max_length=40, unique=True, verbose_name="回执号")),
                        ("unit_code", models.CharField(max_length=12, verbose_name="收件机构")),
                        ("applicant_name", models.CharField(max_length=50, verbose_name="申请人")),
                        ("applicant_phone", models.CharField(blank=True, max_length=30, verbose_name="联系电话")),
                        ("agent_name", models.CharField(blank=True, max_length=50, verbose_name="代办人")),
                        (
                            "received_by",
                            models.ForeignKey(
                                null=True,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="+",
                                to=settings.AUTH_USER_MODEL,
                            ),
                        ),
                        ("received_at", models.DateTimeField(verbose_name="收件时间")),
                    ],
                ),
                migrations.CreateModel(
                    name="Case",
                    fields=[
                        (
                            "id",
                            models.BigAutoField(
                                auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                            ),
                        ),
                        ("number", models.CharField(max_length=40, unique=True, verbose_name="受理号")),
                        (
                            "receipt",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT, related_name="cases", to="cases.receipt"
                            ),
                        ),
                        ("kind", models.CharField(max_length=40, verbose_name="事项")),
                        ("subject_key", models.CharField(max_length=40, verbose_name="办理对象编号")),
                        ("subject_name", models.CharField(max_length=100, verbose_name="办理对象")),
                        ("unit_code", models.CharField(max_length=12, verbose_name="所属机构")),
                        ("pooling_area", models.CharField(max_length=6, verbose_name="统筹区")),
                        ("form", models.JSONField(verbose_name="表单")),
                        ("rows", models.JSONField(default=list, verbose_name="表内各行")),
                        ("known", models.JSONField(default=dict, verbose_name="受理时登记内容")),
                        ("amount_fen", models.BigIntegerField(null=True, verbose_name="金额(分)")),
                        (
                            "state",
                            models.CharField(
                                choices=[
                                    ("in_hand", "办理中"),
                                    ("supplementing", "补正中"),
                                    ("done", "已办结"),
                                    ("refused", "不予办理"),
                                    ("not_accepted", "不予受理"),
                                    ("withdrawn", "已撤回"),
                                    ("lapsed", "逾期未补正"),
                                ],
                                max_length=20,
                                verbose_name="状态",
                            ),
                        ),
                        (
                            "path",
                            django.contrib.postgres.fields.ArrayField(
                                base_field=models.CharField(max_length=30), size=None, verbose_name="办理环节"
                            ),
                        ),
                        ("step", models.CharField(blank=True, max_length=30, verbose_name="当前环节")),
                        ("version", models.PositiveIntegerField(default=1, verbose_name="版本")),
                        ("request_id", models.CharField(max_length=64, verbose_name="请求号")),
                        (
                            "accepted_by",
                            models.ForeignKey(
                                null=True,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="+",
                                to=settings.AUTH_USER_MODEL,
                            ),
                        ),
                        (
                            "channel",
                            models.CharField(
                                choices=[("counter", "窗口"), ("web", "网上")],
                                db_default="counter",
                                default="counter",
                                max_length=10,
                                verbose_name="申请渠道",
                            ),
                        ),
                        (
                            "handler",
                            models.ForeignKey(
                                null=True,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="+",
                                to=settings.AUTH_USER_MODEL,
                            ),
                        ),
                        ("created_at", models.DateTimeField(verbose_name="收件时间")),
                        ("accepted_on", models.DateField(null=True, verbose_name="受理日期")),
                        ("due_on", models.DateField(null=True, verbose_name="办理期限")),
                        ("paused_on", models.DateField(null=True, verbose_name="暂停计时日")),
                        ("paused_due_on", models.DateField(null=True, verbose_name="暂停时的期限")),
                        ("finished_at", models.DateTimeField(null=True, verbose_name="办结时间")),
                        ("in_time", models.BooleanField(null=True, verbose_name="按期办结")),
                        ("result", models.TextField(blank=True, verbose_name="办理结果")),
                        ("handed_to", models.CharField(blank=True, max_length=50, verbose_name="领取人")),
                        ("handed_out_at", models.DateTimeField(null=True, verbose_name="领取时间")),
                    ],
                    options={
                        "indexes": [
                            models.Index(
                                condition=models.Q(("state", "in_hand")),
                                fields=["kind", "step", "due_on"],
                                name="case_queue",
                            ),
                            models.Index(condition=models.Q(("state", "in_hand")), fields=["due_on"], name="case_due"),
                            models.Index(fields=["subject_key", "-id"], name="case_of_subject"),
                            models.Index(fields=["unit_code", "-id"], name="case_of_unit"),
                            models.Index(fields=["created_at"], name="case_by_creation"),
                            models.Index(
                                condition=models.Q(("finished_at__isnull", False)),
                                fields=["finished_at"],
                                name="case_by_end",
                            ),
                        ],
                        "constraints": [
                            models.UniqueConstraint(fields=("accepted_by", "request_id"), name="case_accepted_once"),
                            models.UniqueConstraint(
                                condition=models.Q(("accepted_by", None)),
                                fields=("request_id",),
                                name="case_asked_once_by_self_service",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(
                                    models.Q(("accepted_by__isnull", False), ("channel", "counter")),
                                    models.Q(models.Q(("channel", "counter"), _negated=True), ("accepted_by", None)),
                                    _connector="OR",
                                ),
                                name="case_of_the_counter_has_a_clerk",
                            ),
                            models.UniqueConstraint(
                                condition=models.Q(("state__in", ["in_hand", "supplementing"])),
                                fields=("kind", "subject_key"),
                                name="case_one_open_per_subject",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(
                                    models.Q(
                                        ("accepted_on__isnull", False),
                                        ("due_on__isnull", False),
                                        ("paused_on", None),
                                        ("state", "in_hand"),
                                        models.Q(("step", ""), _negated=True),
                                    ),
                                    models.Q(("state", "in_hand"), _negated=True),
                                    _connector="OR",
                                ),
                                name="case_in_hand_has_a_step_and_a_limit",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(
                                    models.Q(
                                        ("due_on", None), ("paused_on__isnull", False), ("state", "supplementing")
                                    ),
                                    models.Q(("state", "supplementing"), _negated=True),
                                    _connector="OR",
                                ),
                                name="case_supplementing_is_paused",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(
                                    models.Q(
                                        ("finished_at__isnull", False),
                                        ("state__in", ["done", "refused", "not_accepted", "withdrawn", "lapsed"]),
                                        models.Q(("result", ""), _negated=True),
                                    ),
                                    models.Q(
                                        ("finished_at", None),
                                        ("result", ""),
                                        ("state__in", ["in_hand", "supplementing"]),
                                    ),
                                    _connector="OR",
                                ),
                                name="case_finished_has_a_result",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(
                                    models.Q(("handed_out_at", None), ("handed_to", "")),
                                    models.Q(
                                        ("finished_at__isnull", False),
                                        ("handed_out_at__isnull", False),
                                        models.Q(("handed_to", ""), _negated=True),
                                    ),
                                    _connector="OR",
                                ),
                                name="case_handed_out_when_finished",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(
                                    models.Q(("in_time__isnull", False), ("state__in", ("done", "refused"))),
                                    models.Q(
                                        models.Q(("state__in", ("done", "refused")), _negated=True), ("in_time", None)
                                    ),
                                    _connector="OR",
                                ),
                                name="case_decided_says_whether_in_time",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(
                                    ("handler", None), ("state__in", ["in_hand", "supplementing"]), _connector="OR"
                                ),
                                name="case_handler_while_open",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(("amount_fen", None), ("amount_fen__gte", 0), _connector="OR"),
                                name="case_amount_not_negative",
                            ),
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="StepLimit",
                    fields=[
                        (
                            "id",
                            models.BigAutoField(
                                auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                            ),
                        ),
                        ("pooling_area", models.CharField(max_length=6, verbose_name="统筹区")),
                        ("kind", models.CharField(max_length=40, verbose_name="事项")),
                        ("step", models.CharField(max_length=30, verbose_name="环节")),
                        ("above_fen", models.BigIntegerField(verbose_name="金额超过(分)")),
                        ("valid_from", models.DateField(verbose_name="启用日期")),
                        ("valid_until", models.DateField(null=True, verbose_name="终止日期")),
                        ("reason", models.CharField(max_length=200, verbose_name="依据")),
                        (
                            "set_by",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="+",
                                to=settings.AUTH_USER_MODEL,
                            ),
                        ),
                        ("set_at", models.DateTimeField(verbose_name="设定时间")),
                    ],
                    options={
                        "constraints": [
                            django.contrib.postgres.constraints.ExclusionConstraint(
                                expressions=[
                                    ("pooling_area", "="),
                                    ("kind", "="),
                                    ("step", "="),
                                    (tongchou.platform.ranges.DateRange("valid_from", "valid_until"), "&&"),
                                ],
                                name="step_limit_one_a_day",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(("above_fen__gte", 0)), name="step_limit_not_negative"
                            ),
                            models.CheckConstraint(
                                condition=models.Q(
                                    ("valid_until", None), ("valid_until__gte", models.F("valid_from")), _connector="OR"
                                ),
                                name="step_limit_span_in_order",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(("reason", ""), _negated=True), name="step_limit_has_a_reason"
                            ),
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="SupplementNotice",
                    fields=[
                        (
                            "id",
                            models.BigAutoField(
                                auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                            ),
                        ),
                        (
                            "case",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT, related_name="notices", to="cases.case"
                            ),
                        ),
                        ("told_at", models.DateTimeField(verbose_name="告知时间")),
                        (
                            "materials",
                            django.contrib.postgres.fields.ArrayField(
                                base_field=models.CharField(max_length=30), size=None, verbose_name="材料"
                            ),
                        ),
                        ("supply_by", models.DateField(verbose_name="补正期限")),
                        ("closed_at", models.DateTimeField(null=True, verbose_name="补正完成时间")),
                    ],
                    options={
                        "constraints": [
                            models.UniqueConstraint(
                                condition=models.Q(("closed_at", None)),
                                fields=("case",),
                                name="supplement_notice_one_open",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(("materials", []), _negated=True),
                                name="supplement_notice_lists_something",
                            ),
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="CaseAct",
                    fields=[
                        (
                            "id",
                            models.BigAutoField(
                                auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                            ),
                        ),
                        (
                            "case",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT, related_name="acts", to="cases.case"
                            ),
                        ),
                        ("version", models.PositiveIntegerField(verbose_name="版本")),
                        ("at", models.DateTimeField(verbose_name="时间")),
                        (
                            "act",
                            models.CharField(
                                choices=[
                                    ("accepted", "受理"),
                                    ("not_accepted", "不予受理"),
                                    ("agreed", "同意"),
                                    ("returned", "退回"),
                                    ("refused", "不予办理"),
                                    ("asked", "告知补正"),
                                    ("supplemented", "收到补正材料"),
                                    ("attached", "上传附件"),
                                    ("verified", "核验材料"),
                                    ("withdrawn", "撤回"),
                                    ("lapsed", "逾期终止"),
                                    ("handed_out", "发放结果"),
                                    ("reassigned", "转交"),
                                ],
                                max_length=20,
                                verbose_name="动作",
                            ),
                        ),
                        ("step", models.CharField(blank=True, max_length=30, verbose_name="环节")),
                        ("to_step", models.CharField(blank=True, max_length=30, verbose_name="转入环节")),
                        (
                            "operator",
                            models.ForeignKey(
                                null=True,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="+",
                                to=settings.AUTH_USER_MODEL,
                            ),
                        ),
                        ("person", models.CharField(blank=True, max_length=18, verbose_name="经办人身份号码")),
                        (
                            "on_behalf_of",
                            models.ForeignKey(
                                null=True,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="+",
                                to=settings.AUTH_USER_MODEL,
                            ),
                        ),
                        ("opinion", models.CharField(blank=True, max_length=500, verbose_name="意见")),
                    ],
                    options={
                        "ordering": ["version"],
                        "constraints": [
                            models.UniqueConstraint(fields=("case", "version"), name="case_act_once_per_version"),
                            models.CheckConstraint(
                                condition=models.Q(
                                    models.Q(("operator", None), ("person", "")),
                                    models.Q(("operator__isnull", False), models.Q(("person", ""), _negated=True)),
                                    _connector="OR",
                                ),
                                name="case_act_by_a_person_or_the_clock",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(
                                    models.Q(
                                        ("act__in", ["returned", "refused", "not_accepted", "withdrawn"]), _negated=True
                                    ),
                                    models.Q(("opinion", ""), _negated=True),
                                    _connector="OR",
                                ),
                                name="case_act_against_has_a_reason",
                            ),
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="CaseClaim",
                    fields=[
                        (
                            "id",
                            models.BigAutoField(
                                auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                            ),
                        ),
                        ("kind", models.CharField(max_length=40, verbose_name="事项")),
                        ("key", models.CharField(max_length=100, verbose_name="占用内容")),
                        (
                            "case",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT, related_name="claims", to="cases.case"
                            ),
                        ),
                    ],
                    options={
                        "constraints": [models.UniqueConstraint(fields=("kind", "key"), name="case_claim_once")],
                    },
                ),
                migrations.CreateModel(
                    name="CaseMaterial",
                    fields=[
                        (
                            "id",
                            models.BigAutoField(
                                auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                            ),
                        ),
                        (
                            "case",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT, related_name="materials", to="cases.case"
                            ),
                        ),
                        ("code", models.CharField(max_length=30, verbose_name="材料代码")),
                        ("name", models.CharField(max_length=100, verbose_name="材料名称")),
                        ("received_at", models.DateTimeField(null=True, verbose_name="收到时间")),
                        ("original_seen", models.BooleanField(default=False, verbose_name="已验原件")),
                        ("copy_kept", models.BooleanField(default=False, verbose_name="已留复印件")),
                        (
                            "verified_by",
                            models.ForeignKey(
                                null=True,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="+",
                                to=settings.AUTH_USER_MODEL,
                            ),
                        ),
                        ("verified_at", models.DateTimeField(null=True, verbose_name="核验时间")),
                    ],
                    options={
                        "constraints": [
                            models.UniqueConstraint(fields=("case", "code"), name="case_material_once"),
                            models.CheckConstraint(
                                condition=models.Q(
                                    models.Q(
                                        ("copy_kept", False),
                                        ("original_seen", False),
                                        ("verified_at", None),
                                        ("verified_by", None),
                                    ),
                                    models.Q(("verified_at__isnull", False), ("verified_by__isnull", False)),
                                    _connector="OR",
                                ),
                                name="case_material_verified_by_somebody",
                            ),
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="Attachment",
                    fields=[
                        (
                            "id",
                            models.BigAutoField(
                                auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                            ),
                        ),
                        (
                            "case",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT, related_name="attachments", to="cases.case"
                            ),
                        ),
                        ("material_code", models.CharField(blank=True, max_length=30, verbose_name="材料代码")),
                        ("name", models.CharField(max_length=100, verbose_name="文件名")),
                        (
                            "content",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT, related_name="+", to="cases.content"
                            ),
                        ),
                        (
                            "attached_by",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="+",
                                to=settings.AUTH_USER_MODEL,
                            ),
                        ),
                        ("attached_at", models.DateTimeField(verbose_name="上传时间")),
                    ],
                    options={
                        "constraints": [
                            models.UniqueConstraint(fields=("case", "content"), name="attachment_once_per_case")
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="Delegation",
                    fields=[
                        (
                            "id",
                            models.BigAutoField(
                                auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                            ),
                        ),
                        (
                            "delegator",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="+",
                                to=settings.AUTH_USER_MODEL,
                            ),
                        ),
                        (
                            "delegate",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="+",
                                to=settings.AUTH_USER_MODEL,
                            ),
                        ),
                        ("post", models.CharField(max_length=30, verbose_name="岗位")),
                        ("reason", models.CharField(max_length=200, verbose_name="理由")),
                        ("valid_from", models.DateField(verbose_name="开始日期")),
                        ("valid_until", models.DateField(verbose_name="终止日期")),
                        ("delegated_at", models.DateTimeField(verbose_name="委托时间")),
                    ],
                    options={
                        "constraints": [
                            django.contrib.postgres.constraints.ExclusionConstraint(
                                expressions=[
                                    ("delegator", "="),
                                    ("delegate", "="),
                                    ("post", "="),
                                    (tongchou.platform.ranges.DateRange("valid_from", "valid_until"), "&&"),
                                ],
                                name="delegation_once_at_a_time",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(("delegator", models.F("delegate")), _negated=True),
                                name="delegation_to_another",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(("valid_until__gte", models.F("valid_from"))),
                                name="delegation_span_in_order",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(("reason", ""), _negated=True), name="delegation_has_a_reason"
                            ),
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="Draft",
                    fields=[
                        (
                            "id",
                            models.BigAutoField(
                                auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                            ),
                        ),
                        (
                            "operator",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="+",
                                to=settings.AUTH_USER_MODEL,
                            ),
                        ),
                        ("kind", models.CharField(max_length=40, verbose_name="事项")),
                        ("subject_key", models.CharField(max_length=40, verbose_name="办理对象编号")),
                        ("subject_name", models.CharField(max_length=100, verbose_name="办理对象")),
                        ("unit_code", models.CharField(max_length=12, verbose_name="所属机构")),
                        ("fields", models.JSONField(verbose_name="表单原样")),
                        ("saved_at", models.DateTimeField(verbose_name="保存时间")),
                        ("expires_on", models.DateField(verbose_name="保留至")),
                        ("version", models.PositiveIntegerField(default=1, verbose_name="版本")),
                    ],
                    options={
                        "indexes": [models.Index(fields=["expires_on"], name="draft_expiry")],
                        "constraints": [
                            models.UniqueConstraint(
                                fields=("operator", "kind", "subject_key"), name="draft_one_per_form"
                            )
                        ],
                    },
                ),
            ]
        ),
    ]
