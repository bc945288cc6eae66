"""Kinds of catalogue items (三大目录)."""

from django.db import models


class ItemKind(models.TextChoices):
    DRUG = "drug", "药品"
    SERVICE = "service", "诊疗项目"
    FACILITY = "facility", "服务设施"
    MATERIAL = "material", "医用耗材"


class PayClass(models.TextChoices):
    """收费项目等级; the values are those of chrgitm_lv."""

    A = "01", "甲类"
    B = "02", "乙类"
    C = "03", "丙类"


class ChargeCategory(models.TextChoices):
    """医疗收费项目类别; the values are those of med_chrgitm_type."""

    BED = "01", "床位费"
    CONSULTATION = "02", "诊察费"
    EXAMINATION = "03", "检查费"
    LABORATORY = "04", "化验费"
    TREATMENT = "05", "治疗费"
    OPERATION = "06", "手术费"
    NURSING = "07", "护理费"
    MATERIAL = "08", "卫生材料费"
    WESTERN_DRUG = "09", "西药费"
    HERBAL_SLICE = "10", "中药饮片费"
    CHINESE_DRUG = "11", "中成药费"
    GENERAL = "12", "一般诊疗费"
    REGISTRATION = "13", "挂号费"
    OTHER = "14", "其他费"
