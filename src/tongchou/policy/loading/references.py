"""Every name a package uses is declared, of the right unit, and used (引用核对)."""

import re
from collections.abc import Iterator

from tongchou.policy.definition import Condition, Definition, Rule, Switch
from tongchou.policy.findings import Fault, Findings
from tongchou.policy.loading import wellknown
from tongchou.policy.loading.domains import Domains, conditions, conditions_of, domains, keys_of
from tongchou.policy.loading.parameters import leaves
from tongchou.policy.vocabulary import (
    DIMENSION_LABELS,
    SEGMENT,
    STAYS,
    BandsOn,
    Base,
    Dimension,
    LayerId,
    Measure,
    Pays,
    Per,
    Unit,
)

NAME = re.compile(r"[a-z][a-z0-9_]{0,60}")
RATES = (Unit.PERCENT, Unit.BANDS)
MODES = {
    "linked": frozenset({"full", "difference", "none"}),
    "mode": frozenset({"points", "relative"}),
}


def check(definition: Definition, findings: Findings) -> None:
    domain = domains(definition)
    _check_names(definition, findings)
    _check_diseases(definition, findings)
    _check_order(definition, findings)
    for condition in conditions(definition):
        _check_condition(condition, definition, domain, findings)
    for rule in definition.every_rule:
        _check_parameters(rule, definition, findings)
        _check_accumulators(rule, definition, findings)
        _check_article(rule, definition, findings)
        _check_base(rule, findings)
    _check_order_of_values(definition, findings)
    _check_pay_classes(definition, findings)
    _check_tables(definition, domain, findings)
    _check_stays(definition, findings)
    _check_unused(definition, findings)


def _check_names(definition: Definition, findings: Findings) -> None:
    """Names that become names in generated code are plain words, whatever a file may try."""
    named = [("accumulators", name, item.line) for name, item in definition.accumulators.items()]
    named += [("sub_funds", name, 1) for name in definition.sub_funds]
    named += [("layers", rule.id, rule.line) for rule in definition.rules]
    for part, name, line in named:
        if not NAME.fullmatch(name):
            findings.add(line, f"{part}.{name}", Fault.BAD_VALUE, f"名称“{name}”应由小写字母、数字和下划线组成")


def _check_diseases(definition: Definition, findings: Findings) -> None:
    for code, kinds in definition.disease_kinds.items():
        for kind in sorted(kinds.difference(definition.kinds)):
            findings.add(1, f"diseases.{code}.kinds", Fault.UNKNOWN_NAME, f"医疗类别“{kind}”没有声明")


def _check_order(definition: Definition, findings: Findings) -> None:
    """先专项、再基本, … 最后个人账户: the rest follows the order of the file (`onestop.order`)."""
    order = [layer.id for layer in definition.layers]
    if LayerId.BASIC not in order:
        findings.add(1, "layers", Fault.MISSING_KEY, "缺少基本层 basic")
    wanted = [layer for layer in LayerId if layer in order]
    fixed = {LayerId.PROJECT: 0, LayerId.BASIC: int(LayerId.PROJECT in order), LayerId.ACCOUNT: len(order) - 1}
    for layer in definition.layers:
        if layer.id in fixed and order.index(layer.id) != fixed[layer.id]:
            reason = f"支付层次序应为 {'、'.join(wanted)}:专项在最前,基本其次,个人账户在最后"
            findings.add(layer.line, f"layers.{layer.id}", Fault.ORDER, reason)


def _check_condition(condition: Condition, definition: Definition, domain: Domains, findings: Findings) -> None:
    for dimension, keys in condition.allowed.items():
        for key in sorted(keys.difference(domain[dimension])):
            label = DIMENSION_LABELS[dimension]
            findings.add(condition.line, f"when.{dimension}", Fault.UNKNOWN_NAME, f"{label}“{key}”没有声明")
    for group in sorted(condition.groups.difference(definition.groups)):
        findings.add(condition.line, "when.groups", Fault.UNKNOWN_NAME, f"人群“{group}”没有声明")


