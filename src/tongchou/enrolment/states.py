"""States and kinds of enrolment (参保登记)."""

from django.db import models


class Scheme(models.TextChoices):
    """险种; the values are those of the policy packages."""

    RESIDENT = "resident", "城乡居民基本医疗保险"
    EMPLOYEE = "employee", "职工基本医疗保险"


class Sex(models.TextChoices):
    MALE = "M", "男"
    FEMALE = "F", "女"


class CertificateType(models.TextChoices):
    """证件类型 (GX2017 §10; ENR-13); the values are those of psn_cert_type."""

    CITIZEN_ID = "01", "居民身份证"
    HK_PERMIT = "04", "港澳居民来往内地通行证(香港)"
    MACAO_PERMIT = "05", "港澳居民来往内地通行证(澳门)"
    TAIWAN_PERMIT = "06", "台湾居民来往大陆通行证"
    FOREIGN_RESIDENT = "07", "外国人永久居留身份证"
    PASSPORT = "08", "外国人护照"
    HMT_RESIDENCE = "17", "港澳台居民居住证"
    BIRTH_CERTIFICATE = "990201", "出生医学证明"
    OTHER = "99", "其他身份证件"


class ResidenceKind(models.TextChoices):
    """定居、居留证件 beside a permit or passport (GX2017 §10; ENR-13)."""

    SETTLEMENT = "settlement", "定居证明"
    TAIWAN_SETTLEMENT = "taiwan_settlement", "台湾居民定居证"
    RESIDENCE_PERMIT = "residence_permit", "居留证件"
    PERMANENT_RESIDENCE = "permanent_residence", "永久居留证件"


class HouseholdRelation(models.TextChoices):
    """与户主关系 (附件1; ENR-01)."""

    HEAD = "head", "户主"
    SPOUSE = "spouse", "配偶"
    CHILD = "child", "子女"
    PARENT = "parent", "父母"
    GRANDCHILD = "grandchild", "孙子女"
    GRANDPARENT = "grandparent", "祖父母"
    SIBLING = "sibling", "兄弟姐妹"
    OTHER = "other", "其他"


class PersonCategory(models.TextChoices):
    """人员类别 (GX2017 §87)."""

    NEWBORN = "newborn", "新生儿"
    CHILD = "child", "未成年人"
    STUDENT = "student", "在校学生"
    ADULT = "adult", "成年居民"
    SENIOR = "senior", "老年居民"
    WORKING = "working", "在职职工"
    RETIRED = "retired", "退休人员"


EMPLOYEE_CATEGORIES = frozenset({PersonCategory.WORKING, PersonCategory.RETIRED})
"""Categories of the employee scheme; all others belong to the resident scheme."""


class EnrolmentStatus(models.TextChoices):
    """参保状态 on a day; derived from the dated rows, never stored (GX ch 2; requirement file 02)."""

    NONE = "none", "未参保"
    ACTIVE = "active", "正常参保"
    SUSPENDED = "suspended", "暂停参保"
    TERMINATED = "terminated", "终止参保"


ENROLMENT_TRANSITIONS = {
    (EnrolmentStatus.NONE, EnrolmentStatus.ACTIVE): "GX2017 §6",
    (EnrolmentStatus.ACTIVE, EnrolmentStatus.SUSPENDED): "JL2019 §8",
    (EnrolmentStatus.SUSPENDED, EnrolmentStatus.ACTIVE): "JL2019 §8",
    (EnrolmentStatus.ACTIVE, EnrolmentStatus.TERMINATED): "GX2017 §15",
    (EnrolmentStatus.SUSPENDED, EnrolmentStatus.TERMINATED): "JL2019 §10",
    (EnrolmentStatus.TERMINATED, EnrolmentStatus.ACTIVE): "GX2017 §6",
}


class SpecialCategory(models.TextChoices):
    """特殊人员标识 (GX2017 §8; JL2019 §7); the values are the `groups` of the policy packages."""

    DIBAO = "dibao", "最低生活保障对象"
    TEKUN = "tekun", "特困供养人员"
    POOR = "poor", "建档立卡贫困人口"
    SEVERE_DISABILITY = "severe_disability", "重度残疾人"
    LOW_INCOME = "low_income", "低收入家庭60岁以上老人和未成年人"
    FAMILY_PLANNING = "family_planning", "独生子女户、双女结扎户"
    BORDER_RESIDENT = "border_resident", "边境0—20公里居民"
    NINETY = "ninety", "90岁以上老人"


YEARLY_CATEGORIES = frozenset({SpecialCategory.POOR})
"""Those of a list made anew each year: a span without an end ends with its year (ENR-10)."""


class Department(models.TextChoices):
    """特殊人员名单的来源部门 (GX2017 §8; JL2019 §7(四))."""

    CIVIL_AFFAIRS = "civil_affairs", "民政部门"
    POVERTY_RELIEF = "poverty_relief", "扶贫(乡村振兴)部门"
    DISABLED = "disabled", "残疾人联合会"
    HEALTH = "health", "卫生健康(计划生育)部门"


class ListingState(models.TextChoices):
    """未参保困难人员的办理状态 (ENR-11)."""

    OPEN = "open", "待动员参保"
    ENROLLED = "enrolled", "已参保"
    CLOSED = "closed", "不再办理"


LISTING_TRANSITIONS = {
    (ListingState.OPEN, ListingState.ENROLLED): "the person enrols; the flag comes with it",
    (ListingState.OPEN, ListingState.CLOSED): "a clerk gives a reason",
}


