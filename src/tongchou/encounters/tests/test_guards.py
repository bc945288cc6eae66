"""What the database itself refuses, and how the tables are laid out."""

from datetime import date
from typing import Any

import psycopg
import pytest
from django.db import IntegrityError, connection, transaction

from tongchou.encounters import care_types
from tongchou.encounters.states import STAYS as STAY_KINDS
from tongchou.encounters.states import TRANSITIONS, EncounterState
from tongchou.encounters.tests import world
from tongchou.encounters.tests.world import query

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("place")]


def refused(statement: str, *parameters: object) -> str:
    with pytest.raises(Exception) as fault, transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(statement, parameters)
    assert isinstance(fault.value.__cause__, psycopg.Error)
    return str(fault.value)


def test_a_line_never_changes(who: world.Person) -> None:
    mdtrt_id = world.visit(who)
    world.upload(who, mdtrt_id)
    assert "never changes" in refused("UPDATE encounters_chargeline SET amount_fen = 1, in_scope_fen = 1")


def test_a_settled_line_and_batch_stay_also_when_the_partition_is_named(who: world.Person) -> None:
    mdtrt_id = world.visit(who)
    world.upload(who, mdtrt_id)
    world.mark_settled(mdtrt_id)
    (partition,) = query("SELECT DISTINCT tableoid::regclass::text FROM encounters_chargeline")[0]
    assert "settled" in refused(f"DELETE FROM {partition}")
    assert "settled" in refused("DELETE FROM encounters_chargebatch")
    assert "settled" in refused("UPDATE encounters_chargebatch SET total_fen = 0")
    assert "settled" in refused("UPDATE encounters_chargebatch SET settlement_id = 7")
    query("UPDATE encounters_chargebatch SET settlement_id = NULL RETURNING 1")


def test_every_fen_of_a_line_has_its_part(who: world.Person) -> None:
    mdtrt_id = world.visit(who)
    world.upload(who, mdtrt_id)
    assert "charge_line_every_fen" in refused(
        "INSERT INTO encounters_chargeline (pooling_area, encounter_id, serial, batch_no, item_code, charge_category,"
        " pay_class, served_at, quantity, unit_price, amount_fen, pre_self_pay_ratio, own_expense_fen, over_price_fen,"
        " pre_self_pay_fen, in_scope_fen)"
        " VALUES (%s, %s, 'X', 'B1', 'X', '09', '01', now(), 1, 10, 1000, 0, 0, 0, 0, 999)",
        mdtrt_id[:6],
        int(mdtrt_id[6:]),
    )


def test_a_line_without_encounter_or_batch_is_refused(who: world.Person) -> None:
    mdtrt_id = world.visit(who)
    assert "charge_batch_encounter" in refused(
        "INSERT INTO encounters_chargebatch"
        " VALUES (%s, 180300000999999, 'B1', 0, %s, %s, 0, 0, 0, 0, 0, '{}', NULL, now())",
        mdtrt_id[:6],
        date(2018, 3, 15),
        date(2018, 3, 15),
    )


def test_the_lines_of_a_month_lie_in_their_own_partition(who: world.Person) -> None:
    query("SELECT encounters_ensure_partitions(%s, 3)", date(2018, 3, 31))
    mdtrt_id = world.visit(who)
    world.upload(who, mdtrt_id)
    assert query("SELECT tableoid::regclass::text FROM encounters_chargeline") == [("encounters_chargeline_1803",)]
    assert query("SELECT encounters_ensure_partitions(%s, 3)", date(2018, 3, 1)) == [(0,)]
    assert query("SELECT encounters_ensure_partitions(%s, 12)", date(2019, 11, 5)) == [(12,)]
    assert query("SELECT to_regclass('encounters_chargeline_2010') IS NOT NULL") == [(True,)]


def test_a_month_whose_lines_already_lie_in_the_rest_stays_there(who: world.Person) -> None:
    mdtrt_id = world.visit(who)
    world.upload(who, mdtrt_id)
    assert query("SELECT tableoid::regclass::text FROM encounters_chargeline") == [("encounters_chargeline_rest",)]
    assert query("SELECT encounters_ensure_partitions(%s, 2)", date(2018, 3, 1)) == [(1,)]


