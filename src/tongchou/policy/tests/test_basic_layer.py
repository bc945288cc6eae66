"""The basic layer: acceptance examples on T-SET (BEN-01, 11, 15–25, 32, 37, 41, 43)."""

import pytest

from tongchou.policy import engine
from tongchou.policy.errors import MissingParameter, NegativeAmount, UnknownFact
from tongchou.policy.tests.support import bill, guangxi, inner_mongolia, jiangsu, settled, tset, visit, worker, yuan


@pytest.mark.requirement("BEN-01")
@pytest.mark.article("GX2017 §87")
def test_a_missing_parameter_is_an_error_that_names_the_key():
    with pytest.raises(MissingParameter, match=r"^缺参数 ratio\.homebed\.L3$") as refused:
        engine.adjudicate(tset(), visit("home_bed", level=3), bill(100), {})
    assert refused.value.key == "ratio.homebed.L3"
    assert refused.value.code == "PO-0002"


@pytest.mark.requirement("BEN-01")
def test_a_level_nobody_declared_is_missing_and_not_zero():
    with pytest.raises(MissingParameter, match=r"deductible\.inpatient\.home\.L9"):
        engine.adjudicate(tset(), visit(level=9), bill(100), {})
    with pytest.raises(MissingParameter, match="未给出"):
        engine.adjudicate(tset(), visit(level=None), bill(100), {})


@pytest.mark.requirement("BEN-01")
def test_what_the_text_leaves_open_is_missing_and_not_guessed():
    with pytest.raises(MissingParameter, match=r"deductible\.inpatient\.away_unfiled"):
        engine.adjudicate(tset(), visit(level=3, place="away_unfiled"), bill(100), {})


def test_a_fact_outside_its_range_is_refused():
    with pytest.raises(UnknownFact, match="就医地点"):
        engine.adjudicate(tset(), visit(place="moon"), bill(100), {})
    with pytest.raises(UnknownFact, match="转诊情形"):
        engine.adjudicate(tset(), visit(referral="sideways"), bill(100), {})
    with pytest.raises(UnknownFact, match="险种"):
        engine.adjudicate(tset(), visit(scheme="employee"), bill(100), {})


@pytest.mark.requirement("BEN-11")
@pytest.mark.article("GX2017 §76")
def test_a_kind_not_listed_gets_nothing():
    outcome = settled(visit("体检"), bill(300))
    assert outcome.fund_total_fen == 0
    assert outcome.cash_fen == outcome.own_expense_fen == yuan(300)
    assert outcome.reason == "不在报销范围:体检"
    assert outcome.deltas == {}


@pytest.mark.requirement("BEN-15")
@pytest.mark.article("GX2017 §87")
def test_the_deductible_comes_first_then_the_ratio():
    outcome = settled(visit(level=2), bill(8700, own=1000, pre=300))
    assert outcome.basic_fen == yuan("6225.00")
    assert outcome.deductible_fen == yuan(400)
    assert outcome.in_scope_fen - outcome.fund_total_fen == yuan("2475.00")
    assert outcome.person_share_fen == outcome.cash_fen == yuan("3775.00")
    assert outcome.ratio_ppm == 750_000


@pytest.mark.requirement("BEN-15")
def test_a_bill_below_the_deductible_is_the_persons():
    outcome = settled(visit(level=2), bill("399.99"))
    assert (outcome.basic_fen, outcome.deductible_fen, outcome.cash_fen) == (0, yuan("399.99"), yuan("399.99"))


@pytest.mark.requirement("BEN-15")
@pytest.mark.parametrize(("state", "deductible"), [({}, 300), ({"stays": 1}, 200), ({"stays": 4}, 200)])
def test_the_nth_stay_of_a_year_has_its_own_deductible(state, deductible):
    assert settled(visit(level=2), bill(5000), state, guangxi()).deductible_fen == yuan(deductible)


def test_a_stay_number_that_is_given_wins_over_the_count():
    assert settled(visit(level=2, stay_number=2), bill(5000), {}, guangxi()).deductible_fen == yuan(200)


