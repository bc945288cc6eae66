"""医疗类别 of the wire (med_type, insutype) in the words of the policy packages. Pure."""

from collections.abc import Mapping
from typing import Final, NamedTuple


class Care(NamedTuple):
    """What a 医疗类别 means for benefits: its kind, and what it says of emergency and referral."""

    kind: str
    emergency: bool = False
    referral: str = "none"

    @property
    def is_stay(self) -> bool:
        return self.kind in STAYS


OUTPATIENT: Final = "11"
"""普通门诊: what a registration is until its visit says otherwise (2201 names no med_type)."""

CARE_TYPES: Final[Mapping[str, Care]] = {
    "11": Care("outpatient"),
    "12": Care("outpatient"),
    "13": Care("emergency", emergency=True),
    "14": Care("chronic"),
    "15": Care("outpatient"),
    "16": Care("chronic"),
    "18": Care("pharmacy"),
    "19": Care("outpatient"),
    "21": Care("inpatient"),
    "22": Care("inpatient"),
    "23": Care("inpatient", referral="up"),
    "24": Care("inpatient", emergency=True),
    "25": Care("inpatient"),
    "26": Care("inpatient"),
    "28": Care("day_surgery"),
    "41": Care("pharmacy"),
    "51": Care("outpatient"),
    "52": Care("maternity"),
    "53": Care("outpatient"),
    "54": Care("maternity"),
    "71": Care("home_bed"),
    "1103": Care("outpatient"),
    "1301": Care("emergency", emergency=True),
    "2101": Care("inpatient"),
    "2102": Care("inpatient"),
    "2105": Care("inpatient"),
    "2106": Care("maternity"),
    "2107": Care("maternity"),
    "2109": Care("inpatient"),
    "5301": Care("outpatient"),
    "5302": Care("maternity"),
    "21303": Care("inpatient"),
}
"""Codes of the published table that mean the same everywhere; 99… are local and differ between provinces."""

STAYS: Final = frozenset({"inpatient", "maternity", "day_surgery", "home_bed"})
"""Kinds with an admission and a discharge (住院类)."""

SCHEMES: Final[Mapping[str, str]] = {"310": "employee", "390": "resident", "391": "resident", "380": "resident"}
"""险种类型 (insutype) → scheme; 380 and 391 are what 390 merged (国发〔2016〕3号)."""
INSUTYPES: Final[Mapping[str, str]] = {"employee": "310", "resident": "390"}
SCHEME_NAMES: Final[Mapping[str, str]] = {"employee": "职工基本医疗保险", "resident": "城乡居民基本医疗保险"}