def test_the_pure_words_and_the_tables_words_are_the_same() -> None:
    assert {kind.value for kind in STAY_KINDS} == care_types.STAYS
    assert {state for move in TRANSITIONS for state in move} == set(EncounterState)


def test_the_bill_sums_what_is_not_settled(who: world.Person) -> None:
    mdtrt_id = world.visit(who)
    area, encounter = mdtrt_id[:6], int(mdtrt_id[6:])
    for batch in ("B1", "B2"):
        world.upload(who, mdtrt_id, world.line(who, mdtrt_id, chrg_bchno=batch))
    bill = "SELECT jsonb_path_query_array(encounters_bill(%s, %s, %s), '$.batches[*].batch_no')::text"
    assert query(bill, area, encounter, None) == [('["B1", "B2"]',)]
    assert query(bill, area, encounter, "B2") == [('["B2"]',)]
    assert query("SELECT encounters_bill(%s, 1, NULL)", area) == [(None,)]
    world.mark_settled(mdtrt_id)
    assert query(bill, area, encounter, None) == [("[]",)]
    assert query("SELECT (encounters_bill(%s, %s, NULL) ->> 'settled_batches')::int", area, encounter) == [(2,)]


@pytest.mark.requirement("ENC-13", "BEN-38")
@pytest.mark.parametrize(
    ("label", "row", "constraint"),
    [
        ("Filing", {"valid_until": "2018-05-10"}, "filing_not_empty"),
        ("Filing", {"consented_on": "2018-05-11"}, "filing_consent_before_start"),
        ("Filing", {"valid_from": "2018-06-01", "valid_until": "2018-07-01"}, "filing_no_overlap"),
        ("ThirdPartyDecision", {"verdict": "share"}, "third_party_one_measure"),
        ("ThirdPartyDecision", {"verdict": "share", "share_ppm": 1_000_001}, "third_party_one_measure"),
        ("ThirdPartyDecision", {"verdict": "nobody", "amount_fen": 1}, "third_party_one_measure"),
        ("ThirdPartyRecovery", {"amount_fen": 0}, "third_party_recovery_positive"),
        ("ThirdPartyRecovery", {"document": "进账单1"}, "third_party_recovery_once"),
    ],
)
def test_what_filings_and_decisions_must_never_be(label: str, row: dict[str, Any], constraint: str) -> None:
    base: dict[str, dict[str, Any]] = {
        "Filing": {
            "pooling_area": "450100", "person_id": 1, "kind": "home_bed", "institution_codes": ["H1"], "evidence": "10",
            "consented_on": "2018-05-10", "valid_from": "2018-05-10", "valid_until": "2018-06-10", "filed_by": "张",
            "filed_at": world.NOW,
        },
        "ThirdPartyDecision": {
            "pooling_area": "450100", "encounter_id": 2, "document": "7", "reason": "责任", "decided_by": "张",
            "decided_at": world.NOW,
        },
        "ThirdPartyRecovery": {
            "pooling_area": "450100", "encounter_id": 2, "amount_fen": 5, "received_on": "2018-06-01",
            "document": "进账单2", "noted_by": "张", "noted_at": world.NOW,
        },
    }  # fmt: skip
    objects = world.model(f"encounters.{label}").objects
    if constraint == "filing_no_overlap":
        objects.create(**base["Filing"])
    if constraint == "third_party_recovery_once":
        objects.create(**{**base[label], **row})
    with pytest.raises(IntegrityError, match=constraint):
        objects.create(**{**base[label], **row})


def test_a_recovery_stays_as_it_was_noted() -> None:
    world.model("encounters.ThirdPartyRecovery").objects.create(
        pooling_area="450100", encounter_id=2, amount_fen=5, received_on="2018-06-01", document="2", noted_by="张",
        noted_at=world.NOW,
    )  # fmt: skip
    assert refused("UPDATE encounters_thirdpartyrecovery SET amount_fen = 6")
