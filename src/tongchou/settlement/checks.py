"""May this bill be settled, this settlement taken back? (结算检查, SET-34): asked again at the moment of settling."""

from collections.abc import Iterable
from datetime import date
from typing import Final

import msgspec

from tongchou.encounters.care_types import SCHEME_NAMES
from tongchou.encounters.checks import (
    CARD,
    CARD_IN_USE,
    AnotherPerson,
    EncounterUnknown,
    NotAStay,
    NotAVisit,
    PersonUnknown,
)
from tongchou.enrolment import queries as enrolment
from tongchou.kernel.errors import DomainError
from tongchou.kernel.money import yuan_text
from tongchou.policy import eligibility
from tongchou.policy.eligibility import CoveredSpan, Pause, Span, StandingDecision
from tongchou.policy.stays import StayPart
from tongchou.settlement.facts import Asked, Bill, Counter, Coverage, Person, Reading, Standing, TakenBackReading
from tongchou.wire.numbers import wire_id

FROZEN: Final = "freeze"
TERMINATED: Final = "terminated"
SETTLED: Final = "settled"
CANCELLED: Final = "cancelled"


class EncounterCancelled(DomainError):
    code = "ST-1004"
    message = "就诊ID(mdtrt_id){encounter}已撤销,不能结算"
    citation = "GX2017 §71"


class AlreadySettled(DomainError):
    code = "ST-1005"
    message = "该就诊的费用已结算(结算ID {settlement}),不能重复结算"
    citation = "GX2017 §80"


class NothingToSettle(DomainError):
    code = "ST-1006"
    message = "没有待结算的费用明细{batch},请先上传费用明细"
    citation = "JL2019 §32"


class TotalDiffers(DomainError):
    code = "ST-1007"
    message = "医疗费总额(medfee_sumamt){asked}元与已上传明细合计{uploaded}元不符,相差{difference}元"
    citation = "JL2019 §32"


class SchemeDiffers(DomainError):
    code = "ST-1008"
    message = "险种类型(insutype){asked}与就诊登记的险种{registered}不符"
    citation = "GX2017 §80"


class NotDischarged(DomainError):
    code = "ST-1009"
    message = "尚未办理出院,请先办理出院(2402),或以中途结算标志(mid_setl_flag)办理中途结算"
    citation = "GX2017 §70"


class ThirdPartyLiable(DomainError):
    code = "ST-1012"
    message = "该就诊登记为第三方责任,认定前不能直接结算,请联系参保地经办机构认定"
    citation = "GX2017 §80"


class ReadmissionNotFiled(DomainError):
    code = "ST-1014"
    message = "出院后规定天数内再次住院未备案,不能直接结算,请先办理再次住院备案"
    citation = "GX2017 §68"


class ChargesChanged(DomainError):
    code = "ST-1013"
    message = "费用明细在结算过程中发生变化,请重新预结算后再结算"
    citation = "GX2017 §80"


class NotCovered(DomainError):
    code = "ST-2001"
    message = "不能结算:该参保人{standing},{reason}({article})。可先按自费就医,票据留存零星报销"

    @classmethod
    def by(cls, decision: StandingDecision) -> "NotCovered":
        return cls(standing=decision.label, reason=decision.reason, article=decision.citation)


class DirectSettlementStopped(DomainError):
    code = "ST-2003"
    message = "暂停直接结算,请回参保地:该参保人待遇自{since}起已暂停({reason}),费用经参保地经办机构决定后手工报销"
    citation = "JS2017 三(一)"


class NotEnrolledInScheme(DomainError):
    code = "ST-2004"
    message = "该参保人参加的是{enrolled},险种类型(insutype)与参保不符"
    citation = "JL2019 §5"


class AgreementNotInForce(DomainError):
    code = "ST-2005"
    message = "不能结算:{problem}。普通就医基金和个人账户不予支付;急诊请凭急诊证明回参保地手工报销"
    citation = "NM-ACCT §15"


class SettlementUnknown(DomainError):
    code = "ST-3001"
    message = "未找到结算ID(setl_id){settlement},或该结算不属于本机构"
    citation = "GX2017 §71"


class SettlementOfAnother(DomainError):
    code = "ST-3002"
    message = "结算ID(setl_id){settlement}不是该{what}的结算"
    citation = "GX2017 §71"


class AlreadyTakenBack(DomainError):
    code = "ST-3003"
    message = "结算ID(setl_id){settlement}已撤销{by},不能重复撤销"
    citation = "GX2017 §71"


class TakenBackMeanwhile(AlreadyTakenBack):
    """Another cancellation came first, or the visit is not as it was."""

    code = "ST-3009"
    message = "该结算已被撤销,请查询后再办理"


class CancellationNotCancellable(DomainError):
    code = "ST-3004"
    message = "结算ID(setl_id){settlement}是撤销记录,不能再撤销"
    citation = "GX2017 §71"


