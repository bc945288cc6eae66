"""What a settlement tells the engine and what it gets back (结算事实与结果): slotted structs, amounts in whole fen."""

from collections.abc import Iterator, Sequence
from datetime import date
from typing import Any, Final, NamedTuple, Protocol, overload

import msgspec

from tongchou.kernel.money import yuan_text
from tongchou.policy.rounding import percent_text


class Facts(msgspec.Struct, frozen=True, gc=False, kw_only=True, omit_defaults=True):
    """The facts of one settlement, without the person (GX2017 §87).

    `on` is the date whose policy and day limits apply. `groups` are those valid on that date. `stay_number` 0 means
    "count it from the accumulators". `linked_deductible_fen` is what was already borne as deductible in the stays this
    one continues by referral, None when it continues none. `continued_deductible_fen` is what was borne in the part of
    the same stay before the turn of the year, None where there is none. `third_party_fen` is what somebody else has to
    bear by decision (BEN-38). `covered` False, or a `reason`, makes the bill own expense. `category` is the 人员类别
    valid on that date, for packages that tell categories apart. `contracted` says whether the institution has an
    agreement (定点), `manual` whether this is a 手工(零星)报销 and no direct settlement, `prescribed` whether a
    pharmacy sells on a 外配处方 (BEN-33, ACC-10).
    """

    kind: str
    on: date
    level: int | None = None
    scheme: str = "resident"
    place: str = "home"
    referral: str = "none"
    emergency: bool = False
    designated: bool = True
    groups: frozenset[str] = frozenset()
    disease: str | None = None
    stay_number: int = 0
    linked_deductible_fen: int | None = None
    continued_deductible_fen: int | None = None
    born_on: date | None = None
    admitted_on: date | None = None
    discharged_on: date | None = None
    project_fen: int = 0
    third_party_fen: int = 0
    account_balance_fen: int = 0
    use_account: bool = True
    covered: bool = True
    reason: str = ""
    category: str | None = None
    contracted: bool = True
    manual: bool = False
    prescribed: bool = True


class ClassSums(msgspec.Struct, frozen=True, gc=False):
    """费用构成 (BEN-12): own expense, over ceiling, first self-pay and in scope; their sum is the bill."""

    own_expense_fen: int
    over_ceiling_fen: int
    pre_self_pay_fen: int
    in_scope_fen: int

    @property
    def total_fen(self) -> int:
        return self.own_expense_fen + self.over_ceiling_fen + self.pre_self_pay_fen + self.in_scope_fen


class Layers(NamedTuple):
    """What each layer pays (支付层), in fen."""

    basic: int
    serious_illness: int
    supplementary: int
    mutual_aid: int
    medical_assistance: int
    account: int


class Operand(NamedTuple):
    """One quantity a step used: its Chinese name, its value, and its unit (`fen`, `ppm`)."""

    label: str
    value: int
    unit: str


class ParameterUse(NamedTuple):
    """One parameter a step used: key, name, value in words, source, confidence, whether assumed."""

    key: str
    label: str
    text: str
    source: str
    confidence: str
    assumption: bool


class TraceStep(NamedTuple):
    """One step of the computation (计算步骤): the amount, its operands, the rule, article, parameters and package.

    `counted` is False for the steps of a rule that gave way to a more favourable one (BEN-29).
    """

    step: str
    layer: str
    rule: str
    label: str
    amount_fen: int
    operation: str
    operands: tuple[Operand, ...]
    words: str
    article: str
    parameters: tuple[ParameterUse, ...]
    package: str
    counted: bool

    @property
    def formula(self) -> str:
        """The step in words with its figures: `起付线以上费用 8,300.00 × 住院报销比例 75%`."""
        told = _told(self.operation, self.operands, self.amount_fen)
        if not self.words:
            return told
        return f"{told}{'' if self.words.startswith(',') else ','}{self.words}"


def quantity(operand: Operand) -> str:
    """`起付线 400.00`, `比例 75%`."""
    text = percent_text(operand.value) if operand.unit == "ppm" else yuan_text(operand.value, grouped=True)
    return f"{operand.label} {text}"


_JOINTS: Final = {"sum": " + ", "less": " - ", "positive": " - ", "share": " × "}


