"""The hospital's system: sequences, mistakes, tidying up, vendors' habits — against an agency of a few lines."""

import asyncio
import random
from collections import Counter
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

import msgspec
import orjson
import pytest

from tongchou.simulator import dialects, his, messages
from tongchou.simulator.dialects import DIALECTS, PLAIN, Dialect
from tongchou.simulator.his import AnswersDiffer, Desk, Mistake, Tally
from tongchou.simulator.http_client import ConnectionBroken
from tongchou.simulator.tests import support
from tongchou.simulator.visits import CHRONIC, INPATIENT, OUTPATIENT, PHARMACY, Visit, VisitMaker
from tongchou.wire import envelope, reading

Refuse = Callable[[str, dict[str, Any]], str]


class Agency:
    """Answers yes, and remembers what it was asked; `refuse` names a reason to say no."""

    def __init__(self, refuse: Refuse = lambda infno, content: "") -> None:
        self.asked: list[dict[str, Any]] = []
        self.breaks = 0
        self.refuse = refuse
        self._numbers: Counter[str] = Counter()

    async def exchange(self, body: bytes) -> bytes:
        if self.breaks:
            self.breaks -= 1
            raise ConnectionBroken("away")
        message = orjson.loads(body)
        self.asked.append(message)
        reason = self.refuse(message["infno"], message)
        return orjson.dumps(
            {"infcode": -1 if reason else 0, "err_msg": reason, "output": self._output(message["infno"])}
        )

    @property
    def sequence(self) -> list[str]:
        return [message["infno"] for message in self.asked]

    def _output(self, infno: str) -> Any:
        self._numbers[infno] += 1
        number = f"{infno}-{self._numbers[infno]}"
        sums = dict.fromkeys(messages.CLASS_SUMS, 1.5)
        return {
            "9001": {"signinoutb": {"sign_no": number}},
            "1101": {"baseinfo": {"psn_no": "P1"}, "insuinfo": [{"insutype": "390"}]},
            "2201": {"data": {"mdtrt_id": number}},
            "2401": {"result": {"mdtrt_id": number}},
        }.get(infno, {"setlinfo": {"setl_id": number, "mdtrt_id": number, **sums}})


class StoppedHours:
    """A clock that jumps to wherever one waits for."""

    def __init__(self) -> None:
        self.moment = support.NOON

    def now(self) -> datetime:
        return self.moment

    async def until(self, moment: datetime) -> None:
        self.moment = max(self.moment, moment)


def visit(kind: str = OUTPATIENT, *, seed: int = 3) -> Visit:
    made = VisitMaker(support.institutions(), support.crowd(), seed=seed, zone=support.ZONE)
    while True:
        one = made.visit(support.DAY, kind=kind)
        if len(one.lines) > 1:
            return one


def played(kind: str, mistake: Mistake | None = None, *, agency: Agency | None = None) -> tuple[Agency, Tally]:
    agency, tally, one = agency or Agency(), Tally(), visit(kind)
    desk = Desk(one.place, agency, StoppedHours(), tally, dialect=PLAIN)
    asyncio.run(his.play(desk, one, mistake, serial=7))
    return agency, tally


OUTPATIENT_SEQUENCE = ["9001", "1101", "2201", "2203", "2204", "2206", "2207"]


@pytest.mark.parametrize("kind", [OUTPATIENT, CHRONIC])
def test_an_outpatient_visit_is_seven_messages(kind: str) -> None:
    agency, tally = played(kind)
    assert agency.sequence == OUTPATIENT_SEQUENCE
    assert tally.visits == Counter({kind: 1})
    settled = agency.asked[-1]["input"]["data"]
    assert settled["fulamt_ownpay_amt"] == 1.5  # the trial's sums come back with the settlement
    assert settled["medfee_sumamt"] == pytest.approx(float(visit(kind).total))


