"""缴费与待遇享受期 of one person: a tab of the person's page, and the standing of today in its strip (BEN-02)."""

from datetime import date
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext_lazy as _

from tongchou.contributions import queries
from tongchou.contributions.counter.queries import payers_of
from tongchou.contributions.retiring import commands as retiring
from tongchou.contributions.states import Channel
from tongchou.contributions.units import of_person
from tongchou.contributions.web.badges import standing_badge
from tongchou.contributions.web.units import unit_badge
from tongchou.enrolment.queries import Facts
from tongchou.enrolment.states import Scheme
from tongchou.enrolment.web.person import person_page
from tongchou.kernel.errors import DomainError
from tongchou.platform import queries as platform
from tongchou.platform.web import access, tabs
from tongchou.platform.web.access import PageRequest, page
from tongchou.platform.web.tabs import Fact

tabs.add_tab("person", tabs.Tab("coverage", _("缴费与待遇"), "contributions:of_person", "contributions.view", 20))


def _standing_today(request: HttpRequest, facts: Facts) -> list[Fact]:
    if not access.may(request, "contributions.view"):
        return []
    try:
        decision = queries.standing_of(facts, access.today(access.now()))
    except DomainError:  # an area without a package has no waiting rules to show
        return []
    return [Fact(_("今日待遇"), standing_badge(decision), "state")]


tabs.add_facts("person", "standing", 10, _standing_today)


@page("contributions.view")
def coverage(request: PageRequest, person_no: str) -> HttpResponse:
    """待遇享受期 as a line of years, and the payments behind it."""
    context = person_page(request, person_no, "coverage")
    facts: Facts = context["facts"]
    context |= coverage_of(facts, request.today)
    scope = platform.scope_of(request.operator, "contributions.view", request.today)
    months = [(one, badge, scope.covers(one.unit_path or "")) for one, badge in context["unit_months"]]
    context["unit_months"] = months
    at_counter = any(one.channel == Channel.COUNTER for one in context["payments"])
    payers = payers_of(facts.id) if at_counter else {}
    context["payments"] = [(one, payers.get(one.receipt_no)) for one in context["payments"]]
    return render(request, "contributions/of_person.html", context)


def coverage_of(facts: Facts, today: date) -> dict[str, Any]:
    """What the template of coverage needs (待遇享受期与缴费)."""
    spans = queries.spans_of(facts.id)
    is_employee = facts.scheme == Scheme.EMPLOYEE
    try:
        decision = queries.standing_of(facts, today)
    except DomainError:
        decision = None
    return {
        "standing": standing_badge(decision) if decision else None,
        "decision": decision,
        "years": _years(spans, today),
        "spans": [(span, Scheme(span.scheme).label, span.covered_from <= today < span.covered_until) for span in spans],
        "payments": queries.payments_of(facts.id),
        "unit_months": [(one, unit_badge(one.receivable.state)) for one in of_person.months_of(facts.id)],
        "waiting": of_person.waiting_of(facts.id, today) if is_employee else None,
        "retirement": retiring.pending_of(facts.id) if is_employee else None,
        "programmes": of_person.programmes_of(facts.id),
        "today": today,
    }


def _years(spans: list[Any], today: date) -> list[dict[str, Any]]:
    """Each year as a bar of its covered days, the latest first; at most eight."""
    years = sorted({span.covered_from.year for span in spans} | {today.year}, reverse=True)[:8]
    drawn = []
    for year in years:
        first, end = date(year, 1, 1), date(year + 1, 1, 1)
        days = (end - first).days
        pieces = [
            {
                "left": f"{(max(span.covered_from, first) - first).days * 100 / days:.2f}%",
                "width": f"{(min(span.covered_until, end) - max(span.covered_from, first)).days * 100 / days:.2f}%",
                "title": f"{span.covered_from} — {date.fromordinal(span.covered_until.toordinal() - 1)}",
            }
            for span in spans
            if span.covered_from < end and span.covered_until > first
        ]
        today_at = f"{(today - first).days * 100 / days:.2f}%" if first <= today < end else ""
        drawn.append({"year": year, "pieces": pieces, "today": today_at})
    return drawn
