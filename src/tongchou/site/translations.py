"""The English words (译文): which texts need them, the `.po` file that holds them, the `.mo` file that pages read.

Texts come from templates, from Python, and from the words of the data: names of states and posts, refusals,
accounts of the chart, labels of the shipped policy packages. No tool of the machine is needed.
"""

import ast
import importlib
import inspect
import pkgutil
import re
import struct
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, fields, is_dataclass
from pathlib import Path
from typing import Final

import typer
from django.conf import settings
from django.db import models
from django.utils.translation.template import templatize

import tongchou
from tongchou.kernel.errors import DomainError
from tongchou.policy.definition import Document
from tongchou.policy.eligibility import Standing

PACKAGE: Final = Path(tongchou.__file__).parent
LOCALE: Final = PACKAGE / "site" / "locale" / "en" / "LC_MESSAGES"
PO, MO = LOCALE / "django.po", LOCALE / "django.mo"

_CALLS: Final = frozenset({"_", "gettext", "gettext_lazy", "gettext_noop", "ngettext", "ngettext_lazy", "in_words"})
_CALLED: Final = re.compile(rf"\b(?:{'|'.join(sorted(_CALLS))})\(")
_IN_TEMPLATE: Final = re.compile(
    r"""\b(?:n?gettext|_)\(\s*u?(?P<first>'(?:[^'\\]|\\.)*'|"(?:[^"\\]|\\.)*")"""
    r"""(?:\s*,\s*u?(?P<second>'(?:[^'\\]|\\.)*'|"(?:[^"\\]|\\.)*"))?""",
    re.DOTALL,
)
_INTERFACE_FIELD: Final = re.compile(r"\([a-z]+_[a-z_]+\)|交易编号|报文")
"""Refusals that name a field of the hospital interface are told to hospitals, in Chinese as that interface has it."""
_CHINESE: Final = re.compile(r"[\u3001-\u303f\u4e00-\u9fff\uff01-\uff5e]")


@dataclass(frozen=True, slots=True, order=True)
class Text:
    """A text that needs English; `plural` is set where the number decides."""

    text: str
    plural: str = ""


def needed() -> set[Text]:
    """Every text that a page may show and that holds Chinese (需译文本)."""
    found = {*_from_templates(), *_from_code(), *(Text(word) for word in _from_data())}
    return {text for text in found if _CHINESE.search(text.text)}


def _from_templates() -> Iterator[Text]:
    for file in sorted(PACKAGE.glob("*/templates/**/*.html")):
        for call in _IN_TEMPLATE.finditer(templatize(file.read_text(encoding="utf-8"))):
            second = call["second"]
            yield Text(ast.literal_eval(call["first"]), ast.literal_eval(second) if second else "")


def _from_code() -> Iterator[Text]:
    for file in sorted(PACKAGE.rglob("*.py")):
        if "tests" in file.parts:
            continue
        source = file.read_text(encoding="utf-8")
        for node in ast.walk(ast.parse(source)) if _CALLED.search(source) else ():
            if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id in _CALLS:
                words = [arg.value for arg in node.args if isinstance(arg, ast.Constant) and isinstance(arg.value, str)]
                if words:
                    yield Text(words[0], words[1] if node.func.id.startswith("ngettext") and len(words) > 1 else "")


def _from_data() -> Iterator[str]:
    """Words of enumerations, refusals, posts, permissions, accounts and policy packages."""
    from tongchou.cases import kinds as case_kinds
    from tongchou.contributions.collection import LEFT_OUT
    from tongchou.exchange import flows
    from tongchou.fund import chart
    from tongchou.platform import jobs, trail
    from tongchou.platform.permissions import PERMISSIONS
    from tongchou.platform.spreadsheets import kinds
    from tongchou.platform.standard_commissions import STANDARD_ITEMS
    from tongchou.platform.standard_duties import DUTY_ITEMS
    from tongchou.platform.standard_posts import STANDARD_PAIRS, STANDARD_POSTS
    from tongchou.policy.packages import PolicyBook
    from tongchou.wire import specification

    for module in _modules():
        for _, kind in inspect.getmembers(module, inspect.isclass):
            if kind.__module__ != module.__name__:
                continue
            if issubclass(kind, models.Choices):
                yield from (str(label) for label in kind.labels)
            if issubclass(kind, DomainError) and not _INTERFACE_FIELD.search(kind.message):
                yield kind.message
    yield from (permission.label for permission in PERMISSIONS.values())
    for post in STANDARD_POSTS:
        yield from (post.name, post.duties)
    yield from (pair.reason for pair in STANDARD_PAIRS)
    yield from (item.name for item in (*DUTY_ITEMS, *STANDARD_ITEMS))
    yield from (subject.name for scheme in ("resident", "employee") for subject in chart.subjects(scheme))
    yield from trail.labels()
    for transaction in specification.transactions().values():
        yield transaction.name
    for package in PolicyBook.load(settings.POLICIES).packages:
        yield from _words_of(package.definition)
    yield from _from_policy()
    yield from (standing.value for standing in Standing)
    yield from (job.label for job in jobs.registered())
    for item in case_kinds.registered():
        of_rows = item.rows
        yield from (item.title, item.subject_label, *(one.name for one in item.materials))
        if of_rows:
            yield from (of_rows.title, *(one.name for one in of_rows.materials))
        yield from (step.label for step in item.steps)
        if item.form:
            yield item.form.annex
        for one in (*item.fields, *(of_rows.fields if of_rows else ())):
            yield from (one.label, one.help, one.section, *(label for _value, label in one.choices))
    yield from (flow.title for flow in flows.registered())
    yield from LEFT_OUT.values()
    for kind in kinds.registered():
        yield kind.title
        for option in kind.options:
            yield from (option.label, *option.choices.values())


