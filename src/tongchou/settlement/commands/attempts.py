"""Computing again when another settlement of the person came between (并发结算, design of settling; decision 0073)."""

from collections.abc import Callable
from typing import Any, Final, TypeVar

from django.db import transaction

from tongchou.encounters.checks import local_day
from tongchou.kernel.errors import DomainError
from tongchou.platform.ids import take_dated
from tongchou.wire.booking import BookingKey

ATTEMPTS: Final = 3
"""How often a settlement is computed again before the person is locked."""

Answer = TypeVar("Answer")


class AccumulatorsMoved(DomainError):
    """Another settlement of the person came between; never shown, the settlement is computed again."""

    code = "ST-0001"
    message = "年度累计已变化"


def until_unmoved(once: Callable[[], Answer], lock: Callable[[], None]) -> Answer:
    """Compute and write; again when the accumulators moved meanwhile, at last under the lock of the person."""
    for _ in range(ATTEMPTS):
        try:
            return once()
        except AccumulatorsMoved:
            continue
    with transaction.atomic():
        lock()
        return once()


def settlement_id(key: BookingKey) -> int:
    """An id for a settlement of today (结算ID)."""
    return take_dated("settlement", local_day(key.received_at))


def shared_columns(key: BookingKey, settlement: int, area: str) -> dict[str, Any]:
    """What every new row says of itself: where, when, and by which message."""
    return {
        "pooling_area": area,
        "id": settlement,
        "settled_at": key.received_at,
        "settled_on": local_day(key.received_at),
        "msgid": key.msgid,
        "operator_no": key.operator_no,
        "operator": key.operator,
    }
