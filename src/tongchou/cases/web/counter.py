"""窗口受理: one desk takes every item (综合柜员制; JL2019 §3; ORG-15)."""

import uuid
from collections.abc import Iterator
from typing import Any, Final

from django import forms
from django.contrib import messages
from django.forms.utils import ErrorDict
from django.http import Http404, HttpResponse, QueryDict
from django.shortcuts import redirect, render
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from tongchou.cases import commands, kinds, queries
from tongchou.cases.commands import Application, Paper
from tongchou.cases.commands.acceptance import LONGEST_REQUEST_ID
from tongchou.cases.models import Case, Draft
from tongchou.cases.web import fields, rows
from tongchou.cases.web import papers_form as papers
from tongchou.kernel.errors import DomainError
from tongchou.platform import checks
from tongchou.platform import queries as platform
from tongchou.platform.web import lists
from tongchou.platform.web.access import PageRequest, may, note_look, page, sentence_with_code
from tongchou.platform.web.areas import own_area
from tongchou.platform.web.crumbs import Crumb, crumbs
from tongchou.platform.web.look_ups import offers

PAPER: Final = ("paper_on", "paper_number", "paper_reason")
"""What is asked of an application that was taken on paper (事后补录)."""


class ApplicationForm(forms.Form):
    """The form of an item as its declaration says, with who stands at the window and what was handed in."""

    request_id = forms.CharField(max_length=LONGEST_REQUEST_ID, widget=forms.HiddenInput)
    subject = forms.CharField(max_length=40, widget=forms.HiddenInput)
    receipt = forms.CharField(max_length=40, required=False, widget=forms.HiddenInput)
    draft_version = forms.IntegerField(min_value=0, required=False, initial=0, widget=forms.HiddenInput)

    def __init__(self, kind: kinds.Kind, subject: kinds.Subject, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, label_suffix="", **kwargs)
        self.kind = kind
        self.use_required_attribute = False
        known, area = kind.known(subject), subject.pooling_area
        for one in kind.fields:
            self.fields[one.name] = fields.field(one, known.get(one.name, ""), kind_code=kind.code, area=area)
        control = {"class": "form-control", "autocomplete": "off"}
        self.fields["applicant_name"] = forms.CharField(
            label=_("申请人"), max_length=50, widget=forms.TextInput(attrs=control)
        )
        self.fields["applicant_phone"] = forms.CharField(
            label=_("联系电话"), max_length=30, required=False, widget=forms.TextInput(attrs=control)
        )
        self.fields["agent_name"] = forms.CharField(
            label=_("代办人(可不填)"), max_length=50, required=False, widget=forms.TextInput(attrs=control)
        )
        self.fields["paper_on"] = lists.day(_("纸质受理日期"))
        self.fields["paper_number"] = lists.words(_("纸质编号"), longest=40)
        self.fields["paper_reason"] = lists.words(_("补录原因"), longest=200)
        self.fields |= papers.fields(kind.materials)
        self.rows = rows.RowForms(kind.rows, self.data if self.is_bound else None) if kind.rows else None

    def is_valid(self) -> bool:
        """The form and each row of its table, so that every fault is shown at once."""
        rows_valid = self.rows is None or self.rows.is_valid()
        return super().is_valid() and rows_valid

    def paper_lines(self) -> list[papers.Line]:
        return papers.lines(self, self.kind.materials)

    def without_complaints(self) -> "ApplicationForm":
        """The same form as it was left, unfinished: what is missing is not held against it yet (草稿)."""
        self._errors, self.cleaned_data = ErrorDict(), {}
        if self.rows is not None:
            self.rows.leave_as_typed()
        return self

    def sections(self) -> Iterator[tuple[str, list[forms.BoundField]]]:
        """The item's own fields by section, as the paper form has them."""
        for title in dict.fromkeys(one.section for one in self.kind.fields):
            yield title, [self[one.name] for one in self.kind.fields if one.section == title]

    def of_applicant(self) -> list[forms.BoundField]:
        return [self[name] for name in ("applicant_name", "applicant_phone", "agent_name")]

    def of_paper(self) -> list[forms.BoundField]:
        return [self[name] for name in PAPER]

    def is_of_paper(self) -> bool:
        """Whether anything of a paper taken while the system was down is filled in (事后补录)."""
        return any(self[name].value() for name in PAPER)

    def clean(self) -> dict[str, Any]:
        """What is entered afterwards says of which paper, and why, or nothing of it."""
        data = super().clean() or {}
        filled = {name for name in PAPER if data.get(name)}
        for name in PAPER:
            if filled and name not in filled and name not in self.errors:
                self.add_error(name, gettext("事后补录须填写纸质受理日期、编号和原因。"))
        return data

    def may_decline(self) -> bool:
        """Not accepting needs who asked, and no more of the form (不予受理)."""
        return self.is_valid() or not {"request_id", "subject", "receipt", "applicant_name"} & self.errors.keys()

    def application(self) -> Application:
        """What was handed in (申请); fields that cannot be read are left out."""
        data = self.cleaned_data
        filled = {one.name: fields.text(data.get(one.name)) for one in self.kind.fields}
        return Application(
            kind=self.kind.code,
            subject_key=data["subject"],
            values={name: value for name, value in filled.items() if value},
            received=frozenset(data.get("received", ())) | self._of_rows("received"),
            applicant_name=data["applicant_name"],
            applicant_phone=data.get("applicant_phone", ""),
            agent_name=data.get("agent_name", ""),
            receipt_number=data["receipt"],
            rows=self.rows.values() if self.rows else (),
            originals=frozenset(data.get("original", ())) | self._of_rows("original"),
            copies=frozenset(data.get("copied", ())) | self._of_rows("copied"),
            paper=Paper(on=data["paper_on"], number=data["paper_number"], reason=data["paper_reason"])
            if all(data.get(name) for name in PAPER)
            else None,
        )

    def _of_rows(self, noted: str) -> frozenset[str]:
        return self.rows.papers(noted) if self.rows else frozenset()

    def place(self, refusal: DomainError) -> None:
        """A refusal at the rows and fields it speaks of, or above the form."""
        if isinstance(refusal, kinds.RowsFaulty) and self.rows is not None:
            self.rows.place(refusal.flaws)
        else:
            self.add_error(None, sentence_with_code(refusal))


