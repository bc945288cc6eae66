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
