"""What waits to go to a partner (投递队列); steps of the caller's transaction, so that a file and its way are one."""

from datetime import datetime

from tongchou.exchange.models import Delivery, OutgoingFile, PartnerLink
from tongchou.exchange.states import DeliveryState


def queue_if_linked(file: OutgoingFile, *, staff_code: str, now: datetime) -> Delivery | None:
    """排队投递, where the partner has a link in use; else somebody takes the file there. A waiting file waits once."""
    if not PartnerLink.objects.filter(partner_id=file.partner_id, in_use=True).exists():
        return None
    waiting, _ = Delivery.objects.get_or_create(
        file=file,
        state=DeliveryState.WAITING,
        defaults={"partner_id": file.partner_id, "queued_by": staff_code, "queued_at": now},
    )
    return waiting
