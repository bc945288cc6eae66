"""未参保困难人员: whom a department has listed and who is not insured here; a task of the towns (ENR-11)."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from django import forms
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from tongchou.enrolment import commands, queries
from tongchou.enrolment.models import Listing
from tongchou.enrolment.states import ListingState, SpecialCategory
from tongchou.platform import queries as platform
from tongchou.platform.web import lists
from tongchou.platform.web.access import PageRequest, check_area, check_unit, may, page, refusals_at
from tongchou.platform.web.badges import Badge, Tone
from tongchou.platform.web.crumbs import Crumb, crumbs
from tongchou.platform.web.importing import may_import

_TONES: Final = {
    ListingState.OPEN: Tone.WAITING,
    ListingState.ENROLLED: Tone.DONE,
    ListingState.CLOSED: Tone.RESTING,
}


def listing_badge(state: str) -> Badge:
    """办理状态 as shown."""
    known = ListingState(state)
    return Badge(known.label, _TONES[known])


class ListingFilter(lists.FilterForm):
    words = lists.words(_("姓名或证件号码"))
    category = lists.choice(_("类别"), SpecialCategory.choices)
    state = lists.choice(_("状态"), ListingState.choices)


@dataclass(frozen=True, slots=True)
class Line:
    """An entry as listed, with the name of the town."""

    row: Listing
    unit_name: str

    def __getattr__(self, name: str) -> Any:
        return getattr(self.row, name)


def _read(request: PageRequest, criteria: Mapping[str, Any]) -> lists.Rows:
    return lists.Table(
        queries.listings(
            criteria.get("words", ""),
            category=criteria.get("category", ""),
            state=criteria.get("state", ""),
            scope=request.scope,
        )
    )


def _complete(request: PageRequest, rows: Sequence[Listing]) -> Sequence[Line]:
    names = platform.unit_names_of({row.unit_code for row in rows})
    return [Line(row, names.get(row.unit_code, row.unit_code)) for row in rows]


LISTINGS: Final = lists.List(
    name="listings",
    title=_("未参保困难人员"),
    columns=(
        lists.Column(_("姓名"), "name", "name"),
        lists.Column(_("证件号码"), "certificate_no", "certificate"),
        lists.Column(_("类别"), lambda row: SpecialCategory(row.category).label, "choice"),
        lists.Column(_("乡镇"), "unit_name"),
        lists.Column(_("来源部门"), "source", "choice"),
        lists.Column(_("认定日期"), "valid_from", "day"),
        lists.Column(_("列入时间"), "listed_at", "moment"),
        lists.Column(_("状态"), lambda row: listing_badge(row.state), "state"),
    ),
    read=_read,
    complete=_complete,
    orders={"listed": ("-id",)},
    form=ListingFilter,
    defaults=lambda request: {"state": ListingState.OPEN.value},
    link=lambda row: reverse("enrolment:listing", args=[row.id]),
    template="enrolment/listings.html",
    empty=_("没有符合条件的未参保困难人员。"),
    next_step=_("导入民政等部门的特殊人员名单后,其中未参保的人员列在这里。"),
)


@page("enrolment.view_person")
def listings(request: PageRequest) -> HttpResponse:
    """The list, those waiting first."""
    return LISTINGS.respond(
        request,
        may_import=may_import(request, "groups"),
        crumbs=crumbs((_("参保登记"), "enrolment:persons"), _("未参保困难人员")),
    )


class CloseForm(forms.Form):
    """不再办理."""

    reason = forms.CharField(
        label=_("原因"),
        max_length=200,
        widget=forms.TextInput(attrs={"class": "form-control", "autofocus": True, "list": "reasons"}),
    )


REASONS: Final = (_("已在外地参保"), _("已参加职工医保"), _("死亡"), _("本人不愿参保"), _("名单有误"))


@page("enrolment.view_person", methods=("GET", "POST"))
def listing(request: PageRequest, listing_id: int) -> HttpResponse:
    """One entry, and its closing with a reason."""
    entry = queries.listing(listing_id)
    if entry is None:
        raise Http404
    if entry.unit_code:
        check_unit(request, entry.unit_code, kind="listing", key=listing_id)
    else:
        check_area(request, entry.pooling_area_id)
    form = CloseForm(request.POST or None, label_suffix="")
    if request.method == "POST" and form.is_valid():
        with refusals_at(form):
            commands.close_listing(
                listing_id=listing_id,
                reason=form.cleaned_data["reason"],
                operator=request.operator,
                now=request.now,
            )
            return redirect("enrolment:listings")
    may_close = entry.state == ListingState.OPEN and may(request, "enrolment.change")
    context = {
        "entry": entry,
        "form": form,
        "reasons": REASONS,
        "category": SpecialCategory(entry.category).label,
        "unit_name": platform.unit_names_of({entry.unit_code}).get(entry.unit_code, ""),
        "state": listing_badge(entry.state),
        "may_close": may_close,
        "withheld": None if may_close else form,
        "crumbs": [
            *crumbs((_("参保登记"), "enrolment:persons"), (_("未参保困难人员"), "enrolment:listings")),
            Crumb(entry.name),
        ],
    }
    return render(request, "enrolment/listing.html", context, status=422 if form.errors else 200)
