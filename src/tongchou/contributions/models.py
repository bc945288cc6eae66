"""Tables of contributions and coverage (筹资缴费, GX2017 §21–31; JL2019 ch 3)."""

from django.db import models
from django.db.models import F, Q

from tongchou.contributions.states import (
    BatchState,
    Channel,
    ContributionKind,
    DrawResult,
    ItemState,
    MandateState,
    PendingKind,
    ReceivableState,
)
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

    A correction voids a row and books another; a voided row stays for the record. The batch is written by the statement
    or the object that made it and can not be deleted, so that the database need not look it up again for each of a
    million rows (decision 0350).
    """

    person = models.ForeignKey("enrolment.Person", on_delete=models.PROTECT, related_name="+", db_index=False)
    pooling_area = models.ForeignKey(
        "platform.PoolingArea", on_delete=models.PROTECT, db_index=False, db_constraint=False
    )
    scheme = models.CharField("险种", max_length=10)
    benefit_year = models.PositiveSmallIntegerField("保险年度")
    amount_fen = models.BigIntegerField("个人缴费金额")
    aided_fen = models.BigIntegerField("其中资助金额", default=0)
    fund_aided_fen = models.BigIntegerField("其中资助部门拨入基金", default=0, db_default=0)
    paid_in_full_on = models.DateField("足额缴费日期")
    kind = models.CharField("缴费类型", max_length=12, choices=ContributionKind)
    channel = models.CharField("渠道", max_length=10, choices=Channel)
    receipt_no = models.CharField("票据号", max_length=40, blank=True)
    batch = models.ForeignKey(
        "ImportBatch",
        null=True,
        on_delete=models.PROTECT,
        related_name="contributions",
        db_index=False,
        db_constraint=False,
    )
    corrects = models.ForeignKey("self", null=True, on_delete=models.PROTECT, related_name="+", db_index=False)
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
            models.UniqueConstraint(
                fields=["corrects"], name="contribution_corrected_once", condition=Q(corrects__isnull=False)
            ),
            models.CheckConstraint(condition=Q(amount_fen__gte=0), name="contribution_not_negative"),
            models.CheckConstraint(
                condition=Q(aided_fen__gte=0, aided_fen__lte=F("amount_fen")), name="contribution_aid_within_amount"
            ),
            models.CheckConstraint(
                condition=Q(fund_aided_fen__gte=0, fund_aided_fen__lte=F("aided_fen")),
                name="contribution_fund_aid_within_aid",
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


class ReceivableYear(models.Model):
    """应缴年度: a benefit year whose receivables were built for an area at the window's start (GX2017 §21; CON-02).

    `last_enrolment_id` is the last enrolment that a build has seen: later ones are found by their number alone.
    """

    pooling_area = models.ForeignKey("platform.PoolingArea", on_delete=models.PROTECT)
    scheme = models.CharField("险种", max_length=10)
    benefit_year = models.PositiveSmallIntegerField("保险年度")
    opened_on = models.DateField("生成日期")
    last_enrolment_id = models.BigIntegerField(default=0)
    staff_code = models.CharField("经办人", max_length=30)
    opened_at = models.DateTimeField("生成时间")

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["pooling_area", "scheme", "benefit_year"], name="receivable_year_once")
        ]


class Receivable(models.Model):
    """应缴: what one person owes for one benefit year (GX2017 §21; CON-02). Fen; paid whole or not at all.

    Of the amount, `aided_fen` is owed by a department straight to the fund (CON-15). Paid means: this contribution
    settles it, written in the same transaction. `item` is the line of the bank's file in which it was last drawn.
    """

    person = models.ForeignKey("enrolment.Person", on_delete=models.PROTECT, related_name="+", db_index=False)
    pooling_area = models.ForeignKey(
        "platform.PoolingArea", on_delete=models.PROTECT, db_index=False, db_constraint=False
    )
    unit_code = models.CharField("参保单位", max_length=12, db_collation="C")
    scheme = models.CharField("险种", max_length=10)
    benefit_year = models.PositiveSmallIntegerField("保险年度")
    amount_fen = models.BigIntegerField("应缴金额")
    aided_fen = models.BigIntegerField("其中由部门资助", default=0, db_default=0)
    state = models.CharField("状态", max_length=8, choices=ReceivableState, default=ReceivableState.DUE)
    due_from = models.DateField("应缴起")
    reason = models.CharField("原因", max_length=20, blank=True)
    contribution = models.ForeignKey(
        Contribution, null=True, on_delete=models.PROTECT, related_name="+", db_index=False
    )
    item = models.ForeignKey(
        "CollectionItem",
        null=True,
        on_delete=models.PROTECT,
        related_name="receivables",
        db_index=False,
        db_constraint=False,
    )

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["person", "scheme", "benefit_year"], name="receivable_once_a_year", condition=~Q(state="void")
            ),
            models.UniqueConstraint(
                fields=["contribution"], name="receivable_settled_once", condition=Q(contribution__isnull=False)
            ),
            models.CheckConstraint(condition=Q(amount_fen__gte=0), name="receivable_not_negative"),
            models.CheckConstraint(
                condition=Q(aided_fen__gte=0, aided_fen__lte=F("amount_fen")), name="receivable_aid_within_amount"
            ),
            models.CheckConstraint(
                condition=Q(state="paid", contribution__isnull=False) | (~Q(state="paid") & Q(contribution=None)),
                name="receivable_paid_by_a_contribution",
            ),
            models.CheckConstraint(
                condition=~Q(state="sent") | Q(item__isnull=False), name="receivable_sent_in_a_file"
            ),
        ]
        indexes = [
            models.Index(fields=["unit_code", "benefit_year", "state", "id"], name="receivable_unit"),
            models.Index(fields=["item"], name="receivable_item", condition=Q(item__isnull=False)),
        ]

    @property
    def payable_fen(self) -> int:
        """个人应缴: what the person pays."""
        return int(self.amount_fen - self.aided_fen)


class DebitMandate(models.Model):
    """三方代扣代缴协议 of person, bank and agency (GX2017 §7, 23; ENR-07).

    It covers a household, or one person alone, who is then not drawn with the household. Rows do not change their
    account: another account is another mandate that replaces this one. `valid_until` and `ended_on` are exclusive.
    """

    pooling_area = models.ForeignKey("platform.PoolingArea", on_delete=models.PROTECT, db_index=False)
    number = models.CharField("协议编号", max_length=40)
    bank = models.ForeignKey("exchange.Partner", on_delete=models.PROTECT, related_name="+")
    household = models.ForeignKey("enrolment.Household", null=True, on_delete=models.PROTECT, related_name="+")
    person = models.ForeignKey("enrolment.Person", null=True, on_delete=models.PROTECT, related_name="+")
    unit_code = models.CharField("参保单位", max_length=12, db_collation="C")
    account_no = models.CharField("银行账号", max_length=32)
    holder_name = models.CharField("户名", max_length=60)
    signed_on = models.DateField("签订日期")
    valid_until = models.DateField("有效期止", null=True)
    state = models.CharField("状态", max_length=12, choices=MandateState, default=MandateState.SIGNED)
    correction = models.CharField("待更正原因", max_length=100, blank=True)
    ended_on = models.DateField("终止日期", null=True)
    end_reason = models.CharField("终止原因", max_length=100, blank=True)
    replaces = models.OneToOneField("self", null=True, on_delete=models.PROTECT, related_name="replaced_by")
    roll = models.ForeignKey("DebitRoll", null=True, on_delete=models.PROTECT, related_name="mandates")
    roll_line = models.PositiveIntegerField("花名册行号", null=True)
    staff_code = models.CharField("经办人", max_length=30)
    created_at = models.DateTimeField("登记时间")

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["pooling_area", "number"], name="mandate_number_once"),
            models.CheckConstraint(
                condition=Q(household__isnull=False, person=None) | Q(household=None, person__isnull=False),
                name="mandate_of_household_or_person",
            ),
            models.UniqueConstraint(fields=["household"], name="mandate_one_a_household", condition=~Q(state="ended")),
            models.UniqueConstraint(fields=["person"], name="mandate_one_a_person", condition=~Q(state="ended")),
            models.CheckConstraint(
                condition=Q(state="ended", ended_on__isnull=False) | (~Q(state="ended") & Q(ended_on=None)),
                name="mandate_ended_when",
            ),
            models.CheckConstraint(
                condition=Q(valid_until=None) | Q(valid_until__gt=F("signed_on")), name="mandate_not_empty"
            ),
            models.CheckConstraint(condition=~Q(account_no="") & ~Q(holder_name=""), name="mandate_names_an_account"),
        ]
        indexes = [models.Index(fields=["unit_code", "state", "id"], name="mandate_unit")]


class DebitRoll(models.Model):
    """代扣花名册: the signed mandates of a place, sent to the bank to be confirmed (GX2017 §7; ENR-09)."""

    pooling_area = models.ForeignKey("platform.PoolingArea", on_delete=models.PROTECT)
    unit_code = models.CharField("机构", max_length=12)
    bank = models.ForeignKey("exchange.Partner", on_delete=models.PROTECT, related_name="+")
    rows = models.PositiveIntegerField("户数")
    made_by = models.CharField("经办人", max_length=30)
    made_at = models.DateTimeField("生成时间")


class CollectionBatch(models.Model):
    """银行托收批次: what a bank is asked to draw in one file (GX2017 §23; CON-06). Fen.

    `partial`: whether the bank may draw some members of a household (CON-07). `left_out` counts who owes and is not in
    the file, by reason.
    """

    pooling_area = models.ForeignKey("platform.PoolingArea", on_delete=models.PROTECT)
    number = models.CharField("批次号", max_length=40)
    benefit_year = models.PositiveSmallIntegerField("保险年度")
    unit_code = models.CharField("机构", max_length=12)
    bank = models.ForeignKey("exchange.Partner", on_delete=models.PROTECT, related_name="+")
    run_no = models.PositiveSmallIntegerField("第几次扣款", default=1)
    follows = models.OneToOneField("self", null=True, on_delete=models.PROTECT, related_name="followed_by")
    draw_on = models.DateField("扣款日期")
    partial = models.BooleanField("允许部分成员扣款")
    households = models.PositiveIntegerField("户数", default=0)
    persons = models.PositiveIntegerField("人数", default=0)
    amount_fen = models.BigIntegerField("金额", default=0)
    left_out = models.JSONField("未列入", default=dict)
    state = models.CharField("状态", max_length=10, choices=BatchState, default=BatchState.MADE)
    made_by = models.CharField("制盘人", max_length=30)
    made_at = models.DateTimeField("制盘时间")

    class Meta:
        constraints = [models.UniqueConstraint(fields=["number"], name="collection_number_once")]
        indexes = [models.Index(fields=["pooling_area", "-made_at", "-id"], name="collection_recent")]

    def __str__(self) -> str:
        return self.number


class CollectionItem(models.Model):
    """托收明细: one line of the file: one account, for a household or one person (CON-07). Fen.

    A million at a time; they are written only by statements that join the rows they name, which are never deleted, so
    that the database need not look each of them up again.
    """

    batch = models.ForeignKey(
        CollectionBatch, on_delete=models.PROTECT, related_name="items", db_index=False, db_constraint=False
    )
    line_no = models.PositiveIntegerField("行号")
    mandate = models.ForeignKey(
        DebitMandate, on_delete=models.PROTECT, related_name="items", db_index=False, db_constraint=False
    )
    unit_code = models.CharField("参保单位", max_length=12)
    account_no = models.CharField("银行账号", max_length=32)
    holder_name = models.CharField("户名", max_length=60)
    persons = models.PositiveSmallIntegerField("人数")
    amount_fen = models.BigIntegerField("应扣金额")
    state = models.CharField("状态", max_length=8, choices=ItemState, default=ItemState.WAITING)
    paid_fen = models.BigIntegerField("实扣金额", default=0)
    code = models.CharField("结果", max_length=12, choices=DrawResult, blank=True)
    paid_on = models.DateField("扣款日期", null=True)
    reference = models.CharField("银行流水号", max_length=40, blank=True)
    result = models.ForeignKey(
        "CollectionResult",
        null=True,
        on_delete=models.PROTECT,
        related_name="items",
        db_index=False,
        db_constraint=False,
    )

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["batch", "line_no"], name="collection_line_once"),
            models.CheckConstraint(
                condition=Q(paid_fen__gte=0, paid_fen__lte=F("amount_fen")), name="collection_paid_within"
            ),
            models.CheckConstraint(
                condition=Q(state="waiting", result=None) | (~Q(state="waiting") & Q(result__isnull=False)),
                name="collection_answered_by_a_result",
            ),
        ]


class CollectionResult(models.Model):
    """回盘结果: one file of the bank, booked; its sum is confirmed by the bank's advice before it goes to the ledger.

    `document_no` is the 业务处理单据 that goes to finance (GX2017 §95; CON-24): issued only when the advices add up.
    """

    batch = models.ForeignKey(CollectionBatch, on_delete=models.PROTECT, related_name="results")
    payments = models.OneToOneField(ImportBatch, on_delete=models.PROTECT, related_name="+")
    file_id = models.BigIntegerField("导入文件")
    rows = models.PositiveIntegerField("回盘笔数")
    paid_rows = models.PositiveIntegerField("成功笔数")
    paid_fen = models.BigIntegerField("实扣金额")
    booked_fen = models.BigIntegerField("入账金额")
    pending_fen = models.BigIntegerField("待处理金额")
    advised_fen = models.BigIntegerField("到账金额", default=0)
    document_no = models.CharField("业务处理单据", max_length=40, blank=True)
    booked_at = models.DateTimeField("回盘入库时间")
    reconciled_at = models.DateTimeField("对账时间", null=True)

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(paid_fen=F("booked_fen") + F("pending_fen")), name="collection_every_fen_is_somewhere"
            ),
            models.CheckConstraint(
                condition=Q(reconciled_at=None, document_no="")
                | (Q(reconciled_at__isnull=False, advised_fen=F("paid_fen")) & ~Q(document_no="")),
                name="collection_document_when_equal",
            ),
        ]


class CreditAdvice(models.Model):
    """银行到账通知: money that the bank says has come (GX2017 §95; CON-24); without a result it waits (FIN-07)."""

    pooling_area = models.ForeignKey("platform.PoolingArea", on_delete=models.PROTECT)
    bank = models.ForeignKey("exchange.Partner", on_delete=models.PROTECT, related_name="+")
    reference = models.CharField("银行流水号", max_length=40)
    amount_fen = models.BigIntegerField("到账金额")
    credited_on = models.DateField("到账日期")
    quoted = models.CharField("附言", max_length=60, blank=True)
    result = models.ForeignKey(CollectionResult, null=True, on_delete=models.PROTECT, related_name="advices")
    staff_code = models.CharField("登记人", max_length=30)
    recorded_at = models.DateTimeField("登记时间")

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["bank", "reference"], name="credit_advice_once"),
            models.CheckConstraint(condition=Q(amount_fen__gt=0), name="credit_advice_of_something"),
        ]
        indexes = [models.Index(fields=["pooling_area", "-credited_on", "-id"], name="credit_advice_recent")]


class CreditShare(models.Model):
    """到账对应: how much of a credit belongs to a result; one credit may stand for several answers of a batch."""

    advice = models.ForeignKey(CreditAdvice, on_delete=models.PROTECT, related_name="shares")
    result = models.ForeignKey(CollectionResult, on_delete=models.PROTECT, related_name="shares")
    amount_fen = models.BigIntegerField("对应金额")

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["advice", "result"], name="credit_share_once"),
            models.CheckConstraint(condition=Q(amount_fen__gt=0), name="credit_share_of_something"),
        ]


class PendingAmount(models.Model):
    """待处理款: money that came and settles nobody's year: part of it, a second time, for nobody (CON-02, CON-05)."""

    pooling_area = models.ForeignKey("platform.PoolingArea", on_delete=models.PROTECT)
    unit_code = models.CharField("参保单位", max_length=12, db_collation="C")
    kind = models.CharField("来源", max_length=12, choices=PendingKind)
    benefit_year = models.PositiveSmallIntegerField("保险年度", null=True)
    amount_fen = models.BigIntegerField("金额")
    received_on = models.DateField("收款日期")
    person = models.ForeignKey("enrolment.Person", null=True, on_delete=models.PROTECT, related_name="+")
    item = models.ForeignKey(CollectionItem, null=True, on_delete=models.PROTECT, related_name="pending")
    result = models.ForeignKey(CollectionResult, null=True, on_delete=models.PROTECT, related_name="pending")
    aid_list = models.ForeignKey(
        "contributions.AidList", null=True, on_delete=models.PROTECT, related_name="pending", db_index=False
    )
    voucher_no = models.CharField("记账凭证号", max_length=30, blank=True)
    reason = models.CharField("原因", max_length=200)
    resolution = models.CharField("处理结果", max_length=200, blank=True)
    resolved_by = models.CharField("处理人", max_length=30, blank=True)
    resolved_at = models.DateTimeField("处理时间", null=True)
    created_at = models.DateTimeField("登记时间")

    class Meta:
        constraints = [
            models.CheckConstraint(condition=Q(amount_fen__gt=0), name="pending_of_something"),
            models.CheckConstraint(
                condition=Q(resolved_at=None, resolution="", resolved_by="")
                | (Q(resolved_at__isnull=False) & ~Q(resolution="") & ~Q(resolved_by="")),
                name="pending_resolved_whole",
            ),
        ]
        indexes = [models.Index(fields=["unit_code", "resolved_at", "id"], name="pending_unit")]


