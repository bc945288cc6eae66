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
    Waiver,
)
from tongchou.policy.findings import Fault
from tongchou.policy.loading import values
from tongchou.policy.loading.fields import Fields
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


def _read_rule(layer: LayerId, fields: Fields) -> Rule:
    pays = fields.word("pays", Pays) or Pays.NOTHING
    rule = Rule(
        id=fields.text("rule"),
        layer=layer,
        label=fields.text("label"),
        article=fields.text("article"),
        when=read_condition(fields, "when"),
        pays=pays,
        base=_bases(fields),
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
        {"deductible", "adjustments", "instead", "caps", "cumulate", "include_over_cap"},
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


def _bases(fields: Fields) -> tuple[Base, ...]:
    read = []
    for text in fields.words("base"):
        try:
            read.append(Base(text))
        except ValueError:
            fields.fault("base", Fault.BAD_VALUE, f"“{text}”不在可选词 {'、'.join(Base)} 之内")
    return tuple(read)


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
    when, switch = read_condition(fields, "when"), fields.optional("switch")
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
        switch=fields.optional("switch"),
        pays=fields.word("pays", Pays) or Pays.FIXED,
        amount=fields.text("amount"),
        base=_bases(fields) if fields.has("base") else (),
    )
    fields.done()
    if read.pays not in (Pays.FIXED, Pays.FIXED_SHARE):
        fields.fault("pays", Fault.WRONG_SHAPE, "定额代替比例只能是 fixed 或 fixed_share")
    return read


def _read_cap(fields: Fields) -> Cap:
    read = Cap(fields.text("limit"), fields.optional("accumulator"))
    fields.done()
    return read