def parameters_of(rule: Rule) -> Iterator[tuple[str, tuple[Unit, ...], Condition]]:
    """Every parameter a rule asks for, the units it may have, and the further condition under which it is asked."""
    always = Condition()
    for switch in rule.base_switches.values():
        yield switch.key, _units(switch), always
    if rule.ratio:
        yield rule.ratio, RATES, always
    if rule.amount:
        yield rule.amount, (Unit.YUAN,), always
    if rule.include_over_cap:
        yield rule.include_over_cap, (Unit.SWITCH,), always
    if rule.enabled:
        yield rule.enabled, (Unit.SWITCH,), always
    if rule.deductible:
        yield rule.deductible.amount, (Unit.YUAN,), always
        if rule.deductible.linked:
            yield rule.deductible.linked, (Unit.CHOICE,), always
        for waiver in rule.deductible.waivers:
            if waiver.switch:
                yield waiver.switch.key, _units(waiver.switch), waiver.when
    for adjustment in rule.adjustments:
        yield adjustment.amount, (Unit.POINTS,), adjustment.when
        if adjustment.mode:
            yield adjustment.mode, (Unit.CHOICE,), adjustment.when
    for fixed in rule.instead:
        yield fixed.amount, (Unit.YUAN,), fixed.when
        if fixed.switch:
            yield fixed.switch.key, _units(fixed.switch), fixed.when
    for cap in rule.caps:
        yield cap.limit, (Unit.YUAN,), always


def _units(switch: Switch) -> tuple[Unit, ...]:
    return (Unit.CHOICE,) if switch.choice else (Unit.SWITCH,)


def switches_of(rule: Rule) -> Iterator[Switch]:
    """Every switch of a rule, its waivers and its fixed amounts."""
    yield from rule.base_switches.values()
    yield from (waiver.switch for waiver in rule.deductible.waivers if waiver.switch) if rule.deductible else ()
    yield from (fixed.switch for fixed in rule.instead if fixed.switch)


def rules_for(definition: Definition, kind: str) -> list[Rule]:
    """The exclusions and rules that can apply to a kind of visit."""
    return [rule for rule in definition.every_rule if kind in rule.when.allowed.get(Dimension.KIND, (kind,))]


def met_by_ordinary_visits(rule: Rule) -> bool:
    """Can it hold at an institution with agreement that settles directly?"""
    usual = {Dimension.CONTRACTED: "yes", Dimension.CHANNEL: "direct"}
    return all(key in rule.when.allowed.get(dimension, (key,)) for dimension, key in usual.items())


def asked_for(definition: Definition, kind: str, *, ordinary: bool = False) -> frozenset[Dimension]:
    """The dimensions that any rule for this kind depends on. `ordinary`: any rule that an ordinary visit can meet."""
    asked: set[Dimension] = set()
    for rule in rules_for(definition, kind):
        if ordinary and not met_by_ordinary_visits(rule):
            continue
        for condition in conditions_of(rule):
            asked.update(condition.allowed)
        for key, _, _ in parameters_of(rule):
            asked.update(definition.parameters[key].by)
    return frozenset(asked)


def tells_every_disease_apart(definition: Definition, kind: str) -> bool:
    """Is a value by disease asked for whatever the disease, so that one without a value is missing by its name?"""
    return any(
        Dimension.DISEASE in definition.parameters[key].by
        and Dimension.DISEASE not in (*rule.when.allowed, *further.allowed)
        for rule in rules_for(definition, kind)
        for key, _, further in parameters_of(rule)
    )


def _check_parameters(rule: Rule, definition: Definition, findings: Findings) -> None:
    for key, units, _ in parameters_of(rule):
        parameter = definition.parameters.get(key)
        if parameter is None:
            findings.add(rule.line, rule.path, Fault.MISSING_PARAMETER, f"缺参数 {key}")
        elif parameter.unit not in units:
            wanted = "、".join(units)
            findings.add(rule.line, rule.path, Fault.WRONG_UNIT, f"参数 {key} 的单位是 {parameter.unit},应为 {wanted}")
    linked = rule.deductible.linked if rule.deductible else None
    modes = [adjustment.mode for adjustment in rule.adjustments if adjustment.mode]
    if linked:
        _check_choice(linked, MODES["linked"], definition, findings)
    for mode in modes:
        _check_choice(mode, MODES["mode"], definition, findings)
    for switch in switches_of(rule):
        _check_switch(switch, rule, definition, findings)


def _check_switch(switch: Switch, rule: Rule, definition: Definition, findings: Findings) -> None:
    """A choice that is asked for is one that the parameter offers."""
    parameter = definition.parameters.get(switch.key)
    if switch.choice and parameter and parameter.choices and switch.choice not in parameter.choices:
        reason = f"参数 {switch.key} 没有选项“{switch.choice}”({'、'.join(parameter.choices)})"
        findings.add(rule.line, rule.path, Fault.BAD_VALUE, reason)


