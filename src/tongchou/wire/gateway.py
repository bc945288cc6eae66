"""The hospitals' door (接口网关): a plain WSGI callable before the registry; always HTTP 200, always the envelope."""

import re
from collections.abc import Callable, Iterable
from datetime import datetime
from typing import Any, Final

from tongchou.kernel.errors import DomainError
from tongchou.wire import errors, moments, registry

LARGEST_BODY: Final = 2 << 20
"""Two mebibytes: a hundred lines with room to spare; what is longer comes in parts."""
LARGEST_DROPPED: Final = 32 << 20
"""How much of a longer body is still taken, and dropped, so that its sender gets an answer."""

CHINESE_CHARSETS: Final = frozenset({"gbk", "gb2312", "gb18030", "cp936"})
READ_CHARSET: Final = "gb18030"
_CHARSET: Final = re.compile(r"""charset\s*=\s*["']?([\w-]+)""", re.ASCII | re.IGNORECASE)

StartResponse = Callable[[str, list[tuple[str, str]]], object]


def gateway(environ: dict[str, Any], start_response: StartResponse) -> Iterable[bytes]:
    """Answer one HTTP request under `/fsi/api/`; the path may say anything, `infno` decides."""
    try:
        signed = _body(environ)
        answer = registry.respond(_transcribed(environ, signed), headers=environ, clock=now, signed=signed)
    except DomainError as refusal:
        answer = registry.refuse(refusal, clock=now)
    start_response(
        "200 OK",
        [("Content-Type", "application/json; charset=UTF-8"), ("Content-Length", str(len(answer)))],
    )
    return [answer]


def now() -> datetime:
    """The clock of the wire."""
    return datetime.now(moments.SHANGHAI)


def _body(environ: dict[str, Any]) -> bytes:
    """The body, of which never more than the limit and a byte is kept. Raises: EmptyMessage, TooLarge."""
    if environ["REQUEST_METHOD"] != "POST":
        raise errors.EmptyMessage
    stream = environ["wsgi.input"]
    body: bytes = stream.read(LARGEST_BODY + 1)
    if len(body) > LARGEST_BODY:
        _let_finish(stream)
        raise errors.TooLarge(limit=LARGEST_BODY)
    return body


def _let_finish(stream: Any) -> None:
    """Take the rest and drop it: most clients read the answer only when they have sent everything."""
    for _ in range(LARGEST_DROPPED // LARGEST_BODY):
        if not stream.read(LARGEST_BODY):
            return


def _transcribed(environ: dict[str, Any], body: bytes) -> bytes:
    """The body in UTF-8, when its Content-Type says that it is GBK or a relative. Raises: WrongCharset."""
    declared = _CHARSET.search(environ.get("CONTENT_TYPE") or "")
    if declared is None or declared[1].lower() not in CHINESE_CHARSETS:
        return body
    try:
        return body.decode(READ_CHARSET).encode()
    except UnicodeDecodeError:
        raise errors.WrongCharset(charset=declared[1].upper()) from None
