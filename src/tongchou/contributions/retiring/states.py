"""States of a retirement (退休身份变更)."""

from django.db import models


class RetirementState(models.TextChoices):
    """退休状态: pending until what is owed for it is paid (NC-ACCT §12)."""

    PENDING = "pending", "待缴费"
    RETIRED = "retired", "已转退休"
    CANCELLED = "cancelled", "已撤销"


RETIREMENT_TRANSITIONS = {
    (RetirementState.PENDING, RetirementState.RETIRED): "NC-ACCT §12: the reserve has come",
    (RetirementState.PENDING, RetirementState.CANCELLED): "the approval was made in error",
}


class Begins(models.TextChoices):
    """退休待遇起始月: from which month the person counts as retired."""

    NEXT_MONTH = "next_month", "缴清次月"
    PAYMENT_MONTH = "payment_month", "缴清当月"
