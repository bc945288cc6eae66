"""我的转移接续: how far each transfer is, and the periods of both schemes, shown apart (ENR-27; GX2017 §17)."""

from typing import Any

from django.http import Http404, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_POST

from tongchou.enrolment.transfers import queries
from tongchou.enrolment.transfers.states import OPEN
from tongchou.enrolment.transfers.web import document_paper, transfer_badge
from tongchou.site.web.my.identity import residents_only


@residents_only
def transfers(request: Any) -> HttpResponse:
    """My transfers with their stages; what I paid as a resident, and the months I was employed."""
    person_id = request.resident.person_id
    found = queries.progress_of(person_id)
    context = {
        "transfers": [(one, transfer_badge(one.transfer.state), one.transfer.state in OPEN) for one in found],
        "periods": queries.periods_of(person_id),
    }
    return render(request, "site/my/transfers.html", context)


@require_POST
@residents_only
def document(request: Any, number: str, kind: str) -> HttpResponse:
    """下载转移文书: my own, with the code that anybody can check; a copy counts like one of the counter's."""
    found = queries.transfer(number)
    one = queries.document(number, kind)
    if found is None or one is None or found.person_id != request.resident.person_id:
        raise Http404
    request.operator = None
    response = document_paper(request, found, one)
    response["Content-Disposition"] = f'attachment; filename="{number}-{kind}.pdf"'
    return response
