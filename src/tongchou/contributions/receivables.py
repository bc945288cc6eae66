"""应缴: what everybody enrolled owes for a year, built for a whole area at once, kept true by every payment (CON-02).

`settle`, `reopen` and their like are steps of the transaction that books or voids a payment, so that a receivable and
the contribution that settles it never disagree (decision 0225).
"""

from collections.abc import Sequence
from datetime import date, datetime
from typing import Final

from django.db import connection, transaction
from django.utils import timezone

from tongchou.contributions import rules
from tongchou.contributions.models import Contribution, ContributionStandard, Receivable, ReceivableYear
from tongchou.contributions.states import OPEN_RECEIVABLES, ReceivableState
from tongchou.enrolment.states import PersonCategory
from tongchou.kernel.errors import DomainError
from tongchou.platform import checks as platform_checks
from tongchou.platform import queries as platform
from tongchou.platform import trail

ANALYZED_FROM: Final = 10_000


class YearNotPriced(DomainError):
    code = "CO-2101"
    message = "{area}没有{year}年度{category}的个人缴费标准,不能生成应缴"
    citation = "GX2017 §21"


class PricedOtherwise(DomainError):
    code = "CO-6601"
    message = "{year}年度有{persons}人的应缴已发盘或已列入资助名册,标准不能变更;待回盘或部门答复后再办"
    citation = "GX2017 §21"


class WindowNotReached(DomainError):
    code = "CO-2102"
    message = "{year}年度的缴费期自{opens}开始,现在不能生成应缴"
    citation = "GX2017 §22"


_BUILD: Final = """
INSERT INTO contributions_receivable (person_id, pooling_area_id, unit_code, scheme, benefit_year, amount_fen,
                                      aided_fen, state, due_from, reason, contribution_id)
SELECT a.person_id, a.pooling_area_id, a.unit_code, a.scheme, %(year)s,
       coalesce(c.amount_fen, own.personal_fen, common.personal_fen),
       CASE WHEN c.id IS NULL THEN least(coalesce(aid.amount_fen, 0), coalesce(own.personal_fen, common.personal_fen))
            ELSE c.fund_aided_fen END,
       CASE WHEN c.id IS NULL THEN 'due' ELSE 'paid' END, %(on)s, '', c.id
  FROM enrolment_active(%(on)s) a
  LEFT JOIN contributions_contributionstandard own
    ON own.pooling_area_id = %(area)s AND own.scheme = 'resident' AND own.benefit_year = %(year)s
   AND own.category = a.category AND own.category <> ''
  LEFT JOIN contributions_contributionstandard common
    ON common.pooling_area_id = %(area)s AND common.scheme = 'resident' AND common.benefit_year = %(year)s
   AND common.category = ''
  LEFT JOIN contributions_contribution c
    ON c.person_id = a.person_id AND c.scheme = 'resident' AND c.benefit_year = %(year)s AND c.voided_at IS NULL
  LEFT JOIN (SELECT i.person_id, i.amount_fen FROM contributions_aiditem i
               JOIN contributions_aidplan p ON p.id = i.plan_id AND p.mode = 'fund'
              WHERE p.pooling_area_id = %(area)s AND p.benefit_year = %(year)s
                AND i.state IN ('waiting', 'arrived')) aid
    ON aid.person_id = a.person_id
 WHERE a.pooling_area_id = %(area)s AND a.scheme = 'resident' AND {more}
   AND (c.id IS NOT NULL
        OR NOT EXISTS (SELECT FROM enrolment_suspension s
                        WHERE s.enrolment_id = a.enrolment_id AND s.suspended_from <= make_date(%(year)s, 1, 1)
                          AND (s.suspended_until IS NULL
                               OR s.suspended_until > greatest(%(on)s, make_date(%(year)s, 1, 1)))))
ON CONFLICT DO NOTHING
"""
"""Who owes anew, after an ending was undone, is still aided by the department's list of the year (CON-15).

Whose suspension, asked for ahead, holds when the year begins does not owe it (decision 0406).
"""


@transaction.atomic
def open_year(
    *, pooling_area: str, benefit_year: int, opens_on: date, operator: platform.Operator, now: datetime
) -> ReceivableYear:
    """生成应缴 (GX2017 §21; CON-01, CON-02): everybody enrolled owes the year, those who have paid have paid.

    `opens_on`: the window's first day, from the area's rules. Again, it adds whom it did not find before.
    Raises: WindowNotReached, YearNotPriced, NoPermission, AreaOutOfScope.
    """
    platform_checks.check_area_in_scope(operator, "contributions.set_rates", pooling_area, now)
    today = timezone.localdate(now)
    if today < opens_on:
        raise WindowNotReached(year=benefit_year, opens=opens_on)
    check_priced(pooling_area, benefit_year)
    year, _ = ReceivableYear.objects.select_for_update().get_or_create(
        pooling_area_id=pooling_area,
        scheme=rules.RESIDENT,
        benefit_year=benefit_year,
        defaults={"opened_on": today, "staff_code": operator.staff_code, "opened_at": now},
    )
    built = _build(year, today)
    trail.record(
        "contributions.open_year",
        at=now,
        operator=operator,
        pooling_area=pooling_area,
        object_kind="receivable_year",
        object_key=benefit_year,
        detail={"year": benefit_year, "built": built},
    )
    return year


