"""What others may ask of enrolment (参保查询): one statement each, typed answers.

`facts…` is what settling and the hospitals see on a day; `person_card` what the person's page shows; `find_persons` the
search by name, initials, ID number, person number, card or household number, of which no form grows with the number of
persons.
"""

import re
import unicodedata
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any, Final

import msgspec
from django.db import connection
from django.db.models import Exists, OuterRef, Q, QuerySet
from django.utils import timezone

from tongchou.enrolment import parameters, rules, searching
from tongchou.enrolment.bank_accounts.queries import AccountAt as AccountAt
from tongchou.enrolment.bank_accounts.queries import account_of as account_of
from tongchou.enrolment.bank_accounts.queries import accounts_of as accounts_of
from tongchou.enrolment.models import Enrolment, Household, Listing, Person, ResidenceDocument, Suspension
from tongchou.enrolment.states import (
    CardStatus,
    CertificateType,
    Credential,
    EnrolmentStatus,
    HouseholdRelation,
    PersonCategory,
    Scheme,
    SpecialCategory,
)
from tongchou.platform import paging
from tongchou.platform.database import hot
from tongchou.platform.scope import Scope
from tongchou.platform.web import masks

mask_certificate = masks.certificate
mask_name = masks.name


class Block(msgspec.Struct, frozen=True, gc=False):
    """暂停或封存 of a person's benefits (BEN-36)."""

    kind: str
    start: date = msgspec.field(name="from")
    until: date | None = None
    reason: str = ""


class Facts(msgspec.Struct, frozen=True, gc=False, kw_only=True):
    """参保事实 of a person on a day.

    `status` is that of the latest enrolment begun by that day: none, active, suspended or terminated. `card_no` is the
    card presented, else the person's latest card that has not ended.
    """

    id: int
    person_no: str
    name: str
    certificate_type: str
    certificate_no: str
    sex: str
    ethnicity: str
    born_on: date
    died_on: date | None = None
    pooling_area: str
    unit_code: str
    scheme: str | None = None
    category: str | None = None
    status: str
    enrolled_from: date | None = None
    enrolled_until: date | None = None
    end_reason: str | None = None
    suspended_from: date | None = None
    suspended_until: date | None = None
    suspension_reason: str | None = None
    groups: tuple[str, ...] = ()
    blocks: tuple[Block, ...] = ()
    card_no: str | None = None
    card_status: str | None = None


_decode_facts: Final = msgspec.json.Decoder(Facts).decode
_FACTS: Final = {
    "person_no": "SELECT enrolment_person_facts(%s, %s)",
    "id": "SELECT enrolment_person_facts_by_id(%s, %s)",
    "certificate": "SELECT enrolment_person_facts_by_certificate(%s, %s)",
    "card": "SELECT enrolment_person_facts_by_card(%s, %s)",
}


def _facts(by: str, wanted: str | int, on: date) -> Facts | None:
    row = hot().execute(_FACTS[by], (wanted, on), prepare=True).fetchone()
    return None if row is None or row[0] is None else _decode_facts(_as_text(row[0]))


def _as_text(value: Any) -> str | bytes:
    """Django's connection leaves JSON as text; a bare one has read it already."""
    return value if isinstance(value, str | bytes) else msgspec.json.encode(value)


def facts(person_id: int, on: date) -> Facts | None:
    """参保事实 of a day; None for an unknown id."""
    return _facts("id", person_id, on)


def facts_by_person_no(person_no: str, on: date) -> Facts | None:
    """参保事实 by 人员编号."""
    return _facts("person_no", person_no, on)


def facts_by_certificate(certificate_no: str, on: date) -> Facts | None:
    """参保事实 by a certificate, in use or former (ENR-18)."""
    return _facts("certificate", certificate_no.strip().upper(), on)


def facts_by_card(card_no: str, on: date) -> Facts | None:
    """参保事实 by a card; `card_status` is that of the card presented, whatever came of it (ENR-29)."""
    return _facts("card", card_no.strip().upper(), on)


# --- for the hospitals ----------------------------------------------------------------------------------------------


class WireEnrolment(msgspec.Struct, frozen=True, gc=False, kw_only=True):
    """One scheme of a person as 1101 reports it (参保信息)."""

    scheme: str
    category: str
    status: str
    enrolled_from: date
    suspended_from: date | None = None
    enrolled_until: date | None = None
    pooling_area: str
    unit_code: str


