"""Reading one mapping of a package against the closed list of its keys; what is not asked for is an unknown key."""

import difflib
from collections.abc import Iterator, Mapping
from datetime import date
from enum import StrEnum
from typing import Final, TypeVar

from tongchou.policy.findings import Fault, Findings
from tongchou.policy.loading import tree

Word = TypeVar("Word", bound=StrEnum)

_SWITCH: Final = {"yes": True, "true": True, "no": False, "false": False}


class Fields:
    """A mapping being read; every getter notes its key, `done()` reports the rest."""

    def __init__(self, node: tree.Mapping, path: str, findings: Findings) -> None:
        self.node = node
        self.path = path
        self.findings = findings
        self._asked: set[str] = set()

    @property
    def line(self) -> int:
        return self.node.line

    def line_of(self, key: str) -> int:
        return self.node.key_lines.get(key, self.node.line)

    def at(self, key: str) -> str:
        return f"{self.path}.{key}" if self.path else key

    def fault(self, key: str, fault: Fault, reason: str) -> None:
        self.findings.add(self.line_of(key), self.at(key) if key else self.path, fault, reason)

    def has(self, key: str) -> bool:
        self._asked.add(key)
        return key in self.node.entries

    def get(self, key: str) -> tree.Node | None:
        self._asked.add(key)
        return self.node.entries.get(key)

    def need(self, key: str) -> tree.Node | None:
        node = self.get(key)
        if node is None:
            self.findings.add(self.line, self.at(key), Fault.MISSING_KEY, f"缺少键“{key}”")
        return node

    def text(self, key: str, default: str | None = None) -> str:
        """A text; required when there is no default."""
        node = self.need(key) if default is None else self.get(key)
        if node is None:
            return default or ""
        if not isinstance(node, tree.Scalar) or not node.text:
            self.fault(key, Fault.WRONG_SHAPE, "应为一个非空的值")
            return default or ""
        return node.text

    def optional(self, key: str) -> str | None:
        return self.text(key, "") or None

    def word(self, key: str, words: type[Word], default: Word | None = None) -> Word | None:
        """A word of the vocabulary."""
        text = self.text(key) if default is None else self.text(key, str(default))
        if not text:
            return default
        try:
            return words(text)
        except ValueError:
            self.fault(key, Fault.BAD_VALUE, f"“{text}”不在可选词 {'、'.join(words)} 之内")
            return default

    def one_of(self, key: str, allowed: Mapping[str, str]) -> str:
        text = self.text(key)
        if text and text not in allowed:
            self.fault(key, Fault.BAD_VALUE, f"“{text}”不在 {'、'.join(allowed)} 之内")
        return text

    def switch(self, key: str, default: bool = False) -> bool:
        text = self.text(key, "no")
        if key in self.node.entries and text.lower() not in _SWITCH:
            self.fault(key, Fault.BAD_VALUE, "应为 yes 或 no")
        return _SWITCH.get(text.lower(), default)

    def day(self, key: str, *, required: bool = True) -> date | None:
        text = self.text(key) if required else self.text(key, "")
        if not text:
            return None
        try:
            if len(text) != 10:
                raise ValueError(text)
            return date.fromisoformat(text)
        except ValueError:
            self.fault(key, Fault.BAD_VALUE, f"“{text}”不是日期(年-月-日)")
            return None

    def words(self, key: str) -> tuple[str, ...]:
        """A list of texts, empty when the key is absent."""
        node = self.get(key)
        if node is None:
            return ()
        if not isinstance(node, tree.Sequence) or not all(isinstance(item, tree.Scalar) for item in node.items):
            self.fault(key, Fault.WRONG_SHAPE, "应为列表 [ ]")
            return ()
        texts = tuple(item.text for item in node.items if isinstance(item, tree.Scalar))
        if not texts:
            self.fault(key, Fault.WRONG_SHAPE, "列表不能为空")
        if len(set(texts)) != len(texts):
            self.fault(key, Fault.BAD_VALUE, "列表有重复")
        return texts

    def inside(self, key: str, *, required: bool = True) -> "Fields | None":
        """The mapping under a key."""
        node = self.need(key) if required else self.get(key)
        if node is None:
            return None
        if not isinstance(node, tree.Mapping):
            self.fault(key, Fault.WRONG_SHAPE, "应为“键: 值”结构")
            return None
        return Fields(node, self.at(key), self.findings)

    def each(self, key: str, *, required: bool = False) -> Iterator["Fields"]:
        """The mappings of a list under a key."""
        node = self.need(key) if required else self.get(key)
        if node is None:
            return
        if not isinstance(node, tree.Sequence):
            self.fault(key, Fault.WRONG_SHAPE, "应为列表")
            return
        for number, item in enumerate(node.items, 1):
            path = f"{self.at(key)}[{number}]"
            if isinstance(item, tree.Mapping):
                yield Fields(item, path, self.findings)
            else:
                self.findings.add(item.line, path, Fault.WRONG_SHAPE, "应为“键: 值”结构")

    def members(self) -> Iterator[tuple[str, "Fields"]]:
        """Every entry of a mapping whose keys are names; each must be a mapping itself."""
        for key in self.node.entries:
            member = self.inside(key)
            if member is not None:
                yield key, member

    def labels(self) -> dict[str, str]:
        """A mapping of names to Chinese labels."""
        return {key: self.text(key) for key in self.node.entries}

    def done(self) -> None:
        for key in self.node.entries:
            if key not in self._asked:
                near = difflib.get_close_matches(key, self._asked, n=1)
                hint = f",是否应为“{near[0]}”" if near else ""
                self.fault(key, Fault.UNKNOWN_KEY, f"未知的键“{key}”{hint}")
