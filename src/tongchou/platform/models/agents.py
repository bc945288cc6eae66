"""Commissioned agents (代办机构、协办机构、基层代办点; GX2017 §4, 83, 126; JL2019 §4, 6; ORG-04). Decision 0208."""

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import F, Q

from tongchou.platform.models.dated import DatedRows
from tongchou.platform.models.operators import Operator
from tongchou.platform.models.organisation import OrgUnit
from tongchou.platform.ranges import no_overlap
from tongchou.platform.states import AgentRole, AgentType


class CommissionItem(models.Model):
    """委托事项: what an agent may be commissioned for, and which permissions and works that means.

    `works` are kinds of cases and of imports, as `case:…` and `import:…`.
    """

    code = models.CharField("事项代码", max_length=30, primary_key=True)
    name = models.CharField("事项名称", max_length=30, unique=True)
    permissions = ArrayField(models.CharField(max_length=60), verbose_name="权限", default=list)
    works = ArrayField(models.CharField(max_length=60), verbose_name="业务", default=list)
    citation = models.CharField("依据", max_length=60, blank=True)
    rank = models.PositiveSmallIntegerField("排序")
    version = models.PositiveIntegerField("版本", default=1)

    class Meta:
        ordering = ["rank", "code"]

    def __str__(self) -> str:
        return self.name


class AgentOffice(models.Model):
    """代办机构: a body whose operators act on the agency's behalf, bound to a node of the tree."""

    unit = models.OneToOneField(OrgUnit, on_delete=models.PROTECT, related_name="agent_office", verbose_name="机构")
    name = models.CharField("名称", max_length=100)
    role = models.CharField("性质", max_length=10, choices=AgentRole)
    type = models.CharField("类型", max_length=20, choices=AgentType)
    registered_by = models.ForeignKey(Operator, null=True, on_delete=models.PROTECT, related_name="+")
    registered_at = models.DateTimeField("登记时间")

    def __str__(self) -> str:
        return self.name


class AgreementDocument(models.Model):
    """委托协议: the signed paper as a file, kept as it came."""

    name = models.CharField("文件名", max_length=100)
    media_type = models.CharField("类型", max_length=30)
    digest = models.BinaryField("摘要", max_length=32)
    data = models.BinaryField("内容")


class Commission(models.Model):
    """委托: the items of one agent from a day until a day. A change closes one and opens the next."""

    office = models.ForeignKey(AgentOffice, on_delete=models.PROTECT, related_name="commissions")
    items = ArrayField(models.CharField(max_length=30), verbose_name="委托事项")
    valid_from = models.DateField("生效日期")
    valid_until = models.DateField("终止日期")
    responsible = models.CharField("负责人", max_length=50)
    phone = models.CharField("联系电话", max_length=30, blank=True)
    agreement_no = models.CharField("协议编号", max_length=60, blank=True)
    document = models.ForeignKey(AgreementDocument, null=True, on_delete=models.PROTECT, related_name="commissions")
    made_by = models.ForeignKey(Operator, null=True, on_delete=models.PROTECT, related_name="+")
    made_at = models.DateTimeField("登记时间")
    request_id = models.CharField(max_length=64, blank=True)
    ended_by = models.ForeignKey(Operator, null=True, on_delete=models.PROTECT, related_name="+")
    ended_at = models.DateTimeField("终止登记时间", null=True)
    end_reason = models.CharField("终止原因", max_length=200, blank=True)

    objects = DatedRows.as_manager()

    class Meta:
        constraints = [
            no_overlap("commission_one_at_a_time", "office", span=("valid_from", "valid_until")),
            models.CheckConstraint(condition=Q(valid_until__gte=F("valid_from")), name="commission_span_in_order"),
            models.CheckConstraint(condition=Q(items__len__gt=0), name="commission_has_items"),
            models.CheckConstraint(condition=~Q(responsible=""), name="commission_has_somebody_responsible"),
            models.CheckConstraint(
                condition=Q(ended_at=None, ended_by=None, end_reason="")
                | (Q(ended_at__isnull=False, ended_by__isnull=False) & ~Q(end_reason="")),
                name="commission_ended_by_somebody_with_a_reason",
            ),
            models.UniqueConstraint(
                fields=["made_by", "request_id"], condition=~Q(request_id=""), name="commission_request_once"
            ),
        ]
        indexes = [models.Index(fields=["valid_until"], name="commission_until")]