def check_priced(pooling_area: str, benefit_year: int) -> None:
    """One standard for everybody, or one for each category. Raises: YearNotPriced."""
    priced = set(
        ContributionStandard.objects.filter(
            pooling_area_id=pooling_area, scheme=rules.RESIDENT, benefit_year=benefit_year
        ).values_list("category", flat=True)
    )
    if "" in priced:
        return
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT DISTINCT category FROM enrolment_enrolment WHERE pooling_area_id = %s AND scheme = 'resident'"
            " AND enrolled_until IS NULL",
            [pooling_area],
        )
        missing = sorted({category for (category,) in cursor.fetchall()} - priced)
    if missing or not priced:
        named = "、".join(PersonCategory(category).label for category in missing) or "居民"
        raise YearNotPriced(area=pooling_area, year=benefit_year, category=named)


def _build(year: ReceivableYear, on: date) -> int:
    """Receivables of whom the year does not know yet."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT coalesce(max(id), 0) FROM enrolment_enrolment")
        (latest,) = cursor.fetchone()
        cursor.execute(
            _BUILD.replace("{more}", "TRUE"),
            {"year": year.benefit_year, "on": on, "area": year.pooling_area_id},
        )
        built = int(cursor.rowcount)
        if built >= ANALYZED_FROM:
            cursor.execute("ANALYZE contributions_receivable")
    year.last_enrolment_id = latest
    year.save(update_fields=["last_enrolment_id"])
    return built


def build_missing(now: datetime) -> int:
    """Every night: whoever an opened year of today or later does not know yet (定时任务). Returns how many."""
    today = timezone.localdate(now)
    built = 0
    for year in ReceivableYear.objects.filter(benefit_year__gte=today.year).order_by("id"):
        with transaction.atomic():
            built += _build(ReceivableYear.objects.select_for_update().get(pk=year.pk), today)
    return built


_PRICES: Final = """
SELECT r.id, r.state, r.aided_fen, coalesce(own.personal_fen, common.personal_fen) AS price_fen
  FROM contributions_receivable r
  JOIN LATERAL (SELECT e.category FROM enrolment_enrolment e
                 WHERE e.person_id = r.person_id AND e.scheme = r.scheme
                 ORDER BY e.enrolled_from <= %(on)s DESC, e.enrolled_from DESC LIMIT 1) e ON true
  LEFT JOIN contributions_contributionstandard own
    ON own.pooling_area_id = r.pooling_area_id AND own.scheme = r.scheme AND own.benefit_year = r.benefit_year
   AND own.category = e.category AND own.category <> ''
  LEFT JOIN contributions_contributionstandard common
    ON common.pooling_area_id = r.pooling_area_id AND common.scheme = r.scheme
   AND common.benefit_year = r.benefit_year AND common.category = ''
 WHERE r.scheme = 'resident' AND r.state IN ('due', 'failed', 'sent') AND {which}
   AND r.amount_fen <> coalesce(own.personal_fen, common.personal_fen)
"""
_REPRICE: Final = """
UPDATE contributions_receivable r SET amount_fen = p.price_fen
  FROM ({prices}) p WHERE r.id = p.id AND p.state <> 'sent' AND p.aided_fen = 0
