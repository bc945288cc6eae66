"""核准、退回与核准单: what the second person does on the page (ORG-22, ORG-23; GX2017 §134)."""

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect
from django.utils.translation import gettext

from tongchou.kernel.errors import DomainError
from tongchou.parameters import commands, queries
from tongchou.parameters.web.drafts import Typed, draft_page, edition_of, found
from tongchou.parameters.web.sheet import sheet_pdf
from tongchou.platform import second_factor
from tongchou.platform.web.access import PageRequest, page, sentence_with_code


@page("policy.approve", methods=("POST",))
def return_draft(request: PageRequest, draft_id: int) -> HttpResponse:
    """退回, with the reason."""
    found(request, draft_id)
    try:
        commands.return_draft(
            draft_id=draft_id, reason=request.POST.get("reason", ""), by=request.operator, now=request.now
        )
    except DomainError as refusal:
        return draft_page(request, queries.draft(draft_id), typed=Typed(refusal=refusal))
    messages.success(request, gettext("已退回起草人。"))
    return redirect("policy:draft", draft_id)


@page("policy.approve", methods=("POST",))
def approve(request: PageRequest, draft_id: int) -> HttpResponse:
    """核准并生效, with the code of the second factor."""
    found(request, draft_id)
    try:
        commands.approve(
            draft_id=draft_id,
            edition=edition_of(request),
            code=request.POST.get("second_factor", ""),
            by=request.operator,
            now=request.now,
        )
    except second_factor.REFUSALS as refusal:
        told = sentence_with_code(refusal)
        return draft_page(request, queries.draft(draft_id), part="changes", factor_error=told)
    except DomainError as refusal:
        return draft_page(request, queries.draft(draft_id), part="changes", typed=Typed(refusal=refusal))
    messages.success(request, gettext("已核准。各处理进程在一秒内启用,不必重启。"))
    return redirect("policy:draft", draft_id)


@page("policy.view")
def sheet(request: PageRequest, draft_id: int) -> HttpResponse:
    """核准单: what is changed, from when, by whom, on A4."""
    content = sheet_pdf(found(request, draft_id), now=request.now)
    response = HttpResponse(content, content_type="application/pdf")
    response["Content-Disposition"] = f'inline; filename="policy-draft-{draft_id}.pdf"'
    return response
