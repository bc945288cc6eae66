"""文件格式: entered with a preview on a sample, approved by somebody else, in force from a day (SYS-07)."""

from collections.abc import Mapping
from typing import Any, Final

from django import forms
from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from tongchou.exchange import commands, queries, trying
from tongchou.exchange.models import FileFormat
from tongchou.exchange.web.format_words import FIELDS, HOLDS, OUTCOMES, SHAPES
from tongchou.exchange.web.places import CHAPTER
from tongchou.kernel.errors import DomainError
from tongchou.platform.web import lists
from tongchou.platform.web.access import PageRequest, may, page, refusals_at, sentence_with_code
from tongchou.platform.web.badges import Badge, Tone
from tongchou.platform.web.crumbs import crumbs

PARTS: Final = ("head", "row", "tail")


def format_badge(row: FileFormat, today: Any) -> Badge:
    """格式状态 as shown."""
    if row.returned_reason:
        return Badge(str(_("已退回")), Tone.BAD)
    if row.approved_at is None:
        return Badge(str(_("待核准")), Tone.WAITING)
    return Badge(str(_("已核准")), Tone.DONE) if row.valid_from <= today else Badge(str(_("待生效")), Tone.HAND)


class FormatFilter(lists.FilterForm):
    code = lists.words(_("代码"), longest=30)
    state = lists.choice(_("状态"), [("waiting", _("待核准")), ("approved", _("已核准")), ("returned", _("已退回"))])


def _read(request: PageRequest, criteria: Mapping[str, Any]) -> lists.Rows:
    return lists.Table(queries.format_rows(code=criteria.get("code", ""), state=criteria.get("state", "")))


def _complete(request: PageRequest, rows: Any) -> Any:
    for one in rows:
        one.shown_state = format_badge(one, request.today)
    return rows


FORMATS: Final = lists.List(
    name="formats",
    title=_("文件格式"),
    columns=(
        lists.Column(_("代码"), "code", "code"),
        lists.Column(_("版本"), "edition", "number"),
        lists.Column(_("名称"), "name"),
        lists.Column(_("生效日期"), "valid_from", "day"),
        lists.Column(_("登记人"), "staff_code", "staff"),
        lists.Column(_("核准人"), "approved_by", "staff"),
        lists.Column(_("状态"), "shown_state", "state"),
    ),
    read=_read,
    complete=_complete,
    orders={"code": ("code", "-edition", "id")},
    form=FormatFilter,
    link=lambda row: reverse("exchange:format", args=[row.pk]),
    template="exchange/formats.html",
    empty=_("还没有文件格式。"),
)

_INPUT: Final = {"class": "form-control", "autocomplete": "off"}
_LINES: Final = {"class": "form-control mono", "rows": 5, "spellcheck": "false", "autocomplete": "off"}
_SELECT: Final = {"class": "form-select"}


class FormatForm(forms.Form):
    """登记文件格式, one line per field."""

    code = forms.CharField(label=_("代码"), max_length=30, widget=forms.TextInput(attrs=_INPUT))
    name = forms.CharField(label=_("名称"), max_length=60, widget=forms.TextInput(attrs=_INPUT))
    valid_from = lists.day(_("生效日期"))
    shape = forms.ChoiceField(
        label=_("记录方式"),
        choices=[("delimited", _("分隔符")), ("fixed", _("定长(按字节)"))],
        widget=forms.Select(attrs=_SELECT),
    )
    delimiter = forms.CharField(
        label=_("分隔符"), max_length=1, initial="|", required=False, strip=False, widget=forms.TextInput(attrs=_INPUT)
    )
    encoding = forms.ChoiceField(
        label=_("编码"), choices=[("utf-8", "UTF-8"), ("gb18030", "GB18030")], widget=forms.Select(attrs=_SELECT)
    )
    line_end = forms.ChoiceField(
        label=_("换行"), choices=[("lf", "LF"), ("crlf", "CR LF")], widget=forms.Select(attrs=_SELECT)
    )
    file_name = forms.CharField(
        label=_("文件名"),
        max_length=80,
        initial="{number}.txt",
        widget=forms.TextInput(attrs=_INPUT),
        help_text=_("可用 {number}、{serial}、{partner}、{day}"),
    )
    head = forms.CharField(label=_("首行字段"), required=False, widget=forms.Textarea(attrs=_LINES))
    row = forms.CharField(
        label=_("明细字段"),
        widget=forms.Textarea(attrs={**_LINES, "rows": 8}),
        help_text=_("每行一个字段,按顺序:名称 类型 宽度;类型为 text、whole、fen、yuan、day,标记写 mark 和固定值"),
    )
    tail = forms.CharField(label=_("尾行字段"), required=False, widget=forms.Textarea(attrs=_LINES))
    codes = forms.CharField(
        label=_("结果代码"),
        required=False,
        widget=forms.Textarea(attrs=_LINES),
        help_text=_("每行一个:对方代码=我方代码,如 00=ok"),
    )
    sample = forms.FileField(
        label=_("样本文件"), required=False, widget=forms.ClearableFileInput(attrs={"class": "form-control"})
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, label_suffix="", **kwargs)

    def definition(self) -> dict[str, Any]:
        """The definition as data. Raises: FormatFaulty."""
        told = self.cleaned_data
        made: dict[str, Any] = {name: told[name] for name in ("shape", "encoding", "line_end", "file_name")}
        if told["shape"] == "delimited":
            made["delimiter"] = told["delimiter"]
        for part in PARTS:
            if fields := trying.fields_read(told.get(part, "")):
                made[part] = fields
        if codes := trying.codes_read(told.get("codes", "")):
            made["codes"] = codes
        return made


