"""Figures that departments are sent by period (定期数据; JL2019 §50; SYS-04): statistics, finance, the data office.

A chapter declares a figure in one line: what it is called and the question that counts it. What went out stays as it
was counted; counted again with another answer, it goes out as the next edition.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, Final

from django.db import connection, transaction
from django.utils import timezone

from tongchou.exchange import outgoing
from tongchou.exchange.flows import MANAGE, Flow
from tongchou.exchange.models import FiguresReport, OutgoingFile, Partner
from tongchou.exchange.states import PartnerKind
from tongchou.kernel.errors import DomainError
from tongchou.platform import checks as platform_checks
from tongchou.platform import queries as platform

FLOW_NAME: Final = "figures"
RECEIVERS: Final = (PartnerKind.FINANCE, PartnerKind.STATISTICS, PartnerKind.DATA_OFFICE, PartnerKind.AUDIT)
COLUMNS: Final = ("line_no", "code", "title", "value", "unit", "period_from", "period_until")


class PeriodNotOver(DomainError):
    code = "EX-2601"
    message = "{month}尚未结束,{today}不能报送该期数据"
    citation = "JL2019 §50"


class PeriodUnreadable(DomainError):
    code = "EX-2602"
    message = "所属期“{month}”应为年月,如2018-03"
    citation = "JL2019 §50"


class PartnerGone(DomainError):
    code = "EX-2603"
    message = "没有编号为{partner}的交换对象,或已停用"
    citation = "JL2019 §50"


@dataclass(frozen=True, slots=True)
class Figure:
    """One figure of a period (数据项): code, title and unit, and how it is counted.

    `counted` is a query of one whole number; `%(area)s`, `%(since)s` and `%(until)s` (exclusive) stand for the area and
    the days of the period. Amounts are whole fen.
    """

    code: str
    title: str
    unit: str
    counted: str


_figures: dict[str, Figure] = {}


def register(*figures: Figure) -> None:
    """Make figures known, from `AppConfig.ready` of their chapter (登记数据项). The same code again replaces."""
    _figures.update({one.code: one for one in figures})


def registered() -> list[Figure]:
    """Every figure, in the order of registration (数据项)."""
    return list(_figures.values())


def month_of(text: str) -> tuple[date, date]:
    """First day of a month and of the next, from text like `2018-03`. Raises: PeriodUnreadable."""
    try:
        first = date.fromisoformat(f"{text.strip()}-01")
    except ValueError:
        raise PeriodUnreadable(month=text[:20]) from None
    return first, date(first.year + first.month // 12, first.month % 12 + 1, 1)


@transaction.atomic
def make_report(*, partner_id: int, month: str, operator: platform.Operator, now: datetime) -> OutgoingFile:
    """制作定期数据文件 of a month that is over. Counted again with the same answer, it is the file made before.

    Raises: PartnerGone, PeriodUnreadable, PeriodNotOver, NothingAgreed, NoPermission, AreaOutOfScope.
    """
    partner = Partner.objects.select_for_update().filter(pk=partner_id, in_use=True).first()
    if partner is None:
        raise PartnerGone(partner=partner_id)
    platform_checks.check_area_in_scope(operator, MANAGE, partner.pooling_area_id, now)
    since, until = month_of(month)
    today = timezone.localdate(now)
    if until > today:
        raise PeriodNotOver(month=month, today=today)
    rows = _counted(partner.pooling_area_id, since, until)
    earlier = FiguresReport.objects.filter(partner=partner, period_from=since, period_until=until).order_by("-edition")
    last = earlier.first()
    if last is not None and last.rows == rows and (made := _file_of(last)) is not None:
        return made
    report = FiguresReport.objects.create(
        partner=partner,
        period_from=since,
        period_until=until,
        edition=last.edition + 1 if last else 1,
        rows=rows,
        made_by=operator.staff_code,
        made_at=now,
    )
    return outgoing.make_file(
        flow=FLOW_NAME,
        partner=partner,
        object_key=report.pk,
        unit_code=operator.org_unit_id,
        rows=len(rows),
        total_fen=0,
        operator=operator,
        now=now,
    )


def _file_of(report: FiguresReport) -> OutgoingFile | None:
    return OutgoingFile.objects.filter(flow=FLOW_NAME, object_key=report.pk).exclude(state="cancelled").first()


def _counted(area: str, since: date, until: date) -> list[list[Any]]:
    """Every figure with its value, in one order for ever."""
    found = []
    with connection.cursor() as cursor:
        for one in sorted(_figures.values(), key=lambda figure: figure.code):
            cursor.execute(one.counted, {"area": area, "since": since, "until": until})
            found.append([one.code, one.title, int(cursor.fetchone()[0] or 0), one.unit])
    return found


def _rows(report_id: int) -> Iterator[Sequence[Any]]:
    report = FiguresReport.objects.get(pk=report_id)
    for line, (code, title, value, unit) in enumerate(report.rows, 1):
        yield line, code, title, value, unit, report.period_from, report.period_until


FLOW: Final = Flow(FLOW_NAME, "定期数据", MANAGE, COLUMNS, _rows, totalled="", partners=RECEIVERS)
