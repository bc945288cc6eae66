"""Tables of settlement (结算, GX2017 §76–84; JL2019 ch 6). All amounts in whole fen.

Settlements are written once by the database functions of the migrations, never changed; a cancellation is a negative
twin.
"""

from django.db import models
from django.db.models import F, Q

from tongchou.encounters.states import CareKind
from tongchou.settlement.states import ClaimState, ReplayCause, ReplayState


class Settlement(models.Model):
    """结算: one bill split among the funds and the person, once (GX2017 §80).

    `reversal_of` names the settlement a negative twin takes back, `annulment` says that nobody was told of either
    (2601), `reversal_no` counts the twins of one settlement: a second is possible when the first was annulled.
    `benefit_on` chose policy and benefit year, `unit_code` is where the person was enrolled then.
    """

    pk = models.CompositePrimaryKey("pooling_area", "id")
    pooling_area = models.CharField("参保地", max_length=6)
    id = models.BigIntegerField("结算ID")
    encounter_id = models.BigIntegerField("就诊ID")
    person_id = models.BigIntegerField("参保人")
    unit_code = models.CharField("参保单位", max_length=12)
    institution_code = models.CharField("机构编号", max_length=12)
    scheme = models.CharField("险种", max_length=10)
    benefit_year = models.PositiveSmallIntegerField("结算年度")
    care_type = models.CharField("医疗类别代码", max_length=6)
    kind = models.CharField("医疗类别", max_length=12, choices=CareKind)
    settled_at = models.DateTimeField("结算时间")
    settled_on = models.DateField("结算日期")
    benefit_on = models.DateField("待遇日期")
    reversal_of = models.BigIntegerField("冲销的结算", null=True)
    reversal_no = models.PositiveSmallIntegerField("第几次冲销", default=0)
    reversal_reason = models.CharField("冲销原因", max_length=200, blank=True)
    annulment = models.BooleanField("冲正", default=False)
    interim = models.BooleanField("中途结算", default=False)
    total_fen = models.BigIntegerField("医疗费总额")
    own_expense_fen = models.BigIntegerField("全自费")
    over_price_fen = models.BigIntegerField("超限价自费")
    pre_self_pay_fen = models.BigIntegerField("先行自付")
    in_scope_fen = models.BigIntegerField("政策范围内费用")
    deductible_fen = models.BigIntegerField("起付线")
    over_ceiling_fen = models.BigIntegerField("超封顶线")
    ratio = models.DecimalField("统筹支付比例", max_digits=7, decimal_places=6)
    project_paid_fen = models.BigIntegerField("公共卫生专项支付")
    pool_paid_fen = models.BigIntegerField("统筹基金支付")
    catastrophic_paid_fen = models.BigIntegerField("大病保险支付")
    supplementary_paid_fen = models.BigIntegerField("补充保险支付")
    large_amount_paid_fen = models.BigIntegerField("大额互助支付")
    assistance_paid_fen = models.BigIntegerField("医疗救助支付")
    fund_paid_fen = models.BigIntegerField("基金支付总额")
    person_share_fen = models.BigIntegerField("个人负担总额")
    account_paid_fen = models.BigIntegerField("个人账户支付")
    cash_fen = models.BigIntegerField("现金支付")
    category_fen = models.JSONField("分类合计", default=dict)
    package = models.CharField("政策包", max_length=60)
    package_hash = models.CharField("政策包摘要", max_length=64)
    receipt = models.JSONField("计算依据")
    msgid = models.CharField("医药机构结算ID", max_length=40, blank=True)
    invoice_no = models.CharField("发票号", max_length=40, blank=True)
    credential_type = models.CharField("凭证类型", max_length=3, blank=True)
    operator_no = models.CharField("经办人", max_length=30, blank=True)
    operator = models.CharField("经办人姓名", max_length=50, blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["pooling_area", "reversal_of", "reversal_no"],
                condition=Q(reversal_of__isnull=False),
                name="settlement_reversed_once",
            ),
            models.CheckConstraint(
                condition=Q(annulment=False) | Q(reversal_of__isnull=False), name="settlement_annulment_is_a_reversal"
            ),
            models.CheckConstraint(
                condition=Q(
                    total_fen=F("own_expense_fen") + F("over_price_fen") + F("pre_self_pay_fen") + F("in_scope_fen")
                ),
                name="settlement_every_fen_classed",
            ),
            models.CheckConstraint(
                condition=Q(total_fen=F("fund_paid_fen") + F("person_share_fen")), name="settlement_every_fen_somebodys"
            ),
            models.CheckConstraint(
                condition=Q(
                    fund_paid_fen=F("project_paid_fen")
                    + F("pool_paid_fen")
                    + F("catastrophic_paid_fen")
                    + F("supplementary_paid_fen")
                    + F("large_amount_paid_fen")
                    + F("assistance_paid_fen")
                ),
                name="settlement_funds_sum",
            ),
            models.CheckConstraint(
                condition=Q(person_share_fen=F("account_paid_fen") + F("cash_fen")), name="settlement_person_sum"
            ),
        ]
        indexes = [
            models.Index(fields=["person_id", "settled_at"], name="settlement_person"),
            models.Index(fields=["pooling_area", "encounter_id"], name="settlement_encounter"),
            models.Index(fields=["institution_code", "settled_on"], name="settlement_institution"),
            models.Index(fields=["settled_at", "id"], name="settlement_when"),
            models.Index(fields=["invoice_no"], name="settlement_invoice", condition=~Q(invoice_no="")),
        ]


