"""The statements of settling (结算语句): one read, one write each; encoded and decoded here, once."""

from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any, Final

import msgspec

from tongchou.settlement.facts import DaySums, PurchaseReading, Reading, StandingSettlement, TakenBackReading, Year
from tongchou.wire import booking, database
from tongchou.wire.booking import BookingKey
from tongchou.wire.database import Refusals

_READ: Final = "SELECT settlement_reading(%s, %s, %s, %s, %s)"
_READ_PURCHASE: Final = "SELECT settlement_purchase_reading(%s, %s, %s)"
_READ_TAKEN_BACK: Final = "SELECT settlement_taken_back_reading(%s, %s)"
_READ_DAYS: Final = "SELECT settlement_bill_by_day(%s, %s)"
_READ_DAYS_OF: Final = "SELECT settlement_bill_by_day_of(%s, %s, %s)"
_READ_PERSON_YEAR: Final = "SELECT settlement_person_year(%s, %s, %s, %s)"
_READ_YEARS: Final = "SELECT settlement_years(%s, %s, %s, %s, %s)::text"
_READ_BALANCE: Final = "SELECT settlement_balance(%s, %s)"
_LOCK_YEARS: Final = """
SELECT FROM settlement_accumulator WHERE person_id = ({person}) ORDER BY pooling_area, scheme, benefit_year
FOR NO KEY UPDATE
"""
_LOCK_ACCOUNT: Final = "SELECT FROM settlement_personalaccount WHERE person_id = ({person}) FOR NO KEY UPDATE"
_BY_ENCOUNTER: Final = "SELECT person_id FROM encounters_encounter WHERE pooling_area = %s AND id = %s"
_BY_SETTLEMENT: Final = "SELECT person_id FROM settlement_settlement WHERE pooling_area = %s AND id = %s"
_BY_NUMBER: Final = "SELECT enrolment_surviving(id) FROM enrolment_person WHERE person_no = %s"
_AREA: Final = """
SELECT s.pooling_area FROM settlement_settlement s JOIN enrolment_person p ON p.id = s.person_id
WHERE p.id = (SELECT enrolment_surviving(q.id) FROM enrolment_person q WHERE q.person_no = %s) AND s.id = %s
"""
_BOOKING: Final = "%s, %s, %s, %s, %s, %s, %s, %s, %s"
_RECORD: Final = f"SELECT settlement_record({_BOOKING}, %s, %s, %s, %s, %s, %s, %s, %s, %s)"
_PURCHASE: Final = f"SELECT settlement_purchase({_BOOKING}, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s)"
_TAKE_BACK: Final = f"SELECT settlement_take_back({_BOOKING}, %s, %s, %s, %s, %s, %s, %s)"
_RESTORE: Final = f"SELECT settlement_restore({_BOOKING}, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s)"

_decode_reading: Final = msgspec.json.Decoder(Reading).decode
_decode_purchase: Final = msgspec.json.Decoder(PurchaseReading).decode
_decode_taken_back: Final = msgspec.json.Decoder(TakenBackReading).decode
_decode_days: Final = msgspec.json.Decoder(list[DaySums]).decode
_decode_person_year: Final = msgspec.json.Decoder(list[StandingSettlement]).decode
_decode_years: Final = msgspec.json.Decoder(dict[str, Year]).decode
_json: Final = msgspec.json.Encoder().encode


def read(area: str, encounter: int, batch: str | None, person_no: str, today: date) -> Reading | None:
    """The bill and all it is settled by; None when the encounter is unknown."""
    found = database.call(_READ, area, encounter, batch, person_no, today)
    return None if found is None else _decode_reading(found)


def read_purchase(person_no: str, scheme: str, on: date) -> PurchaseReading:
    """The same for a purchase, whose bill comes with the message."""
    return _decode_purchase(database.call(_READ_PURCHASE, person_no, scheme, on) or b"{}")


def read_taken_back(area: str, settlement: int) -> TakenBackReading | None:
    """A settlement, what became of it, and the accumulators it is taken from; None when unknown."""
    found = database.call(_READ_TAKEN_BACK, area, settlement)
    return None if found is None else _decode_taken_back(found)


def read_days(area: str, encounter: int) -> list[DaySums]:
    """The lines of a stay by day and class."""
    return _decode_days(database.call(_READ_DAYS, area, encounter) or b"[]")


def read_days_of(area: str, encounter: int, batches: Sequence[str]) -> list[DaySums]:
    """The same of some batches of the stay."""
    return _decode_days(database.call(_READ_DAYS_OF, area, encounter, list(batches)) or b"[]")


def read_person_year(area: str, person_id: int, scheme: str, year: int) -> list[StandingSettlement]:
    """The settlements of a person-year that stand, with what each would be settled by today."""
    return _decode_person_year(database.call(_READ_PERSON_YEAR, area, person_id, scheme, str(year)) or b"[]")


def read_years(area: str, person_id: int, scheme: str, since: int, until: int) -> dict[str, Year]:
    """The accumulators of a person from one year to another, both included."""
    found = database.call(_READ_YEARS, area, person_id, scheme, date(since, 1, 1), date(until, 12, 31))
    return _decode_years(found or b"{}")


