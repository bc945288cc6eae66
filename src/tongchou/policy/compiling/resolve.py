"""Rules with their numbers at one point (规则取值): which rules apply, and what every parameter is there (BEN-01).

Everything discrete is settled here, once per point: conditions, waivers, points up and down, switches. What is left
for the program is arithmetic on amounts.
"""

from dataclasses import dataclass, field, replace

from tongchou.policy.compiling.points import Point
from tongchou.policy.definition import Adjustment, Band, Cap, Definition, Rule, Switch, Value
from tongchou.policy.errors import MissingParameter
from tongchou.policy.facts import ParameterUse
from tongchou.policy.loading.domains import conditions, numbered_stays
from tongchou.policy.loading.references import asked_for, tells_every_disease_apart
from tongchou.policy.rounding import PPM, divide_half_up, percent_text
from tongchou.policy.vocabulary import Base, Dimension, LayerId, Pays, Per

ONE_STAY = "跨年度住院合计一个起付线"
GROUP_PRIORITY = "group.priority"


@dataclass(frozen=True, slots=True)
class Resolved:
    """One rule with its numbers. `uses` names the parameters behind each constant of the program.

    `already` names the facts that say what of the deductible was borne before: `linked`, `continued`.
    """

    rule: Rule
    deductible_fen: int | None = None
    already: tuple[str, ...] = ()
    bands: tuple[Band, ...] = ()
    amount_fen: int = 0
    caps: tuple[tuple[int, Cap], ...] = ()
    include_over_cap: bool = True
    deductible_words: str = ""
    ratio_words: str = ""
    uses: dict[str, tuple[ParameterUse, ...]] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class ResolvedLayer:
    """The rules of a layer that hold here; of several, the one that pays most is taken (BEN-29).

    `given_way` are those that cannot be it whatever the bill, and need no computing (decision 0104).
    """

    id: LayerId
    label: str
    alternatives: tuple[Resolved, ...]
    given_way: tuple[Resolved, ...] = ()

    @property
    def competed(self) -> bool:
        """Was there more than one rule to choose from?"""
        return len(self.alternatives) + len(self.given_way) > 1


