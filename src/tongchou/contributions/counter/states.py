"""Kinds and states of payments at the counter (现场缴费)."""

from django.db import models


class PayerKind(models.TextChoices):
    """缴费人: who brings the money (GX2017 §26: a relative pays for a newborn)."""

    SELF = "self", "本人"
    RELATIVE = "relative", "亲属"
    UNIT = "unit", "单位或村(居)委会"
    OTHER = "other", "其他人"


class PaymentState(models.TextChoices):
    """现场缴费状态: undone the same day only, by another person than who received it."""

    RECEIVED = "received", "已收款"
    CANCEL_ASKED = "asked", "待核准撤销"
    CANCELLED = "cancelled", "已撤销"


PAYMENT_TRANSITIONS = {
    (PaymentState.RECEIVED, PaymentState.CANCEL_ASKED): "GX2017 §28: taken in error, told the same day",
    (PaymentState.CANCEL_ASKED, PaymentState.RECEIVED): "GX2017 §28: the second person did not agree",
    (PaymentState.CANCEL_ASKED, PaymentState.CANCELLED): "GX2017 §28: the second person agreed",
}


class DayState(models.TextChoices):
    """日结状态."""

    OPEN = "open", "未日结"
    CLOSED = "closed", "已日结"


DAY_TRANSITIONS = {(DayState.OPEN, DayState.CLOSED): "GX2017 §95: the terminals' totals beside ours, then the books"}
