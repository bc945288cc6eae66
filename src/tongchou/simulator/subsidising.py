"""A county's subsidies in the invented city (模拟财政补助): counted, submitted, half arrived, one budget late.

Everything goes through the commands: three persons carry the application, finance matches the letters with the fiscal
account. A few other credits wait, or have become income, so that finance's lists have life in them.
"""

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Final

from django.apps import apps
from django.utils import timezone

from tongchou.contributions import queries as contributions
from tongchou.contributions.subsidies import applications, arrivals, counting, shares
from tongchou.contributions.subsidies.states import Level, Purpose
from tongchou.fund import documents
from tongchou.fund.states import BankAccountKind, DocumentKind
from tongchou.platform import second_factor
from tongchou.platform.queries import Operator, operator_by_staff_code
from tongchou.simulator.plan import AREA

SHARE_PARTS: Final = {Level.CENTRAL: 80, Level.PROVINCE: 12, Level.COUNTY: 8}
"""Shares of the subsidy in per cent: the West's central share, the rest assumed; the central budget takes odd fen."""

RESIDENT: Final = "resident"
STAFF: Final = ("zhengjiao", "daiyu", "fuhe", "lingdao", "kuaiji", "caiwufuhe")


@dataclass(slots=True)
class Desk:
    """Who acts, and the clock: each review needs a code of its own moment."""

    city: Operator
    maker: Operator
    checker: Operator
    leader: Operator
    accountant: Operator
    finance: Operator
    today: date
    now: datetime


def play(*, now: datetime) -> str:
    """财政补助 of the county where the demo's eligibility officer sits. Returns the application's number."""
    people = [operator_by_staff_code(code) for code in STAFF]
    if any(one is None for one in people):
        return ""
    city, maker, checker, leader, accountant, finance = (one for one in people if one is not None)
    begun = now - timedelta(minutes=30)  # just after midnight that is still yesterday
    desk = Desk(city, maker, checker, leader, accountant, finance, timezone.localdate(begun), begun)
    year = _share(desk)
    number = _apply(desk, year)
    _let_arrive(desk, number)
    _other_money(desk)
    return number


def _share(desk: Desk) -> int:
    """分级标准 of every year; answers the last one."""
    standards = [one for one in contributions.standards(AREA) if one.scheme == RESIDENT]
    for one in standards:
        each = {level: one.subsidy_fen * part // 100 for level, part in SHARE_PARTS.items()}
        each[Level.CENTRAL] += one.subsidy_fen - sum(each.values())
        shares.set_shares(
            standard_id=one.pk,
            each_fen=each,
            source=f"财社〔{one.benefit_year - 1}〕示例",
            operator=desk.city,
            now=desk.now,
        )
    return max(one.benefit_year for one in standards)


def _apply(desk: Desk, year: int) -> str:
    made = applications.open_application(
        unit_code=desk.maker.org_unit_id,
        benefit_year=year,
        purpose=Purpose.ADVANCE,
        count_on=desk.today,
        report_by=desk.today + timedelta(days=20),
        due_dates={
            Level.CENTRAL: desk.today + timedelta(days=60),
            Level.PROVINCE: desk.today + timedelta(days=30),
            Level.COUNTY: desk.today - timedelta(days=5),
        },
        operator=desk.maker,
        now=desk.now,
        today=desk.today,
    )
    begun = applications.begin_count(number=made.number, operator=desk.maker, now=desk.now)
    counting.count(begun.pk)
    applications.review(number=made.number, operator=desk.checker, now=desk.now)
    applications.submit(number=made.number, operator=desk.leader, now=desk.now)
    applications.approve(
        number=made.number,
        approval_no=f"财社〔{year}〕12号",
        approved_on=desk.today,
        approved_fen={},
        operator=desk.maker,
        now=desk.now,
        today=desk.today,
    )
    return str(made.number)


def _let_arrive(desk: Desk, number: str) -> None:
    """The centre has paid half, the county a part; the province's letter waits for its money."""
    levels = {
        one.level: one
        for one in apps.get_model("contributions.SubsidyLevel").objects.filter(application__number=number)
    }
    for level, payer, tenths, arrives in (
        (Level.CENTRAL, "自治区财政厅", 5, True),
        (Level.COUNTY, "县财政局", 6, True),
        (Level.PROVINCE, "自治区财政厅", 10, False),
    ):
        line = levels[level.value]
        amount = line.payable_fen * tenths // 10
        if amount <= 0:
            continue
        made = arrivals.note_grant(
            level_id=line.pk,
            amount_fen=amount,
            payer=payer,
            paper=f"{level.label}预拨{number[-4:]}",
            operator=desk.accountant,
            now=desk.now,
        )
        if arrives:
            _match_and_post(desk, made, amount, BankAccountKind.SPECIAL, payer)


def _other_money(desk: Desk) -> None:
    """集体扶持 in the books, 利息 waiting for review, one credit that nobody can place yet."""
    village = _income(desk, DocumentKind.COLLECTIVE, 500_000, "城关镇东村村民委员会", "收据 00817", "村集体扶持参保")
    _match_and_post(desk, village, 500_000, BankAccountKind.SPECIAL, "城关镇东村村民委员会")
    interest = _income(desk, DocumentKind.INTEREST, 1_284_631, "桂宁市农村信用社", "利息清单 4", "本季财政专户利息")
    _match(desk, interest, 1_284_631, BankAccountKind.SPECIAL, "桂宁市农村信用社")
    _entry(desk, 3_800_000, BankAccountKind.INCOME, "桂宁市某贸易有限公司", "L-UNKNOWN", remark="转账")


def _income(desk: Desk, kind: DocumentKind, fen: int, payer: str, paper: str, summary: str) -> str:
    made = documents.issue(
        pooling_area=AREA,
        scheme=RESIDENT,
        kind=kind,
        amount_fen=fen,
        payer=payer,
        paper=paper,
        summary=summary,
        operator=desk.accountant,
        now=desk.now,
    )
    return str(made.number)


def _match_and_post(desk: Desk, number: str, fen: int, account: BankAccountKind, payer: str) -> None:
    _match(desk, number, fen, account, payer)
    desk.now += timedelta(minutes=2)
    documents.review(
        number=number,
        second_factor_code=second_factor.demo_code(desk.finance, desk.now),
        operator=desk.finance,
        now=desk.now,
    )


def _match(desk: Desk, number: str, fen: int, account: BankAccountKind, payer: str) -> None:
    entry = _entry(desk, fen, account, payer, f"L{number[-6:]}")
    documents.match(number=number, entry_id=entry, operator=desk.accountant, now=desk.now)


def _entry(desk: Desk, fen: int, account: BankAccountKind, payer: str, reference: str, remark: str = "") -> int:
    made = documents.record_entry(
        pooling_area=AREA,
        scheme=RESIDENT,
        account=account,
        reference=reference,
        amount_fen=fen,
        booked_on=desk.today,
        payer=payer,
        remark=remark,
        operator=desk.finance,
        now=desk.now,
    )
    return int(made.pk)
