"""花名册与批量权益单 of a village, community or school (ENR-35, RIG-11)."""

from datetime import timedelta
from typing import Any, Final

from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from tongchou.enrolment import history as registration
from tongchou.kernel.errors import DomainError
from tongchou.platform import queries as platform
from tongchou.platform.web.access import PageRequest, check_unit, may, page, sentence
from tongchou.platform.web.crumbs import Crumb, crumbs
from tongchou.rights import commands, queries
from tongchou.rights.models import CertificateBatch
from tongchou.rights.web.badges import certificate_badge
from tongchou.rights.web.certificates import public_address
from tongchou.rights.web.paper import certificates_pdf
from tongchou.rights.web.places import CHAPTER

PRINTED_AT_ONCE: Final = 100
"""So many statements in one file: more would keep the clerk waiting."""


@page("rights.view")
def units(request: PageRequest) -> HttpResponse:
    """Which unit: down the agency tree, or by name."""
    parent, words = request.GET.get("parent", ""), request.GET.get("q", "").strip()[:40]
    context = {
        "units": platform.units_in(request.scope, parent=parent, words=words),
        "above": platform.units_above(parent) if parent else [],
        "words": words,
        "here": "units",
        "crumbs": crumbs(CHAPTER, _("花名册与权益单")),
    }
    return render(request, "rights/units.html", context)


@page("rights.view")
def unit(request: PageRequest, code: str) -> HttpResponse:
    """The rosters and statements of one unit, and what can be made now."""
    return _unit(request, code)


def _unit(request: PageRequest, code: str, refusal: DomainError | None = None) -> HttpResponse:
    found = platform.unit(code)
    if found is None:
        raise Http404
    check_unit(request, code, kind="org_unit", key=code)
    context = {
        "unit": found,
        "persons": registration.count_of_unit(code),
        "rosters": [(one, certificate_badge(one.state)) for one in queries.rosters_of(code)],
        "batches": [told(one, timezone.now()) for one in queries.batches_of(code)],
        "may_issue": may(request, "rights.issue"),
        "year": request.POST.get("year", request.today.year),
        "refusal": sentence(refusal) if refusal else "",
        "refusal_code": refusal.code if refusal else "",
        "crumbs": [*crumbs(CHAPTER, (_("花名册与权益单"), "rights:units")), Crumb(found.name)],
    }
    return render(request, "rights/unit.html", context, status=422 if refusal else 200)


def told(batch: CertificateBatch, now: Any) -> dict[str, Any]:
    """A batch with how far it is and how long it will take (进度)."""
    running = batch.finished_at is None and batch.cancelled_at is None
    spent = (now - batch.started_at).total_seconds()
    left = spent * (batch.total - batch.done) / batch.done if batch.done else None
    made = len(batch.certificates)
    return {
        "batch": batch,
        "running": running,
        "percent": batch.done * 100 // batch.total,
        "left": None if left is None else timedelta(seconds=max(1, round(left))),
        "made": made,
        "parts": [(start, min(start + PRINTED_AT_ONCE, made)) for start in range(0, made, PRINTED_AT_ONCE)],
    }


@page("rights.issue", methods=("POST",))
def roster(request: PageRequest, code: str) -> HttpResponse:
    """出具花名册 of today."""
    try:
        made = commands.issue_roster(unit_code=code, operator=request.operator, now=request.now)
    except DomainError as refusal:
        return _unit(request, code, refusal)
    return redirect("rights:certificate", made.number)


@page("rights.issue", methods=("POST",))
def start(request: PageRequest, code: str) -> HttpResponse:
    """批量出具年度权益单: begins in the background."""
    year = request.POST.get("year", "")
    try:
        made = commands.start_batch(
            unit_code=code,
            year=int(year) if year.isdecimal() else 0,
            operator=request.operator,
            now=request.now,
        )
    except DomainError as refusal:
        return _unit(request, code, refusal)
    commands.start_working(made.pk)
    return redirect("rights:batch", made.pk)


@page("rights.view")
def batch(request: PageRequest, batch_id: int) -> HttpResponse:
    """进度: done of total, time left, and the files once there are some."""
    found = _find(request, batch_id)
    context = {
        **told(found, timezone.now()),
        "unit": platform.unit(found.unit_code),
        "may_issue": may(request, "rights.issue"),
        "crumbs": [
            *crumbs(CHAPTER, (_("花名册与权益单"), "rights:units")),
            Crumb(gettext("批量权益单")),
        ],
    }
    return render(request, "rights/batch.html", context)


@page("rights.issue", methods=("POST",))
def cancel(request: PageRequest, batch_id: int) -> HttpResponse:
    """取消: what was issued stays."""
    _find(request, batch_id)
    commands.cancel_batch(batch_id, operator=request.operator, now=request.now)
    messages.success(request, gettext("已取消,已出具的权益单保留。"))
    return redirect("rights:batch", batch_id)


@page("rights.issue", methods=("POST",))
def print_part(request: PageRequest, batch_id: int) -> HttpResponse:
    """打印一部分: one file, each statement on its own page, each copy counted."""
    found = _find(request, batch_id)
    wanted = request.POST.get("start", "")
    papers = commands.print_batch(
        batch_id,
        start=int(wanted) if wanted.isdecimal() else 0,
        size=PRINTED_AT_ONCE,
        operator=request.operator,
        now=request.now,
    )
    if not papers:
        raise Http404
    title = f"{found.year}年度个人权益单"
    content = certificates_pdf(papers, title=title, verify_at=public_address(request), now=request.now)
    response = HttpResponse(content, content_type="application/pdf")
    response["Content-Disposition"] = f'inline; filename="{found.unit_code}-{found.year}-{wanted or 0}.pdf"'
    return response


def _find(request: PageRequest, batch_id: int) -> CertificateBatch:
    found = queries.batch(batch_id)
    if found is None:
        raise Http404
    check_unit(request, found.unit_code, kind="org_unit", key=found.unit_code)
    return found
