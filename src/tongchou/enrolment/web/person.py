"""参保人: one person's registration, groups, cards, household and changes; the frame of every tab (RIG-01, RIG-04)."""

from datetime import date
from typing import Any

from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from tongchou.cases.kinds import kind_of
from tongchou.cases.queries import cases_of
from tongchou.cases.web.badges import case_badge
from tongchou.enrolment import queries
from tongchou.enrolment.credentials.queries import loss_of
from tongchou.enrolment.history import household_in_reach
from tongchou.enrolment.merging.queries import merges_of
from tongchou.enrolment.states import (
    BlockKind,
    CardStatus,
    CertificateType,
    HouseholdRelation,
    PersonCategory,
    ResidenceKind,
    Scheme,
    Sex,
    SpecialCategory,
)
from tongchou.enrolment.web.badges import card_badge, status_badge
from tongchou.enrolment.web.reach import person_in_reach
from tongchou.platform import queries as platform
from tongchou.platform.web import tabs
from tongchou.platform.web.access import PageRequest, know_units, may, note_look, page
from tongchou.platform.web.crumbs import Crumb, crumbs
from tongchou.platform.web.trails import timeline

tabs.add_tab("person", tabs.Tab("registration", _("参保登记"), "enrolment:person", "enrolment.view_person", 10))
tabs.add_tab("person", tabs.Tab("cases", _("业务件"), "enrolment:cases", "cases.view", 80))
tabs.add_tab("person", tabs.Tab("seen", _("查阅记录"), "enrolment:seen", "rights.view", 90))


def person_page(request: PageRequest, person_no: str, tab: str) -> dict[str, Any]:
    """What every tab of the person's page needs; the view is noted in the trail. Raises: Http404, OutOfScope."""
    facts = person_in_reach(request, person_no)
    note_look(
        request,
        "enrolment.person_seen",
        "person",
        person_no,
        area=facts.pooling_area,
        unit_code=facts.unit_code,
        tab=tab,
    )
    return {
        "facts": facts,
        "merged_no": person_no if facts.person_no != person_no else "",
        "person_id": facts.id,
        "sex": Sex(facts.sex).label,
        "age": age(facts.born_on, request.today),
        "status": status_badge(facts.status),
        "scheme": Scheme(facts.scheme).label if facts.scheme else "",
        "category": PersonCategory(facts.category).label if facts.category else "",
        "groups": [SpecialCategory(group).label for group in facts.groups],
        "unit_name": platform.unit_names_of({facts.unit_code}).get(facts.unit_code, facts.unit_code),
        "loss": loss_of(facts.id) if facts.card_status not in (None, CardStatus.ACTIVE) else None,
        "strip_facts": tabs.facts_of("person", request, facts),
        "tabs": tabs.tabs_of("person", request, person_no),
        "tab_here": tab,
        "may_reveal": may(request, "enrolment.view_full_id"),
        "crumbs": [*crumbs((_("参保登记"), "enrolment:persons")), Crumb(facts.name)],
    }


def age(born_on: date, on: date) -> int:
    """Completed years (周岁)."""
    return on.year - born_on.year - ((on.month, on.day) < (born_on.month, born_on.day))


@page("enrolment.view_person")
def person(request: PageRequest, person_no: str) -> HttpResponse:
    """参保登记: relations, special groups, cards, household, changes."""
    context = person_page(request, person_no, "registration")
    if context["facts"].person_no != person_no:
        said = gettext("人员编号 %(old)s 已归并到 %(new)s,以下为保留的登记。")
        messages.info(request, said % {"old": person_no, "new": context["facts"].person_no})
        return redirect("enrolment:person", context["facts"].person_no)
    card = queries.person_card(context["person_id"], request.today)
    if card is None:
        raise Http404
    know_units(request, [one.unit_code for one in card.members if one.unit_code != card.facts.unit_code])
    units = platform.unit_names_of({one.unit_code for one in card.enrolments})
    context |= {
        "card": card,
        "household_id": household_in_reach(card.facts.id, request.scope),
        "merges": merges_of(person_no),
        "may_accept": may(request, "cases.accept"),
        "may_cancel": may(request, "enrolment.register") and _registered_today(request, card),
        "certificate_type": CertificateType(card.facts.certificate_type).label,
        "residence": ResidenceKind(card.residence.kind).label if card.residence else "",
        "relation": HouseholdRelation(card.household_relation).label if card.household_relation else "",
        "enrolments": [
            (one, Scheme(one.scheme).label, PersonCategory(one.category).label, units.get(one.unit_code, one.unit_code))
            for one in card.enrolments
        ],
        "members": [
            (one, HouseholdRelation(one.relation).label if one.relation else "", age(one.born_on, request.today))
            for one in card.members
        ],
        "group_spans": [(one, SpecialCategory(one.what).label) for one in card.groups],
        "blocks": [(one, BlockKind(one.what).label) for one in card.blocks],
        "cards": [(one, card_badge(one.status)) for one in card.cards],
    }
    return render(request, "enrolment/person.html", context)


def _registered_today(request: PageRequest, card: queries.PersonCard) -> bool:
    """Whether the last registration may still be taken back (ENR-35)."""
    return queries.registered_on(card.facts.id) == request.today


@page("enrolment.view_full_id", methods=("POST",))
def certificate(request: PageRequest, person_no: str) -> HttpResponse:
    """完整证件号码: shown on request, and noted in the trail (RIG-04)."""
    facts = person_in_reach(request, person_no)
    note_look(
        request, "enrolment.certificate_seen", "person", person_no, area=facts.pooling_area, unit_code=facts.unit_code
    )
    return render(request, "enrolment/certificate.html", {"certificate_no": facts.certificate_no})


@page("cases.view")
def cases(request: PageRequest, person_no: str) -> HttpResponse:
    """业务件: what was applied for this person, and the way to the counter (ORG-15)."""
    context = person_page(request, person_no, "cases")
    known = [one for number in queries.numbers_of(context["facts"].person_no) for one in cases_of(number)]
    known.sort(key=lambda one: one.pk, reverse=True)
    context["cases"] = [(one, kind_of(one.kind).title, case_badge(one)) for one in known]
    context["may_accept"] = may(request, "cases.accept")
    return render(request, "enrolment/cases.html", context)


@page("rights.view")
def seen(request: PageRequest, person_no: str) -> HttpResponse:
    """查阅记录: who looked at the person's records, and what was done (RIG-04)."""
    context = person_page(request, person_no, "seen")
    context["entries"] = timeline(request, "person", person_no, limit=200)
    return render(request, "enrolment/seen.html", context)
