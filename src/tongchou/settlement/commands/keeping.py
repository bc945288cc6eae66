"""What is kept beside settlements (结算附属): the daily roll-up, prints of slips, money put into accounts."""

from datetime import date, datetime

from django.db import connection, transaction
from django.utils import timezone

from tongchou.fund.rules import complete_until, days_from
from tongchou.kernel.errors import DomainError
from tongchou.kernel.money import Money
from tongchou.platform.database import one_after_another
from tongchou.settlement.models import AccountCredit, PersonalAccount, RollUp, SlipPrint
from tongchou.wire import database


class CreditNotPositive(DomainError):
    code = "ST-4001"
    message = "划入个人账户的金额须大于零,不能是{amount}元"
    citation = "NC-ACCT §4"


class CreditDiffers(DomainError):
    code = "ST-4002"
    message = "依据“{document}”已划入{amount}元,不能以另一金额再次划入"
    citation = "NC-ACCT §5"


@transaction.atomic
def roll_up_totals(*, pooling_area: str, now: datetime, since: date | None = None) -> int:
    """结算日汇总: write the daily roll-up anew from `since`, by default from the first day not yet complete.

    Repeating it changes nothing. Returns how many days were written.
    """
    today = timezone.localdate(now)
    progress = RollUp.objects.select_for_update().filter(pooling_area=pooling_area).first()
    start = since or (progress.complete_until if progress else _first_day(pooling_area))
    days = days_from(start or today, today)
    with connection.cursor() as cursor:
        for day in days:
            cursor.execute("SELECT settlement_roll_up_day(%s, %s)", [pooling_area, day])
    done = complete_until(now=timezone.localtime(now))
    RollUp.objects.update_or_create(pooling_area=pooling_area, defaults={"complete_until": done, "rolled_at": now})
    return len(days)


def _first_day(pooling_area: str) -> date | None:
    found = database.row("SELECT min(settled_on) FROM settlement_settlement WHERE pooling_area = %s", pooling_area)
    return found[0] if found else None


@transaction.atomic
def note_slip_print(*, pooling_area: str, settlement_id: int, operator: str, now: datetime) -> int:
    """打印结算单 (SET-06): counts the print; from the second on the slip says 补打. Returns which print this is."""
    prints = SlipPrint.objects.filter(pooling_area=pooling_area, settlement_id=settlement_id)
    one_after_another("slip", pooling_area, settlement_id)
    number = prints.count() + 1
    SlipPrint.objects.create(
        pooling_area=pooling_area, settlement_id=settlement_id, print_no=number, printed_at=now, printed_by=operator
    )
    return number


@transaction.atomic
def credit_account(
    *, pooling_area: str, person_id: int, amount: Money, document: str, operator: str, now: datetime
) -> int:
    """划入个人账户 (NC-ACCT §4; NM-ACCT §11): put money into a person's account, once per document.

    Returns the balance in fen. Raises: CreditNotPositive, CreditDiffers.
    """
    if amount <= 0:
        raise CreditNotPositive(amount=amount)
    account, _ = PersonalAccount.objects.select_for_update().get_or_create(
        pooling_area=pooling_area, person_id=person_id, defaults={"balance_fen": 0}
    )
    earlier = AccountCredit.objects.filter(pooling_area=pooling_area, person_id=person_id, document=document).first()
    if earlier is not None:
        if earlier.amount_fen != amount:
            raise CreditDiffers(document=document, amount=Money(earlier.amount_fen))
        return int(account.balance_fen)
    AccountCredit.objects.create(
        pooling_area=pooling_area,
        person_id=person_id,
        amount_fen=int(amount),
        document=document,
        credited_at=now,
        operator=operator,
    )
    account.balance_fen += int(amount)
    account.save(update_fields=["balance_fen"])
    return int(account.balance_fen)
