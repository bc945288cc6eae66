"""Grounds and states of refunds (退费)."""

from typing import Final

from django.db import models


class Ground(models.TextChoices):
    """退费理由 as people bring them; which of them count is `Procedure.error_reasons` (refund.error_reasons)."""

    DOUBLE = "double", "同一年度重复缴费"
    WRONG_PERSON = "wrong_person", "错缴到他人名下"
    EXCESS = "excess", "多收款(超过标准或不符合缴费条件)"
    DIED_BEFORE = "died_before", "年度开始前已死亡"
    EMPLOYEE = "employee", "已参加职工基本医疗保险"
    MOVED = "moved", "迁往外地"
    UNUSED = "unused", "未使用待遇"
    OTHER = "other", "其他原因"
    AID = "aid", "资助款退回部门"


ASKED_AT_COUNTER: Final = tuple(one for one in Ground if one is not Ground.AID)


class RefundState(models.TextChoices):
    """退费状态."""

    APPROVED = "approved", "待付款"
    IN_RUN = "in_run", "付款中"
    PAID = "paid", "已退回"
    RETURNED = "returned", "退票待更正"


REFUND_TRANSITIONS: Final = {
    (RefundState.APPROVED, RefundState.IN_RUN): "a run for the bank lists it",
    (RefundState.IN_RUN, RefundState.APPROVED): "the run was cancelled before it left",
    (RefundState.IN_RUN, RefundState.PAID): "the bank has transferred it",
    (RefundState.IN_RUN, RefundState.RETURNED): "the bank could not transfer it",
    (RefundState.RETURNED, RefundState.APPROVED): "the account was corrected",
}


class RunState(models.TextChoices):
    """退费盘状态."""

    MADE = "made", "待复核"
    RELEASED = "released", "已复核"
    SENT = "sent", "已发送"
    ANSWERED = "answered", "已回盘"
    CANCELLED = "cancelled", "已撤销"


RUN_TRANSITIONS: Final = {
    (RunState.MADE, RunState.RELEASED): "a second person of finance, with the second factor",
    (RunState.MADE, RunState.CANCELLED): "its orders wait again",
    (RunState.RELEASED, RunState.SENT): "the file is with the bank",
    (RunState.SENT, RunState.ANSWERED): "every line is answered",
}


class LineState(models.TextChoices):
    """退费盘明细状态."""

    WAITING = "waiting", "待回盘"
    PAID = "paid", "转账成功"
    FAILED = "failed", "转账失败"