def _initial(found: FileFormat) -> dict[str, Any]:
    """The form filled with an edition, to make the next one of it."""
    told = found.definition
    return {
        "code": found.code,
        "name": found.name,
        **{name: told[name] for name in ("shape", "delimiter", "encoding", "line_end", "file_name") if name in told},
        **{part: trying.fields_written(told.get(part, ())) for part in PARTS},
        "codes": "\n".join(f"{theirs}={ours}" for theirs, ours in told.get("codes", {}).items()),
    }


@page("exchange.view")
def formats(request: PageRequest) -> HttpResponse:
    """文件格式, every edition."""
    return FORMATS.respond(
        request,
        may_manage=may(request, "exchange.manage"),
        crumbs=crumbs(CHAPTER, _("文件格式")),
    )


@page("exchange.view")
def show(request: PageRequest, format_id: int) -> HttpResponse:
    """One edition: its records, its codes, who approved it."""
    return _shown(request, _find(format_id))


def _shown(request: PageRequest, found: FileFormat, problem: str = "", status: int = 200) -> HttpResponse:
    told = found.definition
    context = {
        "format": found,
        "state": format_badge(found, request.today),
        "facts": {name: told.get(name, "") for name in ("delimiter", "encoding", "line_end", "file_name")}
        | {"shape": SHAPES.get(told.get("shape", ""), "")},
        "records": [
            (label, [_in_words(one) for one in told.get(part, ())])
            for part, label in zip(PARTS, (_("首行"), _("明细"), _("尾行")), strict=True)
        ],
        "codes": [(theirs, ours, OUTCOMES.get(ours, "")) for theirs, ours in told.get("codes", {}).items()],
        "may_decide": may(request, "exchange.approve") and found.approved_at is None and not found.returned_reason,
        "may_manage": may(request, "exchange.manage"),
        "problem": problem,
        "crumbs": crumbs(CHAPTER, (_("文件格式"), "exchange:formats"), str(found)),
    }
    return render(request, "exchange/format.html", context, status=status)


def _in_words(one: Mapping[str, Any]) -> dict[str, Any]:
    """A field of a record with what it and its type are called."""
    kind = one.get("holds") or ""
    return {**one, "word": FIELDS.get(one["name"], ""), "kind": HOLDS.get(kind, kind)}


@page("exchange.manage", methods=("GET", "POST"))
def add(request: PageRequest) -> HttpResponse:
    """登记文件格式: a new one, or the next edition of the one that `from` names."""
    initial: dict[str, Any] = {"valid_from": request.today}
    if (told := request.GET.get("from", "")).isdecimal():
        initial |= _initial(_find(int(told)))
    form = FormatForm(request.POST or None, request.FILES or None, initial=initial)
    if request.method == "POST" and form.is_valid():
        with refusals_at(form, "row"):
            made = commands.add_format(
                code=form.cleaned_data["code"].strip(),
                name=form.cleaned_data["name"],
                definition=form.definition(),
                valid_from=form.cleaned_data["valid_from"],
                operator=request.operator,
                now=request.now,
            )
            messages.success(request, gettext("已登记,待另一人核准。"))
            return redirect("exchange:format", made.pk)
    context = {
        "form": form,
        "crumbs": crumbs(CHAPTER, (_("文件格式"), "exchange:formats"), _("登记文件格式")),
    }
    return render(request, "exchange/format_form.html", context, status=422 if form.errors else 200)


@page("exchange.manage", methods=("POST",))
def preview(request: PageRequest) -> HttpResponse:
    """试读: what the definition so far makes of the sample."""
    form = FormatForm(request.POST, request.FILES)
    form.is_valid()
    context: dict[str, Any] = {}
    try:
        tried = {name: form.cleaned_data.get(name) or "" for name in form.fields}
        form.cleaned_data = tried | {"shape": tried["shape"] or "delimited", "file_name": tried["file_name"] or "1.txt"}
        sample = request.FILES.get("sample")
        content = sample.read(trying.LARGEST) if sample is not None else b""
        context["tried"] = trying.try_format(form.definition(), content)
        context["has_sample"] = sample is not None
    except DomainError as refusal:
        context["problem"] = sentence_with_code(refusal)
    return render(request, "exchange/format_preview.html", context)


@page("exchange.approve", methods=("POST",))
def decide(request: PageRequest, format_id: int) -> HttpResponse:
    """核准 or 退回."""
    found = _find(format_id)
    told: dict[str, Any] = {"format_id": format_id, "operator": request.operator, "now": request.now}
    try:
        if "approve" in request.POST:
            commands.approve_format(**told)
        else:
            commands.return_format(reason=request.POST.get("reason", "")[:200], **told)
    except DomainError as refusal:
        return _shown(request, found, sentence_with_code(refusal), 422)
    messages.success(request, gettext("已办理。"))
    return redirect("exchange:format", format_id)


def _find(format_id: int) -> FileFormat:
    """Raises: Http404."""
    found = queries.file_format(format_id)
    if found is None:
        raise Http404
    return found
