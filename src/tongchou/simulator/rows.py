"""What each table gets from a chunk of people (入库列): columns for the binary COPY, ids counted through the city."""

from typing import Final

import numpy as np
from numpy.typing import NDArray

from tongchou.simulator import check_digits
from tongchou.simulator.binary_copy import Column
from tongchou.simulator.covering import KINDS, Spans
from tongchou.simulator.geography import Geography
from tongchou.simulator.groups import CATEGORIES, PROOFS, SOURCES, GroupSpans
from tongchou.simulator.people import (
    CHILD,
    FATHER,
    GRANDCHILD,
    GROWN_CHILD,
    HEAD,
    MOTHER,
    SECOND_CHILD,
    SECOND_GRANDCHILD,
    SPOUSE,
    THIRD_CHILD,
    WORKING_AGES,
    People,
)
from tongchou.simulator.plan import AREA, MERGED_ON, CityPlan
from tongchou.simulator.premiums import CHANNELS, History, Payments

Columns = dict[str, Column]
ID_CARD: Final = "01"
RELATIONS: Final = {
    HEAD: b"head",
    SPOUSE: b"spouse",
    FATHER: b"parent",
    MOTHER: b"parent",
    CHILD: b"child",
    SECOND_CHILD: b"child",
    THIRD_CHILD: b"child",
    GROWN_CHILD: b"child",
    GRANDCHILD: b"grandchild",
    SECOND_GRANDCHILD: b"grandchild",
}
RESIDENT: Final = "resident"
EMPLOYEE: Final = "employee"
EMPLOYERS_REPORT: Final = "用人单位申报缴费"
DEATH: Final = "死亡"
JOINED_EMPLOYEES: Final = "参加职工医保"
SENIOR_FROM: Final = 60
NEVER: Final = np.datetime64("NaT", "D")
OFFICE_HOUR: Final = np.timedelta64(2, "h")
"""Ten in the morning in China, as an hour of UTC."""

FIRST_CARDS: Final = "2012-06-01"
CARD_LETTER: Final = b"G"
RECEIPT: Final = b"45"
CARDLESS: Final = 40
"""Every fortieth has no card yet, and shows the ID card."""


def households(people: People, geography: Geography) -> Columns:
    """enrolment_household: one row per head; the number is the village's code and the household's own."""
    heads = people.households
    village = geography.village_codes[people.village[heads]]
    ids = people.household_ids[heads]
    return {
        "id": ids,
        "pooling_area_id": AREA,
        "unit_code": village,
        "number": np.char.add(village, check_digits.padded(ids, 9)),
        "address": addresses(geography)[people.village[heads]],
    }


def persons(people: People, geography: Geography, history: History) -> Columns:
    """enrolment_person."""
    village = geography.village_codes[people.village]
    relation = np.array([RELATIONS[role] for role in sorted(RELATIONS)])
    return {
        "id": people.ids,
        "person_no": person_numbers(people.ids),
        "certificate_type": ID_CARD,
        "certificate_no": people.citizen_ids,
        "name": people.names,
        "name_initials": people.initials,
        "sex": np.where(people.male, b"M", b"F"),
        "ethnicity": people.ethnicity,
        "born_on": people.born_on,
        "died_on": people.died_on,
        "phone": "",
        "address": addresses(geography)[people.village],
        "hukou_area": village,
        "pooling_area_id": AREA,
        "unit_code": units(people, geography),
        "household_id": people.household_ids,
        "household_relation": relation[people.role],
        "merged_into_id": None,
        "created_at": _first_days(people, history).astype("datetime64[us]") + OFFICE_HOUR,
    }


