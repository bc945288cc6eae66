"""States and kinds of encounters (就医管理)."""

from django.db import models


class EncounterState(models.TextChoices):
    """就诊状态."""

    OPEN = "open", "就诊中"
    DISCHARGED = "discharged", "已出院"
    SETTLED = "settled", "已结算"
    CANCELLED = "cancelled", "已撤销"


TRANSITIONS = {
    (EncounterState.OPEN, EncounterState.DISCHARGED): "GX2017 §70",
    (EncounterState.DISCHARGED, EncounterState.OPEN): "ENC-16",
    (EncounterState.OPEN, EncounterState.CANCELLED): "ENC-16",
    (EncounterState.OPEN, EncounterState.SETTLED): "GX2017 §80",
    (EncounterState.DISCHARGED, EncounterState.SETTLED): "GX2017 §80",
    (EncounterState.SETTLED, EncounterState.OPEN): "GX2017 §71",
    (EncounterState.SETTLED, EncounterState.DISCHARGED): "GX2017 §71",
}
"""A settled visit opens again when its settlement is reversed, or when it has further lines."""


class CareKind(models.TextChoices):
    """医疗类别 as the policy packages know it."""

    OUTPATIENT = "outpatient", "普通门诊"
    CHRONIC = "chronic", "门诊特殊慢性病"
    PHARMACY = "pharmacy", "定点药店购药"
    INPATIENT = "inpatient", "住院"
    MATERNITY = "maternity", "生育住院"
    DAY_SURGERY = "day_surgery", "日间手术"
    HOME_BED = "home_bed", "家庭病床"
    EMERGENCY = "emergency", "急诊"


STAYS = frozenset({CareKind.INPATIENT, CareKind.MATERNITY, CareKind.DAY_SURGERY, CareKind.HOME_BED})
"""Kinds with an admission and a discharge (住院类); a person has at most one of them open (ENC-11, ENC-13)."""


class Referral(models.TextChoices):
    """转诊情形 (GX2017 §64, 73; QA2018 五(三))."""

    NONE = "none", "无"
    UP = "up", "上转"
    DOWN = "down", "下转"
    UNREFERRED = "unreferred", "未按规定转诊"


class Place(models.TextChoices):
    """就医地点 (GX2017 §72)."""

    HOME = "home", "统筹地区内"
    AWAY_FILED = "away_filed", "异地(已备案)"
    AWAY_UNFILED = "away_unfiled", "异地(未备案)"


class FilingKind(models.TextChoices):
    """备案类别."""

    CHRONIC = "chronic", "门诊特殊慢性病"
    HOME_BED = "home_bed", "家庭病床"


class FilingState(models.TextChoices):
    """备案状态; read from the days and whether it was cancelled."""

    COMING = "coming", "未生效"
    VALID = "valid", "有效"
    ENDED = "ended", "已结束"
    CANCELLED = "cancelled", "已作废"


class Verdict(models.TextChoices):
    """第三方责任认定 (BEN-38)."""

    NOBODY = "nobody", "无第三方责任"
    SHARE = "share", "第三方按比例负担"
    AMOUNT = "amount", "第三方负担定额"