class WireGroup(msgspec.Struct, frozen=True, gc=False, kw_only=True):
    """One special category with its days (身份信息)."""

    category: str
    valid_from: date
    valid_until: date | None = None


class WirePerson(msgspec.Struct, frozen=True, gc=False, kw_only=True):
    """Everything 1101 asks of a person (人员信息获取)."""

    facts: Facts
    enrolments: tuple[WireEnrolment, ...]
    groups: tuple[WireGroup, ...]


_decode_wire: Final = msgspec.json.Decoder(WirePerson).decode
_WIRE: Final = """
SELECT jsonb_build_object('facts', f.facts, 'enrolments', coalesce((
           SELECT jsonb_agg(jsonb_build_object(
                      'scheme', e.scheme, 'category', e.category, 'enrolled_from', e.enrolled_from,
                      'enrolled_until', e.enrolled_until, 'pooling_area', e.pooling_area_id, 'unit_code', e.unit_code,
                      'suspended_from', s.suspended_from,
                      'status', CASE WHEN e.enrolled_until <= f.on_day THEN 'terminated'
                                     WHEN s.id IS NOT NULL THEN 'suspended' ELSE 'active' END)
                      ORDER BY e.enrolled_from DESC)
             FROM (SELECT DISTINCT ON (scheme) * FROM enrolment_enrolment
                    WHERE person_id = (f.facts ->> 'id')::bigint AND enrolled_from <= f.on_day
                    ORDER BY scheme, enrolled_from DESC) e
             LEFT JOIN LATERAL (
                  SELECT * FROM enrolment_suspension
                   WHERE enrolment_id = e.id AND suspended_from <= f.on_day
                     AND (suspended_until IS NULL OR suspended_until > f.on_day) LIMIT 1) s ON true), '[]'),
       'groups', coalesce((
           SELECT jsonb_agg(jsonb_build_object('category', g.category, 'valid_from', g.valid_from,
                                               'valid_until', g.valid_until) ORDER BY g.valid_from, g.category)
             FROM enrolment_specialgroupspan g
            WHERE g.person_id = (f.facts ->> 'id')::bigint AND g.valid_from <= f.on_day
              AND (g.valid_until IS NULL OR g.valid_until > f.on_day)), '[]'))
  FROM (SELECT {function}(%s, on_day) AS facts, on_day FROM (SELECT %s::date AS on_day) AS given OFFSET 0) f
 WHERE f.facts IS NOT NULL
"""
_WIRE_BY: Final = {
    "person_no": _WIRE.replace("{function}", "enrolment_person_facts"),
    "certificate": _WIRE.replace("{function}", "enrolment_person_facts_by_certificate"),
    "card": _WIRE.replace("{function}", "enrolment_person_facts_by_card"),
}


def person_for_wire(*, on: date, person_no: str = "", certificate_no: str = "", card_no: str = "") -> WirePerson | None:
    """人员信息 (GX2017 §63, 80; 1101) by the one credential given; None when nobody has it."""
    by, wanted = next(
        (pair for pair in (("person_no", person_no), ("card", card_no), ("certificate", certificate_no)) if pair[1]),
        ("person_no", ""),
    )
    row = hot().execute(_WIRE_BY[by], (wanted.strip().upper(), on), prepare=True).fetchone()
    return None if row is None else _decode_wire(_as_text(row[0]))


def credentials_of(person: Facts, on: date) -> tuple[Credential, ...]:
    """可用就诊凭证 of a person that day, in the person's area (ENR-31)."""
    return rules.credentials(
        allowed=parameters.procedure(person.pooling_area).credentials,
        certificate_type=CertificateType(person.certificate_type),
        card_status=CardStatus(person.card_status) if person.card_status else None,
        born_on=person.born_on,
        on=on,
    )


@dataclass(frozen=True, slots=True)
class ProvenPerson:
    """Whoever proved who they are (身份已核验)."""

    id: int
    person_no: str
    name: str
    pooling_area: str
    unit_code: str


def person_by_identity(*, name: str, certificate_no: str, card_no: str) -> ProvenPerson | None:
    """The living person whom name, certificate and usable card name together (居民身份核验); None otherwise.

    A number of before counts as well, such as that of a record merged away (ENR-17).
    """
    number = certificate_no.strip().upper()
    found = Person.objects.filter(
        Q(certificate_no=number) | Q(former_certificates__certificate_no=number),
        merged_into=None,
        name=rules.person_name(name),
        died_on=None,
        cards__number=card_no.strip().upper(),
        cards__status=CardStatus.ACTIVE,
    ).first()
    if found is None:
        return None
    return ProvenPerson(found.pk, found.person_no, found.name, found.pooling_area_id, found.unit_code)