class Accumulator(models.Model):
    """年度累计 per person, scheme and benefit year: what bands and ceilings need; names are the package's.

    Always equals what a transfer carried over, and the sum of `receipt.deltas` over the person-year's settlements and
    cancellations. `version` moves with
    every change; a settlement computed on an older one is refused and computed again.
    """

    pk = models.CompositePrimaryKey("pooling_area", "person_id", "scheme", "benefit_year")
    pooling_area = models.CharField(max_length=6)
    person_id = models.BigIntegerField()
    scheme = models.CharField(max_length=10)
    benefit_year = models.PositiveSmallIntegerField()
    version = models.IntegerField(default=1)
    amounts = models.JSONField(default=dict)


class CarriedOver(models.Model):
    """累计转入: what a person used of the year where they came from, counted on here (GX2017 §16; ENR-26).

    Only ever inserted, once per transfer. Fen, by the accumulators' names.
    """

    pooling_area = models.CharField(max_length=6)
    person_id = models.BigIntegerField()
    scheme = models.CharField(max_length=10)
    benefit_year = models.PositiveSmallIntegerField()
    from_area = models.CharField("转出地", max_length=6)
    transfer_id = models.BigIntegerField("转移接续")
    amounts = models.JSONField(default=dict)
    carried_at = models.DateTimeField("转入时间")

    class Meta:
        constraints = [models.UniqueConstraint(fields=["transfer_id"], name="carried_over_once")]
        indexes = [models.Index(fields=["person_id", "pooling_area"], name="carried_over_of_person")]


class DailyTotal(models.Model):
    """结算日汇总 per institution, scheme and kind, rolled up by a job so that the dashboard reads days, not bills.

    A day is written anew as a whole, so that a roll-up can be repeated; annulled pairs cancel out.
    """

    pk = models.CompositePrimaryKey("pooling_area", "settled_on", "institution_code", "scheme", "kind")
    pooling_area = models.CharField(max_length=6)
    settled_on = models.DateField()
    institution_code = models.CharField(max_length=12)
    scheme = models.CharField(max_length=10)
    kind = models.CharField(max_length=12)
    settlements = models.IntegerField("笔数(冲销为负)")
    total_fen = models.BigIntegerField("医疗费总额")
    in_scope_fen = models.BigIntegerField("政策范围内费用")
    project_paid_fen = models.BigIntegerField("公共卫生专项支付")
    pool_paid_fen = models.BigIntegerField("统筹基金支付")
    catastrophic_paid_fen = models.BigIntegerField("大病保险支付")
    supplementary_paid_fen = models.BigIntegerField("补充保险支付")
    large_amount_paid_fen = models.BigIntegerField("大额互助支付")
    assistance_paid_fen = models.BigIntegerField("医疗救助支付")
    account_paid_fen = models.BigIntegerField("个人账户支付")
    cash_fen = models.BigIntegerField("现金支付")

    class Meta:
        indexes = [models.Index(fields=["institution_code", "settled_on"], name="daily_total_institution")]


