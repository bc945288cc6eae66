"""收据验真 (CON-10, CON-14, RIG-02): why a receipt of collection that somebody holds no longer stands."""

from tongchou.contributions.counter import queries as counter
from tongchou.contributions.counter.states import PaymentState
from tongchou.contributions.village.models import VillageReceipt
from tongchou.platform import papers

CANCELLED = "收款已于当日撤销"


def register() -> None:
    """Let the public check know."""
    papers.ended_by("counter_receipt", _counter)
    papers.ended_by("counter_joint", _joint)
    papers.ended_by("village_receipt", _village)


def _number(key: str) -> str:
    """The paper's number; the trail knows it by title and number."""
    return key.rsplit(" ", 1)[-1]


def _counter(key: str) -> str:
    found = counter.payment(_number(key))
    if found is None or found.state == PaymentState.CANCELLED:
        return CANCELLED
    return _voided(found.contribution.void_reason, found.contribution.voided_at is not None)


def _joint(key: str) -> str:
    """One of the payments undone makes the paper untrue: a new one is printed."""
    undone = [one.number for one in counter.joint(_number(key)) if one.state == PaymentState.CANCELLED]
    return f"{CANCELLED}:{'、'.join(undone)}" if undone else ""


def _village(key: str) -> str:
    found = VillageReceipt.objects.select_related("contribution").filter(number=_number(key)).first()
    if found is None:
        return ""
    if found.contribution is not None and found.contribution.voided_at is not None:
        return _voided(found.contribution.void_reason, True)
    return _voided(found.void_reason, found.voided_at is not None)


def _voided(reason: str, is_void: bool) -> str:
    return f"收据已作废:{reason}" if is_void else ""