def person_no_of(person_id: int) -> str | None:
    """人员编号 of a person."""
    return Person.objects.filter(pk=person_id).values_list("person_no", flat=True).first()


_SURVIVING: Final = (
    "SELECT s.person_no FROM enrolment_person p JOIN enrolment_person s ON s.id = enrolment_surviving(p.id)"
    " WHERE p.person_no = %s"
)
_NUMBERS: Final = """
WITH RECURSIVE known AS (
    SELECT id, person_no FROM enrolment_person WHERE person_no = %s
    UNION ALL
    SELECT p.id, p.person_no FROM known JOIN enrolment_person p ON p.merged_into_id = known.id
)
SELECT person_no FROM known
"""


def surviving_no(person_no: str) -> str:
    """人员编号 under which the record of that number is kept now (ENR-17): its own, or the surviving one's."""
    row = hot().execute(_SURVIVING, (person_no,), prepare=True).fetchone()
    return str(row[0]) if row else person_no


def is_number_of(said: str, person_no: str) -> bool:
    """Whether the number said means the record kept under `person_no`; asks only when the two differ (ENR-17)."""
    return said == person_no or surviving_no(said) == person_no


def numbers_of(person_no: str) -> list[str]:
    """Every 人员编号 that stands for this record: its own first, then those merged into it (ENR-17)."""
    return [str(row[0]) for row in hot().execute(_NUMBERS, (person_no,), prepare=True)] or [person_no]


def household_of(person_id: int) -> int | None:
    """The household a person is registered in (所在户)."""
    return Person.objects.filter(pk=person_id).values_list("household_id", flat=True).first()


def household_key_of(person_id: int) -> tuple[str, str] | None:
    """户号 and pooling area of the household a person is registered in; None for whoever is in none."""
    found = Household.objects.filter(members=person_id).values_list("number", "pooling_area_id")
    return found.first()


# --- searching ------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class PersonRow:
    """One line of a list of persons; certificate masked."""

    id: int
    person_no: str
    name: str
    certificate: str
    sex: str
    born_on: date
    unit_code: str
    scheme: str
    category: str
    status: EnrolmentStatus
    groups: tuple[str, ...]


SHORTEST_NUMBER: Final = 6
"""Digits from which on a number is taken as the beginning of an ID number."""
_FACTS_OF_PAGE: Final = (
    "SELECT enrolment_person_facts_by_id(wanted.id, %s) FROM unnest(%s::bigint[]) WITH ORDINALITY AS wanted (id, place)"
    " ORDER BY wanted.place"
)


def find_persons(text: str, *, scope: Scope, on: date, at: str = "", size: int = paging.PAGE_SIZE) -> paging.Slice:
    """A page of `PersonRow` (参保人查询): a whole number finds one person, that of a household its members; a name or
    its initials find all that begin so.

    An empty text lists everybody inside the scope by name.
    """
    wanted = rules.person_name(unicodedata.normalize("NFKC", text))
    exact, household = _by_number(wanted, scope)
    if exact:
        return paging.Slice(person_rows(exact, on), "", "")
    found, order = _by_beginning(wanted, household, scope)
    place = _place(wanted, household, scope)
    page = (
        paging.read_slice_by(place.page, Person, order=order, at=at, size=size)
        if place
        else paging.read_slice(found, order=order, at=at, size=size)
    )
    return paging.Slice(person_rows([row.id for row in page.rows], on), page.previous, page.next)


search_persons = find_persons


def person_rows(ids: Sequence[int], on: date) -> list[PersonRow]:
    """The lines of these persons, in this order."""
    return [_row(person) for person in facts_of(ids, on)]


def facts_of(ids: Sequence[int], on: date) -> list[Facts]:
    """参保事实 of these persons, in this order, asked once."""
    if not ids:
        return []
    rows = hot().execute(_FACTS_OF_PAGE, (on, list(ids)), prepare=True).fetchall()
    return [_decode_facts(_as_text(row[0])) for row in rows if row[0] is not None]


