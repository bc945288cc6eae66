"""Money that was taken by mistake, and money taken in a village without a bank (退费与村级代收演示数据).

A few rows, through the commands, by the demo operators.
"""

import contextlib
from datetime import datetime, timedelta
from typing import Any, Final

from django.db import connection
from django.utils import timezone

from tongchou.cases import commands as cases
from tongchou.cases.commands import Application
from tongchou.cases.states import Decision
from tongchou.contributions.refunds import commands as refunds
from tongchou.contributions.village import commands as village
from tongchou.enrolment import queries as enrolment
from tongchou.exchange import queries as exchange
from tongchou.kernel.errors import DomainError
from tongchou.platform import queries as platform
from tongchou.platform import second_factor
from tongchou.simulator.plan import AREA

DESK, REVIEWER, APPROVER, FINANCE = "shouli", "fuhe", "shenpi", "caiwufuhe"
VILLAGE, COLLECTOR, BANK_CODE = "cunxieban", "zhengjiao", "NXS"
REFUNDS: Final = (2, 2, 2, 1, 1, 0)
"""How many steps each application has come through: two paid by a run, one that waits for the next, and so on."""

IN_RUN: Final = 2
RECEIPTS: Final = 1
_DRAWN: Final = """
SELECT c.person_id, c.benefit_year FROM contributions_contribution c
  JOIN enrolment_person p ON p.id = c.person_id AND p.died_on IS NULL AND p.merged_into_id IS NULL
  JOIN contributions_importbatch b ON b.id = c.batch_id AND b.voucher_no <> ''
  JOIN contributions_receivable r ON r.contribution_id = c.id AND r.item_id IS NOT NULL
 WHERE c.pooling_area_id = %s AND c.voided_at IS NULL AND c.fund_aided_fen = 0 AND p.unit_code LIKE %s
   AND c.benefit_year > %s AND c.scheme = 'resident'
 ORDER BY c.person_id LIMIT %s
"""
_OWING: Final = """
SELECT r.person_id, r.benefit_year FROM contributions_receivable r JOIN enrolment_person p ON p.id = r.person_id
 WHERE r.pooling_area_id = %s AND p.unit_code = %s AND r.state = 'due'
 ORDER BY r.benefit_year DESC, r.person_id LIMIT %s
"""


def play(now: datetime) -> int:
    """Refunds in every state and a village's receipts of today. Returns how many refunds were asked for."""
    _in_the_village(now)
    desk = platform.operator_by_staff_code(DESK)
    if desk is None:
        return 0
    found = _rows(_DRAWN, AREA, f"{desk.org_unit_id}%", timezone.localdate(now).year, len(REFUNDS))
    for place, ((person_id, year), steps) in enumerate(zip(found, REFUNDS, strict=False)):
        with contextlib.suppress(DomainError):  # whoever used the benefits keeps them
            _ask(person_id, year, steps, now - timedelta(hours=30 - place))
        if place + 1 == IN_RUN:
            _make_run(now)
    return len(found)


def _ask(person_id: int, year: int, steps: int, at: datetime) -> None:
    """缴费差错退费: what was booked to the wrong person goes back to where it came from."""
    facts = enrolment.facts(person_id, timezone.localdate(at))
    desk = platform.operator_by_staff_code(DESK)
    if facts is None or desk is None:
        return
    application = Application(
        kind="refund_contribution",
        subject_key=facts.person_no,
        values={
            "ground": "wrong_person",
            "benefit_year": str(year),
            "reason": "邻居代缴时报错证件号码,缴到本人名下",
        },
        received=frozenset({"form", "certificate", "payment_proof"}),
        applicant_name=facts.name,
        applicant_phone=f"138{person_id:08d}",
    )
    case = cases.accept_application(application, request_id=f"demo-refund-{person_id}", operator=desk, now=at)
    for hours, staff_code in enumerate((REVIEWER, APPROVER)[:steps], 1):
        decider = platform.operator_by_staff_code(staff_code)
        assert decider is not None
        case = cases.decide(
            number=case.number,
            version=case.version,
            decision=Decision.AGREE,
            second_factor_code=second_factor.demo_code(decider, at + timedelta(hours=hours)),
            operator=decider,
            now=at + timedelta(hours=hours),
        )


def _make_run(now: datetime) -> None:
    """退费盘: a file of transfers that a second person of finance has yet to release."""
    accountant, bank = platform.operator_by_staff_code("chuna"), exchange.partner_of(AREA, BANK_CODE)
    if accountant is not None and bank is not None:
        with contextlib.suppress(DomainError):  # nothing to pay
            refunds.make_run(pooling_area=AREA, bank_id=bank.pk, operator=accountant, now=now)


def _in_the_village(now: datetime) -> None:
    """代收: an approved way for one village, a receipt voided, others on today's sheet (GX2017 §25)."""
    helper, collector = (platform.operator_by_staff_code(code) for code in (VILLAGE, COLLECTOR))
    if helper is None or collector is None:
        return
    unit, today = helper.org_unit_id, timezone.localdate(now)
    village.set_method(
        unit_code=unit,
        method="村级代收,当日缴存",
        reason="村内没有银行网点,老年人不便到镇上缴费",
        approval_no=f"桂宁医保批〔{today.year}〕12号(虚构)",
        approved_by="桂宁市人民政府",
        valid_from=today.replace(month=1, day=1),
        operator=collector,
        now=now,
    )
    made = []
    for person_id, year in _rows(_OWING, AREA, unit, 4 * RECEIPTS):
        with contextlib.suppress(DomainError):  # drawn by the bank, aided, or not payable today
            number = enrolment.person_no_of(person_id) or ""
            told: dict[str, Any] = {"payer": number, "benefit_year": year, "operator": collector}
            made.append(village.issue_receipt(unit_code=unit, now=now, **told))
        if len(made) > RECEIPTS:
            village.void_receipt(number=made[0].number, reason="金额写错", operator=collector, now=now)
            return


def _rows(statement: str, *values: object) -> list[tuple[Any, ...]]:
    with connection.cursor() as cursor:
        cursor.execute(statement, values)
        return cursor.fetchall()
