"""Kinds and states of the fund's books (基金财务)."""

from django.db import models


class FundCode(models.TextChoices):
    """基金: who bears an amount; the values are those of fund_pay_type, the tags those of BEN-24."""

    EMPLOYEE_POOL = "310100", "职工基本医疗保险统筹基金"
    EMPLOYEE_OUTPATIENT = "310102", "职工门诊统筹基金"
    PERSONAL_ACCOUNT = "310200", "职工基本医疗保险个人账户基金"
    EMPLOYEE_CATASTROPHIC = "310300", "职工大病补助基金"
    LARGE_AMOUNT = "330100", "大额医疗费用补助基金"
    EMPLOYEE_SUPPLEMENTARY = "370100", "企业补充医疗保险基金"
    RESIDENT_POOL = "390100", "城乡居民基本医疗保险基金"
    RESIDENT_OUTPATIENT = "390102", "居民门诊统筹基金"
    CATASTROPHIC = "390200", "城乡居民大病医疗保险基金"
    SUPPLEMENTARY = "390300", "城乡居民大病补充保险基金"
    ASSISTANCE = "610100", "医疗救助基金"
    PROJECT = "999997", "其他基金(公共卫生专项)"


class AccountClass(models.TextChoices):
    """会计要素 (财会〔2017〕28号)."""

    ASSET = "asset", "资产"
    LIABILITY = "liability", "负债"
    NET_ASSET = "net_asset", "净资产"
    INCOME = "income", "收入"
    EXPENSE = "expense", "支出"


class PeriodState(models.TextChoices):
    """会计期间状态 (GX2017 §101)."""

    OPEN = "open", "已开账"
    CLOSED = "closed", "已结账"


class CloseCheck(models.TextChoices):
    """结账检查: what must hold before a month is closed (GX2017 §101; FIN-13, FIN-15)."""

    ENDED = "ended", "当月已过完"
    IN_TURN = "in_turn", "以前月份均已结账"
    NUMBERED = "numbered", "凭证号连续"
    REVIEWED = "reviewed", "业务单据均已复核记账"
    BALANCED = "balanced", "试算平衡"
    DIVIDED = "divided", "年末待转科目余额为零"


PERIOD_TRANSITIONS = {
    (PeriodState.OPEN, PeriodState.CLOSED): "GX2017 §101",
    (PeriodState.CLOSED, PeriodState.OPEN): "GX2017 §101",
}


class VoucherKind(models.TextChoices):
    """凭证类型; `VOUCHER_MARKS` is what stands in the number."""

    RECEIPT = "receipt", "收款凭证"
    PAYMENT = "payment", "付款凭证"
    TRANSFER = "transfer", "转账凭证"


VOUCHER_MARKS = {VoucherKind.RECEIPT: "收", VoucherKind.PAYMENT: "付", VoucherKind.TRANSFER: "转"}
FUND_MARKS = {"resident": "居", "employee": "职"}
FUND_NAMES = {"resident": "城乡居民基本医疗保险基金", "employee": "职工基本医疗保险基金"}


class DocumentKind(models.TextChoices):
    """业务单据种类: what money came in, or moved between the fund's own accounts (FIN-35, FIN-36; CON-29)."""

    PREMIUM = "premium", "个人缴费收入"
    UNIT_PREMIUM = "unit_premium", "单位缴费收入"
    LUMP_SUM = "lump_sum", "一次性缴费收入"
    SUBSIDY_CENTRAL = "subsidy_central", "中央财政补助"
    SUBSIDY_PROVINCE = "subsidy_province", "省级财政补助"
    SUBSIDY_CITY = "subsidy_city", "市级财政补助"
    SUBSIDY_COUNTY = "subsidy_county", "县级财政补助"
    AID = "aid", "医疗救助资助"
    COLLECTIVE = "collective", "集体扶持"
    INTEREST = "interest", "利息"
    LATE_FEE = "late_fee", "滞纳金"
    FROM_ABOVE = "from_above", "上级补助"
    FROM_BELOW = "from_below", "下级上解"
    OTHER = "other", "其他收入"
    TO_SPECIAL = "to_special", "收入户划转财政专户"
    TO_EXPENDITURE = "to_expenditure", "财政专户拨付支出户"
    INTEREST_TO_SPECIAL = "interest_to_special", "支出户利息划转财政专户"


MOVEMENTS = (DocumentKind.TO_SPECIAL, DocumentKind.TO_EXPENDITURE, DocumentKind.INTEREST_TO_SPECIAL)
"""划转: between the fund's own accounts, without a bank advice of income (GX2017 §93, 98)."""

BY_HAND = (
    DocumentKind.AID,
    DocumentKind.COLLECTIVE,
    DocumentKind.INTEREST,
    DocumentKind.LATE_FEE,
    DocumentKind.FROM_ABOVE,
    DocumentKind.FROM_BELOW,
    DocumentKind.OTHER,
)
"""Income whose document finance fills in itself (QA2018 二(二)); the others come from the business that is owed it."""


class DocumentState(models.TextChoices):
    """业务单据状态 (GX2017 §95, 100)."""

    WAITING = "waiting", "待到账"
    PREPARED = "prepared", "待复核"
    POSTED = "posted", "已记账"
    VOIDED = "voided", "已作废"


DOCUMENT_TRANSITIONS = {
    (DocumentState.WAITING, DocumentState.PREPARED): "GX2017 §95: the bank's entry was found",
    (DocumentState.PREPARED, DocumentState.POSTED): "GX2017 §100: reviewed by a second person",
    (DocumentState.PREPARED, DocumentState.WAITING): "returned by the reviewer",
    (DocumentState.WAITING, DocumentState.VOIDED): "GX2017 §100: made in error",
    (DocumentState.PREPARED, DocumentState.VOIDED): "a movement returned by the reviewer",
}


class BankAccountKind(models.TextChoices):
    """基金银行账户, by the subject its money stands in (GX2017 §93; QA2018 二(二))."""

    INCOME = "1002", "收入户"
    SPECIAL = "1003", "财政专户"
    EXPENDITURE = "1004", "支出户"
