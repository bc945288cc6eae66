"""Tables of enrolment (参保登记, GX2017 §6–17; JL2019 ch 2).

Columns that are searched by prefix have the collation "C", so that one plain index serves equality, prefix and order.
"""

from django.db import models
from django.db.models import F, Q
from django.db.models.functions import Upper

from tongchou.enrolment.bank_accounts.models import BankAccount
from tongchou.enrolment.employers.models import Employer, EmployerMember
from tongchou.enrolment.states import (
    BlockKind,
    CardStatus,
    CertificateType,
    HouseholdRelation,
    ListingState,
    PersonCategory,
    ResidenceKind,
    Scheme,
    Sex,
    SpecialCategory,
)
from tongchou.platform.ranges import no_overlap

__all__ = ["BankAccount", "Employer", "EmployerMember"]
"""Tables that live with their topic."""


class Household(models.Model):
    """户: people enrol and pay by household (GX2017 §6, 23). The head is the member with that relation."""

    pooling_area = models.ForeignKey(
        "platform.PoolingArea", on_delete=models.PROTECT, db_index=False, verbose_name="统筹地区"
    )
    unit_code = models.CharField("参保单位", max_length=12)
    number = models.CharField("户号", max_length=24)
    address = models.CharField("住址", max_length=200, blank=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["pooling_area", "number"], name="household_number_once")]
        indexes = [models.Index(fields=["unit_code", "number"], name="household_unit")]

    def __str__(self) -> str:
        return self.number


class Person(models.Model):
    """参保人: the human being, one row for life (GX2017 §6, 14)."""

    person_no = models.CharField("人员编号", max_length=30)
    certificate_type = models.CharField("证件类型", max_length=6, choices=CertificateType)
    certificate_no = models.CharField("证件号码", max_length=50, db_collation="C")
    name = models.CharField("姓名", max_length=50, db_collation="C")
    name_initials = models.CharField("姓名拼音首字母", max_length=50, blank=True, db_collation="C")
    sex = models.CharField("性别", max_length=1, choices=Sex)
    ethnicity = models.CharField("民族", max_length=2, default="01")
    born_on = models.DateField("出生日期")
    died_on = models.DateField("死亡日期", null=True)
    phone = models.CharField("联系电话", max_length=30, blank=True)
    address = models.CharField("住址", max_length=200, blank=True)
    hukou_area = models.CharField("户籍地", max_length=12, blank=True)
    pooling_area = models.ForeignKey(
        "platform.PoolingArea", on_delete=models.PROTECT, db_index=False, db_constraint=False, verbose_name="参保地"
    )
    unit_code = models.CharField("参保单位", max_length=12, db_collation="C")
    household = models.ForeignKey(Household, null=True, on_delete=models.PROTECT, related_name="members")
    household_relation = models.CharField("与户主关系", max_length=12, choices=HouseholdRelation, blank=True)
    merged_into = models.ForeignKey("self", null=True, on_delete=models.PROTECT, related_name="+", db_index=False)
    created_at = models.DateTimeField("登记时间")

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["person_no"], name="person_no_once"),
            models.UniqueConstraint(
                fields=["certificate_no", "certificate_type"],
                name="person_certificate_once",
                condition=Q(merged_into=None),
            ),
            models.UniqueConstraint(
                fields=["household"],
                name="household_one_head",
                condition=Q(household_relation=HouseholdRelation.HEAD),
            ),
            models.CheckConstraint(
                condition=Q(certificate_no=Upper("certificate_no")), name="person_certificate_in_capitals"
            ),
            models.CheckConstraint(
                condition=Q(died_on=None) | Q(died_on__gte=F("born_on")), name="person_dies_after_birth"
            ),
            models.CheckConstraint(
                condition=Q(household=None, household_relation="")
                | (Q(household__isnull=False) & ~Q(household_relation="")),
                name="person_household_with_relation",
            ),
        ]
        indexes = [
            models.Index(
                fields=["name", "id"],
                name="person_name",
                include=["unit_code", "pooling_area"],
                condition=Q(merged_into=None),
            ),
            models.Index(
                fields=["name_initials", "id"],
                name="person_initials",
                include=["unit_code", "pooling_area"],
                condition=Q(merged_into=None),
            ),
            models.Index(fields=["unit_code", "name", "id"], name="person_unit_name"),
        ]

    def __str__(self) -> str:
        return self.name


