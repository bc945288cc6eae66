"""政策草稿: the list, starting one, and the page on which it is written, checked and tried (ORG-22, ORG-23)."""

import contextlib
import difflib
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any, Final

from django import forms
from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import NoReverseMatch, reverse
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from tongchou.kernel.errors import DomainError
from tongchou.parameters import commands, local, queries, texts
from tongchou.parameters.checks import WORKED_ON, ChangedMeanwhile
from tongchou.parameters.commands.drafting import with_values
from tongchou.parameters.queries import Changed, DraftStep, DraftView
from tongchou.parameters.states import EDITABLE, DraftKind, DraftState
from tongchou.parameters.web import shown
from tongchou.parameters.web.entries import as_shown, sections
from tongchou.platform.web import lists
from tongchou.platform.web.access import PageRequest, check_unit, page, refusals_at, sentence, sentence_with_code
from tongchou.platform.web.crumbs import crumbs
from tongchou.policy.errors import PackageRefused

PARTS: Final = (
    ("values", _("数值")),
    ("text", _("正文")),
    ("changes", _("改动")),
    ("golden", _("算例")),
)


# --- the list -------------------------------------------------------------------------------------------------------


class DraftFilter(lists.FilterForm):
    state = lists.choice(_("状态"), DraftState.choices)
    area = lists.words(_("地区"), _("代码"), longest=12)


def _read(request: PageRequest, criteria: Mapping[str, Any]) -> lists.Rows:
    return lists.Held(queries.drafts(request.scope, **criteria))


DRAFTS: Final = lists.List(
    name="policy_drafts",
    title=_("政策草稿"),
    columns=(
        lists.Column(_("名称"), "title"),
        lists.Column(_("种类"), lambda row: row.kind.label, "choice"),
        lists.Column(_("地区"), "area", "code"),
        lists.Column(_("险种"), lambda row: shown.scheme_name(row.scheme), "choice"),
        lists.Column(_("生效"), "valid_from", "day"),
        lists.Column(_("起草人"), "maker"),
        lists.Column(_("最后修改"), "changed_at", "moment"),
        lists.Column(_("待改"), lambda row: len(row.findings), "number"),
        lists.Column(_("状态"), shown.draft_badge, "state"),
    ),
    read=_read,
    orders={"newest": ("-changed_at",)},
    form=DraftFilter,
    link=lambda row: reverse("policy:draft", args=[row.id]),
    template="parameters/drafts.html",
    empty=_("没有草稿。"),
    next_step=_("打开一个政策包,按“起草新版本”开始;县级只改几项的,起草地方细则。"),
)


@page("policy.view")
def drafts(request: PageRequest) -> HttpResponse:
    """The drafts of the areas in scope, the last changed first."""
    return DRAFTS.respond(
        request,
        crumbs=crumbs((_("政策"), "policy:packages"), _("草稿")),
        may_draft=shown.may(request, "policy.draft"),
        **shown.tabs("drafts"),
    )


# --- beginning ------------------------------------------------------------------------------------------------------


def _text(label: Any, help_text: Any = "", *, lines: int = 0) -> forms.CharField:
    attrs = {"class": "form-control"} | ({"rows": lines} if lines else {})
    widget = forms.Textarea(attrs=attrs) if lines else forms.TextInput(attrs=attrs)
    field = forms.CharField(label=label, help_text=help_text, widget=widget, max_length=2000)
    field.wide = bool(lines)  # type: ignore[attr-defined]  the template's layout
    return field


class StartForm(forms.Form):
    """起草新版本."""

    title = _text(_("名称"))
    valid_from = lists.day(_("生效日期"))
    reason = _text(_("起草理由"), _("依据的文件;追溯生效的,写明为何追溯。"), lines=3)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, label_suffix="", **kwargs)
        self.fields["valid_from"].required = True
        self.fields["valid_from"].help_text = _("按业务事实日期适用;晚于今天的到日自动生效,早于今天的是追溯更正。")


class StartLocalForm(StartForm):
    """起草地方细则."""

    area = forms.CharField(
        label=_("地区代码"), max_length=6, widget=forms.TextInput(attrs={"class": "form-control mono"})
    )
    scheme = forms.ChoiceField(
        label=_("险种"), choices=list(shown.SCHEMES.items()), widget=forms.Select(attrs={"class": "form-select"})
    )
    field_order = ("area", "scheme", "title", "valid_from", "reason")


@page("policy.draft", methods=("GET", "POST"))
def start(request: PageRequest) -> HttpResponse:
    """From which version, from which day, and why."""
    base = queries.version(request.GET.get("base", ""))
    check_unit(request, base.area, kind="policy_area", key=base.area)
    form = StartForm(request.POST or None, initial={"title": base.title})
    if request.method == "POST" and form.is_valid():
        given = form.cleaned_data
        with refusals_at(form):
            begun = commands.start_draft(base_hash=base.content_hash, **given, by=request.operator, now=request.now)
            return redirect("policy:draft", begun.pk)
    context = {
        "form": form,
        "base": base,
        "crumbs": crumbs((_("政策"), "policy:packages"), (_("草稿"), "policy:drafts"), _("起草新版本")),
    }
    return render(request, "parameters/start.html", context, status=422 if form.errors else 200)


