"""Hospitals at work beside the server: their rhythm, a server that goes away, being told to stop."""

import asyncio
import os
import random
import signal
import socketserver
import threading
from collections.abc import Callable, Iterator
from datetime import datetime, timedelta

import pytest

from tongchou.simulator import his, live
from tongchou.simulator.http_client import Address
from tongchou.simulator.tests import support
from tongchou.simulator.tests.test_his import Agency
from tongchou.simulator.tests.test_http_client import request
from tongchou.simulator.visits import VisitMaker


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


def test_without_a_city_there_is_nothing_to_do(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(live, "_town", lambda seed: None)
    assert live.main(["--url", "http://127.0.0.1:1"]) == 0
    assert "没有演示城市" in capsys.readouterr().out
