"""Tables of rights (个人权益, GX2017 §18–20; JL2019 §52–55): what was given out, asked and decided.

The record of a person is nowhere copied; it is read from the chapters that own it (`platform.histories`).
"""

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import F, Q

from tongchou.platform.histories import RecordSet
from tongchou.platform.ranges import no_overlap
from tongchou.rights.states import (
    ApplicantKind,
    ApplicationState,
    CertificateKind,
    CertificateState,
    Direction,
    MandateKind,
    NoticeKind,
    ObjectionState,
    Way,
)


class Certificate(models.Model):
    """权益证明 as issued (RIG-02): the content on the paper, its hash, number and code; never edited.

    `subject` names what the paper is about (`person:12`, `household:7`, `unit:450102101201`); two papers of one kind,
    subject, period and content are one.
    """

    number = models.CharField("编号", max_length=40, unique=True)
    kind = models.CharField("种类", max_length=30, choices=CertificateKind)
    pooling_area = models.CharField("统筹区", max_length=6)
    unit_code = models.CharField("参保单位", max_length=12)
    agency = models.CharField("出具机构", max_length=100)
    subject = models.CharField("对象", max_length=40)
    person = models.ForeignKey("enrolment.Person", null=True, on_delete=models.PROTECT, related_name="+")
    period_from = models.DateField("期间起")
    period_until = models.DateField("期间止(不含)")
    content = models.JSONField("内容")
    content_hash = models.CharField("内容摘要", max_length=64)
    code = models.CharField("验证码", max_length=16, unique=True)
    way = models.CharField("渠道", max_length=10, choices=Way)
    issued_by = models.CharField("出具人", max_length=50)
    issued_at = models.DateTimeField("出具时间")
    superseded_by = models.ForeignKey("self", null=True, on_delete=models.PROTECT, related_name="+", db_index=False)
    withdrawn_at = models.DateTimeField("撤回时间", null=True)
    withdrawn_by = models.CharField("撤回人", max_length=50, blank=True)
    withdraw_reason = models.CharField("撤回原因", max_length=200, blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["subject", "kind", "period_from", "period_until", "content_hash"],
                condition=Q(withdrawn_at=None, superseded_by=None),
                name="certificate_once_with_one_content",
            ),
            models.CheckConstraint(condition=Q(period_until__gt=F("period_from")), name="certificate_period_not_empty"),
            models.CheckConstraint(
                condition=Q(withdrawn_at=None, withdraw_reason="", withdrawn_by="")
                | (Q(withdrawn_at__isnull=False) & ~Q(withdraw_reason="") & ~Q(withdrawn_by="")),
                name="certificate_withdrawn_for_a_reason",
            ),
        ]
        indexes = [
            models.Index(fields=["subject", "-id"], name="certificate_subject"),
            models.Index(fields=["unit_code", "-id"], name="certificate_unit"),
            models.Index(fields=["pooling_area", "-id"], name="certificate_area"),
        ]

    def __str__(self) -> str:
        return self.number

    @property
    def state(self) -> CertificateState:
        if self.withdrawn_at is not None:
            return CertificateState.WITHDRAWN
        return CertificateState.SUPERSEDED if self.superseded_by_id else CertificateState.VALID


class CertificatePrint(models.Model):
    """打印记录: a second print says 补打 and its number (ORG-21); only ever added."""

    certificate = models.ForeignKey(Certificate, on_delete=models.PROTECT, related_name="prints", db_index=False)
    print_no = models.PositiveSmallIntegerField("第几次打印")
    printed_at = models.DateTimeField("打印时间")
    printed_by = models.CharField("打印人", max_length=50)
    way = models.CharField("渠道", max_length=10, choices=Way)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["certificate", "print_no"], name="certificate_print_in_order")]


class CertificateBatch(models.Model):
    """批量出具: the yearly statements of a village, made in the background with progress (RIG-11)."""

    unit_code = models.CharField("参保单位", max_length=12)
    pooling_area = models.CharField("统筹区", max_length=6)
    kind = models.CharField("种类", max_length=30, choices=CertificateKind)
    year = models.PositiveSmallIntegerField("年度")
    total = models.PositiveIntegerField("人数")
    done = models.PositiveIntegerField("已出具", default=0)
    last_person = models.BigIntegerField("最后一人", default=0)
    started_at = models.DateTimeField("开始时间")
    worked_at = models.DateTimeField("最近进展时间")
    finished_at = models.DateTimeField("完成时间", null=True)
    cancelled_at = models.DateTimeField("取消时间", null=True)
    staff_code = models.CharField("经办人", max_length=30)
    certificates = ArrayField(models.BigIntegerField(), default=list, verbose_name="证明")

    class Meta:
        constraints = [
            models.CheckConstraint(condition=Q(done__lte=F("total")), name="certificate_batch_within"),
            models.UniqueConstraint(
                fields=["unit_code", "kind", "year"],
                condition=Q(finished_at=None, cancelled_at=None),
                name="certificate_batch_one_running",
            ),
        ]
        indexes = [models.Index(fields=["unit_code", "-id"], name="certificate_batch_unit")]


