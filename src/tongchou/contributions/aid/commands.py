"""资助办法 and 资助名册 (GX2017 §27; QA2018 二(一); CON-15, CON-16): who is aided, with how much, by which department.

Everybody is chosen by one statement, however many there are. In a fund's area the receivable is reduced with the list;
in an account's area it stays full, because the person pays it out of the account the department filled.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, Final

from django.db import connection, transaction
from django.urls import reverse
from django.utils import timezone

from tongchou.contributions.aid.models import AidItem, AidList, AidPlan, AidRule
from tongchou.contributions.aid.states import AID_LIST_TRANSITIONS, AidListState, AidMode
from tongchou.contributions.models import ReceivableYear
from tongchou.contributions.rules import RESIDENT
from tongchou.enrolment.states import Department, SpecialCategory
from tongchou.exchange import commands as exchange
from tongchou.exchange import outgoing
from tongchou.exchange import queries as exchange_queries
from tongchou.exchange.flows import Flow
from tongchou.exchange.states import PartnerKind
from tongchou.kernel.errors import DomainError
from tongchou.platform import checks as platform_checks
from tongchou.platform import queries as platform
from tongchou.platform import trail
from tongchou.platform.numbering import Series, next_written

SET: Final = "contributions.set_rates"
LIST: Final = "contributions.withhold"
FLOW_NAME: Final = "aid_list"
NUMBERS: Final = Series("aid.list", name="资助名册", mark="ZC", width=6)
COLUMNS: Final = (
    "line_no", "name", "certificate_no", "category", "standard_fen", "amount_fen", "account_no", "holder_name",
)  # fmt: skip
INCOME_ACCOUNTS: Final = ("4501", "4001")
PARTNERS: Final = {
    Department.CIVIL_AFFAIRS: PartnerKind.CIVIL_AFFAIRS,
    Department.POVERTY_RELIEF: PartnerKind.POVERTY_RELIEF,
    Department.DISABLED: PartnerKind.DISABLED,
    Department.HEALTH: PartnerKind.HEALTH,
}


class PlanIncomplete(DomainError):
    code = "CO-4031"
    message = "资助办法不完整:{problem}"
    citation = "GX2017 §27"


class PlanInUse(DomainError):
    code = "CO-4032"
    message = "{year}年度已生成资助名册{number},资助办法不能再改"
    citation = "GX2017 §27"


class NoPlan(DomainError):
    code = "CO-4033"
    message = "{area}还没有{year}年度的资助办法"
    citation = "GX2017 §27"


class YearNotOwed(DomainError):
    code = "CO-4034"
    message = "{year}年度还没有生成应缴,不能生成资助名册"
    citation = "GX2017 §27"


class NobodyToAid(DomainError):
    code = "CO-4035"
    message = "{year}年度在{ref_date}没有符合资助条件、尚未列入名册的人"
    citation = "GX2017 §27"


class ListUnknown(DomainError):
    code = "CO-4036"
    message = "没有编号为{number}的资助名册"
    citation = "GX2017 §27"


class ListNotInState(DomainError):
    code = "CO-4037"
    message = "资助名册{number}{state},不能{what}"
    citation = "GX2017 §27"


@dataclass(frozen=True, slots=True)
class Aid:
    """One row of the aid table (资助标准). Fen; no amount is full aid."""

    category: SpecialCategory
    department: Department
    amount_fen: int | None = None
    aged_from: int | None = None
    proven_before: date | None = None


@transaction.atomic
def set_plan(
    *,
    pooling_area: str,
    benefit_year: int,
    mode: AidMode,
    ref_date: date | None,
    table: Sequence[Aid],
    source: str,
    income_account: str = "4501",
    operator: platform.Operator,
    now: datetime,
) -> AidPlan:
    """维护资助办法 (aid.mode, aid.table, aid.ref_date; CON-16); it stands still once a list was made by it.

    Without a reference date it is the last day of the year before. Raises: PlanIncomplete, PlanInUse, NoPermission,
    AreaOutOfScope.
    """
    platform_checks.check_area_in_scope(operator, SET, pooling_area, now)
    if not source.strip():
        raise PlanIncomplete(problem="须写明文件依据")
    if not table:
        raise PlanIncomplete(problem="至少要有一类资助人员")
    if len({one.category for one in table}) < len(table):
        raise PlanIncomplete(problem="同一类人员只能有一个资助标准")
    if any(one.amount_fen is not None and one.amount_fen <= 0 for one in table):
        raise PlanIncomplete(problem="资助金额须大于零,全额资助不填金额")
    if income_account not in INCOME_ACCOUNTS:
        raise PlanIncomplete(problem=f"到账科目应为{'或'.join(INCOME_ACCOUNTS)}")
    known = AidPlan.objects.select_for_update().filter(pooling_area_id=pooling_area, benefit_year=benefit_year).first()
    if known is not None and (made := known.lists.order_by("id").first()):
        raise PlanInUse(year=benefit_year, number=made.number)
    plan, _ = AidPlan.objects.update_or_create(
        pooling_area_id=pooling_area,
        benefit_year=benefit_year,
        defaults={
            "mode": mode,
            "ref_date": ref_date or date(benefit_year - 1, 12, 31),
            "income_account": income_account,
            "source": source.strip(),
            "staff_code": operator.staff_code,
            "set_at": now,
        },
    )
    plan.rules.all().delete()
    AidRule.objects.bulk_create(
        AidRule(
            plan=plan,
            category=one.category,
            department=one.department,
            amount_fen=one.amount_fen,
            aged_from=one.aged_from,
            proven_before=one.proven_before,
        )
        for one in table
    )
    trail.record(
        "contributions.set_aid_plan",
        at=now,
        operator=operator,
        pooling_area=pooling_area,
        object_kind="aid_plan",
        object_key=benefit_year,
        detail={"mode": str(mode), "ref_date": plan.ref_date.isoformat(), "groups": len(table)},
    )
    return plan


_CHOSEN: Final = """
CREATE TEMP TABLE aided ON COMMIT DROP AS
SELECT DISTINCT ON (r.person_id)
       r.id AS receivable_id, r.person_id, r.unit_code, r.state, r.amount_fen AS standard_fen, e.category, e.department,
       least(coalesce(e.amount_fen, r.amount_fen), r.amount_fen) AS amount_fen
  FROM contributions_receivable r
  JOIN (SELECT g.person_id, u.id, u.category, u.department, u.amount_fen
          FROM contributions_aidrule u
          JOIN enrolment_specialgroupspan g
            ON g.category = u.category AND g.valid_from <= %(ref)s
           AND (g.valid_until IS NULL OR g.valid_until > %(ref)s)
           AND (u.proven_before IS NULL OR g.valid_from < u.proven_before)
         WHERE u.plan_id = %(plan)s AND u.aged_from IS NULL
         UNION ALL
        SELECT p.person_id, u.id, u.category, u.department, u.amount_fen
          FROM contributions_aidrule u
          JOIN enrolment_registered p
            ON p.pooling_area_id = %(area)s AND p.born_on <= (%(ref)s::date - make_interval(years => u.aged_from))::date
         WHERE u.plan_id = %(plan)s AND u.aged_from IS NOT NULL) e
    ON e.person_id = r.person_id
  JOIN enrolment_registered p ON p.person_id = r.person_id AND p.died_on IS NULL
 WHERE r.pooling_area_id = %(area)s AND r.scheme = 'resident' AND r.benefit_year = %(year)s
   AND r.state = ANY(%(states)s) AND r.amount_fen > 0
   AND NOT EXISTS (SELECT FROM contributions_aiditem i WHERE i.plan_id = %(plan)s AND i.person_id = r.person_id)
 ORDER BY r.person_id, least(coalesce(e.amount_fen, r.amount_fen), r.amount_fen) DESC, e.id
