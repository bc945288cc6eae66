"""Hospitals at work beside a running server (实时业务): `python -m tongchou.simulator.live --url … --rate 0.5/s`.

Visits come at a gentle rate, more in the morning than at night, with the usual mistakes. A server that restarts is
waited for; SIGTERM and Ctrl-C end it at once, between two messages of a visit if need be: a real till does that too.
"""

import argparse
import asyncio
import contextlib
import random
import signal
import sys
import time
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from datetime import date, datetime, timedelta
from typing import Final
from zoneinfo import ZoneInfo

from tongchou.simulator import his
from tongchou.simulator.http_client import Address, ConnectionBroken, Pool
from tongchou.simulator.visits import INPATIENT, Visit, VisitMaker

ZONE: Final = ZoneInfo("Asia/Shanghai")
CASHIER: Final = timedelta(seconds=0.3)
PACE: Final = 60.0
"""A minute between two messages of a real visit is a second here."""

BUSY_HOURS: Final = (
    0.10, 0.06, 0.05, 0.05, 0.06, 0.15, 0.40, 0.90, 1.50, 1.80, 1.70, 1.30,
    0.80, 0.80, 1.30, 1.40, 1.20, 0.90, 0.70, 0.60, 0.50, 0.40, 0.25, 0.15,
)  # fmt: skip
"""How busy each hour is against the average of the day's waking hours."""

QUIETEST: Final = 0.2
"""A visitor at midnight shall also see something happen."""

SECONDS_BETWEEN_REPORTS: Final = 60.0
LONGEST_ABSENCE: Final = 8.0
"""Seconds to the next try while the server is away."""

MOST_AT_ONCE: Final = 8
SECONDS_BETWEEN_CLOSINGS: Final = 3600.0
"""How often the city's finance looks whether a month is to be closed (逐月结账)."""

AT_THE_WINDOW: Final = timedelta(minutes=1)
"""Between somebody's arrival and the first message."""


def main(arguments: Sequence[str] | None = None) -> int:
    """Run until told to stop."""
    parser = argparse.ArgumentParser(prog="live", description="模拟医院实时业务 / Hospitals at work")
    parser.add_argument("--url", required=True, help="服务地址 / the server")
    parser.add_argument("--rate", type=rate, default=0.5, help="每秒就诊数,如 0.5/s / visits a second")
    parser.add_argument("--seed", type=int, default=None, help="随机种子 / seed")
    options = parser.parse_args(arguments)
    with contextlib.suppress(KeyboardInterrupt):
        asyncio.run(_work(options.url, options.rate, options.seed))
    return 0


def rate(text: str) -> float:
    """`0.5/s` or `0.5`; anything else is refused."""
    value = float(text.removesuffix("/s"))
    if not 0 < value <= 100:
        raise ValueError(text)
    return value


def pause_until_next(rate_now: float, chance: random.Random) -> float:
    """Seconds to the next visit: they come by chance, so many a second on average."""
    return min(30.0, chance.expovariate(rate_now))


def rate_at(average: float, moment: datetime) -> float:
    """The rate of the hour (业务时段)."""
    return average * max(QUIETEST, BUSY_HOURS[moment.hour])


async def _work(url: str, average: float, seed: int | None) -> None:
    stop = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT, signal.SIGHUP):
        loop.add_signal_handler(number, stop.set)
    chance = random.Random(seed if seed is not None else time.time_ns())
    town = await asyncio.to_thread(_town, chance.randrange(1 << 30))
    if town is None:
        print("没有演示城市,不模拟业务 / no invented city, nothing to do", flush=True)
        return
    hospitals = _Hospitals(Address(url), town, chance)
    working = asyncio.create_task(hospitals.work(average))
    closing = asyncio.create_task(_close_months())
    stopping = asyncio.create_task(stop.wait())
    await asyncio.wait((working, stopping), return_when=asyncio.FIRST_COMPLETED)
    for task in (stopping, closing, working):
        task.cancel()
    with contextlib.suppress(asyncio.CancelledError):
        await working
    hospitals.report()


def _now() -> datetime:
    return datetime.now(ZONE)


def _town(seed: int) -> VisitMaker | None:
    """The city of this home's database, as its hospitals see it."""
    from tongchou.site.city import use_django

    use_django()
    from django.db import connections

    from tongchou.simulator import crowd, demo, geography, places
    from tongchou.simulator.plan import CityPlan

    city = demo.standing_city()
    connections.close_all()
    if city is None:
        return None
    plan = CityPlan(city.persons, city.seed, city.made_for)
    ground = geography.lay_out(plan)
    return VisitMaker(places.establish(plan, ground), crowd.patients(plan, ground), seed=seed, zone=ZONE)


