"""Versions in force: nothing used is ever changed, a reform begins on its day, a correction leaves what was known."""

import itertools
from datetime import date, datetime, timedelta

import pytest
from django.db import connection, transaction
from django.db.utils import ProgrammingError

from tongchou.parameters import commands, events, queries, shelf
from tongchou.parameters.commands.drafting import GoldenNotRun, HasFaults
from tongchou.parameters.commands.installing import AlreadyInForce
from tongchou.parameters.models import PolicyShelf, PolicyVersion
from tongchou.parameters.states import Origin
from tongchou.parameters.tests.conftest import NOW, PROVINCE, text_of
from tongchou.platform import events as platform_events
from tongchou.platform import versions
from tongchou.policy import engine
from tongchou.policy.errors import PackageRefused
from tongchou.policy.facts import ClassSums, Facts

RATIO = "parameters/ratio.inpatient/values/home/L2"
BILL = ClassSums(0, 0, 0, 1_000_000)


def paid(on: str, *, known_on: str = "") -> int:
    """What the pool pays of a bill of 10,000 yuan at a hospital of the second level that day."""
    day = date.fromisoformat(on)
    known = date.fromisoformat(known_on) if known_on else None
    package = queries.book().package(PROVINCE, "employee", day, known)
    return engine.adjudicate(package, Facts(kind="inpatient", scheme="employee", level=2, on=day), BILL, {}).basic_fen


def at(day: str) -> datetime:
    return datetime.fromisoformat(f"{day}T10:00:00+08:00")


def all_processes_look_again() -> None:
    versions.look_again_all()


@pytest.mark.requirement("ORG-25")
@pytest.mark.article("GX2017 §136")
@pytest.mark.article("JL2019 §65")
def test_a_new_ratio_from_the_first_of_july_leaves_a_stay_discharged_on_the_last_of_june_to_the_old(put_in_force):
    put_in_force("2018-07-01", {RATIO: "80"})
    all_processes_look_again()
    assert paid("2018-06-30") == 720_000  # (10,000 − 400) × 75 %
    assert paid("2018-07-01") == 768_000  # × 80 %


@pytest.mark.requirement("ORG-22")
def test_a_future_day_waits_and_is_in_force_from_its_midnight_without_a_restart(put_in_force):
    draft = put_in_force("2019-01-01", {RATIO: "80"}, now=at("2018-12-20"))
    all_processes_look_again()
    assert paid("2018-12-31") == 720_000
    assert paid("2019-01-01") == 768_000
    version = PolicyVersion.objects.get(draft=draft)
    assert version.in_force_at == datetime.fromisoformat("2019-01-01T00:00:00+08:00")
    assert version.approved_at == at("2018-12-20")


def test_a_package_may_begin_on_the_29th_of_february_and_on_no_such_day_of_other_years(base, put_in_force, maker):
    put_in_force("2020-02-29", {RATIO: "80"}, now=at("2020-02-20"))
    all_processes_look_again()
    assert [paid(on) for on in ("2020-02-28", "2020-02-29", "2020-03-01")] == [720_000, 768_000, 768_000]
    draft = commands.start_draft(
        base_hash=base.content_hash, valid_from=date(2021, 3, 1), reason="改革", by=maker, now=at("2020-05-01")
    )
    saved = commands.save_values(
        draft_id=draft.pk, edition=1, changes={"package/valid_from": "2021-02-29"}, by=maker, now=at("2020-05-01")
    )
    assert [(one["key"], one["code"]) for one in saved.findings] == [("package.valid_from", "PK-0204")]


