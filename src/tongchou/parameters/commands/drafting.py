"""Writing a draft (起草): from a version in force to the desk of the second person (ORG-22, ORG-23)."""

from collections.abc import Mapping
from datetime import date, datetime
from pathlib import Path
from typing import Any

from django.conf import settings
from django.db import transaction
from django.db.models import F
from django.utils import timezone

from tongchou.kernel.errors import DomainError
from tongchou.parameters import checks, golden, local, texts, validation
from tongchou.parameters.models import DraftEvent, LocalRule, PolicyDraft, PolicyVersion
from tongchou.parameters.shelving import parent_package
from tongchou.parameters.states import DraftAction, DraftKind, DraftState, Origin
from tongchou.platform import queries as platform
from tongchou.platform import trail
from tongchou.platform.checks import Operator, can_in_scope
from tongchou.platform.commands.notices import send_notice


class VersionUnknown(DomainError):
    code = "PA-1001"
    message = "没有摘要为{hash}的政策包版本"


class DraftUnknown(DomainError):
    code = "PA-1002"
    message = "没有这份草稿"


class ComposedVersion(DomainError):
    code = "PA-1202"
    message = "《{title}》由上级政策包和地方细则合成,不能直接改;请起草{area}的地方细则"
    citation = "GX2017 §134"


class NothingAbove(DomainError):
    code = "PA-1203"
    message = "{area}没有上级政策包,不能起草地方细则"
    citation = "GX2017 §134"


class HasFaults(DomainError):
    code = "PA-1306"
    message = "草稿还有{count}处不符合要求,第一处:第{line}行 {reason}"
    citation = "GX2017 §134"


class GoldenNotRun(DomainError):
    code = "PA-1307"
    message = "送审前请用现在的正文运行算例"


class NoSuchValue(DomainError):
    code = "PA-1308"
    message = "正文中没有{path}这个值,请在正文里修改"


@transaction.atomic
def start_draft(
    *, base_hash: str, valid_from: date, reason: str, by: Operator, now: datetime, title: str = ""
) -> PolicyDraft:
    """起草新版本 (ORG-22): the text of a version, from another day or, as a correction, from the same.

    Raises: VersionUnknown, ComposedVersion, NoReason, NoPermission, OutOfScope.
    """
    base = PolicyVersion.objects.filter(content_hash=base_hash).first()
    if base is None:
        raise VersionUnknown(hash=base_hash[:12])
    checks.check_can_draft(by, base.area, now)
    if base.origin == Origin.COMPOSED:
        raise ComposedVersion(title=base.title, area=base.area)
    header: dict[str, str | None] = {"package/valid_from": valid_from.isoformat()}
    if title.strip():
        header["package/title"] = title.strip()
    if base.valid_until is not None and valid_from >= base.valid_until:
        header["package/valid_until"] = None
    return _started(
        DraftKind.PACKAGE, base, texts.changed(base.text, header), reason=reason, valid_from=valid_from, by=by, now=now
    )


@transaction.atomic
def start_local_draft(
    *, area: str, scheme: str, valid_from: date, reason: str, by: Operator, now: datetime, title: str = ""
) -> PolicyDraft:
    """起草地方细则 (ORG-22, ORG-24): begins with the rule that the area has, or with an empty one.

    Raises: NothingAbove, NoReason, NoPermission, OutOfScope.
    """
    checks.check_can_draft(by, area, now)
    try:
        parent = parent_package(area, scheme, valid_from)
    except DomainError:
        raise NothingAbove(area=area) from None
    unit = platform.unit(area)
    name = unit.pooling_area.name if unit and unit.pooling_area_id == area and unit.pooling_area else area
    name = name if name != area or unit is None else unit.name
    standing = LocalRule.objects.filter(area=area, scheme=scheme, valid_from__lte=valid_from)
    last = standing.order_by("valid_from", "known_from").last()
    told = title.strip() or f"{name}地方细则"
    if last is None:
        text = local.template(area=area, area_name=name, scheme=scheme, title=told, valid_from=valid_from)
    else:
        changes: dict[str, str | None] = {"local/valid_from": valid_from.isoformat()}
        text = texts.changed(last.text, changes | ({"local/title": title.strip()} if title.strip() else {}))
    base = PolicyVersion.objects.get(content_hash=parent.hash)
    return _started(DraftKind.LOCAL, base, text, reason=reason, valid_from=valid_from, by=by, now=now, area=area)


