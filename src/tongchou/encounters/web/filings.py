"""备案: chronic diseases and home beds, what the agency consented to; filed, corrected, extended, closed, cancelled."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from tongchou.catalogue import queries as catalogue
from tongchou.encounters import commands, queries
from tongchou.encounters.models import Filing
from tongchou.encounters.states import FilingKind, FilingState
from tongchou.encounters.web import forms
from tongchou.encounters.web.badges import filing_badge
from tongchou.encounters.web.criteria import known
from tongchou.encounters.web.lists import institution_name
from tongchou.enrolment import queries as enrolment
from tongchou.institutions import queries as institutions
from tongchou.platform.web import lists, masks
from tongchou.platform.web.access import PageRequest, check_unit, may, page, refusals_at
from tongchou.platform.web.badges import Badge
from tongchou.platform.web.crumbs import Crumb, crumbs
from tongchou.platform.web.trails import timeline

FILES: Final = "encounters.file"


class FilingFilter(lists.FilterForm):
    kind = lists.choice(_("备案类别"), FilingKind.choices)
    state = lists.choice(_("状态"), FilingState.choices)
    person_no = lists.words(_("人员编号"), longest=30)
    institution_code = lists.institution(_("定点机构"))


@dataclass(frozen=True, slots=True)
class Line:
    """A filing as listed."""

    row: Filing
    person_name: str
    disease: str
    institutions: str
    state: Badge

    def __getattr__(self, name: str) -> Any:
        return getattr(self.row, name)


def _read(request: PageRequest, criteria: Mapping[str, Any]) -> lists.Rows:
    keys = known(request, criteria)
    if keys is None:
        return lists.Held([])
    units = enrolment.unit_of_person()
    return lists.Pages(
        lambda at: queries.find_filings(scope=request.scope, person_units=units, on=request.today, at=at, **keys)
    )


def complete(request: PageRequest, rows: Sequence[Filing]) -> Sequence[Line]:
    """Names beside the numbers."""
    names = enrolment.names_of({row.person_id for row in rows})
    diseases = disease_names_of(rows)
    return [
        Line(
            row,
            names.get(row.person_id, ""),
            diseases.get((row.pooling_area, row.disease_code), row.disease_code),
            gettext("、").join(map(institution_name, row.institution_codes)),
            filing_badge(queries.filing_state(row, request.today)),
        )
        for row in rows
    ]


def disease_names_of(rows: Sequence[Filing]) -> dict[tuple[str, str], str]:
    """病种名称 by area and code; a code that the area's lists never had is not among them."""
    codes: dict[str, set[str]] = {}
    for row in rows:
        if row.disease_code:
            codes.setdefault(row.pooling_area, set()).add(row.disease_code)
    return {(area, code): name for area in codes for code, name in catalogue.disease_names(area, codes[area]).items()}


COLUMNS: Final = (
    lists.Column(_("备案类别"), lambda row: FilingKind(row.kind).label, "choice"),
    lists.Column(_("参保人"), "person_name", "name"),
    lists.Column(_("病种"), "disease"),
    lists.Column(_("定点机构"), "institutions"),
    lists.Column(_("同意日期"), "consented_on", "day"),
    lists.Column(_("起"), "valid_from", "day"),
    lists.Column(_("止"), "valid_until", "last_day"),
    lists.Column(_("经办人"), "filed_by"),
    lists.Column(_("状态"), "state", "state"),
)

FILINGS: Final = lists.List(
    name="filings",
    title=_("备案"),
    columns=COLUMNS,
    read=_read,
    complete=complete,
    orders={"newest": ("-id",)},
    form=FilingFilter,
    link=lambda row: reverse("encounters:filing", args=[row.id]),
    template="encounters/filings.html",
    empty=_("没有符合条件的备案。"),
)


@page("encounters.view")
def filings(request: PageRequest) -> HttpResponse:
    """The list, the newest first."""
    return FILINGS.respond(
        request, may_file=may(request, FILES), crumbs=crumbs((_("就医"), "encounters:encounters"), _("备案"))
    )


@page(FILES, methods=("GET", "POST"))
def new_filing(request: PageRequest) -> HttpResponse:
    """新增备案: the agency's consent."""
    first = {"consented_on": request.today, "valid_from": request.today, "person_no": request.GET.get("person_no", "")}
    form = forms.NewFilingForm(request.POST or None, initial=first)
    if request.method == "POST" and form.is_valid():
        with refusals_at(form):
            filing = commands.file_care(
                person_no=form.cleaned_data["person_no"].strip(),
                kind=FilingKind(form.cleaned_data["kind"]),
                wanted=form.wanted(_institution(request, form)),
                operator=request.operator,
                now=request.now,
            )
            messages.success(request, gettext("已备案。"))
            return redirect("encounters:filing", filing.pk)
    steps = crumbs((_("就医"), "encounters:encounters"), (_("备案"), "encounters:filings"), _("新增备案"))
    context = {"form": form, "form_name": "filing", "crumbs": steps}
    return render(request, "encounters/new_filing.html", context, status=422 if form.errors else 200)


