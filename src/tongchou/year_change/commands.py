"""Steps of a year change (年度切换; ORG-26): opened, looked through, confirmed, released by a second person."""

from datetime import datetime
from typing import Any, Final

from django.db import IntegrityError, transaction
from django.utils import timezone

from tongchou.kernel.errors import DomainError
from tongchou.platform import checks as platform_checks
from tongchou.platform import second_factor, trail
from tongchou.platform.events import publish
from tongchou.platform.queries import Operator
from tongchou.year_change import events, items
from tongchou.year_change.models import Confirmation, YearChange
from tongchou.year_change.states import YearState

PREPARE: Final = "year_change.prepare"
RELEASE: Final = "year_change.release"


class YearNotNear(DomainError):
    code = "YC-1001"
    message = "只能准备{this}年度和{following}年度的切换"
    citation = "GX2017 §21"


class OpenedAlready(DomainError):
    code = "YC-1002"
    message = "{year}年度切换已经建立"
    citation = "GX2017 §21"


class ChangeUnknown(DomainError):
    code = "YC-1003"
    message = "没有这个年度切换"


class ItemUnknown(DomainError):
    code = "YC-1004"
    message = "清单中没有“{item}”这一项"


class NotPreparing(DomainError):
    code = "YC-1005"
    message = "{year}年度切换已发布,不能再改;需要改的请先撤回发布"


class NotConfirmable(DomainError):
    code = "YC-1006"
    message = "“{item}”须由系统核查通过,不能人工确认"


class NoteMissing(DomainError):
    code = "YC-1007"
    message = "请说明{what}"


class ConfirmedAlready(DomainError):
    code = "YC-1008"
    message = "“{item}”已由{name}确认"


class NotReady(DomainError):
    code = "YC-1009"
    message = "{year}年度切换还不能发布,未就绪:{open}"
    citation = "GX2017 §21"


class SamePersonReleases(DomainError):
    code = "YC-1010"
    message = "建立和发布年度切换不能是同一人"
    citation = "QA2018 三.1"


class YearBegun(DomainError):
    code = "YC-1011"
    message = "{year}年度已经开始,发布不能撤回;请在相应章节更正"


class NothingToDo(DomainError):
    code = "YC-1012"
    message = "“{item}”没有可以在清单上办理的事"


@transaction.atomic(durable=True)
def open_change(*, pooling_area: str, year: int, operator: Operator, now: datetime) -> YearChange:
    """建立年度切换: this year's or the next one's, once per area.

    Raises: YearNotNear, OpenedAlready, AreaOutOfScope.
    """
    platform_checks.check_area_in_scope(operator, PREPARE, pooling_area, now)
    this = timezone.localdate(now).year
    if year not in (this, this + 1):
        raise YearNotNear(this=this, following=this + 1)
    try:
        with transaction.atomic():
            change = YearChange.objects.create(
                pooling_area_id=pooling_area, year=year, checked_at=now, opened_by=operator, opened_at=now
            )
    except IntegrityError as again:
        raise OpenedAlready(year=year) from again
    _look(change, now)
    _note("opened", change, operator, now)
    return change


@transaction.atomic(durable=True)
def look_through(*, change_id: int, operator: Operator, now: datetime) -> YearChange:
    """核查: every item looks again. Raises: ChangeUnknown, NoPermission, AreaOutOfScope."""
    change = _locked(change_id)
    platform_checks.check_area_in_scope(operator, "year_change.view", change.pooling_area_id, now)
    _look(change, now)
    return change


@transaction.atomic(durable=True)
def confirm(
    *, change_id: int, item_code: str, note: str, document: str, operator: Operator, now: datetime
) -> Confirmation:
    """人工确认: what the system cannot see, or what is meant to stay open, by whose business it is.

    Raises: ChangeUnknown, NotPreparing, ItemUnknown, NotConfirmable, NoteMissing, ConfirmedAlready, AreaOutOfScope.
    """
    change = _preparing(change_id)
    item = _item(item_code)
    platform_checks.check_area_in_scope(operator, item.permission, change.pooling_area_id, now)
    if item.strict:
        raise NotConfirmable(item=item.title)
    if not note.strip():
        raise NoteMissing(what="确认的情况")
    if standing := change.confirmations.filter(item=item.code, withdrawn_at=None).first():
        raise ConfirmedAlready(item=item.title, name=standing.confirmed_by.name)
    made = Confirmation.objects.create(
        change=change,
        item=item.code,
        note=note.strip(),
        document=document.strip(),
        confirmed_by=operator,
        confirmed_at=now,
    )
    _note("confirmed", change, operator, now, item=item.code, note=made.note, document=made.document)
    return made


