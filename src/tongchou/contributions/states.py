"""Kinds of contributions (筹资缴费)."""

from django.db import models


class ContributionKind(models.TextChoices):
    """缴费类型: how a payment counts for the waiting rules (GX2017 §22; CON-03, CON-12)."""

    CONTINUOUS = "continuous", "连续参保"
    GRACE = "grace", "延期(宽限)"
    FIRST = "first", "初次参保"
    FIRST_MID_YEAR = "first_mid", "初次参保(年中)"
    REJOINED = "rejoined", "中断后参保"
    LATE = "late", "逾期"
    NEWBORN = "newborn", "新生儿3个月内"
    NEWBORN_LATE = "newborn_late", "新生儿超期"


class Channel(models.TextChoices):
    """缴费渠道 (GX2017 §23–25; JL2019 §12)."""

    BANK = "bank", "银行托收"
    TAX = "tax", "税务征收"
    SCHOOL = "school", "学校代收"
    COUNTER = "counter", "窗口缴费"
    AID = "aid", "资助参保"
    VILLAGE = "village", "村级代收"


class ReceivableState(models.TextChoices):
    """应缴状态: a person's year is paid whole or not at all (CON-02)."""

    DUE = "due", "应缴"
    SENT = "sent", "已发盘"
    PAID = "paid", "已缴"
    FAILED = "failed", "扣款失败"
    VOID = "void", "作废"


RECEIVABLE_TRANSITIONS = {
    (ReceivableState.DUE, ReceivableState.SENT): "GX2017 §23",
    (ReceivableState.FAILED, ReceivableState.SENT): "GX2017 §23: drawn again",
    (ReceivableState.SENT, ReceivableState.PAID): "GX2017 §23: the bank has taken it",
    (ReceivableState.SENT, ReceivableState.FAILED): "GX2017 §23: the bank could not take it",
    (ReceivableState.SENT, ReceivableState.DUE): "the file never left",
    (ReceivableState.SENT, ReceivableState.VOID): "GX2017 §15: left while the bank had the file",
    (ReceivableState.PAID, ReceivableState.VOID): "GX2017 §15: the payment of somebody who has left was voided",
    (ReceivableState.DUE, ReceivableState.PAID): "GX2017 §21: another channel",
    (ReceivableState.FAILED, ReceivableState.PAID): "GX2017 §21: another channel",
    (ReceivableState.PAID, ReceivableState.DUE): "GX2017 §28: the payment was voided",
    (ReceivableState.DUE, ReceivableState.VOID): "GX2017 §15: no longer enrolled",
    (ReceivableState.FAILED, ReceivableState.VOID): "GX2017 §15: no longer enrolled",
}

OPEN_RECEIVABLES = (ReceivableState.DUE, ReceivableState.FAILED)
"""What may be drawn, or paid at a counter."""


class MandateState(models.TextChoices):
    """三方代扣代缴协议状态 (GX2017 §7, 23; ENR-07, ENR-09)."""

    SIGNED = "signed", "待银行确认"
    ACTIVE = "active", "已生效"
    CORRECTION = "correction", "待更正"
    ENDED = "ended", "已终止"


class BatchState(models.TextChoices):
    """托收批次状态 (CON-06)."""

    MADE = "made", "已制盘"
    SENT = "sent", "已发盘"
    ANSWERED = "answered", "已回盘"
    RECONCILED = "reconciled", "已对账"
    CANCELLED = "cancelled", "已撤销"


class ItemState(models.TextChoices):
    """托收明细状态: one household's line (CON-06, CON-07)."""

    WAITING = "waiting", "待回盘"
    PAID = "paid", "扣款成功"
    PART = "part", "部分扣款"
    FAILED = "failed", "扣款失败"


class DrawResult(models.TextChoices):
    """扣款结果: what the banks' result codes mean (GX2017 §23)."""

    OK = "ok", "扣款成功"
    PART = "part", "部分扣款"
    BALANCE = "balance", "余额不足"
    NO_ACCOUNT = "no_account", "账号不存在"
    WRONG_NAME = "wrong_name", "户名不符"
    FROZEN = "frozen", "账户冻结"
    NO_MANDATE = "no_mandate", "无代扣授权"
    OTHER = "other", "其他原因"


class PendingKind(models.TextChoices):
    """待处理款来源: money that settles nothing (CON-02, CON-05, CON-22)."""

    PART = "part", "部分缴纳"
    DUPLICATE = "duplicate", "重复缴纳"
    NOT_PAYABLE = "not_payable", "不符合缴费条件"
    UNMATCHED = "unmatched", "无法对应参保人"
    AID_RETURN = "aid_return", "应退回资助款"
