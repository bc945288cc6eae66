"""Tables of the police's identity check (公安身份核查)."""

from django.db import models
from django.db.models import Q

from tongchou.enrolment.identity.states import FindingState, Found


class IdentityCheck(models.Model):
    """身份核查: the persons of a place whom the police are asked about in one file; its lines do not change."""

    pooling_area = models.ForeignKey("platform.PoolingArea", on_delete=models.PROTECT, db_index=False)
    unit_code = models.CharField("核查范围", max_length=12)
    partner = models.ForeignKey("exchange.Partner", on_delete=models.PROTECT, related_name="+", db_index=False)
    rows = models.PositiveIntegerField("人数")
    request_id = models.CharField("请求号", max_length=64)
    made_by = models.CharField("制作人", max_length=30)
    made_at = models.DateTimeField("制作时间")

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["made_by", "request_id"], name="identity_check_once"),
        ]
        indexes = [models.Index(fields=["pooling_area", "-id"], name="identity_check_of_area")]


class IdentityFinding(models.Model):
    """核查明细: one person as asked, what the police said, and what was decided, by whom."""

    check_of = models.ForeignKey(IdentityCheck, on_delete=models.PROTECT, related_name="findings", db_index=False)
    line_no = models.PositiveIntegerField("行号")
    pooling_area = models.ForeignKey("platform.PoolingArea", on_delete=models.PROTECT, db_index=False)
    unit_code = models.CharField("参保单位", max_length=12)
    person = models.ForeignKey("enrolment.Person", on_delete=models.PROTECT, related_name="+", db_index=False)
    name = models.CharField("姓名", max_length=50)
    certificate_no = models.CharField("证件号码", max_length=50, db_collation="C")
    found = models.CharField("核查结果", max_length=12, choices=Found, blank=True)
    said_name = models.CharField("公安姓名", max_length=50, blank=True)
    said_certificate_no = models.CharField("公安证件号码", max_length=50, blank=True)
    said_address = models.CharField("公安户籍地址", max_length=200, blank=True)
    event_on = models.DateField("发生日期", null=True)
    state = models.CharField("办理状态", max_length=10, choices=FindingState, default=FindingState.ASKED)
    opinion = models.CharField("办理意见", max_length=200, blank=True)
    proposed_by = models.CharField("经办人", max_length=30, blank=True)
    proposed_at = models.DateTimeField("经办时间", null=True)
    answered_at = models.DateTimeField("反馈时间", null=True)
    closed_by = models.CharField("办结人", max_length=30, blank=True)
    closed_at = models.DateTimeField("办结时间", null=True)
    report = models.ForeignKey("enrolment.StatusReport", null=True, on_delete=models.PROTECT, related_name="+")
    version = models.PositiveIntegerField("修改次数", default=1)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["check_of", "line_no"], name="identity_finding_line_once"),
            models.UniqueConstraint(
                fields=["person"],
                condition=Q(state__in=(FindingState.ASKED, FindingState.OPEN, FindingState.PROPOSED)),
                name="identity_finding_open_once",
            ),
            models.CheckConstraint(
                condition=Q(state=FindingState.ASKED, found="", answered_at=None)
                | (~Q(state=FindingState.ASKED) & ~Q(found="") & Q(answered_at__isnull=False)),
                name="identity_finding_answered_when",
            ),
            models.CheckConstraint(
                condition=Q(state__in=(FindingState.DONE, FindingState.DISMISSED), closed_at__isnull=False)
                | (~Q(state__in=(FindingState.DONE, FindingState.DISMISSED)) & Q(closed_at=None)),
                name="identity_finding_closed_when",
            ),
            models.CheckConstraint(
                condition=~Q(state=FindingState.PROPOSED) | ~Q(proposed_by=""), name="identity_finding_proposed_by"
            ),
        ]
        indexes = [
            models.Index(fields=["person", "-id"], name="identity_finding_of_person"),
            models.Index(
                fields=["pooling_area", "state", "-id"],
                condition=~Q(state=FindingState.AGREED),
                name="identity_finding_to_do",
            ),
        ]
