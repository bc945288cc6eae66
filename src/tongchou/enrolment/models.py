"""Tables of enrolment (参保登记, GX2017 §6–17; JL2019 ch 2).

Columns that are searched by prefix have the collation "C", so that one plain index serves equality, prefix and order.
"""

from django.db import models
from django.db.models import F, Q
from django.db.models.functions import Upper

from tongchou.enrolment.bank_accounts.models import BankAccount
from tongchou.enrolment.credentials.models import CardEvent, CardTally, LinkedMedium
from tongchou.enrolment.employers.models import Employer, EmployerMember
from tongchou.enrolment.identity.models import IdentityCheck, IdentityFinding
from tongchou.enrolment.merging.models import FollowedRow, PersonMerge
from tongchou.enrolment.states import (
    BlockKind,
    CardStatus,
    CertificateType,
    DuplicateGround,
    DuplicateState,
    EndingKind,
    EndingReason,
    EndingSource,
    FormerScheme,
    HouseholdRelation,
    Informant,
    ListingState,
    PersonCategory,
    ReportState,
    ResidenceKind,
    Scheme,
    Sex,
    SpecialCategory,
)
from tongchou.enrolment.transfers.models import Transfer, TransferDocument
from tongchou.enrolment.unregistered.models import UnregisteredLead
from tongchou.platform.ranges import no_overlap

__all__ = [
    "BankAccount",
    "CardEvent",
    "CardTally",
    "Employer",
    "EmployerMember",
    "FollowedRow",
    "IdentityCheck",
    "IdentityFinding",
    "LinkedMedium",
    "PersonMerge",
    "Transfer",
    "TransferDocument",
    "UnregisteredLead",
]
"""Tables that live with their topic."""


class Household(models.Model):
    """户: people enrol and pay by household (GX2017 §6, 23). The head is the member with that relation."""

    pooling_area = models.ForeignKey(
        "platform.PoolingArea", on_delete=models.PROTECT, db_index=False, verbose_name="统筹地区"
    )
    unit_code = models.CharField("参保单位", max_length=12)
    number = models.CharField("户号", max_length=24)
    address = models.CharField("住址", max_length=200, blank=True)
    hukou_address = models.CharField("户籍地址", max_length=200, blank=True, db_default="")

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
                include=["unit_code", "pooling_area"],
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
            models.Index(fields=["unit_code", "name", "id"], name="person_unit_name", condition=Q(merged_into=None)),
            models.Index(
                fields=["unit_code", "name_initials", "id"], name="person_unit_initials", condition=Q(merged_into=None)
            ),
            models.Index(
                fields=["unit_code", "certificate_no", "id"],
                name="person_unit_certificate",
                condition=Q(merged_into=None),
            ),
            models.Index(fields=["merged_into"], name="person_merged", condition=Q(merged_into__isnull=False)),
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


class RelationEnding(models.Model):
    """停保、注销登记: one suspension or termination, why, on what evidence, and what it changed (附件5; ENR-20, 21).

    `effective_on` is the day of the event; the relation is void from `ends_from`, after a death the day after.
    `before` says what stood before it, so that a correction puts back exactly that (ENR-24).
    """

    person = models.ForeignKey(Person, on_delete=models.PROTECT, related_name="endings", db_index=False)
    enrolment = models.ForeignKey(
        Enrolment, on_delete=models.PROTECT, null=True, related_name="endings", db_index=False
    )
    kind = models.CharField("办理事项", max_length=12, choices=EndingKind)
    reason = models.CharField("原因", max_length=12, choices=EndingReason)
    effective_on = models.DateField("事件日期")
    ends_from = models.DateField("停止日期")
    source = models.CharField("来源", max_length=12, choices=EndingSource)
    evidence = models.CharField("依据", max_length=300, blank=True)
    before = models.JSONField("办理前", default=dict)
    recorded_at = models.DateTimeField("办理时间")
    recorded_by = models.CharField("办理人", max_length=30, blank=True)
    undone_at = models.DateTimeField("更正时间", null=True)
    undone_by = models.CharField("更正人", max_length=30, blank=True)
    undo_reason = models.CharField("更正原因", max_length=200, blank=True)
    undo_evidence = models.CharField("更正依据", max_length=300, blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["enrolment"],
                condition=Q(kind=EndingKind.TERMINATION, undone_at=None),
                name="ending_terminates_once",
            ),
            models.CheckConstraint(condition=Q(ends_from__gte=F("effective_on")), name="ending_after_the_event"),
            models.CheckConstraint(
                condition=Q(undone_at=None, undo_reason="") | (Q(undone_at__isnull=False) & ~Q(undo_reason="")),
                name="ending_undone_for_a_reason",
            ),
        ]
        indexes = [models.Index(fields=["person", "-id"], name="ending_of_person")]