class FormerCertificate(models.Model):
    """曾用证件: numbers a person had before, so that papers with the old number still find them (ENR-14, ENR-18)."""

    person = models.ForeignKey(Person, on_delete=models.PROTECT, related_name="former_certificates")
    certificate_type = models.CharField("证件类型", max_length=6, choices=CertificateType)
    certificate_no = models.CharField("证件号码", max_length=50, db_collation="C")
    replaced_on = models.DateField("停用日期")

    class Meta:
        indexes = [models.Index(fields=["certificate_no"], name="former_certificate_no")]


class ResidenceDocument(models.Model):
    """定居、居留证件 of persons from Hong Kong, Macao, Taiwan and abroad (GX2017 §10; ENR-13).

    One is in use; a renewed one replaces it. `valid_until` is the day after the last, none is without end.
    """

    person = models.ForeignKey(Person, on_delete=models.PROTECT, related_name="residence_documents", db_index=False)
    kind = models.CharField("证件种类", max_length=20, choices=ResidenceKind)
    number = models.CharField("证件号码", max_length=50)
    valid_until = models.DateField("有效期止", null=True)
    recorded_at = models.DateTimeField("登记时间")
    replaced_at = models.DateTimeField("更换时间", null=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["person"], condition=Q(replaced_at=None), name="residence_document_one_in_use"
            ),
        ]
        indexes = [
            models.Index(fields=["person"], name="residence_document_person"),
            models.Index(
                fields=["valid_until", "id"],
                condition=Q(replaced_at=None, valid_until__isnull=False),
                name="residence_document_ends",
            ),
        ]


class ParticularChange(models.Model):
    """信息变更: one changed particular with its old and new value, reason and evidence (附件4; GX2017 §14; ENR-18)."""

    person = models.ForeignKey(Person, on_delete=models.PROTECT, related_name="changes")
    particular = models.CharField("变更项目", max_length=30)
    old_value = models.CharField("原值", max_length=200, blank=True)
    new_value = models.CharField("新值", max_length=200, blank=True)
    effective_on = models.DateField("生效日期")
    reason = models.CharField("原因", max_length=200)
    evidence = models.CharField("依据材料", max_length=200, blank=True)
    staff_code = models.CharField("经办人", max_length=30)
    changed_at = models.DateTimeField("经办时间")


class Enrolment(models.Model):
    """参保登记: a person's place in a scheme over time; residents and employees exclude each other (JL2019 §5).

    A change of category or unit closes a row and opens the next. The rows of a person form a chain: each but the first
    names the end of the one it follows, which must exist and be followed once; so no two can share a day, without the
    price of an exclusion constraint on millions of rows (decision 0030).
    """

    person = models.ForeignKey(Person, on_delete=models.PROTECT, related_name="enrolments", db_index=False)
    pooling_area = models.ForeignKey(
        "platform.PoolingArea", on_delete=models.PROTECT, db_index=False, db_constraint=False
    )
    scheme = models.CharField("险种", max_length=10, choices=Scheme)
    unit_code = models.CharField("参保单位", max_length=12)
    category = models.CharField("人员类别", max_length=10, choices=PersonCategory)
    enrolled_from = models.DateField("参保日期")
    enrolled_until = models.DateField("终止日期", null=True)
    follows_until = models.DateField("前一段终止日期", null=True)
    end_reason = models.CharField("终止原因", max_length=100, blank=True)
    created_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["person", "enrolled_until"], name="enrolment_ends_once", nulls_distinct=False
            ),
            models.UniqueConstraint(
                fields=["person", "follows_until"], name="enrolment_followed_once", nulls_distinct=False
            ),
            models.CheckConstraint(
                condition=Q(follows_until=None) | Q(follows_until__lte=F("enrolled_from")),
                name="enrolment_begins_after",
            ),
            models.CheckConstraint(
                condition=Q(enrolled_until=None) | Q(enrolled_until__gt=F("enrolled_from")), name="enrolment_not_empty"
            ),
            models.CheckConstraint(
                condition=Q(enrolled_until=None, end_reason="") | (Q(enrolled_until__isnull=False) & ~Q(end_reason="")),
                name="enrolment_ends_for_a_reason",
            ),
        ]
        indexes = [
            models.Index(fields=["person", "-enrolled_from"], name="enrolment_of_person"),
            models.Index(fields=["unit_code", "scheme", "id"], name="enrolment_unit"),
        ]


class Suspension(models.Model):
    """停保: a span without benefits and contributions inside an enrolment (JL2019 §8)."""

    enrolment = models.ForeignKey(Enrolment, on_delete=models.PROTECT, related_name="suspensions")
    suspended_from = models.DateField("停保日期")
    suspended_until = models.DateField("恢复日期", null=True)
    reason = models.CharField("原因", max_length=100)

    class Meta:
        constraints = [
            no_overlap("suspension_no_overlap", "enrolment", span=("suspended_from", "suspended_until")),
            models.CheckConstraint(
                condition=Q(suspended_until=None) | Q(suspended_until__gt=F("suspended_from")),
                name="suspension_not_empty",
            ),
        ]


