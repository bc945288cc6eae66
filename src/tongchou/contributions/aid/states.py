"""Modes and states of aid for contributions (资助参保)."""

from typing import Final

from django.db import models


class AidMode(models.TextChoices):
    """aid.mode (CON-15): to the person's bank account before withholding, or straight to the fund."""

    ACCOUNT = "account", "转入个人账户(应缴不减)"
    FUND = "fund", "拨入基金(应缴核减)"


class AidListState(models.TextChoices):
    """资助名册状态."""

    MADE = "made", "已生成"
    NOTIFIED = "notified", "已通知部门"
    CONFIRMED = "confirmed", "部门已确认"


AID_LIST_TRANSITIONS: Final = {
    (AidListState.MADE, AidListState.NOTIFIED): "GX2017 §27: the department is told",
    (AidListState.NOTIFIED, AidListState.CONFIRMED): "every line is answered",
}


class AidItemState(models.TextChoices):
    """资助状态 of one person (CON-15, CON-17)."""

    WAITING = "waiting", "待到账"
    ARRIVED = "arrived", "已到账"
    USED = "used", "已使用"
    REFUSED = "refused", "部门不予资助"
    RETURN = "return", "应退回部门"


AID_ITEM_TRANSITIONS: Final = {
    (AidItemState.WAITING, AidItemState.ARRIVED): "the money has come",
    (AidItemState.WAITING, AidItemState.USED): "the money has come and the year is paid",
    (AidItemState.ARRIVED, AidItemState.USED): "the year is paid",
    (AidItemState.WAITING, AidItemState.REFUSED): "the department does not pay for this person",
    (AidItemState.WAITING, AidItemState.RETURN): "the money came and cannot be used",
    (AidItemState.ARRIVED, AidItemState.RETURN): "the person will not pay this year any more",
    (AidItemState.USED, AidItemState.ARRIVED): "the payment of the year is void (decision 0419)",
    (AidItemState.USED, AidItemState.RETURN): "the year was undone after the money had come",
    (AidItemState.ARRIVED, AidItemState.WAITING): "the money had not come: its arrival is withdrawn",
    (AidItemState.USED, AidItemState.WAITING): "the money had not come: its arrival is withdrawn",
    (AidItemState.RETURN, AidItemState.WAITING): "the money had not come: its arrival is withdrawn",
}


class AidAnswer(models.TextChoices):
    """部门答复 on one line."""

    OK = "ok", "同意资助"
    NOT_IN_GROUP = "not_in_group", "不在资助范围"
    WRONG_PERSON = "wrong_person", "人员不符"
    DEAD = "dead", "已死亡"


class AidDifference(models.TextChoices):
    """资助差异 (CON-17): why money cannot be used."""

    NOT_INSURED = "not_insured", "未参保或已终止参保"
    PAID_BEFORE = "paid_before", "资助到账前本人已全额缴费"
    WRONG_PERSON = "wrong_person", "人员不符"
