"""接口报文: the messages that changed something, with the answer each got (SET-04)."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Any, Final

from django.http import Http404, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from tongchou.encounters import queries as encounters
from tongchou.enrolment import queries as enrolment
from tongchou.institutions import queries as institutions
from tongchou.platform.web import lists
from tongchou.platform.web.access import PageRequest, check_unit, may, note_look, page
from tongchou.platform.web.badges import Badge, Tone
from tongchou.platform.web.crumbs import Crumb, crumbs
from tongchou.settlement.terms import institution_name
from tongchou.wire import queries as wire
from tongchou.wire import specification
from tongchou.wire.queries import BookingRow
from tongchou.wire.web import answers


class MessageFilter(lists.FilterForm):
    since = lists.day(_("接收日期从"))
    until = lists.day(_("到"))
    institution_code = lists.institution(_("定点机构"))
    infno = lists.words(_("交易编号"), longest=8)
    msgid = lists.words(_("报文ID"), longest=40)


@dataclass(frozen=True, slots=True)
class Line:
    """A message as listed."""

    row: BookingRow
    institution_name: str
    transaction: str
    state: Badge

    def __getattr__(self, name: str) -> Any:
        return getattr(self.row, name)


def _line(row: BookingRow) -> Line:
    reversed_badge = Badge(str(_("已冲正")), Tone.BAD)
    booked_badge = Badge(str(_("已记账")), Tone.DONE)
    state = reversed_badge if row.reversed_at else booked_badge
    transaction = specification.transactions().get(row.infno)
    return Line(row, institution_name(row.institution_code), transaction.name if transaction else "", state)


def _read(request: PageRequest, criteria: Mapping[str, Any]) -> lists.Rows:
    criteria = dict(criteria)
    first, last = criteria.pop("since", None), criteria.pop("until", None)
    if wanted := criteria.get("institution_code"):
        criteria["institution_code"] = institutions.code_of(wanted, scope=request.scope, on=request.today) or "-"
    mine = institutions.codes_inside(request.scope)
    if first is None and last is None:
        return lists.Pages(lambda at: wire.latest_bookings(institutions=mine, before=request.now, at=at, **criteria))
    first, last = first or last, last or request.today
    return lists.Pages(
        lambda at: wire.bookings(
            institutions=mine,
            since=_midnight(first),
            until=_midnight(last + timedelta(days=1)),
            at=at,
            **criteria,
        )
    )


def _midnight(day: date) -> datetime:
    return timezone.make_aware(datetime.combine(day, time.min))


def _complete(request: PageRequest, rows: Sequence[BookingRow]) -> Sequence[Line]:
    return [_line(row) for row in rows]


MESSAGES: Final = lists.List(
    name="messages",
    title=_("接口报文"),
    columns=(
        lists.Column(_("接收时间"), "received_at", "moment"),
        lists.Column(_("交易"), "infno", "code"),
        lists.Column(_("交易名称"), "transaction", "choice"),
        lists.Column(_("定点机构"), "institution_name"),
        lists.Column(_("发送方报文ID"), "msgid", "code"),
        lists.Column(_("操作员"), "operator_no", "code"),
        lists.Column(_("状态"), "state", "state"),
    ),
    read=_read,
    complete=_complete,
    orders={"newest": wire.NEWEST_FIRST},
    form=MessageFilter,
    link=lambda row: reverse("messages:message", args=[row.institution_code, row.infno, row.msgid, row.digest]),
    template="site/messages/messages.html",
    empty=_("这段时间没有记账的报文;不填日期时找最近一个月。"),
)


@page("wire.view")
def messages(request: PageRequest) -> HttpResponse:
    """The messages of a day, the newest first."""
    return MESSAGES.respond(request, crumbs=crumbs(_("接口报文")))


@page("wire.view")
def message(request: PageRequest, institution_code: str, infno: str, msgid: str, digest: str) -> HttpResponse:
    """One message: what it changed, and the answer byte for byte; whoever opens it is noted (RIG-04)."""
    found = wire.booking(institution_code=institution_code, infno=infno, msgid=msgid, digest=digest)
    known = institutions.known(institution_code)
    if found is None or known is None:
        raise Http404
    row = found.row
    person = enrolment.facts_by_person_no(row.person_no, request.today) if row.person_no else None
    units = [institution_code, *([person.unit_code] if person else []), known.unit_code]
    check_unit(request, *units, kind="message", key=row.reply_no)
    _note(request, row)
    area = encounters.area_of(row.encounter_id, row.person_no) if row.encounter_id and row.person_no else ""
    context = {
        "line": _line(row),
        "row": row,
        "encounter": f"{area}{row.encounter_id:015d}" if area and row.encounter_id else "",
        "settlement": f"{area}{row.settlement_id:015d}" if area and row.settlement_id else "",
        "answer": answers.shown(infno, found.answer, open_values=may(request, "enrolment.view_full_id")),
        "crumbs": [
            *crumbs((_("接口报文"), "messages:messages")),
            Crumb(f"{infno} · {row.msgid}"),
        ],
    }
    return render(request, "site/messages/message.html", context)


def _note(request: PageRequest, row: BookingRow) -> None:
    """An entry in the trail of the message, and one in that of the person whom the answer tells about."""
    told = {"institution": row.institution_code, "infno": row.infno, "msgid": row.msgid, "reply": row.reply_no}
    objects = [("message", row.reply_no)] + ([("person", row.person_no)] if row.person_no else [])
    for kind, key in objects:
        note_look(request, "wire.message_seen", kind, key, **told)
