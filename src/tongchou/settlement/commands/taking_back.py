"""Taking settlements back (结算撤销、冲正; GX2017 §71; SET-05): a negative twin, never a change. Decision 0076."""

from collections.abc import Mapping
from typing import Final

from tongchou.kernel.errors import DomainError
from tongchou.settlement import checks, rules, statements
from tongchou.settlement.commands.attempts import AccumulatorsMoved, settlement_id, shared_columns, until_unmoved
from tongchou.settlement.commands.settling import Render
from tongchou.settlement.facts import TakenBackReading, Year
from tongchou.settlement.outcome import Settled
from tongchou.settlement.statements import Row
from tongchou.wire.booking import BookingKey
from tongchou.wire.numbers import wire_id

TAKEN_BACK_REFUSALS: Final[Mapping[str, type[DomainError]]] = {
    "TC001": AccumulatorsMoved,
    "TC002": checks.CannotBeRestored,
    "TC003": checks.TakenBackMeanwhile,
    "TC101": checks.TakenBackMeanwhile,
}


def cancel_settlement(
    *,
    key: BookingKey,
    area: str,
    settlement: int,
    person_no: str,
    encounter: int,
    kinds: frozenset[str],
    reason: str,
    render: Render,
) -> bytes:
    """结算撤销 (GX2017 §71; SET-05; 2208, 2305, 2103): a negative twin with an id of its own.

    Gives back every accumulator to the fen, frees the charges and opens the visit again; a purchase is closed for
    good. Allowed also after the institution was paid: the negative amounts fall into the next claim.
    Raises: SettlementUnknown, SettlementOfAnother, WrongTransaction, AlreadyTakenBack, CancellationNotCancellable,
    LaterInterimStands, ReasonMissing.
    """
    if not reason.strip():
        raise checks.ReasonMissing

    def cancel_once() -> bytes:
        reading = reading_of(area, settlement, key.institution_code)
        checks.check_cancellable(reading, person_no=person_no, encounter=encounter, kinds=kinds)
        checks.check_stands(reading)
        twin = twin_of(key, reading, reason=reason.strip(), annulment=False)
        answer = render(_said_back(key, reading, twin))
        earlier = statements.take_back(key, person_no, answer, twin, refusals=TAKEN_BACK_REFUSALS)
        return answer if earlier is None else earlier

    return until_unmoved(cancel_once, lambda: statements.lock_person_of_settlement(area, settlement))


def annul_settlement(*, key: BookingKey, settlement: int, person_no: str, answer: bytes) -> bytes | None:
    """冲正 of a settlement or of a cancellation nobody was told of (2601); a step of the reversal's transaction.

    Both the original and its opposite stay in the books, marked as an annulment: no list that leaves the house shows
    either (decision 0076). Returns the first answer when this very reversal was booked before.
    Raises: SettlementUnknown, AlreadyTakenBack, LaterInterimStands, CannotBeRestored.
    """
    area = statements.area_of_settlement(person_no, settlement)
    statements.lock_person_of_settlement(area, settlement)
    reading = reading_of(area, settlement, key.institution_code)
    checks.check_stands(reading)
    twin = twin_of(key, reading, reason="冲正", annulment=True)
    if reading.original is None:
        return statements.take_back(key, person_no, answer, twin, refusals=TAKEN_BACK_REFUSALS)
    return statements.restore(
        key,
        person_no,
        answer,
        twin,
        original=reading.original["id"],
        batches=reading.original["receipt"]["batches"],
        refusals=TAKEN_BACK_REFUSALS,
    )


def reading_of(area: str, settlement: int, institution_code: str) -> TakenBackReading:
    """Raises: SettlementUnknown."""
    reading = statements.read_taken_back(area, settlement)
    if reading is None or institution_code not in ("", reading.settlement["institution_code"]):
        raise checks.SettlementUnknown(settlement=wire_id(area, settlement))
    return reading


def twin_of(key: BookingKey, reading: TakenBackReading, *, reason: str, annulment: bool) -> Row:
    """The negative twin: same bill, opposite amounts, what it added to the accumulators taken off again."""
    original = reading.settlement
    receipt = original["receipt"]
    funds = rules.taken_back(receipt["funds"])
    deltas = {year: rules.taken_back(amounts) for year, amounts in receipt["deltas"].items()}
    years = {
        year: Year(before.version, rules.moved(before.amounts, deltas[year])) for year, before in reading.years.items()
    }
    columns = {
        **original,
        **shared_columns(key, settlement_id(key), original["pooling_area"]),
        **rules.taken_back({column: original[column] for column in rules.COLUMNS}),
        "category_fen": rules.taken_back(original["category_fen"]),
        "reversal_of": original["id"],
        "reversal_no": len(reading.twins),
        "reversal_reason": reason,
        "annulment": annulment,
        "receipt": {
            "funds": funds,
            "deltas": deltas,
            "versions": {year: before.version + 1 for year, before in reading.years.items()},
        },
    }
    return Row(columns, years, funds, reading.balance_fen)


def _said_back(key: BookingKey, reading: TakenBackReading, twin: Row) -> Settled:
    """What the hospital is told of a cancellation: the same shape, negative amounts."""
    original = reading.settlement
    return Settled(
        pooling_area=original["pooling_area"],
        settlement_id=twin.columns["id"],
        encounter_id=original["encounter_id"],
        settled_at=key.received_at,
        person=reading.person,
        scheme=original["scheme"],
        kind=original["kind"],
        care_type=original["care_type"],
        credential_type=original["credential_type"],
        msgid=key.msgid,
        began_on=None,
        ended_on=None,
        columns={column: twin.columns[column] for column in rules.COLUMNS},
        ratio_ppm=rules.ratio_ppm(original["ratio"]),
        funds=twin.funds,
        balance_fen=reading.balance_fen - twin.columns["account_paid_fen"],
    )
