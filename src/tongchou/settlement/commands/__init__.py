"""Every change of settlements (结算): settle, try, buy, take back (GX2017 §71, 77, 80; SET-01, 04, 05, 34).

Each is one read, pure policy, one write, one durable commit (decision 0073). The answer is rendered before the write
and booked with it, so a repeated message gets the first answer byte for byte.
"""

from tongchou.settlement.commands.counter import cancel_at_counter, settle_at_counter
from tongchou.settlement.commands.keeping import credit_account, note_slip_print, roll_up_totals
from tongchou.settlement.commands.purchasing import Purchase, presettle_purchase, settle_purchase
from tongchou.settlement.commands.recomputing import leave_year, look_at_years, recompute_year
from tongchou.settlement.commands.settling import presettle, settle_encounter
from tongchou.settlement.commands.taking_back import annul_settlement, cancel_settlement

__all__ = [
    "Purchase",
    "annul_settlement",
    "cancel_at_counter",
    "cancel_settlement",
    "credit_account",
    "leave_year",
    "look_at_years",
    "note_slip_print",
    "presettle",
    "presettle_purchase",
    "recompute_year",
    "roll_up_totals",
    "settle_at_counter",
    "settle_encounter",
    "settle_purchase",
]
