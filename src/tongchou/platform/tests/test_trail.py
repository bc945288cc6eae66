"""The trail: append-only, sealed in a chain, and what a verification notices (GX2017 §133; SYS-11)."""

import json
import threading

import psycopg
import pytest
from django.db import DatabaseError, connection, transaction
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tongchou.kernel.errors import DomainError
from tongchou.platform import commands, trail
from tongchou.platform.models import TrailEntry, TrailSeal
from tongchou.platform.rules import IdRanges, entry_digest
from tongchou.platform.states import TrailOutcome
from tongchou.platform.tests.at_once import at_once
from tongchou.platform.tests.conftest import NOW
from tongchou.platform.trail_verification import verify_trail

pytestmark = pytest.mark.article("GX2017 §133")


INSERT_BY_HAND = """
INSERT INTO platform_trailentry
    (pooling_area, id, at, action, outcome, staff_code, unit_code, object_kind, object_key, detail, address)
VALUES ('000000', %s, now(), 'x', 'done', '', '', '', '', '{}', '')
"""


def _write(count):
    return [
        trail.record("test.act", at=NOW, object_kind="thing", object_key=n, detail={"text": "x"}) for n in range(count)
    ]


@pytest.fixture
def clean_trail(db, unguarded):
    """No entries or seals but the test's own."""
    unguarded("DELETE FROM platform_trailseal")
    unguarded("DELETE FROM platform_trailentry")


@pytest.fixture
def sealed(clean_trail):
    """Thirty entries in three seals."""
    ids = []
    for _ in range(3):
        ids += _write(10)
        assert commands.seal_trail(now=NOW) == 10
    return ids


def _kinds(**options):
    return [(finding.kind, finding.where) for finding in verify_trail(**options).findings]


def test_an_untouched_trail_is_whole(sealed):
    report = verify_trail()
    assert report.findings == []
    assert (report.seals, report.entries, report.unsealed) == (3, 30, 0)


def test_what_is_not_sealed_yet_is_counted(sealed):
    _write(2)
    report = verify_trail()
    assert (report.findings, report.unsealed, report.unsealed_since) == ([], 2, NOW)


def test_progress_is_told_with_the_total(sealed):
    heard = []
    verify_trail(progress=lambda done, total: heard.append((done, total)))
    assert heard == [(10, 30), (20, 30), (30, 30)]


@pytest.mark.parametrize("statement", ["UPDATE {} SET {}", "DELETE FROM {}", "TRUNCATE {}"])
@pytest.mark.parametrize(
    ("table", "column"), [("platform_trailentry", "action = 'x'"), ("platform_trailseal", "entry_count = 1")]
)
def test_the_database_refuses_to_change_the_trail(sealed, statement, table, column):
    with pytest.raises(DatabaseError, match="append-only"), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(statement.format(table, column))


@pytest.mark.parametrize(
    "change",
    [
        "action = 'test.other'",
        "outcome = 'refused'",
        "staff_code = 'G001'",
        "operator_id = 7",
        "unit_code = '450102'",
        "object_kind = 'thin', object_key = 'g' || object_key",
        'detail = \'{"text": "y"}\'',
        "at = at + interval '1 microsecond'",
        "address = '127.0.0.1'",
        "pooling_area = '450100'",
    ],
)
def test_a_changed_entry_is_named(sealed, unguarded, change):
    unguarded(f"UPDATE platform_trailentry SET {change} WHERE id = %s", sealed[14])
    assert _kinds() == [("changed", sealed[14])]


def test_a_deleted_entry_is_named(sealed, unguarded):
    unguarded("DELETE FROM platform_trailentry WHERE id = ANY(%s)", [sealed[0], sealed[29]])
    assert _kinds() == [("deleted", sealed[0]), ("deleted", sealed[29])]


def test_two_entries_that_changed_places_are_named(sealed, unguarded):
    unguarded("UPDATE platform_trailentry SET id = -1 WHERE id = %s", sealed[3])
    unguarded("UPDATE platform_trailentry SET id = %s WHERE id = %s", sealed[3], sealed[4])
    unguarded("UPDATE platform_trailentry SET id = %s WHERE id = -1", sealed[4])
    assert _kinds() == [("changed", sealed[3]), ("changed", sealed[4])]


