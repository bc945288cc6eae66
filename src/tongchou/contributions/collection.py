"""银行托收 (GX2017 §23; CON-06, CON-07): who owes and has a mandate, a line for each account, a file for the bank.

Everything is chosen, decided and written with a few statements for any number of persons, in one transaction: a
process that is killed leaves no batch, and the same button makes it again. The bank's answer is booked by `answers`.
"""

from collections.abc import Iterator, Sequence
from datetime import date, datetime
from typing import Any, Final

from django.db import connection, transaction
from django.db.models import Value
from django.urls import reverse
from django.utils import timezone

from tongchou.contributions import bulk, events, receivables, rules
from tongchou.contributions.mandates import NotABank, units_under
from tongchou.contributions.models import CollectionBatch, CollectionItem, ReceivableYear
from tongchou.contributions.procedure import procedure
from tongchou.contributions.rules import Case
from tongchou.contributions.states import BatchState
from tongchou.exchange import commands as exchange
from tongchou.exchange import outgoing
from tongchou.exchange import queries as exchange_queries
from tongchou.exchange.flows import Flow
from tongchou.exchange.states import PartnerKind
from tongchou.kernel.errors import DomainError
from tongchou.platform import checks as platform_checks
from tongchou.platform import queries as platform
from tongchou.platform import trail
from tongchou.platform.events import publish
from tongchou.platform.numbering import Series, next_written

WITHHOLD: Final = "contributions.withhold"
FLOW_NAME: Final = "withholding"
NUMBERS: Final = Series("collection", name="托收批次", mark="DK", width=6)
COLUMNS: Final = ("line_no", "account_no", "holder_name", "amount_fen", "persons", "year")
AT_ONCE: Final = 20_000
ANALYZED_FROM: Final = 10_000
ROOM: Final = "SET LOCAL work_mem = '256MB'"
"""For the joins of a whole city, in this transaction only."""


class YearNotOpened(DomainError):
    code = "CO-2121"
    message = "{year}年度还没有生成应缴,不能制盘"
    citation = "GX2017 §21"


class NothingToDraw(DomainError):
    code = "CO-2122"
    message = "{unit}{year}年度没有可以由{bank}代扣的应缴({reasons})"
    citation = "GX2017 §23"


class DrawnInPast(DomainError):
    code = "CO-2123"
    message = "扣款日期{day}已过"
    citation = "GX2017 §23"


class BatchUnknown(DomainError):
    code = "CO-2124"
    message = "没有编号为{batch}的托收批次"
    citation = "GX2017 §23"


class BatchNotInState(DomainError):
    code = "CO-2125"
    message = "托收批次{number}{state},不能{what}"
    citation = "GX2017 §23"


class RunsUsedUp(DomainError):
    code = "CO-2126"
    message = "{year}年度已扣款{runs}次,不再重复扣款;请通知参保人到其他渠道缴费"
    citation = "GX2017 §23"