_WITHIN_REST = frozenset({Base.BELOW_DEDUCTIBLE, Base.COINSURANCE, Base.OVER_CAP})


def _check_base(rule: Rule, findings: Findings) -> None:
    """No fen twice in a base: 起付线以下, 个人负担 and 超封顶线 are parts of what is left in scope (BEN-41)."""
    parts = frozenset(rule.base)
    if (parts & {Base.REST, Base.IN_SCOPE} and parts & _WITHIN_REST) or {Base.REST, Base.IN_SCOPE} <= parts:
        findings.add(rule.line, rule.path, Fault.OVERLAP, "计算基数的各部分重叠,同一笔费用会计算两次")
    if rule.pays is Pays.ACCOUNT_BALANCE:
        return
    early = rule.layer in (LayerId.PROJECT, LayerId.BASIC)
    if parts & {Base.BELOW_DEDUCTIBLE, Base.COINSURANCE} and (early or len(parts) > 1):
        reason = "below_deductible、coinsurance 由基本层算出,只用于其后各层,且须单列"
        findings.add(rule.line, rule.path, Fault.WRONG_SHAPE, reason)
    if rule.base_switches:
        findings.add(rule.line, rule.path, Fault.WRONG_SHAPE, "带开关的部分只用于个人账户(account_balance)")


def _check_order_of_values(definition: Definition, findings: Findings) -> None:
    """What a table is declared to rise or fall with is one of its dimensions, or the segments of its bands."""
    for parameter in definition.parameters.values():
        known = {*map(str, parameter.by), *({SEGMENT} if parameter.unit is Unit.BANDS else ())}
        for key, names in (("rises_with", parameter.rises_with), ("falls_with", parameter.falls_with)):
            for name in names:
                if name not in known:
                    where = f"parameters.{parameter.key}.{key}"
                    findings.add(parameter.line, where, Fault.UNKNOWN_NAME, f"参数不随“{name}”取值,不能声明升降")


def _check_choice(key: str, known: frozenset[str], definition: Definition, findings: Findings) -> None:
    parameter = definition.parameters.get(key)
    for value in leaves(parameter.cells) if parameter else ():
        if value.content is not None and value.content not in known:
            reason = f"“{value.content}”不是系统支持的选项({'、'.join(sorted(known))})"
            findings.add(value.line, f"parameters.{value.key}", Fault.BAD_VALUE, reason)


def _check_accumulators(rule: Rule, definition: Definition, findings: Findings) -> None:
    for name, measures in _accumulators_of(rule):
        accumulator = definition.accumulators.get(name)
        if accumulator is None:
            findings.add(rule.line, rule.path, Fault.UNKNOWN_NAME, f"累计项“{name}”没有声明")
        elif accumulator.measure not in measures:
            wanted = "、".join(measures)
            reason = f"累计项“{name}”累计的是 {accumulator.measure},此处应为 {wanted}"
            findings.add(rule.line, rule.path, Fault.ACCUMULATOR, reason)
    _check_axis(rule, definition, findings)
    if rule.sub_fund and rule.sub_fund not in definition.sub_funds:
        findings.add(rule.line, rule.path, Fault.UNKNOWN_NAME, f"子基金“{rule.sub_fund}”没有声明")


def _check_axis(rule: Rule, definition: Definition, findings: Findings) -> None:
    """Cumulated base cost is measured above a deductible only where that deductible is met by the same cost."""
    axis = definition.accumulators.get(rule.cumulate or "")
    if axis is None or axis.measure is not Measure.BASE or rule.deductible is None:
        return
    if rule.bands_on is BandsOn.ABOVE_DEDUCTIBLE and rule.deductible.accumulator != axis.name:
        reason = f"分段按累计项“{axis.name}”自起付线以上计算时,起付线须按年并用同一累计项"
        findings.add(rule.line, rule.path, Fault.ACCUMULATOR, reason)


def _accumulators_of(rule: Rule) -> Iterator[tuple[str, tuple[Measure, ...]]]:
    if rule.deductible and rule.deductible.per is Per.YEAR and rule.deductible.accumulator:
        yield rule.deductible.accumulator, (Measure.DEDUCTIBLE, Measure.BASE)
    if rule.cumulate:
        yield rule.cumulate, (Measure.BASE, Measure.PAYABLE)
    for cap in rule.caps:
        if cap.accumulator:
            yield cap.accumulator, (Measure.PAID,)
    for name in rule.feeds:
        yield name, (Measure.PAID, Measure.DEDUCTIBLE, Measure.BASE, Measure.PAYABLE)
    for name in rule.counts:
        yield name, (Measure.COUNT,)


