"""Time limits (期限; ORG-17): reminders, escalation, and applications whose papers never came."""

from datetime import date, datetime

from django.db import transaction
from django.db.models import Q
from django.utils import timezone

from tongchou.cases import kinds, queries, rules
from tongchou.cases.commands import steps
from tongchou.cases.models import Case, SupplementNotice
from tongchou.cases.states import Act, CaseState
from tongchou.platform import queries as platform
from tongchou.platform.commands import send_notice
from tongchou.platform.queries import Operator
from tongchou.platform.states import NoticeLevel

AT_ONCE = 5_000
"""How many cases one run looks at; what is left comes with the next."""


@transaction.atomic
def remind_of_limits(*, now: datetime) -> int:
    """催办与升级 (ORG-17): the handlers of the step three working days before, the leaders when overdue; each once.

    Returns how many notices.
    """
    in_hand = Case.objects.filter(state=CaseState.IN_HAND)
    if not in_hand.exists():  # a house without cases may be without a calendar too
        return 0
    today = timezone.localdate(now)
    soon = platform.working_calendar().add_working_days(today, rules.DUE_SOON_WORKING_DAYS)
    due = in_hand.filter(due_on__lte=soon).order_by("due_on", "id")
    told: dict[tuple[str, str, str], list[Operator]] = {}
    sent = 0
    for case in due.select_related("handler")[:AT_ONCE]:
        sent += _remind(case, today, told, now)
    return sent


def _remind(case: Case, today: date, told: dict[tuple[str, str, str], list[Operator]], now: datetime) -> int:
    step = kinds.kind_of(case.kind).step(case.step)
    overdue = case.due_on is not None and case.due_on < today
    key = (case.kind, case.step, case.unit_code)
    if key not in told:
        told[key] = queries.hands_at(kinds.kind_of(case.kind), step, case.unit_code, today)
    title = f"{case.number} {'已超期' if overdue else '临期'}({case.due_on})"
    body = f"{kinds.kind_of(case.kind).title} · {case.subject_name},待{step.label}"
    link = f"/cases/{case.number}/"
    sent = send_notice(
        recipients=[*told[key], case.handler] if case.handler else told[key],
        level=NoticeLevel.URGENT if overdue else NoticeLevel.WARNING,
        title=title,
        body=body,
        link=link,
        topic=f"case-{'over' if overdue else 'soon'}:{case.pk}:{case.step}",
        now=now,
    )
    if overdue:
        leaders = platform.holders_of("leader", case.unit_code, today)
        sent += send_notice(
            recipients=leaders,
            level=NoticeLevel.URGENT,
            title=title,
            body=body,
            link=link,
            topic=f"case-escalated:{case.pk}:{case.step}",
            now=now,
        )
    return sent


def let_unsupplied_lapse(*, now: datetime) -> int:
    """逾期未补正 (ORG-16): the application ends, and may be made again. Returns how many."""
    over = SupplementNotice.objects.filter(closed_at=None, supply_by__lt=timezone.localdate(now))
    numbers = list(over.order_by("id").values_list("case__number", flat=True)[:AT_ONCE])
    return sum(_lapse(number, now) for number in numbers)


@transaction.atomic
def _lapse(number: str, now: datetime) -> bool:
    case = Case.objects.select_for_update(of=("self",)).get(number=number)
    open_over = Q(closed_at=None, supply_by__lt=timezone.localdate(now))
    if case.state != CaseState.SUPPLEMENTING or not case.notices.filter(open_over).exists():
        return False
    case.notices.filter(closed_at=None).update(closed_at=now)
    step = case.step
    steps.finish(case, CaseState.LAPSED, result="逾期未补正材料,本次申请终止,可重新申请", now=now)
    steps.record(case, Act.LAPSED, acting=None, now=now, step=step)
    return True
