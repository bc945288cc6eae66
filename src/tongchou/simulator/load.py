"""The load client of the benchmarks (压测客户端): a process of its own that plays visits as fast as answers come.

Everything a message needs but the agency's ids and a message id is rendered beforehand, so that the client costs the
machine little. It tells its phases on standard output, for the starter samples processor times when they change, and
ends with one line of figures.
"""

import argparse
import asyncio
import gc
import json
import os
import sys
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from itertools import count, cycle
from typing import Final
from zoneinfo import ZoneInfo

import orjson

from tongchou.simulator import messages
from tongchou.simulator.his import PATH
from tongchou.simulator.http_client import Address, Connection
from tongchou.simulator.places import Place
from tongchou.simulator.visits import Visit

SETTLE, PHARMACY = "settle", "pharmacy"
LINES: Final = {SETTLE: 10, PHARMACY: 5}
MEASURED: Final = {SETTLE: "2207", PHARMACY: "2102"}
MESSAGE_ID: Final = b"@MESSAGE-ID-OF-30-CHARACTERS@@"
ENCOUNTER: Final = "@ENCOUNTER-21-DIGITS@"
PERSON: Final = "@PERSON-20-DIGITS-@@"
DONE: Final = b'"infcode":0'
ZONE: Final = ZoneInfo("Asia/Shanghai")
WARM_UP_SECONDS: Final = float(os.environ.get("TONGCHOU_BENCH_WARM_UP", "3"))
VISITS_PREPARED_A_CLIENT: Final = 75
"""So many that a client seldom meets a person whom another is settling."""


class Refused(RuntimeError):
    """The agency refused a message that must succeed: the benchmark measures nothing."""


@dataclass(frozen=True, slots=True)
class Script:
    """One visit, rendered: who comes, and the messages with holes for what the agency and the moment give."""

    person_query: bytes
    bodies: tuple[tuple[str, bytes], ...]


@dataclass(slots=True)
class Figures:
    """What was measured, in milliseconds: the settling message, the others; `answered` counts the warm-up too."""

    settling: list[float] = field(default_factory=list)
    others: list[float] = field(default_factory=list)
    late: float = 0.0
    answered: int = 0

    @property
    def items(self) -> int:
        return len(self.settling)


def main(arguments: Sequence[str] | None = None) -> int:
    """One run; phases and figures go to standard output."""
    parser = argparse.ArgumentParser()
    parser.add_argument("job", choices=(SETTLE, PHARMACY))
    parser.add_argument("--url", required=True)
    parser.add_argument("--clients", type=int, required=True)
    parser.add_argument("--seconds", type=float, required=True)
    parser.add_argument("--rate", type=float, default=0.0, help="visits a second; 0 = as many as are answered")
    options = parser.parse_args(arguments)
    scripts = prepared(options.job, visits=options.clients * VISITS_PREPARED_A_CLIENT)
    gc.collect()
    gc.freeze()
    try:
        figures, seconds = asyncio.run(_run(options, scripts))
    except* Refused as refusals:
        print(json.dumps({"refused": str(refusals.exceptions[0])}, ensure_ascii=False), flush=True)
        raise SystemExit(1) from None
    report = {
        "items": figures.items,
        "answered": figures.answered,
        "seconds": seconds,
        "settling": _summary(figures.settling),
        "others": _summary(figures.others),
        "late_ms": figures.late,
    }
    print(json.dumps(report), flush=True)
    return 0


def prepared(job: str, *, visits: int) -> list[Script]:
    """So many visits of a morning in the city of this database, rendered."""
    from tongchou.site.city import use_django

    use_django()
    from tongchou.simulator import crowd, demo, geography, places
    from tongchou.simulator.plan import CityPlan
    from tongchou.simulator.visits import VisitMaker

    city = demo.standing_city()
    if city is None:
        raise SystemExit("没有演示城市,不能压测 / no invented city in this database")
    plan = CityPlan(city.persons, city.seed, city.made_for)
    now = datetime.now(ZONE)
    ground = geography.lay_out(plan)
    people = crowd.patients(plan, ground, covered_on=now.date())
    maker = VisitMaker(places.establish(plan, ground), people, seed=now.toordinal(), zone=ZONE)
    make = maker.outpatient_of_lines if job == SETTLE else maker.purchase_of_lines
    began_at = now - timedelta(minutes=30)
    return [
        _script(job, make(began_at, LINES[job], patient=patient), number)
        for number, patient in zip(range(visits), cycle(people), strict=False)
    ]


def _script(job: str, visit: Visit, number: int) -> Script:
    chart = f"{number:08d}"
    if job == SETTLE:
        holes = {name: f"@{name}@" for name in messages.CLASS_SUMS}
        contents = [
            ("2201", messages.registration(visit, PERSON, chart)),
            ("2203", messages.diagnoses(visit, PERSON, ENCOUNTER)),
            ("2204", messages.charges(visit, PERSON, ENCOUNTER, chart)),
            ("2206", messages.outpatient_bill(visit, PERSON, ENCOUNTER, chart)),
            ("2207", messages.outpatient_bill(visit, PERSON, ENCOUNTER, chart, parts=holes)),
        ]
    else:
        contents = [("2102", messages.purchase(visit, PERSON, chart))]
    query = messages.person(visit.patient.citizen_id, visit.patient.name, visit.began_at)
    return Script(
        person_query=_rendered(visit.place, "1101", query, visit.began_at),
        bodies=tuple((infno, _rendered(visit.place, infno, content, visit.began_at)) for infno, content in contents),
    )


