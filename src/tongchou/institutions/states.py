"""States and kinds of institutions (定点医药机构)."""

from django.db import models


class InstitutionKind(models.TextChoices):
    """定点医药机构类型 (GX2017 §32; JL2019 §15); values are those of fixmedins_type."""

    MEDICAL = "1", "定点医疗机构"
    PHARMACY = "2", "定点零售药店"


class InstitutionType(models.TextChoices):
    """机构类别 (AGR-01)."""

    HOSPITAL = "hospital", "医院"
    SPECIALIST = "specialist", "专科医院"
    COMMUNITY_CENTRE = "community_centre", "社区卫生服务中心"
    TOWN_CENTRE = "town_centre", "乡镇卫生院"
    COMMUNITY_STATION = "community_station", "社区卫生站"
    VILLAGE_STATION = "village_station", "村卫生室"
    CLINIC = "clinic", "诊所"
    PHARMACY = "pharmacy", "零售药店"


PRIMARY_TYPES = frozenset(
    {
        InstitutionType.COMMUNITY_CENTRE,
        InstitutionType.TOWN_CENTRE,
        InstitutionType.COMMUNITY_STATION,
        InstitutionType.VILLAGE_STATION,
    }
)
"""基层医疗机构和站点 (GX2017 §46)."""


class HospitalLevel(models.TextChoices):
    """医院等级 (GX2017 §87); the grade within a level does not change the benefit."""

    THIRD = "3", "三级"
    SECOND = "2", "二级"
    FIRST = "1", "一级"
    NONE = "0", "未定级"


class AgreementState(models.TextChoices):
    """协议状态 on a day; derived from the dated rows, never stored."""

    DRAFT = "draft", "待生效"
    SIGNED = "signed", "履行中"
    SUSPENDED = "suspended", "暂停"
    EXPIRED = "expired", "到期"
    ENDED = "ended", "终止"
    NONE = "none", "无协议"


AGREEMENT_TRANSITIONS = {
    (AgreementState.NONE, AgreementState.DRAFT): "GX2017 §43",
    (AgreementState.DRAFT, AgreementState.SIGNED): "GX2017 §45",
    (AgreementState.SIGNED, AgreementState.SUSPENDED): "GX2017 §62",
    (AgreementState.SUSPENDED, AgreementState.SIGNED): "GX2017 §62",
    (AgreementState.SIGNED, AgreementState.EXPIRED): "GX2017 §45",
    (AgreementState.SUSPENDED, AgreementState.EXPIRED): "GX2017 §45",
    (AgreementState.SIGNED, AgreementState.ENDED): "GX2017 §62",
    (AgreementState.SUSPENDED, AgreementState.ENDED): "GX2017 §62",
}


class StaffKind(models.TextChoices):
    """医保医师、药师、护士 (DOC-02)."""

    PHYSICIAN = "physician", "医保医师"
    PHARMACIST = "pharmacist", "医保药师"
    NURSE = "nurse", "医保护士"


class PhysicianState(models.TextChoices):
    """医师备案状态 on a day; derived from the dated rows (DOC-06)."""

    VALID = "valid", "有效"
    NOT_FILED = "not_filed", "未备案"
    SUSPENDED = "suspended", "暂停"
    ENDED = "ended", "注销"
