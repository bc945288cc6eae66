"""The tables of exchange: files, links, partners and duties (数据交换)."""

import django.contrib.postgres.constraints
import django.db.models.deletion
from django.db import migrations, models

import tongchou.platform.ranges
from tongchou.platform.tables import Together


class Migration(migrations.Migration):
    initial = True

    dependencies = [
        ("platform", "0001_initial"),
    ]

    operations = [
        Together(
            [
                migrations.CreateModel(
                    name="Partner",
                    fields=[
                        (
                            "id",
                            models.BigAutoField(
                                auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                            ),
                        ),
                        (
                            "pooling_area",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT,
                                to="platform.poolingarea",
                                verbose_name="统筹地区",
                            ),
                        ),
                        ("code", models.CharField(max_length=12, verbose_name="代码")),
                        ("name", models.CharField(max_length=60, verbose_name="名称")),
                        (
                            "kind",
                            models.CharField(
                                choices=[
                                    ("bank", "银行"),
                                    ("tax", "税务"),
                                    ("civil_affairs", "民政"),
                                    ("police", "公安"),
                                    ("education", "教育"),
                                    ("poverty_relief", "扶贫"),
                                    ("disabled", "残联"),
                                    ("health", "卫生健康"),
                                    ("hr", "人力资源"),
                                    ("finance", "财政"),
                                    ("statistics", "统计部门"),
                                    ("data_office", "政务数据"),
                                    ("insurer", "商业保险"),
                                    ("court", "法院"),
                                    ("audit", "审计"),
                                    ("market", "市场监管、药监"),
                                    ("price", "物价"),
                                ],
                                max_length=16,
                                verbose_name="类别",
                            ),
                        ),
                        ("contact", models.CharField(blank=True, max_length=50, verbose_name="联系人")),
                        ("phone", models.CharField(blank=True, max_length=30, verbose_name="联系电话")),
                        ("role", models.CharField(blank=True, max_length=200, verbose_name="职责")),
                        ("in_use", models.BooleanField(default=True, verbose_name="启用")),
                        ("created_at", models.DateTimeField(verbose_name="登记时间")),
                    ],
                    options={
                        "constraints": [
                            models.UniqueConstraint(fields=("pooling_area", "code"), name="partner_code_once")
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="FileFormat",
                    fields=[
                        (
                            "id",
                            models.BigAutoField(
                                auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                            ),
                        ),
                        ("code", models.CharField(max_length=30, verbose_name="代码")),
                        ("edition", models.PositiveSmallIntegerField(default=1, verbose_name="版本")),
                        ("name", models.CharField(max_length=60, verbose_name="名称")),
                        ("definition", models.JSONField(verbose_name="定义")),
                        ("valid_from", models.DateField(verbose_name="生效日期")),
                        ("staff_code", models.CharField(max_length=30, verbose_name="登记人")),
                        ("created_at", models.DateTimeField(verbose_name="登记时间")),
                        ("approved_by", models.CharField(blank=True, max_length=30, verbose_name="核准人")),
                        ("approved_at", models.DateTimeField(null=True, verbose_name="核准时间")),
                        ("returned_reason", models.CharField(blank=True, max_length=200, verbose_name="退回理由")),
                    ],
                    options={
                        "constraints": [
                            models.UniqueConstraint(fields=("code", "edition"), name="file_format_edition_once"),
                            models.CheckConstraint(
                                condition=models.Q(
                                    models.Q(("approved_at", None), ("approved_by", "")),
                                    models.Q(
                                        ("approved_at__isnull", False),
                                        ("returned_reason", ""),
                                        models.Q(("approved_by", ""), _negated=True),
                                    ),
                                    _connector="OR",
                                ),
                                name="file_format_approved_whole",
                            ),
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="ExchangeAgreement",
                    fields=[
                        (
                            "id",
                            models.BigAutoField(
                                auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                            ),
                        ),
                        (
                            "partner",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="agreements",
                                to="exchange.partner",
                            ),
                        ),
                        ("flow", models.CharField(max_length=30, verbose_name="交换项目")),
                        (
                            "direction",
                            models.CharField(
                                choices=[("out", "发出"), ("in", "接收"), ("both", "双向")],
                                max_length=4,
                                verbose_name="方向",
                            ),
                        ),
                        (
                            "frequency",
                            models.CharField(
                                choices=[
                                    ("daily", "每日"),
                                    ("monthly", "每月"),
                                    ("quarterly", "每季"),
                                    ("yearly", "每年"),
                                    ("as_needed", "按需"),
                                ],
                                max_length=10,
                                verbose_name="频率",
                            ),
                        ),
                        (
                            "sent_as",
                            models.ForeignKey(
                                null=True,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="+",
                                to="exchange.fileformat",
                            ),
                        ),
                        (
                            "answered_as",
                            models.ForeignKey(
                                null=True,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="+",
                                to="exchange.fileformat",
                            ),
                        ),
                        ("responsible", models.CharField(max_length=30, verbose_name="责任人")),
                        ("taken_by", models.CharField(blank=True, max_length=30, verbose_name="受理人工号")),
                        (
                            "on_arrival",
                            models.CharField(
                                choices=[
                                    ("confirm", "检查后待确认"),
                                    ("good_rows", "无误行入库,有误行退回"),
                                    ("all_rows", "全部无误才入库"),
                                ],
                                default="confirm",
                                max_length=12,
                                verbose_name="到件处理",
                            ),
                        ),
                        ("legal_basis", models.CharField(max_length=200, verbose_name="依据")),
                        ("valid_from", models.DateField(verbose_name="起")),
                        ("valid_until", models.DateField(null=True, verbose_name="止")),
                    ],
                    options={
                        "constraints": [
                            django.contrib.postgres.constraints.ExclusionConstraint(
                                expressions=[
                                    ("partner", "="),
                                    ("flow", "="),
                                    (tongchou.platform.ranges.DateRange("valid_from", "valid_until"), "&&"),
                                ],
                                name="exchange_agreement_no_overlap",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(
                                    ("valid_until", None), ("valid_until__gt", models.F("valid_from")), _connector="OR"
                                ),
                                name="exchange_agreement_not_empty",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(("legal_basis", ""), _negated=True),
                                name="exchange_agreement_has_a_basis",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(
                                    models.Q(("direction", "in"), ("sent_as__isnull", False), _connector="OR"),
                                    models.Q(
                                        models.Q(("direction", "both"), _negated=True),
                                        ("answered_as__isnull", False),
                                        _connector="OR",
                                    ),
                                ),
                                name="exchange_agreement_has_formats",
                            ),
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="OutgoingFile",
                    fields=[
                        (
                            "id",
                            models.BigAutoField(
                                auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                            ),
                        ),
                        (
                            "pooling_area",
                            models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, to="platform.poolingarea"),
                        ),
                        (
                            "partner",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="outgoing",
                                to="exchange.partner",
                            ),
                        ),
                        (
                            "agreement",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="+",
                                to="exchange.exchangeagreement",
                            ),
                        ),
                        ("flow", models.CharField(max_length=30, verbose_name="交换项目")),
                        ("object_key", models.BigIntegerField(verbose_name="业务对象")),
                        ("unit_code", models.CharField(max_length=12, verbose_name="经办机构")),
                        ("number", models.CharField(max_length=40, verbose_name="文件编号")),
                        ("serial", models.PositiveIntegerField(verbose_name="序号")),
                        ("file_name", models.CharField(max_length=120, verbose_name="文件名")),
                        ("definition", models.JSONField(verbose_name="格式")),
                        ("rows", models.PositiveIntegerField(default=0, verbose_name="总笔数")),
                        ("total_fen", models.BigIntegerField(default=0, verbose_name="总金额")),
                        ("size", models.BigIntegerField(default=0, verbose_name="字节数")),
                        ("digest", models.CharField(blank=True, max_length=64, verbose_name="摘要")),
                        ("rows_answered", models.PositiveIntegerField(default=0, verbose_name="已回盘笔数")),
                        (
                            "state",
                            models.CharField(
                                choices=[
                                    ("made", "已生成"),
                                    ("sent", "已发送"),
                                    ("receipted", "对方已签收"),
                                    ("answered", "已回盘"),
                                    ("reconciled", "已对账"),
                                    ("cancelled", "已撤销"),
                                ],
                                default="made",
                                max_length=12,
                                verbose_name="状态",
                            ),
                        ),
                        ("made_by", models.CharField(max_length=30, verbose_name="制盘人")),
                        ("made_at", models.DateTimeField(verbose_name="制盘时间")),
                        ("sent_at", models.DateTimeField(null=True, verbose_name="发送时间")),
                        ("answered_at", models.DateTimeField(null=True, verbose_name="回盘时间")),
                        ("reconciled_at", models.DateTimeField(null=True, verbose_name="对账时间")),
                    ],
                    options={
                        "indexes": [models.Index(fields=["pooling_area", "-made_at", "-id"], name="outgoing_recent")],
                        "constraints": [
                            models.UniqueConstraint(fields=("number",), name="outgoing_number_once"),
                            models.UniqueConstraint(
                                condition=models.Q(("state", "cancelled"), _negated=True),
                                fields=("flow", "object_key"),
                                name="outgoing_object_once",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(("rows_answered__lte", models.F("rows"))),
                                name="outgoing_answered_within",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(
                                    models.Q(("sent_at", None), ("state__in", ("made", "cancelled"))),
                                    models.Q(
                                        models.Q(("state__in", ("made", "cancelled")), _negated=True),
                                        ("sent_at__isnull", False),
                                    ),
                                    _connector="OR",
                                ),
                                name="outgoing_sent_when",
                            ),
                        ],
                    },
                ),
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
                        (
                            "pooling_area",
                            models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, to="platform.poolingarea"),
                        ),
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
                        ("rows_returned", models.PositiveIntegerField(default=0, verbose_name="退回行数")),
                        ("preview", models.JSONField(default=dict, verbose_name="预览")),
                        ("options", models.JSONField(default=dict, verbose_name="选项")),
                        ("message", models.CharField(blank=True, max_length=400, verbose_name="说明")),
                        ("cancel_asked", models.BooleanField(default=False, verbose_name="要求取消")),
                        ("staff_code", models.CharField(max_length=30, verbose_name="经办人")),
                        (
                            "partner",
                            models.ForeignKey(
                                null=True,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="incoming",
                                to="exchange.partner",
                            ),
                        ),
                        (
                            "answers",
                            models.ForeignKey(
                                null=True,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="answers",
                                to="exchange.outgoingfile",
                            ),
                        ),
                        ("uploaded_at", models.DateTimeField(verbose_name="上传时间")),
                        ("checked_at", models.DateTimeField(null=True, verbose_name="检查时间")),
                        ("taken_in_at", models.DateTimeField(null=True, verbose_name="入库时间")),
                    ],
                    options={
                        "indexes": [models.Index(fields=["pooling_area", "-uploaded_at"], name="import_file_recent")],
                        "constraints": [
                            models.UniqueConstraint(
                                condition=models.Q(("state__in", ("unreadable", "cancelled")), _negated=True),
                                fields=("kind", "pooling_area", "digest"),
                                name="import_file_once",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(
                                    models.Q(("state", "done"), ("taken_in_at__isnull", False)),
                                    models.Q(models.Q(("state", "done"), _negated=True), ("taken_in_at", None)),
                                    _connector="OR",
                                ),
                                name="import_file_taken_in_when",
                            ),
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="Arrival",
                    fields=[
                        (
                            "id",
                            models.BigAutoField(
                                auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                            ),
                        ),
                        (
                            "partner",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="arrivals",
                                to="exchange.partner",
                            ),
                        ),
                        ("flow", models.CharField(max_length=30, verbose_name="交换项目")),
                        ("number", models.CharField(max_length=60, verbose_name="对方文件编号")),
                        ("digest", models.CharField(max_length=64, verbose_name="摘要")),
                        ("file_name", models.CharField(max_length=120, verbose_name="文件名")),
                        ("size", models.BigIntegerField(verbose_name="字节数")),
                        ("answers", models.CharField(blank=True, max_length=40, verbose_name="对应文件编号")),
                        ("day", models.DateField(null=True, verbose_name="所属日期")),
                        ("said", models.JSONField(default=dict, verbose_name="所列合计")),
                        ("key_no", models.CharField(blank=True, max_length=20, verbose_name="密钥编号")),
                        (
                            "state",
                            models.CharField(
                                choices=[
                                    ("received", "待受理"),
                                    ("checked", "待确认"),
                                    ("waiting", "受理未成"),
                                    ("booked", "已入库"),
                                    ("refused", "已拒收"),
                                ],
                                default="received",
                                max_length=10,
                                verbose_name="状态",
                            ),
                        ),
                        ("code", models.CharField(blank=True, max_length=10, verbose_name="代码")),
                        ("problem", models.CharField(blank=True, max_length=400, verbose_name="原因")),
                        ("repeats", models.PositiveIntegerField(default=0, verbose_name="重复到达")),
                        ("repeated_at", models.DateTimeField(null=True, verbose_name="最近重复")),
                        (
                            "incoming",
                            models.ForeignKey(
                                null=True,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="arrivals",
                                to="exchange.importfile",
                            ),
                        ),
                        ("received_at", models.DateTimeField(verbose_name="接收时间")),
                        ("closed_at", models.DateTimeField(null=True, verbose_name="处理时间")),
                    ],
                    options={
                        "indexes": [
                            models.Index(fields=["partner", "-id"], name="arrival_recent"),
                            models.Index(
                                condition=models.Q(("state", "received")), fields=["id"], name="arrival_to_book"
                            ),
                        ],
                        "constraints": [
                            models.UniqueConstraint(
                                condition=models.Q(("state", "refused"), _negated=True),
                                fields=("partner", "number"),
                                name="arrival_number_once",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(
                                    models.Q(("state__in", ("refused", "waiting")), _negated=True),
                                    models.Q(("problem", ""), _negated=True),
                                    _connector="OR",
                                ),
                                name="arrival_says_why",
                            ),
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="LinkOutage",
                    fields=[
                        (
                            "id",
                            models.BigAutoField(
                                auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                            ),
                        ),
                        (
                            "partner",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="outages",
                                to="exchange.partner",
                            ),
                        ),
                        ("since", models.DateTimeField(verbose_name="自")),
                        ("until", models.DateTimeField(null=True, verbose_name="至")),
                        ("failures", models.PositiveIntegerField(default=0, verbose_name="失败次数")),
                        ("problem", models.CharField(max_length=300, verbose_name="原因")),
                    ],
                    options={
                        "constraints": [
                            models.UniqueConstraint(
                                condition=models.Q(("until", None)), fields=("partner",), name="link_outage_one_open"
                            ),
                            models.CheckConstraint(
                                condition=models.Q(("until", None), ("until__gte", models.F("since")), _connector="OR"),
                                name="link_outage_in_order",
                            ),
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="Delivery",
                    fields=[
                        (
                            "id",
                            models.BigAutoField(
                                auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                            ),
                        ),
                        (
                            "partner",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="deliveries",
                                to="exchange.partner",
                            ),
                        ),
                        (
                            "file",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="deliveries",
                                to="exchange.outgoingfile",
                            ),
                        ),
                        (
                            "state",
                            models.CharField(
                                choices=[
                                    ("waiting", "排队中"),
                                    ("delivered", "已送达"),
                                    ("refused", "对方拒收"),
                                    ("withdrawn", "已撤回"),
                                ],
                                default="waiting",
                                max_length=10,
                                verbose_name="状态",
                            ),
                        ),
                        ("attempts", models.PositiveIntegerField(default=0, verbose_name="尝试次数")),
                        ("queued_by", models.CharField(max_length=30, verbose_name="经办人")),
                        ("queued_at", models.DateTimeField(verbose_name="排队时间")),
                        ("delivered_at", models.DateTimeField(null=True, verbose_name="送达时间")),
                        ("key_no", models.CharField(blank=True, max_length=20, verbose_name="密钥编号")),
                        ("receipt", models.CharField(blank=True, max_length=60, verbose_name="回执号")),
                        ("code", models.CharField(blank=True, max_length=10, verbose_name="代码")),
                        ("problem", models.CharField(blank=True, max_length=300, verbose_name="原因")),
                    ],
                    options={
                        "indexes": [
                            models.Index(
                                condition=models.Q(("state", "waiting")),
                                fields=["partner", "id"],
                                name="delivery_queue",
                            ),
                            models.Index(fields=["partner", "-id"], name="delivery_recent"),
                        ],
                        "constraints": [
                            models.UniqueConstraint(
                                condition=models.Q(("state", "waiting")), fields=("file",), name="delivery_one_waiting"
                            ),
                            models.CheckConstraint(
                                condition=models.Q(
                                    models.Q(("delivered_at__isnull", False), ("state", "delivered")),
                                    models.Q(models.Q(("state", "delivered"), _negated=True), ("delivered_at", None)),
                                    _connector="OR",
                                ),
                                name="delivery_delivered_when",
                            ),
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="DayTotal",
                    fields=[
                        (
                            "id",
                            models.BigAutoField(
                                auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                            ),
                        ),
                        (
                            "partner",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT, related_name="+", to="exchange.partner"
                            ),
                        ),
                        (
                            "arrival",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="totals",
                                to="exchange.arrival",
                            ),
                        ),
                        ("flow", models.CharField(max_length=30, verbose_name="交换项目")),
                        ("day", models.DateField(verbose_name="日期")),
                        ("office", models.CharField(max_length=60, verbose_name="经收机构")),
                        ("said_rows", models.PositiveIntegerField(verbose_name="对方笔数")),
                        ("said_fen", models.BigIntegerField(verbose_name="对方金额")),
                        ("booked_rows", models.PositiveIntegerField(verbose_name="入账笔数")),
                        ("booked_fen", models.BigIntegerField(verbose_name="入账金额")),
                    ],
                    options={
                        "indexes": [models.Index(fields=["partner", "-day", "-id"], name="day_total_recent")],
                        "constraints": [
                            models.UniqueConstraint(fields=("arrival", "day", "office"), name="day_total_once")
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="PartnerDuty",
                    fields=[
                        (
                            "id",
                            models.BigAutoField(
                                auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                            ),
                        ),
                        (
                            "partner",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="duties",
                                to="exchange.partner",
                            ),
                        ),
                        ("subject", models.CharField(max_length=60, verbose_name="事项")),
                        (
                            "form",
                            models.CharField(
                                choices=[("list", "名单"), ("certificate", "证明"), ("fund", "资金"), ("file", "文件")],
                                max_length=12,
                                verbose_name="形式",
                            ),
                        ),
                        (
                            "giver",
                            models.CharField(
                                choices=[("partner", "对方交来"), ("house", "我方送出")],
                                max_length=8,
                                verbose_name="交出方",
                            ),
                        ),
                        ("import_kind", models.CharField(blank=True, max_length=30, verbose_name="导入类别")),
                        ("options", models.JSONField(default=dict, verbose_name="导入选项")),
                        ("flow", models.CharField(blank=True, max_length=30, verbose_name="交换项目")),
                        (
                            "frequency",
                            models.CharField(
                                choices=[
                                    ("daily", "每日"),
                                    ("monthly", "每月"),
                                    ("quarterly", "每季"),
                                    ("yearly", "每年"),
                                    ("as_needed", "按需"),
                                ],
                                max_length=10,
                                verbose_name="频率",
                            ),
                        ),
                        ("due_day", models.PositiveSmallIntegerField(verbose_name="约定日")),
                        ("due_month", models.PositiveSmallIntegerField(default=12, verbose_name="约定月")),
                        ("months_later", models.PositiveSmallIntegerField(default=0, verbose_name="迟后月数")),
                        ("responsible", models.CharField(max_length=30, verbose_name="我方责任人")),
                        ("legal_basis", models.CharField(max_length=200, verbose_name="依据")),
                        ("valid_from", models.DateField(verbose_name="起")),
                        ("valid_until", models.DateField(null=True, verbose_name="止")),
                        ("staff_code", models.CharField(max_length=30, verbose_name="登记人")),
                        ("created_at", models.DateTimeField(verbose_name="登记时间")),
                    ],
                    options={
                        "constraints": [
                            models.UniqueConstraint(
                                fields=("partner", "subject", "valid_from"), name="partner_duty_once"
                            ),
                            models.CheckConstraint(
                                condition=models.Q(
                                    ("valid_until", None), ("valid_until__gt", models.F("valid_from")), _connector="OR"
                                ),
                                name="partner_duty_not_empty",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(
                                    ("due_day__gte", 1),
                                    ("due_day__lte", 31),
                                    ("due_month__gte", 1),
                                    ("due_month__lte", 12),
                                    ("months_later__lte", 12),
                                ),
                                name="partner_duty_has_a_day",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(
                                    models.Q(("subject", ""), _negated=True),
                                    models.Q(("responsible", ""), _negated=True),
                                    models.Q(("legal_basis", ""), _negated=True),
                                ),
                                name="partner_duty_has_an_owner",
                            ),
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="HandOff",
                    fields=[
                        (
                            "id",
                            models.BigAutoField(
                                auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                            ),
                        ),
                        (
                            "duty",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="hand_offs",
                                to="exchange.partnerduty",
                            ),
                        ),
                        ("period", models.CharField(max_length=10, verbose_name="所属期")),
                        ("due_on", models.DateField(verbose_name="约定日期")),
                        (
                            "state",
                            models.CharField(
                                choices=[("awaited", "待交接"), ("done", "已交接"), ("waived", "本期无需")],
                                default="awaited",
                                max_length=10,
                                verbose_name="状态",
                            ),
                        ),
                        ("done_on", models.DateField(null=True, verbose_name="交接日期")),
                        ("reference", models.CharField(blank=True, max_length=60, verbose_name="回执")),
                        ("rows", models.PositiveIntegerField(null=True, verbose_name="笔数")),
                        (
                            "incoming",
                            models.ForeignKey(
                                null=True,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="+",
                                to="exchange.importfile",
                            ),
                        ),
                        (
                            "outgoing",
                            models.ForeignKey(
                                null=True,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="+",
                                to="exchange.outgoingfile",
                            ),
                        ),
                        ("remark", models.CharField(blank=True, max_length=200, verbose_name="说明")),
                        ("staff_code", models.CharField(blank=True, max_length=30, verbose_name="登记人")),
                        ("recorded_at", models.DateTimeField(null=True, verbose_name="登记时间")),
                    ],
                    options={
                        "indexes": [models.Index(fields=["state", "due_on", "id"], name="hand_off_due")],
                        "constraints": [
                            models.UniqueConstraint(fields=("duty", "period"), name="hand_off_once"),
                            models.CheckConstraint(
                                condition=models.Q(
                                    models.Q(("done_on", None), ("recorded_at", None), ("state", "awaited")),
                                    models.Q(
                                        ("done_on", None),
                                        ("recorded_at__isnull", False),
                                        ("state", "waived"),
                                        models.Q(("remark", ""), _negated=True),
                                    ),
                                    models.Q(
                                        ("done_on__isnull", False),
                                        ("recorded_at__isnull", False),
                                        ("state", "done"),
                                        models.Q(("reference", ""), _negated=True),
                                    ),
                                    _connector="OR",
                                ),
                                name="hand_off_receipted_whole",
                            ),
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="PartnerKey",
                    fields=[
                        (
                            "id",
                            models.BigAutoField(
                                auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                            ),
                        ),
                        (
                            "partner",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT, related_name="keys", to="exchange.partner"
                            ),
                        ),
                        (
                            "side",
                            models.CharField(
                                choices=[("ours", "我方签名"), ("theirs", "对方签名")],
                                max_length=8,
                                verbose_name="用途",
                            ),
                        ),
                        ("key_no", models.CharField(max_length=20, verbose_name="密钥编号")),
                        ("algorithm", models.CharField(max_length=8, verbose_name="算法")),
                        ("secret", models.CharField(max_length=128, verbose_name="密钥")),
                        ("valid_from", models.DateTimeField(verbose_name="起")),
                        ("valid_until", models.DateTimeField(null=True, verbose_name="止")),
                        ("staff_code", models.CharField(max_length=30, verbose_name="登记人")),
                        ("created_at", models.DateTimeField(verbose_name="登记时间")),
                    ],
                    options={
                        "constraints": [
                            models.UniqueConstraint(fields=("partner", "side", "key_no"), name="partner_key_once"),
                            models.CheckConstraint(
                                condition=models.Q(
                                    ("valid_until", None), ("valid_until__gte", models.F("valid_from")), _connector="OR"
                                ),
                                name="partner_key_in_order",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(("secret", ""), _negated=True), name="partner_key_has_a_secret"
                            ),
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="PartnerReceipt",
                    fields=[
                        (
                            "id",
                            models.BigAutoField(
                                auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                            ),
                        ),
                        (
                            "file",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="receipts",
                                to="exchange.outgoingfile",
                            ),
                        ),
                        ("reference", models.CharField(max_length=60, verbose_name="回执号")),
                        ("received_on", models.DateField(verbose_name="签收日期")),
                        ("rows", models.PositiveIntegerField(verbose_name="签收笔数")),
                        ("total_fen", models.BigIntegerField(verbose_name="签收金额")),
                        ("staff_code", models.CharField(max_length=30, verbose_name="登记人")),
                        ("recorded_at", models.DateTimeField(verbose_name="登记时间")),
                    ],
                    options={
                        "constraints": [models.UniqueConstraint(fields=("file",), name="receipt_once")],
                    },
                ),
                migrations.CreateModel(
                    name="RejectedRow",
                    fields=[
                        (
                            "id",
                            models.BigAutoField(
                                auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                            ),
                        ),
                        (
                            "pooling_area",
                            models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, to="platform.poolingarea"),
                        ),
                        ("unit_code", models.CharField(db_collation="C", max_length=12, verbose_name="参保单位")),
                        ("flow", models.CharField(max_length=30, verbose_name="交换项目")),
                        (
                            "outgoing",
                            models.ForeignKey(
                                null=True,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="rejected",
                                to="exchange.outgoingfile",
                            ),
                        ),
                        (
                            "incoming",
                            models.ForeignKey(
                                db_index=False,
                                null=True,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="rejected",
                                to="exchange.importfile",
                            ),
                        ),
                        ("row_no", models.PositiveIntegerField(verbose_name="行号")),
                        ("object_kind", models.CharField(max_length=20, verbose_name="业务对象类别")),
                        ("object_key", models.CharField(max_length=40, verbose_name="业务对象")),
                        ("subject", models.CharField(max_length=100, verbose_name="对象")),
                        ("amount_fen", models.BigIntegerField(null=True, verbose_name="金额")),
                        ("code", models.CharField(max_length=20, verbose_name="代码")),
                        ("reason", models.CharField(max_length=300, verbose_name="原因")),
                        (
                            "state",
                            models.CharField(
                                choices=[("open", "待处理"), ("resolved", "已处理")],
                                default="open",
                                max_length=10,
                                verbose_name="状态",
                            ),
                        ),
                        ("assigned_to", models.CharField(blank=True, max_length=30, verbose_name="经办人")),
                        ("resolution", models.CharField(blank=True, max_length=300, verbose_name="处理结果")),
                        ("resolved_by", models.CharField(blank=True, max_length=30, verbose_name="处理人")),
                        ("resolved_at", models.DateTimeField(null=True, verbose_name="处理时间")),
                        ("due_on", models.DateField(verbose_name="应办结日期")),
                        ("created_at", models.DateTimeField(verbose_name="退回时间")),
                    ],
                    options={
                        "indexes": [
                            models.Index(fields=["unit_code", "state", "id"], name="rejected_row_unit"),
                            models.Index(fields=["pooling_area", "state", "-id"], name="rejected_row_area"),
                        ],
                        "constraints": [
                            models.CheckConstraint(
                                condition=models.Q(
                                    models.Q(
                                        ("resolution", ""),
                                        ("resolved_at", None),
                                        ("resolved_by", ""),
                                        ("state", "open"),
                                    ),
                                    models.Q(
                                        ("resolved_at__isnull", False),
                                        ("state", "resolved"),
                                        models.Q(("resolution", ""), _negated=True),
                                        models.Q(("resolved_by", ""), _negated=True),
                                    ),
                                    _connector="OR",
                                ),
                                name="rejected_row_resolved_whole",
                            )
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="ArrivalChunk",
                    fields=[
                        (
                            "id",
                            models.BigAutoField(
                                auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                            ),
                        ),
                        (
                            "arrival",
                            models.ForeignKey(
                                db_index=False,
                                on_delete=django.db.models.deletion.CASCADE,
                                related_name="chunks",
                                to="exchange.arrival",
                            ),
                        ),
                        ("number", models.PositiveIntegerField()),
                        ("content", models.BinaryField()),
                    ],
                    options={
                        "constraints": [
                            models.UniqueConstraint(fields=("arrival", "number"), name="arrival_chunk_once")
                        ],
                    },
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
                        (
                            "file",
                            models.ForeignKey(
                                db_index=False,
                                on_delete=django.db.models.deletion.CASCADE,
                                related_name="chunks",
                                to="exchange.importfile",
                            ),
                        ),
                        ("number", models.PositiveIntegerField()),
                        ("content", models.BinaryField()),
                    ],
                    options={
                        "constraints": [models.UniqueConstraint(fields=("file", "number"), name="import_chunk_once")],
                    },
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
                        (
                            "file",
                            models.ForeignKey(
                                db_index=False,
                                on_delete=django.db.models.deletion.CASCADE,
                                related_name="problems",
                                to="exchange.importfile",
                            ),
                        ),
                        ("row_no", models.PositiveIntegerField(verbose_name="行号")),
                        ("cell", models.CharField(max_length=12, verbose_name="单元格")),
                        ("column", models.CharField(max_length=60, verbose_name="列名")),
                        ("value", models.CharField(max_length=100, verbose_name="内容")),
                        ("code", models.CharField(max_length=10, verbose_name="代码")),
                        ("reason", models.CharField(max_length=300, verbose_name="原因")),
                        ("in_books", models.BooleanField(default=False, verbose_name="与库内数据有关")),
                    ],
                    options={
                        "indexes": [models.Index(fields=["file", "row_no", "id"], name="import_problem_row")],
                    },
                ),
                migrations.CreateModel(
                    name="OutgoingChunk",
                    fields=[
                        (
                            "id",
                            models.BigAutoField(
                                auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                            ),
                        ),
                        (
                            "file",
                            models.ForeignKey(
                                db_index=False,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="chunks",
                                to="exchange.outgoingfile",
                            ),
                        ),
                        ("number", models.PositiveIntegerField()),
                        ("content", models.BinaryField()),
                    ],
                    options={
                        "constraints": [models.UniqueConstraint(fields=("file", "number"), name="outgoing_chunk_once")],
                    },
                ),
                migrations.CreateModel(
                    name="PartnerLink",
                    fields=[
                        (
                            "partner",
                            models.OneToOneField(
                                on_delete=django.db.models.deletion.PROTECT,
                                primary_key=True,
                                related_name="link",
                                serialize=False,
                                to="exchange.partner",
                            ),
                        ),
                        (
                            "carrier",
                            models.CharField(
                                choices=[("folder", "共享目录"), ("http", "HTTP 接口")],
                                max_length=8,
                                verbose_name="方式",
                            ),
                        ),
                        ("address", models.CharField(blank=True, max_length=300, verbose_name="地址")),
                        ("in_use", models.BooleanField(default=True, verbose_name="启用")),
                        ("last_contact_at", models.DateTimeField(null=True, verbose_name="最近联通")),
                        ("failing_since", models.DateTimeField(null=True, verbose_name="中断自")),
                        ("failures", models.PositiveIntegerField(default=0, verbose_name="连续失败")),
                        ("next_try_at", models.DateTimeField(null=True, verbose_name="下次尝试")),
                        ("problem", models.CharField(blank=True, max_length=300, verbose_name="原因")),
                    ],
                    options={
                        "constraints": [
                            models.CheckConstraint(
                                condition=models.Q(
                                    models.Q(("failing_since", None), ("failures", 0), ("problem", "")),
                                    models.Q(
                                        ("failing_since__isnull", False),
                                        ("failures__gt", 0),
                                        models.Q(("problem", ""), _negated=True),
                                    ),
                                    _connector="OR",
                                ),
                                name="partner_link_fails_whole",
                            )
                        ],
                    },
                ),
            ]
        ),
    ]
