"""征收名册 (JL2019 §12; CON-11, SYS-05): whom the tax office may collect from, then only what has changed.

The lines stay as they were sent, so that the last line of a person says what the tax office knows; a roster compares
what is owed now with that, in one statement for any number of persons.
"""

from collections.abc import Iterator, Sequence
from datetime import datetime
from typing import Any, Final

from django.db import connection, transaction
from django.utils import timezone

from tongchou.contributions.models import ReceivableYear
from tongchou.contributions.rules import RESIDENT
from tongchou.contributions.tax.models import TaxRoster, TaxRosterLine
from tongchou.exchange import commands as exchange
from tongchou.exchange import outgoing
from tongchou.exchange import queries as exchange_queries
from tongchou.exchange.flows import Flow
from tongchou.exchange.states import PartnerKind
from tongchou.kernel.errors import DomainError
from tongchou.platform import checks as platform_checks
from tongchou.platform import queries as platform
from tongchou.platform import trail
from tongchou.platform.numbering import Series, next_written

SEND: Final = "contributions.withhold"
FLOW_NAME: Final = "tax_roster"
NUMBERS: Final = Series("tax.roster", name="征收名册", mark="ZS", width=6)
COLUMNS: Final = ("line_no", "person_no", "certificate_no", "name", "unit_code", "amount_fen", "year", "change")
AT_ONCE: Final = 20_000


class NotATaxOffice(DomainError):
    code = "CO-6071"
    message = "没有编号为{office}的税务机关,或已停用"
    citation = "JL2019 §12"


class YearNotOpenedForTax(DomainError):
    code = "CO-6072"
    message = "{year}年度还没有生成应缴,不能制作征收名册"
    citation = "JL2019 §12"


class NothingChanged(DomainError):
    code = "CO-6073"
    message = "{year}年度的参保人员与已发送的名册相同,没有变动"
    citation = "JL2019 §12"


class RosterUnknown(DomainError):
    code = "CO-6074"
    message = "没有编号为{number}的征收名册"
    citation = "JL2019 §12"


_CHANGES: Final = """
INSERT INTO contributions_taxrosterline (roster_id, line_no, person_id, benefit_year, person_no, certificate_no, name,
                                         unit_code, amount_fen, change)
SELECT %(roster)s, row_number() OVER (ORDER BY c.unit_code, c.person_id), c.person_id, %(year)s, c.person_no,
       c.certificate_no, c.name, c.unit_code, c.amount_fen, c.change
  FROM (SELECT coalesce(n.person_id, k.person_id) AS person_id, coalesce(n.person_no, k.person_no) AS person_no,
               coalesce(n.certificate_no, k.certificate_no) AS certificate_no, coalesce(n.name, k.name) AS name,
               coalesce(n.unit_code, k.unit_code) AS unit_code, coalesce(n.amount_fen, 0) AS amount_fen,
               CASE WHEN n.person_id IS NULL THEN 'ended'
                    WHEN k.person_id IS NULL OR k.change = 'ended' THEN 'new' ELSE 'changed' END AS change
          FROM (SELECT r.person_id, g.person_no, g.certificate_no, g.name, r.unit_code,
                       r.amount_fen - r.aided_fen AS amount_fen
                  FROM contributions_receivable r
                  JOIN enrolment_registered g ON g.person_id = r.person_id
                 WHERE r.pooling_area_id = %(area)s AND r.scheme = 'resident' AND r.benefit_year = %(year)s
                   AND r.state IN ('due', 'failed', 'sent') AND r.amount_fen > r.aided_fen) n
          FULL JOIN (SELECT DISTINCT ON (l.person_id) l.*
                       FROM contributions_taxrosterline l JOIN contributions_taxroster t ON t.id = l.roster_id
                      WHERE t.pooling_area_id = %(area)s AND t.benefit_year = %(year)s
                      ORDER BY l.person_id, l.id DESC) k ON k.person_id = n.person_id
         WHERE CASE WHEN n.person_id IS NULL THEN k.change <> 'ended'
                    WHEN k.person_id IS NULL OR k.change = 'ended' THEN true
                    ELSE (n.person_no, n.certificate_no, n.name, n.unit_code, n.amount_fen)
                         IS DISTINCT FROM (k.person_no, k.certificate_no, k.name, k.unit_code, k.amount_fen) END) c
"""


