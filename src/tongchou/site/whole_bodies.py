"""What a browser sends arrives whole or not at all (断线): half an upload is no upload.

Django takes a form that ends early for a short one, so that half a spreadsheet would be a spreadsheet with half the
rows. Here the end of the stream before its announced length is what it is, a broken connection.
"""

from collections.abc import Callable
from http import HTTPStatus
from typing import Any, Protocol

from django.http import HttpRequest, HttpResponse, UnreadablePostError
from django.utils.translation import gettext


class Stream(Protocol):
    """What a server hands over to read the body from."""

    def read(self, size: int = -1, /) -> bytes: ...

    def readline(self, size: int = -1, /) -> bytes: ...


class WholeBody:
    """The body of a request, of a known length (请求正文)."""

    def __init__(self, stream: Stream, length: int) -> None:
        self._stream = stream
        self._left = length

    @classmethod
    def of(cls, environ: dict[str, Any]) -> "WholeBody":
        """The body that the server announces; without a length there is none, as Django has it."""
        announced = str(environ.get("CONTENT_LENGTH") or "")
        return cls(environ["wsgi.input"], int(announced) if announced.isdecimal() else 0)

    def read(self, size: int = -1) -> bytes:
        """As of the stream. Raises: ConnectionResetError where it ends before the announced length."""
        return self._counted(self._stream.read(size), size)

    def readline(self, size: int = -1) -> bytes:
        """As of the stream. Raises: ConnectionResetError where it ends before the announced length."""
        return self._counted(self._stream.readline(size), size)

    def _counted(self, piece: bytes, size: int) -> bytes:
        self._left -= len(piece)
        if not piece and size != 0 and self._left > 0:
            raise ConnectionResetError(f"{self._left} bytes of the request are missing")
        return piece


class BrokenOff:
    """A form that did not arrive whole is answered, should anybody still be there, and is no fault of the house."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self._get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        return self._get_response(request)

    def process_exception(self, request: HttpRequest, exception: Exception) -> HttpResponse | None:
        """连接中断: nothing was done, the form may be sent again."""
        if not isinstance(exception, UnreadablePostError):
            return None
        said = gettext("连接中断,没有收到完整的内容,什么也没有办理。请重新提交。")
        return HttpResponse(said, content_type="text/plain; charset=utf-8", status=HTTPStatus.BAD_REQUEST)
