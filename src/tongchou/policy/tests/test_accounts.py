"""Personal accounts in a settlement, by the rules of each region (BEN-34, ACC-01, ACC-10; NC-ACCT §6; NM-ACCT §12)."""

import pytest

from tongchou.policy.tests.support import (
    beijing,
    bill,
    guangxi,
    inner_mongolia,
    jiangsu,
    nanchang,
    settled,
    tset,
    visit,
    worker,
    yuan,
)

REGIONS = pytest.mark.parametrize(
    "package", [beijing(), nanchang(), inner_mongolia(), jiangsu()], ids=["北京", "南昌", "内蒙古", "江苏"]
)


@pytest.mark.requirement("BEN-34")
@pytest.mark.article("NM-ACCT §12")
def test_the_account_pays_only_the_own_part_of_what_is_in_scope():
    """Own 3,775 with an account of 500: it may pay up to 2,475; 500 are paid, 3,275 in cash."""
    facts = visit(level=2, account_balance_fen=yuan(500))
    outcome = settled(facts, bill(8700, own=1000, pre=300))
    assert (outcome.person_share_fen, outcome.account_fen, outcome.cash_fen) == (yuan(3775), yuan(500), yuan(3275))
    rich = settled(visit(level=2, account_balance_fen=yuan(9000)), bill(8700, own=1000, pre=300))
    assert (rich.account_fen, rich.cash_fen) == (yuan(2475), yuan(1300))


@pytest.mark.requirement("ACC-10")
@pytest.mark.article("NM-ACCT §13")
def test_in_inner_mongolia_an_item_outside_the_catalogue_is_paid_in_cash():
    facts = worker("outpatient", account_balance_fen=yuan(300))
    outside = settled(facts, bill(0, own=120), package=inner_mongolia())
    assert (outside.account_fen, outside.cash_fen) == (0, yuan(120))
    mixed = settled(facts, bill(50, own=120, pre=5), package=inner_mongolia())
    assert (mixed.account_fen, mixed.cash_fen) == (yuan(50), yuan(125))


@pytest.mark.requirement("ACC-10", "BEN-34")
@pytest.mark.article("NM-ACCT §12")
@pytest.mark.parametrize(("prescribed", "paid"), [(True, 80), (False, 0)], ids=["持外配处方", "无外配处方"])
def test_in_inner_mongolia_a_pharmacy_is_paid_on_a_prescription(prescribed, paid):
    facts = worker("pharmacy", account_balance_fen=yuan(500), prescribed=prescribed)
    assert settled(facts, bill(80), package=inner_mongolia()).account_fen == yuan(paid)


@pytest.mark.requirement("ACC-10", "BEN-34")
@pytest.mark.article("NC-ACCT §6")
@pytest.mark.parametrize(
    ("designated", "due", "account"),
    [(True, "no", 200), (True, "yes", 200), (False, "no", 0), (False, "yes", 500)],
    ids=["选定机构", "选定机构且可付", "未选定机构", "未选定机构但可付"],
)
def test_in_nanchang_the_account_never_pays_what_the_pool_should_for_a_special_disease(designated, due, account):
    """1,000 of special-disease care above the yearly deductible: the pool's 800 is not the account's."""
    package = nanchang().draft({"parameters/acc.uses.chronic_due/value": due})
    facts = worker("chronic", designated=designated, account_balance_fen=yuan(500))
    outcome = settled(facts, bill(1000), {"chronic_deductible": yuan(600)}, package)
    assert outcome.basic_fen == (yuan(800) if designated else 0)
    assert outcome.account_fen == yuan(account)


@pytest.mark.requirement("ACC-10")
@pytest.mark.article("NC-ACCT §6")
@pytest.mark.parametrize(("due", "account"), [("no", 400), ("yes", 1000)])
def test_in_nanchang_what_is_over_the_cap_of_a_special_disease_was_due_from_the_pool(due, account):
    package = nanchang().draft({"parameters/acc.uses.chronic_due/value": due})
    state = {"chronic_deductible": yuan(600), "chronic_paid": yuan(49_000)}
    facts = worker("chronic", account_balance_fen=yuan(1000))
    outcome = settled(facts, bill(2000), state, package)
    assert (outcome.basic_fen, outcome.over_cap_fen, outcome.account_fen) == (yuan(1000), yuan(600), yuan(account))


STAY = {"account_balance_fen": yuan(100_000), "level": 3}


@pytest.mark.requirement("BEN-34", "ACC-10")
@pytest.mark.article("NM-ACCT §12")
@pytest.mark.parametrize(
    ("uses", "account"),
    [
        ({}, 1660),
        ({"below_deductible": "no"}, 960),
        ({"own_part": "no"}, 700),
        ({"below_deductible": "no", "own_part": "no"}, 0),
        ({"over_cap": "yes"}, 1660),
    ],
    ids=["全部", "起付标准以下除外", "个人负担除外", "都除外", "含超限额"],
)
def test_each_use_of_the_account_in_a_stay_has_its_own_switch(uses, account):
    """8,700 in scope: 700 below the deductible, of 8,000 above it 12 % is the person's: 960 — own cost 500 never."""
    changes = {f"parameters/acc.uses.{use}/value": value for use, value in uses.items()}
    changes["parameters/ratio.inpatient/values/working"] = [{"until": "10000", "ratio": "88"}, {"ratio": "90"}]
    package = inner_mongolia().draft(changes)
    outcome = settled(worker(**STAY), bill(8700, own=500), package=package)
    assert outcome.basic_fen == yuan(7040)
    assert (outcome.account_fen, outcome.cash_fen) == (yuan(account), yuan(2160 - account))


