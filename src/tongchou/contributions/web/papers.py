"""Papers of collection (征缴打印件): what stands in the frame of each."""

from collections.abc import Sequence

from django.http import HttpResponse
from reportlab.platypus import Flowable

from tongchou.platform import queries as platform
from tongchou.platform.web import printing
from tongchou.platform.web.access import PageRequest
from tongchou.platform.web.paper import verification_code


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
    told: Sequence[tuple[str, str]] = (),
    agency: str = "",
) -> HttpResponse:
    """The paper of a unit as PDF, known in the trail by its title and number; `told` to whoever checks its code.

    It bears the name of `agency`, else of the unit itself (decision 0383).
    """
    what = printing.Print(
        agency=agency or platform.unit_name(unit_code, request.today),
        title=title,
        number=number,
        code=verification_code(title, number, *says),
        action=action,
        object_kind=object_kind,
        object_key=f"{title} {number}",
        unit_code=unit_code,
        file_name=f"{object_kind}-{number}",
        told=told,
    )
    return printing.printed(request, what, body)
