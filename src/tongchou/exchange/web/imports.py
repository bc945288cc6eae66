"""导入: upload → check with the faults cell by cell → all or only the good rows → result (ENR-12, CON-11, CAT-16)."""

import tempfile
from pathlib import Path
from typing import Any, Final

from django import forms
from django.contrib import messages
from django.core.files.uploadedfile import UploadedFile
from django.http import FileResponse, Http404, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from tongchou.exchange import flows, imports, queries, returns
from tongchou.exchange.imports import Mode, files
from tongchou.exchange.imports.files import FileUnknown
from tongchou.exchange.imports.previews import Progress
from tongchou.exchange.models import ImportFile
from tongchou.exchange.states import ImportState
from tongchou.exchange.web.uploads import on_disk
from tongchou.kernel.errors import DomainError
from tongchou.kernel.money import yuan_text
from tongchou.platform import queries as platform
from tongchou.platform.spreadsheets.columns import Column, Holds
from tongchou.platform.spreadsheets.kinds import ImportKind
from tongchou.platform.web import masks
from tongchou.platform.web.access import PageRequest, may, page, refusals_at, sentence
from tongchou.platform.web.areas import own_area
from tongchou.platform.web.badges import Badge, Tone
from tongchou.platform.web.crumbs import Crumb, crumbs

_MASKED: Final = {
    "account_no": masks.card,
    "card_no": masks.card,
    "phone": masks.phone,
    "guardian_phone": masks.phone,
}
"""Columns whose numbers are shown in part; citizen numbers are masked wherever they stand."""
_TONES: Final = {
    ImportState.CHECKING: Tone.HAND,
    ImportState.CHECKED: Tone.WAITING,
    ImportState.TAKING_IN: Tone.HAND,
    ImportState.DONE: Tone.DONE,
    ImportState.UNREADABLE: Tone.BAD,
    ImportState.CANCELLED: Tone.RESTING,
    ImportState.WITHDRAWN: Tone.RESTING,
}


def import_badge(state: str) -> Badge:
    """导入文件状态 as shown."""
    known = ImportState(state)
    return Badge(str(known.label), _TONES[known])


class UploadForm(forms.Form):
    """选择文件."""

    file = forms.FileField(
        label=_("文件(xlsx、xls、csv、txt)"),
        widget=forms.ClearableFileInput(attrs={"class": "form-control", "accept": ".xlsx,.xls,.csv,.txt"}),
    )

    def __init__(self, kind: ImportKind, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, label_suffix="", **kwargs)
        for option in kind.options:
            if option.choices:
                self.fields[option.name] = forms.ChoiceField(
                    label=option.label,
                    choices=list(option.choices.items()),
                    initial=option.default,
                    widget=forms.Select(attrs={"class": "form-select"}),
                )
            else:
                self.fields[option.name] = forms.CharField(
                    label=option.label,
                    initial=option.default,
                    required=False,
                    widget=forms.TextInput(attrs={"class": "form-control"}),
                )

    @property
    def options(self) -> dict[str, str]:
        return {name: value for name, value in self.cleaned_data.items() if name != "file"}


def _kinds(request: PageRequest) -> list[ImportKind]:
    """The kinds this operator may import."""
    return [kind for kind in imports.kinds() if may(request, kind.permission, work=kind.work)]


def _approved_kinds(request: PageRequest) -> list[ImportKind]:
    """The kinds whose files this operator may take in as the second person."""
    return [kind for kind in imports.kinds() if kind.approval and may(request, kind.approval)]


@page("", methods=("GET", "POST"))
def start(request: PageRequest) -> HttpResponse:
    """上传: choose a kind and a file; what was imported before stands beside it."""
    request.scope = _scope(request)
    kinds = _kinds(request)
    if not kinds:
        return _waiting(request)
    kind = next((one for one in kinds if one.name == request.GET.get("kind")), kinds[0])
    form = UploadForm(kind, request.POST or None, request.FILES or None)
    if request.method == "POST" and form.is_valid():
        with refusals_at(form, "file"):
            received = _receive(request, kind, form)
            imports.start_check(file_id=received.pk, operator=request.operator, now=request.now)
            return redirect("imports:import", received.pk)
    context = {
        "kinds": kinds,
        "kind": kind,
        "form": form,
        "recent": _recent(request, [*kinds, *_approved_kinds(request)]),
        "crumbs": crumbs(_("导入")),
    }
    return render(request, "exchange/imports.html", context, status=422 if form.errors else 200)


