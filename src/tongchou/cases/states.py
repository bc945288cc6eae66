"""The life of a case (业务件状态; ORG-16)."""

from typing import Final

from django.db import models


class CaseState(models.TextChoices):
    """业务件状态: while it is in hand, its step says who has it."""

    IN_HAND = "in_hand", "办理中"
    SUPPLEMENTING = "supplementing", "补正中"
    DONE = "done", "已办结"
    REFUSED = "refused", "不予办理"
    NOT_ACCEPTED = "not_accepted", "不予受理"
    WITHDRAWN = "withdrawn", "已撤回"
    LAPSED = "lapsed", "逾期未补正"


OPEN: Final = (CaseState.IN_HAND, CaseState.SUPPLEMENTING)
"""In these states the case still waits for somebody (未办结)."""

FINISHED: Final = tuple(state for state in CaseState if state not in OPEN)

TRANSITIONS: Final = {
    (None, CaseState.IN_HAND): "JL2019 §3",
    (None, CaseState.SUPPLEMENTING): "JL2019 §18",
    (None, CaseState.NOT_ACCEPTED): "JL2019 §18",
    (CaseState.IN_HAND, CaseState.IN_HAND): "GX2017 §74",
    (CaseState.IN_HAND, CaseState.SUPPLEMENTING): "JL2019 §18",
    (CaseState.SUPPLEMENTING, CaseState.SUPPLEMENTING): "JL2019 §18: some of the papers came",
    (CaseState.SUPPLEMENTING, CaseState.IN_HAND): "JL2019 §18",
    (CaseState.IN_HAND, CaseState.DONE): "GX2017 §74",
    (CaseState.IN_HAND, CaseState.REFUSED): "GX2017 §74",
    (CaseState.IN_HAND, CaseState.WITHDRAWN): "ORG-16",
    (CaseState.SUPPLEMENTING, CaseState.WITHDRAWN): "ORG-16",
    (CaseState.SUPPLEMENTING, CaseState.LAPSED): "ORG-16",
}
"""What may follow what; each move is an entry of the case's record with its person."""


class Channel(models.TextChoices):
    """申请渠道 (JL2019 §4, 12; ENR-34)."""

    COUNTER = "counter", "窗口"
    WEB = "web", "网上"


class Act(models.TextChoices):
    """办理动作: one line of the record of a case."""

    ACCEPTED = "accepted", "受理"
    NOT_ACCEPTED = "not_accepted", "不予受理"
    AGREED = "agreed", "同意"
    RETURNED = "returned", "退回"
    REFUSED = "refused", "不予办理"
    ASKED = "asked", "告知补正"
    PART_SUPPLIED = "part_supplied", "收到部分补正材料"
    SUPPLEMENTED = "supplemented", "收到补正材料"
    ATTACHED = "attached", "上传附件"
    VERIFIED = "verified", "核验材料"
    WITHDRAWN = "withdrawn", "撤回"
    LAPSED = "lapsed", "逾期终止"
    HANDED_OUT = "handed_out", "发放结果"
    REASSIGNED = "reassigned", "转交"


class Decision(models.TextChoices):
    """办理决定."""

    AGREE = "agree", "同意"
    RETURN = "return", "退回"
    REFUSE = "refuse", "不予办理"


SUPPLIED: Final = (Act.PART_SUPPLIED, Act.SUPPLEMENTED)
"""Acts by which papers came after the one list."""

DECIDING = (Act.ACCEPTED, Act.AGREED, Act.RETURNED, Act.REFUSED)
"""Acts that count for duties which must not meet in one person."""
