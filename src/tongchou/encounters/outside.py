"""What other chapters know of a visit's circumstances (外部事实): agreement, level, filing, catalogue, package, codes.

All answers come from memory, at most a second old; an upload asks the database nothing of this.
"""

from collections.abc import Collection, Mapping
from datetime import date
from typing import Final

from tongchou.catalogue import queries as catalogue
from tongchou.encounters.facts import Terms
from tongchou.encounters.rules import PPM, PRICE_SCALE, quantity_e4
from tongchou.institutions import queries as institutions
from tongchou.institutions.states import HospitalLevel, InstitutionKind, PhysicianState
from tongchou.kernel.errors import DomainError
from tongchou.kernel.working_days import WorkingCalendar
from tongchou.parameters import queries as parameters
from tongchou.platform import queries as platform
from tongchou.platform.versions import VersionedCache
from tongchou.policy.packages import Package, PolicyBook

POLICY_CLASSES: Final[Mapping[str, str]] = {"01": "A", "02": "B", "03": "C"}
"""收费项目等级 of the catalogue → of the policy packages."""


class AgreementNotInForce(DomainError):
    code = "EC-1009"
    message = "不能登记:{problem}"
    citation = "GX2017 §57"


def check_agreed(institution_code: str, *, scheme: str, kind: str, on: date) -> institutions.Known:
    """协议在履行 (GX2017 §45, 57): the institution, when it may treat this scheme and kind that day.

    Raises: AgreementNotInForce.
    """
    problem = institutions.agreement_problem(institution_code, scheme=scheme, kind=kind, on=on)
    known = institutions.known(institution_code)
    if problem or known is None:
        raise AgreementNotInForce(problem=problem)
    return known


def unit_of(institution_code: str) -> str:
    """The unit under which the institution stands, for the scope of operators; its own code when nobody knows it."""
    known = institutions.known(institution_code)
    return institution_code if known is None else known.unit_code


def level_of(institution_code: str, on: date) -> str:
    """医院等级 that day; an institution without one counts as below the first (GX2017 §87)."""
    return institutions.level_of(institution_code, on) or HospitalLevel.NONE.value


def is_filed(institution_code: str, physician_code: str, on: date) -> bool:
    """Is the physician filed there and not suspended (GX2017 §54; DOC-06)? A pharmacy sells, and files nobody."""
    known = institutions.known(institution_code)
    if known is not None and known.kind == InstitutionKind.PHARMACY:
        return True
    return institutions.physician_state(institution_code, physician_code, on) is PhysicianState.VALID


def package(area: str, scheme: str, on: date) -> Package:
    """The policy package of that day. Raises: PolicyMissing."""
    return parameters.book().package(area, scheme, on)


def book() -> PolicyBook:
    """Every policy package known."""
    return parameters.book()


def working_calendar() -> WorkingCalendar:
    """工作日历 (ORG-19)."""
    return platform.working_calendar()


class _Rates:
    """An item's terms in one area, made ready to reckon with per level and kind of care as they are asked for."""

    __slots__ = ("_ready", "_spans", "is_counted", "name")

    def __init__(self, item: catalogue.KnownItem) -> None:
        self.name = item.name
        self.is_counted = any(term.max_days is not None or term.max_quantity is not None for term in item.terms)
        self._spans = [(term.valid_from, term.valid_until, term, item.charge_category) for term in item.terms]
        self._ready: dict[tuple[date, str, bool], Terms] = {}

    def on(self, day: date, level: str, *, is_stay: bool) -> Terms | None:
        for start, end, term, category in self._spans:
            if start <= day and (end is None or day < end):
                ready = self._ready.get((start, level, is_stay))
                if ready is None:
                    ready = self._ready[start, level, is_stay] = _terms(term, category, level, is_stay=is_stay)
                return ready
        return None


def _terms(term: catalogue.Term, category: str, level: str, *, is_stay: bool) -> Terms:
    ceiling = term.ceiling(level)
    refused = bool(term.min_level and level < term.min_level) or (term.inpatient_only and not is_stay)
    conditions = (term.restricted, refused, term.max_days, term.sex, term.diagnosis_prefixes, term.institution_codes)
    aged = term.min_age is not None or term.max_age is not None
    return Terms(
        pay_class=term.pay_class,
        policy_class=POLICY_CLASSES[term.pay_class],
        charge_category=category,
        ratio_ppm=int(term.pre_self_pay_ratio * PPM),
        ratio=term.pre_self_pay_ratio,
        ceiling_e6=None if ceiling is None else int(ceiling * PRICE_SCALE),
        ceiling=ceiling,
        restricted=term.restricted,
        refused=refused,
        is_counted=term.max_quantity is not None or term.max_days is not None,
        is_conditional=aged or any(conditions),
        max_quantity_e4=None if term.max_quantity is None else quantity_e4(term.max_quantity),
        max_days=term.max_days,
        sex=term.sex,
        min_age=term.min_age,
        max_age=term.max_age,
        diagnosis_prefixes=term.diagnosis_prefixes,
        institution_codes=term.institution_codes,
    )


ItemKey = tuple[str, str]
"""Pooling area and item code."""


def _read(keys: Collection[ItemKey]) -> dict[ItemKey, _Rates]:
    by_area: dict[str, list[str]] = {}
    for area, code in keys:
        by_area.setdefault(area, []).append(code)
    for area, codes in by_area.items():
        catalogue.know_items(area, codes)
    found = {key: catalogue.known_item(*key) for key in keys}
    return {key: _Rates(item) for key, item in found.items() if item is not None}


_rates: Final = VersionedCache[ItemKey, _Rates]("catalogue_catalogueversion", _read)


def counted_items(area: str, codes: Collection[str]) -> list[str]:
    """The items whose limit looks at earlier lines of the encounter; brings all of them into memory at once."""
    found = _rates.get_all([(area, code) for code in codes])
    return [code for (_, code), rates in found.items() if rates is not None and rates.is_counted]


def is_item(area: str, code: str) -> bool:
    """Does the catalogue have the code at all?"""
    return _rates.get((area, code)) is not None


def terms(area: str, code: str, day: date, *, level: str, is_stay: bool) -> Terms | None:
    """How the area pays the item that day at that level and kind of care; None when it does not."""
    rates = _rates.get((area, code))
    return None if rates is None else rates.on(day, level, is_stay=is_stay)


def _read_diagnoses(codes: Collection[str]) -> dict[str, str]:
    names = catalogue.diagnosis_names(codes)
    if not names and not catalogue.diagnoses().exists():
        return dict.fromkeys(codes, "")
    return names


_diagnoses: Final = VersionedCache[str, str]("catalogue_codesetversion", _read_diagnoses)


def unknown_diagnosis(codes: Collection[str]) -> str | None:
    """The first code that is not of the diagnosis code set (CAT-04); while no set is imported, every code will do."""
    found = _diagnoses.get_all(codes)
    return next((code for code, name in found.items() if name is None), None)