@page("policy.draft", methods=("GET", "POST"))
def start_local(request: PageRequest) -> HttpResponse:
    """起草地方细则: for which area."""
    form = StartLocalForm(request.POST or None, initial={"scheme": "resident"})
    if request.method == "POST" and form.is_valid():
        with refusals_at(form, "area"):
            begun = commands.start_local_draft(**form.cleaned_data, by=request.operator, now=request.now)
            return redirect("policy:draft", begun.pk)
    context = {
        "form": form,
        "base": None,
        "crumbs": crumbs((_("政策"), "policy:packages"), (_("草稿"), "policy:drafts"), _("起草地方细则")),
    }
    return render(request, "parameters/start.html", context, status=422 if form.errors else 200)


# --- one draft ------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Typed:
    """What the operator had written when the house said no: nothing of it is lost."""

    values: Mapping[str, str] | None = None
    text: str | None = None
    refusal: DomainError | None = None


@page("policy.view")
def draft(request: PageRequest, draft_id: int) -> HttpResponse:
    """One draft: its values, text, changes, golden tables and what was done with it."""
    return draft_page(request, found(request, draft_id), part=request.GET.get("part", ""))


def found(request: PageRequest, draft_id: int) -> DraftView:
    """The draft, if it is of the reader's area. Raises: DraftUnknown, OutOfScope."""
    view = queries.draft(draft_id)
    check_unit(request, view.area, kind="policy_draft", key=draft_id)
    return view


def draft_page(
    request: PageRequest, view: DraftView, *, part: str = "", typed: Typed | None = None, **more: Any
) -> HttpResponse:
    """The page of a draft, as it is kept or as it was just typed."""
    typed = typed or Typed()
    here = part if part in dict(PARTS) else ("text" if view.kind == DraftKind.LOCAL else "values")
    text = view.text if typed.text is None else typed.text
    conflict = isinstance(typed.refusal, ChangedMeanwhile)
    steps = queries.timeline(view.id)
    context = {
        "draft": view,
        "kind": view.kind.label,
        "scheme": shown.scheme_name(view.scheme),
        "state": shown.draft_badge(view),
        "when": _when(view, request.today),
        "base": queries.version(view.base_hash),
        "parts": [(key, label, f"?part={key}") for key, label in PARTS if not _is_left_out(key, view)],
        "part": here,
        "editable": view.state in EDITABLE and shown.may(request, "policy.draft"),
        "may_submit": view.state in EDITABLE and shown.may(request, "policy.draft"),
        "may_decide": view.state == DraftState.SUBMITTED
        and shown.may(request, "policy.approve")
        and request.operator.pk not in _hands(steps),
        "may_withdraw": view.state in (*EDITABLE, DraftState.SUBMITTED) and shown.may(request, "policy.draft"),
        "replay": _replay(request, view),
        "golden_is_fresh": view.golden_digest == local.digest(view.text),
        "otherwise": sum(bool(one["differences"] or one["problem"]) for one in view.golden or ()),
        "timeline": steps,
        "refusal": sentence_with_code(typed.refusal) if typed.refusal else "",
        "crumbs": crumbs((_("政策"), "policy:packages"), (_("草稿"), "policy:drafts"), view.title),
        **_of_part(here, view, text, typed, conflict=conflict),
        **more,
    }
    return render(request, "parameters/draft.html", context, status=422 if typed.refusal or more else 200)


def _hands(steps: list[DraftStep]) -> set[int]:
    """Who wrote, changed or submitted it: they are not offered to decide."""
    return {step.operator_id for step in steps if step.action in WORKED_ON}


def _is_left_out(key: str, found: DraftView) -> bool:
    return key == "values" and found.kind == DraftKind.LOCAL


def _when(found: DraftView, today: date) -> str:
    """Whether the day is to come or gone by, in words."""
    if found.valid_from > today:
        return gettext("到日自动生效")
    return gettext("追溯更正") if found.valid_from < today else gettext("核准即生效")


def _replay(request: PageRequest, found: DraftView) -> str:
    """Where the draft can be replayed on past settlements, once there is such a place."""
    if not shown.may(request, "policy.replay"):
        return ""
    with contextlib.suppress(NoReverseMatch):
        return f"{reverse('lab:replay_new')}?draft={found.id}"
    return ""


