"""政策: the packages in force, their values with source and article, over time, side by side (ORG-22)."""

from datetime import date
from typing import Any, Final

from django.http import Http404, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from tongchou.parameters import queries
from tongchou.parameters.queries import VersionView
from tongchou.parameters.web import shown
from tongchou.platform.web import lists
from tongchou.platform.web.access import PageRequest, page
from tongchou.platform.web.crumbs import crumbs
from tongchou.policy.packages import Package

MOST_COLUMNS: Final = 5
"""Versions beside each other, the newest ones."""


@page("policy.view")
def packages(request: PageRequest) -> HttpResponse:
    """Every version, by area and scheme, the newest first."""
    known = {package.hash: package for package in queries.book().packages}
    shelves: dict[tuple[str, str], list[dict[str, Any]]] = {}
    for version in queries.versions():
        package = known.get(version.content_hash)
        if package is not None:
            shelves.setdefault((version.area, version.scheme), []).insert(0, _row(request, version, package))
    context = {
        "shelves": [
            {
                "area": area,
                "scheme": scheme,
                "name": shown.scheme_name(scheme),
                "rows": rows,
                "first": rows[0]["package"],
            }
            for (area, scheme), rows in sorted(shelves.items())
        ],
        "crumbs": crumbs(_("政策")),
        **shown.tabs("packages"),
    }
    return render(request, "parameters/packages.html", context)


def _row(request: PageRequest, version: VersionView, package: Package) -> dict[str, Any]:
    return {
        "version": version,
        "package": package,
        "state": shown.version_badge(version, request.today),
        "assumed": sum(value.source.assumption for value in package.values.values()),
        "undefined": len(package.undefined),
    }


@page("policy.view")
def package(request: PageRequest, area: str, scheme: str, valid_from: date) -> HttpResponse:
    """The package of that day as it is known now."""
    shelf = queries.book().shelves.get((area, scheme), ())
    found = next((one for one in reversed(shelf) if one.valid_from == valid_from), None)
    if found is None:
        raise Http404
    return _package_page(request, found)


@page("policy.view")
def by_hash(request: PageRequest, content_hash: str) -> HttpResponse:
    """The very version that a settlement names by its hash."""
    for one in queries.book().packages:
        if one.hash == content_hash:
            return _package_page(request, one)
    raise Http404


VALUES: Final = lists.List(
    name="policy_values",
    title=_("政策参数"),
    columns=(
        lists.Column(_("参数"), lambda one: one.parameter.label),
        lists.Column(_("键"), lambda one: one.value.key, "code"),
        lists.Column(_("适用"), lambda one: " · ".join(one.applies)),
        lists.Column(_("数值"), lambda one: one.value.text),
        lists.Column(_("出处"), "source"),
        lists.Column(_("可信程度"), "confidence", "choice"),
        lists.Column(_("假定"), lambda one: "是" if one.value.source.assumption else "", "choice"),
        lists.Column(_("说明"), lambda one: one.value.source.note),
        lists.Column(_("下级可另定"), lambda one: "是" if one.parameter.overridable else "", "choice"),
    ),
    read=lambda request, criteria: lists.Held(list(shown.values_of(_exported(request)))),
    orders={"package": ()},
)


def _exported(request: PageRequest) -> Package:
    return queries.book().by_hash(request.resolver_match.kwargs["content_hash"])  # type: ignore[union-attr]


@page("policy.view")
def values(request: PageRequest, content_hash: str) -> HttpResponse:
    """导出: the values of one version as a sheet."""
    request.GET = request.GET.copy()
    request.GET.setdefault("export", "xlsx")
    return VALUES.respond(request)


def _package_page(request: PageRequest, found: Package) -> HttpResponse:
    words = request.GET.get("words", "").strip()[:60]
    tab = request.GET.get("tab", "values")
    by = request.GET.get("by", "parameter")
    version = queries.version(found.hash)
    beside = [one for one in queries.versions(found.area, found.scheme) if one.content_hash != found.hash]
    context = {
        "package": found,
        "version": version,
        "scheme": shown.scheme_name(found.scheme),
        "state": shown.version_badge(version, request.today),
        "words": words,
        "tab": tab if tab in ("values", "layers", "documents") else "values",
        "by": "article" if by == "article" else "parameter",
        "groups": shown.groups(found, words, by_article=by == "article") if tab not in ("layers", "documents") else [],
        "assumed": sum(value.source.assumption for value in found.values.values()),
        "layers": shown.layers(found) if tab == "layers" else [],
        "documents": found.documents.values(),
        "accumulators": found.definition.accumulators.values(),
        "beside": beside,
        "may_draft": shown.may(request, "policy.draft"),
        "may_export": shown.may(request, "exports.lists"),
        "crumbs": crumbs((_("政策"), "policy:packages"), found.definition.header.title),
    }
    return render(request, "parameters/package.html", context)


@page("policy.view")
def over_time(request: PageRequest, area: str, scheme: str) -> HttpResponse:
    """数值沿革: every value of an area through its versions, the newest columns; what changed is marked."""
    shelf = queries.book().shelves.get((area, scheme), ())
    if not shelf:
        raise Http404
    columns = shelf[-MOST_COLUMNS:]
    newest = columns[-1]
    only_changed = request.GET.get("changed") == "yes"
    rows = []
    for one in shown.values_of(newest):
        cells = [column.values.get(one.value.key) for column in columns]
        texts = [cell.text if cell else "" for cell in cells]
        changed = [at > 0 and texts[at] != texts[at - 1] for at in range(len(texts))]
        if any(changed) or not only_changed:
            rows.append({"shown": one, "cells": list(zip(texts, changed, strict=True))})
    context = {
        "area": area,
        "scheme": scheme,
        "scheme_name": shown.scheme_name(scheme),
        "newest": newest,
        "columns": columns,
        "older": len(shelf) - len(columns),
        "rows": rows,
        "only_changed": only_changed,
        "crumbs": crumbs((_("政策"), "policy:packages"), newest.definition.header.area_name, _("数值沿革")),
    }
    return render(request, "parameters/over_time.html", context)


@page("policy.view")
def history(request: PageRequest, area: str, scheme: str, key: str) -> HttpResponse:
    """One value through every version: since when, from which document, by whom approved."""
    told = queries.history(area, scheme, key)
    held = [one for one in told if one.value is not None]
    if not held:
        raise Http404
    shelf = {package.hash: package for package in queries.book().shelves[area, scheme]}
    newest = shelf[held[-1].version.content_hash]
    name = next(one for one in shown.values_of(newest) if one.value.key == key)
    context = {
        "key": key,
        "name": name,
        "area_name": newest.definition.header.area_name,
        "scheme": shown.scheme_name(scheme),
        "steps": [(one, shown.version_badge(one.version, request.today)) for one in reversed(told)],
        "crumbs": crumbs((_("政策"), "policy:packages"), newest.definition.header.area_name, name.parameter.label),
    }
    return render(request, "parameters/history.html", context)


@page("policy.view")
def compare(request: PageRequest) -> HttpResponse:
    """版本比较: two versions, value by value."""
    known = {package.hash: package for package in queries.book().packages}
    one, other = known.get(request.GET.get("one", "")), known.get(request.GET.get("other", ""))
    if one is None or other is None:
        raise Http404
    context = {
        "one": one,
        "other": other,
        "changes": queries.compared(one, other),
        "swapped": f"{reverse('policy:compare')}?one={other.hash}&other={one.hash}",
        "crumbs": crumbs((_("政策"), "policy:packages"), _("版本比较")),
    }
    return render(request, "parameters/compare.html", context)
