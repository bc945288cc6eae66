"""培训: results, courses, what posts ask for, and posts given without it (QA2018 三.4; ORG-14)."""

from collections.abc import Callable, Mapping
from typing import Any, Final

from django import forms
from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from tongchou.kernel.errors import DomainError
from tongchou.platform import commands, queries, training_queries
from tongchou.platform.states import ConfirmationState, TrainingLevel, TrainingResult
from tongchou.platform.web import lists
from tongchou.platform.web.access import PageRequest, may, page, refusals_at, sentence_with_code
from tongchou.platform.web.badges import Badge, Tone
from tongchou.platform.web.crumbs import crumbs
from tongchou.platform.web.importing import may_import
from tongchou.platform.web.training_badges import training_badge

STATES: Final = [
    (training_queries.VALID, _("有效")),
    (training_queries.ENDING, _("即将到期")),
    (training_queries.ENDED, _("已过期")),
    (training_queries.FAILED, _("不合格")),
]
_TONES: Final = {
    ConfirmationState.ASKED: Tone.WAITING,
    ConfirmationState.CONFIRMED: Tone.DONE,
    ConfirmationState.REFUSED: Tone.BAD,
}


class TrainingFilter(lists.FilterForm):
    words = lists.words(_("姓名或工作人员代码"))
    course = lists.choice(_("课程"), [])
    state = lists.choice(_("状态"), STATES)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        offered = [(one.code, f"{one.code} {one.name}") for one in training_queries.courses()]
        self.fields["course"].choices = [("", _("全部")), *offered]


def _read(request: PageRequest, criteria: Mapping[str, Any]) -> lists.Rows:
    return lists.Table(training_queries.listed(request.scope, criteria, request.today))


def _complete(request: PageRequest, rows: Any) -> Any:
    for row in rows:
        row.state = training_badge(row, request.today)
    return rows


RECORDS: Final = lists.List(
    name="training",
    title=_("培训记录"),
    columns=(
        lists.Column(_("姓名"), lambda row: row.operator.name),
        lists.Column(_("工作人员代码"), lambda row: row.operator.staff_code, "code"),
        lists.Column(_("所属机构"), lambda row: row.operator.org_unit.name),
        lists.Column(_("课程"), lambda row: f"{row.course_id} {row.course.name}"),
        lists.Column(_("层次"), lambda row: TrainingLevel(row.level).label, "choice"),
        lists.Column(_("考核日期"), "held_on", "day"),
        lists.Column(_("有效期至"), "valid_until", "last_day"),
        lists.Column(_("结果"), "state", "state"),
    ),
    read=_read,
    complete=_complete,
    orders={"held": ("-held_on", "-id")},
    form=TrainingFilter,
    link=lambda row: reverse("platform:operator", args=[row.operator.staff_code]),
    template="platform/training.html",
    empty=_("没有培训记录。"),
    next_step=_("登记一条结果,或导入培训结果表。"),
)


@page("training.view")
def records(request: PageRequest) -> HttpResponse:
    """培训记录 inside the scope; the expiring ones by filter."""
    waiting = training_queries.confirmations(request.scope, open_only=True) if may(request, "posts.confirm") else []
    return RECORDS.respond(
        request,
        may_manage=may(request, "training.manage"),
        may_import=may_import(request, "training"),
        waiting=len(waiting),
        crumbs=crumbs(_("系统"), (_("人员岗位"), "platform:operators"), _("培训记录")),
    )


class RecordForm(forms.Form):
    """登记培训结果."""

    staff_code = forms.CharField(label=_("工作人员代码"), max_length=30)
    course = forms.ChoiceField(label=_("课程"))
    level = forms.ChoiceField(label=_("层次"), choices=TrainingLevel.choices)
    held_on = lists.day(_("考核日期"))
    result = forms.ChoiceField(label=_("结果"), choices=TrainingResult.choices)
    last_day = lists.day(_("有效期至(含当日;不填则按课程的有效月数)"))

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, label_suffix="", **kwargs)
        self.use_required_attribute = False
        self.fields["held_on"].required = True
        self.fields["course"].choices = [(one.code, f"{one.code} {one.name}") for one in training_queries.courses()]
        self.fields["staff_code"].widget.attrs |= {"class": "form-control", "autocomplete": "off"}
        for name in ("course", "level", "result"):
            self.fields[name].widget.attrs["class"] = "form-select"


