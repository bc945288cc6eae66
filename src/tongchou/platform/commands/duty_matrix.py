"""Dividing duties among the levels (职责分工; JL2019 §2; GX2017 §3, 45; ORG-03). Decision 0209."""

from datetime import date, datetime
from typing import Any, Final

from django.db import transaction
from django.utils import timezone

from tongchou.kernel.errors import DomainError
from tongchou.platform import checks, duties, duty_queries, trail
from tongchou.platform.commands.notices import send_notice
from tongchou.platform.models import DutyCell, DutyEdition, Operator, OrgUnit
from tongchou.platform.models.trail import NO_AREA
from tongchou.platform.rules import Matrix, beyond, changed_cells
from tongchou.platform.standard_duties import DUTY_ITEMS, ITEM_NAMES, MATRIX_LEVELS, standard_matrix
from tongchou.platform.states import EDITION_TRANSITIONS, Duty, EditionState, UnitLevel

MOST_NAMED: Final = 5
"""Cells that a refusal names one by one."""


class UnitDividesNothing(DomainError):
    code = "PL-1002"
    message = "职责分工由省级或市级经办机构维护,{unit}不是"
    citation = "JL2019 §2"


class EditionUnknown(DomainError):
    code = "PL-1003"
    message = "没有该职责分工表"


class DraftMoved(DomainError):
    code = "PL-1004"
    message = "职责分工草案已由{name}于{at}修改,您打开的是旧稿,未保存;请核对后再改"


class DraftDecided(DomainError):
    code = "PL-1005"
    message = "该职责分工表{state},不能再改动"


class StartsInThePast(DomainError):
    code = "PL-1006"
    message = "职责分工的生效日期{given}不得早于今日{today}"


class LaterEditionStands(DomainError):
    code = "PL-1007"
    message = "已有自{begins}起生效的职责分工,新的生效日期须晚于该日"


class BeyondSuperior(DomainError):
    code = "PL-1008"
    message = "市级分工不得超出省级分工:{cells}"
    citation = "JL2019 §2"


class SamePersonApproves(DomainError):
    code = "PL-1009"
    message = "职责分工须由起草、修改人以外的另一人核准"
    citation = "JL2019 §2"


class NothingChanged(DomainError):
    code = "PL-1010"
    message = "草案与现行分工相同,无须核准"


class NobodySets(DomainError):
    code = "PL-1011"
    message = "“{item}”没有任何层级承担{duty},无人能够办理"


class NoteMissing(DomainError):
    code = "PL-1012"
    message = "退回须写明理由"


@transaction.atomic
def ensure_standard_matrix(*, unit_code: str, now: datetime) -> DutyEdition | None:
    """The matrix the system brings, for a province without any (初始分工); from the province's first day."""
    unit = OrgUnit.objects.get(pk=unit_code)
    if DutyEdition.objects.filter(unit=unit).exists():
        return None
    edition = DutyEdition.objects.create(
        unit=unit, state=EditionState.APPROVED, valid_from=unit.valid_from, is_first_data=True, made_at=now
    )
    _write(edition, standard_matrix())
    _record("platform.seed_duty_matrix", edition, by=None, now=now)
    return edition


@transaction.atomic
def begin_duty_draft(*, unit_code: str, by: Operator, now: datetime) -> DutyEdition:
    """起草职责分工 (JL2019 §2): a copy of what is in force, or the draft that is being written already.

    Raises: UnitDividesNothing, NoPermission, OutOfScope.
    """
    unit = OrgUnit.objects.select_for_update(of=("self",)).filter(pk=unit_code).first()
    checks.check_in_scope(by, "duties.draft", unit_code, now)
    if unit is None or unit.level not in duty_queries.DIVIDING_LEVELS:
        raise UnitDividesNothing(unit=unit.name if unit else unit_code)
    if waiting := duty_queries.draft_of(unit_code):
        return waiting
    today = timezone.localdate(now)
    in_force = duty_queries.effective_matrix(unit_code, today)
    draft = DutyEdition.objects.create(unit=unit, valid_from=today, savers=[by.citizen_id], made_by=by, made_at=now)
    _write(draft, {**dict.fromkeys(standard_matrix(), ()), **in_force} if in_force else standard_matrix())
    _record("platform.begin_duty_draft", draft, by=by, now=now)
    return draft


