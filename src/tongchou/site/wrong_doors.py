"""An address that only takes what a form sends, opened by hand (误开地址): a page with a way out, not an empty one.

A form refused stays at its address; whoever then reloads it by the address bar or changes the language would stand
before the browser's own error.
"""

from collections.abc import Callable
from http import HTTPStatus

from django.http import Http404, HttpRequest, HttpResponse

from tongchou.site import views


class WrongDoor:
    """Gives an empty refusal of the method the words of an address without a page."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self._get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        response = self._get_response(request)
        if response.status_code != HTTPStatus.METHOD_NOT_ALLOWED or response.content or not _is_read(request):
            return response
        shown = views.not_found(request, Http404())
        shown.status_code, shown["Allow"] = response.status_code, response["Allow"]
        return shown


def _is_read(request: HttpRequest) -> bool:
    """Whether somebody sits before it; a program is told the method alone."""
    return request.method == "GET" and "text/html" in request.headers.get("Accept", "")
