"""Kinds and states of fiscal subsidies (财政补助)."""

from django.db import models


class Level(models.TextChoices):
    """补助级次: which budget pays (GX2017 §29; QA2018 一)."""

    CENTRAL = "central", "中央财政"
    PROVINCE = "province", "省级财政"
    CITY = "city", "市级财政"
    COUNTY = "county", "县级财政"


class Purpose(models.TextChoices):
    """申请类型: the year's application, and the settlement after the final count (CON-26, CON-30)."""

    ADVANCE = "advance", "年度申请"
    FINAL = "final", "年终清算"


class ApplicationState(models.TextChoices):
    """补助申请状态 (CON-26)."""

    DRAFT = "draft", "测算"
    REVIEWED = "reviewed", "已复核"
    SUBMITTED = "submitted", "已上报"
    APPROVED = "approved", "已核准"
    GRANTED = "granted", "已拨付"
    ARRIVED = "arrived", "已到账"
    SETTLED = "settled", "已清算"


APPLICATION_TRANSITIONS = {
    (ApplicationState.DRAFT, ApplicationState.REVIEWED): "GX2017 §30",
    (ApplicationState.REVIEWED, ApplicationState.DRAFT): "returned, to be counted anew",
    (ApplicationState.REVIEWED, ApplicationState.SUBMITTED): "GX2017 §30",
    (ApplicationState.SUBMITTED, ApplicationState.APPROVED): "GX2017 §30: the departments have approved",
    (ApplicationState.APPROVED, ApplicationState.GRANTED): "GX2017 §31: the first budget has paid out",
    (ApplicationState.APPROVED, ApplicationState.ARRIVED): "GX2017 §31: all has arrived",
    (ApplicationState.GRANTED, ApplicationState.ARRIVED): "GX2017 §31: all has arrived",
    (ApplicationState.APPROVED, ApplicationState.SETTLED): "JL2019 §11: the difference goes to the next year",
    (ApplicationState.GRANTED, ApplicationState.SETTLED): "JL2019 §11: what was not paid goes to the next year",
    (ApplicationState.ARRIVED, ApplicationState.SETTLED): "JL2019 §11",
}

SUBMITTED_STATES = (
    ApplicationState.SUBMITTED,
    ApplicationState.APPROVED,
    ApplicationState.GRANTED,
    ApplicationState.ARRIVED,
)
"""What budgets owe by an application."""


class SnapshotState(models.TextChoices):
    """测算状态."""

    COUNTING = "counting", "测算中"
    COMPLETE = "complete", "已冻结"
    FAILED = "failed", "未完成"


class Verdict(models.TextChoices):
    """计数结论: counted, or why not (CON-26, CON-27)."""

    COUNTED = "", "计入"
    DUPLICATE = "duplicate", "重复参保"
    DEAD = "dead", "统计时点前死亡"
    UNRECONCILED = "unreconciled", "缴费未对账到账"
    AID_WAITING = "aid_waiting", "资助资金未到账"
    EMPLOYEE = "employee", "已参加职工医保"
    NOT_ENROLLED = "not_enrolled", "统计时点未在保"
    NO_SHARES = "no_shares", "没有分级补助标准"
