"""激励政策 (JS-EXT §2; CON-33): programmes with their conditions, who takes part, what they and others pay."""

from collections.abc import Mapping
from typing import Any, Final

from django import forms
from django.contrib import messages
from django.db.models import Count, Q, QuerySet, Sum
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from tongchou.contributions.models import Programme, ProgrammeMember
from tongchou.contributions.programmes import commands
from tongchou.contributions.programmes.states import Bearer, Fact, Kept, ProgrammeKind
from tongchou.contributions.units import months
from tongchou.contributions.web.employee_fields import ConsoleForm, MonthField, select, whole, words
from tongchou.enrolment import queries as enrolment
from tongchou.enrolment.states import SpecialCategory
from tongchou.kernel.money import yuan_text
from tongchou.kernel.months import add_months
from tongchou.platform.web import lists
from tongchou.platform.web.access import PageRequest, check_area, may, page, refusals_at
from tongchou.platform.web.areas import own_area
from tongchou.platform.web.badges import Badge, Tone
from tongchou.platform.web.charts import Chart, Series
from tongchou.platform.web.crumbs import Crumb, crumbs

_TONES: Final = {Kept.COUNTED: Tone.DONE, Kept.WAITING: Tone.WAITING, Kept.WITHDRAWN: Tone.RESTING}


def member_badge(state: str) -> Badge:
    """参与状态 as shown."""
    known = Kept(state)
    return Badge(str(known.label), _TONES[known])


def _inside(request: PageRequest) -> QuerySet[Programme]:
    return Programme.objects.filter(pooling_area_id=own_area(request))


@page("contributions.view")
def programmes(request: PageRequest) -> HttpResponse:
    """激励政策 of the area with how many each has, what they paid and what others bear."""
    counted = Q(members__state=Kept.COUNTED)
    found = list(
        _inside(request)
        .annotate(
            counted=Count("members", filter=counted),
            waiting=Count("members", filter=Q(members__state=Kept.WAITING)),
            personal=Sum("members__personal_fen", filter=counted, default=0),
            rest=Sum("members__rest_fen", filter=counted, default=0),
        )
        .order_by("-valid_from", "code")
    )
    source = gettext("来源:政策享受登记,%(day)s") % {"day": request.today.isoformat()}
    context = {
        "rows": [(one, ProgrammeKind(one.kind).label, _in_force(one, request)) for one in found],
        "charts": [
            Chart(
                key="programmes",
                title=_("已享受人数"),
                kind="bars-lying",
                labels=[one.name for one in found],
                series=[Series(_("已享受"), [one.counted for one in found], "layer-pool")],
                unit=_("人"),
                source=source,
            )
        ]
        if any(one.counted for one in found)
        else [],
        "figures": [
            {"label": _("已享受人数"), "value": f"{sum(one.counted for one in found):,}"},
            {"label": _("待缴费人数"), "value": f"{sum(one.waiting for one in found):,}"},
            {"label": _("个人已缴"), "value": _yuan(sum(one.personal for one in found))},
            {"label": _("减免或部门承担"), "value": _yuan(sum(one.rest for one in found))},
        ],
        "may_set": may(request, months.SET),
        "crumbs": crumbs((_("单位缴费"), "contributions:unit_months"), _("激励政策")),
    }
    return render(request, "contributions/programmes.html", context)


def _in_force(one: Programme, request: PageRequest) -> Badge:
    if request.today < one.valid_from:
        return Badge(gettext("未开始"), Tone.RESTING)
    if one.valid_until is not None and one.valid_until <= request.today:
        return Badge(gettext("已终止"), Tone.RESTING)
    return Badge(gettext("有效"), Tone.DONE)


def _yuan(fen: int) -> str:
    return gettext("%(amount)s 元") % {"amount": yuan_text(fen, grouped=True)}


