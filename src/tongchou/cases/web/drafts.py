"""草稿: what the operator left unfinished at the counter, to go on with or to throw away (ORG-16)."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final
from urllib.parse import urlencode

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext, ngettext
from django.utils.translation import gettext_lazy as _

from tongchou.cases import commands, kinds, queries
from tongchou.cases.commands.drafts import Fields
from tongchou.cases.models import Draft
from tongchou.cases.web.counter import ApplicationForm, form_page
from tongchou.kernel.errors import DomainError
from tongchou.platform.web import lists
from tongchou.platform.web.access import PageRequest, page, sentence_with_code
from tongchou.platform.web.crumbs import crumbs

NOT_KEPT: Final = frozenset({"csrfmiddlewaretoken", "act", "draft_version"})
"""What the page adds to every form and what says what to do with it."""


class DraftFilter(lists.FilterForm):
    kind = lists.choice(_("事项"), ())
    words = lists.words(_("姓名或编号"))

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        choices = [(kind.code, gettext(kind.title)) for kind in kinds.registered()]
        self.fields["kind"].choices = [("", _("全部")), *choices]


@dataclass(frozen=True, slots=True)
class Line:
    """A draft as listed."""

    draft: Draft
    title: str

    def __getattr__(self, name: str) -> Any:
        return getattr(self.draft, name)


def _read(request: PageRequest, criteria: Mapping[str, Any]) -> lists.Rows:
    return lists.Table(queries.drafts_listed(request.operator, criteria, request.today))


def _complete(request: PageRequest, rows: Sequence[Draft]) -> Sequence[Line]:
    titles = {kind.code: kind.title for kind in kinds.registered()}
    return [Line(row, titles.get(row.kind, row.kind)) for row in rows]


def _address(line: Line) -> str:
    return f"{reverse('cases:accept', args=[line.kind])}?{urlencode({'key': line.subject_key})}"


DRAFTS: Final = lists.List(
    name="case-drafts",
    title=_("草稿"),
    columns=(
        lists.Column("", "pk", "pick"),
        lists.Column(_("办理对象"), "subject_name", link=_address),
        lists.Column(_("编号"), "subject_key", "code"),
        lists.Column(_("事项"), "title", "choice"),
        lists.Column(_("保存时间"), "saved_at", "moment", sort="saved_at"),
        lists.Column(_("保留至"), "expires_on", "day"),
    ),
    read=_read,
    complete=_complete,
    orders={"-saved_at": ("-saved_at", "-id"), "saved_at": ("saved_at", "id")},
    form=DraftFilter,
    link=_address,
    template="cases/drafts.html",
    empty=_("没有草稿。"),
    next_step=_("填写申请时可以随时存草稿,以后接着填。"),
)


@page("cases.accept")
def drafts(request: PageRequest) -> HttpResponse:
    """The operator's own drafts."""
    return DRAFTS.respond(request, crumbs=crumbs((_("业务件"), "cases:cases"), _("草稿")))


@page("cases.accept", methods=("POST",))
def keep(request: PageRequest, kind_code: str) -> HttpResponse:
    """存草稿: by the button, or by the page itself while somebody types."""
    by_page = request.accepts("application/json") and not request.accepts("text/html")
    try:
        draft = commands.keep_draft(
            kind_code=kind_code,
            subject_key=request.POST.get("subject", ""),
            fields=_fields(request),
            version=_version(request),
            operator=request.operator,
            now=request.now,
        )
    except DomainError as refusal:
        said = sentence_with_code(refusal)
        return JsonResponse({"said": said}, status=422) if by_page else _shown_again(request, kind_code, said)
    if by_page:
        at = timezone.localtime(draft.saved_at).strftime("%H:%M:%S")
        return JsonResponse({"version": draft.version, "said": gettext("草稿已存 %(at)s") % {"at": at}})
    messages.success(request, gettext("草稿已存,可在此接着填写。"))
    return redirect("cases:drafts")


@page("cases.accept", methods=("POST",))
def discard(request: PageRequest) -> HttpResponse:
    """弃置草稿."""
    ids = [int(one) for one in request.POST.getlist("pick")[:200] if one.isdecimal()]
    count = commands.discard_drafts(ids=ids, operator=request.operator, now=request.now)
    if count:
        said = ngettext("已弃置 %(count)s 份草稿。", "已弃置 %(count)s 份草稿。", count) % {"count": count}
        messages.success(request, said)
    else:
        messages.warning(request, gettext("没有选择草稿。"))
    return redirect("cases:drafts")


def _fields(request: HttpRequest) -> Fields:
    """The form as posted, whatever its shape; files are not kept."""
    return {name: texts for name, texts in request.POST.lists() if name not in NOT_KEPT}


def _version(request: HttpRequest) -> int:
    text = request.POST.get("draft_version") or "0"
    if not text.isdecimal():
        raise Http404
    return int(text)


def _shown_again(request: PageRequest, kind_code: str, said: str) -> HttpResponse:
    """The form with what was typed and why it was not kept; without a subject there is no form to show."""
    kind = kinds.kind_of(kind_code)
    subject = kind.find_subject(request.POST.get("subject", "").strip())
    if subject is None:
        messages.error(request, said)
        return redirect("cases:counter")
    form = ApplicationForm(kind, subject, request.POST).without_complaints()
    form.add_error(None, said)
    return form_page(request, form, subject, status=422)
