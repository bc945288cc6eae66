"""The columns of a claims file (结算申报表的列): names, kinds, defaults, and how each is read and checked in SQL.

See docs/claims-files.md. A column is read by its type in the file: text is parsed strictly, whole numbers are taken,
anything else is refused for the whole file, so that no float ever touches money.
"""

import enum
from dataclasses import dataclass
from typing import Final


class Kind(enum.Enum):
    """What a column holds, as a refusal says it."""

    TEXT = "文字"
    WHOLE = "整数"
    FEN = "整数(分)"
    YES_NO = "是否(true/false)"
    DAY = "日期(YYYY-MM-DD)"
    NAMES = "文字,多个以“|”分隔"


@dataclass(frozen=True, slots=True)
class Declared:
    """One column; `default` is SQL, None where it must be there and filled."""

    name: str
    kind: Kind
    default: str | None = "NULL"


COLUMNS: Final = (
    Declared("claim_id", Kind.TEXT, None),
    Declared("person_id", Kind.TEXT, None),
    Declared("kind", Kind.TEXT, None),
    Declared("level", Kind.WHOLE),
    Declared("scheme", Kind.TEXT),
    Declared("groups", Kind.NAMES, "''"),
    Declared("category", Kind.TEXT),
    Declared("disease", Kind.TEXT),
    Declared("place", Kind.TEXT, "'home'"),
    Declared("referral", Kind.TEXT, "'none'"),
    Declared("emergency", Kind.YES_NO, "false"),
    Declared("designated", Kind.YES_NO, "true"),
    Declared("contracted", Kind.YES_NO, "true"),
    Declared("manual", Kind.YES_NO, "false"),
    Declared("prescribed", Kind.YES_NO, "true"),
    Declared("filed", Kind.YES_NO, "true"),
    Declared("covered", Kind.YES_NO, "true"),
    Declared("linked_to", Kind.TEXT),
    Declared("born_on", Kind.DAY),
    Declared("admitted_on", Kind.DAY),
    Declared("discharged_on", Kind.DAY),
    Declared("area", Kind.TEXT, "''"),
    Declared("own_expense_fen", Kind.FEN, "0"),
    Declared("over_ceiling_fen", Kind.FEN, "0"),
    Declared("pre_self_pay_fen", Kind.FEN, "0"),
    Declared("in_scope_fen", Kind.FEN, None),
    Declared("project_fen", Kind.FEN, "0"),
    Declared("third_party_fen", Kind.FEN, "0"),
    Declared("account_balance_fen", Kind.FEN, "0"),
)
NAMES: Final = tuple(column.name for column in COLUMNS)
REQUIRED: Final = tuple(column.name for column in COLUMNS if column.default is None)
LINES: Final = "lines"
"""A nested column of charge lines, in Parquet; such a file is read row by row, as JSONL is."""

_SQL: Final = {
    Kind.TEXT: "VARCHAR",
    Kind.WHOLE: "BIGINT",
    Kind.FEN: "BIGINT",
    Kind.YES_NO: "BOOLEAN",
    Kind.DAY: "DATE",
    Kind.NAMES: "VARCHAR",
}
_WHOLE: Final = frozenset(f"{sign}{size}INT" for sign in ("", "U") for size in ("TINY", "SMALL", "", "BIG", "HUGE")) | {
    "INTEGER",
    "UINTEGER",
}
_MOST: Final = 10**12
_YES: Final = "('true', '1', 'yes', 'y', '是')"
_NO: Final = "('false', '0', 'no', 'n', '否')"
_AT_LEAST_0: Final = frozenset({"project_fen", "third_party_fen", "account_balance_fen"})


def takes(column: Declared, type_: str) -> bool:
    """May a column of the file have this type?"""
    kind = column.kind
    if type_ == "VARCHAR" or (type_ == '"NULL"' and column.default is not None):
        return True
    if kind in (Kind.WHOLE, Kind.FEN) or column.name in ("claim_id", "person_id", "linked_to", "area"):
        return type_ in _WHOLE
    return type_ == {Kind.YES_NO: "BOOLEAN", Kind.DAY: "DATE", Kind.NAMES: "VARCHAR[]"}.get(kind)


def read(column: Declared, type_: str | None) -> tuple[str, str]:
    """SQL for the value (with its default), and for whether what the file has is not one."""
    name = f'"{column.name}"'
    if type_ is None or type_ == '"NULL"':
        return f"CAST({column.default or 'NULL'} AS {_SQL[column.kind]})", "false"
    if type_ == "VARCHAR":
        name = f"nullif(trim({name}), '')"
    value, wrong = _value(column, name, type_)
    if column.default is None:
        return value, f"({wrong} OR {name} IS NULL)"
    return f"coalesce({value}, {column.default})", wrong


def _value(column: Declared, name: str, type_: str) -> tuple[str, str]:
    text = type_ == "VARCHAR"
    match column.kind:
        case Kind.TEXT:
            return f"CAST({name} AS VARCHAR)", f"coalesce(length(CAST({name} AS VARCHAR)) > 100, false)"
        case Kind.NAMES:
            listed = f"string_split({name}, '|')" if text else name
            return f"array_to_string(list_sort(list_distinct({listed})), '|')", "false"
        case Kind.YES_NO if text:
            known = f"lower({name}) IN {_YES}"
            return known, f"({name} IS NOT NULL AND NOT ({known} OR lower({name}) IN {_NO}))"
        case Kind.DAY if text:
            day = f"TRY_CAST({name} AS DATE)"
            pattern = r"'\d{4}-\d{2}-\d{2}'"
            return day, f"({name} IS NOT NULL AND (NOT regexp_full_match({name}, {pattern}) OR {day} IS NULL))"
        case Kind.YES_NO | Kind.DAY:
            return name, "false"
        case _:
            number = f"TRY_CAST({name} AS BIGINT)"
            least = 0 if column.name in _AT_LEAST_0 else -_MOST
            range_ = f"{number} IS NULL OR {number} NOT BETWEEN {least} AND {_MOST}"
            digits = f"NOT regexp_full_match({name}, '-?[0-9]{{1,15}}') OR " if text else ""
            return number, f"({name} IS NOT NULL AND ({digits}{range_}))"
