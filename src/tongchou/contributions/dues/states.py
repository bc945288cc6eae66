"""Kinds and states of what is owed once (一次性应收)."""

from django.db import models


class DueKind(models.TextChoices):
    """应收种类 (CON-32…34)."""

    BASE_AUDIT = "base_audit", "稽核补缴"
    PROGRAMME = "programme", "政策性补缴"
    RESERVE = "reserve", "风险储备金"
    MAKEUP = "makeup", "一次性补足年限"


class DueState(models.TextChoices):
    """应收状态: paid whole, in one sum of the payer and one of the department that aids, or open."""

    OPEN = "open", "应收"
    PAID = "paid", "已缴"
    VOID = "void", "作废"


DUE_TRANSITIONS = {
    (DueState.OPEN, DueState.PAID): "NC-ACCT §12: all of it has come",
    (DueState.OPEN, DueState.VOID): "what it was raised for is no more",
}


class DuePart(models.TextChoices):
    """Who pays: the employer or the person, or the department that aids (救助)."""

    OWN = "own", "单位或个人缴纳"
    AID = "aid", "部门资助"
