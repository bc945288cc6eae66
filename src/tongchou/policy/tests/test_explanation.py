"""Every amount can be explained and recomputed (BEN-40)."""

import json
from datetime import date

import msgspec
import pytest

from tongchou.policy import engine
from tongchou.policy.explain import MOST_CHARACTERS
from tongchou.policy.facts import ClassSums, Facts, TraceStep
from tongchou.policy.packages import Package, PolicyBook
from tongchou.policy.tests.support import TSET_FILE, bill, guangxi, settled, tset, visit, yuan


@pytest.mark.requirement("BEN-40")
def test_a_settlement_of_2018_recomputed_in_2020_is_identical():
    """The receipt holds package hash, facts, sums and accumulators; nothing else is needed."""
    facts, sums, state = visit(level=2, groups={"poor"}), bill(87000, pre="33.33"), {"pool_paid": 123}
    settled_then = engine.adjudicate(tset(), facts, sums, state, trace=True)
    receipt = msgspec.json.encode({"package": tset().hash, "facts": facts, "sums": sums, "state": state})
    told_then = settled_then.trace.steps

    kept = json.loads(receipt)
    later = Package.read(TSET_FILE).draft(
        {
            "package/valid_from": "2020-01-01",
            "parameters/ratio.inpatient/values": {"home": "50", "away_filed": "50", "away_unfiled": "50"},
        }
    )
    book = PolicyBook.of([Package.read(TSET_FILE), later])
    assert book.package("test", "resident", on=date(2020, 6, 1)) is later
    recomputed = engine.adjudicate(
        book.by_hash(kept["package"]),
        msgspec.convert(kept["facts"], Facts),
        msgspec.convert(kept["sums"], ClassSums),
        kept["state"],
        trace=True,
    )
    assert recomputed.receipt() == settled_then.receipt()
    assert recomputed.trace.steps == told_then


@pytest.mark.requirement("BEN-40")
@pytest.mark.article("GX2017 §86")
def test_each_step_names_amount_operands_article_parameter_and_package():
    outcome = settled(visit(level=2), bill(8700, own=1000, pre=300))
    steps = {step.label: step for step in outcome.trace}
    share = steps["统筹基金应付"]
    assert share.amount_fen == yuan(6225)
    assert share.formula == "起付线以上费用 8,300.00 × 住院报销比例 75%"
    assert [(operand.label, operand.value) for operand in share.operands] == [
        ("起付线以上费用", yuan(8300)),
        ("住院报销比例", 750_000),
    ]
    assert share.article == "GX2017 §87"
    (use,) = share.parameters
    assert (use.key, use.text, use.source, use.confidence) == ("ratio.inpatient.home.L2", "75%", "T-SET 住院", "R")
    assert share.package == tset().hash
    assert steps["统筹基金支付"].formula == "统筹基金应付 6,225.00,未超过统筹基金年度封顶线剩余额度 150,000.00"
    assert steps["起付线"].formula == "政策范围内费用 8,700.00,以住院起付线 400.00为限"


@pytest.mark.requirement("BEN-40")
def test_each_step_can_be_recalculated_from_its_operands():
    outcome = settled(visit(level=3, groups={"poor", "dibao"}), bill(260000, own=3, over=2, pre=1))
    compute = {
        "sum": lambda values: sum(values),
        "less": lambda values: values[0] - sum(values[1:]),
        "least": min,
        "share": lambda values: (values[0] * values[1] + 500_000) // 1_000_000,
    }
    checked = [step for step in outcome.trace if step.operation in compute]
    assert len(checked) > 15
    for step in checked:
        assert compute[step.operation]([operand.value for operand in step.operands]) == step.amount_fen, step.label


