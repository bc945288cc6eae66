"""Tables of transfers (转移接续; ENR-26…28)."""

from django.db import models
from django.db.models import Q

from tongchou.enrolment.states import Scheme
from tongchou.enrolment.transfers.states import DocumentKind, Side, TransferKind, TransferState


class Transfer(models.Model):
    """转移接续: from one area or scheme to another; `starts_on` is the first day of the new relation.

    `closed` is the enrolment that ended the day before, `opened` the one that goes on. Names of areas stand as text,
    for the other side may be no area of this house.
    """

    number = models.CharField("编号", max_length=40)
    kind = models.CharField("类别", max_length=10, choices=TransferKind)
    side = models.CharField("范围", max_length=6, choices=Side)
    state = models.CharField("状态", max_length=12, choices=TransferState)
    person = models.ForeignKey(
        "enrolment.Person", null=True, on_delete=models.PROTECT, related_name="transfers", db_index=False
    )
    name = models.CharField("姓名", max_length=50)
    certificate_no = models.CharField("证件号码", max_length=50, db_collation="C")
    from_area = models.CharField("转出地", max_length=6)
    from_agency = models.CharField("转出地经办机构", max_length=60)
    from_unit = models.CharField("原参保单位", max_length=12, blank=True)
    to_area = models.CharField("转入地", max_length=6)
    to_agency = models.CharField("转入地经办机构", max_length=60)
    to_unit = models.CharField("转入后参保单位", max_length=12, blank=True)
    from_scheme = models.CharField("转出险种", max_length=10, choices=Scheme)
    to_scheme = models.CharField("转入险种", max_length=10, choices=Scheme)
    starts_on = models.DateField("接续日期")
    reason = models.CharField("转移原因", max_length=100)
    phone = models.CharField("联系电话", max_length=30, blank=True)
    new_address = models.CharField("新住址", max_length=200, blank=True)
    closed = models.ForeignKey("enrolment.Enrolment", null=True, on_delete=models.PROTECT, related_name="+")
    opened = models.ForeignKey("enrolment.Enrolment", null=True, on_delete=models.PROTECT, related_name="+")
    cards = models.JSONField("转出时停用的卡", default=list, db_default=models.Value([], models.JSONField()))
    case_number = models.CharField("受理号", max_length=40, blank=True)
    foreign_number = models.CharField("对方编号", max_length=40, blank=True)
    made_at = models.DateTimeField("转出办结时间")
    ended_at = models.DateTimeField("办结时间", null=True)
    end_reason = models.CharField("退回、撤回原因", max_length=200, blank=True)
    version = models.PositiveIntegerField("版本", default=1)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["number"], name="transfer_number_once"),
            models.UniqueConstraint(
                fields=["from_area", "foreign_number"], condition=~Q(foreign_number=""), name="transfer_foreign_once"
            ),
            models.UniqueConstraint(
                fields=["person"], condition=Q(state__in=("out_done", "awaiting")), name="transfer_one_open"
            ),
            models.CheckConstraint(
                condition=Q(state__in=("out_done", "awaiting"), ended_at=None)
                | ~Q(state__in=("out_done", "awaiting")) & Q(ended_at__isnull=False),
                name="transfer_ended_when",
            ),
            models.CheckConstraint(
                condition=~Q(state__in=("returned", "withdrawn")) | ~Q(end_reason=""), name="transfer_back_for_a_reason"
            ),
            models.CheckConstraint(
                condition=Q(state="in_done", opened__isnull=False)
                | Q(state="in_done", side="out")
                | ~Q(state="in_done") & Q(opened=None),
                name="transfer_goes_on_somewhere",
            ),
        ]
        indexes = [
            models.Index(fields=["person", "-id"], name="transfer_of_person"),
            models.Index(fields=["from_area", "-id"], name="transfer_from"),
            models.Index(fields=["to_area", "state", "-id"], name="transfer_to"),
        ]

    def __str__(self) -> str:
        return self.number


class TransferDocument(models.Model):
    """转移文书: what one side tells the other, as issued, with its hash and code; only ever inserted."""

    transfer = models.ForeignKey(Transfer, on_delete=models.PROTECT, related_name="documents")
    kind = models.CharField("文书", max_length=10, choices=DocumentKind)
    content = models.JSONField("内容")
    digest = models.CharField("摘要", max_length=64)
    code = models.CharField("验证码", max_length=16)
    issued_by = models.CharField("出具机构", max_length=60)
    staff_code = models.CharField("经办人", max_length=30, blank=True)
    issued_at = models.DateTimeField("出具时间")
    acknowledged_at = models.DateTimeField("签收时间", null=True)
    acknowledged_by = models.CharField("签收人", max_length=30, blank=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["transfer", "kind"], name="transfer_document_once")]
        indexes = [models.Index(fields=["code"], name="transfer_document_code")]
        ordering = ["issued_at", "id"]
