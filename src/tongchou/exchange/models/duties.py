"""Tables of what partners owe each other by which day (ORG-05; QA2018 一; JL2019 §4, §50)."""

from django.db import models
from django.db.models import F, Q

from tongchou.exchange.models.files import ImportFile, OutgoingFile, Partner
from tongchou.exchange.states import DutyForm, Frequency, Giver, HandOffState


class PartnerDuty(models.Model):
    """责任事项: a list, a certificate or a fund that one side hands the other, how often and by which day.

    `import_kind` with `options`, or `flow`, name the file whose coming or going is the hand-off; both empty where it
    is recorded by hand. The day is a day of the month, `months_later` after the month that the hand-off is for.
    """

    partner = models.ForeignKey(Partner, on_delete=models.PROTECT, related_name="duties")
    subject = models.CharField("事项", max_length=60)
    form = models.CharField("形式", max_length=12, choices=DutyForm)
    giver = models.CharField("交出方", max_length=8, choices=Giver)
    import_kind = models.CharField("导入类别", max_length=30, blank=True)
    options = models.JSONField("导入选项", default=dict)
    flow = models.CharField("交换项目", max_length=30, blank=True)
    frequency = models.CharField("频率", max_length=10, choices=Frequency)
    due_day = models.PositiveSmallIntegerField("约定日")
    due_month = models.PositiveSmallIntegerField("约定月", default=12)
    months_later = models.PositiveSmallIntegerField("迟后月数", default=0)
    responsible = models.CharField("我方责任人", max_length=30)
    legal_basis = models.CharField("依据", max_length=200)
    valid_from = models.DateField("起")
    valid_until = models.DateField("止", null=True)
    staff_code = models.CharField("登记人", max_length=30)
    created_at = models.DateTimeField("登记时间")

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["partner", "subject", "valid_from"], name="partner_duty_once"),
            models.CheckConstraint(
                condition=Q(valid_until=None) | Q(valid_until__gt=F("valid_from")), name="partner_duty_not_empty"
            ),
            models.CheckConstraint(
                condition=Q(due_day__gte=1, due_day__lte=31, due_month__gte=1, due_month__lte=12, months_later__lte=12),
                name="partner_duty_has_a_day",
            ),
            models.CheckConstraint(
                condition=~Q(subject="") & ~Q(responsible="") & ~Q(legal_basis=""), name="partner_duty_has_an_owner"
            ),
        ]

    def __str__(self) -> str:
        return self.subject


class HandOff(models.Model):
    """交接: one duty for one period, awaited by a day, with the receipt of what came or went."""

    duty = models.ForeignKey(PartnerDuty, on_delete=models.PROTECT, related_name="hand_offs")
    period = models.CharField("所属期", max_length=10)
    due_on = models.DateField("约定日期")
    state = models.CharField("状态", max_length=10, choices=HandOffState, default=HandOffState.AWAITED)
    done_on = models.DateField("交接日期", null=True)
    reference = models.CharField("回执", max_length=60, blank=True)
    rows = models.PositiveIntegerField("笔数", null=True)
    incoming = models.ForeignKey(ImportFile, null=True, on_delete=models.PROTECT, related_name="+")
    outgoing = models.ForeignKey(OutgoingFile, null=True, on_delete=models.PROTECT, related_name="+")
    remark = models.CharField("说明", max_length=200, blank=True)
    staff_code = models.CharField("登记人", max_length=30, blank=True)
    recorded_at = models.DateTimeField("登记时间", null=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["duty", "period"], name="hand_off_once"),
            models.CheckConstraint(
                condition=Q(state="awaited", done_on=None, recorded_at=None)
                | Q(state="waived", done_on=None, recorded_at__isnull=False) & ~Q(remark="")
                | Q(state="done", done_on__isnull=False, recorded_at__isnull=False) & ~Q(reference=""),
                name="hand_off_receipted_whole",
            ),
        ]
        indexes = [models.Index(fields=["state", "due_on", "id"], name="hand_off_due")]