@transaction.atomic
def save_duty_draft(
    *, edition_id: int, version: int, matrix: Matrix, valid_from: date, by: Operator, now: datetime
) -> DutyEdition:
    """保存草案: as the writer saw it; what another wrote meanwhile is never lost.

    Saving the same again changes nothing. Raises: EditionUnknown, DraftDecided, DraftMoved, StartsInThePast,
    LaterEditionStands, BeyondSuperior, NobodySets, NoPermission, OutOfScope.
    """
    draft = _locked(edition_id, "duties.draft", by, now)
    wanted = {cell: tuple(duty for duty in Duty if duty in set(matrix.get(cell, ()))) for cell in standard_matrix()}
    standing = duty_queries.matrix_of(draft)
    if draft.version == version + 1 and draft.made_by_id == by.pk and not changed_cells(wanted, standing):
        return draft
    _check_version(draft, version)
    _check_day(draft, valid_from, now)
    _check_divides(draft, wanted, valid_from)
    changed = changed_cells(wanted, standing)
    draft.valid_from, draft.version = valid_from, draft.version + 1
    draft.made_by, draft.made_at = by, now
    draft.savers = sorted({*draft.savers, by.citizen_id})
    draft.save()
    draft.cells.all().delete()
    _write(draft, wanted)
    _record("platform.save_duty_draft", draft, by=by, now=now, changed=_told(changed, wanted, standing))
    return draft


@transaction.atomic
def submit_duty_draft(*, edition_id: int, version: int, by: Operator, now: datetime) -> DutyEdition:
    """提请核准: tell whoever may approve it. Raises: as for saving, and NothingChanged."""
    draft = _locked(edition_id, "duties.draft", by, now)
    _check_version(draft, version)
    _check_changes(draft)
    reach = duties.giving("duties.approve", timezone.localdate(now))
    ids = [one.operator_id for one in reach if draft.unit.path.startswith(one.path)]
    send_notice(
        recipients=Operator.objects.filter(pk__in=ids, is_active=True, left_at=None),
        title=f"{draft.unit.name}的职责分工待核准",
        body=f"由{by.name}提请,拟自{draft.valid_from}起施行",
        link=f"/system/duties/{draft.pk}/",
        topic=f"duties:{draft.pk}:{draft.version}",
        now=now,
    )
    _record("platform.submit_duty_draft", draft, by=by, now=now)
    return draft


@transaction.atomic
def approve_duty_draft(*, edition_id: int, version: int, note: str = "", by: Operator, now: datetime) -> DutyEdition:
    """核准职责分工 (JL2019 §2): by somebody who wrote nothing of it; what was in force ends the day it begins.

    Clicking twice gives the first answer. Raises: EditionUnknown, DraftDecided, DraftMoved, SamePersonApproves,
    NothingChanged, StartsInThePast, LaterEditionStands, BeyondSuperior, NobodySets, NoPermission, OutOfScope.
    """
    draft = _locked(edition_id, "duties.approve", by, now, EditionState.APPROVED)
    if draft.state == EditionState.APPROVED:
        return draft
    _check_other_person(draft, by)
    _check_version(draft, version)
    _check_changes(draft)
    _check_day(draft, draft.valid_from, now)
    matrix = duty_queries.matrix_of(draft)
    _check_divides(draft, matrix, draft.valid_from)
    in_force = duty_queries.effective_matrix(draft.unit_id, draft.valid_from)
    for standing in DutyEdition.objects.filter(unit=draft.unit, state=EditionState.APPROVED).sharing_a_day_with(
        draft.valid_from, None
    ):
        standing.valid_until = draft.valid_from
        standing.save(update_fields=["valid_until"])
    changed = _told(changed_cells(matrix, in_force), matrix, in_force)
    _decide(draft, EditionState.APPROVED, note, by, now, changed=changed)
    return draft


@transaction.atomic
def reject_duty_draft(*, edition_id: int, version: int, note: str, by: Operator, now: datetime) -> DutyEdition:
    """退回职责分工, with a reason. Raises: EditionUnknown, DraftDecided, DraftMoved, SamePersonApproves, NoteMissing,
    NoPermission, OutOfScope.
    """
    draft = _locked(edition_id, "duties.approve", by, now, EditionState.REJECTED)
    if draft.state == EditionState.REJECTED:
        return draft
    _check_other_person(draft, by)
    _check_version(draft, version)
    if not note.strip():
        raise NoteMissing()
    _decide(draft, EditionState.REJECTED, note, by, now)
    return draft


