"""归并与拆分 pages (ENR-17): two records side by side, the merges made, what a split would put back."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any, Final
from urllib.parse import urlencode

from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from reportlab.platypus import Flowable, Spacer

from tongchou.enrolment.merging import queries
from tongchou.enrolment.merging.case import LONGEST_PICKS, MERGE, SPLIT
from tongchou.enrolment.merging.models import PersonMerge
from tongchou.enrolment.models import Person
from tongchou.enrolment.web.duplicates import told
from tongchou.kernel.errors import DomainError
from tongchou.platform import queries as platform
from tongchou.platform.web import lists, masks, paper
from tongchou.platform.web.access import PageRequest, check_unit, may, note_look, page, sentence_with_code
from tongchou.platform.web.badges import Badge, Tone
from tongchou.platform.web.crumbs import Crumb, crumbs
from tongchou.platform.web.printing import Print, printed

PRINTED: Final = "enrolment.merge_printed"
STATES: Final = (("standing", _("已归并")), ("split", _("已拆分")))
MOST_PRINTED: Final = 40
"""Lines of one kind on the slip; the page shows them all."""


def merge_badge(made: PersonMerge) -> Badge:
    """归并状态 as shown."""
    return Badge(_("已归并"), Tone.DONE) if made.split_at is None else Badge(_("已拆分"), Tone.RESTING)


class MergeFilter(lists.FilterForm):
    words = lists.words(_("姓名、人员编号或受理号"))
    state = lists.choice(_("状态"), STATES)


def _read(request: PageRequest, criteria: Mapping[str, Any]) -> lists.Rows:
    return lists.Table(queries.listed(criteria, request.scope))


MERGES: Final = lists.List(
    name="merges",
    title=_("归并与拆分"),
    columns=(
        lists.Column(_("姓名"), lambda row: row.survivor.name, "name"),
        lists.Column(_("保留的登记"), lambda row: row.survivor.person_no, "code"),
        lists.Column(_("被归并的登记"), lambda row: row.merged.person_no, "code"),
        lists.Column(_("受理号"), "case_number", "code"),
        lists.Column(_("归并时间"), "merged_at", "moment"),
        lists.Column(_("拆分时间"), "split_at", "moment"),
        lists.Column(_("状态"), merge_badge, "state"),
    ),
    read=_read,
    orders={"-id": ("-id",)},
    form=MergeFilter,
    link=lambda row: reverse("enrolment:merge", args=[row.id]),
    empty=_("没有归并。"),
    next_step=_("从疑似重复参保或参保人页面比对两份登记后受理归并。"),
    template="enrolment/section.html",
)


@page("enrolment.view_person")
def listed(request: PageRequest) -> HttpResponse:
    """The merges of the scope, the newest first."""
    return MERGES.respond(request, crumbs=crumbs((_("参保登记"), "enrolment:persons"), _("归并与拆分")))


@page("enrolment.view_person")
def compare(request: PageRequest, person_no: str) -> HttpResponse:
    """Both records side by side, conflicts, and what a merge would do; from here to the counter."""
    survivor = _person(request, person_no)
    other = request.GET.get("other", "").strip()[:40]
    context: dict[str, Any] = {
        "survivor": survivor,
        "other": other,
        "may_accept": may(request, "cases.accept", work=MERGE.work),
        "crumbs": [
            *crumbs((_("参保登记"), "enrolment:persons")),
            Crumb(survivor.name, reverse("enrolment:person", args=[survivor.person_no])),
            Crumb(gettext("归并重复登记")),
        ],
    }
    if other:
        try:
            plan = queries.plan(survivor, other, request.now)
            if plan.merged.unit_code != survivor.unit_code:  # else it has been asked
                check_unit(request, plan.merged.unit_code, kind="person", key=plan.merged.person_no)
        except DomainError as refusal:
            context["said"] = sentence_with_code(refusal)
        else:
            _note_seen(request, plan.merged, kept=person_no)
            context |= _planned(request, plan)
    return render(request, "enrolment/merge_compare.html", context)


def _planned(request: PageRequest, plan: queries.Plan) -> dict[str, Any]:
    kept, gone = told(request, plan.survivor, plan.merged)
    return {
        "plan": plan,
        "lines": [(gettext(label), kept[label], gone[label], kept[label] != gone[label]) for label in kept],
        "accept_url": _counter(MERGE.code, plan.pair.survivor_no, other=plan.pair.merged_no),
        "swap_url": reverse("enrolment:merge_compare", args=[plan.pair.merged_no])
        + "?"
        + urlencode({"other": plan.pair.survivor_no}),
    }


def _counter(kind: str, subject: str, **filled: str) -> str:
    return reverse("cases:accept", args=[kind]) + "?" + urlencode({"key": subject, **filled})


@page("enrolment.view_person")
def merge(request: PageRequest, merge_id: int) -> HttpResponse:
    """One merge: on what evidence, what followed, what stayed, and whether it was split."""
    made = _found(request, merge_id)
    context = {
        "made": made,
        "works": {"merge": MERGE.work, "split": SPLIT.work},
        "state": merge_badge(made),
        "parts": queries.parts_of(made),
        "may_split": made.split_at is None and may(request, "cases.accept", work=SPLIT.work),
        "crumbs": [
            *crumbs((_("参保登记"), "enrolment:persons"), (_("归并与拆分"), "enrolment:merges")),
            Crumb(made.survivor.name),
        ],
    }
    return render(request, "enrolment/merge.html", context)


@page("enrolment.view_person", methods=("GET", "POST"))
def split(request: PageRequest, person_no: str, merged_no: str) -> HttpResponse:
    """What a split would put back, and what came since, to be picked; from here to the counter."""
    made = queries.standing(person_no, merged_no)
    if made is None:
        messages.error(request, gettext("没有待拆分的归并。"))
        return redirect("enrolment:merges")
    _check_and_note(request, made)
    later = queries.later_of(made, request.now)
    refusal = queries.refusal_of_split(made)
    if request.method == "POST":
        known = {one.picked.text for one in later}
        picked = "\n".join(text for text in request.POST.getlist("later") if text in known)
        if len(picked) <= LONGEST_PICKS:
            return redirect(_counter(SPLIT.code, person_no, record=merged_no, later=picked))
        messages.error(request, gettext("一次勾选的记录过多,请减少后再试。"))
    context = {
        "made": made,
        "state": merge_badge(made),
        "parts": queries.parts_of(made),
        "later": later,
        "said": sentence_with_code(refusal) if refusal else "",
        "may_accept": may(request, "cases.accept", work=SPLIT.work) and refusal is None,
        "crumbs": [
            *crumbs((_("参保登记"), "enrolment:persons"), (_("归并与拆分"), "enrolment:merges")),
            Crumb(made.survivor.name, reverse("enrolment:merge", args=[made.pk])),
            Crumb(gettext("拆分误归并登记")),
        ],
    }
    return render(request, "enrolment/merge_split.html", context)


@page("enrolment.view_person")
def slip(request: PageRequest, merge_id: int) -> HttpResponse:
    """归并结果单: what followed and what stayed, on paper; reprints are marked."""
    made = _found(request, merge_id)
    what = Print(
        agency=platform.agency_name(made.unit_code, request.today),
        title="人员登记归并结果单" if made.split_at is None else "人员登记归并、拆分结果单",
        number=made.split_case or made.case_number,
        code=paper.verification_code("person_merge", str(made.pk)),
        action=PRINTED,
        object_kind="person_merge",
        object_key=str(made.pk),
        pooling_area=made.pooling_area_id,
        unit_code=made.unit_code,
        file_name=f"merge-{made.pk}",
    )
    return printed(request, what, _body(made))


def _body(made: PersonMerge) -> list[Flowable]:
    said = [
        ("保留的登记", f"{made.survivor.name} {made.survivor.person_no}"),
        ("证件号码", masks.certificate(made.survivor.certificate_no)),
        ("被归并的登记", f"{made.merged.name} {made.merged.person_no}"),
        ("证件号码", masks.certificate(made.merged.certificate_no)),
        ("归并时间", _day(made.merged_at)),
        ("受理号", made.case_number),
        ("归并原因", made.reason),
        ("依据", made.evidence),
    ]
    if made.split_at is not None:
        said += [
            ("拆分时间", _day(made.split_at)),
            ("拆分受理号", made.split_case),
            ("拆分原因", made.split_reason),
            ("拆分依据", made.split_evidence),
        ]
    body: list[Flowable] = [
        Spacer(paper.WIDTH, 4),
        paper.pairs(said),
    ]
    for part in queries.parts_of(made):
        for title, rows in ((f"{part.title}(转入保留登记)", part.goes), (f"{part.title}(留在原登记)", part.stays)):
            if rows:
                more = [f"另有{len(rows) - MOST_PRINTED}项"] if len(rows) > MOST_PRINTED else []
                lines = [[paper.paragraph(text)] for text in (*rows[:MOST_PRINTED], *more)]
                body += [paper.paragraph(title, paper.HEADING), paper.grid(lines, (1.0,))]
    return [*body, Spacer(paper.WIDTH, 8), paper.sign_boxes(("经办人", ""), ("复核人", ""), ("经办机构(盖章)", ""))]


def _day(at: datetime | None) -> str:
    return timezone.localtime(at).strftime("%Y-%m-%d") if at else ""


def _found(request: PageRequest, merge_id: int) -> PersonMerge:
    made = queries.by_id(merge_id)
    if made is None:
        raise Http404
    _check_and_note(request, made)
    return made


def _check_and_note(request: PageRequest, made: PersonMerge) -> None:
    check_unit(request, made.unit_code, kind="person_merge", key=made.pk)
    for person in (made.survivor, made.merged):
        _note_seen(request, person, kept=made.survivor.person_no)


def _person(request: PageRequest, person_no: str) -> Person:
    found = Person.objects.filter(person_no=person_no).first()
    if found is None:
        raise Http404
    check_unit(request, found.unit_code, kind="person", key=person_no)
    _note_seen(request, found, kept=person_no)
    return found


def _note_seen(request: PageRequest, person: Person, *, kept: str) -> None:
    """Each look at a record is noted, at the record (ORG-19)."""
    note_look(
        request,
        "enrolment.merge_seen",
        "person",
        person.person_no,
        area=person.pooling_area_id,
        unit_code=person.unit_code,
        survivor=kept,
    )
