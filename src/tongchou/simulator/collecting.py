"""A season of bank withholding in the invented city (模拟代扣): one batch finished, one at the bank, one held.

The batches go through the commands and the simulated bank answers through the same files as a real one (SYS-29).
Mandates of three towns are put down in bulk, as a city takes them over from before.
"""

import tempfile
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Any, Final

from django.apps import apps
from django.db import connection
from django.utils import timezone

from tongchou.contributions import collection, progress, queries, receivables, reconciling
from tongchou.contributions.aid import arrivals
from tongchou.contributions.aid import commands as aid
from tongchou.contributions.aid.commands import Aid
from tongchou.contributions.aid.states import AidAnswer, AidMode
from tongchou.enrolment.states import Department, SpecialCategory
from tongchou.exchange import formats, imports, outgoing
from tongchou.exchange import queries as exchange
from tongchou.exchange.imports import Mode
from tongchou.kernel.errors import DomainError
from tongchou.platform.queries import Operator, operator_by_staff_code
from tongchou.simulator.bank import Bank, Drawn
from tongchou.simulator.partners import enter_partners
from tongchou.simulator.plan import AREA

BANK: Final = "NXS"
REFUSED_EVERY: Final = 17
FAILS_EVERY: Final = 9
"""One account in so many holds too little."""

_MANDATES: Final = """
INSERT INTO contributions_debitmandate (pooling_area_id, number, bank_id, household_id, unit_code, account_no,
                                        holder_name, signed_on, state, correction, end_reason, staff_code, created_at)
SELECT %(area)s, 'XY' || lpad(h.household_id::text, 10, '0'), %(bank)s, h.household_id, h.unit_code,
       '6217009' || lpad(h.household_id::text, 12, '0'), h.head_name, %(since)s, 'active', '', '', 'zhengjiao', %(now)s
  FROM enrolment_households h
 WHERE h.unit_code = ANY(%(units)s) AND h.head_name IS NOT NULL AND h.household_id %% 12 <> 0
"""


@dataclass(frozen=True, slots=True)
class Season:
    """Who acts, for which year, with which bank."""

    clerk: Operator
    finance: Operator
    year: int
    bank_id: int
    today: date
    now: datetime


def play(*, now: datetime) -> int:
    """Three batches in three towns (模拟代扣). Returns how many could be made: outside every window there is nothing to
    draw.
    """
    today = timezone.localdate(now)
    clerk, finance, officer = (operator_by_staff_code(code) for code in ("zhengjiao", "caiwufuhe", "xinxi"))
    if clerk is None or finance is None or officer is None:
        return 0
    since = today - timedelta(days=400)
    bank_id = enter_partners(pooling_area=AREA, since=since, operator=officer, now=now)[BANK]
    year = max(one.benefit_year for one in queries.standards(AREA))
    season = Season(clerk, finance, year, bank_id, today, now)
    towns = _towns()
    _sign(season, towns, since)
    opens = queries.waiting(AREA, year, today).rules.window_from
    receivables.open_year(
        pooling_area=AREA, benefit_year=year, opens_on=date(year - 1, *opens), operator=clerk, now=now
    )
    _aid(season)
    made = sum(_run(season, town, step) for step, town in enumerate(towns))
    progress.roll_up(now)
    return made


def _aid(season: Season) -> None:
    """资助参保: departments pay for their people; some lists are answered, the money of one has come (CON-15)."""
    table = (
        Aid(SpecialCategory.TEKUN, Department.CIVIL_AFFAIRS),
        Aid(SpecialCategory.DIBAO, Department.CIVIL_AFFAIRS, 10_000),
        Aid(SpecialCategory.POOR, Department.POVERTY_RELIEF, 12_000),
        Aid(SpecialCategory.NINETY, Department.CIVIL_AFFAIRS, aged_from=90),
        Aid(SpecialCategory.SEVERE_DISABILITY, Department.DISABLED),
    )
    told = {"pooling_area": AREA, "benefit_year": season.year, "operator": season.clerk, "now": season.now}
    try:
        aid.set_plan(mode=AidMode.FUND, ref_date=None, table=table, source="桂宁资助参保办法(虚构)", **told)
        lists = aid.make_lists(**told)
    except DomainError:  # nobody of these groups owes the year
        return
    for one in lists:
        aid.notify(number=one.number, operator=season.clerk, now=season.now)
    for one, tenths in zip(lists[:2], (10, 6), strict=False):
        _aid_arrives(season, one, tenths)


