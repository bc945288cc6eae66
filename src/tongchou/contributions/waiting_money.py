"""待查与待处理款 of the night (ORG-27; GX2017 §95, 119): money that waits is in the books by the voucher that brought
it, and leaves them by an act in the trail. Each finds what was closed, opened or changed behind the program.
"""

from collections.abc import Iterator
from datetime import date, datetime, time, timedelta
from typing import Final

from django.db import connection
from django.db.models import Q, Sum
from django.utils import timezone

from tongchou.contributions.models import CreditAdvice, PendingAmount
from tongchou.contributions.reconciling import OTHER_RECEIPTS
from tongchou.fund import queries as fund
from tongchou.kernel.money import yuan_text
from tongchou.platform import queries as platform

MOST_NAMED: Final = 20
CHECKED_DAYS: Final = 400
CLOSING: Final = ("contributions.resolve_pending", "contributions.withdraw_pending")
WRITING: Final = ("contributions.record_advice", "contributions.correct_advice")

_BROUGHT: Final = """
SELECT voucher_no FROM contributions_pendingamount
 WHERE pooling_area_id = %(area)s AND created_at >= %(since)s AND voucher_no <> ''
 UNION
SELECT p.voucher_no FROM contributions_collectionresult s
  JOIN contributions_importbatch p ON p.id = s.payments_id
 WHERE p.pooling_area_id = %(area)s AND s.booked_at >= %(since)s AND p.voucher_no <> ''
 UNION
SELECT b.voucher_no FROM contributions_counterday d
  JOIN contributions_importbatch b ON b.id = d.batch_id
 WHERE d.pooling_area_id = %(area)s AND d.collected_on >= %(since)s::date AND b.voucher_no <> ''
 UNION
SELECT voucher_no FROM contributions_taxitem
 WHERE pooling_area_id = %(area)s AND state = 'held' AND resolved_at >= %(since)s
 UNION
SELECT a.voucher_no FROM contributions_aidarrival a JOIN contributions_aidlist l ON l.id = a.list_id
 WHERE l.pooling_area_id = %(area)s AND a.withdrawn_at IS NULL AND a.recorded_at >= %(since)s
"""
"""Every voucher that may have brought money that waits: also one whose money is no longer there."""


def sums_astray(area: str, since: datetime) -> Iterator[str]:
    """待处理款与账: what a voucher brought into 暂收款 is the sum of what waits, or waited, by it."""
    with connection.cursor() as cursor:
        cursor.execute(_BROUGHT, {"area": area, "since": since})
        vouchers = {number for (number,) in cursor.fetchall()}
    said = fund.credited(vouchers, OTHER_RECEIPTS)
    held = PendingAmount.objects.filter(voucher_no__in=vouchers)
    made = dict(held.values_list("voucher_no").annotate(total=Sum("amount_fen")).order_by())
    for number in sorted(vouchers):
        if (booked := said.get(number, 0)) != (waiting := made.get(number, 0)):
            yield f"凭证{number}暂收款{yuan_text(booked)}元,待处理款{yuan_text(waiting)}元"


def closings_astray(area: str, since: datetime) -> Iterator[str]:
    """待处理款的处理: closed by a refund or by words in the trail, of just that sum; open means that neither is so."""
    noted = platform.last_noted("pending", CLOSING, area, since)
    lately = Q(created_at__gte=since) | Q(resolved_at__gte=since) | Q(resolved_at=None)
    found = PendingAmount.objects.filter(lately, pooling_area_id=area).select_related("refund")
    for one in found.order_by("pk").iterator(2_000):
        refund, told = getattr(one, "refund", None), noted.get(str(one.pk))
        if wrong := _closing_problem(one, refund.amount_fen if refund else told and told.get("amount_fen")):
            yield f"待处理款{one.pk}({yuan_text(one.amount_fen)}元){wrong}"


def _closing_problem(one: PendingAmount, closed_fen: int | None) -> str:
    if one.resolved_at is None:
        return "" if closed_fen is None else "已处理而仍列为待处理"
    if closed_fen is None:
        return "列为已处理而没有处理记录"
    return "" if closed_fen == one.amount_fen else f"处理金额为{yuan_text(closed_fen)}元"


def credits_astray(area: str, since: datetime) -> Iterator[str]:
    """银行到账: of the sum that was written down; held against answers by its shares, or waiting (待查) without any."""
    noted = platform.last_noted("credit_advice", WRITING, area, since)
    found = CreditAdvice.objects.filter(pooling_area_id=area, recorded_at__gte=since)
    found = found.annotate(shared_fen=Sum("shares__amount_fen", default=0))
    for one in found.order_by("pk").iterator(2_000):
        told = noted.get(str(one.pk), {}).get("amount_fen")
        if told is not None and told != one.amount_fen:
            yield f"到账通知{one.reference}为{yuan_text(one.amount_fen)}元,登记为{yuan_text(told)}元"
        if (one.result_id is not None) != (one.shared_fen > 0):
            yield f"到账通知{one.reference}的对应与其分摊不一致"
    known = {str(key) for key in CreditAdvice.objects.filter(pk__in=noted).values_list("pk", flat=True)}
    for key in sorted(noted.keys() - known, key=int):
        yield f"到账通知{noted[key]['reference']}已不在登记中"


def broken(area: str, today: date) -> list[str]:
    """Everything that waits, or waited, and is not as it was left, in words."""
    since = timezone.make_aware(datetime.combine(today - timedelta(days=CHECKED_DAYS), time.min))
    return [
        line
        for check in (sums_astray, closings_astray, credits_astray)
        for line in list(check(area, since))[:MOST_NAMED]
    ]
