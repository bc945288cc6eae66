"""Reading the input of a message (报文解析): strictly first, and with patience when the strict reading refuses.

The strict reading is compiled and sees typed JSON only. Whatever real clients send besides — numbers as text and text
as numbers, "", "null", other spellings, one object for a list, other forms of dates, JSON inside a string — goes
through the tolerant reading, which mends it to the same structs or names the field that cannot be mended.
"""

import functools
from collections.abc import Callable, Mapping
from datetime import date, datetime
from decimal import Decimal, InvalidOperation
from typing import Any, Final

import msgspec

from tongchou.wire import errors, moments, specification, structs
from tongchou.wire.specification import Field, FieldType, Node

NULL_TEXT: Final = b'"null"'
FEN_PER_YUAN: Final = Decimal(100)
LONGEST_QUOTED: Final = 30

_untyped: Final = msgspec.json.Decoder(float_hook=Decimal)
_exact: Final = msgspec.json.Encoder(decimal_format="number")


class _DoesNotFit(Exception):
    """The strict reading gives way to the tolerant one."""


def loads(raw: bytes) -> Any:
    """JSON as plain Python: numbers exact, of duplicate keys the last. Raises: NotJson, WrongCharset, TooDeep."""
    try:
        return reading_json(_untyped.decode, raw)
    except (msgspec.ValidationError, InvalidOperation):
        raise errors.NotJson(where="数字过大") from None


def reading_json(decode: Callable[[bytes], Any], raw: bytes) -> Any:
    """`decode(raw)`; what is wrong with the JSON itself becomes a refusal, a type that does not fit passes through.

    Raises: NotJson, WrongCharset, TooDeep, msgspec.ValidationError.
    """
    try:
        return decode(raw)
    except msgspec.ValidationError:
        raise
    except msgspec.DecodeError as fault:
        _, _, position = str(fault).partition("(byte ")
        where = f"第{position.rstrip(')')}字节附近有误" if position else "内容不完整"
        raise errors.NotJson(where=where) from None
    except UnicodeDecodeError:
        raise errors.WrongCharset(charset="UTF-8") from None
    except RecursionError:
        raise errors.TooDeep from None


def is_empty(value: Any) -> bool:
    """Do clients mean "nothing" by it: null, empty text, the text null (空值)?"""
    return value is None or value == "" or value == "null"


class Reader:
    """Reads the input of one transaction."""

    def __init__(self, transaction: specification.Transaction) -> None:
        self.transaction = transaction
        self._nodes = {node.name: structs.node_struct(node) for node in transaction.input}
        self._input = structs.input_struct(transaction, self._nodes)
        self._decode = msgspec.json.Decoder(self._input).decode
        self._numeric = [(node.name, node.is_list, _numbers(node)) for node in transaction.input if _numbers(node)]

    def read(self, raw: bytes) -> Any:
        """The typed input. Raises: MessageRefused, naming the field."""
        try:
            return self.read_strictly(raw)
        except (msgspec.ValidationError, InvalidOperation, _DoesNotFit):
            return self.read_tolerantly(raw)

    def read_strictly(self, raw: bytes) -> Any:
        """The typed input of a message that needs no mending; an exception that is no refusal asks for patience."""
        if NULL_TEXT in raw:
            raise _DoesNotFit
        message = reading_json(self._decode, raw)
        for name, is_list, numbers in self._numeric:
            node = getattr(message, name)
            for row in node if is_list else () if node is None else (node,):
                _settle(row, numbers)
        return message

    def read_tolerantly(self, raw: bytes) -> Any:
        """As `read`, by way of plain Python. Raises: MessageRefused."""
        tree = loads(raw)
        if isinstance(tree, str):
            tree = None if is_empty(tree) else loads(tree.encode())
        if tree is None:
            tree = {}
        if not isinstance(tree, dict):
            raise errors.NotAnObject(title="交易输入(input)")
        return self._input(**{node.name: self._node(node, tree) for node in self.transaction.input})

    def _node(self, node: Node, tree: Mapping[str, Any]) -> Any:
        title = f"{node.label}({node.name})"
        value = _member(tree, node.name, node.also, any_case=True)
        if value is None:
            if node.required:
                raise errors.Missing(title=title)
            return [] if node.is_list else None
        rows = value if isinstance(value, list) else [value]
        if not node.is_list:
            if len(rows) != 1:
                raise errors.NotAnObject(title=title)
            return self._row(node, rows[0], title, "")
        if node.required and not rows:
            raise errors.Missing(title=title)
        return [self._row(node, row, title, f"第{number}条{node.label}的") for number, row in enumerate(rows, start=1)]

    def _row(self, node: Node, row: Any, title: str, whose: str) -> Any:
        if not isinstance(row, dict):
            raise errors.NotAnObject(title=title)
        return self._nodes[node.name](**members_of(node.fields, row, whose))


def members_of(fields: tuple[Field, ...], row: Mapping[str, Any], whose: str) -> dict[str, Any]:
    """The members of one object that are there, converted. Raises: MessageRefused, naming the field."""
    values: dict[str, Any] = {}
    for field in fields:
        value = _member(row, field.name, field.also)
        if value is not None and not _is_blank(field, value):
            values[field.name] = _CONVERT[field.type](field, value, f"{whose}{field.title}")
        elif field.required:
            raise errors.Missing(title=f"{whose}{field.title}")
    return values