def _aid_arrives(season: Season, one: Any, tenths: int) -> None:
    """The department has answered, and so many tenths of what it promised are with the bank (CON-17)."""
    lines = one.items.order_by("line_no").values_list("line_no", "amount_fen")
    refused = {line for line, _fen in lines if line % REFUSED_EVERY == 0}
    arrivals.confirm(
        number=one.number,
        answers=[
            arrivals.Answered(line, AidAnswer.NOT_IN_GROUP if line in refused else AidAnswer.OK, season.today)
            for line, _fen in lines
        ],
        operator=season.clerk,
        now=season.now,
    )
    promised = sum(fen for line, fen in lines if line not in refused)
    if promised:
        arrivals.record_arrival(
            number=one.number,
            reference=f"ZZ{one.pk:08d}",
            amount_fen=promised * tenths // 10,
            arrived_on=season.today,
            operator=season.finance,
            now=season.now,
        )


def _towns() -> list[str]:
    """Three towns with most households, in the order of their codes."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT town.code FROM platform_orgunit town"
            " JOIN platform_orgunit village ON village.parent_id = town.code"
            " JOIN enrolment_household h ON h.unit_code = village.code"
            " WHERE town.level = 'town' GROUP BY town.code ORDER BY count(*) DESC, town.code LIMIT 3"
        )
        return sorted(code for (code,) in cursor.fetchall())


def _sign(season: Season, towns: list[str], since: date) -> None:
    villages = apps.get_model("platform.OrgUnit").objects.filter(parent_id__in=towns).values_list("code", flat=True)
    with connection.cursor() as cursor:
        cursor.execute(
            _MANDATES,
            {"area": AREA, "bank": season.bank_id, "since": since, "now": season.now, "units": [*towns, *villages]},
        )


def _run(season: Season, town: str, step: int) -> bool:
    """The first batch is finished, the second lies with the bank, of the third the bank credited less than it said."""
    try:
        batch = collection.make_batch(
            pooling_area=AREA,
            unit_code=town,
            benefit_year=season.year,
            bank_id=season.bank_id,
            draw_on=season.today,
            operator=season.clerk,
            now=season.now,
        )
    except DomainError:  # nobody of the town owes what may be paid today
        return False
    collection.send_batch(batch_id=batch.pk, operator=season.clerk, now=season.now)
    if step == 1:
        return True
    result = _answered(season, batch)
    missing = result.items.filter(paid_fen__gt=0).order_by("line_no").first()
    credited = result.paid_fen if step == 0 or missing is None else result.paid_fen - missing.paid_fen
    if credited > 0:
        reconciling.record_advice(
            pooling_area=AREA,
            bank_id=season.bank_id,
            reference=f"SIM{batch.pk:08d}",
            amount_fen=credited,
            credited_on=season.today,
            quoted=batch.number,
            operator=season.finance,
            now=season.now,
        )
    return True


def _answered(season: Season, batch: Any) -> Any:
    """The bank's answer, checked and taken in like any file."""
    file = exchange.outgoing_of(collection.FLOW_NAME, batch.pk)
    assert file is not None
    agreement = outgoing.agreed(file.partner, collection.FLOW_NAME, season.today)
    assert agreement.sent_as is not None
    assert agreement.answered_as is not None
    bank = Bank(
        BANK,
        formats.read_definition(agreement.sent_as.definition),
        formats.read_definition(agreement.answered_as.definition),
        _fate,
    )
    with tempfile.TemporaryDirectory(prefix="tongchou-bank-") as folder:
        path = Path(folder) / f"HP{file.serial:06d}.txt"
        path.write_bytes(bank.answer(b"".join(outgoing.content_of(file)), paid_on=season.today))
        preview = imports.check(
            kind=collection.FLOW_NAME,
            pooling_area=AREA,
            file_name=path.name,
            content=path,
            options={"answers": file.number},
            operator=season.clerk,
            now=season.now,
        )
    imports.take_in(preview_id=preview.id, mode=Mode.ALL, operator=season.clerk, now=season.now)
    return batch.results.get()


def _fate(line: int, asked_fen: int) -> Drawn:
    return Drawn(0, "balance") if line % FAILS_EVERY == 0 else Drawn(asked_fen, "ok")
