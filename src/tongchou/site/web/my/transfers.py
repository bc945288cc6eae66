"""我的转移接续: how far each transfer is, and the periods of both schemes, shown apart (ENR-27; GX2017 §17)."""

from typing import Any

from django.http import HttpResponse
from django.shortcuts import render

from tongchou.enrolment.transfers import queries
from tongchou.enrolment.transfers.states import OPEN
from tongchou.enrolment.transfers.web import transfer_badge
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
