"""What of settlements goes to statistics, finance and the data office by period (定期数据; JL2019 §50).

Read from the roll-up by day, as the dashboard is; a cancellation counts in the day on which it was made.
"""

from typing import Final

from tongchou.exchange.figures import Figure

_DAYS: Final = (
    " FROM settlement_dailytotal WHERE pooling_area = %(area)s AND settled_on >= %(since)s AND settled_on < %(until)s"
)
_FUND: Final = (
    "project_paid_fen + pool_paid_fen + catastrophic_paid_fen + supplementary_paid_fen + large_amount_paid_fen"
)

FIGURES: Final = (
    Figure("JS01", "本期结算人次", "人次", f"SELECT coalesce(sum(settlements), 0){_DAYS}"),
    Figure("JS02", "本期医疗费总额", "分", f"SELECT coalesce(sum(total_fen), 0){_DAYS}"),
    Figure("JS03", "本期基金支付", "分", f"SELECT coalesce(sum({_FUND}), 0){_DAYS}"),
    Figure("JS04", "本期医疗救助支付", "分", f"SELECT coalesce(sum(assistance_paid_fen), 0){_DAYS}"),
)
