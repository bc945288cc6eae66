"""The claims file (结算申报文件, JSONL): one claim a line, a person's claims in time order.

Members left out take the obvious default, unknown members are refused, numbers are read as text so that no float ever
touches money.
"""

import json
from datetime import date
from decimal import Decimal
from functools import cache
from typing import Annotated, Any, Final, TypeAlias

import msgspec

from tongchou.policy import rounding
from tongchou.policy.errors import BadClaim
from tongchou.policy.lines import LineFacts

MOST_FEN: Final = 1_000_000_000_000
QUANTITY_PARTS: Final = 10_000

Fen: TypeAlias = Annotated[int, msgspec.Meta(ge=-MOST_FEN, le=MOST_FEN)]
Positive: TypeAlias = Annotated[int, msgspec.Meta(ge=0, le=MOST_FEN)]
Name: TypeAlias = Annotated[str, msgspec.Meta(min_length=1, max_length=100)]


class ClaimLine(msgspec.Struct, forbid_unknown_fields=True, kw_only=True, rename={"pay_class": "class"}):
    """One charge line of a claim."""

    pay_class: str
    amount_fen: Fen
    item: str | int | None = None
    pre_self_pay_ratio: str | int | None = None
    ceiling_fen: Positive | None = None
    served_on: date | None = None
    quantity: str | int | None = None
    allowed_quantity: str | int | None = None
    denied: str = ""
    category: str = ""
    disease: str | None = None


class Stay(msgspec.Struct, forbid_unknown_fields=True, kw_only=True):
    """A stay in hospital that a home bed must not overlap (BEN-26)."""

    admitted_on: date
    discharged_on: date | None = None


class Claim(msgspec.Struct, forbid_unknown_fields=True, kw_only=True):
    """One claim (design: claims file)."""

    claim_id: Name | int
    person_id: Name | int
    kind: Name
    lines: list[ClaimLine]
    level: int | None = None
    scheme: str | None = None
    groups: list[str] = []
    disease: str | None = None
    place: str = "home"
    referral: str = "none"
    emergency: bool = False
    designated: bool = True
    linked_to: str | int | None = None
    born_on: date | None = None
    admitted_on: date | None = None
    discharged_on: date | None = None
    filed: bool = True
    consented_on: date | None = None
    stays: list[Stay] = []
    project_fen: Positive = 0
    third_party_fen: Positive = 0
    account_balance_fen: Positive = 0
    covered: bool = True
    category: str | None = None
    contracted: bool = True
    manual: bool = False
    prescribed: bool = True
    area: str = ""


def parse(text: bytes) -> Claim:
    """One row. Raises: BadClaim naming the member."""
    try:
        row = json.loads(text, object_pairs_hook=_unique, parse_float=str, parse_constant=_no_constant)
    except UnicodeDecodeError:
        raise BadClaim("不是UTF-8编码") from None
    except RecursionError:
        raise BadClaim("JSON层次过深") from None
    except ValueError as error:
        raise BadClaim(f"不是合法的JSON:{error}") from None
    if not isinstance(row, dict):
        raise BadClaim("每行应为一个JSON对象")
    if b"\\ud" in text.lower() and not _is_text(row):
        raise BadClaim("含有不成对的字符编码")
    return claim_of(row)


def claim_of(row: dict[str, Any]) -> Claim:
    """A claim from its members as JSON has them. Raises: BadClaim naming the member."""
    _check_members(row, Claim, "")
    for number, line in enumerate(row["lines"] if isinstance(row.get("lines"), list) else (), 1):
        if isinstance(line, dict):
            _check_members(line, ClaimLine, f"lines[{number}].")
    for number, stay in enumerate(row["stays"] if isinstance(row.get("stays"), list) else (), 1):
        if isinstance(stay, dict):
            _check_members(stay, Stay, f"stays[{number}].")
    try:
        return msgspec.convert(row, Claim, strict=True)
    except msgspec.ValidationError as error:
        raise BadClaim(_in_chinese(str(error))) from None


def _is_text(row: dict[str, Any]) -> bool:
    """A lone surrogate, written as an escape, is no character and could not be written out again."""
    try:
        json.dumps(row, ensure_ascii=False).encode()
    except UnicodeEncodeError:
        return False
    return True


def _unique(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    row = dict(pairs)
    if len(row) != len(pairs):
        names = [name for name, _ in pairs]
        twice = next(name for name in names if names.count(name) > 1)
        raise BadClaim(f"成员“{twice}”重复")
    return row


def _no_constant(text: str) -> Any:
    raise BadClaim(f"{text}不是数值")


def _check_members(row: dict[str, Any], kind: type[msgspec.Struct], at: str) -> None:
    known, required = _members(kind)
    for name in row:
        if name not in known:
            raise BadClaim(f"未知成员“{at}{name}”")
    for name in required:
        if name not in row:
            raise BadClaim(f"缺少成员“{at}{name}”")


@cache
def _members(kind: type[msgspec.Struct]) -> tuple[frozenset[str], tuple[str, ...]]:
    """Every member's name, and those that must be there."""
    fields = msgspec.structs.fields(kind)
    return frozenset(field.encode_name for field in fields), tuple(f.encode_name for f in fields if f.required)


def _in_chinese(message: str) -> str:
    """`Expected `int`, got `str` - at `$.level`` → `成员 level 的值不符合要求(…)`."""
    what, _, where = message.partition(" - at ")
    return f"成员“{where.strip('`').removeprefix('$.') or '整行'}”的值不符合要求({what})"


def line_facts(line: ClaimLine) -> LineFacts:
    """Raises: BadClaim."""
    ratio = None if line.pre_self_pay_ratio is None else _ratio(line.pre_self_pay_ratio)
    return LineFacts(
        amount_fen=line.amount_fen,
        pay_class=line.pay_class,
        ratio_ppm=ratio,
        ceiling_fen=line.ceiling_fen,
        quantity=_quantity(line.quantity),
        allowed=_quantity(line.allowed_quantity),
        denied=line.denied,
        served_on=line.served_on,
        category=line.category,
    )


def _ratio(text: str | int) -> int:
    try:
        return rounding.ppm(text)
    except ValueError:
        raise BadClaim(f"先行自付比例“{text}”应在0至1之间") from None


def _quantity(text: str | int | None) -> int | None:
    if text is None:
        return None
    try:
        parts = Decimal(text) * QUANTITY_PARTS
        if parts == parts.to_integral_value() and abs(parts) <= MOST_FEN:
            return int(parts)
    except ArithmeticError:
        pass
    raise BadClaim(f"数量“{text}”应为至多四位小数的数字")
