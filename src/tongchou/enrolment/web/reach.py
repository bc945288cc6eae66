"""The person whom the address of a page names (参保人地址): inside the operator's reach, or not there."""

from django.http import Http404

from tongchou.enrolment import queries
from tongchou.enrolment.queries import Facts
from tongchou.platform.web.access import PageRequest, check_unit


def person_in_reach(request: PageRequest, person_no: str) -> Facts:
    """The person of an address, inside the operator's reach. Raises: Http404, OutOfScope, AgentScope."""
    facts = queries.facts_by_person_no(person_no, request.today)
    if facts is None:
        raise Http404
    check_unit(request, facts.unit_code, kind="person", key=person_no)
    return facts
