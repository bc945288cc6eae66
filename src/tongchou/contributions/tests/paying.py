"""Money that has come in, for tests that are not about the way it came.

`record_contribution` leaves a year paid for, as it stands after any of the house's ways of payment. The house itself
has no such door: money comes by a file, a receipt, a roster or the counter, each with its day in the books. This one
writes the payment alone. `post_slip` takes a slip of the counter to the books, as two persons do.
"""

from datetime import date, datetime, timedelta
from typing import Any

from django.db import transaction

from tongchou.contributions import commands, receivables
from tongchou.contributions.models import Contribution, ImportBatch
from tongchou.contributions.rules import RESIDENT
from tongchou.contributions.states import Channel
from tongchou.enrolment import commands as enrolment
from tongchou.fund import documents
from tongchou.fund.states import BankAccountKind
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
    batch = ImportBatch.objects.create(
        pooling_area_id=person.pooling_area,
        scheme=RESIDENT,
        channel=channel,
        file_name="",
        digest=f"payment {person_id} {benefit_year} {ImportBatch.objects.count()}",
        rows_accepted=1,
        rows_refused=0,
        amount_fen=amount_fen - by_fund,
        operator_code=operator.staff_code,
        created_at=now,
    )
    made = commands._book(
        person,
        benefit_year=benefit_year,
        amount_fen=amount_fen,
        aided_fen=max(aided_fen, by_fund),
        fund_aided_fen=by_fund,
        paid_on=paid_on,
        channel=channel,
        receipt_no=receipt_no,
        batch_id=batch.pk,
        now=now,
    )
    commands._note("pay", person, operator, now, made)
    return made


def post_slip(
    office: Any,
    number: str,
    *,
    fen: int,
    reference: str,
    booked_on: date,
    now: datetime,
    payer: str = "甲市机械厂",
    scheme: str = "employee",
    account: BankAccountKind = BankAccountKind.INCOME,
) -> None:
    """The bank's entry of a slip is found by the accountant; finance, a second person, posts it with their device.

    The office counts its `minutes`: a device gives a code once a minute.
    """
    entry = documents.record_entry(
        pooling_area="450100",
        scheme=scheme,
        account=account,
        reference=reference,
        amount_fen=fen,
        booked_on=booked_on,
        payer=payer,
        operator=office.finance,
        now=now,
    )
    documents.match(number=number, entry_id=entry.pk, operator=office.accountant, now=now)
    office.minutes += 1
    later = now + timedelta(minutes=office.minutes)
    documents.review(number=number, second_factor_code=office.device.code(later), operator=office.finance, now=later)