def _told(operation: str, operands: Sequence[Operand], amount_fen: int) -> str:
    if operation != "least":
        return _JOINTS.get(operation, ";").join(map(quantity, operands))
    first, *limits = operands
    if amount_fen == first.value:
        return f"{quantity(first)},未超过{'、'.join(map(quantity, limits))}"
    return f"{quantity(first)},以{quantity(min(limits, key=lambda limit: limit.value))}为限"


class Script(Protocol):
    """What a plan can tell about the values that one run recorded; see `compiling.script`."""

    def told(self, values: tuple[int, ...]) -> list[TraceStep]: ...


class Trace(Sequence[TraceStep]):
    """The steps of one settlement (计算过程).

    The engine records the value of every step; words, operands and sources are the same for all settlements of one
    kind and are joined to the values when somebody reads them.
    """

    __slots__ = ("_script", "_told", "_values")

    def __init__(self, script: Script, values: tuple[int, ...]) -> None:
        self._script = script
        self._values = values
        self._told: list[TraceStep] | None = None

    @property
    def values(self) -> tuple[int, ...]:
        """The recorded amounts, in the order of the program."""
        return self._values

    @property
    def steps(self) -> list[TraceStep]:
        if self._told is None:
            self._told = self._script.told(self._values)
        return self._told

    def __len__(self) -> int:
        return len(self.steps)

    def __iter__(self) -> Iterator[TraceStep]:
        return iter(self.steps)

    @overload
    def __getitem__(self, index: int) -> TraceStep: ...
    @overload
    def __getitem__(self, index: slice) -> list[TraceStep]: ...
    def __getitem__(self, index: int | slice) -> TraceStep | list[TraceStep]:
        return self.steps[index]


class Outcome(msgspec.Struct, frozen=True, gc=False):
    """One bill split among the funds and the person (结算结果). All amounts in fen.

    `total = own_expense + over_ceiling + pre_self_pay + in_scope = fund_total + person_share`;
    `person_share = account + cash`, and `third_party` of it is what the person may claim from whoever is liable.
    `deltas` is what was added to the accumulators; a reversal subtracts exactly it.
    `ratio_ppm` is the basic layer's ratio (with bands: the effective one). `reason` says why nothing is covered.
    """

    total_fen: int
    own_expense_fen: int
    over_ceiling_fen: int
    pre_self_pay_fen: int
    in_scope_fen: int
    deductible_fen: int
    ratio_ppm: int
    over_cap_fen: int
    project_fen: int
    basic_fen: int
    serious_illness_fen: int
    supplementary_fen: int
    mutual_aid_fen: int
    medical_assistance_fen: int
    account_fen: int
    fund_total_fen: int
    person_share_fen: int
    cash_fen: int
    third_party_fen: int
    sub_funds: tuple[tuple[str, str, int], ...]
    deltas: dict[str, int]
    reason: str = ""
    trace: Trace | None = None

    @property
    def layers(self) -> Layers:
        return Layers(
            self.basic_fen,
            self.serious_illness_fen,
            self.supplementary_fen,
            self.mutual_aid_fen,
            self.medical_assistance_fen,
            self.account_fen,
        )

    def receipt(self) -> dict[str, Any]:
        """The amounts as plain data, for storing and comparing; without the trace."""
        amounts = {name: getattr(self, name) for name in self.__struct_fields__ if name.endswith(("_fen", "_ppm"))}
        sub_funds = [list(row) for row in self.sub_funds]
        return amounts | {"sub_funds": sub_funds, "deltas": dict(self.deltas), "reason": self.reason}


def added(state: dict[str, int], deltas: dict[str, int]) -> dict[str, int]:
    """年度累计 after a settlement."""
    return state | {name: state.get(name, 0) + amount for name, amount in deltas.items()}


def subtracted(state: dict[str, int], deltas: dict[str, int]) -> dict[str, int]:
    """年度累计 after the reversal of a settlement (GX2017 §71): exactly what it added is taken back."""
    left = state | {name: state.get(name, 0) - amount for name, amount in deltas.items()}
    return {name: amount for name, amount in left.items() if amount or name not in deltas}
