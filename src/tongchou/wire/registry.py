"""The registry (交易注册): transaction number → typed input, command, typed answer; all the rest is done here, once.

A chapter's `api/` declares `@transaction("2204", booking=True)` over a function that takes a `Call` and returns the
bytes of the answer: it translates, calls one command and nothing else. Reading, sender, sign-in, repeats, refusals,
faults, figures and the log are the registry's.
"""

import logging
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from types import SimpleNamespace
from typing import Any, Final

import psycopg
from django.db import DatabaseError, connection

from tongchou.kernel.errors import DomainError
from tongchou.wire import access, booking, envelope, errors, metrics, reading, refusals, specification, structs
from tongchou.wire.booking import BookingKey
from tongchou.wire.refusals import Refused

TRIES: Final = 3
"""How often a message is tried when the database breaks off; a booking counts once however often it is tried."""

Clock = Callable[[], datetime]
log = logging.getLogger("tongchou.wire")


class Call:
    """One message on its way to a command (调用): typed input, who sent it, and how to render the answer."""

    __slots__ = ("_clock", "infno", "input", "institution_code", "key", "out", "received_at")

    def __init__(self, infno: str, message: Any, key: BookingKey, out: SimpleNamespace, clock: Clock) -> None:
        self.infno = infno
        self.input = message
        self.key = key
        self.institution_code = key.institution_code
        self.received_at = key.received_at
        self.out = out
        self._clock = clock

    def answer(self, output: Any = None, *, warning: str | None = None) -> bytes:
        """The answer with this output: an `out.output(…)`, a list where the output is one, or null."""
        return envelope.success(
            output,
            received_at=self.received_at,
            reply_no=self.key.reply_no,
            warning=warning,
            clock=self._clock,
        )


Handler = Callable[[Call], bytes]


@dataclass(frozen=True, slots=True)
class Served:
    """A transaction that someone serves."""

    infno: str
    handler: Handler
    booking: bool
    needs_sign_in: bool
    meter: metrics.Meter = field(repr=False)


_served: dict[str, Served] = {}
_reply_numbers = envelope.ReplyNumbers()


def transaction(*numbers: str, booking: bool = False, needs_sign_in: bool = True) -> Callable[[Handler], Handler]:
    """Serve these transactions with the decorated function (注册交易).

    `booking` when it changes something; a booking needs a sign-in where the institution's access says so.
    """

    def register(handler: Handler) -> Handler:
        for infno in numbers:
            if infno not in specification.transactions():
                raise LookupError(f"transaction {infno} is not in the specification")
            if infno in _served and _served[infno].handler is not handler:
                raise LookupError(f"transaction {infno} is served already")
            _served[infno] = Served(infno, handler, booking, booking and needs_sign_in, metrics.Meter(infno))
        return handler

    return register


def served() -> Mapping[str, Served]:
    """What is served, by number."""
    return _served


def respond(body: bytes, *, headers: Mapping[str, str], clock: Clock, signed: bytes | None = None) -> bytes:
    """The answer to one message, always in the envelope (应答).

    `headers` as WSGI names them; `signed` is the body that a signature covers when `body` is its transcription.
    """
    started = time.perf_counter()
    message = _Message(clock)
    try:
        answer = message.answer(body, headers, body if signed is None else signed)
        outcome = "done"
    except DomainError as refusal:
        answer = message.refuse(refusal)
        outcome = "refused"
    except Exception:
        answer = message.fail()
        outcome = "failed"
    message.meter.count(outcome, time.perf_counter() - started)
    return answer


def refuse(refusal: DomainError, *, clock: Clock) -> bytes:
    """The answer to what is not even a message (拒绝)."""
    message = _Message(clock)
    message.meter.count("refused", 0.0)
    return message.refuse(refusal)


