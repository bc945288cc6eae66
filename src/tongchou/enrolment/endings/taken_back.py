"""Rows begun after the day on which the relation turns out to have ended (停止日期以后的参保段; decision 0386).

A change of category or unit opens a row that only carries the relation on. Where the end is told late, as of a day
before such a change, there was no relation to carry on: the rows go, kept in the ending's `before` so that a correction
puts them back as they were.
"""

from datetime import date, datetime
from typing import Any

from tongchou.enrolment.commands import steps
from tongchou.enrolment.models import Enrolment, Person, RelationEnding, Suspension, Transfer
from tongchou.kernel.errors import DomainError

_COLUMNS = (
    "id",
    "pooling_area_id",
    "scheme",
    "unit_code",
    "category",
    "enrolled_from",
    "enrolled_until",
    "follows_until",
    "end_reason",
    "created_at",
)
_PAUSES = ("id", "suspended_from", "suspended_until", "reason")
_DAYS = frozenset({"enrolled_from", "enrolled_until", "follows_until", "suspended_from", "suspended_until"})


class TransferredSince(DomainError):
    code = "EN-6502"
    message = "停止日期以后办理过转移接续{number},不能按该日期注销;请按{since}以后的日期办理"
    citation = "GX2017 §15"


def take_back(person: Person, enrolment: Enrolment) -> dict[str, object]:
    """Remove the rows that carry this one on, which is then the last. Returns them. Raises: TransferredSince."""
    later = steps.rows_from(person, enrolment)[1:]
    if not later:
        return {}
    moved = Transfer.objects.filter(closed__in=later).first() or Transfer.objects.filter(opened__in=later).first()
    if moved is not None:
        raise TransferredSince(number=moved.number, since=later[0].enrolled_from)
    kept = [_told(row) for row in later]
    pauses = Suspension.objects.filter(enrolment__in=later)
    RelationEnding.objects.filter(enrolment__in=later).update(enrolment=enrolment)
    pauses.delete()
    Enrolment.objects.filter(pk__in=[row.pk for row in later]).delete()
    enrolment.enrolled_until, enrolment.end_reason = None, ""
    return {"later": kept, "carried_on": later[0].enrolled_from.isoformat()}


def _told(row: Enrolment) -> dict[str, Any]:
    return {
        "row": _plain(row, _COLUMNS),
        "pauses": [_plain(pause, _PAUSES) for pause in row.suspensions.order_by("id")],
        "endings": list(row.endings.order_by("id").values_list("pk", flat=True)),
    }


def _plain(row: Any, columns: tuple[str, ...]) -> dict[str, Any]:
    said = {name: getattr(row, name) for name in columns}
    return {name: value.isoformat() if isinstance(value, date) else value for name, value in said.items()}


def put_back(person: Person, enrolment: Enrolment, before: dict[str, Any]) -> None:
    """The rows as they were, under the numbers they had; the row they carry on ends where they begin."""
    if "later" not in before:
        return
    enrolment.enrolled_until = date.fromisoformat(before["carried_on"])
    enrolment.end_reason = steps.CARRIED_ON
    enrolment.save(update_fields=["enrolled_until", "end_reason"])
    for one in before["later"]:
        row = Enrolment.objects.create(person=person, **_read(one["row"]))
        for pause in one["pauses"]:
            Suspension.objects.create(enrolment=row, **_read(pause))
        RelationEnding.objects.filter(pk__in=one["endings"]).update(enrolment=row)


def _read(said: dict[str, Any]) -> dict[str, Any]:
    read = {name: date.fromisoformat(text) if name in _DAYS and text else text for name, text in said.items()}
    if "created_at" in read:
        read["created_at"] = datetime.fromisoformat(read["created_at"])
    return read
