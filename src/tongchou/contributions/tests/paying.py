"""A year paid for, as it stands after any of the house's ways of payment: for tests that are not about the way.

The house itself has no such door: money comes by a file, a receipt, a roster or the counter, each with its day in the
books. This one writes the payment alone.
"""

from datetime import date, datetime

from django.db import transaction

from tongchou.contributions import commands, receivables
from tongchou.contributions.models import Contribution
from tongchou.contributions.states import Channel
from tongchou.enrolment import commands as enrolment
from tongchou.platform import checks
from tongchou.platform.queries import Operator


@transaction.atomic
def record_contribution(
    *,
    person_id: int,
    benefit_year: int,
    amount_fen: int,
    paid_on: date,
    channel: Channel,
    aided_fen: int = 0,
    receipt_no: str = "",
    operator: Operator,
    now: datetime,
) -> Contribution:
    """The year paid in full with the days it covers; the same payment again gives the first. Fen."""
    person = enrolment.lock(person_id=person_id, on=paid_on)
    checks.check_in_scope(operator, "contributions.collect", person.unit_code, now)
    earlier = Contribution.objects.filter(person_id=person_id, benefit_year=benefit_year, voided_at=None).first()
    if earlier and (earlier.amount_fen, earlier.paid_in_full_on, earlier.receipt_no) == (
        amount_fen,
        paid_on,
        receipt_no,
    ):
        return earlier
    commands.check_not_paid(person_id, benefit_year)
    by_fund = receivables.aided(person_id, benefit_year)
    made = commands._book(
        person,
        benefit_year=benefit_year,
        amount_fen=amount_fen,
        aided_fen=max(aided_fen, by_fund),
        fund_aided_fen=by_fund,
        paid_on=paid_on,
        channel=channel,
        receipt_no=receipt_no,
        now=now,
    )
    commands._note("pay", person, operator, now, made)
    return made