class EndingKind(models.TextChoices):
    """停保 leaves the relation standing; 注销 ends it (JL2019 §8, 10; GX2017 §15)."""

    SUSPENSION = "suspension", "停保"
    TERMINATION = "termination", "注销"


class EndingReason(models.TextChoices):
    """停保、注销的原因 (GX2017 §15; JL2019 §8, 10); which of them counts as what is the area's choice."""

    EMPLOYEE = "employee", "职工参保"
    ARMY = "army", "参军"
    OTHER = "other", "其他"
    DEATH = "death", "死亡"
    MISSING = "missing", "失踪"
    MOVED_OUT = "moved_out", "跨统筹地区转出"
    ABROAD = "abroad", "出国(境)定居"
    SENTENCE = "sentence", "服刑"


class EndingSource(models.TextChoices):
    """停保、注销的来路 (ENR-21, ENR-22, ENR-16)."""

    APPLICATION = "application", "本人(代办)申请"
    DATA = "data", "部门信息"
    EMPLOYEE = "employee", "职工参保信息"


class Informant(models.TextChoices):
    """提供人员身份状态信息的部门 (JL2019 §10)."""

    POLICE = "police", "公安机关"
    COURT = "court", "人民法院"
    ASSISTING = "assisting", "协办机构"
    EMPLOYEE_AGENCY = "employee_agency", "职工医保经办机构"
    HEALTH = "health", "卫生健康部门"
    HUMAN_RESOURCES = "hr", "人力资源社会保障部门"


class ReportState(models.TextChoices):
    """人员身份状态信息的办理状态 (ENR-22)."""

    UNKNOWN = "unknown", "未登记人员"
    MISMATCH = "mismatch", "待核对"
    HELD = "held", "异议期"
    OBJECTED = "objected", "有异议"
    DONE = "done", "已办结"
    DISMISSED = "dismissed", "不予办理"


REPORT_TRANSITIONS = {
    (ReportState.UNKNOWN, ReportState.DISMISSED): "JL2019 §10",
    (ReportState.MISMATCH, ReportState.HELD): "JL2019 §10",
    (ReportState.MISMATCH, ReportState.DISMISSED): "JL2019 §10",
    (ReportState.HELD, ReportState.OBJECTED): "JL2019 §10",
    (ReportState.HELD, ReportState.DONE): "JL2019 §10",
    (ReportState.HELD, ReportState.DISMISSED): "JL2019 §10",
    (ReportState.OBJECTED, ReportState.HELD): "JL2019 §10",
    (ReportState.OBJECTED, ReportState.DISMISSED): "JL2019 §10",
}


class FormerScheme(models.TextChoices):
    """整合以前的制度 (GX2017 §12; ENR-15)."""

    URBAN = "urban", "城镇居民基本医疗保险"
    RURAL = "rural", "新型农村合作医疗"


class DuplicateGround(models.TextChoices):
    """疑似重复参保的依据 (ENR-16)."""

    NUMBER = "number", "证件号码相同"
    FORMER_NUMBER = "former", "曾用证件号码相同"
    PARTICULARS = "particulars", "姓名、出生日期、住址相同"


class DuplicateState(models.TextChoices):
    """疑似重复参保的办理状态 (ENR-16)."""

    OPEN = "open", "待核对"
    DIFFERENT = "different", "不是同一人"
    MERGED = "merged", "已合并"


class BlockKind(models.TextChoices):
    """暂停待遇的来源 (BEN-02, BEN-36)."""

    AUDIT = "audit", "稽核"
    MONITORING = "monitoring", "智能监控"
    FREEZE = "freeze", "封存"


class CardStatus(models.TextChoices):
    """社会保障卡状态 (ENR-29)."""

    MAKING = "making", "制卡中"
    AWAITING_PICKUP = "awaiting_pickup", "待领取"
    ACTIVE = "active", "正常"
    LOST = "lost", "挂失"
    REPLACED = "replaced", "已换卡"
    CANCELLED = "cancelled", "注销"


CARD_TRANSITIONS = {
    (CardStatus.MAKING, CardStatus.AWAITING_PICKUP): "GX2017 §13",
    (CardStatus.MAKING, CardStatus.ACTIVE): "GX2017 §13",
    (CardStatus.AWAITING_PICKUP, CardStatus.ACTIVE): "GX2017 §13",
    (CardStatus.ACTIVE, CardStatus.LOST): "GX2017 §13",
    (CardStatus.LOST, CardStatus.ACTIVE): "GX2017 §13",
    (CardStatus.ACTIVE, CardStatus.REPLACED): "GX2017 §13",
    (CardStatus.LOST, CardStatus.REPLACED): "GX2017 §13",
    (CardStatus.MAKING, CardStatus.CANCELLED): "GX2017 §15",
    (CardStatus.AWAITING_PICKUP, CardStatus.CANCELLED): "GX2017 §15",
    (CardStatus.ACTIVE, CardStatus.CANCELLED): "GX2017 §15",
    (CardStatus.LOST, CardStatus.CANCELLED): "GX2017 §15",
}


class Credential(models.TextChoices):
    """就诊凭证 (GX2017 §63; JL2019 §24; ENR-31)."""

    CARD = "card", "社会保障卡"
    ID_CARD = "id_card", "居民身份证"
    HOUSEHOLD_BOOK = "household_book", "居民户口簿"
    BIRTH_CERTIFICATE = "birth_certificate", "出生医学证明"
    ELECTRONIC = "electronic", "医保电子凭证"
    FACE = "face", "人脸识别"
