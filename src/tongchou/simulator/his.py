"""A hospital's system that talks the wire (医院信息系统): visits, stays and purchases, with the usual mistakes.

A script below is the sequence of one visit. It runs on any line (over HTTP, or in process) and any clock (the real
one, or one that a month's history turns), because it only asks its desk and waits for moments.
"""

import asyncio
import itertools
import random
from collections import Counter
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from decimal import Decimal
from enum import Enum
from typing import Any, Final, Protocol

import orjson

from tongchou.simulator import dialects, messages
from tongchou.simulator.dialects import Dialect
from tongchou.simulator.http_client import ConnectionBroken
from tongchou.simulator.places import Place
from tongchou.simulator.visits import INPATIENT, PHARMACY, BillLine, Visit

TRIES: Final = 4
WAIT_BEFORE_TRY: Final = 0.5
SUCCESS: Final = 0
PATH: Final = "/fsi/api/rsfComIfsService/callService"
UNCOUNTED: Final = frozenset({"9001", "9002", "1101"})


class Mistake(Enum):
    """What goes wrong at a window."""

    DUPLICATE_SERIAL = "费用流水号重复"
    FORGOTTEN_VOID = "重传明细前忘记撤销"
    RESEND = "超时后原报文重发"
    WRONG_TOTAL = "总额与明细不符"
    UNKNOWN_PERSON = "证件号码输错"
    UNKNOWN_ITEM = "项目未对照"
    LOST_ANSWER = "结算应答丢失后冲正"
    CANCELLED = "退费"
    GIVEN_UP = "患者放弃结算"


MISTAKES: Final = {
    Mistake.DUPLICATE_SERIAL: 0.006,
    Mistake.FORGOTTEN_VOID: 0.004,
    Mistake.RESEND: 0.006,
    Mistake.WRONG_TOTAL: 0.006,
    Mistake.UNKNOWN_PERSON: 0.004,
    Mistake.UNKNOWN_ITEM: 0.004,
    Mistake.LOST_ANSWER: 0.003,
    Mistake.CANCELLED: 0.006,
    Mistake.GIVEN_UP: 0.004,
}
"""How often each happens; settlements cancelled afterwards stay within 0.3 to 1 %."""


def draw_mistake(chance: random.Random) -> Mistake | None:
    """The mistake of a visit, usually none."""
    draw = chance.random()
    for mistake, share in MISTAKES.items():
        draw -= share
        if draw < 0:
            return mistake
    return None


class Line(Protocol):
    """How messages reach the agency."""

    async def exchange(self, body: bytes) -> bytes:
        """The answer to one message. Raises: ConnectionBroken, OSError, TimeoutError."""


class Hours(Protocol):
    """What time it is, and waiting for a moment."""

    def now(self) -> datetime:
        """The current moment."""

    async def until(self, moment: datetime) -> None:
        """Return when that moment has come."""


@dataclass(slots=True)
class Reply:
    """What came back."""

    msgid: str
    sent: bytes
    output: Any
    error: str

    @property
    def done(self) -> bool:
        return not self.error


@dataclass(slots=True)
class Tally:
    """What a day brought: counted while it runs.

    `refusals` are those nobody expected; `overlooked` are mistakes that the agency did not refuse.
    """

    visits: Counter[str] = field(default_factory=Counter)
    messages: Counter[str] = field(default_factory=Counter)
    refusals: Counter[str] = field(default_factory=Counter)
    mistakes: Counter[str] = field(default_factory=Counter)
    overlooked: Counter[str] = field(default_factory=Counter)

    @property
    def settled(self) -> int:
        """Visits that ended in a settlement."""
        return sum(self.visits.values())


class NotDone(Exception):
    """The script cannot go on: the agency said no."""

    def __init__(self, infno: str, error: str) -> None:
        self.infno = infno
        self.error = error
        super().__init__(f"{infno}: {error}")


class AnswersDiffer(AssertionError):
    """The same message got two different answers: a fault of the server."""