class StatusReport(models.Model):
    """人员身份状态信息: what the police, a court or an assisting body say became of somebody (JL2019 §10; ENR-22).

    It is held for objection, then approved by a second person, and only then ends the relation as of the event. A name
    that differs or a number nobody has here is a task to be looked into.
    """

    pooling_area = models.ForeignKey("platform.PoolingArea", on_delete=models.PROTECT, db_index=False)
    unit_code = models.CharField("参保单位", max_length=12, blank=True)
    file_id = models.BigIntegerField("导入文件")
    informant = models.CharField("来源部门", max_length=20, choices=Informant)
    certificate_type = models.CharField("证件类型", max_length=6, choices=CertificateType)
    certificate_no = models.CharField("证件号码", max_length=50, db_collation="C")
    name = models.CharField("姓名", max_length=50)
    reason = models.CharField("状态", max_length=12, choices=EndingReason)
    event_on = models.DateField("事件日期")
    document = models.CharField("文书号", max_length=100, blank=True)
    person = models.ForeignKey(Person, null=True, on_delete=models.PROTECT, related_name="+")
    state = models.CharField("办理状态", max_length=10, choices=ReportState)
    problem = models.CharField("核对问题", max_length=200, blank=True)
    held_until = models.DateField("异议期止(不含)", null=True)
    reported_at = models.DateTimeField("导入时间")
    reported_by = models.CharField("导入人", max_length=30)
    checked_by = models.CharField("核对人", max_length=30, blank=True)
    objector = models.CharField("异议人", max_length=50, blank=True)
    objection = models.CharField("异议", max_length=300, blank=True)
    objected_at = models.DateTimeField("异议时间", null=True)
    closed_at = models.DateTimeField("办结时间", null=True)
    closed_by = models.CharField("办结人", max_length=30, blank=True)
    closing_reason = models.CharField("办结说明", max_length=200, blank=True)
    ending = models.OneToOneField(RelationEnding, null=True, on_delete=models.PROTECT, related_name="report")
    version = models.PositiveIntegerField("修改次数", default=1)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["certificate_type", "certificate_no", "reason"],
                condition=~Q(state__in=(ReportState.DONE, ReportState.DISMISSED)),
                name="status_report_open_once",
            ),
            models.CheckConstraint(
                condition=~Q(state__in=(ReportState.HELD, ReportState.OBJECTED, ReportState.DONE))
                | Q(person__isnull=False, held_until__isnull=False),
                name="status_report_held_of_somebody",
            ),
            models.CheckConstraint(
                condition=Q(state=ReportState.DONE, ending__isnull=False)
                | (~Q(state=ReportState.DONE) & Q(ending=None)),
                name="status_report_done_with_an_ending",
            ),
            models.CheckConstraint(
                condition=Q(state__in=(ReportState.DONE, ReportState.DISMISSED), closed_at__isnull=False)
                | (~Q(state__in=(ReportState.DONE, ReportState.DISMISSED)) & Q(closed_at=None)),
                name="status_report_closed_when",
            ),
        ]
        indexes = [
            models.Index(fields=["pooling_area", "state", "id"], name="status_report_of_area"),
            models.Index(fields=["certificate_no"], name="status_report_certificate"),
        ]