"""


def reprice_year(pooling_area: str, benefit_year: int, on: date) -> int:
    """按新标准核定应缴 (GX2017 §21; CON-01): what is still open follows the standard; a step. Returns how many changed.

    Raises: PricedOtherwise, where a bank or a department was told the old sum.
    """
    if not _opened(pooling_area, benefit_year):
        return 0
    which = "r.pooling_area_id = %(area)s AND r.benefit_year = %(year)s"
    prices, asked = _PRICES.replace("{which}", which), {"area": pooling_area, "year": benefit_year, "on": on}
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT count(*) FROM ({prices}) p WHERE p.state = 'sent' OR p.aided_fen > 0", asked)
        (told,) = cursor.fetchone()
        if told:
            raise PricedOtherwise(year=benefit_year, persons=told)
        cursor.execute(_REPRICE.replace("{prices}", prices), asked)
        return int(cursor.rowcount)


def reprice_person(person_id: int, on: date) -> None:
    """人员类别变更后的应缴 (GX2017 §14, 21; CON-01): what is open follows the category of that day; a step.

    What lies with the bank, or is aided by a department's list, keeps the sum that they were told.
    """
    prices = _PRICES.replace("{which}", "r.person_id = %(person)s AND r.benefit_year >= %(year)s")
    with connection.cursor() as cursor:
        cursor.execute(_REPRICE.replace("{prices}", prices), {"person": person_id, "year": on.year, "on": on})


def follow_unit(person_id: int) -> None:
    """变更参保单位后的应缴 (GX2017 §14): what is open is collected where the person now belongs; a step."""
    with connection.cursor() as cursor:
        cursor.execute(
            "UPDATE contributions_receivable r SET unit_code = p.unit_code FROM enrolment_person p WHERE p.id = %s"
            " AND r.person_id = p.id AND r.pooling_area_id = p.pooling_area_id AND r.state IN ('due', 'failed')",
            [person_id],
        )


# --- steps of other transactions ------------------------------------------------------------------------------------


def settle(contribution: Contribution, unit_code: str) -> None:
    """已缴: the contribution settles the receivable of its person and year; a step of the caller's transaction.

    The sum is that of the day of payment: a person's category may change between, and the standard with it.
    Where the year was opened and did not know the person, it does now.
    """
    met = Receivable.objects.filter(
        person_id=contribution.person_id, scheme=contribution.scheme, benefit_year=contribution.benefit_year
    ).exclude(state=ReceivableState.VOID)
    if met.update(state=ReceivableState.PAID, contribution=contribution, amount_fen=contribution.amount_fen, reason=""):
        return
    if _opened(contribution.pooling_area_id, contribution.benefit_year):
        Receivable.objects.create(
            person_id=contribution.person_id,
            pooling_area_id=contribution.pooling_area_id,
            unit_code=unit_code,
            scheme=contribution.scheme,
            benefit_year=contribution.benefit_year,
            amount_fen=contribution.amount_fen,
            state=ReceivableState.PAID,
            due_from=contribution.paid_in_full_on,
            contribution=contribution,
        )


def aided(person_id: int, benefit_year: int) -> int:
    """由部门资助 of the year, straight to the fund, in fen (CON-15)."""
    found = Receivable.objects.filter(person_id=person_id, scheme=rules.RESIDENT, benefit_year=benefit_year)
    return found.exclude(state=ReceivableState.VOID).values_list("aided_fen", flat=True).first() or 0


def reopen(contributions: Sequence[Contribution]) -> None:
    """应缴 again, because the payments are voided (GX2017 §28); a step of the caller's transaction."""
    Receivable.objects.filter(contribution__in=contributions).update(state=ReceivableState.DUE, contribution=None)


LEFT_THE_YEAR: Final = """
NOT EXISTS (SELECT FROM enrolment_enrolment e
             WHERE e.person_id = r.person_id AND e.scheme = r.scheme
               AND (e.enrolled_until IS NULL OR extract(year FROM e.enrolled_until) > r.benefit_year))
"""
"""Of a receivable r: its person's relation has ended by the year, so that it would be void if it were open."""


_SUSPENDED: Final = """
EXISTS (SELECT FROM enrolment_suspension s JOIN enrolment_enrolment e ON e.id = s.enrolment_id
         WHERE e.person_id = r.person_id AND e.scheme = r.scheme
           AND r.benefit_year >= extract(year FROM s.suspended_from)
           AND daterange(s.suspended_from, s.suspended_until)
               @> greatest('{on}'::date, make_date(r.benefit_year, 1, 1), r.due_from))
"""


def suspended(on: date) -> str:
    """Of a receivable r: its person is suspended on that day, or when the year begins to be owed (decision 0406)."""
    return _SUSPENDED.replace("{on}", on.isoformat())


def forget_who_left(person_ids: Sequence[int], benefit_year: int, on: date) -> None:
    """What is open again owes nobody who has left meanwhile (GX2017 §15), or is suspended; a step of the caller's
    transaction.
    """
    with connection.cursor() as cursor:
        cursor.execute(
            "UPDATE contributions_receivable r SET state = 'void', reason = 'terminated' WHERE r.person_id = ANY(%s)"
            f" AND r.benefit_year = %s AND r.state IN ('due', 'failed') AND {LEFT_THE_YEAR}",
            [list(person_ids), benefit_year],
        )
    owe_nothing_while_suspended(on, person_ids)


