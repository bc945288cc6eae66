"""People of a chunk as settling asks of them (就诊人): coverage and groups around any day, read from no table."""

from bisect import bisect_left, bisect_right
from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date

import numpy as np
from numpy.typing import NDArray

from tongchou.settlement import facts
from tongchou.simulator import crowd, rows
from tongchou.simulator.covering import Coverage
from tongchou.simulator.founding import Chunk
from tongchou.simulator.geography import Geography
from tongchou.simulator.groups import CATEGORIES
from tongchou.simulator.plan import AREA
from tongchou.simulator.visits import Patient

Span = tuple[date, date]
Belonging = tuple[str, date, date | None]


@dataclass(frozen=True, slots=True)
class Life:
    """What settling asks of a resident, around any day."""

    person_id: int
    person_no: str
    patient: Patient
    unit_code: str
    category: str
    ethnicity: str
    covered: tuple[Span, ...]
    groups: tuple[Belonging, ...]

    def covers(self, since: date, until: date) -> bool:
        """Whether one span covers both days and all between, within one year (待遇享受期)."""
        return since.year == until.year and any(start <= since and until < end for start, end in self.covered)

    def groups_on(self, day: date) -> tuple[str, ...]:
        """特殊人员标识 of the day."""
        return tuple(sorted({g for g, start, end in self.groups if start <= day and (end is None or day < end)}))

    def person_on(self, day: date) -> facts.Person:
        """The person as the register would have shown them that day."""
        return facts.Person(
            id=self.person_id,
            person_no=self.person_no,
            name=self.patient.name,
            certificate_type=rows.ID_CARD,
            certificate_no=self.patient.citizen_id,
            sex="M" if self.patient.male else "F",
            ethnicity=self.ethnicity,
            born_on=self.patient.born_on,
            pooling_area=AREA,
            unit_code=self.unit_code,
            scheme=self.patient.scheme,
            category=self.category,
            status="active",
            groups=self.groups_on(day),
        )


def residents(chunk: Chunk) -> NDArray[np.int64]:
    """Positions of the living of the resident scheme, the one that the city's policy packages rule."""
    people = chunk.people
    return np.flatnonzero(np.isnat(people.died_on) & ~people.employee)


def lives(chunk: Chunk, ground: Geography, cover: Coverage, chosen: Iterable[int]) -> dict[int, Life]:
    """The lives of the chosen, by their position in the chunk."""
    wanted = np.unique(np.fromiter(chosen, dtype=np.int64))
    people = chunk.people
    spans = _spans(chunk, cover, wanted)
    belonging = _belonging(chunk, wanted)
    units, categories = rows.units(people, ground)[wanted], rows.categories(people)[wanted]
    numbers = rows.person_numbers(people.ids[wanted])
    return {
        at: Life(
            person_id=int(people.ids[at]),
            person_no=numbers[n].decode(),
            patient=crowd.patient_at(people, at),
            unit_code=units[n].decode(),
            category=categories[n].decode(),
            ethnicity=people.ethnicity[at].decode(),
            covered=spans[n],
            groups=tuple(belonging[at]),
        )
        for n, at in enumerate(wanted.tolist())
    }


def _spans(chunk: Chunk, cover: Coverage, wanted: NDArray[np.int64]) -> list[tuple[Span, ...]]:
    """What the payments of each of them cover; payments are in order of person."""
    payments = chunk.history.payments
    paid, spans = cover.decide(chunk.people, payments.only(np.isin(payments.person, wanted)))
    payer, starts, ends = paid.person.tolist(), spans.covered_from.tolist(), spans.covered_until.tolist()
    return [
        tuple(zip(starts[low:high], ends[low:high], strict=True))
        for low, high in ((bisect_left(payer, at), bisect_right(payer, at)) for at in wanted.tolist())
    ]


def _belonging(chunk: Chunk, wanted: NDArray[np.int64]) -> defaultdict[int, list[Belonging]]:
    """Their spans in special groups."""
    special = chunk.special
    theirs = np.isin(special.person, wanted)
    found: defaultdict[int, list[Belonging]] = defaultdict(list)
    for at, category, start, end in zip(
        special.person[theirs].tolist(), special.category[theirs].tolist(),
        special.valid_from[theirs].tolist(), special.valid_until[theirs].tolist(), strict=True,
    ):  # fmt: skip
        found[at].append((CATEGORIES[category], start, end))
    return found
