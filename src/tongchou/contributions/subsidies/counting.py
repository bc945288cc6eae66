"""人数测算 (GX2017 §29, 30; CON-26, CON-27): who counts at the day of the count, in a few statements for millions.

A head counts when its premium is booked and reconciled, its aid has arrived, the person lives and is enrolled as a
resident on that day, and no other payment stands for the same human being. Everybody else is listed with the reason.
The extract, its digest and the lines are written in one transaction; progress is told over a connection aside.
"""

import logging
import threading
from collections.abc import Callable
from typing import Any, Final

from django.db import connection, transaction
from django.utils import timezone

from tongchou.contributions.subsidies.models import SubsidyApplication, SubsidySnapshot
from tongchou.contributions.subsidies.states import ApplicationState, SnapshotState

STEPS: Final = ("提取缴费人员", "核对重复、死亡与到账", "写入人员明细", "计算摘要与汇总")
ANALYZED_FROM: Final = 10_000

log = logging.getLogger(__name__)

_PAID: Final = """
CREATE TEMPORARY TABLE subsidy_paid ON COMMIT DROP AS
SELECT c.id AS contribution_id, c.person_id, c.amount_fen, c.aided_fen, c.paid_in_full_on AS paid_on, c.channel,
       coalesce(nullif(b.voucher_no, ''), aid.voucher_no, '') AS proof,
       c.amount_fen > c.fund_aided_fen AND coalesce(b.voucher_no, '') = '' AS unreconciled,
       c.fund_aided_fen > 0 AND aid.person_id IS NULL AS aid_waiting,
       p.person_no, p.name, p.certificate_no, p.unit_code, p.died_on,
       coalesce(p.merged_into_id, nullif(former.person_id, p.id), p.id) AS root_id
  FROM contributions_contribution c
  JOIN enrolment_person p ON p.id = c.person_id
  LEFT JOIN contributions_importbatch b ON b.id = c.batch_id
  LEFT JOIN (SELECT i.person_id, max(a.voucher_no) AS voucher_no FROM contributions_aiditem i
               JOIN contributions_aidplan n ON n.id = i.plan_id
               LEFT JOIN contributions_aidarrival a ON a.list_id = i.list_id AND a.withdrawn_at IS NULL
              WHERE n.pooling_area_id = %(area)s AND n.benefit_year = %(year)s AND i.state = 'used'
              GROUP BY i.person_id) aid ON aid.person_id = c.person_id
  LEFT JOIN (SELECT f.certificate_no, o.name, o.born_on, min(o.id) AS person_id
               FROM enrolment_formercertificate f JOIN enrolment_person o ON o.id = f.person_id
              GROUP BY f.certificate_no, o.name, o.born_on) former
    ON former.certificate_no = p.certificate_no AND former.name = p.name AND former.born_on = p.born_on
 WHERE c.pooling_area_id = %(area)s AND c.scheme = 'resident' AND c.benefit_year = %(year)s AND c.voided_at IS NULL
   AND c.paid_in_full_on <= %(on)s
   AND (%(whole)s OR p.unit_code IN (SELECT code FROM platform_orgunit WHERE path LIKE %(path)s))
"""
_JUDGED: Final = """
CREATE TEMPORARY TABLE subsidy_judged ON COMMIT DROP AS
WITH judged AS (
    SELECT s.*, coalesce(a.category, '') AS category,
           CASE WHEN length(root.certificate_no) = 18
                THEN substr(root.certificate_no, 1, 6) || substr(root.certificate_no, 9, 9)
                ELSE root.certificate_no END || '/' || root.born_on AS identity,
           CASE WHEN root.died_on < %(on)s THEN 'dead'
                WHEN s.unreconciled THEN 'unreconciled'
                WHEN s.aid_waiting THEN 'aid_waiting'
                WHEN a.scheme = 'employee' THEN 'employee'
                WHEN a.person_id IS NULL THEN 'not_enrolled'
                WHEN h.total_fen IS NULL THEN 'no_shares'
                ELSE '' END AS found
      FROM subsidy_paid s
      JOIN enrolment_person root ON root.id = s.root_id
      LEFT JOIN enrolment_active(%(on)s) a ON a.person_id = s.root_id
      LEFT JOIN subsidy_rates h ON h.category = a.category
)
SELECT j.*, CASE WHEN j.place > 1 THEN 'duplicate' ELSE j.found END AS verdict,
       CASE WHEN j.place > 1 THEN j.first_no ELSE '' END AS kept
  FROM (SELECT judged.*, row_number() OVER same AS place, first_value(person_no) OVER same AS first_no
          FROM judged WINDOW same AS (PARTITION BY identity ORDER BY found <> '', paid_on, contribution_id)) j
"""
_RATES: Final = """
CREATE TEMPORARY TABLE subsidy_rates ON COMMIT DROP AS
SELECT kinds.category, coalesce(own.central_fen, common.central_fen) AS central_fen,
       coalesce(own.province_fen, common.province_fen) AS province_fen,
       coalesce(own.city_fen, common.city_fen) AS city_fen,
       coalesce(own.county_fen, common.county_fen) AS county_fen,
       coalesce(own.total_fen, common.total_fen) AS total_fen
  FROM (SELECT DISTINCT category FROM enrolment_active(%(on)s) WHERE pooling_area_id = %(area)s) kinds
  LEFT JOIN (SELECT s.category, h.* FROM contributions_subsidyshare h
               JOIN contributions_contributionstandard s ON s.id = h.standard_id
              WHERE s.pooling_area_id = %(area)s AND s.scheme = 'resident' AND s.benefit_year = %(year)s) own
    ON own.category = kinds.category AND own.category <> ''
  LEFT JOIN (SELECT s.category, h.* FROM contributions_subsidyshare h
               JOIN contributions_contributionstandard s ON s.id = h.standard_id
              WHERE s.pooling_area_id = %(area)s AND s.scheme = 'resident' AND s.benefit_year = %(year)s
                AND s.category = '') common ON TRUE
"""
_HEADS: Final = """
INSERT INTO contributions_subsidyhead (snapshot_id, line_no, person_no, name, certificate_no, unit_code, category,
    contribution_id, paid_fen, aided_fen, paid_on, channel, proof, verdict, kept)
SELECT %(snapshot)s, row_number() OVER (ORDER BY unit_code, contribution_id), person_no, name, certificate_no,
       unit_code, category, contribution_id, amount_fen, aided_fen, paid_on, channel, proof, verdict, kept
  FROM subsidy_judged
"""
_LINES: Final = """
INSERT INTO contributions_subsidyline (snapshot_id, category, heads, central_each_fen, province_each_fen,
                                       city_each_fen, county_each_fen)
SELECT %(snapshot)s, r.category, n.heads, r.central_fen, r.province_fen, r.city_fen, r.county_fen
  FROM (SELECT category, count(*) AS heads FROM contributions_subsidyhead
         WHERE snapshot_id = %(snapshot)s AND verdict = '' GROUP BY category) n
  JOIN subsidy_rates r ON r.category = n.category
 ORDER BY r.category
"""
_DIGEST: Final = """
SELECT encode(sha256(convert_to(coalesce(string_agg(d, '' ORDER BY unit_code), ''), 'UTF8')), 'hex')
  FROM (SELECT unit_code, encode(sha256(convert_to(string_agg(
               concat_ws('|', line_no, person_no, certificate_no, category, contribution_id, paid_fen, aided_fen,
                         paid_on, proof, verdict, kept), E'\\n' ORDER BY line_no), 'UTF8')), 'hex') AS d
          FROM contributions_subsidyhead WHERE snapshot_id = %s GROUP BY unit_code) units
"""
_COUNTED: Final = """
SELECT count(*), count(*) FILTER (WHERE verdict = '') FROM contributions_subsidyhead WHERE snapshot_id = %s
"""
_BY_CATEGORY: Final = """
SELECT category, count(*) FROM contributions_subsidyhead WHERE snapshot_id = %s AND verdict = '' GROUP BY category
"""