def read_balance(area: str, person_id: int) -> int:
    """What the person's account holds, in fen."""
    found = database.row(_READ_BALANCE, area, person_id)
    return int(found[0]) if found else 0


def lock_years(area: str, person_id: int) -> None:
    """Hold the accumulators and the account of a person in one area until the transaction ends."""
    for table in ("settlement_accumulator", "settlement_personalaccount"):
        database.run(
            f"SELECT FROM {table} WHERE pooling_area = %s AND person_id = %s FOR NO KEY UPDATE", area, person_id
        )


def open_purchase_again(area: str, encounter: int) -> None:
    """A purchase whose settlement was just taken back is to be settled again in this transaction."""
    database.run("SELECT encounters_open_again(%s, %s)", area, encounter)


def area_of_settlement(person_no: str, settlement: int) -> str:
    """The pooling area of a settlement known by its person; empty when there is none."""
    found = database.row(_AREA, person_no, settlement)
    return found[0] if found else ""


def lock_person_of_encounter(area: str, encounter: int) -> None:
    """Hold the accumulators and the account of the encounter's person until the transaction ends."""
    _lock(_BY_ENCOUNTER, area, encounter)


def lock_person_of_settlement(area: str, settlement: int) -> None:
    """The same for the person of a settlement."""
    _lock(_BY_SETTLEMENT, area, settlement)


def lock_person(person_no: str) -> None:
    """The same by number."""
    _lock(_BY_NUMBER, person_no)


def _lock(person: str, *which: Any) -> None:
    database.run(_LOCK_YEARS.format(person=person), *which)
    database.run(_LOCK_ACCOUNT.format(person=person), *which)


class Row(msgspec.Struct, frozen=True, gc=False):
    """What every writing function takes besides the booking: the settlement's row, its years, dues and balance."""

    columns: Mapping[str, Any]
    years: Mapping[str, Year]
    funds: Mapping[str, int]
    balance_fen: int

    @property
    def settled(self) -> str:
        return _json(self.columns).decode()

    @property
    def accumulators(self) -> tuple[list[int], list[int], list[str]]:
        """Years, the versions they were computed on, and their amounts from now on."""
        amounts = [_json(after.amounts).decode() for after in self.years.values()]
        return [int(year) for year in self.years], [after.version for after in self.years.values()], amounts

    @property
    def dues(self) -> tuple[list[str], list[int]]:
        return list(self.funds), list(self.funds.values())


def record(
    key: BookingKey, person_no: str, answer: bytes, row: Row, *, batches: Mapping[str, int], refusals: Refusals
) -> bytes | None:
    """Settle batches (their totals in fen) of an encounter: None when done, else the first answer."""
    parameters = [
        *_booked(key, person_no, answer),
        row.settled,
        *row.accumulators,
        *_held(batches),
        *row.dues,
        row.balance_fen,
    ]
    return booking.write(_RECORD, parameters, refusals)


def record_purchase(
    key: BookingKey, person_no: str, answer: bytes, row: Row, *, visit: "Visit", refusals: Refusals
) -> bytes | None:
    """Put down a purchase with its visit and lines: None when done, else the first answer."""
    parameters = [
        *_booked(key, person_no, answer),
        row.settled,
        *row.accumulators,
        _json(visit.encounter).decode(),
        _json(visit.batches).decode(),
        _json(visit.lines).decode(),
        *row.dues,
        row.balance_fen,
    ]
    return booking.write(_PURCHASE, parameters, refusals)


class Visit(msgspec.Struct, frozen=True):
    """The rows of a visit that comes with its settlement: encounter, batches, lines."""

    encounter: Mapping[str, Any]
    batches: Sequence[Any]
    lines: Sequence[Any]


def take_back(key: BookingKey, person_no: str, answer: bytes, row: Row, *, refusals: Refusals) -> bytes | None:
    """Put down the negative twin of a settlement: None when done, else the first answer."""
    parameters = [*_booked(key, person_no, answer), row.settled, *row.accumulators, *row.dues, row.balance_fen]
    return booking.write(_TAKE_BACK, parameters, refusals)


def restore(
    key: BookingKey,
    person_no: str,
    answer: bytes,
    row: Row,
    *,
    original: int,
    batches: Mapping[str, int],
    refusals: Refusals,
) -> bytes | None:
    """Annul a cancellation: None when done, else the first answer."""
    parameters = [
        *_booked(key, person_no, answer),
        row.settled,
        original,
        *_held(batches),
        *row.accumulators,
        *row.dues,
        row.balance_fen,
    ]
    return booking.write(_RESTORE, parameters, refusals)


def _held(batches: Mapping[str, int]) -> tuple[list[str], list[int]]:
    """The batches that a settlement holds, with their totals."""
    return list(batches), list(batches.values())


def _booked(key: BookingKey, person_no: str, answer: bytes) -> list[Any]:
    institution, infno, msgid, digest, reply_no, operator_no, at = key.columns
    return [institution, infno, msgid, digest, reply_no, person_no, operator_no, answer, at]
