"""The statements of visits and stays (就医语句): reads and writes, encoded and decoded here, once."""

from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any, Final

import msgspec

from tongchou.encounters.facts import BeforeRegistration, Open
from tongchou.kernel.errors import DomainError
from tongchou.wire import booking, database
from tongchou.wire.booking import BookingKey

_BEFORE: Final = "SELECT encounters_before_registration(%s, %s)"
_OPEN: Final = "SELECT encounters_open(%s, %s, %s, %s)"
_BOOKING: Final = "%s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s"
_REGISTER: Final = f"SELECT encounters_register({_BOOKING}, %s)"
_ADD_LINES: Final = f"SELECT encounters_add_lines({_BOOKING}, %s, %s, %s)"
_CANCEL_LINES: Final = f"SELECT encounters_cancel_lines({_BOOKING}, %s, %s)"
_CANCEL: Final = f"SELECT encounters_cancel({_BOOKING}, %s)"
_CHANGE: Final = f"SELECT encounters_change({_BOOKING}, %s, %s)"

_decode_before: Final = msgspec.json.Decoder(BeforeRegistration).decode
_decode_open: Final = msgspec.json.Decoder(Open).decode
_json: Final = msgspec.json.Encoder().encode

Refusals = Mapping[str, type[DomainError]]


def before_registration(person_no: str, on: date) -> BeforeRegistration:
    """The person, the stay still open and the last one that ended (登记前查询)."""
    found = database.call(_BEFORE, person_no, on)
    assert found is not None
    return _decode_before(found)


def open_encounter(
    area: str, encounter: int, *, counted_items: Sequence[str] = (), refunded: Sequence[str] = ()
) -> Open | None:
    """The encounter as an upload or a change sees it; None when unknown (就诊)."""
    found = database.call(_OPEN, area, encounter, list(counted_items), list(refunded))
    return None if found is None else _decode_open(found)


class Write(msgspec.Struct, frozen=True, gc=False):
    """What every writing function takes first: the message, whose it is, its answer and the encounter it concerns."""

    key: BookingKey
    person_no: str
    answer: bytes
    area: str
    encounter: int

    @property
    def columns(self) -> list[Any]:
        institution, infno, msgid, digest, reply_no, operator_no, at = self.key.columns
        booked = [institution, infno, msgid, digest, reply_no, self.person_no, operator_no, self.answer, at]
        return [*booked, self.area, self.encounter]


def register(write: Write, facts: Mapping[str, Any]) -> bytes | None:
    """Put down an encounter (登记): None when done, else the first answer of the same message."""
    return booking.write(_REGISTER, [*write.columns, _text(facts)], {})


def add_lines(
    write: Write, states: Sequence[str], batches: Sequence[Any], lines: Sequence[Any], refusals: Refusals
) -> bytes | None:
    """Put down batches and their lines while the encounter is in one of the states (上传费用)."""
    return booking.write(_ADD_LINES, [*write.columns, list(states), _text(batches), _text(lines)], refusals)


def cancel_lines(write: Write, batch: str | None, serial: str | None, refusals: Refusals) -> bytes | None:
    """Take unsettled lines away: all, one batch, or one line (撤销费用)."""
    return booking.write(_CANCEL_LINES, [*write.columns, batch, serial], refusals)


def cancel(write: Write, *, with_lines: bool, refusals: Refusals) -> bytes | None:
    """Take the registration back, with its lines or only without any (撤销登记)."""
    return booking.write(_CANCEL, [*write.columns, with_lines], refusals)


def change(write: Write, states: Sequence[str], facts: Mapping[str, Any], refusals: Refusals) -> bytes | None:
    """Change columns while the encounter is in one of the states (变更、出院、撤销出院)."""
    return booking.write(_CHANGE, [*write.columns, list(states), _text(facts)], refusals)


def _text(value: Any) -> str:
    return _json(value).decode()
