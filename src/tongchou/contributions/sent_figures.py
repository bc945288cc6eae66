"""What of contributions goes to statistics, finance and the data office by period (定期数据; JL2019 §50)."""

from typing import Final

from tongchou.exchange.figures import Figure

_PAID: Final = (
    " FROM contributions_contribution WHERE pooling_area_id = %(area)s AND voided_at IS NULL"
    " AND paid_in_full_on >= %(since)s AND paid_in_full_on < %(until)s"
)

FIGURES: Final = (
    Figure("JF01", "本期缴费人次", "人次", f"SELECT count(*){_PAID}"),
    Figure("JF02", "本期个人缴费(含资助)", "分", f"SELECT coalesce(sum(amount_fen), 0){_PAID}"),
    Figure("JF03", "其中:资助金额", "分", f"SELECT coalesce(sum(aided_fen), 0){_PAID}"),
)
