"""Cards, bank accounts and transfers of the invented city (卡务、账户、转移演示数据).

What is many goes in bulk, what shows a life goes through the commands of enrolment, by the demo operators.
"""

import contextlib
from collections.abc import Iterator
from datetime import date, datetime, timedelta
from typing import Final

from django.apps import apps
from django.db import transaction

from tongchou.enrolment import commands as enrolling
from tongchou.enrolment import queries as enrolment
from tongchou.enrolment.bank_accounts import commands as accounts
from tongchou.enrolment.bank_accounts.states import AccountSource
from tongchou.enrolment.credentials import tally
from tongchou.enrolment.states import Scheme
from tongchou.enrolment.transfers import commands as transfers
from tongchou.enrolment.transfers import own
from tongchou.enrolment.transfers.commands import Wanted
from tongchou.enrolment.transfers.states import TransferKind
from tongchou.kernel.errors import DomainError
from tongchou.platform import queries as platform
from tongchou.settlement import queries as settlement
from tongchou.simulator import employers
from tongchou.simulator.small_registers import insert

OPERATOR: Final = "daiyu"
PERSONS: Final = 40
LEAVING: Final = (("460100", "琼海市社会保险事业局(示例)"), ("440100", "穗城医疗保障事业管理中心(示例)"))


def lay_out(now: datetime) -> int:
    """Everything, for persons whom the clerk may serve. Returns how many accounts stand (建经办数据)."""
    clerk = platform.operator_by_staff_code(OPERATOR)
    if clerk is None:
        return 0
    people = list(_people(clerk, now))
    made = _accounts(people, clerk, now)
    _media(people, now)
    _cards(people, clerk, now)
    employers.lay_out(clerk.staff_code, now)
    _transfers(people, clerk, now)
    tally.count_cards(now)
    return made


def _people(clerk: platform.Operator, now: datetime) -> Iterator[enrolment.Facts]:
    today = now.date()
    reach = platform.scope_of(clerk, "enrolment.change", today)
    paths = {unit.code: unit.path for unit in platform.units_by_code().values()}
    found = 0
    for person_id in settlement.persons_with_most_paid(limit=10 * PERSONS):
        facts = enrolment.facts(person_id, today)
        if facts is not None and facts.died_on is None and reach.covers(paths.get(facts.unit_code, "")):
            found += 1
            yield facts
        if found == PERSONS:
            return


def _accounts(people: list[enrolment.Facts], clerk: platform.Operator, now: datetime) -> int:
    """Everybody has one; a few changed it lately."""
    made = insert(
        "enrolment.BankAccount",
        (
            {
                "person_id": one.id,
                "bank_name": "桂宁农商银行(示例)",
                "account_no": f"62310000{one.id:010d}",
                "holder_kind": "self",
                "holder_name": one.name,
                "source": AccountSource.LIST,
                "staff_code": clerk.staff_code,
                "recorded_at": now - timedelta(days=400),
            }
            for one in people
        ),
    )
    for place, one in enumerate(people[:6]):
        details = accounts.AccountDetails(
            bank_name="榕湖银行(示例)",
            account_no=f"62170000{one.id:010d}",
            holder_name=one.name,
            reason="原存折停用",
        )
        accounts.record_account(
            person_id=one.id,
            details=details,
            source=AccountSource.CASE,
            operator=clerk,
            now=now - timedelta(days=2 * place, hours=3),
        )
    return made


def _media(people: list[enrolment.Facts], now: datetime) -> None:
    insert(
        "enrolment.LinkedMedium",
        (
            {
                "person_id": one.id,
                "kind": "jinsui",
                "number": f"622848{one.id:012d}",
                "valid_from": date(now.year - 1, 1, 1),
                "valid_until": date(now.year + 1, 1, 1) if place % 3 else now.date() - timedelta(days=30),
                "staff_code": OPERATOR,
                "linked_at": now - timedelta(days=300),
            }
            for place, one in enumerate(people[10:])
        ),
    )


def _cards(people: list[enrolment.Facts], clerk: platform.Operator, now: datetime) -> None:
    """Losses, and new cards on their way."""
    for place, one in enumerate(people[:9]):
        at = now - timedelta(days=9 - place)
        with contextlib.suppress(DomainError):  # whoever has no card loses none
            enrolling.report_card_lost(person_id=one.id, on=at.date(), said_by=one.name, operator=clerk, now=at)
            number = f"S{50_000_000 + one.id:08d}"
            enrolling.apply_for_card(
                person_id=one.id, number=number, applied_on=at.date(), operator=clerk, now=at + timedelta(hours=1)
            )
            if place % 3 == 0:
                enrolling.mark_ready(number=number, operator=clerk, now=now)


def _transfers(people: list[enrolment.Facts], clerk: platform.Operator, now: datetime) -> None:
    """Some leave for other places; one of them stays after all."""
    residents = [one for one in people[20:] if one.scheme == Scheme.RESIDENT and one.status == "active"]
    for place, one in enumerate(residents[:3]):
        area, agency = LEAVING[place % len(LEAVING)]
        at = now - timedelta(days=6 - 2 * place)
        wanted = Wanted(
            kind=TransferKind.AREA,
            to_area=area,
            to_agency=agency,
            to_scheme=Scheme.RESIDENT,
            starts_on=at.date() + timedelta(days=1),
            reason="就业",
        )
        with transaction.atomic():
            person = apps.get_model("enrolment.Person").objects.select_for_update().get(pk=one.id)
            made = transfers.finish_out(person, wanted, case_number="", operator=clerk, now=at)
        if place == 0:
            transfers.withdraw_transfer(
                transfer_id=made.pk, version=made.version, reason="本人不再外出务工", operator=clerk, now=now
            )
    _from_home(residents[3:], now)


def _from_home(people: list[enrolment.Facts], now: datetime) -> None:
    """自助转移: the first who may asked for it from home yesterday; it waits for the counter and its reviewer."""
    at = now - timedelta(days=1)
    for one in people:
        area, agency = LEAVING[1]
        asked = own.Asked(
            to_area=area,
            to_agency=agency,
            reason="work",
            starts_on=now.date() + timedelta(days=1),
            phone=f"137{one.id:08d}",
        )
        with contextlib.suppress(DomainError):  # in hospital, or a year is not paid
            own.ask_transfer(
                person_id=one.id,
                asked=asked,
                scans=(),
                agent_name="",
                request_id="demo-from-home",
                now=at,
                today=at.date(),
            )
            return
