"""Closing a unit (机构撤销; ORG-01): a unit with open cases is not deleted; its cases go to the successor."""

from tongchou.cases import queries
from tongchou.cases.models import Case
from tongchou.cases.states import OPEN
from tongchou.platform.commands import count_open_business
from tongchou.platform.events import OrgUnitClosed, subscribe


@count_open_business("业务件")
def open_cases_of(unit_code: str) -> int:
    """How many open cases belong to the unit (未办结业务)."""
    return queries.open_count_by_unit([unit_code]).get(unit_code, 0)


@subscribe(OrgUnitClosed)
def move_open_cases(event: OrgUnitClosed) -> None:
    """Open cases go to the successor; finished ones keep the old code (移交)."""
    if event.successor_code is not None:
        Case.objects.filter(unit_code=event.unit_code, state__in=OPEN).update(unit_code=event.successor_code)