class Desk:
    """A window of an institution: signs in, numbers its messages, keeps its vendor's habits."""

    def __init__(
        self,
        place: Place,
        line: Line,
        hours: Hours,
        tally: Tally,
        *,
        first_serial: int = 1,
        pause: timedelta = timedelta(0),
        dialect: Dialect | None = None,
    ) -> None:
        self.place = place
        self._pause = pause
        self.hours = hours
        self.tally = tally
        self._line = line
        self._dialect = dialect or dialects.of_place(place.code)
        self._serials = itertools.count(first_serial)
        self._sign_no: str | None = None
        self._signed_in_on: Any = None

    async def ask(self, infno: str, content: messages.Input, *, wrong: bool = False) -> Reply:
        """Send one message, after the moment a cashier needs; a broken line is tried again with the same bytes.

        `wrong` says that the message is a mistake, and the agency should refuse it.
        """
        await self.hours.until(self.hours.now() + self._pause)
        at = self.hours.now()
        if self._dialect.signs_in and self._signed_in_on != at.date():
            await self._sign_in(at)
        return await self._send(infno, content, at, wrong=wrong)

    async def _sign_in(self, at: datetime) -> None:
        """9001, once a day; one that was not answered is tried again with the next message."""
        signed = await self._send("9001", messages.sign_in(), at)
        if signed.done:
            self._signed_in_on = at.date()
            self._sign_no = signed.output["signinoutb"]["sign_no"]

    async def demand(self, infno: str, content: messages.Input) -> Any:
        """The output of a message that must succeed. Raises: NotDone."""
        reply = await self.ask(infno, content)
        if not reply.done:
            raise NotDone(infno, reply.error)
        return reply.output

    async def repeat(self, reply: Reply) -> Reply:
        """Send the very same bytes again; the answer must be the first one's."""
        again = _read(reply.msgid, reply.sent, await self._exchange(reply.sent))
        if again.output != reply.output:
            raise AnswersDiffer(f"{reply.msgid}: {reply.output} ≠ {again.output}")
        return again

    async def _send(self, infno: str, content: messages.Input, at: datetime, *, wrong: bool = False) -> Reply:
        message = messages.envelope(
            self.place, infno, content, at=at, serial=next(self._serials), sign_no=self._sign_no
        )
        body = self._dialect.write(message)
        reply = _read(orjson.loads(body)["msgid"], body, await self._exchange(body))
        self.tally.messages[infno] += 1
        if wrong and reply.done:
            self.tally.overlooked[infno] += 1
        elif not wrong and not reply.done:
            self.tally.refusals[f"{infno} {reply.error[:60]}"] += 1
        return reply

    async def _exchange(self, body: bytes) -> bytes:
        for attempt in range(1, TRIES + 1):
            try:
                return await self._line.exchange(body)
            except (ConnectionBroken, OSError, TimeoutError):
                if attempt == TRIES:
                    raise
                await self.hours.until(self.hours.now() + timedelta(seconds=WAIT_BEFORE_TRY * attempt))
        raise AssertionError("unreachable")


def _read(msgid: str, sent: bytes, answer: bytes) -> Reply:
    members = orjson.loads(answer)
    error = "" if members["infcode"] == SUCCESS else members["err_msg"] or "未说明原因"
    return Reply(msgid, sent, members.get("output"), error)


async def play(desk: Desk, visit: Visit, mistake: Mistake | None = None, *, serial: int) -> None:
    """One visit from the window to the settlement; a refusal ends it, tidied up as real clients do."""
    script = {INPATIENT: _stay, PHARMACY: _purchase}.get(visit.kind, _outpatient)
    if mistake is not None:
        desk.tally.mistakes[mistake.value] += 1
    try:
        await script(desk, visit, mistake, f"{serial:08d}")
    except NotDone as refused:
        desk.tally.visits[f"未结算 {refused.infno}"] += 1
    else:
        desk.tally.visits[visit.kind] += 1


async def _person(desk: Desk, visit: Visit, mistake: Mistake | None) -> str:
    """1101; a mistyped number is corrected."""
    patient = visit.patient
    if mistake is Mistake.UNKNOWN_PERSON:
        last = "1" if patient.citizen_id[-1] == "0" else "0"
        await desk.ask(
            "1101", messages.person(patient.citizen_id[:-1] + last, patient.name, visit.began_at), wrong=True
        )
    found = await desk.demand("1101", messages.person(patient.citizen_id, patient.name, visit.began_at))
    insured = {row["insutype"] for row in found["insuinfo"]}
    if visit.insurance_type not in insured and insured:
        visit.patient = _with_scheme(visit, insured)
    return str(found["baseinfo"]["psn_no"])


def _with_scheme(visit: Visit, insured: set[str]) -> Any:
    """The agency knows better under which scheme somebody is insured now."""
    return replace(visit.patient, scheme="employee" if "310" in insured else "resident")


