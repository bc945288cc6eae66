"""缴费待办 on the first page: refunds to pay, runs to release and to send, credits to place, days to close."""

from collections.abc import Iterable

from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from tongchou.contributions import reconciling
from tongchou.contributions.counter.models import CounterDay
from tongchou.contributions.counter.states import DayState
from tongchou.contributions.models import CreditAdvice
from tongchou.contributions.refunds import commands as refunds
from tongchou.contributions.refunds.models import RefundOrder, RefundRun
from tongchou.contributions.refunds.states import RefundState, RunState
from tongchou.platform import queries as platform
from tongchou.platform.web import desks
from tongchou.platform.web.access import PageRequest, may


def matters(request: PageRequest) -> Iterable[desks.Matter]:
    """What the posts of the operator have to do about contributions and refunds."""
    if may(request, refunds.PAY):
        yield _orders(request, _("退费待付款"), RefundState.APPROVED)
        yield _orders(request, _("退票待更正"), RefundState.RETURNED)
        yield _runs(request, _("退费盘待发送"), refunds.PAY, RunState.RELEASED)
    if may(request, refunds.RELEASE):
        yield _runs(request, _("退费盘待复核"), refunds.RELEASE, RunState.MADE)
    if may(request, reconciling.RECONCILE):
        scope = platform.scope_of(request.operator, reconciling.RECONCILE, request.today)
        credits = CreditAdvice.objects.filter(
            scope.q("", "pooling_area"),
            result=None,
            shares=None,
            credited_on__gt=request.today - desks.LOOKED_BACK,
            credited_on__lte=request.today,
        )
        yield desks.Matter(_("银行到账待查"), credits, f"{reverse('contributions:advices')}?state=open")
    if may(request, "contributions.view"):
        scope = platform.scope_of(request.operator, "contributions.view", request.today)
        days = CounterDay.objects.filter(
            scope.q("unit_code", "pooling_area"), state=DayState.OPEN, collected_on__lt=request.today
        )
        yield desks.Matter(_("现场缴费未日结"), days, f"{reverse('contributions:counter_days')}?state={DayState.OPEN}")


def _orders(request: PageRequest, label: object, state: RefundState) -> desks.Matter:
    scope = platform.scope_of(request.operator, refunds.PAY, request.today)
    found = RefundOrder.objects.filter(scope.q("unit_code", "pooling_area"), state=state)
    return desks.Matter(label, found, f"{reverse('contributions:refunds')}?state={state}")


def _runs(request: PageRequest, label: object, permission: str, state: RunState) -> desks.Matter:
    """Runs at hand, found by their orders, which are not yet paid."""
    scope = platform.scope_of(request.operator, permission, request.today)
    in_run = RefundOrder.objects.filter(scope.q("unit_code", "pooling_area"), state=RefundState.IN_RUN)
    found = RefundRun.objects.filter(pk__in=in_run.values("run"), state=state)
    return desks.Matter(label, found, f"{reverse('contributions:refund_runs')}?state={state}")
