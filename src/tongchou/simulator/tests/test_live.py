"""Hospitals at work beside the server: their rhythm, a server that goes away, being told to stop."""

import asyncio
import os
import random
import re
import signal
import socketserver
import threading
from collections.abc import Callable, Iterator
from datetime import datetime, timedelta
from typing import Any

import pytest

from tongchou.simulator import his, live
from tongchou.simulator.http_client import Address
from tongchou.simulator.tests import support
from tongchou.simulator.tests.test_his import Agency
from tongchou.simulator.tests.test_http_client import request
from tongchou.simulator.visits import OUTPATIENT, Visit, VisitMaker


@pytest.mark.parametrize(("text", "visits"), [("0.5/s", 0.5), ("2", 2.0), ("100/s", 100.0)])
def test_a_rate_is_visits_a_second(text: str, visits: float) -> None:
    assert live.rate(text) == visits


@pytest.mark.parametrize("text", ["0", "-1/s", "101", "fast"])
def test_rates_that_are_none_are_refused(text: str) -> None:
    with pytest.raises(ValueError, match=text.removesuffix("/s")):
        live.rate(text)


def test_mornings_are_busier_than_nights_and_nights_are_not_empty() -> None:
    def at(hour: int) -> float:
        return live.rate_at(1.0, datetime(2026, 11, 21, hour, 30, tzinfo=live.ZONE))

    assert at(9) > at(14) > at(19) > at(3) == live.QUIETEST


def test_visits_come_by_chance_at_the_average_rate() -> None:
    chance = random.Random(1)
    pauses = [live.pause_until_next(2.0, chance) for _ in range(5_000)]
    assert sum(pauses) / len(pauses) == pytest.approx(0.5, rel=0.1)


class Server:
    """An agency that can be switched off and on again at one address."""

    def __init__(self) -> None:
        self.agency = Agency()
        self._port = 0
        self._server: socketserver.ThreadingTCPServer | None = None

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self._port}"

    def start(self) -> None:
        agency = self.agency

        class Handler(socketserver.StreamRequestHandler):
            def handle(self) -> None:
                asked = request(self.rfile)
                if asked is not None:
                    answer = asyncio.run(agency.exchange(asked[1]))
                    head = b"HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Length: %d\r\n\r\n"
                    self.wfile.write(head % len(answer) + answer)

        class Reusing(socketserver.ThreadingTCPServer):
            allow_reuse_address = True
            daemon_threads = True

        self._server = Reusing(("127.0.0.1", self._port), Handler)
        self._port = self._server.server_address[1]
        threading.Thread(target=self._server.serve_forever, args=(0.01,), daemon=True).start()

    def stop(self) -> None:
        if self._server is not None:
            self._server.shutdown()
            self._server.server_close()
            self._server = None


@pytest.fixture
def server(monkeypatch: pytest.MonkeyPatch) -> Iterator[Server]:
    monkeypatch.setattr(live, "LONGEST_ABSENCE", 0.05)
    monkeypatch.setattr(live, "pause_until_next", lambda rate, chance: 0.001)
    monkeypatch.setattr(live, "CASHIER", timedelta(0))
    monkeypatch.setattr(live, "PACE", 1e9)
    monkeypatch.setattr(his, "WAIT_BEFORE_TRY", 0.0)
    serving = Server()
    serving.start()
    yield serving
    serving.stop()


def town(seed: int = 1) -> VisitMaker:
    return VisitMaker(support.institutions(), support.crowd(), seed=seed, zone=live.ZONE)


def test_a_server_that_restarts_is_waited_for(server: Server) -> None:
    async def restart() -> None:
        hospitals = live._Hospitals(Address(server.url), town(), random.Random(1))
        working = asyncio.create_task(hospitals.work(1.0))
        await _until(lambda: len(server.agency.asked) > 10)
        await asyncio.to_thread(server.stop)
        await _until(lambda: hospitals.away)
        seen = len(server.agency.asked)
        await asyncio.to_thread(server.start)
        await _until(lambda: len(server.agency.asked) > seen + 10)
        working.cancel()
        with pytest.raises(asyncio.CancelledError):
            await working

    asyncio.run(asyncio.wait_for(restart(), 30))


async def _until(happened: Callable[[], bool]) -> None:
    while not happened():
        await asyncio.sleep(0.01)


class PassingTime:
    """A clock that goes on a little whenever somebody looks."""

    def __init__(self, begins: datetime, step: timedelta = timedelta(seconds=1)) -> None:
        self.moment, self._step = begins, step

    def __call__(self) -> datetime:
        self.moment += self._step
        return self.moment


def moments_of(messages: list[dict[str, Any]], infno: str) -> list[datetime]:
    texts = [message["inf_time"] for message in messages if message["infno"] == infno]
    return [datetime.fromisoformat(text) for text in texts]