_OWING: Final = """
CREATE TEMP TABLE owing ON COMMIT DROP AS
SELECT r.id AS receivable_id, r.person_id, r.unit_code, r.amount_fen - r.aided_fen AS amount_fen, a.household_id,
       coalesce(own.id, shared.id) AS mandate_id, coalesce(own.bank_id, shared.bank_id) AS bank_id,
       a.enrolment_id IS NOT NULL AS enrolled,
       h.last_paid_year,
       CASE WHEN h.last_paid_year IS NULL AND a.born_on >= make_date(%(year)s - 1, 1, 1) THEN a.born_on END AS born_on
  FROM contributions_receivable r
  LEFT JOIN enrolment_active(%(on)s) a ON a.person_id = r.person_id AND a.scheme = 'resident'
  LEFT JOIN contributions_debitmandate own
    ON own.person_id = r.person_id AND own.state = 'active' AND own.signed_on <= %(on)s
   AND (own.valid_until IS NULL OR own.valid_until > %(on)s)
  LEFT JOIN contributions_debitmandate shared
    ON shared.household_id = a.household_id AND shared.state = 'active' AND shared.signed_on <= %(on)s
   AND (shared.valid_until IS NULL OR shared.valid_until > %(on)s)
  LEFT JOIN (SELECT person_id, max(benefit_year) AS last_paid_year FROM contributions_contribution
              WHERE scheme = 'resident' AND voided_at IS NULL AND benefit_year < %(year)s GROUP BY person_id) h
    ON h.person_id = r.person_id
 WHERE r.pooling_area_id = %(area)s AND r.benefit_year = %(year)s AND r.scheme = 'resident' AND r.state IN {states}
   AND r.amount_fen > r.aided_fen AND (%(units)s::text[] IS NULL OR r.unit_code = ANY(%(units)s))
"""
_ITEMS: Final = """
INSERT INTO contributions_collectionitem (batch_id, line_no, mandate_id, unit_code, account_no, holder_name, persons,
                                          amount_fen, state, paid_fen, code, reference)
SELECT %s, row_number() OVER (ORDER BY m.unit_code, m.id), m.id, m.unit_code, m.account_no, m.holder_name, o.persons,
       o.amount_fen, 'waiting', 0, '', ''
  FROM (SELECT mandate_id, count(*) AS persons, sum(amount_fen) AS amount_fen FROM owing WHERE payable
         GROUP BY mandate_id) o
  JOIN contributions_debitmandate m ON m.id = o.mandate_id
"""
_SENT: Final = """
UPDATE contributions_receivable r SET state = 'sent', item_id = i.id, reason = ''
  FROM owing o JOIN contributions_collectionitem i ON i.batch_id = %s AND i.mandate_id = o.mandate_id
 WHERE o.payable AND r.id = o.receivable_id
"""
_BACK: Final = f"""
UPDATE contributions_receivable r
   SET item_id = NULL,
       state = CASE WHEN {receivables.LEFT_THE_YEAR} OR {{suspended}} THEN 'void' ELSE 'due' END,
       reason = CASE WHEN {receivables.LEFT_THE_YEAR} THEN 'terminated' WHEN {{suspended}} THEN 'suspended' ELSE '' END
 WHERE r.state = 'sent' AND r.item_id IN (SELECT id FROM contributions_collectionitem WHERE batch_id = %s)
"""
NO_MANDATE, OTHER_BANK, NOT_ENROLLED, NOT_PAYABLE = "no_mandate", "other_bank", "not_enrolled", "not_payable"
LEFT_OUT: Final = {
    NO_MANDATE: "无协议",
    OTHER_BANK: "在其他银行签约",
    NOT_ENROLLED: "已不在参保状态",
    NOT_PAYABLE: "扣款日不符合缴费条件",
}


@transaction.atomic
def make_batch(
    *,
    pooling_area: str,
    unit_code: str,
    benefit_year: int,
    bank_id: int,
    draw_on: date,
    follows: CollectionBatch | None = None,
    operator: platform.Operator,
    now: datetime,
) -> CollectionBatch:
    """制盘 (GX2017 §23; CON-06): everybody of the place who owes the year and whom this bank may draw.

    Whoever has no mandate in force on the day is left out and counted (ENR-07). With `follows`, only those who failed
    in that batch. Two clerks at once: the second finds nothing left to draw.
    Raises: NotABank, YearNotOpened, DrawnInPast, NothingToDraw, NothingAgreed, NoPermission, OutOfScope.
    """
    platform_checks.check_in_scope(operator, WITHHOLD, unit_code, now)
    bank = exchange_queries.partner(bank_id)
    if bank is None or not bank.in_use or bank.kind != PartnerKind.BANK or bank.pooling_area_id != pooling_area:
        raise NotABank(bank=bank_id)
    if draw_on < timezone.localdate(now):
        raise DrawnInPast(day=draw_on)
    opened = ReceivableYear.objects.select_for_update().filter(  # one batch of an area and year is made at a time
        pooling_area_id=pooling_area, scheme=rules.RESIDENT, benefit_year=benefit_year
    )
    if opened.first() is None:
        raise YearNotOpened(year=benefit_year)
    left_out = _choose(pooling_area, unit_code, benefit_year, bank_id, draw_on, follows)
    batch = CollectionBatch.objects.create(
        pooling_area_id=pooling_area,
        number=next_written(NUMBERS, area=pooling_area, year=timezone.localdate(now).year),
        benefit_year=benefit_year,
        unit_code=unit_code,
        bank=bank,
        run_no=follows.run_no + 1 if follows else 1,
        follows=follows,
        draw_on=draw_on,
        partial=procedure(pooling_area).partial,
        left_out=left_out,
        made_by=operator.staff_code,
        made_at=now,
    )
    batch.households, batch.persons, batch.amount_fen = _write(batch)
    if not batch.households:
        told = "、".join(f"{LEFT_OUT[why]}{count}人" for why, count in left_out.items()) or "没有未缴的人"
        raise NothingToDraw(unit=platform.unit_in_words(unit_code), year=benefit_year, bank=bank.name, reasons=told)
    batch.save(update_fields=["households", "persons", "amount_fen"])
    outgoing.make_file(
        flow=FLOW_NAME,
        partner=bank,
        object_key=batch.pk,
        unit_code=unit_code,
        rows=batch.households,
        total_fen=batch.amount_fen,
        operator=operator,
        now=now,
    )
    _note("make_batch", batch, operator, now, left_out=left_out)
    return batch


