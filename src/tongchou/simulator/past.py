"""What happened in the city before it was opened (过往业务): visits of the last month, played through the wire."""

import contextlib
import random
from collections import defaultdict
from collections.abc import Iterator, Sequence
from datetime import date, datetime, timedelta
from itertools import chain
from typing import Final

from django.apps import apps
from django.db import connection
from django.db.models.functions import Coalesce, Least

from tongchou.encounters.outside import counted_items
from tongchou.fund.commands import roll_up_dues
from tongchou.settlement.commands import roll_up_totals
from tongchou.simulator import crowd, geography, his, places
from tongchou.simulator.founding import Progress
from tongchou.simulator.models import City
from tongchou.simulator.plan import AREA, CityPlan
from tongchou.simulator.stage import InProcessLine, Stage
from tongchou.simulator.visits import INPATIENT, Visit, VisitMaker
from tongchou.wire import refusals

DAYS: Final = 30
LONGEST_LEAD: Final = timedelta(days=62)
"""A stay that ends within the month may have begun so long before it."""

CASHIER: Final = timedelta(seconds=4)
SUNDAY: Final = 6
QUIET: Final = 0.6
STILL_IN_HOSPITAL: Final = 0.012
"""Share of the visits that are stays which have not ended yet."""

GRAVE_STAYS: Final = 3
"""In the last month that is over, so that every city has something to ask of the serious-illness insurer."""

TRIES: Final = 20


def play(plan: CityPlan, *, settlements: int, now: datetime, progress: Progress) -> his.Tally:
    """Play about so many visits of the last thirty days, with the usual mistakes, up to this moment (过往业务)."""
    chance = random.Random(plan.seed)
    ground = geography.lay_out(plan)
    all_places = places.establish(plan, ground)
    stage, tally = Stage(now - LONGEST_LEAD - timedelta(days=DAYS)), his.Tally()
    desks = {place.code: his.Desk(place, InProcessLine(stage), stage, tally, pause=CASHIER) for place in all_places}
    maker = VisitMaker(all_places, crowd.patients(plan, ground), seed=plan.seed, zone=now.tzinfo)
    other = VisitMaker(all_places, crowd.patients(plan, ground), seed=plan.seed + 1, zone=now.tzinfo)
    grave = [other.grave_stay(_last_of_closed_month(now)) for _ in range(GRAVE_STAYS)]
    for serial, visit in enumerate(chain(grave, _visits(maker, chance, settlements, now, grave)), 1):
        mistake = his.draw_mistake(chance) if serial > GRAVE_STAYS else None
        stage.enter(his.play(desks[visit.place.code], visit, mistake, serial=serial), visit.began_at)
    _know_the_catalogue()
    _run(stage, now, progress)
    stage.close()
    refusals.tally.write()
    first_day = min(now.date() - timedelta(days=DAYS), _last_of_closed_month(now))
    remember(first_day, now)
    roll_up(first_day, now)
    return tally


def remember(first_day: date, now: datetime) -> None:
    """The city has a past since that day, or since an earlier one (业务历史)."""
    since = Least(Coalesce("history_from", first_day), first_day)
    City.objects.filter(pk=AREA).update(history_from=since, history_until=now.date())


def roll_up(since: date, now: datetime) -> None:
    """The daily figures of the past (日汇总), also of days that had been rolled up before it was there."""
    roll_up_totals(pooling_area=AREA, since=since, now=now)
    roll_up_dues(pooling_area=AREA, since=since, now=now)


def _know_the_catalogue() -> None:
    """Every item at once, rather than as each first visit asks for its own."""
    codes = apps.get_model("catalogue.ItemTerm").objects.filter(pooling_area_id=AREA).values_list("item_id", flat=True)
    counted_items(AREA, sorted(set(codes)))


def _run(stage: Stage, now: datetime, progress: Progress) -> None:
    for day in range(DAYS, -1, -1):
        stage.run(now - timedelta(days=day))
        progress("过往就诊", DAYS - day, DAYS)


def _last_of_closed_month(now: datetime) -> date:
    return now.date().replace(day=1) - timedelta(days=1)


def _visits(
    maker: VisitMaker, chance: random.Random, count: int, now: datetime, stays: Sequence[Visit]
) -> Iterator[Visit]:
    """Visits of the month; nobody lies in two hospitals at once, or sees a doctor elsewhere meanwhile."""
    in_hospital: defaultdict[str, list[tuple[date, date]]] = defaultdict(list)
    for stay in stays:
        in_hospital[stay.patient.citizen_id].append((stay.began_at.date(), stay.ended_at.date()))
    for _ in range(count):
        for _ in range(TRIES):
            visit = _visit(maker, chance, now)
            began_on, ended_on = visit.began_at.date(), visit.ended_at.date()
            known = in_hospital[visit.patient.citizen_id]
            if all(ended_on < start or until < began_on for start, until in known):
                if visit.kind == INPATIENT:
                    known.append((began_on, ended_on))
                yield visit
                break


def _visit(maker: VisitMaker, chance: random.Random, now: datetime) -> Visit:
    if chance.random() < STILL_IN_HOSPITAL:
        return maker.visit(now.date() + timedelta(days=chance.randint(1, 6)), kind=INPATIENT)
    while True:
        day = now.date() - timedelta(days=chance.randint(0, DAYS - 1))
        if day.weekday() != SUNDAY or chance.random() < QUIET:
            return maker.visit(day)


@contextlib.contextmanager
def quick_commits() -> Iterator[None]:
    """Commits that need not wait for the disk: should the machine fail meanwhile, the city can be made again."""
    with connection.cursor() as cursor:
        cursor.execute("SET synchronous_commit = off")
        try:
            yield
        finally:
            cursor.execute("RESET synchronous_commit")