def _row(person: Facts) -> PersonRow:
    return PersonRow(
        id=person.id,
        person_no=person.person_no,
        name=person.name,
        certificate=mask_certificate(person.certificate_no),
        sex=person.sex,
        born_on=person.born_on,
        unit_code=person.unit_code,
        scheme=Scheme(person.scheme).label if person.scheme else "",
        category=PersonCategory(person.category).label if person.category else "",
        status=EnrolmentStatus(person.status),
        groups=tuple(SpecialCategory(group).label for group in person.groups),
    )


_BY_NUMBER: Final = """
WITH known AS (
    SELECT id, 1 AS kind FROM enrolment_person WHERE person_no = %s
    UNION ALL SELECT id, 2 FROM enrolment_person WHERE certificate_no = %s AND merged_into_id IS NULL
    UNION ALL SELECT person_id, 3 FROM enrolment_socialsecuritycard WHERE number = %s
    UNION ALL SELECT person_id, 4 FROM enrolment_formercertificate WHERE certificate_no = %s
    UNION ALL SELECT enrolment_surviving(id), 5 FROM enrolment_person
               WHERE person_no = %s AND merged_into_id IS NOT NULL
)
(SELECT id, false AS household
   FROM (SELECT p.id, k.kind, min(k.kind) OVER () AS first
           FROM known k JOIN enrolment_person p ON p.id = k.id
          WHERE p.merged_into_id IS NULL AND {inside}) found
  WHERE kind = first GROUP BY id ORDER BY id LIMIT 20)
UNION ALL
(SELECT id, true FROM enrolment_household
  WHERE number = %s AND pooling_area_id IN (SELECT code FROM platform_poolingarea) ORDER BY id LIMIT 1)
"""


def _by_number(text: str, scope: Scope) -> tuple[list[int], int | None]:
    """Persons of a whole number (person, certificate now or formerly, card), and the household of that number.

    The number of a record merged away finds the surviving one.
    """
    number = text.replace(" ", "").upper()
    if not re.fullmatch(r"[0-9A-Z]{5,32}", number):
        return [], None
    inside, values = scope.sql("p.unit_code", "p.pooling_area_id")
    with connection.cursor() as cursor:
        cursor.execute(_BY_NUMBER.replace("{inside}", inside), [*[number] * 5, *values, number])
        found = cursor.fetchall()
    household = next((pk for pk, is_household in found if is_household), None)
    return [pk for pk, is_household in found if not is_household], household


def _by_beginning(text: str, household: int | None, scope: Scope) -> tuple[QuerySet[Person], tuple[str, ...]]:
    """The column that the text begins, and the order in which its index stands; the members, for a household."""
    inside = Person.objects.filter(scope.q("unit_code", "pooling_area"), merged_into=None)
    if household is not None:
        return inside.filter(household_id=household), ("name", "id")
    column, wanted = _begun(text)
    if wanted:
        inside = inside.filter(**{f"{column}__gte": wanted, f"{column}__lt": wanted + searching.LAST_CHARACTER})
    return inside, (column, "id")


def _place(text: str, household: int | None, scope: Scope) -> searching.Place | None:
    """The same as a search unit by unit, for a desk whose reach is less than an area."""
    paths = scope.prefixes + scope.granted
    if household is not None or scope.areas or not paths:
        return None
    return searching.Place(paths, *_begun(text))


def _begun(text: str) -> tuple[str, str]:
    """Which column a text begins: a number, initials or a name."""
    squeezed = text.replace(" ", "")
    if squeezed[:1].isdigit() and len(squeezed) >= SHORTEST_NUMBER:
        return "certificate_no", squeezed.upper()
    return ("name_initials", squeezed.lower()) if squeezed.isascii() and squeezed else ("name", squeezed)


# --- the person's page ----------------------------------------------------------------------------------------------


class CardEnrolment(msgspec.Struct, frozen=True, gc=False, kw_only=True):
    """参保关系 with its suspensions."""

    id: int
    scheme: str
    unit_code: str
    category: str
    enrolled_from: date
    enrolled_until: date | None = None
    end_reason: str = ""
    suspensions: tuple["CardSpan", ...] = ()


class CardSpan(msgspec.Struct, frozen=True, gc=False, kw_only=True):
    """A span with what it is: a suspension's reason, a group, a block."""

    what: str
    start: date = msgspec.field(name="from")
    until: date | None = None
    note: str = ""


