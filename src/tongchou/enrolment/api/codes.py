"""The register's words in the codes of the wire (代码对照). Pure."""

from collections.abc import Mapping
from typing import Final

SEXES: Final[Mapping[str, str]] = {"M": "1", "F": "2"}
UNKNOWN_SEX: Final = "9"

INSUTYPES: Final[Mapping[str, str]] = {"employee": "310", "resident": "390"}
"""险种 → insutype."""

PERSON_TYPES: Final[Mapping[str, str]] = {
    "newborn": "1401",
    "child": "14",
    "student": "1403",
    "adult": "15",
    "senior": "16",
    "working": "11",
    "retired": "12",
}
"""人员类别 → psn_type."""

ENROLMENT_STATES: Final[Mapping[str, str]] = {"none": "0", "active": "1", "suspended": "2", "terminated": "4"}
"""参保状态 → psn_insu_stas."""

IDENTITIES: Final[Mapping[str, str]] = {
    "dibao": "2303",
    "tekun": "2304",
    "poor": "2302",
    "severe_disability": "2308",
    "low_income": "2305",
    "family_planning": "6004",
    "border_resident": "60",
    "ninety": "60",
}
"""特殊人员标识 → psn_idet_type; 60 is what a region adds of its own."""
