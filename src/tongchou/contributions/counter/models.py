"""Tables of payments at the counter (现场缴费)."""

from django.db import models
from django.db.models import F, Q

from tongchou.contributions.counter.states import DayState, PayerKind, PaymentState
from tongchou.platform.ranges import no_overlap


class CounterMeans(models.Model):
    """收款方式 of an area's counters: a terminal, a code, a transfer; cash is none (GX2017 §94; FIN-06).

    `valid_until` is exclusive.
    """

    pooling_area = models.ForeignKey("platform.PoolingArea", on_delete=models.PROTECT)
    code = models.CharField("代码", max_length=12)
    name = models.CharField("名称", max_length=40)
    source = models.CharField("依据", max_length=200)
    valid_from = models.DateField("起")
    valid_until = models.DateField("止", null=True)
    staff_code = models.CharField("登记人", max_length=30)
    created_at = models.DateTimeField("登记时间")

    class Meta:
        app_label = "contributions"
        constraints = [
            no_overlap("counter_means_no_overlap", "pooling_area", "code", span=("valid_from", "valid_until")),
            models.CheckConstraint(
                condition=Q(valid_until=None) | Q(valid_until__gt=F("valid_from")), name="counter_means_not_empty"
            ),
            models.CheckConstraint(
                condition=~Q(code__icontains="cash") & ~Q(name__contains="现金"), name="counter_means_no_cash"
            ),
        ]

    def __str__(self) -> str:
        return self.name


class CounterDay(models.Model):
    """日结单: what one clerk received in one day, held against the terminals and then posted by one voucher. Fen.

    `batch` carries the payments from the first on, so that each of them finds its voucher once the day is closed.
    """

    pooling_area = models.ForeignKey("platform.PoolingArea", on_delete=models.PROTECT)
    unit_code = models.CharField("经办机构", max_length=12, db_collation="C")
    staff_code = models.CharField("收款人", max_length=30)
    collected_on = models.DateField("收款日期")
    number = models.CharField("日结单号", max_length=40)
    batch = models.OneToOneField("contributions.ImportBatch", on_delete=models.PROTECT, related_name="counter_day")
    state = models.CharField("状态", max_length=8, choices=DayState, default=DayState.OPEN)
    amount_fen = models.BigIntegerField("系统合计", default=0)
    told_fen = models.BigIntegerField("终端合计", null=True)
    difference_reason = models.CharField("差额原因", max_length=200, blank=True)
    opened_at = models.DateTimeField("开始时间")
    closed_at = models.DateTimeField("日结时间", null=True)

    class Meta:
        app_label = "contributions"
        constraints = [
            models.UniqueConstraint(fields=["number"], name="counter_day_number_once"),
            models.UniqueConstraint(
                fields=["staff_code", "pooling_area", "collected_on"],
                name="counter_day_one_open",
                condition=Q(state="open"),
            ),
            models.CheckConstraint(condition=Q(amount_fen__gte=0), name="counter_day_not_negative"),
            models.CheckConstraint(
                condition=Q(state="open", closed_at=None, told_fen=None)
                | Q(state="closed", closed_at__isnull=False, told_fen__gte=0),
                name="counter_day_closed_whole",
            ),
            models.CheckConstraint(
                condition=Q(told_fen=None) | Q(told_fen=F("amount_fen")) | ~Q(difference_reason=""),
                name="counter_day_difference_explained",
            ),
        ]
        indexes = [
            models.Index(fields=["unit_code", "-collected_on", "-id"], name="counter_day_unit"),
            models.Index(fields=["staff_code", "state"], name="counter_day_staff"),
        ]

    def __str__(self) -> str:
        return self.number


