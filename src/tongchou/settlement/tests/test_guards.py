"""What the database refuses whoever asks: figures that do not add up, second cancellations, edits, overdrafts."""

from typing import Any

import pytest
from django.db import DatabaseError, connection, transaction

from tongchou.settlement import checks, statements
from tongchou.settlement.models import PersonalAccount, Settlement
from tongchou.settlement.states import TRANSITIONS, SettlementState
from tongchou.settlement.tests import world
from tongchou.settlement.tests.world import Line, at, yuan
from tongchou.wire import database

pytestmark = pytest.mark.django_db


@pytest.fixture
def settled() -> Settlement:
    _, made = world.settled_visit(world.person(), [Line(scope=yuan("100"), own=yuan("20"))])
    return Settlement.objects.get(pooling_area=world.AREA, id=made.settlement_id)


def insert_like(row: Settlement, **changes: object) -> None:
    """A second row like this one, past every command."""
    row.pk = (world.AREA, row.id + 1)
    for name, value in changes.items():
        setattr(row, name, value)
    with transaction.atomic():
        row.save(force_insert=True)


@pytest.mark.parametrize(
    ("changes", "constraint"),
    [
        ({"own_expense_fen": 1}, "settlement_every_fen_classed"),
        ({"cash_fen": 1}, "settlement_person_sum"),
        ({"pool_paid_fen": 1}, "settlement_funds_sum"),
        ({"fund_paid_fen": 1, "pool_paid_fen": 1}, "settlement_every_fen_somebodys"),
        ({"annulment": True}, "settlement_annulment_is_a_reversal"),
        ({"encounter_id": 1}, "settlement_of_encounter"),
        ({"person_id": 0}, "settlement_of_person"),
        ({"reversal_of": 1}, "settlement_reverses"),
    ],
)
def test_a_settlement_that_does_not_hold_together_is_refused(
    settled: Settlement, changes: dict[str, object], constraint: str
) -> None:
    with pytest.raises(DatabaseError, match=constraint):
        insert_like(settled, **changes)


def test_a_settlement_is_taken_back_once(settled: Settlement) -> None:
    original = settled.id
    insert_like(settled, reversal_of=original)
    with pytest.raises(DatabaseError, match="settlement_reversed_once"):
        insert_like(settled, reversal_of=original)


@pytest.mark.article("GX2017 §71")
@pytest.mark.parametrize("statement", ["UPDATE {} SET {} = {}", "DELETE FROM {}", "TRUNCATE {} CASCADE"])
@pytest.mark.parametrize(
    ("table", "column"),
    [
        ("settlement_settlement", "cash_fen"),
        ("settlement_slipprint", "print_no"),
        ("settlement_accountcredit", "amount_fen"),
    ],
)
def test_what_is_settled_stays(settled: Settlement, table: str, column: str, statement: str) -> None:
    with pytest.raises(DatabaseError, match="append-only"), transaction.atomic():
        connection.cursor().execute(statement.format(table, column, column))


@pytest.mark.article("NC-ACCT §11")
def test_an_account_is_never_overdrawn() -> None:
    who = world.person()
    with pytest.raises(DatabaseError, match="personal_account_never_overdrawn"), transaction.atomic():
        PersonalAccount.objects.create(pooling_area=world.AREA, person_id=who.id, balance_fen=-1)


def test_every_state_is_reached_and_left_as_the_table_says() -> None:
    """已结算 → 已冲销, and nothing else moves: the other states are read from rows that never change."""
    who = world.person()
    visit, made = world.settled_visit(who, [Line(scope=yuan("100"))])
    world.cancel(visit, made.settlement_id or 0, on=at("2018-03-16"))
    assert (SettlementState.SETTLED, SettlementState.REVERSED) in TRANSITIONS
    assert (SettlementState.REVERSAL, SettlementState.REVERSED) not in TRANSITIONS
    assert all(article.startswith("GX2017") for article in TRANSITIONS.values())


def test_charges_that_change_while_being_settled_are_not_settled(monkeypatch: pytest.MonkeyPatch) -> None:
    who = world.person()
    visit = world.visit(who)
    total = world.charge(visit, [Line(scope=yuan("100"))])
    real = statements.record

    def after_a_change(*args: Any, **kwargs: Any) -> Any:
        statement = "UPDATE encounters_chargebatch SET total_fen = 1, in_scope_fen = 1 WHERE encounter_id = %s"
        database.run(statement, visit.id)
        return real(*args, **kwargs)

    monkeypatch.setattr(statements, "record", after_a_change)
    with pytest.raises(checks.ChargesChanged):
        world.settle(visit, total)
    assert world.count("settlement_settlement") == world.count("wire_booking") == 0
    assert world.accumulators(who) == {}


def test_a_settlement_taken_back_meanwhile_is_not_taken_back_again(monkeypatch: pytest.MonkeyPatch) -> None:
    who = world.person()
    visit, made = world.settled_visit(who, [Line(own=yuan("100"))], kind="checkup")
    real = statements.take_back
    rivals = [1]

    def overtaken(*args: Any, **kwargs: Any) -> Any:
        if rivals:
            rivals.pop()
            world.cancel(visit, made.settlement_id or 0, kinds=frozenset({"checkup"}))
        return real(*args, **kwargs)

    monkeypatch.setattr(statements, "take_back", overtaken)
    with pytest.raises(checks.TakenBackMeanwhile):
        world.cancel(visit, made.settlement_id or 0, kinds=frozenset({"checkup"}))
    assert world.count("settlement_settlement") == 2
