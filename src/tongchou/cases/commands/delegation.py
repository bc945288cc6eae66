"""Temporary delegation of a post (岗位委托; ORG-13): a colleague acts, every act says for whom."""

from datetime import date, datetime, timedelta

from django.db import IntegrityError, transaction
from django.utils import timezone

from tongchou.cases.commands.steps import reason_given
from tongchou.cases.models import Delegation
from tongchou.kernel.errors import DomainError
from tongchou.platform import queries as platform
from tongchou.platform import trail
from tongchou.platform.colleagues import COLLEAGUES
from tongchou.platform.queries import Operator
from tongchou.platform.rules import separation_conflicts


class PostNotHeld(DomainError):
    code = "CS-1401"
    message = "您没有该岗位,不能委托"


class DelegateUnfit(DomainError):
    code = "CS-1402"
    message = "{name}不能作为受托人:须为本机构或上级机构在岗的另一人"


class DelegationConflicts(DomainError):
    code = "CS-1403"
    message = "不能委托给{name}:{reason}"
    citation = "QA2018 三.1"


class DelegationTwice(DomainError):
    code = "CS-1404"
    message = "该岗位在此期间已委托给{name}"


class DelegationPeriod(DomainError):
    code = "CS-1405"
    message = "委托期间不正确:须从今日或以后开始,不超过{days}日"


LONGEST = timedelta(days=92)


@transaction.atomic(durable=True)
def delegate_post(
    *,
    post: str,
    to_staff_code: str,
    valid_from: date,
    valid_until: date,
    reason: str,
    operator: Operator,
    now: datetime,
) -> Delegation:
    """岗位委托 (ORG-13): period, post, reason; separation holds for the delegate as if the post were granted.

    `valid_until` is exclusive. Raises: PostNotHeld, DelegateUnfit, DelegationConflicts, DelegationTwice,
    DelegationPeriod, ReasonMissing.
    """
    today = timezone.localdate(now)
    if valid_from < today or not valid_from < valid_until <= valid_from + LONGEST:
        raise DelegationPeriod(days=LONGEST.days)
    if post not in {held.post_id for held in platform.holdings_of(operator, today)}:
        raise PostNotHeld()
    delegate = platform.operator_by_staff_code(to_staff_code.strip())
    if delegate is None or not _is_fit(delegate, operator):
        raise DelegateUnfit(name=delegate.name if delegate else to_staff_code[:30])
    held = {one.post_id for one in platform.holdings_of(delegate, valid_from)}
    if conflicts := separation_conflicts(held | {post}, platform.sod_pairs()):
        raise DelegationConflicts(name=delegate.name, reason=conflicts[0].reason)
    reason = reason_given(reason, "委托")
    try:
        with transaction.atomic():
            made = Delegation.objects.create(
                delegator_id=operator.pk,
                delegate=delegate,
                post=post,
                reason=reason[:200],
                valid_from=valid_from,
                valid_until=valid_until,
                delegated_at=now,
            )
    except IntegrityError as clash:
        raise DelegationTwice(name=delegate.name) from clash
    _note("cases.delegated", made, operator, now)
    return made


def _is_fit(delegate: Operator, operator: Operator) -> bool:
    """Another person of those whom the page offers (同事名录)."""
    another = delegate.citizen_id != operator.citizen_id
    return another and COLLEAGUES.entry(operator.org_unit_id, delegate.staff_code) is not None


@transaction.atomic(durable=True)
def end_delegation(*, delegation_id: int, operator: Operator, now: datetime) -> None:
    """收回委托: from now on; the one who delegated. Raises: PostNotHeld."""
    found = Delegation.objects.select_for_update().filter(pk=delegation_id, delegator_id=operator.pk).first()
    if found is None:
        raise PostNotHeld()
    found.valid_until = max(found.valid_from, min(found.valid_until, timezone.localdate(now)))
    found.save(update_fields=["valid_until"])
    _note("cases.delegation_ended", found, operator, now)


def _note(action: str, made: Delegation, operator: Operator, now: datetime) -> None:
    trail.record(
        action,
        at=now,
        operator=operator,
        object_kind="operator",
        object_key=operator.staff_code,
        detail={
            "post": made.post,
            "delegate": made.delegate.staff_code,
            "from": made.valid_from.isoformat(),
            "until": made.valid_until.isoformat(),
            "reason": made.reason,
        },
    )
