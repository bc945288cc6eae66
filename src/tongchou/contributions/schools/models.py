"""Tables of what schools pay for their students (学校代缴)."""

from django.db import models
from django.db.models import Q

from tongchou.contributions.schools.states import LineState, SchoolState


class SchoolPayment(models.Model):
    """学校代缴: one roster of a school for a year, and what of it was covered by transfers (CON-09). Fen."""

    pooling_area = models.ForeignKey("platform.PoolingArea", on_delete=models.PROTECT)
    school_code = models.CharField("学校", max_length=12, db_collation="C")
    benefit_year = models.PositiveSmallIntegerField("保险年度")
    number = models.CharField("代缴单号", max_length=40)
    file_id = models.BigIntegerField("导入文件", null=True)
    state = models.CharField("状态", max_length=10, choices=SchoolState, default=SchoolState.OPEN)
    version = models.PositiveIntegerField(default=0)
    staff_code = models.CharField("经办人", max_length=30)
    created_at = models.DateTimeField("登记时间")
    withdrawn_at = models.DateTimeField("撤销时间", null=True)
    withdrawn_by = models.CharField("撤销人", max_length=30, blank=True)
    withdrawn_reason = models.CharField("撤销原因", max_length=200, blank=True)

    class Meta:
        app_label = "contributions"
        constraints = [
            models.UniqueConstraint(fields=["number"], name="school_payment_number_once"),
            models.UniqueConstraint(fields=["file_id"], name="school_payment_file_once", condition=Q(file_id__gt=0)),
            models.CheckConstraint(
                condition=(
                    Q(state="withdrawn", withdrawn_at__isnull=False) & ~Q(withdrawn_by="") & ~Q(withdrawn_reason="")
                )
                | (~Q(state="withdrawn") & Q(withdrawn_at=None, withdrawn_by="", withdrawn_reason="")),
                name="school_payment_withdrawn_whole",
            ),
        ]
        indexes = [models.Index(fields=["school_code", "-id"], name="school_payment_school")]

    def __str__(self) -> str:
        return self.number


class SchoolLine(models.Model):
    """名册明细: one student of the roster as the school named him, and whom the house knows him as. Fen."""

    payment = models.ForeignKey(SchoolPayment, on_delete=models.PROTECT, related_name="lines", db_index=False)
    line_no = models.PositiveIntegerField("行号")
    name = models.CharField("姓名", max_length=50)
    certificate_no = models.CharField("证件号码", max_length=50)
    class_name = models.CharField("班级", max_length=40, blank=True)
    amount_fen = models.BigIntegerField("金额")
    person = models.ForeignKey(
        "enrolment.Person", null=True, on_delete=models.PROTECT, related_name="+", db_index=False
    )
    problem = models.CharField("问题", max_length=300, blank=True)
    state = models.CharField("状态", max_length=10, choices=LineState)
    contribution = models.OneToOneField(
        "contributions.Contribution", null=True, on_delete=models.PROTECT, related_name="school_line"
    )

    class Meta:
        app_label = "contributions"
        constraints = [
            models.UniqueConstraint(fields=["payment", "line_no"], name="school_line_once"),
            models.UniqueConstraint(
                fields=["payment", "person"], name="school_line_person_once", condition=Q(person__isnull=False)
            ),
            models.CheckConstraint(condition=Q(amount_fen__gte=0), name="school_line_not_negative"),
            models.CheckConstraint(
                condition=Q(state__in=("unmatched", "returned"), person=None, contribution=None)
                | Q(state__in=("listed", "left_out"), person__isnull=False, contribution=None)
                | Q(state="paid", person__isnull=False, contribution__isnull=False)
                | Q(state="withdrawn", contribution=None),
                name="school_line_paid_whole",
            ),
        ]


class SchoolTransfer(models.Model):
    """学校转账: money that came for a roster; a wrong one is corrected, or taken back, with its reason. Fen.

    Corrected, another entry stands in its place. Taken back, none does, and `reversal_no` undoes the booking of its
    `batch`, if it was booked.
    """

    payment = models.ForeignKey(SchoolPayment, on_delete=models.PROTECT, related_name="transfers")
    reference = models.CharField("银行流水号", max_length=40)
    amount_fen = models.BigIntegerField("到账金额")
    credited_on = models.DateField("到账日期")
    batch = models.ForeignKey(
        "contributions.ImportBatch", null=True, on_delete=models.PROTECT, related_name="school_transfers"
    )
    withdrawn_reason = models.CharField("更正、撤销原因", max_length=200, blank=True)
    taken_back_at = models.DateTimeField("撤销时间", null=True)
    taken_back_by = models.CharField("撤销人", max_length=30, blank=True)
    reversal_no = models.CharField("冲销凭证号", max_length=30, blank=True)
    staff_code = models.CharField("登记人", max_length=30)
    recorded_by_person = models.CharField("登记人公民身份号码", max_length=18, blank=True)
    recorded_at = models.DateTimeField("登记时间")

    class Meta:
        app_label = "contributions"
        constraints = [
            models.UniqueConstraint(
                fields=["payment", "reference"], name="school_transfer_once", condition=Q(withdrawn_reason="")
            ),
            models.CheckConstraint(condition=Q(amount_fen__gt=0), name="school_transfer_of_something"),
            models.CheckConstraint(
                condition=Q(withdrawn_reason="") | Q(batch=None) | ~Q(reversal_no=""),
                name="school_transfer_booked_stays",
            ),
            models.CheckConstraint(
                condition=Q(taken_back_at=None, taken_back_by="", reversal_no="")
                | (Q(taken_back_at__isnull=False) & ~Q(taken_back_by="") & ~Q(withdrawn_reason="")),
                name="school_transfer_taken_back_whole",
            ),
            models.CheckConstraint(
                condition=Q(reversal_no="") | Q(batch__isnull=False), name="school_transfer_reversed_booking"
            ),
        ]
