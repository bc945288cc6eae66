"""Decisions of enrolment (参保登记规则): pure functions, no table, no clock."""

import re
from collections.abc import Collection
from datetime import date
from functools import lru_cache
from typing import Final, NamedTuple

from stdnum import numdb
from stdnum.cn import ric

from tongchou.enrolment.states import (
    EMPLOYEE_CATEGORIES,
    YEARLY_CATEGORIES,
    CardStatus,
    CertificateType,
    Credential,
    PersonCategory,
    ResidenceKind,
    Scheme,
    Sex,
    SpecialCategory,
)
from tongchou.kernel.errors import DomainError
from tongchou.kernel.months import age_on

EARLIEST_BIRTH: Final = date(1850, 1, 1)
ADULT_AGE: Final = 18
SENIOR_AGE: Final = 60
LOWEST_NINETY: Final = 90

CERTIFICATE_SHAPES: Final = {
    CertificateType.HK_PERMIT: re.compile(r"[HM]\d{8}(\d{2})?"),
    CertificateType.MACAO_PERMIT: re.compile(r"[HM]\d{8}(\d{2})?"),
    CertificateType.TAIWAN_PERMIT: re.compile(r"\d{8}|\d{10}[A-Z]?"),
    CertificateType.FOREIGN_RESIDENT: re.compile(r"[A-Z]{3}\d{12}|9\d{16}[\dX]"),
    CertificateType.HMT_RESIDENCE: re.compile(r"8[123]0000\d{11}[\dX]"),
    CertificateType.BIRTH_CERTIFICATE: re.compile(r"[A-Z]\d{9}"),
    CertificateType.PASSPORT: re.compile(r"[A-Z0-9]{5,20}"),
    CertificateType.OTHER: re.compile(r".{2,50}"),
}
"""证件号码的形状 by type; citizen IDs have a rule of their own."""


_FULL_WIDTH: Final = {code: code - 0xFEE0 for code in range(0xFF01, 0xFF5F)} | dict.fromkeys((0x3000, 0xA0), 0x20)
_DOT: Final = re.compile(r"(?<=[^\x00-\x7f]) *[·•‧∙⋅・･.] *(?=[^\x00-\x7f])")
_GAP: Final = re.compile(r"(?<=[^\x00-\x7f]) +(?=[^\x00-\x7f])")


@lru_cache(maxsize=20_000)
def person_name(text: str) -> str:
    """姓名 as it is kept (decision 0389): `韦　大` is 韦大, every dot is `·`, blanks in Latin are one.

    Characters are not exchanged for others of the same meaning: a name is written as on the certificate.
    """
    plain = " ".join(text.translate(_FULL_WIDTH).split())
    return _GAP.sub("", _DOT.sub("·", plain))


class CertificateInvalid(DomainError):
    code = "EN-1001"
    message = "证件号码{number}有误:{problem}"
    citation = "GX2017 §10"


class Particulars(NamedTuple):
    """What a citizen number says of its owner."""

    born_on: date
    sex: Sex


@lru_cache(maxsize=20_000)
def known_province(prefix: str) -> bool:
    """Whether the first two digits of a citizen number are a province's.

    Counties are not checked: their codes were abolished and renewed over seventy years, and no list is complete.
    """
    return any(properties for _, properties in numdb.get("cn/loc").info(prefix))


def citizen_id_problem(number: str) -> str:
    """What is wrong with a citizen number in capitals, or nothing (GB 11643; ENR-04)."""
    if len(number) != 18:
        return f"身份证号应为18位,现为{len(number)}位"
    if not (number[:17].isascii() and number[:17].isdigit() and (number[17].isdigit() or number[17] == "X")):
        return "身份证号应为17位数字加1位数字或X"
    if not known_province(number[:2]):
        return "身份证号前两位不是省级行政区划代码"
    if number[17] != ric.calc_check_digit(number):
        return "身份证号校验位错误"
    return ""


@lru_cache(maxsize=50_000)
def _written_date(digits: str) -> date | None:
    """The date of eight digits; None when there is no such day."""
    try:
        return date(int(digits[:4]), int(digits[4:6]), int(digits[6:]))
    except ValueError:
        return None


def citizen_particulars(number: str, *, today: date) -> Particulars:
    """出生日期与性别 from a citizen number (ENR-04). Raises: CertificateInvalid."""
    if problem := citizen_id_problem(number):
        raise CertificateInvalid(number=number, problem=problem)
    born_on = _written_date(number[6:14])
    if born_on is None:
        raise CertificateInvalid(number=number, problem="身份证号中的出生日期不存在")
    if not EARLIEST_BIRTH <= born_on <= today:
        raise CertificateInvalid(number=number, problem="身份证号中的出生日期不合理")
    return Particulars(born_on, sex_in(number))


def sex_in(number: str) -> Sex:
    """性别 in a citizen number that is one (GB 11643)."""
    return Sex.MALE if number[16] in "13579" else Sex.FEMALE