class CounterDayTotal(models.Model):
    """日结分方式: of one means, what the house received and what the terminal's or bank's slip says. Fen."""

    day = models.ForeignKey(CounterDay, on_delete=models.PROTECT, related_name="totals")
    means = models.ForeignKey(CounterMeans, on_delete=models.PROTECT, related_name="+")
    payments = models.PositiveIntegerField("笔数")
    amount_fen = models.BigIntegerField("系统金额")
    told_fen = models.BigIntegerField("终端金额")
    slip_no = models.CharField("结算单号", max_length=40, blank=True)

    class Meta:
        app_label = "contributions"
        constraints = [
            models.UniqueConstraint(fields=["day", "means"], name="counter_total_once"),
            models.CheckConstraint(
                condition=Q(amount_fen__gte=0, told_fen__gte=0) & (Q(told_fen=0) | ~Q(slip_no="")),
                name="counter_total_with_a_slip",
            ),
        ]


class CounterPayment(models.Model):
    """现场缴费 of one person's year, with its receipt and who brought the money (CON-12). Fen.

    Those of one payer in one go bear one `joint_no` (CON-14).

    `amount_fen` is what was received: the standard less what a department owes to the fund. A number stays used.
    """

    day = models.ForeignKey(CounterDay, on_delete=models.PROTECT, related_name="payments")
    unit_code = models.CharField("参保单位", max_length=12, db_collation="C")
    number = models.CharField("收据号", max_length=40)
    joint_no = models.CharField("合并收据号", max_length=40, blank=True, db_default="")
    person = models.ForeignKey("enrolment.Person", on_delete=models.PROTECT, related_name="+")
    benefit_year = models.PositiveSmallIntegerField("保险年度")
    amount_fen = models.BigIntegerField("实收金额")
    means = models.ForeignKey(CounterMeans, on_delete=models.PROTECT, related_name="+")
    reference = models.CharField("交易流水号", max_length=40)
    payer_kind = models.CharField("缴费人类别", max_length=8, choices=PayerKind)
    payer_name = models.CharField("缴费人", max_length=60)
    payer_certificate_no = models.CharField("缴费人证件号码", max_length=50)
    payer_relation = models.CharField("与参保人关系", max_length=20, blank=True)
    contribution = models.OneToOneField(
        "contributions.Contribution", on_delete=models.PROTECT, related_name="counter_payment"
    )
    state = models.CharField("状态", max_length=10, choices=PaymentState, default=PaymentState.RECEIVED)
    request_id = models.CharField("请求号", max_length=60)
    received_by = models.CharField("收款人", max_length=30)
    received_by_person = models.CharField("收款人证件号码", max_length=18)
    received_at = models.DateTimeField("收款时间")
    cancel_reason = models.CharField("撤销原因", max_length=100, blank=True)
    asked_by = models.CharField("申请撤销人", max_length=30, blank=True)
    asked_by_person = models.CharField("申请撤销人证件号码", max_length=18, blank=True)
    void_reference = models.CharField("撤销流水号", max_length=40, blank=True)
    cancelled_by = models.CharField("核准撤销人", max_length=30, blank=True)
    cancelled_at = models.DateTimeField("撤销时间", null=True)

    class Meta:
        app_label = "contributions"
        constraints = [
            models.UniqueConstraint(fields=["number"], name="counter_payment_number_once"),
            models.UniqueConstraint(fields=["received_by", "request_id"], name="counter_payment_request_once"),
            models.CheckConstraint(condition=Q(amount_fen__gt=0), name="counter_payment_of_something"),
            models.CheckConstraint(
                condition=~Q(payer_name="") & ~Q(payer_certificate_no="") & ~Q(reference=""),
                name="counter_payment_by_somebody",
            ),
            models.CheckConstraint(
                condition=Q(state="received", asked_by="", cancelled_by="", cancelled_at=None)
                | (Q(state="asked", cancelled_by="", cancelled_at=None) & ~Q(asked_by="") & ~Q(cancel_reason=""))
                | (
                    Q(state="cancelled", cancelled_at__isnull=False)
                    & ~Q(cancelled_by="")
                    & ~Q(cancel_reason="")
                    & ~Q(cancelled_by=F("received_by"))
                ),
                name="counter_payment_cancelled_by_another",
            ),
        ]
        indexes = [
            models.Index(fields=["unit_code", "-received_at", "-id"], name="counter_payment_unit"),
            models.Index(fields=["joint_no"], name="counter_payment_joint", condition=~Q(joint_no="")),
        ]

    def __str__(self) -> str:
        return self.number
