"""Missing papers come one by one, each taken by somebody (JL2019 §18; ORG-16)."""

import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("cases", "0006_done_at_once"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.AddField(
            model_name="casematerial",
            name="received_by",
            field=models.ForeignKey(
                null=True, on_delete=django.db.models.deletion.PROTECT, related_name="+", to=settings.AUTH_USER_MODEL
            ),
        ),
        migrations.AlterField(
            model_name="caseact",
            name="act",
            field=models.CharField(
                choices=[
                    ("accepted", "受理"),
                    ("not_accepted", "不予受理"),
                    ("agreed", "同意"),
                    ("returned", "退回"),
                    ("refused", "不予办理"),
                    ("asked", "告知补正"),
                    ("part_supplied", "收到部分补正材料"),
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
        migrations.AddConstraint(
            model_name="casematerial",
            constraint=models.CheckConstraint(
                condition=models.Q(("received_by", None), ("received_at__isnull", False), _connector="OR"),
                name="case_material_taken_when",
            ),
        ),
    ]