def _started(
    kind: DraftKind,
    base: PolicyVersion,
    text: str,
    *,
    reason: str,
    valid_from: date,
    by: Operator,
    now: datetime,
    area: str = "",
) -> PolicyDraft:
    draft = PolicyDraft(
        kind=kind,
        area=area or base.area,
        scheme=base.scheme,
        base_hash=base.content_hash,
        title=base.title,
        valid_from=valid_from,
        text=texts.tidy(text),
        reason=checks.check_reason(reason, "起草"),
        maker=by,
        created_at=now,
        changed_at=now,
    )
    _look_through(draft, now)
    draft.save(force_insert=True)
    note(draft, DraftAction.STARTED, by=by, now=now, told=draft.reason)
    return draft


@transaction.atomic
def save_text(*, draft_id: int, edition: int, text: str, by: Operator, now: datetime) -> PolicyDraft:
    """保存正文: with its faults, which are told line by line; two clerks on one draft do not overwrite each other.

    Raises: DraftUnknown, NotEditable, ChangedMeanwhile, NotOverridable, NoPermission, OutOfScope.
    """
    draft = locked(draft_id)
    checks.check_can_edit(by, draft, edition, now)
    return _saved(draft, text, by=by, now=now)


@transaction.atomic
def save_values(
    *, draft_id: int, edition: int, changes: Mapping[str, str | None], by: Operator, now: datetime
) -> PolicyDraft:
    """保存数值: single values by their path (`parameters/cap.pool/value`); the rest of the text stays as written.

    Raises: DraftUnknown, NotEditable, ChangedMeanwhile, NoSuchValue, NoPermission, OutOfScope.
    """
    draft = locked(draft_id)
    checks.check_can_edit(by, draft, edition, now)
    return _saved(draft, with_values(draft.text, changes), by=by, now=now)


def with_values(text: str, changes: Mapping[str, str | None]) -> str:
    """The text with other single values. Raises: NoSuchValue."""
    try:
        return texts.changed(text, changes)
    except KeyError as missing:
        raise NoSuchValue(path=missing.args[0]) from None


def _saved(draft: PolicyDraft, text: str, *, by: Operator, now: datetime) -> PolicyDraft:
    before = draft.text
    draft.text = texts.tidy(text)
    if draft.text == before:
        return draft
    _look_through(draft, now)
    draft.edition = F("edition") + 1
    draft.changed_at = now
    draft.save(update_fields=["text", "title", "valid_from", "findings", "edition", "changed_at"])
    draft.refresh_from_db(fields=["edition"])
    note(draft, DraftAction.SAVED, by=by, now=now, told=_difference(before, draft.text))
    return draft


def _look_through(draft: PolicyDraft, now: datetime) -> None:
    """Check the text and take over from it what the lists show. Raises: NotOverridable."""
    draft.findings = validation.findings_of(draft, today=timezone.localdate(now))
    head = "package" if draft.kind == DraftKind.PACKAGE else "local"
    draft.title = (texts.value(draft.text, f"{head}/title") or draft.title)[:200]
    try:
        draft.valid_from = date.fromisoformat(texts.value(draft.text, f"{head}/valid_from") or "")
    except ValueError:
        return  # the finding says so; the list keeps the day it had


def _difference(before: str, after: str) -> str:
    """Which lines were changed, for the timeline."""
    old, new = before.splitlines(), set(before.splitlines())
    added = [line.strip() for line in after.splitlines() if line not in new]
    return f"{len(added)}行改动,{len(old)}→{len(after.splitlines())}行:" + ";".join(added)[:400]


