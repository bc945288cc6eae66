"""The form of a draft's values (数值表单): the parameters as written, under their articles, each value a field."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any, Final

from tongchou.parameters import texts
from tongchou.parameters.texts import Cell, Entry
from tongchou.parameters.web.shown import article_order, key_words
from tongchou.platform.web.policy_words import in_words
from tongchou.policy.definition import Definition
from tongchou.policy.vocabulary import CONFIDENCE_LABELS, UNIT_LABELS, Dimension, Unit

SWITCH: Final = (("yes", "是"), ("no", "否"))
_TRUTH: Final = {"true": "yes", "false": "no"}


@dataclass(frozen=True, slots=True)
class Field:
    """One value: its name in the form is its path in the text."""

    path: str
    label: str
    text: str
    stored: str
    choices: tuple[tuple[str, str], ...]
    faults: tuple[str, ...]

    @property
    def differs(self) -> bool:
        """Whether what was typed is not what is kept."""
        return self.text != self.stored


@dataclass(frozen=True, slots=True)
class ShownEntry:
    """One parameter with its fields."""

    entry: Entry
    label: str
    unit: str
    fields: tuple[Field, ...]
    about: tuple[Field, ...]
    confidence: str
    assumed: bool


@dataclass(frozen=True, slots=True)
class Section:
    """The parameters of one article."""

    source: str
    entries: tuple[ShownEntry, ...]


def sections(
    text: str, definition: Definition, findings: Iterable[Mapping[str, Any]], typed: Mapping[str, str] | None
) -> list[Section]:
    """Every parameter under its article; `typed` stands in the fields instead of what is kept."""
    told = list(findings)
    gathered: dict[str, list[ShownEntry]] = {}
    for entry in texts.entries(text):
        source = entry.about.get("source", "—")
        gathered.setdefault(source, []).append(_entry(entry, definition, told, typed or {}))
    return [Section(source, tuple(gathered[source])) for source in sorted(gathered, key=article_order)]


def _entry(
    entry: Entry, definition: Definition, findings: list[Mapping[str, Any]], typed: Mapping[str, str]
) -> ShownEntry:
    unit = entry.about.get("unit", "")
    confidence = entry.about.get("confidence", "")
    known = definition.parameters.get(entry.key)
    by = known.by if known else ()
    return ShownEntry(
        entry=entry,
        label=in_words(entry.about.get("label", entry.key)),
        unit=UNIT_LABELS.get(Unit(unit), "") if unit in set(Unit) else unit,
        fields=tuple(
            _field(cell.path, _applies(cell, by, definition), cell.text, _choices(unit, entry), findings, typed)
            for cell in entry.cells
        ),
        about=tuple(_about(entry, word, findings, typed) for word in ("source", "confidence", "assumption", "note")),
        confidence=CONFIDENCE_LABELS.get(confidence, confidence),  # type: ignore[call-overload]  a StrEnum's text
        assumed=entry.about.get("assumption", "no") in ("yes", "true"),
    )


ABOUT_LABELS: Final = {"source": "出处", "confidence": "可信程度", "assumption": "假定", "note": "说明"}


def _about(entry: Entry, word: str, findings: list[Mapping[str, Any]], typed: Mapping[str, str]) -> Field:
    choices: tuple[tuple[str, str], ...] = ()
    if word == "confidence":
        choices = tuple((str(key), label) for key, label in CONFIDENCE_LABELS.items())
    elif word == "assumption":
        choices = (("", "否"), ("yes", "是"))
    text = entry.about.get(word, "")
    return _field(f"{entry.path}/{word}", in_words(ABOUT_LABELS[word]), text, choices, findings, typed)


def _field(
    path: str,
    label: str,
    text: str,
    choices: tuple[tuple[str, str], ...],
    findings: list[Mapping[str, Any]],
    typed: Mapping[str, str],
) -> Field:
    key = _finding_key(path.replace("/[", "[").replace("/", "."))
    faults = tuple(one["reason"] for one in findings if _finding_key(one["key"]) == key)
    chosen = as_shown(path, text)
    return Field(path, label, typed.get(path, chosen), chosen, choices, faults)


def as_shown(path: str, text: str) -> str:
    """A value as its field has it: switches have one word each, and what is not assumed says nothing."""
    plain = _TRUTH.get(text, text)
    return "" if path.endswith("/assumption") and plain == "no" else plain


def _finding_key(key: str) -> str:
    """A single value is found under its parameter, whatever its last word is."""
    return key.removesuffix(".value").removesuffix(".values")


def _choices(unit: str, entry: Entry) -> tuple[tuple[str, str], ...]:
    if unit == Unit.SWITCH:
        return SWITCH
    return tuple((choice, in_words(choice)) for choice in entry.choices)


def _applies(cell: Cell, by: tuple[Dimension, ...], definition: Definition) -> str:
    """`二级 · 第1次`, or which row of a scale: `第2段 上限`."""
    words = []
    for at, key in enumerate(cell.keys):
        if key.startswith("["):
            words.append(f"{key[1:-1]}")
        else:
            words.append(in_words(key_words(by[at] if at < len(by) else None, _BAND.get(key, key), definition)))
    return " · ".join(words)


_BAND: Final = {"until": "上限(元)", "ratio": "比例(%)"}
