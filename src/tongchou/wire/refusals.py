"""What was refused (报文拒绝): counted in the process, written every few seconds, so that no message waits for it.

A refusal changes nothing and must cost nothing: the answer goes out first. Counts are whole; the messages themselves
are kept up to a limit for each institution, transaction, code and day, and for some weeks. What a killed process had
not written yet is missing from the figures and from nothing else. Decision 0060.
"""

import logging
import re
import threading
from collections import Counter
from collections.abc import Iterable
from dataclasses import asdict, dataclass
from datetime import date, datetime
from typing import Any, Final

import msgspec
from django.db import DatabaseError, InterfaceError, OperationalError, connection

from tongchou.platform.web import masks
from tongchou.wire import moments

SECONDS_BETWEEN_WRITES: Final = 2.0
MOST_KEYS: Final = 5_000
"""Groups told apart between two writes; what a stranger makes up beyond that counts without an institution."""
MOST_KEPT: Final = 200
"""Messages kept between two writes of one process."""
KEPT_EACH_DAY: Final = 1_000
"""Messages of one group and day from which on only the count goes up."""
LONGEST_INSTITUTION: Final = 12
LONGEST_MESSAGE_ID: Final = 40
LONGEST_OPERATOR: Final = 30
LONGEST_REASON: Final = 300
LONGEST_PERSON: Final = 30

_CERTIFICATE: Final = re.compile(r"(?<![0-9A-Za-z])\d{17}[\dXx](?![0-9A-Za-z])")
_PHONE: Final = re.compile(r"(?<![0-9A-Za-z])1[3-9]\d{9}(?![0-9A-Za-z])")
_PERSON: Final = re.compile(rb'"psn_no"\s*:\s*"([0-9A-Za-z]{1,30})"')
log = logging.getLogger("tongchou.wire")

_WRITE: Final = """
WITH said AS (
    SELECT day, coalesce(a.institution_code, '') AS institution_code, infno, code, refusals
      FROM jsonb_to_recordset(%(counts)s::jsonb)
           AS n(day date, institution_code text, infno text, code text, refusals bigint)
      LEFT JOIN wire_wireaccess a USING (institution_code)
), kept AS (
    INSERT INTO wire_refusal (reply_no, received_at, institution_code, infno, msgid, operator_no, code, reason,
                              person_no)
    SELECT n.reply_no, n.received_at, coalesce(a.institution_code, ''), n.infno, n.msgid, n.operator_no, n.code,
           n.reason, n.person_no
      FROM jsonb_to_recordset(%(messages)s::jsonb)
           AS n(reply_no text, received_at timestamptz, institution_code text, infno text, msgid text,
                operator_no text, code text, reason text, person_no text, day date)
      LEFT JOIN wire_wireaccess a USING (institution_code)
      LEFT JOIN wire_refusalday d ON d.day = n.day AND d.institution_code = coalesce(a.institution_code, '')
           AND d.infno = n.infno AND d.code = n.code
     WHERE coalesce(d.refusals, 0) < %(each_day)s
    ON CONFLICT DO NOTHING
)
INSERT INTO wire_refusalday (day, institution_code, infno, code, refusals)
SELECT day, institution_code, infno, code, sum(refusals) FROM said GROUP BY 1, 2, 3, 4 ORDER BY 1, 2, 3, 4
ON CONFLICT (day, institution_code, infno, code) DO UPDATE SET refusals = wire_refusalday.refusals + EXCLUDED.refusals
"""
"""An institution without access to the wire is nobody we know: whatever it calls itself counts together."""


@dataclass(frozen=True, slots=True)
class Refused:
    """One message that was refused, with what it says of itself; texts are empty where it could not be read."""

    received_at: datetime
    reply_no: str
    institution_code: str
    infno: str
    msgid: str
    operator_no: str
    code: str
    reason: str
    person_no: str = ""

    @property
    def day(self) -> date:
        return self.received_at.astimezone(moments.SHANGHAI).date()

    @property
    def key(self) -> tuple[date, str, str, str]:
        return self.day, self.institution_code, self.infno, self.code