def test_an_entry_doubled_under_another_area_is_named(sealed, unguarded):
    columns = "at, action, outcome, operator_id, staff_code, unit_code, object_kind, object_key, detail, address"
    unguarded(
        f"INSERT INTO platform_trailentry (pooling_area, id, {columns})"
        f" SELECT '450100', id, {columns} FROM platform_trailentry WHERE id = %s",
        sealed[5],
    )
    assert ("inserted", sealed[5]) in _kinds()


def test_a_removed_seal_is_named(sealed, unguarded):
    unguarded("DELETE FROM platform_trailseal WHERE number = 2")
    assert _kinds()[0] == ("seal_missing", 2)


@pytest.mark.parametrize(
    "change",
    [
        "hash = sha256('x')",
        "previous_hash = sha256('x')",
        "sealed_at = sealed_at + interval '1 hour'",
        "settled_id = settled_id + 1",
        "cluster = '1'",
        "snapshot_xmax = 1",
        "covered = 'nonsense'",
        "number = 9",
    ],
)
def test_a_changed_seal_is_noticed(sealed, unguarded, change):
    unguarded(f"UPDATE platform_trailseal SET {change} WHERE number = 2")
    assert any(where in (2, 3) and kind.startswith("seal") for kind, where in _kinds())


def test_a_seal_that_claims_entries_of_another_is_noticed(sealed, unguarded):
    unguarded("UPDATE platform_trailseal SET covered = %s WHERE number = 2", f"{sealed[5]}-{sealed[14]}")
    assert any("重叠" in finding.text for finding in verify_trail().findings)


def _cut(unguarded, sealed):
    unguarded("DELETE FROM platform_trailseal WHERE number = 3")
    unguarded("DELETE FROM platform_trailentry WHERE id >= %s", sealed[20])


@pytest.fixture
def anchored(clean_trail, tmp_path):
    ids = []
    for _ in range(3):
        ids += _write(10)
        commands.seal_trail(now=NOW, anchors=tmp_path)
    return ids


def test_a_tail_cut_off_is_noticed_by_the_anchors(anchored, unguarded, tmp_path):
    assert _kinds(anchors=tmp_path) == []
    _cut(unguarded, anchored)
    assert _kinds() == []
    assert _kinds(anchors=tmp_path) == [("cut_off", 3)]


def test_a_tail_cut_off_is_noticed_by_a_head_written_down(sealed, unguarded):
    head = verify_trail()
    written = f"{head.head_number}:{head.head}"
    assert _kinds(expected=written) == []
    _cut(unguarded, sealed)
    assert _kinds(expected=written) == [("cut_off", 3)]


def test_a_tail_cut_off_and_sealed_anew_is_noticed_by_the_anchors(anchored, unguarded, tmp_path):
    _cut(unguarded, anchored)
    _write(4)
    commands.seal_trail(now=NOW, anchors=tmp_path)
    assert _kinds() == []
    assert _kinds(anchors=tmp_path) == [("anchor_differs", 3)]


def test_a_chain_removed_altogether_is_noticed_by_the_anchors(anchored, unguarded, tmp_path):
    unguarded("DELETE FROM platform_trailseal")
    assert _kinds(anchors=tmp_path) == [("cut_off", 1)]


def test_a_chain_written_anew_leaves_the_old_anchors_to_be_seen(anchored, unguarded, tmp_path):
    old = verify_trail().chain
    unguarded("DELETE FROM platform_trailseal")
    unguarded("UPDATE platform_trailentry SET action = 'x' WHERE id = %s", anchored[0])
    commands.seal_trail(now=NOW, anchors=tmp_path)
    report = verify_trail(anchors=tmp_path)
    assert (report.findings, report.other_chains) == ([], [old])


def test_a_half_written_anchor_is_passed_over(anchored, tmp_path):
    (file,) = tmp_path.iterdir()
    with file.open("a") as lines:
        lines.write(json.dumps({"number": 99})[:5])
    assert _kinds(anchors=tmp_path) == []


