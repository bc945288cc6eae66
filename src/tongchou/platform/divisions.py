"""行政区划 of the whole country, down to counties (GB/T 2260), as the locked `python-stdnum` package carries them.

The units of this house are in its own tree (`models.organisation`); this list names what lies outside it. Codes that
were abolished keep their name, but are no longer offered (decision 0400).
"""

from dataclasses import dataclass
from functools import cache
from typing import Any, Final

from stdnum import numdb

from tongchou.platform.pinyin import initials

LIST: Final = "cn/loc"
_GROUPS: Final = ("市辖区", "县", "市", "省直辖县级行政单位", "自治区直辖县级行政单位")
"""Rows that only head others."""


@dataclass(frozen=True, slots=True)
class Division:
    """A province, a city or a county."""

    code: str
    name: str
    above: str
    """The province and the city it lies in, as far as they have a name of their own."""
    in_use: bool

    @property
    def whole_name(self) -> str:
        return f"{self.above}{self.name}"


def division(code: str) -> Division | None:
    """The division of a code of six digits, or of the first six of a town's or village's."""
    return _divisions().get(code[:6])


def find(words: str, most: int) -> list[Division]:
    """Those in use whose code begins so, or whose name or initials have the words; the nearest names first."""
    wanted = words.strip().lower()
    if not wanted:
        return []
    if wanted.isascii() and wanted.isalpha():
        fitting = [one for one in _offered() if _initials()[one.code].startswith(wanted)]
    else:
        fitting = [one for one in _offered() if one.code.startswith(wanted) or wanted in one.whole_name]
    return sorted(fitting, key=lambda one: (_distance(one, wanted), one.code))[:most]


def _distance(one: Division, wanted: str) -> int:
    """Exactly this, one that begins so, one that lies in it."""
    if wanted in (one.code, one.name, one.whole_name):
        return 0
    return 1 if one.name.startswith(wanted) else 2


@cache
def _divisions() -> dict[str, Division]:
    found = {}
    for _length, province, _high, facts, counties in numdb.get(LIST).prefixes:
        names = {rest: _named(told["county"]) for _n, rest, _to, told, _below in counties}
        for rest, (name, in_use) in names.items():
            of_province = "" if rest == "0000" else facts["province"]
            city = names.get(f"{rest[:2]}00", ("", False))[0]
            of_city = "" if rest.endswith("00") or city in _GROUPS or city == of_province else city
            code = province + rest
            found[code] = Division(code, name, of_province + of_city, in_use)
    return found


@cache
def _offered() -> tuple[Division, ...]:
    return tuple(one for one in _divisions().values() if one.in_use and one.name not in _GROUPS)


@cache
def _initials() -> dict[str, str]:
    return {one.code: initials(one.name) for one in _offered()}


def _named(told: str) -> tuple[str, bool]:
    """The last name of a code and whether it is still borne: `[1983-2003]新城区,[2004-]青秀区`."""
    last: Any = told.split(",")[-1]
    span, bracket, name = last.rpartition("]")
    return name, not bracket or span.endswith("-")
