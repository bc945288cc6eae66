"""Designated institutions of the invented city, their levels, agreements and physicians (定点医药机构)."""

from dataclasses import dataclass
from datetime import date
from typing import Final

import numpy as np

from tongchou.kernel.months import add_months
from tongchou.simulator import names
from tongchou.simulator.geography import Geography, Unit
from tongchou.simulator.plan import CITY_NAME, CityPlan

HOSPITAL, SPECIALIST, COMMUNITY_CENTRE, TOWN_CENTRE, VILLAGE_STATION, PHARMACY = (
    "hospital", "specialist", "community_centre", "town_centre", "village_station", "pharmacy",
)  # fmt: skip
MEDICAL_KIND: Final = "1"
PHARMACY_KIND: Final = "2"
FIRST_AGREEMENT_YEARS: Final = 3
ALWAYS_IN_ORDER: Final = 6
"""The first hospitals, like the first pharmacy, never lose their agreement: a small city always has somewhere to go."""

DEPARTMENTS: Final = {
    "A03": "内科",
    "A03.04": "心血管内科",
    "A03.07": "内分泌科",
    "A04": "外科",
    "A04.03": "骨科",
    "A05": "妇产科",
    "A07": "儿科",
    "A10": "眼科",
    "A11": "耳鼻咽喉科",
    "A12": "口腔科",
    "A13": "皮肤科",
    "A15": "精神科",
    "A19": "肿瘤科",
    "A20": "急诊医学科",
    "A50": "中医科",
}
SMALL_DEPARTMENTS: Final = {"A02": "全科医疗科"}
TITLES: Final = ("主任医师", "副主任医师", "主治医师", "主治医师", "医师")
CARE_KINDS: Final = {
    HOSPITAL: ("outpatient", "chronic", "emergency", "inpatient", "maternity", "day_surgery"),
    SPECIALIST: ("outpatient", "chronic", "emergency", "inpatient", "maternity", "day_surgery"),
    COMMUNITY_CENTRE: ("outpatient", "chronic", "inpatient", "home_bed"),
    TOWN_CENTRE: ("outpatient", "chronic", "emergency", "inpatient", "maternity", "home_bed"),
    VILLAGE_STATION: ("outpatient",),
    PHARMACY: ("pharmacy", "chronic"),
}
CITY_HOSPITALS: Final = (
    "第一人民医院",
    "中医医院",
    "第二人民医院",
    "第三人民医院",
    "肿瘤医院",
    "第四人民医院",
    "骨伤医院",
    "第五人民医院",
    "第六人民医院",
    "中西医结合医院",
    "第七人民医院",
    "第八人民医院",
)
COUNTY_HOSPITALS: Final = ("人民医院", "中医医院", "妇幼保健院", "第二人民医院", "康复医院")
PHARMACY_FIRST: Final = "康益仁济同德惠百安福瑞寿永民和"
PHARMACY_SECOND: Final = "民安宁和堂生仁康春林泰源"


@dataclass(frozen=True, slots=True)
class Doctor:
    """医保医师 or 药师, filed since a day."""

    code: str
    name: str
    kind: str
    department_code: str
    department: str
    title: str
    filed_from: date
    suspended: tuple[date, date] | None = None


@dataclass(frozen=True, slots=True)
class AgreementYear:
    """One year's agreement; it may have ended early or be suspended for a while."""

    year: int
    number: str
    until: date
    ended_reason: str = ""
    suspended: tuple[date, date] | None = None


@dataclass(frozen=True, slots=True)
class Place:
    """A designated institution with everything the city knows of it."""

    code: str
    name: str
    kind: str
    type: str
    unit: str
    levels: tuple[tuple[str, str, date, date | None], ...]
    agreements: tuple[AgreementYear, ...]
    doctors: tuple[Doctor, ...]
    parent: str = ""
    weight: float = 1.0

    @property
    def level(self) -> str:
        """The level today."""
        return self.levels[-1][0]

    @property
    def primary(self) -> bool:
        return self.type in (COMMUNITY_CENTRE, TOWN_CENTRE, VILLAGE_STATION)

    def open_on(self, day: date) -> bool:
        """Whether an agreement runs that day and is not suspended."""
        for agreement in self.agreements:
            if agreement.year == day.year and day < agreement.until:
                pause = agreement.suspended
                return pause is None or not pause[0] <= day < pause[1]
        return False


