"""税务日对账 (JL2019 §13; CON-11, SYS-05): of each day and tax office, what it says, what stands in the books, and what
became of the rest.
"""

from dataclasses import dataclass
from datetime import date
from typing import Final

from django.db.models import Count, Sum

from tongchou.contributions.tax.models import TaxItem
from tongchou.contributions.tax.states import TaxItemState
from tongchou.exchange import queries as exchange
from tongchou.platform.scope import Scope

FLOW_NAME: Final = "tax_results"
LATER: Final = (TaxItemState.MATCHED, TaxItemState.HELD)
"""Records that came into the books by hand."""


@dataclass(slots=True)
class DayOfOffice:
    """One day of one tax office: records and fen."""

    day: date
    office: str
    said_rows: int = 0
    said_fen: int = 0
    booked_rows: int = 0
    booked_fen: int = 0
    later_rows: int = 0
    later_fen: int = 0
    refused_rows: int = 0
    refused_fen: int = 0
    open_rows: int = 0
    open_fen: int = 0

    def add(self, state: TaxItemState, rows: int, fen: int) -> None:
        """Records of a file that were resolved by hand, or wait."""
        if state == TaxItemState.OPEN:
            self.open_rows, self.open_fen = self.open_rows + rows, self.open_fen + fen
        elif state in LATER:
            self.later_rows, self.later_fen = self.later_rows + rows, self.later_fen + fen
        else:
            self.refused_rows, self.refused_fen = self.refused_rows + rows, self.refused_fen + fen

    @property
    def lacks_rows(self) -> int:
        """Records that the tax office counts more."""
        return self.said_rows - self.booked_rows - self.later_rows - self.refused_rows

    @property
    def difference_fen(self) -> int:
        """相差: what the tax office says more than stands in the books, was corrected or was sent back to it."""
        return self.said_fen - self.booked_fen - self.later_fen - self.refused_fen

    @property
    def agrees(self) -> bool:
        """相符, every record accounted for."""
        return self.lacks_rows == 0 and self.difference_fen == 0

    @property
    def waits(self) -> bool:
        """What lacks is just what waits in the queue."""
        return not self.agrees and (self.lacks_rows, self.difference_fen) == (self.open_rows, self.open_fen)


def day_totals(scope: Scope, *, since: date, until: date) -> list[DayOfOffice]:
    """税务日对账 of the days in `[since, until)`, the newest first. Of files that came over a link, for only these say
    what their office counted.
    """
    found: dict[tuple[date, str], DayOfOffice] = {}
    said = exchange.day_totals(scope).filter(flow=FLOW_NAME, day__gte=since, day__lt=until)
    summed = said.values("day", "office").annotate(
        rows=Sum("said_rows"), fen=Sum("said_fen"), ours=Sum("booked_rows"), our_fen=Sum("booked_fen")
    )
    for one in summed.order_by("day", "office"):
        row = found.setdefault((one["day"], one["office"]), DayOfOffice(one["day"], one["office"]))
        row.said_rows, row.said_fen = one["rows"], one["fen"]
        row.booked_rows, row.booked_fen = one["ours"], one["our_fen"]
    arrived = exchange.arrivals(scope).filter(flow=FLOW_NAME, incoming__isnull=False).values("incoming_id")
    items = TaxItem.objects.filter(paid_on__gte=since, paid_on__lt=until, file_id__in=arrived)
    counted = items.values("paid_on", "office", "state").annotate(rows=Count("id"), fen=Sum("amount_fen"))
    for one in counted.order_by("paid_on", "office"):
        row = found.setdefault((one["paid_on"], one["office"]), DayOfOffice(one["paid_on"], one["office"]))
        row.add(TaxItemState(one["state"]), one["rows"], one["fen"])
    return sorted(found.values(), key=lambda one: (-one.day.toordinal(), one.office))
