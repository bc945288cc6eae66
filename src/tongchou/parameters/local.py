"""A local rule (地方细则): the short text of a smaller area, put together with the package above it (ORG-22, ORG-24).

    local:      {area, area_name, scheme, title, valid_from}
    documents:  as in a package
    parameters: key → value or values, source, confidence, assumption, note

Only what the package above marks `overridable: yes` may be changed; everything else, and every later change above,
holds as it is there. Pure. Decision 0172.
"""

import hashlib
import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any, Final

from tongchou.kernel.errors import DomainError
from tongchou.policy.definition import Document
from tongchou.policy.errors import PackageRefused
from tongchou.policy.findings import Fault, Finding, Findings
from tongchou.policy.loading import tree
from tongchou.policy.loading.fields import Fields
from tongchou.policy.packages import Package
from tongchou.policy.vocabulary import SCHEMES

SOURCE_WORDS: Final = ("source", "confidence", "assumption", "note")


class NotOverridable(DomainError):
    code = "PA-1201"
    message = "参数{key}({label})由上级政策包《{parent}》规定,没有标明下级可以另定,本细则不能改变"
    citation = "GX2017 §134"


@dataclass(frozen=True, slots=True)
class Change:
    """另定: what the local rule says of one parameter; `lines` are those of its parts, by dotted key."""

    key: str
    line: int
    lines: Mapping[str, int]
    value: Any
    table: bool
    source: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class LocalText:
    """地方细则 as read."""

    area: str
    area_name: str
    scheme: str
    title: str
    valid_from: date
    documents: Mapping[str, Document]
    changes: tuple[Change, ...]
    hash: str


@dataclass(frozen=True, slots=True)
class Dropped:
    """A value of a local rule that a new package above no longer lets stand (上级数值优先)."""

    key: str
    reason: str


def read(data: bytes, name: str = "地方细则") -> LocalText:
    """Raises: PackageRefused with every fault, each with line, key and reason."""
    findings = Findings()
    root = tree.read(data, findings)
    read = None if root is None else _read(Fields(root, "", findings), root)
    if findings or read is None:
        raise PackageRefused(file=name, findings=findings.in_file_order)
    return read


def _read(fields: Fields, root: tree.Mapping) -> LocalText | None:
    inside = fields.inside("local")
    documents = _documents(fields)
    changes = tuple(_changes(fields, documents))
    fields.done()
    if inside is None:
        return None
    valid_from = inside.day("valid_from")
    read = LocalText(
        area=inside.text("area"),
        area_name=inside.text("area_name"),
        scheme=inside.one_of("scheme", SCHEMES),
        title=inside.text("title"),
        valid_from=valid_from or date.min,
        documents=documents,
        changes=changes,
        hash=tree.content_hash(root),
    )
    inside.done()
    return read


def _documents(fields: Fields) -> dict[str, Document]:
    inside = fields.inside("documents", required=False)
    read = {}
    for name, member in inside.members() if inside else ():
        read[name] = Document(name, member.text("title"), member.text("number", ""))
        member.done()
    return read


def _changes(fields: Fields, documents: Mapping[str, Document]) -> Iterator[Change]:
    inside = fields.inside("parameters", required=False)
    if inside is None:
        return
    for key, member in inside.members():
        table = member.has("values")
        node = member.need("values" if table else "value")
        source = {word: member.text(word, "") for word in SOURCE_WORDS}
        for word in ("source", "confidence"):
            member.text(word)  # required; a fault is noted once
        document, _, article = source["source"].partition(" ")
        if source["source"] and (document not in documents or not article.strip()):
            member.fault("source", Fault.NO_SOURCE, "出处应为“文件 条款”,文件须在本细则的 documents 中列出")
        member.done()
        if node is not None:
            lines = dict(_lines(node, member.at("values" if table else "value")))
            told = {word: text for word, text in source.items() if text}
            yield Change(key, inside.line_of(key), lines, tree.plain(node), table, told)


def _lines(node: tree.Node, path: str) -> Iterator[tuple[str, int]]:
    yield path, node.line
    if isinstance(node, tree.Mapping):
        for key, below in node:
            yield from _lines(below, f"{path}.{key}")


def check_overridable(parent: Package, local: LocalText) -> None:
    """Raises: NotOverridable naming the key; PackageRefused for one that the package above does not have."""
    unknown = [
        Finding(change.line, f"parameters.{change.key}", Fault.UNKNOWN_NAME, "上级政策包没有这个参数")
        for change in local.changes
        if change.key not in parent.definition.parameters
    ]
    if unknown:
        raise PackageRefused(file=local.title, findings=unknown)
    for change in local.changes:
        parameter = parent.definition.parameters[change.key]
        if not parameter.overridable:
            title = parent.definition.header.title
            raise NotOverridable(key=change.key, label=parameter.label, parent=title)


