"""One package file (政策包文件) → `Definition`, or every fault of it with line, key and reason."""

from dataclasses import dataclass
from datetime import date
from typing import Final

from tongchou.kernel.months import year_span
from tongchou.policy.definition import Definition, Document, Header
from tongchou.policy.findings import Fault, Finding, Findings
from tongchou.policy.loading import proof, references, tree, wellknown
from tongchou.policy.loading.fields import Fields
from tongchou.policy.loading.layers import (
    read_accumulators,
    read_exclusions,
    read_layers,
    read_pay_classes,
    read_rounding,
)
from tongchou.policy.loading.parameters import read_parameters
from tongchou.policy.rounding import Mode
from tongchou.policy.vocabulary import SCHEMES

CONTRIBUTION: Final = {"yearly": "按年度一次性缴费", "monthly": "按月缴费"}


@dataclass(frozen=True, slots=True)
class Loaded:
    """What reading a file gave: a definition when there is no fault."""

    definition: Definition | None
    tree: tree.Mapping | None
    findings: tuple[Finding, ...]


def load(data: bytes) -> Loaded:
    """Read and prove one package."""
    findings = Findings()
    root = tree.read(data, findings)
    if root is None:
        return Loaded(None, None, findings.in_file_order)
    return load_tree(root, findings)


def load_tree(root: tree.Mapping, findings: Findings | None = None) -> Loaded:
    """The same from a tree, e.g. of a draft."""
    findings = findings if findings is not None else Findings()
    definition = _read(Fields(root, "", findings))
    if definition is not None and not findings:
        references.check(definition, findings)
        wellknown.check(definition, findings)
    if definition is not None and not findings:
        proof.check(definition, findings)
    return Loaded(None if findings else definition, root, findings.in_file_order)


def _read(fields: Fields) -> Definition | None:
    header = _header(fields)
    documents = _documents(fields)
    parameters = fields.inside("parameters")
    lines = fields.inside("lines")
    rounding = _rounding(fields)
    diseases, disease_kinds = _diseases(fields)
    definition = Definition(
        header=header,
        documents=documents,
        levels=_levels(fields),
        kinds=_labels(fields, "kinds", required=True),
        diseases=diseases,
        disease_kinds=disease_kinds,
        groups=_labels(fields, "groups"),
        categories=_labels(fields, "categories"),
        sub_funds=_labels(fields, "sub_funds", required=True),
        accumulators=read_accumulators(inside) if (inside := fields.inside("accumulators")) else {},
        parameters=read_parameters(parameters, documents) if parameters else {},
        pay_classes=read_pay_classes(lines) if lines else {},
        exclusions=read_exclusions(fields),
        layers=read_layers(fields),
        rounding=rounding[0],
        rounding_unit_fen=rounding[1],
    )
    fields.done()
    return definition


def _header(fields: Fields) -> Header:
    inside = fields.inside("package")
    nowhere = Header("", "", "", "", "", date.min, None, date.min, fields.line)
    if inside is None:
        return nowhere
    valid_from, valid_until = inside.day("valid_from"), inside.day("valid_until", required=False)
    read = Header(
        area=inside.text("area"),
        area_name=inside.text("area_name"),
        scheme=inside.one_of("scheme", SCHEMES),
        title=inside.text("title"),
        contribution=inside.one_of("contribution", CONTRIBUTION),
        valid_from=valid_from or year_span(1900)[0],
        valid_until=valid_until,
        known_from=inside.day("known_from") or date.min,
        line=inside.line,
    )
    inside.done()
    if valid_from and valid_until and valid_until <= valid_from:
        inside.fault("valid_until", Fault.PERIOD, "失效日期(不含)应晚于生效日期")
    return read


def _documents(fields: Fields) -> dict[str, Document]:
    inside = fields.inside("documents")
    read = {}
    for name, member in inside.members() if inside else ():
        read[name] = Document(name, member.text("title"), member.text("number", ""))
        member.done()
    return read


def _labels(fields: Fields, key: str, *, required: bool = False) -> dict[str, str]:
    inside = fields.inside(key, required=required)
    return inside.labels() if inside else {}


def _diseases(fields: Fields) -> tuple[dict[str, str], dict[str, frozenset[str]]]:
    """病种: a label, or a label with the kinds of care (`kinds`) in which the disease plays a part; else in all."""
    labels: dict[str, str] = {}
    kinds: dict[str, frozenset[str]] = {}
    inside = fields.inside("diseases", required=False)
    for code in inside.node.entries if inside else ():
        assert inside is not None
        if isinstance(inside.get(code), tree.Mapping):
            member = inside.inside(code)
            assert member is not None
            labels[code], kinds[code] = member.text("label"), frozenset(member.words("kinds"))
            member.done()
        else:
            labels[code] = inside.text(code)
    return labels, kinds


def _levels(fields: Fields) -> dict[str, str]:
    """机构等级: keys L0 … L9."""
    levels = _labels(fields, "levels", required=True)
    for key in levels:
        if len(key) != 2 or key[0] != "L" or not key[1].isdigit():
            fields.fault("levels", Fault.BAD_VALUE, f"等级“{key}”应写作 L0 至 L9")
    return levels


def _rounding(fields: Fields) -> tuple[Mode, int]:
    """舍入 of the package, applied at each result line (BEN-41)."""
    inside = fields.inside("rounding")
    return read_rounding(inside) if inside else (Mode.HALF_UP, 1)
