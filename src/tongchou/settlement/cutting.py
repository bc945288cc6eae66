"""Into which parts a bill is cut for the engine (结算分段): by kind of care, by year, by the edge of the coverage."""

from collections.abc import Sequence
from datetime import date

from tongchou.encounters import parameters
from tongchou.policy.stays import StayPart
from tongchou.policy.visits import HOME_BED
from tongchou.settlement import rules, statements, terms
from tongchou.settlement.facts import Bill, DaySums, Reading
from tongchou.settlement.rules import Cut


def visit_cuts(bill: Bill, on: date) -> list[Cut]:
    """The cuts of a visit under the area's procedure (BEN-22)."""
    required = parameters.procedure(bill.pooling_area).chronic_filing_required
    return rules.visit_cuts(bill, on, terms.package, filing_required=required)


def stay_cuts(reading: Reading, parts: Sequence[StayPart], *, batches: Sequence[str] | None = None) -> list[Cut]:
    """One cut for nearly every stay; summed by day only where a boundary runs through it, or of a home bed.

    `batches` are those that count where the stay has later ones as well.
    """
    bill = reading.bill
    if bill.kind == HOME_BED:
        return rules.cuts_by_day(parts, rules.home_bed_days(bill, _days(bill, batches), terms.package))
    if rules.asks_days(parts):
        return rules.cuts_by_day(parts, _days(bill, batches))
    return [rules.whole_cut(bill, reading.earlier, parts[0].on, parts[0].benefit_year)]


def _days(bill: Bill, batches: Sequence[str] | None) -> list[DaySums]:
    if batches is None:
        return statements.read_days(bill.pooling_area, bill.id)
    return statements.read_days_of(bill.pooling_area, bill.id, batches)
