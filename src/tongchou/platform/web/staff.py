"""Members of staff by name (经办人姓名): pages show who did something by name, records keep the staff code."""

from collections.abc import Iterable

from django.http import HttpRequest

from tongchou.platform import queries


def name_of(request: HttpRequest, code: str) -> str:
    """The name behind a staff code, looked up once for a page; empty for what no operator bears, such as a program."""
    known = _known(request)
    if code not in known:
        know(request, [code])
    return known[code]


def know(request: HttpRequest, codes: Iterable[str | None]) -> None:
    """Look up all staff codes that a page will show, in one query (预取姓名)."""
    known = _known(request)
    wanted = {code for code in codes if code} - known.keys()
    if wanted:
        known.update(dict.fromkeys(wanted, "") | queries.names_of_staff(wanted))


def _known(request: HttpRequest) -> dict[str, str]:
    names: dict[str, str] = request.__dict__.setdefault("names_of_staff", {})
    return names
