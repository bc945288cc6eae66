"""Kinds of programmes and the facts their conditions may ask for (激励政策)."""

from django.db import models


class ProgrammeKind(models.TextChoices):
    """政策种类 (JS-EXT §2)."""

    FORMER = "former", "历史未参保人员补缴"
    REJOIN = "rejoin", "断保人员续保"
    NEW_GROUP = "new_group", "新增参保群体"


class Bearer(models.TextChoices):
    """其余部分由谁承担: who bears what the person does not pay."""

    NOBODY = "nobody", "减免"
    FISCAL = "fiscal", "财政或主管部门"


class Fact(models.TextChoices):
    """条件事项: the facts that a condition may ask for; a new one is a change of `rules`."""

    BREAK_MONTHS = "break_months", "中断缴费月数不少于"
    NEVER_EMPLOYEE = "never_employee", "从未参加职工医保"
    AGE_FROM = "age_from", "年满周岁"
    AGE_BELOW = "age_below", "未满周岁"
    GROUP = "group", "特殊人员标识"
    PROOF = "proof", "持有证明"


class Kept(models.TextChoices):
    """参与状态."""

    COUNTED = "counted", "已享受"
    WAITING = "waiting", "待缴费"
    WITHDRAWN = "withdrawn", "已撤销"
