"""Parameters that code outside the layers asks for by name (固定参数): they must be there, of the right unit."""

from typing import Final

from tongchou.policy.definition import Definition, Value
from tongchou.policy.findings import Fault, Findings
from tongchou.policy.vocabulary import LayerId, Unit

EVERY_PACKAGE: Final[dict[str, tuple[Unit, frozenset[str]]]] = {
    "benefit.asof": (Unit.CHOICE, frozenset({"discharge", "admission"})),
    "benefit.cross_start": (Unit.CHOICE, frozenset({"service_date", "admission_date"})),
    "benefit.cross_end": (Unit.CHOICE, frozenset({"service_date", "admission_date"})),
    "benefit.level_asof": (Unit.CHOICE, frozenset({"admission", "discharge"})),
    "crossyear.mode": (Unit.CHOICE, frozenset({"discharge", "split"})),
    "away.catalogue": (Unit.CHOICE, frozenset({"insured_place", "care_place"})),
}
YEARLY_CONTRIBUTION: Final[dict[str, tuple[Unit, frozenset[str]]]] = {
    "contrib.window.normal.from": (Unit.MONTH_DAY, frozenset()),
    "contrib.window.normal.until": (Unit.MONTH_DAY, frozenset()),
    "contrib.window.grace.month": (Unit.COUNT, frozenset()),
    "contrib.window.first_mid.until": (Unit.MONTH_DAY, frozenset()),
    "contrib.first_after_mid_year": (Unit.CHOICE, frozenset({"refuse", "next_month"})),
    "contrib.late_allowed": (Unit.SWITCH, frozenset()),
    "benefit.grace_start": (Unit.CHOICE, frozenset({"year_start", "payment_date"})),
    "benefit.start.next_month": (Unit.SWITCH, frozenset()),
    "benefit.break_min": (Unit.MONTHS, frozenset()),
    "benefit.break_month_index": (Unit.CHOICE, frozenset({"payment_month", "following_month"})),
    "newborn.months": (Unit.MONTHS, frozenset()),
    "newborn.year_rule": (Unit.CHOICE, frozenset({"birth_year", "birth_year_and_following"})),
}
"""待遇享受期 (GX2017 §22); a scheme paid monthly has none of these."""
OF_KIND: Final[dict[str, dict[str, tuple[Unit, frozenset[str]]]]] = {
    "chronic": {"chronic.unmarked_lines": (Unit.CHOICE, frozenset({"related", "unrelated"}))},
    "home_bed": {"homebed.discharge_day": (Unit.CHOICE, frozenset({"allowed", "excluded"}))},
    "maternity": {
        "maternity.mode": (Unit.CHOICE, frozenset({"fixed", "ratio"})),
        "newborn.with_mother": (Unit.SWITCH, frozenset()),
    },
}
"""What is asked where a package has that kind of care (GX2017 §66, 69, 76)."""
OF_GROUPS: Final[dict[str, tuple[Unit, frozenset[str]]]] = {
    "group.priority": (Unit.CHOICE, frozenset({"most_favourable", "listed"})),
}
"""What is asked where a package tells groups apart (BEN-29)."""
OF_ACCOUNTS: Final[dict[str, tuple[Unit, frozenset[str]]]] = {"acc.enabled": (Unit.SWITCH, frozenset())}
"""What is asked where a package has a layer of personal accounts (ACC-01)."""
ASKED_BY_RULES: Final = frozenset({"maternity.mode", "acc.enabled"})
"""Of these those that the package's own rules have to ask for, or they would be without effect."""


def expected(definition: Definition) -> dict[str, tuple[Unit, frozenset[str]]]:
    yearly = YEARLY_CONTRIBUTION if definition.header.contribution == "yearly" else {}
    wanted = EVERY_PACKAGE | yearly
    for kind, parameters in OF_KIND.items():
        wanted |= parameters if kind in definition.kinds else {}
    wanted |= OF_GROUPS if definition.groups else {}
    return wanted | (OF_ACCOUNTS if any(layer.id is LayerId.ACCOUNT for layer in definition.layers) else {})


def check(definition: Definition, findings: Findings) -> None:
    """Each fixed parameter is present, has its unit, and offers only choices that the code knows."""
    for key, (unit, known) in expected(definition).items():
        parameter = definition.parameters.get(key)
        if parameter is None:
            findings.add(1, f"parameters.{key}", Fault.MISSING_PARAMETER, f"缺参数 {key}")
            continue
        where = f"parameters.{key}"
        if parameter.unit is not unit or parameter.by:
            findings.add(parameter.line, where, Fault.WRONG_UNIT, f"参数 {key} 的单位应为 {unit},且不分维度")
        elif isinstance(parameter.cells, Value):
            _check_value(parameter.cells, known, where, findings)


def _check_value(value: Value, known: frozenset[str], where: str, findings: Findings) -> None:
    if value.content is None:
        findings.add(value.line, where, Fault.MISSING_PARAMETER, f"缺参数 {value.key}")
    elif known and value.content not in known:
        supported = "、".join(sorted(known))
        findings.add(value.line, where, Fault.BAD_VALUE, f"“{value.content}”不是系统支持的选项({supported})")
    elif value.key == "contrib.window.grace.month" and value.content not in range(1, 13):
        findings.add(value.line, where, Fault.BAD_VALUE, "延迟缴费截止月份应为1至12")