@pytest.mark.requirement("BEN-16")
@pytest.mark.article("QA2018 五(三)")
@pytest.mark.parametrize(("referral", "paid"), [("down", "2700.00"), ("none", "2610.00")])
def test_a_step_down_referral_waives_the_deductible(referral, paid):
    assert settled(visit(level=1, referral=referral), bill(3000)).basic_fen == yuan(paid)


@pytest.mark.requirement("BEN-16")
def test_the_waiver_is_a_switch_of_the_area():
    without = tset().draft({"parameters/down_referral.waive_deductible/value": "no"})
    assert settled(visit(level=1, referral="down"), bill(3000), package=without).basic_fen == yuan("2610.00")


@pytest.mark.requirement("BEN-17")
@pytest.mark.article("QA2018 二(三)")
def test_project_money_goes_first_and_lowers_the_base():
    outcome = settled(visit(level=1, project_fen=yuan(1000)), bill(3000))
    assert outcome.project_fen == yuan(1000)
    assert outcome.basic_fen == yuan("1710.00")
    assert outcome.cash_fen == yuan("290.00")


@pytest.mark.requirement("BEN-17")
def test_where_projects_do_not_go_first_their_money_lowers_no_base():
    package = tset().draft({"parameters/project.first/value": "no"})
    outcome = settled(visit(level=1, project_fen=yuan(1000)), bill(3000), package=package)
    assert (outcome.project_fen, outcome.basic_fen) == (0, yuan("2610.00"))


def test_project_money_never_exceeds_the_bill():
    outcome = settled(visit(level=1, project_fen=yuan(5000)), bill(3000, own=200))
    assert (outcome.project_fen, outcome.basic_fen, outcome.cash_fen) == (yuan(3200), 0, 0)


@pytest.mark.requirement("BEN-18")
def test_ratios_by_cost_segments_add_up():
    segments = [{"until": "5000", "ratio": "60"}, {"ratio": "70"}]
    package = tset().draft(
        {
            "parameters/ratio.inpatient/unit": "bands",
            "parameters/ratio.inpatient/values": {
                "home": segments,
                "away_filed": segments,
                "away_unfiled": "undefined",
            },
        }
    )
    outcome = settled(visit(level=3), bill(8700), package=package)
    assert outcome.basic_fen == yuan("5030.00")
    assert outcome.ratio_ppm == 636_709
    assert [step.amount_fen for step in outcome.trace if step.label.startswith("第")] == [yuan(3000), yuan(2030)]


