"""Who pays by which way in the invented city (模拟缴费): a clerk's two days at the counter, a school whose transfers
settle one roster of three, a roster for the tax office. A few rows, through the commands wherever there are any.
"""

import contextlib
import tempfile
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any, Final

from django.apps import apps
from django.db import connection
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
from tongchou.exchange import imports
from tongchou.exchange import queries as exchange
from tongchou.exchange.imports import Mode
from tongchou.kernel.errors import DomainError
from tongchou.kernel.money import yuan_text
from tongchou.platform import queries as platform
from tongchou.platform.queries import Operator, operator_by_staff_code
from tongchou.simulator.plan import AREA

MEANS: Final = (("pos", "POS刷卡"), ("qr", "扫码支付"), ("transfer", "银行转账"))
PAYING: Final = 4
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


STUDENTS: Final = 30
_TENTHS: Final = (5, 3, 2)
"""Of a school's students on three rosters: one lacks a transfer, one is paid, of one a student's money is to come."""
STRANGER: Final = ("韦某某", "45010220100101000X")
HEAD: Final = "姓名,证件号码,班级,代缴金额"


def _by_school(clerk: Operator, finance: Operator, now: datetime) -> None:
    """Rosters of a school in each state; one name on the first and the last fits nobody (CON-09)."""
    with connection.cursor() as cursor:
        cursor.execute(_SCHOOL, [AREA])
        found: tuple[Any, ...] | None = cursor.fetchone()
        if found is None:
            return
        school, year, _count = found
        cursor.execute(_STUDENTS, [school, year, STUDENTS])
        students = cursor.fetchall()
    listed = len(students)
    for place, tenths in enumerate(_TENTHS):
        size = max(listed * tenths // 10, 1)
        part, students = students[:size], students[size:]
        if len(part) > 1 or (part and not place):
            with contextlib.suppress(DomainError):  # the school or the year takes no payment on that day
                _one_roster(place, school, year, part, clerk, finance, now)


def _one_roster(
    place: int,
    school: str,
    year: int,
    students: list[tuple[Any, ...]],
    clerk: Operator,
    finance: Operator,
    now: datetime,
) -> None:
    """The roster as the school sends it, checked and taken in; its transfer; whoever is covered by it has paid."""
    rows = [f"{name},{number},{class_name},{yuan_text(fen)}" for name, number, class_name, fen, _person in students]
    each = students[0][3]
    if place != 1:
        rows.append(f"{STRANGER[0]},{STRANGER[1]},{students[0][2]},{yuan_text(each)}")
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / f"代缴名册{year}-{place + 1}.csv"
        file.write_text("\n".join([HEAD, *rows, ""]), encoding="utf-8")
        preview = imports.check(
            kind=roster.NAME,
            pooling_area=AREA,
            file_name=file.name,
            content=file,
            options={"school": school, "year": str(year)},
            operator=clerk,
            now=now,
        )
    imports.take_in(preview_id=preview.id, mode=Mode.ONLY_GOOD, operator=clerk, now=now)
    payment = apps.get_model("contributions.SchoolPayment").objects.get(file_id=preview.id)
    whole = sum(one[3] for one in students)
    schools.record_transfer(
        number=payment.number,
        reference=f"SIMXX{place + 1:04d}",
        amount_fen=whole if place == 1 else max(whole - each, each),
        credited_on=timezone.localdate(now),
        operator=finance,
        now=now,
    )
    if not place:
        return
    by: dict[str, Any] = {"number": payment.number, "operator": clerk, "now": now}
    payment.refresh_from_db()
    if place == 2:
        schools.return_names(version=payment.version, **by)
        shared = schools.share_out(version=payment.version + 1, left_out=[len(students)], **by)
        schools.book(version=shared.version, **by)
    else:
        schools.book(version=payment.version, **by)
