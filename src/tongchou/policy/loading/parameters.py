"""The `parameters` part of a package (参数): every value with unit, source and confidence."""

import itertools
from dataclasses import dataclass, replace

from tongchou.policy.definition import Cells, Content, Document, Parameter, Source, Value
from tongchou.policy.findings import Fault, Findings
from tongchou.policy.loading import tree, values
from tongchou.policy.loading.fields import Fields
from tongchou.policy.vocabulary import Confidence, Dimension, Unit


@dataclass(frozen=True, slots=True)
class _Table:
    """What the cells of one parameter share."""

    key: str
    label: str
    unit: Unit
    choices: tuple[str, ...]
    by: tuple[Dimension, ...]
    source: Source
    documents: dict[str, Document]
    findings: Findings


def read_parameters(fields: Fields, documents: dict[str, Document]) -> dict[str, Parameter]:
    read = {}
    for key, member in fields.members():
        parameter = _read_parameter(key, member, documents)
        if parameter is not None:
            read[key] = parameter
    return read


def read_source(fields: Fields, documents: dict[str, Document]) -> Source:
    """`source: GX2017 §87`, `confidence: Reg`, optional `assumption` and `note` (BEN-44)."""
    text = fields.text("source")
    document, _, article = text.partition(" ")
    if text and (document not in documents or not article.strip()):
        fields.fault("source", Fault.NO_SOURCE, f"出处“{text}”应为“文件 条款”,文件须在 documents 中列出")
    confidence, assumption = fields.word("confidence", Confidence), fields.switch("assumption")
    if confidence is Confidence.UNCERTAIN and not assumption:
        fields.fault("confidence", Fault.NO_SOURCE, "待核实(U)的值须标明 assumption: yes")
    note = fields.text("note", "")
    return Source(document, article.strip(), confidence or Confidence.UNCERTAIN, assumption, note)


def _read_parameter(key: str, fields: Fields, documents: dict[str, Document]) -> Parameter | None:
    label, unit = fields.text("label"), fields.word("unit", Unit)
    source = read_source(fields, documents)
    choices = fields.words("choices")
    by = _dimensions(fields)
    node = fields.get("values" if by else "value")
    rises, falls = fields.words("rises_with"), fields.words("falls_with")
    overridable = fields.switch("overridable")
    fields.done()
    if unit is None:
        return None
    if (unit is Unit.CHOICE) != bool(choices):
        fields.fault("choices", Fault.WRONG_SHAPE, "选项(choice)须列出 choices,其他单位不得有")
    if node is None:
        name = "values" if by else "value"
        fields.fault(name, Fault.MISSING_KEY, f"缺少“{name}”:缺参数 {key}")
        return None
    table = _Table(key, label, unit, choices, by, source, documents, fields.findings)
    cells = _cells(table, node, (), fields.at("values"))
    return Parameter(key, label, unit, by, cells, fields.line, choices, rises, falls, overridable)


def _dimensions(fields: Fields) -> tuple[Dimension, ...]:
    read = []
    for text in fields.words("by"):
        try:
            read.append(Dimension(text))
        except ValueError:
            fields.fault("by", Fault.BAD_VALUE, f"“{text}”不是参数可以依据的维度({'、'.join(Dimension)})")
    return tuple(read)


def _cells(table: _Table, node: tree.Node, keys: tuple[str, ...], path: str) -> Cells:
    """A cell may stand for every key of the dimensions left: `away_filed: 55` holds for all levels."""
    if isinstance(node, tree.Mapping) and "value" in node.entries:
        return _detailed(table, node, keys, path)
    if isinstance(node, tree.Mapping):
        if len(keys) == len(table.by):
            table.findings.add(node.line, path, Fault.WRONG_SHAPE, "层次多于 by 所列维度")
            return _value(table, None, "", keys, node.line)
        return {key: _cells(table, cell, (*keys, key), f"{path}.{key}") for key, cell in node}
    return _content(table, node, keys, path)


def _detailed(table: _Table, node: tree.Mapping, keys: tuple[str, ...], path: str) -> Value:
    """`{value: 600, confidence: U, assumption: yes, note: …}`: one cell with a source of its own."""
    fields = Fields(node, path, table.findings)
    held = fields.get("value")
    own = read_source(fields, table.documents) if fields.has("source") else _adjusted(fields, table.source)
    fields.done()
    assert held is not None
    return _content(replace(table, source=own), held, keys, path)


def _adjusted(fields: Fields, shared: Source) -> Source:
    confidence = fields.word("confidence", Confidence, shared.confidence) or shared.confidence
    assumption = fields.switch("assumption") if fields.has("assumption") else shared.assumption
    if confidence is Confidence.UNCERTAIN and not assumption:
        fields.fault("confidence", Fault.NO_SOURCE, "待核实(U)的值须标明 assumption: yes")
    note = fields.text("note", shared.note)
    return replace(shared, confidence=confidence, assumption=assumption, note=note)


def _content(table: _Table, node: tree.Node, keys: tuple[str, ...], path: str) -> Value:
    if isinstance(node, tree.Sequence) and table.unit is Unit.BANDS:
        bands = values.bands(node, path, table.findings)
        return _value(table, bands, values.words(table.unit, bands), keys, node.line)
    if not isinstance(node, tree.Scalar):
        table.findings.add(node.line, path, Fault.WRONG_SHAPE, "应为一个值")
        return _value(table, None, "", keys, node.line)
    if node.text == values.UNDEFINED:
        return _value(table, None, "待定", keys, node.line)
    try:
        content = values.content(table.unit, node.text, table.choices)
    except values.NotAValue as error:
        table.findings.add(node.line, path, error.fault, str(error))
        return _value(table, None, "", keys, node.line)
    return _value(table, content, values.words(table.unit, content), keys, node.line)


def _value(table: _Table, content: Content | None, text: str, keys: tuple[str, ...], line: int) -> Value:
    return Value(".".join((table.key, *keys)), table.label, table.unit, content, text, table.source, line)


def leaves(cells: Cells) -> tuple[Value, ...]:
    """Every value of a table."""
    if isinstance(cells, Value):
        return (cells,)
    return tuple(itertools.chain.from_iterable(leaves(cell) for cell in cells.values()))