def _waiting(request: PageRequest) -> HttpResponse:
    """Files of others, for who approves and does not upload. Raises: Http404 for who does neither."""
    kinds = _approved_kinds(request)
    if not kinds:
        raise Http404
    context = {"kind": kinds[0], "recent": _recent(request, kinds), "crumbs": crumbs(_("导入"))}
    return render(request, "exchange/imports.html", context)


def _recent(request: PageRequest, kinds: list[ImportKind]) -> list[tuple[Any, Badge]]:
    names = {one.name for one in kinds}
    return [(row, import_badge(row.state)) for row in imports.recent(own_area(request)) if row.kind in names]


def _receive(request: PageRequest, kind: ImportKind, form: UploadForm) -> ImportFile:
    uploaded: UploadedFile = form.cleaned_data["file"]
    with on_disk(uploaded) as content:
        return files.receive(
            kind=kind.name,
            pooling_area=own_area(request),
            file_name=uploaded.name or "",
            content=content,
            options=form.options,
            operator=request.operator,
            now=request.now,
        )


def _scope(request: PageRequest) -> Any:
    """Where the operator may import at all: the scope of the first import permission held."""
    known = [*_kinds(request), *_approved_kinds(request)]
    held = next((name for kind in known for name in (kind.permission, kind.approval) if may(request, name)), "")
    if not held:
        raise Http404
    return platform.scope_of(request.operator, held, request.today)


@page("")
def template(request: PageRequest, kind: str) -> HttpResponse:
    """导入模板: an empty table to fill in."""
    known = next((one for one in _kinds(request) if one.name == kind), None)
    if known is None:
        raise Http404
    return _download(lambda path: imports.template(kind, path), f"{known.title}-模板.xlsx")


@page("")
def preview(request: PageRequest, file_id: int) -> HttpResponse:
    """检查结果与选择: progress while it runs, then figures, faults, the first rows, and what to do."""
    progress = _progress(file_id)  # before the row is read: one that ended shows its outcome, not a good file's buttons
    file, kind = _find(request, file_id)
    shown = imports.preview_of(file_id)
    context = {
        "file": file,
        "kind": kind,
        "preview": shown,
        "first_rows": _readable(kind, shown),
        "progress": progress,
        "ahead": files.ahead_of(file) if progress.step == files.WAITING else None,
        "running": progress.running,
        "percent": _percent(progress),
        "state": import_badge(ImportState(file.state)),
        "may_upload": may(request, kind.permission, work=kind.work),
        "refusal": _refusal(request, file, kind),
        "keeps_bad_rows": kind.keeps_bad_rows(file.options),
        "problems": _problems(file_id, kind, request.GET.get("at", "")),
        "answered": None if progress.running or file.state in files.IN_WORK else _answered(file),
        "crumbs": [*crumbs((_("导入"), "imports:imports")), Crumb(file.file_name)],
    }
    return render(request, "exchange/import.html", context)


@page("", methods=("POST",))
def take_in(request: PageRequest, file_id: int) -> HttpResponse:
    """入库: all or only the good rows, in the background; the page shows how far it is."""
    _find(request, file_id)
    wanted = request.POST.get("mode", "")
    mode = Mode(wanted) if wanted in set(Mode) else Mode.ALL
    imports.start_taking_in(
        preview_id=file_id,
        mode=mode,
        operator=request.operator,
        now=request.now,
        return_bad=mode is Mode.ONLY_GOOD and "return_bad" in request.POST,
    )
    return redirect("imports:import", file_id)


@page("", methods=("POST",))
def check_again(request: PageRequest, file_id: int) -> HttpResponse:
    """重新检查: the books have moved, or the process that checked was stopped."""
    _find(request, file_id)
    imports.start_check(file_id=file_id, operator=request.operator, now=request.now)
    return redirect("imports:import", file_id)


@page("", methods=("POST",))
def cancel(request: PageRequest, file_id: int) -> HttpResponse:
    """取消: nothing of the file stays."""
    _find(request, file_id)
    imports.cancel(file_id=file_id, operator=request.operator, now=request.now)
    return redirect("imports:import", file_id)


@page("")
def report(request: PageRequest, file_id: int) -> HttpResponse:
    """错误明细: the rows in error with the reasons beside them."""
    file, _kind = _find(request, file_id)
    return _download(lambda path: imports.report(file_id, path), f"{Path(file.file_name).stem}-错误明细.xlsx")