@transaction.atomic(durable=True)
def withdraw_confirmation(*, change_id: int, item_code: str, operator: Operator, now: datetime) -> None:
    """撤回确认: the item counts again as the system finds it. Raises: as `confirm`."""
    change = _preparing(change_id)
    item = _item(item_code)
    platform_checks.check_area_in_scope(operator, item.permission, change.pooling_area_id, now)
    found = change.confirmations.filter(item=item.code, withdrawn_at=None)
    if found.update(withdrawn_by=operator, withdrawn_at=now):
        _note("confirmation_withdrawn", change, operator, now, item=item.code)


@transaction.atomic(durable=True)
def act(*, change_id: int, item_code: str, operator: Operator, now: datetime) -> str:
    """办理 of an item from the list; afterwards everything is looked through again. Answers what was done.

    Raises: ChangeUnknown, NotPreparing, ItemUnknown, NothingToDo, AreaOutOfScope, and what the step refuses.
    """
    change = _preparing(change_id)
    item = _item(item_code)
    platform_checks.check_area_in_scope(operator, item.permission, change.pooling_area_id, now)
    if item.action is None:
        raise NothingToDo(item=item.title)
    done = item.action.run(change.pooling_area_id, change.year, operator, now)
    _look(change, now)
    _note("acted", change, operator, now, item=item.code, done=done)
    return done


@transaction.atomic(durable=True)
def release(*, change_id: int, code: str, operator: Operator, now: datetime) -> YearChange:
    """发布年度切换: every item ready or confirmed as looked at now, by a second person with a second factor.

    Raises: ChangeUnknown, NotPreparing, SamePersonReleases, NotReady naming what is open, AreaOutOfScope,
    SecondFactorMissing, SecondFactorWrong, SecondFactorUsed, SecondFactorLocked.
    """
    change = _preparing(change_id)
    platform_checks.check_area_in_scope(operator, RELEASE, change.pooling_area_id, now)
    if change.opened_by_id == operator.pk:
        raise SamePersonReleases
    _look(change, now)
    if still_open := open_items(change):
        raise NotReady(year=change.year, open="、".join(str(item.title) for item in still_open))
    second_factor.check(operator, code, now=now)
    change.state, change.released_by, change.released_at = YearState.RELEASED, operator, now
    change.save(update_fields=["state", "released_by", "released_at"])
    _note("released", change, operator, now)
    publish(events.YearReleased(change.pooling_area_id, change.year))
    return change


@transaction.atomic(durable=True)
def withdraw_release(*, change_id: int, reason: str, operator: Operator, now: datetime) -> YearChange:
    """撤回发布, while the year has not begun. Raises: ChangeUnknown, NoteMissing, YearBegun, AreaOutOfScope."""
    change = _locked(change_id)
    platform_checks.check_area_in_scope(operator, RELEASE, change.pooling_area_id, now)
    if not reason.strip():
        raise NoteMissing(what="撤回发布的理由")
    if timezone.localdate(now).year >= change.year:
        raise YearBegun(year=change.year)
    if change.state == YearState.RELEASED:
        change.state, change.released_by, change.released_at = YearState.PREPARING, None, None
        change.save(update_fields=["state", "released_by", "released_at"])
        _note("release_withdrawn", change, operator, now, reason=reason.strip())
    return change


def open_items(change: YearChange) -> list[items.Item]:
    """未就绪: neither found ready when last looked at nor confirmed."""
    confirmed = set(change.confirmations.filter(withdrawn_at=None).values_list("item", flat=True))
    return [
        item
        for item in items.registered()
        if not change.findings.get(item.code, [False])[0] and item.code not in confirmed
    ]


def look_again(now: datetime) -> int:
    """Every night: the lists in preparation, and this year's while not released (定时任务). Returns how many."""
    waiting = list(YearChange.objects.filter(state=YearState.PREPARING).values_list("pk", flat=True))
    for change_id in waiting:
        with transaction.atomic():
            _look(_locked(change_id), now)
    return len(waiting)


def _look(change: YearChange, now: datetime) -> None:
    today = timezone.localdate(now)
    found: dict[str, Any] = {}
    for item in items.registered():
        if item.look is not None:
            seen = item.look(change.pooling_area_id, change.year, today)
            found[item.code] = [seen.ready, seen.said]
    change.findings, change.checked_at = found, now
    change.save(update_fields=["findings", "checked_at"])


def _locked(change_id: int) -> YearChange:
    change = YearChange.objects.select_for_update(of=("self",)).filter(pk=change_id).first()
    if change is None:
        raise ChangeUnknown
    return change


def _preparing(change_id: int) -> YearChange:
    change = _locked(change_id)
    if change.state != YearState.PREPARING:
        raise NotPreparing(year=change.year)
    return change


def _item(code: str) -> items.Item:
    item = items.item_of(code)
    if item is None:
        raise ItemUnknown(item=code)
    return item


def _note(action: str, change: YearChange, operator: Operator, now: datetime, **detail: str) -> None:
    trail.record(
        f"year_change.{action}",
        at=now,
        operator=operator,
        pooling_area=change.pooling_area_id,
        object_kind="year_change",
        object_key=f"{change.pooling_area_id}-{change.year}",
        detail={"year": change.year, **detail},
    )
