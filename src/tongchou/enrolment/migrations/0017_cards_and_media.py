"""What happens to cards, other media beside them, and how far issuing is."""

import django.db.models.deletion
import django.db.models.expressions
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("enrolment", "0016_registers_of_former_schemes"),
    ]

    operations = [
        migrations.CreateModel(
            name="CardEvent",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                (
                    "act",
                    models.CharField(
                        choices=[
                            ("applied", "申领"),
                            ("ready", "制卡完成"),
                            ("handed_out", "发放"),
                            ("lost", "挂失"),
                            ("found", "解挂"),
                            ("replaced", "换新停用"),
                            ("cancelled", "注销"),
                        ],
                        max_length=12,
                        verbose_name="事项",
                    ),
                ),
                ("at", models.DateTimeField(verbose_name="时间")),
                ("staff_code", models.CharField(blank=True, max_length=30, verbose_name="经办人")),
                ("said_by", models.CharField(blank=True, max_length=50, verbose_name="申报人、领取人")),
                ("note", models.CharField(blank=True, max_length=200, verbose_name="说明")),
            ],
            options={
                "ordering": ["-at", "-id"],
            },
        ),
        migrations.CreateModel(
            name="CardTally",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("pooling_area", models.CharField(max_length=6, verbose_name="统筹区")),
                ("unit_code", models.CharField(db_collation="C", max_length=12, verbose_name="参保单位")),
                ("insured", models.PositiveIntegerField(verbose_name="参保人数")),
                ("in_use", models.PositiveIntegerField(verbose_name="持卡人数")),
                ("making", models.PositiveIntegerField(verbose_name="制卡中")),
                ("awaiting", models.PositiveIntegerField(verbose_name="待领取")),
                ("lost", models.PositiveIntegerField(verbose_name="挂失")),
                ("media_only", models.PositiveIntegerField(verbose_name="仅有其他介质")),
                ("counted_at", models.DateTimeField(verbose_name="统计时间")),
            ],
        ),
        migrations.CreateModel(
            name="LinkedMedium",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                (
                    "kind",
                    models.CharField(
                        choices=[("jinsui", "金穗惠农卡"), ("ic_card", "原医保IC卡"), ("rural_card", "原新农合卡")],
                        max_length=12,
                        verbose_name="介质种类",
                    ),
                ),
                ("number", models.CharField(db_collation="C", max_length=32, verbose_name="介质号码")),
                ("valid_from", models.DateField(verbose_name="起")),
                ("valid_until", models.DateField(verbose_name="止")),
                ("staff_code", models.CharField(max_length=30, verbose_name="登记人")),
                ("linked_at", models.DateTimeField(verbose_name="登记时间")),
            ],
        ),
        migrations.AddField(
            model_name="socialsecuritycard",
            name="comes_first",
            field=models.BooleanField(db_default=False, default=False, verbose_name="优先制卡"),
        ),
        migrations.AddField(
            model_name="socialsecuritycard",
            name="ready_on",
            field=models.DateField(null=True, verbose_name="预计可领日期"),
        ),
        migrations.AddIndex(
            model_name="socialsecuritycard",
            index=models.Index(
                condition=models.Q(("status__in", ("making", "awaiting_pickup"))),
                fields=["-comes_first", "ready_on", "id"],
                name="card_in_making",
            ),
        ),
        migrations.AddField(
            model_name="cardevent",
            name="card",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.PROTECT, related_name="events", to="enrolment.socialsecuritycard"
            ),
        ),
        migrations.AddConstraint(
            model_name="cardtally",
            constraint=models.UniqueConstraint(fields=("pooling_area", "unit_code"), name="card_tally_once"),
        ),
        migrations.AddConstraint(
            model_name="cardtally",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    (
                        "insured__gte",
                        django.db.models.expressions.CombinedExpression(
                            django.db.models.expressions.CombinedExpression(
                                django.db.models.expressions.CombinedExpression(
                                    django.db.models.expressions.CombinedExpression(
                                        models.F("in_use"), "+", models.F("making")
                                    ),
                                    "+",
                                    models.F("awaiting"),
                                ),
                                "+",
                                models.F("lost"),
                            ),
                            "+",
                            models.F("media_only"),
                        ),
                    )
                ),
                name="card_tally_adds_up",
            ),
        ),
        migrations.AddField(
            model_name="linkedmedium",
            name="person",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.PROTECT, related_name="media", to="enrolment.person"
            ),
        ),
        migrations.AddConstraint(
            model_name="cardevent",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("act", "handed_out"), _negated=True),
                    models.Q(("said_by", ""), _negated=True),
                    _connector="OR",
                ),
                name="card_event_handed_out_to_somebody",
            ),
        ),
        migrations.AddConstraint(
            model_name="linkedmedium",
            constraint=models.UniqueConstraint(fields=("number",), name="linked_medium_number_once"),
        ),
        migrations.AddConstraint(
            model_name="linkedmedium",
            constraint=models.CheckConstraint(
                condition=models.Q(("valid_until__gte", models.F("valid_from"))), name="linked_medium_span_in_order"
            ),
        ),
    ]
