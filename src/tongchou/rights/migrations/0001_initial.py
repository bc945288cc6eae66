"""The tables of residents' rights (权益)."""

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
        ("enrolment", "0001_initial"),
        ("platform", "__first__"),
    ]

    operations = [
        Together(
            [
                migrations.CreateModel(
                    name="NoticeSetting",
                    fields=[
                        (
                            "person",
                            models.OneToOneField(
                                on_delete=django.db.models.deletion.PROTECT,
                                primary_key=True,
                                related_name="+",
                                serialize=False,
                                to="enrolment.person",
                            ),
                        ),
                        (
                            "by_sms",
                            django.contrib.postgres.fields.ArrayField(
                                base_field=models.CharField(
                                    choices=[
                                        ("decision", "办理结果"),
                                        ("payment", "缴费与支付"),
                                        ("expiry", "到期提醒"),
                                        ("unpaid", "未缴费提醒"),
                                        ("collection", "扣款通知"),
                                        ("progress", "办理进度"),
                                    ],
                                    max_length=10,
                                ),
                                default=list,
                                size=None,
                                verbose_name="短信通知",
                            ),
                        ),
                    ],
                ),
                migrations.CreateModel(
                    name="BulkNotice",
                    fields=[
                        (
                            "id",
                            models.BigAutoField(
                                auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                            ),
                        ),
                        ("stage", models.CharField(max_length=10, verbose_name="时点")),
                        ("batch_id", models.BigIntegerField(verbose_name="托收批次")),
                        ("asked_at", models.DateTimeField(verbose_name="要求时间")),
                        ("done_at", models.DateTimeField(null=True, verbose_name="完成时间")),
                        ("persons", models.PositiveIntegerField(default=0, verbose_name="通知人数")),
                        ("messages", models.PositiveIntegerField(default=0, verbose_name="短信条数")),
                    ],
                    options={
                        "constraints": [models.UniqueConstraint(fields=("stage", "batch_id"), name="bulk_notice_once")],
                    },
                ),
                migrations.CreateModel(
                    name="Certificate",
                    fields=[
                        (
                            "id",
                            models.BigAutoField(
                                auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                            ),
                        ),
                        ("number", models.CharField(max_length=40, unique=True, verbose_name="编号")),
                        (
                            "kind",
                            models.CharField(
                                choices=[
                                    ("enrolment", "参保证明"),
                                    ("contribution", "缴费证明"),
                                    ("household_contribution", "家庭缴费证明"),
                                    ("benefit", "待遇证明"),
                                    ("household", "家庭参保证明"),
                                    ("statement", "年度权益单"),
                                    ("roster", "参保花名册"),
                                    ("extract", "权益记录摘录"),
                                ],
                                max_length=30,
                                verbose_name="种类",
                            ),
                        ),
                        ("pooling_area", models.CharField(max_length=6, verbose_name="统筹区")),
                        ("unit_code", models.CharField(max_length=12, verbose_name="参保单位")),
                        ("agency", models.CharField(max_length=100, verbose_name="出具机构")),
                        ("subject", models.CharField(max_length=40, verbose_name="对象")),
                        (
                            "person",
                            models.ForeignKey(
                                null=True,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="+",
                                to="enrolment.person",
                            ),
                        ),
                        ("period_from", models.DateField(verbose_name="期间起")),
                        ("period_until", models.DateField(verbose_name="期间止(不含)")),
                        ("content", models.JSONField(verbose_name="内容")),
                        ("content_hash", models.CharField(max_length=64, verbose_name="内容摘要")),
                        ("code", models.CharField(max_length=16, unique=True, verbose_name="验证码")),
                        (
                            "way",
                            models.CharField(
                                choices=[
                                    ("counter", "经办窗口"),
                                    ("web", "网上"),
                                    ("terminal", "自助终端"),
                                    ("sms", "短信"),
                                ],
                                max_length=10,
                                verbose_name="渠道",
                            ),
                        ),
                        ("issued_by", models.CharField(max_length=50, verbose_name="出具人")),
                        ("issued_at", models.DateTimeField(verbose_name="出具时间")),
                        (
                            "superseded_by",
                            models.ForeignKey(
                                db_index=False,
                                null=True,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="+",
                                to="rights.certificate",
                            ),
                        ),
                        ("withdrawn_at", models.DateTimeField(null=True, verbose_name="撤回时间")),
                        ("withdrawn_by", models.CharField(blank=True, max_length=50, verbose_name="撤回人")),
                        ("withdraw_reason", models.CharField(blank=True, max_length=200, verbose_name="撤回原因")),
                    ],
                    options={
                        "indexes": [
                            models.Index(fields=["subject", "-id"], name="certificate_subject"),
                            models.Index(fields=["unit_code", "-id"], name="certificate_unit"),
                            models.Index(fields=["pooling_area", "-id"], name="certificate_area"),
                        ],
                        "constraints": [
                            models.UniqueConstraint(
                                condition=models.Q(("superseded_by", None), ("withdrawn_at", None)),
                                fields=("subject", "kind", "period_from", "period_until", "content_hash"),
                                name="certificate_once_with_one_content",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(("period_until__gt", models.F("period_from"))),
                                name="certificate_period_not_empty",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(
                                    models.Q(("withdraw_reason", ""), ("withdrawn_at", None), ("withdrawn_by", "")),
                                    models.Q(
                                        ("withdrawn_at__isnull", False),
                                        models.Q(("withdraw_reason", ""), _negated=True),
                                        models.Q(("withdrawn_by", ""), _negated=True),
                                    ),
                                    _connector="OR",
                                ),
                                name="certificate_withdrawn_for_a_reason",
                            ),
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="AccessApplication",
                    fields=[
                        (
                            "id",
                            models.BigAutoField(
                                auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                            ),
                        ),
                        ("number", models.CharField(max_length=40, unique=True, verbose_name="编号")),
                        (
                            "person",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT, related_name="+", to="enrolment.person"
                            ),
                        ),
                        ("pooling_area", models.CharField(max_length=6, verbose_name="统筹区")),
                        ("unit_code", models.CharField(max_length=12, verbose_name="参保单位")),
                        (
                            "applicant_kind",
                            models.CharField(
                                choices=[
                                    ("police", "公安机关"),
                                    ("court", "人民法院"),
                                    ("procuratorate", "人民检察院"),
                                    ("supervision", "监察机关"),
                                    ("audit", "审计机关"),
                                    ("heir", "继承人"),
                                ],
                                max_length=20,
                                verbose_name="申请人类别",
                            ),
                        ),
                        ("applicant", models.CharField(max_length=100, verbose_name="申请人(单位)")),
                        ("bearer", models.CharField(blank=True, max_length=50, verbose_name="经办人员")),
                        ("certificate_no", models.CharField(blank=True, max_length=50, verbose_name="证件号码")),
                        ("document_no", models.CharField(max_length=100, verbose_name="文书号")),
                        ("relation_proof", models.CharField(blank=True, max_length=100, verbose_name="亲属关系证明")),
                        ("basis", models.CharField(max_length=200, verbose_name="法律依据")),
                        ("purpose", models.CharField(max_length=200, verbose_name="用途")),
                        (
                            "records",
                            django.contrib.postgres.fields.ArrayField(
                                base_field=models.CharField(
                                    choices=[
                                        ("registration", "参保登记"),
                                        ("contribution", "缴费"),
                                        ("care", "就医约定"),
                                        ("benefit", "待遇支付"),
                                        ("account", "个人账户"),
                                    ],
                                    max_length=20,
                                ),
                                size=None,
                                verbose_name="查询内容",
                            ),
                        ),
                        ("period_from", models.DateField(verbose_name="期间起")),
                        ("period_until", models.DateField(verbose_name="期间止(不含)")),
                        (
                            "filed_by",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="+",
                                to=settings.AUTH_USER_MODEL,
                            ),
                        ),
                        ("filed_at", models.DateTimeField(verbose_name="申请时间")),
                        (
                            "state",
                            models.CharField(
                                choices=[
                                    ("filed", "待核准"),
                                    ("approved", "待提供"),
                                    ("given", "已提供"),
                                    ("refused", "不予提供"),
                                ],
                                default="filed",
                                max_length=10,
                                verbose_name="状态",
                            ),
                        ),
                        (
                            "decided_by",
                            models.ForeignKey(
                                null=True,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="+",
                                to=settings.AUTH_USER_MODEL,
                            ),
                        ),
                        ("decided_at", models.DateTimeField(null=True, verbose_name="核准时间")),
                        ("opinion", models.CharField(blank=True, max_length=200, verbose_name="核准意见")),
                        (
                            "extract",
                            models.OneToOneField(
                                null=True,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="+",
                                to="rights.certificate",
                            ),
                        ),
                        ("given_at", models.DateTimeField(null=True, verbose_name="提供时间")),
                    ],
                    options={
                        "indexes": [models.Index(fields=["unit_code", "-id"], name="access_application_unit")],
                        "constraints": [
                            models.CheckConstraint(
                                condition=models.Q(
                                    ("decided_by", None),
                                    models.Q(("decided_by", models.F("filed_by")), _negated=True),
                                    _connector="OR",
                                ),
                                name="access_application_four_eyes",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(
                                    models.Q(
                                        ("extract__isnull", False), ("given_at__isnull", False), ("state", "given")
                                    ),
                                    models.Q(
                                        models.Q(("state", "given"), _negated=True),
                                        ("extract", None),
                                        ("given_at", None),
                                    ),
                                    _connector="OR",
                                ),
                                name="access_application_given_once",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(
                                    ("state", "filed"),
                                    models.Q(("decided_at__isnull", False), ("decided_by__isnull", False)),
                                    _connector="OR",
                                ),
                                name="access_application_decided_by_somebody",
                            ),
                            models.UniqueConstraint(
                                condition=models.Q(("state", "refused"), _negated=True),
                                fields=("person", "document_no"),
                                name="access_application_once_a_document",
                            ),
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="CertificateBatch",
                    fields=[
                        (
                            "id",
                            models.BigAutoField(
                                auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                            ),
                        ),
                        ("unit_code", models.CharField(max_length=12, verbose_name="参保单位")),
                        ("pooling_area", models.CharField(max_length=6, verbose_name="统筹区")),
                        (
                            "kind",
                            models.CharField(
                                choices=[
                                    ("enrolment", "参保证明"),
                                    ("contribution", "缴费证明"),
                                    ("household_contribution", "家庭缴费证明"),
                                    ("benefit", "待遇证明"),
                                    ("household", "家庭参保证明"),
                                    ("statement", "年度权益单"),
                                    ("roster", "参保花名册"),
                                    ("extract", "权益记录摘录"),
                                ],
                                max_length=30,
                                verbose_name="种类",
                            ),
                        ),
                        ("year", models.PositiveSmallIntegerField(verbose_name="年度")),
                        ("total", models.PositiveIntegerField(verbose_name="人数")),
                        ("done", models.PositiveIntegerField(default=0, verbose_name="已出具")),
                        ("last_person", models.BigIntegerField(default=0, verbose_name="最后一人")),
                        ("started_at", models.DateTimeField(verbose_name="开始时间")),
                        ("worked_at", models.DateTimeField(verbose_name="最近进展时间")),
                        ("finished_at", models.DateTimeField(null=True, verbose_name="完成时间")),
                        ("cancelled_at", models.DateTimeField(null=True, verbose_name="取消时间")),
                        ("staff_code", models.CharField(max_length=30, verbose_name="经办人")),
                        (
                            "certificates",
                            django.contrib.postgres.fields.ArrayField(
                                base_field=models.BigIntegerField(), default=list, size=None, verbose_name="证明"
                            ),
                        ),
                    ],
                    options={
                        "indexes": [models.Index(fields=["unit_code", "-id"], name="certificate_batch_unit")],
                        "constraints": [
                            models.CheckConstraint(
                                condition=models.Q(("done__lte", models.F("total"))), name="certificate_batch_within"
                            ),
                            models.UniqueConstraint(
                                condition=models.Q(("cancelled_at", None), ("finished_at", None)),
                                fields=("unit_code", "kind", "year"),
                                name="certificate_batch_one_running",
                            ),
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="CertificatePrint",
                    fields=[
                        (
                            "id",
                            models.BigAutoField(
                                auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                            ),
                        ),
                        (
                            "certificate",
                            models.ForeignKey(
                                db_index=False,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="prints",
                                to="rights.certificate",
                            ),
                        ),
                        ("print_no", models.PositiveSmallIntegerField(verbose_name="第几次打印")),
                        ("printed_at", models.DateTimeField(verbose_name="打印时间")),
                        ("printed_by", models.CharField(max_length=50, verbose_name="打印人")),
                        (
                            "way",
                            models.CharField(
                                choices=[
                                    ("counter", "经办窗口"),
                                    ("web", "网上"),
                                    ("terminal", "自助终端"),
                                    ("sms", "短信"),
                                ],
                                max_length=10,
                                verbose_name="渠道",
                            ),
                        ),
                    ],
                    options={
                        "constraints": [
                            models.UniqueConstraint(
                                fields=("certificate", "print_no"), name="certificate_print_in_order"
                            )
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="Mandate",
                    fields=[
                        (
                            "id",
                            models.BigAutoField(
                                auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                            ),
                        ),
                        (
                            "person",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT, related_name="+", to="enrolment.person"
                            ),
                        ),
                        (
                            "agent",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT, related_name="+", to="enrolment.person"
                            ),
                        ),
                        (
                            "kind",
                            models.CharField(
                                choices=[("consent", "本人委托"), ("guardian", "法定监护")],
                                max_length=10,
                                verbose_name="关系",
                            ),
                        ),
                        ("valid_from", models.DateField(verbose_name="起")),
                        ("valid_until", models.DateField(verbose_name="止")),
                        ("evidence", models.CharField(blank=True, max_length=200, verbose_name="证明材料")),
                        ("given_by", models.CharField(max_length=50, verbose_name="登记人")),
                        ("given_at", models.DateTimeField(verbose_name="登记时间")),
                    ],
                    options={
                        "constraints": [
                            django.contrib.postgres.constraints.ExclusionConstraint(
                                expressions=[
                                    ("person", "="),
                                    ("agent", "="),
                                    (tongchou.platform.ranges.DateRange("valid_from", "valid_until"), "&&"),
                                ],
                                name="mandate_no_overlap",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(("valid_until__gte", models.F("valid_from"))),
                                name="mandate_in_order",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(("person", models.F("agent")), _negated=True),
                                name="mandate_to_another",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(
                                    models.Q(("kind", "guardian"), _negated=True),
                                    models.Q(("evidence", ""), _negated=True),
                                    _connector="OR",
                                ),
                                name="mandate_guardian_proves",
                            ),
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="Objection",
                    fields=[
                        (
                            "id",
                            models.BigAutoField(
                                auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                            ),
                        ),
                        ("number", models.CharField(max_length=40, unique=True, verbose_name="编号")),
                        (
                            "person",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT, related_name="+", to="enrolment.person"
                            ),
                        ),
                        ("pooling_area", models.CharField(max_length=6, verbose_name="统筹区")),
                        ("unit_code", models.CharField(max_length=12, verbose_name="参保单位")),
                        (
                            "record",
                            models.CharField(
                                choices=[
                                    ("registration", "参保登记"),
                                    ("contribution", "缴费"),
                                    ("care", "就医约定"),
                                    ("benefit", "待遇支付"),
                                    ("account", "个人账户"),
                                ],
                                max_length=20,
                                verbose_name="记录类别",
                            ),
                        ),
                        ("year", models.PositiveSmallIntegerField(null=True, verbose_name="涉及年度")),
                        ("said", models.CharField(max_length=500, verbose_name="异议内容")),
                        ("evidence", models.CharField(blank=True, max_length=200, verbose_name="证明材料")),
                        (
                            "way",
                            models.CharField(
                                choices=[
                                    ("counter", "经办窗口"),
                                    ("web", "网上"),
                                    ("terminal", "自助终端"),
                                    ("sms", "短信"),
                                ],
                                max_length=10,
                                verbose_name="渠道",
                            ),
                        ),
                        ("filed_by", models.CharField(max_length=50, verbose_name="提出人")),
                        ("filed_at", models.DateTimeField(verbose_name="提出时间")),
                        ("due_on", models.DateField(verbose_name="答复期限")),
                        (
                            "state",
                            models.CharField(
                                choices=[
                                    ("filed", "待核查"),
                                    ("checked", "待答复"),
                                    ("corrected", "已更正"),
                                    ("refused", "不予更正"),
                                    ("withdrawn", "已撤回"),
                                ],
                                default="filed",
                                max_length=10,
                                verbose_name="状态",
                            ),
                        ),
                        ("finding", models.CharField(blank=True, max_length=500, verbose_name="核查情况")),
                        (
                            "checked_by",
                            models.ForeignKey(
                                null=True,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="+",
                                to=settings.AUTH_USER_MODEL,
                            ),
                        ),
                        ("checked_at", models.DateTimeField(null=True, verbose_name="核查时间")),
                        ("answer", models.CharField(blank=True, max_length=500, verbose_name="答复")),
                        ("correction", models.CharField(blank=True, max_length=100, verbose_name="更正依据")),
                        (
                            "decided_by",
                            models.ForeignKey(
                                null=True,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="+",
                                to=settings.AUTH_USER_MODEL,
                            ),
                        ),
                        ("ended_at", models.DateTimeField(null=True, verbose_name="办结时间")),
                        ("version", models.PositiveIntegerField(default=1)),
                    ],
                    options={
                        "indexes": [
                            models.Index(
                                condition=models.Q(("state__in", ("filed", "checked"))),
                                fields=["due_on", "id"],
                                name="objection_open_by_due",
                            ),
                            models.Index(fields=["unit_code", "-id"], name="objection_unit"),
                        ],
                        "constraints": [
                            models.CheckConstraint(
                                condition=models.Q(
                                    models.Q(("checked_at", None), ("state", "filed")),
                                    ("state", "withdrawn"),
                                    models.Q(
                                        ("checked_at__isnull", False),
                                        ("checked_by__isnull", False),
                                        models.Q(("finding", ""), _negated=True),
                                    ),
                                    _connector="OR",
                                ),
                                name="objection_checked_before_answered",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(
                                    models.Q(("state__in", ("corrected", "refused")), _negated=True),
                                    models.Q(
                                        ("ended_at__isnull", False),
                                        ("decided_by__isnull", False),
                                        models.Q(("answer", ""), _negated=True),
                                    ),
                                    _connector="OR",
                                ),
                                name="objection_answered_by_somebody",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(
                                    ("decided_by", None),
                                    models.Q(("decided_by", models.F("checked_by")), _negated=True),
                                    _connector="OR",
                                ),
                                name="objection_four_eyes",
                            ),
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="PersonNotice",
                    fields=[
                        (
                            "id",
                            models.BigAutoField(
                                auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                            ),
                        ),
                        (
                            "person",
                            models.ForeignKey(
                                db_index=False,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="+",
                                to="enrolment.person",
                            ),
                        ),
                        (
                            "kind",
                            models.CharField(
                                choices=[
                                    ("decision", "办理结果"),
                                    ("payment", "缴费与支付"),
                                    ("expiry", "到期提醒"),
                                    ("unpaid", "未缴费提醒"),
                                    ("collection", "扣款通知"),
                                    ("progress", "办理进度"),
                                ],
                                max_length=10,
                                verbose_name="种类",
                            ),
                        ),
                        ("topic", models.CharField(max_length=80, verbose_name="主题")),
                        ("title", models.CharField(max_length=100, verbose_name="标题")),
                        ("body", models.CharField(blank=True, max_length=300, verbose_name="内容")),
                        ("sent_at", models.DateTimeField(verbose_name="发送时间")),
                        ("read_at", models.DateTimeField(null=True, verbose_name="阅读时间")),
                    ],
                    options={
                        "indexes": [models.Index(fields=["person", "-sent_at", "-id"], name="person_notice_latest")],
                        "constraints": [
                            models.UniqueConstraint(fields=("person", "topic"), name="person_notice_topic_once")
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="ShortMessage",
                    fields=[
                        (
                            "id",
                            models.BigAutoField(
                                auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                            ),
                        ),
                        (
                            "direction",
                            models.CharField(
                                choices=[("received", "收到"), ("sent", "发出")], max_length=10, verbose_name="方向"
                            ),
                        ),
                        ("phone", models.CharField(max_length=30, verbose_name="号码")),
                        ("text", models.CharField(max_length=500, verbose_name="内容")),
                        (
                            "person",
                            models.ForeignKey(
                                null=True,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="+",
                                to="enrolment.person",
                            ),
                        ),
                        ("at", models.DateTimeField(verbose_name="时间")),
                    ],
                    options={
                        "indexes": [models.Index(fields=["phone", "-at"], name="short_message_phone")],
                    },
                ),
            ]
        ),
    ]
