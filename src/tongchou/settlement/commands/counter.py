"""Settling and taking back at the agency's counter (窗口结算、窗口冲销; GX2017 §71, 82; SET-05; BEN-33, 36)."""

from datetime import datetime

import msgspec
from django.db import transaction

from tongchou.encounters import queries as encounters
from tongchou.encounters.care_types import STAYS
from tongchou.encounters.checks import EncounterUnknown, local_day
from tongchou.enrolment import queries as enrolment
from tongchou.platform import trail
from tongchou.platform.checks import Operator, check_in_scope
from tongchou.settlement import checks, statements
from tongchou.settlement.commands.settling import settle_encounter
from tongchou.settlement.commands.taking_back import cancel_settlement
from tongchou.settlement.facts import Asked, Counter
from tongchou.wire.booking import BookingKey
from tongchou.wire.numbers import parse_wire_id, wire_id


def settle_at_counter(
    *,
    pooling_area: str,
    encounter_id: int,
    total_fen: int,
    use_account: bool,
    counter: Counter,
    request_id: str,
    operator: Operator,
    now: datetime,
) -> tuple[str, int]:
    """窗口结算: the uploaded charges of a visit or stay that cannot be settled directly (BEN-33, 36, 38).

    An emergency at an institution without an agreement is paid on proof, anything else there is not. Somebody whose
    direct settlement is stopped is paid by decision. The form's request id counts once. Returns area and id.
    Raises: CounterReasonMissing, EncounterUnknown, NoPermission, OutOfScope, what `settle_encounter` refuses.
    """
    if not counter.reason.strip():
        raise checks.CounterReasonMissing
    number = wire_id(pooling_area, encounter_id)
    visit = encounters.encounter(pooling_area, encounter_id)
    person = None if visit is None else enrolment.facts(visit.person_id, local_day(now))
    if visit is None or person is None:
        raise EncounterUnknown(encounter=number)
    check_in_scope(operator, "settlement.settle", person.unit_code, now, object_kind="encounter", object_key=number)
    asked = Asked(
        person_no=visit.person_no,
        total_fen=total_fen,
        scheme=visit.scheme,
        use_account=use_account,
        stay=visit.kind in STAYS,
        credential_type=visit.credential_type,
    )
    with transaction.atomic(durable=True):
        answer = settle_encounter(
            key=BookingKey.of_console(
                request_id=request_id, operator_no=operator.staff_code, operator=operator.name, at=now
            ),
            asked=asked,
            area=pooling_area,
            encounter=encounter_id,
            batch=None,
            render=lambda settled: wire_id(settled.pooling_area, settled.settlement_id or 0).encode(),
            counter=counter,
        )
        trail.record(
            "settlement.settle_at_counter",
            at=now,
            operator=operator,
            pooling_area=pooling_area,
            object_kind="settlement",
            object_key=answer.decode(),
            detail=msgspec.to_builtins(counter),
        )
    return parse_wire_id(answer.decode())


def cancel_at_counter(
    *, pooling_area: str, settlement_id: int, reason: str, request_id: str, operator: Operator, now: datetime
) -> tuple[str, int]:
    """冲销结算 by a clerk, with a reason; the form's request id counts once. Returns area and id of the negative twin.

    Raises: SettlementUnknown, NoPermission, OutOfScope, and what `cancel_settlement` refuses.
    """
    found = statements.read_taken_back(pooling_area, settlement_id)
    number = wire_id(pooling_area, settlement_id)
    if found is None:
        raise checks.SettlementUnknown(settlement=number)
    row = found.settlement
    check_in_scope(operator, "settlement.reverse", row["unit_code"], now, object_kind="settlement", object_key=number)
    with transaction.atomic(durable=True):
        answer = cancel_settlement(
            key=BookingKey.of_console(
                request_id=request_id, operator_no=operator.staff_code, operator=operator.name, at=now
            ),
            area=pooling_area,
            settlement=settlement_id,
            person_no=found.person.person_no,
            encounter=row["encounter_id"],
            kinds=frozenset({row["kind"]}),
            reason=reason,
            render=lambda settled: wire_id(settled.pooling_area, settled.settlement_id or 0).encode(),
        )
        trail.record(
            "settlement.cancel",
            at=now,
            operator=operator,
            pooling_area=pooling_area,
            object_kind="settlement",
            object_key=number,
            detail={"reason": reason.strip(), "by": answer.decode()},
        )
    return parse_wire_id(answer.decode())
