"""报文拒绝情况: which messages were refused, whose, why and when; from the figures to the messages themselves."""

import functools
import re
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Any, Final
from urllib.parse import urlencode

from django.http import HttpResponse
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from tongchou.institutions import queries as institutions
from tongchou.kernel.errors import DomainError
from tongchou.platform.web import lists
from tongchou.platform.web.access import PageRequest, page
from tongchou.platform.web.charts import Chart, Series
from tongchou.platform.web.crumbs import crumbs
from tongchou.settlement.terms import institution_name
from tongchou.wire import queries as wire
from tongchou.wire import specification
from tongchou.wire.queries import RefusalFigures, RefusalGroup, RefusalRow

DAYS_SHOWN: Final = 30
LONGEST_SPAN: Final = 92
"""Days looked at in one go: so many rows of the roll-up are read, however old the table is."""
MOST_LISTED: Final = 100
MOST_EXPORTED: Final = 50_000
BARS: Final = 8


class RefusalFilter(lists.FilterForm):
    since = lists.day(_("日期从"))
    until = lists.day(_("到"))
    institution_code = lists.institution(_("定点机构"))
    infno = lists.words(_("交易编号"), longest=8)
    code = lists.words(_("错误码"), longest=8)


@dataclass(frozen=True, slots=True)
class Line:
    """A refused message, or a group of them, with the names of what its numbers stand for."""

    row: RefusalRow | RefusalGroup
    institution_name: str
    transaction: str
    meaning: str
    address: str = ""

    def __getattr__(self, name: str) -> Any:
        return getattr(self.row, name)


def _line(row: RefusalRow | RefusalGroup, address: str = "") -> Line:
    return Line(row, _institution(row.institution_code), _transaction(row.infno), meaning(row.code), address)


def _messages(request: PageRequest, rows: Sequence[RefusalRow]) -> Sequence[Line]:
    return [_line(row) for row in rows]


def _groups(request: PageRequest, rows: Sequence[RefusalGroup]) -> Sequence[Line]:
    """Each group leads to its messages."""
    leads = _Leads.of(request)
    return [_line(row, leads.to(code=row.code, infno=row.infno, institution_code=row.institution_code)) for row in rows]


def _institution(code: str) -> str:
    return institution_name(code) if code else gettext("未接入的发送方")


def _transaction(infno: str) -> str:
    served = specification.transactions().get(infno)
    return served.name if served else ""


@functools.cache
def _meanings() -> Mapping[str, str]:
    """What each code says, without the figures of the case."""
    kinds: list[type[DomainError]] = [DomainError]
    for kind in kinds:
        kinds += kind.__subclasses__()
    return {kind.code: kind.message for kind in reversed(kinds)}


def meaning(code: str) -> str:
    """What a code says (错误码含义), without the figures of the case."""
    known = _meanings().get(code)
    return re.sub(r"\{[^}]*\}", "…", gettext(known)) if known else ""


@dataclass(frozen=True, slots=True)
class Span:
    """The days looked at, both included."""

    first: date
    last: date

    @property
    def until(self) -> date:
        return self.last + timedelta(days=1)


def _span(criteria: dict[str, Any], today: date) -> Span:
    """The days of the filter: the last thirty where it names none, the last of them where it names too many."""
    first, last = criteria.pop("since", None), criteria.pop("until", None)
    last = last or (min(today, first + timedelta(days=DAYS_SHOWN - 1)) if first else today)
    first = first or last - timedelta(days=DAYS_SHOWN - 1)
    last = max(first, last)
    return Span(max(first, last - timedelta(days=LONGEST_SPAN - 1)), last)


def _days_shown(request: PageRequest) -> Mapping[str, str]:
    """The days looked at, for the fields of the filter that say none."""
    span = _span(RefusalFilter(request.GET).criteria(), request.today)
    return {"since": span.first.isoformat(), "until": span.last.isoformat()}