_LIKE_A_CITIZENS: Final = re.compile(r"[1-7]\d{13,}X?")
_OF_OTHERS: Final = (
    CertificateType.HK_PERMIT,
    CertificateType.TAIWAN_PERMIT,
    CertificateType.FOREIGN_RESIDENT,
    CertificateType.HMT_RESIDENCE,
    CertificateType.PASSPORT,
)


def applicant_id_problem(number: str) -> str:
    """What is wrong with the number of whoever applies for another, or nothing (申请人证件号码; GX2017 §15).

    An heir may live in Hong Kong or abroad: what does not look like a citizen number may be a permit's or passport's.
    """
    if not _LIKE_A_CITIZENS.fullmatch(number) and any(CERTIFICATE_SHAPES[one].fullmatch(number) for one in _OF_OTHERS):
        return ""
    return citizen_id_problem(number)


class Identity(NamedTuple):
    """证件 with what it says: type, number in capitals, birth date and sex."""

    certificate_type: CertificateType
    certificate_no: str
    born_on: date
    sex: Sex


class BirthDateMissing(DomainError):
    code = "EN-1002"
    message = "该证件不含出生日期和性别,须填写{missing}"
    citation = "GX2017 §14"


class IdentityContradicts(DomainError):
    code = "EN-1003"
    message = "{what}与身份证号不一致:填写为{given},身份证号为{read}"
    citation = "GX2017 §14"


def identity(
    *, certificate_type: CertificateType, certificate_no: str, born_on: date | None, sex: Sex | None, today: date
) -> Identity:
    """证件核对 (GX2017 §10, 14; ENR-04): a citizen number gives birth date and sex, and must not contradict them.

    Raises: CertificateInvalid, IdentityContradicts, BirthDateMissing.
    """
    if certificate_type is CertificateType.CITIZEN_ID:
        read = citizen_particulars(certificate_no, today=today)
        if born_on is not None and born_on != read.born_on:
            raise IdentityContradicts(what="出生日期", given=born_on, read=read.born_on)
        if sex is not None and sex is not read.sex:
            raise IdentityContradicts(what="性别", given=sex.label, read=read.sex.label)
        return Identity(certificate_type, certificate_no, read.born_on, read.sex)
    if not CERTIFICATE_SHAPES[certificate_type].fullmatch(certificate_no):
        raise CertificateInvalid(number=certificate_no, problem=f"不符合{certificate_type.label}的格式")
    if born_on is None or sex is None:
        missing = "、".join(label for label, value in (("出生日期", born_on), ("性别", sex)) if value is None)
        raise BirthDateMissing(missing=missing)
    if not EARLIEST_BIRTH <= born_on <= today:
        raise CertificateInvalid(number=certificate_no, problem=f"出生日期{born_on}不合理")
    return Identity(certificate_type, certificate_no, born_on, sex)


RESIDENCE_NEEDED: Final = {
    CertificateType.HK_PERMIT: (ResidenceKind.SETTLEMENT,),
    CertificateType.MACAO_PERMIT: (ResidenceKind.SETTLEMENT,),
    CertificateType.TAIWAN_PERMIT: (ResidenceKind.TAIWAN_SETTLEMENT,),
    CertificateType.PASSPORT: (ResidenceKind.RESIDENCE_PERMIT, ResidenceKind.PERMANENT_RESIDENCE),
}
"""What must stand beside the certificate; the residence cards of types 07 and 17 are such documents themselves."""


class ResidenceDocumentMissing(DomainError):
    code = "EN-1007"
    message = "缺{needed}:持{certificate}参保的,须同时提供{needed}"
    citation = "GX2017 §10"


class ResidenceDocumentExpired(DomainError):
    code = "EN-1008"
    message = "{document}的有效期至{last_day},在参保日{on}已经过期"
    citation = "GX2017 §10"


def check_residence(
    certificate_type: CertificateType, *, kind: ResidenceKind | None, number: str, last_day: date | None, on: date
) -> None:
    """定居、居留证件核对 (GX2017 §10; ENR-13): the right document, valid on the day of enrolment.

    `last_day` is the last day of validity as printed; none is without end.
    Raises: ResidenceDocumentMissing, ResidenceDocumentExpired.
    """
    needed = RESIDENCE_NEEDED.get(certificate_type, ())
    if needed and (kind not in needed or not number.strip()):
        words = "或".join(str(document.label) for document in needed)
        raise ResidenceDocumentMissing(needed=words, certificate=certificate_type.label)
    if kind is not None and last_day is not None and last_day < on:
        raise ResidenceDocumentExpired(document=kind.label, last_day=last_day, on=on)


def category_by_age(born_on: date, on: date) -> PersonCategory:
    """人员类别 where none was given (GX2017 §87)."""
    age = age_on(born_on, on)
    if age < 1:
        return PersonCategory.NEWBORN
    if age < ADULT_AGE:
        return PersonCategory.CHILD
    return PersonCategory.ADULT if age < SENIOR_AGE else PersonCategory.SENIOR


class CategoryUnfit(DomainError):
    code = "EN-1004"
    message = "人员类别“{category}”不符合{scheme}参保人({born_on}出生)的情况"
    citation = "JL2019 §5"


