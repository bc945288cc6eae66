"""Charge lines by class (费用明细审核, GX2017 §85; BEN-12, BEN-13, BEN-14).

Per line, in this order: refused by rule → outside the coverage → own-expense class → price ceiling → limits →
first self-pay. `amount = own expense + over ceiling + first self-pay + in scope`, to the fen, for charges and refunds
alike; a refund is its charge with the sign turned. Lines do not influence each other, so their order does not matter.
"""

from collections.abc import Iterable, Mapping, Sequence
from datetime import date
from typing import Final, NamedTuple, TypeAlias

from tongchou.policy.definition import Definition, Value
from tongchou.policy.errors import MissingParameter, UnknownPayClass
from tongchou.policy.facts import ClassSums
from tongchou.policy.rounding import PPM, Mode

REASONS: Final = {
    "BEN-09": "待遇享受期开始前发生的费用",
    "BEN-10": "待遇享受期结束后发生的费用",
    "BEN-13": "超出限定范围",
    "BEN-25": "新生儿费用在新生儿本人名下结算",
    "BEN-26": "家庭病床同意建床前或住院期间的费用",
    "BEN-38": "应由第三人、工伤保险、公共卫生负担或在境外就医的费用",
    "DOC-06": "医师未备案或已暂停,非急诊",
    "ENC-04": "未在选定的定点机构就医",
    "ENC-12": "14天内再次住院未备案",
    "ENC-40": "特殊检查、治疗未经审批",
    "CAT-15": "未对照目录",
    "MON-12": "审核拒付",
}
"""Reasons that lines carry; a code not listed is shown as it is."""


class LineFacts(NamedTuple):
    """One charge line. A plain tuple of the same ten values does as well, and faster.

    `ratio_ppm` is the catalogue item's first self-pay ratio (None: the class's). `ceiling_fen` is the most that is
    payable for this line (unit ceiling × quantity). `quantity` and `allowed` are in the same whole unit, e.g.
    ten-thousandths; above `allowed` is own expense with `limit_reason`. `denied` is the code of the rule that refuses
    the line.
    """

    amount_fen: int
    pay_class: str
    ratio_ppm: int | None = None
    ceiling_fen: int | None = None
    quantity: int | None = None
    allowed: int | None = None
    limit_reason: str = ""
    denied: str = ""
    served_on: date | None = None
    category: str = ""


RawLine: TypeAlias = (
    LineFacts | tuple[int, str, int | None, int | None, int | None, int | None, str, str, date | None, str]
)
Share: TypeAlias = tuple[int, int, int, int]
"""Own expense, over ceiling, first self-pay, in scope."""


class LineResults(NamedTuple):
    """The lines by class, in the order given, with the reason of each line not wholly payable, and the sums."""

    shares: list[Share]
    reasons: dict[int, str]
    sums: ClassSums

    @property
    def own_expense(self) -> list[int]:
        return [share[0] for share in self.shares]

    @property
    def over_ceiling(self) -> list[int]:
        return [share[1] for share in self.shares]

    @property
    def pre_self_pay(self) -> list[int]:
        return [share[2] for share in self.shares]

    @property
    def in_scope(self) -> list[int]:
        return [share[3] for share in self.shares]

    def refused(self) -> dict[str, int]:
        """Own expense by reason (不予支付原因), for the slip."""
        sums: dict[str, int] = {}
        for place, reason in self.reasons.items():
            sums[reason] = sums.get(reason, 0) + self.shares[place][0]
        return sums

    def by_category(self, lines: Sequence[RawLine]) -> dict[str, ClassSums]:
        """Sums per charge category (药品费、检查费、治疗费 …, GX2017 §61)."""
        sums: dict[str, list[int]] = {}
        for line, share in zip(lines, self.shares, strict=True):
            held = sums.setdefault(line[9], [0, 0, 0, 0])
            for part in range(4):
                held[part] += share[part]
        return {category: ClassSums(*held) for category, held in sums.items()}


