"""Third parties (第三方责任; BEN-38; 社会保险法 §30): declared, decided, later recovered. Decision 0116, 0182."""

from datetime import date, datetime
from typing import Final

import msgspec
from django.db import IntegrityError, transaction

from tongchou.encounters import checks, outside, statements
from tongchou.encounters.facts import Open
from tongchou.encounters.models import ThirdPartyDecision, ThirdPartyRecovery
from tongchou.encounters.statements import Write
from tongchou.encounters.states import EncounterState, Verdict
from tongchou.enrolment import queries as enrolment
from tongchou.kernel.errors import DomainError
from tongchou.kernel.money import Money
from tongchou.platform import queries as platform
from tongchou.platform import trail
from tongchou.platform.checks import check_any_in_scope
from tongchou.wire.booking import BookingKey
from tongchou.wire.numbers import wire_id

PERMISSION: Final = "encounters.file"
DECIDING: Final = "encounters.certify"
NOT_SETTLED: Final = (EncounterState.OPEN.value, EncounterState.DISCHARGED.value)


class NotDeclared(DomainError):
    code = "EC-4101"
    message = "该就诊没有登记第三方责任"
    citation = "社会保险法 §30"


class SettledAlready(DomainError):
    code = "EC-4102"
    message = "该就诊的费用已结算,请先撤销结算再办理第三方责任"
    citation = "GX2017 §71"


class DecisionIncomplete(DomainError):
    code = "EC-4103"
    message = "第三方按比例负担须填比例(大于0,不超过100%),负担定额须填金额(大于0)"
    citation = "社会保险法 §30"


class DecidedMeanwhile(DomainError):
    code = "EC-4104"
    message = "该就诊的第三方责任已被他人认定或修改,请刷新后再办理"
    citation = "GX2017 §133"


class NobodyLiable(DomainError):
    code = "EC-4105"
    message = "未认定第三方负担,不能登记追偿"
    citation = "社会保险法 §30"


class RecoveryNotedAlready(DomainError):
    code = "EC-4106"
    message = "凭证“{document}”的追偿已登记"
    citation = "社会保险法 §30"


class AmountNotPositive(DomainError):
    code = "EC-4107"
    message = "追回金额须大于零"
    citation = "社会保险法 §30"


class Found(msgspec.Struct, frozen=True, kw_only=True):
    """认定: who bears what of the bill, and on which document it rests."""

    verdict: Verdict
    share_ppm: int | None = None
    amount_fen: int | None = None
    liable_party: str = ""
    document: str
    reason: str


def declare_third_party(
    *, area: str, encounter: int, reason: str, request_id: str, operator: platform.Operator, now: datetime
) -> None:
    """登记第三方责任 (BEN-38): nothing is settled directly until it is decided. The form's request id counts once.

    Raises: EncounterUnknown, NoPermission, OutOfScope, SettledAlready, WrongState.
    """
    with transaction.atomic(durable=True):
        key = BookingKey.of_console(
            request_id=request_id, operator_no=operator.staff_code, operator=operator.name, at=now
        )
        found = _reached(key, area, encounter, PERMISSION, operator, now)
        if found.settled:
            raise SettledAlready
        facts = {"third_party": True, "particulars": {**found.particulars, "third_party": reason.strip()}}
        write = Write(key, found.person_no, b"", area, encounter)
        statements.change(write, NOT_SETTLED, facts, _REFUSALS)
        _note("declare_third_party", area, encounter, operator, now, reason=reason.strip())


_REFUSALS: Final = {"TC101": checks.EncounterUnknown, "TC102": checks.WrongState}