class CardMember(msgspec.Struct, frozen=True, gc=False, kw_only=True):
    """A member of the household."""

    id: int
    person_no: str
    name: str
    relation: str
    born_on: date
    unit_code: str


class CardChange(msgspec.Struct, frozen=True, gc=False, kw_only=True):
    """信息变更."""

    particular: str
    old_value: str
    new_value: str
    effective_on: date
    reason: str
    evidence: str
    staff_code: str
    changed_at: datetime


class CardCard(msgspec.Struct, frozen=True, gc=False, kw_only=True):
    """社会保障卡."""

    number: str
    status: str
    issued_on: date
    ended_on: date | None = None


class CardDocument(msgspec.Struct, frozen=True, gc=False):
    """居留证件 in use (ENR-13); `until` is the day after the last."""

    kind: str
    number: str
    until: date | None = None


class PersonCard(msgspec.Struct, frozen=True, gc=False, kw_only=True):
    """Everything the person's page shows of enrolment (参保人卡片)."""

    facts: Facts
    phone: str
    address: str
    hukou_area: str
    household_id: int | None
    household_no: str
    household_relation: str
    members: tuple[CardMember, ...]
    enrolments: tuple[CardEnrolment, ...]
    groups: tuple[CardSpan, ...]
    blocks: tuple[CardSpan, ...]
    cards: tuple[CardCard, ...]
    former_certificates: tuple[str, ...]
    changes: tuple[CardChange, ...]
    residence: CardDocument | None = None


_decode_card: Final = msgspec.json.Decoder(PersonCard).decode
_CARD: Final = """
SELECT jsonb_build_object(
    'facts', enrolment_person_facts_by_id(p.id, %s),
    'phone', p.phone, 'address', p.address, 'hukou_area', p.hukou_area,
    'household_id', h.id, 'household_no', coalesce(h.number, ''), 'household_relation', p.household_relation,
    'members', coalesce((
        SELECT jsonb_agg(jsonb_build_object('id', m.id, 'person_no', m.person_no, 'name', m.name, 'born_on', m.born_on,
                                            'relation', m.household_relation, 'unit_code', m.unit_code)
                         ORDER BY m.household_relation <> 'head', m.born_on)
          FROM enrolment_person m WHERE m.household_id = h.id), '[]'),
    'enrolments', coalesce((
        SELECT jsonb_agg(jsonb_build_object(
                   'id', e.id, 'scheme', e.scheme, 'unit_code', e.unit_code, 'category', e.category,
                   'enrolled_from', e.enrolled_from, 'enrolled_until', e.enrolled_until, 'end_reason', e.end_reason,
                   'suspensions', coalesce((
                       SELECT jsonb_agg(jsonb_build_object('what', s.reason, 'from', s.suspended_from,
                                                           'until', s.suspended_until) ORDER BY s.suspended_from DESC)
                         FROM enrolment_suspension s WHERE s.enrolment_id = e.id), '[]'))
                   ORDER BY e.enrolled_from DESC)
          FROM enrolment_enrolment e WHERE e.person_id = p.id), '[]'),
    'groups', coalesce((
        SELECT jsonb_agg(jsonb_build_object('what', g.category, 'from', g.valid_from, 'until', g.valid_until,
                                            'note', g.evidence) ORDER BY g.valid_from DESC)
          FROM enrolment_specialgroupspan g WHERE g.person_id = p.id), '[]'),
    'blocks', coalesce((
        SELECT jsonb_agg(jsonb_build_object('what', b.kind, 'from', b.blocked_from, 'until', b.blocked_until,
                                            'note', b.reason) ORDER BY b.blocked_from DESC)
          FROM enrolment_benefitblock b WHERE b.person_id = p.id), '[]'),
    'cards', coalesce((
        SELECT jsonb_agg(jsonb_build_object('number', c.number, 'status', c.status, 'issued_on', c.issued_on,
                                            'ended_on', c.ended_on) ORDER BY c.id DESC)
          FROM enrolment_socialsecuritycard c WHERE c.person_id = p.id), '[]'),
    'residence', (
        SELECT jsonb_build_object('kind', d.kind, 'number', d.number, 'until', d.valid_until)
          FROM enrolment_residencedocument d WHERE d.person_id = p.id AND d.replaced_at IS NULL),
    'former_certificates', coalesce((
        SELECT jsonb_agg(f.certificate_no ORDER BY f.replaced_on DESC)
          FROM enrolment_formercertificate f WHERE f.person_id = p.id), '[]'),
    'changes', coalesce((
        SELECT jsonb_agg(jsonb_build_object(
                   'particular', c.particular, 'old_value', c.old_value, 'new_value', c.new_value,
                   'effective_on', c.effective_on, 'reason', c.reason, 'evidence', c.evidence,
                   'staff_code', c.staff_code, 'changed_at', c.changed_at) ORDER BY c.id DESC)
          FROM enrolment_particularchange c WHERE c.person_id = p.id), '[]'))
  FROM enrolment_person p LEFT JOIN enrolment_household h ON h.id = p.household_id
 WHERE p.id = %s
"""


