"""Reversal of a message (冲正, 2601): as if the original had never been booked (decision 0053).

The chapter that books a transaction says how to undo it: `@reverser("2207")` over a step that runs in the reversal's
own transaction, books the reversal through its writing function and refuses by a `DomainError`. Which transactions are
reversible at all is data: `transactions.tsv`.
"""

from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Final

import msgspec
from django.db import transaction

from tongchou.wire import database, moments, specification
from tongchou.wire.booking import BookingKey
from tongchou.wire.errors import NotReversible, OriginalAmbiguous, OriginalUndone, OriginalUnknown

SECOND_EDITION: Final = "A"
"""2207A is 2207 in its second edition; clients name either as the original."""

FIND = """
SELECT infno, msgid, digest, reply_no, person_no, encounter_id, settlement_id, received_at, reversed_at
FROM wire_booking
WHERE institution_code = %s AND infno = ANY(%s) AND (msgid = %s OR reply_no = %s) AND person_no = %s
FOR UPDATE
"""
MARK = """
UPDATE wire_booking SET reversed_at = %s
WHERE institution_code = %s AND infno = %s AND msgid = %s AND digest = %s
"""


class Booked(msgspec.Struct, frozen=True):
    """原交易: the booking to undo."""

    infno: str
    msgid: str
    digest: bytes
    reply_no: str
    person_no: str
    encounter_id: int | None
    settlement_id: int | None
    received_at: datetime
    reversed_at: datetime | None


Reverser = Callable[[Booked, BookingKey, bytes], bytes | None]
"""Undoes the booking with its writing function, given the reversal's key and answer; returns what that returned."""

_reversers: dict[str, Reverser] = {}


def reverser(*numbers: str) -> Callable[[Reverser], Reverser]:
    """Say how these transactions are undone (登记冲正)."""

    def register(undo: Reverser) -> Reverser:
        for infno in numbers:
            if infno in _reversers and _reversers[infno] is not undo:
                raise LookupError(f"transaction {infno} has a reverser already")
            _reversers[infno] = undo
        return undo

    return register


def reversible() -> Mapping[str, Reverser]:
    """What may and can be undone, by number (可冲正交易)."""
    served = specification.transactions()
    return {infno: undo for infno, undo in _reversers.items() if served[infno].reversible}


def reverse(*, key: BookingKey, person_no: str, original_id: str, original_infno: str, answer: bytes) -> bytes:
    """冲正 (2601): find the one booking meant, undo it, mark it; all or nothing.

    Raises: NotReversible, OriginalUnknown, OriginalAmbiguous, OriginalUndone, and what the reverser refuses.
    """
    undoing = reversible()
    if original_infno not in undoing:
        raise NotReversible(infno=original_infno)
    with transaction.atomic(durable=True):
        booked = _original(key.institution_code, person_no, original_id, original_infno)
        earlier = undoing[booked.infno](booked, key, answer)
        if earlier is not None:
            return earlier
        database.run(MARK, key.received_at, key.institution_code, booked.infno, booked.msgid, booked.digest)
    return answer


def _original(institution_code: str, person_no: str, original_id: str, infno: str) -> Booked:
    numbers = [infno, infno.removesuffix(SECOND_EDITION) if infno.endswith(SECOND_EDITION) else infno + SECOND_EDITION]
    found = database.rows(FIND, institution_code, numbers, original_id, original_id, person_no)
    bookings = [Booked(*row) for row in found]
    open_ones = [booked for booked in bookings if booked.reversed_at is None]
    if len(open_ones) > 1:
        raise OriginalAmbiguous(msgid=original_id, count=len(open_ones))
    if open_ones:
        return open_ones[0]
    if bookings and bookings[0].reversed_at is not None:
        raise OriginalUndone(at=moments.written(bookings[0].reversed_at))
    raise OriginalUnknown(msgid=original_id, infno=infno)
