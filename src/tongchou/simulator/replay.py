"""Messages from files (报文回放): a hospital day as lines of JSON, sent in order, holes filled from earlier answers.

The format is described in `docs/examples/README.md`. In short: a line is an envelope, or an object with `id`, `message`
and perhaps `refused`; `${id.path}` is what the answer to an earlier line said there, `${day}` the day of sending,
`${day-3}` three days before, `${stamp}` the day as eight digits.
"""

import asyncio
import re
from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from datetime import date, timedelta
from pathlib import Path
from typing import Any, Final

import orjson

from tongchou.kernel.errors import DomainError
from tongchou.simulator.his import PATH
from tongchou.simulator.http_client import Address, Connection, ConnectionBroken

HOLE: Final = re.compile(r"\$\{([^}]+)\}")
DAY: Final = re.compile(r"(day|stamp)(?:-(\d+))?")
TRIES: Final = 5
SECONDS_BETWEEN_TRIES: Final = 1.0
SHOWN: Final = 10
DONE_BEFORE: Final = ("ST-1005 ", "WI-3001 ", "EC-2003 该就诊已结算")
"""Settled already, reversed already: what a trial or a reversed message is told when a day is sent once more."""


Say = Callable[[str], None]


class LineUnreadable(DomainError):
    code = "SM-0301"
    message = "{file}第{line}行读不懂:{problem}"


class HoleUnfilled(DomainError):
    code = "SM-0302"
    message = "{where}引用了{hole},但前面的应答里没有"

    @property
    def of(self) -> str:
        """The line whose answer is missing."""
        return str(self.figures["hole"]).removeprefix("${").partition(".")[0]


class NothingToSend(DomainError):
    code = "SM-0303"
    message = "{path}里没有报文文件(.json、.jsonl)"


class ServerAway(DomainError):
    code = "SM-0304"
    message = "连接不上{url}:{problem}。服务起来后可从头再发,已入账的报文不会重复入账"


@dataclass(frozen=True, slots=True)
class Line:
    """One message of a file; `refused` when it is a mistake that the agency should refuse."""

    id: str
    message: dict[str, Any]
    refused: bool
    where: str


@dataclass(slots=True)
class Sent:
    """What came of a file.

    `done_before` are the lines that were not needed any more, since the file had been sent earlier that day.
    """

    messages: Counter[str] = field(default_factory=Counter)
    refusals: list[str] = field(default_factory=list)
    overlooked: list[str] = field(default_factory=list)
    left_out: list[str] = field(default_factory=list)
    done_before: set[str] = field(default_factory=set)

    @property
    def as_expected(self) -> bool:
        """Whether all was done that should be done, and all refused that should be refused."""
        return not self.refusals and not self.overlooked and not self.left_out


def send(path: Path, *, url: str, day: date, say: Say = print) -> Sent:
    """Send a file, or the files of a folder in order of name, one message after the other (发送报文).

    A message whose holes an earlier refusal left unfilled is not sent, and counted.
    Raises: LineUnreadable, NothingToSend, ServerAway.
    """
    lines = list(read(path))
    return asyncio.run(_send(lines, Address(url), url, day, say))


def read(path: Path) -> Iterator[Line]:
    """The messages of a file or folder, in order. Raises: LineUnreadable, NothingToSend."""
    files = sorted(f for f in path.iterdir() if f.suffix in (".json", ".jsonl")) if path.is_dir() else [path]
    if not files:
        raise NothingToSend(path=path)
    for file in files:
        text = file.read_text(encoding="utf-8-sig")
        rows = [text] if file.suffix == ".json" else text.splitlines()
        yield from (_line(file, number, row) for number, row in enumerate(rows, 1) if row.strip())


def _line(file: Path, number: int, row: str) -> Line:
    try:
        content = orjson.loads(row)
    except orjson.JSONDecodeError as fault:
        raise LineUnreadable(file=file.name, line=number, problem=f"不是 JSON({fault.msg})") from None
    where = f"{file.name}第{number}行"
    if isinstance(content, dict) and "infno" in content:
        return Line(f"{file.stem}-{number}", content, False, where)
    if not isinstance(content, dict) or not isinstance(content.get("message"), dict):
        raise LineUnreadable(file=file.name, line=number, problem="没有 infno,也没有 message")
    return Line(str(content.get("id", number)), content["message"], bool(content.get("refused")), where)


async def _send(lines: Iterable[Line], address: Address, url: str, day: date, say: Say) -> Sent:
    connection, sent, answers = Connection(address), Sent(), dict[str, Any]()
    for line in lines:
        try:
            message = filled(line.message, answers, day, where=line.where)
        except HoleUnfilled as gap:
            if gap.of in sent.done_before:
                sent.done_before.add(line.id)
            else:
                _note(sent.left_out, f"{gap},未发送", say)
            continue
        answer = orjson.loads(await _ask(connection, orjson.dumps(message), url))
        infno, done = str(message.get("infno", "?")), answer.get("infcode") == 0
        sent.messages[infno] += 1
        if done:
            answers[line.id] = answer.get("output")
        if not done and not line.refused and str(answer.get("err_msg")).startswith(DONE_BEFORE):
            sent.done_before.add(line.id)
        elif not done and not line.refused:
            _note(sent.refusals, f"{line.where} {infno}: {answer.get('err_msg')}", say)
        elif done and line.refused:
            _note(sent.overlooked, f"{line.where} {infno}: 应被拒绝却成功了", say)
    connection.close()
    return sent


def _note(kept: list[str], what: str, say: Say) -> None:
    kept.append(what)
    if len(kept) <= SHOWN:
        say(f"  ✗ {what}")


async def _ask(connection: Connection, body: bytes, url: str) -> bytes:
    """The answer; the same bytes again when the line breaks, for a repeat counts once. Raises: ServerAway."""
    for attempt in range(1, TRIES + 1):
        try:
            return (await connection.post(PATH, body)).body
        except (ConnectionBroken, OSError) as fault:
            if attempt == TRIES:
                raise ServerAway(url=url, problem=str(fault) or type(fault).__name__) from fault
            await asyncio.sleep(SECONDS_BETWEEN_TRIES)
    raise AssertionError("unreachable")


def filled(content: Any, answers: dict[str, Any], day: date, *, where: str = "") -> Any:
    """The message with its holes filled; a text that is one hole takes the value as it is, number or text.

    Raises: HoleUnfilled.
    """
    if isinstance(content, dict):
        return {name: filled(value, answers, day, where=where) for name, value in content.items()}
    if isinstance(content, list):
        return [filled(value, answers, day, where=where) for value in content]
    if not isinstance(content, str) or "${" not in content:
        return content
    if whole := HOLE.fullmatch(content):
        return _value(whole[1], answers, day, where)
    return HOLE.sub(lambda hole: str(_value(hole[1], answers, day, where)), content)


def _value(hole: str, answers: dict[str, Any], day: date, where: str) -> Any:
    if relative := DAY.fullmatch(hole):
        then = day - timedelta(days=int(relative[2] or 0))
        return then.isoformat() if relative[1] == "day" else f"{then:%Y%m%d}"
    name, *path = hole.split(".")
    value = answers.get(name)
    for step in path:
        if isinstance(value, list) and step.isdigit() and int(step) < len(value):
            value = value[int(step)]
        elif isinstance(value, dict) and step in value:
            value = value[step]
        else:
            raise HoleUnfilled(where=where, hole="${" + hole + "}")
    if value is None:
        raise HoleUnfilled(where=where, hole="${" + hole + "}")
    return value