class Objection(models.Model):
    """权益记录异议 (RIG-05): what a person says is wrong, what the check found, and the reasoned answer."""

    number = models.CharField("编号", max_length=40, unique=True)
    person = models.ForeignKey("enrolment.Person", on_delete=models.PROTECT, related_name="+")
    pooling_area = models.CharField("统筹区", max_length=6)
    unit_code = models.CharField("参保单位", max_length=12)
    record = models.CharField("记录类别", max_length=20, choices=RecordSet)
    year = models.PositiveSmallIntegerField("涉及年度", null=True)
    said = models.CharField("异议内容", max_length=500)
    evidence = models.CharField("证明材料", max_length=200, blank=True)
    way = models.CharField("渠道", max_length=10, choices=Way)
    filed_by = models.CharField("提出人", max_length=50)
    filed_at = models.DateTimeField("提出时间")
    due_on = models.DateField("答复期限")
    state = models.CharField("状态", max_length=10, choices=ObjectionState, default=ObjectionState.FILED)
    finding = models.CharField("核查情况", max_length=500, blank=True)
    checked_by = models.ForeignKey("platform.Operator", null=True, on_delete=models.PROTECT, related_name="+")
    checked_at = models.DateTimeField("核查时间", null=True)
    answer = models.CharField("答复", max_length=500, blank=True)
    correction = models.CharField("更正依据", max_length=100, blank=True)
    decided_by = models.ForeignKey("platform.Operator", null=True, on_delete=models.PROTECT, related_name="+")
    ended_at = models.DateTimeField("办结时间", null=True)
    version = models.PositiveIntegerField(default=1)

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(state=ObjectionState.FILED, checked_at=None)
                | Q(state=ObjectionState.WITHDRAWN)
                | (Q(checked_at__isnull=False) & Q(checked_by__isnull=False) & ~Q(finding="")),
                name="objection_checked_before_answered",
            ),
            models.CheckConstraint(
                condition=~Q(state__in=("corrected", "refused"))
                | (Q(ended_at__isnull=False) & Q(decided_by__isnull=False) & ~Q(answer="")),
                name="objection_answered_by_somebody",
            ),
            models.CheckConstraint(
                condition=Q(decided_by=None) | ~Q(decided_by=F("checked_by")), name="objection_four_eyes"
            ),
        ]
        indexes = [
            models.Index(
                fields=["due_on", "id"], condition=Q(state__in=("filed", "checked")), name="objection_open_by_due"
            ),
            models.Index(fields=["unit_code", "-id"], name="objection_unit"),
        ]

    def __str__(self) -> str:
        return self.number


class AccessApplication(models.Model):
    """第三方查询申请 (RIG-04, RIG-07): who asks, on what ground, who approved, and the one extract that was given."""

    number = models.CharField("编号", max_length=40, unique=True)
    person = models.ForeignKey("enrolment.Person", on_delete=models.PROTECT, related_name="+")
    pooling_area = models.CharField("统筹区", max_length=6)
    unit_code = models.CharField("参保单位", max_length=12)
    applicant_kind = models.CharField("申请人类别", max_length=20, choices=ApplicantKind)
    applicant = models.CharField("申请人(单位)", max_length=100)
    bearer = models.CharField("经办人员", max_length=50, blank=True)
    certificate_no = models.CharField("证件号码", max_length=50, blank=True)
    document_no = models.CharField("文书号", max_length=100)
    relation_proof = models.CharField("亲属关系证明", max_length=100, blank=True)
    basis = models.CharField("法律依据", max_length=200)
    purpose = models.CharField("用途", max_length=200)
    records = ArrayField(models.CharField(max_length=20, choices=RecordSet), verbose_name="查询内容")
    period_from = models.DateField("期间起")
    period_until = models.DateField("期间止(不含)")
    filed_by = models.ForeignKey("platform.Operator", on_delete=models.PROTECT, related_name="+")
    filed_at = models.DateTimeField("申请时间")
    state = models.CharField("状态", max_length=10, choices=ApplicationState, default=ApplicationState.FILED)
    decided_by = models.ForeignKey("platform.Operator", null=True, on_delete=models.PROTECT, related_name="+")
    decided_at = models.DateTimeField("核准时间", null=True)
    opinion = models.CharField("核准意见", max_length=200, blank=True)
    extract = models.OneToOneField(Certificate, null=True, on_delete=models.PROTECT, related_name="+")
    given_at = models.DateTimeField("提供时间", null=True)

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(decided_by=None) | ~Q(decided_by=F("filed_by")), name="access_application_four_eyes"
            ),
            models.CheckConstraint(
                condition=Q(state=ApplicationState.GIVEN, extract__isnull=False, given_at__isnull=False)
                | (~Q(state=ApplicationState.GIVEN) & Q(extract=None, given_at=None)),
                name="access_application_given_once",
            ),
            models.CheckConstraint(
                condition=Q(state=ApplicationState.FILED) | Q(decided_by__isnull=False, decided_at__isnull=False),
                name="access_application_decided_by_somebody",
            ),
            models.UniqueConstraint(
                fields=["person", "document_no"],
                condition=~Q(state=ApplicationState.REFUSED),
                name="access_application_once_a_document",
            ),
        ]
        indexes = [models.Index(fields=["unit_code", "-id"], name="access_application_unit")]

    def __str__(self) -> str:
        return self.number