def _rendered(place: Place, infno: str, content: messages.Input, at: datetime) -> bytes:
    message = messages.envelope(place, infno, content, at=at, serial=0)
    return orjson.dumps({**message, "msgid": MESSAGE_ID.decode()})


class Client:
    """One connection that plays visits one after another."""

    def __init__(self, address: Address, figures: Figures, numbers: Iterator[int]) -> None:
        self._connection = Connection(address)
        self._numbers = numbers
        self.figures = figures

    async def settle(self, script: Script, psn_no: bytes) -> None:
        """One visit from the first message to the last. Raises: Refused."""
        encounter, sums = b"", {}
        for infno, body in script.bodies:
            body = body.replace(PERSON.encode(), psn_no)
            if encounter:
                body = body.replace(ENCOUNTER.encode(), encounter)
            for name, amount in sums.items():
                body = body.replace(name, amount)
            started = time.perf_counter()
            answer = await self.ask(body)
            took = (time.perf_counter() - started) * 1000
            if infno == "2201":
                encounter = _text_after(answer, b'"mdtrt_id":"')
            elif infno == "2206":
                found = orjson.loads(answer)["output"]["setlinfo"]
                sums = {f'"@{name}@"'.encode(): f"{found[name]:.2f}".encode() for name in messages.CLASS_SUMS}
            (self.figures.settling if infno == script.bodies[-1][0] else self.figures.others).append(took)

    async def ask(self, body: bytes) -> bytes:
        """The answer to a message that must succeed. Raises: Refused."""
        msgid = b"BENCH%025d" % next(self._numbers)
        answer = await self._connection.post(PATH, body.replace(MESSAGE_ID, msgid))
        if DONE not in answer.body:
            raise Refused(orjson.loads(answer.body)["err_msg"])
        return answer.body

    def close(self) -> None:
        self._connection.close()


def _text_after(answer: bytes, mark: bytes) -> bytes:
    start = answer.index(mark) + len(mark)
    return answer[start : answer.index(b'"', start)]


async def _run(options: argparse.Namespace, scripts: list[Script]) -> tuple[Figures, float]:
    """Look the people up, warm up, measure."""
    address, numbers = Address(options.url), count(time.time_ns() // 1000)
    figures, warming = Figures(), Figures()
    waiting = cycle(zip(scripts, await _people(address, numbers, scripts), strict=True))
    clients = [Client(address, warming, numbers) for _ in range(options.clients)]
    await _as_answered(clients, waiting, WARM_UP_SECONDS)
    for client in clients:
        client.figures = figures
    print("measuring", flush=True)
    started = time.perf_counter()
    if options.rate:
        figures.late = await _by_the_clock(clients, waiting, options.seconds, options.rate)
    else:
        await _as_answered(clients, waiting, options.seconds)
    seconds = time.perf_counter() - started
    print("measured", flush=True)
    figures.answered = figures.items + warming.items
    for client in clients:
        client.close()
    return figures, seconds


async def _people(address: Address, numbers: Iterator[int], scripts: Sequence[Script]) -> list[bytes]:
    """Everybody's number, asked with 1101."""
    client = Client(address, Figures(), numbers)
    known: dict[bytes, bytes] = {}
    for script in scripts:
        if script.person_query not in known:
            known[script.person_query] = _text_after(await client.ask(script.person_query), b'"psn_no":"')
    client.close()
    return [known[script.person_query] for script in scripts]


async def _as_answered(clients: Sequence[Client], waiting: Iterator[tuple[Script, bytes]], seconds: float) -> None:
    """Each client begins its next visit when the last is done."""
    until = time.perf_counter() + seconds

    async def go_on(client: Client) -> None:
        while time.perf_counter() < until:
            await client.settle(*next(waiting))

    await asyncio.gather(*(go_on(client) for client in clients))


async def _by_the_clock(
    clients: Sequence[Client], waiting: Iterator[tuple[Script, bytes]], seconds: float, rate: float
) -> float:
    """A visit begins every 1/rate seconds, whatever the answers do; how late the last one began, in milliseconds."""
    free: asyncio.Queue[Client] = asyncio.Queue()
    for client in clients:
        free.put_nowait(client)
    started, late = time.perf_counter(), 0.0

    async def play(client: Client) -> None:
        await client.settle(*next(waiting))
        free.put_nowait(client)

    async with asyncio.TaskGroup() as running:
        for number in range(int(seconds * rate)):
            due = started + number / rate
            if (wait := due - time.perf_counter()) > 0:
                await asyncio.sleep(wait)
            client = await free.get()
            late = max(late, (time.perf_counter() - due) * 1000)
            running.create_task(play(client))
    return late


def _summary(latencies: list[float]) -> dict[str, float]:
    """Median and 99th percentile."""
    ordered = sorted(latencies) or [0.0]
    return {"p50": ordered[len(ordered) // 2], "p99": ordered[len(ordered) * 99 // 100]}


if __name__ == "__main__":
    sys.exit(main())