@pytest.mark.requirement("ORG-25")
@pytest.mark.requirement("BEN-40")
def test_a_retroactive_correction_keeps_what_was_known_and_every_receipt_replays_to_the_fen(base, put_in_force):
    all_processes_look_again()
    receipt = queries.book().package(PROVINCE, "employee", date(2018, 3, 1)).hash
    facts = Facts(kind="inpatient", scheme="employee", level=2, on=date(2018, 3, 1))
    settled = engine.adjudicate(queries.book().by_hash(receipt), facts, BILL, {}, trace=True)

    put_in_force("2018-01-01", {RATIO: "70"}, now=at("2018-09-10"))
    all_processes_look_again()
    assert paid("2018-03-01") == 672_000  # a new settlement: × 70 %
    assert paid("2018-03-01", known_on="2018-09-09") == 720_000
    assert paid("2018-03-01", known_on="2018-09-10") == 672_000
    again = engine.adjudicate(queries.book().by_hash(receipt), facts, BILL, {}, trace=True)
    assert list(again.trace) == list(settled.trace)
    assert (again.basic_fen, again.cash_fen, again.deltas) == (settled.basic_fen, settled.cash_fen, settled.deltas)
    assert queries.package_text(receipt) == base.text
    first, second = queries.versions(PROVINCE, "employee")
    assert (first.corrected, second.corrected) == (True, False)
    assert (second.valid_from, second.known_from) == (date(2018, 1, 1), date(2018, 9, 10))


@pytest.mark.requirement("BEN-44")
def test_two_versions_that_overlap_or_leave_a_gap_are_not_put_in_force(tmp_path, tree, maker):
    file = tmp_path / "closed.yaml"
    text = text_of().replace("  known_from: 2018-01-01\n", "  known_from: 2018-01-01\n  valid_until: 2019-01-01\n", 1)
    file.write_text(text, encoding="utf-8")
    (closed,) = commands.install([file], now=NOW)
    for day, reason in (("2018-07-01", "重叠"), ("2019-02-01", "空档")):
        draft = commands.start_draft(
            base_hash=closed.content_hash, valid_from=date.fromisoformat(day), reason="改革", by=maker, now=NOW
        )
        assert reason in draft.findings[0]["reason"]
        with pytest.raises(HasFaults) as refusal:
            commands.submit(draft_id=draft.pk, edition=1, by=maker, now=NOW)
        assert refusal.value.code == "PA-1306"
        file.write_text(text_of(valid_from=day), encoding="utf-8")
        with pytest.raises(PackageRefused):
            commands.install([file], now=NOW)
    assert PolicyVersion.objects.filter(area=PROVINCE, scheme="employee").count() == 1


@pytest.mark.requirement("ORG-22")
@pytest.mark.article("GX2017 §134")
def test_a_value_in_use_is_never_changed_without_a_new_version(base, tmp_path):
    file = tmp_path / "same-day.yaml"
    file.write_text(text_of().replace("home: {L1: 90, L2: 75", "home: {L1: 90, L2: 76", 1), encoding="utf-8")
    with pytest.raises(AlreadyInForce) as refusal:
        commands.install([file], now=NOW)
    assert refusal.value.code == "PA-1101"
    file.write_text(text_of().replace("# 读法", "# 另一种排版", 1), encoding="utf-8")
    assert commands.install([file], now=NOW) == []  # the same values under other comments are the same package


@pytest.mark.requirement("ORG-22")
@pytest.mark.parametrize("statement", [
    "UPDATE parameters_policyversion SET text = ''",
    "DELETE FROM parameters_policyversion",
    "TRUNCATE parameters_policyversion CASCADE",
    "UPDATE parameters_localrule SET reason = ''",
    "DELETE FROM parameters_draftevent",
])  # fmt: skip
def test_the_database_refuses_to_change_or_take_away_what_was_in_force(base, statement):
    connection.check_constraints()
    with pytest.raises(ProgrammingError, match="append-only"), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(statement)


def test_a_text_that_is_no_longer_what_its_hash_says_rules_nothing(base):
    connection.check_constraints()
    with connection.cursor() as cursor:
        cursor.execute("ALTER TABLE parameters_policyversion DISABLE TRIGGER append_only")
        cursor.execute("UPDATE parameters_policyversion SET text = replace(text, 'L2: 75', 'L2: 74')")
        cursor.execute("ALTER TABLE parameters_policyversion ENABLE TRIGGER append_only")
    shelf._packages.pop(base.content_hash, None)
    with pytest.raises(shelf.VersionDamaged):
        queries.book()