def enrolments(plan: CityPlan, people: People, geography: Geography, history: History, *, first_id: int) -> Columns:
    """enrolment_enrolment: one row each, and the years before in the resident scheme for young employees."""
    begins = _first_days(people, history)
    switched_on = _switching_days(plan, people)
    switched = people.employee & (switched_on > np.datetime64(MERGED_ON))
    before = np.flatnonzero(switched)
    ends = people.died_on + np.timedelta64(1, "D")
    unit = units(people, geography)
    person = np.concatenate([people.ids, people.ids[before]])
    enrolled_from = np.concatenate([np.where(switched, switched_on, begins), begins[before]])
    enrolled_until = np.concatenate([ends, switched_on[before]])
    follows = np.concatenate([np.where(switched, switched_on, NEVER), np.full(len(before), NEVER)])
    ended = np.where(np.isnat(ends), b"", DEATH.encode())
    return {
        "id": np.arange(first_id, first_id + len(person)),
        "person_id": person,
        "pooling_area_id": AREA,
        "scheme": np.concatenate([np.where(people.employee, b"employee", b"resident"), _all(b"resident", before)]),
        "unit_code": np.concatenate([unit, geography.village_codes[people.village[before]]]),
        "category": np.concatenate([categories(people), _all(b"adult", before)]),
        "enrolled_from": enrolled_from,
        "enrolled_until": enrolled_until,
        "follows_until": follows,
        "end_reason": np.concatenate([ended, _all(JOINED_EMPLOYEES.encode(), before)]),
        "created_at": enrolled_from.astype("datetime64[us]") + OFFICE_HOUR,
    }


def cards(plan: CityPlan, people: People, *, first_id: int) -> Columns:
    """enrolment_socialsecuritycard: nearly everybody past infancy has one; the dead have theirs cancelled."""
    holder = np.flatnonzero((people.age >= 1) & (people.ids % CARDLESS != 0))
    issued_on = np.maximum(np.datetime64(FIRST_CARDS), people.born_on[holder] + np.timedelta64(200, "D"))
    died = ~np.isnat(people.died_on[holder])
    return {
        "id": np.arange(first_id, first_id + len(holder)),
        "person_id": people.ids[holder],
        "number": check_digits.padded(people.ids[holder], 8, prefix=CARD_LETTER),
        "status": np.where(died, b"cancelled", b"active"),
        "issued_on": np.minimum(issued_on, np.datetime64(plan.today)),
        "ended_on": people.died_on[holder],
    }


def special_groups(people: People, spans: GroupSpans, *, first_id: int) -> Columns:
    """enrolment_specialgroupspan."""
    proofs = np.array([proof.encode() for proof in PROOFS])[spans.category]
    years = spans.valid_from.astype("datetime64[Y]").astype(np.int64) + 1970
    numbers = np.char.add(check_digits.padded(years, 4), check_digits.padded(people.ids[spans.person], 8))
    return {
        "id": np.arange(first_id, first_id + len(spans)),
        "person_id": people.ids[spans.person],
        "category": np.array([category.encode() for category in CATEGORIES])[spans.category],
        "valid_from": spans.valid_from,
        "valid_until": spans.valid_until,
        "source": np.array([source.encode() for source in SOURCES])[spans.category],
        "evidence": np.char.add(proofs, numbers),
        "created_at": spans.valid_from.astype("datetime64[us]") + OFFICE_HOUR,
    }


def contributions(
    people: People, paid: Payments, spans: Spans, batches: NDArray[np.int64], *, first_id: int
) -> Columns:
    """contributions_contribution: ids rise by person and year."""
    ids = np.arange(first_id, first_id + len(paid))
    return {
        "id": ids,
        "person_id": people.ids[paid.person],
        "pooling_area_id": AREA,
        "scheme": RESIDENT,
        "benefit_year": paid.benefit_year,
        "amount_fen": paid.amount_fen,
        "aided_fen": paid.aided_fen,
        "paid_in_full_on": paid.paid_on,
        "kind": np.array([kind.encode() for kind in KINDS])[spans.kind],
        "channel": np.array([channel.encode() for channel in CHANNELS])[paid.channel],
        "receipt_no": check_digits.padded(ids, 12, prefix=RECEIPT),
        "batch_id": batches,
        "corrects_id": None,
        "voided_at": None,
        "void_reason": "",
        "created_at": paid.paid_on.astype("datetime64[us]") + OFFICE_HOUR,
    }