class ProgrammeForm(ConsoleForm):
    """维护激励政策: the share as a fraction, the conditions by their figures."""

    optional = (
        "valid_until", "rest_department", "break_months", "age_from", "age_below", "group", "proof"
    )  # fmt: skip

    code = words(_("政策编号"), 20)
    name = words(_("政策名称"), 100)
    kind = select(_("种类"), ProgrammeKind.choices)
    valid_from = lists.day(_("有效期起"))
    valid_until = lists.day(_("有效期止(不含)"))
    share_of = whole(_("个人负担份数"), min_value=0, max_value=100)
    share_in = whole(_("总份数"), min_value=1, max_value=100)
    rest_by = select(_("其余部分"), Bearer.choices)
    rest_department = words(_("承担部门"), 60)
    waiting_months = whole(_("等待期月数"), min_value=0, max_value=24)
    break_months = whole(_("条件:中断缴费月数不少于"), min_value=1, max_value=600)
    never_employee = forms.BooleanField(label=_("条件:从未参加职工医保"))
    age_from = whole(_("条件:年满周岁"), min_value=1, max_value=120)
    age_below = whole(_("条件:未满周岁"), min_value=1, max_value=120)
    group = select(_("条件:特殊人员标识"), [("", _("不限")), *SpecialCategory.choices])
    proof = words(_("条件:持有证明"), 100)
    source = words(_("文件依据"))

    def conditions(self) -> tuple[Mapping[str, Any], ...]:
        """条件 as data, in the order of the form."""
        told = self.cleaned_data
        found = [{"fact": Fact.NEVER_EMPLOYEE.value}] if told["never_employee"] else []
        for fact in (Fact.BREAK_MONTHS, Fact.AGE_FROM, Fact.AGE_BELOW, Fact.GROUP, Fact.PROOF):
            if told[fact.value]:
                found.append({"fact": fact.value, "value": str(told[fact.value])})
        return tuple(found)


@page(months.SET, methods=("GET", "POST"))
def add(request: PageRequest) -> HttpResponse:
    """新增激励政策."""
    form = ProgrammeForm(request.POST or None, initial={"share_of": 1, "share_in": 3, "waiting_months": 0})
    if request.method == "POST" and form.is_valid():
        told = form.cleaned_data
        with refusals_at(form, "code"):
            made = commands.set_programme(
                pooling_area=own_area(request),
                code=told["code"],
                terms=commands.ProgrammeTerms(
                    name=told["name"],
                    kind=ProgrammeKind(told["kind"]),
                    valid_from=told["valid_from"],
                    valid_until=told["valid_until"],
                    share_of=told["share_of"],
                    share_in=told["share_in"],
                    rest_by=Bearer(told["rest_by"]),
                    rest_department=told["rest_department"],
                    waiting_months=told["waiting_months"],
                    conditions=form.conditions(),
                ),
                source=told["source"],
                operator=request.operator,
                now=request.now,
            )
            messages.success(request, gettext("激励政策已维护。"))
            return redirect("contributions:programme", made.pk)
    context = {
        "form": form,
        "form_name": "programme",
        "heading": _("新增激励政策"),
        "crumbs": crumbs((_("激励政策"), "contributions:programmes"), _("新增激励政策")),
    }
    return render(request, "contributions/employee_form.html", context, status=422 if form.errors else 200)


class PartForm(ConsoleForm):
    """登记享受人员."""

    optional = ("proof",)

    person_no = words(_("人员编号"), 30)
    month_from = MonthField(label=_("补缴月份起"))
    last_month = MonthField(label=_("补缴月份止"))
    base = lists.YuanField(label=_("月缴费基数(元)"))
    proof = words(_("证明材料"), 100)


class EndForm(ConsoleForm):
    """终止激励政策."""

    until = lists.day(_("终止日期(不含)"))


