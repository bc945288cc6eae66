"""An answer for reading (应答): indented, no digit touched, each field with its name, persons masked (RIG-04)."""

import functools
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Final

import msgspec

from tongchou.platform.web import masks
from tongchou.wire import specification

MASKS: Final[Mapping[str, Callable[[str], str]]] = {
    "psn_name": masks.name,
    "certno": masks.certificate,
    "mdtrt_cert_no": masks.certificate,
    "tel": masks.phone,
    "card_sn": masks.card,
}
"""Fields that tell who somebody is."""
FRAME: Final = {
    "infcode": "交易状态码",
    "inf_refmsgid": "接收方报文ID",
    "refmsg_time": "接收报文时间",
    "respond_time": "响应报文时间",
    "err_msg": "错误信息",
    "warn_msg": "提示信息",
    "output": "交易输出",
}

_KEYED: Final = re.compile(r'^(?P<before>\s*"(?P<key>\w+)":\s*)(?P<value>.*)$')
_TEXT: Final = re.compile(r'^"(?P<text>(?:[^"\\]|\\.)*)"(?P<after>,?)$')


@dataclass(frozen=True, slots=True)
class AnswerLine:
    """One line of the answer, and what its field is called."""

    text: str
    label: str


def shown(infno: str, answer: bytes, *, open_values: bool) -> list[AnswerLine]:
    """The answer line by line (应答); `open_values` leaves names and numbers of persons as they are.

    An answer that is no JSON stands in one line as it is.
    """
    try:
        text = msgspec.json.format(answer, indent=2).decode()
    except (msgspec.DecodeError, UnicodeDecodeError):
        return [AnswerLine(answer.decode("utf-8", "replace"), "")]
    labels = _labels(infno)
    return [_line(line, labels, open_values) for line in text.splitlines()]


def _line(line: str, labels: Mapping[str, str], open_values: bool) -> AnswerLine:
    keyed = _KEYED.match(line)
    if keyed is None:
        return AnswerLine(line, "")
    key = keyed["key"]
    value = keyed["value"] if open_values or key not in MASKS else _masked(keyed["value"], MASKS[key])
    return AnswerLine(keyed["before"] + value, labels.get(key, ""))


def _masked(value: str, mask: Callable[[str], str]) -> str:
    text = _TEXT.match(value)
    return f'"{mask(text["text"])}"{text["after"]}' if text and text["text"] else value


@functools.cache
def _labels(infno: str) -> Mapping[str, str]:
    """Names of the fields of a transaction's output, from the one place that declares them."""
    served = specification.transactions().get(infno)
    labels = dict(FRAME)
    for node in served.output if served else ():
        labels.setdefault(node.name, node.label)
        labels.update({field.name: field.label for field in node.fields})
    return labels
