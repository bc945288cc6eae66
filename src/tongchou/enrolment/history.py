"""参保经历: what registration adds to a person's history (RIG-01; ENR-25): relations, pauses, groups, blocks, cards."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Final

from django.db.models import F
from django.utils.translation import gettext as _

from tongchou.enrolment.commands.changes import LABELS
from tongchou.enrolment.models import Household, Person
from tongchou.enrolment.queries import PersonRow, person_rows
from tongchou.enrolment.states import (
    BlockKind,
    CardStatus,
    EndingKind,
    EndingReason,
    FormerScheme,
    HouseholdRelation,
    PersonCategory,
    Scheme,
    SpecialCategory,
)
from tongchou.platform.histories import RecordSet, Row, Source, Told
from tongchou.platform.scope import Scope
from tongchou.platform.web import masks

STATEMENT: Final = """
SELECT e.enrolled_from, e.id, 'registered', e.scheme, e.category, NULL::bigint, NULL::date, e.unit_code, '',
       e.created_at
  FROM enrolment_enrolment e WHERE e.person_id = %(person_id)s
UNION ALL
SELECT e.enrolled_until, e.id, 'ended', e.scheme, e.end_reason, NULL, NULL, e.unit_code, '', NULL
  FROM enrolment_enrolment e WHERE e.person_id = %(person_id)s AND e.enrolled_until IS NOT NULL
UNION ALL
SELECT s.suspended_from, s.id, 'suspended', e.scheme, s.reason, NULL, s.suspended_until, e.unit_code, '', NULL
  FROM enrolment_suspension s JOIN enrolment_enrolment e ON e.id = s.enrolment_id WHERE e.person_id = %(person_id)s
UNION ALL
SELECT s.suspended_until, s.id, 'resumed', e.scheme, '', NULL, NULL, e.unit_code, '', NULL
  FROM enrolment_suspension s JOIN enrolment_enrolment e ON e.id = s.enrolment_id
 WHERE e.person_id = %(person_id)s AND s.suspended_until IS NOT NULL
UNION ALL
SELECT g.valid_from, g.id, 'group', g.category, concat_ws(' ', g.source, g.evidence), NULL, g.valid_until, '', '',
       g.created_at
  FROM enrolment_specialgroupspan g WHERE g.person_id = %(person_id)s
UNION ALL
SELECT b.blocked_from, b.id, 'blocked', b.kind, b.reason, NULL, b.blocked_until, '', '', NULL
  FROM enrolment_benefitblock b WHERE b.person_id = %(person_id)s
UNION ALL
SELECT c.issued_on, c.id, 'card', c.status, right(c.number, 4), NULL, c.ended_on, '', '', NULL
  FROM enrolment_socialsecuritycard c WHERE c.person_id = %(person_id)s
UNION ALL
SELECT c.effective_on, c.id, 'changed', c.particular, c.old_value || E'\\x1f' || c.new_value || E'\\x1f' || c.reason,
       NULL, NULL, '', c.staff_code, c.changed_at
  FROM enrolment_particularchange c WHERE c.person_id = %(person_id)s
UNION ALL
SELECT f.enrolled_on, f.id, 'former', f.scheme, f.number, NULL, NULL, f.unit_code, '', f.taken_over_at
  FROM enrolment_formerregistration f WHERE f.person_id = %(person_id)s
UNION ALL
SELECT (n.undone_at AT TIME ZONE 'Asia/Shanghai')::date, n.id, 'undone', n.kind, n.reason || E'\\x1f' || n.undo_reason,
       NULL, n.ends_from, '', n.undone_by, n.undone_at
  FROM enrolment_relationending n WHERE n.person_id = %(person_id)s AND n.undone_at IS NOT NULL
UNION ALL
SELECT (m.merged_at AT TIME ZONE 'Asia/Shanghai')::date, m.id, 'merged', gone.person_no, m.reason, NULL, NULL, '',
       m.merged_by_staff, m.merged_at
  FROM enrolment_personmerge m JOIN enrolment_person gone ON gone.id = m.merged_id
 WHERE m.survivor_id = %(person_id)s
UNION ALL
SELECT (m.split_at AT TIME ZONE 'Asia/Shanghai')::date, m.id, 'split', other.person_no, m.split_reason, NULL, NULL, '',
       m.split_by_staff, m.split_at
  FROM enrolment_personmerge m JOIN enrolment_person other
    ON other.id = CASE WHEN m.survivor_id = %(person_id)s THEN m.merged_id ELSE m.survivor_id END
 WHERE %(person_id)s IN (m.survivor_id, m.merged_id) AND m.split_at IS NOT NULL
UNION ALL
SELECT p.died_on, p.id, 'died', '', '', NULL, NULL, '', '', NULL
  FROM enrolment_person p WHERE p.id = %(person_id)s AND p.died_on IS NOT NULL
