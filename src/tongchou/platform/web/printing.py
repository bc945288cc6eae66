"""打印: a paper as PDF, counted in the trail; a reprint bears how often it was printed before (补打; ORG-21)."""

from collections.abc import Sequence
from dataclasses import dataclass

from django.http import HttpResponse
from django.urls import reverse
from django.utils import timezone
from reportlab.platypus import Flowable

from tongchou.platform import papers, queries, trail
from tongchou.platform.trail import NO_AREA
from tongchou.platform.web.access import PageRequest
from tongchou.platform.web.paper import Paper, render


@dataclass(frozen=True, slots=True, kw_only=True)
class Print:
    """One print (打印): what stands in the paper's frame, and of what the trail says that it was printed.

    `told` are its main points as whoever checks the code may read them: names and numbers masked (文书验真).
    Without `file_name` the browser names the file itself; a blank form is `counted` as none.
    """

    agency: str
    title: str
    number: str
    code: str
    action: str
    object_kind: str
    object_key: str
    pooling_area: str = NO_AREA
    unit_code: str = ""
    file_name: str = ""
    counted: bool = True
    told: papers.Pairs = ()


def printed(request: PageRequest, what: Print, body: Sequence[Flowable]) -> HttpResponse:
    """The paper as PDF, written into the trail with the number of its copy."""
    before = queries.count_in_trail(what.object_kind, what.object_key, what.action) if what.counted else 0
    trail.record(
        what.action,
        at=request.now,
        operator=request.operator,
        pooling_area=what.pooling_area,
        unit_code=what.unit_code,
        object_kind=what.object_kind,
        object_key=what.object_key,
        detail={"copy": before + 1},
    )
    check_at = _kept(request, what) if what.counted and what.code else ""
    paper = Paper(
        agency=what.agency,
        title=what.title,
        number=what.number,
        printed_at=timezone.localtime(request.now).strftime("%Y-%m-%d %H:%M"),
        code=what.code,
        copies_before=before,
        check_at=check_at,
    )
    response = HttpResponse(render(paper, body), content_type="application/pdf")
    response["Content-Disposition"] = f'inline; filename="{what.file_name}.pdf"' if what.file_name else "inline"
    return response


def _kept(request: PageRequest, what: Print) -> str:
    """Keeps what the paper says, to be checked by anybody; returns the address that its QR code leads to."""
    issued = papers.Issued(
        code=what.code,
        title=what.title,
        number=what.number,
        agency=what.agency,
        object_kind=what.object_kind,
        object_key=what.object_key,
        told=what.told,
        pooling_area=what.pooling_area,
        unit_code=what.unit_code,
    )
    papers.keep(issued, now=request.now)
    return request.build_absolute_uri(f"{reverse('public:verify')}?c={what.code}")
