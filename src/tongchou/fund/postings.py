"""财务入账模板 (FIN-35, FIN-36): which accounts each kind of business document moves, per area, as data.

They stand in `postings.yaml` beside this file and are checked against the chart of accounts when they are first read.
"""

from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any, Final

import yaml

from tongchou.fund import chart
from tongchou.fund.states import MOVEMENTS, DocumentKind
from tongchou.kernel.errors import DomainError

FILE: Final = Path(__file__).with_name("postings.yaml")


class NoTemplate(DomainError):
    code = "FU-0401"
    message = "统筹区{area}的账套没有“{kind}”的入账模板"
    citation = "GX2017 §100"


class TemplateFaulty(ValueError):
    """A fault of the file, found when it is read: an unknown kind or an account that takes no entry."""


@dataclass(frozen=True, slots=True)
class Template:
    """入账模板 of one kind: the accounts the money may stand in, the first being usual, and the account credited."""

    kind: DocumentKind
    into: tuple[str, ...]
    credit: str

    @property
    def debit(self) -> str:
        return self.into[0]

    @property
    def is_movement(self) -> bool:
        """划转: between the fund's own accounts (GX2017 §93, 98)."""
        return self.kind in MOVEMENTS


@dataclass(frozen=True, slots=True)
class Postings:
    """What one set of the file says for one scheme, with its source."""

    source: str
    templates: dict[DocumentKind, Template]


def template(pooling_area: str, scheme: str, kind: DocumentKind) -> Template:
    """The template of a kind in the books of an area (FIN-35). Raises: NoTemplate."""
    found = postings(pooling_area, scheme).templates.get(kind)
    if found is None:
        raise NoTemplate(area=pooling_area, kind=kind.label)
    return found


def postings(pooling_area: str, scheme: str) -> Postings:
    """Every template of an area's books (入账模板)."""
    data = _file()
    name = data["areas"].get(pooling_area, data["otherwise"])
    return _set(name, scheme)


@cache
def _file() -> dict[str, Any]:
    return dict(yaml.safe_load(FILE.read_text(encoding="utf-8")))


@cache
def _set(name: str, scheme: str) -> Postings:
    said = _file()["sets"][name]
    lines = dict(_file()["sets"][said["like"]].get(scheme, {})) if "like" in said else {}
    lines |= said.get(scheme, {})
    postable = {subject.code for subject in chart.subjects(scheme) if subject.postable}
    read = {DocumentKind(kind): _read(DocumentKind(kind), line, postable) for kind, line in lines.items() if line}
    return Postings(said["source"], read)


def _read(kind: DocumentKind, line: dict[str, Any], postable: set[str]) -> Template:
    """Raises: TemplateFaulty."""
    movement = kind in MOVEMENTS
    wanted = {"from", "to"} if movement else {"into", "credit"}
    if set(line) != wanted:
        raise TemplateFaulty(f"{kind}: {sorted(line)} instead of {sorted(wanted)}")
    made = (
        Template(kind, (line["to"],), line["from"]) if movement else Template(kind, tuple(line["into"]), line["credit"])
    )
    if unknown := {*made.into, made.credit} - postable:
        raise TemplateFaulty(f"{kind}: {sorted(unknown)} take no entries")
    return made