class LaterInterimStands(DomainError):
    code = "ST-3005"
    message = "同一次住院之后还有结算ID(setl_id){later},请先撤销后一次结算"
    citation = "GX2017 §71"


class WrongTransaction(DomainError):
    code = "ST-3006"
    message = "结算ID(setl_id){settlement}属于{kind},请使用对应的撤销交易"
    citation = "GX2017 §71"


class CannotBeRestored(DomainError):
    code = "ST-3007"
    message = "结算撤销之后费用明细已变化,撤销交易不能冲正,请重新结算"
    citation = "GX2017 §71"


class CounterReasonMissing(DomainError):
    code = "ST-1015"
    message = "窗口结算须写明为什么不能直接结算"
    citation = "GX2017 §82"


class ReasonMissing(DomainError):
    code = "ST-3008"
    message = "撤销结算须写明原因"
    citation = "GX2017 §71"


def check_cancellable(reading: TakenBackReading, *, person_no: str, encounter: int, kinds: frozenset[str]) -> None:
    """The settlement is of this person and visit, and of this transaction's kind (GX2017 §71).

    Raises: CancellationNotCancellable, SettlementOfAnother, WrongTransaction.
    """
    settlement = reading.settlement
    number = wire_id(settlement["pooling_area"], settlement["id"])
    if reading.original is not None:
        raise CancellationNotCancellable(settlement=number)
    if not enrolment.is_number_of(person_no, reading.person.person_no):
        raise SettlementOfAnother(settlement=number, what=f"参保人(psn_no){person_no}")
    if settlement["encounter_id"] != encounter:
        raise SettlementOfAnother(settlement=number, what="就诊(mdtrt_id)")
    if settlement["kind"] not in kinds:
        raise WrongTransaction(settlement=number, kind=KIND_NAMES.get(settlement["kind"], settlement["kind"]))


def check_stands(reading: TakenBackReading) -> None:
    """Nothing has taken it back, and no later settlement of the stay builds on it.

    Raises: AlreadyTakenBack, LaterInterimStands.
    """
    settlement = reading.settlement
    number = wire_id(settlement["pooling_area"], settlement["id"])
    if not reading.stands:
        by = next(twin.id for twin in reading.twins if not twin.annulled)
        raise AlreadyTakenBack(settlement=number, by=f"(撤销结算ID {wire_id(settlement['pooling_area'], by)})")
    if reading.later:
        raise LaterInterimStands(later=wire_id(settlement["pooling_area"], reading.later[-1]))


KIND_NAMES: Final = {
    "outpatient": "门诊",
    "chronic": "门诊特殊慢性病",
    "emergency": "急诊",
    "pharmacy": "药店购药",
    "inpatient": "住院",
    "maternity": "生育住院",
    "day_surgery": "日间手术",
    "home_bed": "家庭病床",
}


def check_asked(reading: Reading | None, asked: Asked, *, encounter: str, institution_code: str, batch: str) -> Reading:
    """The bill is this person's, of this institution, of this total and scheme, and not settled yet.

    Raises: EncounterUnknown, EncounterCancelled, PersonUnknown, AnotherPerson, NotAStay, NotAVisit, SchemeDiffers,
    AlreadySettled, NothingToSettle, TotalDiffers, ThirdPartyLiable, ReadmissionNotFiled.
    """
    if reading is None or (institution_code and reading.bill.institution_code != institution_code):
        raise EncounterUnknown(encounter=encounter)
    bill = reading.bill
    if bill.state == CANCELLED:
        raise EncounterCancelled(encounter=encounter)
    if reading.person is None:
        raise PersonUnknown(person_no=asked.person_no)
    if reading.person.id != bill.person_id:
        raise AnotherPerson(encounter=encounter, person_no=asked.person_no)
    if asked.stay and not bill.is_stay:
        raise NotAStay(encounter=encounter)
    if bill.is_stay and not asked.stay:
        raise NotAVisit(encounter=encounter)
    if asked.scheme is not None and asked.scheme != bill.scheme:
        raise SchemeDiffers(asked=SCHEME_NAMES[asked.scheme], registered=SCHEME_NAMES[bill.scheme])
    _check_charges(reading, asked, batch)
    if bill.third_party and (bill.circumstances is None or bill.circumstances.decision is None):
        raise ThirdPartyLiable
    if bill.readmission_of is not None and not bill.readmission_filed:
        raise ReadmissionNotFiled
    return reading


def _check_charges(reading: Reading, asked: Asked, batch: str) -> None:
    """Raises: AlreadySettled, NothingToSettle, TotalDiffers."""
    bill = reading.bill
    if not bill.batches and (bill.state == SETTLED or reading.earlier):
        latest = reading.earlier[-1].id if reading.earlier else 0
        raise AlreadySettled(settlement=wire_id(bill.pooling_area, latest))
    if not bill.batches:
        raise NothingToSettle(batch=f"(收费批次号{batch})" if batch else "")
    check_total(asked.total_fen, bill.total_fen)


