"""The small registers of the invented city: agency tree, institutions, catalogue, standards (机构、定点、目录、标准).

They are a few thousand rows at most and go through the models. Models of other chapters are named, not imported: this
is the one place that fills them without their commands, once, into empty tables.
"""

from collections.abc import Iterable, Iterator, Sequence
from datetime import date, datetime, timedelta
from typing import Any, Final

from django.apps import apps

from tongchou.platform.pinyin import initials
from tongchou.simulator import catalogue_data, check_digits, places, premiums
from tongchou.simulator.catalogue_data import CatalogueItem
from tongchou.simulator.geography import Geography, Unit
from tongchou.simulator.places import Place
from tongchou.simulator.plan import AREA, CITY_NAME, MERGED_ON, CityPlan
from tongchou.wire.commands import grant_access

BATCH: Final = 2_000
AREA_LEVELS: Final = ("province", "city", "county")
RECLASSED_EVERY: Final = 9
"""Every ninth drug of class B was dearer in first self-pay until two years ago: dated terms to look at."""

ABOUT_TO_END, ENDED_EVERY = 2, 9
"""One commission to be renewed, and others that are over: work to look at."""

RESPONSIBLE: Final = "韦黄覃农莫梁陆蒙"
LEVELS: Final = {"2": "二级及以上", "3": "三级"}
MAKERS: Final = ("桂宁制药(示例)", "榕湖药业(示例)", "龙岭生物(示例)", "安河医疗器械(示例)")


def insert(label: str, rows: Iterable[dict[str, Any]]) -> int:
    """Rows of one table, by its label `chapter.Model`; returns how many."""
    model = apps.get_model(label)
    return len(model._default_manager.bulk_create([model(**row) for row in rows], batch_size=BATCH))


def enter_agencies(geography: Geography, all_places: Sequence[Place]) -> None:
    """The pooling area and the agency tree, with the insurance offices of the hospitals (ORG-01)."""
    insert("platform.PoolingArea", [{"code": AREA, "name": CITY_NAME, "level": "city", "valid_from": MERGED_ON}])
    offices = [
        Unit(place.code, f"{place.name}医保科", "institution_office", place.unit)
        for place in all_places
        if place.type in (places.HOSPITAL, places.SPECIALIST)
    ]
    paths: dict[str, str] = {"": ""}
    units = [*geography.units, *offices]
    for unit in units:
        paths[unit.code] = f"{paths[unit.parent]}{unit.code}/"
    insert(
        "platform.OrgUnit",
        (
            {
                "code": unit.code,
                "name": unit.name,
                "level": unit.level,
                "parent_id": unit.parent or None,
                "pooling_area_id": None if unit.level == "province" else AREA,
                "path": paths[unit.code],
                "valid_from": MERGED_ON,
            }
            for unit in units
        ),
    )
    insert(
        "platform.OrgUnitName", ({"unit_id": unit.code, "name": unit.name, "valid_from": MERGED_ON} for unit in units)
    )


COMMISSIONED: Final = {
    "village": ("village_committee", ("publicity", "registration", "particulars", "collection")),
    "school": ("school", ("publicity", "registration", "collection")),
}
"""Type and items of the agents at each level of the invented tree."""


def enter_agents(geography: Geography, plan: CityPlan, *, now: datetime) -> None:
    """Villages and schools are commissioned by the year from different days: some about to end, some over (ORG-04)."""
    units = [unit for unit in geography.units if unit.level in COMMISSIONED]
    insert(
        "platform.AgentOffice",
        (
            {
                "unit_id": unit.code,
                "name": unit.name,
                "role": "agent" if unit.level == "school" else "assisting",
                "type": COMMISSIONED[unit.level][0],
                "registered_at": now,
            }
            for unit in units
        ),
    )
    offices = dict(apps.get_model("platform.AgentOffice").objects.values_list("unit_id", "id"))
    insert(
        "platform.Commission",
        (_commission(unit, offices[unit.code], number, plan, now) for number, unit in enumerate(units)),
    )