def _wanted(request: PageRequest, criteria: dict[str, Any]) -> dict[str, str]:
    """The rest of the filter, in the words of the query; an institution that nobody knows finds nothing."""
    if named := criteria.get("institution_code"):
        criteria["institution_code"] = institutions.code_of(named, scope=request.scope, on=request.today) or "-"
    if code := criteria.get("code"):
        criteria["code"] = code.strip().upper()
    return criteria


def _mine(request: PageRequest) -> Collection[str]:
    """Whose refusals the reader may see: strangers belong to whoever looks after a whole area."""
    inside = institutions.codes_inside(request.scope)
    return [*inside, ""] if request.scope.areas else inside


def _read_groups(request: PageRequest, criteria: Mapping[str, Any]) -> lists.Rows:
    asked = dict(criteria)
    span = _span(asked, request.today)
    limit = MOST_EXPORTED if "export" in request.GET else MOST_LISTED
    wanted = _wanted(request, asked)
    return lists.Held(
        wire.refusal_groups(institutions=_mine(request), since=span.first, until=span.until, limit=limit, **wanted)
    )


def _read_messages(request: PageRequest, criteria: Mapping[str, Any]) -> lists.Rows:
    asked = dict(criteria)
    span = _span(asked, request.today)
    wanted, mine = _wanted(request, asked), _mine(request)
    return lists.Pages(
        lambda at: wire.refusals(
            institutions=mine, since=_midnight(span.first), until=_midnight(span.until), at=at, **wanted
        )
    )


def _midnight(day: date) -> datetime:
    return timezone.make_aware(datetime.combine(day, time.min))


MESSAGES: Final = lists.List(
    name="refused_messages",
    title=_("被拒报文"),
    columns=(
        lists.Column(_("接收时间"), "received_at", "moment"),
        lists.Column(_("交易"), lambda line: f"{line.infno} {gettext(line.transaction)}".strip()),
        lists.Column(_("定点机构"), "institution_name"),
        lists.Column(_("操作员"), "operator_no", "code"),
        lists.Column(_("发送方报文ID"), "msgid", "code"),
        lists.Column(_("错误码"), "code", "code"),
        lists.Column(_("原因"), "reason"),
    ),
    read=_read_messages,
    complete=_messages,
    orders={"newest": wire.NEWEST_FIRST},
    form=RefusalFilter,
    defaults=_days_shown,
    empty=_("这段时间没有被拒报文;不填日期时找最近三十天,明细保存两个月。"),
)

GROUPS: Final = lists.List(
    name="refusals",
    title=_("报文拒绝情况"),
    columns=(
        lists.Column(_("错误码"), "code", "code"),
        lists.Column(_("含义"), "meaning"),
        lists.Column(_("交易"), "infno", "code"),
        lists.Column(_("交易名称"), "transaction", "choice"),
        lists.Column(_("定点机构"), "institution_name"),
        lists.Column(_("被拒报文"), "refusals", "number", sort="refusals"),
        lists.Column(_("最近一天"), "last_on", "day", sort="last_on"),
    ),
    read=_read_groups,
    complete=_groups,
    orders={
        "-refusals": ("-refusals", "code", "infno", "institution_code"),
        "refusals": ("refusals", "code", "infno", "institution_code"),
        "-last_on": ("-last_on", "-refusals"),
        "last_on": ("last_on", "-refusals"),
    },
    form=RefusalFilter,
    defaults=_days_shown,
    link=lambda line: line.address,
    template="site/messages/refusals.html",
    empty=_("这段时间没有被拒报文。"),
)


@page("wire.view")
def refused_messages(request: PageRequest) -> HttpResponse:
    """The refused messages one by one, the newest first."""
    return MESSAGES.respond(request, crumbs=crumbs((_("接口报文"), "messages:messages"), _("被拒报文")))


