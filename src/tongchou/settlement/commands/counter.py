"""Taking a settlement back at the agency's counter (窗口冲销; GX2017 §71; SET-05)."""

from datetime import datetime

from django.db import transaction

from tongchou.platform import trail
from tongchou.platform.checks import Operator, check_in_scope
from tongchou.settlement import checks, statements
from tongchou.settlement.commands.taking_back import cancel_settlement
from tongchou.wire.booking import BookingKey
from tongchou.wire.numbers import parse_wire_id, wire_id


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
