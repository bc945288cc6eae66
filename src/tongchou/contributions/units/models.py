"""Tables of the monthly contributions of employers (单位缴费; CON-31). Amounts in whole fen."""

from django.db import models
from django.db.models import F, Q

from tongchou.contributions.units.states import RestoresFrom, StopsFrom, UnitMonthState


class UnitRate(models.Model):
    """职工缴费费率 (emp.rate.*): the two parts of the wage from a month on; dated, never edited."""

    pooling_area = models.ForeignKey("platform.PoolingArea", on_delete=models.PROTECT)
    month_from = models.DateField("起始月份")
    unit_ratio = models.DecimalField("单位费率", max_digits=6, decimal_places=5)
    personal_ratio = models.DecimalField("个人费率", max_digits=6, decimal_places=5)
    due_day = models.PositiveSmallIntegerField("缴费截止日")
    source = models.CharField("文件依据", max_length=200)
    staff_code = models.CharField("维护人", max_length=30)
    set_at = models.DateTimeField("维护时间")

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["pooling_area", "month_from"], name="unit_rate_once"),
            models.CheckConstraint(
                condition=Q(unit_ratio__gte=0, unit_ratio__lt=1, personal_ratio__gte=0, personal_ratio__lt=1)
                & Q(due_day__gte=1, due_day__lte=28, month_from__day=1),
                name="unit_rate_fits",
            ),
            models.CheckConstraint(condition=~Q(source=""), name="unit_rate_has_a_source"),
        ]


class EmployeeRule(models.Model):
    """职工缴费待遇规则 of an area from a month on: what an unpaid month stops, what a break waits, what is late.

    Dated, never edited; an area without one stops nobody (decision 0335). Fen; `late_ratio` is by the day.
    """

    pooling_area = models.ForeignKey("platform.PoolingArea", on_delete=models.PROTECT)
    month_from = models.DateField("起始月份")
    grace_months = models.PositiveSmallIntegerField("宽限月数")
    stops = models.CharField("停止待遇起始日", max_length=12, choices=StopsFrom)
    restores = models.CharField("补缴后恢复待遇", max_length=12, choices=RestoresFrom)
    break_months = models.PositiveSmallIntegerField("中断缴费月数", null=True)
    waiting_months = models.PositiveSmallIntegerField("中断后等待月数", default=0)
    late_ratio = models.DecimalField("滞纳金日比例", max_digits=7, decimal_places=6, default=0)
    floor_fen = models.BigIntegerField("缴费基数下限", null=True)
    objection_days = models.PositiveSmallIntegerField("异议期限(工作日)", default=10)
    source = models.CharField("文件依据", max_length=200)
    staff_code = models.CharField("维护人", max_length=30)
    set_at = models.DateTimeField("维护时间")

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["pooling_area", "month_from"], name="employee_rule_once"),
            models.CheckConstraint(
                condition=Q(month_from__day=1, grace_months__lte=12, waiting_months__lte=24)
                & Q(late_ratio__gte=0, late_ratio__lt=1, objection_days__gte=1)
                & (Q(break_months=None) | Q(break_months__gte=1))
                & (Q(floor_fen=None) | Q(floor_fen__gt=0)),
                name="employee_rule_fits",
            ),
            models.CheckConstraint(condition=~Q(source=""), name="employee_rule_has_a_source"),
        ]


class EmployeeWaiting(models.Model):
    """等待期 of a member who joins after a break: `[waits_from, waits_until)` without benefits (CON-33).

    An incentive programme that the person takes up ends it earlier.
    """

    person = models.ForeignKey("enrolment.Person", on_delete=models.PROTECT, related_name="+")
    waits_from = models.DateField("等待期起")
    waits_until = models.DateField("等待期止")
    break_months = models.PositiveSmallIntegerField("中断月数")
    rule = models.CharField("依据", max_length=200)
    shortened_by = models.CharField("缩短依据", max_length=40, blank=True)

    class Meta:
        constraints = [
            models.CheckConstraint(condition=Q(waits_until__gte=F("waits_from")), name="employee_waiting_not_negative"),
            models.UniqueConstraint(fields=["person", "waits_from"], name="employee_waiting_once"),
        ]