@page("training.manage", methods=("GET", "POST"))
def record(request: PageRequest) -> HttpResponse:
    """登记培训结果."""
    form = RecordForm(request.POST or None, initial={"held_on": request.today, "level": TrainingLevel.COUNTY})
    if request.method == "POST" and form.is_valid():
        data = form.cleaned_data
        found = queries.operator_by_staff_code(data["staff_code"].strip())
        with refusals_at(form):
            commands.record_training(
                operator_id=found.pk if found else 0,
                course_code=data["course"],
                level=TrainingLevel(data["level"]),
                held_on=data["held_on"],
                result=TrainingResult(data["result"]),
                last_day=data["last_day"],
                by=request.operator,
                now=request.now,
            )
            messages.success(request, gettext("已登记培训结果。"))
            return redirect("platform:training")
    context = {
        "form": form,
        "title": _("登记培训结果"),
        "crumbs": crumbs(_("系统"), (_("培训记录"), "platform:training"), _("登记培训结果")),
    }
    return render(request, "platform/training_form.html", context, status=422 if form.errors else 200)


@page("training.manage", methods=("POST",))
def void(request: PageRequest, record_id: int) -> HttpResponse:
    """作废培训记录, with a reason."""
    reason = request.POST.get("reason", "")[:200]
    voided = commands.void_training(record_id=record_id, reason=reason, by=request.operator, now=request.now)
    messages.success(request, gettext("培训记录已作废。"))
    return redirect("platform:operator", voided.operator.staff_code)


class CourseForm(forms.Form):
    """培训课程."""

    code = forms.CharField(label=_("课程代码"), max_length=20)
    name = forms.CharField(label=_("课程名称"), max_length=60)
    valid_months = forms.IntegerField(label=_("有效月数(不填为长期)"), required=False)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, label_suffix="", **kwargs)
        for field in self.fields.values():
            field.widget.attrs |= {"class": "form-control", "autocomplete": "off"}


@page("training.view", methods=("GET", "POST"))
def courses(request: PageRequest) -> HttpResponse:
    """课程与岗位培训要求 (`post.requires_training`), and who holds a post without it."""
    form = CourseForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        with refusals_at(form):
            commands.set_training_course(**form.cleaned_data, by=request.operator, now=request.now)
            messages.success(request, gettext("已保存课程。"))
            return redirect("platform:courses")
    context = {
        "form": form,
        "courses": training_queries.courses(),
        "requirements": training_queries.requirements(request.today),
        "posts": queries.posts(),
        "lacking": [
            one for one in training_queries.holders_without(request.today) if request.scope.covers(one.org_unit.path)
        ],
        "may_manage": may(request, "training.manage"),
        "crumbs": crumbs(_("系统"), (_("培训记录"), "platform:training"), _("课程与岗位要求")),
    }
    return render(request, "platform/courses.html", context, status=422 if form.errors else 200)


@page("training.manage", methods=("POST",))
def require(request: PageRequest) -> HttpResponse:
    """设定岗位培训要求."""

    def act() -> str:
        commands.require_training(
            post_code=request.POST.get("post", ""),
            course_code=request.POST.get("course", ""),
            by=request.operator,
            now=request.now,
        )
        return gettext("已设定岗位培训要求。")

    return _done(request, act, "platform:courses")


@page("training.manage", methods=("POST",))
def drop(request: PageRequest, requirement_id: int) -> HttpResponse:
    """取消岗位培训要求."""

    def act() -> str:
        commands.drop_training_requirement(requirement_id=requirement_id, by=request.operator, now=request.now)
        return gettext("已取消岗位培训要求,自今日起。")

    return _done(request, act, "platform:courses")


@page("posts.confirm")
def confirmations(request: PageRequest) -> HttpResponse:
    """任职确认: what waits for a leader, and what was decided."""
    found = training_queries.confirmations(request.scope)
    names = training_queries.course_names({code for one in found for code in one.missing})
    context = {
        "found": [
            (
                one,
                "、".join(f"{code} {names.get(code, '')}".strip() for code in one.missing),
                Badge(str(ConfirmationState(one.state).label), _TONES[ConfirmationState(one.state)]),
                one.state == ConfirmationState.ASKED,
            )
            for one in found
        ],
        "crumbs": crumbs(_("系统"), (_("人员岗位"), "platform:operators"), _("任职确认")),
    }
    return render(request, "platform/confirmations.html", context)


@page("posts.confirm", methods=("POST",))
def decide(request: PageRequest, confirmation_id: int) -> HttpResponse:
    """确认 or 不同意任职, with a reason."""

    def act() -> str:
        agreed = request.POST.get("act") == "agree"
        commands.decide_confirmation(
            confirmation_id=confirmation_id,
            agree=agreed,
            reason=request.POST.get("reason", "")[:200],
            by=request.operator,
            now=request.now,
        )
        return gettext("已确认任职。") if agreed else gettext("已记为不同意任职。")

    return _done(request, act, "platform:confirmations")


def _done(request: PageRequest, act: Callable[[], str], then: str) -> HttpResponse:
    """Carry out what a button asks for, and say on the page it stands on what came of it."""
    try:
        messages.success(request, act())
    except DomainError as refusal:
        messages.error(request, sentence_with_code(refusal))
    return redirect(then)