def _commission(unit: Unit, office: int, number: int, plan: CityPlan, now: datetime) -> dict[str, Any]:
    """The third is about to end, and every ninth, schools apart, ended last week."""
    if number == ABOUT_TO_END:
        begun = 353
    elif number % ENDED_EVERY == ENDED_EVERY - 1 and unit.level != "school":
        begun = 372
    else:
        begun = 60 + number * 37 % 300
    begins = plan.today - timedelta(days=begun)
    surname = RESPONSIBLE[number % len(RESPONSIBLE)]
    return {
        "office_id": office,
        "items": list(COMMISSIONED[unit.level][1]),
        "valid_from": begins,
        "valid_until": begins + timedelta(days=365),
        "responsible": f"{surname}{'校长' if unit.level == 'school' else '主任'}",
        "phone": f"077{number % 10}-{5_550_000 + number:07d}",
        "agreement_no": f"委协〔{begins.year}〕{number + 1:04d}号",
        "made_at": now,
    }


def enter_institutions(all_places: Sequence[Place], *, now: datetime) -> None:
    """Designated institutions with levels, agreements, physicians, suspensions, and their access to the wire."""
    insert("institutions.Institution", (_institution(place, number, now) for number, place in enumerate(all_places, 1)))
    insert(
        "institutions.InstitutionLevel",
        (
            {"institution_id": place.code, "level": level, "grade": grade, "valid_from": begins, "valid_until": ends}
            for place in all_places
            for level, grade, begins, ends in place.levels
        ),
    )
    insert("institutions.Agreement", _agreements(all_places))
    agreement_ids = dict(apps.get_model("institutions.Agreement").objects.values_list("number", "id"))
    insert(
        "institutions.AgreementSuspension",
        (
            {
                "agreement_id": agreement_ids[agreement.number],
                "suspended_from": agreement.suspended[0],
                "suspended_until": agreement.suspended[1],
                "reason": "费用审核发现疑点,暂停核查",
            }
            for place in all_places
            for agreement in place.agreements
            if agreement.suspended
        ),
    )
    insert("institutions.Physician", _physicians(all_places))
    insert(
        "institutions.PhysicianSuspension",
        (
            {
                "physician_code": doctor.code,
                "suspended_from": doctor.suspended[0],
                "suspended_until": doctor.suspended[1],
                "reason": "处方不规范,暂停医保服务",
            }
            for place in all_places
            for doctor in place.doctors
            if doctor.suspended
        ),
    )
    insert("institutions.InstitutionVersion", [{"pooling_area_id": AREA, "version": 1}])
    for place in all_places:
        grant_access(institution_code=place.code)


def enter_catalogue(plan: CityPlan, *, now: datetime) -> None:
    """Items with dated terms, diagnoses, the list of special outpatient diseases (GX2017 §65, 85)."""
    known = catalogue_data.items()
    insert("catalogue.Item", (_item(item, number) for number, item in enumerate(known)))
    insert("catalogue.ItemTerm", (term for number, item in enumerate(known) for term in _terms(plan, item, number)))
    insert(
        "catalogue.Diagnosis",
        (
            {"code": d.code, "name": d.name, "initials": initials(d.name, longest=200), "valid_from": MERGED_ON}
            for d in catalogue_data.diagnoses()
        ),
    )
    insert(
        "catalogue.Disease",
        (
            {"code": d.code, "name": d.name, "pooling_area_id": AREA, "valid_from": MERGED_ON}
            for d in catalogue_data.chronic_diseases()
        ),
    )
    insert("catalogue.CatalogueVersion", [{"pooling_area_id": AREA, "version": 1}])
    insert("catalogue.CodeSetVersion", [{"code_set": "diagnosis", "version": 1}])
    insert(
        "catalogue.CatalogueRelease",
        [
            {
                "pooling_area_id": AREA,
                "version": 1,
                "summary": f"示例目录 {len(known)} 项",
                "staff_code": "mulu",
                "released_at": now,
            }
        ],
    )


def enter_standards(plan: CityPlan) -> None:
    """Contribution standards of the years: the national minimum of the notices, later years assumed."""
    insert(
        "contributions.ContributionStandard",
        (
            {
                "pooling_area_id": AREA,
                "scheme": "resident",
                "benefit_year": year,
                "personal_fen": personal * 100,
                "subsidy_fen": subsidy * 100,
                "source": f"{year - 1}年国家通知最低标准{'(假设沿用)' if assumed else ''}",
            }
            for year in premiums.years_of(plan)
            for personal, subsidy, assumed in [premiums.standard_of(year)]
        ),
    )


