"""The premiums in the fund's books (保费入账): a batch and a voucher per scheme, month and channel."""

import itertools
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time
from typing import Any, Final

import numpy as np
import psycopg
from numpy.typing import NDArray

from tongchou.fund.commands import ensure_chart, open_periods, post_voucher
from tongchou.fund.rules import EntryDraft
from tongchou.fund.states import VoucherKind
from tongchou.kernel.money import Money
from tongchou.kernel.months import add_months
from tongchou.simulator import bulk, small_registers
from tongchou.simulator.plan import AREA, CityPlan
from tongchou.simulator.premiums import CHANNELS, History, Payments, standard_of, years_of

RESIDENT: Final = "resident"
EMPLOYEE: Final = "employee"
TREASURY: Final = "1005"
FISCAL_ACCOUNT: Final = "1003"
DEPOSITS: Final = {"bank": "1002", "tax": TREASURY, "school": "1002", "counter": "1002", "aid": "1002"}
"""收入户; what the tax office collects lies in the treasury (国库)."""

PREMIUM_INCOME: Final = "4001"
EMPLOYERS_PARTS: Final = {"400101": 6, "400102": 2}
"""Employer's and employee's part in per cent of the wage (国发〔1998〕44号)."""

COUNTY_SUBSIDY: Final = "410104"
SUBSIDY_DAY: Final = (6, 30)
SUBSIDY_PARTS: Final = {"410101": 80, "410102": 12, COUNTY_SUBSIDY: 8}
"""Central, regional and county share of the subsidy in per cent: the West's central share, the rest assumed."""

ACCOUNTANT: Final = "kuaiji"
EVENING: Final = time(17)
"""When the vouchers of a day are made: before its month is closed."""

CLERK: Final = "shouli"


@dataclass(frozen=True, slots=True)
class Batch:
    """The residents' payments of one month and channel."""

    month: date
    channel: str
    rows: int
    amount_fen: int

    @property
    def name(self) -> str:
        return f"{self.month:%Y%m}-{self.channel}.csv"


