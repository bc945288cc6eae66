"""业务件: the queue of each post, with filters and bulk steps (ORG-15, ORG-17, ORG-21)."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final
from urllib.parse import urlsplit

from django.contrib import messages
from django.db.models import Q
from django.http import HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.translation import gettext, ngettext
from django.utils.translation import gettext_lazy as _

from tongchou.cases import commands, kinds, queries
from tongchou.cases.commands import steps
from tongchou.cases.commands.deciding import Answer
from tongchou.cases.models import Case
from tongchou.cases.states import CaseState, Decision
from tongchou.cases.web.badges import case_badge, limit_badge
from tongchou.platform import queries as platform
from tongchou.platform.web import lists
from tongchou.platform.web.access import PageRequest, may, page, sentence, sentence_with_code
from tongchou.platform.web.badges import Badge
from tongchou.platform.web.crumbs import crumbs

MOST_AT_ONCE: Final = 200

MINE: Final = "mine"
VIEWS: Final = (
    (MINE, _("待我办理")),
    ("open", _("未办结")),
    ("overdue", _("已超期")),
    ("to_hand_out", _("待发放结果")),
    ("unattended", _("无人办理")),
)


def _kind_choices() -> list[tuple[str, Any]]:
    return [(kind.code, kind.title) for kind in kinds.registered()]


class CaseFilter(lists.FilterForm):
    view = lists.choice(_("范围"), VIEWS)
    kind = lists.choice(_("事项"), ())
    state = lists.choice(_("状态"), CaseState.choices)
    entered = lists.choice(_("受理方式"), (("afterwards", _("事后补录")), ("at_once", _("即时受理"))))
    words = lists.words(_("受理号末位、姓名或编号"))

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["kind"].choices = [("", _("全部")), *((code, gettext(title)) for code, title in _kind_choices())]


@dataclass(frozen=True, slots=True)
class Line:
    """A case as listed."""

    case: Case
    title: str
    state: Badge
    limit: Badge | None
    unit: str
    pick: str
    why: str
    """Why the operator, who has the step's post, may not decide it (不能办理的原因)."""

    def __getattr__(self, name: str) -> Any:
        return getattr(self.case, name)


def _posts(request: PageRequest) -> frozenset[str]:
    """The posts the operator may act for, asked once for a page."""
    known = request.__dict__
    if "posts_at_hand" not in known:
        known["posts_at_hand"] = queries.posts_at_hand(request.operator, request.today)
    return frozenset(known["posts_at_hand"])


def _read(request: PageRequest, criteria: Mapping[str, Any]) -> lists.Rows:
    found = queries.listed(
        request.scope, criteria, posts=_posts(request), operator=request.operator, today=request.today
    )
    return lists.Table(found)


def _complete(request: PageRequest, rows: Sequence[Case]) -> Sequence[Line]:
    posts = _posts(request)
    calendar = platform.working_calendar()
    units = platform.unit_names_of({row.unit_code for row in rows})
    why = steps.why_not_each(rows, operator=request.operator, today=request.today)
    return [
        Line(
            case=row,
            title=kinds.kind_of(row.kind).title,
            state=case_badge(row),
            limit=limit_badge(row, calendar, request.today),
            unit=units.get(row.unit_code, row.unit_code),
            pick=f"{row.number}:{row.version}" if _may_be_picked(row, posts, request, row.number in why) else "",
            why=sentence(why[row.number]) if row.number in why else "",
        )
        for row in rows
    ]


def _may_be_picked(case: Case, posts: frozenset[str], request: PageRequest, kept_back: bool) -> bool:
    """Whether a bulk step may take it: it waits for one of these posts or for the operator by name, and needs no
    second factor of its own; or the operator may give it to somebody."""
    if case.state != CaseState.IN_HAND:
        return False
    if may(request, "cases.reassign"):
        return True
    if kept_back:
        return False
    step = kinds.kind_of(case.kind).step(case.step)
    return bool(set(step.posts) & posts or case.handler_id == request.operator.pk) and not step.needs_code


def _sorts(request: PageRequest) -> Sequence[str]:
    """What waits comes by its limit, the first due first; among others there are cases without a limit."""
    by_limit = request.GET.get("view", MINE) in (MINE, "overdue")
    return ("due", "-due", "-number", "number") if by_limit else ("-number", "number")


def _address(line: Line) -> str:
    return reverse("cases:case", args=[line.number])