def _institution(place: Place, number: int, now: datetime) -> dict[str, Any]:
    return {
        "code": place.code,
        "name": place.name,
        "name_initials": initials(place.name, longest=200),
        "kind": place.kind,
        "type": place.type,
        "pooling_area_id": AREA,
        "unit_code": place.unit,
        "uscc": check_digits.uscc(AREA, number),
        "licence_no": f"PDY{number:09d}" if place.kind == places.MEDICAL_KIND else f"桂DA{number:07d}",
        "licence_until": date(now.year + 3, 1, 1),
        "parent_id": place.parent or None,
        "primary": place.primary,
        "village_station": place.type == places.VILLAGE_STATION,
        "created_at": now,
    }


def _agreements(all_places: Sequence[Place]) -> Iterator[dict[str, Any]]:
    for place in all_places:
        for agreement in place.agreements:
            yield {
                "institution_id": place.code,
                "number": agreement.number,
                "schemes": ["resident", "employee"],
                "care_kinds": list(places.CARE_KINDS[place.type]),
                "signed_on": date(agreement.year - 1, 12, 20),
                "valid_from": date(agreement.year, 1, 1),
                "valid_until": agreement.until,
                "ended_reason": agreement.ended_reason,
            }


def _physicians(all_places: Sequence[Place]) -> Iterator[dict[str, Any]]:
    for place in all_places:
        for doctor in place.doctors:
            yield {
                "code": doctor.code,
                "name": doctor.name,
                "kind": doctor.kind,
                "practice_no": f"{doctor.code[-6:]}{place.code[1:7]}",
                "institution_id": place.code,
                "department": doctor.department,
                "title": doctor.title,
                "filed_from": doctor.filed_from,
            }


def _item(item: CatalogueItem, number: int) -> dict[str, Any]:
    return {
        "code": item.code,
        "name": item.name,
        "name_initials": initials(item.name, longest=200),
        "kind": item.kind,
        "charge_category": item.category,
        "unit": item.unit,
        "specification": item.specification,
        "maker": MAKERS[number % len(MAKERS)] if item.kind in ("drug", "material") else "",
    }


def _terms(plan: CityPlan, item: CatalogueItem, number: int) -> Iterator[dict[str, Any]]:
    """One open term; for some an earlier, dearer one before it."""
    changed_on = date(plan.today.year - 1, 1, 1)
    term = {
        "item_id": item.code,
        "pooling_area_id": AREA,
        "pay_class": item.pay_class,
        "pre_self_pay_ratio": item.pre_self_pay,
        "price_ceiling": item.ceiling,
        "max_quantity": item.max_quantity,
        "min_level": item.min_level,
        "inpatient_only": item.settings == {"i"} and item.restricted,
        "sex": item.sex,
        "min_age": item.min_age,
        "max_age": item.max_age,
        "diagnosis_prefixes": list(item.diagnosis_prefixes),
        "restricted": item.restricted,
        "limit_note": _limit_note(item),
    }
    if item.pay_class == "02" and item.kind == "drug" and number % RECLASSED_EVERY == 0:
        yield {
            **term,
            "pre_self_pay_ratio": item.pre_self_pay * 2,
            "valid_from": MERGED_ON,
            "valid_until": changed_on,
        }
        yield {**term, "valid_from": changed_on}
    else:
        yield {**term, "valid_from": MERGED_ON}


def _limit_note(item: CatalogueItem) -> str:
    """What the printed catalogue says of a limit."""
    notes = []
    if item.min_level:
        notes.append(f"限{LEVELS[item.min_level]}医疗机构")
    if item.diagnosis_prefixes:
        notes.append(f"限诊断{'、'.join(item.diagnosis_prefixes)}")
    if item.max_age is not None:
        notes.append(f"限{item.max_age}周岁以下")
    if item.sex:
        notes.append("限女性" if item.sex == "F" else "限男性")
    if item.max_quantity is not None:
        notes.append(f"每次就诊限{item.max_quantity:f}{item.unit}")
    return ";".join(notes)