@pytest.mark.requirement("BEN-18")
def test_segments_may_run_over_the_year():
    """Inner Mongolia: 8,000 above the deductible were settled before; of 5,000 more 2,000 are in the first segment."""
    state = {"stays": 1, "pool_base": yuan(8000), "pool_paid": yuan(6800)}
    outcome = settled(worker(level=2), bill(5250), state, inner_mongolia())
    assert outcome.basic_fen == yuan(2000 * 85 // 100 + 3000 * 88 // 100)
    assert outcome.deltas["pool_base"] == yuan(5000)


@pytest.mark.requirement("BEN-18")
@pytest.mark.parametrize(("category", "ratio"), [("working", 920_000), ("retired", 950_000)])
def test_a_ratio_may_depend_on_the_category_of_the_person(category, ratio):
    outcome = settled(worker(level=2, category=category), bill(1500), package=jiangsu())
    assert outcome.ratio_ppm == ratio


@pytest.mark.requirement("BEN-01")
def test_a_category_that_is_not_given_is_missing_and_not_guessed():
    with pytest.raises(MissingParameter, match=r"ratio\.inpatient\.home\.未给出"):
        engine.adjudicate(jiangsu(), worker(level=2, category=None), bill(1500), {})


@pytest.mark.requirement("BEN-18")
def test_points_never_lift_a_ratio_over_the_whole_cost_nor_under_nothing():
    generous = tset().draft({"parameters/serious.points.poor/value": "90"})
    outcome = settled(visit(level=3, groups={"poor"}), bill(60000), package=generous)
    assert outcome.serious_illness_fen == yuan(24480 - 5000)
    harsh = tset().draft({"parameters/unreferred.cut/value": "95"})
    assert settled(visit(level=3, referral="unreferred"), bill(8700), package=harsh).basic_fen == 0


@pytest.mark.requirement("BEN-19")
@pytest.mark.article("GX2017 §73")
@pytest.mark.parametrize(("mode", "deductible"), [("difference", 400), ("full", 800), ("none", 0)])
def test_a_linked_stay_bears_the_deductible_that_the_area_says(mode, deductible):
    package = tset().draft({"parameters/deductible.transfer_mode/value": mode})
    facts = visit(level=3, referral="up", linked_deductible_fen=yuan(400))
    assert settled(facts, bill(8700), package=package).deductible_fen == yuan(deductible)


def test_a_linked_stay_at_a_lower_level_never_gives_a_deductible_back():
    facts = visit(level=1, linked_deductible_fen=yuan(800))
    assert settled(facts, bill(1000)).deductible_fen == 0


@pytest.mark.requirement("BEN-20")
@pytest.mark.article("QA2018 五(三)")
@pytest.mark.parametrize(
    ("mode", "facts", "paid"),
    [
        ("points", {"referral": "up"}, "4740.00"),
        ("points", {"referral": "unreferred"}, "3950.00"),
        ("relative", {"referral": "unreferred"}, "4266.00"),
        ("points", {"referral": "unreferred", "emergency": True}, "4740.00"),
    ],
    ids=["已转诊", "降低10个百分点", "降低原比例的10%", "急诊不降"],
)
def test_care_without_the_due_referral_is_paid_at_a_lower_ratio(mode, facts, paid):
    package = tset().draft({"parameters/unreferred.mode/value": mode})
    assert settled(visit(level=3, **facts), bill(8700), package=package).basic_fen == yuan(paid)


@pytest.mark.requirement("BEN-21")
@pytest.mark.article("GX2017 §87")
def test_what_exceeds_the_cap_of_the_year_is_the_persons():
    outcome = settled(visit(level=2), bill(8700), {"pool_paid": yuan(148000)})
    assert outcome.basic_fen == yuan("2000.00")
    assert outcome.over_cap_fen == yuan("4225.00")
    assert outcome.deltas["pool_paid"] == yuan("2000.00")


@pytest.mark.requirement("BEN-21")
@pytest.mark.parametrize(
    ("used", "paid", "over"),
    [
        ("143775.00", "6225.00", "0.00"),
        ("143775.01", "6224.99", "0.01"),
        ("150000.00", "0.00", "6225.00"),
        ("150000.01", "0.00", "6225.00"),
    ],
    ids=["恰好到顶", "超出一分", "已用尽", "早已超出"],
)
def test_a_cap_limits_to_the_fen(used, paid, over):
    outcome = settled(visit(level=2), bill(8700), {"pool_paid": yuan(used)})
    assert (outcome.basic_fen, outcome.over_cap_fen) == (yuan(paid), yuan(over))


@pytest.mark.requirement("BEN-21")
@pytest.mark.article("GX2017 §71")
def test_a_reversal_gives_the_room_back():
    before = {"pool_paid": yuan(148000)}
    outcome = settled(visit(level=2), bill(8700), before)
    after = engine.added(before, outcome.deltas)
    assert after["pool_paid"] == yuan(150000)
    assert engine.subtracted(after, outcome.deltas) == before


@pytest.mark.requirement("BEN-22")
@pytest.mark.article("GX2017 §66")
def test_a_chronic_disease_has_its_own_deductible_and_ratio():
    first = settled(visit("chronic", disease="高血压"), bill(500))
    assert first.basic_fen == yuan("210.00")
    assert first.deltas["chronic_deductible@高血压"] == yuan(200)
    second = settled(visit("chronic", disease="高血压"), bill(500), engine.added({}, first.deltas))
    assert second.basic_fen == yuan("350.00")


@pytest.mark.requirement("BEN-22")
def test_a_chronic_disease_is_capped_for_itself():
    state = {"chronic_deductible@高血压": yuan(200), "chronic_paid@高血压": yuan(1900)}
    assert settled(visit("chronic", disease="高血压"), bill(500), state).basic_fen == yuan(100)


def test_a_disease_without_values_is_missing_by_name():
    with pytest.raises(MissingParameter, match=r"deductible\.chronic\.痛风"):
        engine.adjudicate(tset(), visit("chronic", disease="痛风"), bill(500), {})


@pytest.mark.requirement("BEN-23")
@pytest.mark.article("GX2017 §76")
def test_the_outpatient_pool_pays_up_to_its_yearly_limit():
    outcome = settled(visit("outpatient"), bill(100), {"outpatient_paid": yuan(280)})
    assert outcome.basic_fen == yuan("20.00")
    assert outcome.over_cap_fen == yuan("30.00")


@pytest.mark.requirement("BEN-23")
@pytest.mark.article("JL2019 §25")
def test_the_outpatient_pool_pays_at_the_chosen_institution_only():
    outcome = settled(visit("outpatient", designated=False), bill(100))
    assert (outcome.fund_total_fen, outcome.reason) == (0, "未在选定的门诊统筹定点机构就医")


@pytest.mark.requirement("BEN-23")
def test_a_limit_of_the_day_counts_that_day_only():
    village = visit("outpatient", level=0)
    first = settled(village, bill(100), {}, guangxi())
    assert first.basic_fen == yuan("70.00")
    state = engine.added({}, first.deltas)
    assert state["outpatient_day@2018-05-01"] == yuan(70)
    assert settled(village, bill(100), state, guangxi()).basic_fen == 0
    tomorrow = visit("outpatient", level=0, on=village.on.replace(day=2))
    assert settled(tomorrow, bill(100), state, guangxi()).basic_fen == yuan("70.00")


@pytest.mark.requirement("BEN-24")
@pytest.mark.article("QA2018 二(三)")
@pytest.mark.parametrize(
    ("facts", "sums", "funds"),
    [
        (visit("outpatient"), bill(100), [("outpatient_pool", "basic", "50.00")]),
        (visit(level=2), bill(8700), [("inpatient_pool", "basic", "6225.00")]),
        (
            visit(level=3, groups={"dibao"}, project_fen=yuan(100), account_balance_fen=yuan(10)),
            bill(60100),
            [
                ("project", "project", "100.00"),
                ("inpatient_pool", "basic", "35520.00"),
                ("serious_illness", "serious_illness", "12662.00"),
                ("medical_assistance", "medical_assistance", "8272.60"),
                ("account", "account", "10.00"),
            ],
        ),
    ],
    ids=["门诊统筹", "住院统筹", "一站式各层"],
)
def test_every_fund_amount_names_its_sub_fund(facts, sums, funds):
    expected = tuple((fund, layer, yuan(amount)) for fund, layer, amount in funds)
    assert settled(facts, sums).sub_funds == expected


@pytest.mark.requirement("BEN-25")
@pytest.mark.parametrize(("cost", "paid"), [(3000, 800), (500, 500)])
def test_maternity_may_be_paid_a_fixed_amount(cost, paid):
    assert settled(visit("maternity"), bill(cost)).basic_fen == yuan(paid)


@pytest.mark.requirement("BEN-32")
@pytest.mark.article("GX2017 §74")
def test_away_from_home_the_insured_places_ratio_is_used():
    outcome = settled(visit(level=3, place="away_filed"), bill(11000))
    assert (outcome.deductible_fen, outcome.basic_fen) == (yuan(1000), yuan("5500.00"))


@pytest.mark.parametrize(
    ("facts", "ratio"),
    [
        ({}, 600_000),
        ({"place": "away_filed"}, 600_000),
        ({"place": "away_filed", "referral": "up"}, 500_000),
        ({"place": "away_unfiled"}, 400_000),
        ({"place": "away_unfiled", "emergency": True}, 600_000),
        ({"level": 4}, 550_000),
    ],
    ids=["统筹地区内", "长期异地备案", "转诊备案", "未备案", "未备案急诊", "自治区三级"],
)
@pytest.mark.article("GX2017 §72")
def test_guangxi_lowers_the_ratio_by_points_away_from_home(facts, ratio):
    outcome = settled(visit(**({"level": 3} | facts)), bill(10000), {}, guangxi())
    assert outcome.ratio_ppm == ratio


@pytest.mark.requirement("BEN-37")
@pytest.mark.article("GX2017 §92")
@pytest.mark.parametrize("cost", [3000, 8000, 60000])
def test_of_a_disease_with_a_fixed_share_the_patient_pays_it_whatever_the_cost(cost):
    outcome = settled(visit(level=3, disease="阑尾炎", referral="unreferred"), bill(cost, own=500, over=20, pre=80))
    assert (outcome.cash_fen, outcome.basic_fen) == (yuan(1000), yuan(cost + 600 - 1000))
    assert outcome.deductible_fen == 0
    assert "按病种付费" in [step.rule for step in outcome.trace]


@pytest.mark.requirement("BEN-37", "BEN-21")
@pytest.mark.parametrize(("counts", "serious"), [("yes", 24000), ("no", 0)])
def test_over_the_cap_a_fixed_share_leaves_no_more_than_the_cost_in_scope(counts, serious):
    """The pool is used up: of 60,000, 50,000 in scope are left; (50,000 − 10,000) × 60 % where they count."""
    package = tset().draft({"parameters/serious.over_cap_included/value": counts})
    facts, state = visit(level=3, disease="阑尾炎"), {"pool_paid": yuan(150_000)}
    outcome = settled(facts, bill(50_000, own=10_000), state, package)
    assert (outcome.basic_fen, outcome.over_cap_fen) == (0, yuan(59_000))
    assert outcome.serious_illness_fen == yuan(serious)


@pytest.mark.requirement("BEN-37")
def test_a_cost_below_the_fixed_share_is_the_patients_and_other_diseases_go_by_ratio():
    assert settled(visit(level=2, disease="阑尾炎"), bill(800)).cash_fen == yuan(800)
    assert settled(visit(level=2, disease="肺炎"), bill(8700)).basic_fen == yuan(6225)


@pytest.mark.requirement("BEN-38")
@pytest.mark.article("JL2019 §31")
@pytest.mark.parametrize(
    ("third_party", "paid", "cash"),
    [(0, 6225, 3775), (2000, 4725, 5275), (8700, 0, 10000), (20000, 0, 10000)],
    ids=["无第三人", "部分", "政策范围内全部", "超过全部费用"],
)
def test_what_a_third_party_has_to_bear_is_no_base_of_any_fund(third_party, paid, cash):
    facts = visit(level=2, third_party_fen=yuan(third_party))
    outcome = settled(facts, bill(8700, own=1000, pre=300))
    assert (outcome.basic_fen, outcome.cash_fen) == (yuan(paid), yuan(cash))
    assert outcome.third_party_fen == min(yuan(third_party), yuan(10000))
    assert outcome.in_scope_fen == yuan(8700)


@pytest.mark.requirement("BEN-17", "BEN-38")
def test_project_money_pays_nothing_in_a_third_partys_stead():
    outcome = settled(visit(level=1, project_fen=yuan(3000), third_party_fen=yuan(500)), bill(2000))
    assert (outcome.third_party_fen, outcome.project_fen, outcome.cash_fen) == (yuan(500), yuan(1500), yuan(500))


@pytest.mark.requirement("BEN-37")
def test_a_fixed_own_part_leaves_the_rest_to_the_fund():
    package = tset().draft({"layers/[2]/rules/[6]/instead/[1]/pays": "fixed_share"})
    outcome = settled(visit("maternity"), bill(3000), package=package)
    assert (outcome.basic_fen, outcome.cash_fen) == (yuan(2200), yuan(800))


@pytest.mark.requirement("BEN-41")
@pytest.mark.parametrize("part", ["own_expense_fen", "over_ceiling_fen", "pre_self_pay_fen", "in_scope_fen"])
def test_a_negative_bill_is_not_settled(part):
    sums = {"own_expense_fen": 5, "over_ceiling_fen": 5, "pre_self_pay_fen": 5, "in_scope_fen": 5} | {part: -1}
    with pytest.raises(NegativeAmount, match=r"-0\.01元"):
        engine.adjudicate(tset(), visit(), engine.ClassSums(**sums), {})


def test_a_person_who_is_not_covered_bears_the_bill():
    outcome = settled(visit(level=2, covered=False), bill(8700, own=1000, pre=300))
    assert outcome.own_expense_fen == outcome.cash_fen == yuan(10000)
    assert (outcome.reason, outcome.deltas) == ("不享受待遇", {})
    assert settled(visit(reason="14天内再次住院未备案(ENC-12)"), bill(100)).reason == "14天内再次住院未备案(ENC-12)"


@pytest.mark.requirement("BEN-41")
@pytest.mark.parametrize(
    ("mode", "unit", "paid"),
    [
        ("half_up", "0.01", "250.03"),
        ("down", "0.01", "250.02"),
        ("half_up", "0.10", "250.00"),
        ("down", "1.00", "250.00"),
        ("half_up", "1.00", "250.00"),
    ],
)
def test_a_result_line_is_rounded_as_the_package_says(mode, unit, paid):
    """(433.37 − 100) × 75.0 % = 250.0275."""
    package = tset().draft(
        {
            "rounding/mode": mode,
            "rounding/unit": unit,
            "parameters/ratio.inpatient/values/home": {"L1": "75", "L2": "75", "L3": "60"},
        }
    )
    outcome = settled(visit(level=1), bill("433.37"), package=package)
    assert outcome.basic_fen == yuan(paid)
    assert outcome.basic_fen + outcome.cash_fen == yuan("433.37")


@pytest.mark.requirement("BEN-41")
@pytest.mark.parametrize(
    ("rounding", "assistance"),
    [
        ({"mode": "half_up", "unit": "0.01"}, "8272.63"),
        ({"mode": "down", "unit": "0.01"}, "8272.62"),
        ({"mode": "half_up", "unit": "0.10"}, "8272.60"),
        ({"mode": "down", "unit": "1.00"}, "8272.00"),
        ({"mode": "half_up", "unit": "1.00"}, "8273.00"),
    ],
)
def test_a_rule_may_round_otherwise_than_the_package(rounding, assistance):
    """70 % of 11,818.04 is 8,272.628; the other layers round to the fen as before."""
    package = tset().draft({"layers/[4]/rules/[1]/rounding": rounding})
    outcome = settled(visit(level=3, groups={"dibao"}), bill("60000.30"), package=package)
    plain = settled(visit(level=3, groups={"dibao"}), bill("60000.30"))
    assert (outcome.basic_fen, outcome.serious_illness_fen) == (plain.basic_fen, plain.serious_illness_fen)
    assert outcome.medical_assistance_fen == yuan(assistance)
    assert sum(outcome.layers) + outcome.cash_fen == yuan("60000.30")


@pytest.mark.requirement("BEN-41")
@pytest.mark.parametrize("in_scope", ["0.50", "0.60", "1.20"])
def test_a_share_rounded_to_a_yuan_never_passes_the_cost(in_scope):
    """特困: assistance at 100 % of what is left."""
    package = tset().draft({"rounding/unit": "1.00"})
    outcome = settled(visit(level=1, groups={"tekun"}), bill(in_scope), package=package)
    assert outcome.medical_assistance_fen <= yuan(in_scope)
    assert outcome.cash_fen == yuan(in_scope) - outcome.medical_assistance_fen


@pytest.mark.requirement("BEN-43")
def test_a_trial_computation_twice_gives_the_same_and_changes_nothing():
    state = {"pool_paid": yuan(148000), "stays": 1}
    first = settled(visit(level=2), bill(8700), state)
    assert settled(visit(level=2), bill(8700), state).receipt() == first.receipt()
    assert state == {"pool_paid": yuan(148000), "stays": 1}
