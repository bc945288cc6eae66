"""Tables of the fund's books (基金财务, GX2017 §93–109; 财会〔2017〕28号). All amounts in whole fen.

A fund is known by its pooling area and scheme; each keeps books of its own. Vouchers, entries and dues are only ever
added: the triggers of the migrations refuse the rest, and balance every voucher when its transaction commits.
"""

from django.db import models
from django.db.models import F, Q

from tongchou.fund.states import (
    MOVEMENTS,
    AccountClass,
    BankAccountKind,
    DocumentKind,
    DocumentState,
    FundCode,
    PeriodState,
    VoucherKind,
)


class LedgerAccount(models.Model):
    """会计科目 of one fund's books: national four-digit codes, sub-accounts below them; never cash (GX2017 §94)."""

    pooling_area = models.ForeignKey("platform.PoolingArea", on_delete=models.PROTECT)
    scheme = models.CharField("险种", max_length=10)
    code = models.CharField("科目编码", max_length=20)
    name = models.CharField("科目名称", max_length=60)
    account_class = models.CharField("会计要素", max_length=10, choices=AccountClass)
    debit_normal = models.BooleanField("余额方向为借")
    parent = models.ForeignKey("self", null=True, on_delete=models.PROTECT, related_name="children")
    postable = models.BooleanField("可记账", default=True)
    closes_to = models.CharField("期末结转科目", max_length=20, blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["pooling_area", "scheme", "code"], name="ledger_account_once"),
            models.CheckConstraint(condition=~Q(code__startswith="1001"), name="ledger_account_is_not_cash"),
            models.CheckConstraint(condition=Q(code__regex=r"^\d{4}(\d\d)*$"), name="ledger_account_code_in_pairs"),
        ]

    def __str__(self) -> str:
        return f"{self.code} {self.name}"


class AccountingPeriod(models.Model):
    """会计期间: a calendar month of one fund's books."""

    pooling_area = models.ForeignKey("platform.PoolingArea", on_delete=models.PROTECT)
    scheme = models.CharField("险种", max_length=10)
    month = models.DateField("月份(首日)")
    state = models.CharField("状态", max_length=8, choices=PeriodState, default=PeriodState.OPEN)
    closed_at = models.DateTimeField("结账时间", null=True)
    closed_by = models.CharField("结账人", max_length=30, blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["pooling_area", "scheme", "month"], name="accounting_period_once"),
            models.CheckConstraint(condition=Q(month__day=1), name="accounting_period_begins_on_the_first"),
            models.CheckConstraint(
                condition=Q(state="open", closed_at=None, closed_by="")
                | (Q(state="closed", closed_at__isnull=False) & ~Q(closed_by="")),
                name="accounting_period_closed_when_and_by",
            ),
        ]


class PeriodReopening(models.Model):
    """反结账: who asked to open a closed month again, who agreed and why (GX2017 §101); only ever added."""

    period = models.ForeignKey(AccountingPeriod, on_delete=models.PROTECT, related_name="reopenings")
    requested_by = models.CharField("申请人", max_length=30)
    approved_by = models.CharField("批准人", max_length=30)
    reason = models.CharField("原因", max_length=200)
    reopened_at = models.DateTimeField("时间")

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=~Q(requested_by=F("approved_by")), name="period_reopening_needs_two_persons"
            ),
            models.CheckConstraint(condition=~Q(reason=""), name="period_reopening_has_a_reason"),
        ]


class PeriodBalance(models.Model):
    """期末余额: what stood in an account when its month was closed, so that ledgers need not start at the first entry.

    `balance_fen` is debit minus credit since the books began; made by closing, dropped by reopening.
    """

    period = models.ForeignKey(AccountingPeriod, on_delete=models.PROTECT, related_name="balances")
    account = models.ForeignKey(LedgerAccount, on_delete=models.PROTECT, related_name="+")
    balance_fen = models.BigIntegerField("借方减贷方余额")

    class Meta:
        constraints = [models.UniqueConstraint(fields=["period", "account"], name="period_balance_once")]


