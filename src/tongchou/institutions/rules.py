"""Decisions of the agreements with institutions (协议管理规则): pure."""

import re
from typing import Final

from stdnum.cn import uscc as unified_code

from tongchou.institutions.states import InstitutionKind, InstitutionType, StaffKind

_NUMBER: Final = re.compile(r"\d{11}", re.ASCII)
STAFF_CODES: Final = {
    StaffKind.PHYSICIAN: re.compile(r"D\d{12}", re.ASCII),
    StaffKind.NURSE: re.compile(r"N\d{12}", re.ASCII),
    StaffKind.PHARMACIST: re.compile(r"[A-Z]{1,2}\d{12}", re.ASCII),
}
"""医保医师、护士、药师编码 in the national form (JL2019 §21; DOC-02)."""


def institution_code_fits(code: str, kind: InstitutionKind) -> bool:
    """机构编号: H and eleven digits for who treats, P and eleven for who sells (AGR-01)."""
    mark = "P" if kind == InstitutionKind.PHARMACY else "H"
    return code[:1] == mark and bool(_NUMBER.fullmatch(code[1:]))


def unified_code_fits(uscc: str) -> bool:
    """统一社会信用代码校验 (GB 32100); an empty one is for the clerk to complete."""
    return not uscc or bool(unified_code.is_valid(uscc))


def staff_code_fits(code: str, kind: StaffKind) -> bool:
    """Whether a code has the form of its kind (DOC-02)."""
    return bool(STAFF_CODES[kind].fullmatch(code))


def kind_of(institution_type: InstitutionType) -> InstitutionKind:
    """Pharmacies sell, all others treat (JL2019 §15)."""
    return InstitutionKind.PHARMACY if institution_type is InstitutionType.PHARMACY else InstitutionKind.MEDICAL