def owe_nothing_while_suspended(on: date, person_ids: Sequence[int] | None = None) -> int:
    """停保 (JL2019 §8; decision 0406): a year that is open is not owed by who is suspended on that day, or when the
    year begins; of everybody, or of some; a step. Returns how many. Resumed, they owe it from that day on.
    """
    with connection.cursor() as cursor:
        cursor.execute(
            "UPDATE contributions_receivable r SET state = 'void', reason = 'suspended'"
            f" WHERE r.scheme = 'resident' AND r.state IN ('due', 'failed') AND {suspended(on)}"
            " AND (%(persons)s::bigint[] IS NULL OR r.person_id = ANY(%(persons)s))",
            {"persons": None if person_ids is None else list(person_ids)},
        )
        return int(cursor.rowcount)


def _opened(pooling_area: str, benefit_year: int) -> bool:
    return ReceivableYear.objects.filter(
        pooling_area_id=pooling_area, scheme=rules.RESIDENT, benefit_year=benefit_year
    ).exists()


SETTLE_MANY: Final = """
UPDATE contributions_receivable r
   SET state = 'paid', contribution_id = p.contribution_id, amount_fen = p.amount_fen + r.aided_fen, reason = ''
  FROM {paid} p
 WHERE r.person_id = p.person_id AND r.scheme = 'resident' AND r.benefit_year = p.benefit_year AND r.state <> 'void'
"""
ADD_PAID: Final = """
INSERT INTO contributions_receivable (person_id, pooling_area_id, unit_code, scheme, benefit_year, amount_fen, state,
                                      due_from, reason, contribution_id)
SELECT p.person_id, y.pooling_area_id, p.unit_code, 'resident', p.benefit_year, p.amount_fen, 'paid', p.paid_on, '',
       p.contribution_id
  FROM {paid} p
  JOIN contributions_receivableyear y
    ON y.pooling_area_id = %s AND y.scheme = 'resident' AND y.benefit_year = p.benefit_year
 WHERE NOT EXISTS (SELECT FROM contributions_receivable r
                    WHERE r.person_id = p.person_id AND r.scheme = 'resident' AND r.benefit_year = p.benefit_year
                      AND r.state <> 'void')
"""


SETTLE_KNOWN: Final = """
UPDATE contributions_receivable r SET state = 'paid', contribution_id = p.contribution_id, reason = ''
  FROM {paid} p
 WHERE r.id = p.receivable_id AND r.state <> 'void'
   AND r.id BETWEEN (SELECT min(receivable_id) FROM {paid} q) AND (SELECT max(receivable_id) FROM {paid} q)
"""


def settle_many(paid: str, pooling_area: str) -> None:
    """The same for many payments: `paid` follows FROM, with person_id, benefit_year, contribution_id, unit_code,
    amount_fen and paid_on.
    """
    with connection.cursor() as cursor:
        cursor.execute(SETTLE_MANY.replace("{paid}", paid))
        cursor.execute(ADD_PAID.replace("{paid}", paid), [pooling_area])


def settle_known(paid: str) -> None:
    """The same for payments that were drawn from receivables: `paid` follows FROM, with receivable_id and
    contribution_id.
    """
    with connection.cursor() as cursor:
        cursor.execute(SETTLE_KNOWN.replace("{paid}", paid))


# --- what enrolment tells -------------------------------------------------------------------------------------------


def owe_from(person_id: int, on: date) -> None:
    """A later enrolment owes the opened years from then on (CON-02); a step of the caller's transaction."""
    years = ReceivableYear.objects.filter(benefit_year__gte=on.year).order_by("benefit_year")
    with connection.cursor() as cursor:
        for year in years:
            cursor.execute(
                _BUILD.replace("{more}", "a.person_id = %(person)s"),
                {"year": year.benefit_year, "on": on, "area": year.pooling_area_id, "person": person_id},
            )


def owe_no_more(person_id: int, on: date) -> None:
    """Whoever leaves owes nothing more of what is open; what lies with the bank waits for its answer (GX2017 §15)."""
    Receivable.objects.filter(person_id=person_id, benefit_year__gte=on.year, state__in=OPEN_RECEIVABLES).update(
        state=ReceivableState.VOID, reason="terminated"
    )


def owe_after_roster(pooling_area: str) -> None:
    """Everybody of a roster owes the opened years: found by the numbers of their enrolments (CON-02)."""
    with connection.cursor() as cursor:
        cursor.execute(_FIRST_DAYS, [pooling_area])
        newcomers = cursor.fetchall()
        for year, since, on in newcomers:
            cursor.execute(
                _BUILD.replace("{more}", "a.enrolment_id > %(since)s"),
                {"year": year, "on": on, "area": pooling_area, "since": since},
            )


_FIRST_DAYS: Final = """
SELECT DISTINCT y.benefit_year, y.last_enrolment_id, e.enrolled_from
  FROM contributions_receivableyear y
  JOIN enrolment_enrolment e ON e.id > y.last_enrolment_id AND e.pooling_area_id = y.pooling_area_id
 WHERE y.pooling_area_id = %s AND y.benefit_year >= extract(year FROM e.enrolled_from)
"""
