"""基金待办 on the first page: money to place, documents to book, months to close (FIN-07, FIN-35)."""

from collections.abc import Iterable

from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from tongchou.fund import closing, documents
from tongchou.fund.models import AccountingPeriod, BankEntry, BusinessDocument
from tongchou.fund.states import DocumentState, PeriodState
from tongchou.platform import queries as platform
from tongchou.platform.web import desks
from tongchou.platform.web.access import PageRequest, may


def matters(request: PageRequest) -> Iterable[desks.Matter]:
    """What the posts of the operator have to do about the books."""
    entries, listed = reverse("fund:entries"), reverse("fund:documents")
    if may(request, documents.PREPARE):
        area = platform.scope_of(request.operator, documents.PREPARE, request.today).q("", "pooling_area")
        open_entries = BankEntry.objects.filter(
            area, document=None, booked_on__gt=request.today - desks.LOOKED_BACK, booked_on__lte=request.today
        )
        yield desks.Matter(_("银行入账待查"), open_entries, f"{entries}?state=open")
        waiting = BusinessDocument.objects.filter(area, state=DocumentState.WAITING)
        yield desks.Matter(_("业务单据待到账"), waiting, f"{listed}?state={DocumentState.WAITING}")
    if may(request, documents.REVIEW):
        area = platform.scope_of(request.operator, documents.REVIEW, request.today).q("", "pooling_area")
        prepared = BusinessDocument.objects.filter(area, state=DocumentState.PREPARED)
        yield desks.Matter(_("业务单据待复核"), prepared, f"{listed}?state={DocumentState.PREPARED}")
    if may(request, closing.CLOSE):
        area = platform.scope_of(request.operator, closing.CLOSE, request.today).q("", "pooling_area")
        this_month = request.today.replace(day=1)
        ended = AccountingPeriod.objects.filter(area, state=PeriodState.OPEN, month__lt=this_month)
        yield desks.Matter(_("上月及以前未结账的月份"), ended, reverse("fund:months"))