class RollUp(models.Model):
    """汇总进度 of one area: days before `complete_until` need no second look; `rolled_at` is how fresh today is."""

    pooling_area = models.CharField("统筹地区", max_length=6, primary_key=True)
    complete_until = models.DateField("已汇总至(不含)")
    rolled_at = models.DateTimeField("汇总时间")


class SlipPrint(models.Model):
    """结算单打印: a second print says 补打 and its number (SET-06); only ever added."""

    pooling_area = models.CharField(max_length=6)
    settlement_id = models.BigIntegerField()
    print_no = models.PositiveSmallIntegerField("第几次打印")
    printed_at = models.DateTimeField("打印时间")
    printed_by = models.CharField("打印人", max_length=50)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["pooling_area", "settlement_id", "print_no"], name="slip_print_in_order")
        ]


class PersonalAccount(models.Model):
    """个人账户 as settling needs it (SET-09): what a person has left; never below zero (NC-ACCT §11).

    What was put in is `AccountCredit`, what was paid out stands in the settlements.
    """

    pk = models.CompositePrimaryKey("pooling_area", "person_id")
    pooling_area = models.CharField(max_length=6)
    person_id = models.BigIntegerField()
    balance_fen = models.BigIntegerField("余额")

    class Meta:
        constraints = [models.CheckConstraint(condition=Q(balance_fen__gte=0), name="personal_account_never_overdrawn")]


class AccountCredit(models.Model):
    """划入个人账户: money put into a person's account, once per document; only ever added."""

    pooling_area = models.CharField(max_length=6)
    person_id = models.BigIntegerField()
    amount_fen = models.BigIntegerField("金额")
    document = models.CharField("依据", max_length=100)
    credited_at = models.DateTimeField("时间")
    operator = models.CharField("经办人", max_length=50)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["pooling_area", "person_id", "document"], name="account_credit_once"),
            models.CheckConstraint(condition=Q(amount_fen__gt=0), name="account_credit_positive"),
        ]


class YearToReplay(models.Model):
    """待重算年度 (BEN-42): a person-year whose settlements may differ from what they would be today.

    A reversal, a change of status or of cover marks it; a look at it finds how many settlements would differ and by how
    much the funds. A clerk has them settled anew, or leaves them with a reason. One open mark for each person-year.
    """

    pooling_area = models.CharField("参保地", max_length=6)
    person_id = models.BigIntegerField("参保人")
    scheme = models.CharField("险种", max_length=10)
    benefit_year = models.PositiveSmallIntegerField("结算年度")
    cause = models.CharField("起因", max_length=12, choices=ReplayCause)
    marked_at = models.DateTimeField("标记时间")
    state = models.CharField("状态", max_length=10, choices=ReplayState, default=ReplayState.OPEN)
    looked_at = models.DateTimeField("核对时间", null=True)
    differing = models.PositiveIntegerField("应变动笔数", null=True)
    difference_fen = models.BigIntegerField("基金支付相差", null=True)
    closed_at = models.DateTimeField("办结时间", null=True)
    closed_by = models.CharField("办结人", max_length=50, blank=True)
    closing_reason = models.CharField("办结说明", max_length=200, blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["pooling_area", "person_id", "scheme", "benefit_year"],
                condition=Q(state=ReplayState.OPEN),
                name="year_to_replay_open_once",
            ),
            models.CheckConstraint(
                condition=Q(state=ReplayState.OPEN, closed_at=None)
                | (~Q(state=ReplayState.OPEN) & Q(closed_at__isnull=False)),
                name="year_to_replay_closed_when",
            ),
        ]
        indexes = [models.Index(fields=["state", "-id"], name="year_to_replay_state")]


