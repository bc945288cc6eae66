"""From the wire's words to ours (报文转换): care types, schemes, diagnoses, extensions, times."""

from collections.abc import Iterable
from typing import Any, Final

import msgspec

from tongchou.encounters.care_types import CARE_TYPES, SCHEMES, Care
from tongchou.encounters.facts import Diagnosis
from tongchou.kernel.errors import DomainError
from tongchou.wire import moments
from tongchou.wire.booking import BookingKey
from tongchou.wire.numbers import flag

EMERGENCY_STAYS: Final = frozenset({"2"})
REFERRED_STAYS: Final = frozenset({"3"})
EMERGENCY_VISITS: Final = frozenset({"1", "3"})
REFERRED_VISITS: Final = frozenset({"2", "3"})


class UnknownCareType(DomainError):
    code = "EC-1101"
    message = "医疗类别(med_type)“{care_type}”不在本统筹地区的医疗类别中"
    citation = "GX2017 §76"


class WrongCareType(DomainError):
    code = "EC-1102"
    message = "医疗类别(med_type)“{care_type}”不能用于{where}"
    citation = "GX2017 §76"


class UnknownScheme(DomainError):
    code = "EC-1103"
    message = "险种类型(insutype)“{insutype}”不能在此结算，仅受理310职工、390城乡居民基本医疗保险"
    citation = "GX2017 §80"


def scheme_of(insutype: str) -> str:
    """险种. Raises: UnknownScheme."""
    try:
        return SCHEMES[insutype]
    except KeyError:
        raise UnknownScheme(insutype=insutype) from None


def care_of(care_type: str, *, stay: bool) -> Care:
    """医疗类别 of a visit or of a stay. Raises: UnknownCareType, WrongCareType."""
    care = CARE_TYPES.get(care_type)
    if care is None:
        raise UnknownCareType(care_type=care_type)
    if care.is_stay is not stay or care.kind == "pharmacy":
        raise WrongCareType(care_type=care_type, where="住院" if stay else "门诊")
    return care


class Circumstances(msgspec.Struct, frozen=True):
    """What the extension and single marks say of a visit: emergency, referral, someone else's liability."""

    emergency: bool = False
    referral: str = "none"
    third_party: bool = False


def circumstances(care: Care, extension: str | None, *marks: str | None, third_party: str | None) -> Circumstances:
    """就医情形 from the care type, 字段扩展 (IPT_TYPE, OTP_ER_REFL_FLAG, REL_TTP_FLAG) and marks such as er_flag."""
    said = _extension(extension)
    stay, visit = str(said.get("IPT_TYPE", "")), str(said.get("OTP_ER_REFL_FLAG", ""))
    referred = care.referral != "none" or stay in REFERRED_STAYS or visit in REFERRED_VISITS
    return Circumstances(
        emergency=care.emergency or stay in EMERGENCY_STAYS or visit in EMERGENCY_VISITS or any(map(flag, marks)),
        referral="up" if referred else "none",
        third_party=flag(third_party) or flag(str(said.get("REL_TTP_FLAG", ""))),
    )


def _extension(text: str | None) -> dict[str, Any]:
    """字段扩展 by names in capitals; what is no JSON object says nothing."""
    if not text or not text.lstrip().startswith("{"):
        return {}
    try:
        said = msgspec.json.decode(text, type=dict[str, Any])
    except msgspec.MsgspecError:
        return {}
    return {name.upper(): value for name, value in said.items()}


def diagnoses_of(
    rows: Iterable[Any], key: BookingKey, *, at_discharge: bool = False
) -> tuple[tuple[Diagnosis, ...], tuple[tuple[bool, int], ...]]:
    """诊断 sent, and the places of those voided by vali_flag 0."""
    sent: list[Diagnosis] = []
    voided: list[tuple[bool, int]] = []
    for number, row in enumerate(rows, start=1):
        place = number if row.diag_srt_no is None else row.diag_srt_no
        if row.vali_flag is not None and row.vali_flag.strip("0") == "":
            voided.append((at_discharge, place))
        elif row.diag_code:
            sent.append(
                Diagnosis(
                    code=row.diag_code,
                    name=row.diag_name or "",
                    place=place,
                    kind=row.diag_type or "1",
                    main=flag(row.maindiag_flag),
                    at_discharge=at_discharge,
                    condition=getattr(row, "adm_cond", None) or "",
                    department=row.diag_dept or "",
                    physician_code=row.dise_dor_no or "",
                    physician=row.dise_dor_name or "",
                    made_at=None if row.diag_time is None else moments.aware(row.diag_time),
                    operator_no=key.operator_no,
                    operator=key.operator,
                    recorded_at=key.received_at,
                )
            )
    return tuple(sent), tuple(voided)


def given(**particulars: Any) -> dict[str, Any]:
    """The particulars that were sent (其他登记信息)."""
    return {name: value for name, value in particulars.items() if value not in (None, "")}
