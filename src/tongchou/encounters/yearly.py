"""慢特病备案续期 on the list of a year change (ORG-26; GX2017 §66; ENC-21): filed anew every year."""

from datetime import date
from typing import Final

from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from tongchou.encounters import queries
from tongchou.year_change.items import Finding, Item


def _filings(pooling_area: str, year: int, today: date) -> Finding:
    """Chronic filings to the end of the old year with none that follows (待续期)."""
    waiting, more = queries.count_to_renew(pooling_area, year)
    if not waiting:
        return Finding(True, "年底到期的慢特病备案均已续期")
    return Finding(False, f"{waiting}{'份以上' if more else '份'}慢特病备案年底到期,待年检续期")


ITEM: Final = Item(
    code="filings",
    order=50,
    title=_("慢特病备案续期"),
    citation="GX2017 §66",
    permission="encounters.file",
    look=_filings,
    address=lambda year: f"{reverse('encounters:renewals')}?year={year}",
)