class _Message:
    """One message from bytes to bytes; remembers how far it came, for the refusal and the log."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._received_at = clock()
        self._reply_no = ""
        self._frame: Any = None
        self._key: BookingKey | None = None
        self._raw = b""
        self.meter = metrics.unknown

    def answer(self, body: bytes, headers: Mapping[str, str], signed: bytes) -> bytes:
        """Raises: DomainError for what is refused."""
        self._frame = frame = envelope.read(body)
        served_by = _served.get(frame.infno)
        if served_by is None:
            raise errors.UnknownTransaction(infno=frame.infno)
        self.meter = served_by.meter
        self._reply_no = _reply_numbers.next(frame.mdtrtarea_admvs, self._received_at)
        self._raw = raw = envelope.input_of(frame)
        self._key = key = BookingKey(
            institution_code=frame.fixmedins_code,
            infno=frame.infno,
            msgid=frame.msgid,
            digest=booking.digest_of(raw) if served_by.booking else b"",
            reply_no=self._reply_no,
            operator_no=frame.opter or "",
            operator=frame.opter_name or "",
            received_at=self._received_at,
        )
        return _persist(lambda: self._serve(served_by, frame, key, raw, headers, signed))

    def _serve(
        self,
        served_by: Served,
        frame: Any,
        key: BookingKey,
        raw: bytes,
        headers: Mapping[str, str],
        signed: bytes,
    ) -> bytes:
        sender = access.check_sender(key.institution_code, headers=headers, body=signed, at=key.received_at)
        if served_by.needs_sign_in:
            access.check_signed_in(sender, frame.sign_no, at=key.received_at)
        message = reading.reader(key.infno).read(raw)
        return _handle(served_by, Call(key.infno, message, key, structs.answers(key.infno), self._clock), raw)

    def refuse(self, refusal: DomainError) -> bytes:
        self._number()
        log.info("refused %s: %s", refusal.code, self._which())
        self._note(refusal.code, refusal.sentence)
        return self._refusal(f"{refusal.code} {refusal.sentence}")

    def fail(self) -> bytes:
        self._number()
        log.exception("failed: %s", self._which())
        unavailable = errors.Unavailable(reply_no=self._reply_no)
        self._note(unavailable.code, unavailable.sentence)
        return self._refusal(f"{unavailable.code} {unavailable.sentence}")

    def _note(self, code: str, reason: str) -> None:
        """Count the refusal with what the message says of itself, as far as it could be read."""
        frame = self._frame
        refusals.tally.note(
            Refused(
                received_at=self._received_at,
                reply_no=self._reply_no,
                institution_code=frame.fixmedins_code or "" if frame else "",
                infno=frame.infno if frame and frame.infno in _served else "",
                msgid=frame.msgid or "" if frame else "",
                operator_no=frame.opter or "" if frame else "",
                code=code,
                reason=reason,
                person_no=refusals.person_no_of(self._raw),
            )
        )

    def _number(self) -> None:
        """A reply number also for what could not be read."""
        self._reply_no = self._reply_no or _reply_numbers.next(None, self._received_at)

    def _which(self) -> str:
        """Enough to find the message again, and nothing about a person."""
        if self._key is None:
            return f"reply {self._reply_no}"
        return f"reply {self._reply_no}, {self._key.infno} of {self._key.institution_code}"

    def _refusal(self, text: str) -> bytes:
        return envelope.refusal(text, received_at=self._received_at, reply_no=self._reply_no, clock=self._clock)


def _handle(served_by: Served, call: Call, raw: bytes) -> bytes:
    """Run the handler; a booking that is refused may be the repeat of one that was done. Raises: DomainError."""
    try:
        return served_by.handler(call)
    except psycopg.DataError:
        reading.reader(call.infno).read_tolerantly(raw)  # names the field with the character no database can hold
        raise
    except DomainError:
        if served_by.booking and (earlier := booking.earlier_answer(call.key)) is not None:
            return earlier
        raise


def _persist(work: Callable[[], bytes]) -> bytes:
    """Try again what the database broke off: a lost connection, a deadlock, a serialization failure."""
    for attempt in range(1, TRIES + 1):
        try:
            return work()
        except (psycopg.DatabaseError, DatabaseError) as fault:
            if attempt == TRIES or not _was_broken_off(fault):
                raise
    raise AssertionError("unreachable")


def _was_broken_off(fault: Exception) -> bool:
    """Is it worth another try? A connection that was lost is given up, so that the next use opens a new one."""
    if connection.connection is None or connection.connection.closed:
        connection.close()
        return True
    cause = fault if isinstance(fault, psycopg.Error) else fault.__cause__  # Django's cursors wrap the driver's error
    return isinstance(cause, psycopg.errors.SerializationFailure | psycopg.errors.DeadlockDetected)
