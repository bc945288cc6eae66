"""归并、拆分 (ENR-17): steps of the last decision on their cases, and the clock's look for rows that came late."""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from django.db import IntegrityError, connection, transaction
from django.db.models import Q, QuerySet
from django.utils import timezone

from tongchou.enrolment import events
from tongchou.enrolment.commands import steps
from tongchou.enrolment.merging import following, rows
from tongchou.enrolment.merging.following import Pair
from tongchou.enrolment.merging.models import FollowedRow, PersonMerge
from tongchou.enrolment.merging.rows import Picked
from tongchou.enrolment.merging.states import RowAct
from tongchou.enrolment.models import Duplicate, FormerCertificate, Person
from tongchou.enrolment.queries import mask_certificate, surviving_no
from tongchou.enrolment.states import DuplicateState
from tongchou.kernel.errors import DomainError
from tongchou.platform import checks as platform_checks
from tongchou.platform import queries as platform
from tongchou.platform.events import publish

APPROVING: Final = "enrolment.approve_merge"


class RecordUnknown(DomainError):
    code = "EN-5003"
    message = "没有人员编号或证件号码为{key}的登记"
    citation = "GX2017 §14"


class SameRecord(DomainError):
    code = "EN-5004"
    message = "两处填的是同一份登记({person})"
    citation = "JL2019 §5"


class ProofMissing(DomainError):
    code = "EN-5005"
    message = "两份登记的{what}不同,须有公安机关出具的同一人证明,并填写文号"
    citation = "GX2017 §14"


class EvidenceMissing(DomainError):
    code = "EN-5006"
    message = "归并、拆分须写明原因并有依据材料"
    citation = "GX2017 §14"


class NotMerged(DomainError):
    code = "EN-5007"
    message = "人员编号{merged}没有归并到{survivor},或已经拆分"
    citation = "GX2017 §14"


class LaterMergeStands(DomainError):
    code = "EN-5008"
    message = "归并之后{survivor}又归并到{other},请先拆分后一次归并"
    citation = "GX2017 §14"


class NumberTaken(DomainError):
    code = "EN-5009"
    message = "原登记的证件号码现为人员编号{person}使用,不能拆分;请先更正证件号码"
    citation = "GX2017 §14"


class WouldNotHold(DomainError):
    code = "EN-5010"
    message = "按原样{what}后数据不能成立({reason}),请先更正有关记录"
    citation = "GX2017 §14"


class PickUnknown(DomainError):
    code = "EN-5011"
    message = "选中的记录“{row}”不是归并之后的记录,请刷新后重选"
    citation = "GX2017 §14"


@dataclass(frozen=True, slots=True)
class Grounds:
    """Why, on what papers, in which case (依据)."""

    reason: str
    evidence: str
    case_number: str
    police_no: str = ""


def pair_of(survivor_no: str, merged_key: str, now: datetime) -> tuple[Pair, Person, Person]:
    """The two records, as they stand: by person number, the other one also by certificate.

    Raises: RecordUnknown, SameRecord, MergedAway.
    """
    survivor = _record(survivor_no)
    pair, merged = pair_with(survivor, merged_key, now)
    return pair, survivor, merged


def pair_with(survivor: Person, merged_key: str, now: datetime) -> tuple[Pair, Person]:
    """The other of the two, where one is known. Raises: RecordUnknown, SameRecord, MergedAway."""
    merged = _record(merged_key, but=survivor)
    for one in (survivor, merged):
        steps.check_not_merged(one)
    today = timezone.localdate(now)
    return Pair(survivor.pk, merged.pk, survivor.person_no, merged.person_no, today, now), merged


