"""接入与签到: how an institution's messages are checked, and who of it signed on when (a tab of its page)."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from django.http import HttpResponse
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from tongchou.institutions.web.institution import institution_page
from tongchou.platform.web import lists, tabs
from tongchou.platform.web.access import PageRequest, page
from tongchou.platform.web.badges import Badge, Tone
from tongchou.wire import queries as wire
from tongchou.wire.access import SIGN_IN_LASTS
from tongchou.wire.queries import SignOnRow
from tongchou.wire.states import Gateway

tabs.add_tab("institution", tabs.Tab("wire", _("接口"), "institutions:wire_access", "wire.view", 60))


class SignOnFilter(lists.FilterForm):
    operator_no = lists.words(_("操作员编号"), longest=30)


@dataclass(frozen=True, slots=True)
class Line:
    """A sign-on as listed."""

    row: SignOnRow
    state: Badge

    def __getattr__(self, name: str) -> Any:
        return getattr(self.row, name)


def session_badge(row: SignOnRow, now: datetime) -> Badge:
    """签到 still in force, run out, or 签退."""
    if row.signed_off_at is not None:
        return Badge(gettext("已签退"), Tone.RESTING)
    if now - row.signed_on_at > SIGN_IN_LASTS:
        return Badge(gettext("已过期"), Tone.RESTING)
    return Badge(gettext("已签到"), Tone.DONE)


def _complete(request: PageRequest, rows: Sequence[SignOnRow]) -> Sequence[Line]:
    return [Line(row, session_badge(row, request.now)) for row in rows]


def _read(request: PageRequest, criteria: Mapping[str, Any]) -> lists.Rows:
    code: str = request.institution_code  # type: ignore[attr-defined]  set by the view below
    return lists.Pages(
        lambda at: wire.sign_ons(institution_code=code, operator_no=criteria.get("operator_no", "").strip(), at=at)
    )


SIGN_ONS: Final = lists.List(
    name="sign_ons",
    title=_("签到"),
    columns=(
        lists.Column(_("签到时间"), "signed_on_at", "moment"),
        lists.Column(_("操作员编号"), "operator_no", "code"),
        lists.Column(_("IP"), "ip", "code"),
        lists.Column(_("MAC"), "mac", "code"),
        lists.Column(_("签退时间"), "signed_off_at", "moment"),
        lists.Column(_("签到编号"), "sign_no", "code"),
        lists.Column(_("状态"), "state", "state"),
    ),
    read=_read,
    complete=_complete,
    orders={"newest": wire.NEWEST_SIGN_ON_FIRST},
    form=SignOnFilter,
    template="institutions/wire_access.html",
    empty=_("该机构没有签到记录。"),
)


@page("wire.view")
def wire_access(request: PageRequest, code: str) -> HttpResponse:
    """The access as granted, and the sign-ons, the newest first."""
    context = institution_page(request, code, "wire")
    request.institution_code = code  # type: ignore[attr-defined]
    access = wire.access_of(code)
    return SIGN_ONS.respond(
        request,
        access=access,
        gateway=Gateway(access.gateway).label if access else "",
        access_state=_access_badge(None if access is None else access.enabled),
        **context,
    )


def _access_badge(enabled: bool | None) -> Badge:
    if enabled is None:
        return Badge(gettext("未接入"), Tone.RESTING)
    return Badge(gettext("已启用"), Tone.DONE) if enabled else Badge(gettext("已停用"), Tone.BAD)
