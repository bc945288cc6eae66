"""Papers of collection (征缴打印件): the frame, with how often a paper was printed before."""

from collections.abc import Sequence

from django.http import HttpResponse
from django.utils import timezone
from reportlab.platypus import Flowable

from tongchou.platform import queries as platform
from tongchou.platform import trail
from tongchou.platform.web.access import PageRequest
from tongchou.platform.web.paper import Paper, render, verification_code


def printed(
    request: PageRequest,
    *,
    title: str,
    number: str,
    unit_code: str,
    says: Sequence[object],
    body: Sequence[Flowable],
    object_kind: str,
    action: str = "contributions.paper_printed",
) -> HttpResponse:
    """The paper as PDF; the second time it is marked 补打, and every time is in the trail (ORG-21)."""
    key = f"{title} {number}"
    paper = Paper(
        agency=platform.unit_name(unit_code, request.today),
        title=title,
        number=number,
        printed_at=timezone.localtime(request.now).strftime("%Y-%m-%d %H:%M"),
        code=verification_code(title, number, *says),
        copies_before=platform.count_in_trail(object_kind, key, action),
    )
    trail.record(
        action,
        at=request.now,
        operator=request.operator,
        unit_code=unit_code,
        object_kind=object_kind,
        object_key=key,
    )
    response = HttpResponse(render(paper, body), content_type="application/pdf")
    response["Content-Disposition"] = f'inline; filename="{object_kind}-{number}.pdf"'
    return response