class SettledAfterEnding(models.Model):
    """终止后结算疑点 (JL2019 §10; ENR-22): care after the relation had ended, for which the funds paid all the same.

    Found when a death, another end or a transfer out becomes known later; withdrawn when that was wrong, or the
    transfer came to nothing. Monitoring takes it from here.
    """

    pooling_area = models.CharField("参保地", max_length=6)
    settlement_id = models.BigIntegerField("结算ID")
    ending_id = models.BigIntegerField("注销登记", null=True)
    transfer_id = models.BigIntegerField("转移接续", null=True)
    person_id = models.BigIntegerField("参保人")
    institution_code = models.CharField("机构编号", max_length=12)
    served_on = models.DateField("就医日期")
    ended_from = models.DateField("终止日期")
    reason = models.CharField("终止原因", max_length=100)
    fund_paid_fen = models.BigIntegerField("基金支付")
    found_at = models.DateTimeField("发现时间")
    withdrawn_at = models.DateTimeField("撤销时间", null=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["pooling_area", "settlement_id", "ending_id"], name="settled_after_ending_once"
            ),
            models.UniqueConstraint(
                fields=["pooling_area", "settlement_id", "transfer_id"], name="settled_after_transfer_once"
            ),
            models.CheckConstraint(
                condition=Q(ending_id=None, transfer_id__isnull=False) | Q(ending_id__isnull=False, transfer_id=None),
                name="settled_after_one_ending",
            ),
            models.CheckConstraint(condition=Q(fund_paid_fen__gt=0), name="settled_after_ending_paid"),
        ]
        indexes = [models.Index(fields=["pooling_area", "-id"], name="settled_after_ending_area")]


class InsurerFile(models.Model):
    """商业保险机构理赔文件: the claims of one month for the insurer that underwrites the serious-illness cover.

    Made once per month and partner (GX2017 §70, §129; SYS-08); its lines do not change, and say no more than is needed.
    """

    pooling_area = models.ForeignKey("platform.PoolingArea", on_delete=models.PROTECT, db_index=False)
    partner = models.ForeignKey("exchange.Partner", on_delete=models.PROTECT, related_name="+", db_index=False)
    month = models.DateField("所属月份")
    edition = models.PositiveSmallIntegerField("版次", default=1)
    rows = models.PositiveIntegerField("笔数")
    total_fen = models.BigIntegerField("申请支付(分)")
    made_by = models.CharField("制作人", max_length=30)
    made_at = models.DateTimeField("制作时间")

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["partner", "month", "edition"], name="insurer_file_once"),
        ]
        indexes = [models.Index(fields=["pooling_area", "-month", "-id"], name="insurer_file_of_area")]


class InsurerClaim(models.Model):
    """理赔明细: one settlement with a serious-illness part, as the insurer was asked to pay it, and its answers."""

    file = models.ForeignKey(InsurerFile, on_delete=models.PROTECT, related_name="claims", db_index=False)
    line_no = models.PositiveIntegerField("行号")
    pooling_area = models.CharField("统筹地区", max_length=6)
    settlement_id = models.BigIntegerField("结算ID")
    settled_on = models.DateField("结算日期")
    diagnosis_group = models.CharField("诊断类别", max_length=8, blank=True)
    total_fen = models.BigIntegerField("医疗费总额")
    in_scope_fen = models.BigIntegerField("政策范围内费用")
    pool_paid_fen = models.BigIntegerField("统筹基金支付")
    amount_fen = models.BigIntegerField("大病保险支付")
    bank_name = models.CharField("开户银行", max_length=60, blank=True)
    account_no = models.CharField("银行账号", max_length=40, blank=True)
    holder_name = models.CharField("户名", max_length=50, blank=True)
    state = models.CharField("理赔状态", max_length=10, choices=ClaimState, default=ClaimState.ASKED)
    confirmed_fen = models.BigIntegerField("核定金额", null=True)
    confirmed_on = models.DateField("核定日期", null=True)
    paid_fen = models.BigIntegerField("支付金额", null=True)
    paid_on = models.DateField("支付日期", null=True)
    reference = models.CharField("支付流水号", max_length=60, blank=True)
    reason = models.CharField("不予支付原因", max_length=200, blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["file", "line_no"], name="insurer_claim_line_once"),
            models.UniqueConstraint(fields=["pooling_area", "settlement_id"], name="insurer_claim_once"),
            models.CheckConstraint(
                condition=Q(state=ClaimState.ASKED, confirmed_fen=None, paid_fen=None)
                | Q(state=ClaimState.REFUSED, confirmed_fen=0, paid_fen=None) & ~Q(reason="")
                | Q(state=ClaimState.CONFIRMED, confirmed_fen__isnull=False, paid_fen=None)
                | Q(state=ClaimState.PAID, confirmed_fen=F("paid_fen"), paid_on__isnull=False),
                name="insurer_claim_answered_whole",
            ),
        ]
        indexes = [models.Index(fields=["file", "state"], name="insurer_claim_of_file")]
