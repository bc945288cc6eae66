"""Transfers between areas and schemes, with their documents."""

import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("enrolment", "0018_cards_shown"),
    ]

    operations = [
        migrations.CreateModel(
            name="Transfer",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("number", models.CharField(max_length=40, verbose_name="编号")),
                (
                    "kind",
                    models.CharField(
                        choices=[("area", "跨统筹区转移"), ("scheme", "险种间转移")], max_length=10, verbose_name="类别"
                    ),
                ),
                (
                    "side",
                    models.CharField(
                        choices=[("both", "本系统内"), ("out", "转出至外地"), ("in", "外地转入")],
                        max_length=6,
                        verbose_name="范围",
                    ),
                ),
                (
                    "state",
                    models.CharField(
                        choices=[
                            ("out_done", "转出办结"),
                            ("awaiting", "待转入"),
                            ("in_done", "转入办结"),
                            ("returned", "退回"),
                            ("withdrawn", "撤回"),
                        ],
                        max_length=12,
                        verbose_name="状态",
                    ),
                ),
                ("name", models.CharField(max_length=50, verbose_name="姓名")),
                ("certificate_no", models.CharField(db_collation="C", max_length=50, verbose_name="证件号码")),
                ("from_area", models.CharField(max_length=6, verbose_name="转出地")),
                ("from_agency", models.CharField(max_length=60, verbose_name="转出地经办机构")),
                ("from_unit", models.CharField(blank=True, max_length=12, verbose_name="原参保单位")),
                ("to_area", models.CharField(max_length=6, verbose_name="转入地")),
                ("to_agency", models.CharField(max_length=60, verbose_name="转入地经办机构")),
                ("to_unit", models.CharField(blank=True, max_length=12, verbose_name="转入后参保单位")),
                (
                    "from_scheme",
                    models.CharField(
                        choices=[("resident", "城乡居民基本医疗保险"), ("employee", "职工基本医疗保险")],
                        max_length=10,
                        verbose_name="转出险种",
                    ),
                ),
                (
                    "to_scheme",
                    models.CharField(
                        choices=[("resident", "城乡居民基本医疗保险"), ("employee", "职工基本医疗保险")],
                        max_length=10,
                        verbose_name="转入险种",
                    ),
                ),
                ("starts_on", models.DateField(verbose_name="接续日期")),
                ("reason", models.CharField(max_length=100, verbose_name="转移原因")),
                ("phone", models.CharField(blank=True, max_length=30, verbose_name="联系电话")),
                ("new_address", models.CharField(blank=True, max_length=200, verbose_name="新住址")),
                ("case_number", models.CharField(blank=True, max_length=40, verbose_name="受理号")),
                ("foreign_number", models.CharField(blank=True, max_length=40, verbose_name="对方编号")),
                ("made_at", models.DateTimeField(verbose_name="转出办结时间")),
                ("ended_at", models.DateTimeField(null=True, verbose_name="办结时间")),
                ("end_reason", models.CharField(blank=True, max_length=200, verbose_name="退回、撤回原因")),
                ("version", models.PositiveIntegerField(default=1, verbose_name="版本")),
                (
                    "closed",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="enrolment.enrolment",
                    ),
                ),
                (
                    "opened",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="enrolment.enrolment",
                    ),
                ),
                (
                    "person",
                    models.ForeignKey(
                        db_index=False,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="transfers",
                        to="enrolment.person",
                    ),
                ),
            ],
        ),
        migrations.CreateModel(
            name="TransferDocument",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                (
                    "kind",
                    models.CharField(
                        choices=[
                            ("proof", "参保缴费凭证"),
                            ("letter", "转移接续联系函"),
                            ("table", "关系转移接续信息表"),
                            ("answer", "转入回执"),
                        ],
                        max_length=10,
                        verbose_name="文书",
                    ),
                ),
                ("content", models.JSONField(verbose_name="内容")),
                ("digest", models.CharField(max_length=64, verbose_name="摘要")),
                ("code", models.CharField(max_length=16, verbose_name="验证码")),
                ("issued_by", models.CharField(max_length=60, verbose_name="出具机构")),
                ("staff_code", models.CharField(blank=True, max_length=30, verbose_name="经办人")),
                ("issued_at", models.DateTimeField(verbose_name="出具时间")),
                ("acknowledged_at", models.DateTimeField(null=True, verbose_name="签收时间")),
                ("acknowledged_by", models.CharField(blank=True, max_length=30, verbose_name="签收人")),
                (
                    "transfer",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="documents", to="enrolment.transfer"
                    ),
                ),
            ],
            options={
                "ordering": ["issued_at", "id"],
            },
        ),
        migrations.AddIndex(
            model_name="transfer",
            index=models.Index(fields=["person", "-id"], name="transfer_of_person"),
        ),
        migrations.AddIndex(
            model_name="transfer",
            index=models.Index(fields=["from_area", "-id"], name="transfer_from"),
        ),
        migrations.AddIndex(
            model_name="transfer",
            index=models.Index(fields=["to_area", "state", "-id"], name="transfer_to"),
        ),
        migrations.AddConstraint(
            model_name="transfer",
            constraint=models.UniqueConstraint(fields=("number",), name="transfer_number_once"),
        ),
        migrations.AddConstraint(
            model_name="transfer",
            constraint=models.UniqueConstraint(
                condition=models.Q(("foreign_number", ""), _negated=True),
                fields=("from_area", "foreign_number"),
                name="transfer_foreign_once",
            ),
        ),
        migrations.AddConstraint(
            model_name="transfer",
            constraint=models.UniqueConstraint(
                condition=models.Q(("state__in", ("out_done", "awaiting"))),
                fields=("person",),
                name="transfer_one_open",
            ),
        ),
        migrations.AddConstraint(
            model_name="transfer",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("ended_at", None), ("state__in", ("out_done", "awaiting"))),
                    models.Q(
                        models.Q(("state__in", ("out_done", "awaiting")), _negated=True), ("ended_at__isnull", False)
                    ),
                    _connector="OR",
                ),
                name="transfer_ended_when",
            ),
        ),
        migrations.AddConstraint(
            model_name="transfer",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("state__in", ("returned", "withdrawn")), _negated=True),
                    models.Q(("end_reason", ""), _negated=True),
                    _connector="OR",
                ),
                name="transfer_back_for_a_reason",
            ),
        ),
        migrations.AddConstraint(
            model_name="transfer",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("opened__isnull", False), ("state", "in_done")),
                    models.Q(("side", "out"), ("state", "in_done")),
                    models.Q(models.Q(("state", "in_done"), _negated=True), ("opened", None)),
                    _connector="OR",
                ),
                name="transfer_goes_on_somewhere",
            ),
        ),
        migrations.AddConstraint(
            model_name="transferdocument",
            constraint=models.UniqueConstraint(fields=("transfer", "kind"), name="transfer_document_once"),
        ),
    ]