def test_a_purchase_is_tried_and_settled() -> None:
    assert played(PHARMACY)[0].sequence == ["9001", "1101", "2101", "2102"]


def test_a_stay_is_admitted_charged_day_by_day_discharged_and_settled() -> None:
    agency, tally = played(INPATIENT)
    sequence = agency.sequence
    assert sequence[:3] == ["9001", "1101", "2401"]
    assert sequence[-3:] == ["2402", "2303", "2304"]
    uploads = [message["input"]["feedetail"] for message in agency.asked if message["infno"] == "2301"]
    assert all(len(lines) <= messages.LINES_PER_UPLOAD for lines in uploads)
    serials = [line["feedetl_sn"] for lines in uploads for line in lines]
    assert len(set(serials)) == len(serials) == len(visit(INPATIENT).lines)
    assert tally.visits == Counter({INPATIENT: 1})


@pytest.mark.parametrize(
    ("kind", "mistake", "extra"),
    [
        (OUTPATIENT, Mistake.UNKNOWN_PERSON, ["1101"]),
        (OUTPATIENT, Mistake.UNKNOWN_ITEM, ["2204"]),
        (OUTPATIENT, Mistake.DUPLICATE_SERIAL, ["2204"]),
        (OUTPATIENT, Mistake.FORGOTTEN_VOID, ["2204", "2204", "2205"]),
        (OUTPATIENT, Mistake.WRONG_TOTAL, ["2207"]),
        (OUTPATIENT, Mistake.LOST_ANSWER, ["2207", "2601"]),
        (OUTPATIENT, Mistake.CANCELLED, ["2208"]),
        (PHARMACY, Mistake.CANCELLED, ["2103"]),
        (PHARMACY, Mistake.LOST_ANSWER, ["2102", "2601"]),
        (INPATIENT, Mistake.CANCELLED, ["2305", "2402", "2405", "2304"]),
        (INPATIENT, Mistake.LOST_ANSWER, ["2304", "2601"]),
    ],
)
def test_each_mistake_adds_its_messages(kind: str, mistake: Mistake, extra: list[str]) -> None:
    agency, tally = played(kind, mistake)
    more = Counter(agency.sequence) - Counter(played(kind)[0].sequence)
    assert more == Counter(extra)
    assert tally.mistakes == Counter({mistake.value: 1})


def test_a_resent_message_is_the_same_bytes_and_must_get_the_same_answer() -> None:
    with pytest.raises(AnswersDiffer):
        played(OUTPATIENT, Mistake.RESEND)  # this agency numbers every answer anew


@pytest.mark.parametrize(
    ("refused", "tidied"),
    [("2203", ["2205", "2202"]), ("2204", ["2205", "2202"]), ("2206", ["2205", "2202"]), ("2207", ["2205", "2202"])],
)
def test_a_refused_visit_is_tidied_away(refused: str, tidied: list[str]) -> None:
    agency = Agency(lambda infno, message: "不能结算" if infno == refused else "")
    _, tally = played(OUTPATIENT, agency=agency)
    assert agency.sequence[-2:] == tidied
    assert tally.visits == Counter({f"未结算 {refused}": 1})
    assert list(tally.refusals) == [f"{refused} 不能结算"]


def test_a_refused_registration_leaves_nothing_to_tidy() -> None:
    agency = Agency(lambda infno, message: "没有协议" if infno == "2201" else "")
    played(OUTPATIENT, agency=agency)
    assert agency.sequence == ["9001", "1101", "2201"]


def test_mistakes_that_the_agency_overlooks_are_counted() -> None:
    _, tally = played(OUTPATIENT, Mistake.WRONG_TOTAL)
    assert tally.overlooked == Counter({"2207": 1})


def test_a_broken_line_is_tried_again_with_the_same_bytes() -> None:
    agency = Agency()
    agency.breaks = his.TRIES - 1
    played(OUTPATIENT, agency=agency)
    assert agency.sequence == OUTPATIENT_SEQUENCE


