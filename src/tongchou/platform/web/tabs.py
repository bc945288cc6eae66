"""Tabs of an object's page (对象页签): each chapter adds its own part of a person or an institution.

A tab is a page of its own with an address of its own; the object's summary strip stands above all of them. A lower
chapter's page thereby leads to higher ones without knowing them.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from django.http import HttpRequest
from django.urls import reverse

from tongchou.platform.web import access


@dataclass(frozen=True, slots=True)
class Tab:
    """One part of an object's page."""

    key: str
    label: Any
    view: str
    permission: str
    rank: int


@dataclass(frozen=True, slots=True)
class Fact:
    """One value of the summary strip; `kind` as for list columns."""

    label: Any
    value: Any
    kind: str = "text"
    link: str = ""


FactReader = Callable[[HttpRequest, Any], list[Fact]]

_tabs: dict[str, dict[str, Tab]] = {}
_facts: dict[str, dict[str, tuple[int, FactReader]]] = {}


def add_tab(kind: str, tab: Tab) -> None:
    """Add a tab to the pages of that kind of object (登记页签)."""
    _tabs.setdefault(kind, {})[tab.key] = tab


def add_facts(kind: str, key: str, rank: int, read: FactReader) -> None:
    """Add values to the summary strip of that kind of object (登记摘要)."""
    _facts.setdefault(kind, {})[key] = (rank, read)


def tabs_of(kind: str, request: HttpRequest, *args: object) -> list[dict[str, Any]]:
    """The tabs this operator may open, with their addresses (页签)."""
    allowed = [tab for tab in _tabs.get(kind, {}).values() if access.may(request, tab.permission)]
    return [
        {"key": tab.key, "label": tab.label, "url": reverse(tab.view, args=args)}
        for tab in sorted(allowed, key=lambda tab: tab.rank)
    ]


def facts_of(kind: str, request: HttpRequest, about: Any) -> list[Fact]:
    """The values of the summary strip (摘要)."""
    readers = sorted(_facts.get(kind, {}).values(), key=lambda ranked: ranked[0])
    return [fact for _, read in readers for fact in read(request, about)]