def _words_of(part: object) -> Iterator[str]:
    """The labels of a package that pages show, and its words for kinds, diseases and groups; never its documents."""
    if isinstance(part, Mapping):
        for one in part.values():
            yield from (one,) if isinstance(one, str) else _words_of(one)
    elif isinstance(part, tuple):
        for one in part:
            yield from _words_of(one)
    elif is_dataclass(part):
        for known in fields(part):
            value = getattr(part, known.name)
            if isinstance(value, str) and known.name in ("label", "reason"):
                yield value
            elif not isinstance(value, str | Document):
                yield from _words_of(value)


def _from_policy() -> Iterator[str]:
    """The words that policy itself puts into explanations; it is pure and cannot mark them."""
    from tongchou.policy.lines import REASONS

    for file in (*PACKAGE.glob("policy/compiling/*.py"), PACKAGE / "policy" / "vocabulary.py"):
        tree = ast.parse(file.read_text(encoding="utf-8"))
        left_out = {id(node.value) for node in ast.walk(tree) if isinstance(node, ast.Expr)}
        left_out |= {id(part) for node in ast.walk(tree) if isinstance(node, ast.JoinedStr) for part in node.values}
        yield from (
            node.value
            for node in ast.walk(tree)
            if isinstance(node, ast.Constant) and isinstance(node.value, str) and id(node) not in left_out
        )
    yield from REASONS.values()


def _modules() -> Iterator[object]:
    for found in pkgutil.walk_packages([str(PACKAGE)], "tongchou."):
        if not any(part in found.name for part in (".tests", ".migrations", ".simulator")):
            yield importlib.import_module(found.name)


def read_po(file: Path = PO) -> dict[Text, tuple[str, ...]]:
    """The translations of a `.po` file: one form, or two where the number decides."""
    entries: dict[Text, tuple[str, ...]] = {}
    if not file.exists():
        return entries
    for block in file.read_text(encoding="utf-8").split("\n\n"):
        fields: dict[str, str] = {}
        name = ""
        for line in block.splitlines():
            if line.startswith("#") or not line.strip():
                continue
            if not line.startswith('"'):
                name, _, line = line.partition(" ")
                fields[name] = ""
            fields[name] += ast.literal_eval(line)
        if fields.get("msgid"):
            text = Text(fields["msgid"], fields.get("msgid_plural", ""))
            forms = (fields["msgstr[0]"], fields["msgstr[1]"]) if text.plural else (fields["msgstr"],)
            entries[text] = forms
    return entries


_HEAD: Final = "Content-Type: text/plain; charset=UTF-8\nPlural-Forms: nplurals=2; plural=(n != 1);\n"


def write_po(entries: dict[Text, tuple[str, ...]], file: Path = PO) -> None:
    """Write the `.po` file, in order of the texts."""
    blocks = [f'msgid ""\nmsgstr ""\n{_lines(_HEAD)}']
    for text, forms in sorted(entries.items()):
        lines = [f"msgid {_quoted(text.text)}"]
        if text.plural:
            lines.append(f"msgid_plural {_quoted(text.plural)}")
            lines += [f"msgstr[{at}] {_quoted(form)}" for at, form in enumerate(forms)]
        else:
            lines.append(f"msgstr {_quoted(forms[0])}")
        blocks.append("\n".join(lines))
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text("\n\n".join(blocks) + "\n", encoding="utf-8")


def compiled(entries: dict[Text, tuple[str, ...]]) -> bytes:
    """The `.mo` file: header, two tables of lengths and places, then the texts in order of their bytes."""
    pairs = [(b"", _HEAD.encode())]
    for text, forms in entries.items():
        if all(forms):
            key = f"{text.text}\0{text.plural}" if text.plural else text.text
            pairs.append((key.encode(), "\0".join(forms).encode()))
    pairs.sort()
    keys, values, place = [], [], 28 + 16 * len(pairs)
    for table, column in ((keys, 0), (values, 1)):
        for pair in pairs:
            table.append((len(pair[column]), place))
            place += len(pair[column]) + 1
    head = struct.pack("<7I", 0x950412DE, 0, len(pairs), 28, 28 + 8 * len(pairs), 0, 0)
    tables = b"".join(struct.pack("<2I", *row) for row in (*keys, *values))
    texts = b"".join(pair[column] + b"\0" for column in (0, 1) for pair in pairs)
    return head + tables + texts


def update() -> list[Text]:
    """Bring both files to what is needed; returns the texts that still lack English (更新译文)."""
    known = read_po()
    entries = {text: known.get(text, ("", "") if text.plural else ("",)) for text in needed()}
    write_po(entries)
    MO.write_bytes(compiled(entries))
    return sorted(text for text, forms in entries.items() if not all(forms))


def translations() -> None:
    """把页面用到的中文收进译文文件 / Collect the texts of the pages into the `.po` file and compile it."""
    waiting = update()
    for text in waiting:
        typer.echo(f"  {text.text}")
    if waiting:
        typer.echo(f"✗ {len(waiting)} 条没有英文,请填写 {PO} 后再运行 / texts without English", err=True)
        raise typer.Exit(1)
    typer.echo("✓ 译文齐全 / every text has its English")


def _quoted(text: str) -> str:
    escaped = text.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n")
    return f'"{escaped}"'


def _lines(text: str) -> str:
    return "\n".join(_quoted(line) for line in text.splitlines(keepends=True))
