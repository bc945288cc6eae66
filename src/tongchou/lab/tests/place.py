"""A period of settlements for the tests of the lab, and short ways to ask for a replay and to do it."""

from datetime import UTC, date, datetime
from typing import Any

from django.apps import apps

from tongchou.lab import candidates, commands, running
from tongchou.lab.candidates import Candidate
from tongchou.lab.models import Replay, ReplayCell
from tongchou.settlement.tests import world
from tongchou.wire import database

NOW = datetime(2018, 12, 31, 4, tzinfo=UTC)
RATIO_L2 = "parameters/ratio.inpatient/values/home/L2"
RATIO_L1 = "parameters/ratio.inpatient/values/home/L1"

_CLONE = """
INSERT INTO {table} SELECT row.* FROM {table} original
CROSS JOIN generate_series(1, %s) AS copy
CROSS JOIN LATERAL jsonb_populate_record(NULL::{table}, to_jsonb(original) || {other}) AS row
WHERE original.{where} = %s
"""


def operator() -> Any:
    """Somebody who may ask for replays."""
    world.area()
    units = apps.get_model("platform", "OrgUnit").objects
    unit, _ = units.get_or_create(
        code="450000",
        defaults={"name": "桂宁市", "level": "province", "path": "450000/", "valid_from": date(2010, 1, 1)},
    )
    given = {"name": "测算员", "org_unit": unit, "active_from": date(2010, 1, 1), "citizen_id": "45010019800520001X"}
    found, _ = apps.get_model("platform", "Operator").objects.get_or_create(staff_code="cesuan", defaults=given)
    return found


def changed(values: dict[str, str]) -> Candidate:
    """T-SET with other numbers."""
    return candidates.with_values(world.tset(), values)


def as_is() -> Candidate:
    """The package that was in force."""
    return Candidate(world.tset(), candidates.Origin.PACKAGE)


def asked(candidate: Candidate, **changes: Any) -> Replay:
    """A replay of the residents of 2018."""
    given: dict[str, Any] = {
        "pooling_area": world.AREA,
        "unit_code": "",
        "scheme": "resident",
        "since": date(2018, 1, 1),
        "until": date(2019, 1, 1),
        "permille": 1000,
        "title": "试算",
        "candidate": candidate,
        "operator": operator(),
        "now": NOW,
        "today": date(2018, 12, 31),
    }
    return commands.ask_replay(**(given | changes))


def done(replay: Replay, **how: Any) -> Replay:
    """The replay, worked to its end by one worker."""
    taken = running.take("W1", NOW)
    assert taken is not None
    assert taken.pk == replay.pk
    for _ in running.work(taken, **how):
        pass
    replay.refresh_from_db()
    return replay


def replayed(candidate: Candidate, **changes: Any) -> Replay:
    """A replay asked for and done."""
    return done(asked(candidate, **changes))


def cell(replay: Replay, dimension: str = "all", value: str = "") -> ReplayCell:
    return ReplayCell.objects.get(replay=replay, dimension=dimension, value=value)


def stay(who: world.Person, yuan: str, on: str = "2018-04-10", until: str = "2018-04-20", **facts: Any) -> int:
    """A settled stay of that much in scope; the number of its settlement."""
    _, settled = world.settled_visit(who, world.classes(a=yuan), on, until=until, **{"kind": "inpatient", **facts})
    return int(settled.settlement_id or 0)


def clone(person_id: int, copies: int) -> None:
    """That many more persons with the same visits and settlements, written straight into the tables."""
    for table, where, other in (
        (
            "enrolment_person",
            "id",
            "jsonb_build_object('id', original.id + copy * 1000000, 'person_no', original.person_no::numeric + copy * "
            "1000000, 'certificate_no', 'C' || original.id || '-' || copy, 'name_initials', '')",
        ),
        (
            "encounters_encounter",
            "person_id",
            "jsonb_build_object('id', original.id + copy * 1000000, 'person_id', original.person_id + copy * 1000000)",
        ),
        (
            "settlement_settlement",
            "person_id",
            "jsonb_build_object('id', original.id + copy * 1000000, 'encounter_id', original.encounter_id + copy * "
            "1000000, 'person_id', original.person_id + copy * 1000000)",
        ),
    ):
        database.run(_CLONE.format(table=table, where=where, other=other), copies, person_id)