class Resolver:
    """Asks a definition at points. Raises MissingParameter with the full key where it has no value."""

    def __init__(self, definition: Definition) -> None:
        self.definition = definition
        self.numbered_stays = numbered_stays(definition)
        self._ages = tuple(sorted({age for c in conditions(definition) for age in (c.age_from, c.age_until) if age}))
        self._knows_disease = {kind for kind in definition.kinds if Dimension.DISEASE in asked_for(definition, kind)}
        self._any_disease = {kind for kind in definition.kinds if tells_every_disease_apart(definition, kind)}
        priority = definition.parameters.get(GROUP_PRIORITY)
        listed = priority is not None and isinstance(priority.cells, Value) and priority.cells.content == "listed"
        self._ranked = tuple(definition.groups) if listed else ()

    def relevant(self, point: Point) -> Point:
        """The point with what the package does not ask about left out: other groups, exact age, further stays."""
        age = None if point.age is None else max((edge for edge in self._ages if edge <= point.age), default=0)
        known = point.kind in self._any_disease or point.disease in self.definition.diseases
        return replace(
            point,
            groups=point.groups.intersection(self.definition.groups),
            age=age,
            stay=min(point.stay, self.numbered_stays + 1),
            disease=point.disease if known and point.kind in self._knows_disease else None,
        )

    def layers(self, point: Point) -> tuple[ResolvedLayer, ...]:
        """The layers that apply, in order. What is excluded, at the head or by a basic rule, leaves no other layer."""
        for rule in self.definition.exclusions:
            if self._applies(rule, point):
                return (ResolvedLayer(rule.layer, rule.label, (Resolved(rule),)),)
        read = []
        for layer in self.definition.layers:
            rules = self._first_group([rule for rule in layer.rules if self._applies(rule, point)], point)
            excluded = [rule for rule in rules if rule.pays is Pays.EXCLUDED]
            if excluded:
                return (ResolvedLayer(layer.id, layer.label, (Resolved(excluded[0]),)),)
            paying = [rule for rule in rules if rule.pays is not Pays.NOTHING]
            if layer.id is LayerId.BASIC and not rules:
                raise MissingParameter(key=f"{layer.id}.{point.kind}")
            if paying:
                alternatives = tuple(self._resolved(rule, point) for rule in paying)
                read.append(ResolvedLayer(layer.id, layer.label, alternatives))
        return tuple(read)

    def value(self, key: str, point: Point) -> Value:
        """The value of a parameter at a point. Raises: MissingParameter."""
        parameter = self.definition.parameters[key]
        cells, path = parameter.cells, [key]
        for dimension in parameter.by:
            if isinstance(cells, Value):
                break
            path.append(point.key(dimension, self.numbered_stays))
            below = cells.get(path[-1])
            if below is None:
                raise MissingParameter(key=".".join(path))
            cells = below
        if not isinstance(cells, Value) or cells.content is None:
            raise MissingParameter(key=".".join(path))
        return cells

    def _applies(self, rule: Rule, point: Point) -> bool:
        if not point.meets(rule.when, self.numbered_stays):
            return False
        if (rule.pays is Pays.PROJECT_MONEY and not point.project) or (
            rule.pays is Pays.ACCOUNT_BALANCE and not point.account
        ):
            return False
        if rule.enabled is not None and self.value(rule.enabled, point).content is not True:
            return False
        return not rule.base_switches or bool(self._parts(rule, point))

    def _first_group(self, rules: list[Rule], point: Point) -> list[Rule]:
        """`group.priority` listed: of several groups the one the package lists first decides, layer by layer."""
        for group in self._ranked:
            if group in point.groups:
                chosen = [rule for rule in rules if group in rule.when.groups]
                if chosen:
                    return chosen
        return rules

    def _parts(self, rule: Rule, point: Point) -> tuple[Base, ...]:
        """The parts of the base whose switch is on."""
        return tuple(part for part in rule.base if self._is_on(rule.base_switches.get(part), point))

    def _resolved(self, rule: Rule, point: Point) -> Resolved:
        uses: dict[str, tuple[ParameterUse, ...]] = {}
        rule = self._instead(rule, point)
        if rule.base_switches:
            uses["base"] = tuple(used(self.value(switch.key, point)) for switch in rule.base_switches.values())
            rule = replace(rule, base=self._parts(rule, point), base_switches={})
        deductible, already, deductible_words = self._deductible(rule, point, uses)
        bands, ratio_words = self._bands(rule, point, uses)
        return Resolved(
            rule=rule,
            deductible_fen=deductible,
            already=already,
            bands=bands,
            amount_fen=self._amount(rule, point, uses),
            caps=self._caps(rule, point, uses),
            include_over_cap=self._includes_over_cap(rule, point),
            deductible_words=deductible_words,
            ratio_words=ratio_words,
            uses=uses,
        )

    def _instead(self, rule: Rule, point: Point) -> Rule:
        """定额代替比例 where it is so here (BEN-25, BEN-37; *Order of computation* step 8)."""
        for fixed in rule.instead:
            if point.meets(fixed.when, self.numbered_stays) and self._is_on(fixed.switch, point):
                return replace(
                    rule,
                    label=fixed.label,
                    article=fixed.article,
                    pays=fixed.pays,
                    base=fixed.base or rule.base,
                    amount=fixed.amount,
                    deductible=None,
                    ratio=None,
                    cumulate=None,
                    adjustments=(),
                )
        return rule

    def _is_on(self, switch: Switch | None, point: Point) -> bool:
        """Is the switch on, or has the choice the value asked for?"""
        return switch is None or self.value(switch.key, point).content == (switch.choice or True)

    def _whole(self, value: Value) -> int:
        assert isinstance(value.content, int), value.key
        return int(value.content)

    def _amount(self, rule: Rule, point: Point, uses: dict[str, tuple[ParameterUse, ...]]) -> int:
        if rule.amount is None:
            return 0
        value = self.value(rule.amount, point)
        uses["amount"] = (used(value),)
        return self._whole(value)

    def _caps(self, rule: Rule, point: Point, uses: dict[str, tuple[ParameterUse, ...]]) -> tuple[tuple[int, Cap], ...]:
        """限额 (BEN-21, BEN-23)."""
        read = []
        for number, cap in enumerate(rule.caps, 1):
            value = self.value(cap.limit, point)
            uses[f"cap_{number}"] = (used(value),)
            read.append((self._whole(value), cap))
        return tuple(read)

    def _includes_over_cap(self, rule: Rule, point: Point) -> bool:
        """超封顶线费用计入 (BEN-27)."""
        return rule.include_over_cap is None or self.value(rule.include_over_cap, point).content is True

    def _deductible(
        self, rule: Rule, point: Point, uses: dict[str, tuple[ParameterUse, ...]]
    ) -> tuple[int | None, tuple[str, ...], str]:
        """起付线 (BEN-15, BEN-16, BEN-19, BEN-30): its amount here, what is taken off it, and in words."""
        deductible = rule.deductible
        if deductible is None:
            return None, (), ""
        for waiver in deductible.waivers:
            if point.meets(waiver.when, self.numbered_stays) and self._is_on(waiver.switch, point):
                uses["deductible"] = (used(self.value(waiver.switch.key, point)),) if waiver.switch else ()
                return 0, (), f"{waiver.label}({waiver.article})"
        value = self.value(deductible.amount, point)
        uses["deductible"] = (used(value),)
        amount_fen, words = self._whole(value), ""
        already: tuple[str, ...] = ()
        if point.linked and deductible.linked:
            amount_fen, already, words = self._linked(deductible.linked, amount_fen, point, uses)
        if point.continued and deductible.per is Per.SETTLEMENT:
            # decision 0111: one stay, one deductible, whatever `deductible.transfer_mode` says of other stays
            already, words = (*already, "continued"), f"{words},{ONE_STAY}" if words else ONE_STAY
        return amount_fen, already, words

    def _linked(
        self, mode_key: str, amount_fen: int, point: Point, uses: dict[str, tuple[ParameterUse, ...]]
    ) -> tuple[int, tuple[str, ...], str]:
        """转诊连续住院的起付线 (BEN-19; `deductible.transfer_mode`)."""
        mode = self.value(mode_key, point)
        uses["deductible"] += (used(mode),)
        match mode.content:
            case "difference":
                return amount_fen, ("linked",), "转诊连续住院补差额"
            case "none":
                return 0, (), "转诊连续住院不再计起付线"
            case _:
                return amount_fen, (), "转诊连续住院仍全额计起付线"

    def _bands(
        self, rule: Rule, point: Point, uses: dict[str, tuple[ParameterUse, ...]]
    ) -> tuple[tuple[Band, ...], str]:
        """报销比例 (BEN-18, BEN-20): the table's, plus or minus points, then relative cuts; kept within 0–100 %."""
        if rule.ratio is None:
            return (), ""
        value = self.value(rule.ratio, point)
        content = value.content
        bands = content if isinstance(content, tuple) else (Band(0, None, self._whole(value)),)
        applied = [a for a in rule.adjustments if point.meets(a.when, self.numbered_stays)]
        steps = [(adjustment, self.value(adjustment.amount, point)) for adjustment in applied]
        modes = [self._mode(adjustment, point) for adjustment in applied]
        uses["ratio"] = (used(value), *(used(amount) for _, amount in steps), *(used(m) for m in modes if m))
        relative = [mode is not None and mode.content == "relative" for mode in modes]
        points = sum(a.sign * self._whole(v) for (a, v), cut in zip(steps, relative, strict=True) if not cut)
        factors = [PPM + a.sign * self._whole(v) for (a, v), cut in zip(steps, relative, strict=True) if cut]
        adjusted = tuple(
            Band(band.low_fen, band.high_fen, _adjusted(band.ratio_ppm, points, factors))
            for band in bands
            if isinstance(band, Band)
        )
        words = "".join(_words(a, v, cut) for (a, v), cut in zip(steps, relative, strict=True))
        return adjusted, words

    def _mode(self, adjustment: Adjustment, point: Point) -> Value | None:
        return self.value(adjustment.mode, point) if adjustment.mode else None


def _adjusted(ratio_ppm: int, points: int, factors: list[int]) -> int:
    ratio = min(PPM, max(0, ratio_ppm + points))
    for factor in factors:
        ratio = min(PPM, divide_half_up(ratio * factor, PPM))
    return ratio


def _words(adjustment: Adjustment, value: Value, relative: bool) -> str:
    sign = "提高" if adjustment.sign > 0 else "降低"
    amount = value.text
    if relative and isinstance(value.content, int):
        amount = f"原比例的{percent_text(value.content)}"
    return f",{adjustment.label}:{sign}{amount}({adjustment.article})"


def used(value: Value) -> ParameterUse:
    source = value.source
    return ParameterUse(value.key, value.label, value.text, str(source), str(source.confidence), source.assumption)