def _record(key: str, but: Person | None = None) -> Person:
    """By person number, or by certificate, where one number may stand on both records."""
    wanted = key.strip()
    found = Person.objects.filter(person_no=wanted).first()
    if found is None:
        others = Person.objects.filter(certificate_no=wanted.upper()).order_by("merged_into", "id")
        found = others.exclude(pk=but.pk).first() if but is not None else others.first()
    if found is None:
        if but is not None and wanted.upper() == but.certificate_no:
            raise SameRecord(person=but.person_no)
        raise RecordUnknown(key=wanted)
    if but is not None and found.pk == but.pk:
        raise SameRecord(person=but.person_no)
    return found


def check_merge(survivor_no: str, merged_key: str, *, police_no: str, now: datetime) -> Pair:
    """What would be refused (归并前的核对).

    Raises: RecordUnknown, SameRecord, MergedAway, ProofMissing, PersonsConflict.
    """
    pair, survivor, merged = pair_of(survivor_no, merged_key, now)
    if (differing := unlike(survivor, merged)) and not police_no.strip():
        raise ProofMissing(what="、".join(differing))
    following.check(pair)
    return pair


def unlike(one: Person, other: Person) -> list[str]:
    """Which particulars of a human being differ, so that papers alone do not do (需另有证明的差异)."""
    said = (("性别", "sex"), ("出生日期", "born_on"))
    return [label for label, name in said if getattr(one, name) != getattr(other, name)]


def merge(
    survivor_no: str, merged_key: str, grounds: Grounds, *, operator: platform.Operator, now: datetime
) -> PersonMerge:
    """归并: everything of the one record goes to the other; a step of the approval.

    Raises: EvidenceMissing, RecordUnknown, SameRecord, MergedAway, ProofMissing, PersonsConflict, OutOfScope,
    WouldNotHold.
    """
    if not grounds.reason.strip() or not grounds.evidence.strip():
        raise EvidenceMissing
    pair, *_ = pair_of(survivor_no, merged_key, now)
    _lock(pair, operator)
    check_merge(pair.survivor_no, pair.merged_no, police_no=grounds.police_no, now=now)
    merged = Person.objects.get(pk=pair.merged)
    made = PersonMerge.objects.create(
        pooling_area_id=merged.pooling_area_id,
        unit_code=Person.objects.values_list("unit_code", flat=True).get(pk=pair.survivor),
        survivor_id=pair.survivor,
        merged_id=pair.merged,
        case_number=grounds.case_number,
        reason=grounds.reason.strip()[:200],
        evidence=grounds.evidence.strip()[:400],
        merged_at=now,
        merged_by_staff=operator.staff_code,
    )
    try:
        with transaction.atomic():
            for one in following.tables():
                rows.follow(made.pk, one, pair)
            following.settle(pair, apart=False)
            merged.merged_into_id = pair.survivor
            merged.save(update_fields=["merged_into"])
            _at_once()
    except IntegrityError as fault:
        raise WouldNotHold(what="归并", reason=_broken(fault)) from fault
    _remember_number(made, merged, pair)
    _close_pairs(made, pair)
    _note("merge_persons", made, pair, operator)
    publish(events.PersonsMerged(made.pk, pair.survivor, pair.merged, now))
    return made


def split(
    survivor_no: str,
    merged_no: str,
    grounds: Grounds,
    *,
    picked: Sequence[Picked] = (),
    operator: platform.Operator,
    now: datetime,
) -> PersonMerge:
    """拆分: what the merge changed says again what it said; a step of the approval.

    What came after the merge stays with the survivor, but for rows that hang on one returned and those picked.
    Raises: EvidenceMissing, RecordUnknown, NotMerged, LaterMergeStands, NumberTaken, PickUnknown, WouldNotHold,
    OutOfScope.
    """
    if not grounds.reason.strip() or not grounds.evidence.strip():
        raise EvidenceMissing
    made, pair = check_split(survivor_no, merged_no, picked=picked, now=now)
    _lock(pair, operator)
    made = PersonMerge.objects.select_for_update(of=("self",)).get(pk=made.pk)
    if made.split_at is not None:
        raise NotMerged(merged=merged_no, survivor=survivor_no)
    by_table: defaultdict[str, list[str]] = defaultdict(list)
    for row in picked:
        by_table[row.table].append(row.key)
    try:
        with transaction.atomic():
            rows.remove_made(made.pk)
            Person.objects.filter(pk=pair.merged).update(merged_into=None)
            for one in following.tables():
                rows.give_back(made.pk, one, pair, by_table.get(one.table, ()))
            following.settle(pair, apart=True)
            _at_once()
    except IntegrityError as fault:
        raise WouldNotHold(what="拆分", reason=_broken(fault)) from fault
    _reopen_pairs(made, pair, grounds)
    made.split_at, made.split_by_staff, made.split_case = now, operator.staff_code, grounds.case_number
    made.split_reason, made.split_evidence = grounds.reason.strip()[:200], grounds.evidence.strip()[:400]
    made.save(update_fields=["split_at", "split_by_staff", "split_case", "split_reason", "split_evidence"])
    _note("split_person", made, pair, operator)
    publish(events.PersonsSplit(made.pk, pair.survivor, pair.merged, now))
    return made