def decide_third_party(
    *, area: str, encounter: int, version: int, found: Found, operator: platform.Operator, now: datetime
) -> ThirdPartyDecision:
    """第三方责任认定 (BEN-38): what somebody else bears is taken off before any fund pays. `version` 0: the first.

    Raises: EncounterUnknown, NoPermission, OutOfScope, NotDeclared, SettledAlready, DecisionIncomplete,
    DecidedMeanwhile.
    """
    _check_complete(found)
    with transaction.atomic(durable=True):
        key = BookingKey.of_console(request_id="", operator_no=operator.staff_code, operator=operator.name, at=now)
        known = _reached(key, area, encounter, DECIDING, operator, now)
        if not known.third_party:
            raise NotDeclared
        if known.settled:
            raise SettledAlready
        columns = {**msgspec.to_builtins(found), "decided_by": operator.name, "decided_at": now}
        decision = _put_down(area, encounter, version, columns)
        _note("decide_third_party", area, encounter, operator, now, **msgspec.to_builtins(found))
    return decision


def _check_complete(found: Found) -> None:
    """Raises: DecisionIncomplete."""
    share, amount = found.share_ppm, found.amount_fen
    complete = {
        Verdict.NOBODY: share is None and amount is None,
        Verdict.SHARE: share is not None and 0 < share <= 1_000_000 and amount is None,
        Verdict.AMOUNT: amount is not None and amount > 0 and share is None,
    }
    if not complete[found.verdict]:
        raise DecisionIncomplete


def _put_down(area: str, encounter: int, version: int, columns: dict[str, object]) -> ThirdPartyDecision:
    """Raises: DecidedMeanwhile."""
    decisions = ThirdPartyDecision.objects.filter(pooling_area=area, encounter_id=encounter)
    if version == 0:
        try:
            with transaction.atomic():
                return ThirdPartyDecision.objects.create(pooling_area=area, encounter_id=encounter, **columns)
        except IntegrityError as clash:
            raise DecidedMeanwhile from clash
    if not decisions.filter(version=version).update(**columns, version=version + 1):
        raise DecidedMeanwhile
    return decisions.get()


@transaction.atomic(durable=True)
def note_recovery(
    *,
    area: str,
    encounter: int,
    amount: Money,
    received_on: date,
    document: str,
    operator: platform.Operator,
    now: datetime,
) -> ThirdPartyRecovery:
    """登记追偿 (BEN-38): money that came back from whoever is liable, once per document.

    Raises: EncounterUnknown, NoPermission, OutOfScope, NobodyLiable, AmountNotPositive, RecoveryNotedAlready.
    """
    key = BookingKey.of_console(request_id="", operator_no=operator.staff_code, operator=operator.name, at=now)
    _reached(key, area, encounter, PERMISSION, operator, now)
    liable = ThirdPartyDecision.objects.filter(pooling_area=area, encounter_id=encounter).exclude(
        verdict=Verdict.NOBODY
    )
    if not liable.exists():
        raise NobodyLiable
    if amount <= 0:
        raise AmountNotPositive
    try:
        with transaction.atomic():
            noted = ThirdPartyRecovery.objects.create(
                pooling_area=area,
                encounter_id=encounter,
                amount_fen=int(amount),
                received_on=received_on,
                document=document.strip(),
                noted_by=operator.name,
                noted_at=now,
            )
    except IntegrityError as clash:
        raise RecoveryNotedAlready(document=document.strip()) from clash
    _note("note_recovery", area, encounter, operator, now, amount_fen=int(amount), document=document.strip())
    return noted


def _reached(
    key: BookingKey, area: str, encounter: int, permission: str, operator: platform.Operator, now: datetime
) -> Open:
    """The encounter, within the operator's reach by its institution or its person.

    Raises: EncounterUnknown, NoPermission, OutOfScope.
    """
    found = checks.ours(key, area, encounter, None)
    person = enrolment.facts_by_person_no(found.person_no, checks.local_day(found.began_at))
    units = [outside.unit_of(found.institution_code), person.unit_code if person else area]
    number = wire_id(area, encounter)
    check_any_in_scope(operator, permission, units, now, object_kind="encounter", object_key=number)
    return found


def _note(action: str, area: str, encounter: int, operator: platform.Operator, now: datetime, **detail: object) -> None:
    trail.record(
        f"encounters.{action}",
        at=now,
        operator=operator,
        pooling_area=area,
        object_kind="encounter",
        object_key=wire_id(area, encounter),
        detail=detail,
    )
