"""Tables of settlement (结算, GX2017 §76–84; JL2019 ch 6). All amounts in whole fen.

Settlements are written once by the database functions of the migrations, never changed; a cancellation is a negative
twin.
"""

from django.db import models
from django.db.models import F, Q

from tongchou.encounters.states import CareKind
from tongchou.settlement.states import ReplayCause, ReplayState


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

    Always equals the sum of `receipt.deltas` over the person-year's settlements and cancellations. `version` moves with
    every change; a settlement computed on an older one is refused and computed again.
    """

    pk = models.CompositePrimaryKey("pooling_area", "person_id", "scheme", "benefit_year")
    pooling_area = models.CharField(max_length=6)
    person_id = models.BigIntegerField()
    scheme = models.CharField(max_length=10)
    benefit_year = models.PositiveSmallIntegerField()
    version = models.IntegerField(default=1)
    amounts = models.JSONField(default=dict)


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

    Found when a death or another end becomes known later; withdrawn when that was wrong. Monitoring takes it from here.
    """

    pooling_area = models.CharField("参保地", max_length=6)
    settlement_id = models.BigIntegerField("结算ID")
    ending_id = models.BigIntegerField("注销登记")
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
            models.CheckConstraint(condition=Q(fund_paid_fen__gt=0), name="settled_after_ending_paid"),
        ]
        indexes = [models.Index(fields=["pooling_area", "-id"], name="settled_after_ending_area")]
