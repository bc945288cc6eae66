"""The explanation as a readable tree (结算说明, BEN-40): from the traced outcome, in the reader's language.

The first level answers "why did I pay this": what the bill is made of, what is left for the person, what each layer
paid; the bill less the layers is the person's. What stands below an amount either adds up to it or is the way to it,
and is headed so. Below each amount stand its rule in words, operands, article and package version.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace
from typing import Final

from django.utils.translation import gettext, ngettext
from django.utils.translation import gettext_noop as _

from tongchou.kernel.money import yuan_text
from tongchou.platform.web.policy_words import in_words
from tongchou.policy.facts import Operand, Outcome, TraceStep
from tongchou.policy.rounding import percent_text

ACCOUNT: Final = "account"
LAYER_CLASSES: Final = {
    "project": "project",
    "basic": "pool",
    "serious_illness": "catastrophic",
    "supplementary": "supplementary",
    "mutual_aid": "large_amount",
    "medical_assistance": "assistance",
    ACCOUNT: "account",
}
"""Layer of the policy → colour of the style sheet."""

UNPAID_WORDS: Final = {
    "project": _("专项经费支付"),
    "basic": _("统筹基金支付"),
    "serious_illness": _("大病保险支付"),
    "supplementary": _("补充保险支付"),
    "mutual_aid": _("大额互助支付"),
    "medical_assistance": _("医疗救助支付"),
    ACCOUNT: _("个人账户支付"),
}
"""What a layer would have paid, where it paid nothing."""

CLASS_WORDS: Final = {
    "全自费": _("不在医保目录内,或按规定不予支付的费用,由个人承担"),
    "超限价自费": _("高于医保限价的部分,由个人承担"),
    "先行自付": _("乙类项目先由个人承担的部分,不进入报销"),
    "政策范围内费用": _("可以按规定报销的费用"),
}

_JOINTS: Final = {"sum": " + ", "less": " − ", "positive": " − ", "share": " × "}


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
    heading: str = ""
    """What the children are to the amount: where it is empty, they add up to it."""
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
    layers = {
        layer: _layer([step for step in steps if step.layer == layer], detailed)
        for layer in dict.fromkeys(step.layer for step in steps if step.layer)
    }
    account = layers.pop(ACCOUNT, None)
    paid = [node for node in layers.values() if detailed or node.amount_fen]
    return (_bill(steps[0], outcome), _person(outcome, account), *paid)


def _bill(bill: TraceStep, outcome: Outcome) -> Node:
    parts = tuple(
        Node(in_words(operand.label), operand.value, _class_words(operand.label, outcome)) for operand in bill.operands
    )
    return Node(gettext("医疗费总额"), bill.amount_fen, gettext("由下面四部分组成"), children=parts)


def _class_words(label: str, outcome: Outcome) -> str:
    """What a class of charges is; of a bill that is not covered, why all of it is the person's."""
    if label == "全自费" and outcome.reason:
        return gettext("这次的费用不予报销:%(reason)s") % {"reason": in_words(outcome.reason)}
    words = CLASS_WORDS.get(label, "")
    return gettext(words) if words else ""


def _layer(steps: Sequence[TraceStep], detailed: bool) -> Node:
    """One layer: what it paid on top, the way to it below, step by step; a layer that was not reached paid nothing."""
    paid = next((step for step in reversed(steps) if step.label.endswith("支付")), None)
    way = [step for step in steps if step is not paid]
    if not detailed:
        way = [step for step in way if step.counted and step.amount_fen and not (paid and step.label == paid.label)]
    below = tuple(map(_step, way))
    layer = steps[0].layer
    top = _step(paid) if paid else Node(in_words(UNPAID_WORDS[layer]), 0, gettext("没有达到这一层支付的条件"))
    return replace(
        top, layer=LAYER_CLASSES.get(layer, ""), heading=gettext("怎样算出") if below else "", children=below
    )


def _person(outcome: Outcome, account: Node | None) -> Node:
    """个人负担, told twice: what it is made of, and how it was paid; each of the two adds up to it."""
    rule = gettext("医疗费总额 %(total)s − 基金支付总额 %(fund)s") % {
        "total": yuan_text(outcome.total_fen, grouped=True),
        "fund": yuan_text(outcome.fund_total_fen, grouped=True),
    }
    told = (
        _sum(gettext("由什么组成"), _borne(outcome)),
        _sum(gettext("怎样支付"), _paid(outcome, account)),
    )
    groups = tuple(group for group in told if group.children)
    heading = gettext("同一笔钱从两方面看") if groups else ""
    return Node(
        gettext("个人负担"),
        outcome.person_share_fen,
        rule,
        layer="cash",
        is_open=True,
        heading=heading,
        children=groups,
    )


def _sum(label: str, parts: Iterable[Node]) -> Node:
    """A group of amounts and their sum; those of nothing are left out."""
    children = tuple(part for part in parts if part.amount_fen)
    return Node(label, sum(part.amount_fen for part in children), is_open=True, children=children)


def _borne(outcome: Outcome) -> Iterable[Node]:
    """The classes outside the scope, and what no fund took over inside it."""
    later = (
        outcome.serious_illness_fen
        + outcome.supplementary_fen
        + outcome.mutual_aid_fen
        + outcome.medical_assistance_fen
    )
    coinsurance = (
        outcome.in_scope_fen - outcome.project_fen - outcome.basic_fen - outcome.deductible_fen - outcome.over_cap_fen
    )
    return (
        Node(in_words("全自费"), outcome.own_expense_fen, _class_words("全自费", outcome)),
        Node(in_words("超限价自费"), outcome.over_ceiling_fen, _class_words("超限价自费", outcome)),
        Node(in_words("先行自付"), outcome.pre_self_pay_fen, _class_words("先行自付", outcome)),
        Node(in_words("起付线"), outcome.deductible_fen, gettext("政策范围内费用先由个人承担的部分")),
        Node(in_words("按比例自付"), coinsurance, gettext("起付线以上,统筹基金按比例支付后的余额")),
        Node(in_words("超封顶线"), outcome.over_cap_fen, gettext("超过统筹基金限额(单日、年度等)的部分")),
        Node(in_words("再次报销"), -later, gettext("大病保险、补充保险、医疗救助等替个人承担的部分")),
    )


def _paid(outcome: Outcome, account: Node | None) -> Iterable[Node]:
    """From the personal account, and in cash."""
    from_account = Node(
        in_words("个人账户支付"), outcome.account_fen, gettext("从个人账户支付"), layer=LAYER_CLASSES[ACCOUNT]
    )
    return (
        account if account and account.amount_fen == outcome.account_fen else from_account,
        Node(in_words("个人现金支付"), outcome.cash_fen, gettext("由个人现金支付"), layer="cash"),
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


def flat(nodes: Iterable[Node], depth: int = 0) -> list[tuple[int, Node]]:
    """The tree as indented lines, for paper."""
    lines: list[tuple[int, Node]] = []
    for node in nodes:
        lines.append((depth, node))
        lines += flat(node.children, depth + 1)
    return lines
