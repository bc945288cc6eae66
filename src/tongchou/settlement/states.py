"""States and kinds of settlements (结算)."""

from django.db import models


class SettlementState(models.TextChoices):
    """结算状态; a cancellation is a row of its own, the state is read from the rows."""

    SETTLED = "settled", "已结算"
    REVERSED = "reversed", "已冲销"
    REVERSAL = "reversal", "冲销"
    ANNULLED = "annulled", "已冲正"


TRANSITIONS = {
    (SettlementState.SETTLED, SettlementState.REVERSED): "GX2017 §71",
    (SettlementState.SETTLED, SettlementState.ANNULLED): "GX2017 §80",
    (SettlementState.REVERSAL, SettlementState.ANNULLED): "GX2017 §80",
    (SettlementState.REVERSED, SettlementState.SETTLED): "GX2017 §80",
}
"""The last one: the cancellation itself was annulled (2601), so the settlement stands again."""


class Layer(models.TextChoices):
    """支付层 in the order of computation (GX2017 §128; QA2018 五(二)); money columns are named after them."""

    PROJECT = "project", "公共卫生专项"
    POOL = "pool", "基本统筹"
    CATASTROPHIC = "catastrophic", "大病保险"
    SUPPLEMENTARY = "supplementary", "补充保险"
    LARGE_AMOUNT = "large_amount", "大额互助"
    ASSISTANCE = "assistance", "医疗救助"
    ACCOUNT = "account", "个人账户"
    CASH = "cash", "现金"


class ReplayCause(models.TextChoices):
    """待重算的起因 (BEN-42)."""

    REVERSAL = "reversal", "较早的结算被冲销"
    ENROLMENT = "enrolment", "参保关系变动"
    CATEGORY = "category", "人员类别变动"
    GROUP = "group", "特殊人员标识变动"
    COVERAGE = "coverage", "缴费或待遇期变动"
    FILING = "filing", "备案变动"
    MERGE = "merge", "人员归并或拆分"


class ReplayState(models.TextChoices):
    """待重算年度的状态; the moves are those of the table below."""

    OPEN = "open", "待核对"
    RECOMPUTED = "recomputed", "已重算"
    UNCHANGED = "unchanged", "核对无变动"
    LEFT = "left", "不予重算"


REPLAY_TRANSITIONS = {
    (ReplayState.OPEN, ReplayState.RECOMPUTED): "GX2017 §71",
    (ReplayState.OPEN, ReplayState.UNCHANGED): "GX2017 §71",
    (ReplayState.OPEN, ReplayState.LEFT): "GX2017 §71",
}
"""A further event opens a new mark; a closed one stays as it was closed."""


class ClaimState(models.TextChoices):
    """商业保险理赔状态 (SYS-08)."""

    ASKED = "asked", "待核定"
    CONFIRMED = "confirmed", "已核定"
    REFUSED = "refused", "不予支付"
    PAID = "paid", "已支付"


CLAIM_TRANSITIONS = {
    (ClaimState.ASKED, ClaimState.CONFIRMED): "the insurer will pay so much",
    (ClaimState.ASKED, ClaimState.REFUSED): "the insurer will not pay, and says why",
    (ClaimState.CONFIRMED, ClaimState.PAID): "what was confirmed has been paid",
    (ClaimState.ASKED, ClaimState.PAID): "confirmed and paid in one answer",
}
