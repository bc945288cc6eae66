"""一家定点机构: agreement, levels, physicians, and what the funds owe it (AGR-01; SET-01)."""

from collections.abc import Collection
from datetime import date
from typing import Any

from django.http import Http404, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from tongchou.fund import queries as fund
from tongchou.fund.states import FundCode
from tongchou.institutions import queries
from tongchou.institutions.states import HospitalLevel, InstitutionKind, InstitutionType
from tongchou.institutions.web.badges import agreement_badge
from tongchou.platform import queries as platform
from tongchou.platform.web import tabs
from tongchou.platform.web.access import PageRequest, check_unit, page
from tongchou.platform.web.crumbs import Crumb, crumbs
from tongchou.platform.web.words import CARE_KINDS, SCHEMES

MONTHS_OF_DUES = 3

tabs.add_tab("institution", tabs.Tab("agreement", _("协议与资料"), "institutions:institution", "institutions.view", 10))
tabs.add_tab("institution", tabs.Tab("dues", _("应付"), "institutions:dues", "payment.view", 40))


def institution_page(request: PageRequest, code: str, tab: str) -> dict[str, Any]:
    """What every tab of the institution's page needs. Raises: Http404, OutOfScope."""
    known = queries.known(code)
    standing = queries.standing(code, request.today)
    if known is None or standing is None:
        raise Http404
    check_unit(request, known.unit_code, kind="institution", key=code)
    level = HospitalLevel(standing.level).label if standing.level else ""
    return {
        "known": known,
        "standing": standing,
        "state": agreement_badge(standing.state),
        "level": f"{gettext(level)}{standing.grade}" if level else "",
        "kind": InstitutionKind(known.kind).label,
        "type": InstitutionType(known.type).label,
        "unit_name": platform.unit_names_of({known.unit_code}).get(known.unit_code, known.unit_code),
        "strip_facts": tabs.facts_of("institution", request, known),
        "tabs": tabs.tabs_of("institution", request, code),
        "tab_here": tab,
        "crumbs": [*crumbs((_("定点管理"), "institutions:institutions")), Crumb(known.name)],
    }


@page("institutions.view")
def institution(request: PageRequest, code: str) -> HttpResponse:
    """协议与资料: agreements over time with suspensions, levels, particulars, stations."""
    context = institution_page(request, code, "agreement")
    card = queries.institution_card(code, request.today)
    if card is None:
        raise Http404
    context |= {
        "card": card,
        "agreements": [
            (
                one,
                _named(SCHEMES, one.schemes),
                _named(CARE_KINDS, one.care_kinds),
                list(one.suspensions.all()),
                agreement_badge(queries.state_of_agreement(one, request.today)),
            )
            for one in card.agreements
        ],
        "levels": [(one, HospitalLevel(one.level).label) for one in card.levels],
    }
    return render(request, "institutions/institution.html", context)


@page("payment.view")
def dues(request: PageRequest, code: str) -> HttpResponse:
    """应付定点机构: month by month and fund by fund, from the sub-ledger's roll-up (SET-01, SET-07)."""
    context = institution_page(request, code, "dues")
    rows = [
        (first, FundCode(line.fund_code), line)
        for first, until in _last_months(request.today, MONTHS_OF_DUES)
        for line in fund.dues(
            pooling_area=context["known"].pooling_area, start=first, until=until, institution_code=code
        )
    ]
    context |= {"rows": rows, "total_fen": sum(line.amount_fen for *_rest, line in rows)}
    return render(request, "institutions/dues.html", context)


def _named(words: dict[str, str], keys: Collection[str]) -> str:
    return gettext("、").join(gettext(words.get(key, key)) for key in keys)


def _last_months(day: date, count: int) -> list[tuple[date, date]]:
    """The month of the day and those before it, half-open, the latest first."""
    months, first = [], day.replace(day=1)
    until = date(first.year + first.month // 12, first.month % 12 + 1, 1)
    for _at in range(count):
        months.append((first, until))
        first, until = date(first.year - (first.month == 1), (first.month - 2) % 12 + 1, 1), first
    return months
