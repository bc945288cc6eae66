"""How policy is shown (政策展示): states, tabs, values with what they apply to, in the reader's language."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any, Final

from django.http import HttpRequest
from django.urls import reverse
from django.utils.translation import gettext, gettext_noop
from django.utils.translation import gettext_lazy as _

from tongchou.parameters.queries import DraftView, VersionView
from tongchou.parameters.states import DraftState
from tongchou.platform.web.badges import Badge, Tone
from tongchou.platform.web.policy_words import in_words
from tongchou.policy.definition import Definition, Parameter, Rule, Value
from tongchou.policy.packages import Package
from tongchou.policy.vocabulary import CONFIDENCE_LABELS, LATER, PLACES, UNIT_LABELS, Dimension

SCHEMES: Final = {"resident": _("城乡居民基本医疗保险"), "employee": _("职工基本医疗保险")}
TABS: Final = (
    ("packages", _("政策包"), "policy:packages"),
    ("drafts", _("草稿"), "policy:drafts"),
    ("differences", _("地方差异"), "policy:differences"),
)
RESULT_WORDS: Final = (
    gettext_noop("基本统筹"),
    gettext_noop("大病保险"),
    gettext_noop("补充保险"),
    gettext_noop("大额互助"),
    gettext_noop("医疗救助"),
    gettext_noop("个人账户"),
    gettext_noop("个人现金"),
    gettext_noop("专项经费"),
    gettext_noop("超封顶线"),
    gettext_noop("不予支付原因"),
    gettext_noop("可信程度"),
    gettext_noop("上限(元)"),
    gettext_noop("比例(%)"),
)
"""Words of golden tables and of forms that are looked up when shown."""
_TONES: Final = {
    DraftState.DRAFTING: Tone.HAND,
    DraftState.SUBMITTED: Tone.WAITING,
    DraftState.APPROVED: Tone.DONE,
    DraftState.RETURNED: Tone.BAD,
    DraftState.WITHDRAWN: Tone.RESTING,
}


def tabs(here: str) -> dict[str, Any]:
    """The three lists of the chapter, for the head of each (页签)."""
    return {"tabs": [{"key": key, "label": label, "url": reverse(view)} for key, label, view in TABS], "tab_here": here}


def version_badge(version: VersionView, today: date) -> Badge:
    """未生效, 执行中, 已更正 or 已失效 (政策包状态)."""
    if version.corrected:
        return Badge(str(_("已更正")), Tone.RESTING)
    if version.valid_from > today:
        return Badge(str(_("未生效")), Tone.WAITING)
    if version.ruled_until is not None and version.ruled_until <= today:
        return Badge(str(_("已失效")), Tone.RESTING)
    return Badge(str(_("执行中")), Tone.DONE)


def draft_badge(draft: DraftView) -> Badge:
    """草稿状态."""
    return Badge(draft.state.label, _TONES[draft.state])


def scheme_name(scheme: str) -> Any:
    return SCHEMES.get(scheme, scheme)


@dataclass(frozen=True, slots=True)
class ShownValue:
    """A value with what a reader needs beside it."""

    value: Value
    parameter: Parameter
    applies: tuple[str, ...]
    confidence: str

    @property
    def undefined(self) -> bool:
        return self.value.content is None

    @property
    def source(self) -> str:
        return str(self.value.source)


@dataclass(frozen=True, slots=True)
class Group:
    """Values under one heading: a parameter, or an article."""

    heading: str
    unit: str
    values: tuple[ShownValue, ...]
    overridable: bool = False


def values_of(package: Package) -> Iterator[ShownValue]:
    """Every value, in the order of the package."""
    for parameter in package.definition.parameters.values():
        for key, value in package.values.items():
            if key == parameter.key or key.startswith(f"{parameter.key}."):
                yield shown(value, parameter, package.definition)


def shown(value: Value, parameter: Parameter, definition: Definition) -> ShownValue:
    confidence = CONFIDENCE_LABELS.get(value.source.confidence, str(value.source.confidence))
    return ShownValue(value, parameter, tuple(applies(value.key, parameter, definition)), confidence)


def groups(package: Package, words: str, *, by_article: bool) -> list[Group]:
    """The values under their parameters or under their articles; with `words` those that hold them."""
    found = [one for one in values_of(package) if not words or words in _searched(one)]
    gathered: dict[str, list[ShownValue]] = {}
    for one in found:
        gathered.setdefault(one.source if by_article else one.parameter.key, []).append(one)
    ordered = sorted(gathered.items(), key=lambda pair: article_order(pair[0])) if by_article else gathered.items()
    return [_group(key, values, by_article=by_article) for key, values in ordered]


def _group(key: str, values: Sequence[ShownValue], *, by_article: bool) -> Group:
    if by_article:
        return Group(key, "", tuple(values))
    parameter = values[0].parameter
    return Group(parameter.label, UNIT_LABELS.get(parameter.unit, ""), tuple(values), parameter.overridable)


def _searched(one: ShownValue) -> str:
    return f"{one.parameter.label}{one.value.label}{one.value.key}{one.value.text}{one.value.source}"


def article_order(source: str) -> tuple[str, int, str]:
    """By document, then by the number of the article, then as written."""
    document, _space, article = source.partition(" ")
    digits = "".join(character for character in article if character.isdigit())
    return document, int(digits[:6]) if digits else 0, article


def applies(key: str, parameter: Parameter, definition: Definition) -> list[str]:
    """What a value of a table applies to, in the words of the package (适用): `二级 · 第1次`."""
    parts = key.removeprefix(parameter.key).strip(".").split(".") if parameter.by else []
    return [
        in_words(key_words(dimension, part, definition)) for dimension, part in zip(parameter.by, parts, strict=False)
    ]


def key_words(dimension: Dimension | None, part: str, definition: Definition) -> str:
    """A key of a table in words."""
    if dimension is Dimension.STAY:
        return gettext("以后各次") if part == LATER else gettext("第%(n)s次") % {"n": part.removeprefix("N")}
    words: Mapping[str, str] = {**PLACES, **definition.levels, **definition.kinds, **definition.diseases}
    return words.get(part, part)


def layers(package: Package) -> list[tuple[Any, list[dict[str, Any]]]]:
    """The layers with their rules and the parameters each rests on."""
    return [(layer, [_told(rule, package) for rule in layer.rules]) for layer in package.definition.layers]


def _told(rule: Rule, package: Package) -> dict[str, Any]:
    used = [rule.ratio, rule.amount, rule.enabled, *(cap.limit for cap in rule.caps)]
    if rule.deductible is not None:
        used.append(rule.deductible.amount)
    used += [adjustment.amount for adjustment in rule.adjustments]
    known = package.definition.parameters
    keys = [getattr(key, "key", key) for key in used]
    return {"rule": rule, "parameters": [known[key] for key in dict.fromkeys(keys) if key in known]}


def may(request: HttpRequest, permission: str) -> bool:
    """Whether the operator's posts give the permission."""
    return bool(request.user.has_perm(permission))