def check_split(
    survivor_no: str, merged_no: str, *, picked: Sequence[Picked] = (), now: datetime
) -> tuple[PersonMerge, Pair]:
    """What would be refused (拆分前的核对).

    Raises: RecordUnknown, NotMerged, LaterMergeStands, NumberTaken, PickUnknown.
    """
    survivor, merged = _record(survivor_no), _record(merged_no)
    standing = PersonMerge.objects.select_related("survivor", "merged").filter(merged=merged, split_at=None)
    made = standing.first()
    if made is None or (
        survivor.pk != made.survivor_id and survivor.person_no != surviving_no(made.survivor.person_no)
    ):
        raise NotMerged(merged=merged.person_no, survivor=survivor.person_no)
    check_splittable(made)
    pair = pair_of_merge(made, now)
    if picked:
        _check_picked(made, pair, picked)
    return made, pair


def check_splittable(made: PersonMerge) -> None:
    """What stands against splitting a merge that stands. Raises: LaterMergeStands, NumberTaken."""
    if (last := surviving_no(made.survivor.person_no)) != made.survivor.person_no:
        raise LaterMergeStands(survivor=made.survivor.person_no, other=last)
    merged = made.merged
    holders = Person.objects.filter(
        certificate_no=merged.certificate_no, certificate_type=merged.certificate_type, merged_into=None
    )
    if taken := holders.exclude(pk=merged.pk).values_list("person_no", flat=True).first():
        raise NumberTaken(person=taken)


def _check_picked(made: PersonMerge, pair: Pair, picked: Sequence[Picked]) -> None:
    """Raises: PickUnknown."""
    known = {
        Picked(one.table, key)
        for one, lines in rows.later_rows(made.pk, following.tables(), pair, made.merged_at)
        for key, _told in lines
    }
    for row in picked:
        if row not in known:
            raise PickUnknown(row=row.text)


def pair_of_merge(made: PersonMerge, now: datetime) -> Pair:
    """The two records of a merge (归并双方)."""
    return Pair(
        made.survivor_id,
        made.merged_id,
        made.survivor.person_no,
        made.merged.person_no,
        timezone.localdate(now),
        now,
    )


def follow_late(now: datetime) -> int:
    """后到的行 (定时任务): what reached a merged record after all, from work under way at the merge, follows as well.

    Returns how many merges had any. What would not hold stays until a clerk settles it.
    """
    found = 0
    for made in PersonMerge.objects.filter(split_at=None).order_by("id"):
        with transaction.atomic(durable=True):
            locked = PersonMerge.objects.select_for_update(of=("self",)).filter(pk=made.pk, split_at=None).first()
            if locked is None or locked.survivor.merged_into_id is not None:
                continue
            found += _follow_late(locked, pair_of_merge(locked, now))
    return found