@pytest.mark.requirement("BEN-34")
@pytest.mark.article("NM-ACCT §12")
@pytest.mark.parametrize(("over_cap", "account"), [("no", 1420), ("yes", 1620)])
def test_over_the_cap_the_account_pays_where_it_may(over_cap, account):
    """The pool has 6,280 left of 8,280 due; of 2,000 over the cap mutual aid pays 1,800."""
    package = inner_mongolia().draft({"parameters/acc.uses.over_cap/value": over_cap})
    state = {"pool_paid": yuan(113_720), "pool_base": yuan(90_000)}
    outcome = settled(worker(**STAY), bill(9700), state, package)
    assert (outcome.basic_fen, outcome.over_cap_fen, outcome.mutual_aid_fen) == (yuan(6280), yuan(2000), yuan(1800))
    assert outcome.account_fen == yuan(account)


@pytest.mark.requirement("BEN-34", "ACC-01")
@REGIONS
@pytest.mark.parametrize(("kind", "use"), [("outpatient", "outpatient"), ("pharmacy", "pharmacy")])
def test_outpatient_and_pharmacy_costs_are_paid_where_the_region_lists_them(package, kind, use):
    facts = worker(kind, account_balance_fen=yuan(30))
    outcome = settled(facts, bill(50), package=package)
    assert (outcome.fund_total_fen, outcome.account_fen, outcome.cash_fen) == (0, yuan(30), yuan(20))
    refused = package.draft({f"parameters/acc.uses.{use}/value": "no"})
    assert settled(facts, bill(50), package=refused).account_fen == 0


@pytest.mark.requirement("ACC-01", "ACC-10")
@REGIONS
def test_where_accounts_are_not_enabled_none_pays(package):
    disabled = package.draft({"parameters/acc.enabled/value": "no"})
    for kind in package.definition.kinds:
        facts = worker(kind, level=3, account_balance_fen=yuan(5000))
        assert settled(facts, bill(9000), package=disabled).account_fen == 0
        assert settled(facts, bill(9000), package=package).account_fen > 0


@pytest.mark.requirement("ACC-01")
def test_a_pure_resident_area_has_no_account_layer():
    outcome = settled(visit(level=2, account_balance_fen=yuan(500)), bill(8700), package=guangxi())
    assert outcome.account_fen == 0


@pytest.mark.requirement("ACC-11", "BEN-34")
@REGIONS
def test_an_account_never_pays_more_than_it_holds_and_only_when_the_person_wants(package):
    for balance in ("0.01", "12.34", "99999"):
        outcome = settled(worker(level=2, account_balance_fen=yuan(balance)), bill(6000), package=package)
        assert outcome.account_fen <= yuan(balance)
    unwilling = worker(level=2, account_balance_fen=yuan(500), use_account=False)
    assert settled(unwilling, bill(6000), package=package).account_fen == 0


@pytest.mark.requirement("BEN-33", "ACC-12")
@pytest.mark.article("NM-ACCT §15")
def test_at_an_institution_without_agreement_neither_fund_nor_account_pays():
    facts = worker("outpatient", contracted=False, account_balance_fen=yuan(900))
    outcome = settled(facts, bill(500), package=inner_mongolia())
    assert (outcome.fund_total_fen, outcome.account_fen, outcome.cash_fen) == (0, 0, yuan(500))
    assert outcome.reason == "在非定点医疗机构或非定点零售药店发生的费用,全部由本人自付"


@pytest.mark.requirement("BEN-35")
@pytest.mark.article("BJ-FUND §7")
def test_in_beijing_mutual_aid_pays_over_the_cap_from_its_own_fund():
    """10,000 over the pool's cap, at 85 % for somebody at work."""
    state = {"stays": 1, "pool_paid": yuan(100_000)}
    outcome = settled(worker(level=3), bill("12414.71"), state, beijing())
    assert outcome.over_cap_fen == yuan("10000.00")
    assert outcome.mutual_aid_fen == yuan("8500.00")
    assert outcome.sub_funds == (("mutual_aid", "mutual_aid", yuan("8500.00")),)
    full = settled(worker(level=3), bill("12414.71"), state | {"mutual_paid": yuan(195_000)}, beijing())
    assert full.mutual_aid_fen == yuan(5000)


def test_the_test_set_keeps_the_accounts_switch():
    disabled = tset().draft({"parameters/acc.enabled/value": "no"})
    assert settled(visit(level=2, account_balance_fen=yuan(500)), bill(8700), package=disabled).account_fen == 0
