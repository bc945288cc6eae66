"""Resolved rules → program (规则的展开), following *Order of computation* steps 4 to 13.

Each layer takes its base from what earlier layers left, so the shares always add up to the bill.
"""

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import TypeAlias

from tongchou.policy.compiling.builder import Builder
from tongchou.policy.compiling.dominance import undominated
from tongchou.policy.compiling.notes import Note, Notes
from tongchou.policy.compiling.program import ZERO, Op, Program
from tongchou.policy.compiling.resolve import Resolved, ResolvedLayer
from tongchou.policy.compiling.rule_steps import Paid, RuleSteps
from tongchou.policy.definition import Accumulator, Definition
from tongchou.policy.loading.references import touched
from tongchou.policy.vocabulary import Base, LayerId

Pick: TypeAlias = Callable[[str, list[str]], str]

_FUND_LAYERS = tuple(layer for layer in LayerId if layer is not LayerId.ACCOUNT)


@dataclass(frozen=True, slots=True)
class Lowered:
    """A program with the constants of one plan and the words for its steps."""

    program: Program
    constants: dict[str, int]
    notes: Notes


class Lowering:
    """Builds one program, step by step."""

    def __init__(self, definition: Definition) -> None:
        self._build = Builder(definition)
        self._left: dict[Base, str] = {
            Base.REST: "in_scope",
            Base.OVER_CAP: ZERO,
            Base.PRE_SELF_PAY: "pre_self_pay",
            Base.OVER_CEILING: "over_ceiling",
            Base.OWN_EXPENSE: "own_expense",
        }
        self._paid: dict[LayerId, Paid] = {}
        self._sub_funds: list[tuple[str, str, str]] = []
        self._deltas: dict[str, list[str]] = {}
        self._third_party, self._bill = ZERO, "total"

    def lower(self, layers: tuple[ResolvedLayer, ...], *, third_party: bool = False) -> Lowered:
        """The layers that apply at a point, as one program; first what a `third_party` has to bear is taken out."""
        self._build.notes.bill()
        if third_party:
            self._third_party, self._left = RuleSteps(self._build, self._left).third_party()
            self._bill = self._build.step("bill_without_third_party", Op.LESS, "total", self._third_party)
            self._build.notes.name(self._bill, "扣除第三人负担后费用")
        for layer in layers:
            self._layer(self._narrowed(layer))
        return Lowered(self._program(), self._build.constants, self._build.notes)

    def _narrowed(self, layer: ResolvedLayer) -> ResolvedLayer:
        """Without the rules that cannot pay most. In the basic layer all stay: what is over its cap counts on."""
        if len(layer.alternatives) == 1 or layer.id is LayerId.BASIC:
            return layer
        kept = undominated(layer.alternatives, self._build.definition)
        return replace(layer, alternatives=kept, given_way=tuple(r for r in layer.alternatives if r not in kept))

    def _layer(self, layer: ResolvedLayer) -> None:
        several = len(layer.alternatives) > 1
        outcomes = []
        for number, resolved in enumerate(layer.alternatives):
            prefix = f"{layer.id}_{number + 1}" if several else str(layer.id)
            self._build.notes.choosing(f"{layer.id}_winner" if several else "", number)
            outcomes.append(self._rule_steps().add(prefix, layer, resolved))
        self._build.notes.choosing("", 0)
        chosen = self._most_favourable(layer, outcomes) if several else outcomes[0]
        if not several:
            self._book(layer.id, layer.alternatives[0], chosen)
            self._tell_given_way(layer, chosen)
        self._paid[layer.id] = chosen
        self._left = chosen.left
        if layer.id is LayerId.BASIC:
            self._left[Base.OVER_CAP] = self._over_cap(layer, chosen)

    def _rule_steps(self) -> RuleSteps:
        basic = self._paid.get(LayerId.BASIC)
        return RuleSteps(self._build, self._left, self._bill, basic.deductible if basic else ZERO)

    def _over_cap(self, layer: ResolvedLayer, chosen: Paid) -> str:
        """超封顶线 within what is left in scope: a fixed own part may have been paid on more than that (BEN-37)."""
        parts = {part for resolved in layer.alternatives for part in resolved.rule.base}
        if chosen.over_cap == ZERO or parts <= {Base.IN_SCOPE, Base.REST}:
            return chosen.over_cap
        name = self._build.step("basic_over_cap_in_scope", Op.LEAST, chosen.over_cap, chosen.left[Base.REST])
        self._build.notes.name(name, "政策范围内超过限额部分")
        return name

    def _book(self, layer: LayerId, resolved: Resolved, paid: Paid) -> None:
        """What a rule pays from which sub-fund (BEN-24) and adds to which accumulators (BEN-21)."""
        self._sub_funds.append((resolved.rule.sub_fund, layer, paid.paid))
        for name in touched(resolved.rule):
            self._deltas.setdefault(name, []).append(paid.measured(self._accumulator(name).measure))

    def _tell_given_way(self, layer: ResolvedLayer, chosen: Paid) -> None:
        """Why this rule and no other, where others held too (BEN-29): a line of the explanation, nothing computed."""
        if layer.given_way:
            note = self._build.notes.most_favourable(layer)
            chosen.paid = self._build.step(f"{layer.id}_paid_by_choice", Op.SUM, chosen.paid, note=note)

    def _accumulator(self, name: str) -> Accumulator:
        return self._build.definition.accumulators[name]

    def _most_favourable(self, layer: ResolvedLayer, outcomes: list[Paid]) -> Paid:
        """多重身份取最优惠 (BEN-29): the alternative that pays most, with all its parts."""
        notes = self._build.notes
        winner = self._build.step(f"{layer.id}_winner", Op.WINNER, *(outcome.paid for outcome in outcomes))

        def pick(part: str, refs: list[str], note: Note | None = None) -> str:
            if len(set(refs)) == 1 and note is None:
                return refs[0]
            return self._build.step(f"{layer.id}_{part}", Op.PICK, winner, *refs, note=note)

        chosen = Paid(
            paid=pick("paid", [outcome.paid for outcome in outcomes], notes.most_favourable(layer)),
            base=pick("base", [outcome.base for outcome in outcomes]),
            deductible=pick("deductible", [outcome.deductible for outcome in outcomes]),
            payable=pick("payable", [outcome.payable for outcome in outcomes]),
            over_cap=pick("over_cap", [outcome.over_cap for outcome in outcomes]),
            ratio=pick("ratio", [outcome.ratio for outcome in outcomes]),
            left={part: pick(f"left_{part}", [outcome.left[part] for outcome in outcomes]) for part in self._left},
        )
        for ref in chosen.left.values():
            notes.name(ref, f"{layer.label}支付后余额")
        self._book_chosen(layer, outcomes, pick)
        return chosen

    def _book_chosen(self, layer: ResolvedLayer, outcomes: list[Paid], pick: Pick) -> None:
        """The same as `_book` where rules compete: what the one that pays most books, the others nothing."""
        rules = [resolved.rule for resolved in layer.alternatives]
        for fund in dict.fromkeys(rule.sub_fund for rule in rules):
            refs = [paid.paid if rule.sub_fund == fund else ZERO for rule, paid in zip(rules, outcomes, strict=True)]
            self._sub_funds.append((fund, layer.id, pick(f"from_{fund}", refs)))
        for name in dict.fromkeys(name for rule in rules for name in touched(rule)):
            measure = self._accumulator(name).measure
            refs = [
                paid.measured(measure) if name in touched(rule) else ZERO
                for rule, paid in zip(rules, outcomes, strict=True)
            ]
            self._deltas.setdefault(name, []).append(pick(f"adds_{name}", refs))

    def _program(self) -> Program:
        """基金支付总额、个人负担、现金 (BEN-41): the sum of the layers, the account and the cash is the bill."""
        paid = {layer: self._paid[layer].paid if layer in self._paid else ZERO for layer in LayerId}
        basic = self._paid.get(LayerId.BASIC, Paid(ZERO))
        build, plain = self._build, self._build.notes.plain
        funds = build.sum("fund_total", [paid[layer] for layer in _FUND_LAYERS], plain("基金支付总额"))
        person = build.step("person_share", Op.LESS, "total", funds, note=plain("个人负担总额"))
        cash = build.step("cash", Op.LESS, person, paid[LayerId.ACCOUNT], note=plain("个人现金支付"))
        outputs = (
            ("deductible", basic.deductible),
            ("ratio", basic.ratio),
            ("over_cap", basic.over_cap),
            *((str(layer), paid[layer]) for layer in LayerId),
            ("fund_total", funds),
            ("person_share", person),
            ("cash", cash),
            ("third_party", self._third_party),
        )
        deltas = tuple((name, build.sum(f"delta_{name}", refs)) for name, refs in self._deltas.items())
        return Program(
            steps=tuple(build.steps),
            outputs=outputs,
            sub_funds=tuple(row for row in self._sub_funds if row[2] != ZERO),
            deltas=tuple(row for row in deltas if row[1] != ZERO),
            rounding=build.definition.rounding,
            rounding_unit_fen=build.definition.rounding_unit_fen,
        )
