"""The second factor of operators (动态口令; SYS-11)."""

import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("platform", "0002_append_only"),
    ]

    operations = [
        migrations.CreateModel(
            name="SecondFactor",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("seed", models.BinaryField(max_length=20, verbose_name="种子")),
                ("begun_at", models.DateTimeField(verbose_name="开始绑定时间")),
                ("confirmed_at", models.DateTimeField(null=True, verbose_name="启用时间")),
                ("last_step", models.BigIntegerField(null=True, verbose_name="最近使用的时间步")),
                ("last_used_at", models.DateTimeField(null=True, verbose_name="最近使用时间")),
                ("forgiven_at", models.DateTimeField(null=True, verbose_name="解除锁定时间")),
                (
                    "end",
                    models.CharField(
                        blank=True,
                        choices=[("renewed", "本人更换"), ("reset", "安全管理员重置")],
                        max_length=10,
                        verbose_name="停用方式",
                    ),
                ),
                ("ended_at", models.DateTimeField(null=True, verbose_name="停用时间")),
                ("end_reason", models.CharField(blank=True, max_length=200, verbose_name="停用理由")),
                (
                    "ended_by",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                (
                    "operator",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="second_factors",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
            ],
        ),
        migrations.CreateModel(
            name="RecoveryCode",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("digest", models.BinaryField(max_length=32, verbose_name="摘要")),
                ("used_at", models.DateTimeField(null=True, verbose_name="使用时间")),
                (
                    "factor",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="recovery_codes",
                        to="platform.secondfactor",
                    ),
                ),
            ],
        ),
        migrations.AddConstraint(
            model_name="secondfactor",
            constraint=models.UniqueConstraint(
                condition=models.Q(("confirmed_at__isnull", False), ("ended_at", None)),
                fields=("operator",),
                name="second_factor_one_in_use",
            ),
        ),
        migrations.AddConstraint(
            model_name="secondfactor",
            constraint=models.UniqueConstraint(
                condition=models.Q(("confirmed_at", None)), fields=("operator",), name="second_factor_one_being_bound"
            ),
        ),
        migrations.AddConstraint(
            model_name="secondfactor",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("end", ""), ("ended_at", None), ("ended_by", None)),
                    models.Q(
                        ("confirmed_at__isnull", False),
                        ("ended_at__isnull", False),
                        ("ended_by__isnull", False),
                        models.Q(("end", ""), _negated=True),
                    ),
                    _connector="OR",
                ),
                name="second_factor_ended_by_somebody",
            ),
        ),
        migrations.AddConstraint(
            model_name="secondfactor",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("end", "reset"), _negated=True),
                    models.Q(
                        models.Q(("ended_by", models.F("operator")), _negated=True),
                        models.Q(("end_reason", ""), _negated=True),
                    ),
                    _connector="OR",
                ),
                name="second_factor_reset_by_another_with_a_reason",
            ),
        ),
        migrations.AddConstraint(
            model_name="recoverycode",
            constraint=models.UniqueConstraint(fields=("factor", "digest"), name="recovery_code_once"),
        ),
    ]
