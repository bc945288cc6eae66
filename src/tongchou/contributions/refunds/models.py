"""Tables of refunds (退费): the order, the run for the bank, its lines."""

from django.db import models
from django.db.models import Q

from tongchou.contributions.refunds.states import Ground, LineState, RefundState, RunState
from tongchou.contributions.states import DrawResult


class RefundRun(models.Model):
    """退费盘: transfers that a bank is asked to make in one file; made by one person, released by another."""

    pooling_area = models.ForeignKey("platform.PoolingArea", on_delete=models.PROTECT)
    number = models.CharField("批次号", max_length=40)
    bank = models.ForeignKey("exchange.Partner", on_delete=models.PROTECT, related_name="+")
    rows = models.PositiveIntegerField("笔数")
    amount_fen = models.BigIntegerField("金额")
    state = models.CharField("状态", max_length=10, choices=RunState, default=RunState.MADE)
    made_by = models.CharField("出纳", max_length=30)
    made_by_person = models.CharField("出纳证件号码", max_length=18)
    made_at = models.DateTimeField("制盘时间")
    released_by = models.CharField("财务复核", max_length=30, blank=True)
    released_at = models.DateTimeField("复核时间", null=True)

    class Meta:
        app_label = "contributions"
        constraints = [
            models.UniqueConstraint(fields=["number"], name="refund_run_number_once"),
            models.CheckConstraint(
                condition=Q(state__in=("made", "cancelled"), released_at=None, released_by="")
                | (~Q(state__in=("made", "cancelled")) & Q(released_at__isnull=False) & ~Q(released_by="")),
                name="refund_run_released_by_somebody",
            ),
        ]

    def __str__(self) -> str:
        return self.number


class RefundOrder(models.Model):
    """退费单: money that goes back to the account it came from, approved by two persons (CON-22). Fen.

    The money is that of a payment that was voided, of an amount that settled nobody, or of aid that goes back to its
    department. `reversal_no` books it out of income, `voucher_no` out of the bank.
    """

    pooling_area = models.ForeignKey("platform.PoolingArea", on_delete=models.PROTECT, db_index=False)
    unit_code = models.CharField("参保单位", max_length=12, db_collation="C")
    number = models.CharField("退费单号", max_length=40)
    case_number = models.CharField("受理号", max_length=40, blank=True)
    ground = models.CharField("退费理由", max_length=12, choices=Ground)
    person = models.ForeignKey("enrolment.Person", null=True, on_delete=models.PROTECT, related_name="+")
    benefit_year = models.PositiveSmallIntegerField("保险年度")
    contribution = models.OneToOneField(
        "contributions.Contribution", null=True, on_delete=models.PROTECT, related_name="refund"
    )
    pending = models.OneToOneField(
        "contributions.PendingAmount", null=True, on_delete=models.PROTECT, related_name="refund"
    )
    amount_fen = models.BigIntegerField("退费金额")
    account_no = models.CharField("收款账号", max_length=32)
    holder_name = models.CharField("收款户名", max_length=60)
    bank_name = models.CharField("收款银行", max_length=60)
    evidence = models.CharField("依据材料", max_length=300)
    state = models.CharField("状态", max_length=10, choices=RefundState, default=RefundState.APPROVED)
    run = models.ForeignKey(RefundRun, null=True, on_delete=models.PROTECT, related_name="orders")
    returned_because = models.CharField("退票原因", max_length=100, blank=True)
    reversal_no = models.CharField("冲减凭证号", max_length=30, blank=True)
    voucher_no = models.CharField("付款凭证号", max_length=30, blank=True)
    paid_on = models.DateField("退回日期", null=True)
    reference = models.CharField("银行流水号", max_length=40, blank=True)
    approved_by = models.CharField("审批人", max_length=30)
    approved_at = models.DateTimeField("审批时间")

    class Meta:
        app_label = "contributions"
        constraints = [
            models.UniqueConstraint(fields=["number"], name="refund_number_once"),
            models.CheckConstraint(condition=Q(amount_fen__gt=0), name="refund_of_something"),
            models.CheckConstraint(
                condition=~Q(account_no="") & ~Q(holder_name="") & ~Q(evidence=""), name="refund_to_an_account"
            ),
            models.CheckConstraint(
                condition=Q(contribution__isnull=False, pending=None) | Q(contribution=None, pending__isnull=False),
                name="refund_of_one_source",
            ),
            models.CheckConstraint(
                condition=Q(state__in=("in_run", "paid"), run__isnull=False)
                | (~Q(state__in=("in_run", "paid")) & Q(run=None)),
                name="refund_in_a_run",
            ),
            models.CheckConstraint(
                condition=(Q(state="paid", paid_on__isnull=False) & ~Q(voucher_no=""))
                | (~Q(state="paid") & Q(paid_on=None, voucher_no="")),
                name="refund_paid_with_a_voucher",
            ),
            models.CheckConstraint(
                condition=(Q(state="returned") & ~Q(returned_because="")) | ~Q(state="returned"),
                name="refund_returned_for_a_reason",
            ),
        ]
        indexes = [
            models.Index(fields=["unit_code", "state", "id"], name="refund_unit"),
            models.Index(fields=["pooling_area", "state", "-id"], name="refund_area"),
        ]

    def __str__(self) -> str:
        return self.number


class RefundLine(models.Model):
    """退费盘明细: one transfer as the bank was asked for it; a corrected account is another line of another run."""

    run = models.ForeignKey(RefundRun, on_delete=models.PROTECT, related_name="lines", db_index=False)
    line_no = models.PositiveIntegerField("行号")
    order = models.ForeignKey(RefundOrder, on_delete=models.PROTECT, related_name="lines")
    account_no = models.CharField("收款账号", max_length=32)
    holder_name = models.CharField("收款户名", max_length=60)
    amount_fen = models.BigIntegerField("金额")
    benefit_year = models.PositiveSmallIntegerField("保险年度")
    state = models.CharField("状态", max_length=8, choices=LineState, default=LineState.WAITING)
    code = models.CharField("结果", max_length=12, choices=DrawResult, blank=True)
    paid_on = models.DateField("转账日期", null=True)
    reference = models.CharField("银行流水号", max_length=40, blank=True)

    class Meta:
        app_label = "contributions"
        constraints = [
            models.UniqueConstraint(fields=["run", "line_no"], name="refund_line_once"),
            models.UniqueConstraint(fields=["run", "order"], name="refund_line_of_an_order_once"),
            models.CheckConstraint(
                condition=Q(state="waiting", code="") | (~Q(state="waiting") & ~Q(code="")),
                name="refund_line_answered_with_a_code",
            ),
        ]
