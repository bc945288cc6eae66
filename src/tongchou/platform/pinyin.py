"""Initials of Chinese names (拼音首字母), for searching by keyboard: 覃小妹 → qxm."""

import re
from functools import lru_cache
from typing import Final

SURNAMES: Final = {
    "曾": "z", "单": "s", "解": "x", "仇": "q", "区": "o", "查": "z", "盖": "g", "任": "r", "乐": "y", "朴": "p",
    "翟": "z", "覃": "q", "缪": "m", "种": "c", "冼": "x", "员": "y", "折": "s", "洗": "x", "秘": "b", "召": "s",
    "尉": "w", "隗": "w", "尹": "y", "黑": "h", "牟": "m", "繁": "p", "句": "g", "那": "n", "长": "z", "晁": "c",
}  # fmt: skip
"""Characters that sound differently as a surname, or that are read by chance."""
_LATIN: Final = re.compile(r"[a-z0-9]")


@lru_cache(maxsize=50_000)
def _initial(character: str) -> str:
    lower = character.lower()
    if _LATIN.match(lower):
        return lower
    from pypinyin import Style, lazy_pinyin  # its dictionaries are a tenth of every process's start

    first = lazy_pinyin(character, style=Style.FIRST_LETTER, errors="ignore")
    return first[0][:1] if first else ""


def initials(text: str, *, surname: bool = False, longest: int = 50) -> str:
    """The first letter of every character, in small letters; punctuation is left out (拼音首字母).

    `surname`: the first character is a family name.
    """
    letters = "".join(map(_initial, text))
    if surname and text[:1] in SURNAMES:
        letters = SURNAMES[text[0]] + letters[1:]
    return letters[:longest]