def _follow_late(made: PersonMerge, pair: Pair) -> bool:
    before = FollowedRow.objects.filter(merge=made, act=RowAct.MOVED).count()
    following.hold(pair)
    for one in following.tables():
        if one.late:
            try:
                with transaction.atomic():
                    rows.follow(made.pk, one, pair)
            except IntegrityError:
                continue
    came = FollowedRow.objects.filter(merge=made, act=RowAct.MOVED).count() > before
    if came:
        following.settle(pair, apart=False)
    return came


def _lock(pair: Pair, operator: platform.Operator) -> None:
    """What bills hold first, then both persons in the order of their ids; both in the operator's reach.

    The persons are not locked against being referred to: a bill that refers to one waits for nobody, and is met at
    the accumulators. Raises: OutOfScope.
    """
    following.hold(pair)
    locked = Person.objects.select_for_update(of=("self",), no_key=True).filter(pk__in=(pair.survivor, pair.merged))
    for person in locked.order_by("pk"):
        platform_checks.check_in_scope(
            operator, APPROVING, person.unit_code, pair.now, object_kind="person", object_key=person.pk
        )


def _remember_number(made: PersonMerge, merged: Person, pair: Pair) -> None:
    """Papers with the merged record's number find the survivor (曾用证件)."""
    former = FormerCertificate.objects.create(
        person_id=pair.survivor,
        certificate_type=merged.certificate_type,
        certificate_no=merged.certificate_no,
        replaced_on=pair.today,
    )
    told = mask_certificate(merged.certificate_no)
    rows.note(made.pk, RowAct.MADE, FormerCertificate._meta.db_table, former.pk, told)


def _close_pairs(made: PersonMerge, pair: Pair) -> None:
    """疑似重复参保 with the merged record: there are no two records any more."""
    for one in _pairs_of(pair.merged).filter(state=DuplicateState.OPEN):
        rows.note(made.pk, RowAct.CLOSED, Duplicate._meta.db_table, one.pk, "疑似重复参保")
        one.state, one.closed_at, one.closed_by = DuplicateState.MERGED, pair.now, made.merged_by_staff
        one.closing_reason = f"归并到{pair.survivor_no}(受理号{made.case_number})"
        one.save(update_fields=["state", "closed_at", "closed_by", "closing_reason"])


def _reopen_pairs(made: PersonMerge, pair: Pair, grounds: Grounds) -> None:
    """The pair itself is told apart by the split; what the merged record shared with others is a task again."""
    closed = FollowedRow.objects.filter(merge=made, act=RowAct.CLOSED).values_list("row_key__id", flat=True)
    for one in Duplicate.objects.filter(pk__in=list(closed), state=DuplicateState.MERGED):
        if {one.one_id, one.other_id} == {pair.survivor, pair.merged}:
            one.state, one.closed_at = DuplicateState.DIFFERENT, pair.now
            one.closing_reason = f"归并后拆分(受理号{grounds.case_number})"
        else:
            one.state, one.closed_at, one.closed_by, one.closing_reason = DuplicateState.OPEN, None, "", ""
        one.save(update_fields=["state", "closed_at", "closed_by", "closing_reason"])


def _pairs_of(person_id: int) -> QuerySet[Duplicate]:
    return Duplicate.objects.filter(Q(one=person_id) | Q(other=person_id))


def _at_once() -> None:
    """Let what the database checks at the commit be checked now, while the refusal can still be said in words."""
    with connection.cursor() as cursor:
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
        cursor.execute("SET CONSTRAINTS ALL DEFERRED")


def _broken(fault: IntegrityError) -> str:
    """What would not hold, in words."""
    cause = fault.__cause__
    return following.words_of(str(getattr(getattr(cause, "diag", None), "constraint_name", "") or ""))


def _note(action: str, made: PersonMerge, pair: Pair, operator: platform.Operator) -> None:
    """The trail's line, at each of the two (日志)."""
    for person_id in (pair.survivor, pair.merged):
        person = Person.objects.get(pk=person_id)
        steps.note(action, person, operator, pair.now, merge=made.pk, survivor=pair.survivor_no, merged=pair.merged_no)
