"""The text of a package as a tree with line numbers (政策包文本).

YAML is read as text only: no value is guessed to be a float, a date or a boolean; the schema decides. Duplicate keys,
anchors, aliases and tags are refused. The content hash is taken over this tree, so comments, order and layout of the
file do not change it and every value does.
"""

import hashlib
import json
from collections.abc import Iterator
from collections.abc import Mapping as Mapping_
from dataclasses import dataclass, field
from typing import Any, Final, TypeAlias

import yaml

from tongchou.policy.findings import Fault, Findings

MAX_BYTES: Final = 2_000_000
MAX_DEPTH: Final = 20
_LOADER: Final[Any] = getattr(yaml, "CSafeLoader", yaml.SafeLoader)


@dataclass(frozen=True, slots=True)
class Scalar:
    text: str
    line: int


@dataclass(frozen=True, slots=True)
class Sequence:
    items: tuple["Node", ...]
    line: int


@dataclass(frozen=True, slots=True)
class Mapping:
    entries: dict[str, "Node"]
    line: int
    key_lines: dict[str, int] = field(default_factory=dict)

    def __iter__(self) -> Iterator[tuple[str, "Node"]]:
        return iter(self.entries.items())


Node: TypeAlias = Scalar | Sequence | Mapping


def read(data: bytes, findings: Findings) -> Mapping | None:
    """Parse the bytes of a file; faults go into `findings`, None when nothing usable is left."""
    if len(data) > MAX_BYTES:
        findings.add(1, "文件", Fault.UNREADABLE, f"文件超过{MAX_BYTES}字节")
        return None
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = data[: error.start].count(b"\n") + 1
        findings.add(line, "文件", Fault.UNREADABLE, "不是UTF-8编码")
        return None
    try:
        if _has_references(text, findings):
            return None
        root = yaml.compose(text, Loader=_LOADER)
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        findings.add(mark.line + 1 if mark else 1, "文件", Fault.UNREADABLE, f"YAML格式错误:{error.problem}")
        return None
    except (yaml.YAMLError, RecursionError):
        findings.add(1, "文件", Fault.UNREADABLE, "YAML格式错误")
        return None
    if not isinstance(root, yaml.MappingNode):
        findings.add(1, "文件", Fault.WRONG_SHAPE, "政策包应为“键: 值”结构")
        return None
    tree = _convert(root, "", 0, findings)
    return tree if isinstance(tree, Mapping) else None


def _has_references(text: str, findings: Findings) -> bool:
    """Anchors, aliases and tags hide what a value is and where it stands: refused."""
    if not any(mark in text for mark in "&*!"):
        return False
    event: Any
    for event in yaml.parse(text, Loader=_LOADER):
        if getattr(event, "anchor", None) is not None or getattr(event, "tag", None) is not None:
            findings.add(event.start_mark.line + 1, "文件", Fault.ALIAS, "不允许使用锚点、引用或类型标签(& * !)")
            return True
    return False


def _convert(node: Any, path: str, depth: int, findings: Findings) -> Node:
    line = node.start_mark.line + 1
    if depth > MAX_DEPTH:
        findings.add(line, path, Fault.UNREADABLE, f"层次超过{MAX_DEPTH}级")
        return Scalar("", line)
    if isinstance(node, yaml.ScalarNode):
        return Scalar(str(node.value).strip(), line)
    if isinstance(node, yaml.SequenceNode):
        items = tuple(_convert(item, f"{path}[{n}]", depth + 1, findings) for n, item in enumerate(node.value, 1))
        return Sequence(items, line)
    entries: dict[str, Node] = {}
    key_lines: dict[str, int] = {}
    for key_node, value_node in node.value:
        key_line = key_node.start_mark.line + 1
        if not isinstance(key_node, yaml.ScalarNode):
            findings.add(key_line, path or "文件", Fault.WRONG_SHAPE, "键必须是一个词")
            continue
        key = str(key_node.value).strip()
        here = f"{path}.{key}" if path else key
        if key in entries:
            findings.add(key_line, here, Fault.DUPLICATE_KEY, f"键重复,第{key_lines[key]}行已有“{key}”")
            continue
        entries[key] = _convert(value_node, here, depth + 1, findings)
        key_lines[key] = key_line
    return Mapping(entries, line, key_lines)


def plain(node: Node) -> Any:
    """The tree without line numbers: dict, list, str."""
    if isinstance(node, Scalar):
        return node.text
    if isinstance(node, Sequence):
        return [plain(item) for item in node.items]
    return {key: plain(value) for key, value in node}


def content_hash(node: Node) -> str:
    """SHA-256 of the canonical form: keys sorted, no white space, texts as written."""
    canonical = json.dumps(plain(node), ensure_ascii=False, sort_keys=True, separators=(",", ":"))
    return hashlib.sha256(canonical.encode()).hexdigest()


def replaced(node: Node, changes: Mapping_[str, Any], path: str = "") -> Node:
    """The tree with other values at some paths: the keys joined by `/`, list places as `[1]`. Used for drafts.

    A value is a text, a list or a dict; None takes the key away; a new key below an existing mapping is added.
    """
    if path in changes:
        return _from_plain(changes[path], node.line)
    if isinstance(node, Sequence):
        items = tuple(replaced(item, changes, f"{path}/[{n}]") for n, item in enumerate(node.items, 1))
        return Sequence(items, node.line)
    if isinstance(node, Scalar):
        return node
    prefix = f"{path}/" if path else ""
    entries = {
        key: replaced(value, changes, prefix + key)
        for key, value in node
        if changes.get(prefix + key, value) is not None
    }
    for place, value in changes.items():
        key = place.removeprefix(prefix)
        if place.startswith(prefix) and "/" not in key and key not in node.entries and value is not None:
            entries[key] = _from_plain(value, node.line)
    return Mapping(entries, node.line, node.key_lines)


def _from_plain(value: Any, line: int) -> Node:
    if isinstance(value, dict):
        return Mapping({str(k): _from_plain(v, line) for k, v in value.items()}, line, {str(k): line for k in value})
    if isinstance(value, list | tuple):
        return Sequence(tuple(_from_plain(item, line) for item in value), line)
    return Scalar(str(value), line)
