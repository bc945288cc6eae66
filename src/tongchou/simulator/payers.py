"""Who pays by which way in the invented city (模拟缴费): a clerk's two days at the counter, a school whose transfer
lacks one student, a roster for the tax office. A few rows, through the commands wherever there are any.
"""

import contextlib
from datetime import datetime, timedelta
from typing import Any, Final

from django.apps import apps
from django.db import connection, transaction
from django.utils import timezone

from tongchou.contributions.counter import commands as counter
from tongchou.contributions.counter import joint
from tongchou.contributions.counter import queries as at_counter
from tongchou.contributions.counter.commands import Payer, Slip
from tongchou.contributions.counter.states import PayerKind
from tongchou.contributions.progress import opened_years
from tongchou.contributions.schools import commands as schools
from tongchou.contributions.schools import roster
from tongchou.contributions.tax import rosters
from tongchou.exchange import queries as exchange
from tongchou.kernel.errors import DomainError
from tongchou.platform import queries as platform
from tongchou.platform.numbering import next_written
from tongchou.platform.queries import Operator, operator_by_staff_code
from tongchou.simulator.plan import AREA

MEANS: Final = (("pos", "POS刷卡"), ("qr", "扫码支付"), ("transfer", "银行转账"))
PAYING: Final = 4
STUDENTS: Final = 30
_OWING: Final = """
SELECT r.person_id, r.benefit_year, r.amount_fen - r.aided_fen FROM contributions_receivable r
 WHERE r.pooling_area_id = %s AND r.state = 'due' AND r.amount_fen > r.aided_fen AND r.person_id > %s
 ORDER BY r.benefit_year DESC, r.person_id LIMIT 12
"""
_HOUSEHOLD: Final = """
SELECT r.person_id, r.benefit_year, r.amount_fen - r.aided_fen, p.name, p.certificate_no
  FROM contributions_receivable r JOIN enrolment_person p ON p.id = r.person_id
 WHERE r.state = 'due' AND r.amount_fen > r.aided_fen AND (p.household_id, r.benefit_year) = (
       SELECT m.household_id, o.benefit_year FROM contributions_receivable o
         JOIN enrolment_person m ON m.id = o.person_id
        WHERE o.pooling_area_id = %s AND o.state = 'due' AND m.household_id IS NOT NULL
        GROUP BY 1, 2 HAVING count(*) BETWEEN 2 AND 4 ORDER BY 2 DESC, 1 DESC LIMIT 1)
 ORDER BY p.born_on
"""
_SCHOOL: Final = """
SELECT l.school_code, r.benefit_year, count(*) FROM enrolment_schoollink l
  JOIN contributions_receivable r ON r.person_id = l.person_id AND r.state = 'due' AND r.amount_fen > r.aided_fen
 WHERE l.linked_until IS NULL AND r.pooling_area_id = %s GROUP BY 1, 2 ORDER BY 3 DESC, 1 LIMIT 1
"""
_STUDENTS: Final = """
SELECT g.name, g.certificate_no, l.class_name, r.amount_fen - r.aided_fen, r.person_id
  FROM enrolment_schoollink l
  JOIN contributions_receivable r ON r.person_id = l.person_id AND r.state = 'due' AND r.amount_fen > r.aided_fen
  JOIN enrolment_registered g ON g.person_id = l.person_id
 WHERE l.linked_until IS NULL AND l.school_code = %s AND r.benefit_year = %s ORDER BY r.person_id LIMIT %s
"""


def play(*, now: datetime) -> int:
    """现场缴费 and 学校代缴 (模拟缴费). Returns how many payments were taken."""
    clerk, finance = operator_by_staff_code("zhengjiao"), operator_by_staff_code("caiwufuhe")
    if clerk is None or finance is None:
        return 0
    for code, name in MEANS:
        counter.set_means(
            pooling_area=AREA,
            code=code,
            name=name,
            source="桂宁医保〔2017〕9号(虚构)",
            valid_from=timezone.localdate(now) - timedelta(days=400),
            operator=clerk,
            now=now,
        )
    taken = _at_counter(clerk, now) + _together(clerk, now)
    _by_school(clerk, finance, now)
    _to_tax_office(clerk, now)
    return taken


def _to_tax_office(clerk: Operator, now: datetime) -> None:
    """Whom the tax office may collect from."""
    office = exchange.partner_of(AREA, "SW")
    years = opened_years(platform.scope_of(clerk, rosters.SEND, timezone.localdate(now)))
    if office is None or not years:
        return
    with contextlib.suppress(DomainError):  # nobody owes
        rosters.make_roster(pooling_area=AREA, benefit_year=years[0], office_id=office.pk, operator=clerk, now=now)


