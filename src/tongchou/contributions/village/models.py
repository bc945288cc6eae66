"""Tables of collection by villages (村级代收)."""

from django.db import models
from django.db.models import F, Q

from tongchou.contributions.village.states import SheetState
from tongchou.platform.ranges import no_overlap


class CollectionMethod(models.Model):
    """另行制定的征缴方式 (GX2017 §25): which place collects how, by whose approval. `valid_until` is exclusive."""

    pooling_area = models.ForeignKey("platform.PoolingArea", on_delete=models.PROTECT)
    unit_code = models.CharField("适用机构", max_length=12)
    method = models.CharField("征缴方式", max_length=200)
    reason = models.CharField("不具备代扣条件的原因", max_length=200)
    approval_no = models.CharField("批准文号", max_length=60)
    approved_by = models.CharField("批准机关", max_length=60)
    valid_from = models.DateField("起")
    valid_until = models.DateField("止", null=True)
    staff_code = models.CharField("登记人", max_length=30)
    created_at = models.DateTimeField("登记时间")

    class Meta:
        app_label = "contributions"
        constraints = [
            no_overlap("collection_method_no_overlap", "unit_code", span=("valid_from", "valid_until")),
            models.CheckConstraint(
                condition=Q(valid_until=None) | Q(valid_until__gt=F("valid_from")), name="collection_method_not_empty"
            ),
            models.CheckConstraint(condition=~Q(approval_no=""), name="collection_method_approved"),
        ]


class VillageSheet(models.Model):
    """代收日报: what one village collected on one day, paid into the bank by one slip (CON-10). Fen."""

    pooling_area = models.ForeignKey("platform.PoolingArea", on_delete=models.PROTECT)
    unit_code = models.CharField("村(社区)", max_length=12, db_collation="C")
    collected_on = models.DateField("代收日期")
    number = models.CharField("日报编号", max_length=40)
    method = models.ForeignKey(CollectionMethod, on_delete=models.PROTECT, related_name="sheets")
    state = models.CharField("状态", max_length=10, choices=SheetState, default=SheetState.OPEN)
    slip_no = models.CharField("缴款单号", max_length=40, blank=True)
    slip_fen = models.BigIntegerField("缴存金额", null=True)
    batch = models.OneToOneField(
        "contributions.ImportBatch", null=True, on_delete=models.PROTECT, related_name="village_sheet"
    )
    opened_by = models.CharField("代收人", max_length=30)
    opened_at = models.DateTimeField("开始时间")
    deposited_at = models.DateTimeField("缴存时间", null=True)

    class Meta:
        app_label = "contributions"
        constraints = [
            models.UniqueConstraint(fields=["number"], name="village_sheet_number_once"),
            models.UniqueConstraint(
                fields=["unit_code", "collected_on"], name="village_sheet_one_open", condition=Q(state="open")
            ),
            models.UniqueConstraint(
                fields=["pooling_area", "slip_no"], name="village_sheet_slip_once", condition=~Q(slip_no="")
            ),
            models.CheckConstraint(
                condition=Q(state="open", slip_no="", slip_fen=None, deposited_at=None, batch=None)
                | (
                    Q(state="deposited", slip_fen__gt=0, deposited_at__isnull=False, batch__isnull=False)
                    & ~Q(slip_no="")
                ),
                name="village_sheet_deposited_whole",
            ),
        ]
        indexes = [models.Index(fields=["unit_code", "-collected_on", "-id"], name="village_sheet_unit")]

    def __str__(self) -> str:
        return self.number


class VillageReceipt(models.Model):
    """代收收据: what one person paid to the village, with its number; a void one stays for the record (CON-10).

    One whose money was given back or booked to somebody else (`given_back_at`) stays too: the year may be paid again.
    """

    sheet = models.ForeignKey(VillageSheet, on_delete=models.PROTECT, related_name="receipts")
    number = models.CharField("收据号", max_length=40)
    person = models.ForeignKey("enrolment.Person", on_delete=models.PROTECT, related_name="+")
    benefit_year = models.PositiveSmallIntegerField("保险年度")
    amount_fen = models.BigIntegerField("金额")
    contribution = models.OneToOneField(
        "contributions.Contribution", null=True, on_delete=models.PROTECT, related_name="village_receipt"
    )
    voided_at = models.DateTimeField("作废时间", null=True)
    void_reason = models.CharField("作废原因", max_length=100, blank=True)
    given_back_at = models.DateTimeField("退费或调整时间", null=True)
    issued_by = models.CharField("开具人", max_length=30)
    issued_at = models.DateTimeField("开具时间")

    class Meta:
        app_label = "contributions"
        constraints = [
            models.UniqueConstraint(fields=["number"], name="village_receipt_number_once"),
            models.UniqueConstraint(
                fields=["person", "benefit_year"],
                name="village_receipt_once",
                condition=Q(voided_at=None, given_back_at=None),
            ),
            models.CheckConstraint(
                condition=Q(given_back_at=None) | Q(voided_at=None, contribution__isnull=False),
                name="village_receipt_given_back_once_booked",
            ),
            models.CheckConstraint(condition=Q(amount_fen__gt=0), name="village_receipt_of_something"),
            models.CheckConstraint(
                condition=Q(voided_at=None, void_reason="") | (Q(voided_at__isnull=False) & ~Q(void_reason="")),
                name="village_receipt_voided_for_a_reason",
            ),
        ]

    def __str__(self) -> str:
        return self.number
