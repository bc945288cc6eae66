"""What other chapters' events mean for years already settled (年度重算的起因; BEN-42): they are marked to be looked at.

Only a person-year that has been settled in is marked; what would differ is found afterwards, by the clock's work.
"""

import json
from collections.abc import Mapping
from datetime import date
from typing import Final

from tongchou.contributions import events as contributions
from tongchou.encounters import events as encounters
from tongchou.enrolment import events as enrolment
from tongchou.enrolment.transfers import sources as transfers
from tongchou.platform.events import publish, subscribe
from tongchou.policy.errors import PolicyMissing
from tongchou.settlement import queries, terms
from tongchou.settlement.events import FoundAfterEnding
from tongchou.settlement.models import SettledAfterEnding
from tongchou.settlement.states import ReplayCause
from tongchou.wire import database

_MARK: Final = """
SELECT settlement_mark_year(a.pooling_area, a.person_id, a.scheme, a.benefit_year, %s, now())
FROM enrolment_person p
JOIN settlement_accumulator a ON a.pooling_area = p.pooling_area_id AND a.person_id = p.id
WHERE p.id = %s AND a.benefit_year >= %s
"""
_MARK_ALL: Final = _MARK.replace("p.id = %s", "p.id = ANY(%s)")
"""`now()` is the instant of the transaction that the event belongs to; events carry none."""

ALL_YEARS: Final = 0


def _mark(cause: ReplayCause, person_id: int, since: date | None) -> None:
    database.rows(_MARK, cause.value, person_id, since.year if since else ALL_YEARS)


@subscribe(enrolment.EnrolmentSuspended)
def suspended(event: enrolment.EnrolmentSuspended) -> None:
    """停保 (JL2019 §8)."""
    _mark(ReplayCause.ENROLMENT, event.person_id, event.suspended_from)


@subscribe(enrolment.EnrolmentResumed)
def resumed(event: enrolment.EnrolmentResumed) -> None:
    """恢复参保 (JL2019 §8)."""
    _mark(ReplayCause.ENROLMENT, event.person_id, event.resumed_on)


@subscribe(enrolment.EnrolmentTerminated)
def terminated(event: enrolment.EnrolmentTerminated) -> None:
    """终止参保 (GX2017 §15)."""
    _mark(ReplayCause.ENROLMENT, event.person_id, event.terminated_on)


@subscribe(enrolment.CategoryChanged)
def category_changed(event: enrolment.CategoryChanged) -> None:
    """变更人员类别 (GX2017 §14)."""
    _mark(ReplayCause.CATEGORY, event.person_id, event.since)


@subscribe(enrolment.SpecialGroupChanged)
def group_changed(event: enrolment.SpecialGroupChanged) -> None:
    """特殊人员标识变动 (GX2017 §8)."""
    _mark(ReplayCause.GROUP, event.person_id, event.since)


@subscribe(enrolment.GroupListTakenIn)
def group_list_taken_in(event: enrolment.GroupListTakenIn) -> None:
    """特殊人员名单入库 (JL2019 §7)."""
    database.rows(_MARK_ALL, ReplayCause.GROUP.value, list(event.person_ids), event.since.year)


@subscribe(contributions.ContributionRecorded)
def paid(event: contributions.ContributionRecorded) -> None:
    """缴费入账 (GX2017 §22)."""
    if event.covered_from is not None:
        _mark(ReplayCause.COVERAGE, event.person_id, event.covered_from)


@subscribe(contributions.ContributionCorrected)
def corrected(event: contributions.ContributionCorrected) -> None:
    """缴费更正 (CON-23): which days it moves the event does not say."""
    _mark(ReplayCause.COVERAGE, event.person_id, None)


@subscribe(contributions.ContributionsWithdrawn)
def withdrawn(event: contributions.ContributionsWithdrawn) -> None:
    """多笔缴费作废 (GX2017 §28)."""
    database.rows(_MARK_ALL, ReplayCause.COVERAGE.value, list(event.person_ids), ALL_YEARS)


@subscribe(contributions.UnitBenefitsRestored)
def restored(event: contributions.UnitBenefitsRestored) -> None:
    """单位补缴恢复待遇 (NC-ACCT §7)."""
    database.rows(_MARK_ALL, ReplayCause.COVERAGE.value, list(event.person_ids), event.since.year)


@subscribe(encounters.FilingChanged)
def filed(event: encounters.FilingChanged) -> None:
    """备案变动 (GX2017 §66, 69)."""
    _mark(ReplayCause.FILING, event.person_id, event.since)


_CARRY: Final = """
WITH carried AS (
    INSERT INTO settlement_carriedover
        (pooling_area, person_id, scheme, benefit_year, from_area, transfer_id, amounts, carried_at)
    VALUES (%s, %s, %s, %s, %s, %s, %s::jsonb, now()) ON CONFLICT (transfer_id) DO NOTHING RETURNING *
)
INSERT INTO settlement_accumulator AS a (pooling_area, person_id, scheme, benefit_year, version, amounts)
SELECT pooling_area, person_id, scheme, benefit_year, 1, amounts FROM carried
ON CONFLICT (pooling_area, person_id, scheme, benefit_year) DO UPDATE
    SET version = a.version + 1,
        amounts = (SELECT jsonb_object_agg(key, total) FROM (
            SELECT key, sum(value::bigint) AS total FROM (
                SELECT * FROM jsonb_each_text(a.amounts) UNION ALL SELECT * FROM jsonb_each_text(EXCLUDED.amounts)
            ) AS parts GROUP BY key) AS summed)
"""