def coverage(people: People, paid: Payments, spans: Spans, *, first_id: int, first_contribution: int) -> Columns:
    """contributions_coveragespan of residents: one span for each contribution."""
    return {
        "id": np.arange(first_id, first_id + len(paid)),
        "person_id": people.ids[paid.person],
        "pooling_area_id": AREA,
        "scheme": RESIDENT,
        "benefit_year": paid.benefit_year,
        "covered_from": spans.covered_from,
        "covered_until": spans.covered_until,
        "rule": spans.rule,
        "contribution_id": np.arange(first_contribution, first_contribution + len(paid)),
        "paid_on": paid.paid_on,
        "withdrawn_at": None,
        "created_at": paid.paid_on.astype("datetime64[us]") + OFFICE_HOUR,
    }


def employees_coverage(people: People, history: History, *, first_id: int) -> Columns:
    """contributions_coveragespan of employees: the years their employers reported; months are not kept yet."""
    begins = (history.employed_year - 1970).astype("datetime64[Y]").astype("datetime64[D]")
    ends = (history.employed_year - 1969).astype("datetime64[Y]").astype("datetime64[D]")
    return {
        "id": np.arange(first_id, first_id + len(begins)),
        "person_id": people.ids[history.employed_person],
        "pooling_area_id": AREA,
        "scheme": EMPLOYEE,
        "benefit_year": history.employed_year,
        "covered_from": begins,
        "covered_until": ends,
        "rule": EMPLOYERS_REPORT,
        "contribution_id": None,
        "paid_on": begins,
        "withdrawn_at": None,
        "created_at": begins.astype("datetime64[us]") + OFFICE_HOUR,
    }


def count(columns: Columns) -> int:
    """How many rows the columns hold."""
    return next(len(values) for values in columns.values() if isinstance(values, np.ndarray))


def person_numbers(ids: NDArray[np.int64]) -> NDArray[np.bytes_]:
    """人员编号: the area and fourteen digits."""
    return check_digits.padded(ids, 14, prefix=AREA.encode())


def addresses(geography: Geography) -> NDArray[np.bytes_]:
    """The villages' addresses, by position."""
    return np.array([address.encode() for address in geography.addresses])


def units(people: People, geography: Geography) -> NDArray[np.bytes_]:
    """Residents enrol in their village, students at their college, employees at the county (GX2017 §6, 9)."""
    village = geography.village_codes[people.village]
    colleges = np.array([college.code.encode() for college in geography.colleges])
    unit = np.where(people.student, colleges[people.ids % len(colleges)], village)
    return np.where(people.employee, village.astype("S6"), unit)


def categories(people: People) -> NDArray[np.bytes_]:
    return np.select(
        [people.retired, people.working, people.student, people.age < 1, people.age < 18, people.age >= SENIOR_FROM],
        [b"retired", b"working", b"student", b"newborn", b"child", b"senior"],
        default=b"adult",
    )


def _first_days(people: People, history: History) -> NDArray[np.datetime64]:
    """The first day of enrolment: the merged scheme's first, the birth, or the day of joining."""
    since_ever = np.maximum(np.datetime64(MERGED_ON), people.born_on)
    return np.where(np.isnat(history.joined_on), since_ever, np.fmax(history.joined_on, since_ever))


def _switching_days(plan: CityPlan, people: People) -> NDArray[np.datetime64]:
    """1 January of the year in which a young employee turned twenty-two."""
    years = (plan.today.year - (people.age - WORKING_AGES[0]) - 1970).astype("datetime64[Y]")
    return years.astype("datetime64[D]")


def _all(value: bytes, rows: NDArray[np.int64]) -> NDArray[np.bytes_]:
    return np.full(len(rows), value)