def _is_blank(field: Field, value: Any) -> bool:
    """Blanks are nothing where no text is declared."""
    return field.type not in (FieldType.TEXT, FieldType.EXTENSION) and isinstance(value, str) and not value.strip()


def _member(tree: Mapping[str, Any], name: str, also: tuple[str, ...], *, any_case: bool = False) -> Any:
    """The member under its name or another spelling; None when all are absent or empty."""
    for spelling in (name, *also):
        if not is_empty(value := tree.get(spelling)):
            return value
    if any_case:
        return next((value for key, value in tree.items() if key.lower() == name.lower() and not is_empty(value)), None)
    return None


Number = tuple[str, Decimal, Decimal, Decimal, bool]
"""Field, what it stays above, what it stays under, of what it is a multiple, whether it is money."""


def _bounds(field: Field) -> tuple[Decimal, Decimal]:
    """What a number of the field stays under, and of what it must be a multiple."""
    return Decimal(10) ** (field.size - field.scale), Decimal(1).scaleb(-field.scale)


def _numbers(node: Node) -> list[Number]:
    numbers = []
    for field in node.fields:
        if field.type is FieldType.NUMBER:
            limit, quantum = _bounds(field)
            numbers.append((field.name, -limit, limit, quantum, structs.is_amount(field)))
    return numbers


def _settle(row: Any, numbers: list[Number]) -> None:
    """Check the numbers of a strictly read row; amounts become fen. Raises: _DoesNotFit, InvalidOperation."""
    for name, least, most, quantum, is_amount in numbers:
        value = getattr(row, name)
        if value is None:
            continue
        if not least < value < most or value % quantum:
            raise _DoesNotFit
        if is_amount:
            setattr(row, name, int(value * FEN_PER_YUAN))


def _quoted(value: Any) -> str:
    return str(value)[:LONGEST_QUOTED]


def _text(field: Field, value: Any, title: str) -> str:
    """A text, also when it came as a number or a yes/no. Raises: NotAText, TooLong, ForbiddenCharacter."""
    if isinstance(value, bool):
        value = "1" if value else "0"
    elif isinstance(value, Decimal):
        value = format(value, "f") if abs(value.adjusted()) <= field.size else "9" * (field.size + 1)
    elif isinstance(value, int):
        value = str(value) if value.bit_length() < 4 * field.size else "9" * (field.size + 1)
    if not isinstance(value, str):
        raise errors.NotAText(title=title)
    if len(value) > field.size:
        raise errors.TooLong(title=title, size=field.size, length=len(value))
    if "\0" in value:
        raise errors.ForbiddenCharacter(title=title)
    return value


def _extension(field: Field, value: Any, title: str) -> str:
    """字段扩展: JSON in a text, or the object itself."""
    if isinstance(value, dict | list):
        value = _exact.encode(value).decode()
    return _text(field, value, title)


def _number(field: Field, value: Any, title: str) -> Decimal | int:
    """An exact number, an amount in whole fen. Raises: NotANumber, OutOfRange."""
    if isinstance(value, bool) or not isinstance(value, int | str | Decimal):
        raise errors.NotANumber(title=title, value=_quoted(value))
    try:
        number = Decimal(value)
    except InvalidOperation:
        raise errors.NotANumber(title=title, value=_quoted(value)) from None
    if not number.is_finite():
        raise errors.NotANumber(title=title, value=_quoted(value))
    limit, quantum = _bounds(field)
    if not -limit < number < limit or number % quantum:
        raise errors.OutOfRange(title=title, digits=field.size - field.scale, scale=field.scale, value=_quoted(value))
    return int(number * FEN_PER_YUAN) if structs.is_amount(field) else number


def _integer(field: Field, value: Any, title: str) -> int:
    """A whole number of at most 64 bits. Raises: NotANumber."""
    try:
        number = Decimal(value) if isinstance(value, int | str | Decimal) and not isinstance(value, bool) else None
    except InvalidOperation:
        number = None
    if number is None or not number.is_finite() or number.adjusted() > 18 or number % 1:
        raise errors.NotANumber(title=title, value=_quoted(value))
    return int(number)


def _moment(field: Field, value: Any, title: str) -> datetime:
    if isinstance(value, int) and not isinstance(value, bool):
        value = str(value)
    try:
        return moments.parse(value.strip())
    except (AttributeError, ValueError):
        raise errors.NotATime(title=title, value=_quoted(value)) from None


def _day(field: Field, value: Any, title: str) -> date:
    return _moment(field, value, title).date()


_CONVERT: Final[Mapping[FieldType, Callable[[Field, Any, str], Any]]] = {
    FieldType.TEXT: _text,
    FieldType.EXTENSION: _extension,
    FieldType.NUMBER: _number,
    FieldType.INTEGER: _integer,
    FieldType.DATE: _day,
    FieldType.DATETIME: _moment,
}


@functools.cache
def reader(infno: str) -> Reader:
    """The reader of a transaction, made on first use."""
    return Reader(specification.transactions()[infno])
