"""What the loader proves of a package, and says (BEN-44): orders of values, and the summary of the proof."""

import json

import pytest

from tongchou.policy.errors import PackageRefused
from tongchou.policy.findings import Fault
from tongchou.policy.loading import proof
from tongchou.policy.tests.support import beijing, book, guangxi, tset

DEDUCTIBLE = "parameters/deductible.inpatient/values"
RATIO = "parameters/ratio.inpatient/values"


def refusal(package, changes):
    with pytest.raises(PackageRefused) as refused:
        package.draft(changes)
    return refused.value.findings


@pytest.mark.requirement("BEN-44")
def test_a_deductible_that_falls_with_the_level_is_told_with_both_values():
    (finding,) = refusal(guangxi(), {f"{DEDUCTIBLE}/L2": {"N1": "700", "later": "200"}})
    assert finding.fault is Fault.NOT_MONOTONE
    assert finding.reason == ("deductible.inpatient.L3.N1(600.00元)不应低于deductible.inpatient.L2.N1(700.00元)")


@pytest.mark.requirement("BEN-44")
def test_equal_values_and_open_ones_break_no_order():
    guangxi().draft({f"{DEDUCTIBLE}/L2": {"N1": "600", "later": "300"}})
    tset().draft({f"{DEDUCTIBLE}/home": {"L1": "100", "L2": "undefined", "L3": "800"}})


@pytest.mark.requirement("BEN-44")
def test_an_order_holds_past_a_value_that_is_open():
    (finding,) = refusal(tset(), {f"{DEDUCTIBLE}/home": {"L1": "900", "L2": "undefined", "L3": "800"}})
    assert "deductible.inpatient.home.L3" in finding.reason


@pytest.mark.requirement("BEN-44")
def test_bands_are_compared_over_their_whole_length():
    """Level 2 better than level 1 above 40,000 only."""
    better = [{"until": "30000", "ratio": "87"}, {"until": "40000", "ratio": "92"}, {"ratio": "98"}]
    findings = refusal(beijing(), {f"{RATIO}/working/L2": better})
    assert {finding.fault for finding in findings} == {Fault.NOT_MONOTONE}
    assert "ratio.inpatient.working.L2" in findings[0].reason


@pytest.mark.requirement("BEN-44")
def test_segments_declared_to_rise_do():
    falling = [{"until": "30000", "ratio": "85"}, {"until": "40000", "ratio": "80"}, {"ratio": "85"}]
    assert Fault.NOT_MONOTONE in {finding.fault for finding in refusal(beijing(), {f"{RATIO}/working/L3": falling})}


@pytest.mark.requirement("BEN-44")
@pytest.mark.parametrize("package", book().packages, ids=lambda package: package.label)
def test_every_package_of_the_house_declares_its_orders_and_says_what_is_proven(package):
    told = proof.proven(package.definition)
    assert told.startswith("已证明:取值完整、无重叠、比例在0–100%、分段界限上升、声明的升降 ")
    assert package.definition.parameters["deductible.inpatient"].rises_with or package.area == "110000"


PARTS = ("documents", "parameters", "accumulators", "sub_funds", "levels", "kinds", "groups", "categories")


@pytest.mark.requirement("BEN-44", "BEN-01")
@pytest.mark.parametrize("package", book().packages, ids=lambda package: package.label)
def test_nothing_can_be_taken_out_of_a_package_unnoticed(package):
    """Every document, parameter, accumulator, sub-fund, level, kind, group and category is needed, whichever it is."""
    plain = json.loads(package.text)
    for part in PARTS:
        for name in plain.get(part, {}):
            findings = refusal(package, {f"{part}/{name}": None})
            assert any(name in f"{finding.key} {finding.reason}" for finding in findings), (part, name, findings)


@pytest.mark.requirement("BEN-44", "BEN-01")
@pytest.mark.parametrize("package", book().packages, ids=lambda package: package.label)
def test_no_basic_rule_can_be_taken_out_unnoticed(package):
    place, layer = next(
        (n, each) for n, each in enumerate(json.loads(package.text)["layers"], 1) if each["layer"] == "basic"
    )
    for rule in layer["rules"]:
        rest = [other for other in layer["rules"] if other is not rule]
        faults = {finding.fault for finding in refusal(package, {f"layers/[{place}]/rules": rest})}
        assert faults & {Fault.GAP, Fault.UNUSED, Fault.MISSING_KEY, Fault.WRONG_SHAPE}, (rule["rule"], faults)