def check_total(asked_fen: int, uploaded_fen: int) -> None:
    """总额一致 (JL2019 §32; ENC-15). Raises: TotalDiffers naming both."""
    if asked_fen != uploaded_fen:
        raise TotalDiffers(
            asked=yuan_text(asked_fen), uploaded=yuan_text(uploaded_fen), difference=yuan_text(asked_fen - uploaded_fen)
        )


def check_discharged(bill: Bill, asked: Asked) -> None:
    """A stay is settled when it is over, or in between on request (mid_setl_flag). Raises: NotDischarged."""
    if bill.is_stay and bill.ended_on is None and not asked.interim:
        raise NotDischarged


def check_institution(standing: Standing) -> None:
    """协议在履行 (GX2017 §57; SET-34). Raises: AgreementNotInForce."""
    if standing.problem:
        raise AgreementNotInForce(problem=standing.problem)


def check_visit_covered(reading: Reading, asked: Asked, on: date, counter: Counter | None = None) -> None:
    """待遇资格 on the day of a visit (GX2017 §22, 80; BEN-02). Raises: NotCovered, DirectSettlementStopped."""
    person, decision = _standing(reading, asked, on, counter)
    if not decision.eligible:
        _refuse(decision, person, on)


def check_stay_covered(
    reading: Reading, asked: Asked, parts: tuple[StayPart, ...], on: date, counter: Counter | None = None
) -> None:
    """Some of the stay's days are covered, nothing is stopped, the card is good (BEN-09, 10; SET-34).

    Raises: NotCovered, DirectSettlementStopped.
    """
    person, decision = _standing(reading, asked, on, counter)
    if decision.standing in _STOPS_ALL or not any(part.covered for part in parts):
        _refuse(decision, person, on)


_STOPS_ALL: Final = frozenset(
    {
        eligibility.Standing.FROZEN,
        eligibility.Standing.BLOCKED,
        eligibility.Standing.CARD,
        eligibility.Standing.NOT_ENROLLED,
    }
)


def _standing(reading: Reading, asked: Asked, on: date, counter: Counter | None) -> tuple[Person, StandingDecision]:
    """At the counter a decision lifts a stop of direct settlement, and no card is asked for (BEN-36)."""
    person = reading.person
    assert person is not None
    if counter is not None:
        kept = tuple(block for block in person.blocks if block.kind == FROZEN or not counter.decision)
        person = msgspec.structs.replace(person, blocks=kept)
        return person, standing_on(person, reading.coverage, on, scheme=reading.bill.scheme)
    credential = asked.credential_type or reading.bill.credential_type
    return person, standing_on(person, reading.coverage, on, scheme=reading.bill.scheme, credential_type=credential)


def _refuse(decision: StandingDecision, person: Person, on: date) -> None:
    if decision.standing is eligibility.Standing.BLOCKED:
        block = next(b for b in person.blocks if b.kind != FROZEN and _holds(b.start, b.until, on))
        raise DirectSettlementStopped(since=block.start, reason=block.reason)
    if decision.eligible:
        raise NotCovered(standing="未享受待遇", reason="住院期间没有一天在待遇享受期内", article="GX2017 §22")
    raise NotCovered.by(decision)


def standing_on(
    person: Person, coverage: Iterable[Coverage], on: date, *, scheme: str, credential_type: str = ""
) -> StandingDecision:
    """待遇状态 of the person in a scheme on that day (BEN-02)."""
    spans = list(coverage)
    of_scheme = [span for span in spans if span.scheme == scheme]
    enrolled = [Span(span.start, span.until) for span in of_scheme]
    if person.enrolled_from is not None and person.scheme == scheme:
        enrolled = [Span(person.enrolled_from, person.enrolled_until)]
    return eligibility.standing(
        on,
        [CoveredSpan(span.start, span.until, span.paid_on) for span in of_scheme],
        enrolled=enrolled,
        suspended=[]
        if person.suspended_from is None
        else [Pause(person.suspended_from, person.suspended_until, person.suspension_reason or "")],
        terminated_on=person.enrolled_until if person.status == TERMINATED else None,
        blocked=[Span(b.start, b.until) for b in person.blocks if b.kind != FROZEN],
        frozen=[Span(b.start, b.until) for b in person.blocks if b.kind == FROZEN],
        unpaid_months=[Pause(span.start, span.until, span.rule) for span in spans if span.stops == scheme],
        card_problem=card_problem(person, credential_type),
    )


def card_problem(person: Person, credential_type: str) -> str:
    """卡状态 (GX2017 §63): what is wrong with the card shown; empty when it is good or none was shown."""
    if credential_type != CARD or person.card_status in (None, CARD_IN_USE):
        return ""
    return f"社会保障卡{CARD_PROBLEMS.get(person.card_status or '', '不能使用')}"


CARD_PROBLEMS: Final = {"lost": "已挂失", "replaced": "已换卡", "cancelled": "已注销"}


def _holds(start: date, until: date | None, on: date) -> bool:
    return start <= on and (until is None or on < until)
