"""Decisions of the agreements with institutions (协议管理规则): pure."""

import re
from typing import Final

from stdnum.cn import uscc as unified_code

from tongchou.institutions.states import InstitutionKind, InstitutionType, StaffKind
from tongchou.kernel.errors import DomainError

INSTITUTION_CODE: Final = re.compile(r"[HP]\d{11}")
STAFF_CODES: Final = {
    StaffKind.PHYSICIAN: re.compile(r"D\d{12}"),
    StaffKind.NURSE: re.compile(r"N\d{12}"),
    StaffKind.PHARMACIST: re.compile(r"[A-Z]{1,2}\d{12}"),
}


class InstitutionCodeInvalid(DomainError):
    code = "IN-1001"
    message = "机构编号{code}有误:{problem}"
    citation = "JL2019 §21"


class UnifiedCodeInvalid(DomainError):
    code = "IN-1002"
    message = "统一社会信用代码{uscc}有误,校验不符"
    citation = "JL2019 §21"


class StaffCodeInvalid(DomainError):
    code = "IN-1003"
    message = "{kind}编码{code}不符合全国统一编码格式"
    citation = "JL2019 §21"


def institution_code_problem(code: str, kind: InstitutionKind) -> str:
    """What is wrong with a national institution code, or nothing (AGR-01)."""
    if not INSTITUTION_CODE.fullmatch(code):
        return "应为H(医疗机构)或P(药店)加11位数字"
    if (code[0] == "P") != (kind is InstitutionKind.PHARMACY):
        return f"首位与“{kind.label}”不符"
    return ""


def check_institution_code(code: str, kind: InstitutionKind) -> None:
    """Raises: InstitutionCodeInvalid."""
    if problem := institution_code_problem(code, kind):
        raise InstitutionCodeInvalid(code=code, problem=problem)


def unified_code_fits(uscc: str) -> bool:
    """统一社会信用代码校验 (GB 32100); an empty one is for the clerk to complete."""
    return not uscc or unified_code.is_valid(uscc)


def staff_code_fits(code: str, kind: StaffKind) -> bool:
    """医保医师、护士、药师编码 in the national form (DOC-02)."""
    return bool(STAFF_CODES[kind].fullmatch(code))


def check_staff_code(code: str, kind: StaffKind) -> None:
    """Raises: StaffCodeInvalid."""
    if not staff_code_fits(code, kind):
        raise StaffCodeInvalid(kind=kind.label, code=code)


def kind_of(institution_type: InstitutionType) -> InstitutionKind:
    """Pharmacies sell, all others treat (JL2019 §15)."""
    return InstitutionKind.PHARMACY if institution_type is InstitutionType.PHARMACY else InstitutionKind.MEDICAL
