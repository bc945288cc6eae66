"""Months, audits, programmes and retirements of the invented city's employers (职工缴费演示数据).

A few employers with some hundred members: what a month owes goes in with the commands' own few statements, and what
shows a life is one of each. Nobody's benefits are stopped: the rule leaves two months of grace.
"""

from datetime import date, datetime, timedelta
from typing import Any, Final

from django.apps import apps
from django.utils import timezone

from tongchou.contributions.base_audits import commands as audits
from tongchou.contributions.dues import commands as dues
from tongchou.contributions.dues.states import DuePart
from tongchou.contributions.programmes import commands as programmes
from tongchou.contributions.programmes.states import Bearer, Fact, ProgrammeKind
from tongchou.contributions.retiring import commands as retiring
from tongchou.contributions.units import ruling
from tongchou.contributions.units.states import RestoresFrom, StopsFrom
from tongchou.kernel.months import add_months
from tongchou.platform import queries as platform
from tongchou.simulator import arriving
from tongchou.simulator.plan import AREA

AUDITOR: Final = "jihe"
SOURCE: Final = "桂宁市职工医保缴费办法(示例)"
FLOOR: Final = 400_000
FOUND: Final = 3
"""Members of the audited employer whose base was too low."""
GAP: Final = 100_000
RESERVE: Final = 500_000
BREAK: Final = 3
"""Months without an employer after which the programme for them is open."""


def lay_out_rules(clerk: platform.Operator, since: date, now: datetime) -> None:
    """The rules on arrears and on retirement, before the first month is built (规则)."""
    common = {"pooling_area": AREA, "source": SOURCE, "operator": clerk, "now": now}
    ruling.set_rule(
        month_from=since,
        terms=ruling.RuleTerms(
            grace_months=2,
            stops=StopsFrom.NEXT_MONTH,
            restores=RestoresFrom.STOP_DAY,
            break_months=3,
            waiting_months=2,
            floor_fen=FLOOR,
        ),
        **common,
    )
    retiring.set_rule(valid_from=since, terms=retiring.RetirementTerms(reserve_fen=RESERVE), **common)


def lay_out(clerk: platform.Operator, till: arriving.Till, month: date, now: datetime) -> None:
    """An audit with findings over last month, programmes with people, a retirement that waits for its reserve."""
    auditor = platform.operator_by_staff_code(AUDITOR)
    if auditor is not None and month.month > 1:
        _audit(auditor, add_months(month, -1), now)
    _programmes(clerk, till, month, now)
    _retirement(clerk, now)


def _audit(auditor: platform.Operator, month: date, now: datetime) -> None:
    plan = audits.make_plan(
        pooling_area=AREA,
        unit_code=AREA,
        title=f"{month.year}年缴费基数稽核",
        purpose="核对缴费基数,查阅工资台账,规范单位申报",
        month_from=month,
        month_until=add_months(month, 1),
        operator=auditor,
        now=now,
    )
    employers = apps.get_model("enrolment.Employer").objects.filter(pooling_area=AREA).order_by("code")
    chosen = audits.choose(
        plan_id=plan.pk,
        employer_ids=list(employers.values_list("pk", flat=True)[:2]),
        operator=auditor,
        now=now,
    )
    lines = apps.get_model("contributions.UnitReceivableLine").objects.filter(
        receivable__employer_id=chosen[0].employer_id, receivable__month=month
    )
    for line in lines.order_by("id")[:FOUND]:
        audits.note_finding(
            number=chosen[0].number,
            person_id=line.person_id,
            month=month,
            audited_fen=line.wage_base_fen + GAP,
            operator=auditor,
            now=now,
        )
    audits.notify(number=chosen[0].number, operator=auditor, now=now)


def _programmes(clerk: platform.Operator, till: arriving.Till, month: date, now: datetime) -> None:
    """One for whoever left an employer; one for farmers whose land was taken, where a department bears the rest."""
    rejoin, _land = (
        programmes.set_programme(pooling_area=AREA, code=code, terms=terms, source=SOURCE, operator=clerk, now=now)
        for code, terms in _terms(now.year)
    )
    left = apps.get_model("enrolment.EmployerMember").objects.filter(month_until__lte=add_months(month, -BREAK))
    for place, one in enumerate(left.order_by("person_id")):
        at = now - timedelta(hours=2, minutes=-3 * place)
        part = programmes.Part(month_from=one.month_until, month_until=month, base_fen=one.wage_base_fen)
        made = programmes.take_part(programme_id=rejoin.pk, person_id=one.person_id, part=part, operator=clerk, now=at)
        if place % 2 == 0 and made.due is not None:
            due = made.due
            paper = f"补缴回单{made.pk:06d}"
            number = dues.note_payment(
                number=due.number, part=DuePart.OWN, paper=paper, operator=till.accountant, now=till.at
            )
            till.receive(
                number,
                reference=f"X{made.pk:08d}",
                fen=due.own_fen,
                payer=dues.payer_of(due),
                booked_on=timezone.localdate(now),
            )


def _terms(year: int) -> tuple[tuple[str, programmes.ProgrammeTerms], ...]:
    common: dict[str, Any] = {"valid_from": date(year, 1, 1), "valid_until": date(year + 1, 1, 1)}
    return (
        (
            f"XB{year}",
            programmes.ProgrammeTerms(
                name="断保人员续保优惠(示例)",
                kind=ProgrammeKind.REJOIN,
                share_of=1,
                share_in=3,
                conditions=({"fact": Fact.BREAK_MONTHS, "value": str(BREAK)},),
                **common,
            ),
        ),
        (
            f"ZD{year}",
            programmes.ProgrammeTerms(
                name="被征地农民参加职工医保(示例)",
                kind=ProgrammeKind.NEW_GROUP,
                share_of=1,
                share_in=2,
                rest_by=Bearer.FISCAL,
                rest_department="自然资源局",
                conditions=({"fact": Fact.PROOF, "value": "被征地农民证明"},),
                **common,
            ),
        ),
    )


def _retirement(clerk: platform.Operator, now: datetime) -> None:
    oldest = (
        apps.get_model("enrolment.EmployerMember")
        .objects.filter(category="working", month_until=None, employer__pooling_area=AREA)
        .order_by("person__born_on")
        .first()
    )
    if oldest is not None:
        retiring.approve(
            person_id=oldest.person_id,
            told=retiring.Approval(approved_on=now.date(), paper=f"桂宁退审〔{now.year}〕1号(示例)"),
            operator=clerk,
            now=now,
        )
