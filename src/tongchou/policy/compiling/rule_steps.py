"""One rule as steps (单条规则的展开): base → deductible → bands × ratio, or a fixed amount → caps (GX2017 §87)."""

from dataclasses import dataclass, field, replace

from tongchou.policy.compiling.builder import Builder
from tongchou.policy.compiling.notes import Note
from tongchou.policy.compiling.program import ONE, ZERO, Op
from tongchou.policy.compiling.resolve import Resolved, ResolvedLayer
from tongchou.policy.rounding import Mode
from tongchou.policy.vocabulary import BandsOn, Base, LayerId, Measure, Pays, Per

_WITHIN_SCOPE = dict.fromkeys((Base.IN_SCOPE, Base.BELOW_DEDUCTIBLE, Base.COINSURANCE), Base.REST)
"""Parts of what is left in scope: a payment on them is charged there."""
_CHARGED_FIRST = (Base.REST, Base.PRE_SELF_PAY, Base.OVER_CEILING, Base.OWN_EXPENSE)


@dataclass(slots=True)
class Paid:
    """What one rule came to: names of steps."""

    paid: str
    base: str = ZERO
    deductible: str = ZERO
    payable: str = ZERO
    over_cap: str = ZERO
    ratio: str = ZERO
    left: dict[Base, str] = field(default_factory=dict)

    def measured(self, measure: Measure) -> str:
        """What an accumulator of that measure adds."""
        return {
            Measure.PAID: self.paid,
            Measure.DEDUCTIBLE: self.deductible,
            Measure.BASE: self.base,
            Measure.PAYABLE: self.payable,
            Measure.COUNT: ONE,
        }[measure]


def _name(layer: ResolvedLayer, resolved: Resolved) -> str:
    """What pays: the layer, or where rules compete the rule."""
    return resolved.rule.label if layer.competed else layer.label


