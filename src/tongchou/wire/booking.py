"""Bookings (报文记账): a message that changes something counts once, whoever repeats it and however often.

The key is institution, transaction, message id and the digest of the input, since real clients reuse message ids.
Every database function that writes calls `wire_book` first; the answer is rendered before the write and kept with it.
"""

import hashlib
from collections.abc import Sequence
from datetime import datetime
from typing import Any, Final

import msgspec

from tongchou.wire import database, errors
from tongchou.wire.database import Refusals

CONSOLE: Final = "console"
DIGEST_BYTES: Final = 32
UNDONE: Final = "TC901"
"""SQLSTATE of a message that was reversed and came again."""


class BookingKey(msgspec.Struct, frozen=True, gc=False):
    """What identifies a message, and who answers for it (报文标识)."""

    institution_code: str
    infno: str
    msgid: str
    digest: bytes
    reply_no: str
    operator_no: str
    operator: str
    received_at: datetime

    @classmethod
    def of_console(cls, *, request_id: str, operator_no: str, operator: str, at: datetime) -> "BookingKey":
        """The key of a command from the console: the form's request id counts once."""
        return cls("", CONSOLE, request_id, bytes(DIGEST_BYTES), "", operator_no, operator, at)

    @property
    def columns(self) -> tuple[str, str, str, bytes, str, str, datetime]:
        """As the database functions take it: institution, infno, msgid, digest, reply_no, operator_no, at."""
        return (
            self.institution_code,
            self.infno,
            self.msgid,
            self.digest,
            self.reply_no,
            self.operator_no,
            self.received_at,
        )


def digest_of(raw: bytes) -> bytes:
    """32 bytes of BLAKE2b over the input as it came (报文摘要; decision 0051)."""
    return hashlib.blake2b(raw, digest_size=DIGEST_BYTES).digest()


def write(statement: str, parameters: Sequence[Any], refusals: Refusals) -> bytes | None:
    """`database.write` for a function that books: None when it wrote, else the first answer of the same message.

    Raises: BookingUndone, and the given refusals.
    """
    return database.write(statement, parameters, {UNDONE: errors.BookingUndone, **refusals})


def earlier_answer(key: BookingKey) -> bytes | None:
    """The first answer of this very message, when it was booked (首次应答). Raises: BookingUndone."""
    found = database.row(
        "SELECT answer, reversed_at IS NOT NULL FROM wire_booking "
        "WHERE institution_code = %s AND infno = %s AND msgid = %s AND digest = %s",
        key.institution_code,
        key.infno,
        key.msgid,
        key.digest,
    )
    if found is None:
        return None
    answer, undone = found
    if undone:
        raise errors.BookingUndone
    return bytes(answer)