@subscribe(enrolment.TransferredIn)
def transferred_in(event: enrolment.TransferredIn) -> None:
    """转入办结 (GX2017 §16; ENR-26): what was used of the year elsewhere counts on here, in the same scheme.

    Within one area the accumulators are the same and stay as they are.
    """
    if not event.used or event.from_scheme != event.scheme or event.from_area == event.to_area:
        return
    amounts = json.dumps(event.used)
    key = (event.to_area, event.person_id, event.scheme, event.benefit_year)
    database.run(_CARRY, *key, event.from_area, event.transfer_id, amounts)


def _used(pooling_area: str, person_id: int, scheme: str, year: int) -> dict[str, int]:
    """年度累计, for the certificate of a transfer."""
    amounts = database.rows(
        "SELECT amounts::text FROM settlement_accumulator"
        " WHERE pooling_area = %s AND person_id = %s AND scheme = %s AND benefit_year = %s",
        pooling_area,
        person_id,
        scheme,
        year,
    )
    return {name: int(fen) for name, fen in json.loads(amounts[0][0]).items()} if amounts else {}


transfers.register_use(_used)


def _in_words(pooling_area: str, scheme: str, year: int, used: Mapping[str, int]) -> list[transfers.Said]:
    """The amounts by the accumulators of the package; none where the area has no package here."""
    try:
        package = terms.package(pooling_area, scheme, date(year, 12, 31))
    except PolicyMissing:
        return []
    return [
        (f"{one.label} {one.of_name}".strip(), one.used, one.is_count)
        for one in queries.year_to_date_of(package, used)
        if one.name in used
    ]


transfers.register_words(_in_words)


@subscribe(enrolment.EndingUndone)
def undone(event: enrolment.EndingUndone) -> None:
    """更正停保、注销 (ENR-24): the days between count again, and nothing settled after the ending is suspect."""
    _mark(ReplayCause.ENROLMENT, event.person_id, event.since)
    SettledAfterEnding.objects.filter(ending_id=event.ending_id, withdrawn_at=None).update(withdrawn_at=event.at)


@subscribe(enrolment.TransferUndone)
def given_back(event: enrolment.TransferUndone) -> None:
    """转移退回、撤回 (ENR-28): as for a corrected ending; where another relation ends the restored one, what lies after
    that stays suspect. After a death it is listed for the death already.
    """
    _mark(ReplayCause.ENROLMENT, event.person_id, event.since)
    listed = SettledAfterEnding.objects.filter(transfer_id=event.transfer_id, withdrawn_at=None)
    if event.until is not None and event.ending_id is None:
        listed.filter(served_on__gte=event.until).update(ended_from=event.until, reason=event.reason[:100])
        listed = listed.filter(served_on__lt=event.until)
    listed.update(withdrawn_at=event.at)


@subscribe(enrolment.EnrolmentTerminated)
def suspect(event: enrolment.EnrolmentTerminated) -> None:
    """终止后结算疑点 (ENR-22, ENR-26): care that began after the relation had ended or been left, and for which the
    funds paid.
    """
    if event.at is None or (event.ending_id is None and event.transfer_id is None):
        return
    found = database.rows(_AFTER, event.person_id, event.terminated_on, event.terminated_on)
    made = [
        SettledAfterEnding(
            pooling_area=area,
            settlement_id=settlement_id,
            ending_id=event.ending_id,
            transfer_id=event.transfer_id,
            person_id=event.person_id,
            institution_code=institution_code,
            served_on=served_on,
            ended_from=event.terminated_on,
            reason=event.reason[:100],
            fund_paid_fen=fund_paid_fen,
            found_at=event.at,
        )
        for area, settlement_id, institution_code, served_on, fund_paid_fen in found
    ]
    SettledAfterEnding.objects.bulk_create(made, ignore_conflicts=True)
    for one in made:
        publish(FoundAfterEnding(one.pooling_area, one.settlement_id, one.person_id, one.ended_from, one.fund_paid_fen))


_AFTER: Final = """
SELECT s.pooling_area, s.id, s.institution_code, (e.began_at AT TIME ZONE 'Asia/Shanghai')::date, s.fund_paid_fen
  FROM settlement_settlement s
  JOIN encounters_encounter e ON e.pooling_area = s.pooling_area AND e.id = s.encounter_id
 WHERE s.person_id = %s AND s.benefit_on >= %s AND s.reversal_of IS NULL AND s.fund_paid_fen > 0
   AND (e.began_at AT TIME ZONE 'Asia/Shanghai')::date >= %s
   AND NOT EXISTS (SELECT FROM settlement_settlement t
                    WHERE t.pooling_area = s.pooling_area AND t.reversal_of = s.id)
 ORDER BY s.id
"""
"""A stay that began before is the counter's to cut, not suspect."""
