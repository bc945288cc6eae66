"""How different hospital systems write the same message (客户端差异): habits seen in real clients.

A server must take them all; an institution keeps its habit.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

import orjson

from tongchou.simulator.visits import hash_of

MOMENTS: Final = frozenset({"begntime", "endtime", "fee_ocur_time", "diag_time"})
AMOUNTS: Final = frozenset(
    {"det_item_fee_sumamt", "cnt", "pric", "medfee_sumamt", "fulamt_ownpay_amt", "overlmt_selfpay", "preselfpay_amt"}
    | {"inscp_scp_amt"}
)
LISTS: Final = frozenset({"feedetail", "diseinfo", "drugdetail"})
RENAMED_NODES: Final = dict.fromkeys(("2201", "2202", "2206", "2207", "2208", "2305"), ("data", "mdtrtinfo"))


@dataclass(frozen=True, slots=True)
class Dialect:
    """What a vendor's system does differently."""

    name: str
    amounts_as_text: bool = False
    one_as_object: bool = False
    moment: str = "%Y-%m-%d %H:%M:%S"
    nodes: dict[str, tuple[str, str]] | None = None
    disease_field: str = "dise_codg"
    input_as_text: bool = False
    signs_in: bool = True
    msgid: Callable[[str, datetime, int], str] | None = None

    def write(self, message: dict[str, Any]) -> bytes:
        """The message as this system sends it."""
        content = message["input"]
        if self.nodes and (names := self.nodes.get(message["infno"])) and names[0] in content:
            content = {names[1] if name == names[0] else name: node for name, node in content.items()}
        content = {name: self._node(name, node) for name, node in content.items()}
        if self.msgid is not None:
            at = datetime.fromisoformat(message["inf_time"])
            serial = int(message["msgid"][-4:])
            message = {**message, "msgid": self.msgid(message["fixmedins_code"], at, serial)}
        if not self.signs_in:
            message = {**message, "sign_no": "null"}
        written = orjson.dumps(content).decode() if self.input_as_text else content
        return orjson.dumps({**message, "input": written})

    def _node(self, name: str, node: Any) -> Any:
        if isinstance(node, list):
            rows = [self._members(row) for row in node]
            return rows[0] if self.one_as_object and len(rows) == 1 and name in LISTS else rows
        return self._members(node)

    def _members(self, members: dict[str, Any]) -> dict[str, Any]:
        return {self._name(name): self._value(name, value) for name, value in members.items()}

    def _name(self, name: str) -> str:
        return self.disease_field if name == "dise_codg" else name

    def _value(self, name: str, value: Any) -> Any:
        if self.amounts_as_text and name in AMOUNTS and not isinstance(value, str):
            return f"{value:.2f}" if name != "cnt" else f"{value:.4f}"
        if name in MOMENTS and value and self.moment != "%Y-%m-%d %H:%M:%S":
            at = datetime.fromisoformat(value)
            return (
                f"{at.year}/{at.month}/{at.day} {at:%-H:%M:%S}"
                if self.moment == "slashes"
                else at.strftime(self.moment)
            )
        return value


PLAIN: Final = Dialect("plain")
DIALECTS: Final = (
    PLAIN,
    PLAIN,
    Dialect("text amounts", amounts_as_text=True),
    Dialect("one as object", one_as_object=True, msgid=lambda code, at, serial: f"{code}{at:%Y%m%d%H%M%S}9999"),
    Dialect("other nodes", nodes=RENAMED_NODES, msgid=lambda code, at, serial: f"{at:%Y%m%d%H%M%S}{serial:06d}"),
    Dialect("slashes", moment="slashes", amounts_as_text=True),
    Dialect("clinic", disease_field="dise_code", signs_in=False),
    Dialect("input as text", input_as_text=True),
)
"""Every second institution or so writes plainly."""


def of_place(code: str) -> Dialect:
    """The habit of an institution."""
    return DIALECTS[hash_of(code) % len(DIALECTS)]
