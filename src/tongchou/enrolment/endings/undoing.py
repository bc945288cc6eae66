"""Putting a wrong suspension or termination right (更正停保、注销; ENR-24; decision 0271).

What the ending changed is put back exactly, so that the spans are those of before it. Care refused meanwhile becomes a
list for reimbursement by hand. A step of the last decision on the case.
"""

from datetime import date, datetime
from typing import Any

from django.db import transaction
from django.utils import timezone

from tongchou.enrolment import events
from tongchou.enrolment.commands import cards, steps
from tongchou.enrolment.endings import commands, matters, taken_back
from tongchou.enrolment.models import Person, RefusedVisit, RelationEnding, Suspension
from tongchou.enrolment.states import EndingKind
from tongchou.kernel.errors import DomainError
from tongchou.platform import checks as platform_checks
from tongchou.platform import queries as platform
from tongchou.platform import trail
from tongchou.platform.events import publish


class NothingToUndo(DomainError):
    code = "EN-3011"
    message = "{name}没有可以更正的停保或注销"
    citation = "GX2017 §15"


class RejoinedSince(DomainError):
    code = "EN-3012"
    message = "注销之后已自{since}重新参保,不能按更正恢复;请先核对后一段参保登记"
    citation = "GX2017 §15"


class ChangedSince(DomainError):
    code = "EN-3013"
    message = "该{kind}办理后参保关系又有变动,不能按原样恢复"
    citation = "GX2017 §15"


class EvidenceMissing(DomainError):
    code = "EN-3014"
    message = "更正停保、注销须写明原因并有依据材料"
    citation = "GX2017 §15"


class VisitSettled(DomainError):
    code = "EN-3015"
    message = "该条已于{at}办结,不能再次办结"
    citation = "GX2017 §81"


def last_ending(person: Person) -> RelationEnding | None:
    """The latest ending that stands: endings are undone the last first (最近一次停保、注销)."""
    return person.endings.filter(undone_at=None).order_by("-id").first()


def check_undoable(person: Person) -> RelationEnding:
    """What a correction would undo. Raises: NothingToUndo, RejoinedSince, ChangedSince."""
    ending = last_ending(person)
    if ending is None:
        raise NothingToUndo(name=person.name)
    if ending.kind == EndingKind.SUSPENSION:
        suspension = Suspension.objects.filter(pk=ending.before.get("suspension")).first()
        if suspension is None or suspension.suspended_from != ending.ends_from:
            raise ChangedSince(kind=EndingKind(ending.kind).label)
        return ending
    if person.died_on is not None and "died_on" not in ending.before:
        raise ChangedSince(kind=EndingKind(ending.kind).label)
    if ending.enrolment is not None:
        later = person.enrolments.filter(enrolled_from__gte=ending.ends_from).exclude(pk=ending.enrolment_id).first()
        if later is not None:
            raise RejoinedSince(since=later.enrolled_from)
        if ending.enrolment.enrolled_until != ending.ends_from:
            raise ChangedSince(kind=EndingKind(ending.kind).label)
    return ending


def undo_ending(
    person: Person, *, reason: str, evidence: str, operator: platform.Operator, now: datetime
) -> tuple[RelationEnding, int]:
    """更正停保、注销: undo the last ending of a locked person; a step. Returns it, and how much care was refused.

    Raises: EvidenceMissing, NothingToUndo, RejoinedSince, ChangedSince.
    """
    if not reason.strip() or not evidence.strip():
        raise EvidenceMissing
    ending = check_undoable(person)
    if ending.kind == EndingKind.SUSPENSION:
        pieces = commands.pieces_of(Suspension.objects.get(pk=ending.before["suspension"]))
        Suspension.objects.filter(pk__in=[one.pk for one in pieces]).delete()
    else:
        _restore(person, ending)
    ending.undone_at, ending.undone_by = now, operator.staff_code
    ending.undo_reason, ending.undo_evidence = reason.strip()[:200], evidence.strip()[:300]
    ending.save(update_fields=["undone_at", "undone_by", "undo_reason", "undo_evidence"])
    steps.note("undo_ending", person, operator, now, ending=ending.pk, since=ending.ends_from, reason=reason.strip())
    publish(events.EndingUndone(person.pk, ending.pk, ending.kind, ending.ends_from, now))
    return ending, _list_refused(ending, timezone.localdate(now))


def _restore(person: Person, ending: RelationEnding) -> None:
    """The relation, its suspension, the life and the cards as they stood."""
    before: dict[str, Any] = ending.before
    if ending.enrolment is not None:
        enrolment = ending.enrolment
        enrolment.enrolled_until, enrolment.end_reason = None, ""
        enrolment.save(update_fields=["enrolled_until", "end_reason"])
        taken_back.put_back(person, enrolment, before)
    if "resumed" in before:
        Suspension.objects.filter(pk=before["resumed"]).update(suspended_until=None)
    if "died_on" in before:
        person.died_on = date.fromisoformat(before["died_on"]) if before["died_on"] else None
        person.save(update_fields=["died_on"])
    cards.give_back_cards(person, before.get("cards", ()))


def _list_refused(ending: RelationEnding, today: date) -> int:
    """The care refused while it stood becomes work (受影响的就医)."""
    rows = [
        RefusedVisit(
            ending=ending,
            happened_on=one.on,
            institution_code=one.institution_code,
            what=one.what[:60],
            reference=one.reference[:60],
            said=one.words[:300],
        )
        for one in matters.refused_of(ending.person_id, ending.ends_from, max(today, ending.ends_from))
    ]
    return len(RefusedVisit.objects.bulk_create(rows, ignore_conflicts=True))


@transaction.atomic(durable=True)
def close_visit(*, visit_id: int, note: str, operator: platform.Operator, now: datetime) -> RefusedVisit:
    """受影响的就医办结: reimbursed by hand, or nothing to reimburse, in words.

    Raises: RefusedVisit.DoesNotExist, ReasonMissing, VisitSettled, NoPermission, OutOfScope.
    """
    visit = RefusedVisit.objects.select_for_update(of=("self",)).select_related("ending__person").get(pk=visit_id)
    person = visit.ending.person
    platform_checks.check_in_scope(operator, "enrolment.change", person.unit_code, now)
    if not note.strip():
        raise steps.ReasonMissing
    if visit.closed_at is not None:
        raise VisitSettled(at=timezone.localtime(visit.closed_at).strftime("%Y-%m-%d %H:%M"))
    visit.closed_at, visit.closed_by, visit.closing_note = now, operator.staff_code, note.strip()[:200]
    visit.save(update_fields=["closed_at", "closed_by", "closing_note"])
    trail.record(
        "enrolment.close_refused_visit",
        at=now,
        operator=operator,
        pooling_area=person.pooling_area_id,
        unit_code=person.unit_code,
        object_kind="person",
        object_key=person.pk,
        detail={"visit": visit.pk, "note": visit.closing_note},
    )
    return visit
