"""The one WSGI callable: hospital messages go straight to the wire, everything else through Django."""

import os
from collections.abc import Iterable
from typing import Any

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "tongchou.site.settings")

from django.core.wsgi import get_wsgi_application

console = get_wsgi_application()

from tongchou.site.whole_bodies import WholeBody  # noqa: E402  needs the applications loaded
from tongchou.wire.gateway import gateway  # noqa: E402

WIRE_PREFIX = "/fsi/api/"


def application(environ: dict[str, Any], start_response: Any) -> Iterable[bytes]:
    """Messages skip sessions, cookies and middleware: they have none of them, and each costs time."""
    if environ["PATH_INFO"].startswith(WIRE_PREFIX):
        return gateway(environ, start_response)
    environ["wsgi.input"] = WholeBody.of(environ)
    return console(environ, start_response)