async def _close_months() -> None:
    """The agency's finance closes the months that have passed (逐月结账); what fails now is tried again later."""
    while True:
        now = _now()
        try:
            if closed := await asyncio.to_thread(_close_month, now):
                print(f"{now:%m-%d %H:%M:%S} 结账 {closed} 个月 / months closed", flush=True)
        except Exception as fault:  # the database restarts, or a rule refuses: the hospitals go on
            print(f"{now:%m-%d %H:%M:%S} 未能结账 {type(fault).__name__} / no month closed", flush=True)
        await asyncio.sleep(SECONDS_BETWEEN_CLOSINGS)


def _close_month(now: datetime) -> int:
    """What was closed, over a connection of its own that is given back."""
    from django.db import connections

    from tongchou.simulator import month_ends

    try:
        return month_ends.keep_up(now)
    finally:
        connections.close_all()


class _Hospitals:
    """Windows, each with a connection of its own while it works. What they print names nobody."""

    def __init__(
        self, address: Address, town: VisitMaker, chance: random.Random, *, clock: Callable[[], datetime] = _now
    ) -> None:
        self._address = address
        self._line = his.HttpLine(Pool(address).post)
        self._town = town
        self._chance = chance
        self._tally = his.Tally()
        self._running: set[asyncio.Task[None]] = set()
        self._serial = int(time.time()) % 100_000_000
        self._desks: dict[str, his.Desk] = {}
        self._away = 0.0
        self._clock = clock
        self._closed_on: date | None = None
        self._faults: Counter[str] = Counter()

    @property
    def away(self) -> bool:
        """Whether the server was not there when last asked."""
        return bool(self._away)

    async def work(self, average: float) -> None:
        """Visits come until this is cancelled; none begins while the server is away."""
        reported_at = time.monotonic()
        while True:
            await asyncio.sleep(pause_until_next(rate_at(average, self._clock()), self._chance))
            if self._away:
                await self._wait_for_server()
            now = self._clock()
            if len(self._running) < MOST_AT_ONCE and self._are_open(now.date()):
                self._begin(now)
            if time.monotonic() - reported_at > SECONDS_BETWEEN_REPORTS:
                reported_at = time.monotonic()
                self.report()

    def report(self) -> None:
        """One line of what happened so far."""
        refused = sum(self._tally.refusals.values())
        visits: Mapping[str, int] = self._tally.visits
        faults = f" 故障 {dict(self._faults)}" if self._faults else ""
        print(f"{self._clock():%m-%d %H:%M:%S} 就诊 {dict(visits)} 拒绝 {refused}{faults}", flush=True)

    def _are_open(self, today: date) -> bool:
        """Whether any institution has an agreement today; told once a day where none has."""
        if self._town.is_open(today):
            return True
        if self._closed_on != today:
            self._closed_on = today
            print(
                f"{today} 演示城市各机构的协议已到期,不再模拟业务;tongchou demo --replace 可重建 / "
                "the city's agreements have ended, nothing is played",
                flush=True,
            )
        return False

    def _begin(self, now: datetime) -> None:
        arrived_at = now - AT_THE_WINDOW
        visit = self._town.visit(arrived_at.date(), at=arrived_at)
        self._serial += 1
        task = asyncio.create_task(self._play(visit, self._serial))
        self._running.add(task)
        task.add_done_callback(self._running.discard)

    async def _play(self, visit: Visit, serial: int) -> None:
        desk = self._desks.get(visit.place.code)
        if desk is None:
            hours = his.RealHours(self._clock, pace=PACE)
            desk = his.Desk(visit.place, self._line, hours, self._tally, first_serial=serial, pause=CASHIER)
            self._desks[visit.place.code] = desk
        mistake = None if visit.kind == INPATIENT else his.draw_mistake(self._chance)
        try:
            await his.play(desk, visit, mistake, serial=serial)
        except (ConnectionBroken, OSError, TimeoutError):
            self._away = max(1.0, self._away)
        except Exception as fault:  # one visit's fault ends that visit; its words may hold a patient's data
            self._faults[type(fault).__name__] += 1

    async def _wait_for_server(self) -> None:
        """Knock, at growing intervals, until somebody opens."""
        while True:
            await asyncio.sleep(self._away)
            try:
                _, writer = await asyncio.open_connection(self._address.host, self._address.port)
            except OSError:
                self._away = min(LONGEST_ABSENCE, self._away * 2)
            else:
                writer.close()
                self._away = 0.0
                return


if __name__ == "__main__":
    sys.exit(main())
