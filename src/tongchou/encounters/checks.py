"""May this person, this institution, this encounter? (就医检查): `check_…` raises what the hospital then reads."""

from collections.abc import Iterable, Sequence
from datetime import date, datetime, timedelta
from typing import Final

from tongchou.encounters import outside, statements
from tongchou.encounters.care_types import SCHEME_NAMES, STAYS
from tongchou.encounters.facts import BeforeRegistration, Diagnosis, Open, Person, Registration, Stay
from tongchou.encounters.states import EncounterState
from tongchou.enrolment import queries as enrolment
from tongchou.enrolment.credentials import queries as credentials
from tongchou.enrolment.credentials.rules import MediumOver
from tongchou.kernel.errors import DomainError
from tongchou.wire import moments
from tongchou.wire.booking import BookingKey
from tongchou.wire.numbers import wire_id

CLOCK_SKEW: Final = timedelta(minutes=10)
"""How far a hospital's clock may run ahead of ours around midnight."""
CARD: Final = "03"
ID_CARD: Final = "02"
CITIZEN_ID: Final = "01"
CARD_IN_USE: Final = "active"
WESTERN: Final = "1"
NOT_ENROLLED: Final = "none"


class PersonUnknown(DomainError):
    code = "EC-1001"
    message = "未找到人员编号(psn_no){person_no}的参保人"
    citation = "GX2017 §80"


class NotEnrolled(DomainError):
    code = "EC-1002"
    message = "该参保人{enrolled}，与险种类型(insutype){scheme}不符"
    citation = "JL2019 §5"


class CredentialOfAnother(DomainError):
    code = "EC-1003"
    message = "就诊凭证编号(mdtrt_cert_no)不是该参保人的{credential}"
    citation = "GX2017 §63"


class CardNotInUse(DomainError):
    code = "EC-1004"
    message = "该参保人的社会保障卡已挂失或未启用，不能凭卡就医"
    citation = "GX2017 §63"


class BeganInFuture(DomainError):
    code = "EC-1005"
    message = "{title}{day}晚于当前日期{today}"
    citation = "GX2017 §67"


class BeganOutsideLife(DomainError):
    code = "EC-1006"
    message = "开始时间(begntime){day}早于该参保人的出生日期或晚于死亡日期"
    citation = "GX2017 §63"


class InHospital(DomainError):
    code = "EC-1007"
    message = (
        "该人员是在院状态不能办理入院，在院信息：机构编号：{institution}，入院日期：{since}，就诊ID：{encounter}；"
        "请先由该机构办理出院或撤销入院"
    )
    citation = "GX2017 §67"


class AdmittedMeanwhile(DomainError):
    """The same, when the other admission came between."""

    code = "EC-1008"
    message = "该人员已在其他机构办理入院，不能重复在院"
    citation = "GX2017 §67"


class EncounterUnknown(DomainError):
    code = "EC-2001"
    message = "未找到就诊ID(mdtrt_id){encounter}，或该就诊不属于本机构"
    citation = "GX2017 §80"

    def __init__(self, *, encounter: str = "") -> None:
        super().__init__(encounter=encounter)


class AnotherPerson(DomainError):
    code = "EC-2002"
    message = "就诊ID(mdtrt_id){encounter}不是人员编号(psn_no){person_no}的就诊"
    citation = "GX2017 §80"


class WrongState(DomainError):
    code = "EC-2003"
    message = "该就诊{state}，不能{action}"
    citation = "GX2017 §71"

    def __init__(self, *, state: str, action: str = "办理该业务") -> None:
        super().__init__(state=EncounterState(state).label, action=action)


class NotAStay(DomainError):
    code = "EC-2004"
    message = "就诊ID(mdtrt_id){encounter}不是住院就诊，请使用门诊交易"
    citation = "GX2017 §67"


class NotAVisit(DomainError):
    code = "EC-2005"
    message = "就诊ID(mdtrt_id){encounter}是住院就诊，请使用住院交易"
    citation = "GX2017 §67"


class DiagnosisUnknown(DomainError):
    code = "EC-1010"
    message = "诊断代码(diag_code)“{diagnosis}”不在医保疾病诊断代码中"
    citation = "JL2019 §21"


def local_day(moment: datetime) -> date:
    """The day in Beijing time."""
    return moment.astimezone(moments.SHANGHAI).date()


