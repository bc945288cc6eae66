"""记账凭证: the list, and one voucher as on paper (GX2017 §100)."""

from collections.abc import Mapping
from datetime import date, timedelta
from typing import Any, Final

from django.http import Http404, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from tongchou.fund import queries
from tongchou.fund.models import BusinessDocument
from tongchou.fund.queries import VoucherRow
from tongchou.fund.web.books import SCHEMES
from tongchou.fund.web.places import CHAPTER
from tongchou.platform.web import lists
from tongchou.platform.web.access import PageRequest, check_area, page
from tongchou.platform.web.badges import Badge, Tone
from tongchou.platform.web.crumbs import crumbs

FIRST_DAY: Final = date(2000, 1, 1)


class VoucherFilter(lists.FilterForm):
    scheme = lists.choice(_("险种"), list(SCHEMES.items()))
    since = lists.day(_("凭证日期从"))
    until = lists.day(_("到"))


def _badge(row: VoucherRow) -> Badge:
    return Badge(str(_("冲销")), Tone.BAD) if row.is_reversal else Badge(str(_("已记账")), Tone.DONE)


def _read(request: PageRequest, criteria: Mapping[str, Any]) -> lists.Rows:
    until = criteria.get("until") or request.today
    return lists.Pages(
        lambda at: queries.vouchers(
            scope=request.scope,
            scheme=criteria.get("scheme", "resident"),
            start=criteria.get("since") or FIRST_DAY,
            until=until + timedelta(days=1),
            at=at,
        )
    )


VOUCHERS: Final = lists.List(
    name="vouchers",
    title=_("记账凭证"),
    columns=(
        lists.Column(_("凭证号"), "number", "code"),
        lists.Column(_("日期"), "dated_on", "day"),
        lists.Column(_("类型"), lambda row: row.kind.label, "choice"),
        lists.Column(_("摘要"), "summary"),
        lists.Column(_("原始凭证"), "source_document", "code"),
        lists.Column(_("金额(元)"), "total_fen", "money"),
        lists.Column(_("制单人"), "made_by", "staff"),
        lists.Column(_("状态"), _badge, "state"),
    ),
    read=_read,
    orders={"newest": ("-dated_on", "-id")},
    form=VoucherFilter,
    link=lambda row: reverse("fund:voucher", args=[row.number]),
    empty=_("这段时间没有记账凭证。"),
    template="fund/vouchers.html",
)


@page("fund.view", whole_area=True)
def vouchers(request: PageRequest) -> HttpResponse:
    """The vouchers of the areas in scope, the newest first."""
    return VOUCHERS.respond(request, crumbs=crumbs(CHAPTER, _("记账凭证")))


@page("fund.view", whole_area=True)
def voucher(request: PageRequest, number: str) -> HttpResponse:
    """One voucher with its entries, and what reverses it or what it reverses."""
    found = queries.voucher(number)
    if found is None:
        raise Http404
    check_area(request, found.pooling_area)
    context = {
        "voucher": found,
        "document": BusinessDocument.objects.filter(number=found.source_document).first(),
        "kind": found.kind.label,
        "state": Badge(str(_("已冲销")), Tone.BAD)
        if found.reversed_by
        else Badge(str(_("冲销凭证")), Tone.BAD)
        if found.reversal_of
        else Badge(str(_("已记账")), Tone.DONE),
        "crumbs": crumbs(CHAPTER, (_("记账凭证"), "fund:vouchers"), number),
    }
    return render(request, "fund/voucher.html", context)