@page("cases.accept")
def counter(request: PageRequest) -> HttpResponse:
    """Which item, for whom: typed or read from a card."""
    open_kinds = [one for one in kinds.registered() if may(request, "cases.accept", work=one.work)]
    key = request.GET.get("key", "").strip()[:40]
    desks = _desks(open_kinds, key)
    if key and not any(known for *_rest, known in desks):
        messages.warning(request, gettext("没有找到“%(key)s”,请核对编号。") % {"key": key})
    _label, items, known = desks[0] if desks else ("", [], None)
    at_hand = _seen(request, items[0], known) if known else None
    context = {
        "at_hand": at_hand,
        "at_hand_unit": platform.unit_names_of({at_hand.unit_code}).get(at_hand.unit_code, "") if at_hand else "",
        "record": items[0].record(at_hand.key, at_hand.pooling_area) if at_hand else "",
        "desks": desks,
        "drafts": queries.drafts_of(request.operator, request.today).count(),
        "key": key,
        "receipt": request.GET.get("receipt", "")[:40],
        "crumbs": crumbs((_("业务件"), "cases:cases"), _("窗口受理")),
    }
    return render(request, "cases/counter.html", context)


def _seen(request: PageRequest, kind: kinds.Kind, subject: kinds.Subject) -> kinds.Subject | None:
    """Whose number it is, when inside the operator's reach, so that a wrong one is seen before the form is filled."""
    try:
        _check_reach(request, kind, subject)
    except DomainError as refusal:
        messages.warning(request, sentence_with_code(refusal))
        return None
    note_opened(request, kind, subject)
    return subject


def _check_reach(request: PageRequest, kind: kinds.Kind, subject: kinds.Subject) -> None:
    """Raises: OutOfScope and what else keeps the operator from accepting it."""
    checks.check_in_scope(
        request.operator,
        "cases.accept",
        subject.unit_code,
        request.now,
        object_kind="subject",
        object_key=subject.key,
        work=kind.work,
    )


def _desks(open_kinds: list[kinds.Kind], key: str) -> list[tuple[str, list[kinds.Kind], kinds.Subject | None]]:
    """The items by what their number is of, and whose the number at hand is there.

    The field that knows the number comes first, then that of most items.
    """
    labels = dict.fromkeys(one.subject_label for one in open_kinds)
    desks = []
    for label in labels:
        items = [one for one in open_kinds if one.subject_label == label]
        desks.append((label, items, items[0].find_subject(key) if key else None))
    return sorted(desks, key=lambda desk: (desk[2] is None, -len(desk[1])))