class Voucher(models.Model):
    """记账凭证: numbered without gaps per fund, kind and month; never edited, only reversed (GX2017 §100).

    Area and scheme are the period's, kept here because a source document is booked once per fund.
    """

    pooling_area = models.ForeignKey("platform.PoolingArea", on_delete=models.PROTECT)
    scheme = models.CharField("险种", max_length=10)
    period = models.ForeignKey(AccountingPeriod, on_delete=models.PROTECT, related_name="vouchers")
    kind = models.CharField("凭证类型", max_length=8, choices=VoucherKind)
    serial = models.PositiveIntegerField("月内序号")
    number = models.CharField("凭证号", max_length=30, unique=True)
    dated_on = models.DateField("凭证日期")
    summary = models.CharField("摘要", max_length=200)
    source_document = models.CharField("原始凭证", max_length=100)
    carries_forward = models.BooleanField("期末结转", default=False)
    reversal_of = models.OneToOneField("self", null=True, on_delete=models.PROTECT, related_name="reversal")
    reversal_reason = models.CharField("冲销原因", max_length=200, blank=True)
    made_by = models.CharField("制单人", max_length=30)
    made_at = models.DateTimeField("制单时间")

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["period", "kind", "serial"], name="voucher_serial_once"),
            models.UniqueConstraint(fields=["pooling_area", "scheme", "source_document"], name="voucher_source_once"),
            models.CheckConstraint(
                condition=Q(reversal_of=None, reversal_reason="")
                | (Q(reversal_of__isnull=False) & ~Q(reversal_reason="")),
                name="voucher_reversal_has_reason",
            ),
            models.CheckConstraint(condition=~Q(source_document="") & ~Q(summary=""), name="voucher_says_what_for"),
        ]
        indexes = [models.Index(fields=["pooling_area", "scheme", "-dated_on", "-id"], name="voucher_newest")]

    def __str__(self) -> str:
        return self.number


class Entry(models.Model):
    """分录: one debit or one credit, always positive."""

    voucher = models.ForeignKey(Voucher, on_delete=models.PROTECT, related_name="entries")
    line_no = models.PositiveSmallIntegerField("行号")
    account = models.ForeignKey(LedgerAccount, on_delete=models.PROTECT, related_name="entries")
    debit_fen = models.BigIntegerField("借方", null=True)
    credit_fen = models.BigIntegerField("贷方", null=True)
    note = models.CharField("说明", max_length=200, blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["voucher", "line_no"], name="entry_line_once"),
            models.CheckConstraint(
                condition=Q(debit_fen__gt=0, credit_fen=None) | Q(debit_fen=None, credit_fen__gt=0),
                name="entry_one_positive_side",
            ),
        ]


class InstitutionDue(models.Model):
    """应付定点机构明细账: what a fund owes an institution for one settlement (SET-01, SET-07).

    Append-only; a reversed settlement adds its negative twin under its own settlement. The sum per settlement equals
    its fund payments and what its personal account paid.
    """

    pk = models.CompositePrimaryKey("pooling_area", "settlement_id", "fund_code")
    pooling_area = models.CharField("统筹地区", max_length=6)
    settlement_id = models.BigIntegerField("结算")
    fund_code = models.CharField("基金", max_length=6, choices=FundCode)
    institution_code = models.CharField("机构编号", max_length=12)
    scheme = models.CharField("险种", max_length=10)
    settled_on = models.DateField("结算日期")
    amount_fen = models.BigIntegerField("金额")

    class Meta:
        constraints = [models.CheckConstraint(condition=~Q(amount_fen=0), name="institution_due_not_zero")]
        indexes = [
            models.Index(fields=["pooling_area", "settled_on", "institution_code"], name="institution_due_day"),
        ]


class DailyBalance(models.Model):
    """基金日汇总: what each fund owes each institution per day, rolled up by a job so that pages stay quick.

    A day is written anew as a whole, so that a roll-up can be repeated.
    """

    pk = models.CompositePrimaryKey("pooling_area", "settled_on", "institution_code", "scheme", "fund_code")
    pooling_area = models.CharField("统筹地区", max_length=6)
    settled_on = models.DateField("日期")
    institution_code = models.CharField("机构编号", max_length=12)
    scheme = models.CharField("险种", max_length=10)
    fund_code = models.CharField("基金", max_length=6)
    amount_fen = models.BigIntegerField("金额")
    settlements = models.IntegerField("笔数(冲销为负)")

    class Meta:
        indexes = [
            models.Index(fields=["pooling_area", "institution_code", "settled_on"], name="daily_balance_institution")
        ]


class RollUp(models.Model):
    """汇总进度 of one area: days before `complete_until` need no second look."""

    pooling_area = models.CharField("统筹地区", max_length=6, primary_key=True)
    complete_until = models.DateField("已汇总至(不含)")
    rolled_at = models.DateTimeField("汇总时间")