def establish(plan: CityPlan, geography: Geography) -> tuple[Place, ...]:
    """All institutions: hospitals of the city and the counties, centres of the towns, stations, pharmacies."""
    maker = _Maker(plan)
    places: list[Place] = []
    counties = geography.counties()
    county_names = {county.code: county.name.removesuffix("医疗保障服务中心") for county in counties}
    for number in range(min(12, max(2, plan.persons // 400_000))):
        kind = SPECIALIST if "肿瘤" in CITY_HOSPITALS[number] or "骨伤" in CITY_HOSPITALS[number] else HOSPITAL
        places.append(maker.place(counties[number % 2], f"{CITY_NAME}{CITY_HOSPITALS[number]}", kind, "3", doctors=24))
    per_county = min(len(COUNTY_HOSPITALS), max(1, plan.persons // plan.counties // 80_000))
    for county in counties:
        name = county_names[county.code]
        places.extend(
            maker.place(county, f"{name}{ending}", HOSPITAL, "2", doctors=14)
            for ending in COUNTY_HOSPITALS[: max(per_county, 2 if county is counties[-1] else 1)]
        )
    centres: dict[str, Place] = {}
    for town in geography.towns():
        county_name = county_names[town.parent]
        name = county_name + town.name.removesuffix("医保服务所")
        kind, ending = (COMMUNITY_CENTRE, "社区卫生服务中心") if town.urban else (TOWN_CENTRE, "卫生院")
        centres[town.code] = maker.place(town, f"{name}{ending}", kind, "1", doctors=5)
    places.extend(centres.values())
    for village in geography.villages:
        if not village.urban:
            centre = centres[village.parent]
            name = f"{centre.name.removesuffix('卫生院')}{village.name.removesuffix('委会')}卫生室"
            places.append(maker.place(village, name, VILLAGE_STATION, "0", doctors=1, parent=centre.code))
    shops = max(8, min(1_400, plan.persons // 3_500))
    places.extend(maker.pharmacy(geography.villages[n * 7 % len(geography.villages)], n) for n in range(shops))
    return tuple(places)


class _Maker:
    """Numbers institutions and physicians through the whole city."""

    def __init__(self, plan: CityPlan) -> None:
        self._plan = plan
        self._random = plan.random("institutions")
        self._serials: dict[str, int] = {}
        self._places = 0
        self._doctors = 0

    def place(self, unit: Unit, name: str, kind: str, level: str, *, doctors: int, parent: str = "") -> Place:
        """A medical institution; the third hospital of the city was raised a level two years ago."""
        first_day = date(self._plan.today.year - FIRST_AGREEMENT_YEARS, 1, 1)
        levels: tuple[tuple[str, str, date, date | None], ...] = (
            (level, "甲等" if level in "23" else "", first_day, None),
        )
        if name.endswith("第二人民医院") and level == "3":
            raised_on = date(self._plan.today.year - 1, 7, 1)
            levels = (("2", "甲等", first_day, raised_on), ("3", "乙等", raised_on, None))
        departments = DEPARTMENTS if level in "23" else SMALL_DEPARTMENTS
        return Place(
            code=self._code("H", unit),
            name=name,
            kind=MEDICAL_KIND,
            type=kind,
            unit=unit.code,
            levels=levels,
            agreements=self._agreements(),
            doctors=tuple(self._doctor(unit, n, departments) for n in range(doctors)),
            parent=parent,
            weight={"3": 9.0, "2": 5.0, "1": 2.0, "0": 0.5}[level],
        )

    def pharmacy(self, unit: Unit, number: int) -> Place:
        """A retail pharmacy with one pharmacist."""
        first = PHARMACY_FIRST[number % len(PHARMACY_FIRST)]
        second = PHARMACY_SECOND[number // len(PHARMACY_FIRST) % len(PHARMACY_SECOND)]
        branch = number // (len(PHARMACY_FIRST) * len(PHARMACY_SECOND)) + 1
        return Place(
            code=self._code("P", unit),
            name=f"{CITY_NAME}{first}{second}大药房{'' if branch == 1 else f'第{branch}分店'}",
            kind=PHARMACY_KIND,
            type=PHARMACY,
            unit=unit.code,
            levels=(("0", "", date(self._plan.today.year - FIRST_AGREEMENT_YEARS, 1, 1), None),),
            agreements=self._agreements(always_in_order=number == 0),
            doctors=(self._doctor(unit, number, {"Y01": "药房"}, kind="pharmacist"),),
        )

    def _code(self, letter: str, unit: Unit) -> str:
        county = unit.code[:6]
        self._places += 1
        self._serials[letter + county] = serial = self._serials.get(letter + county, 0) + 1
        return f"{letter}{county}{serial:05d}"

    def _agreements(self, *, always_in_order: bool = False) -> tuple[AgreementYear, ...]:
        """One agreement a year (GX2017 §45); a few were suspended for a month or ended early."""
        today = self._plan.today
        made = []
        for year in range(today.year - FIRST_AGREEMENT_YEARS + 1, today.year + 1):
            number = f"{CITY_NAME[:2]}医保协〔{year}〕{self._places:05d}号"
            until, reason, pause = date(year + 1, 1, 1), "", None
            draw = 1.0 if always_in_order or self._places <= ALWAYS_IN_ORDER else self._random.random()
            if draw < 0.02:
                suspended_from = add_months(date(year, 1, 1), int(self._random.integers(1, 10)))
                pause = (suspended_from, add_months(suspended_from, 1))
            elif draw < 0.03 and year < today.year:
                until, reason = add_months(date(year, 1, 1), int(self._random.integers(6, 12))), "严重违约,解除协议"
            made.append(AgreementYear(year, number, until, reason, pause))
        return tuple(made)

    def _doctor(self, unit: Unit, number: int, departments: dict[str, str], *, kind: str = "physician") -> Doctor:
        self._doctors += 1
        department = list(departments)[number % len(departments)]
        surname = names.draw_surnames(self._random, 1)
        male = np.array([self._random.random() < 0.55])
        name, _ = names.full_names(self._random, surname, male, np.array([int(self._random.integers(28, 62))]))
        filed_from = date(self._plan.today.year - int(self._random.integers(1, 8)), 1, 1)
        pause = None
        if self._random.random() < 0.01 and self._doctors > 10:
            suspended_from = add_months(date(self._plan.today.year, 1, 1), int(self._random.integers(0, 9)))
            pause = (suspended_from, add_months(suspended_from, 3))
        letters = "D" if kind == "physician" else "HY"
        return Doctor(
            code=f"{letters}{unit.code[:6]}{self._doctors:06d}",
            name=name[0].decode(),
            kind=kind,
            department_code=department,
            department=departments[department],
            title="执业药师" if kind == "pharmacist" else TITLES[number % len(TITLES)],
            filed_from=filed_from,
            suspended=pause,
        )
