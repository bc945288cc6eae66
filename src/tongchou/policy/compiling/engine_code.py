"""The entry of a package's engine (入口): from facts to the plan that settles them.

A plan is everything discrete settled once: rules, numbers, generated functions. Plans are found by the facts that the
package asks about for that kind of visit, and made when first met.
"""

from collections.abc import Callable
from dataclasses import dataclass, field
from functools import cached_property
from types import CodeType
from typing import Any, Final, TypeAlias

from tongchou.kernel.months import age_on
from tongchou.policy.compiling import python_code
from tongchou.policy.compiling.lower import Lowered, Lowering
from tongchou.policy.compiling.notes import PlanScript
from tongchou.policy.compiling.points import Point, point_of
from tongchou.policy.compiling.program import Program
from tongchou.policy.compiling.resolve import Resolver
from tongchou.policy.definition import Definition
from tongchou.policy.errors import UnknownFact
from tongchou.policy.facts import ClassSums, Facts, Operand, Outcome, Trace, TraceStep
from tongchou.policy.loading.domains import conditions_of
from tongchou.policy.loading.references import asked_for, met_by_ordinary_visits, rules_for
from tongchou.policy.vocabulary import STAYS, Dimension, Pays

Key: TypeAlias = tuple[Any, ...]

MOST_PLANS: Final = 50_000
"""Plans kept per package; facts are finite, so this is only a guard against a caller that invents groups."""

_FACTS: Final = {
    Dimension.LEVEL: "facts.level",
    Dimension.PLACE: "facts.place",
    Dimension.REFERRAL: "facts.referral",
    Dimension.EMERGENCY: "facts.emergency",
    Dimension.DESIGNATED: "facts.designated",
    Dimension.DISEASE: "facts.disease",
    Dimension.CATEGORY: "facts.category",
    Dimension.CONTRACTED: "facts.contracted",
    Dimension.CHANNEL: "facts.manual",
    Dimension.PRESCRIBED: "facts.prescribed",
}
_AGE: Final = "facts.born_on and age_on(facts.born_on, facts.on)"
EXCLUDED_KIND: Final = "不在报销范围"
NOT_COVERED: Final = "不享受待遇"


@dataclass(frozen=True)
class Plan:
    """One point, ready to settle; each of the two functions is generated when first wanted."""

    point: Point
    lowered: Lowered | None
    make_scalar: Callable[[], python_code.Settle]
    make_traced: Callable[[], python_code.Settle]

    @cached_property
    def scalar(self) -> python_code.Settle:
        """Settles."""
        return self.make_scalar()

    @cached_property
    def traced(self) -> python_code.Settle:
        """Settles and records every step."""
        return self.make_traced()


@dataclass(slots=True)
class EngineCode:
    """The compiled engine of one package: `scalar` and `traced` settle, `plan` gives what stands behind them."""

    definition: Definition
    package_hash: str
    scalar: python_code.Settle = field(init=False)
    traced: python_code.Settle = field(init=False)
    _resolver: Resolver = field(init=False)
    _plans: dict[Point, Plan] = field(init=False, default_factory=dict)

    def __post_init__(self) -> None:
        self._resolver = Resolver(self.definition)
        source = entry_source(self.definition, self._resolver.numbered_stays)
        code = compile(source, "<policy entry>", "exec")
        self.scalar = self._entry(code, lambda plan: plan.scalar, traced=False)
        self.traced = self._entry(code, lambda plan: plan.traced, traced=True)

    def plan(self, facts: Facts, state: dict[str, int]) -> Plan:
        """The plan for these facts. Raises: MissingParameter, UnknownFact."""
        if facts.scheme != self.definition.header.scheme:
            raise UnknownFact(name="险种(与政策包不符)", value=facts.scheme)
        return self.plan_at(point_of(facts, facts.stay_number or state.get(STAYS, 0) + 1))

    def plan_at(self, point: Point) -> Plan:
        """The plan at a point; points that the package does not tell apart share one."""
        point = self._resolver.relevant(point)
        found = self._plans.get(point)
        if found is None:
            if len(self._plans) >= MOST_PLANS:
                self._plans.clear()
            found = self._plans[point] = self._made(point)
        return found

    def _made(self, point: Point) -> Plan:
        if point.kind not in self.definition.kinds:
            return self._excluding(point, f"{EXCLUDED_KIND}:{point.kind}", "BEN-11")
        layers = self._resolver.layers(point)
        first = layers[0].alternatives[0].rule if layers else None
        if first is not None and first.pays is Pays.EXCLUDED:
            return self._excluding(point, first.reason, first.article)
        lowered = Lowering(self.definition).lower(layers, third_party=point.third_party)

        def scalar() -> python_code.Settle:
            return self._bound(lowered.program.pruned(), lowered, None)

        def traced() -> python_code.Settle:
            script = PlanScript(lowered.notes, lowered.constants, self.package_hash)
            return self._bound(lowered.program.recording(script.record).pruned(), lowered, script)

        return Plan(point, lowered, scalar, traced)

    def _bound(self, program: Program, lowered: Lowered, script: PlanScript | None) -> python_code.Settle:
        accumulators = tuple(self.definition.accumulators.values())
        constants = [lowered.constants[slot] for slot in program.slots]
        return python_code.factory(program, accumulators)(*constants, script)

    def _excluding(self, point: Point, reason: str, article: str) -> Plan:
        def scalar(facts: Facts, sums: ClassSums, state: dict[str, int]) -> Outcome:
            return excluded(facts, sums, reason)

        def traced(facts: Facts, sums: ClassSums, state: dict[str, int]) -> Outcome:
            return excluded(facts, sums, reason, ExclusionScript(reason, article, self.package_hash))

        return Plan(point, None, lambda: scalar, lambda: traced)

    def _entry(
        self, code: CodeType, chosen: Callable[[Plan], python_code.Settle], *, traced: bool
    ) -> python_code.Settle:
        """The generated function that finds the plan by the facts this package asks about, kind by kind."""
        known: dict[Key, python_code.Settle] = {}

        def meet(key: Key, facts: Facts, state: dict[str, int]) -> python_code.Settle:
            if len(known) >= MOST_PLANS:
                known.clear()
            known[key] = settle = chosen(self.plan(facts, state))
            return settle

        def uncovered(facts: Facts, sums: ClassSums) -> Outcome:
            reason = facts.reason or NOT_COVERED
            return excluded(facts, sums, reason, ExclusionScript(reason, "", self.package_hash) if traced else None)

        namespace: dict[str, Any] = {"known": known, "meet": meet, "uncovered": uncovered, "age_on": age_on}
        exec(code, namespace)  # noqa: S102 - our own generated text
        settle: python_code.Settle = namespace["settle"]
        return settle