@page("wire.view")
def refusals(request: PageRequest) -> HttpResponse:
    """The figures of a span of days: by day, code, transaction and institution, each leading to its messages."""
    if "export" in request.GET:
        return GROUPS.respond(request)
    leads = _Leads.of(request)
    span = leads.span
    found = wire.refusal_figures(institutions=_mine(request), since=span.first, until=span.until, **leads.wanted)
    return GROUPS.respond(
        request,
        span=span,
        figures=_figures(found, leads),
        charts=_charts(found, span, leads),
        most_listed=MOST_LISTED,
        leads=leads,
        crumbs=crumbs((_("接口报文"), "messages:messages"), _("报文拒绝情况")),
    )


@dataclass(frozen=True, slots=True)
class _Leads:
    """Addresses of the messages behind a figure: the same filter, narrowed."""

    span: Span
    wanted: Mapping[str, str]

    @classmethod
    def of(cls, request: PageRequest) -> "_Leads":
        asked = RefusalFilter(request.GET).criteria()
        span = _span(asked, request.today)
        return cls(span, _wanted(request, asked))

    def to(self, **narrower: str) -> str:
        query = {"since": self.span.first.isoformat(), "until": self.span.last.isoformat(), **self.wanted, **narrower}
        return f"{reverse('messages:refused')}?{urlencode({name: text for name, text in query.items() if text})}"

    def to_all(self) -> str:
        return self.to()


def _figures(found: RefusalFigures, leads: _Leads) -> list[dict[str, Any]]:
    worst = next(iter(found.by_code.items()), None)
    span = f"{leads.span.first} – {leads.span.last}"
    figures = [
        {"label": gettext("被拒报文"), "value": f"{found.refusals:,}", "note": span, "link": leads.to_all()},
        {"label": gettext("涉及定点机构"), "value": f"{len([code for code in found.by_institution if code]):,}"},
        {"label": gettext("涉及交易"), "value": f"{len([infno for infno in found.by_infno if infno]):,}"},
    ]
    if worst:
        share = f"{worst[1] * 1000 // found.refusals / 10}%"
        figures.append(
            {"label": gettext("最多的错误码"), "value": worst[0], "note": share, "link": leads.to(code=worst[0])}
        )
    return figures


def _charts(found: RefusalFigures, span: Span, leads: _Leads) -> list[Chart]:
    days = [span.first + timedelta(days=at) for at in range((span.until - span.first).days)] if found.by_day else []
    return [
        Chart(
            "by-day",
            _("按日"),
            "bars",
            [day.strftime("%m-%d") for day in days],
            [Series(gettext("被拒报文"), [found.by_day.get(day, 0) for day in days], "accent")],
            gettext("条"),
            _source(),
            links=[leads.to(since=day.isoformat(), until=day.isoformat()) for day in days],
            width="wide",
        ),
        _ranked(
            "by-code",
            _("按错误码"),
            found.by_code,
            [*found.by_code],
            [leads.to(code=code) for code in found.by_code],
            "narrow",
        ),
        _ranked(
            "by-transaction",
            _("按交易"),
            found.by_infno,
            [f"{infno} {gettext(_transaction(infno))}" if infno else gettext("未能识别") for infno in found.by_infno],
            [leads.to(infno=infno) if infno else "" for infno in found.by_infno],
        ),
        _ranked(
            "by-institution",
            _("按定点机构"),
            found.by_institution,
            [_institution(code) for code in found.by_institution],
            [leads.to(institution_code=code) if code else "" for code in found.by_institution],
        ),
    ]


def _ranked(
    key: str, title: Any, counted: Mapping[str, int], labels: list[str], links: list[str], width: str = ""
) -> Chart:
    """The most frequent, as lying bars."""
    return Chart(
        key,
        title,
        "bars-lying",
        labels[:BARS],
        [Series(gettext("被拒报文"), [*counted.values()][:BARS], "accent")],
        gettext("条"),
        _source(),
        links=links[:BARS],
        width=width,
    )


def _source() -> str:
    return gettext("来源:被拒报文日汇总,几秒更新一次")
