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
    home_bed_max_days: int
    """homebed.max_days: 家庭病床一次同意(或延期)的最长天数."""
    chronic_institutions_max: int
    """chronic.institutions_max: 慢性病选定机构数."""
    chronic_filing_required: bool
    """Whether a chronic visit of a person without any filing here counts as ordinary outpatient care."""
    referral_from_level: str
    """Stays from this level of hospital on, without referral or emergency, count as 未按规定转诊; empty: none do."""


GX2017: Final = Procedure(
    register_special_working_days=2,  # GX2017 §67
    readmission_days=14,  # GX2017 §68
    readmission_any_institution=True,  # decision 0058: §68 is silent
    lines_a_call=100,
    home_bed_max_days=90,  # decision 0181: §69 names no number
    chronic_institutions_max=1,  # GX2017 §66
    referral_from_level="",  # decision 0183: §64 has no list; Qin'an names city and province hospitals
    chronic_filing_required=False,  # decision 0180: filings may still be kept elsewhere
)


def procedure(pooling_area: str) -> Procedure:
    """The numbers that rule an area; one set until a second region brings its own (decision 0058)."""
    return GX2017
