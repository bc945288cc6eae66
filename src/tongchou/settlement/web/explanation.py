"""The explanation as a readable tree (结算说明, BEN-40): from the traced outcome, in the reader's language.

The first level answers "why did I pay this": what the bill is made of, what each layer paid, what is left for the
person and of what it consists. Below each amount stand its rule in words, operands, article and package version.
"""

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace
from typing import Final

from django.utils.translation import gettext, ngettext
from django.utils.translation import gettext_noop as _

from tongchou.kernel.money import yuan_text
from tongchou.policy.facts import Operand, Outcome, TraceStep
from tongchou.policy.rounding import percent_text

LAYER_CLASSES: Final = {
    "project": "project",
    "basic": "pool",
    "serious_illness": "catastrophic",
    "supplementary": "supplementary",
    "mutual_aid": "large_amount",
    "medical_assistance": "assistance",
    "account": "account",
}
"""Layer of the policy → colour of the style sheet."""

CLASS_WORDS: Final = {
    "全自费": _("不在医保目录内,或按规定不予支付的费用,由个人承担"),
    "超限价自费": _("高于医保限价的部分,由个人承担"),
    "先行自付": _("乙类项目先由个人承担的部分,不进入报销"),
    "政策范围内费用": _("可以按规定报销的费用"),
}

_JOINTS: Final = {"sum": " + ", "less": " − ", "positive": " − ", "share": " × "}

_PATTERNS: Final = (
    (re.compile(r"^第(\d+)段(.+)$"), _("第%(number)s段%(rest)s")),
    (re.compile(r"^(?P<what>.+)支付后余额$"), _("%(what)s支付后余额")),
    (re.compile(r"^(?P<what>.+)剩余额度$"), _("%(what)s剩余额度")),
    (re.compile(r"^(?P<what>.+)起付线$"), _("%(what)s起付线")),
    (re.compile(r"^(?P<what>.+)应付$"), _("%(what)s应付")),
    (re.compile(r"^(?P<what>.+)支付$"), _("%(what)s支付")),
    (re.compile(r"^(?P<what>.+)\(调整后\)$"), _("%(what)s(调整后)")),
)


@dataclass(frozen=True, slots=True)
class Parameter:
    """A parameter a step rests on: what it is, its value in words, where it comes from."""

    key: str
    label: str
    text: str
    source: str
    assumption: bool


@dataclass(frozen=True, slots=True)
class Node:
    """One amount of the explanation."""

    label: str
    amount_fen: int
    rule: str = ""
    operands: tuple[tuple[str, str], ...] = ()
    article: str = ""
    parameters: tuple[Parameter, ...] = ()
    package: str = ""
    layer: str = ""
    is_open: bool = False
    is_used: bool = True
    children: "tuple[Node, ...]" = field(default=())

    @property
    def articles(self) -> list[str]:
        """The articles one by one; a step may rest on several."""
        return self.article.split("、") if self.article else []


def explained(outcome: Outcome, *, detailed: bool = True) -> tuple[Node, ...]:
    """The first level of the tree with everything below it (结算说明). Amounts in fen.

    `detailed` keeps the steps without an amount and those of rules that gave way to a better one, for reviewers.
    """
    assert outcome.trace is not None
    steps = list(outcome.trace)
    bill = steps[0]
    nodes = [_bill(bill), _person(outcome)]
    for layer in dict.fromkeys(step.layer for step in steps if step.layer):
        node = _layer([step for step in steps if step.layer == layer], detailed)
        if detailed or node.amount_fen:
            nodes.append(node)
    return tuple(nodes)


def _bill(bill: TraceStep) -> Node:
    parts = tuple(
        Node(in_words(operand.label), operand.value, gettext(CLASS_WORDS.get(operand.label, "")) or "")
        for operand in bill.operands
    )
    return Node(gettext("医疗费总额"), bill.amount_fen, gettext("由下面四部分组成"), children=parts)


def _layer(steps: Sequence[TraceStep], detailed: bool) -> Node:
    """One layer: what it paid on top, the way to it below, step by step."""
    paid = next((step for step in reversed(steps) if step.label.endswith("支付")), steps[-1])
    below = tuple(
        _step(step)
        for step in steps
        if step is not paid and (detailed or (step.counted and step.amount_fen and step.label != paid.label))
    )
    return replace(_step(paid), layer=LAYER_CLASSES.get(paid.layer, ""), children=below)