def _locked(
    edition_id: int, permission: str, by: Operator, now: datetime, done: EditionState | None = None
) -> DutyEdition:
    """The draft, locked; or, when this operator just decided it so, as decided.

    Raises: EditionUnknown, DraftDecided, NoPermission, OutOfScope.
    """
    found = DutyEdition.objects.select_for_update(of=("self",)).select_related(
        "unit"
    )  # who made it may change while the lock is waited for
    edition = found.filter(pk=edition_id).first()
    if edition is None:
        raise EditionUnknown()
    checks.check_in_scope(by, permission, edition.unit_id, now, object_kind="duty_edition", object_key=edition_id)
    repeated = done is not None and edition.state == done and edition.decided_by_id == by.pk
    if edition.state != EditionState.DRAFT and not repeated:
        raise DraftDecided(state=EditionState(edition.state).label)
    return edition


def _check_version(draft: DutyEdition, version: int) -> None:
    if draft.version != version:
        assert draft.made_by is not None
        at = timezone.localtime(draft.made_at).strftime("%Y-%m-%d %H:%M")
        raise DraftMoved(name=draft.made_by.name, at=at)


def _check_other_person(draft: DutyEdition, by: Operator) -> None:
    if by.citizen_id in draft.savers:
        raise SamePersonApproves()


def _check_changes(draft: DutyEdition) -> None:
    in_force = duty_queries.effective_matrix(draft.unit_id, draft.valid_from)
    if in_force and not changed_cells(duty_queries.matrix_of(draft), in_force):
        raise NothingChanged()


def _check_day(draft: DutyEdition, valid_from: date, now: datetime) -> None:
    today = timezone.localdate(now)
    if valid_from < today:
        raise StartsInThePast(given=valid_from, today=today)
    approved = DutyEdition.objects.filter(unit=draft.unit, state=EditionState.APPROVED, is_first_data=False)
    later = approved.filter(valid_from__gt=valid_from).order_by("valid_from").first()
    if later is not None:
        raise LaterEditionStands(begins=later.valid_from)


def _check_divides(draft: DutyEdition, matrix: Matrix, on: date) -> None:
    """A city divides what the province gave it, and nothing is left to nobody (JL2019 §2)."""
    above = draft.unit.parent_id
    superior = duty_queries.effective_matrix(above, on) if above else {}
    if too_much := beyond(matrix, superior):
        raise BeyondSuperior(cells=_named(too_much))
    for item in DUTY_ITEMS:
        for duty in dict.fromkeys(item.permissions().values()):
            if not any(duty in matrix.get((item.code, level), ()) for level in MATRIX_LEVELS):
                raise NobodySets(item=item.name, duty=duty.label)


def _decide(draft: DutyEdition, state: EditionState, note: str, by: Operator, now: datetime, **more: Any) -> None:
    assert (EditionState(draft.state), state) in EDITION_TRANSITIONS
    draft.state, draft.decided_by, draft.decided_at, draft.note = state, by, now, note.strip()[:200]
    draft.save(update_fields=["state", "decided_by", "decided_at", "note"])
    _record(f"platform.duties_{state.value}", draft, by=by, now=now, note=draft.note, **more)


def _write(edition: DutyEdition, matrix: Matrix) -> None:
    DutyCell.objects.bulk_create(
        DutyCell(edition=edition, item=item, level=level, duties=[duty.value for duty in found])
        for (item, level), found in matrix.items()
    )


def _named(cells: tuple[tuple[str, UnitLevel], ...]) -> str:
    names = [f"“{ITEM_NAMES.get(item, item)}”{level.label}" for item, level in cells[:MOST_NAMED]]
    return "、".join(names) + ("等" if len(cells) > MOST_NAMED else "")


def _told(cells: tuple[tuple[str, UnitLevel], ...], after: Matrix, before: Matrix) -> dict[str, list[str]]:
    """The changed cells for the trail: before → after."""
    return {
        f"{item}:{level.value}": [
            "、".join(Duty(duty).label for duty in before.get((item, level), ())),
            "、".join(Duty(duty).label for duty in after[item, level]),
        ]
        for item, level in cells
    }


def _record(action: str, edition: DutyEdition, *, by: Operator | None, now: datetime, **more: Any) -> None:
    trail.record(
        action,
        at=now,
        operator=by,
        pooling_area=edition.unit.pooling_area_id or NO_AREA,
        unit_code=edition.unit_id,
        object_kind="duty_edition",
        object_key=edition.pk,
        detail={"unit": edition.unit_id, "valid_from": str(edition.valid_from), "version": edition.version, **more},
    )