@pytest.mark.parametrize(
    "last_day", [datetime(2026, 11, 21, tzinfo=live.ZONE), datetime(2026, 11, 30, tzinfo=live.ZONE)]
)
def test_hospitals_work_on_past_midnight_and_the_end_of_the_month(server: Server, last_day: datetime) -> None:
    clock = PassingTime(last_day.replace(hour=23, minute=56))
    next_day = last_day.date() + timedelta(days=1)

    async def night() -> None:
        hospitals = live._Hospitals(Address(server.url), town(), random.Random(1), clock=clock)
        working = asyncio.create_task(hospitals.work(1.0))
        await _until(lambda: clock.moment.date() == next_day and clock.moment.minute > 15)
        working.cancel()
        with pytest.raises(asyncio.CancelledError):
            await working

    asyncio.run(asyncio.wait_for(night(), 30))
    settled = moments_of(server.agency.asked, "2207") + moments_of(server.agency.asked, "2102")
    assert {moment.date() for moment in settled} == {last_day.date(), next_day}
    assert {moment.date() for moment in moments_of(server.agency.asked, "9001")} == {last_day.date(), next_day}
    for message in server.agency.asked:
        if message["infno"] == "2201":
            began = re.search(r"begntime\W+(\d[\d :T-]+)", str(message["input"]))
            assert began is not None
            assert re.sub(r"\D", "", began[1]) < re.sub(r"\D", "", message["inf_time"])


def test_when_the_agreements_of_the_city_have_ended_that_is_said_once_a_day(
    server: Server, capsys: pytest.CaptureFixture[str]
) -> None:
    clock = PassingTime(datetime(2027, 1, 1, 12, tzinfo=live.ZONE), step=timedelta(minutes=30))

    async def new_year() -> None:
        hospitals = live._Hospitals(Address(server.url), town(), random.Random(1), clock=clock)
        working = asyncio.create_task(hospitals.work(1.0))
        await _until(lambda: clock.moment.day == 3)
        working.cancel()
        with pytest.raises(asyncio.CancelledError):
            await working

    asyncio.run(asyncio.wait_for(new_year(), 30))
    assert server.agency.asked == []
    said = capsys.readouterr().out.splitlines()
    assert [line[:10] for line in said] == ["2027-01-01", "2027-01-02", "2027-01-03"]
    assert all("协议已到期" in line for line in said)


def test_no_fault_ends_the_work_and_nothing_printed_names_a_patient(
    server: Server, capfd: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(infno: str, message: dict[str, Any]) -> str:
        return f"参保人{message['input']}有问题" if infno in ("2101", "2301") else ""

    server.agency.refuse = refuse
    original = his.play

    async def play(desk: his.Desk, visit: Visit, mistake: his.Mistake | None = None, *, serial: int) -> None:
        if visit.kind == OUTPATIENT:
            raise his.AnswersDiffer(f"{visit.patient.name} {visit.patient.citizen_id}")
        await original(desk, visit, mistake, serial=serial)

    monkeypatch.setattr(his, "play", play)
    monkeypatch.setattr(live, "SECONDS_BETWEEN_REPORTS", 0.0)

    async def day() -> None:
        hospitals = live._Hospitals(Address(server.url), town(), random.Random(1))
        working = asyncio.create_task(hospitals.work(1.0))
        await _until(lambda: len(server.agency.asked) > 100)
        working.cancel()
        with pytest.raises(asyncio.CancelledError):
            await working

    asyncio.run(asyncio.wait_for(day(), 30))
    said = "".join(capfd.readouterr())
    assert "故障 {'AnswersDiffer'" in said
    assert not [patient for patient in support.crowd() if patient.citizen_id in said or patient.name in said]


def test_a_signal_ends_it_cleanly(
    server: Server, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def refuse(infno: str, message: object) -> str:
        if len(server.agency.asked) == 20:
            os.kill(os.getpid(), signal.SIGTERM)
        return ""

    server.agency.refuse = refuse
    monkeypatch.setattr(live, "_town", town)
    assert live.main(["--url", server.url, "--rate", "50/s", "--seed", "3"]) == 0
    assert "就诊" in capsys.readouterr().out
    assert len(server.agency.asked) >= 20


def test_months_are_closed_beside_the_hospitals_and_a_fault_there_ends_nothing(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    asked: list[datetime] = []

    def close(now: datetime) -> int:
        asked.append(now)
        if len(asked) == 1:
            raise ConnectionError
        return 2

    monkeypatch.setattr(live, "_close_month", close)
    monkeypatch.setattr(live, "SECONDS_BETWEEN_CLOSINGS", 0.0)

    async def some_hours() -> None:
        closing = asyncio.create_task(live._close_months())
        await _until(lambda: len(asked) > 2)
        closing.cancel()
        with pytest.raises(asyncio.CancelledError):
            await closing

    asyncio.run(asyncio.wait_for(some_hours(), 30))
    said = capsys.readouterr().out
    assert "未能结账 ConnectionError" in said
    assert "结账 2 个月" in said


def test_without_a_city_there_is_nothing_to_do(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(live, "_town", lambda seed: None)
    assert live.main(["--url", "http://127.0.0.1:1"]) == 0
    assert "没有演示城市" in capsys.readouterr().out