@pytest.mark.between_looks
def test_the_book_asks_the_database_one_small_question_a_second_and_reads_only_what_is_new(
    base, put_in_force, django_assert_num_queries, monkeypatch
):
    monkeypatch.setattr(versions, "LOOKED_EVERY_SECONDS", 3600.0)  # a slow minute is still within the second
    all_processes_look_again()
    before = queries.book()
    with django_assert_num_queries(0):
        assert queries.book() is before
    versions.look_again_all()
    with django_assert_num_queries(1):
        assert queries.book() is before
    put_in_force("2019-01-01", {RATIO: "80"})
    new = PolicyVersion.objects.get(origin=Origin.DRAFT)
    shelf._packages.pop(new.content_hash, None)  # as in a process that did not approve it
    versions.look_again_all()
    with django_assert_num_queries(3):  # the row of the shelf, the hashes, the one new text
        after = queries.book()
    assert {package.hash for package in after.packages} - {package.hash for package in before.packages} == {
        new.content_hash
    }
    kept = {package.hash: package for package in before.packages}
    assert all(package is kept[package.hash] for package in after.packages if package.hash in kept)


def test_others_are_told_of_a_version_within_the_transaction_that_puts_it_in_force(base, put_in_force):
    told = []
    platform_events.subscribe(events.PolicyPutInForce)(told.append)
    try:
        put_in_force("2019-01-01", {RATIO: "80"})
    finally:
        platform_events.unsubscribe(events.PolicyPutInForce, told.append)
    (one,) = told
    assert (one.area, one.scheme, one.valid_from, one.origin) == (PROVINCE, "employee", date(2019, 1, 1), "draft")
    assert PolicyShelf.objects.get().version > 0


def test_what_is_shipped_comes_in_once(db):
    before = PolicyVersion.objects.count()
    assert before >= 4
    assert commands.install_shipped(now=NOW) == ([], [])
    assert PolicyVersion.objects.count() == before


def test_a_shipped_file_that_was_changed_does_not_change_what_stands(db, settings, tmp_path):
    place = tmp_path / "450000" / "employee"
    place.mkdir(parents=True)
    text = text_of()
    settings.POLICIES = tmp_path
    (place / "2018-01-01.yaml").write_text(text, encoding="utf-8")
    entered, refused = commands.install_shipped(now=NOW)
    assert (len(entered), refused) == (1, [])
    (place / "2018-01-01.yaml").write_text(text.replace("L2: 75", "L2: 76", 1), encoding="utf-8")
    entered, refused = commands.install_shipped(now=NOW)
    assert entered == []
    assert [one.code for one in refused] == ["PA-1101"]


def test_a_value_is_followed_through_its_versions(base, put_in_force):
    put_in_force("2019-01-01", {RATIO: "80"})
    put_in_force("2020-01-01", {RATIO: "82"}, now=NOW + timedelta(days=1))
    all_processes_look_again()
    told = queries.history(PROVINCE, "employee", "ratio.inpatient.home.L2")
    assert [(one.version.valid_from.year, one.value.text) for one in told] == [
        (2018, "75%"),
        (2019, "80%"),
        (2020, "82%"),
    ]


def test_two_versions_are_compared_value_by_value(base, put_in_force):
    put_in_force("2019-01-01", {RATIO: "80"})
    all_processes_look_again()
    older, newer = queries.book().shelves[PROVINCE, "employee"]
    (change,) = queries.compared(older, newer)
    assert (change.key, change.before.text, change.after.text) == ("ratio.inpatient.home.L2", "75%", "80%")
    assert change.source_kept  # the new value still names the old document: shown to the approver
    assert [one.key for one in queries.compared(newer, newer)] == []


def test_golden_tables_are_run_on_the_text_that_is_submitted(base, maker):
    draft = commands.start_draft(
        base_hash=base.content_hash, valid_from=date(2019, 1, 1), reason="改革", by=maker, now=NOW
    )
    commands.run_golden(draft_id=draft.pk, by=maker, now=NOW)
    draft = commands.save_values(draft_id=draft.pk, edition=1, changes={RATIO: "80"}, by=maker, now=NOW)
    with pytest.raises(GoldenNotRun):
        commands.submit(draft_id=draft.pk, edition=draft.edition, by=maker, now=NOW)


def test_the_periods_of_a_shelf_follow_each_other(base, put_in_force):
    put_in_force("2019-01-01", {RATIO: "80"})
    shelf_rows = queries.versions(PROVINCE, "employee")
    for one, other in itertools.pairwise(shelf_rows):
        assert one.ruled_until == other.valid_from