async def _outpatient(desk: Desk, visit: Visit, mistake: Mistake | None, serial: str) -> None:
    psn_no = await _person(desk, visit, mistake)
    chart_no = f"M{serial}"
    registered = await desk.demand("2201", messages.registration(visit, psn_no, chart_no))
    mdtrt_id = registered["data"]["mdtrt_id"]
    try:
        await desk.demand("2203", messages.diagnoses(visit, psn_no, mdtrt_id))
        await _upload(desk, visit, mistake, psn_no, mdtrt_id, serial)
        if mistake is Mistake.GIVEN_UP:
            raise NotDone("2206", "患者放弃")
        settled = await _settle_outpatient(desk, visit, mistake, psn_no, mdtrt_id, serial)
    except NotDone:
        await desk.ask("2205", messages.cancelled_charges(psn_no, mdtrt_id))
        await desk.ask("2202", messages.cancelled_registration(psn_no, mdtrt_id, chart_no))
        raise
    if mistake is Mistake.CANCELLED:
        setl_id = settled["setlinfo"]["setl_id"]
        await desk.hours.until(desk.hours.now() + timedelta(minutes=20))
        await desk.demand("2208", messages.cancelled_settlement(psn_no, mdtrt_id, setl_id))


async def _upload(desk: Desk, visit: Visit, mistake: Mistake | None, psn_no: str, mdtrt_id: str, batch_no: str) -> None:
    """2204, with what cashiers do wrong."""
    right = messages.charges(visit, psn_no, mdtrt_id, batch_no)
    if mistake is Mistake.UNKNOWN_ITEM:
        wrong = messages.charges(visit, psn_no, mdtrt_id, batch_no)
        wrong["feedetail"][-1]["med_list_codg"] = "LOCAL0001"
        await desk.ask("2204", wrong, wrong=True)
    await desk.demand("2204", right)
    if mistake is Mistake.DUPLICATE_SERIAL:
        more = replace(visit.lines[0], quantity=visit.lines[0].quantity + 1)
        await desk.ask("2204", messages.charges(visit, psn_no, mdtrt_id, batch_no, lines=[more]), wrong=True)
    if mistake is Mistake.FORGOTTEN_VOID and len(visit.lines) > 1:
        corrected = messages.charges(visit, psn_no, mdtrt_id, batch_no, lines=visit.lines[1:])
        await desk.ask("2204", corrected, wrong=True)
        await desk.demand("2205", messages.cancelled_charges(psn_no, mdtrt_id))
        await desk.demand("2204", right)


async def _settle_outpatient(
    desk: Desk, visit: Visit, mistake: Mistake | None, psn_no: str, mdtrt_id: str, batch_no: str
) -> Any:
    """2206, then 2207."""
    trial = await desk.demand("2206", messages.outpatient_bill(visit, psn_no, mdtrt_id, batch_no))
    if mistake is Mistake.WRONG_TOTAL:
        wrong = visit.total + Decimal("0.10")
        bill = messages.outpatient_bill(visit, psn_no, mdtrt_id, batch_no, total=wrong)
        await desk.ask("2207", bill, wrong=True)
    bill = messages.outpatient_bill(visit, psn_no, mdtrt_id, batch_no, parts=trial["setlinfo"], invoice=f"GN{batch_no}")
    return await _settle(desk, "2207", bill, mistake, psn_no)


async def _settle(desk: Desk, infno: str, bill: messages.Input, mistake: Mistake | None, psn_no: str) -> Any:
    """The settlement; an answer that never came is reversed and the bill settled again."""
    reply = await desk.ask(infno, bill)
    if not reply.done:
        raise NotDone(infno, reply.error)
    if mistake is Mistake.RESEND:
        reply = await desk.repeat(reply)
    if mistake is Mistake.LOST_ANSWER:
        await desk.demand("2601", messages.reversal(psn_no, reply.msgid, infno))
        await desk.hours.until(desk.hours.now() + timedelta(seconds=2))
        return await desk.demand(infno, bill)
    return reply.output


async def _purchase(desk: Desk, visit: Visit, mistake: Mistake | None, serial: str) -> None:
    psn_no = await _person(desk, visit, mistake)
    receipt = f"P{serial}"
    await desk.demand("2101", messages.purchase(visit, psn_no, receipt))
    if mistake is Mistake.GIVEN_UP:
        raise NotDone("2102", "顾客放弃")
    if mistake is Mistake.WRONG_TOTAL:
        wrong = visit.total + Decimal("0.10")
        await desk.ask("2102", messages.purchase(visit, psn_no, receipt, total=wrong), wrong=True)
    settled = await _settle(desk, "2102", messages.purchase(visit, psn_no, receipt), mistake, psn_no)
    if mistake is Mistake.CANCELLED:
        info = settled["setlinfo"]
        await desk.hours.until(desk.hours.now() + timedelta(minutes=20))
        await desk.demand("2103", messages.cancelled_settlement(psn_no, info["mdtrt_id"], info["setl_id"]))


