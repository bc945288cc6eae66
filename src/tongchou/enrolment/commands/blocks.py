"""Benefits stopped by decision (暂停待遇; BEN-36; JS2017 三(一))."""

from datetime import date, datetime

from django.db import transaction
from django.db.models import Q

from tongchou.enrolment.commands import steps
from tongchou.enrolment.models import BenefitBlock
from tongchou.enrolment.states import BlockKind
from tongchou.kernel.errors import DomainError
from tongchou.platform import queries as platform


class AlreadyBlocked(DomainError):
    code = "EN-1501"
    message = "该参保人自{since}起已因{kind}暂停待遇"
    citation = "JS2017 六(二)"


class NotBlocked(DomainError):
    code = "EN-1502"
    message = "该参保人在{day}没有因{kind}暂停待遇"
    citation = "JS2017 六(二)"


@transaction.atomic(durable=True)
def block_benefits(
    *,
    person_id: int,
    kind: BlockKind,
    blocked_from: date,
    blocked_until: date | None,
    reason: str,
    operator: platform.Operator,
    now: datetime,
) -> BenefitBlock:
    """暂停待遇 (BEN-36): direct settlement stops at home and away. Raises: AlreadyBlocked, ReasonMissing."""
    person = steps.lock_person(person_id, permission="enrolment.review", operator=operator, now=now)
    if not reason.strip():
        raise steps.ReasonMissing
    held = person.blocks.filter(Q(blocked_until=None) | Q(blocked_until__gt=blocked_from), kind=kind)
    overlap = held.filter(blocked_from__lt=blocked_until).first() if blocked_until else held.first()
    if overlap is not None:
        raise AlreadyBlocked(since=overlap.blocked_from, kind=kind.label)
    block = BenefitBlock.objects.create(
        person=person, kind=kind, blocked_from=blocked_from, blocked_until=blocked_until, reason=reason.strip()
    )
    steps.note("block_benefits", person, operator, now, kind=kind, since=blocked_from, reason=reason)
    return block


@transaction.atomic(durable=True)
def lift_block(
    *, person_id: int, kind: BlockKind, lifted_on: date, operator: platform.Operator, now: datetime
) -> BenefitBlock:
    """恢复待遇 (BEN-36): direct settlement again from that day. Raises: NotBlocked."""
    person = steps.lock_person(person_id, permission="enrolment.review", operator=operator, now=now)
    still = Q(blocked_until=None) | Q(blocked_until__gt=lifted_on)
    block = person.blocks.filter(still, kind=kind, blocked_from__lt=lifted_on).first()
    if block is None:
        raise NotBlocked(day=lifted_on, kind=kind.label)
    block.blocked_until = lifted_on
    block.save(update_fields=["blocked_until"])
    steps.note("lift_block", person, operator, now, kind=kind, on=lifted_on)
    return block
