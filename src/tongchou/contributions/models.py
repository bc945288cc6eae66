"""Tables of contributions and coverage (筹资缴费, GX2017 §21–31; JL2019 ch 3)."""

from django.db import models
from django.db.models import F, Q

from tongchou.contributions.states import Channel, ContributionKind
from tongchou.enrolment.spans import no_overlap_per_person


class ContributionStandard(models.Model):
    """缴费标准: what a person and the budgets pay for a benefit year (GX2017 §21, 29; JL2019 §11). Fen.

    `category` empty is the standard of everybody without one of their own category.
    """

    pooling_area = models.ForeignKey("platform.PoolingArea", on_delete=models.PROTECT)
    scheme = models.CharField("险种", max_length=10)
    benefit_year = models.PositiveSmallIntegerField("保险年度")
    category = models.CharField("人员类别", max_length=10, blank=True)
    personal_fen = models.BigIntegerField("个人缴费标准")
    subsidy_fen = models.BigIntegerField("财政补助标准")
    source = models.CharField("文件依据", max_length=200)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["pooling_area", "scheme", "benefit_year", "category"], name="standard_once_a_year"
            ),
            models.CheckConstraint(condition=Q(personal_fen__gte=0, subsidy_fen__gte=0), name="standard_not_negative"),
            models.CheckConstraint(condition=~Q(source=""), name="standard_has_a_source"),
        ]


class Contribution(models.Model):
    """缴费: one person's premium of one benefit year, paid in full on a day (GX2017 §21, 22). Fen.

    A correction voids a row and books another; a voided row stays for the record.
    """

    person = models.ForeignKey("enrolment.Person", on_delete=models.PROTECT, related_name="+", db_index=False)
    pooling_area = models.ForeignKey(
        "platform.PoolingArea", on_delete=models.PROTECT, db_index=False, db_constraint=False
    )
    scheme = models.CharField("险种", max_length=10)
    benefit_year = models.PositiveSmallIntegerField("保险年度")
    amount_fen = models.BigIntegerField("个人缴费金额")
    aided_fen = models.BigIntegerField("其中资助金额", default=0)
    paid_in_full_on = models.DateField("足额缴费日期")
    kind = models.CharField("缴费类型", max_length=12, choices=ContributionKind)
    channel = models.CharField("渠道", max_length=10, choices=Channel)
    receipt_no = models.CharField("票据号", max_length=40, blank=True)
    batch = models.ForeignKey(
        "ImportBatch", null=True, on_delete=models.PROTECT, related_name="contributions", db_index=False
    )
    corrects = models.OneToOneField("self", null=True, on_delete=models.PROTECT, related_name="correction")
    voided_at = models.DateTimeField("作废时间", null=True)
    void_reason = models.CharField("作废原因", max_length=200, blank=True)
    created_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["person", "scheme", "benefit_year"],
                name="contribution_once_a_year",
                condition=Q(voided_at=None),
            ),
            models.CheckConstraint(condition=Q(amount_fen__gte=0), name="contribution_not_negative"),
            models.CheckConstraint(
                condition=Q(aided_fen__gte=0, aided_fen__lte=F("amount_fen")), name="contribution_aid_within_amount"
            ),
            models.CheckConstraint(
                condition=Q(voided_at=None, void_reason="") | (Q(voided_at__isnull=False) & ~Q(void_reason="")),
                name="contribution_voided_for_a_reason",
            ),
        ]
        indexes = [
            models.Index(fields=["person", "benefit_year"], name="contribution_person"),
            models.Index(
                fields=["pooling_area", "benefit_year", "paid_in_full_on", "id"],
                name="contribution_paid",
                include=["amount_fen"],
                condition=Q(voided_at=None),
            ),
            models.Index(fields=["batch"], name="contribution_batch", condition=Q(batch__isnull=False)),
        ]


class CoverageSpan(models.Model):
    """待遇享受期: days on which benefits are due, derived from contributions by the waiting rules (GX2017 §22).

    `[covered_from, covered_until)`. A correction withdraws a span and opens another; rows do not change otherwise.
    """

    person = models.ForeignKey("enrolment.Person", on_delete=models.PROTECT, related_name="+", db_index=False)
    pooling_area = models.ForeignKey(
        "platform.PoolingArea", on_delete=models.PROTECT, db_index=False, db_constraint=False
    )
    scheme = models.CharField("险种", max_length=10)
    benefit_year = models.PositiveSmallIntegerField("保险年度")
    covered_from = models.DateField("享受待遇起")
    covered_until = models.DateField("享受待遇止")
    rule = models.CharField("依据", max_length=60)
    contribution = models.ForeignKey(Contribution, null=True, on_delete=models.PROTECT, related_name="spans")
    paid_on = models.DateField("足额缴费日期", null=True)
    withdrawn_at = models.DateTimeField("撤回时间", null=True)
    created_at = models.DateTimeField()

    class Meta:
        constraints = [
            no_overlap_per_person(
                "coverage_no_overlap",
                "person",
                span=("covered_from", "covered_until"),
                condition=Q(withdrawn_at=None),
            ),
            models.CheckConstraint(condition=Q(covered_until__gt=F("covered_from")), name="coverage_not_empty"),
        ]
        indexes = [
            models.Index(
                fields=["person", "covered_from"],
                name="coverage_person",
                include=["covered_until", "scheme", "benefit_year", "rule", "paid_on"],
                condition=Q(withdrawn_at=None),
            )
        ]


class ImportBatch(models.Model):
    """缴费结果批次: the payments of one file, with the voucher that booked their sum (CON-11)."""

    pooling_area = models.ForeignKey("platform.PoolingArea", on_delete=models.PROTECT)
    scheme = models.CharField("险种", max_length=10)
    channel = models.CharField("渠道", max_length=10, choices=Channel)
    file_name = models.CharField("文件名", max_length=200)
    digest = models.CharField("摘要", max_length=64)
    rows_accepted = models.PositiveIntegerField("入库行数")
    rows_refused = models.PositiveIntegerField("拒绝行数")
    amount_fen = models.BigIntegerField("金额合计")
    voucher_no = models.CharField("记账凭证号", max_length=30, blank=True)
    operator_code = models.CharField("经办人", max_length=30)
    created_at = models.DateTimeField("导入时间")

    class Meta:
        constraints = [models.UniqueConstraint(fields=["pooling_area", "digest"], name="contribution_file_once")]