class ProgressRow(models.Model):
    """征缴进度: how many of a village stand where, by day of payment; rolled up, so that no page counts (CON-25)."""

    pooling_area = models.ForeignKey("platform.PoolingArea", on_delete=models.PROTECT, db_index=False)
    benefit_year = models.PositiveSmallIntegerField("保险年度")
    unit_code = models.CharField("参保单位", max_length=12, db_collation="C")
    state = models.CharField("状态", max_length=8, choices=ReceivableState)
    paid_on = models.DateField("缴费日期", null=True)
    persons = models.PositiveIntegerField("人数")
    aided = models.PositiveIntegerField("其中受资助", default=0)
    amount_fen = models.BigIntegerField("金额")
    counted_at = models.DateTimeField("汇总时间")

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["pooling_area", "benefit_year", "unit_code", "state", "paid_on"],
                name="progress_row_once",
                nulls_distinct=False,
            )
        ]


from tongchou.contributions.aid.models import AidArrival as AidArrival  # noqa: E402
from tongchou.contributions.aid.models import AidItem as AidItem  # noqa: E402
from tongchou.contributions.aid.models import AidList as AidList  # noqa: E402
from tongchou.contributions.aid.models import AidPlan as AidPlan  # noqa: E402
from tongchou.contributions.aid.models import AidRule as AidRule  # noqa: E402
from tongchou.contributions.base_audits.models import BaseAudit as BaseAudit  # noqa: E402
from tongchou.contributions.base_audits.models import BaseAuditPlan as BaseAuditPlan  # noqa: E402
from tongchou.contributions.base_audits.models import BaseFinding as BaseFinding  # noqa: E402
from tongchou.contributions.base_audits.models import ReportedPayroll as ReportedPayroll  # noqa: E402
from tongchou.contributions.counter.models import CounterDay as CounterDay  # noqa: E402
from tongchou.contributions.counter.models import CounterDayTotal as CounterDayTotal  # noqa: E402
from tongchou.contributions.counter.models import CounterMeans as CounterMeans  # noqa: E402
from tongchou.contributions.counter.models import CounterPayment as CounterPayment  # noqa: E402
from tongchou.contributions.dues.models import OneOffDue as OneOffDue  # noqa: E402
from tongchou.contributions.dues.models import OneOffPayment as OneOffPayment  # noqa: E402
from tongchou.contributions.outreach.models import Campaign as Campaign  # noqa: E402
from tongchou.contributions.outreach.models import CampaignTask as CampaignTask  # noqa: E402
from tongchou.contributions.outreach.models import CoverageDay as CoverageDay  # noqa: E402
from tongchou.contributions.outreach.models import CoverageName as CoverageName  # noqa: E402
from tongchou.contributions.outreach.models import PopulationFigure as PopulationFigure  # noqa: E402
from tongchou.contributions.programmes.models import Programme as Programme  # noqa: E402
from tongchou.contributions.programmes.models import ProgrammeMember as ProgrammeMember  # noqa: E402
from tongchou.contributions.refunds.models import RefundLine as RefundLine  # noqa: E402
from tongchou.contributions.refunds.models import RefundOrder as RefundOrder  # noqa: E402
from tongchou.contributions.refunds.models import RefundRun as RefundRun  # noqa: E402
from tongchou.contributions.retiring.models import Retirement as Retirement  # noqa: E402
from tongchou.contributions.retiring.models import RetirementRule as RetirementRule  # noqa: E402
from tongchou.contributions.schools.models import SchoolLine as SchoolLine  # noqa: E402
from tongchou.contributions.schools.models import SchoolPayment as SchoolPayment  # noqa: E402
from tongchou.contributions.schools.models import SchoolTransfer as SchoolTransfer  # noqa: E402
from tongchou.contributions.subsidies.models import SubsidyApplication as SubsidyApplication  # noqa: E402
from tongchou.contributions.subsidies.models import SubsidyArrival as SubsidyArrival  # noqa: E402
from tongchou.contributions.subsidies.models import SubsidyDifference as SubsidyDifference  # noqa: E402
from tongchou.contributions.subsidies.models import SubsidyDifferenceRow as SubsidyDifferenceRow  # noqa: E402
from tongchou.contributions.subsidies.models import SubsidyHead as SubsidyHead  # noqa: E402
from tongchou.contributions.subsidies.models import SubsidyLevel as SubsidyLevel  # noqa: E402
from tongchou.contributions.subsidies.models import SubsidyLine as SubsidyLine  # noqa: E402
from tongchou.contributions.subsidies.models import SubsidySettlement as SubsidySettlement  # noqa: E402
from tongchou.contributions.subsidies.models import SubsidyShare as SubsidyShare  # noqa: E402
from tongchou.contributions.subsidies.models import SubsidySnapshot as SubsidySnapshot  # noqa: E402
from tongchou.contributions.tax.models import TaxItem as TaxItem  # noqa: E402
from tongchou.contributions.tax.models import TaxRoster as TaxRoster  # noqa: E402
from tongchou.contributions.tax.models import TaxRosterLine as TaxRosterLine  # noqa: E402
from tongchou.contributions.units.models import EmployeeRule as EmployeeRule  # noqa: E402
from tongchou.contributions.units.models import EmployeeWaiting as EmployeeWaiting  # noqa: E402
from tongchou.contributions.units.models import UnitPayment as UnitPayment  # noqa: E402
from tongchou.contributions.units.models import UnitRate as UnitRate  # noqa: E402
from tongchou.contributions.units.models import UnitReceivable as UnitReceivable  # noqa: E402
from tongchou.contributions.units.models import UnitReceivableLine as UnitReceivableLine  # noqa: E402
from tongchou.contributions.village.models import CollectionMethod as CollectionMethod  # noqa: E402
from tongchou.contributions.village.models import VillageReceipt as VillageReceipt  # noqa: E402
from tongchou.contributions.village.models import VillageSheet as VillageSheet  # noqa: E402
