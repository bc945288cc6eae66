"""Masks (脱敏): what a list shows of a name or a number; the full value takes a permission and leaves a trail."""

import re
from typing import Final

_CITIZEN_NUMBER: Final = re.compile(r"(?<!\d)\d{17}[\dXx](?!\d)")
_TWO_CHARACTER_SURNAMES = frozenset(
    [
        "欧阳",
        "司马",
        "上官",
        "诸葛",
        "东方",
        "皇甫",
        "尉迟",
        "公孙",
        "慕容",
        "令狐",
        "宇文",
        "长孙",
        "司徒",
        "司空",
        "夏侯",
        "端木",
        "南宫",
        "西门",
        "独孤",
        "轩辕",
    ]
)


def name(full: str) -> str:
    """姓名: the surname and, of three characters or more, the last one: `张*`, `张*丰`, `欧阳*`."""
    surname = full[:2] if full[:2] in _TWO_CHARACTER_SURNAMES and len(full) > 2 else full[:1]
    given = full[len(surname) :]
    if not given:
        return full[:1] + "*" if len(full) > 1 else full
    return surname + "*" * (len(given) - 1) + given[-1] if len(given) > 1 else surname + "*"


def certificate(full: str) -> str:
    """证件号码: the first six and the last four of eighteen; of shorter numbers the last two."""
    if len(full) >= 15:
        return f"{full[:6]}{'*' * (len(full) - 10)}{full[-4:]}"
    return "*" * max(len(full) - 2, 0) + full[-2:]


def card(full: str) -> str:
    """卡号: the last four."""
    return "*" * max(len(full) - 4, 0) + full[-4:]


def phone(full: str) -> str:
    """电话: the first three and the last four."""
    return f"{full[:3]}****{full[-4:]}" if len(full) >= 10 else card(full)


def numbers_in(text: str) -> str:
    """A sentence in which citizen numbers stand, each of them masked (原因、说明中的证件号码)."""
    return _CITIZEN_NUMBER.sub(lambda found: certificate(found.group()), text)


def numbers_in_sql(text: str) -> str:
    """The same of a text that the database puts together: an SQL expression around an SQL expression."""
    return (
        f"regexp_replace({text}, '(?<![0-9])([0-9]{{6}})[0-9]{{8}}([0-9]{{3}}[0-9Xx])(?![0-9])', '\\1********\\2', 'g')"
    )