Tell = Callable[[int], object]


def start(snapshot_id: int) -> threading.Thread:
    """Count in the background (后台测算); the page asks the snapshot how far it is."""

    def run() -> None:
        try:
            count(snapshot_id, tell=_aside(snapshot_id))
        except Exception:
            log.exception("subsidy count %s failed", snapshot_id)
            SubsidySnapshot.objects.filter(pk=snapshot_id).update(state=SnapshotState.FAILED)
        finally:
            connection.close()

    thread = threading.Thread(target=run, name=f"subsidy-{snapshot_id}", daemon=True)
    thread.start()
    return thread


@transaction.atomic
def count(snapshot_id: int, *, tell: Tell = lambda step: None) -> SubsidySnapshot:
    """测算 (CON-26): write extract, lines and digest of a snapshot, and put it behind its application."""
    snapshot = SubsidySnapshot.objects.select_related("application").get(pk=snapshot_id)
    if snapshot.state == SnapshotState.COMPLETE:
        return snapshot
    asked = _asked(snapshot.application) | {"snapshot": snapshot_id}
    with connection.cursor() as cursor:
        tell(0)
        cursor.execute(_PAID, asked)
        tell(1)
        _judge(cursor, asked)
        tell(2)
        cursor.execute(_HEADS, asked)
        if cursor.rowcount >= ANALYZED_FROM:
            cursor.execute("ANALYZE contributions_subsidyhead")
        tell(3)
        cursor.execute(_LINES, asked)
        cursor.execute(_COUNTED, [snapshot_id])
        snapshot.found, snapshot.counted = cursor.fetchone()
        _drop(cursor)
    snapshot.digest, snapshot.state, snapshot.finished_at = (
        digest_of(snapshot_id),
        SnapshotState.COMPLETE,
        timezone.now(),
    )
    snapshot.step, snapshot.done = "", len(STEPS)
    snapshot.save()
    latest = snapshot.application.snapshots.order_by("-run_no").values_list("pk", flat=True).first()
    if latest == snapshot.pk:
        SubsidyApplication.objects.filter(pk=snapshot.application_id, state=ApplicationState.DRAFT).update(
            snapshot=snapshot
        )
    return snapshot


