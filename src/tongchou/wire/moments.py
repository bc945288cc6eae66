"""Times at the edge (报文时间): Beijing time without zone on the wire, every form that clients send."""

import re
from datetime import date, datetime, time, timedelta
from typing import Final
from zoneinfo import ZoneInfo

SHANGHAI: Final = ZoneInfo("Asia/Shanghai")

_PARTED = re.compile(
    r"(?P<year>\d{4})(?P<sep>[-/.])(?P<month>\d{1,2})(?P=sep)(?P<day>\d{1,2})"
    r"(?:(?:\s*T\s*|\s+)(?P<hour>\d{1,2})\s*:\s*(?P<minute>\d{1,2})(?:\s*:\s*(?P<second>\d{1,2})(?:\.\d+)?)?)?"
    r"\s*(?P<zone>Z|[+-]\d{2}:?\d{2})?",
    re.ASCII,
)
_COMPACT = re.compile(
    r"(?P<year>\d{4})(?P<month>\d{2})(?P<day>\d{2})\s*(?:(?P<hour>\d{2})(?P<minute>\d{2})(?P<second>\d{2})?(?:\d{3})?)?",
    re.ASCII,
)


def parse(text: str) -> datetime:
    """A moment in Beijing time, without zone (日期时间).

    Reads `2022-01-21 10:00:00`, `2022-1-21T9:05`, `2022/1/14 9:05:01`, `20220117`, `20220117093000`, stray blanks, a
    bare date (midnight) and an explicit zone. Raises: ValueError.
    """
    match = _PARTED.fullmatch(text) or _COMPACT.fullmatch(text)
    if match is None:
        raise ValueError(f"not a time: {text!r}")
    parts = {name: int(value) for name, value in match.groupdict("0").items() if name not in ("sep", "zone")}
    moment = datetime(**parts)  # noqa: DTZ001  Beijing time, as the wire means it
    zone = match.groupdict().get("zone")
    if zone:
        return datetime.fromisoformat(f"{moment.isoformat()}{zone}").astimezone(SHANGHAI).replace(tzinfo=None)
    return moment


def aware(moment: datetime) -> datetime:
    """A moment of the wire with its zone."""
    return moment.replace(tzinfo=SHANGHAI)


def after_the_last(moment: datetime) -> datetime:
    """Where a queried period ends, exclusive: a bare date counts to the end of its day (截止时间)."""
    if moment.time() == time.min:
        return moment + timedelta(days=1)
    return moment + timedelta(seconds=1)


def written(moment: datetime) -> str:
    """`2022-01-21 10:00:00` in Beijing time, from an aware moment."""
    at = _in_beijing(moment)
    return f"{at.year:04}-{at.month:02}-{at.day:02} {at.hour:02}:{at.minute:02}:{at.second:02}"


def day(value: date | None) -> str | None:
    """`2022-01-21`, or null."""
    return None if value is None else value.isoformat()


def stamp(moment: datetime) -> str:
    """`yyyyMMddHHmmssSSS`, the form of refmsg_time and respond_time (17 digits)."""
    at = _in_beijing(moment)  # several are in every answer: `strftime` costs three times as much
    return f"{at.year:04}{at.month:02}{at.day:02}{at.hour:02}{at.minute:02}{at.second:02}{at.microsecond // 1000:03}"


def _in_beijing(moment: datetime) -> datetime:
    return moment if moment.tzinfo is SHANGHAI else moment.astimezone(SHANGHAI)
