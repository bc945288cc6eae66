"""Which of the six colours a fund is drawn in (基金颜色): the same on every bar, chart and legend."""

from typing import Final

from tongchou.fund.states import FundCode

FUND_COLOURS: Final = {
    FundCode.EMPLOYEE_POOL: "layer-pool",
    FundCode.EMPLOYEE_OUTPATIENT: "layer-pool",
    FundCode.RESIDENT_POOL: "layer-pool",
    FundCode.RESIDENT_OUTPATIENT: "layer-pool",
    FundCode.PROJECT: "layer-pool",
    FundCode.CATASTROPHIC: "layer-catastrophic",
    FundCode.EMPLOYEE_CATASTROPHIC: "layer-catastrophic",
    FundCode.SUPPLEMENTARY: "layer-supplementary",
    FundCode.EMPLOYEE_SUPPLEMENTARY: "layer-supplementary",
    FundCode.LARGE_AMOUNT: "layer-supplementary",
    FundCode.ASSISTANCE: "layer-assistance",
    FundCode.PERSONAL_ACCOUNT: "layer-account",
}
