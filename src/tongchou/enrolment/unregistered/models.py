"""Table of names that the register lacks (未登记人员; ENR-32)."""

from django.db import models
from django.db.models import Q

from tongchou.enrolment.unregistered.states import LeadSource, LeadState


class UnregisteredLead(models.Model):
    """未登记人员线索: a name that another list knows, in the place where somebody may be visited, with its source.

    `note` is what helps to find the person: mother, employer, class. No key to a person: nobody is registered.
    """

    pooling_area = models.ForeignKey("platform.PoolingArea", on_delete=models.PROTECT, db_index=False)
    unit_code = models.CharField("走访单位", max_length=12, db_collation="C")
    source = models.CharField("来源", max_length=8, choices=LeadSource)
    certificate_type = models.CharField("证件类型", max_length=6)
    certificate_no = models.CharField("证件号码", max_length=50, db_collation="C")
    name = models.CharField("姓名", max_length=50, db_collation="C")
    born_on = models.DateField("出生日期", null=True)
    contact = models.CharField("联系电话", max_length=30, blank=True)
    note = models.CharField("说明", max_length=200, blank=True)
    happened_on = models.DateField("发生日期", null=True)
    state = models.CharField("状态", max_length=10, choices=LeadState, default=LeadState.OPEN)
    file_id = models.BigIntegerField("来源文件", null=True)
    listed_at = models.DateTimeField("列入时间")
    closed_at = models.DateTimeField("办结时间", null=True)
    closed_by = models.CharField("办理人", max_length=30, blank=True)
    closed_reason = models.CharField("办理说明", max_length=200, blank=True)
    version = models.PositiveIntegerField("版本", default=1)

    class Meta:
        app_label = "enrolment"
        constraints = [
            models.UniqueConstraint(
                fields=["source", "certificate_type", "certificate_no"],
                name="unregistered_lead_once",
                condition=Q(state="open"),
            ),
            models.CheckConstraint(
                condition=Q(state="open", closed_at=None) | ~Q(state="open") & Q(closed_at__isnull=False),
                name="unregistered_lead_closed_when",
            ),
            models.CheckConstraint(
                condition=~Q(state="dismissed") | ~Q(closed_reason="") & ~Q(closed_by=""),
                name="unregistered_lead_dismissed_for_a_reason",
            ),
        ]
        indexes = [
            models.Index(fields=["unit_code", "state", "id"], name="unregistered_lead_unit"),
            models.Index(fields=["pooling_area", "state", "id"], name="unregistered_lead_area"),
        ]

    def __str__(self) -> str:
        return f"{self.name} {self.certificate_no}"