def _at_counter(clerk: Operator, now: datetime) -> int:
    """Yesterday is closed, today goes on."""
    yesterday = now - timedelta(days=1)
    with connection.cursor() as cursor:
        cursor.execute(_OWING, [AREA, 100])
        owing = cursor.fetchall()
    taken = 0
    for place, (person_id, year, fen) in enumerate(owing):
        at = yesterday if taken < PAYING // 2 else now
        try:
            made = counter.take_payment(
                person_id=person_id,
                benefit_year=year,
                amount_fen=fen,
                means=MEANS[place % 2][0],
                reference=f"SIM{place:06d}",
                payer=Payer(),
                request_id=f"demo-{place}",
                operator=clerk,
                now=at,
            )
        except DomainError:  # may not pay on that day
            continue
        taken += 1
        if taken == PAYING // 2:
            sums = at_counter.totals_of(made.day)
            totals = {one.means.code: Slip(one.amount_fen, f"JS{one.means.code}") for one in sums}
            with contextlib.suppress(DomainError):  # yesterday's month is closed: the day stays open to be seen
                counter.close_day(number=made.day.number, slips=totals, operator=clerk, now=at)
        if taken == PAYING:
            counter.ask_cancel(number=made.number, reason="刷错卡,改用另一张卡", operator=clerk, now=now)
            break
    return taken


def _together(clerk: Operator, now: datetime) -> int:
    """全户合并缴费: the eldest of a household pays for all who owe."""
    with connection.cursor() as cursor:
        cursor.execute(_HOUSEHOLD, [AREA])
        owing = cursor.fetchall()
    if not owing:
        return 0
    try:
        made = joint.take_joint_payment(
            dues=[joint.Due(person_id, year, fen) for person_id, year, fen, _name, _number in owing],
            means=MEANS[1][0],
            reference="SIM000100",
            payer=Payer(PayerKind.RELATIVE, owing[0][3], owing[0][4], "同户家人"),
            request_id="demo-household",
            operator=clerk,
            now=now,
        )
    except DomainError:  # one of them may not pay on that day, or the clerk's yesterday is open
        return 0
    return len(made)


@transaction.atomic
def _by_school(clerk: Operator, finance: Operator, now: datetime) -> None:
    """A roster with one name that fits nobody, and a transfer that lacks one student (CON-09)."""
    with connection.cursor() as cursor:
        cursor.execute(_SCHOOL, [AREA])
        found: tuple[Any, ...] | None = cursor.fetchone()
        if found is None:
            return
        school, year, _count = found
        cursor.execute(_STUDENTS, [school, year, STUDENTS])
        students = cursor.fetchall()
    payment = apps.get_model("contributions.SchoolPayment").objects.create(
        pooling_area_id=AREA,
        school_code=school,
        benefit_year=year,
        number=next_written(roster.NUMBERS, area=AREA, year=timezone.localdate(now).year),
        staff_code=clerk.staff_code,
        created_at=now,
    )
    line = apps.get_model("contributions.SchoolLine")
    lines = [
        line(
            payment=payment,
            line_no=place,
            name=name,
            certificate_no=number,
            class_name=class_name,
            amount_fen=fen,
            person_id=person_id,
            state="listed",
        )
        for place, (name, number, class_name, fen, person_id) in enumerate(students, 1)
    ]
    fen = students[0][3]
    lines.append(
        line(
            payment=payment,
            line_no=len(lines) + 1,
            name="韦某某",
            certificate_no="45010220100101000X",
            class_name=students[0][2],
            amount_fen=fen,
            problem="没有登记证件号码为45010220100101000X的参保人",
            state="unmatched",
        )
    )
    line.objects.bulk_create(lines)
    apps.get_model("enrolment.UnregisteredLead").objects.create(
        pooling_area_id=AREA,
        unit_code=school,
        source="school",
        certificate_type="01",
        certificate_no="45010220100101000X",
        name="韦某某",
        note=students[0][2],
        listed_at=now,
    )
    schools.record_transfer(
        number=payment.number,
        reference="SIMXX0001",
        amount_fen=max(sum(one[3] for one in students) - fen, fen),
        credited_on=timezone.localdate(now),
        operator=finance,
        now=now,
    )
