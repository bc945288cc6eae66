"""What happens in the hospitals of the invented city: who comes, with what, and what is charged (就诊).

Magnitudes: admissions by level 29 / 47 / 24 %, cost per admission lognormal with means 13,900 / 6,600 / 3,600 yuan and
σ 0.6, a stay of 9.4 days on average, outpatient bills of 3 to 6 lines, inpatient bills of 150 to 400.
"""

import random
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta, tzinfo
from decimal import ROUND_HALF_UP, Decimal
from functools import cache
from hashlib import blake2b
from itertools import accumulate
from math import log
from typing import Final

from tongchou.kernel.errors import DomainError
from tongchou.kernel.months import age_on
from tongchou.simulator import catalogue_data, places
from tongchou.simulator.catalogue_data import CatalogueItem, ChronicDisease, KnownDiagnosis
from tongchou.simulator.places import Doctor, Place

OUTPATIENT, CHRONIC, PHARMACY, INPATIENT = "outpatient", "chronic", "pharmacy", "inpatient"
KINDS: Final = {
    "resident": {OUTPATIENT: 0.62, CHRONIC: 0.09, PHARMACY: 0.24, INPATIENT: 0.05},
    "employee": {OUTPATIENT: 0.33, CHRONIC: 0.06, PHARMACY: 0.595, INPATIENT: 0.015},
}
COST_OF_GRAVE_STAY: Final = Decimal(90_000)
DEAREST: Final = 8
CARE_TYPES: Final = {OUTPATIENT: "11", CHRONIC: "14", PHARMACY: "41", INPATIENT: "21"}
DELIVERY: Final = "52"
ADMISSIONS_BY_LEVEL: Final = {"3": 0.29, "2": 0.47, "1": 0.24}
VISITS_BY_LEVEL: Final = {"3": 0.16, "2": 0.26, "1": 0.38, "0": 0.20}
CHRONIC_BY_LEVEL: Final = {"3": 0.25, "2": 0.40, "1": 0.35}
COST_OF_STAY: Final = {"3": 13_900, "2": 6_600, "1": 3_600}
SIGMA_OF_COST: Final = 0.6
MEAN_DAYS: Final = 9.4
SHAPE_OF_DAYS: Final = 3.0
LONGEST_STAY: Final = 60
MOST_LINES_OF_STAY: Final = 420
ADMITTED_SENIORS: Final = 0.5
"""Half of the admissions are of people of sixty and over."""

OPERATIONS: Final = frozenset(
    {"appendix", "gallbladder", "hernia", "cesarean", "delivery", "myoma", "fracture", "hip", "lumbar"}
    | {"cataract", "hemorrhoid", "stone", "thyroid", "breast", "colon", "lung", "tonsil", "pci"}
)
BIRTHS: Final = frozenset({"delivery", "cesarean"})
CONSULTATIONS: Final = {
    "3": ("普通门诊诊察费", "副主任医师门诊诊察费", "主任医师门诊诊察费"),
    "2": ("普通门诊诊察费", "普通门诊诊察费", "副主任医师门诊诊察费"),
    "1": ("一般诊疗费(基层)",),
    "0": ("一般诊疗费(村卫生室)",),
}
EXAMINATIONS_AT_MOST: Final = {"3": 3, "2": 3, "1": 1, "0": 0}
WARD_DAILY: Final = ("普通病房床位费(多人间)", "住院诊察费", "二级护理", "静脉输液", "一次性使用输液器")
WARD_EXTRAS: Final = ("陪护床费", "病房空调费")
ON_ADMISSION: Final = (
    "血常规",
    "尿常规",
    "粪便常规",
    "肝功能八项",
    "肾功能四项",
    "电解质六项",
    "凝血四项",
    "常规心电图检查",
)
PRICE_STEPS: Final = tuple(Decimal(step) for step in ("0.95", "1", "1", "1", "1", "1", "1.02", "1.10"))
FEN: Final = Decimal("0.01")
DRUGS: Final = frozenset({"09", "11"})
SLICES: Final = "10"
OWN_EXPENSE: Final = "03"
SELDOM: Final = 0.35
FILLING_TAGS: Final = ("lab", "resp", "infect", "cardio", "ward", "icu", "infusion")
EXAMINATIONS: Final = frozenset({"03", "04", "05"})
OPENING_HOURS: Final = (8, 18)
MOST_DAYS_KNOWN: Final = 400 * 5
"""A year of days at every level; then what is known of open institutions begins anew."""


