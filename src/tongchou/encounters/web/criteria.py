"""What a clerk types into a filter, as the keys of tables: persons by number, institutions by code or name."""

from collections.abc import Mapping
from typing import Any

from tongchou.enrolment import queries as enrolment
from tongchou.institutions import queries as institutions
from tongchou.platform.web.access import PageRequest


def known(request: PageRequest, criteria: Mapping[str, Any]) -> dict[str, Any] | None:
    """The criteria with `person_id` and `institution_code` found (查询条件); None when nobody is called so."""
    found = dict(criteria)
    if person_no := found.pop("person_no", ""):
        found["person_id"] = enrolment.person_id_of(person_no)
        if found["person_id"] is None:
            return None
    if wanted := found.get("institution_code"):
        found["institution_code"] = institutions.code_of(wanted, scope=request.scope, on=request.today)
        if not found["institution_code"]:
            return None
    return found
