"""The layers after the basic one: acceptance examples on T-SET (BEN-27, 28, 29, 34, 35)."""

import json

import pytest

from tongchou.policy.packages import Package
from tongchou.policy.tests.support import bill, guangxi, settled, tset, visit, yuan


@pytest.mark.requirement("BEN-27")
@pytest.mark.article("GX2017 §70")
def test_serious_illness_pays_on_the_own_cost_of_the_year_above_the_threshold():
    package = tset().draft({"parameters/ratio.inpatient/values": {"home": "0", "away_filed": "0", "away_unfiled": "0"}})
    outcome = settled(visit(level=3), bill(6000), {"serious_own": yuan(8000)}, package)
    assert outcome.serious_illness_fen == yuan("2400.00")
    assert outcome.deltas["serious_own"] == yuan(6000)
    base = next(step for step in outcome.trace if step.layer == "serious_illness" and step.label == "起付线以上费用")
    assert base.amount_fen == yuan(4000)


@pytest.mark.requirement("BEN-27")
@pytest.mark.parametrize(
    ("earlier", "own", "paid"),
    [
        (0, 10000, "0.00"),
        (0, 10001, "0.60"),
        (10000, 60000, "37000.00"),
        (60000, 10000, "7000.00"),
        (55000, 60000, "42000.00"),
        (200000, 1000, "800.00"),
    ],
    ids=["未到起付", "起付以上一元", "跨第一段", "第二段内", "跨两段", "最高段"],
)
def test_serious_illness_goes_up_by_segments_above_the_threshold(earlier, own, paid):
    nothing = {"home": "0", "away_filed": "0", "away_unfiled": "0"}
    package = tset().draft(
        {"parameters/ratio.inpatient/values": nothing, "parameters/deductible.inpatient/values": nothing}
    )
    outcome = settled(visit(level=3), bill(own), {"serious_own": yuan(earlier)}, package)
    assert outcome.serious_illness_fen == yuan(paid)


@pytest.mark.requirement("BEN-27")
@pytest.mark.parametrize(("included", "base", "paid"), [("yes", 10000, 8000), ("no", 1000, 800)])
def test_cost_over_the_cap_counts_for_serious_illness_as_the_area_says(included, base, paid):
    package = tset().draft({"parameters/serious.over_cap_included/value": included, "parameters/cap.pool/value": "0"})
    outcome = settled(visit(level=1, referral="down"), bill(10000), {"serious_own": yuan(110000)}, package)
    assert (outcome.basic_fen, outcome.over_cap_fen) == (0, yuan(9000))
    assert outcome.deltas["serious_own"] == yuan(base)
    assert outcome.serious_illness_fen == yuan(paid)


@pytest.mark.requirement("BEN-28")
@pytest.mark.article("GX2017 §128")
def test_one_stop_settlement_takes_the_layers_in_order():
    outcome = settled(visit(level=3, referral="up", groups={"dibao"}), bill(60000))
    assert outcome.basic_fen == yuan("35520.00")
    assert outcome.serious_illness_fen == yuan("12662.00")
    assert outcome.medical_assistance_fen == yuan("8272.60")
    assert outcome.cash_fen == yuan("3545.40")
    assert sum(outcome.layers) + outcome.cash_fen == yuan("60000.00")
    assert outcome.layers.supplementary == outcome.layers.mutual_aid == outcome.layers.account == 0


