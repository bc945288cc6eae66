"""Kinds of employers' business (单位业务)."""

from django.db import models


class MemberCategory(models.TextChoices):
    """职工类别; the values are those of `PersonCategory`."""

    WORKING = "working", "在职"
    RETIRED = "retired", "退休"


class StaffChange(models.TextChoices):
    """人员变动 of a month (ENR-33)."""

    JOINS = "joins", "增员"
    LEAVES = "leaves", "减员"
    BASE = "base", "调整基数"
    RETIRES = "retires", "在职转退休"
