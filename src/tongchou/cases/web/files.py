"""附件: the bytes of a file, to whoever may see its case; each look is noted."""

from django.http import Http404, HttpResponse

from tongchou.cases import queries
from tongchou.cases.models import Attachment
from tongchou.platform.web.access import PageRequest, check_unit, note_look, page


@page("cases.view")
def file(request: PageRequest, number: str, attachment_id: int) -> HttpResponse:
    """The file itself."""
    attached = _found(request, number, attachment_id)
    note_look(
        request, "cases.attachment_seen", "case", number, file=attached.name, digest=bytes(attached.content_id).hex()
    )
    response = HttpResponse(queries.data_of(attached), content_type=attached.content.media_type)
    response["Content-Security-Policy"] = "default-src 'none'; style-src 'unsafe-inline'; sandbox"
    response["X-Content-Type-Options"] = "nosniff"
    return response


@page("cases.view")
def thumbnail(request: PageRequest, number: str, attachment_id: int) -> HttpResponse:
    """The small picture of a file."""
    small = queries.thumbnail_of(_found(request, number, attachment_id))
    if small is None:
        raise Http404
    return HttpResponse(small, content_type="image/jpeg")


def _found(request: PageRequest, number: str, attachment_id: int) -> Attachment:
    attached = queries.attachment(number, attachment_id)
    if attached is None:
        raise Http404
    check_unit(request, attached.case.unit_code, kind="case", key=number)
    return attached
