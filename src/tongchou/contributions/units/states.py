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


class StopsFrom(models.TextChoices):
    """停止待遇起始日, once the months of grace are over (arrears.stop_from for employers; NC-ACCT §7)."""

    AFTER_DUE = "after_due", "缴费期限次日"
    NEXT_MONTH = "next_month", "缴费期限次月1日"


class RestoresFrom(models.TextChoices):
    """补缴后恢复待遇: from which day a month paid late gives benefits again."""

    STOP_DAY = "stop_day", "自停止之日起补享"
    PAYMENT_DAY = "payment_day", "自足额缴费之日起"
    NEXT_MONTH = "next_month", "自足额缴费次月1日起"
