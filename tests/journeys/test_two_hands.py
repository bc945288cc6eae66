"""Two hands at one answer of a bank (decision 0350): what they share, who comes between them, where a fault ends."""

import importlib.util
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from threading import Event, Thread

import pytest
from django.db import IntegrityError, connection, transaction
from django.db.models import Count

from tongchou.contributions import answers, invariants, receivables
from tongchou.contributions.models import Contribution, PendingAmount, Receivable
from tongchou.exchange import imports
from tongchou.exchange.imports import Mode, running
from tongchou.exchange.models import ImportFile
from tongchou.platform.spreadsheets import kinds
from tongchou.platform.spreadsheets.staging import Moved
from tongchou.platform.tests.at_once import PATIENCE
from tongchou.platform.tests.conftest import Hire
from tongchou.platform.tests.conftest import committed as committed
from tongchou.platform.tests.conftest import hire as hire
from tongchou.platform.tests.conftest import quick_hashing as quick_hashing
from tongchou.platform.tests.conftest import tree as tree

_specification = importlib.util.spec_from_file_location("withholding", Path(__file__).with_name("test_withholding.py"))
withholding = importlib.util.module_from_spec(_specification)
_specification.loader.exec_module(withholding)

AREA, BACK = withholding.AREA, withholding.BACK


class Hands:
    """Three households, each a part of its own; the second and the third are written side by side."""

    def __init__(self, folder, monkeypatch):
        self.town = withholding.Town(Hire())
        self.heads = [self.town.family(2)[0].pk for _ in range(3)]
        self.town.open_year()
        monkeypatch.setitem(kinds._kinds, "withholding", replace(answers.RESULTS, part=1, hands=2))
        self.file = self.town.check(self.town.batch(), folder).id
        self.steps: dict[int, list[Callable[[], None]]] = {1: [], 2: [], 3: []}
        settle = receivables.settle_known

        def settled(paid: str) -> None:
            with connection.cursor() as cursor:
                cursor.execute("SELECT min(person_id) FROM member")
                part = self.heads.index(cursor.fetchone()[0]) + 1
            for step in self.steps.pop(part, ()):  # the first time only
                step()
            settle(paid)

        monkeypatch.setattr(receivables, "settle_known", settled)

    def book(self) -> int:
        taken = imports.take_in(preview_id=self.file, mode=Mode.ALL, operator=self.town.clerk, now=BACK)
        return int(taken.rows_taken)

    def stands(self, lines: int) -> bool:
        """So many lines are in the books, and everything agrees."""
        kept = ImportFile.objects.get(pk=self.file)
        paid = Contribution.objects.filter(voided_at=None).count()
        return (kept.rows_taken, paid, invariants.broken(AREA, BACK.date())) == (lines, 2 * lines, [])


@pytest.fixture
def hands(committed, tmp_path, monkeypatch) -> Hands:
    return Hands(tmp_path, monkeypatch)


@pytest.mark.requirement("CON-06", "SYS-03")
def test_a_person_stands_in_one_line_of_a_file_though_two_mandates_name_the_person(hire):
    town = withholding.Town(hire)
    _head, spouse, _child = town.family(3)
    town.sign(spouse, for_household=False)
    town.open_year()
    batch = town.batch()
    drawn = Receivable.objects.filter(item__batch=batch)
    assert batch.items.count() == 2
    assert set(drawn.values("person").annotate(lines=Count("item", distinct=True)).values_list("lines", flat=True)) == {
        1
    }
    assert drawn.count() == sum(batch.items.values_list("persons", flat=True)) == 3
    owed = drawn.first()
    with pytest.raises(IntegrityError, match="receivable_once_a_year"), transaction.atomic():
        Receivable.objects.create(
            person=owed.person,
            pooling_area_id=AREA,
            unit_code=owed.unit_code,
            scheme=owed.scheme,
            benefit_year=owed.benefit_year,
            amount_fen=owed.amount_fen,
            due_from=owed.due_from,
        )


@pytest.mark.requirement("CON-06", "SYS-03")
def test_somebody_between_two_parts_holds_the_file_up_for_moments_and_nothing_is_lost_or_doubled(hands, monkeypatch):
    """The second part waits for a clerk, the clerk for the third, the third for its turn: a circle no database sees."""
    monkeypatch.setattr(running, "HAND_PATIENCE", "300ms")
    third_written, clerk_holds = Event(), Event()
    seen: list[int] = []

    def clerk() -> None:
        try:
            assert third_written.wait(PATIENCE)
            with transaction.atomic():
                for head in hands.heads[1:]:
                    seen.append(Receivable.objects.select_for_update().get(person_id=head).person_id)
                    clerk_holds.set()
        finally:
            connection.close()

    started = Thread(target=clerk)
    hands.steps[2].append(lambda: _wait(clerk_holds))
    gather = answers._write

    def written(intake, batch, result, lines, reach):
        gather(intake, batch, result, lines, reach)
        if reach["first_person"] == hands.heads[2]:
            third_written.set()

    monkeypatch.setattr(answers, "_write", written)
    started.start()
    assert hands.book() == 3
    started.join(PATIENCE)
    assert seen == hands.heads[1:], "the clerk came through, too"
    assert hands.stands(3)
    assert not PendingAmount.objects.exists()


@pytest.mark.requirement("CON-06", "SYS-03")
def test_a_part_that_fails_behind_one_that_ended_meanwhile_leaves_the_file_where_that_one_ended(hands):
    begun = Event()
    hands.steps[2].append(lambda: _wait(begun))

    def fails() -> None:
        begun.set()
        for _ in range(PATIENCE * 50):
            if ImportFile.objects.get(pk=hands.file).rows_taken == 2:
                raise Moved
            Event().wait(0.02)

    hands.steps[3].append(fails)
    with pytest.raises(running.BooksMoved):
        hands.book()
    assert hands.stands(2)
    assert imports.preview_of(hands.file).rows_bad == 0, "no line of the ended parts is asked about again"
    assert hands.book() == 3
    assert hands.stands(3)


def _wait(event: Event) -> None:
    assert event.wait(PATIENCE)