@pytest.mark.requirement("BEN-28")
@pytest.mark.article("GX2017 §128")
def test_guangxi_pays_the_supplementary_cover_before_assistance():
    outcome = settled(visit(level=3, groups={"dibao"}), bill(60000), {}, guangxi())
    rest = yuan(60000) - outcome.basic_fen - outcome.serious_illness_fen
    assert outcome.supplementary_fen == rest // 2
    assert outcome.medical_assistance_fen == (rest - rest // 2) * 7 // 10
    order = list(dict.fromkeys(step.layer for step in outcome.trace if step.layer))
    assert order == ["basic", "serious_illness", "supplementary", "medical_assistance"]


@pytest.mark.requirement("BEN-29")
@pytest.mark.article("QA2018 五(二)")
def test_a_destitute_person_bears_nothing():
    outcome = settled(visit(level=3, referral="up", groups={"tekun"}), bill(60000))
    assert outcome.medical_assistance_fen == yuan("11818.00")
    assert outcome.cash_fen == 0


@pytest.mark.requirement("BEN-29")
@pytest.mark.article("GX2017 §8")
def test_of_several_groups_the_most_favourable_counts_in_each_layer():
    both = settled(visit(level=3, groups={"dibao", "tekun"}), bill(60000))
    best = settled(visit(level=3, groups={"tekun"}), bill(60000))
    assert both.layers == best.layers
    assert both.deltas == best.deltas
    words = [step.words for step in both.trace if step.rule in ("大病保险", "医疗救助")]
    assert words == [
        "取最优惠的一项,大病保险(一般人员)各项标准均不更优惠",
        "取最优惠的一项,低保对象医疗救助各项标准均不更优惠",
    ]


@pytest.mark.requirement("BEN-29")
@pytest.mark.parametrize(("yuan_in_scope", "taken"), [(40_000, "大病保险(一般人员)"), (120_000, "大病保险(困难群众)")])
def test_where_neither_rule_is_better_in_all_the_bill_decides(yuan_in_scope, taken):
    """A higher threshold with a higher ratio: the threshold decides of a small bill, the ratio of a large one."""
    package = tset().draft({"parameters/serious.threshold.poor/value": "11000"})
    outcome = settled(visit(level=3, groups={"poor"}), bill(yuan_in_scope), package=package)
    chosen = [step.rule for step in outcome.trace if step.layer == "serious_illness" and step.counted]
    assert taken in chosen
    assert any(not step.counted for step in outcome.trace)


@pytest.mark.requirement("BEN-29")
@pytest.mark.article("GX2017 §8")
@pytest.mark.parametrize(("priority", "assistance"), [("most_favourable", "11818.00"), ("listed", "8272.60")])
def test_of_several_groups_the_area_says_whether_the_best_or_the_first_listed_counts(priority, assistance):
    """The package lists 低保 (70 %) before 特困 (100 %); who is in no listed group has the general rule."""
    package = tset().draft({"parameters/group.priority/value": priority})
    outcome = settled(visit(level=3, referral="up", groups={"dibao", "tekun"}), bill(60000), package=package)
    assert outcome.medical_assistance_fen == yuan(assistance)
    assert outcome.serious_illness_fen == yuan("12662.00")
    nobody = settled(visit(level=3), bill(60000), package=package)
    assert nobody.receipt() == settled(visit(level=3), bill(60000)).receipt()
    only = settled(visit(level=3, groups={"tekun"}), bill(60000), package=package)
    assert only.receipt() == settled(visit(level=3, groups={"tekun"}), bill(60000)).receipt()


@pytest.mark.requirement("BEN-28")
def test_the_order_of_the_layers_is_the_order_of_the_file():
    """`onestop.order`: assistance before serious illness takes 70 % of the rest, serious illness what is left."""
    layers = ("layers/[3]", "layers/[4]")
    plain = json.loads(tset().text)["layers"]
    package = tset().draft(dict(zip(layers, (plain[3], plain[2]), strict=True)))
    outcome = settled(visit(level=3, referral="up", groups={"dibao"}), bill(60000), package=package)
    assert outcome.medical_assistance_fen == yuan("17136.00")
    assert outcome.serious_illness_fen == yuan("1523.60")
    order = list(dict.fromkeys(step.layer for step in outcome.trace if step.layer))
    assert order == ["basic", "medical_assistance", "serious_illness"]


@pytest.mark.requirement("BEN-29")
def test_groups_unknown_to_the_package_change_nothing():
    known = settled(visit(level=3, groups={"dibao"}), bill(60000))
    more = settled(visit(level=3, groups={"dibao", "student"}), bill(60000))
    assert known.receipt() == more.receipt()


@pytest.mark.requirement("BEN-34")
@pytest.mark.article("NM-ACCT §12")
def test_the_account_pays_the_in_scope_own_part_only():
    facts = visit(level=2, account_balance_fen=yuan(500))
    outcome = settled(facts, bill(8700, own=1000, pre=300))
    assert (outcome.account_fen, outcome.cash_fen) == (yuan(500), yuan(3275))
    rich = settled(visit(level=2, account_balance_fen=yuan(9000)), bill(8700, own=1000, pre=300))
    assert (rich.account_fen, rich.cash_fen) == (yuan(2475), yuan(1300))
    kept = settled(visit(level=2, account_balance_fen=yuan(500), use_account=False), bill(8700, own=1000, pre=300))
    assert (kept.account_fen, kept.cash_fen) == (0, yuan(3775))


def with_mutual_aid() -> Package:
    layers = tset().definition.layers
    assert layers[2].label == "大病保险"
    return tset().draft(
        {
            "sub_funds/mutual_aid": "大额医疗费用互助资金",
            "accumulators/mutual_aid_paid": {"label": "大额互助年度累计支付", "scope": "year", "measure": "paid"},
            "parameters/mutual.ratio": {
                "label": "大额互助比例",
                "unit": "percent",
                "value": "70",
                "source": "T-SET 大额互助",
                "confidence": "R",
            },
            "parameters/mutual.cap": {
                "label": "大额互助年度限额",
                "unit": "yuan",
                "value": "100000",
                "source": "T-SET 大额互助",
                "confidence": "R",
            },
            "layers/[3]": {
                "layer": "mutual_aid",
                "label": "大额医疗费用互助",
                "rules": [
                    {
                        "rule": "mutual",
                        "label": "大额互助",
                        "article": "T-SET 大额互助",
                        "base": ["over_cap"],
                        "pays": "ratio",
                        "ratio": "mutual.ratio",
                        "sub_fund": "mutual_aid",
                        "caps": [{"limit": "mutual.cap", "accumulator": "mutual_aid_paid"}],
                    }
                ],
            },
        }
        | dict.fromkeys(
            (
                "parameters/serious.threshold",
                "parameters/serious.threshold.poor",
                "parameters/serious.ratio",
                "parameters/serious.points.poor",
                "parameters/serious.over_cap_included",
                "accumulators/serious_own",
                "accumulators/serious_paid",
                "sub_funds/serious_illness",
            )
        )
    )


@pytest.mark.requirement("BEN-35")
@pytest.mark.article("BJ-FUND §7")
def test_large_cost_mutual_aid_is_one_more_layer_over_the_cap():
    state = {"pool_paid": yuan(150000)}
    outcome = settled(visit(level=1, referral="down"), bill("11111.11"), state, with_mutual_aid())
    assert outcome.over_cap_fen == yuan("10000.00")
    assert outcome.mutual_aid_fen == yuan("7000.00")
    assert outcome.deltas["mutual_aid_paid"] == yuan("7000.00")
    assert outcome.cash_fen == yuan("4111.11")
