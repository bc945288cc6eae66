"""Kinds of contributions (筹资缴费)."""

from django.db import models


class ContributionKind(models.TextChoices):
    """缴费类型: how a payment counts for the waiting rules (GX2017 §22; CON-03, CON-12)."""

    CONTINUOUS = "continuous", "连续参保"
    GRACE = "grace", "延期(宽限)"
    FIRST = "first", "初次参保"
    FIRST_MID_YEAR = "first_mid", "初次参保(年中)"
    REJOINED = "rejoined", "中断后参保"
    LATE = "late", "逾期"
    NEWBORN = "newborn", "新生儿期内"
    NEWBORN_LATE = "newborn_late", "新生儿超期"


class Channel(models.TextChoices):
    """缴费渠道 (GX2017 §23–25; JL2019 §12)."""

    BANK = "bank", "银行托收"
    TAX = "tax", "税务征收"
    SCHOOL = "school", "学校代收"
    COUNTER = "counter", "窗口缴费"
    AID = "aid", "资助参保"