def test_sealing_again_with_nothing_new_makes_no_seal(sealed):
    assert commands.seal_trail(now=NOW) == 0
    assert TrailSeal.objects.count() == 3


def test_a_long_queue_is_sealed_in_blocks(clean_trail):
    _write(25)
    assert commands.seal_trail(now=NOW, limit=10) == 25
    assert list(TrailSeal.objects.order_by("number").values_list("entry_count", flat=True)) == [10, 10, 5]
    assert _kinds() == []


TAMPERING = [
    ("deleted", "DELETE FROM platform_trailentry WHERE id = %s"),
    ("changed", "UPDATE platform_trailentry SET detail = detail || '{\"more\": 1}' WHERE id = %s"),
    ("changed", "UPDATE platform_trailentry SET object_key = object_key || ' ' WHERE id = %s"),
    ("changed", "UPDATE platform_trailentry SET staff_code = 'Z' WHERE id = %s"),
]


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(data=st.data())
def test_any_tampering_below_the_head_is_found(clean_trail, unguarded, data):
    """Whatever one entry suffers, the verification names that entry."""
    before = transaction.savepoint()
    try:
        ids = _write(data.draw(st.integers(2, 8), label="first block"))
        commands.seal_trail(now=NOW)
        ids += _write(data.draw(st.integers(1, 8), label="second block"))
        commands.seal_trail(now=NOW)
        victim = data.draw(st.sampled_from(ids), label="victim")
        kind, statement = data.draw(st.sampled_from(TAMPERING), label="tampering")
        unguarded(statement, victim)
        assert _kinds() == [(kind, victim)]
    finally:
        transaction.savepoint_rollback(before)


# --- with other connections -----------------------------------------------------------------------------------------


def _second_connection(**otherwise):
    wanted = connection.get_connection_params() | otherwise
    return psycopg.connect(**{key: wanted[key] for key in ("host", "port", "user", "dbname") if wanted.get(key)})


def _insert(other, key):
    other.execute(trail.INSERT, trail.row("test.act", at=NOW, object_kind="thing", object_key=key))


def test_a_lower_id_that_commits_late_is_sealed_later(committed):
    with _second_connection() as slow:
        _insert(slow, "late")
        _write(3)
        assert commands.seal_trail(now=NOW) == 3
        _write(2)
        assert commands.seal_trail(now=NOW) == 2
        slow.commit()
    assert commands.seal_trail(now=NOW) == 1
    report = verify_trail()
    assert (report.findings, report.entries, report.unsealed) == ([], 6, 0)
    assert TrailSeal.objects.get(number=3).last_id < TrailSeal.objects.get(number=1).first_id


def test_while_a_lower_id_may_still_come_nothing_is_settled(committed):
    with _second_connection() as slow:
        _insert(slow, "late")
        for _ in range(3):
            _write(1)
            commands.seal_trail(now=NOW)
        assert TrailSeal.objects.order_by("-number")[0].settled_id == 0
        slow.rollback()
    for _ in range(2):
        ids = _write(1)
        commands.seal_trail(now=NOW)
    newest = TrailSeal.objects.order_by("-number")[0]
    assert newest.settled_id == ids[0] - 1
    assert _kinds() == []


def test_a_transaction_in_another_database_of_the_cluster_holds_nothing_back(committed):
    with _second_connection(dbname="postgres") as elsewhere:
        elsewhere.execute("SELECT pg_current_xact_id()")
        for _ in range(3):
            ids = _write(1)
            commands.seal_trail(now=NOW)
        assert TrailSeal.objects.order_by("-number")[0].settled_id == ids[0] - 1


def test_an_entry_put_into_a_settled_gap_is_named(committed):
    with _second_connection() as slow:
        _insert(slow, "rolled back")
        slow.rollback()
    gap = _write(1)[0] - 1
    for _ in range(2):
        commands.seal_trail(now=NOW)
        _write(1)
    commands.seal_trail(now=NOW)
    with _second_connection() as owner:
        owner.execute("SET session_replication_role = replica")
        owner.execute(INSERT_BY_HAND, [gap])
    assert _kinds() == [("inserted", gap)]
    assert commands.seal_trail(now=NOW) == 0


