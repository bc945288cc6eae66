"""Maternity and the newborn (生育住院、新生儿; BEN-25; GX2017 §76, 80)."""

import pytest

from tongchou.policy import engine, visits
from tongchou.policy.errors import MissingParameter
from tongchou.policy.lines import LineFacts
from tongchou.policy.tests.support import bill, guangxi, jilin, qinan, settled, tset, visit, yuan

LINES = (LineFacts(yuan(3000), "A"), LineFacts(yuan(450), "A"), LineFacts(yuan(50), "B"))
OF_NEWBORN = (False, True, True)


@pytest.mark.requirement("BEN-25")
@pytest.mark.article("GX2017 §76")
@pytest.mark.parametrize(
    ("mode", "cost", "paid"),
    [("fixed", 3000, 800), ("fixed", 500, 500), ("ratio", 3000, 2610), ("ratio", 100, 0)],
    ids=["定额", "定额不超过费用", "按比例", "按比例未到起付线"],
)
def test_maternity_is_paid_as_the_mode_says(mode, cost, paid):
    package = tset().draft({"parameters/maternity.mode/value": mode})
    assert settled(visit("maternity", level=1), bill(cost), package=package).basic_fen == yuan(paid)


@pytest.mark.requirement("BEN-25")
@pytest.mark.parametrize("package", [guangxi(), jilin(), qinan()], ids=["广西", "吉林", "秦安"])
def test_a_region_switches_to_a_fixed_amount_by_two_values(package):
    by_ratio = settled(visit("maternity", level=2), bill(3000), package=package)
    assert by_ratio.deductible_fen > 0
    undecided = package.draft({"parameters/maternity.mode/value": "fixed"})
    with pytest.raises(MissingParameter, match=r"maternity\.fixed"):
        engine.adjudicate(undecided, visit("maternity", level=2), bill(3000), {})
    fixed = package.draft({"parameters/maternity.mode/value": "fixed", "parameters/maternity.fixed/value": "800"})
    outcome = settled(visit("maternity", level=2), bill(3000), package=fixed)
    assert (outcome.basic_fen, outcome.deductible_fen, outcome.cash_fen) == (yuan(800), 0, yuan(2200))
    assert settled(visit(level=2), bill(3000), package=fixed).basic_fen == by_ratio.basic_fen


@pytest.mark.requirement("BEN-25")
@pytest.mark.article("GX2017 §80")
def test_a_newborns_costs_are_the_newborns_own():
    package = tset().draft({"parameters/maternity.mode/value": "ratio"})
    mother = engine.rate_lines(package, visits.maternity_lines(package, LINES, OF_NEWBORN))
    assert (mother.sums.in_scope_fen, mother.sums.own_expense_fen) == (yuan(3000), yuan(500))
    assert mother.refused() == {"BEN-25": yuan(500)}
    newborn = engine.rate_lines(package, visits.newborn_lines(package, LINES, OF_NEWBORN))
    assert newborn.sums == engine.ClassSums(0, 0, yuan(5), yuan(495))
    assert settled(visit("maternity", level=1), mother.sums, package=package).basic_fen == yuan(2610)
    assert settled(visit(level=1), newborn.sums, package=package).basic_fen == yuan("355.50")


@pytest.mark.requirement("BEN-25")
def test_where_the_area_says_so_they_count_as_the_mothers():
    package = tset().draft({"parameters/maternity.mode/value": "ratio", "parameters/newborn.with_mother/value": "yes"})
    mother = engine.rate_lines(package, visits.maternity_lines(package, LINES, OF_NEWBORN))
    assert (mother.sums.in_scope_fen, mother.reasons) == (yuan(3495), {})
    assert visits.newborn_lines(package, LINES, OF_NEWBORN) == []
    assert settled(visit("maternity", level=1), mother.sums, package=package).basic_fen == yuan("3055.50")


@pytest.mark.requirement("BEN-25")
def test_a_line_refused_for_another_reason_keeps_it():
    refused = LineFacts(yuan(10), "A", denied="DOC-06")
    assert visits.maternity_lines(tset(), [refused], [True])[0][7] == "DOC-06"
