"""States and kinds of the platform (平台)."""

from django.db import models


class UnitLevel(models.TextChoices):
    """机构层级 (GX2017 §3, 4): the agency tree, with schools and institutions as attached bodies."""

    PROVINCE = "province", "省级"
    CITY = "city", "市级"
    COUNTY = "county", "县级"
    TOWN = "town", "乡镇(街道)"
    VILLAGE = "village", "村(社区)"
    SCHOOL = "school", "学校"
    INSTITUTION_OFFICE = "institution_office", "定点机构医保科"


AREA_LEVELS = (UnitLevel.PROVINCE, UnitLevel.CITY, UnitLevel.COUNTY)
"""Levels with a six-digit division code."""

PARENT_LEVELS: dict[UnitLevel, tuple[UnitLevel, ...]] = {
    UnitLevel.PROVINCE: (),
    UnitLevel.CITY: (UnitLevel.PROVINCE,),
    UnitLevel.COUNTY: (UnitLevel.CITY, UnitLevel.PROVINCE),
    UnitLevel.TOWN: (UnitLevel.COUNTY,),
    UnitLevel.VILLAGE: (UnitLevel.TOWN,),
    UnitLevel.SCHOOL: (UnitLevel.CITY, UnitLevel.COUNTY, UnitLevel.TOWN),
    UnitLevel.INSTITUTION_OFFICE: (UnitLevel.PROVINCE, UnitLevel.CITY, UnitLevel.COUNTY, UnitLevel.TOWN),
}
"""Under which levels a unit may hang (ORG-01)."""


class CalendarState(models.TextChoices):
    """工作日历状态 (ORG-19)."""

    DRAFT = "draft", "待批准"
    PROVISIONAL = "provisional", "暂定"
    APPROVED = "approved", "已批准"
    SUPERSEDED = "superseded", "已被替换"
    REJECTED = "rejected", "已退回"


IN_FORCE = (CalendarState.PROVISIONAL, CalendarState.APPROVED)
"""The states in which a year's calendar is used."""

CALENDAR_TRANSITIONS = {
    (CalendarState.DRAFT, CalendarState.APPROVED): "ORG-19",
    (CalendarState.DRAFT, CalendarState.REJECTED): "ORG-19",
    (CalendarState.PROVISIONAL, CalendarState.SUPERSEDED): "ORG-19",
    (CalendarState.APPROVED, CalendarState.SUPERSEDED): "ORG-19",
}


class TrailOutcome(models.TextChoices):
    """操作结果."""

    DONE = "done", "成功"
    SEEN = "seen", "查阅"
    REFUSED = "refused", "拒绝"
    FAILED = "failed", "失败"


class GrantPurpose(models.TextChoices):
    """跨机构查阅的用途 (ORG-02)."""

    CLEARING = "clearing", "清算"
    AUDIT = "audit", "稽核"


class FactorEnd(models.TextChoices):
    """动态口令停用方式 (SYS-11)."""

    RENEWED = "renewed", "本人更换"
    RESET = "reset", "安全管理员重置"


class NoticeLevel(models.TextChoices):
    """通知级别."""

    NOTE = "note", "通知"
    WARNING = "warning", "提醒"
    URGENT = "urgent", "紧急"


class Language(models.TextChoices):
    CHINESE = "zh-hans", "简体中文"
    ENGLISH = "en", "English"


class AgentRole(models.TextChoices):
    """受托机构的性质 (GX2017 §4; JL2019 §4, 6; ORG-04)."""

    AGENT = "agent", "代办机构"
    ASSISTING = "assisting", "协办机构"
    POINT = "point", "基层代办点"


class AgentType(models.TextChoices):
    """受托机构的类型 (GX2017 §4; ORG-04)."""

    TOWN = "town", "乡镇(街道)服务中心"
    VILLAGE_COMMITTEE = "village_committee", "村(居)委会"
    SCHOOL = "school", "学校"
    CLINIC = "clinic", "社区(基层)医疗卫生机构"


AGENT_LEVELS: dict[AgentType, tuple[UnitLevel, ...]] = {
    AgentType.TOWN: (UnitLevel.TOWN,),
    AgentType.VILLAGE_COMMITTEE: (UnitLevel.VILLAGE,),
    AgentType.SCHOOL: (UnitLevel.SCHOOL,),
    AgentType.CLINIC: (UnitLevel.INSTITUTION_OFFICE, UnitLevel.VILLAGE),
}
"""Which nodes of the tree may act as an agent of that type: never the agency itself."""


class Duty(models.TextChoices):
    """职责 (JL2019 §2; ORG-03): what a level does in an item."""

    SETS = "sets", "定规则"
    HANDLES = "handles", "办理"
    REVIEWS = "reviews", "审核"
    READS = "reads", "查阅"


class EditionState(models.TextChoices):
    """职责分工表状态 (ORG-03)."""

    DRAFT = "draft", "待核准"
    APPROVED = "approved", "已核准"
    REJECTED = "rejected", "已退回"


EDITION_TRANSITIONS = {
    (EditionState.DRAFT, EditionState.APPROVED): "JL2019 §2",
    (EditionState.DRAFT, EditionState.REJECTED): "JL2019 §2",
}


class TrainingResult(models.TextChoices):
    """培训考核结果 (QA2018 三.4; ORG-14)."""

    PASSED = "passed", "合格"
    FAILED = "failed", "不合格"


class TrainingLevel(models.TextChoices):
    """培训层次 (QA2018 三.4)."""

    PROVINCE = "province", "省级"
    CITY = "city", "市级"
    COUNTY = "county", "县级"
    UNIT = "unit", "单位内部"


class ConfirmationState(models.TextChoices):
    """未达培训要求任职的确认 (ORG-14)."""

    ASKED = "asked", "待领导确认"
    CONFIRMED = "confirmed", "已确认任职"
    REFUSED = "refused", "不同意任职"


CONFIRMATION_TRANSITIONS = {
    (ConfirmationState.ASKED, ConfirmationState.CONFIRMED): "QA2018 三.4",
    (ConfirmationState.ASKED, ConfirmationState.REFUSED): "QA2018 三.4",
}
