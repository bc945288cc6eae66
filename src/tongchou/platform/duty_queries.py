"""What may be asked about the division of duties (职责分工查询; ORG-03; JL2019 §2)."""

from collections.abc import Sequence
from datetime import date

from django.db.models import Q

from tongchou.platform.models import DutyCell, DutyEdition, OrgUnit
from tongchou.platform.rules import Matrix
from tongchou.platform.scope import Scope
from tongchou.platform.standard_duties import MATRIX_LEVELS
from tongchou.platform.states import Duty, EditionState, UnitLevel

DIVIDING_LEVELS = (UnitLevel.PROVINCE, UnitLevel.CITY)
"""Who divides duties among the levels below (JL2019 §2)."""


def matrix_of(edition: DutyEdition) -> Matrix:
    """The duties of each item and level in an edition (职责分工表)."""
    return _by_cell(list(DutyCell.objects.filter(edition=edition)))


def edition(edition_id: int) -> DutyEdition | None:
    """An edition with who made and who decided it (版本)."""
    found = DutyEdition.objects.select_related("unit", "made_by", "decided_by")
    return found.filter(pk=edition_id).first()


def editions_in_force(unit_code: str, on: date) -> list[DutyEdition]:
    """The approved editions that a unit stands under that day, the highest first (现行分工)."""
    path = OrgUnit.objects.filter(code=unit_code).values_list("path", flat=True).first() or ""
    return editions_above(path, on)


def editions_above(path: str, on: date) -> list[DutyEdition]:
    """The same for a unit whose path is known (现行分工)."""
    found = DutyEdition.objects.in_force(on).filter(unit__in=path.split("/"), state=EditionState.APPROVED)
    return sorted(found.select_related("unit", "made_by", "decided_by"), key=lambda one: len(one.unit.path))


def draft_of(unit_code: str) -> DutyEdition | None:
    """The draft of that province or city, when one is being written (草案)."""
    found = DutyEdition.objects.select_related("unit", "made_by").filter(unit=unit_code, state=EditionState.DRAFT)
    return found.first()


def editions_of(unit_code: str) -> list[DutyEdition]:
    """Every edition of a province or city, the newest first (沿革)."""
    found = DutyEdition.objects.filter(unit=unit_code).select_related("made_by", "decided_by")
    return list(found.order_by("-valid_from", "-id")[:50])


def effective_matrix(unit_code: str, on: date) -> Matrix:
    """What each level may do under that unit: what every edition in force above it gives (现行职责)."""
    return combined(editions_in_force(unit_code, on))


def combined(editions: Sequence[DutyEdition]) -> Matrix:
    """What all of these editions give (现行职责)."""
    found: dict[tuple[str, UnitLevel], set[Duty]] = {}
    for cell in DutyCell.objects.filter(edition__in=[one.pk for one in editions]):
        key, duties = (cell.item, UnitLevel(cell.level)), {Duty(duty) for duty in cell.duties}
        found[key] = found[key] & duties if key in found else duties
    return {key: tuple(duty for duty in Duty if duty in duties) for key, duties in found.items()}


def levels_with(matrix: Matrix, item: str, duty: Duty) -> list[UnitLevel]:
    """The levels that have a duty in an item (承担层级)."""
    return [level for level in MATRIX_LEVELS if duty in matrix.get((item, level), ())]


def dividing_units(scope: Scope, extra: Sequence[str] = ()) -> list[OrgUnit]:
    """The provinces and cities inside the scope, and those above it named by `extra` (分工主体)."""
    found = OrgUnit.objects.filter(scope.q("code") | Q(code__in=extra), level__in=DIVIDING_LEVELS)
    return list(found.order_by("path")[:200])


def _by_cell(cells: Sequence[DutyCell]) -> Matrix:
    return {(one.item, UnitLevel(one.level)): tuple(Duty(duty) for duty in one.duties) for one in cells}