def check_not_in_future(day: date, *, now: datetime, title: str) -> None:
    """Raises: BeganInFuture, naming the field."""
    if day > local_day(now + CLOCK_SKEW):
        raise BeganInFuture(title=title, day=day, today=local_day(now))


def check_person(before: BeforeRegistration, wanted: Registration) -> Person:
    """人员与凭证 (GX2017 §63): known, alive, enrolled in that scheme, and the credential is the person's own.

    Whether benefits are due is not asked: who pays all alone may be registered too.
    Raises: PersonUnknown, BeganOutsideLife, NotEnrolled, CredentialOfAnother, CardNotInUse, MediumOver.
    """
    person = before.person
    if person is None:
        raise PersonUnknown(person_no=wanted.person_no)
    day = wanted.began_at.date()
    if day < person.born_on or (person.died_on is not None and day > person.died_on):
        raise BeganOutsideLife(day=day)
    if person.status == NOT_ENROLLED or person.scheme != wanted.scheme:
        enrolled = f"参加的是{SCHEME_NAMES[person.scheme]}" if person.scheme else "未参保"
        raise NotEnrolled(enrolled=enrolled, scheme=SCHEME_NAMES[wanted.scheme])
    _check_credential(person, wanted)
    return person


def _check_credential(person: Person, wanted: Registration) -> None:
    """Raises: CredentialOfAnother, CardNotInUse, MediumOver."""
    number = wanted.credential_no.upper()
    if wanted.credential_type == ID_CARD:
        if number and person.certificate_type == CITIZEN_ID and number != person.certificate_no:
            raise CredentialOfAnother(credential="居民身份证")
    elif wanted.credential_type == CARD:
        if number and number != (person.card_no or "").upper():
            if _is_linked_medium(person, number, wanted.began_at.date()):
                return
            if person.card_no is not None:
                raise CredentialOfAnother(credential="社会保障卡")
        if person.card_no is not None and person.card_status != CARD_IN_USE:
            raise CardNotInUse


def _is_linked_medium(person: Person, number: str, on: date) -> bool:
    """Whether another medium of the person was shown, in its time (就诊介质; ENR-30). Raises: MediumOver."""
    medium = credentials.medium(number)
    if medium is None or medium.person_id != person.id:
        return False
    if medium.is_over(on):
        raise MediumOver(medium=medium.kind.label, last_day=medium.last_day)
    return True


def check_not_in_hospital(open_stay: Stay | None) -> None:
    """同一人不能同时住院 (GX2017 §67; ENC-11, ENC-13). Raises: InHospital, naming the other institution."""
    if open_stay is not None:
        raise InHospital(
            institution=open_stay.institution_code,
            since=local_day(open_stay.began_at),
            encounter=wire_id(open_stay.pooling_area, open_stay.id),
        )


def ours(
    key: BookingKey,
    area: str,
    encounter: int,
    person_no: str | None,
    *,
    counted_items: Sequence[str] = (),
    refunded: Sequence[str] = (),
) -> Open:
    """The encounter, when it is one of the sender's and of that person (None: whoever's); the console sends for all.

    Raises: EncounterUnknown, AnotherPerson.
    """
    found = statements.open_encounter(area, encounter, counted_items=counted_items, refunded=refunded)
    if found is None or key.institution_code not in ("", found.institution_code):
        raise EncounterUnknown(encounter=wire_id(area, encounter))
    if person_no is not None and not enrolment.is_number_of(person_no, found.person_no):
        raise AnotherPerson(encounter=wire_id(area, encounter), person_no=person_no)
    return found


def check_stay(found: Open) -> None:
    """住院类. Raises: NotAStay."""
    if found.kind not in STAYS:
        raise NotAStay(encounter=wire_id(found.pooling_area, found.id))


def check_visit(found: Open) -> None:
    """门诊类. Raises: NotAVisit."""
    if found.kind in STAYS:
        raise NotAVisit(encounter=wire_id(found.pooling_area, found.id))


def check_state(found: Open, *states: str, action: str) -> None:
    """Raises: WrongState."""
    if found.state not in states:
        raise WrongState(state=found.state, action=action)


def check_diagnoses(diagnoses: Iterable[Diagnosis]) -> None:
    """诊断编码 (JL2019 §21; CAT-04): western diagnoses are of the code set in force. Raises: DiagnosisUnknown."""
    unknown = outside.unknown_diagnosis({diagnosis.code for diagnosis in diagnoses if diagnosis.kind == WESTERN})
    if unknown is not None:
        raise DiagnosisUnknown(diagnosis=unknown)