class RefusedVisit(models.Model):
    """受影响的就医: care refused or unpaid while a wrong ending stood, for reimbursement by hand (ENR-24)."""

    ending = models.ForeignKey(RelationEnding, on_delete=models.PROTECT, related_name="refused_visits")
    happened_on = models.DateField("日期")
    institution_code = models.CharField("机构编号", max_length=12, blank=True)
    what = models.CharField("事项", max_length=60)
    reference = models.CharField("编号", max_length=60)
    said = models.CharField("当时的答复", max_length=300, blank=True)
    closed_at = models.DateTimeField("办结时间", null=True)
    closed_by = models.CharField("办结人", max_length=30, blank=True)
    closing_note = models.CharField("办结说明", max_length=200, blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["ending", "what", "reference"], name="refused_visit_once"),
            models.CheckConstraint(
                condition=Q(closed_at=None, closing_note="") | (Q(closed_at__isnull=False) & ~Q(closing_note="")),
                name="refused_visit_closed_with_a_note",
            ),
        ]
        indexes = [models.Index(fields=["closed_at", "id"], name="refused_visit_open")]


class FormerRegistration(models.Model):
    """原制度登记: how somebody stood in a scheme before the two became one, as its register says (GX2017 §12; ENR-15).

    Whoever stood in both has two of these and one relation.
    """

    person = models.ForeignKey(Person, on_delete=models.PROTECT, related_name="former_registrations", db_index=False)
    scheme = models.CharField("原制度", max_length=10, choices=FormerScheme)
    number = models.CharField("原参保编号", max_length=40)
    name = models.CharField("原登记姓名", max_length=50)
    unit_code = models.CharField("原参保单位", max_length=12)
    enrolled_on = models.DateField("原参保日期")
    file_id = models.BigIntegerField("迁移文件")
    taken_over_at = models.DateTimeField("迁移时间")

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["person", "scheme"], name="former_registration_once"),
        ]


class Duplicate(models.Model):
    """疑似重复参保: two records that may be one person, found by the clock; a task until looked into (ENR-16).

    A pair is listed once: what a clerk has told apart does not come back.
    """

    pooling_area = models.ForeignKey("platform.PoolingArea", on_delete=models.PROTECT, db_index=False)
    unit_code = models.CharField("参保单位", max_length=12)
    one = models.ForeignKey(Person, on_delete=models.PROTECT, related_name="+")
    other = models.ForeignKey(Person, on_delete=models.PROTECT, related_name="+")
    ground = models.CharField("依据", max_length=12, choices=DuplicateGround)
    state = models.CharField("状态", max_length=10, choices=DuplicateState, default=DuplicateState.OPEN)
    found_at = models.DateTimeField("发现时间")
    closed_at = models.DateTimeField("办结时间", null=True)
    closed_by = models.CharField("办结人", max_length=30, blank=True)
    closing_reason = models.CharField("办结说明", max_length=200, blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["one", "other"], name="duplicate_pair_once"),
            models.CheckConstraint(condition=Q(one__lt=F("other")), name="duplicate_older_first"),
            models.CheckConstraint(
                condition=Q(state=DuplicateState.OPEN, closed_at=None)
                | (~Q(state=DuplicateState.OPEN) & Q(closed_at__isnull=False)),
                name="duplicate_closed_when",
            ),
        ]
        indexes = [models.Index(fields=["pooling_area", "state", "id"], name="duplicate_of_area")]


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
    ready_on = models.DateField("预计可领日期", null=True)
    comes_first = models.BooleanField("优先制卡", default=False, db_default=False)
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
        indexes = [
            models.Index(
                fields=["-comes_first", "ready_on", "id"],
                condition=Q(status__in=("making", "awaiting_pickup")),
                name="card_in_making",
            )
        ]


class BirthRecord(models.Model):
    """出生医学证明登记 (GX2017 §7(一); ENR-14): certificate and mother of a newborn, kept when the number changes."""

    person = models.OneToOneField(Person, on_delete=models.PROTECT, related_name="birth_record")
    certificate_no = models.CharField("出生医学证明编号", max_length=20, db_collation="C")
    mother_name = models.CharField("母亲姓名", max_length=50)
    mother_certificate_no = models.CharField("母亲证件号码", max_length=50, blank=True)
    recorded_at = models.DateTimeField("登记时间")

    class Meta:
        constraints = [models.UniqueConstraint(fields=["certificate_no"], name="birth_certificate_once")]


