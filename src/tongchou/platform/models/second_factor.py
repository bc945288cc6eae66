"""The second factor of operators (动态口令; SYS-11; GX2017 §133). Decision 0200."""

from django.db import models
from django.db.models import F, Q

from tongchou.platform.models.operators import Operator
from tongchou.platform.states import FactorEnd


class SecondFactor(models.Model):
    """A device that shows codes: begun, confirmed by a first code, used, ended.

    `seed` is random and no secret: the secret is derived from it with the installation's key, which no table holds.
    `last_step` is the time step of the last accepted code; older ones and that one are refused.
    """

    operator = models.ForeignKey(Operator, on_delete=models.PROTECT, related_name="second_factors")
    seed = models.BinaryField("种子", max_length=20)
    begun_at = models.DateTimeField("开始绑定时间")
    confirmed_at = models.DateTimeField("启用时间", null=True)
    last_step = models.BigIntegerField("最近使用的时间步", null=True)
    last_used_at = models.DateTimeField("最近使用时间", null=True)
    forgiven_at = models.DateTimeField("解除锁定时间", null=True)
    end = models.CharField("停用方式", max_length=10, choices=FactorEnd, blank=True)
    ended_at = models.DateTimeField("停用时间", null=True)
    ended_by = models.ForeignKey(Operator, null=True, on_delete=models.PROTECT, related_name="+")
    end_reason = models.CharField("停用理由", max_length=200, blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["operator"],
                condition=Q(ended_at=None, confirmed_at__isnull=False),
                name="second_factor_one_in_use",
            ),
            models.UniqueConstraint(
                fields=["operator"], condition=Q(confirmed_at=None), name="second_factor_one_being_bound"
            ),
            models.CheckConstraint(
                condition=Q(ended_at=None, ended_by=None, end="")
                | (Q(ended_at__isnull=False, ended_by__isnull=False, confirmed_at__isnull=False) & ~Q(end="")),
                name="second_factor_ended_by_somebody",
            ),
            models.CheckConstraint(
                condition=~Q(end=FactorEnd.RESET) | (~Q(ended_by=F("operator")) & ~Q(end_reason="")),
                name="second_factor_reset_by_another_with_a_reason",
            ),
        ]


class RecoveryCode(models.Model):
    """恢复码: opens once when the device is lost; only its keyed digest is kept."""

    factor = models.ForeignKey(SecondFactor, on_delete=models.CASCADE, related_name="recovery_codes")
    digest = models.BinaryField("摘要", max_length=32)
    used_at = models.DateTimeField("使用时间", null=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["factor", "digest"], name="recovery_code_once")]
