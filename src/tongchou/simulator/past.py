"""What happened in the city before it was opened (过往业务): visits of the last month, played through the wire."""

import random
from collections.abc import Sequence
from datetime import date, datetime, timedelta
from typing import Final

from django.db import connection

from tongchou.encounters import outside
from tongchou.fund import jobs as fund_jobs
from tongchou.kernel.errors import DomainError
from tongchou.settlement import jobs as settlement_jobs
from tongchou.simulator import geography, his, people, places
from tongchou.simulator.founding import Progress
from tongchou.simulator.models import City
from tongchou.simulator.places import Place
from tongchou.simulator.plan import AREA, CityPlan
from tongchou.simulator.premiums import SCHEMES
from tongchou.simulator.stage import InProcessLine, Stage
from tongchou.simulator.visits import INPATIENT, Patient, VisitMaker

DAYS: Final = 30
LONGEST_LEAD: Final = timedelta(days=20)
"""Stays that end within the month began before it."""

CASHIER: Final = timedelta(seconds=4)
SUNDAY: Final = 6
QUIET_DAY: Final = 0.6


def play(plan: CityPlan, *, settlements: int, now: datetime, progress: Progress) -> his.Tally:
    """Play about so many visits of the last thirty days, with their mistakes, up to this moment."""
    chance = random.Random(plan.seed)
    opens = now - timedelta(days=DAYS) - LONGEST_LEAD
    stage, tally = Stage(opens), his.Tally()
    line = InProcessLine(stage)
    all_places = places.establish(plan, geography.lay_out(plan))
    maker = VisitMaker(all_places, patients(plan), seed=plan.seed, zone=now.tzinfo)
    desks = {place.code: his.Desk(place, line, stage, tally, pause=CASHIER) for place in all_places}
    _prepare_partitions(opens.date())
    in_hospital: dict[str, datetime] = {}
    for serial in range(1, settlements + 1):
        visit = maker.visit(_draw_day(chance, now.date()))
        ...


def patients(plan: CityPlan) -> list[Patient]:
    """Some of the living, of the schemes that a policy package pays for: those whom the hospitals will see."""
