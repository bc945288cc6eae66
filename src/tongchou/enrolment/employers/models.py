"""Tables of employers (用人单位; ENR-33)."""

from django.db import models
from django.db.models import F, Q

from tongchou.enrolment.employers.states import MemberCategory
from tongchou.platform.ranges import no_overlap


class Employer(models.Model):
    """单位: takes part in the employee scheme with its people; `unit_code` is the agency that serves it (ENR-33)."""

    pooling_area = models.ForeignKey("platform.PoolingArea", on_delete=models.PROTECT, verbose_name="统筹地区")
    unit_code = models.CharField("经办机构", max_length=12)
    code = models.CharField("单位编号", max_length=20, db_collation="C")
    name = models.CharField("单位名称", max_length=100, db_collation="C")
    legal_person = models.CharField("法定代表人", max_length=50)
    contact = models.CharField("联系人", max_length=50)
    phone = models.CharField("联系电话", max_length=30)
    address = models.CharField("地址", max_length=200, blank=True)
    bank_name = models.CharField("开户银行", max_length=60, blank=True)
    account_no = models.CharField("银行账号", max_length=40, blank=True)
    registered_on = models.DateField("登记日期")
    closed_on = models.DateField("注销日期", null=True)
    version = models.PositiveIntegerField("版本", default=1)
    created_at = models.DateTimeField("登记时间")

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["pooling_area", "code"], name="employer_code_once"),
            models.CheckConstraint(
                condition=Q(closed_on=None) | Q(closed_on__gte=F("registered_on")), name="employer_closed_after"
            ),
            models.CheckConstraint(
                condition=Q(bank_name="", account_no="") | ~Q(bank_name="") & ~Q(account_no=""),
                name="employer_account_with_bank",
            ),
        ]
        indexes = [
            models.Index(fields=["unit_code", "code"], name="employer_unit"),
            models.Index(fields=["name", "id"], name="employer_name"),
        ]

    def __str__(self) -> str:
        return self.name


class EmployerMember(models.Model):
    """单位职工: months `[month_from, month_until)` at an employer, with one contribution wage (缴费工资).

    Another wage or category closes a row and opens the next; nobody has two employers in one month.
    """

    employer = models.ForeignKey(Employer, on_delete=models.PROTECT, related_name="members", db_index=False)
    person = models.ForeignKey("enrolment.Person", on_delete=models.PROTECT, related_name="employments")
    category = models.CharField("职工类别", max_length=10, choices=MemberCategory)
    wage_base_fen = models.BigIntegerField("缴费工资")
    month_from = models.DateField("起始月份")
    month_until = models.DateField("终止月份", null=True)
    reason = models.CharField("变动原因", max_length=100, blank=True)
    staff_code = models.CharField("经办人", max_length=30)
    recorded_at = models.DateTimeField("登记时间")

    class Meta:
        constraints = [
            no_overlap("employer_member_one_employer", "person", span=("month_from", "month_until")),
            models.CheckConstraint(
                condition=Q(category=MemberCategory.RETIRED, wage_base_fen__gte=0)
                | Q(category=MemberCategory.WORKING, wage_base_fen__gt=0),
                name="employer_member_wage_fits",
            ),
            models.CheckConstraint(
                condition=Q(month_until=None) | Q(month_until__gt=F("month_from")), name="employer_member_not_empty"
            ),
            models.CheckConstraint(
                condition=Q(month_from__day=1) & (Q(month_until=None) | Q(month_until__day=1)),
                name="employer_member_whole_months",
            ),
        ]
        indexes = [models.Index(fields=["employer", "month_from", "id"], name="employer_member_months")]
