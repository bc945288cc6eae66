"""The text of a package, changed value by value (政策包正文): comments, order and layout stay as they were written.

A path is the keys joined by `/`, places of a list as `[1]`: `parameters/ratio.inpatient/values/L2`. Pure.
"""

import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, Final

import yaml

_LOADER: Final[Any] = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
_PLAIN: Final = re.compile(r"[\w(《“][^:#,\[\]{}&*!|>'\"%@`\n]*")
_ABOUT: Final = ("label", "unit", "source", "confidence", "assumption", "note")


@dataclass(frozen=True, slots=True)
class Cell:
    """One value as written: where it stands, under which keys of its table, its text, its line."""

    path: str
    keys: tuple[str, ...]
    text: str
    line: int


@dataclass(frozen=True, slots=True)
class Entry:
    """参数 as written: what is said of it, and its cells; read from the text alone, also when that has faults."""

    key: str
    line: int
    about: Mapping[str, str]
    choices: tuple[str, ...]
    cells: tuple[Cell, ...] = field(default=())

    @property
    def path(self) -> str:
        return f"parameters/{self.key}"


def tidy(text: str) -> str:
    """The text with plain line ends, without a byte-order mark and without blanks at line ends."""
    lines = text.removeprefix("\ufeff").replace("\r\n", "\n").replace("\r", "\n").rstrip().split("\n")
    return "\n".join(line.rstrip() for line in lines) + "\n"


def entries(text: str) -> list[Entry]:
    """Every parameter in the order of the text; nothing when it is no YAML."""
    parameters = _at(_root(text), "parameters")
    if not isinstance(parameters, yaml.MappingNode):
        return []
    return [_entry(key.value, key, node) for key, node in parameters.value if isinstance(node, yaml.MappingNode)]


def value(text: str, path: str) -> str | None:
    """The value written at a path; None when there is none."""
    node = _at(_root(text), path)
    return node.value if isinstance(node, yaml.ScalarNode) else None


def values(text: str) -> dict[str, str]:
    """Every value by its path, from one reading of the text."""
    return dict(_scalars(_root(text), ""))


def _scalars(node: Any, path: str) -> Iterator[tuple[str, str]]:
    if isinstance(node, yaml.ScalarNode):
        yield path, node.value
    elif isinstance(node, yaml.SequenceNode):
        for place, below in enumerate(node.value, 1):
            yield from _scalars(below, f"{path}/[{place}]")
    elif isinstance(node, yaml.MappingNode):
        for name, below in node.value:
            yield from _scalars(below, f"{path}/{name.value}" if path else str(name.value))


def changed(text: str, changes: Mapping[str, str | None]) -> str:
    """The text with other values at some paths; None takes the key away, a new last key is added to its mapping.

    Raises: KeyError for a path that leads nowhere.
    """
    for path, new in changes.items():
        text = _changed(text, path, new)
    return text


def _changed(text: str, path: str, new: str | None) -> str:
    root = _root(text)
    above, _, key = path.rpartition("/")
    mapping = _at(root, above)
    node = _at(root, path)
    if node is not None and not isinstance(node, yaml.ScalarNode):
        raise KeyError(path)
    if node is not None and new is not None:
        written = quoted(new)
        return text[: node.start_mark.index] + written + text[node.end_mark.index :]
    if not isinstance(mapping, yaml.MappingNode):
        raise KeyError(path)
    if new is None:
        return text if node is None else _without(text, mapping, key)
    return _with(text, mapping, key, new)


def _with(text: str, mapping: Any, key: str, new: str) -> str:
    """The new key stands behind the last plain value of its mapping."""
    plain = [(name, node) for name, node in mapping.value if isinstance(node, yaml.ScalarNode)]
    if not plain:
        raise KeyError(key)
    name, node = plain[-1]
    end = node.end_mark.index
    if mapping.flow_style:
        return f"{text[:end]}, {key}: {quoted(new)}{text[end:]}"
    end = _line_end(text, end)
    return f"{text[:end]}\n{' ' * name.start_mark.column}{key}: {quoted(new)}{text[end:]}"


def _without(text: str, mapping: Any, key: str) -> str:
    name, node = next((name, node) for name, node in mapping.value if name.value == key)
    start, end = name.start_mark.index, node.end_mark.index
    if not mapping.flow_style:
        start = text.rfind("\n", 0, start) + 1
        return text[:start] + text[_line_end(text, end) + 1 :]
    behind = re.compile(r"\s*,\s*").match(text, end)
    if behind:
        return text[:start] + text[behind.end() :]
    before = re.compile(r"\s*,\s*$").search(text, 0, start)
    return text[: before.start() if before else start] + text[end:]


def _line_end(text: str, start: int) -> int:
    end = text.find("\n", start)
    return len(text) if end < 0 else end


def quoted(new: str) -> str:
    """A value as it must be written: plain where nothing in it means something else."""
    new = " ".join(new.split())
    return new if _PLAIN.fullmatch(new) else json.dumps(new, ensure_ascii=False)


def _root(text: str) -> Any:
    try:
        return yaml.compose(text, Loader=_LOADER)
    except (yaml.YAMLError, RecursionError):
        return None


def _at(node: Any, path: str) -> Any:
    for part in path.split("/") if path else ():
        node = _below(node, part)
    return node


def _below(node: Any, part: str) -> Any:
    if isinstance(node, yaml.SequenceNode) and re.fullmatch(r"\[\d{1,4}\]", part):
        place = int(part[1:-1]) - 1
        return node.value[place] if 0 <= place < len(node.value) else None
    if isinstance(node, yaml.MappingNode):
        return next((below for name, below in node.value if name.value == part), None)
    return None


def _entry(key: str, name: Any, node: Any) -> Entry:
    members = {one.value: below for one, below in node.value}
    about = {word: members[word].value for word in _ABOUT if isinstance(members.get(word), yaml.ScalarNode)}
    choices = members.get("choices")
    listed = choices.value if isinstance(choices, yaml.SequenceNode) else ()
    here = "values" if "values" in members else "value"
    cells = _cells(members[here], f"parameters/{key}/{here}", ()) if here in members else iter(())
    return Entry(key, name.start_mark.line + 1, about, tuple(str(one.value) for one in listed), tuple(cells))


def _cells(node: Any, path: str, keys: tuple[str, ...]) -> Iterator[Cell]:
    if isinstance(node, yaml.ScalarNode):
        yield Cell(path, keys, node.value, node.start_mark.line + 1)
    elif isinstance(node, yaml.SequenceNode):
        for place, below in enumerate(node.value, 1):
            yield from _cells(below, f"{path}/[{place}]", (*keys, f"[{place}]"))
    else:
        names = {name.value for name, _ in node.value}
        for name, below in node.value:
            if "value" in names and name.value != "value":
                continue  # the source of one cell, not a value
            further = keys if name.value == "value" else (*keys, name.value)
            yield from _cells(below, f"{path}/{name.value}", further)
