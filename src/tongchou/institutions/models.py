"""Tables of designated institutions, agreements and physicians (协议管理, GX2017 §32–57; JL2019 ch 4)."""

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import F, Q

from tongchou.institutions.states import HospitalLevel, InstitutionKind, InstitutionType, StaffKind
from tongchou.platform.ranges import no_overlap


class Institution(models.Model):
    """定点医药机构, known by its national code (H or P and 11 digits)."""

    code = models.CharField("机构编号", max_length=12, primary_key=True, db_collation="C")
    name = models.CharField("机构名称", max_length=200, db_collation="C")
    name_initials = models.CharField("名称拼音首字母", max_length=200, blank=True, db_collation="C")
    kind = models.CharField("类型", max_length=1, choices=InstitutionKind)
    type = models.CharField("机构类别", max_length=20, choices=InstitutionType, default=InstitutionType.HOSPITAL)
    pooling_area = models.ForeignKey("platform.PoolingArea", on_delete=models.PROTECT, verbose_name="所在统筹地区")
    unit_code = models.CharField("所在行政区划", max_length=12)
    uscc = models.CharField("统一社会信用代码", max_length=18, blank=True)
    licence_no = models.CharField("执业(经营)许可证号", max_length=60, blank=True)
    licence_until = models.DateField("许可证有效期至(不含)", null=True)
    parent = models.ForeignKey(
        "self", null=True, on_delete=models.PROTECT, related_name="stations", verbose_name="上级"
    )
    primary = models.BooleanField("基层医疗机构", default=False)
    village_station = models.BooleanField("村卫生室", default=False)
    address = models.CharField("地址", max_length=200, blank=True)
    phone = models.CharField("电话", max_length=30, blank=True)
    created_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.CheckConstraint(condition=Q(code__regex=r"^[HP]\d{11}$"), name="institution_code_is_national"),
            models.CheckConstraint(
                condition=Q(kind="1", code__startswith="H") | Q(kind="2", code__startswith="P"),
                name="institution_code_fits_kind",
            ),
            models.CheckConstraint(
                condition=(Q(kind="2") & Q(type="pharmacy")) | (Q(kind="1") & ~Q(type="pharmacy")),
                name="institution_type_fits_kind",
            ),
            models.UniqueConstraint(
                fields=["licence_no"], condition=~Q(licence_no=""), name="institution_licence_once"
            ),
        ]
        indexes = [
            models.Index(fields=["pooling_area", "kind", "name", "code"], name="institution_area"),
            models.Index(fields=["name", "code"], name="institution_name"),
            models.Index(fields=["name_initials", "code"], name="institution_initials"),
        ]

    def __str__(self) -> str:
        return self.name


class InstitutionLevel(models.Model):
    """医院等级 over time; which day counts is `benefit.level_asof`."""

    institution = models.ForeignKey(Institution, on_delete=models.PROTECT, related_name="levels")
    level = models.CharField("等级", max_length=1, choices=HospitalLevel)
    grade = models.CharField("等次", max_length=10, blank=True)
    valid_from = models.DateField("起")
    valid_until = models.DateField("止", null=True)

    class Meta:
        constraints = [
            no_overlap("institution_level_no_overlap", "institution", span=("valid_from", "valid_until")),
            models.CheckConstraint(
                condition=Q(valid_until=None) | Q(valid_until__gt=F("valid_from")), name="institution_level_not_empty"
            ),
        ]