def _person(outcome: Outcome) -> Node:
    """个人负担: the classes outside the scope, and what no fund took over inside it; the parts add up to it."""
    later = (
        outcome.serious_illness_fen
        + outcome.supplementary_fen
        + outcome.mutual_aid_fen
        + outcome.medical_assistance_fen
    )
    coinsurance = (
        outcome.in_scope_fen - outcome.project_fen - outcome.basic_fen - outcome.deductible_fen - outcome.over_cap_fen
    )
    parts = [
        Node(in_words("全自费"), outcome.own_expense_fen, gettext(CLASS_WORDS["全自费"])),
        Node(in_words("超限价自费"), outcome.over_ceiling_fen, gettext(CLASS_WORDS["超限价自费"])),
        Node(in_words("先行自付"), outcome.pre_self_pay_fen, gettext(CLASS_WORDS["先行自付"])),
        Node(in_words("起付线"), outcome.deductible_fen, gettext("政策范围内费用先由个人承担的部分")),
        Node(in_words("按比例自付"), coinsurance, gettext("起付线以上,统筹基金按比例支付后的余额")),
        Node(in_words("超封顶线"), outcome.over_cap_fen, gettext("超过统筹基金限额(单日、年度等)的部分")),
        Node(in_words("再次报销"), -later, gettext("大病保险、补充保险、医疗救助等替个人承担的部分")),
    ]
    cash = [
        Node(in_words("个人账户支付"), outcome.account_fen, gettext("从个人账户支付"), layer="account"),
        Node(in_words("个人现金支付"), outcome.cash_fen, gettext("由个人现金支付"), layer="cash"),
    ]
    rule = gettext("医疗费总额 %(total)s − 基金支付总额 %(fund)s") % {
        "total": yuan_text(outcome.total_fen, grouped=True),
        "fund": yuan_text(outcome.fund_total_fen, grouped=True),
    }
    return Node(
        gettext("个人负担"),
        outcome.person_share_fen,
        rule,
        layer="cash",
        is_open=True,
        children=(*(part for part in parts if part.amount_fen), *(part for part in cash if part.amount_fen)),
    )


def _step(step: TraceStep) -> Node:
    rule = _formula(step)
    label = in_words(step.label)
    if not step.counted:
        label = f"{label} · {in_words(step.rule)}"
        rule = gettext("%(rule)s(未采用,有更优惠的一项)") % {"rule": rule}
    return Node(
        label,
        step.amount_fen,
        rule,
        tuple((in_words(operand.label), _quantity(operand)) for operand in step.operands),
        step.article,
        tuple(
            Parameter(use.key, in_words(use.label), in_words(use.text), use.source, use.assumption)
            for use in step.parameters
        ),
        step.package,
        is_used=step.counted,
    )


def _formula(step: TraceStep) -> str:
    """The step in words with its figures."""
    words = in_words(step.words.lstrip(","))
    told = _told(step.operation, step.operands, step.amount_fen)
    return gettext("%(told)s,%(words)s") % {"told": told, "words": words} if words else told


def _told(operation: str, operands: Sequence[Operand], amount_fen: int) -> str:
    if operation != "least":
        return _JOINTS.get(operation, ";").join(map(_said, operands))
    first, *limits = operands
    if amount_fen == first.value:
        within = gettext("、").join(map(_said, limits))
        return gettext("%(amount)s,未超过%(limits)s") % {"amount": _said(first), "limits": within}
    smallest = min(limits, key=lambda limit: limit.value)
    return gettext("%(amount)s,以%(limit)s为限") % {"amount": _said(first), "limit": _said(smallest)}


def _said(operand: Operand) -> str:
    return f"{in_words(operand.label)} {_quantity(operand)}"


def _quantity(operand: Operand) -> str:
    if operand.unit == "ppm":
        return percent_text(operand.value)
    if operand.unit == "count":
        return ngettext("%(n)s 次", "%(n)s 次", operand.value) % {"n": operand.value}
    return yuan_text(operand.value, grouped=True)


def in_words(label: str) -> str:
    """A label of a policy package in the reader's language; one made of parts is put together from them."""
    known = gettext(label) if label else ""
    if known != label:
        return known
    for pattern, template in _PATTERNS:
        if found := pattern.match(label):
            parts = found.groupdict() or {"number": found[1], "rest": in_words(found[2])}
            named = {name: in_words(part) if name == "what" else part for name, part in parts.items()}
            return gettext(template) % named
    return label


def flat(nodes: Iterable[Node], depth: int = 0) -> list[tuple[int, Node]]:
    """The tree as indented lines, for paper."""
    lines: list[tuple[int, Node]] = []
    for node in nodes:
        lines.append((depth, node))
        lines += flat(node.children, depth + 1)
    return lines
