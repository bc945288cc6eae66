"""Money that a document announced comes to the bank and into the books (到账演示数据)."""

from datetime import date, datetime, timedelta
from typing import Final

from django.utils import timezone

from tongchou.fund import documents
from tongchou.fund.states import BankAccountKind
from tongchou.platform import second_factor
from tongchou.platform.queries import Operator
from tongchou.simulator.plan import AREA

EMPLOYEE: Final = "employee"
STEP: Final = timedelta(seconds=31)


class Till:
    """The finance desk that takes money in, one sum after another (到账、匹配、复核).

    A one-time code opens once, so each review has half a minute of its own, the last of at most `sums` just before now.
    """

    def __init__(self, accountant: Operator, finance: Operator, *, sums: int, now: datetime) -> None:
        self.accountant, self._finance, self.at = accountant, finance, now - STEP * (sums + 1)

    def receive(self, number: str, *, reference: str, fen: int, payer: str, booked_on: date) -> None:
        """The bank's entry of a day, laid beside the document and reviewed. Fen."""
        self.at += STEP
        entry = documents.record_entry(
            pooling_area=AREA,
            scheme=EMPLOYEE,
            account=BankAccountKind.INCOME,
            reference=reference,
            amount_fen=fen,
            booked_on=min(booked_on, timezone.localdate(self.at)),  # just after midnight these minutes are yesterday's
            payer=payer,
            operator=self._finance,
            now=self.at,
        )
        documents.match(number=number, entry_id=entry.pk, operator=self.accountant, now=self.at)
        code = second_factor.demo_code(self._finance, self.at)
        documents.review(number=number, second_factor_code=code, operator=self._finance, now=self.at)
