"""Tables of what is owed once (一次性应收; CON-32…34). Amounts in whole fen."""

from django.db import models
from django.db.models import F, Q

from tongchou.contributions.dues.states import DueKind, DuePart, DueState


class OneOffDue(models.Model):
    """一次性应收: an employer's or a person's, the sum of its parts; `aided_fen` of it a department pays."""

    pooling_area = models.ForeignKey("platform.PoolingArea", on_delete=models.PROTECT, db_index=False)
    unit_code = models.CharField("经办机构", max_length=12, db_collation="C")
    number = models.CharField("应收编号", max_length=40, unique=True)
    kind = models.CharField("种类", max_length=12, choices=DueKind)
    employer = models.ForeignKey("enrolment.Employer", null=True, on_delete=models.PROTECT, related_name="+")
    person = models.ForeignKey("enrolment.Person", null=True, on_delete=models.PROTECT, related_name="+")
    summary = models.CharField("事由", max_length=200)
    unit_fen = models.BigIntegerField("单位部分", default=0)
    personal_fen = models.BigIntegerField("个人部分", default=0)
    reserve_fen = models.BigIntegerField("风险储备金", default=0)
    mutual_fen = models.BigIntegerField("大额互助资金", default=0)
    late_fee_fen = models.BigIntegerField("滞纳金", default=0)
    amount_fen = models.BigIntegerField("应收金额")
    aided_fen = models.BigIntegerField("其中部门资助", default=0)
    aided_by = models.CharField("资助部门", max_length=60, blank=True)
    received_fen = models.BigIntegerField("已到金额", default=0)
    due_on = models.DateField("缴费期限")
    state = models.CharField("状态", max_length=6, choices=DueState, default=DueState.OPEN)
    paid_on = models.DateField("缴清日期", null=True)
    void_reason = models.CharField("作废原因", max_length=200, blank=True)
    staff_code = models.CharField("经办人", max_length=30)
    raised_at = models.DateTimeField("核定时间")

    class Meta:
        app_label = "contributions"
        constraints = [
            models.CheckConstraint(
                condition=Q(
                    amount_fen=F("unit_fen")
                    + F("personal_fen")
                    + F("reserve_fen")
                    + F("mutual_fen")
                    + F("late_fee_fen"),
                    amount_fen__gt=0,
                    unit_fen__gte=0,
                    personal_fen__gte=0,
                    reserve_fen__gte=0,
                    mutual_fen__gte=0,
                    late_fee_fen__gte=0,
                ),
                name="due_adds_up",
            ),
            models.CheckConstraint(
                condition=Q(aided_fen__gte=0, aided_fen__lte=F("personal_fen"))
                & (Q(aided_fen=0, aided_by="") | Q(aided_fen__gt=0) & ~Q(aided_by="")),
                name="due_aid_within_the_personal_part",
            ),
            models.CheckConstraint(
                condition=Q(state="open", received_fen__gte=0, received_fen__lt=F("amount_fen"), paid_on=None)
                | Q(state="paid", received_fen=F("amount_fen"), paid_on__isnull=False)
                | Q(state="void", received_fen=0, paid_on=None),
                name="due_paid_whole",
            ),
            models.CheckConstraint(
                condition=Q(state="void") & ~Q(void_reason="") | ~Q(state="void") & Q(void_reason=""),
                name="due_void_for_a_reason",
            ),
            models.CheckConstraint(
                condition=Q(employer__isnull=False) | Q(person__isnull=False), name="due_of_somebody"
            ),
        ]
        indexes = [models.Index(fields=["unit_code", "-id"], name="due_recent")]

    def __str__(self) -> str:
        return self.number

    @property
    def own_fen(self) -> int:
        """What the employer or the person pays (应由单位或个人缴纳)."""
        return int(self.amount_fen - self.aided_fen)

    @property
    def outstanding_fen(self) -> int:
        """未到金额."""
        return int(self.amount_fen - self.received_fen)


class OneOffPayment(models.Model):
    """一次性缴费到账: one part in one sum, posted by two persons of finance; only ever added."""

    due = models.ForeignKey(OneOffDue, on_delete=models.PROTECT, related_name="payments", db_index=False)
    part = models.CharField("缴款方", max_length=4, choices=DuePart)
    amount_fen = models.BigIntegerField("到账金额")
    received_on = models.DateField("到账日期")
    document_no = models.CharField("业务单据号", max_length=40, unique=True)
    voucher_no = models.CharField("记账凭证号", max_length=30)

    class Meta:
        app_label = "contributions"
        constraints = [
            models.UniqueConstraint(fields=["due", "part"], name="due_part_once"),
            models.CheckConstraint(condition=Q(amount_fen__gt=0), name="due_payment_of_something"),
        ]
