"""Settling a person-year anew (年度重算; GX2017 §71; BEN-42), and the list of years to be looked at. Decision 0184.

Each settlement, or all of one stay, is taken back and settled anew in one transaction; both stay in the books. What is
interrupted goes on where it stopped: the next look finds what still differs.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from typing import Any, Final

import msgspec
from django.db import transaction

from tongchou.encounters.checks import local_day
from tongchou.encounters.states import CareKind
from tongchou.enrolment import queries as enrolment
from tongchou.kernel.errors import DomainError
from tongchou.platform import trail
from tongchou.platform.checks import Operator, check_in_scope
from tongchou.settlement import chain, rules, statements
from tongchou.settlement.chain import Chain, Link
from tongchou.settlement.commands import settling, taking_back
from tongchou.settlement.commands.attempts import settlement_id
from tongchou.settlement.facts import NO_YEAR, Asked, StandingSettlement, Year
from tongchou.settlement.models import YearToReplay
from tongchou.settlement.rules import Computed
from tongchou.settlement.statements import Row
from tongchou.settlement.states import ReplayState
from tongchou.wire.booking import BookingKey
from tongchou.wire.numbers import wire_id

PERMISSION: Final = "settlement.reverse"
REASON: Final = "年度重算"
PHARMACY: Final = CareKind.PHARMACY.value

Progress = Callable[[int, int], object]
"""Called after each settlement with how many are done and how many there were."""


class YearMoved(DomainError):
    code = "ST-5001"
    message = "该参保人本年度的结算在您查看之后有变动,请刷新后核对再重算"
    citation = "GX2017 §71"


class NothingDiffers(DomainError):
    code = "ST-5002"
    message = "本年度的结算按现有信息重算没有变动"
    citation = "GX2017 §71"


class NotSettlingDown(RuntimeError):
    """A fault of ours: a settlement that was just made anew would differ again."""


class StayNotComputable(DomainError):
    code = "ST-5005"
    message = "同一次住院的另一笔结算无法重算:{problem}"
    citation = "GX2017 §71"


class MarkClosed(DomainError):
    code = "ST-5003"
    message = "该年度没有待核对的重算事项,或已办结"
    citation = "GX2017 §71"


class WhyLeft(DomainError):
    code = "ST-5004"
    message = "不予重算须写明理由"
    citation = "GX2017 §71"


def recompute_year(
    *,
    pooling_area: str,
    person_id: int,
    scheme: str,
    year: int,
    seen: str,
    request_id: str,
    operator: Operator,
    now: datetime,
    progress: Progress | None = None,
) -> int:
    """年度重算 (BEN-42): settle anew whatever of the person-year would differ today. Returns how many it were.

    `seen` is what the clerk was shown. Raises: NoPermission, OutOfScope, YearMoved, NothingDiffers.
    """
    _check_reach(pooling_area, person_id, operator, now)

    def look() -> Chain:
        return chain.read(pooling_area=pooling_area, person_id=person_id, scheme=scheme, year=year)

    found = look()
    if found.seen != seen:
        raise YearMoved
    if not found.differing:
        raise NothingDiffers
    expected, made = len(found.differing), 0
    for step in range(len(found.links) + 1):
        with transaction.atomic(durable=True):
            statements.lock_years(pooling_area, person_id)
            found = look()
            if not found.differing:
                _close(found, ReplayState.RECOMPUTED, REASON, operator.name, now)
                return made
            unit = found.unit_of(found.differing[0])
            key = BookingKey.of_console(
                request_id=f"{request_id}-{step}", operator_no=operator.staff_code, operator=operator.name, at=now
            )
            _settle_anew(found, unit, key, operator, now)
        made += len(unit)
        if progress is not None:
            progress(made, max(expected, made))
    raise NotSettlingDown(pooling_area, person_id, scheme, year)


def _check_reach(pooling_area: str, person_id: int, operator: Operator, now: datetime) -> None:
    """Raises: NoPermission, OutOfScope."""
    facts = enrolment.facts(person_id, local_day(now))
    unit = facts.unit_code if facts else pooling_area
    check_in_scope(operator, PERMISSION, unit, now, object_kind="person", object_key=person_id)


def _settle_anew(found: Chain, unit: Sequence[Link], key: BookingKey, operator: Operator, now: datetime) -> None:
    """Take back what stands, the last first, and settle it anew in the old order; all in the caller's transaction."""
    for nth, link in enumerate(reversed(unit)):
        _take_back(found.pooling_area, link, _numbered(key, f"r{nth}"))
    new_ids: dict[int, int] = {}
    for nth, link in enumerate(unit):
        new_ids[link.standing.id] = _settle(found, link, _numbered(key, f"s{nth}"), new_ids)
    for link in unit:
        trail.record(
            "settlement.recompute",
            at=now,
            operator=operator,
            pooling_area=found.pooling_area,
            object_kind="settlement",
            object_key=wire_id(found.pooling_area, link.standing.id),
            detail={
                "by": wire_id(found.pooling_area, new_ids[link.standing.id]),
                "fund_was_fen": link.standing.columns["fund_paid_fen"],
                "fund_is_fen": link.columns["fund_paid_fen"],
            },
        )


def _numbered(key: BookingKey, suffix: str) -> BookingKey:
    return BookingKey.of_console(
        request_id=f"{key.msgid}{suffix}", operator_no=key.operator_no, operator=key.operator, at=key.received_at
    )


