"""The frame around every page (页面框架): who is logged in, where, what may be opened, what waits.

The navigation stands in the order of the regulations and shows only chapters that exist and that this operator's
posts open.
"""

import contextlib
from dataclasses import dataclass
from functools import cache
from typing import Any, Final

from django.http import HttpRequest
from django.urls import NoReverseMatch, reverse
from django.utils.functional import SimpleLazyObject
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from tongchou.cases import queries as cases
from tongchou.platform.duties import duties_of
from tongchou.platform.web import access


@dataclass(frozen=True, slots=True)
class Chapter:
    """One entry of the navigation; `key` is the letter after `g`."""

    label: Any
    icon: str
    view: str
    permission: str
    key: str
    rule_above: bool = False


CHAPTERS: Final = (
    Chapter(_("工作台"), "home", "dashboard", "settlement.view", "h"),
    Chapter(_("业务件"), "progress", "cases:cases", "cases.view", "b"),
    Chapter(_("参保登记"), "users", "enrolment:persons", "enrolment.view_person", "p", rule_above=True),
    Chapter(_("村、学校收件"), "send", "enrolment:villages", "enrolment.collect", "a"),
    Chapter(_("缴费"), "coin", "contributions:payments", "contributions.view", "c"),
    Chapter(_("定点管理"), "building-hospital", "institutions:institutions", "institutions.view", "i"),
    Chapter(_("医师"), "id-badge-2", "institutions:physicians", "institutions.view", "d"),
    Chapter(_("目录"), "books", "catalogue:items", "catalogue.view", "m"),
    Chapter(_("就医"), "report-medical", "encounters:encounters", "encounters.view", "e"),
    Chapter(_("结算"), "receipt", "settlement:settlements", "settlement.view", "s"),
    Chapter(_("基金"), "building-bank", "fund:board", "fund.view", "f"),
    Chapter(_("权益"), "clipboard-list", "rights:objections", "rights.view", "r"),
    Chapter(_("政策"), "scale", "policy:packages", "policy.view", "l"),
    Chapter(_("政策测算"), "calculator", "lab:replays", "policy.replay", "v"),
    Chapter(_("年度切换"), "calendar", "year_change:years", "year_change.view", "n"),
    Chapter(_("数据交换"), "arrows-exchange", "exchange:files", "exchange.view", "x", rule_above=True),
    Chapter(_("接口报文"), "transfer", "messages:messages", "wire.view", "w"),
    Chapter(_("操作日志"), "history", "platform:trail", "trail.view", "t"),
    Chapter(_("机构"), "sitemap", "platform:units", "org.view", "o"),
    Chapter(_("人员岗位"), "user-check", "platform:operators", "operators.view", "u"),
    Chapter(_("运行状况"), "heartbeat", "health", "jobs.view", "y"),
)


CASES: Final = "cases:cases"
"""The entry that shows how much waits for the operator."""


@dataclass(frozen=True, slots=True)
class Entry:
    """An entry of the navigation as drawn."""

    label: Any
    icon: str
    url: str
    key: str
    rule_above: bool
    is_here: bool
    waiting: int


@dataclass(frozen=True, slots=True)
class Shell:
    """What the frame shows of the operator."""

    operator: Any
    unit: str
    posts: str
    unread: int
    navigation: tuple[Entry, ...]


def frame(request: HttpRequest) -> dict[str, Any]:
    """Context of every template: the frame to draw, and what stands in it.

    A part of a page that the browser asks for by itself comes without the frame.
    """
    part_only = getattr(request, "htmx", False) and not request.htmx.boosted
    return {
        "frame": "site/bare.html" if part_only else "site/frame.html",
        "shell": SimpleLazyObject(lambda: _shell(request)),
    }


def _shell(request: HttpRequest) -> Shell:
    operator = request.user
    today = access.today(access.now())
    duties = duties_of(operator, today)
    return Shell(
        operator=operator,
        unit=duties.held[0].unit_name if duties.held else "",
        posts=gettext("、").join(dict.fromkeys(gettext(holding.post) for holding in duties.held)),
        unread=duties.unread,
        navigation=_navigation(request),
    )


GATHERING: Final = "enrolment:villages"
"""Where villages and schools gather forms."""


def first_chapter(request: HttpRequest) -> str:
    """Where an operator without the dashboard begins: where work waits, else where forms are gathered, else the first
    chapter that is open; the notices where none is.
    """
    entries = [entry for entry in _navigation(request) if entry.url != reverse("dashboard")]
    waiting = [entry for entry in entries if entry.waiting]
    gathering = [entry for entry in entries if entry.url == reverse(GATHERING)]
    return next((entry.url for entry in (*waiting, *gathering, *entries)), reverse("notices"))


def _navigation(request: HttpRequest) -> tuple[Entry, ...]:
    open_chapters = [chapter for chapter in _built() if _opens(request, chapter)]
    here, today = _chapter_of(request), access.today(access.now())
    waiting = cases.workload(request.user, today).waiting if access.may(request, "cases.view") else 0
    return tuple(
        Entry(
            chapter.label,
            chapter.icon,
            reverse(chapter.view),
            chapter.key,
            chapter.rule_above and at > 0,
            chapter.view == here,
            waiting if chapter.view == CASES else 0,
        )
        for at, chapter in enumerate(open_chapters)
    )


def _opens(request: HttpRequest, chapter: Chapter) -> bool:
    return access.may(request, chapter.permission) and access.opens(request, reverse(chapter.view))


@cache
def _built() -> tuple[Chapter, ...]:
    """The chapters that have pages."""
    built = []
    for chapter in CHAPTERS:
        with contextlib.suppress(NoReverseMatch):
            reverse(chapter.view)
            built.append(chapter)
    return tuple(built)


def _chapter_of(request: HttpRequest) -> str:
    """The navigation entry whose address the present one begins with, the longest first."""
    addresses = {chapter.view: reverse(chapter.view) for chapter in _built()}
    fitting = [view for view, address in addresses.items() if request.path.startswith(address) and address != "/"]
    if request.path == "/":
        return CHAPTERS[0].view
    return max(fitting, key=lambda view: len(addresses[view]), default="")