def person_card(person_id: int, on: date) -> PersonCard | None:
    """参保人卡片 as of a day; None for an unknown id."""
    row = hot().execute(_CARD, (on, person_id), prepare=True).fetchone()
    return None if row is None else _decode_card(_as_text(row[0]))


# --- households and units -------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class HouseholdView:
    """户 with its members, head first (ENR-01)."""

    id: int
    number: str
    unit_code: str
    address: str
    members: list[PersonRow]


def household(household_id: int, on: date) -> HouseholdView | None:
    """户 (GX2017 §6); None for an unknown id."""
    found = Household.objects.filter(pk=household_id).first()
    if found is None:
        return None
    members = sorted(
        found.members.values_list("household_relation", "born_on", "pk"),
        key=lambda member: (member[0] != HouseholdRelation.HEAD, member[1]),
    )
    rows = person_rows([pk for _, _, pk in members], on)
    return HouseholdView(found.pk, found.number, found.unit_code, found.address, rows)


def household_inside(person_id: int, *, scope: Scope, on: date) -> list[tuple[Facts, str]]:
    """同户成员 inside the scope, head first, each with the relation to the head; whoever has no household, alone."""
    mine = Q(pk=person_id) | Q(household__in=Person.objects.filter(pk=person_id).values("household"))
    found = Person.objects.filter(mine, scope.q("unit_code", "pooling_area"), merged_into=None)
    members = dict(found.order_by("born_on", "pk").values_list("pk", "household_relation"))
    people = sorted(facts_of([*members], on), key=lambda one: members[one.id] != HouseholdRelation.HEAD)
    return [(one, str(HouseholdRelation(members[one.id]).label) if members[one.id] else "") for one in people]


@dataclass(frozen=True, slots=True)
class HouseholdRow:
    """One line of a list of households."""

    id: int
    number: str
    head: str
    members: int
    address: str


def registered_on(person_id: int) -> date | None:
    """The day on which the person was last registered (登记日期); None without a relation that goes on."""
    found = Enrolment.objects.filter(person_id=person_id, enrolled_until=None).values_list("created_at", flat=True)
    at = found.first()
    return None if at is None else timezone.localdate(at)


def count_households(unit_code: str) -> int:
    """How many households a village has (户数)."""
    return Household.objects.filter(unit_code=unit_code).count()


def households_of_unit(unit_code: str, *, words: str = "", at: str = "", size: int = paging.PAGE_SIZE) -> paging.Slice:
    """A page of `HouseholdRow` of a village, in order of number; by number or a member's name (ENR-01, ENR-35)."""
    found = Household.objects.filter(unit_code=unit_code)
    if wanted := words.strip():
        named = Person.objects.filter(unit_code=unit_code, name__startswith=wanted, merged_into=None)
        found = found.filter(Q(number__endswith=wanted) | Q(pk__in=named.values("household_id")))
    page = paging.read_slice(
        found.prefetch_related("members"),
        order=("number", "id"),
        at=at,
        size=size,
    )
    rows = [
        HouseholdRow(
            id=found.pk,
            number=found.number,
            head=next((m.name for m in found.members.all() if m.household_relation == HouseholdRelation.HEAD), ""),
            members=len(found.members.all()),
            address=found.address,
        )
        for found in page.rows
    ]
    return paging.Slice(rows, page.previous, page.next)


def roster_of_unit(unit_code: str, on: date, *, at: str = "", size: int = paging.PAGE_SIZE) -> paging.Slice:
    """A page of `PersonRow` of one village, community or school, by name (参保花名册; ENR-35)."""
    found = Person.objects.filter(unit_code=unit_code, merged_into=None)
    page = paging.read_slice(found, order=("name", "id"), at=at, size=size)
    return paging.Slice(person_rows([row.id for row in page.rows], on), page.previous, page.next)