def test_after_a_restore_into_another_cluster_the_chain_goes_on(committed):
    _write(2)
    commands.seal_trail(now=NOW)
    with _second_connection() as owner:  # the seal as a restored copy shows it: made elsewhere, far ahead
        owner.execute("SET session_replication_role = replica")
        owner.execute("UPDATE platform_trailseal SET cluster = '1', snapshot_xmax = 1000000000000")
    ids = _write(2)
    assert commands.seal_trail(now=NOW) == 2
    assert TrailSeal.objects.get(number=2).settled_id == ids[0] - 1


def test_two_sealers_at_once_make_one_chain(committed):
    _write(40)
    assert at_once(*[lambda: commands.seal_trail(now=NOW, limit=3)] * 4) == [""] * 4
    commands.seal_trail(now=NOW, limit=3)
    report = verify_trail()
    assert (report.findings, report.entries, report.unsealed) == ([], 40, 0)


def test_writers_and_sealer_together_lose_nothing(committed):
    def write():
        for n in range(30):
            with transaction.atomic():
                trail.record("test.act", at=NOW, object_key=n)
        connection.close()

    threads = [threading.Thread(target=write) for _ in range(4)]
    for thread in threads:
        thread.start()
    while any(thread.is_alive() for thread in threads):
        commands.seal_trail(now=NOW)
    commands.seal_trail(now=NOW)
    report = verify_trail()
    assert (report.findings, report.entries, report.unsealed) == ([], 120, 0)


class Refused(DomainError):
    code = "PL-9999"
    message = "不行"


def test_a_refusal_stays_in_the_trail_when_its_transaction_is_undone(committed):
    def refuse():
        trail.record("test.undone", at=NOW)
        trail.record_aside("test.refused", at=NOW, outcome=TrailOutcome.REFUSED)
        raise Refused

    with pytest.raises(Refused), transaction.atomic():
        refuse()
    assert list(TrailEntry.objects.values_list("action", flat=True)) == ["test.refused"]


def test_an_entry_says_who_where_and_from_which_address(hire):
    clerk = hire("clerk")
    with trail.from_address("10.1.2.3"):
        entry_id = trail.record("test.act", at=NOW, operator=clerk)
    entry = TrailEntry.objects.get(id=entry_id)
    assert (entry.staff_code, entry.operator_id, entry.unit_code, entry.address) == (
        clerk.staff_code,
        clerk.pk,
        "450102",
        "10.1.2.3",
    )


def test_actions_have_chinese_names():
    assert trail.label("platform.grant_post") == "授予岗位"
    assert trail.label("elsewhere.unnamed") == "elsewhere.unnamed"


# --- pure -----------------------------------------------------------------------------------------------------------


@given(st.lists(st.text(max_size=5), max_size=4), st.lists(st.text(max_size=5), max_size=4))
def test_two_entries_have_one_digest_only_when_they_are_the_same(one, other):
    assert (entry_digest(one) == entry_digest(other)) == (one == other)


id_sets = st.sets(st.integers(1, 60))


@given(id_sets)
def test_ranges_hold_exactly_the_ids_they_were_made_of(ids):
    ranges = IdRanges.of(sorted(ids))
    assert list(ranges.ids()) == sorted(ids)
    assert len(ranges) == len(ids)
    assert {n for n in range(70) if n in ranges} == ids
    if ids:
        assert list(IdRanges.parse(str(ranges))) == list(ranges)


@given(id_sets, st.integers(0, 60))
def test_gaps_and_ranges_fill_everything_up_to_the_highest(ids, floor):
    above = {n for n in ids if n > floor}
    ranges = IdRanges.of(sorted(ids)).above(floor)
    assert set(ranges.ids()) == above
    missing = {n for low, high in ranges.gaps(above=floor) for n in range(low, high + 1)}
    assert missing == set(range(floor + 1, max(above, default=floor) + 1)) - above


@given(id_sets, id_sets)
def test_a_union_refuses_what_both_hold(one, other):
    first, second = IdRanges.of(sorted(one)), IdRanges.of(sorted(other))
    if one & other:
        with pytest.raises(ValueError, match="overlap"):
            first.union(second)
    else:
        assert set(first.union(second).ids()) == one | other
