"""Which of the six colours a fund is drawn in (基金颜色): the same on every bar, chart and legend.

Funds that pay the same layer share its hue, lighter or darker, so that a chart of funds tells them apart.
"""

from typing import Final

from tongchou.fund.states import FundCode

FUND_COLOURS: Final = {
    FundCode.EMPLOYEE_POOL: "layer-pool",
    FundCode.EMPLOYEE_OUTPATIENT: "layer-pool-light",
    FundCode.RESIDENT_POOL: "layer-pool",
    FundCode.RESIDENT_OUTPATIENT: "layer-pool-light",
    FundCode.PROJECT: "layer-pool-dark",
    FundCode.CATASTROPHIC: "layer-catastrophic",
    FundCode.EMPLOYEE_CATASTROPHIC: "layer-catastrophic",
    FundCode.SUPPLEMENTARY: "layer-supplementary",
    FundCode.EMPLOYEE_SUPPLEMENTARY: "layer-supplementary",
    FundCode.LARGE_AMOUNT: "layer-supplementary-light",
    FundCode.ASSISTANCE: "layer-assistance",
    FundCode.PERSONAL_ACCOUNT: "layer-account",
}