def test_a_line_that_stays_broken_is_given_up() -> None:
    agency = Agency()
    agency.breaks = his.TRIES
    with pytest.raises(ConnectionBroken):
        played(OUTPATIENT, agency=agency)


def test_a_desk_signs_in_once_a_day() -> None:
    agency, hours = Agency(), StoppedHours()
    desk = Desk(visit().place, agency, hours, Tally(), dialect=PLAIN)
    for _ in range(2):
        asyncio.run(his.play(desk, visit(), serial=1))
    assert agency.sequence.count("9001") == 1
    hours.moment += timedelta(days=1)
    asyncio.run(his.play(desk, visit(), serial=2))
    assert agency.sequence.count("9001") == 2


def test_a_sign_in_that_was_not_answered_is_tried_again_with_the_next_message() -> None:
    agency = Agency()
    desk = Desk(visit().place, agency, StoppedHours(), Tally(), dialect=PLAIN)
    agency.breaks = his.TRIES
    with pytest.raises(ConnectionBroken):
        asyncio.run(his.play(desk, visit(), serial=1))
    asyncio.run(his.play(desk, visit(), serial=2))
    assert agency.sequence[:2] == ["9001", "1101"]
    assert agency.asked[1]["sign_no"] == "9001-1"


def test_mistakes_come_as_often_as_in_real_life() -> None:
    chance = random.Random(1)
    drawn = Counter(his.draw_mistake(chance) for _ in range(40_000))
    assert drawn[Mistake.CANCELLED] / 40_000 == pytest.approx(0.006, abs=0.0015)
    assert drawn[None] / 40_000 == pytest.approx(1 - sum(his.MISTAKES.values()), abs=0.01)


def _inputs(dialect: Dialect) -> list[tuple[str, Any, Any]]:
    """Each message of a visit and of a stay: its number, the envelope as the agency reads it, the typed input."""
    read = []
    for kind in (OUTPATIENT, INPATIENT, PHARMACY):
        agency, one = _Recorder(), visit(kind)
        asyncio.run(his.play(Desk(one.place, agency, StoppedHours(), Tally(), dialect=dialect), one, serial=9))
        for body in agency.bodies:
            frame = envelope.read(body)
            if frame.infno != "9001":
                read.append((frame.infno, frame, reading.reader(frame.infno).read(envelope.input_of(frame))))
    return read


class _Recorder(Agency):
    """Remembers the bytes."""

    def __init__(self) -> None:
        super().__init__()
        self.bodies: list[bytes] = []

    async def exchange(self, body: bytes) -> bytes:
        self.bodies.append(body)
        return await super().exchange(body)


@pytest.mark.parametrize("dialect", DIALECTS[2:], ids=lambda dialect: dialect.name)
def test_whatever_a_vendors_habit_the_wire_reads_the_same(dialect: Dialect) -> None:
    """Amounts as text, one object for a list of one, other nodes, slashed dates, the input as text."""
    plain = [(infno, message) for infno, _, message in _inputs(PLAIN)]
    habit = [(infno, message) for infno, _, message in _inputs(dialect)]
    assert [infno for infno, _ in habit] == [infno for infno, _ in plain]
    for (infno, one), (_, other) in zip(plain, habit, strict=True):
        assert _said(one) == _said(other), infno


def _said(message: Any) -> Any:
    """What the message says; empty text and nothing say the same."""
    if isinstance(message, msgspec.Struct):
        return {name: _said(getattr(message, name)) for name in message.__struct_fields__ if getattr(message, name)}
    return [_said(one) for one in message] if isinstance(message, list | tuple) else message


def test_an_institution_keeps_its_habit() -> None:
    codes = [place.code for place in support.institutions()]
    assert [dialects.of_place(code) for code in codes] == [dialects.of_place(code) for code in codes]
    assert len({dialects.of_place(code).name for code in codes}) > 3