class ForwardingBatch(models.Model):
    """转交清单 (GX2017 §7(二)2; ENR-06): the signed forms that a village hands to its town at one time."""

    number = models.CharField("清单编号", max_length=40, unique=True)
    unit_code = models.CharField("村(社区)", max_length=12)
    to_unit_code = models.CharField("接收机构", max_length=12)
    pooling_area = models.CharField("统筹区", max_length=6)
    forms = models.PositiveIntegerField("件数")
    persons = models.PositiveIntegerField("人数")
    forwarded_by = models.ForeignKey("platform.Operator", on_delete=models.PROTECT, related_name="+")
    forwarded_at = models.DateTimeField("转交时间")
    request_id = models.CharField("请求号", max_length=64)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["forwarded_by", "request_id"], name="forwarding_once"),
            models.CheckConstraint(condition=Q(forms__gt=0, persons__gte=F("forms")), name="forwarding_has_forms"),
        ]
        indexes = [
            models.Index(fields=["unit_code", "-id"], name="forwarding_of_village"),
            models.Index(fields=["pooling_area", "-id"], name="forwarding_of_area"),
        ]


class ForwardedForm(models.Model):
    """转交件: one signed form on the list; a form that came back may stand on a later list again."""

    batch = models.ForeignKey(ForwardingBatch, on_delete=models.PROTECT, related_name="items", db_index=False)
    position = models.PositiveIntegerField("序号")
    case_number = models.CharField("受理号", max_length=40)
    subject_name = models.CharField("户主", max_length=100)
    household_no = models.CharField("户号", max_length=40)
    persons = models.PositiveIntegerField("人数")

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["batch", "position"], name="forwarded_in_order"),
            models.UniqueConstraint(fields=["batch", "case_number"], name="forwarded_once_per_list"),
        ]
        indexes = [models.Index(fields=["case_number"], name="forwarded_case")]


class CancelledRegistration(models.Model):
    """撤销的登记 (ENR-35): what a registration entered by mistake had said, kept after it was taken back that day."""

    person_no = models.CharField("人员编号", max_length=30)
    name = models.CharField("姓名", max_length=50)
    certificate_type = models.CharField("证件类型", max_length=6, choices=CertificateType)
    certificate_no = models.CharField("证件号码", max_length=50)
    pooling_area = models.CharField("统筹区", max_length=6)
    unit_code = models.CharField("参保单位", max_length=12)
    scheme = models.CharField("险种", max_length=10, choices=Scheme)
    enrolled_from = models.DateField("参保日期")
    registered_at = models.DateTimeField("登记时间")
    person_removed = models.BooleanField("人员记录一并撤销")
    reason = models.CharField("原因", max_length=200)
    cancelled_by = models.ForeignKey("platform.Operator", on_delete=models.PROTECT, related_name="+")
    cancelled_at = models.DateTimeField("撤销时间")

    class Meta:
        constraints = [
            models.CheckConstraint(condition=~Q(reason=""), name="cancelled_registration_has_a_reason"),
        ]
        indexes = [models.Index(fields=["unit_code", "-id"], name="cancelled_registration_unit")]


class SchoolLink(models.Model):
    """在校关系 (GX2017 §9; ENR-12): which school and class a student belongs to; its end leaves the enrolment alone."""

    person = models.ForeignKey(Person, on_delete=models.PROTECT, related_name="school_links", db_index=False)
    school_code = models.CharField("学校", max_length=12)
    school_year = models.PositiveSmallIntegerField("学年")
    class_name = models.CharField("班级", max_length=40)
    guardian = models.CharField("监护人", max_length=50, blank=True)
    guardian_phone = models.CharField("监护人电话", max_length=30, blank=True)
    linked_from = models.DateField("起")
    linked_until = models.DateField("止", null=True)
    end_reason = models.CharField("原因", max_length=20, blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["person"], condition=Q(linked_until=None), name="school_link_one_open"),
            models.CheckConstraint(
                condition=Q(linked_until=None, end_reason="")
                | Q(linked_until__isnull=False, linked_until__gte=F("linked_from")) & ~Q(end_reason=""),
                name="school_link_ends_for_a_reason",
            ),
        ]
        indexes = [
            models.Index(fields=["person"], name="school_link_person"),
            models.Index(fields=["school_code", "linked_until", "class_name"], name="school_link_school"),
        ]