def check_category(scheme: Scheme, category: PersonCategory, *, born_on: date, on: date) -> None:
    """人员类别核对: employees and retired are the employee scheme's, a newborn is under one, a child under eighteen.

    Raises: CategoryUnfit.
    """
    age = age_on(born_on, on)
    fits = (scheme is Scheme.EMPLOYEE) == (category in EMPLOYEE_CATEGORIES)
    too_old = {PersonCategory.NEWBORN: 1, PersonCategory.CHILD: ADULT_AGE}.get(category)
    if not fits or (too_old is not None and age >= too_old):
        raise CategoryUnfit(category=category.label, scheme=scheme.label, born_on=born_on)


class PlaceNotAllowed(DomainError):
    code = "EN-1005"
    message = "户籍地{hukou}不在统筹地区{area}内,应在户籍所在地参保{hint}"
    citation = "GX2017 §6"


PLACE_BY_HUKOU, PLACE_BY_HUKOU_OR_RESIDENCE = "hukou", "hukou_or_residence"
"""`enrol.place_rule` (ENR-02)."""


def check_place(
    *, hukou_area: str, pooling_area: str, certificate_type: CertificateType, residence_proof: str, place_rule: str
) -> None:
    """参保地核对 (GX2017 §6; JL2019 §6; ENR-02): registered residence, or a proof of residence where that counts.

    Persons from Hong Kong, Macao, Taiwan and abroad enrol where they are settled (GX2017 §10). An unknown registered
    residence is for the clerk to complete. Raises: PlaceNotAllowed.
    """
    if not hukou_area or within_area(hukou_area, pooling_area):
        return
    if certificate_type not in (CertificateType.CITIZEN_ID, CertificateType.BIRTH_CERTIFICATE):
        return
    if place_rule == PLACE_BY_HUKOU_OR_RESIDENCE and residence_proof:
        return
    hint = ",或提供居住证明" if place_rule == PLACE_BY_HUKOU_OR_RESIDENCE else ""
    raise PlaceNotAllowed(hukou=hukou_area, area=pooling_area, hint=hint)


def within_area(division: str, pooling_area: str) -> bool:
    """Whether a division code lies in the area: 450102… in 450100, whose last two digits stand for all counties."""
    return division.startswith(pooling_area.removesuffix("00").removesuffix("00"))


def first_day_enrolled(*, enrolled_on: date, born_on: date) -> date:
    """参保日期: whoever is registered in the first year of life is enrolled from birth (GX2017 §22 第5款).

    Whether that time is covered is for the day of payment to say.
    """
    return born_on if enrolled_on >= born_on and age_on(born_on, enrolled_on) < 1 else enrolled_on


def special_group_until(category: SpecialCategory, valid_from: date, valid_until: date | None) -> date | None:
    """特殊人员标识的终止日: that of a yearly list ends with its year (ENR-10)."""
    if category not in YEARLY_CATEGORIES:
        return valid_until
    year_end = date(valid_from.year + 1, 1, 1)
    return year_end if valid_until is None else min(valid_until, year_end)


class GroupNotByAge(DomainError):
    code = "EN-1006"
    message = "{category}须年满{age}周岁,该参保人{born_on}出生"
    citation = "GX2017 §8"


def check_special_group(category: SpecialCategory, *, born_on: date, on: date) -> None:
    """90岁以上老人 is a matter of age (ENR-10). Raises: GroupNotByAge."""
    if category is SpecialCategory.NINETY and age_on(born_on, on) < LOWEST_NINETY:
        raise GroupNotByAge(category=category.label, age=LOWEST_NINETY, born_on=born_on)


def credentials(
    *,
    allowed: Collection[str],
    certificate_type: CertificateType,
    card_status: CardStatus | None,
    born_on: date,
    on: date,
) -> tuple[Credential, ...]:
    """可用就诊凭证 (GX2017 §63; JL2019 §24; ENR-31), `allowed` being `credential.allowed` of the area.

    With a card in hand the card counts; ID card and household book while there is none; a face only while the card is
    being made; the birth certificate for a child under one year of age.
    """
    making = card_status in (CardStatus.MAKING, CardStatus.AWAITING_PICKUP)
    has_card = card_status is CardStatus.ACTIVE
    citizen = certificate_type is CertificateType.CITIZEN_ID
    fits = {
        Credential.CARD: has_card,
        Credential.ID_CARD: citizen,
        Credential.HOUSEHOLD_BOOK: citizen and not has_card,
        Credential.BIRTH_CERTIFICATE: age_on(born_on, on) < 1,
        Credential.ELECTRONIC: True,
        Credential.FACE: making,
    }
    return tuple(credential for credential, fit in fits.items() if fit and credential.value in allowed)


CARD_PROBLEMS: Final = {
    CardStatus.MAKING: "卡在制作中",
    CardStatus.AWAITING_PICKUP: "卡待领取",
    CardStatus.LOST: "卡已挂失",
    CardStatus.REPLACED: "卡已换新,旧卡停用",
    CardStatus.CANCELLED: "卡已注销",
}


def card_problem(status: str | None) -> str:
    """What keeps a presented card from being used, or nothing (ENR-29)."""
    return CARD_PROBLEMS.get(CardStatus(status), "") if status else ""
