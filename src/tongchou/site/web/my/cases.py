"""我的业务: my applications, how far each is, what is still missing, how it went, what came out (RIG-10)."""

from typing import Any, Final

from django.http import Http404, HttpResponse
from django.shortcuts import render

from tongchou.cases import applicants
from tongchou.cases.states import CaseState
from tongchou.enrolment import queries as enrolment
from tongchou.platform.web.badges import Badge, Tone
from tongchou.site.web.my.identity import residents_only

_TONES: Final = {
    CaseState.IN_HAND: Tone.HAND,
    CaseState.SUPPLEMENTING: Tone.WAITING,
    CaseState.DONE: Tone.DONE,
    CaseState.REFUSED: Tone.BAD,
    CaseState.NOT_ACCEPTED: Tone.BAD,
}


@residents_only
def cases(request: Any) -> HttpResponse:
    """The latest applications about me."""
    found = applicants.cases_of(request.resident.person_no, home=home_of(request.resident.person_id))
    return render(request, "site/my/cases.html", {"cases": [(one, _badge(one.state)) for one in found]})


@residents_only
def case(request: Any, number: str) -> HttpResponse:
    """One application of mine; anybody else's is not there."""
    resident = request.resident
    found = applicants.case_of(resident.person_no, number, home=home_of(resident.person_id))
    if found is None:
        raise Http404
    progress, events = found
    context = {"found": progress, "events": events, "state": _badge(progress.state)}
    return render(request, "site/my/case.html", context)


def home_of(person_id: int) -> applicants.Home | None:
    """The household, whose registrations asked for at home are the resident's too (ENR-34)."""
    key = enrolment.household_key_of(person_id)
    return None if key is None else applicants.Home(*key)


def _badge(state: CaseState) -> Badge:
    return Badge(str(state.label), _TONES.get(state, Tone.RESTING))
