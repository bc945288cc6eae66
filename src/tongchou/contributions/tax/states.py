"""Kinds and states of the exchange with the tax office (税务征收)."""

from django.db import models


class TaxItemKind(models.TextChoices):
    """待办来源: why a record of the tax office was not booked by itself (CON-11)."""

    UNMATCHED = "unmatched", "对应不上参保人"
    DUPLICATE = "duplicate", "重复记录"
    AMENDED = "amended", "更正记录"
    RULED_OUT = "ruled_out", "不符合缴费条件"


class TaxItemState(models.TextChoices):
    """待办状态."""

    OPEN = "open", "待处理"
    MATCHED = "matched", "已对应入账"
    AMENDED = "amended", "已更正"
    HELD = "held", "转待处理款"
    REFUSED = "refused", "已退税务机关"


TAX_TRANSITIONS = {
    (TaxItemState.OPEN, TaxItemState.MATCHED): "JL2019 §13: the right person was found",
    (TaxItemState.OPEN, TaxItemState.AMENDED): "JL2019 §13: the tax office corrected its record",
    (TaxItemState.OPEN, TaxItemState.HELD): "GX2017 §28: money that settles nobody's year",
    (TaxItemState.OPEN, TaxItemState.REFUSED): "JL2019 §13: the same record again, or not ours",
}


class RosterChange(models.TextChoices):
    """名册变动: what the tax office is told of a person (JL2019 §12)."""

    NEW = "new", "新增"
    CHANGED = "changed", "变更"
    ENDED = "ended", "停止征收"
