"""A package as typed data (政策包定义): what the loader reads, the resolver asks and nobody changes.

Amounts are fen, ratios millionths. Every value carries its unit, document, article and confidence.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import TypeAlias

from tongchou.policy.rounding import Mode
from tongchou.policy.vocabulary import (
    BandsOn,
    Base,
    Confidence,
    Dimension,
    LayerId,
    Measure,
    Pays,
    Per,
    Scope,
    Unit,
)


@dataclass(frozen=True, slots=True)
class Document:
    """来源文件."""

    id: str
    title: str
    number: str = ""


@dataclass(frozen=True, slots=True)
class Source:
    """出处: document, article, how sure we are; an assumption is shown as such wherever the value is."""

    document: str
    article: str
    confidence: Confidence
    assumption: bool = False
    note: str = ""

    def __str__(self) -> str:
        return f"{self.document} {self.article}"


@dataclass(frozen=True, slots=True)
class Band:
    """分段 [low, high) with its ratio; the last has no high."""

    low_fen: int
    high_fen: int | None
    ratio_ppm: int


def ratio_at(bands: Sequence[Band], edge_fen: int) -> int:
    """The ratio of the band that holds this much."""
    return next(band.ratio_ppm for band in reversed(bands) if band.low_fen <= edge_fen)


Content: TypeAlias = int | bool | str | tuple[int, int] | tuple[Band, ...]


@dataclass(frozen=True, slots=True)
class Value:
    """One value under its full key, e.g. `ratio.inpatient.home.L2`; `content` None is 待定 (known to be unknown)."""

    key: str
    label: str
    unit: Unit
    content: Content | None
    text: str
    source: Source
    line: int


Cells: TypeAlias = "Value | Mapping[str, Cells]"


@dataclass(frozen=True, slots=True)
class Parameter:
    """A parameter: one value, or a table of values by dimensions.

    `rises_with` and `falls_with` name the dimensions (or `segment`) along which it is declared never to fall or rise.
    `overridable` says that a local rule of a smaller area may give another value (GX2017 §134; ORG-22).
    """

    key: str
    label: str
    unit: Unit
    by: tuple[Dimension, ...]
    cells: Cells
    line: int
    choices: tuple[str, ...] = ()
    rises_with: tuple[str, ...] = ()
    falls_with: tuple[str, ...] = ()
    overridable: bool = False


@dataclass(frozen=True, slots=True)
class Condition:
    """适用条件: every named dimension must be among its values; of `groups` one is enough. Ages are completed years."""

    allowed: Mapping[Dimension, frozenset[str]] = field(default_factory=dict)
    groups: frozenset[str] = frozenset()
    age_from: int | None = None
    age_until: int | None = None
    line: int = 0

    @property
    def asks_age(self) -> bool:
        return self.age_from is not None or self.age_until is not None


@dataclass(frozen=True, slots=True)
class Switch:
    """开关: a switch parameter that is on, or a choice parameter that has this value (`maternity.mode=fixed`)."""

    key: str
    choice: str | None = None


@dataclass(frozen=True, slots=True)
class Waiver:
    """免计起付线 (QA2018 五(三)): when the condition holds and the switch is on."""

    label: str
    article: str
    when: Condition
    switch: Switch | None


@dataclass(frozen=True, slots=True)
class Deductible:
    """起付线: its amount, whether per settlement or per year, waivers, and the rule for linked stays."""

    amount: str
    per: Per
    accumulator: str | None
    linked: str | None
    waivers: tuple[Waiver, ...]


@dataclass(frozen=True, slots=True)
class Adjustment:
    """比例调整: points up or down, or a relative cut when `mode` says so (BEN-18, BEN-20)."""

    label: str
    article: str
    when: Condition
    amount: str
    sign: int
    mode: str | None


@dataclass(frozen=True, slots=True)
class Instead:
    """定额代替比例: a fixed amount, or a fixed own part, where its condition holds and its switch is on."""

    label: str
    article: str
    when: Condition
    switch: Switch | None
    pays: Pays
    amount: str
    base: tuple[Base, ...]


@dataclass(frozen=True, slots=True)
class Cap:
    """限额: over an accumulator, or of the single settlement when there is none."""

    limit: str
    accumulator: str | None


@dataclass(frozen=True, slots=True)
class Rule:
    """One rule of a layer: base → deductible → ratio ± points → caps. Parts of the base may have a switch."""

    id: str
    layer: LayerId
    label: str
    article: str
    when: Condition
    pays: Pays
    base: tuple[Base, ...] = ()
    base_switches: Mapping[Base, Switch] = field(default_factory=dict)
    include_over_cap: str | None = None
    deductible: Deductible | None = None
    ratio: str | None = None
    bands_on: BandsOn = BandsOn.ABOVE_DEDUCTIBLE
    cumulate: str | None = None
    amount: str | None = None
    adjustments: tuple[Adjustment, ...] = ()
    instead: tuple[Instead, ...] = ()
    caps: tuple[Cap, ...] = ()
    feeds: tuple[str, ...] = ()
    counts: tuple[str, ...] = ()
    enabled: str | None = None
    rounding: tuple[Mode, int] | None = None
    reason: str = ""
    sub_fund: str = ""
    line: int = 0

    @property
    def path(self) -> str:
        return f"{self.layer}.{self.id}"


@dataclass(frozen=True, slots=True)
class Layer:
    id: LayerId
    label: str
    rules: tuple[Rule, ...]
    line: int


@dataclass(frozen=True, slots=True)
class Accumulator:
    """年度累计: a name settlement stores, what it adds up and over what."""

    name: str
    label: str
    scope: Scope
    measure: Measure
    line: int


@dataclass(frozen=True, slots=True)
class PayClass:
    """收费项目等级: own expense altogether, or a first self-pay ratio where the catalogue item names none."""

    code: str
    label: str
    own_expense: bool
    pre_self_pay: str | None
    line: int


@dataclass(frozen=True, slots=True)
class Header:
    area: str
    area_name: str
    scheme: str
    title: str
    contribution: str
    valid_from: date
    valid_until: date | None
    known_from: date
    line: int


@dataclass(frozen=True, slots=True)
class Definition:
    """The whole package."""

    header: Header
    documents: Mapping[str, Document]
    levels: Mapping[str, str]
    kinds: Mapping[str, str]
    diseases: Mapping[str, str]
    disease_kinds: Mapping[str, frozenset[str]]
    groups: Mapping[str, str]
    categories: Mapping[str, str]
    sub_funds: Mapping[str, str]
    accumulators: Mapping[str, Accumulator]
    parameters: Mapping[str, Parameter]
    pay_classes: Mapping[str, PayClass]
    exclusions: tuple[Rule, ...]
    layers: tuple[Layer, ...]
    rounding: Mode
    rounding_unit_fen: int

    @property
    def rules(self) -> tuple[Rule, ...]:
        """The rules of the layers, in their order."""
        return tuple(rule for layer in self.layers for rule in layer.rules)

    @property
    def every_rule(self) -> tuple[Rule, ...]:
        """先行排除 and the rules of the layers."""
        return (*self.exclusions, *self.rules)
