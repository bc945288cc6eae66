"""Tables of the audit of contribution bases (缴费基数稽核; CON-32). Amounts in whole fen."""

from django.db import models
from django.db.models import F, Q

from tongchou.contributions.base_audits.states import AuditState


class ReportedPayroll(models.Model):
    """上报工资: heads and wages an employer reported elsewhere for a year (tax, statistics)."""

    employer = models.ForeignKey("enrolment.Employer", on_delete=models.PROTECT, related_name="+", db_index=False)
    year = models.PositiveSmallIntegerField("年度")
    heads = models.PositiveIntegerField("职工人数")
    wages_fen = models.BigIntegerField("全年工资总额")
    source = models.CharField("来源", max_length=100)
    recorded_at = models.DateTimeField("登记时间")

    class Meta:
        app_label = "contributions"
        constraints = [
            models.UniqueConstraint(fields=["employer", "year"], name="reported_payroll_once"),
            models.CheckConstraint(condition=Q(heads__gt=0, wages_fen__gt=0), name="reported_payroll_of_something"),
        ]


class BaseAuditPlan(models.Model):
    """稽核计划 of a year (GX2017 §117(一)1): time, task, purpose, measures."""

    pooling_area = models.ForeignKey("platform.PoolingArea", on_delete=models.PROTECT, db_index=False)
    unit_code = models.CharField("经办机构", max_length=12, db_collation="C")
    number = models.CharField("计划编号", max_length=40, unique=True)
    title = models.CharField("计划名称", max_length=100)
    purpose = models.CharField("稽核目的及主要措施", max_length=300)
    month_from = models.DateField("稽核期间起")
    month_until = models.DateField("稽核期间止")
    staff_code = models.CharField("编制人", max_length=30)
    made_at = models.DateTimeField("编制时间")

    class Meta:
        app_label = "contributions"
        constraints = [
            models.CheckConstraint(
                condition=Q(month_from__day=1, month_until__day=1, month_until__gt=F("month_from")),
                name="base_plan_of_months",
            )
        ]
        indexes = [models.Index(fields=["unit_code", "-id"], name="base_plan_recent")]

    def __str__(self) -> str:
        return self.number


class BaseAudit(models.Model):
    """单位稽核: one employer of a plan; `risks` say why it was chosen, with the figures compared."""

    plan = models.ForeignKey(BaseAuditPlan, on_delete=models.PROTECT, related_name="audits", db_index=False)
    employer = models.ForeignKey("enrolment.Employer", on_delete=models.PROTECT, related_name="+")
    number = models.CharField("稽核编号", max_length=40, unique=True)
    unit_code = models.CharField("经办机构", max_length=12, db_collation="C")
    risks = models.JSONField("稽核线索")
    state = models.CharField("状态", max_length=10, choices=AuditState, default=AuditState.PLANNED)
    persons = models.PositiveIntegerField("涉及人数", default=0)
    gap_fen = models.BigIntegerField("少报基数", default=0)
    unit_fen = models.BigIntegerField("补缴单位部分", default=0)
    personal_fen = models.BigIntegerField("补缴个人部分", default=0)
    late_fee_fen = models.BigIntegerField("滞纳金", default=0)
    notified_on = models.DateField("告知日期", null=True)
    object_until = models.DateField("异议截止日", null=True)
    objection = models.CharField("异议", max_length=500, blank=True)
    answer = models.CharField("异议答复", max_length=500, blank=True)
    due = models.OneToOneField("OneOffDue", null=True, on_delete=models.PROTECT, related_name="audit")
    made_by = models.CharField("稽核人", max_length=30)
    confirmed_by = models.CharField("确认人", max_length=30, blank=True)
    confirmed_at = models.DateTimeField("确认时间", null=True)
    version = models.PositiveIntegerField("版本", default=1)

    class Meta:
        app_label = "contributions"
        constraints = [
            models.UniqueConstraint(fields=["plan", "employer"], name="base_audit_once_a_plan"),
            models.CheckConstraint(
                condition=Q(state__in=("planned", "clear"), due=None)
                | Q(state__in=("notified", "objected"), due=None, notified_on__isnull=False)
                | Q(state__in=("confirmed", "paid"), due__isnull=False, confirmed_at__isnull=False),
                name="base_audit_state_fits",
            ),
            models.CheckConstraint(
                condition=Q(confirmed_by="") | ~Q(confirmed_by=F("made_by")), name="base_audit_two_persons"
            ),
        ]
        indexes = [models.Index(fields=["unit_code", "state", "-id"], name="base_audit_recent")]

    def __str__(self) -> str:
        return self.number

    @property
    def owed_fen(self) -> int:
        """补缴金额 with the late fee."""
        return int(self.unit_fen + self.personal_fen + self.late_fee_fen)


class BaseFinding(models.Model):
    """稽核明细: one member and month: the base declared, the base audited, what is owed on the difference."""

    audit = models.ForeignKey(BaseAudit, on_delete=models.PROTECT, related_name="findings", db_index=False)
    person = models.ForeignKey("enrolment.Person", on_delete=models.PROTECT, related_name="+")
    month = models.DateField("月份")
    declared_fen = models.BigIntegerField("申报基数")
    audited_fen = models.BigIntegerField("核定基数")
    unit_fen = models.BigIntegerField("补缴单位部分")
    personal_fen = models.BigIntegerField("补缴个人部分")
    late_fee_fen = models.BigIntegerField("滞纳金", default=0)
    staff_code = models.CharField("登记人", max_length=30)

    class Meta:
        app_label = "contributions"
        constraints = [
            models.UniqueConstraint(fields=["audit", "person", "month"], name="base_finding_once"),
            models.CheckConstraint(
                condition=Q(audited_fen__gt=F("declared_fen"), declared_fen__gte=0, month__day=1)
                & Q(unit_fen__gte=0, personal_fen__gte=0, late_fee_fen__gte=0),
                name="base_finding_of_a_gap",
            ),
        ]
