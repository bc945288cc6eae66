"""Typed messages (报文结构), made once from the specification: what a handler reads and what it answers.

Inputs carry the wire's own names. Amounts (two decimals) arrive as whole fen, other numbers as exact `Decimal`, times
in Beijing time without zone, absent members as None. Outputs have every member of the specification in its order;
members that must come must be given, others default to empty text or null.
"""

import functools
import types
from datetime import date, datetime
from decimal import Decimal
from types import SimpleNamespace
from typing import Annotated, Any, Final

import msgspec

from tongchou.wire import specification
from tongchou.wire.specification import ITSELF, Field, FieldType, Node, Transaction

AMOUNT: Final = (16, 2)
"""Digits and scale of the numbers that are money."""

Struct = type[msgspec.Struct]


def is_amount(field: Field) -> bool:
    """Is it money, which handlers get in whole fen?"""
    return field.type is FieldType.NUMBER and (field.size, field.scale) == AMOUNT


def node_struct(node: Node) -> Struct:
    """The strict reading of one input node.

    Another spelling is a member that may only be null: a message that uses it falls to the tolerant reading.
    """
    members: list[Any] = [
        (field.name, _strict(field)) if field.required else (field.name, _optional(_strict(field)), None)
        for field in node.fields
    ]
    names = {field.name for field in node.fields}
    members += [(also, None, None) for field in node.fields for also in field.also if also not in names]
    return msgspec.defstruct(f"In_{node.name}", members, kw_only=True, gc=False)


def input_struct(transaction: Transaction, nodes: dict[str, Struct]) -> Struct:
    """The strict reading of the whole input: one member per node."""
    members: list[Any] = []
    for node in transaction.input:
        of = nodes[node.name]
        if node.is_list:
            rows = types.GenericAlias(list, (of,))
            if node.required:
                members.append((node.name, Annotated[rows, msgspec.Meta(min_length=1)]))
            else:
                members.append((node.name, rows, msgspec.field(default_factory=list)))
        else:
            members.append((node.name, of) if node.required else (node.name, _optional(of), None))
    return msgspec.defstruct(f"Input{transaction.infno}", members, kw_only=True)


@functools.cache
def answers(infno: str) -> SimpleNamespace:
    """The output structs of a transaction: one per node by its name, and `output` for the whole.

    `out = answers("2207"); out.output(setlinfo=out.setlinfo(…), setldetail=[out.setldetail(…)])`. Where output is
    itself a list (5204) its rows are `out.row`, and the output is a list of them.
    """
    transaction = specification.transactions()[infno]
    made: dict[str, Any] = {}
    members: list[Any] = []
    for node in transaction.output:
        direct = [_output_member(field) for field in node.fields]
        if node.name != ITSELF:
            made[node.name] = msgspec.defstruct(f"Out{infno}_{node.name}", direct, kw_only=True, gc=False)
            members.append((node.name, Any))
        elif node.is_list:
            made["row"] = msgspec.defstruct(f"Out{infno}_row", direct, kw_only=True, gc=False)
        else:
            members += direct
    made["output"] = msgspec.defstruct(f"Output{infno}", members, kw_only=True) if members else list
    return SimpleNamespace(**made)


def _output_member(field: Field) -> Any:
    if field.required:
        return field.name, Any
    return field.name, Any, "" if field.type in (FieldType.TEXT, FieldType.EXTENSION) else None


def _strict(field: Field) -> Any:
    match field.type:
        case FieldType.NUMBER:
            return Decimal
        case FieldType.INTEGER:
            return int
        case FieldType.DATE:
            return date
        case FieldType.DATETIME:
            return Annotated[datetime, msgspec.Meta(tz=False)]
        case FieldType.TEXT | FieldType.EXTENSION:
            return Annotated[str, msgspec.Meta(min_length=1 if field.required else None, max_length=field.size)]


def _optional(of: Any) -> Any:
    return of | None