"""
"""What a person went through at the counter of registration, in the columns of a history."""

_MASKED: Final = {"certificate_no": masks.certificate, "phone": masks.phone}


def tell(row: Row) -> Told:
    """The row in words (参保经历)."""
    if row.kind == "changed":
        return _change(row)
    title, detail = _WORDS[row.kind](row)
    return Told(title, detail)


def _undone(row: Row) -> str:
    """What was put right, and why (更正停保、注销; ENR-24)."""
    reason, why = row.note.split("\x1f", 1)
    return f"{_(EndingKind(row.what).label)}-{_(EndingReason(reason).label)} · {why}"


def _scheme(row: Row) -> str:
    return _(Scheme(row.what).label)


_WORDS: Final = {
    "registered": lambda row: (_("参保登记"), f"{_scheme(row)} · {_(PersonCategory(row.note).label)}"),
    "ended": lambda row: (_("参保关系终止"), f"{_scheme(row)} · {row.note}"),
    "suspended": lambda row: (_("停保"), row.note),
    "resumed": lambda row: (_("恢复参保"), _scheme(row)),
    "group": lambda row: (_("特殊人员标识"), f"{_(SpecialCategory(row.what).label)} {row.note}".strip()),
    "blocked": lambda row: (_("暂停待遇"), f"{_(BlockKind(row.what).label)} · {row.note}"),
    "card": lambda row: (_("社会保障卡"), f"{_('尾号')} {row.note} · {_(CardStatus(row.what).label)}"),
    "former": lambda row: (_("原制度参保登记"), f"{_(FormerScheme(row.what).label)} · {row.note}"),
    "undone": lambda row: (_("更正停保、注销"), _undone(row)),
    "merged": lambda row: (_("归并重复登记"), f"{row.what} · {row.note}"),
    "split": lambda row: (_("拆分误归并登记"), f"{row.what} · {row.note}"),
    "died": lambda row: (_("死亡登记"), ""),
}


def _change(row: Row) -> Told:
    """A changed particular; numbers that say who somebody is stay masked."""
    old, new, reason = row.note.split("\x1f", 2)
    mask = _MASKED.get(row.what, str)
    said = f"{_(LABELS.get(row.what, row.what))}:{mask(old) or '—'} → {mask(new) or '—'}"
    return Told(_("信息变更"), f"{said}({reason})")


SOURCE: Final = Source("enrolment", RecordSet.REGISTRATION, 10, STATEMENT, tell)


@dataclass(frozen=True, slots=True)
class RosterLine:
    """A person as a roster by household shows them (参保花名册; ENR-35)."""

    household_no: str
    relation: str
    person: PersonRow


def roster_by_household(unit_code: str, on: date) -> list[RosterLine]:
    """Everybody of a village, community or school that day, by household, the head first (参保花名册; ENR-35)."""
    found = Person.objects.filter(unit_code=unit_code, merged_into=None)
    placed = found.annotate(number=F("household__number")).values_list("pk", "number", "household_relation", "born_on")
    return _lines(
        sorted(
            placed, key=lambda one: (one[1] is None, one[1] or "", one[2] != HouseholdRelation.HEAD, one[3], one[0])
        ),
        on,
    )


def members_of(household_id: int, on: date) -> list[RosterLine]:
    """The members of a household that day, the head first (户; ENR-01)."""
    return first_members_of(household_id, on)[0]


def first_members_of(household_id: int, on: date, most: int | None = None) -> tuple[list[RosterLine], int]:
    """The first members and how many there are: a collective household may have thousands (集体户)."""
    number = Household.objects.values_list("number", flat=True).get(pk=household_id)
    found = Person.objects.filter(household_id=household_id, merged_into=None)
    placed = [
        (pk, number, relation, born) for pk, relation, born in found.values_list("pk", "household_relation", "born_on")
    ]
    placed.sort(key=lambda one: (one[2] != HouseholdRelation.HEAD, one[3], one[0]))
    return _lines(placed[:most], on), len(placed)


def _lines(placed: Sequence[tuple[int, str | None, str, date]], on: date) -> list[RosterLine]:
    rows = {row.id: row for row in person_rows([one[0] for one in placed], on)}
    return [
        RosterLine(number or "", HouseholdRelation(relation).label if relation else "", rows[pk])
        for pk, number, relation, _born in placed
    ]


def persons_of_unit(unit_code: str, *, after: int = 0, limit: int = 100) -> list[int]:
    """The persons of a unit, a part at a time in order of id, for work on all of them (参保人编号)."""
    found = Person.objects.filter(unit_code=unit_code, merged_into=None, pk__gt=after).order_by("pk")
    return list(found.values_list("pk", flat=True)[:limit])


def count_of_unit(unit_code: str) -> int:
    """How many persons a unit has (人数)."""
    return Person.objects.filter(unit_code=unit_code, merged_into=None).count()


def phone_of(person_id: int) -> str:
    """The registered phone of a person, empty where there is none (联系电话)."""
    return str(Person.objects.values_list("phone", flat=True).get(pk=person_id))


def phones_of(person_ids: Collection[int]) -> dict[int, str]:
    """The registered phones of many, of whom has one (联系电话)."""
    found = Person.objects.filter(pk__in=person_ids).exclude(phone="")
    return dict(found.values_list("pk", "phone"))


def household_id_of(person_id: int) -> int | None:
    """The household a person belongs to (户)."""
    return Person.objects.filter(pk=person_id).values_list("household_id", flat=True).first()


def household_in_reach(person_id: int, scope: Scope) -> int | None:
    """The household of a person, where it lies inside the scope: a student's may be at home in another district."""
    found = Person.objects.filter(scope.q("household__unit_code"), pk=person_id)
    return found.values_list("household_id", flat=True).first()