class RuleSteps:
    """Adds the steps of rules to a program; `left` names what earlier layers left of each part of the `bill`."""

    def __init__(
        self, build: Builder, left: dict[Base, str], bill: str = "total", basic_deductible: str = ZERO
    ) -> None:
        self._build = build
        self._left = left
        self._bill = bill
        self._basic_deductible = basic_deductible
        self._around: tuple[str, str] | None = None

    def add(self, prefix: str, layer: ResolvedLayer, resolved: Resolved) -> Paid:
        """The steps of one rule."""
        match resolved.rule.pays:
            case Pays.PROJECT_MONEY:
                return self._project(prefix, layer, resolved)
            case Pays.ACCOUNT_BALANCE:
                return self._account(prefix, layer, resolved)
            case _:
                return self._insured(prefix, layer, resolved)

    def _project(self, prefix: str, layer: ResolvedLayer, resolved: Resolved) -> Paid:
        """公共卫生专项经费先行支付 (QA2018 二(三); BEN-17): at most the bill, in-scope cost first."""
        note = self._build.notes.of(resolved, "专项经费支付")
        paid = self._build.step(f"{prefix}_paid", Op.LEAST, "project", self._bill, note=note)
        return Paid(paid=paid, left=self._charged(prefix, paid, _CHARGED_FIRST, f"{layer.label}支付后余额"))

    def _account(self, prefix: str, layer: ResolvedLayer, resolved: Resolved) -> Paid:
        """个人账户支付 (NM-ACCT §12; BEN-34): within its permitted uses (`acc.uses`) and balance. The last layer."""
        refs = [self._part(prefix, part) for part in resolved.rule.base]
        several = None
        if len([ref for ref in refs if ref != ZERO]) > 1:
            several = self._build.notes.of(resolved, "个人账户可付部分", also=("base",))
        base = self._build.sum(f"{prefix}_base", refs, several)
        note = self._build.notes.of(resolved, "个人账户支付", also=("base",))
        paid = self._build.step(f"{prefix}_paid", Op.LEAST, "balance", base, note=note)
        return Paid(paid=paid, base=base, left=dict(self._left))

    def _part(self, prefix: str, part: Base) -> str:
        """One part of a base: what is still unpaid of it."""
        if part in (Base.BELOW_DEDUCTIBLE, Base.COINSURANCE):
            below, above = self._around_deductible(prefix)
            return below if part is Base.BELOW_DEDUCTIBLE else above
        return self._left[_WITHIN_SCOPE.get(part, part)]

    def _around_deductible(self, prefix: str) -> tuple[str, str]:
        """起付线以下, 起付线以上封顶线以下: what is still unpaid of each (decision 0120).

        What later layers paid is charged first to the part between deductible and cap, then to that below it.
        """
        if self._around is None:
            build, rest, over_cap = self._build, self._left[Base.REST], self._left[Base.OVER_CAP]
            within = build.step(f"{prefix}_within_cap", Op.LESS, rest, over_cap)
            build.notes.name(within, "封顶线以下个人负担")
            below, above = ZERO, within
            if self._basic_deductible != ZERO:
                below = build.step(f"{prefix}_below", Op.LEAST, self._basic_deductible, within)
                above = build.step(f"{prefix}_between", Op.LESS, within, below)
                build.notes.name(below, "起付线以下个人负担")
                build.notes.name(above, "起付线以上、封顶线以下个人负担")
            self._around = below, above
        return self._around

    def third_party(self) -> tuple[str, dict[Base, str]]:
        """应由第三人负担的费用 (BEN-38): nobody's base; in-scope cost first: no fund pays in another's stead."""
        note = self._build.notes.plain("第三人负担费用")
        borne = self._build.step("third_party", Op.LEAST, "liability", "total", note=note)
        return borne, self._charged("third_party", borne, _CHARGED_FIRST, "扣除第三人负担后余额")

    def _insured(self, prefix: str, layer: ResolvedLayer, resolved: Resolved) -> Paid:
        """Base → deductible → bands × ratio, or a fixed amount → caps (GX2017 §87)."""
        base = self._base(prefix, resolved)
        deductible = self._deductible(prefix, layer, base, resolved)
        payable = base
        if deductible != ZERO:
            note = self._build.notes.of(resolved, "起付线以上费用", unless_zero=layer.id is not LayerId.BASIC)
            payable = self._build.step(f"{prefix}_payable", Op.LESS, base, deductible, note=note)
        if deductible != ZERO and layer.id is not LayerId.BASIC:
            self._build.guard = payable  # most bills stay below the threshold of a later layer
        entitled, ratio = self._entitled(prefix, layer, deductible, payable, resolved)
        paid, over_cap = self._capped(prefix, layer, entitled, resolved)
        self._build.guard = None
        left = self._charged(prefix, paid, resolved.rule.base, f"{layer.label}支付后余额")
        return Paid(paid, base, deductible, payable, over_cap, ratio, left)

    def _base(self, prefix: str, resolved: Resolved) -> str:
        """计算基数: what is still unpaid of the parts the rule pays on."""
        refs = [self._part(prefix, part) for part in resolved.rule.base]
        base = self._build.sum(f"{prefix}_base", refs)
        if resolved.include_over_cap or self._left[Base.OVER_CAP] == ZERO:
            return base
        note = self._build.notes.of(resolved, "不计超封顶线费用的基数")
        return self._build.step(f"{prefix}_base_capped", Op.LESS, base, self._left[Base.OVER_CAP], note=note)

    def _deductible(self, prefix: str, layer: ResolvedLayer, base: str, resolved: Resolved) -> str:
        """起付线 (BEN-15): the lesser of the base and what is still to be met; below it the person bears."""
        rule = resolved.rule
        if resolved.deductible_fen is None or rule.deductible is None:
            return ZERO
        limit = self._build.constant(prefix, "deductible", resolved.deductible_fen, resolved, "起付标准")
        if rule.deductible.per is Per.YEAR:
            met = f"@{rule.deductible.accumulator}"
            limit = self._build.step(f"{prefix}_deductible_left", Op.POSITIVE, limit, met)
            self._build.notes.name(limit, "年度剩余起付标准")
        else:
            for fact in resolved.already:
                limit = self._build.step(f"{prefix}_deductible_left_{fact}", Op.POSITIVE, limit, fact)
                self._build.notes.name(limit, "补足后起付标准")
        label = "起付线" if layer.id is LayerId.BASIC else f"{layer.label}起付线"
        note = self._build.notes.of(resolved, label, resolved.deductible_words, also=("deductible",))
        return self._build.step(f"{prefix}_deductible", Op.LEAST, base, limit, note=note)

    def _entitled(
        self, prefix: str, layer: ResolvedLayer, deductible: str, payable: str, resolved: Resolved
    ) -> tuple[str, str]:
        """按比例或定额应付 (BEN-18, BEN-25), and the ratio applied."""
        name = _name(layer, resolved)
        label = f"{name}应付" if resolved.caps else f"{name}支付"
        later = layer.id is not LayerId.BASIC
        if resolved.rule.pays is Pays.RATIO:
            note = self._build.notes.of(resolved, label, resolved.ratio_words, unless_zero=later)
            return self._by_ratio(prefix, note, deductible, payable, resolved)
        amount = self._build.constant(prefix, "amount", resolved.amount_fen, resolved, "定额")
        if resolved.rule.pays is Pays.FIXED:
            note = self._build.notes.of(resolved, label, "定额,不超过费用")
            entitled = self._build.step(f"{prefix}_entitled", Op.LEAST, payable, amount, note=note)
        else:
            note = self._build.notes.of(resolved, label, "个人定额自付,其余由基金支付")
            entitled = self._build.step(f"{prefix}_entitled", Op.POSITIVE, payable, amount, note=note)
        return entitled, self._build.step(f"{prefix}_ratio", Op.RATIO, entitled, payable)

    def _by_ratio(self, prefix: str, note: Note, deductible: str, payable: str, resolved: Resolved) -> tuple[str, str]:
        if len(resolved.bands) == 1:
            ratio = self._build.constant(prefix, "ratio", resolved.bands[0].ratio_ppm, resolved, "比例", "ppm")
            share = self._share(f"{prefix}_entitled", payable, ratio, note, resolved)
            return self._at_most(prefix, share, payable, note, resolved), ratio
        start = self._band_start(prefix, deductible, payable, resolved)
        end = self._build.step(f"{prefix}_end", Op.SUM, start, payable, guard=payable) if start != ZERO else payable
        parts, beyond = [], payable
        for number, band in enumerate(resolved.bands, 1):
            here = f"{prefix}_band_{number}"
            ratio = self._build.constant(prefix, f"ratio_{number}", band.ratio_ppm, resolved, "比例", "ppm")
            low = (
                self._build.constant(prefix, f"low_{number}", band.low_fen, resolved, "分段下限")
                if band.low_fen
                else ZERO
            )
            high = ZERO
            if band.high_fen is not None:
                high = self._build.constant(prefix, f"high_{number}", band.high_fen, resolved, "分段上限")
            if number == 2:  # most bills end in the first band
                beyond = self._build.step(f"{prefix}_beyond", Op.POSITIVE, end, low, guard=payable)
            inside = self._build.step(f"{here}_part", Op.SLICE, start, end, low, high, guard=beyond)
            self._build.notes.name(inside, f"第{number}段内费用")
            label, words = f"第{number}段应付", resolved.ratio_words
            told = self._build.notes.of(resolved, label, words, also=("ratio",), unless_zero=True)
            parts.append(self._share(here, inside, ratio, told, resolved, guard=beyond))
        note = replace(note, words="")
        entitled = self._build.step(f"{prefix}_entitled", Op.SUM, *parts, guard=payable, note=note)
        entitled = self._at_most(prefix, entitled, payable, note, resolved)
        return entitled, self._build.step(f"{prefix}_ratio", Op.RATIO, entitled, payable)

    def _share(
        self, name: str, amount: str, ratio: str, note: Note, resolved: Resolved, guard: str | None = None
    ) -> str:
        """Amount × ratio, rounded as the rule says, or the package (BEN-41)."""
        rounding = resolved.rule.rounding
        return self._build.step(name, Op.SHARE, amount, ratio, guard=guard, note=note, rounding=rounding)

    def _at_most(self, prefix: str, entitled: str, payable: str, note: Note, resolved: Resolved) -> str:
        """Rounded up to a jiao or a yuan, a share could pass the cost itself."""
        definition = self._build.definition
        mode, unit = resolved.rule.rounding or (definition.rounding, definition.rounding_unit_fen)
        if mode is Mode.DOWN or unit == 1:
            return entitled
        return self._build.step(f"{prefix}_rounded", Op.LEAST, entitled, payable, note=replace(note, unless_zero=True))

    def _band_start(self, prefix: str, deductible: str, payable: str, resolved: Resolved) -> str:
        """Where on the axis of the bands this settlement begins (decision 0103)."""
        rule, before = resolved.rule, f"@{resolved.rule.cumulate}" if resolved.rule.cumulate else ZERO
        if rule.bands_on is BandsOn.FROM_ZERO:
            return self._build.sum(f"{prefix}_start", [before, deductible])
        if before == ZERO or resolved.deductible_fen is None:
            return before
        if self._build.definition.accumulators[str(rule.cumulate)].measure is Measure.PAYABLE:
            return before
        return self._build.step(f"{prefix}_start", Op.POSITIVE, before, f"#{prefix}_deductible", guard=payable)

    def _capped(self, prefix: str, layer: ResolvedLayer, entitled: str, resolved: Resolved) -> tuple[str, str]:
        """限额 (BEN-21): paid is what fits under every cap; the rest is over the cap and the person's."""
        if not resolved.caps:
            return entitled, ZERO
        rooms = []
        for number, (limit_fen, cap) in enumerate(resolved.caps, 1):
            limit = self._build.constant(prefix, f"cap_{number}", limit_fen, resolved, "限额")
            if cap.accumulator:
                label = f"{self._build.notes.labels[limit]}剩余额度"
                limit = self._build.step(f"{prefix}_room_{number}", Op.POSITIVE, limit, f"@{cap.accumulator}")
                self._build.notes.name(limit, label)
            rooms.append(limit)
        also = tuple(f"cap_{number}" for number in range(1, len(rooms) + 1))
        later = layer.id is not LayerId.BASIC
        note = self._build.notes.of(resolved, f"{_name(layer, resolved)}支付", also=also, unless_zero=later)
        paid = self._build.step(f"{prefix}_paid", Op.LEAST, entitled, *rooms, note=note)
        note = self._build.notes.of(resolved, "超过限额部分", "由个人负担", unless_zero=True)
        return paid, self._build.step(f"{prefix}_over_cap", Op.LESS, entitled, paid, note=note)

    def _charged(self, prefix: str, paid: str, parts: tuple[Base, ...], name: str) -> dict[Base, str]:
        """What is left unpaid of each part after this payment, which is charged to the parts in order."""
        left, open_amount = dict(self._left), paid
        ordered = [_WITHIN_SCOPE.get(part, part) for part in parts]
        for place, part in enumerate(ordered):
            before, last = left[part], place == len(ordered) - 1
            taken = open_amount if last else self._build.step(f"{prefix}_from_{part}", Op.LEAST, open_amount, before)
            left[part] = self._build.step(f"{prefix}_left_{part}", Op.LESS, before, taken)
            if part is Base.OVER_CAP:
                left[Base.REST] = self._build.step(f"{prefix}_left_of_rest", Op.LESS, left[Base.REST], taken)
                self._build.notes.name(left[Base.REST], name)
            self._build.notes.name(left[part], name)
            if not last:
                open_amount = self._build.step(f"{prefix}_after_{part}", Op.LESS, open_amount, taken)
        if left[Base.OVER_CAP] != ZERO and Base.REST in ordered:
            left[Base.OVER_CAP] = self._build.step(
                f"{prefix}_left_over_cap", Op.LEAST, left[Base.OVER_CAP], left[Base.REST]
            )
        return left
