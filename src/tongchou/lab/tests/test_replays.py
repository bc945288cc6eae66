"""Stored settlements under another package (BEN-31, ORG-23): what it costs, who gains, who loses; nothing stored."""

import itertools
from datetime import date

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tongchou.lab import candidates, running
from tongchou.lab.candidates import Candidate
from tongchou.lab.models import Replay, ReplayCell, ReplayChange
from tongchou.lab.tests import place
from tongchou.parameters import local
from tongchou.parameters.ruling import Ruling
from tongchou.settlement.stored import SHARES
from tongchou.settlement.tests import world
from tongchou.wire import database

pytestmark = pytest.mark.django_db


def _fingerprint() -> tuple[object, ...]:
    """Everything that stands in the tables of settlement."""
    tables = ("settlement_settlement", "settlement_accumulator", "fund_institutiondue", "settlement_dailytotal")
    return tuple(
        database.row(f"SELECT count(*), coalesce(md5(string_agg(t::text, ',' ORDER BY t::text)), '') FROM {table} t")
        for table in tables
    )


@pytest.mark.requirement("ORG-23")
def test_a_thousand_stays_at_80_instead_of_75_percent_show_both_totals_and_nothing_is_stored() -> None:
    for yuan in ("1000", "3000", "400", "20000", "8700.50", "100", "6000", "12345.67", "900", "5000"):
        who = world.person()
        place.stay(who, yuan)
        place.clone(who.id, 99)
    before = _fingerprint()
    replay = place.replayed(place.changed({place.RATIO_L2: "80"}))
    everything = place.cell(replay)
    old, new = everything.old_fund_fen, everything.new_fund_fen
    stored = database.row("SELECT count(*), sum(fund_paid_fen)::bigint FROM settlement_settlement")
    assert replay.state == "done"
    assert (everything.settlements, old) == stored == (1000, old)
    assert everything.changed == everything.gained == 800  # 400 and 100 lie within the deductible of 400
    bases = (60_000, 260_000, 1_960_000, 830_050, 560_000, 1_194_567, 50_000, 460_000)
    assert old == sum((base * 75 + 50) // 100 for base in bases) * 100
    assert new == sum((base * 80 + 50) // 100 for base in bases) * 100
    assert (everything.persons, everything.persons_gained, everything.persons_lost) == (1000, 800, 0)
    assert everything.gained_fen == new - old
    assert _fingerprint() == before


@pytest.mark.requirement("BEN-31")
def test_five_points_more_at_level_1_cost_five_hundredths_of_what_lay_above_the_deductible() -> None:
    for yuan in ("1100", "2100", "600"):
        place.stay(world.person(), yuan, institution=world.CLINIC)
    place.stay(world.person(), "5000")  # of level 2: not touched
    replay = place.replayed(place.changed({place.RATIO_L1: "95"}))
    base = 100_000 + 200_000 + 50_000
    assert place.cell(replay).difference_fen == base * 5 // 100
    assert place.cell(replay, "level", "L1").difference_fen == base * 5 // 100
    assert place.cell(replay, "level", "L2").difference_fen == 0


def test_the_rules_that_were_in_force_change_nothing_whatever_happened() -> None:
    """Carried accumulators, a cancelled stay, an interim settlement, a referral, a poor person."""
    first, second, poor = world.person(), world.person(), world.person(groups=["dibao"])
    wrong = world.visit(first, "2018-02-01", kind="inpatient", until="2018-02-05")
    settled = world.settle(wrong, world.charge(wrong, world.classes(a="90000")), on=world.at("2018-02-05"))
    for month in range(3, 9):
        place.stay(first, "40000", f"2018-{month:02d}-01", f"2018-{month:02d}-09")
    world.cancel(wrong, settled.settlement_id or 0, on=world.at("2018-09-01"))
    place.stay(first, "30000", "2018-10-01", "2018-10-09")
    long = world.visit(second, "2018-03-01", kind="inpatient")
    world.settle(long, world.charge(long, world.classes(a="8000")), on=world.at("2018-03-10"), interim=True)
    more = world.charge(long, world.classes(a="9000", on="2018-03-12"), batch="2")
    world.discharge(long, "2018-03-20")
    world.settle(long, more, on=world.at("2018-03-20"))
    place.stay(poor, "100000")
    replay = place.replayed(place.as_is())
    everything = place.cell(replay)
    assert (everything.changed, everything.old_fen) == (0, everything.new_fen)
    assert everything.settlements == 10  # neither the stay taken back nor its cancellation
    assert replay.left_out == []


def test_accumulators_of_the_candidate_carry_on_from_stay_to_stay() -> None:
    """A ceiling of 10,000 a year instead of 150,000: the second stay gets what the first left."""
    who = world.person()
    place.stay(who, "12400", "2018-02-01", "2018-02-08")  # 9,000 of the pool
    place.stay(who, "12400", "2018-03-01", "2018-03-08")  # 9,000 before, 1,000 under the candidate
    replay = place.replayed(place.changed({"parameters/cap.pool/value": "10000"}))
    pool = [layer.value for layer, _, _ in SHARES].index("pool")
    everything = place.cell(replay)
    assert (everything.old_fen[pool], everything.new_fen[pool]) == (1_800_000, 1_000_000)
    assert (everything.changed, everything.lost, everything.persons_lost) == (1, 1, 1)


def test_what_was_used_before_the_period_counts_in_it() -> None:
    who = world.person()
    place.stay(who, "12400", "2018-02-01", "2018-02-08")
    place.stay(who, "12400", "2018-03-01", "2018-03-08")
    replay = place.replayed(place.changed({"parameters/cap.pool/value": "10000"}), since=date(2018, 3, 1))
    pool = [layer.value for layer, _, _ in SHARES].index("pool")
    assert place.cell(replay).new_fen[pool] == 100_000


def test_a_stay_settled_in_between_pays_the_difference_under_the_candidate_too() -> None:
    who = world.person()
    long = world.visit(who, "2018-03-01", kind="inpatient")
    world.settle(long, world.charge(long, world.classes(a="2400")), on=world.at("2018-03-10"), interim=True)
    more = world.charge(long, world.classes(a="1000", on="2018-03-12"), batch="2")
    world.discharge(long, "2018-03-20")
    world.settle(long, more, on=world.at("2018-03-20"))
    everything = place.cell(place.replayed(place.changed({place.RATIO_L2: "80"})))
    assert (everything.old_fund_fen, everything.new_fund_fen) == (225_000, 240_000)


def test_a_stay_that_continues_another_bears_the_difference_of_the_candidates_deductibles() -> None:
    who = world.person()
    first = world.visit(who, "2018-03-01", kind="inpatient", until="2018-03-05")
    world.settle(first, world.charge(first, world.classes(a="5000")), on=world.at("2018-03-05"))
    place.stay(who, "5000", "2018-03-06", "2018-03-12", institution=world.TEACHING, linked_to=first.id, referral="up")
    replay = place.replayed(place.changed({"parameters/deductible.inpatient/values/home/L2": "600"}))
    everything = place.cell(replay)
    # before: (5000−400)×75% + (5000−400)×60%; after: (5000−600)×75% + (5000−200)×60%
    assert (everything.old_fund_fen, everything.new_fund_fen) == (621_000, 618_000)


def test_the_cells_of_every_dimension_add_up_to_the_whole() -> None:
    people = [world.person(born_on="1950-01-01"), world.person(groups=["dibao"]), world.person(born_on="2015-06-01")]
    for who, yuan in zip(people, ("5000", "80000", "700"), strict=True):
        place.stay(who, yuan)
        world.settled_visit(who, world.classes(a="60", b="20"), "2018-05-03", institution=world.CLINIC)
    replay = place.replayed(place.changed({place.RATIO_L2: "60", "parameters/ratio.outpatient/value": "70"}))
    _check_sums(replay)
    assert set(ReplayCell.objects.filter(replay=replay, dimension="age").values_list("value", flat=True)) == {
        "0",
        "18",
        "60",
    }


def _check_sums(replay: Replay) -> None:
    everything = place.cell(replay)
    for dimension in ("level", "group", "age", "area", "kind", "month"):
        cells = list(ReplayCell.objects.filter(replay=replay, dimension=dimension))
        for name in ("settlements", "changed", "gained", "lost", "gained_fen", "lost_fen"):
            assert sum(getattr(one, name) for one in cells) == getattr(everything, name), (dimension, name)
        for side in ("old_fen", "new_fen"):
            sums = [sum(column) for column in zip(*(getattr(one, side) for one in cells), strict=True)]
            assert sums == getattr(everything, side), (dimension, side)
    sizes = list(ReplayCell.objects.filter(replay=replay, dimension="size"))
    for name in ("persons", "persons_gained", "persons_lost"):
        assert sum(getattr(one, name) for one in sizes) == getattr(everything, name)
    assert sum(everything.old_fen) == sum(everything.new_fen)
    assert everything.gained_fen - everything.lost_fen == everything.difference_fen


@settings(max_examples=12, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    ratio=st.integers(60, 90),
    deductible=st.integers(100, 800),
    cap=st.integers(1000, 200_000),
    chunk=st.integers(1, 9),
)
def test_every_fen_is_somebodys_under_any_numbers_and_in_any_chunks(
    some_stays: None, ratio: int, deductible: int, cap: int, chunk: int
) -> None:
    values = {
        place.RATIO_L2: str(ratio),
        "parameters/deductible.inpatient/values/home/L2": str(deductible),
        "parameters/cap.pool/value": str(cap),
    }
    replay = place.done(place.asked(place.changed(values)), chunk=chunk)
    _check_sums(replay)


@pytest.fixture
def some_stays() -> None:
    for at, yuan in enumerate(("1500", "40000", "90000", "333.33")):
        who = world.person(groups=["tekun"] if at == 2 else [])
        for month in (1, 3, 5):
            place.stay(who, yuan, f"2018-{month:02d}-01", f"2018-{month:02d}-11")


def test_an_empty_period_gives_an_empty_result() -> None:
    replay = place.replayed(place.changed({place.RATIO_L2: "80"}))
    assert (replay.state, replay.rows, replay.rows_read) == ("done", 0, 0)
    assert not ReplayCell.objects.filter(replay=replay).exists()


def test_what_the_candidate_has_no_value_for_is_told_with_its_count_and_the_rest_goes_on() -> None:
    for at in range(3):
        place.stay(world.person(), f"{2000 + at}")
    place.stay(world.person(), "5000", institution=world.CLINIC)
    package = world.tset().draft({place.RATIO_L2: "undefined"})
    replay = place.replayed(candidates.Candidate(package, candidates.Origin.FILE))
    assert replay.state == "done"
    assert [(one["code"], one["count"]) for one in replay.left_out] == [("PO-0002", 3)]
    assert "ratio.inpatient.home.L2" in replay.left_out[0]["reason"]
    assert place.cell(replay).settlements == 1


def test_a_candidate_that_is_no_longer_a_package_fails_with_the_reason() -> None:
    replay = place.asked(place.changed({place.RATIO_L2: "80"}))
    Replay.objects.filter(pk=replay.pk).update(candidate_text="package: {area: x}")
    replay = place.done(replay)
    assert replay.state == "failed"
    assert "不能使用" in replay.problem


def test_called_off_it_stops_at_the_next_step_and_keeps_what_it_has() -> None:
    for _ in range(4):
        place.stay(world.person(), "3000")
    replay = place.asked(place.changed({place.RATIO_L2: "80"}))
    taken = running.take("W1", place.NOW)
    assert taken is not None
    steps = running.work(taken, chunk=2)
    next(steps)
    from tongchou.lab import commands

    commands.cancel_replay(replay_id=replay.pk, operator=place.operator(), now=place.NOW)
    assert list(steps) == []
    replay.refresh_from_db()
    assert (replay.state, replay.finished_at) == ("cancelled", place.NOW)
    assert place.cell(replay).settlements == 1
    with pytest.raises(commands.AlreadyFinished):
        commands.cancel_replay(replay_id=replay.pk, operator=place.operator(), now=place.NOW)


def test_a_replay_whose_process_died_goes_on_behind_the_last_person() -> None:
    for at in range(5):
        place.stay(world.person(), f"{3000 + at}")
    candidate = place.changed({place.RATIO_L2: "80"})
    undisturbed = place.replayed(candidate)
    replay = place.asked(candidate)
    dead = running.take("W1", place.NOW)
    assert dead is not None
    next(running.work(dead, chunk=3))  # two persons put down, then killed
    Replay.objects.filter(pk=replay.pk).update(beat_at=place.NOW)
    assert running.take("W2", place.NOW + running.LOST_AFTER) is None
    heir = running.take("W2", place.NOW + 2 * running.LOST_AFTER)
    assert heir is not None
    assert heir.pk == replay.pk
    for _ in running.work(heir):
        pass
    replay.refresh_from_db()
    assert (replay.state, replay.rows_read) == ("done", 5)
    for name in ("settlements", "changed", "old_fen", "new_fen", "persons", "gained_fen"):
        assert getattr(place.cell(replay), name) == getattr(place.cell(undisturbed), name)
    assert ReplayChange.objects.filter(replay=replay).count() == 5


def test_a_process_thought_dead_puts_nothing_down_any_more() -> None:
    for at in range(4):
        place.stay(world.person(), f"{3000 + at}")
    replay = place.asked(place.changed({place.RATIO_L2: "80"}))
    slow = running.take("W1", place.NOW)
    assert slow is not None
    steps = running.work(slow, chunk=2)
    next(steps)
    Replay.objects.filter(pk=replay.pk).update(worker="W2")
    assert list(steps) == []
    assert place.cell(replay).settlements == 1


def test_a_sweep_gives_one_curve_of_the_whole() -> None:
    for yuan in ("1400", "2400"):
        place.stay(world.person(), yuan)
    sweep = candidates.stepped(world.tset(), place.RATIO_L2, start="70", stop="80", step="2.5")
    replay = place.replayed(sweep)
    effects = {one.value: one.difference_fen for one in ReplayCell.objects.filter(replay=replay, dimension="step")}
    assert effects == {"70": -15_000, "72.5": -7_500, "75": 0, "77.5": 7_500, "80": 15_000}
    assert not ReplayCell.objects.filter(replay=replay, dimension="all").exists()


def test_a_step_of_a_sweep_is_what_a_replay_of_that_value_gives() -> None:
    who = world.person(groups=["dibao"])
    for month in (1, 4, 7):
        place.stay(who, "70000", f"2018-{month:02d}-01", f"2018-{month:02d}-11")
    sweep = place.replayed(candidates.stepped(world.tset(), place.RATIO_L2, start="60", stop="70", step="10"))
    for step in ("60", "70"):
        alone = place.replayed(place.changed({place.RATIO_L2: step}))
        assert place.cell(sweep, "step", step).new_fen == place.cell(alone).new_fen


def test_a_sample_is_of_whole_persons_and_always_the_same() -> None:
    who = world.person()
    place.stay(who, "3000")
    place.clone(who.id, 199)
    counts = {place.cell(place.replayed(place.changed({place.RATIO_L2: "80"}), permille=500)).persons for _ in range(2)}
    assert len(counts) == 1
    assert 60 < counts.pop() < 140


def test_only_the_largest_changes_are_kept() -> None:
    who = world.person()
    place.stay(who, "3000")
    place.clone(who.id, 40)
    big = place.stay(world.person(), "30000")
    replay = place.done(place.asked(place.changed({place.RATIO_L2: "80"})), chunk=7)
    largest = list(ReplayChange.objects.filter(replay=replay).order_by("-gain_fen"))
    assert len(largest) == 25
    assert (largest[0].settlement_id, largest[0].gain_fen) == (big, 148_000)


def test_the_new_computation_of_one_settlement_can_be_told() -> None:
    who = world.person()
    place.stay(who, "12400", "2018-02-01", "2018-02-08")
    second = place.stay(who, "12400", "2018-03-01", "2018-03-08")
    replay = place.replayed(place.changed({"parameters/cap.pool/value": "10000"}))
    (outcome,) = running.traced(replay, person_id=who.id, settlement_id=second)
    assert outcome.basic_fen == 100_000
    assert outcome.trace is not None
    with pytest.raises(LookupError):
        running.traced(replay, person_id=who.id, settlement_id=1)


def test_the_worker_does_all_that_waits_and_stops_when_told() -> None:
    from tongchou.lab import worker

    for _ in range(3):
        place.stay(world.person(), "3000")
    replays = [place.asked(place.changed({place.RATIO_L2: ratio})) for ratio in ("80", "85")]
    assert worker.run_all(name="W", go_on=lambda: False) == 0
    assert worker.run_all(name="W", go_on=itertools.repeat(True).__next__) == 2
    for replay in replays:
        replay.refresh_from_db()
        assert replay.state == "done"
    assert not running.is_waited_for(place.NOW)


def test_two_replays_at_once_do_not_mix() -> None:
    for at in range(6):
        place.stay(world.person(), f"{3000 + 100 * at}")
    asked = [place.asked(place.changed({place.RATIO_L2: ratio})) for ratio in ("80", "70")]
    taken = [running.take(name, place.NOW) for name in ("W1", "W2")]
    assert [one and one.pk for one in taken] == [one.pk for one in asked]
    assert running.take("W3", place.NOW) is None
    works = [running.work(one, chunk=2) for one in taken if one is not None]
    for _ in itertools.zip_longest(*works):  # turn by turn
        pass
    more, less = (place.cell(one) for one in asked)
    assert (more.settlements, less.settlements) == (6, 6)
    assert more.difference_fen == -less.difference_fen > 0
    assert (more.persons_gained, less.persons_lost) == (6, 6)


COUNTY_RULE = f"""local:
  area: {world.UNIT}
  area_name: 甲市A县
  scheme: resident
  title: 甲市A县住院起付线细则
  valid_from: 2018-01-01
documents:
  AX2018: {{title: A县医疗保险实施细则}}
parameters:
  deductible.inpatient:
    values:
      home: {{L2: 300}}
    source: AX2018 二
    confidence: S
"""


@pytest.mark.requirement("ORG-22")
def test_a_countys_own_value_stays_where_the_candidate_lets_it_and_gives_way_where_not(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """5,000 in scope at level 2: above 400 by the package, above 300 by the county; at 80 per cent."""
    place.stay(world.person(), "5000")
    text = local.read(COUNTY_RULE.encode())
    rules = {world.UNIT: [(text.valid_from, text)]}
    monkeypatch.setattr(running.parameters, "local_rules_below", lambda package: rules)
    closed = {place.RATIO_L2: "80"}
    for changes, above_fen in (
        (closed, 460_000),
        (closed | {"parameters/deductible.inpatient/overridable": "yes"}, 470_000),
    ):
        candidate = Candidate(world.tset().draft(changes), candidates.Origin.VALUES)
        assert place.cell(place.replayed(candidate)).new_fund_fen == above_fen * 80 // 100


def test_a_local_rule_counts_from_its_first_day() -> None:
    text = local.read(COUNTY_RULE.encode())
    package = world.tset().draft({"parameters/deductible.inpatient/overridable": "yes"})
    ruling = Ruling(package, {world.UNIT: [(date(2018, 6, 1), text)]})
    assert ruling.of(f"{world.UNIT}001201", date(2018, 5, 31)) is package
    inside = ruling.of(f"{world.UNIT}001201", date(2018, 6, 1))
    assert inside.parameter("deductible.inpatient.home.L2").content == 30_000
    assert ruling.of(world.UNIT, date(2018, 12, 31)) is inside
    assert ruling.of("450103001201", date(2018, 12, 31)) is package
