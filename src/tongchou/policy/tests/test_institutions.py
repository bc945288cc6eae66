"""Institutions without agreement, and care away from home (BEN-32, BEN-33; NM-ACCT §15; JS2017 二, 四, 七)."""

import pytest

from tongchou.policy import visits
from tongchou.policy.tests.support import (
    beijing,
    bill,
    book,
    guangxi,
    inner_mongolia,
    jiangsu,
    jilin,
    nanchang,
    qinan,
    settled,
    tset,
    visit,
    worker,
    yuan,
)

PACKAGES = pytest.mark.parametrize("package", book().packages, ids=lambda package: package.label)


@pytest.mark.requirement("BEN-33")
@pytest.mark.article("NM-ACCT §15")
def test_an_ordinary_visit_of_500_elsewhere_gets_nothing():
    outcome = settled(visit("outpatient", contracted=False, account_balance_fen=yuan(200)), bill(500))
    assert (outcome.fund_total_fen, outcome.account_fen, outcome.cash_fen) == (0, 0, yuan(500))
    assert outcome.reason == "在非定点机构发生的非急诊费用不予支付"
    assert outcome.deltas == {}


@pytest.mark.requirement("BEN-33")
@pytest.mark.article("GX2017 §82")
def test_an_emergency_elsewhere_takes_the_manual_path_and_is_paid_as_any_stay():
    emergency = {"level": 2, "contracted": False, "emergency": True}
    direct = settled(visit(**emergency), bill(8700))
    assert (direct.fund_total_fen, direct.reason) == (
        0,
        "非定点机构急诊费用先由个人垫付,凭急诊证明回参保地零星报销",
    )
    manual = settled(visit(**emergency, manual=True), bill(8700))
    assert (manual.basic_fen, manual.reason) == (yuan(6225), "")
    assert manual.receipt() == settled(visit(level=2, emergency=True), bill(8700)).receipt()


@pytest.mark.requirement("BEN-33")
@PACKAGES
def test_every_package_says_what_an_institution_without_agreement_gets(package):
    scheme, category = package.scheme, "working" if package.scheme == "employee" else None
    facts = {"level": 2, "scheme": scheme, "category": category, "contracted": False, "on": package.valid_from}
    for kind in package.definition.kinds:
        for manual in (False, True):
            refused = settled(visit(kind, **facts, manual=manual), bill(500), package=package)
            assert (refused.fund_total_fen, refused.account_fen) == (0, 0)
            assert "非定点" in refused.reason
        assert settled(visit(kind, **facts, emergency=True), bill(500), package=package).reason
    paid = settled(visit("inpatient", **facts, emergency=True, manual=True), bill(9000), package=package)
    assert paid.basic_fen > 0


def test_an_ordinary_visit_costs_the_engine_no_look_at_rare_facts():
    """A manual claim at an institution with agreement is settled as at the counter of the hospital."""
    for package in (guangxi(), jilin(), qinan(), tset()):
        direct = settled(visit(level=2), bill(5000), package=package)
        assert settled(visit(level=2, manual=True), bill(5000), package=package).receipt() == direct.receipt()


@pytest.mark.requirement("BEN-33")
@pytest.mark.article("JS2017 七(二)")
@pytest.mark.parametrize(
    ("longterm_only", "facts", "paid"),
    [
        ("no", {"place": "away_filed"}, 4600),
        ("yes", {"place": "away_filed"}, 4600),
        ("no", {"place": "away_filed", "referral": "up"}, 4100),
        ("yes", {"place": "away_filed", "referral": "up"}, 0),
        ("no", {"place": "home"}, 4600),
        ("yes", {"place": "home"}, 0),
    ],
    ids=["长期驻外", "只报长期驻外-长期驻外", "转外", "只报长期驻外-转外", "本地", "只报长期驻外-本地"],
)
def test_in_jiangsu_emergencies_elsewhere_of_persons_long_away_are_reimbursed_at_home(longterm_only, facts, paid):
    package = jiangsu().draft({"parameters/emergency.longterm_only/value": longterm_only})
    facts = worker(level=2, contracted=False, emergency=True, manual=True, **facts)
    assert settled(facts, bill(5500), package=package).basic_fen == yuan(paid)


@pytest.mark.article("JS2017 二(三)", "JS2017 四(二)")
@pytest.mark.parametrize(
    ("facts", "reason"),
    [
        ({"place": "away_unfiled"}, "未办理异地就医登记备案,不能联网结算,请回参保地办理"),
        (
            {"place": "away_filed", "referral": "up", "designated": False},
            "转外就医人员应在备案确定的1家联网定点医疗机构就诊;再次转院的按参保地规定办理",
        ),
        ({"place": "away_filed", "designated": False}, ""),
        ({"place": "away_filed", "referral": "up"}, ""),
    ],
    ids=["未备案", "转外在别的机构", "长期驻外自行选择", "转外在确定的机构"],
)
def test_in_jiangsu_the_filing_decides_where_a_person_away_settles_directly(facts, reason):
    outcome = settled(worker(level=3, **facts), bill(5900), package=jiangsu())
    assert outcome.reason == reason
    assert (outcome.basic_fen > 0) is (reason == "")


@pytest.mark.article("NM-REF §4")
def test_in_inner_mongolia_going_outside_the_region_unapproved_is_own_cost():
    outcome = settled(worker(level=3, place="away_unfiled"), bill(5900), package=inner_mongolia())
    assert outcome.reason == "未经会诊和审批自行到区外就医的费用自付"
    urgent = settled(worker(level=3, place="away_unfiled", emergency=True), bill(5700), package=inner_mongolia())
    assert urgent.basic_fen == yuan(4250)


@pytest.mark.parametrize(("excluded", "paid"), [("yes", 0), ("no", 4250)])
def test_in_beijing_care_away_without_the_formalities_is_excluded_by_a_switch(excluded, paid):
    package = beijing().draft({"parameters/away.unfiled_excluded/value": excluded})
    assert settled(worker(level=3, place="away_unfiled"), bill(6300), package=package).basic_fen == yuan(paid)


def test_in_nanchang_care_away_without_filing_is_paid_ten_points_lower():
    outcome = settled(worker(level=3, place="away_unfiled"), bill(10600), package=nanchang())
    assert (outcome.ratio_ppm, outcome.basic_fen) == (750_000, yuan(7500))


@pytest.mark.requirement("BEN-32")
@pytest.mark.article("GX2017 §74")
@pytest.mark.parametrize(("rule", "area"), [("insured_place", "450100"), ("care_place", "320100")])
def test_away_from_home_the_catalogue_is_that_of_the_place_the_area_says(rule, area):
    package = tset().draft({"parameters/away.catalogue/value": rule})
    assert visits.catalogue_area(package, insured_area="450100", care_area="320100") == area


@pytest.mark.requirement("BEN-32")
@pytest.mark.article("JS2017 五(一)")
def test_insured_at_55_percent_care_elsewhere_at_80_percent_is_paid_at_55():
    """T-SET pays 55 % of care away; the 80 % of the place of care (Jilin, level 1) is nobody's concern."""
    away = visit(level=1, place="away_filed")
    assert settled(away, bill(3000)).ratio_ppm == 550_000
    assert settled(visit(level=1), bill(3000), package=jilin()).ratio_ppm == 800_000