class LineRules:
    """The line rules of one package, ready to run."""

    __slots__ = ("_classes", "_half")

    def __init__(self, definition: Definition) -> None:
        self._classes = {code: _ratio(definition, code) for code in definition.pay_classes}
        self._half = PPM // 2 if definition.rounding is Mode.HALF_UP else 0

    @property
    def classes(self) -> Mapping[str, int]:
        """First self-pay ratio where the item names none; a million is own expense altogether."""
        return self._classes

    def rate(
        self,
        lines: Iterable[RawLine],
        covered_from: date | None = None,
        covered_until: date | None = None,
    ) -> LineResults:
        """Every line by class. Raises: UnknownPayClass.

        One loop and no call for the common line: bills have hundreds.
        """
        classes, half = self._classes, self._half
        shares: list[Share] = []
        add = shares.append
        reasons: dict[int, str] = {}
        own = over = pre = scope = 0
        bounded = covered_from is not None or covered_until is not None
        for amount, pay_class, ratio, ceiling, quantity, allowed, limit_reason, denied, served_on, _ in lines:
            if denied or (bounded and served_on and (denied := outside(served_on, covered_from, covered_until))):
                reasons[len(shares)] = denied
                own += amount
                add((amount, 0, 0, 0))
                continue
            if pay_class not in classes:
                raise UnknownPayClass(line=len(shares) + 1, pay_class=pay_class)
            if ratio is None or classes[pay_class] == PPM:
                ratio = classes[pay_class]
            if ratio >= PPM:
                own += amount
                add((amount, 0, 0, 0))
            elif amount < 0 or allowed is not None or (ceiling is not None and amount > ceiling):
                share = self._bounded(amount, ratio, ceiling, quantity, allowed)
                if share[0]:
                    reasons[len(shares)] = limit_reason or "BEN-13"
                own += share[0]
                over += share[1]
                pre += share[2]
                scope += share[3]
                add(share)
            elif ratio:
                first = (amount * ratio + half) // PPM
                pre += first
                scope += amount - first
                add((0, 0, first, amount - first))
            else:
                scope += amount
                add((0, 0, 0, amount))
        return LineResults(shares, reasons, ClassSums(own, over, pre, scope))

    def _bounded(
        self, amount_fen: int, ratio_ppm: int, ceiling_fen: int | None, quantity: int | None, allowed: int | None
    ) -> Share:
        """超限价, then 超限定, then 先行自付 (decision 0107); a refund is its charge with the sign turned."""
        if amount_fen < 0:
            own, over, pre, scope = self._bounded(-amount_fen, ratio_ppm, ceiling_fen, quantity, allowed)
            return -own, -over, -pre, -scope
        over = 0 if ceiling_fen is None else max(amount_fen - ceiling_fen, 0)
        payable = amount_fen - over
        own = _excess(payable, abs(quantity), abs(allowed)) if quantity and allowed is not None else 0
        pre = ((payable - own) * ratio_ppm + self._half) // PPM
        return own, over, pre, payable - own - pre


def _ratio(definition: Definition, code: str) -> int:
    pay_class = definition.pay_classes[code]
    if pay_class.own_expense:
        return PPM
    if pay_class.pre_self_pay is None:
        return 0
    cells = definition.parameters[pay_class.pre_self_pay].cells
    if not isinstance(cells, Value) or not isinstance(cells.content, int):
        raise MissingParameter(key=pay_class.pre_self_pay)
    return int(cells.content)


def outside(served_on: date, covered_from: date | None, covered_until: date | None) -> str:
    """Only costs that arise while covered count (GX2017 §22 新发生; JL2019 §14): the code of the reason, or empty."""
    if covered_from is not None and served_on < covered_from:
        return "BEN-09"
    if covered_until is not None and served_on >= covered_until:
        return "BEN-10"
    return ""


def _excess(size_fen: int, quantity: int, allowed: int) -> int:
    """超限部分 (BEN-13): the share of the quantity above the limit, half up; 20 days with 14 allowed → 6/20."""
    if allowed >= quantity:
        return 0
    return (2 * size_fen * (quantity - allowed) + quantity) // (2 * quantity)


def line_ceiling(unit_ceiling_fen: int, quantity: int, per: int = 10_000) -> int:
    """限价 of a line: unit ceiling × quantity (in 1/`per`), half up; a refund has the ceiling of its charge."""
    return (2 * unit_ceiling_fen * abs(quantity) + per) // (2 * per)


def reason_words(code: str) -> str:
    """The reason as the slip shows it: `医师未备案或已暂停,非急诊(DOC-06)`."""
    return f"{REASONS[code]}({code})" if code in REASONS else code