class Mandate(models.Model):
    """家庭成员代办 (RIG-03; JL2019 §55): who may see whose record, since when and on what proof."""

    person = models.ForeignKey("enrolment.Person", on_delete=models.PROTECT, related_name="+")
    agent = models.ForeignKey("enrolment.Person", on_delete=models.PROTECT, related_name="+")
    kind = models.CharField("关系", max_length=10, choices=MandateKind)
    valid_from = models.DateField("起")
    valid_until = models.DateField("止")
    evidence = models.CharField("证明材料", max_length=200, blank=True)
    given_by = models.CharField("登记人", max_length=50)
    given_at = models.DateTimeField("登记时间")

    class Meta:
        constraints = [
            no_overlap("mandate_no_overlap", "person", "agent", span=("valid_from", "valid_until")),
            models.CheckConstraint(condition=Q(valid_until__gte=F("valid_from")), name="mandate_in_order"),
            models.CheckConstraint(condition=~Q(person=F("agent")), name="mandate_to_another"),
            models.CheckConstraint(
                condition=~Q(kind=MandateKind.GUARDIAN) | ~Q(evidence=""), name="mandate_guardian_proves"
            ),
        ]


class PersonNotice(models.Model):
    """给参保人的通知 (RIG-08): a message to one person, once per topic; the short message goes from here."""

    person = models.ForeignKey("enrolment.Person", on_delete=models.PROTECT, related_name="+", db_index=False)
    kind = models.CharField("种类", max_length=10, choices=NoticeKind)
    topic = models.CharField("主题", max_length=80)
    title = models.CharField("标题", max_length=100)
    body = models.CharField("内容", max_length=300, blank=True)
    sent_at = models.DateTimeField("发送时间")
    read_at = models.DateTimeField("阅读时间", null=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["person", "topic"], name="person_notice_topic_once")]
        indexes = [models.Index(fields=["person", "-sent_at", "-id"], name="person_notice_latest")]


class NoticeSetting(models.Model):
    """通知设置 (RIG-08): which kinds a person wants as short messages as well."""

    person = models.OneToOneField("enrolment.Person", on_delete=models.PROTECT, related_name="+", primary_key=True)
    by_sms = ArrayField(models.CharField(max_length=10, choices=NoticeKind), default=list, verbose_name="短信通知")


class BulkNotice(models.Model):
    """批量通知 (CON-08): what many are to be told of one batch of the bank, and how many were."""

    stage = models.CharField("时点", max_length=10)
    batch_id = models.BigIntegerField("托收批次")
    asked_at = models.DateTimeField("要求时间")
    done_at = models.DateTimeField("完成时间", null=True)
    persons = models.PositiveIntegerField("通知人数", default=0)
    messages = models.PositiveIntegerField("短信条数", default=0)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["stage", "batch_id"], name="bulk_notice_once")]


class ShortMessage(models.Model):
    """短信 (RIG-03, RIG-08): what came in and what went out; the gateway that carries them is simulated."""

    direction = models.CharField("方向", max_length=10, choices=Direction)
    phone = models.CharField("号码", max_length=30)
    text = models.CharField("内容", max_length=500)
    person = models.ForeignKey("enrolment.Person", null=True, on_delete=models.PROTECT, related_name="+")
    at = models.DateTimeField("时间")

    class Meta:
        indexes = [models.Index(fields=["phone", "-at"], name="short_message_phone")]