@page("cases.accept", methods=("GET", "POST"), work=kinds.work_of)
def accept(request: PageRequest, kind_code: str) -> HttpResponse:
    """The form of an item; sent, it is accepted or, with a reason, not accepted. What was left unfinished goes on."""
    kind = kinds.kind_of(kind_code)
    checks.check_permission(request.operator, "cases.accept", request.now, work=kind.work)
    key = (request.POST.get("subject") or request.GET.get("key", "")).strip()[:40]
    subject = kind.find_subject(key)
    if subject is None:
        said = gettext("没有找到%(label)s“%(key)s”,请核对编号。")
        messages.error(request, said % {"label": gettext(kind.subject_label), "key": key})
        return redirect("cases:counter")
    _check_reach(request, kind, subject)
    if request.method != "POST":
        note_opened(request, kind, subject)
        draft = queries.draft_of(request.operator, kind.code, subject.key, request.today)
        form = _resumed(request, kind, subject, draft) if draft else _new_form(request, kind, subject)
        return form_page(request, form, subject, draft=draft)
    form = ApplicationForm(kind, subject, request.POST)
    if form.rows is not None and form.rows.change(request.POST.get("act", "")):
        return form_page(request, form, subject)
    declining = request.POST.get("act") == "decline"
    if not (form.may_decline() if declining else form.is_valid()):
        return form_page(request, form, subject, status=422)
    try:
        case = _declined(request, form) if declining else _accepted(request, form)
    except DomainError as refusal:
        form.place(refusal)
        return form_page(request, form, subject, status=422)
    messages.success(request, gettext("已登记,受理号 %(number)s。") % {"number": case.number})
    return redirect("cases:case", case.number)


@page("cases.accept", work=kinds.work_of)
def look_up(request: PageRequest, kind_code: str, name: str) -> HttpResponse:
    """名录查找: what a listed field of the form offers, in the area where the clerk works."""
    declared = kinds.kind_of(kind_code).field(name)
    if declared is None or declared.register is None:
        raise Http404
    return offers(request, name, declared.register, own_area(request))


def note_opened(request: PageRequest, kind: kinds.Kind, subject: kinds.Subject) -> None:
    """The form shows what is registered of somebody: that is noted as every look at a record is (ORG-19)."""
    note_look(
        request,
        "cases.counter_opened",
        "subject",
        subject.key,
        area=subject.pooling_area,
        unit_code=subject.unit_code,
        kind=kind.code,
    )


def _new_form(request: PageRequest, kind: kinds.Kind, subject: kinds.Subject) -> ApplicationForm:
    initial = {
        "request_id": uuid.uuid4().hex,
        "subject": subject.key,
        "receipt": request.GET.get("receipt", "")[:40],
        "applicant_name": subject.name,
    }
    initial |= kind.proposed(subject)
    initial |= {one.name: request.today for one in kind.fields if one.kind == "day" and one.required}
    initial |= {one.name: request.GET[one.name] for one in kind.fields if one.name in request.GET}
    form = ApplicationForm(kind, subject, initial=initial)
    first = next((form.fields[one.name] for one in kind.fields if not initial.get(one.name)), None)
    if first is not None:
        first.widget.attrs["autofocus"] = True
    return form


def _resumed(request: PageRequest, kind: kinds.Kind, subject: kinds.Subject, draft: Draft) -> ApplicationForm:
    """The form as it was left; a receipt of another day is closed, so the visit of today gets its own."""
    left = QueryDict(mutable=True)
    for name, texts in draft.fields.items():
        left.setlist(name, texts)
    receipts = (request.GET.get("receipt", "")[:40], left.get("receipt", ""))
    open_one = (one for one in receipts if one and queries.receipt_is_open(one, request.operator, request.today))
    left["receipt"] = next(open_one, "")
    left["subject"], left["draft_version"] = subject.key, str(draft.version)
    left.setdefault("request_id", uuid.uuid4().hex)
    left.setdefault("applicant_name", subject.name)
    return ApplicationForm(kind, subject, left).without_complaints()


def _accepted(request: PageRequest, form: ApplicationForm) -> Case:
    return commands.accept_application(
        form.application(),
        request_id=form.cleaned_data["request_id"],
        operator=request.operator,
        now=request.now,
    )


def _declined(request: PageRequest, form: ApplicationForm) -> Case:
    return commands.decline_application(
        form.application(),
        reason=request.POST.get("decline_reason", "")[:500],
        request_id=form.cleaned_data["request_id"],
        operator=request.operator,
        now=request.now,
    )


def form_page(
    request: PageRequest,
    form: ApplicationForm,
    subject: kinds.Subject,
    *,
    draft: Draft | None = None,
    status: int = 200,
) -> HttpResponse:
    """The form of an item, new, left unfinished, or with what must be mended."""
    context = {
        "form": form,
        "draft": draft,
        "kind": form.kind,
        "subject": subject,
        "record": form.kind.record(subject.key, subject.pooling_area),
        "row_faults": list(form.rows.faults()) if form.rows and form.rows.data is not None else [],
        "decline_reason": request.POST.get("decline_reason", ""),
        "earlier": queries.cases_of(subject.key, kind=form.kind.code, limit=5),
        "crumbs": [
            *crumbs((_("业务件"), "cases:cases"), (_("窗口受理"), "cases:counter")),
            Crumb(gettext(form.kind.title)),
        ],
    }
    return render(request, "cases/accept.html", context, status=status)
