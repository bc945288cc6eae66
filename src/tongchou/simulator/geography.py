"""The agency tree of the invented city: province, city, counties, towns, villages, colleges (机构设置)."""

from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from tongchou.simulator.plan import AREA, CITY_NAME, PROVINCE, PROVINCE_NAME, CityPlan

FIRST_COUNTY: Final = 450151
"""Never given out as a division code, so that an ID number beginning with it belongs to nobody."""

DISTRICTS: Final = ("桂东区", "桂西区", "桂北区")
COUNTIES: Final = ("安河县", "龙岭县", "宁溪县", "榕湖县", "石湾县", "青藤县", "木棉县", "长流县", "金竹县", "雁山岭县")
TOWN_FIRST: Final = "云石清金白龙凤长大平安新青双南北东西高永河桥塘古"
TOWN_SECOND: Final = "水江山岭田塘桥湾溪坪村圩岩寨洲林泉洞沙口峰和宁兴"
VILLAGE_FIRST: Final = "上下大小新老东西南北前后中高石竹木松榕桂古长"
VILLAGE_SECOND: Final = "屯村寨塘坡岭湾桥田洞井垌围屋莲梅柳樟竹坪"


@dataclass(frozen=True, slots=True)
class Unit:
    """One node of the tree; `urban` and `weight` steer who lives there."""

    code: str
    name: str
    level: str
    parent: str
    urban: bool = False
    weight: float = 0.0


@dataclass(frozen=True, slots=True)
class Geography:
    """The tree, and the villages as arrays for drawing where people live."""

    units: tuple[Unit, ...]
    villages: tuple[Unit, ...]
    colleges: tuple[Unit, ...]
    addresses: tuple[str, ...]

    @property
    def village_codes(self) -> NDArray[np.bytes_]:
        return np.array([village.code.encode() for village in self.villages])

    @property
    def village_counties(self) -> NDArray[np.int64]:
        return np.array([int(village.code[:6]) for village in self.villages])

    def counties(self) -> list[Unit]:
        return [unit for unit in self.units if unit.level == "county"]

    def towns(self) -> list[Unit]:
        return [unit for unit in self.units if unit.level == "town"]


def lay_out(plan: CityPlan) -> Geography:
    """The whole tree in order, parents first."""
    random = plan.random("geography")
    units = [
        Unit(PROVINCE, f"{PROVINCE_NAME}医疗保障事业管理中心(示例)", "province", ""),
        Unit(AREA, f"{CITY_NAME}医疗保障事业管理中心", "city", PROVINCE),
    ]
    villages: list[Unit] = []
    colleges: list[Unit] = []
    addresses: list[str] = []
    districts = 1 + plan.counties // 4
    names = (*DISTRICTS[:districts], *COUNTIES)[: plan.counties]
    for position, county in enumerate(names):
        code = str(FIRST_COUNTY + position)
        urban = county in DISTRICTS
        units.append(Unit(code, f"{county}医疗保障服务中心", "county", AREA, urban))
        for town, members in _towns(plan, random, code, urban=urban):
            units.append(town)
            villages.extend(members)
            place = town.name.removesuffix("医保服务所")
            addresses.extend(
                f"{CITY_NAME}{county}{place}{m.name.removesuffix('居委会').removesuffix('委会')}" for m in members
            )
    units.extend(villages)
    for number in range(plan.colleges):
        county_code = str(FIRST_COUNTY + number % plan.counties)
        name = f"{CITY_NAME}第{_numeral(number + 1)}职业技术学院"
        colleges.append(Unit(f"S{county_code}{number + 1:05d}", name, "school", county_code))
    units.extend(colleges)
    return Geography(tuple(units), tuple(villages), tuple(colleges), tuple(addresses))


def _towns(plan: CityPlan, random: np.random.Generator, county: str, *, urban: bool) -> list[tuple[Unit, list[Unit]]]:
    villages = round(plan.villages / plan.counties)
    towns = max(2, villages // 10)
    town_names = _names(random, TOWN_FIRST, TOWN_SECOND, towns)
    made = []
    for number in range(towns):
        code = f"{county}{number + 1 if urban else number + 101:03d}"
        town = Unit(code, f"{town_names[number]}{'街道' if urban else '镇'}医保服务所", "town", county, urban)
        share = villages // towns + (number < villages % towns)
        village_names = _names(random, VILLAGE_FIRST, VILLAGE_SECOND, share)
        weights = random.lognormal(0.8 if urban else 0.0, 0.35, share)
        ending = "社区居委会" if urban else "村委会"
        members = [
            Unit(
                f"{code}{n + 1 if urban else n + 201:03d}",
                f"{village_names[n]}{ending}",
                "village",
                code,
                urban,
                weights[n],
            )
            for n in range(share)
        ]
        made.append((town, members))
    return made


def _names(random: np.random.Generator, first: str, second: str, count: int) -> list[str]:
    """Different two-character names without repetition."""
    pairs = [a + b for a in first for b in second if a != b]
    return [pairs[i] for i in random.choice(len(pairs), count, replace=False)]


def _numeral(number: int) -> str:
    ones = "零一二三四五六七八九"
    if number < 10:
        return ones[number]
    tens, rest = divmod(number, 10)
    return (ones[tens] if tens > 1 else "") + "十" + (ones[rest] if rest else "")
