"""The `layers`, `lines` and `accumulators` parts of a package (支付层、费用明细、年度累计)."""

from tongchou.policy.definition import (
    Accumulator,
    Adjustment,
    Cap,
    Condition,
    Deductible,
    Instead,
    Layer,
    PayClass,
    Rule,
    Switch,
    Waiver,
)
from tongchou.policy.findings import Fault
from tongchou.policy.loading import tree, values
from tongchou.policy.loading.fields import Fields
from tongchou.policy.rounding import Mode
from tongchou.policy.vocabulary import BandsOn, Base, Dimension, LayerId, Measure, Pays, Per, Scope

ALWAYS = Condition()


def read_accumulators(fields: Fields) -> dict[str, Accumulator]:
    read = {}
    for name, member in fields.members():
        label = member.text("label")
        scope, measure = member.word("scope", Scope), member.word("measure", Measure)
        member.done()
        if scope is not None and measure is not None:
            read[name] = Accumulator(name, label, scope, measure, member.line)
    return read


def read_pay_classes(fields: Fields) -> dict[str, PayClass]:
    """收费项目等级 A/B/C (GX2017 §85)."""
    read = {}
    for code, member in fields.members():
        own, pre = member.switch("own_expense"), member.optional("pre_self_pay")
        read[code] = PayClass(code, member.text("label"), own, pre, member.line)
        member.done()
        if own and pre:
            member.fault("pre_self_pay", Fault.WRONG_SHAPE, "全自费的等级不能再有先行自付比例")
    return read


def read_layers(fields: Fields) -> tuple[Layer, ...]:
    layers: list[Layer] = []
    for member in fields.each("layers", required=True):
        name, label = member.word("layer", LayerId), member.text("label")
        if name is None:
            continue
        rules = tuple(_read_rule(name, rule) for rule in member.each("rules", required=True))
        member.done()
        if any(layer.id is name for layer in layers):
            member.fault("layer", Fault.OVERLAP, f"支付层“{name}”重复")
        if len({rule.id for rule in rules}) != len(rules):
            member.fault("rules", Fault.OVERLAP, "同一层内规则名重复")
        layers.append(Layer(name, label, rules, member.line))
    return tuple(layers)


def read_exclusions(fields: Fields) -> tuple[Rule, ...]:
    """先行排除: bills that no layer pays, decided before any layer (BEN-33, BEN-36); the first that holds counts."""
    rules = tuple(_read_exclusion(member) for member in fields.each("exclusions"))
    if len({rule.id for rule in rules}) != len(rules):
        fields.fault("exclusions", Fault.OVERLAP, "先行排除的名称重复")
    return rules


def _read_exclusion(fields: Fields) -> Rule:
    rule = Rule(
        id=fields.text("exclusion"),
        layer=LayerId.BASIC,
        label=fields.text("label"),
        article=fields.text("article"),
        when=read_condition(fields, "when"),
        pays=Pays.EXCLUDED,
        enabled=fields.optional("enabled"),
        reason=fields.text("reason"),
        line=fields.line,
    )
    fields.done()
    if rule.when == ALWAYS:
        fields.fault("when", Fault.MISSING_KEY, "先行排除须写明适用条件 when")
    return rule


def _read_rule(layer: LayerId, fields: Fields) -> Rule:
    pays = fields.word("pays", Pays) or Pays.NOTHING
    base, base_switches = _bases(fields)
    rule = Rule(
        id=fields.text("rule"),
        layer=layer,
        label=fields.text("label"),
        article=fields.text("article"),
        when=read_condition(fields, "when"),
        pays=pays,
        base=base,
        base_switches=base_switches,
        include_over_cap=fields.optional("include_over_cap"),
        deductible=_read_deductible(fields),
        ratio=fields.optional("ratio"),
        bands_on=fields.word("bands_on", BandsOn, BandsOn.ABOVE_DEDUCTIBLE) or BandsOn.ABOVE_DEDUCTIBLE,
        cumulate=fields.optional("cumulate"),
        amount=fields.optional("amount"),
        adjustments=tuple(_read_adjustment(member) for member in fields.each("adjust")),
        instead=tuple(_read_instead(member) for member in fields.each("instead")),
        caps=tuple(_read_cap(member) for member in fields.each("caps")),
        feeds=fields.words("feeds"),
        counts=fields.words("counts"),
        enabled=fields.optional("enabled"),
        rounding=read_rounding(inside) if (inside := fields.inside("rounding", required=False)) else None,
        reason=fields.text("reason", ""),
        sub_fund=fields.text("sub_fund", ""),
        line=fields.line,
    )
    fields.done()
    _check_members(rule, fields)
    return rule


