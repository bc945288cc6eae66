"""Kinds of media and of what happens to a card (就诊介质与卡务)."""

from django.db import models


class MediumKind(models.TextChoices):
    """就诊介质 beside the social security card, for a time of transition (QA2018 五(五); ENR-30)."""

    BANK_BENEFIT_CARD = "jinsui", "金穗惠农卡"
    MEDICAL_CARD = "ic_card", "原医保IC卡"
    RURAL_BOOK = "rural_card", "原新农合卡"


class CardAct(models.TextChoices):
    """卡务 (附件3; ENR-29)."""

    APPLIED = "applied", "申领"
    READY = "ready", "制卡完成"
    HANDED_OUT = "handed_out", "发放"
    LOST = "lost", "挂失"
    FOUND = "found", "解挂"
    REPLACED = "replaced", "换新停用"
    CANCELLED = "cancelled", "注销"


class ReplacementReason(models.TextChoices):
    """补(换)证原因 (附件3)."""

    FIRST = "first", "首次申领"
    LOST = "lost", "遗失"
    DAMAGED = "damaged", "损坏"
    CHANGED = "changed", "信息变更"
    RENEWED = "renewed", "换领"
