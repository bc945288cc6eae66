"""The catalogue of the invented city (三大目录), read from the tables in `data/`.

Generic names and the shape of the codes are facts; specifications, prices, pay classes, ceilings and the codes
themselves are invented, and so are the disease codes other than the four that public samples show.
"""

import csv
from dataclasses import dataclass
from decimal import Decimal
from functools import cache
from importlib import resources
from typing import Final

PRICE_PLACES: Final = Decimal("0.01")
PAY_CLASSES: Final = {"A": "01", "B": "02", "C": "03"}
MATERIAL_CATEGORY: Final = "08"


@dataclass(frozen=True, slots=True)
class CatalogueItem:
    """One item with its national code, the city's terms and what a visit needs to know of it."""

    code: str
    name: str
    kind: str
    category: str
    unit: str
    specification: str
    price: Decimal
    pay_class: str
    pre_self_pay: Decimal
    ceiling: Decimal | None
    tags: frozenset[str]
    settings: frozenset[str]
    sex: str = ""
    min_age: int | None = None
    max_age: int | None = None
    min_level: str = ""
    max_quantity: Decimal | None = None
    diagnosis_prefixes: tuple[str, ...] = ()
    restricted: bool = False


@dataclass(frozen=True, slots=True)
class KnownDiagnosis:
    """A diagnosis, where it is seen (o outpatient, i inpatient, p pharmacy), in whom and how often."""

    code: str
    name: str
    tag: str
    settings: frozenset[str]
    weight: int
    sex: str
    min_age: int
    max_age: int


@dataclass(frozen=True, slots=True)
class ChronicDisease:
    """门诊特殊慢性病种 and the diagnoses that belong to it."""

    code: str
    name: str
    diagnosis_prefixes: tuple[str, ...]


@cache
def items() -> tuple[CatalogueItem, ...]:
    """Drugs, then services, facilities and materials, in the order of the tables."""
    drugs = [_drug(number, row) for number, row in enumerate(_rows("drugs.csv"), 1)]
    services = [_service(number, row) for number, row in enumerate(_rows("services.csv"), 1)]
    return (*drugs, *services)


@cache
def diagnoses() -> tuple[KnownDiagnosis, ...]:
    """ICD-10 diagnoses of the insurance edition, a few hundred of them."""
    return tuple(
        KnownDiagnosis(
            code=row["code"],
            name=row["name"],
            tag=row["tag"],
            settings=frozenset(row["seen_at"]),
            weight=int(row["weight"]),
            sex=row["sex"],
            min_age=int(row["min_age"] or 0),
            max_age=int(row["max_age"] or 200),
        )
        for row in _rows("diagnoses.csv")
    )


@cache
def chronic_diseases() -> tuple[ChronicDisease, ...]:
    """The city's list of special outpatient diseases."""
    return tuple(
        ChronicDisease(row["code"], row["name"], tuple(row["diagnosis_prefixes"].split()))
        for row in _rows("diseases.csv")
    )


def _rows(name: str) -> list[dict[str, str]]:
    text = resources.files("tongchou.simulator").joinpath("data", name).read_text(encoding="utf-8")
    return list(csv.DictReader(text.splitlines()))


def _drug(number: int, row: dict[str, str]) -> CatalogueItem:
    """Western drugs have 23 characters, Chinese patent drugs 20, slices 10."""
    group = row["class_code"]
    if row["category"] == "09":
        code = f"X{group}A{number % 1000:03d}A{number % 7 + 1:03d}{number:04d}{number * 37 % 100_000:05d}"
    elif row["category"] == "11":
        code = f"Z{group}{'A'}{number:04d}{number % 97:04d}{number * 37 % 100_000:05d}"
    else:
        code = f"T{number:09d}"
    limits = dict(limit.split("=") for limit in row["limits"].split())
    return CatalogueItem(
        code=code,
        kind="drug",
        category=row["category"],
        specification=row["specification"],
        ceiling=_drug_ceiling(row),
        settings=frozenset(row["sold_at"]),
        **_common(row, limits),
    )


def _service(number: int, row: dict[str, str]) -> CatalogueItem:
    """Services have 15 characters, materials 20."""
    if row["category"] == MATERIAL_CATEGORY:
        code = f"C{number:06d}{number % 100:03d}{number % 10:05d}{number * 41 % 100_000:05d}"
    else:
        code = f"00{int(row['category']):02d}{number:07d}0000"
    limits = dict(limit.split("=") for limit in row["limits"].split())
    return CatalogueItem(
        code=code,
        kind=row["kind"],
        category=row["category"],
        specification="",
        ceiling=Decimal(row["ceiling"]) if row["ceiling"] else None,
        settings=frozenset(row["done_at"]),
        **_common(row, limits),
    )


def _drug_ceiling(row: dict[str, str]) -> Decimal | None:
    """One class-B drug in three has a payment standard a little above its usual price."""
    price = Decimal(row["price"])
    if row["pay_class"] != "B" or int(price * 10) % 3:
        return None
    return (price * Decimal("1.05")).quantize(PRICE_PLACES)


def _common(row: dict[str, str], limits: dict[str, str]) -> dict[str, object]:
    return {
        "name": row["name"],
        "unit": row["unit"],
        "price": Decimal(row["price"]),
        "pay_class": PAY_CLASSES[row["pay_class"]],
        "pre_self_pay": Decimal(row["pre_self_pay"]),
        "tags": frozenset(row["tags"].split()),
        "sex": limits.get("sex", ""),
        "min_age": int(limits["min_age"]) if "min_age" in limits else None,
        "max_age": int(limits["max_age"]) if "max_age" in limits else None,
        "min_level": limits.get("min_level", ""),
        "max_quantity": Decimal(limits["max_quantity"]) if "max_quantity" in limits else None,
        "diagnosis_prefixes": tuple(limits["diagnosis"].split("|")) if "diagnosis" in limits else (),
        "restricted": limits.get("restricted") == "1",
    }