async def _stay(desk: Desk, visit: Visit, mistake: Mistake | None, serial: str) -> None:
    """2401, lines day by day, a trial, 2402, 2303, 2304."""
    psn_no = await _person(desk, visit, mistake)
    chart_no = f"Z{serial}"
    admitted = await desk.demand("2401", messages.admission(visit, psn_no, chart_no))
    mdtrt_id = _mdtrt_id(admitted)
    if mistake is Mistake.GIVEN_UP:
        await desk.demand("2404", messages.cancelled_stay(psn_no, mdtrt_id))
        raise NotDone("2404", "退院")
    for first, lines in _uploads(visit):
        await desk.hours.until(lines[-1].served_at)
        await desk.demand("2301", messages.ward_charges(visit, psn_no, mdtrt_id, first=first, lines=lines))
    total = visit.total
    if mistake is Mistake.DUPLICATE_SERIAL:
        again = messages.ward_charges(visit, psn_no, mdtrt_id, first=1, lines=visit.lines[1:2])
        await desk.ask("2301", again, wrong=True)
    if mistake is Mistake.WRONG_TOTAL:
        back = messages.refunded_line(
            visit, psn_no, mdtrt_id, serial=1, refund_serial=len(visit.lines) + 1, line=visit.lines[0]
        )
        await desk.demand("2301", back)
        await desk.ask("2303", messages.stay_bill(visit, psn_no, mdtrt_id, total=total), wrong=True)
        total -= visit.lines[0].amount
    await desk.hours.until(visit.ended_at)
    await desk.demand("2402", messages.discharge(visit, psn_no, mdtrt_id))
    trial = await desk.demand("2303", messages.stay_bill(visit, psn_no, mdtrt_id, total=total))
    bill = messages.stay_bill(visit, psn_no, mdtrt_id, total=total, parts=trial["setlinfo"], invoice=f"GN{serial}")
    settled = await _settle(desk, "2304", bill, mistake, psn_no)
    if mistake is Mistake.CANCELLED:
        await _settle_stay_again(desk, visit, psn_no, mdtrt_id, settled["setlinfo"]["setl_id"], bill)


async def _settle_stay_again(
    desk: Desk, visit: Visit, psn_no: str, mdtrt_id: str, setl_id: str, bill: messages.Input
) -> None:
    """2305 and 2405, then everything once more: something on the discharge was wrong."""
    await desk.hours.until(desk.hours.now() + timedelta(minutes=30))
    await desk.demand("2305", messages.cancelled_settlement(psn_no, mdtrt_id, setl_id))
    await desk.demand("2405", messages.cancelled_stay(psn_no, mdtrt_id))
    await desk.demand("2402", messages.discharge(visit, psn_no, mdtrt_id))
    await desk.demand("2304", bill)


def _mdtrt_id(admitted: Any) -> str:
    """2401 answers under `result`."""
    return str(admitted["result"]["mdtrt_id"])


def _uploads(visit: Visit) -> list[tuple[int, list[BillLine]]]:
    """The lines of a stay, day by day, at most a hundred a message, with the serial of each first line."""
    uploads: list[tuple[int, list[BillLine]]] = []
    for _, lines in itertools.groupby(visit.lines, key=lambda line: line.served_at.date()):
        of_day = list(lines)
        for start in range(0, len(of_day), messages.LINES_PER_UPLOAD):
            first = 1 + sum(len(sent) for _, sent in uploads)
            uploads.append((first, of_day[start : start + messages.LINES_PER_UPLOAD]))
    return uploads


class RealHours:
    """The clock on the wall."""

    def __init__(self, clock: Callable[[], datetime], *, pace: float = 1.0) -> None:
        self._clock = clock
        self._pace = pace

    def now(self) -> datetime:
        """Now, in local time."""
        return self._clock()

    async def until(self, moment: datetime) -> None:
        """Wait, but never long: a simulated patient's minutes are seconds here."""
        wait = (moment - self.now()).total_seconds() / self._pace
        if wait > 0:
            await asyncio.sleep(min(wait, 2.0))


Post = Callable[[str, bytes], Awaitable[Any]]


class HttpLine:
    """Messages over one kept-alive HTTP connection."""

    def __init__(self, post: Post, *, path: str = PATH) -> None:
        self._post = post
        self._path = path

    async def exchange(self, body: bytes) -> bytes:
        """The answer's body. Raises: ConnectionBroken when the server answered with a fault."""
        answer = await self._post(self._path, body)
        if answer.status >= 500:
            raise ConnectionBroken(f"HTTP {answer.status}")
        return bytes(answer.body)