"""
_ITEMS: Final = """
INSERT INTO contributions_aiditem (list_id, line_no, plan_id, person_id, unit_code, category, standard_fen, amount_fen,
                                   account_no, holder_name, state, answer, reference, difference)
SELECT %(list)s, row_number() OVER (ORDER BY a.unit_code, a.person_id), %(plan)s, a.person_id, a.unit_code, a.category,
       a.standard_fen, a.amount_fen, coalesce(m.account_no, ''), coalesce(m.holder_name, ''), 'waiting', '', '', ''
  FROM aided a
  LEFT JOIN enrolment_person p ON p.id = a.person_id
  LEFT JOIN LATERAL (
       SELECT account_no, holder_name FROM contributions_debitmandate d
        WHERE d.state = 'active' AND (d.person_id = a.person_id OR d.household_id = p.household_id)
        ORDER BY d.person_id NULLS LAST LIMIT 1) m ON %(named)s
 WHERE a.department = %(department)s
"""


@transaction.atomic
def make_lists(*, pooling_area: str, benefit_year: int, operator: platform.Operator, now: datetime) -> list[AidList]:
    """生成资助名册 (CON-15, CON-16): everybody aided who is on no list yet, one list for each department.

    Where the fund is paid, the receivable is reduced at once and only what is still open can be. Again, only newcomers
    are listed. Raises: NoPlan, YearNotOwed, NobodyToAid, NoPermission, AreaOutOfScope.
    """
    platform_checks.check_area_in_scope(operator, LIST, pooling_area, now)
    plan = AidPlan.objects.select_for_update().filter(pooling_area_id=pooling_area, benefit_year=benefit_year).first()
    if plan is None:
        raise NoPlan(area=platform.unit_name(pooling_area, timezone.localdate(now)), year=benefit_year)
    opened = ReceivableYear.objects.filter(
        pooling_area_id=pooling_area, scheme=RESIDENT, benefit_year=benefit_year
    ).select_for_update()  # no batch for the bank is made meanwhile
    if opened.first() is None:
        raise YearNotOwed(year=benefit_year)
    states = ["due", "failed"] if plan.mode == AidMode.FUND else ["due", "failed", "sent", "paid"]
    with connection.cursor() as cursor:
        cursor.execute("DROP TABLE IF EXISTS aided")
        cursor.execute(
            _CHOSEN,
            {"ref": plan.ref_date, "plan": plan.pk, "area": pooling_area, "year": benefit_year, "states": states},
        )
        cursor.execute(
            "SELECT department, count(*), sum(amount_fen) FROM aided GROUP BY department ORDER BY department"
        )
        departments = cursor.fetchall()
        if not departments:
            raise NobodyToAid(year=benefit_year, ref_date=plan.ref_date)
        lists = [_list(plan, *one, operator=operator, now=now) for one in departments]
        for made in lists:
            cursor.execute(
                _ITEMS,
                {
                    "list": made.pk,
                    "plan": plan.pk,
                    "department": made.department,
                    "named": plan.mode == AidMode.ACCOUNT,
                },
            )
        if plan.mode == AidMode.FUND:
            cursor.execute(
                "UPDATE contributions_receivable r SET aided_fen = a.amount_fen FROM aided a"
                " WHERE a.receivable_id = r.id"
            )
    return lists


def _list(
    plan: AidPlan, department: str, rows: int, amount: int, *, operator: platform.Operator, now: datetime
) -> AidList:
    made = AidList.objects.create(
        plan=plan,
        pooling_area_id=plan.pooling_area_id,
        department=department,
        number=next_written(NUMBERS, area=plan.pooling_area_id, year=timezone.localdate(now).year),
        rows=rows,
        amount_fen=int(amount),
        made_by=operator.staff_code,
        made_at=now,
    )
    note("make_aid_list", made, operator, now)
    return made


@transaction.atomic
def notify(*, number: str, operator: platform.Operator, now: datetime) -> AidList:
    """通知主管部门 (GX2017 §27): as a file where one is agreed, else on paper. Again, it changes nothing.

    Raises: ListUnknown, ListNotInState, NoPermission, AreaOutOfScope.
    """
    found = lock(number)
    platform_checks.check_area_in_scope(operator, LIST, found.pooling_area_id, now)
    if found.state == AidListState.NOTIFIED:
        return found
    move(found, AidListState.NOTIFIED, "通知")
    found.notified_on = timezone.localdate(now)
    found.save(update_fields=["state", "notified_on"])
    if partner := partner_of(found):
        file = outgoing.make_file(
            flow=FLOW_NAME,
            partner=partner,
            object_key=found.pk,
            unit_code=found.pooling_area_id,
            rows=found.rows,
            total_fen=found.amount_fen,
            operator=operator,
            now=now,
        )
        exchange.mark_sent(number=file.number, operator=operator, now=now)
    note("notify_aid_list", found, operator, now)
    return found


def partner_of(found: AidList) -> Any:
    """The department as a partner with whom lists are agreed, if there is one."""
    on = found.notified_on or timezone.localdate(found.made_at)
    agreed = exchange_queries.partners_with(found.pooling_area_id, FLOW_NAME, on)
    return next((one for one in agreed if one.kind == PARTNERS[Department(found.department)]), None)


def lock(number: str) -> AidList:
    """The list, for a change; a step of the caller's transaction. Raises: ListUnknown."""
    found = AidList.objects.select_for_update(of=("self",)).select_related("plan").filter(number=number).first()
    if found is None:
        raise ListUnknown(number=number)
    return found


