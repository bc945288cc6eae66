"""A hospital day as a file (示例日报文): the scripts of the hospitals, played against a notebook instead of an agency.

The notebook answers with holes, so the messages that follow carry them; `replay` fills them from real answers.
"""

from collections.abc import Iterator, Sequence
from datetime import date, datetime, time, timedelta
from itertools import cycle
from typing import Any, Final
from zoneinfo import ZoneInfo

import orjson

from tongchou.simulator import dialects, his, messages
from tongchou.simulator.places import Place
from tongchou.simulator.stage import Stage
from tongchou.simulator.visits import INPATIENT, Patient, Visit, VisitMaker

ZONE: Final = ZoneInfo("Asia/Shanghai")
CASHIER: Final = timedelta(seconds=5)
MOMENTS: Final = frozenset({"inf_time", "begntime", "endtime", "fee_ocur_time", "diag_time", "dscgTime"})
MESSAGE_IDS: Final = frozenset({"msgid", "omsgid"})
STAMP: Final = slice(12, 20)
"""Where a message id has its date: behind the institution's code."""

LONGEST_STAY_DAYS: Final = 60
"""Days before the day itself that a stay may have begun; written relative to the day of sending."""


class Notebook:
    """Writes down what is asked, and answers with holes."""

    def __init__(self) -> None:
        self.lines: list[dict[str, Any]] = []

    async def exchange(self, body: bytes) -> bytes:
        """Note a message; an answer that points back to it."""
        message = orjson.loads(body)
        number = f"m{len(self.lines) + 1}"
        self.lines.append({"id": number, "message": message})
        return orjson.dumps({"infcode": his.SUCCESS, "err_msg": "", "output": _answer(message, number)})

    def mark_refused(self) -> None:
        """The last message is a mistake that the agency should refuse."""
        self.lines[-1]["refused"] = True


def _answer(message: dict[str, Any], number: str) -> Any:
    """What later messages ask of this one's answer, as holes."""
    hole = "${" + number + ".%s}"
    match message["infno"]:
        case "9001":
            return {"signinoutb": {"sign_no": hole % "signinoutb.sign_no"}}
        case "1101":
            return {"baseinfo": {"psn_no": hole % "baseinfo.psn_no"}, "insuinfo": []}
        case "2201":
            return {"data": {"mdtrt_id": hole % "data.mdtrt_id"}}
        case "2401":
            return {"result": {"mdtrt_id": hole % "result.mdtrt_id"}}
        case "2206" | "2303" | "2101" | "2207" | "2304" | "2102":
            names = (*messages.CLASS_SUMS, "setl_id", "mdtrt_id")
            return {"setlinfo": {name: hole % f"setlinfo.{name}" for name in names}}
    return None


class NotingDesk(his.Desk):
    """A desk that writes plainly, and says in the notebook which messages are mistakes."""

    def __init__(self, place: Place, notebook: Notebook, stage: Stage) -> None:
        super().__init__(place, notebook, stage, his.Tally(), pause=CASHIER, dialect=dialects.PLAIN)
        self._notebook = notebook

    async def ask(self, infno: str, content: messages.Input, *, wrong: bool = False) -> his.Reply:
        """As at any desk."""
        reply = await super().ask(infno, content, wrong=wrong)
        if wrong:
            self._notebook.mark_refused()
        return reply

    async def repeat(self, reply: his.Reply) -> his.Reply:
        """The same bytes once more; only a real agency can answer alike."""
        await self._notebook.exchange(reply.sent)
        return reply


def compose(
    all_places: Sequence[Place],
    patients: Sequence[Patient],
    *,
    day: date,
    visits: int,
    seed: int,
    mistake_every: int = 0,
) -> Iterator[bytes]:
    """The messages of a day in order of time, one JSON object a line, dates relative to the day of sending (示例日).

    `mistake_every` gives every n-th visit a mistake, each kind in turn; 0 none.
    """
    kinds = cycle(his.Mistake)
    opens = datetime.combine(day, time(0), ZONE)
    stage, notebook = Stage(opens - timedelta(days=LONGEST_STAY_DAYS)), Notebook()
    desks = {place.code: NotingDesk(place, notebook, stage) for place in all_places}
    maker = VisitMaker(all_places, patients, seed=seed, zone=ZONE)
    for serial, visit in enumerate(_different_people(maker, day, visits), 1):
        mistake = next(kinds) if mistake_every and serial % mistake_every == 0 else None
        stage.enter(his.play(desks[visit.place.code], visit, mistake, serial=serial), _first_message(visit, opens))
    stage.run(opens + timedelta(days=1))
    stage.close()
    yield from (_relative(line, day) for line in notebook.lines)


def _different_people(maker: VisitMaker, day: date, count: int) -> Iterator[Visit]:
    seen: set[str] = set()
    for _ in range(count * 20):
        visit = maker.visit(day)
        if visit.patient.citizen_id not in seen and len(seen) < count:
            seen.add(visit.patient.citizen_id)
            yield visit


def _first_message(visit: Visit, opens: datetime) -> datetime:
    """A stay that ends today is told whole, in the morning."""
    return opens + timedelta(hours=7) if visit.kind == INPATIENT else visit.began_at


def _relative(line: dict[str, Any], day: date) -> bytes:
    """The line with its moments written relative to the day of sending."""
    return orjson.dumps({**line, "message": _without_dates(line["message"], day)})


def _without_dates(content: Any, day: date, name: str = "") -> Any:
    if isinstance(content, dict):
        return {member: _without_dates(value, day, member) for member, value in content.items()}
    if isinstance(content, list):
        return [_without_dates(value, day, name) for value in content]
    if not isinstance(content, str):
        return content
    if name in MOMENTS and content:
        return _hole("day", date.fromisoformat(content[:10]), day) + content[10:]
    if name in MESSAGE_IDS:
        written = datetime.strptime(content[STAMP], "%Y%m%d").replace(tzinfo=ZONE).date()
        return content[: STAMP.start] + _hole("stamp", written, day) + content[STAMP.stop :]
    return content


def _hole(kind: str, written: date, day: date) -> str:
    """`${day-3}` for a date three days before."""
    before = (day - written).days
    return f"${{{kind}{f'-{before}' if before else ''}}}"