# --- for pages of other chapters ------------------------------------------------------------------------------------


def names_of(person_ids: Collection[int]) -> dict[int, str]:
    """Names by person id, for lists that hold only the number (姓名); whoever shows them masks them."""
    return dict(Person.objects.filter(pk__in=person_ids).values_list("pk", "name")) if person_ids else {}


def names_and_numbers_of(person_ids: Collection[int]) -> dict[int, tuple[str, str]]:
    """Names and 人员编号 by person id, for lists that lead on by the number."""
    if not person_ids:
        return {}
    rows = Person.objects.filter(pk__in=person_ids).values_list("pk", "name", "person_no")
    return {pk: (name, number) for pk, name, number in rows}


def person_id_of(person_no: str) -> int | None:
    """The person of a 人员编号, of a number merged away the surviving one; None when nobody has it."""
    known = Person.objects.filter(person_no=surviving_no(person_no.strip()))
    return known.values_list("pk", flat=True).first()


def unit_of_person(column: str = "person_id") -> QuerySet[Person]:
    """The unit of the person named by an outer row's column, as a sub-query for tables that know only the person."""
    return Person.objects.filter(pk=OuterRef(column)).values("unit_code")


def count_persons(text: str, *, scope: Scope, on: date) -> paging.Total:
    """How many persons a search finds (人数), estimated where there are many."""
    wanted = rules.person_name(unicodedata.normalize("NFKC", text))
    exact, household = _by_number(wanted, scope)
    if exact:
        return paging.Total(len(exact), exact=True)
    found, _order = _by_beginning(wanted, household, scope)
    place = _place(wanted, household, scope)
    return paging.total_by(found, place.count(paging.COUNTED_UP_TO + 1)) if place else paging.total_of(found)


@dataclass(frozen=True, slots=True)
class Proof:
    """What an invented resident would show at the log-in (演示居民)."""

    name: str
    certificate_no: str
    card_no: str
    said: str


def proofs_of(person_ids: Sequence[int]) -> list[Proof]:
    """The proofs of invented residents who have a usable card, in the order given."""
    found = Person.objects.filter(pk__in=person_ids, died_on=None, cards__status=CardStatus.ACTIVE)
    rows = {
        pk: Proof(name, certificate_no, card_no, f"{born_on.year}")
        for pk, name, certificate_no, card_no, born_on in found.values_list(
            "pk", "name", "certificate_no", "cards__number", "born_on"
        )
    }
    return [rows[pk] for pk in person_ids if pk in rows]


def listings(words: str, *, category: str, state: str, scope: Scope) -> QuerySet[Listing]:
    """未参保困难人员 inside a scope, by the beginning of name or certificate number (ENR-11)."""
    found = Listing.objects.filter(scope.q("unit_code", "pooling_area"))
    if wanted := words.strip():
        found = found.filter(Q(name__startswith=wanted) | Q(certificate_no__startswith=wanted.upper()))
    if category:
        found = found.filter(category=category)
    return found.filter(state=state) if state else found


def listing(listing_id: int) -> Listing | None:
    """One of them, or nothing."""
    return Listing.objects.filter(pk=listing_id).first()


def expiring_documents(*, last_day: date, scope: Scope) -> QuerySet[ResidenceDocument]:
    """Residence documents in use that are valid no longer than that day, inside a scope (ENR-13)."""
    inside = Person.objects.filter(scope.q("unit_code", "pooling_area"), merged_into=None, died_on=None)
    found = ResidenceDocument.objects.filter(
        replaced_at=None, valid_until__lte=last_day + timedelta(days=1), person__in=inside.values("id")
    )
    return found.select_related("person")


def expired_documents(on: date) -> list[ResidenceDocument]:
    """Documents in use that have expired by that day, of persons enrolled and not suspended (ENR-13)."""
    enrolled = Enrolment.objects.filter(person=OuterRef("person"), enrolled_until=None)
    paused = Suspension.objects.filter(
        enrolment__person=OuterRef("person"), enrolment__enrolled_until=None, suspended_until=None
    )
    found = ResidenceDocument.objects.filter(Exists(enrolled), ~Exists(paused), replaced_at=None, valid_until__lte=on)
    return list(found.select_related("person").order_by("valid_until", "id"))