class Tally:
    """What was refused since the last writing (拒绝计数)."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._counts: Counter[tuple[date, str, str, str]] = Counter()
        self._kept: list[Refused] = []

    def note(self, refused: Refused) -> None:
        """Count a refusal; never raises, never asks the database."""
        with self._lock:
            key = refused.key
            if key not in self._counts and len(self._counts) >= MOST_KEYS:
                key = (refused.day, "", refused.infno, refused.code)
            self._counts[key] += 1
            if len(self._kept) < MOST_KEPT:
                self._kept.append(refused)

    def write(self) -> int:
        """Write what was counted and begin anew; returns how many refusals.

        What a database that is away cannot take is kept for the next time. Raises: DatabaseError.
        """
        with self._lock:
            counts, kept = self._counts, self._kept
            self._counts, self._kept = Counter(), []
        if not counts:
            return 0
        try:
            with connection.cursor() as cursor:
                cursor.execute(_WRITE, {"counts": _counted(counts), "messages": _told(kept), "each_day": KEPT_EACH_DAY})
        except (OperationalError, InterfaceError):
            with self._lock:
                self._counts.update(counts)
                self._kept = (kept + self._kept)[:MOST_KEPT]
            raise
        return counts.total()


def _counted(counts: Counter[tuple[date, str, str, str]]) -> str:
    rows = [
        {
            "day": day,
            "institution_code": _storable(institution, LONGEST_INSTITUTION),
            "infno": infno,
            "code": code,
            "refusals": refusals,
        }
        for (day, institution, infno, code), refusals in counts.items()
    ]
    return msgspec.json.encode(rows).decode()


def _told(messages: Iterable[Refused]) -> str:
    rows: list[dict[str, Any]] = [
        {
            **asdict(one),
            "day": one.day,
            "institution_code": _storable(one.institution_code, LONGEST_INSTITUTION),
            "msgid": _storable(one.msgid, LONGEST_MESSAGE_ID),
            "operator_no": _storable(one.operator_no, LONGEST_OPERATOR),
            "person_no": _storable(one.person_no, LONGEST_PERSON),
            "reason": _storable(without_numbers_of_persons(one.reason), LONGEST_REASON),
        }
        for one in messages
    ]
    return msgspec.json.encode(rows).decode()


def _storable(text: str, longest: int) -> str:
    """What a stranger wrote, as the database can hold it."""
    return text.encode("utf-8", "replace").decode().replace("\0", "")[:longest]


def person_no_of(raw: bytes) -> str:
    """The 人员编号 that a message names, if it can be read: what is refused is listed for the person (ENR-24)."""
    found = _PERSON.search(raw)
    return found[1].decode("utf-8", "replace") if found else ""


def without_numbers_of_persons(text: str) -> str:
    """The reason with certificates and telephone numbers masked (RIG-04): it is kept to be read by many."""
    text = _CERTIFICATE.sub(lambda found: masks.certificate(found[0]), text)
    return _PHONE.sub(lambda found: masks.phone(found[0]), text)


tally: Final = Tally()
"""Of this process."""


class Writer:
    """The thread of a serving process that writes the tally (拒绝记录)."""

    def __init__(self, of: Tally = tally, *, seconds: float = SECONDS_BETWEEN_WRITES) -> None:
        self._tally = of
        self._seconds = seconds
        self._stopping = threading.Event()
        self._thread = threading.Thread(target=self._loop, name="refusals", daemon=True)

    def start(self) -> None:
        self._thread.start()

    def stop(self) -> None:
        """Write what is left, and end."""
        self._stopping.set()
        self._thread.join()

    def _loop(self) -> None:
        while not self._stopping.wait(self._seconds):
            self._write()
        self._write()
        connection.close()

    def _write(self) -> None:
        try:
            self._tally.write()
        except DatabaseError:  # the server may be restarting
            log.warning("refusals wait for the database", exc_info=True)
            connection.close()