def _choose(
    area: str, unit_code: str, year: int, bank_id: int, on: date, follows: CollectionBatch | None
) -> dict[str, int]:
    """Who owes, and who of them may be drawn; returns how many may not, by reason."""
    units = None if unit_code == area else units_under(unit_code, on)
    states = "('failed')" if follows else "('due', 'failed')"
    with connection.cursor() as cursor:
        cursor.execute(ROOM)
        cursor.execute("DROP TABLE IF EXISTS owing")
        statement = _OWING.replace("{states}", states)
        if follows:
            statement += " AND r.item_id IN (SELECT id FROM contributions_collectionitem WHERE batch_id = %(follows)s)"
        cursor.execute(
            statement, {"area": area, "year": year, "on": on, "units": units, "follows": follows and follows.pk}
        )
        cursor.execute("ANALYZE owing")
        cursor.execute(
            "SELECT DISTINCT %s::int, %s::date, last_paid_year, born_on FROM owing WHERE enrolled", [year, on]
        )
        decided, _refused = bulk.decisions(area, [Case(*row) for row in cursor.fetchall()])
        cursor.execute("ALTER TABLE owing ADD COLUMN payable boolean NOT NULL DEFAULT false")
        if decided:
            columns = list(map(list, zip(*decided, strict=True)))
            cursor.execute(
                "UPDATE owing o SET payable = true FROM unnest(%s::int[], %s::date[]) AS d (last_paid_year, born_on)"
                " WHERE o.enrolled AND o.bank_id = %s AND d.last_paid_year IS NOT DISTINCT FROM o.last_paid_year"
                " AND d.born_on IS NOT DISTINCT FROM o.born_on",
                [columns[2], columns[3], bank_id],
            )
        cursor.execute(
            "SELECT CASE WHEN NOT enrolled THEN %s WHEN mandate_id IS NULL THEN %s WHEN bank_id <> %s THEN %s ELSE %s"
            " END AS why, count(*) FROM owing WHERE NOT payable GROUP BY 1 ORDER BY 1",
            [NOT_ENROLLED, NO_MANDATE, bank_id, OTHER_BANK, NOT_PAYABLE],
        )
        return dict(cursor.fetchall())


def _write(batch: CollectionBatch) -> tuple[int, int, int]:
    """The lines, and the receivables in them. Returns households, persons and their sum in fen."""
    with connection.cursor() as cursor:
        cursor.execute(_ITEMS, [batch.pk])
        households = cursor.rowcount
        if households >= ANALYZED_FROM:
            cursor.execute("ANALYZE contributions_collectionitem")
        cursor.execute(_SENT, [batch.pk])
        cursor.execute("SELECT count(*), coalesce(sum(amount_fen), 0) FROM owing WHERE payable")
        persons, amount = cursor.fetchone()
    return households, persons, int(amount)