_MEMBERS = {
    Pays.RATIO: (
        {"base", "ratio", "sub_fund"},
        {"deductible", "adjustments", "instead", "caps", "cumulate", "include_over_cap", "rounding"},
    ),
    Pays.FIXED: ({"base", "amount", "sub_fund"}, {"deductible", "caps", "include_over_cap"}),
    Pays.FIXED_SHARE: ({"base", "amount", "sub_fund"}, {"deductible", "caps", "include_over_cap"}),
    Pays.PROJECT_MONEY: ({"sub_fund"}, set()),
    Pays.ACCOUNT_BALANCE: ({"base", "sub_fund"}, set()),
    Pays.NOTHING: (set(), set()),
    Pays.EXCLUDED: ({"reason"}, set()),
}
"""What a rule needs and may have besides, by how it pays."""
_NAMES = {"adjustments": "adjust"}
_OPEN = {"feeds", "counts", "reason", "enabled"}


def _check_members(rule: Rule, fields: Fields) -> None:
    needed, allowed = _MEMBERS[rule.pays]
    every = set().union(*(need | may for need, may in _MEMBERS.values())) - _OPEN
    for name in sorted(needed):
        if not getattr(rule, name):
            fields.fault(name, Fault.MISSING_KEY, f"pays: {rule.pays} 的规则缺少“{_NAMES.get(name, name)}”")
    for name in sorted(every - needed - allowed):
        if getattr(rule, name):
            key = _NAMES.get(name, name)
            fields.fault(key, Fault.WRONG_SHAPE, f"pays: {rule.pays} 的规则不用“{key}”")


def _bases(fields: Fields) -> tuple[tuple[Base, ...], dict[Base, Switch]]:
    """计算基数: its parts; one written `{part: over_cap, switch: acc.uses.over_cap}` counts while the switch is on."""
    read: list[Base] = []
    switches: dict[Base, Switch] = {}
    node = fields.get("base")
    if node is None:
        return (), {}
    if not isinstance(node, tree.Sequence) or not node.items:
        fields.fault("base", Fault.WRONG_SHAPE, "应为非空的列表 [ ]")
        return (), {}
    for number, item in enumerate(node.items, 1):
        part, switch = _part(item, f"{fields.at('base')}[{number}]", fields)
        if part is None:
            continue
        if part in read:
            fields.fault("base", Fault.BAD_VALUE, "列表有重复")
        read.append(part)
        if switch is not None:
            switches[part] = switch
    return tuple(read), switches


def _part(item: tree.Node, path: str, fields: Fields) -> tuple[Base | None, Switch | None]:
    if isinstance(item, tree.Mapping):
        inside = Fields(item, path, fields.findings)
        part, switch = inside.word("part", Base), _switch(inside, "switch")
        if switch is None:
            inside.fault("switch", Fault.MISSING_KEY, "写成 {part, switch} 的部分须有开关")
        inside.done()
        return part, switch
    text = item.text if isinstance(item, tree.Scalar) else ""
    try:
        return Base(text), None
    except ValueError:
        fields.fault("base", Fault.BAD_VALUE, f"“{text}”不在可选词 {'、'.join(Base)} 之内")
        return None, None


def _switch(fields: Fields, key: str) -> Switch | None:
    """`switch: project.first`, or `switch: maternity.mode=fixed` for a choice that must have that value."""
    text = fields.optional(key)
    if text is None:
        return None
    name, equals, choice = text.partition("=")
    if equals and not choice.strip():
        fields.fault(key, Fault.BAD_VALUE, f"“{text}”应写作 参数=选项")
    return Switch(name.strip(), choice.strip() or None)


