"""Visits settled without messages (批量结算): rated by `encounters.charging`, computed by `settlement.rules`.

So every amount, accumulator, due and receipt is what the wire would have made of the same visit.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any, Final

import msgspec

from tongchou.encounters import charging
from tongchou.encounters import facts as encounters
from tongchou.encounters.care_types import CARE_TYPES
from tongchou.encounters.commands.registering import encounter_row
from tongchou.settlement import facts, rules, terms
from tongchou.settlement.commands.settling import row as settlement_row
from tongchou.settlement.rules import Computed
from tongchou.settlement.statements import Row
from tongchou.simulator import messages
from tongchou.simulator.lives import Life
from tongchou.simulator.plan import AREA
from tongchou.simulator.visits import INPATIENT, PHARMACY, Visit
from tongchou.wire.booking import BookingKey

AT_THE_TILL: Final = timedelta(minutes=25)
"""From the end of a visit to its settlement."""

SETTLED: Final = "settled"
OPERATOR: Final = messages.OPERATOR
Columns = dict[str, Any]
Numbers = Callable[[str, date], int]
"""The next id of a kind on a day."""

YearKey = tuple[int, str, int]
"""Person, scheme and benefit year of an accumulator."""


@dataclass(frozen=True, slots=True)
class Settled:
    """A visit with everything that is written of it."""

    life: Life
    visit: Visit
    settlement: int
    reading: facts.Reading
    computed: Computed
    rated: Sequence[encounters.Rated]
    batches: Sequence[Columns]

    @property
    def settled_at(self) -> datetime:
        return self.visit.ended_at + AT_THE_TILL

    @property
    def encounter(self) -> Columns:
        """encounters_encounter."""
        visit, bill = self.visit, self.reading.bill
        person = msgspec.convert(self.reading.person, encounters.Person, from_attributes=True)
        row = encounter_row(bill.id, person, _registration(self), at=visit.began_at)
        if bill.is_stay:
            row |= {"ended_at": visit.ended_at, "disposition": messages.HOME_BY_ORDER}
        return {**row, "state": SETTLED}

    @property
    def charge_batches(self) -> Iterator[Columns]:
        """encounters_chargebatch."""
        where = {"pooling_area": AREA, "encounter_id": self.reading.bill.id}
        held = {"settlement_id": self.settlement, "uploaded_at": self.settled_at}
        return ({**where, **batch, **held} for batch in self.batches)

    @property
    def charge_lines(self) -> Iterator[Columns]:
        """encounters_chargeline."""
        where = {"pooling_area": AREA, "encounter_id": self.reading.bill.id}
        return ({**where, **msgspec.structs.asdict(charging.line_row(one))} for one in self.rated)

    @property
    def row(self) -> Row:
        """settlement_settlement, with what each fund owes."""
        code = self.visit.place.code
        key = BookingKey(
            institution_code=code,
            infno="",
            msgid=f"{code}{self.settled_at:%Y%m%d%H%M%S}{self.settlement % 10_000:04d}",
            digest=b"",
            reply_no="",
            operator_no=OPERATOR[0],
            operator=OPERATOR[1],
            received_at=self.settled_at,
        )
        asked = facts.Asked(
            person_no=self.life.person_no,
            total_fen=self.reading.bill.total_fen,
            scheme=self.reading.bill.scheme,
            stay=self.reading.bill.is_stay,
            credential_type=messages.ID_CARD,
            invoice_no=f"GN{self.settlement % 10**10:010d}",
        )
        return settlement_row(key, asked, self.reading, self.computed, self.settlement)

    def dues(self, funds: Mapping[str, int]) -> Iterator[Columns]:
        """fund_institutiondue."""
        return (
            {
                "pooling_area": AREA,
                "settlement_id": self.settlement,
                "fund_code": fund,
                "institution_code": self.visit.place.code,
                "scheme": self.reading.bill.scheme,
                "settled_on": self.settled_at.date(),
                "amount_fen": amount,
            }
            for fund, amount in funds.items()
        )


def settle(visit: Visit, life: Life, years: dict[YearKey, facts.Year], numbers: Numbers) -> Settled | None:
    """结算 of a visit that has ended; the person's accumulators in `years` move on (GX2017 §80).

    None where the institution could not settle on that day: no agreement, or not for this kind of care.
    """
    began_on, ended_on = visit.began_at.date(), visit.ended_at.date()
    kind = CARE_TYPES[visit.care_type].kind
    scheme = life.patient.scheme
    standing = terms.standing(visit.place.code, scheme=scheme, kind=kind, level_on=began_on, agreed_on=began_on)
    if standing.problem:
        return None
    rated = charging.rate(_setting(visit, kind, scheme), _lines(visit))
    batches = charging.batch_rows(rated)
    bill = _bill(visit, life, kind, numbers("encounter", began_on), batches)
    key = (life.person_id, scheme, ended_on.year)
    year = years.get(key, facts.NO_YEAR)
    reading = facts.Reading(bill=bill, person=life.person_on(ended_on), years={str(ended_on.year): year})
    cut = rules.whole_cut(bill, (), ended_on, ended_on.year)
    way = rules.Way(prescribed=kind != PHARMACY)  # a purchase of the invented city names no prescription
    computed = rules.compute(reading, [cut], level=standing.level, use_account=False, choose=terms.package, way=way)
    for after in computed.years.values():
        years[key] = facts.Year(year.version + 1, after.amounts)
    return Settled(life, visit, numbers("settlement", ended_on), reading, computed, rated, batches)


def _setting(visit: Visit, kind: str, scheme: str) -> charging.Setting:
    person, began_on = visit.patient, visit.began_at.date()
    codes = () if kind == PHARMACY else (visit.diagnosis.code,)
    patient = encounters.Patient("M" if person.male else "F", person.born_on, codes, emergency=False)
    level = terms.level_of(visit.place.code, began_on)
    return charging.Setting(AREA, visit.place.code, level, scheme, kind, patient, began_on, visit.ended_at.date())


def _lines(visit: Visit) -> list[encounters.Line]:
    """The charges as an upload would bring them: one batch of a visit, one a day of a stay."""
    return [
        encounters.Line(
            serial=f"{position:06d}",
            batch_no=f"B{line.served_at:%Y%m%d}" if visit.kind == INPATIENT else "B1",
            item_code=line.item.code,
            institution_item_code=f"N{line.item.code[-8:]}",
            served_at=line.served_at,
            quantity=line.quantity,
            unit_price=line.price,
            amount_fen=int(line.amount * 100),
            approved=messages.YES if line.item.restricted else messages.NO,
            physician_code=line.doctor.code,
            department_code=line.doctor.department_code,
            prescription_no="",
        )
        for position, line in enumerate(visit.lines, 1)
    ]


def _bill(visit: Visit, life: Life, kind: str, encounter: int, batches: Sequence[Columns]) -> facts.Bill:
    stay = visit.kind == INPATIENT
    return facts.Bill(
        pooling_area=AREA,
        id=encounter,
        institution_code=visit.place.code,
        person_id=life.person_id,
        scheme=life.patient.scheme,
        care_type=visit.care_type,
        kind=kind,
        state="discharged" if stay else "open",
        began_on=visit.began_at.date(),
        ended_on=visit.ended_at.date() if stay else None,
        disease_code=visit.disease.code if visit.disease else "",
        credential_type=messages.ID_CARD,
        batches=tuple(msgspec.convert(batch, facts.Batch) for batch in batches),
    )


def _registration(settled: Settled) -> encounters.Registration:
    """What 2201 or 2401 would have brought; a purchase comes without department and diagnosis (2102)."""
    visit, bill = settled.visit, settled.reading.bill
    at_a_window = encounters.Registration(
        institution_code=visit.place.code,
        person_no=settled.life.person_no,
        scheme=bill.scheme,
        care_type=visit.care_type,
        kind=bill.kind,
        began_at=visit.began_at,
        disease_code=bill.disease_code,
        credential_type=messages.ID_CARD,
    )
    if bill.kind == PHARMACY:
        return at_a_window
    return msgspec.structs.replace(
        at_a_window,
        chart_no=f"L{bill.id % 10**9:09d}",
        department_code=visit.doctor.department_code,
        department=visit.doctor.department,
        physician_code=visit.doctor.code,
        physician=visit.doctor.name,
        diagnoses=(_diagnosis(visit),),
    )


def _diagnosis(visit: Visit) -> encounters.Diagnosis:
    return encounters.Diagnosis(
        code=visit.diagnosis.code,
        name=visit.diagnosis.name,
        place=1,
        main=True,
        department=visit.doctor.department,
        physician_code=visit.doctor.code,
        physician=visit.doctor.name,
        made_at=visit.began_at,
        operator_no=OPERATOR[0],
        operator=OPERATOR[1],
        recorded_at=visit.began_at,
    )