class UnitReceivable(models.Model):
    """单位应缴: what one employer owes for one month (BJ-ACCT §5; CON-31). The sum of its lines; paid whole or open."""

    pooling_area = models.ForeignKey("platform.PoolingArea", on_delete=models.PROTECT)
    employer = models.ForeignKey("enrolment.Employer", on_delete=models.PROTECT, related_name="+")
    unit_code = models.CharField("经办机构", max_length=12, db_collation="C")
    month = models.DateField("月份(首日)")
    members = models.PositiveIntegerField("职工人数", default=0)
    base_fen = models.BigIntegerField("缴费基数", default=0)
    unit_fen = models.BigIntegerField("单位部分", default=0)
    personal_fen = models.BigIntegerField("个人部分", default=0)
    amount_fen = models.BigIntegerField("应缴金额", default=0)
    received_fen = models.BigIntegerField("已到金额", default=0)
    due_on = models.DateField("缴费期限")
    state = models.CharField("状态", max_length=6, choices=UnitMonthState, default=UnitMonthState.DUE)
    paid_on = models.DateField("足额缴费日期", null=True)
    split_voucher_no = models.CharField("划账凭证号", max_length=30, blank=True)
    stops_from = models.DateField("停止待遇起", null=True)
    stops_until = models.DateField("停止待遇止", null=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["employer", "month"], name="unit_month_once"),
            models.CheckConstraint(
                condition=Q(amount_fen=F("unit_fen") + F("personal_fen"), received_fen__lte=F("amount_fen")),
                name="unit_month_adds_up",
            ),
            models.CheckConstraint(
                condition=Q(state="due", received_fen=0, paid_on=None)
                | Q(state="part", received_fen__gt=0, received_fen__lt=F("amount_fen"), paid_on=None)
                | Q(state="paid", received_fen=F("amount_fen"), paid_on__isnull=False),
                name="unit_month_paid_whole",
            ),
            models.CheckConstraint(
                condition=Q(split_voucher_no="") | Q(state="paid"), name="unit_month_split_when_paid"
            ),
            models.CheckConstraint(
                condition=Q(stops_until=None)
                | Q(state="paid", stops_from__isnull=False, stops_until__gte=F("stops_from")),
                name="unit_month_stop_ends_when_paid",
            ),
            models.CheckConstraint(
                condition=Q(stops_from=None) | ~Q(state="paid") | Q(stops_until__isnull=False),
                name="unit_month_paid_stops_no_more",
            ),
        ]
        indexes = [models.Index(fields=["unit_code", "-month", "-id"], name="unit_month_recent")]

    @property
    def outstanding_fen(self) -> int:
        """未到金额."""
        return self.amount_fen - self.received_fen


class UnitReceivableLine(models.Model):
    """单位应缴明细: one member's wage and the two parts of it."""

    receivable = models.ForeignKey(UnitReceivable, on_delete=models.PROTECT, related_name="lines", db_index=False)
    person = models.ForeignKey("enrolment.Person", on_delete=models.PROTECT, related_name="+")
    wage_base_fen = models.BigIntegerField("缴费工资")
    unit_fen = models.BigIntegerField("单位部分")
    personal_fen = models.BigIntegerField("个人部分")

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["receivable", "person"], name="unit_line_once"),
            models.CheckConstraint(
                condition=Q(wage_base_fen__gt=0, unit_fen__gte=0, personal_fen__gte=0), name="unit_line_not_negative"
            ),
        ]


class UnitPayment(models.Model):
    """单位缴费到账: an amount that came for a month, posted by two persons of finance; only ever added."""

    receivable = models.ForeignKey(UnitReceivable, on_delete=models.PROTECT, related_name="payments")
    amount_fen = models.BigIntegerField("到账金额")
    received_on = models.DateField("到账日期")
    document_no = models.CharField("业务单据号", max_length=40, unique=True)
    voucher_no = models.CharField("记账凭证号", max_length=30)

    class Meta:
        constraints = [models.CheckConstraint(condition=Q(amount_fen__gt=0), name="unit_payment_of_something")]