@transaction.atomic
def run_golden(*, draft_id: int, by: Operator, now: datetime) -> PolicyDraft:
    """运行算例 (ORG-23): the golden tables of the area on the draft; nothing of settlements is touched.

    Raises: DraftUnknown, PackageRefused, NoPermission, OutOfScope.
    """
    draft = locked(draft_id)
    checks.check_can_draft(by, draft.area, now)
    package = validation.package_of(draft, today=timezone.localdate(now))
    tables = golden.files(Path(settings.GOLDEN_TABLES), draft.area, draft.scheme, draft.valid_from)
    results = golden.run(package, tables)
    draft.golden = [one.plain() for one in results]
    draft.golden_digest = local.digest(draft.text)
    draft.save(update_fields=["golden", "golden_digest"])
    otherwise = sum(not one.holds for one in results)
    note(draft, DraftAction.GOLDEN, by=by, now=now, told=f"{len(results)}个算例,{otherwise}个与原结果不同")
    return draft


@transaction.atomic
def submit(*, draft_id: int, edition: int, by: Operator, now: datetime) -> PolicyDraft:
    """送审 (ORG-23): without a fault, and with the golden tables run on this very text.

    Raises: DraftUnknown, NotWaiting, ChangedMeanwhile, HasFaults, GoldenNotRun, NoPermission, OutOfScope.
    """
    draft = locked(draft_id)
    checks.check_can_draft(by, draft.area, now)
    checks.check_can_move(draft, DraftState.SUBMITTED)
    checks.check_edition(draft, edition)
    check_sound(draft, now)
    if draft.golden_digest != local.digest(draft.text):
        raise GoldenNotRun()
    _move(draft, DraftState.SUBMITTED)
    note(draft, DraftAction.SUBMITTED, by=by, now=now)
    _tell_approvers(draft, by, now)
    return draft


def check_sound(draft: PolicyDraft, now: datetime) -> None:
    """Is the text without a fault today? Raises: HasFaults, NotOverridable."""
    draft.findings = validation.findings_of(draft, today=timezone.localdate(now))
    if draft.findings:
        first = draft.findings[0]
        raise HasFaults(count=len(draft.findings), line=first["line"], reason=first["reason"])


def _tell_approvers(draft: PolicyDraft, by: Operator, now: datetime) -> None:
    today = timezone.localdate(now)
    approvers = [
        one
        for one in platform.holders_of_permission("policy.approve", today)
        if one.citizen_id != by.citizen_id and can_in_scope(one, "policy.approve", draft.area, now)
    ]
    send_notice(
        recipients=approvers,
        title=f"政策草稿待核准:{draft.title}",
        body=f"由{by.name}送审,{draft.valid_from}起生效。理由:{draft.reason}",
        link=f"/policy/drafts/{draft.pk}/",
        topic=f"policy_draft:{draft.pk}:{draft.edition}",
        now=now,
    )


@transaction.atomic
def withdraw(*, draft_id: int, reason: str, by: Operator, now: datetime) -> PolicyDraft:
    """撤回: the draft ends here; its text stays to be read.

    Raises: DraftUnknown, NotWaiting, NoReason, NoPermission, OutOfScope.
    """
    draft = locked(draft_id)
    checks.check_can_draft(by, draft.area, now)
    checks.check_can_move(draft, DraftState.WITHDRAWN)
    told = checks.check_reason(reason, "撤回")
    _move(draft, DraftState.WITHDRAWN)
    note(draft, DraftAction.WITHDRAWN, by=by, now=now, told=told)
    return draft


def _move(draft: PolicyDraft, to: DraftState) -> None:
    draft.state = to
    draft.save(update_fields=["state", "findings"])


def locked(draft_id: int) -> PolicyDraft:
    """The draft, locked for the transaction. Raises: DraftUnknown."""
    draft = PolicyDraft.objects.select_for_update(of=("self",)).select_related("maker").filter(pk=draft_id).first()
    if draft is None:
        raise DraftUnknown()
    return draft


def note(draft: PolicyDraft, action: DraftAction, *, by: Operator, now: datetime, told: str = "") -> None:
    """One line of the draft's timeline, and of the trail. A step."""
    DraftEvent.objects.create(draft=draft, action=action, at=now, operator=by, note=told)
    detail: dict[str, Any] = {"area": draft.area, "title": draft.title, "note": told[:500]}
    trail.record(
        f"parameters.{action.value}",
        at=now,
        operator=by,
        unit_code=draft.area,
        object_kind="policy_draft",
        object_key=draft.pk,
        detail=detail,
    )
