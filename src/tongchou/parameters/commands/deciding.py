"""What the second person does (核准、退回; ORG-22, ORG-23; GX2017 §134)."""

from datetime import datetime

from django.db import transaction
from django.utils import timezone

from tongchou.parameters import checks, local, validation
from tongchou.parameters.commands.drafting import check_sound, locked, note
from tongchou.parameters.models import LocalRule, PolicyDraft
from tongchou.parameters.shelving import GivesWay, compose_below, compose_local, lock_shelf, put
from tongchou.parameters.states import DraftAction, DraftKind, DraftState, Origin
from tongchou.platform import second_factor
from tongchou.platform.checks import Operator
from tongchou.platform.commands.notices import send_notice
from tongchou.platform.states import NoticeLevel


@transaction.atomic
def return_draft(*, draft_id: int, reason: str, by: Operator, now: datetime) -> PolicyDraft:
    """退回: with the reason; its makers may change it and submit it again.

    Raises: DraftUnknown, NotWaiting, NoReason, NoPermission, OutOfScope.
    """
    draft = locked(draft_id)
    checks.check_can_decide(by, draft, now)
    checks.check_can_move(draft, DraftState.RETURNED)
    told = checks.check_reason(reason, "退回")
    _decide(draft, DraftState.RETURNED, by, now)
    note(draft, DraftAction.RETURNED, by=by, now=now, told=told)
    _tell_maker(draft, f"政策草稿被退回:{draft.title}", told, now)
    return draft


@transaction.atomic
def approve(*, draft_id: int, edition: int, code: str, by: Operator, now: datetime) -> PolicyDraft:
    """核准并生效 (ORG-22, ORG-23): by a second person with a second factor; in force from the day that the text names.

    A day to come waits by itself, for rules are chosen by the day of the business fact; a day gone by is a correction
    that stands beside what was known before. Every process has it within a second.
    Raises: DraftUnknown, NotWaiting, ChangedMeanwhile, SamePersonApproves, HasFaults, NotOverridable, PackageRefused,
    AlreadyKnown, NoPermission, OutOfScope, SecondFactorMissing, SecondFactorWrong, SecondFactorUsed,
    SecondFactorLocked.
    """
    lock_shelf()
    draft = locked(draft_id)
    checks.check_can_decide(by, draft, now)
    checks.check_can_move(draft, DraftState.APPROVED)
    checks.check_edition(draft, edition)
    checks.check_second_person(by, draft)
    check_sound(draft, now)
    second_factor.check(by, code, now=now)
    _decide(draft, DraftState.APPROVED, by, now)
    gives_way = _put_rule_in_force(draft, by, now) if draft.kind == DraftKind.LOCAL else _put_in_force(draft, by, now)
    note(draft, DraftAction.APPROVED, by=by, now=now, told=_told(draft, gives_way))
    _tell_maker(draft, f"政策草稿已核准:{draft.title}", f"{draft.valid_from}起生效", now)
    return draft


def _put_in_force(draft: PolicyDraft, by: Operator, now: datetime) -> list[GivesWay]:
    today = timezone.localdate(now)
    package = validation.package_of(draft, today=today)
    version = put(
        package,
        validation.stamped(draft.text, today),
        now=now,
        origin=Origin.DRAFT,
        draft=draft,
        reason=draft.reason,
        maker=draft.maker,
        checker=by,
        approved_at=now,
    )
    return compose_below(version, package, now=now)


def _put_rule_in_force(draft: PolicyDraft, by: Operator, now: datetime) -> list[GivesWay]:
    text = local.read(draft.text.encode(), draft.title)
    rule = LocalRule.objects.create(
        area=text.area,
        area_name=text.area_name,
        scheme=text.scheme,
        title=text.title,
        valid_from=text.valid_from,
        known_from=timezone.localdate(now),
        content_hash=text.hash,
        text=draft.text,
        reason=draft.reason,
        draft=draft,
        maker=draft.maker,
        checker=by,
        approved_at=now,
    )
    compose_local(rule, now=now)
    return []


def _decide(draft: PolicyDraft, state: DraftState, by: Operator, now: datetime) -> None:
    draft.state, draft.decided_by, draft.decided_at = state, by, now
    draft.save(update_fields=["state", "decided_by", "decided_at", "findings"])


def _told(draft: PolicyDraft, gives_way: list[GivesWay]) -> str:
    told = f"{draft.valid_from}起生效,{timezone.localdate(draft.decided_at)}公布"
    if gives_way:
        told += ";下列地方另定值让位于上级:" + "、".join(f"{one.area} {one.dropped.key}" for one in gives_way)
    return told


def _tell_maker(draft: PolicyDraft, title: str, body: str, now: datetime) -> None:
    send_notice(
        recipients=[draft.maker],
        title=title,
        body=body,
        link=f"/policy/drafts/{draft.pk}/",
        level=NoticeLevel.NOTE,
        now=now,
    )