def _institution(request: PageRequest, form: forms.FilingForm) -> str:
    """The institution by code or by name; what nobody knows is refused by the command."""
    text = form.cleaned_data["institution_code"]
    return institutions.code_of(text, scope=request.scope, on=request.today) or text.strip().upper()


@page("encounters.view")
def filing(request: PageRequest, filing_id: int) -> HttpResponse:
    """A filing's page, with what may be done about it now."""
    return _page(request, _found(request, filing_id), {})


def _found(request: PageRequest, filing_id: int) -> Filing:
    """Raises: Http404, OutOfScope."""
    found = queries.filing(filing_id)
    if found is None:
        raise Http404
    facts = enrolment.facts(found.person_id, request.today)
    check_unit(request, facts.unit_code if facts else found.pooling_area, kind="filing", key=filing_id)
    return found


FORMS: Final[Mapping[str, type[forms.Form]]] = {
    "correct": forms.CorrectionForm,
    "extend": forms.ExtensionForm,
    "close": forms.ClosingForm,
    "cancel": forms.CancellationForm,
}


@page(FILES, methods=("POST",))
def change_filing(request: PageRequest, filing_id: int, change: str) -> HttpResponse:
    """更正、延期、结束、作废 of a filing."""
    found = _found(request, filing_id)
    if change not in FORMS:
        raise Http404
    form = FORMS[change](request.POST)
    if form.is_valid():
        with refusals_at(form):
            _DONE[change](request, found, form)
            messages.success(request, gettext("已办理。"))
            return redirect("encounters:filing", filing_id)
    return _page(request, found, {change: form}, status=422)


def _how(request: PageRequest, found: Filing, form: forms.Form) -> dict[str, Any]:
    return {
        "filing_id": found.pk,
        "version": form.cleaned_data["version"],
        "operator": request.operator,
        "now": request.now,
    }


def _correct(request: PageRequest, found: Filing, form: Any) -> None:
    commands.correct_filing(wanted=form.wanted(_institution(request, form)), **_how(request, found, form))


def _extend(request: PageRequest, found: Filing, form: Any) -> None:
    filled = form.cleaned_data
    commands.extend_filing(
        until=filled["last_day"] + forms.A_DAY, evidence=filled["evidence"], **_how(request, found, form)
    )


def _close(request: PageRequest, found: Filing, form: Any) -> None:
    filled = form.cleaned_data
    commands.close_filing(last_day=filled["last_day"], reason=filled["reason"], **_how(request, found, form))


def _cancel(request: PageRequest, found: Filing, form: Any) -> None:
    commands.cancel_filing(reason=form.cleaned_data["reason"], **_how(request, found, form))


_DONE: Final[Mapping[str, Callable[[PageRequest, Filing, Any], None]]] = {
    "correct": _correct,
    "extend": _extend,
    "close": _close,
    "cancel": _cancel,
}

TITLES: Final = {
    "correct": _("更正"),
    "extend": _("家庭病床延期"),
    "close": _("结束"),
    "cancel": _("作废"),
}


def _page(request: PageRequest, found: Filing, filled: Mapping[str, forms.Form], status: int = 200) -> HttpResponse:
    facts = enrolment.facts(found.person_id, request.today)
    state = queries.filing_state(found, request.today)
    open_forms = _open_forms(found, filled) if may(request, FILES) and state is not FilingState.CANCELLED else []
    kind = FilingKind(found.kind).label
    context = {
        "filing": found,
        "kind": kind,
        "state": filing_badge(state),
        "disease": disease_names_of([found]).get((found.pooling_area, found.disease_code), ""),
        "person_shown": masks.name(facts.name) if facts else "—",
        "person_no": facts.person_no if facts else "",
        "institutions": [(code, institution_name(code)) for code in found.institution_codes],
        "forms": open_forms,
        "withheld": forms.withheld(filled, open_forms),
        "trail": timeline(request, "filing", found.pk),
        "crumbs": [
            *crumbs((_("就医"), "encounters:encounters"), (_("备案"), "encounters:filings")),
            Crumb(kind),
        ],
    }
    return render(request, "encounters/filing.html", context, status=status)


def _open_forms(found: Filing, filled: Mapping[str, forms.Form]) -> list[tuple[str, Any, forms.Form]]:
    """What may be done now, filled in with what stands."""
    last_day = found.valid_until - forms.A_DAY
    first = {
        "version": found.version,
        "disease_code": found.disease_code,
        "institution_code": ",".join(found.institution_codes),
        "consented_on": found.consented_on,
        "valid_from": found.valid_from,
        "last_day": last_day,
        "evidence": found.evidence,
    }
    wanted = [name for name in FORMS if name != "extend" or found.kind == FilingKind.HOME_BED]
    empty = {name: {"version": found.version} for name in ("extend", "close", "cancel")}
    return [
        (name, TITLES[name], filled.get(name) or FORMS[name](initial=empty.get(name, first), prefix=None))
        for name in wanted
    ]