def move(found: AidList, state: AidListState, what: str) -> None:
    """Raises: ListNotInState."""
    if (found.state, state) not in AID_LIST_TRANSITIONS:
        raise ListNotInState(number=found.number, state=AidListState(found.state).label, what=what)
    found.state = state


def note(action: str, found: AidList, operator: platform.Operator, now: datetime, **detail: object) -> None:
    """The trail's line of a list."""
    trail.record(
        f"contributions.{action}",
        at=now,
        operator=operator,
        pooling_area=found.pooling_area_id,
        object_kind="aid_list",
        object_key=found.number,
        detail={"rows": found.rows, "amount_fen": found.amount_fen, **detail},
    )


def rows(list_id: int) -> Iterator[Sequence[Any]]:
    """The lines of a list as they were made (资助名册明细)."""
    labels = dict(SpecialCategory.choices)
    found = AidItem.objects.filter(list_id=list_id).order_by("line_no")
    names = ("line_no", "person__name", "person__certificate_no", "category", "standard_fen", "amount_fen")
    for row in found.values_list(*names, "account_no", "holder_name").iterator(2_000):
        yield (*row[:3], str(labels[row[3]]), *row[4:])


def _place(list_id: int) -> str:
    return reverse("contributions:aid_list", args=[AidList.objects.values_list("number", flat=True).get(pk=list_id)])


FLOW: Final = Flow(FLOW_NAME, "资助参保名册", LIST, COLUMNS, rows, place=_place)
