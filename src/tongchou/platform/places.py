"""区划与机构名录: places and units by name, for fields that keep their code (decision 0400)."""

from typing import Final

from django.db.models import Case as Either
from django.db.models import IntegerField, Q, QuerySet, Value, When

from tongchou.platform import divisions
from tongchou.platform.models import OrgUnit
from tongchou.platform.registers import Entry, Register
from tongchou.platform.states import AREA_LEVELS, UnitLevel

_OF_THE_TREE: Final = (*AREA_LEVELS, UnitLevel.TOWN, UnitLevel.VILLAGE)


def is_known(code: str) -> bool:
    """Whether a place has this code: six digits of the country's list or of our own tree, nine and twelve below them.

    Below a county of ours the tree names every town and village.
    """
    county = code[:6]
    ours = set(OrgUnit.objects.filter(code__in={code, county}, level__in=_OF_THE_TREE).values_list("code", flat=True))
    return code in ours or ((county not in ours or code == county) and divisions.division(county) is not None)


def _units(words: str) -> QuerySet[OrgUnit]:
    """Units not closed whose name has the words or whose code begins so, those that bear exactly this name first."""
    found = OrgUnit.objects.filter(closed_at=None).select_related("parent", "pooling_area")
    if words:
        found = found.filter(Q(name__contains=words) | Q(code__startswith=words))
    exactly = When(Q(name=words) | Q(code=words), then=Value(0))
    distance = Either(exactly, default=Value(1), output_field=IntegerField())
    return found.alias(distance=distance).order_by("distance", "path")


def _entry(unit: OrgUnit) -> Entry:
    """A unit by its name; the one that runs a pool by the name of the area."""
    area = unit.pooling_area if unit.pooling_area_id == unit.code else None
    names = (area.name, unit.name) if area else (unit.name,)
    return Entry(unit.code, names, within=unit.parent.name if unit.parent and not area else "")


def _find_unit(area: str, words: str, most: int) -> list[Entry]:
    """Units of the area in which somebody is insured (参保单位)."""
    below = _units(words).filter(pooling_area=area).exclude(level__in=AREA_LEVELS)
    return [_entry(one) for one in below[:most]]


def _find_place(area: str, words: str, most: int) -> list[Entry]:
    """Places of our own tree first, then the country's."""
    ours = [_entry(one) for one in _units(words).filter(level__in=_OF_THE_TREE)[:most]]
    return _with_the_country(ours, words, most)


def _find_area(area: str, words: str, most: int) -> list[Entry]:
    """The same down to counties (统筹地区)."""
    ours = [_entry(one) for one in _units(words).filter(level__in=AREA_LEVELS)[:most]]
    return _with_the_country(ours, words, most)


def _with_the_country(ours: list[Entry], words: str, most: int) -> list[Entry]:
    """A code that both have is ours; an abolished one, or a village's elsewhere, is known when it is given."""
    entries = {one.value: one for one in ours}
    given = words.isdecimal() and len(words) in (6, 9, 12) and words not in entries and is_known(words)
    county = divisions.division(words) if given else None
    if county is not None:
        entries[words] = Entry(words, (county.name, county.whole_name), within=county.above)
    for one in divisions.find(words, most):
        entries.setdefault(one.code, Entry(one.code, (one.name, one.whole_name), within=one.above))
    return sorted(entries.values(), key=lambda one: not one.is_meant_by(words))[:most]


UNITS: Final = Register(_find_unit)
"""The units of a pooling area."""
PLACES: Final = Register(_find_place)
"""行政区划 down to the village, where our own tree has it."""
AREAS: Final = Register(_find_area)
"""行政区划 down to the county, of the whole country."""
