"""The envelope (报文头): who sends which transaction, and the frame of every answer."""

import itertools
import secrets
from collections.abc import Callable
from datetime import datetime
from typing import Any, Final

import msgspec

from tongchou.wire import errors, moments, reading, specification, structs

INPUT_SPELLINGS: Final = ("input", "Input")
BYTE_ORDER_MARK: Final = b"\xef\xbb\xbf"
NO_DIVISION: Final = "000000"
SERIALS: Final = 10**10
LONGEST_ERROR: Final = 200

Envelope = msgspec.defstruct(
    "Envelope",
    [(spelling, msgspec.Raw, msgspec.Raw()) for spelling in INPUT_SPELLINGS],
    bases=(structs.node_struct(specification.envelope()),),
    kw_only=True,
    gc=False,
)
"""The members that anything depends on, and the input as it came, under either spelling."""

_decode: Final = msgspec.json.Decoder(Envelope).decode
_decode_members: Final = msgspec.json.Decoder(dict[str, msgspec.Raw]).decode
_encode: Final = msgspec.json.Encoder(decimal_format="number").encode


def read(body: bytes) -> Any:
    """The envelope of a message. Raises: MessageRefused, naming the field."""
    body = body.removeprefix(BYTE_ORDER_MARK)
    if not body.strip():
        raise errors.EmptyMessage
    try:
        return reading.reading_json(_decode, body)
    except msgspec.ValidationError:
        return _read_tolerantly(body)


def _read_tolerantly(body: bytes) -> Any:
    try:
        members = reading.reading_json(_decode_members, body)
    except msgspec.ValidationError:
        raise errors.NotAnObject(title="报文") from None
    node = specification.envelope()
    spelled = {name for field in node.fields for name in (field.name, *field.also)}
    known = {name: reading.loads(bytes(raw)) for name, raw in members.items() if name in spelled}
    inputs = {name: members[name] for name in INPUT_SPELLINGS if name in members}
    return Envelope(**reading.members_of(node.fields, known, ""), **inputs)


def input_of(envelope: Any) -> bytes:
    """The input as it came; `null` when the message has none."""
    return bytes(envelope.input) or bytes(envelope.Input) or b"null"


class ReplyNumbers:
    """接收方报文ID: division, time, and a serial that starts anywhere and goes round."""

    def __init__(self) -> None:
        self._serial = itertools.count(secrets.randbelow(SERIALS))

    def next(self, division: str | None, received_at: datetime) -> str:
        """30 digits: division 6, time 14, serial 10."""
        if division is None or len(division) != len(NO_DIVISION) or not division.isdigit():
            division = NO_DIVISION
        return f"{division}{moments.stamp(received_at)[:14]}{next(self._serial) % SERIALS:010d}"


def success(
    output: Any, *, received_at: datetime, reply_no: str, warning: str | None, clock: Callable[[], datetime]
) -> bytes:
    """The answer of a transaction that was done; `output` None is null, never an empty object (应答)."""
    return (
        b'{"output":%b,"infcode":0,"warn_msg":%b,"cainfo":null,"err_msg":"","refmsg_time":"%b","signtype":null,'
        b'"respond_time":"%b","inf_refmsgid":"%b"}'
    ) % (
        _encode(output),
        _encode(warning),
        moments.stamp(received_at).encode(),
        moments.stamp(clock()).encode(),
        reply_no.encode(),
    )


def refusal(text: str, *, received_at: datetime, reply_no: str, clock: Callable[[], datetime]) -> bytes:
    """The answer of a transaction that was not done, with its reason in Chinese (失败应答)."""
    return (
        b'{"output":null,"infcode":-1,"warn_msg":null,"cainfo":null,"err_msg":%b,"refmsg_time":"%b","signtype":null,'
        b'"respond_time":"%b","inf_refmsgid":"%b"}'
    ) % (
        _encode(text[:LONGEST_ERROR]),
        moments.stamp(received_at).encode(),
        moments.stamp(clock()).encode(),
        reply_no.encode(),
    )
