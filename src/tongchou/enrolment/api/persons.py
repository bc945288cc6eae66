"""1101 人员信息获取: who is this, in which scheme, with which special identity."""

from collections.abc import Callable
from datetime import date
from typing import Any, Final

from tongchou.enrolment import queries, rules
from tongchou.enrolment.api import codes
from tongchou.enrolment.credentials import queries as credentials
from tongchou.enrolment.credentials import rules as media
from tongchou.enrolment.queries import Facts, WirePerson
from tongchou.enrolment.states import CardStatus, SpecialCategory
from tongchou.kernel.errors import DomainError
from tongchou.kernel.months import age_on
from tongchou.wire import moments
from tongchou.wire.numbers import yuan
from tongchou.wire.registry import Call, transaction

ELECTRONIC: Final = "01"
CARDS: Final = frozenset({"03", "06"})
NO: Final = "0"

Balance = Callable[[str, int], int]
"""个人账户余额 in fen, of a pooling area and a person."""


class PersonUnknown(DomainError):
    code = "EN-9101"
    message = "未找到就诊凭证编号(mdtrt_cert_no)对应的参保人，请核对就诊凭证类型(mdtrt_cert_type)与编号"
    citation = "GX2017 §80"


class PersonDiffers(DomainError):
    code = "EN-9102"
    message = "{title}与就诊凭证的参保人不符"
    citation = "GX2017 §63"


class CardLost(DomainError):
    code = "EN-9103"
    message = "社会保障{problem}，不能使用，请凭居民身份证就医"
    citation = "GX2017 §63"


def _no_account(pooling_area: str, person_id: int) -> int:
    return 0


_balance: Balance = _no_account


def tell_balances(balance: Balance) -> Balance:
    """Let the chapter that keeps personal accounts say what is in them (个人账户余额)."""
    global _balance
    _balance = balance
    return balance


@transaction("1101")
def person_information(call: Call) -> bytes:
    """人员信息获取 (1101; GX2017 §63, 80). Raises: PersonUnknown, PersonDiffers, CardLost, MediumOver."""
    data, out = call.input.data, call.out
    today = call.received_at.astimezone(moments.SHANGHAI).date()
    person = _found(data, data.begntime.date() if data.begntime else today)
    _check_named(data, person.facts)
    return call.answer(
        out.output(
            baseinfo=_base(out, person.facts, today),
            insuinfo=[_insurance(out, person, enrolment) for enrolment in person.enrolments],
            idetinfo=[_identity(out, group) for group in person.groups],
        )
    )


def _found(data: Any, on: date) -> WirePerson:
    """The person of the credential; an electronic one is a token, so the certificate beside it counts."""
    number = data.mdtrt_cert_no
    if data.mdtrt_cert_type in CARDS:
        person = queries.person_for_wire(on=on, card_no=number)
        status = person.facts.card_status if person is not None else None
        if status is not None and status != CardStatus.ACTIVE:
            raise _unusable(number, status)
    else:
        wanted = data.certno or number if data.mdtrt_cert_type == ELECTRONIC else number
        person = queries.person_for_wire(on=on, certificate_no=wanted)
    if person is None:
        raise PersonUnknown
    return person


def _unusable(number: str, status: str) -> DomainError:
    """Why the card shown is refused: lost or ended, or another medium whose time is over (ENR-29, ENR-30)."""
    medium = credentials.medium(number)
    if medium is not None:
        return media.MediumOver(medium=medium.kind.label, last_day=medium.last_day)
    return CardLost(problem=rules.card_problem(status))


def _check_named(data: Any, facts: Facts) -> None:
    """人证相符 (GX2017 §63): what the message says besides must be the person's. Raises: PersonDiffers."""
    if data.psn_name and data.psn_name != facts.name:
        raise PersonDiffers(title="人员姓名(psn_name)")
    if data.certno and data.certno.upper() != facts.certificate_no:
        raise PersonDiffers(title="证件号码(certno)")


def _base(out: Any, facts: Facts, today: date) -> Any:
    return out.baseinfo(
        psn_no=facts.person_no,
        psn_cert_type=facts.certificate_type,
        certno=facts.certificate_no,
        psn_name=facts.name,
        gend=codes.SEXES.get(facts.sex, codes.UNKNOWN_SEX),
        naty=facts.ethnicity,
        brdy=moments.day(facts.born_on),
        age=age_on(facts.born_on, today),
    )


def _insurance(out: Any, person: WirePerson, enrolment: queries.WireEnrolment) -> Any:
    return out.insuinfo(
        balc=yuan(_balance(enrolment.pooling_area, person.facts.id)),
        insutype=codes.INSUTYPES[enrolment.scheme],
        psn_type=codes.PERSON_TYPES[enrolment.category],
        psn_insu_stas=codes.ENROLMENT_STATES[enrolment.status],
        psn_insu_date=moments.day(enrolment.enrolled_from),
        paus_insu_date=moments.day(enrolment.suspended_from),
        cvlserv_flag=NO,
        insuplc_admdvs=enrolment.pooling_area,
    )


def _identity(out: Any, group: queries.WireGroup) -> Any:
    return out.idetinfo(
        psn_idet_type=codes.IDENTITIES[group.category],
        memo=SpecialCategory(group.category).label,
        begntime=f"{group.valid_from} 00:00:00",
        endtime=None if group.valid_until is None else f"{group.valid_until} 00:00:00",
    )