class BankEntry(models.Model):
    """银行入账: money that one of the fund's bank accounts shows as received (GX2017 §95; FIN-07).

    Without a business document it is 待查. What a bank draws for us comes with a batch and is advised there (CON-24).
    """

    pooling_area = models.ForeignKey("platform.PoolingArea", on_delete=models.PROTECT)
    scheme = models.CharField("险种", max_length=10)
    account = models.CharField("账户", max_length=4, choices=BankAccountKind)
    reference = models.CharField("银行流水号", max_length=40)
    amount_fen = models.BigIntegerField("到账金额")
    booked_on = models.DateField("到账日期")
    payer = models.CharField("付款人", max_length=100)
    remark = models.CharField("附言", max_length=100, blank=True)
    staff_code = models.CharField("登记人", max_length=30)
    recorded_at = models.DateTimeField("登记时间")

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["pooling_area", "scheme", "account", "reference"], name="bank_entry_once"),
            models.CheckConstraint(condition=Q(amount_fen__gt=0), name="bank_entry_of_something"),
            models.CheckConstraint(condition=~Q(reference="") & ~Q(payer=""), name="bank_entry_says_from_whom"),
        ]
        indexes = [models.Index(fields=["pooling_area", "-booked_on", "-id"], name="bank_entry_recent")]

    def __str__(self) -> str:
        return self.reference


class BusinessDocument(models.Model):
    """业务单据: what the books are told, and by whom: income with the bank's entry, or a movement (FIN-07, 35, 36).

    `account` is debited, `credits` (account code to fen) are credited. A voucher comes of it when a second person has
    reviewed it; income has none without its bank entry. `origin` names the business that waits for the money.
    """

    pooling_area = models.ForeignKey("platform.PoolingArea", on_delete=models.PROTECT)
    scheme = models.CharField("险种", max_length=10)
    number = models.CharField("单据号", max_length=40, unique=True)
    kind = models.CharField("种类", max_length=20, choices=DocumentKind)
    account = models.CharField("借方科目", max_length=20)
    credits = models.JSONField("贷方科目与金额")
    amount_fen = models.BigIntegerField("金额")
    payer = models.CharField("付款单位", max_length=100)
    paper = models.CharField("来文(票据)号", max_length=60)
    summary = models.CharField("摘要", max_length=150)
    dated_on = models.DateField("记账日期", null=True)
    entry = models.OneToOneField(BankEntry, null=True, on_delete=models.PROTECT, related_name="document")
    state = models.CharField("状态", max_length=10, choices=DocumentState, default=DocumentState.WAITING)
    origin = models.CharField("来源业务", max_length=30, blank=True)
    origin_key = models.CharField("来源编号", max_length=40, blank=True)
    made_by = models.CharField("填制人", max_length=30)
    made_at = models.DateTimeField("填制时间")
    prepared_by = models.CharField("对应人", max_length=30, blank=True)
    reviewed_by = models.CharField("复核人", max_length=30, blank=True)
    reviewed_at = models.DateTimeField("复核时间", null=True)
    voucher_no = models.CharField("记账凭证号", max_length=30, blank=True)
    remark = models.CharField("退回(作废)原因", max_length=200, blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["pooling_area", "scheme", "kind", "payer", "paper"],
                name="business_document_paper_once",
                condition=~Q(state="voided"),
            ),
            models.CheckConstraint(condition=Q(amount_fen__gt=0), name="business_document_of_something"),
            models.CheckConstraint(
                condition=(Q(state="posted", reviewed_at__isnull=False) & ~Q(voucher_no="") & ~Q(reviewed_by=""))
                | (~Q(state="posted") & Q(reviewed_at=None, voucher_no="", reviewed_by="")),
                name="business_document_posted_when_reviewed",
            ),
            models.CheckConstraint(
                condition=~Q(reviewed_by=F("made_by")) & (Q(prepared_by="") | ~Q(reviewed_by=F("prepared_by"))),
                name="business_document_reviewed_by_another",
            ),
            models.CheckConstraint(
                condition=Q(kind__in=[kind.value for kind in MOVEMENTS], entry=None)
                | (
                    ~Q(kind__in=[kind.value for kind in MOVEMENTS])
                    & (
                        Q(state__in=["prepared", "posted"], entry__isnull=False)
                        | Q(state__in=["waiting", "voided"], entry=None)
                    )
                ),
                name="business_document_income_needs_the_bank",
            ),
            models.CheckConstraint(
                condition=Q(state__in=["waiting", "voided"]) | Q(dated_on__isnull=False), name="business_document_dated"
            ),
        ]
        indexes = [
            models.Index(fields=["pooling_area", "-made_at", "-id"], name="business_document_recent"),
            models.Index(
                fields=["pooling_area", "state"],
                condition=Q(state__in=["waiting", "prepared"]),
                name="business_document_at_hand",
            ),
            models.Index(fields=["origin", "origin_key"], name="business_document_origin"),
        ]

    def __str__(self) -> str:
        return self.number