def entry_source(definition: Definition, numbered_stays: int) -> str:
    """The Python text of the entry: a key of exactly the facts that matter for the kind."""
    lines = ["def settle(facts, sums, state):", "    if facts.reason or not facts.covered:"]
    lines += ["        return uncovered(facts, sums)", "    kind = facts.kind"]
    word = "if"
    for kind in definition.kinds:
        lines.append(f"    {word} kind == {kind!r}:")
        parts = [repr(kind), *_asked(definition, kind)]
        if Dimension.STAY in asked_for(definition, kind):
            most = numbered_stays + 1
            lines.append(f"        stay = facts.stay_number or state.get({STAYS!r}, 0) + 1")
            parts.append(f"stay if stay < {most} else {most}")
        lines.append(f"        key = ({', '.join(parts)}, facts.scheme)")
        word = "elif"
    lines += ["    else:", "        key = (kind, facts.scheme)"]
    rare = ["facts.third_party_fen", "facts.continued_deductible_fen is not None"]
    also = ["facts.third_party_fen != 0", "facts.continued_deductible_fen is None"]
    if not all(map(met_by_ordinary_visits, definition.every_rule)):
        rare += ["not facts.contracted", "facts.manual"]
        also += ["facts.contracted", "facts.manual", *_FACTS.values(), "facts.groups", _AGE]
    lines += [f"    if {' or '.join(rare)}:  # rare", f"        key = (key, {', '.join(also)})"]
    lines += ["    try:", "        plan = known[key]", "    except KeyError:", "        plan = None"]
    lines += ["    if plan is None:", "        plan = meet(key, facts, state)"]
    return "\n".join([*lines, "    return plan(facts, sums, state)", ""])


def _asked(definition: Definition, kind: str) -> list[str]:
    """The facts that tell ordinary visits of a kind apart; those that only rare facts make matter are in their key."""
    asked = asked_for(definition, kind, ordinary=True)
    parts = [source for dim, source in _FACTS.items() if dim in asked]
    rules = [rule for rule in rules_for(definition, kind) if met_by_ordinary_visits(rule)]
    if any(condition.groups for rule in rules for condition in conditions_of(rule)):
        parts.append("facts.groups")
    if any(condition.asks_age for rule in rules for condition in conditions_of(rule)):
        parts.append(_AGE)
    if any(rule.deductible and rule.deductible.linked for rule in rules):
        parts.append("facts.linked_deductible_fen is None")
    if any(rule.pays is Pays.PROJECT_MONEY for rule in rules):
        parts.append("not facts.project_fen")
    if any(rule.pays is Pays.ACCOUNT_BALANCE for rule in rules):
        parts.append("facts.use_account and facts.account_balance_fen != 0")
    return parts


def excluded(facts: Facts, sums: ClassSums, reason: str, script: "ExclusionScript | None" = None) -> Outcome:
    """不予支付: the whole bill is own expense, no fund and no account pays (BEN-11, BEN-14, BEN-33)."""
    python_code.refuse_negative(facts, sums)
    total = sums.total_fen
    trace = Trace(script, (total,)) if script else None
    zeros = (0,) * 11
    return Outcome(total, total, 0, 0, 0, *zeros, total, total, 0, (), {}, reason, trace)


@dataclass(frozen=True, slots=True)
class ExclusionScript:
    """The one line that explains why nothing is paid."""

    reason: str
    article: str
    package_hash: str

    def told(self, values: tuple[int, ...]) -> list[TraceStep]:
        bill = (Operand("全自费", values[0], "fen"),)
        package = self.package_hash
        return [
            TraceStep("total", "", "", "医疗费总额", values[0], "sum", bill, "", "", (), package, True),
            TraceStep(
                "excluded", "", "", "不予支付", values[0], "sum", bill, self.reason, self.article, (), package, True
            ),
        ]