CASES: Final = lists.List(
    name="cases",
    title=_("业务件"),
    columns=(
        lists.Column("", "pick", "pick"),
        lists.Column(_("受理号"), "number", "code", link=_address, sort="number"),
        lists.Column(_("事项"), "title", "choice"),
        lists.Column(_("办理对象"), "subject_name"),
        lists.Column(_("所属机构"), "unit"),
        lists.Column(_("收件时间"), "created_at", "moment"),
        lists.Column(_("补录"), lambda row: _("事后补录") if row.paper_on else "", "choice", if_said=True),
        lists.Column(_("办理期限"), "due_on", "day", sort="due"),
        lists.Column(_("期限状态"), "limit", "state"),
        lists.Column(_("状态"), "state", "state"),
        lists.Column(_("不能办理的原因"), "why", if_said=True),
    ),
    read=_read,
    complete=_complete,
    orders={"due": ("due_on", "id"), "-due": ("-due_on", "-id"), "-number": ("-id",), "number": ("id",)},
    sorts=_sorts,
    form=CaseFilter,
    defaults=lambda request: {"view": MINE},
    link=_address,
    template="cases/queue.html",
    empty=_("没有待办的业务件。"),
    next_step=_("可在“范围”中查看全部,或到窗口受理新的申请。"),
)


@page("cases.view")
def queue(request: PageRequest) -> HttpResponse:
    """The cases inside the scope; first those that wait for the operator."""
    allowed = {"may_accept": may(request, "cases.accept"), "may_reassign": may(request, "cases.reassign")}
    colleagues = platform.staff_of(request.operator.org_unit_id, request.today) if allowed["may_reassign"] else ()
    return CASES.respond(request, **allowed, colleagues=colleagues, crumbs=crumbs(_("业务件")))


@page("cases.view", methods=("POST",))
def bulk(request: PageRequest) -> HttpResponse:
    """批量同意: one decision for the chosen cases, each on its own; what was refused is said."""
    answers = commands.decide_each(
        chosen=_chosen(request),
        decision=Decision.AGREE,
        opinion=request.POST.get("opinion", "")[:500],
        operator=request.operator,
        now=request.now,
    )
    return _told(request, answers)


@page("cases.reassign", methods=("POST",))
def reassign(request: PageRequest) -> HttpResponse:
    """批量转交: the chosen cases to somebody by name, each on its own; what was refused is said."""
    answers = commands.reassign_each(
        chosen=_chosen(request),
        to_staff_code=request.POST.get("staff_code", "")[:30],
        reason=request.POST.get("reason", "")[:200],
        operator=request.operator,
        now=request.now,
    )
    return _told(request, answers)


def _chosen(request: PageRequest) -> list[tuple[str, int]]:
    return [one for one in map(_picked, request.POST.getlist("pick")[:MOST_AT_ONCE]) if one]


def _told(request: PageRequest, answers: Sequence[Answer]) -> HttpResponse:
    """How many were done, and why the others were not."""
    done = sum(answer.refusal is None for answer in answers)
    if done:
        said = ngettext("已办理 %(count)s 件。", "已办理 %(count)s 件。", done) % {"count": done}
        messages.success(request, said)
    for answer in answers:
        if answer.refusal is not None:
            messages.error(request, f"{answer.number}:{sentence_with_code(answer.refusal)}")
    if not answers:
        messages.warning(request, gettext("没有选择业务件。"))
    return redirect(_queue_as_seen(request))


def _queue_as_seen(request: PageRequest) -> str:
    """The queue with the filter under which the cases were chosen."""
    place, seen = reverse("cases:cases"), urlsplit(request.headers.get("Referer", ""))
    return f"{place}?{seen.query}" if seen.path == place and seen.query else place


@page("cases.view")
def following(request: PageRequest, number: str) -> HttpResponse:
    """下一件: the next case that waits for the operator, after this one while it waits too; none, and back to all."""
    waiting = queries.listed(
        request.scope, {"view": MINE}, posts=_posts(request), operator=request.operator, today=request.today
    ).order_by("due_on", "id")
    here = waiting.filter(number=number).first()
    others = waiting.exclude(number=number)
    after = others.filter(Q(due_on__gt=here.due_on) | Q(due_on=here.due_on, pk__gt=here.pk)) if here else others
    for some in (after[:MOST_AT_ONCE], others[:MOST_AT_ONCE]):
        why = steps.why_not_each(list(some), operator=request.operator, today=request.today)
        if found := next((one for one in some if one.number not in why), None):
            return redirect("cases:case", found.number)
    messages.success(request, gettext("没有其他待办的业务件。"))
    return redirect("cases:cases")


def _picked(text: str) -> tuple[str, int] | None:
    number, _colon, version = text.rpartition(":")
    return (number, int(version)) if number and version.isdecimal() else None