def _take_back(area: str, link: Link, key: BookingKey) -> None:
    reading = taking_back.reading_of(area, link.standing.id, "")
    twin = taking_back.twin_of(key, reading, reason=REASON, annulment=False)
    statements.take_back(key, link.standing.person.person_no, b"", twin, refusals=taking_back.TAKEN_BACK_REFUSALS)


def _settle(found: Chain, link: Link, key: BookingKey, new_ids: dict[int, int]) -> int:
    """The settlement as it would be today, in the place of the old one. Returns its id."""
    old, reading = link.standing, link.reading
    computed = _on_what_stands(found, link, new_ids)
    number = settlement_id(key)
    asked = Asked(
        person_no=old.person.person_no,
        total_fen=old.columns["total_fen"],
        scheme=reading.bill.scheme,
        use_account=link.use_account,
        interim=old.interim,
        stay=reading.bill.is_stay,
        credential_type=old.credential_type,
        invoice_no=old.invoice_no,
    )
    row = settling.row(key, asked, reading, computed, number)
    receipt = row.columns["receipt"] | _place(old)
    balance = statements.read_balance(found.pooling_area, found.person_id)
    row = Row({**row.columns, "receipt": receipt}, row.years, row.funds, balance)
    if reading.bill.kind == PHARMACY:
        statements.open_purchase_again(found.pooling_area, reading.bill.id)
    statements.record(key, old.person.person_no, b"", row, batches=reading.bill.totals, refusals=settling.REFUSALS)
    return number


def _on_what_stands(found: Chain, link: Link, new_ids: Mapping[int, int]) -> Computed:
    """The computed settlement with the accumulators as they are now: later settlements still stand in them.

    Raises: StayNotComputable.
    """
    if link.computed is None:
        raise StayNotComputable(problem=link.problem)
    less = tuple(msgspec.structs.replace(one, id=new_ids.get(one.id, one.id)) for one in link.computed.less)
    computed = replace(link.computed, less=less)
    years = [int(year) for year in computed.deltas]
    if not years:
        return replace(computed, years={})
    stands = statements.read_years(found.pooling_area, found.person_id, found.scheme, min(years), max(years))
    after = {}
    for year, deltas in computed.deltas.items():
        before = stands.get(year, NO_YEAR)
        after[year] = Year(before.version, rules.moved(before.amounts, deltas))
    return replace(computed, years=after)


def _place(old: StandingSettlement) -> dict[str, Any]:
    """Where the new settlement stands in its years: where the old one stood."""
    places = old.receipt.get("places") or old.receipt["versions"]
    return {"instead_of": old.id, "places": places, "stood_at": old.stood_at}


# --- years to be looked at ------------------------------------------------------------------------------------------


def leave_year(
    *,
    pooling_area: str,
    person_id: int,
    scheme: str,
    year: int,
    reason: str,
    operator: Operator,
    now: datetime,
) -> None:
    """不予重算: a clerk looked and leaves the year as it is, with a reason.

    Raises: NoPermission, OutOfScope, WhyLeft, MarkClosed.
    """
    if not reason.strip():
        raise WhyLeft
    _check_reach(pooling_area, person_id, operator, now)
    with transaction.atomic(durable=True):
        marks = _open_marks(pooling_area, person_id, scheme, year)
        if not _closed(marks, ReplayState.LEFT, reason.strip(), operator.name, now):
            raise MarkClosed
        trail.record(
            "settlement.leave_year",
            at=now,
            operator=operator,
            pooling_area=pooling_area,
            object_kind="person",
            object_key=person_id,
            detail={"year": year, "scheme": scheme, "reason": reason.strip()},
        )


def look_at_years(*, now: datetime, most: int = 200) -> int:
    """核对待重算年度: what would differ of years not looked at yet; closes those where nothing does.

    Returns how many were looked at. Each in its own transaction, the longest waiting first.
    """
    waiting = YearToReplay.objects.filter(state=ReplayState.OPEN, looked_at=None).order_by("id")[:most]
    for mark in list(waiting):
        with transaction.atomic(durable=True):
            look_at_year(mark, now)
    return len(waiting)


def look_at_year(mark: YearToReplay, now: datetime) -> Chain:
    """A step: what would differ of a marked year; closed as unchanged when nothing does."""
    found = chain.read(
        pooling_area=mark.pooling_area, person_id=mark.person_id, scheme=mark.scheme, year=mark.benefit_year
    )
    one = YearToReplay.objects.filter(pk=mark.pk, state=ReplayState.OPEN)
    if not found.differing and not any(link.problem for link in found.links):
        one.update(
            state=ReplayState.UNCHANGED, looked_at=now, differing=0, difference_fen=0, closed_at=now, closed_by="系统"
        )
    else:
        one.update(looked_at=now, differing=len(found.differing), difference_fen=found.difference_fen)
    return found


def _close(found: Chain, state: ReplayState, reason: str, by: str, now: datetime) -> None:
    _closed(_open_marks(found.pooling_area, found.person_id, found.scheme, found.year), state, reason, by, now)


def _open_marks(pooling_area: str, person_id: int, scheme: str, year: int) -> Any:
    return YearToReplay.objects.filter(
        pooling_area=pooling_area, person_id=person_id, scheme=scheme, benefit_year=year, state=ReplayState.OPEN
    )


def _closed(marks: Any, state: ReplayState, reason: str, by: str, now: datetime) -> int:
    return int(marks.update(state=state, closed_at=now, closed_by=by, closing_reason=reason))
