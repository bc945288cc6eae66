"""Tables of aid for contributions (资助参保)."""

from django.db import models
from django.db.models import F, Q

from tongchou.contributions.aid.states import AidAnswer, AidDifference, AidItemState, AidListState, AidMode
from tongchou.enrolment.states import Department, SpecialCategory


class AidPlan(models.Model):
    """资助办法 of an area and year (aid.mode, aid.ref_date; CON-15, CON-16)."""

    pooling_area = models.ForeignKey("platform.PoolingArea", on_delete=models.PROTECT)
    benefit_year = models.PositiveSmallIntegerField("保险年度")
    mode = models.CharField("资助方式", max_length=8, choices=AidMode)
    ref_date = models.DateField("认定基准日")
    income_account = models.CharField("到账科目", max_length=8, default="4501")
    source = models.CharField("文件依据", max_length=200)
    staff_code = models.CharField("经办人", max_length=30)
    set_at = models.DateTimeField("设定时间")

    class Meta:
        app_label = "contributions"
        constraints = [
            models.UniqueConstraint(fields=["pooling_area", "benefit_year"], name="aid_plan_once_a_year"),
            models.CheckConstraint(condition=~Q(source=""), name="aid_plan_has_a_source"),
        ]


class AidRule(models.Model):
    """资助标准 of one group (aid.table; CON-16). Fen; no amount is full aid.

    `aged_from` finds people by age on the reference date, `proven_before` asks for a certificate older than that day.
    """

    plan = models.ForeignKey(AidPlan, on_delete=models.CASCADE, related_name="rules")
    category = models.CharField("人员类别", max_length=20, choices=SpecialCategory)
    department = models.CharField("主管部门", max_length=20, choices=Department)
    amount_fen = models.BigIntegerField("资助金额", null=True)
    aged_from = models.PositiveSmallIntegerField("年满周岁", null=True)
    proven_before = models.DateField("证件取得早于", null=True)

    class Meta:
        app_label = "contributions"
        constraints = [
            models.UniqueConstraint(fields=["plan", "category"], name="aid_rule_once"),
            models.CheckConstraint(condition=Q(amount_fen=None) | Q(amount_fen__gt=0), name="aid_rule_of_something"),
        ]


class AidList(models.Model):
    """资助名册 for one department (F-44): whom it is asked to aid; numbered, answered line by line."""

    plan = models.ForeignKey(AidPlan, on_delete=models.PROTECT, related_name="lists")
    pooling_area = models.ForeignKey("platform.PoolingArea", on_delete=models.PROTECT)
    department = models.CharField("主管部门", max_length=20, choices=Department)
    number = models.CharField("名册编号", max_length=40)
    rows = models.PositiveIntegerField("人数")
    amount_fen = models.BigIntegerField("资助金额")
    arrived_fen = models.BigIntegerField("到账金额", default=0)
    state = models.CharField("状态", max_length=10, choices=AidListState, default=AidListState.MADE)
    made_by = models.CharField("经办人", max_length=30)
    made_at = models.DateTimeField("生成时间")
    notified_on = models.DateField("通知日期", null=True)

    class Meta:
        app_label = "contributions"
        constraints = [
            models.UniqueConstraint(fields=["number"], name="aid_list_number_once"),
            models.CheckConstraint(
                condition=Q(state="made", notified_on=None) | (~Q(state="made") & Q(notified_on__isnull=False)),
                name="aid_list_notified_when",
            ),
        ]

    def __str__(self) -> str:
        return self.number


class AidItem(models.Model):
    """资助明细: one person's aid of one year, once, the highest of the groups (CON-16). Fen."""

    list = models.ForeignKey(AidList, on_delete=models.PROTECT, related_name="items", db_index=False)
    line_no = models.PositiveIntegerField("行号")
    plan = models.ForeignKey(AidPlan, on_delete=models.PROTECT, related_name="+", db_index=False)
    person = models.ForeignKey("enrolment.Person", on_delete=models.PROTECT, related_name="+")
    unit_code = models.CharField("参保单位", max_length=12, db_collation="C")
    category = models.CharField("人员类别", max_length=20, choices=SpecialCategory)
    standard_fen = models.BigIntegerField("个人缴费标准")
    amount_fen = models.BigIntegerField("资助金额")
    account_no = models.CharField("银行账号", max_length=32, blank=True)
    holder_name = models.CharField("户名", max_length=60, blank=True)
    state = models.CharField("状态", max_length=8, choices=AidItemState, default=AidItemState.WAITING)
    answer = models.CharField("部门答复", max_length=12, choices=AidAnswer, blank=True)
    confirmed_on = models.DateField("确认日期", null=True)
    arrived_on = models.DateField("到账日期", null=True)
    reference = models.CharField("流水号", max_length=40, blank=True)
    difference = models.CharField("差异", max_length=12, choices=AidDifference, blank=True)

    class Meta:
        app_label = "contributions"
        constraints = [
            models.UniqueConstraint(fields=["plan", "person"], name="aid_once_a_year"),
            models.UniqueConstraint(fields=["list", "line_no"], name="aid_line_once"),
            models.CheckConstraint(
                condition=Q(amount_fen__gt=0, amount_fen__lte=F("standard_fen")), name="aid_within_the_standard"
            ),
            models.CheckConstraint(
                condition=(Q(state="return") & ~Q(difference="")) | (~Q(state="return") & Q(difference="")),
                name="aid_returned_for_a_reason",
            ),
            models.CheckConstraint(
                condition=Q(state__in=("waiting", "refused")) | Q(arrived_on__isnull=False), name="aid_arrived_when"
            ),
        ]
        indexes = [models.Index(fields=["unit_code", "state", "id"], name="aid_unit")]


class AidArrival(models.Model):
    """资助款到账: money of a department in the fund's account, by the bank's advice (FIN-35). Fen.

    What was written wrongly is withdrawn, and stays; `voucher_no` is the voucher that stands, `reversal_no` ends it.
    """

    list = models.ForeignKey(AidList, on_delete=models.PROTECT, related_name="arrivals")
    reference = models.CharField("银行流水号", max_length=40)
    amount_fen = models.BigIntegerField("到账金额")
    arrived_on = models.DateField("到账日期")
    voucher_no = models.CharField("记账凭证号", max_length=30)
    staff_code = models.CharField("登记人", max_length=30)
    recorded_by_person = models.CharField("登记人公民身份号码", max_length=18, blank=True)
    recorded_at = models.DateTimeField("登记时间")
    corrects = models.OneToOneField("self", null=True, on_delete=models.PROTECT, related_name="corrected_by")
    withdrawn_at = models.DateTimeField("撤销时间", null=True)
    withdrawn_by = models.CharField("撤销人", max_length=30, blank=True)
    reason = models.CharField("撤销原因", max_length=200, blank=True)
    reversal_no = models.CharField("冲销凭证号", max_length=30, blank=True)

    class Meta:
        app_label = "contributions"
        constraints = [
            models.UniqueConstraint(
                fields=["list", "reference"], condition=Q(withdrawn_at=None), name="aid_arrival_once"
            ),
            models.CheckConstraint(condition=Q(amount_fen__gt=0), name="aid_arrival_of_something"),
            models.CheckConstraint(
                condition=Q(withdrawn_at=None, withdrawn_by="", reason="", reversal_no="")
                | (Q(withdrawn_at__isnull=False) & ~Q(withdrawn_by="") & ~Q(reason="") & ~Q(reversal_no="")),
                name="aid_arrival_withdrawn_whole",
            ),
        ]