@transaction.atomic
def make_roster(
    *, pooling_area: str, benefit_year: int, office_id: int, operator: platform.Operator, now: datetime
) -> TaxRoster:
    """制作征收名册 (JL2019 §12): everybody who owes the year, or what has changed since the last one, as a file.

    Two clerks at once, or a click twice: the second finds nothing changed. Raises: NotATaxOffice, YearNotOpenedForTax,
    NothingChanged, NothingAgreed, NoPermission, AreaOutOfScope.
    """
    platform_checks.check_area_in_scope(operator, SEND, pooling_area, now)
    office = exchange_queries.partner(office_id)
    if office is None or not office.in_use or office.kind != PartnerKind.TAX or office.pooling_area_id != pooling_area:
        raise NotATaxOffice(office=office_id)
    outgoing.agreed(office, FLOW_NAME, timezone.localdate(now))
    opened = ReceivableYear.objects.select_for_update().filter(
        pooling_area_id=pooling_area, scheme=RESIDENT, benefit_year=benefit_year
    )
    if opened.first() is None:
        raise YearNotOpenedForTax(year=benefit_year)
    earlier = TaxRoster.objects.filter(pooling_area_id=pooling_area, benefit_year=benefit_year)
    roster = TaxRoster.objects.create(
        pooling_area_id=pooling_area,
        number=next_written(NUMBERS, area=pooling_area, year=timezone.localdate(now).year),
        benefit_year=benefit_year,
        office=office,
        is_first=not earlier.exists(),
        made_by=operator.staff_code,
        made_at=now,
    )
    roster.rows, roster.amount_fen = _write(roster)
    if not roster.rows:
        raise NothingChanged(year=benefit_year)
    roster.save(update_fields=["rows", "amount_fen"])
    outgoing.make_file(
        flow=FLOW_NAME,
        partner=office,
        object_key=roster.pk,
        unit_code=pooling_area,
        rows=roster.rows,
        total_fen=roster.amount_fen,
        operator=operator,
        now=now,
    )
    trail.record(
        "contributions.make_tax_roster",
        at=now,
        operator=operator,
        pooling_area=pooling_area,
        object_kind="tax_roster",
        object_key=roster.number,
        detail={"year": benefit_year, "rows": roster.rows, "amount_fen": roster.amount_fen},
    )
    return roster


def _write(roster: TaxRoster) -> tuple[int, int]:
    """The lines; returns how many, and their sum in fen."""
    with connection.cursor() as cursor:
        cursor.execute(_CHANGES, {"roster": roster.pk, "area": roster.pooling_area_id, "year": roster.benefit_year})
        rows = int(cursor.rowcount)
        cursor.execute(
            "SELECT coalesce(sum(amount_fen), 0) FROM contributions_taxrosterline WHERE roster_id = %s", [roster.pk]
        )
        (amount,) = cursor.fetchone()
    return rows, int(amount)


@transaction.atomic
def send_roster(*, number: str, operator: platform.Operator, now: datetime) -> TaxRoster:
    """发送征收名册 over the link, signed. Sent again, it changes nothing.

    Raises: RosterUnknown, NoPermission, AreaOutOfScope.
    """
    roster = TaxRoster.objects.select_for_update(of=("self",)).filter(number=number).first()
    if roster is None:
        raise RosterUnknown(number=number)
    platform_checks.check_area_in_scope(operator, SEND, roster.pooling_area_id, now)
    file = exchange_queries.outgoing_of(FLOW_NAME, roster.pk)
    assert file is not None
    exchange.mark_sent(number=file.number, operator=operator, now=now)
    return roster


def rows(roster_id: int) -> Iterator[Sequence[Any]]:
    """The lines of a roster as they were made (征收名册明细)."""
    found = TaxRosterLine.objects.filter(roster_id=roster_id).order_by("line_no")
    fields = (
        "line_no", "person_no", "certificate_no", "name", "unit_code", "amount_fen", "benefit_year", "change",
    )  # fmt: skip
    yield from found.values_list(*fields).iterator(AT_ONCE)


FLOW: Final = Flow(FLOW_NAME, "税务征收名册", SEND, COLUMNS, rows)