class SpecialGroupSpan(models.Model):
    """特殊人员标识: when a person belonged to a special category, and the proof (GX2017 §8)."""

    person = models.ForeignKey(Person, on_delete=models.PROTECT, related_name="special_groups")
    category = models.CharField("类别", max_length=20, choices=SpecialCategory)
    valid_from = models.DateField("起")
    valid_until = models.DateField("止", null=True)
    source = models.CharField("认定部门", max_length=60, blank=True)
    evidence = models.CharField("证明文号", max_length=100, blank=True)
    created_at = models.DateTimeField()

    class Meta:
        constraints = [
            no_overlap("special_group_no_overlap", "person", "category", span=("valid_from", "valid_until")),
            models.CheckConstraint(
                condition=Q(valid_until=None) | Q(valid_until__gt=F("valid_from")), name="special_group_not_empty"
            ),
        ]


class Listing(models.Model):
    """未参保困难人员: listed by a department, not insured here; a task of the town until enrolled (ENR-11).

    The entry replaces paper evidence: with the enrolment it becomes the person's flag. Days are half-open.
    """

    pooling_area = models.ForeignKey("platform.PoolingArea", on_delete=models.PROTECT, db_index=False)
    unit_code = models.CharField("乡镇", max_length=12, blank=True)
    certificate_type = models.CharField("证件类型", max_length=6, choices=CertificateType)
    certificate_no = models.CharField("证件号码", max_length=50, db_collation="C")
    name = models.CharField("姓名", max_length=50)
    category = models.CharField("类别", max_length=20, choices=SpecialCategory)
    valid_from = models.DateField("起")
    valid_until = models.DateField("止", null=True)
    source = models.CharField("来源部门", max_length=60)
    evidence = models.CharField("证明文号", max_length=100, blank=True)
    state = models.CharField("状态", max_length=10, choices=ListingState, default=ListingState.OPEN)
    listed_at = models.DateTimeField("列入时间")
    closed_at = models.DateTimeField("办结时间", null=True)
    closed_reason = models.CharField("原因", max_length=200, blank=True)
    closed_by = models.CharField("经办人", max_length=30, blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["certificate_type", "certificate_no", "category"],
                condition=Q(state=ListingState.OPEN),
                name="listing_open_once",
            ),
            models.CheckConstraint(
                condition=Q(state=ListingState.OPEN, closed_at=None) | (~Q(state="open") & Q(closed_at__isnull=False)),
                name="listing_closed_when",
            ),
            models.CheckConstraint(
                condition=Q(valid_until=None) | Q(valid_until__gt=F("valid_from")), name="listing_not_empty"
            ),
        ]
        indexes = [
            models.Index(fields=["pooling_area", "state", "id"], name="listing_of_area"),
            models.Index(fields=["certificate_no"], name="listing_certificate"),
        ]


class BenefitBlock(models.Model):
    """暂停待遇: benefits stopped by a decision, or the relation sealed (BEN-02, BEN-36)."""

    person = models.ForeignKey(Person, on_delete=models.PROTECT, related_name="blocks")
    kind = models.CharField("来源", max_length=12, choices=BlockKind)
    blocked_from = models.DateField("起")
    blocked_until = models.DateField("止", null=True)
    reason = models.CharField("原因", max_length=100)

    class Meta:
        constraints = [
            no_overlap("benefit_block_no_overlap", "person", "kind", span=("blocked_from", "blocked_until")),
            models.CheckConstraint(
                condition=Q(blocked_until=None) | Q(blocked_until__gt=F("blocked_from")), name="benefit_block_not_empty"
            ),
        ]


class SocialSecurityCard(models.Model):
    """社会保障卡 (GX2017 §13, 63)."""

    person = models.ForeignKey(Person, on_delete=models.PROTECT, related_name="cards")
    number = models.CharField("卡号", max_length=32, db_collation="C")
    status = models.CharField("状态", max_length=16, choices=CardStatus, default=CardStatus.ACTIVE)
    issued_on = models.DateField("申领日期")
    ended_on = models.DateField("停用日期", null=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["number"], name="card_number_once"),
            models.UniqueConstraint(fields=["person"], condition=Q(status="active"), name="card_one_active"),
            models.CheckConstraint(
                condition=Q(status__in=("replaced", "cancelled"), ended_on__isnull=False)
                | (~Q(status__in=("replaced", "cancelled")) & Q(ended_on=None)),
                name="card_ended_when",
            ),
        ]
