"""Procedural numbers of visits and stays (就医经办参数), each with its article; benefits are in the policy packages."""

from dataclasses import dataclass
from typing import Final


@dataclass(frozen=True, slots=True)
class Procedure:
    """One set of numbers, as a rule document gives them."""

    register_special_working_days: int
    """inpatient.register_deadline: 特殊情况下入院后几个工作日内登记."""
    readmission_days: int
    """readmit.days: 出院后几日内再次住院须备案."""
    readmission_any_institution: bool
    """readmit.scope: whether a stay elsewhere counts; the text is silent."""
    lines_a_call: int
    """2301 每次上传明细条数上限 (interface text)."""


GX2017: Final = Procedure(
    register_special_working_days=2,  # GX2017 §67
    readmission_days=14,  # GX2017 §68
    readmission_any_institution=True,  # decision 0058: §68 is silent
    lines_a_call=100,
)


def procedure(pooling_area: str) -> Procedure:
    """The numbers that rule an area; one set until a second region brings its own (decision 0058)."""
    return GX2017