def touched(rule: Rule) -> tuple[str, ...]:
    """The accumulators a rule adds to, each once."""
    return tuple(dict.fromkeys(name for name, _ in _accumulators_of(rule)))


def _articles_of(rule: Rule) -> Iterator[str]:
    yield rule.article
    yield from (adjustment.article for adjustment in rule.adjustments)
    yield from (fixed.article for fixed in rule.instead)
    yield from (waiver.article for waiver in rule.deductible.waivers) if rule.deductible else ()


def _check_article(rule: Rule, definition: Definition, findings: Findings) -> None:
    for article in _articles_of(rule):
        document, _, clause = article.partition(" ")
        if document not in definition.documents or not clause:
            reason = f"条款“{article}”应为“文件 条款”,文件须在 documents 中列出"
            findings.add(rule.line, rule.path, Fault.NO_SOURCE, reason)


def _check_pay_classes(definition: Definition, findings: Findings) -> None:
    if not definition.pay_classes:
        findings.add(1, "lines", Fault.MISSING_KEY, "缺少收费项目等级")
    for pay_class in definition.pay_classes.values():
        key = pay_class.pre_self_pay
        if key is None:
            continue
        parameter, where = definition.parameters.get(key), f"lines.{pay_class.code}"
        if parameter is None:
            findings.add(pay_class.line, where, Fault.MISSING_PARAMETER, f"缺参数 {key}")
        elif parameter.unit is not Unit.PERCENT or parameter.by:
            findings.add(pay_class.line, where, Fault.WRONG_UNIT, f"参数 {key} 应为不分维度的 percent")


def _check_tables(definition: Definition, domain: Domains, findings: Findings) -> None:
    """Keys of tables lie in the range of their dimension."""
    for parameter in definition.parameters.values():
        for dimension in parameter.by:
            for key in sorted(keys_of(parameter, dimension).difference(domain[dimension])):
                where, label = f"parameters.{parameter.key}", DIMENSION_LABELS[dimension]
                findings.add(parameter.line, where, Fault.UNKNOWN_NAME, f"{label}“{key}”没有声明")


def _check_stays(definition: Definition, findings: Findings) -> None:
    """第几次住院 is counted by the accumulator of that name."""
    asked = any(Dimension.STAY in parameter.by for parameter in definition.parameters.values())
    asked = asked or any(Dimension.STAY in condition.allowed for condition in conditions(definition))
    stays = definition.accumulators.get(STAYS)
    if asked and (stays is None or stays.measure is not Measure.COUNT):
        findings.add(1, f"accumulators.{STAYS}", Fault.ACCUMULATOR, f"按住院次数计算须声明计数累计项“{STAYS}”")


def _check_unused(definition: Definition, findings: Findings) -> None:
    """A value nobody asks for is a misspelt one."""
    asked = {key for rule in definition.every_rule for key, _, _ in parameters_of(rule)}
    asked |= {pay_class.pre_self_pay for pay_class in definition.pay_classes.values() if pay_class.pre_self_pay}
    asked |= set(wellknown.expected(definition)) - wellknown.ASKED_BY_RULES
    for key, parameter in definition.parameters.items():
        if key not in asked:
            findings.add(parameter.line, f"parameters.{key}", Fault.UNUSED, f"参数“{key}”没有规则使用")
    fed = {name for rule in definition.rules for name in touched(rule)}
    for name, accumulator in definition.accumulators.items():
        if name not in fed:
            findings.add(accumulator.line, f"accumulators.{name}", Fault.UNUSED, f"累计项“{name}”没有规则使用")
    cited = {article.partition(" ")[0] for rule in definition.every_rule for article in _articles_of(rule)}
    cited |= {value.source.document for item in definition.parameters.values() for value in leaves(item.cells)}
    for name in definition.documents:
        if name not in cited:
            findings.add(1, f"documents.{name}", Fault.UNUSED, f"文件“{name}”没有参数或规则引用")
    funds = {rule.sub_fund for rule in definition.rules}
    for name in definition.sub_funds:
        if name not in funds:
            findings.add(1, f"sub_funds.{name}", Fault.UNUSED, f"子基金“{name}”没有规则使用")
    for rule in definition.rules:
        if rule.pays is Pays.NOTHING and rule.layer is not LayerId.BASIC:
            findings.add(rule.line, rule.path, Fault.UNUSED, "基本层以外不需要 pays: nothing 的规则")
