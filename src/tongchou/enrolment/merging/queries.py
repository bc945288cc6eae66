"""What pages and others may ask of merges (归并查询; ENR-17)."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db.models import Q, QuerySet

from tongchou.enrolment.merging import commands, following, rows
from tongchou.enrolment.merging.following import Followed, Pair
from tongchou.enrolment.merging.models import FollowedRow, PersonMerge
from tongchou.enrolment.merging.rows import Picked
from tongchou.enrolment.merging.states import RowAct
from tongchou.enrolment.models import Person
from tongchou.kernel.errors import DomainError
from tongchou.platform.scope import Scope


@dataclass(frozen=True, slots=True)
class Plan:
    """归并预览: what a merge would refuse, and what it would do, table by table; nothing is touched."""

    pair: Pair
    survivor: Person
    merged: Person
    unlike: tuple[str, ...]
    conflicts: tuple[str, ...]
    parts: tuple["Part", ...]


@dataclass(frozen=True, slots=True)
class Part:
    """One table of a plan or of a merge: its name, what goes, what stays."""

    title: str
    goes: tuple[str, ...]
    stays: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Later:
    """后来的记录: something the survivor got since the merge, which a split may give to the other."""

    title: str
    told: str
    picked: Picked


def plan(survivor: Person, merged_key: str, now: datetime) -> Plan:
    """The two records side by side, and what a merge would do. Raises: RecordUnknown, SameRecord, MergedAway."""
    pair, merged = commands.pair_with(survivor, merged_key, now)
    return Plan(
        pair,
        survivor,
        merged,
        tuple(commands.unlike(survivor, merged)),
        tuple(following.conflicts(pair)),
        tuple(_part(one, lines) for one, lines in rows.planned(following.tables(), pair) if lines),
    )


def _part(one: Followed, found: list[tuple[bool, str]]) -> Part:
    return Part(one.title, tuple(told for goes, told in found if goes), tuple(told for goes, told in found if not goes))


def by_id(merge_id: int) -> PersonMerge | None:
    """A merge with both records, or nothing (归并)."""
    return PersonMerge.objects.select_related("survivor", "merged").filter(pk=merge_id).first()


def standing(survivor_no: str, merged_no: str) -> PersonMerge | None:
    """The merge of these two that stands (现行归并)."""
    return (
        PersonMerge.objects.select_related("survivor", "merged")
        .filter(survivor__person_no=survivor_no, merged__person_no=merged_no, split_at=None)
        .first()
    )


def parts_of(made: PersonMerge) -> tuple[Part, ...]:
    """What the merge did, table by table (归并清单)."""
    found: dict[str, tuple[list[str], list[str]]] = {}
    lines = FollowedRow.objects.filter(merge=made, act__in=(RowAct.MOVED, RowAct.STAYS)).order_by("id")
    for table, act, caption, before, after in lines.values_list("table_name", "act", "caption", "before", "after"):
        if act == RowAct.MOVED and before.get("person_id") == after.get("person_id") and "agent_id" not in before:
            continue
        goes, stays = found.setdefault(table, ([], []))
        (goes if act == RowAct.MOVED else stays).append(caption)
    titles = following.titles()
    order = {table: at for at, table in enumerate(titles)}
    return tuple(
        Part(titles.get(table, table), tuple(goes), tuple(stays))
        for table, (goes, stays) in sorted(found.items(), key=lambda one: order.get(one[0], len(order)))
    )


def later_of(made: PersonMerge, now: datetime) -> list[Later]:
    """What the survivor got since the merge and a clerk may give to the other at the split."""
    pair = commands.pair_of_merge(made, now)
    return [
        Later(one.title, told, Picked(one.table, key))
        for one, lines in rows.later_rows(made.pk, following.tables(), pair, made.merged_at)
        for key, told in lines
    ]


def refusal_of_split(made: PersonMerge) -> DomainError | None:
    """Why it could not be split now; None when it could."""
    try:
        commands.check_splittable(made)
    except DomainError as refusal:
        return refusal
    return None


def listed(criteria: Mapping[str, Any], scope: Scope) -> QuerySet[PersonMerge]:
    """归并 inside a scope, by number or beginning of a name."""
    found = PersonMerge.objects.filter(scope.q("unit_code", "pooling_area")).select_related("survivor", "merged")
    if wanted := criteria.get("words", "").strip():
        found = found.filter(
            Q(survivor__name__startswith=wanted)
            | Q(survivor__person_no=wanted)
            | Q(merged__name__startswith=wanted)
            | Q(merged__person_no=wanted)
            | Q(case_number=wanted)
        )
    state = criteria.get("state", "")
    if state:
        found = found.filter(split_at__isnull=state == "standing")
    return found


def merges_of(person_no: str) -> list[PersonMerge]:
    """Every merge in which the record took part, the newest first (归并情况)."""
    found = PersonMerge.objects.filter(Q(survivor__person_no=person_no) | Q(merged__person_no=person_no))
    return list(found.select_related("survivor", "merged").order_by("-id"))