def read_rounding(fields: Fields) -> tuple[Mode, int]:
    """舍入: mode, and unit in yuan."""
    mode, unit_text = fields.word("mode", Mode) or Mode.HALF_UP, fields.text("unit")
    fields.done()
    try:
        unit = values.yuan(unit_text) if unit_text else 1
    except values.NotAValue as error:
        fields.fault("unit", error.fault, str(error))
        return mode, 1
    if unit not in (1, 10, 100):
        fields.fault("unit", Fault.BAD_VALUE, "舍入单位应为 0.01、0.10 或 1.00 元")
        unit = 1
    return mode, unit


def read_condition(fields: Fields, key: str) -> Condition:
    """适用条件; an absent one always holds."""
    inside = fields.inside(key, required=False)
    if inside is None:
        return ALWAYS
    allowed = {dim: frozenset(inside.words(dim)) for dim in Dimension if inside.has(dim)}
    groups = frozenset(inside.words("groups"))
    age_from, age_until = _age(inside, "age_from"), _age(inside, "age_until")
    inside.done()
    if age_from is not None and age_until is not None and age_until <= age_from:
        inside.fault("age_until", Fault.BAD_VALUE, "年龄上限(不含)应大于下限")
    return Condition(allowed, groups, age_from, age_until, inside.line)


def _age(fields: Fields, key: str) -> int | None:
    text = fields.optional(key)
    if text is None:
        return None
    try:
        return values.whole(text)
    except values.NotAValue as error:
        fields.fault(key, error.fault, str(error))
        return None


def _read_deductible(fields: Fields) -> Deductible | None:
    inside = fields.inside("deductible", required=False)
    if inside is None:
        return None
    per = inside.word("per", Per) or Per.SETTLEMENT
    read = Deductible(
        amount=inside.text("amount"),
        per=per,
        accumulator=inside.optional("accumulator"),
        linked=inside.optional("linked"),
        waivers=tuple(_read_waiver(member) for member in inside.each("waive")),
    )
    inside.done()
    if (per is Per.YEAR) != bool(read.accumulator):
        inside.fault("accumulator", Fault.ACCUMULATOR, "按年计算(per: year)的起付线须有累计项,按次的不得有")
    if per is Per.YEAR and read.linked:
        inside.fault("linked", Fault.WRONG_SHAPE, "按年计算的起付线没有连续住院的差额")
    return read


def _read_waiver(fields: Fields) -> Waiver:
    when, switch = read_condition(fields, "when"), _switch(fields, "switch")
    read = Waiver(fields.text("label"), fields.text("article"), when, switch)
    fields.done()
    return read


def _read_adjustment(fields: Fields) -> Adjustment:
    lower, upper = fields.optional("lower_by"), fields.optional("raise_by")
    if bool(lower) == bool(upper):
        fields.fault("lower_by", Fault.MISSING_KEY, "应有 lower_by 或 raise_by 之一")
    read = Adjustment(
        label=fields.text("label"),
        article=fields.text("article"),
        when=read_condition(fields, "when"),
        amount=lower or upper or "",
        sign=-1 if lower else 1,
        mode=fields.optional("mode"),
    )
    fields.done()
    return read


def _read_instead(fields: Fields) -> Instead:
    """定额: `pays: fixed` or `fixed_share` with its amount, instead of the deductible and the ratio."""
    read = Instead(
        label=fields.text("label"),
        article=fields.text("article"),
        when=read_condition(fields, "when"),
        switch=_switch(fields, "switch"),
        pays=fields.word("pays", Pays) or Pays.FIXED,
        amount=fields.text("amount"),
        base=_bases(fields)[0],
    )
    fields.done()
    if read.pays not in (Pays.FIXED, Pays.FIXED_SHARE):
        fields.fault("pays", Fault.WRONG_SHAPE, "定额代替比例只能是 fixed 或 fixed_share")
    return read


def _read_cap(fields: Fields) -> Cap:
    read = Cap(fields.text("limit"), fields.optional("accumulator"))
    fields.done()
    return read
