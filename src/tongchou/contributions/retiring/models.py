"""Tables of what is paid once on retirement (退休一次性缴费; CON-34). Amounts in whole fen."""

from django.db import models
from django.db.models import F, Q

from tongchou.contributions.retiring.states import Begins, RetirementState


class RetirementRule(models.Model):
    """退休缴费规则 of an area from a day on: the reserve, the years required, what a missing month costs; dated.

    Without a reserve and without required months an area asks for nothing. The months of women may be others.
    """

    pooling_area = models.ForeignKey("platform.PoolingArea", on_delete=models.PROTECT)
    valid_from = models.DateField("起始日期")
    reserve_fen = models.BigIntegerField("风险储备金", null=True)
    months_men = models.PositiveSmallIntegerField("男性最低缴费月数", null=True)
    months_women = models.PositiveSmallIntegerField("女性最低缴费月数", null=True)
    mutual_fen = models.BigIntegerField("每月大额互助资金", default=0)
    begins = models.CharField("退休待遇起始月", max_length=14, choices=Begins)
    pay_days = models.PositiveSmallIntegerField("缴费期限(日)", default=30)
    source = models.CharField("文件依据", max_length=200)
    staff_code = models.CharField("维护人", max_length=30)
    set_at = models.DateTimeField("维护时间")

    class Meta:
        app_label = "contributions"
        constraints = [
            models.UniqueConstraint(fields=["pooling_area", "valid_from"], name="retirement_rule_once"),
            models.CheckConstraint(
                condition=(Q(reserve_fen=None) | Q(reserve_fen__gt=0))
                & (
                    Q(months_men=None, months_women=None)
                    | Q(months_men__gt=0, months_women__gt=0, months_men__lte=480, months_women__lte=480)
                )
                & Q(mutual_fen__gte=0, pay_days__gte=1),
                name="retirement_rule_fits",
            ),
            models.CheckConstraint(condition=~Q(source=""), name="retirement_rule_has_a_source"),
        ]


class Retirement(models.Model):
    """退休审批: approved on a day; pending until its reserve and its missing months are paid."""

    pooling_area = models.ForeignKey("platform.PoolingArea", on_delete=models.PROTECT, db_index=False)
    unit_code = models.CharField("经办机构", max_length=12, db_collation="C")
    person = models.ForeignKey("enrolment.Person", on_delete=models.PROTECT, related_name="+")
    employer = models.ForeignKey("enrolment.Employer", on_delete=models.PROTECT, related_name="+")
    approved_on = models.DateField("退休批准日期")
    paper = models.CharField("批准文号", max_length=60)
    paid_months = models.PositiveSmallIntegerField("实际缴费月数")
    counted_months = models.PositiveSmallIntegerField("视同缴费月数")
    required_months = models.PositiveSmallIntegerField("最低缴费月数", default=0)
    missing_months = models.PositiveSmallIntegerField("不足月数")
    base_fen = models.BigIntegerField("补足基数")
    reserve_due = models.OneToOneField(
        "OneOffDue", null=True, on_delete=models.PROTECT, related_name="retirement_reserve"
    )
    makeup_due = models.OneToOneField(
        "OneOffDue", null=True, on_delete=models.PROTECT, related_name="retirement_makeup"
    )
    state = models.CharField("状态", max_length=10, choices=RetirementState, default=RetirementState.PENDING)
    retired_from = models.DateField("退休待遇起", null=True)
    remark = models.CharField("说明", max_length=200, blank=True)
    staff_code = models.CharField("经办人", max_length=30)
    noted_at = models.DateTimeField("登记时间")

    class Meta:
        app_label = "contributions"
        constraints = [
            models.UniqueConstraint(fields=["person"], name="retirement_once", condition=~Q(state="cancelled")),
            models.CheckConstraint(
                condition=Q(state="retired", retired_from__isnull=False) | ~Q(state="retired") & Q(retired_from=None),
                name="retirement_begins_when_paid",
            ),
            models.CheckConstraint(
                condition=Q(missing_months=0, makeup_due=None)
                | Q(missing_months__gt=0, missing_months__lte=F("required_months")),
                name="retirement_missing_months_fit",
            ),
        ]
        indexes = [models.Index(fields=["unit_code", "state", "-id"], name="retirement_recent")]
