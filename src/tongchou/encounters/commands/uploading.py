"""Uploading and taking back charge lines (费用明细上传、撤销; GX2017 §67, 84; JL2019 §27; ENC-06)."""

from collections.abc import Callable, Sequence
from datetime import datetime
from typing import Final

import psycopg

from tongchou.encounters import charging, checks, queries, statements
from tongchou.encounters.facts import Line, Open, Rated
from tongchou.encounters.statements import Write
from tongchou.encounters.states import CareKind, EncounterState
from tongchou.kernel.errors import DomainError
from tongchou.wire.booking import BookingKey

OPEN: Final = EncounterState.OPEN.value
SETTLED: Final = EncounterState.SETTLED.value
VISIT_STATES: Final = (OPEN, SETTLED)
"""A visit that was settled may have further lines; a stay may not."""
STAY_STATES: Final = (OPEN,)
HOME_BED: Final = CareKind.HOME_BED.value
ALL: Final = "0000"
"""What hospitals write for all lines that are not settled."""

Render = Callable[[Sequence[Rated], str | None], bytes]
"""The answer with the lines as rated, and a note for the hospital."""


class SerialStored(DomainError):
    code = "EC-3101"
    message = "费用明细流水号(feedetl_sn)“{serial}”已上传且内容不同，请先撤销原明细"
    citation = "GX2017 §84"


class BatchStored(DomainError):
    code = "EC-3102"
    message = "收费批次号(chrg_bchno)“{batch}”已上传，同一批次须一次上传；如需重传，请先撤销(2205)"
    citation = "GX2017 §84"


class NoSuchLines(DomainError):
    code = "EC-3103"
    message = "没有可撤销的费用明细：{which}"
    citation = "GX2017 §71"


class LinesSettled(DomainError):
    code = "EC-3104"
    message = "费用明细已结算，不能撤销，请先撤销结算"
    citation = "GX2017 §71"


class RefundsRemain(DomainError):
    code = "EC-3105"
    message = "费用明细{serial}已有退费，请先撤销退费明细"
    citation = "GX2017 §84"


def upload_visit_lines(
    *, key: BookingKey, area: str, encounter: int, person_no: str, lines: Sequence[Line], render: Render
) -> bytes:
    """门诊费用明细上传 (2204): checked, rated by the catalogue, put down with the sums of their batches.

    The same lines once more, under another message id, are not put down again: the answer is that of the stored ones.
    Raises: EncounterUnknown, AnotherPerson, NotAVisit, WrongState, SerialStored, BatchStored, what `charging` refuses.
    """
    found = _found(key, area, encounter, person_no, lines)
    checks.check_visit(found)
    return _upload(key, found, lines, VISIT_STATES, render)


def upload_stay_lines(
    *, key: BookingKey, area: str, encounter: int, person_no: str, lines: Sequence[Line], render: Render
) -> bytes:
    """住院费用明细上传 (2301): as 2204, refunds included. Raises: the same, NotAStay instead of NotAVisit."""
    found = _found(key, area, encounter, person_no, lines)
    checks.check_stay(found)
    return _upload(key, found, lines, STAY_STATES, render)


def _found(key: BookingKey, area: str, encounter: int, person_no: str, lines: Sequence[Line]) -> Open:
    return checks.ours(
        key,
        area,
        encounter,
        person_no,
        counted_items=charging.counted_items(area, lines),
        refunded=[line.refund_of for line in lines if line.refund_of],
    )


def _upload(key: BookingKey, found: Open, lines: Sequence[Line], states: Sequence[str], render: Render) -> bytes:
    checks.check_state(found, *states, action="上传费用明细")
    if found.kind == HOME_BED:
        charging.check_home_bed(found, lines)
    setting = charging.Setting.of(found, now=key.received_at)
    rated = charging.rate(setting, lines, used=found.used, originals=found.originals)
    answer = render(rated, None)
    write = Write(key, found.person_no, answer, found.pooling_area, found.id)
    rows = [charging.line_row(one) for one in rated]
    try:
        earlier = statements.add_lines(write, states, charging.batch_rows(rated), rows, REFUSALS)
    except psycopg.errors.UniqueViolation:
        return render(_stored(found, rated), "重复已忽略")
    return answer if earlier is None else earlier


def _stored(found: Open, rated: Sequence[Rated]) -> list[Rated]:
    """重复上传: the stored lines when they are the same ones. Raises: SerialStored, BatchStored."""
    stored = queries.lines_by_serial(found.pooling_area, found.id, [one.line.serial for one in rated])
    for one in rated:
        line, kept = one.line, stored.get(one.line.serial)
        if kept is not None and not _same(line, kept.line):
            raise SerialStored(serial=line.serial)
    missing = [one.line for one in rated if one.line.serial not in stored]
    if missing:
        raise BatchStored(batch=missing[0].batch_no)
    return [stored[one.line.serial] for one in rated]


def _same(sent: Line, kept: Line) -> bool:
    """Is it the same service, as far as money goes?"""
    return (
        sent.item_code == kept.item_code
        and sent.quantity == kept.quantity
        and sent.unit_price == kept.unit_price
        and sent.amount_fen == kept.amount_fen
        and sent.refund_of == kept.refund_of
        and sent.disease_code == kept.disease_code
        and _moment(sent.served_at) == _moment(kept.served_at)
    )


def _moment(at: datetime) -> datetime:
    return at.replace(microsecond=0)


REFUSALS: Final = {
    "TC101": checks.EncounterUnknown,
    "TC102": checks.WrongState,
    "TC104": LinesSettled,
    "TC105": RefundsRemain,
}


def cancel_visit_lines(
    *, key: BookingKey, area: str, encounter: int, person_no: str, batch_no: str, answer: bytes
) -> bytes:
    """门诊费用明细撤销 (2205): one batch, or all that is not settled.

    Raises: EncounterUnknown, AnotherPerson, NotAVisit, WrongState, NoSuchLines, LinesSettled.
    """
    found = checks.ours(key, area, encounter, person_no)
    checks.check_visit(found)
    batch = None if batch_no == ALL else batch_no
    return _cancel(key, found, batch, None, VISIT_STATES, answer)


def cancel_stay_lines(
    *, key: BookingKey, area: str, encounter: int, person_no: str, serial: str, answer: bytes
) -> bytes:
    """住院费用明细撤销 (2302): one line, or all that is not settled.

    Raises: EncounterUnknown, AnotherPerson, NotAStay, WrongState, NoSuchLines, LinesSettled, RefundsRemain.
    """
    found = checks.ours(key, area, encounter, person_no)
    checks.check_stay(found)
    line = None if serial == ALL else serial
    return _cancel(key, found, None, line, STAY_STATES, answer)


def _cancel(
    key: BookingKey, found: Open, batch: str | None, serial: str | None, states: Sequence[str], answer: bytes
) -> bytes:
    checks.check_state(found, *states, action="撤销费用明细")
    write = Write(key, found.person_no, answer, found.pooling_area, found.id)
    refusals = {**REFUSALS, "TC103": NoSuchLines}
    earlier = statements.cancel_lines(write, batch, serial, refusals)
    return answer if earlier is None else earlier