@page("")
def quality(request: PageRequest, file_id: int) -> HttpResponse:
    """质量报告 (SYS-09): how much of a file could be taken, what was wrong, and where it went back."""
    file, kind = _find(request, file_id)
    returned = queries.returned_by_office(file_id)
    names = platform.unit_names_of([code for code, _rows, _open in returned])
    context = {
        "file": file,
        "kind": kind,
        "state": import_badge(ImportState(file.state)),
        "rate": f"{file.rows_good * 100 / file.rows_total:.2f}" if file.rows_total else "—",
        "faults": queries.faults_by_field(file_id),
        "returned": [(code, names.get(code, code), rows, still) for code, rows, still in returned],
        "may_make": bool(file.rows_returned and file.partner_id) and may(request, "exchange.manage"),
        "crumbs": [*crumbs((_("导入"), "imports:imports")), Crumb(file.file_name)],
    }
    return render(request, "exchange/quality.html", context)


@page("", methods=("POST",))
def return_file(request: PageRequest, file_id: int) -> HttpResponse:
    """制作退回文件: what could not be taken, as a file for the partner."""
    _find(request, file_id)
    made = returns.make_rejection_file(incoming_id=file_id, operator=request.operator, now=request.now)
    messages.success(request, gettext("已制作退回文件。"))
    return redirect("exchange:file", made.number)


def _find(request: PageRequest, file_id: int) -> tuple[ImportFile, ImportKind]:
    """The file, when it lies in the operator's area and is of a kind the operator may import. Raises: Http404."""
    request.scope = _scope(request)
    try:
        file = files.get(file_id)
    except FileUnknown:
        raise Http404 from None
    known = [*_kinds(request), *_approved_kinds(request)]
    kind = next((one for one in known if one.name == file.kind), None)
    if kind is None or file.pooling_area_id != own_area(request):
        raise Http404
    return file, kind


def _readable(kind: ImportKind, shown: imports.Preview) -> list[tuple[Any, ...]]:
    """The first rows as a clerk reads them: choices by their first word, amounts in yuan, numbers masked."""
    known = {column.header: column for column in kind.layout.columns}
    columns = [known[header] for header in shown.columns]
    return [
        (number, good, *(_said(column, cell) for column, cell in zip(columns, cells, strict=True)))
        for number, good, *cells in shown.first_rows
    ]


def _said(column: Column, cell: str | None) -> str:
    """What the database holds of a cell, in the words of the file: `40000` fen are `400.00`."""
    if not cell:
        return ""
    if column.holds is Holds.MONEY:
        return yuan_text(int(cell))
    if column.holds is Holds.YES_NO:
        return gettext("是") if cell == "true" else gettext("否")
    if column.name in _MASKED:
        return _MASKED[column.name](cell)
    return next((gettext(label) for label, value in column.choices.items() if value == cell), cell)


def _answered(file: ImportFile) -> tuple[str, str] | None:
    """The page of what a file answers, such as the batch of a bank's answer: its title and address."""
    sent = queries.outgoing(file.options.get("answers", ""))
    place = flows.place_of(sent.flow, sent.object_key) if sent else ""
    return (flows.title_of(sent.flow), place) if sent and place else None


def _problems(file_id: int, kind: ImportKind, at: str) -> Any:
    """A page of what is wrong, numbers of accounts and telephones masked as in the first rows.

    What was found against the books stands as the database holds it, and is said in the words of the file.
    """
    found = imports.problems_of(file_id, at=at, size=20)
    known = {column.header: column for column in kind.layout.columns}
    masked = {column.header: _MASKED[column.name] for column in kind.layout.columns if column.name in _MASKED}
    for one in found.rows:
        if one.in_books and one.column in known:
            one.value = _said(known[one.column], one.value)
        elif one.column in masked:
            one.value = masked[one.column](one.value)
    return found


def _refusal(request: PageRequest, file: ImportFile, kind: ImportKind) -> str:
    """Why this operator may not take the file in; empty when nothing stands against it."""
    try:
        files.check_may_take_in(kind, file, request.operator, request.now)
    except DomainError as refusal:
        return sentence(refusal)
    return ""


def _progress(file_id: int) -> Progress:
    """How far the file is. Raises: Http404."""
    try:
        return imports.progress(file_id)
    except FileUnknown:
        raise Http404 from None


def _percent(progress: Progress) -> int:
    return min(100, progress.rows_done * 100 // progress.rows_total) if progress.rows_total else 0


def _download(write: Any, name: str) -> HttpResponse:
    """A table written for this download only."""
    with tempfile.TemporaryDirectory(prefix="tongchou-report-") as folder:
        path = Path(folder) / "table.xlsx"
        write(path)
        return FileResponse(path.open("rb"), as_attachment=True, filename=name)
