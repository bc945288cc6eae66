"""Does an answer say what the specification says (符合性检查): members, order, types, and the money identities."""

import itertools
import re
from collections.abc import Iterator, Mapping
from decimal import Decimal
from typing import Any, Final

import msgspec

from tongchou.wire import specification
from tongchou.wire.specification import ITSELF, Field, FieldType, Node

ENVELOPE: Final = (
    "output",
    "infcode",
    "warn_msg",
    "cainfo",
    "err_msg",
    "refmsg_time",
    "signtype",
    "respond_time",
    "inf_refmsgid",
)
DATE: Final = re.compile(r"\d{4}-\d{2}-\d{2}")
DATETIME: Final = re.compile(r"\d{4}-\d{2}-\d{2} \d{2}:\d{2}:\d{2}")
STAMP: Final = re.compile(r"\d{17}")
REPLY_NO: Final = re.compile(r"\d{30}")

CLASSES: Final = ("fulamt_ownpay_amt", "overlmt_selfpay", "preselfpay_amt", "inscp_scp_amt")
LINE_CLASSES: Final = ("fulamt_ownpay_amt", "overlmt_amt", "preselfpay_amt", "inscp_scp_amt")
FUNDS: Final = ("hifp_pay", "cvlserv_pay", "hifes_pay", "hifmi_pay", "hifob_pay", "maf_pay", "hifdm_pay", "oth_pay")
IDENTITIES: Final = (
    ("medfee_sumamt", CLASSES),
    ("medfee_sumamt", ("fund_pay_sumamt", "psn_part_amt", "hosp_part_amt")),
    ("psn_part_amt", ("acct_pay", "psn_cash_pay")),
    ("psn_part_amt", ("acct_pay", "pdn_cash_pay")),
    ("fund_pay_sumamt", FUNDS),
    ("det_item_fee_sumamt", LINE_CLASSES),
)
"""Whole = sum of parts, wherever the whole and its parts are sent."""

_exact: Final = msgspec.json.Decoder(float_hook=Decimal)


def faults(infno: str, answer: bytes) -> list[str]:
    """What is wrong with the answer of a transaction that was done; empty when it conforms."""
    sent = _exact.decode(answer)
    return list(itertools.chain(_frame_faults(sent), _output_faults(infno, sent.get("output"))))


def refusal_faults(answer: bytes) -> list[str]:
    """What is wrong with the answer of a transaction that was not done."""
    sent = _exact.decode(answer)
    found = list(_frame_faults(sent, infcode=-1))
    if sent.get("output") is not None:
        found.append("output of a refusal is not null")
    if not re.fullmatch(r"[A-Z]{2}-\d{4} .*[一-鿿].*", sent.get("err_msg") or "", re.DOTALL):
        found.append(f"err_msg is no code and Chinese sentence: {sent.get('err_msg')!r}")
    if len(sent.get("err_msg") or "") > 200:
        found.append("err_msg is longer than 200")
    return found


def _frame_faults(sent: Mapping[str, Any], infcode: int = 0) -> Iterator[str]:
    if tuple(sent) != ENVELOPE:
        yield f"envelope members {tuple(sent)}"
    if type(sent.get("infcode")) is not int or sent["infcode"] != infcode:
        yield f"infcode {sent.get('infcode')!r}"
    for name, pattern in (("refmsg_time", STAMP), ("respond_time", STAMP), ("inf_refmsgid", REPLY_NO)):
        if not pattern.fullmatch(sent.get(name) or ""):
            yield f"{name} {sent.get(name)!r}"


def _output_faults(infno: str, output: Any) -> Iterator[str]:
    nodes = specification.transactions()[infno].output
    if not nodes:
        if output is not None:
            yield "output is not null"
        return
    if len(nodes) == 1 and nodes[0].name == ITSELF and nodes[0].is_list:
        yield from _node_faults(nodes[0], output)
        return
    direct = [field for node in nodes if node.name == ITSELF for field in node.fields]
    named = [node for node in nodes if node.name != ITSELF]
    expected = [*(node.name for node in named), *(field.name for field in direct)]
    if not isinstance(output, dict) or list(output) != expected:
        yield f"output members {list(output) if isinstance(output, dict) else output!r}, not {expected}"
        return
    for node in named:
        yield from _node_faults(node, output[node.name])
    for field in direct:
        yield from _field_faults(field, output[field.name], field.name)


def _node_faults(node: Node, value: Any) -> Iterator[str]:
    if isinstance(value, list) is not node.is_list:
        yield f"{node.name} is {'no' if node.is_list else 'a'} list"
        return
    for number, row in enumerate(value if node.is_list else [value]):
        where = f"{node.name}[{number}]" if node.is_list else node.name
        if not isinstance(row, dict) or list(row) != [field.name for field in node.fields]:
            yield f"{where} members {list(row) if isinstance(row, dict) else row!r}"
            continue
        for field in node.fields:
            yield from _field_faults(field, row[field.name], f"{where}.{field.name}")
        yield from _identity_faults(row, where)


def _field_faults(field: Field, value: Any, where: str) -> Iterator[str]:
    if value is None or value == "":
        if field.required or (value == "" and field.type not in (FieldType.TEXT, FieldType.EXTENSION)):
            yield f"{where} is {value!r}"
        return
    if not _fits(field, value):
        yield f"{where} is {value!r}, not {field.type}({field.size},{field.scale})"


def _fits(field: Field, value: Any) -> bool:
    match field.type:
        case FieldType.NUMBER:
            if isinstance(value, bool) or not isinstance(value, int | Decimal):
                return False
            return abs(Decimal(value)) < 10 ** (field.size - field.scale) and not Decimal(value) % Decimal(1).scaleb(
                -field.scale
            )
        case FieldType.INTEGER:
            return type(value) is int
        case FieldType.DATE:
            return isinstance(value, str) and DATE.fullmatch(value) is not None
        case FieldType.DATETIME:
            return isinstance(value, str) and DATETIME.fullmatch(value) is not None
        case FieldType.TEXT | FieldType.EXTENSION:
            return isinstance(value, str) and len(value) <= field.size


def _identity_faults(row: Mapping[str, Any], where: str) -> Iterator[str]:
    for whole, parts in IDENTITIES:
        if row.get(whole) is None or any(row.get(part) is None for part in parts):
            continue
        total = sum(Decimal(row[part]) for part in parts)
        if Decimal(row[whole]) != total:
            yield f"{where}: {whole} {row[whole]} is not {' + '.join(parts)} = {total}"
