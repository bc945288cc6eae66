"""A person's year settled again: late claims, reversals, changes of status (BEN-42; GX2017 §71)."""

from datetime import date

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tongchou.policy import person_year
from tongchou.policy.facts import Outcome, added
from tongchou.policy.person_year import Claim
from tongchou.policy.tests.support import bill, guangxi, settled, tset, visit, yuan


def stay(name: str, day: int, in_scope: int, **facts: object) -> Claim:
    """A stay at level 2 in Guangxi, where the second stay of a year has a lower deductible."""
    given_facts = {"level": 2, "on": date(2018, 5, day)} | facts
    return Claim(name, guangxi(), visit(**given_facts), bill(in_scope))


def stored(claims: list[Claim]) -> dict[str, Outcome]:
    return dict(zip((claim.id for claim in claims), person_year.replay(claims), strict=True))


YEAR = [stay("一", 1, 5000), stay("二", 10, 3000), stay("三", 20, 8000)]


@pytest.mark.requirement("BEN-42")
def test_a_replay_carries_the_accumulators_on():
    first, second, third = person_year.replay(YEAR)
    assert [outcome.deductible_fen for outcome in (first, second, third)] == [yuan(300), yuan(200), yuan(200)]
    assert second.receipt() == settled(YEAR[1].facts, YEAR[1].sums, first.deltas, guangxi()).receipt()


@pytest.mark.requirement("BEN-42")
@pytest.mark.article("GX2017 §71")
def test_a_reversal_lists_the_later_settlements_that_depended_on_it():
    """Without the first stay the second is the first of the year: its deductible is 300 and no longer 200."""
    (change,) = person_year.changes(YEAR[1:], stored(YEAR))
    assert (change.id, change.was and change.was.deductible_fen, change.would_be.deductible_fen) == (
        "二",
        yuan(200),
        yuan(300),
    )
    assert change.fund_fen == -yuan(75)


@pytest.mark.requirement("BEN-42")
@pytest.mark.article("GX2017 §82")
def test_a_late_claim_takes_its_place_in_time():
    late = stay("迟报", 5, 2000)
    claims = [YEAR[0], late, *YEAR[1:]]
    changes = person_year.changes(claims, stored(YEAR))
    assert [(change.id, change.was is None) for change in changes] == [("迟报", True)]
    earliest = stay("最早", 1, 2000, on=date(2018, 1, 2))
    changed = person_year.changes([earliest, *YEAR], stored(YEAR))
    assert [(change.id, change.fund_fen) for change in changed] == [("最早", yuan(1275)), ("一", yuan(75))]


@pytest.mark.requirement("BEN-42", "BEN-29")
def test_a_change_of_status_is_a_claim_with_other_facts():
    """Found out later: 特困 since the 10th."""
    poor = [YEAR[0], *(stay(c.id, d, s, groups={"tekun"}) for c, d, s in ((YEAR[1], 10, 3000), (YEAR[2], 20, 8000)))]
    changed = person_year.changes(poor, stored(YEAR))
    assert [change.id for change in changed] == ["二", "三"]
    assert all(change.would_be.cash_fen == 0 for change in changed)


@pytest.mark.requirement("BEN-42")
@settings(deadline=None, max_examples=60)
@given(bills=st.lists(st.integers(0, 400_000), min_size=1, max_size=8), taken=st.integers(0, 7), groups=st.booleans())
def test_replaying_what_was_stored_changes_nothing_and_reversing_all_gives_back_all(bills, taken, groups):
    facts = {"level": 3, "groups": {"dibao"} if groups else ()}
    claims = [Claim(str(n), tset(), visit(**facts), bill(size)) for n, size in enumerate(bills)]
    known = stored(claims)
    assert person_year.changes(claims, known) == []
    left = [claim for claim in claims if claim.id != str(taken % len(claims))]
    again = stored(left)
    for change in person_year.changes(left, known):
        assert change.would_be.receipt() == again[change.id].receipt()
    state: dict[str, int] = {}
    for outcome in known.values():
        state = added(state, outcome.deltas)
    assert state == {name: sum(o.deltas.get(name, 0) for o in known.values()) for name in state}
