"""政策: the packages in force and their values, each with its source; what is assumed or unknown is marked (ORG-22)."""

from collections.abc import Mapping
from datetime import date
from typing import Any, Final

from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from tongchou.encounters.policies import book as policy_book
from tongchou.platform.web.access import PageRequest, page
from tongchou.platform.web.badges import Badge, Tone
from tongchou.platform.web.crumbs import crumbs
from tongchou.platform.web.policy_words import in_words
from tongchou.policy.definition import Definition, Parameter, Rule, Value
from tongchou.policy.packages import Package
from tongchou.policy.vocabulary import CONFIDENCE_LABELS, LATER, PLACES, UNIT_LABELS, Dimension

SCHEMES: Final = {"resident": _("城乡居民基本医疗保险"), "employee": _("职工基本医疗保险")}


def package_badge(package: Package, on: date) -> Badge:
    """未生效, 执行中 or 已失效 (政策包状态)."""
    if package.valid_from > on:
        return Badge(str(_("未生效")), Tone.WAITING)
    if package.valid_until is not None and package.valid_until <= on:
        return Badge(str(_("已失效")), Tone.RESTING)
    return Badge(str(_("执行中")), Tone.DONE)


@page("policy.view")
def packages(request: PageRequest) -> HttpResponse:
    """Every package known, the newest first within an area and scheme."""
    shown = [
        {
            "package": package,
            "scheme": SCHEMES.get(package.scheme, package.scheme),
            "state": package_badge(package, request.today),
            "assumed": sum(value.source.assumption for value in package.values.values()),
            "undefined": len(package.undefined),
        }
        for package in policy_book().packages
    ]
    shown.sort(key=lambda one: (one["package"].area, one["package"].scheme, -one["package"].valid_from.toordinal()))
    return render(request, "site/policy/packages.html", {"packages": shown, "crumbs": crumbs(_("政策"))})


@page("policy.view")
def package(request: PageRequest, area: str, scheme: str, valid_from: date) -> HttpResponse:
    """One package: values by parameter, the layers in their order, accumulators, documents."""
    shelf = policy_book().shelves.get((area, scheme), ())
    found = next((one for one in reversed(shelf) if one.valid_from == valid_from), None)
    if found is None:
        raise Http404
    words = request.GET.get("words", "").strip()[:60]
    tab = request.GET.get("tab", "values")
    context = {
        "package": found,
        "scheme": SCHEMES.get(scheme, scheme),
        "state": package_badge(found, request.today),
        "words": words,
        "tab": tab if tab in ("values", "layers", "documents") else "values",
        "groups": _groups(found, words),
        "assumed": sum(value.source.assumption for value in found.values.values()),
        "layers": [(layer, [_told(rule, found) for rule in layer.rules]) for layer in found.definition.layers],
        "documents": found.documents.values(),
        "accumulators": found.definition.accumulators.values(),
        "crumbs": crumbs((_("政策"), "policy:packages"), found.definition.header.title),
    }
    return render(request, "site/policy/package.html", context)


@page("policy.view")
def by_hash(request: PageRequest, content_hash: str) -> HttpResponse:
    """The package a settlement names by its hash."""
    for one in policy_book().packages:
        if one.hash == content_hash:
            return redirect("policy:package", one.area, one.scheme, one.valid_from)
    raise Http404


def _groups(found: Package, words: str) -> list[dict[str, Any]]:
    """Parameters with their values; with `words` those whose name, key, value or source holds them."""
    groups = []
    for parameter in found.definition.parameters.values():
        values = [value for key, value in found.values.items() if _belongs(key, parameter.key)]
        if words:
            values = [
                value
                for value in values
                if words in f"{parameter.label}{value.label}{value.key}{value.text}{value.source}"
            ]
        if values:
            unit = UNIT_LABELS.get(parameter.unit, "")
            groups.append(
                {
                    "parameter": parameter,
                    "unit": unit,
                    "values": [_shown(value, parameter, found.definition) for value in values],
                }
            )
    return groups


def _belongs(key: str, parameter: str) -> bool:
    return key == parameter or key.startswith(f"{parameter}.")


def _applies(key: str, parameter: Parameter, definition: Definition) -> list[str]:
    """What a value of a table applies to, in the words of the package (适用): `二级 · 第1次`."""
    words: Mapping[str, str] = {**PLACES, **definition.levels, **definition.kinds, **definition.diseases}
    parts = key.removeprefix(parameter.key).strip(".").split(".") if parameter.by else []
    told = []
    for dimension, part in zip(parameter.by, parts, strict=False):
        if dimension is Dimension.STAY:
            told.append(gettext("以后各次") if part == LATER else gettext("第%(n)s次") % {"n": part.removeprefix("N")})
        else:
            told.append(in_words(words.get(part, part)))
    return told


def _shown(value: Value, parameter: Parameter, definition: Definition) -> dict[str, Any]:
    return {
        "value": value,
        "applies": _applies(value.key, parameter, definition),
        "confidence": CONFIDENCE_LABELS.get(value.source.confidence, str(value.source.confidence)),
        "undefined": value.content is None,
        "source": str(value.source),
    }


def _told(rule: Rule, found: Package) -> dict[str, Any]:
    """A rule with the parameters it rests on."""
    used = [rule.ratio, rule.amount, rule.enabled, *(cap.limit for cap in rule.caps)]
    if rule.deductible is not None:
        used.append(rule.deductible.amount)
    used += [adjustment.amount for adjustment in rule.adjustments]
    parameters = [found.definition.parameters[key] for key in dict.fromkeys(used) if key in found.definition.parameters]
    return {"rule": rule, "parameters": parameters}