def composed(
    parent: Package, local: LocalText, *, valid_from: date, valid_until: date | None, known_from: date
) -> Package:
    """合成: the package above with the values of the local rule, as the area's own. Raises: PackageRefused."""
    changes: dict[str, Any] = {
        "package/area": local.area,
        "package/area_name": local.area_name,
        "package/title": local.title,
        "package/valid_from": valid_from.isoformat(),
        "package/valid_until": valid_until.isoformat() if valid_until else None,
        "package/known_from": known_from.isoformat(),
    }
    for document in local.documents.values():
        told = {"title": document.title} | ({"number": document.number} if document.number else {})
        changes[f"documents/{document.id}"] = told
    for change in local.changes:
        changes |= _paths(change)
    try:
        return _drafted(parent, changes)
    except PackageRefused as refused:
        raise PackageRefused(file=local.title, findings=_in_lines_of(local, refused.findings)) from None


def _drafted(parent: Package, changes: Mapping[str, Any]) -> Package:
    """The package with the changes; a document that nothing cites any more is left out. Raises: PackageRefused."""
    try:
        return parent.draft(changes)
    except PackageRefused as refused:
        uncited = {
            finding.key.replace("documents.", "documents/", 1): None
            for finding in refused.findings
            if finding.fault is Fault.UNUSED and finding.key.startswith("documents.")
        }
        if not uncited:
            raise
        return parent.draft({**changes, **uncited})


def composed_leniently(
    parent: Package, local: LocalText, *, valid_from: date, valid_until: date | None, known_from: date
) -> tuple[Package, tuple[Dropped, ...]]:
    """The same under a new package above: what that no longer admits gives way to it (上级数值优先; ORG-22)."""
    standing, dropped = [], []
    for change in local.changes:
        parameter = parent.definition.parameters.get(change.key)
        if parameter is None or not parameter.overridable:
            dropped.append(Dropped(change.key, "上级政策包不再允许另定" if parameter else "上级政策包不再有此参数"))
        else:
            standing.append(change)
    span = {"valid_from": valid_from, "valid_until": valid_until, "known_from": known_from}
    try:
        return composed(parent, _with(local, standing), **span), tuple(dropped)  # type: ignore[arg-type]
    except PackageRefused as refused:
        dropped += [Dropped(change.key, str(refused.findings[0])) for change in standing]
        return composed(parent, _with(local, ()), **span), tuple(dropped)  # type: ignore[arg-type]


def _with(local: LocalText, changes: Sequence[Change]) -> LocalText:
    return LocalText(
        local.area,
        local.area_name,
        local.scheme,
        local.title,
        local.valid_from,
        local.documents,
        tuple(changes),
        local.hash,
    )


def _paths(change: Change) -> dict[str, Any]:
    """The places of the package that the change fills; in a table each cell carries its own source."""
    here = f"parameters/{change.key}"
    if not change.table:
        return {f"{here}/value": change.value} | {f"{here}/{word}": change.source.get(word) for word in SOURCE_WORDS}
    return {f"{here}/values/{path}": {"value": cell, **change.source} for path, cell in _leaves(change.value, "")}


def _leaves(node: Any, path: str) -> Iterator[tuple[str, Any]]:
    if isinstance(node, dict) and "value" not in node:
        for key, below in node.items():
            yield from _leaves(below, f"{path}/{key}" if path else key)
    else:
        yield path, node["value"] if isinstance(node, dict) else node


def _in_lines_of(local: LocalText, findings: Sequence[Finding]) -> list[Finding]:
    """The findings with the lines of the local rule's own text."""
    lines = {f"parameters.{change.key}": change.line for change in local.changes}
    for change in local.changes:
        lines |= change.lines
    told = []
    for finding in findings:
        parts = [key for key in lines if finding.key == key or finding.key.startswith(f"{key}.")]
        line = lines[max(parts, key=len)] if parts else 1
        told.append(Finding(line, finding.key, finding.fault, finding.reason))
    return sorted(told, key=lambda finding: finding.line)


def digest(text: str) -> str:
    """The digest of a text as it stands, to know whether something was done with this very text."""
    return hashlib.sha256(text.encode()).hexdigest()


def template(*, area: str, area_name: str, scheme: str, title: str, valid_from: date) -> str:
    """An empty local rule to begin with."""
    written = {"area": area, "area_name": area_name, "scheme": scheme, "title": title}
    lines = [f"  {key}: {json.dumps(word, ensure_ascii=False)}" for key, word in written.items()]
    return "\n".join(
        [
            "# 地方细则:只写另定的参数;上级政策包标明 overridable: yes 的才能写。",
            "local:",
            *lines,
            f"  valid_from: {valid_from.isoformat()}",
            "",
            "documents: {}",
            "",
            "parameters: {}",
            "",
        ]
    )