@page("contributions.view", methods=("GET", "POST"))
def programme(request: PageRequest, programme_id: int) -> HttpResponse:
    """One programme: its terms in words, who takes part; registering somebody, ending it."""
    found = _find(request, programme_id)
    ends = "until" in request.POST
    form = PartForm(None if ends else request.POST or None)
    end_form = EndForm(request.POST if ends else None)
    if request.method == "POST" and (end_form if ends else form).is_valid():
        if ends:
            with refusals_at(end_form, "until"):
                commands.end_programme(
                    programme_id=found.pk,
                    valid_until=end_form.cleaned_data["until"],
                    operator=request.operator,
                    now=request.now,
                )
        else:
            _take_part(request, found, form)
        if not ((ends and end_form.errors) or (not ends and form.errors)):
            messages.success(request, gettext("已登记。"))
            return redirect("contributions:programme", found.pk)
    sums = found.members.aggregate(
        counted=Count("id", filter=Q(state=Kept.COUNTED)),
        waiting=Count("id", filter=Q(state=Kept.WAITING)),
        personal=Sum("personal_fen", filter=Q(state=Kept.COUNTED), default=0),
        rest=Sum("rest_fen", filter=Q(state=Kept.COUNTED), default=0),
    )
    state = _in_force(found, request)
    in_force = state.tone is Tone.DONE
    takes, may_end = in_force and may(request, commands.TAKE), in_force and may(request, months.SET)
    context = {
        "programme": found,
        "kind": ProgrammeKind(found.kind).label,
        "state": state,
        "conditions": commands.in_words(found.conditions),
        "bearer": Bearer(found.rest_by).label,
        "sums": sums,
        "form": form if takes else None,
        "end_form": end_form if may_end else None,
        "withheld": (None if may_end else end_form) if ends else (None if takes else form),
        "crumbs": crumbs((_("激励政策"), "contributions:programmes"), found.name),
    }
    bad = form.errors or end_form.errors
    return render(request, "contributions/programme.html", context, status=422 if bad else 200)


def _take_part(request: PageRequest, found: Programme, form: PartForm) -> None:
    told = form.cleaned_data
    person = enrolment.facts_by_person_no(told["person_no"], request.today)
    if person is None:
        form.add_error("person_no", gettext("没有这个人员编号。"))
        return
    with refusals_at(form, "person_no"):
        commands.take_part(
            programme_id=found.pk,
            person_id=person.id,
            part=commands.Part(
                month_from=told["month_from"],
                month_until=add_months(told["last_month"], 1),
                base_fen=told["base"],
                proof=told["proof"],
            ),
            operator=request.operator,
            now=request.now,
        )


class MemberFilter(lists.FilterForm):
    state = lists.choice(_("状态"), Kept.choices)


def _members(programme_id: int) -> lists.List:
    def read(request: PageRequest, criteria: Mapping[str, Any]) -> lists.Rows:
        found = ProgrammeMember.objects.filter(
            request.scope.q("unit_code", "programme__pooling_area"), programme_id=programme_id
        ).select_related("person", "due")
        if state := criteria.get("state"):
            found = found.filter(state=state)
        return lists.Table(found)

    return lists.List(
        name="programme_members",
        title=_("政策享受人员"),
        columns=(
            lists.Column(_("姓名"), lambda row: row.person.name, "name"),
            lists.Column(_("人员编号"), lambda row: row.person.person_no, "code"),
            lists.Column(_("补缴月份起"), lambda row: f"{row.month_from:%Y-%m}"),
            lists.Column(_("月缴费基数(元)"), "base_fen", "money"),
            lists.Column(_("应补缴总额(元)"), "total_fen", "money"),
            lists.Column(_("个人负担(元)"), "personal_fen", "money"),
            lists.Column(_("其余部分(元)"), "rest_fen", "money"),
            lists.Column(_("享受日期"), "counted_on", "day"),
            lists.Column(_("待遇起"), "covered_from", "day"),
            lists.Column(_("状态"), lambda row: member_badge(row.state), "state"),
        ),
        read=read,
        orders={"newest": ("-id",)},
        form=MemberFilter,
        link=lambda row: reverse("contributions:due", args=[row.due.number]) if row.due else "",
        empty=_("还没有人享受这项政策。"),
    )


@page("contributions.view")
def members(request: PageRequest, programme_id: int) -> HttpResponse:
    """政策享受人员 of a programme, masked, with their export."""
    found = _find(request, programme_id)
    return _members(programme_id).respond(
        request,
        crumbs=[
            *crumbs((_("激励政策"), "contributions:programmes")),
            Crumb(found.name, reverse("contributions:programme", args=[found.pk])),
            *crumbs(_("政策享受人员")),
        ],
    )


def _find(request: PageRequest, programme_id: int) -> Programme:
    """Raises: Http404, AreaOutOfScope."""
    found = Programme.objects.filter(pk=programme_id).first()
    if found is None:
        raise Http404
    if found.pooling_area_id != own_area(request):
        check_area(request, found.pooling_area_id)
    return found
