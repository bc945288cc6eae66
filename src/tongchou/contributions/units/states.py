"""States of the monthly contributions of employers (单位应缴)."""

from django.db import models


class UnitMonthState(models.TextChoices):
    """单位应缴状态: a month counts when it is paid whole (BJ-ACCT §5; NC-ACCT §7)."""

    DUE = "due", "应缴"
    PART = "part", "未足额"
    PAID = "paid", "已足额"


UNIT_MONTH_TRANSITIONS = {
    (UnitMonthState.DUE, UnitMonthState.PART): "NC-ACCT §7: what came is allocated to nobody",
    (UnitMonthState.DUE, UnitMonthState.PAID): "BJ-ACCT §5",
    (UnitMonthState.PART, UnitMonthState.PAID): "BJ-ACCT §5: the rest has come",
}
