"""Kinds of account holders (户主与账户)."""

from django.db import models


class HolderKind(models.TextChoices):
    """账户持有人 (ENR-19)."""

    SELF = "self", "本人"
    GUARDIAN = "guardian", "监护人"


class AccountSource(models.TextChoices):
    """登记方式."""

    CASE = "case", "窗口申请"
    LIST = "list", "名单导入"
    COUNTER = "counter", "参保登记"