class PremiumBooks:
    """Adds payments up while they stream past, then writes batches and vouchers."""

    def __init__(self, plan: CityPlan) -> None:
        self._plan = plan
        self._first_month = np.datetime64(f"{years_of(plan).start - 1}-09", "M")
        self._months = int((np.datetime64(plan.today, "M") - self._first_month).astype(np.int64)) + 1
        self._rows = np.zeros(self._months * len(CHANNELS), dtype=np.int64)
        self._amounts = np.zeros(self._months * len(CHANNELS), dtype=np.int64)
        self._heads: Counter[int] = Counter()
        self._wages: Counter[int] = Counter()
        self._vouchers: dict[int, str] = {}

    def book(self, payments: Payments, history: History) -> NDArray[np.int64]:
        """Count these payments and the wages of employees; the number of each payment's batch."""
        month = (payments.paid_on.astype("datetime64[M]") - self._first_month).astype(np.int64)
        cell = month * len(CHANNELS) + payments.channel
        self._rows += np.bincount(cell, minlength=len(self._rows))
        np.add.at(self._amounts, cell, payments.amount_fen)
        for year, heads in zip(*np.unique(payments.benefit_year, return_counts=True), strict=True):
            self._heads[int(year)] += int(heads)
        for year in np.unique(history.employed_year):
            self._wages[int(year)] += int(history.employed_wage[history.employed_year == year].sum())
        return cell + 1

    def enter_batches(self, driver: "psycopg.Connection[Any]", *, now: datetime) -> None:
        """One batch per cell that holds a payment, under the number `book` gave out."""
        small_registers.insert(
            "contributions.ImportBatch",
            (
                {
                    "id": cell + 1,
                    "pooling_area_id": AREA,
                    "scheme": RESIDENT,
                    "channel": batch.channel,
                    "file_name": batch.name,
                    "digest": f"{cell:064d}",
                    "rows_accepted": batch.rows,
                    "rows_refused": 0,
                    "amount_fen": batch.amount_fen,
                    "voucher_no": self._vouchers.get(cell, ""),
                    "operator_code": CLERK,
                    "created_at": now,
                }
                for cell, batch in self._batches()
            ),
        )
        bulk.advance_sequences(driver, ["contributions_importbatch"])

    def post(self, *, now: datetime) -> None:
        """Charts, periods and vouchers: collections month by month, and the years' subsidies (GX2017 §95, 29)."""
        for scheme in (RESIDENT, EMPLOYEE):
            ensure_chart(pooling_area=AREA, scheme=scheme)
            first = self._first_month.astype("datetime64[D]").item()
            open_periods(pooling_area=AREA, scheme=scheme, first=first, last=self._plan.today)
        for _, group in itertools.groupby(self._batches(), key=lambda numbered: numbered[1].month):
            numbered = list(group)
            voucher_no = self._post_month([batch for _, batch in numbered], now=now)
            self._vouchers.update({cell: voucher_no for cell, _ in numbered})
        for year, heads in sorted(self._heads.items()):
            paid_on = date(year, *SUBSIDY_DAY)
            if paid_on <= self._plan.today:
                self._post_subsidy(year, heads, paid_on, now=now)
        for year, wages in sorted(self._wages.items()):
            self._post_employers(year, wages, now=now)

    def _post_month(self, batches: Sequence[Batch], *, now: datetime) -> str:
        """One voucher for the residents' payments of a month, whatever the channel."""
        month = batches[0].month
        received: Counter[str] = Counter()
        for batch in batches:
            received[DEPOSITS[batch.channel]] += batch.amount_fen
        return self._post(
            RESIDENT,
            dated_on=_last_day(month, self._plan.today),
            summary=f"{month:%Y年%m月}保费收入,{sum(batch.rows for batch in batches)}人次",
            source_document=f"缴费结果 {month:%Y%m}",
            debits=received,
            credits={PREMIUM_INCOME: received.total()},
            now=now,
        )

    def _post_employers(self, year: int, wages: int, *, now: datetime) -> None:
        """用人单位缴费 month by month: the employer's part to the pool, the employee's own to the accounts."""
        for number in range(12):
            month = date(year, number + 1, 1)
            if month > self._plan.today:
                return
            parts = {code: wages * 100 * per_cent // 100 // 12 for code, per_cent in EMPLOYERS_PARTS.items()}
            if sum(parts.values()):
                self._post(
                    EMPLOYEE,
                    dated_on=_last_day(month, self._plan.today),
                    summary=f"{month:%Y年%m月}职工保费收入",
                    source_document=f"税务征收汇总 {month:%Y%m}",
                    debits={TREASURY: sum(parts.values())},
                    credits=parts,
                    now=now,
                )

    def _post_subsidy(self, year: int, heads: int, paid_on: date, *, now: datetime) -> None:
        """财政补助 of a year: heads × standard, shared by level; the county takes the odd fen."""
        whole = heads * standard_of(year)[1] * 100
        parts = {code: whole * per_cent // 100 for code, per_cent in SUBSIDY_PARTS.items()}
        parts[COUNTY_SUBSIDY] += whole - sum(parts.values())
        self._post(
            RESIDENT,
            dated_on=paid_on,
            summary=f"{year}年度财政补助,{heads}人",
            source_document=f"财政拨款单 {year}-001",
            debits={FISCAL_ACCOUNT: whole},
            credits=parts,
            now=now,
        )

    def _post(
        self,
        scheme: str,
        *,
        dated_on: date,
        summary: str,
        source_document: str,
        debits: Mapping[str, int],
        credits: Mapping[str, int],
        now: datetime,
    ) -> str:
        """One receipt voucher through the ledger; its number."""
        voucher = post_voucher(
            pooling_area=AREA,
            scheme=scheme,
            kind=VoucherKind.RECEIPT,
            dated_on=dated_on,
            summary=summary,
            source_document=source_document,
            entries=[
                *(EntryDraft(code, debit=Money(amount)) for code, amount in debits.items() if amount),
                *(EntryDraft(code, credit=Money(amount)) for code, amount in credits.items() if amount),
            ],
            operator=ACCOUNTANT,
            now=min(now, datetime.combine(dated_on, EVENING, now.tzinfo)),
        )
        return str(voucher.number)

    def _batches(self) -> Iterator[tuple[int, Batch]]:
        """The cells that hold payments, with what they hold."""
        for cell in np.flatnonzero(self._rows):
            month, channel = divmod(int(cell), len(CHANNELS))
            first_day = (self._first_month + month).astype("datetime64[D]").item()
            yield int(cell), Batch(first_day, CHANNELS[channel], int(self._rows[cell]), int(self._amounts[cell]))


def _last_day(month: date, today: date) -> date:
    """The last day of the month, or today while it runs."""
    return min(date.fromordinal(add_months(month, 1).toordinal() - 1), today)