class Agreement(models.Model):
    """服务协议: from when until when, for which schemes and care types (GX2017 §40–43)."""

    institution = models.ForeignKey(Institution, on_delete=models.PROTECT, related_name="agreements")
    number = models.CharField("协议编号", max_length=40, unique=True)
    schemes = ArrayField(models.CharField(max_length=10), verbose_name="险种")
    care_kinds = ArrayField(models.CharField(max_length=20), verbose_name="服务范围")
    signed_on = models.DateField("签订日期")
    valid_from = models.DateField("起")
    valid_until = models.DateField("止")
    ended_reason = models.CharField("终止原因", max_length=200, blank=True)

    class Meta:
        constraints = [
            no_overlap("agreement_no_overlap", "institution", span=("valid_from", "valid_until")),
            models.CheckConstraint(condition=Q(valid_until__gt=F("valid_from")), name="agreement_not_empty"),
            models.CheckConstraint(condition=Q(schemes__len__gt=0), name="agreement_covers_a_scheme"),
        ]


class AgreementSuspension(models.Model):
    """暂停协议: settlement is stopped for a span (GX2017 §57)."""

    agreement = models.ForeignKey(Agreement, on_delete=models.PROTECT, related_name="suspensions")
    suspended_from = models.DateField("起")
    suspended_until = models.DateField("止", null=True)
    reason = models.CharField("原因", max_length=200)

    class Meta:
        constraints = [
            no_overlap("agreement_suspension_no_overlap", "agreement", span=("suspended_from", "suspended_until")),
            models.CheckConstraint(
                condition=Q(suspended_until=None) | Q(suspended_until__gt=F("suspended_from")),
                name="agreement_suspension_not_empty",
            ),
        ]


class Physician(models.Model):
    """医保医师 / 药师 / 护士 filed at an institution, with the national code (GX2017 §51–56; DOC-01, DOC-02)."""

    code = models.CharField("医师编码", max_length=30)
    name = models.CharField("姓名", max_length=50)
    kind = models.CharField("类别", max_length=10, choices=StaffKind, default=StaffKind.PHYSICIAN)
    citizen_id = models.CharField("公民身份号码", max_length=18, blank=True)
    practice_no = models.CharField("执业证书编号", max_length=40, blank=True)
    institution = models.ForeignKey(Institution, on_delete=models.PROTECT, related_name="physicians", db_index=False)
    main_site = models.BooleanField("主执业机构", default=True)
    department = models.CharField("科室", max_length=100, blank=True)
    title = models.CharField("职称", max_length=30, blank=True)
    filed_from = models.DateField("备案起")
    filed_until = models.DateField("备案止", null=True)
    end_reason = models.CharField("注销原因", max_length=100, blank=True)

    class Meta:
        constraints = [
            no_overlap("physician_filed_once", "institution", "code", span=("filed_from", "filed_until")),
            models.CheckConstraint(
                condition=Q(filed_until=None) | Q(filed_until__gt=F("filed_from")), name="physician_filing_not_empty"
            ),
        ]
        indexes = [
            models.Index(fields=["institution", "code"], name="physician_institution"),
            models.Index(fields=["code", "filed_from"], name="physician_code"),
        ]

    def __str__(self) -> str:
        return self.name


class PhysicianSuspension(models.Model):
    """暂停医师服务 (GX2017 §54): lines of a suspended physician are not paid, emergencies excepted.

    It follows the code, so it holds at every institution where the physician works.
    """

    physician_code = models.CharField("医师编码", max_length=30)
    suspended_from = models.DateField("起")
    suspended_until = models.DateField("止", null=True)
    reason = models.CharField("原因", max_length=200)

    class Meta:
        constraints = [
            no_overlap("physician_suspension_no_overlap", "physician_code", span=("suspended_from", "suspended_until")),
            models.CheckConstraint(
                condition=Q(suspended_until=None) | Q(suspended_until__gt=F("suspended_from")),
                name="physician_suspension_not_empty",
            ),
        ]


class InstitutionVersion(models.Model):
    """One row per pooling area: raised with every change of its institutions, agreements and physicians.

    Caches in the processes compare it and read again what has moved.
    """

    pooling_area = models.OneToOneField("platform.PoolingArea", on_delete=models.PROTECT, primary_key=True)
    version = models.PositiveIntegerField(default=1)