class NobodyOpen(DomainError):
    code = "SM-0111"
    message = "{day}没有这一类的定点机构可以就诊({level})"


@dataclass(frozen=True, slots=True)
class Patient:
    """A person as a hospital's window sees one: the certificate, not the agency's number."""

    citizen_id: str
    name: str
    male: bool
    born_on: date
    scheme: str
    card_no: str = ""

    def age(self, day: date) -> int:
        """Completed years on that day."""
        return age_on(self.born_on, day)


@dataclass(frozen=True, slots=True)
class BillLine:
    """One charge: so much of an item at a price, on a day."""

    item: CatalogueItem
    quantity: Decimal
    price: Decimal
    served_at: datetime
    doctor: Doctor

    @property
    def amount(self) -> Decimal:
        """What the line costs, in yuan with two places, half up."""
        return (self.quantity * self.price).quantize(FEN, rounding=ROUND_HALF_UP)


@dataclass(slots=True)
class Visit:
    """A visit, a stay or a purchase, before anything of it was sent."""

    kind: str
    patient: Patient
    place: Place
    doctor: Doctor
    diagnosis: KnownDiagnosis
    began_at: datetime
    ended_at: datetime
    disease: ChronicDisease | None = None
    lines: list[BillLine] = field(default_factory=list)

    @property
    def care_type(self) -> str:
        """The code of med_type."""
        return DELIVERY if self.kind == INPATIENT and self.diagnosis.tag in BIRTHS else CARE_TYPES[self.kind]

    @property
    def insurance_type(self) -> str:
        """The code of insutype."""
        return "310" if self.patient.scheme == "employee" else "390"

    @property
    def total(self) -> Decimal:
        """The bill, in yuan."""
        return sum((line.amount for line in self.lines), Decimal(0))