def _of_part(here: str, found: DraftView, text: str, typed: Typed, *, conflict: bool) -> dict[str, Any]:
    """What the part of the page that is open needs."""
    if here == "values":
        return {"sections": sections(found.text, queries.draft_base(found.id).definition, found.findings, typed.values)}
    if here == "text":
        lines = text.count("\n") + 1
        diff = list(difflib.unified_diff(found.text.splitlines(), text.splitlines(), lineterm="", n=0))[2:]
        return {"text": text, "lines": range(1, lines + 1), "rows": lines + 2, "diff": diff if conflict else []}
    if here == "changes":
        return {"changes": _changes(found), "unreadable": bool(found.findings)}
    return {}


def _changes(found: DraftView) -> list[Changed]:
    try:
        return queries.compared(queries.draft_base(found.id), queries.draft_package(found.id))
    except DomainError:
        return []  # the findings say why


# --- what is done with it -------------------------------------------------------------------------------------------


def edition_of(request: PageRequest) -> int:
    posted = request.POST.get("edition", "")
    return int(posted) if posted.isdecimal() and len(posted) < 9 else 0


def changed_values(request: PageRequest, text: str) -> dict[str, str | None]:
    """The values of the form that are not what the text says; one left empty takes its key away."""
    changes: dict[str, str | None] = {}
    kept = texts.values(text)
    for path, posted in request.POST.items():
        if path.startswith(("parameters/", "package/")):
            written = " ".join(str(posted).split())
            if written != as_shown(path, kept.get(path, "")):
                changes[path] = written or None
    return changes


@page("policy.draft", methods=("POST",))
def save_values(request: PageRequest, draft_id: int) -> HttpResponse:
    """保存数值 of the form; what was typed comes back with a refusal."""
    kept = found(request, draft_id)
    try:
        commands.save_values(
            draft_id=draft_id,
            edition=edition_of(request),
            changes=changed_values(request, kept.text),
            by=request.operator,
            now=request.now,
        )
    except DomainError as refusal:
        typed = Typed(values={path: str(value) for path, value in request.POST.items()}, refusal=refusal)
        return draft_page(request, queries.draft(draft_id), part="values", typed=typed)
    messages.success(request, gettext("已保存。"))
    return redirect(f"{reverse('policy:draft', args=[draft_id])}?part=values")


@page("policy.draft", methods=("POST",))
def save_text(request: PageRequest, draft_id: int) -> HttpResponse:
    """保存正文; what was typed comes back with a refusal."""
    found(request, draft_id)
    text = request.POST.get("text", "")
    try:
        commands.save_text(
            draft_id=draft_id, edition=edition_of(request), text=text, by=request.operator, now=request.now
        )
    except DomainError as refusal:
        typed = Typed(text=texts.tidy(text), refusal=refusal)
        return draft_page(request, queries.draft(draft_id), part="text", typed=typed)
    messages.success(request, gettext("已保存。"))
    return redirect(f"{reverse('policy:draft', args=[draft_id])}?part=text")


@page("policy.draft", methods=("POST",))
def check(request: PageRequest, draft_id: int) -> HttpResponse:
    """随改随校: the findings of what stands in the form, kept nowhere."""
    kept = found(request, draft_id)
    findings: list[Mapping[str, Any]]
    try:
        text = (
            texts.tidy(request.POST["text"])
            if "text" in request.POST
            else with_values(kept.text, changed_values(request, kept.text))
        )
        findings = list(queries.findings_of(draft_id, text, request.today))
    except DomainError as refusal:
        findings = [{"line": 1, "key": "", "code": refusal.code, "reason": sentence(refusal)}]
    return render(request, "parameters/parts/findings.html", {"findings": findings, "checked": True, "draft": kept})


@page("policy.draft", methods=("POST",))
def golden(request: PageRequest, draft_id: int) -> HttpResponse:
    """运行算例."""
    found(request, draft_id)
    try:
        commands.run_golden(draft_id=draft_id, by=request.operator, now=request.now)
    except PackageRefused as refusal:
        return draft_page(request, queries.draft(draft_id), part="golden", typed=Typed(refusal=refusal))
    return redirect(f"{reverse('policy:draft', args=[draft_id])}?part=golden")


@page("policy.draft", methods=("POST",))
def submit(request: PageRequest, draft_id: int) -> HttpResponse:
    """送审."""
    found(request, draft_id)
    try:
        commands.submit(draft_id=draft_id, edition=edition_of(request), by=request.operator, now=request.now)
    except DomainError as refusal:
        return draft_page(request, queries.draft(draft_id), typed=Typed(refusal=refusal))
    messages.success(request, gettext("已送审,等待他人核准。"))
    return redirect("policy:draft", draft_id)


@page("policy.draft", methods=("POST",))
def withdraw(request: PageRequest, draft_id: int) -> HttpResponse:
    """撤回."""
    found(request, draft_id)
    try:
        commands.withdraw(
            draft_id=draft_id, reason=request.POST.get("reason", ""), by=request.operator, now=request.now
        )
    except DomainError as refusal:
        return draft_page(request, queries.draft(draft_id), typed=Typed(refusal=refusal))
    messages.success(request, gettext("草稿已撤回。"))
    return redirect("policy:draft", draft_id)