@transaction.atomic
def draw_again(*, batch_id: int, draw_on: date, operator: platform.Operator, now: datetime) -> CollectionBatch:
    """重扣 (CON-06): another run over those of a batch who failed and have not paid since.

    Raises: BatchUnknown, BatchNotInState, RunsUsedUp, and the refusals of `make_batch`.
    """
    batch = lock_batch(batch_id)
    if batch.state not in (BatchState.ANSWERED, BatchState.RECONCILED):
        raise _not_in_state(batch, "重扣")
    if later := CollectionBatch.objects.filter(follows=batch).first():
        raise BatchNotInState(number=batch.number, state=f"已由{later.number}重扣", what="再次重扣")
    if batch.run_no >= procedure(batch.pooling_area_id).runs:
        raise RunsUsedUp(year=batch.benefit_year, runs=batch.run_no)
    return make_batch(
        pooling_area=batch.pooling_area_id,
        unit_code=batch.unit_code,
        benefit_year=batch.benefit_year,
        bank_id=batch.bank_id,
        draw_on=draw_on,
        follows=batch,
        operator=operator,
        now=now,
    )


@transaction.atomic
def send_batch(*, batch_id: int, operator: platform.Operator, now: datetime) -> CollectionBatch:
    """发盘: the file is with the bank. Again, it changes nothing.

    Raises: BatchUnknown, BatchNotInState, NoPermission, OutOfScope.
    """
    batch = lock_batch(batch_id)
    platform_checks.check_in_scope(operator, WITHHOLD, batch.unit_code, now)
    if batch.state == BatchState.SENT:
        return batch
    if batch.state != BatchState.MADE:
        raise _not_in_state(batch, "发盘")
    file = exchange_queries.outgoing_of(FLOW_NAME, batch.pk)
    assert file is not None
    exchange.mark_sent(number=file.number, operator=operator, now=now)
    batch.state = BatchState.SENT
    batch.save(update_fields=["state"])
    publish(events.WithholdingTold(batch.pk, batch.pooling_area_id, ("before",)))
    return batch


@transaction.atomic
def cancel_batch(*, batch_id: int, operator: platform.Operator, now: datetime) -> CollectionBatch:
    """撤销 of a batch whose file never left: everybody in it owes again who has not left since.

    Raises: BatchUnknown, BatchNotInState, NoPermission, OutOfScope.
    """
    batch = lock_batch(batch_id)
    platform_checks.check_in_scope(operator, WITHHOLD, batch.unit_code, now)
    if batch.state != BatchState.MADE:
        raise _not_in_state(batch, "撤销")
    file = exchange_queries.outgoing_of(FLOW_NAME, batch.pk)
    assert file is not None
    exchange.cancel_file(number=file.number, operator=operator, now=now)
    with connection.cursor() as cursor:
        cursor.execute(_BACK.replace("{suspended}", receivables.suspended(timezone.localdate(now))), [batch.pk])
    batch.state = BatchState.CANCELLED
    batch.save(update_fields=["state"])
    _note("cancel_batch", batch, operator, now)
    return batch


def lock_batch(batch_id: int) -> CollectionBatch:
    """The batch, for a change; a step of the caller's transaction. Raises: BatchUnknown."""
    found = CollectionBatch.objects.select_for_update(of=("self",)).filter(pk=batch_id).first()
    if found is None:
        raise BatchUnknown(batch=batch_id)
    return found


def _not_in_state(batch: CollectionBatch, what: str) -> BatchNotInState:
    return BatchNotInState(number=batch.number, state=BatchState(batch.state).label, what=what)


def _note(action: str, batch: CollectionBatch, operator: platform.Operator, now: datetime, **detail: object) -> None:
    trail.record(
        f"contributions.{action}",
        at=now,
        operator=operator,
        pooling_area=batch.pooling_area_id,
        unit_code=batch.unit_code,
        object_kind="collection",
        object_key=batch.number,
        detail={
            "households": batch.households,
            "persons": batch.persons,
            "amount_fen": batch.amount_fen,
            **detail,
        },
    )


def rows(batch_id: int) -> Iterator[Sequence[Any]]:
    """The lines of a batch in their order, as they were made (代扣盘明细)."""
    year = CollectionBatch.objects.values_list("benefit_year", flat=True).get(pk=batch_id)
    found = CollectionItem.objects.filter(batch_id=batch_id).order_by("line_no").annotate(year=Value(year))
    yield from found.values_list(*COLUMNS).iterator(AT_ONCE)


FLOW: Final = Flow(
    FLOW_NAME,
    "银行代扣盘",
    WITHHOLD,
    COLUMNS,
    rows,
    place=lambda batch_id: reverse("contributions:batch", args=[batch_id]),
)
