"""Settling visits and stays (结算、预结算; GX2017 §80; SET-01, 04, 34): one read, pure policy, one write."""

from collections.abc import Callable, Mapping, Sequence
from datetime import date
from typing import Any, Final

from tongchou.encounters.checks import local_day
from tongchou.encounters.facts import Rated
from tongchou.kernel.errors import DomainError
from tongchou.policy import stays
from tongchou.settlement import checks, cutting, rules, statements, terms
from tongchou.settlement.commands.attempts import AccumulatorsMoved, settlement_id, shared_columns, until_unmoved
from tongchou.settlement.facts import Asked, Bill, Counter, Reading
from tongchou.settlement.outcome import Settled
from tongchou.settlement.rules import Computed, Cut, Way
from tongchou.settlement.statements import Row
from tongchou.wire.booking import BookingKey
from tongchou.wire.numbers import wire_id

Render = Callable[[Settled], bytes]

REFUSALS: Final[Mapping[str, type[DomainError]]] = {
    "TC001": AccumulatorsMoved,
    "TC002": checks.ChargesChanged,
    "TC101": checks.ChargesChanged,
}


def settle_encounter(
    *,
    key: BookingKey,
    asked: Asked,
    area: str,
    encounter: int,
    batch: str | None,
    render: Render,
    counter: Counter | None = None,
) -> bytes:
    """刷卡结算 (GX2017 §80; 2207, 2304): settles the uploaded charges of a visit or stay, once. Amounts in fen.

    `counter` says that the agency settles by hand, and why. Raises: what `checks` refuse, MissingParameter,
    PolicyMissing, NegativeAmount.
    """

    def settle_once() -> bytes:
        reading, computed = _computed(key, asked, area, encounter, batch, for_good=True, counter=counter)
        settlement = settlement_id(key)
        answer = render(said(key, asked, reading, computed, settlement))
        earlier = statements.record(
            key,
            asked.person_no,
            answer,
            row(key, asked, reading, computed, settlement),
            batches=reading.bill.totals,
            refusals=REFUSALS,
        )
        return answer if earlier is None else earlier

    return until_unmoved(settle_once, lambda: statements.lock_person_of_encounter(area, encounter))


def presettle(*, key: BookingKey, asked: Asked, area: str, encounter: int, batch: str | None, render: Render) -> bytes:
    """预结算 (BEN-43; 2206, 2303): the same figures, nothing written. Raises: as `settle_encounter`."""
    reading, computed = _computed(key, asked, area, encounter, batch, for_good=False)
    return render(said(key, asked, reading, computed, None))


def _computed(
    key: BookingKey,
    asked: Asked,
    area: str,
    encounter: int,
    batch: str | None,
    *,
    for_good: bool,
    counter: Counter | None = None,
) -> tuple[Reading, Computed]:
    """Read, check, compute; a trial may look at a stay before its discharge."""
    today = local_day(key.received_at)
    reading = checks.check_asked(
        statements.read(area, encounter, batch, asked.person_no, today),
        asked,
        encounter=wire_id(area, encounter),
        institution_code=key.institution_code,
        batch=batch or "",
    )
    bill = reading.bill
    if for_good:
        checks.check_discharged(bill, asked)
    standing = terms.standing(
        bill.institution_code,
        scheme=bill.scheme,
        kind=bill.kind,
        level_on=_level_on(bill, today),
        agreed_on=bill.began_on if bill.is_stay else today,
    )
    if counter is None:
        checks.check_institution(standing)
    on = rules.benefit_day(bill, today)
    cuts = _stay_cuts(reading, asked, on, counter) if bill.is_stay else _visit_cuts(reading, asked, on, counter)
    way, use_account = rules.DIRECT, asked.use_account
    if counter is not None:
        way = Way(contracted=not standing.problem, manual=True, emergency=bool(counter.emergency_proof))
        if standing.problem and not counter.emergency_proof:
            cuts, use_account = rules.uncovered(cuts, rules.NOT_DESIGNATED), False
    computed = rules.compute(
        reading, cuts, level=standing.level, use_account=use_account, choose=terms.package, way=way
    )
    return reading, computed


def _level_on(bill: Bill, today: date) -> date:
    """The day whose level of the institution counts (AGR-02; `benefit.level_asof`)."""
    if not bill.is_stay:
        return bill.began_on
    on = rules.benefit_day(bill, today)
    package = terms.package(bill.pooling_area, bill.scheme, on)
    return stays.level_day(package, admitted_on=bill.began_on, discharged_on=on)


def _visit_cuts(reading: Reading, asked: Asked, on: date, counter: Counter | None) -> list[Cut]:
    checks.check_visit_covered(reading, asked, on, counter)
    return cutting.visit_cuts(reading.bill, on)


def _stay_cuts(reading: Reading, asked: Asked, on: date, counter: Counter | None) -> list[Cut]:
    parts = rules.stay_parts(reading.bill, reading.coverage, until=on, choose=terms.package)
    checks.check_stay_covered(reading, asked, parts, on, counter)
    return cutting.stay_cuts(reading, parts)


def said(
    key: BookingKey,
    asked: Asked,
    reading: Reading,
    computed: Computed,
    settlement: int | None,
    lines: Sequence[Rated] = (),
) -> Settled:
    """What the hospital is told."""
    bill, person = reading.bill, reading.person
    assert person is not None
    return Settled(
        pooling_area=bill.pooling_area,
        settlement_id=settlement,
        encounter_id=bill.id,
        settled_at=key.received_at,
        person=person,
        scheme=bill.scheme,
        kind=bill.kind,
        care_type=bill.care_type,
        credential_type=asked.credential_type or bill.credential_type,
        msgid=key.msgid,
        began_on=bill.began_on,
        ended_on=bill.ended_on,
        columns=computed.columns,
        ratio_ppm=computed.ratio_ppm,
        funds=computed.funds,
        balance_fen=reading.balance_fen - computed.columns["account_paid_fen"],
        parts=tuple(part.outcome for part in computed.parts),
        reason=computed.reason,
        lines=tuple(lines),
    )


def row(key: BookingKey, asked: Asked, reading: Reading, computed: Computed, settlement: int) -> Row:
    """The settlement as its table takes it."""
    bill, person = reading.bill, reading.person
    assert person is not None
    columns: dict[str, Any] = {
        **shared_columns(key, settlement, bill.pooling_area),
        **computed.columns,
        "encounter_id": bill.id,
        "person_id": bill.person_id,
        "unit_code": person.unit_code,
        "institution_code": bill.institution_code,
        "scheme": bill.scheme,
        "benefit_year": int(computed.main.year),
        "care_type": bill.care_type,
        "kind": bill.kind,
        "benefit_on": computed.main.facts.on,
        "reversal_of": None,
        "reversal_no": 0,
        "reversal_reason": "",
        "annulment": False,
        "interim": asked.interim and bill.is_stay,
        "ratio": rules.ratio_text(computed.ratio_ppm),
        "category_fen": computed.category_fen,
        "package": computed.main.package.label,
        "package_hash": computed.main.package.hash,
        "receipt": rules.receipt_of(computed, batches=bill.totals),
        "invoice_no": asked.invoice_no,
        "credential_type": asked.credential_type or bill.credential_type,
    }
    return Row(columns, computed.years, computed.funds, reading.balance_fen)