class VisitMaker:
    """Draws visits: who, where, why, and what it costs. The same seed draws the same visits."""

    def __init__(
        self, all_places: Sequence[Place], patients: Sequence[Patient], *, seed: int, zone: tzinfo | None = None
    ) -> None:
        self._random = random.Random(seed)
        self._zone = zone
        self._places = all_places
        self._patients = patients
        self._by_age: dict[int, tuple[list[Patient], list[Patient]]] = {}
        self._open: dict[tuple[date, str], tuple[list[Place], list[float]]] = {}

    def is_open(self, day: date) -> bool:
        """Whether any institution has an agreement that day."""
        return any(place.open_on(day) for place in self._places)

    def visit(
        self, day: date, *, kind: str | None = None, patient: Patient | None = None, at: datetime | None = None
    ) -> Visit:
        """One visit of that day, of a given kind or as they come, at a moment of the opening hours or the given one."""
        if patient is None:
            patient = self._who(day, kind)
        if kind is None:
            kind = self._draw(KINDS[patient.scheme])
        disease = self._random.choice(catalogue_data.chronic_diseases()) if kind == CHRONIC else None
        diagnosis = self._why(patient, day, kind, disease)
        place = self.where(day, kind)
        began_at = at or self._when(day)
        doctor = self._random.choice(place.doctors)
        visit = Visit(kind, patient, place, doctor, diagnosis, began_at, began_at, disease)
        {OUTPATIENT: self._outpatient, CHRONIC: self._chronic, PHARMACY: self._purchase, INPATIENT: self._stay}[kind](
            visit
        )
        return visit

    def grave_stay(self, until: date) -> Visit:
        """A resident's stay that ended that day and cost so much that the serious-illness insurance pays (大病保险)."""
        resident = self._random.choice([p for p in self._patients if p.scheme == "resident" and p.born_on < until])
        visit = self.visit(until, kind=INPATIENT, patient=resident)
        paid = [item for item in _items("i") if self._fits(item, visit) and item.pay_class != OWN_EXPENSE]
        dear = sorted(paid, key=lambda item: item.price)[-DEAREST:]
        days = max(1, (visit.ended_at - visit.began_at).days)
        while visit.total < COST_OF_GRAVE_STAY:
            self._charge(visit, self._random.choice(dear), self._random.randint(1, 3), day=self._random.randrange(days))
        visit.lines.sort(key=lambda line: line.served_at)
        return visit

    def outpatient_of_lines(self, at: datetime, lines: int, *, patient: Patient | None = None) -> Visit:
        """An outpatient visit with exactly so many lines, as the benchmarks want it."""
        return self._with_lines(self.visit(at.date(), kind=OUTPATIENT, patient=patient, at=at), lines, "o")

    def purchase_of_lines(self, at: datetime, lines: int, *, patient: Patient | None = None) -> Visit:
        """A purchase with exactly so many lines."""
        return self._with_lines(self.visit(at.date(), kind=PHARMACY, patient=patient, at=at), lines, "p")

    def _with_lines(self, visit: Visit, lines: int, setting: str) -> Visit:
        del visit.lines[lines:]
        while len(visit.lines) < lines:
            item = self._random.choice(_items(setting))
            if item.category in DRUGS and self._fits(item, visit):
                self._charge(visit, item, self._random.randint(1, 3))
        return visit

    def _draw(self, shares: dict[str, float]) -> str:
        return self._random.choices(list(shares), list(shares.values()))[0]

    def _who(self, day: date, kind: str | None) -> Patient:
        """Anybody born by then; half of those admitted are seniors."""
        while (patient := self._anybody(day, kind)).born_on > day:
            continue
        return patient

    def _anybody(self, day: date, kind: str | None) -> Patient:
        if kind != INPATIENT:
            return self._random.choice(self._patients)
        if day.year not in self._by_age:
            seniors = [p for p in self._patients if day.year - p.born_on.year >= 60]
            others = [p for p in self._patients if day.year - p.born_on.year < 60]
            self._by_age[day.year] = (seniors or others, others or seniors)
        seniors, others = self._by_age[day.year]
        return self._random.choice(seniors if self._random.random() < ADMITTED_SENIORS else others)

    def _why(self, patient: Patient, day: date, kind: str, disease: ChronicDisease | None) -> KnownDiagnosis:
        setting = {OUTPATIENT: "o", CHRONIC: "p", PHARMACY: "p", INPATIENT: "i"}[kind]
        if disease is not None:
            fitting = [d for d in catalogue_data.diagnoses() if d.code.startswith(disease.diagnosis_prefixes)]
            return self._random.choice(fitting)
        known, weights = _diagnoses_of(setting, patient.male, min(patient.age(day), 110))
        return self._random.choices(known, cum_weights=weights)[0]

    def where(self, day: date, kind: str) -> Place:
        """An institution that may treat that kind that day: of a level as drawn, of the nearest one if all those rest.

        Raises: NobodyOpen.
        """
        levels = {OUTPATIENT: VISITS_BY_LEVEL, CHRONIC: CHRONIC_BY_LEVEL, INPATIENT: ADMISSIONS_BY_LEVEL}.get(kind)
        level = places.PHARMACY if levels is None else self._draw(levels)
        fitting, weights = self._open_at(day, level)
        if not fitting and levels is not None:
            nearest = sorted(levels, key=lambda other: abs(int(other) - int(level)))
            fitting, weights = next(filter(all, (self._open_at(day, other) for other in nearest)), (fitting, weights))
        if not fitting:
            raise NobodyOpen(day=day, level=level)
        return self._random.choices(fitting, cum_weights=weights)[0]

    def _open_at(self, day: date, level: str) -> tuple[list[Place], list[float]]:
        """Those of a level that may treat that day, with cumulative weights; none where all agreements rest."""
        if (day, level) not in self._open:
            if len(self._open) > MOST_DAYS_KNOWN:
                self._open.clear()
            fitting = [p for p in self._places if _stands_at(p, level) and p.open_on(day)]
            self._open[day, level] = (fitting, list(accumulate(p.weight for p in fitting)))
        return self._open[day, level]

    def _when(self, day: date) -> datetime:
        opens, closes = OPENING_HOURS
        second = int(self._random.triangular(opens, closes, 10) * 3600)
        return datetime.combine(day, time(second // 3600, second // 60 % 60, second % 60), self._zone)

    def _outpatient(self, visit: Visit) -> None:
        level = visit.place.level
        self._charge(visit, _named(self._random.choice(CONSULTATIONS[level])), 1)
        if level in "12" and self._random.random() < 0.08:
            self._decoction(visit)
            return
        own = [item for item in _tagged("o", visit.diagnosis.tag) if self._fits(item, visit)]
        for item in self._some([i for i in own if i.category in EXAMINATIONS], 0, EXAMINATIONS_AT_MOST[level]):
            self._charge(visit, item, 1)
        for item in self._some([i for i in own if i.category in DRUGS], 1, 4):
            self._charge(visit, item, self._random.randint(1, 2))
        if len(visit.lines) < 3:
            for item in self._some([i for i in _tagged("o", "gen") if self._fits(i, visit)], 1, 2):
                self._charge(visit, item, 1)

    def _decoction(self, visit: Visit) -> None:
        """中药饮片: eight to twelve slices for seven days."""
        slices = [item for item in _items("o") if item.category == SLICES]
        for item in self._random.sample(slices, self._random.randint(8, 12)):
            self._charge(visit, item, 7 * self._random.choice((6, 9, 10, 12, 15, 20)))

    def _chronic(self, visit: Visit) -> None:
        self._charge(visit, _named(CONSULTATIONS[visit.place.level][0]), 1)
        own = [i for i in _tagged("o", visit.diagnosis.tag) if self._fits(i, visit) and i.category in DRUGS]
        for item in self._some(own, 1, 4):
            self._charge(visit, item, self._random.randint(1, 4))
        if visit.diagnosis.tag == "dialysis":
            for item in _tagged("o", "dialysis"):
                self._charge(visit, item, 1)

    def _purchase(self, visit: Visit) -> None:
        fitting = self._drugs(_tagged("p", visit.diagnosis.tag), visit) or self._drugs(_items("p"), visit)
        for item in self._some(fitting, 1, 3):
            self._charge(visit, item, self._random.randint(1, 2))

    def _drugs(self, items: Sequence[CatalogueItem], visit: Visit) -> list[CatalogueItem]:
        return [item for item in items if item.category in DRUGS and self._fits(item, visit)]

    def _stay(self, visit: Visit) -> None:
        """Daily lines of the ward, what an admission brings, the operation, then drugs until the bill is as drawn."""
        level = visit.place.level
        days = max(1, min(LONGEST_STAY, round(self._random.gammavariate(SHAPE_OF_DAYS, MEAN_DAYS / SHAPE_OF_DAYS))))
        mean = log(COST_OF_STAY[level]) - SIGMA_OF_COST**2 / 2
        target = Decimal(round(self._random.lognormvariate(mean, SIGMA_OF_COST)))
        visit.began_at -= timedelta(days=days)
        for name in ON_ADMISSION:
            self._charge(visit, _named(name), 1)
        if visit.diagnosis.tag in OPERATIONS:
            self._operate(visit, day=min(2, days - 1))
        own = [item for item in _tagged("i", visit.diagnosis.tag) if self._fits(item, visit)]
        gen = [item for item in _tagged("i", "gen") if self._fits(item, visit)]
        drugs = self._some([i for i in own if i.category in DRUGS], 2, 5) + self._some(gen, 2, 4)
        for day in range(days):
            for name in WARD_DAILY:
                self._charge(visit, _named(name), 1, day=day)
            for item in drugs:
                self._charge(visit, item, self._random.randint(1, 3), day=day)
        self._add_extras(visit, target, days)
        self._fill_up(visit, target, own + gen, days)
        self._cut_down(visit, target)
        visit.lines.sort(key=lambda line: line.served_at)

    def _operate(self, visit: Visit, *, day: int) -> None:
        for item in _tagged("i", visit.diagnosis.tag):
            if self._fits(item, visit) and item.category not in DRUGS:
                self._charge(visit, item, self._random.randint(1, 2) if item.category == "08" else 1, day=day)
        for item in self._some(list(_tagged("i", "operation")), 4, 9):
            if self._fits(item, visit):
                self._charge(visit, item, 1, day=day)

    def _add_extras(self, visit: Visit, target: Decimal, days: int) -> None:
        """What the catalogue does not pay: the company's bed, the air conditioning, now and then something dear."""
        for name in self._some(list(WARD_EXTRAS), 0, len(WARD_EXTRAS)):
            self._charge(visit, _named(name), days)
        outside = [i for i in _items("i") if i.pay_class == OWN_EXPENSE and target / 30 < i.price < target / 3]
        if outside and self._random.random() < SELDOM:
            self._charge(visit, self._random.choice(outside), 1)

    def _fill_up(self, visit: Visit, target: Decimal, pool: list[CatalogueItem], days: int) -> None:
        """Examinations, materials and dearer drugs until the drawn cost is reached; few are self-paid."""
        total = visit.total
        usual = [*pool, *(i for tag in FILLING_TAGS for i in _tagged("i", tag) if self._fits(i, visit))]
        usual = [i for i in usual if i.pay_class != OWN_EXPENSE or self._random.random() < SELDOM]
        dear = [i for i in usual if target < i.price * 150 and i.price < target / 4] or list(pool)
        while total < target and len(visit.lines) < MOST_LINES_OF_STAY:
            item = self._random.choice(dear)
            missing = int((target - total) / item.price)
            quantity = max(1, min(missing, self._random.randint(1, 6)))
            self._charge(visit, item, quantity, day=self._random.randrange(days))
            total += visit.lines[-1].amount

    def _cut_down(self, visit: Visit, target: Decimal) -> None:
        """A cheap stay has fewer drugs, never fewer days."""
        too_much = visit.total - target
        kept: list[BillLine] = []
        for line in reversed(visit.lines):
            if too_much > 0 and line.item.category in DRUGS:
                too_much -= line.amount
            else:
                kept.append(line)
        visit.lines = kept[::-1]

    def _charge(self, visit: Visit, item: CatalogueItem, quantity: int, *, day: int = 0) -> None:
        served_at = visit.began_at + timedelta(days=day, seconds=len(visit.lines) % 3600)
        price = (item.price * PRICE_STEPS[hash_of(visit.place.code, item.code) % len(PRICE_STEPS)]).quantize(FEN)
        visit.lines.append(BillLine(item, Decimal(quantity), max(price, FEN), served_at, visit.doctor))

    def _some(self, pool: list[CatalogueItem], least: int, most: int) -> list[CatalogueItem]:
        return self._random.sample(pool, min(len(pool), self._random.randint(least, max(least, most))))

    def _fits(self, item: CatalogueItem, visit: Visit) -> bool:
        """Whether the item's limits allow it for this patient here; doctors err now and then."""
        age = visit.patient.age(visit.began_at.date())
        return (
            item.sex in ("", "M" if visit.patient.male else "F")
            and (item.min_age is None or age >= item.min_age)
            and (item.max_age is None or age < item.max_age)
            and item.min_level <= visit.place.level
            and (not item.diagnosis_prefixes or visit.diagnosis.code.startswith(item.diagnosis_prefixes))
        )


def hash_of(*parts: str) -> int:
    """A number from texts that is the same in every process."""
    return int.from_bytes(blake2b("/".join(parts).encode(), digest_size=4).digest(), "big")


def _stands_at(place: Place, level: str) -> bool:
    if level == places.PHARMACY:
        return place.type == places.PHARMACY
    return place.type != places.PHARMACY and place.level == level


@cache
def _items(setting: str) -> tuple[CatalogueItem, ...]:
    return tuple(item for item in catalogue_data.items() if setting in item.settings)


@cache
def _tagged(setting: str, tag: str) -> tuple[CatalogueItem, ...]:
    return tuple(item for item in _items(setting) if tag in item.tags)


@cache
def _named(name: str) -> CatalogueItem:
    return next(item for item in catalogue_data.items() if item.name == name)


@cache
def _diagnoses_of(setting: str, male: bool, age: int) -> tuple[list[KnownDiagnosis], list[int]]:
    """What somebody of that sex and age is seen with, with cumulative weights."""
    fitting = [
        d
        for d in catalogue_data.diagnoses()
        if setting in d.settings and d.sex in ("", "M" if male else "F") and d.min_age <= age < d.max_age
    ]
    return fitting, list(accumulate(d.weight for d in fitting))
