"""What the invented policy officer has tried (演示测算): one replay and one sweep, for the pages of the lab."""

from datetime import datetime, timedelta
from decimal import Decimal
from typing import Final

from tongchou.lab import candidates, commands, worker
from tongchou.lab.candidates import Candidate
from tongchou.platform.queries import operator_by_staff_code
from tongchou.simulator.plan import AREA

OFFICER: Final = "zhengce"
SCHEME: Final = "resident"
RATIO: Final = "ratio.inpatient"
LEVEL: Final = "L2"
POINTS: Final = 5
A_YEAR: Final = timedelta(days=365)
ALL_UP_TO: Final = 20_000
"""Of a city with more settlements one person in a hundred is drawn."""


def try_out(*, settlements: int, now: datetime) -> None:
    """Ask for both and do them at once (演示测算)."""
    today = now.date()
    package = candidates.in_force(AREA, SCHEME, today)
    one = next(one for one in candidates.editables(package) if one.key == RATIO and f"/{LEVEL}" in one.path)
    high = Decimal(one.text) + POINTS
    low = Decimal(one.text) - POINTS
    _ask(candidates.with_values(package, {one.path: str(high)}), "二级医院住院报销比例提高5个百分点", settlements, now)
    sweep = candidates.stepped(package, one.path, start=str(low), stop=str(high), step="2.5")
    _ask(sweep, "二级医院住院报销比例:取多少合适", settlements, now)
    worker.run_all(name="demo", go_on=lambda: True)


def _ask(candidate: Candidate, title: str, settlements: int, now: datetime) -> None:
    today = now.date()
    operator = operator_by_staff_code(OFFICER)
    assert operator is not None
    commands.ask_replay(
        pooling_area=AREA,
        unit_code="",
        scheme=SCHEME,
        since=today - A_YEAR,
        until=today + timedelta(days=1),
        permille=1000 if settlements <= ALL_UP_TO else 10,
        title=title,
        candidate=candidate,
        operator=operator,
        now=now,
        today=today,
    )