def test_a_patient_reads_what_was_paid_and_why():
    outcome = settled(visit(level=3, referral="unreferred", groups={"dibao", "tekun"}), bill(60000, own=10))
    tree = engine.explain(outcome)
    assert [child.label for child in tree.children] == [
        "费用构成",
        "统筹基金支付",
        "大病保险支付",
        "医疗救助支付",
        "基金支付总额",
        "个人负担总额",
        "个人现金支付",
    ]
    assert tree.amount == "60,010.00"
    text = tree.text()
    assert "应转诊未转诊降低比例:降低10个百分点(QA2018 五(三))" in text
    assert "取最优惠的一项,大病保险(一般人员)各项标准均不更优惠" in text
    assert "未采用" not in text


def test_a_reviewer_reads_every_step_with_its_parameters_and_assumptions():
    outcome = settled(visit(level=3, referral="unreferred", groups={"tekun"}), bill(60000))
    text = engine.explain(outcome, "reviewer").text()
    assert "其中 unreferred.mode 为假定值" in text
    assert "超限价自费 0.00元" in text

    def packages(part):
        yield from [part.package] if part.package else []
        for child in part.children:
            yield from packages(child)

    assert set(packages(engine.explain(outcome, "reviewer"))) == {tset().hash}


def test_a_reviewer_sees_a_rule_that_pays_less_in_this_bill_alone():
    """A higher threshold with a higher ratio is better for some bills and worse for others: both are computed."""
    package = tset().draft({"parameters/serious.threshold.poor/value": "12000"})
    outcome = settled(visit(level=3, groups={"tekun"}), bill(60000), package=package)
    text = engine.explain(outcome, "reviewer").text()
    assert "大病保险(困难群众) 8,112.00" in text
    assert "未采用" in text
    assert "未采用" not in engine.explain(outcome).text()


def test_an_excluded_bill_says_why():
    text = engine.explain(settled(visit("体检"), bill(300))).text()
    assert "不予支付 300.00元:全自费 300.00,不在报销范围:体检(BEN-11)" in text


def test_steps_do_for_an_explanation_as_well_as_the_outcome():
    outcome = settled(visit(level=2), bill(8700))
    steps: list[TraceStep] = outcome.trace.steps
    assert engine.explain(steps) == engine.explain(outcome)


def test_an_outcome_without_trace_cannot_be_explained():
    with pytest.raises(ValueError, match="without trace"):
        engine.explain(engine.adjudicate(tset(), visit(), bill(100), {}))


def test_a_trace_reads_like_a_list():
    trace = settled(visit(level=2), bill(8700)).trace
    assert trace[0].label == "医疗费总额"
    assert trace[-1].label == "个人现金支付"
    assert len(trace) == len(list(trace)) == len(trace[:])
    assert len(trace.values) >= len(trace)


@pytest.mark.parametrize("package", [tset(), guangxi()], ids=["T-SET", "广西"])
def test_the_process_fits_the_wire_field(package):
    outcome = settled(
        visit(level=3, groups={"dibao", "tekun", "poor"}, account_balance_fen=100, project_fen=100),
        bill(9_999_999, own=1_000_000, over=1, pre=1),
        {},
        package,
    )
    told = engine.process_info(outcome)
    assert len(told) <= MOST_CHARACTERS
    rows = {row["名称"]: row["金额"] for row in json.loads(told)}
    assert rows["统筹基金支付"] == f"{outcome.basic_fen / 100:.2f}"


def test_a_process_that_is_too_long_keeps_the_amounts(monkeypatch):
    outcome = settled(visit(level=3, groups={"dibao"}), bill(60000))
    for most in (900, 500, 300):
        monkeypatch.setattr("tongchou.policy.explain.MOST_CHARACTERS", most)
        told = engine.process_info(outcome)
        assert len(told) <= most
        assert {row["名称"] for row in json.loads(told)} >= {"统筹基金支付", "大病保险支付", "医疗救助支付"}


def test_what_is_assumed_is_marked_in_the_parameters():
    value = guangxi().parameter("ratio.chronic.L2")
    assert value.source.assumption
    assert value.text == "70%"
    assert not guangxi().parameter("ratio.inpatient.L2").source.assumption