def judge_anew(application: SubsidyApplication) -> None:
    """The same question asked today, into the temporary table `subsidy_judged`; a step of the caller's transaction."""
    asked = _asked(application)
    with connection.cursor() as cursor:
        _drop(cursor)
        cursor.execute(_PAID, asked)
        _judge(cursor, asked)


def digest_of(snapshot_id: int) -> str:
    """提取数据摘要: SHA-256 over the extract, unit by unit."""
    with connection.cursor() as cursor:
        cursor.execute(_DIGEST, [snapshot_id])
        return str(cursor.fetchone()[0])


def counted_again(snapshot_id: int) -> dict[str, int]:
    """Heads by category, counted anew from the frozen extract (CON-27)."""
    with connection.cursor() as cursor:
        cursor.execute(_BY_CATEGORY, [snapshot_id])
        return {category: int(heads) for category, heads in cursor.fetchall()}


def _judge(cursor: Any, asked: dict[str, Any]) -> None:
    cursor.execute("ANALYZE subsidy_paid")
    cursor.execute(_RATES, asked)
    cursor.execute(_JUDGED, asked)


def _drop(cursor: Any) -> None:
    cursor.execute("DROP TABLE IF EXISTS subsidy_judged, subsidy_paid, subsidy_rates")


def _asked(application: SubsidyApplication) -> dict[str, Any]:
    return {
        "area": application.pooling_area_id,
        "year": application.benefit_year,
        "on": application.count_on,
        "whole": application.unit_code == application.pooling_area_id,
        "path": f"%/{application.unit_code}/%",
    }


def _aside(snapshot_id: int) -> Tell:
    """Tells the page over a connection of its own, for the count's transaction shows nothing until it ends."""

    def tell(step: int) -> None:
        own = connection.copy()
        try:
            with own.cursor() as cursor:
                cursor.execute(
                    "UPDATE contributions_subsidysnapshot SET done = %s, step = %s"
                    " WHERE id = %s AND state = 'counting'",
                    [step, STEPS[step], snapshot_id],
                )
        finally:
            own.close()

    return tell
