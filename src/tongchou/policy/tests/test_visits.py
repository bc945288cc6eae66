"""Visits whose lines do not all count alike: chronic visits with other items, home beds (BEN-22, BEN-26)."""

from datetime import date

import pytest

from tongchou.policy import engine, visits
from tongchou.policy.eligibility import Span
from tongchou.policy.facts import Facts
from tongchou.policy.lines import LineFacts
from tongchou.policy.tests.support import TSET_FILE, tset, visit, yuan
from tongchou.policy.tests.test_claims_file import claim, run

HYPERTENSION = "高血压"
SOME_LINES = (LineFacts(yuan(500), "A"), LineFacts(yuan(60), "A"), LineFacts(yuan(40), "A"))


def told(parts: tuple[visits.VisitPart, ...]) -> list[tuple[str, str | None, int]]:
    return [(part.kind, part.disease, sum(line[0] for line in part.lines) // 100) for part in parts]


@pytest.mark.requirement("BEN-22")
@pytest.mark.article("GX2017 §66")
@pytest.mark.parametrize(
    ("marks", "unmarked", "filed", "expected"),
    [
        ((None, "", None), "related", True, [("chronic", HYPERTENSION, 600)]),
        ((HYPERTENSION, "感冒", None), "related", True, [("chronic", HYPERTENSION, 540), ("outpatient", None, 60)]),
        ((HYPERTENSION, "感冒", None), "unrelated", True, [("chronic", HYPERTENSION, 500), ("outpatient", None, 100)]),
        (("感冒", "感冒", "感冒"), "related", True, [("outpatient", None, 600)]),
        ((HYPERTENSION,) * 3, "related", False, [("outpatient", None, 600)]),
    ],
    ids=["均未注明", "一条其他病", "未注明即无关", "全部其他病", "无有效备案"],
)
def test_the_rest_of_a_chronic_visit_is_ordinary_outpatient_care(marks, unmarked, filed, expected):
    package = tset().draft({"parameters/chronic.unmarked_lines/value": unmarked})
    assert told(visits.chronic_parts(package, SOME_LINES, marks, disease=HYPERTENSION, filed=filed)) == expected


@pytest.mark.requirement("BEN-22")
def test_both_parts_of_a_chronic_visit_are_settled_each_by_its_own_rules():
    """500 for the disease: (500 − 200) × 70 %; 100 besides: × 50 % from the outpatient pool."""
    package, facts = tset(), visit("chronic", disease=HYPERTENSION, account_balance_fen=yuan(250))
    parts = visits.chronic_parts(package, SOME_LINES, (HYPERTENSION, "感冒", "感冒"), disease=HYPERTENSION, filed=True)
    rated = [
        (Facts(**_changed(facts, kind=part.kind, disease=part.disease)), engine.rate_lines(package, part.lines).sums)
        for part in parts
    ]
    chronic, ordinary = visits.settle_parts(package, rated, {})
    assert (chronic.basic_fen, ordinary.basic_fen) == (yuan(210), yuan(50))
    assert (chronic.account_fen, ordinary.account_fen) == (yuan(250), 0)
    assert ordinary.deltas["outpatient_paid"] == yuan(50)
    assert chronic.deltas[f"chronic_paid@{HYPERTENSION}"] == yuan(210)
    again = [outcome.receipt() for outcome in visits.settle_parts(package, rated, {}, trace=True)]
    assert again == [chronic.receipt(), ordinary.receipt()]


def _changed(facts: Facts, **changes: object) -> dict[str, object]:
    return {name: getattr(facts, name) for name in facts.__struct_fields__} | changes


@pytest.mark.requirement("BEN-22")
def test_a_claim_of_a_chronic_visit_adds_its_parts_up(tmp_path):
    lines = [
        {"class": "A", "amount_fen": yuan(500), "disease": HYPERTENSION},
        {"class": "A", "amount_fen": yuan(100), "disease": "感冒"},
    ]
    rows = [
        claim(claim_id="1", kind="chronic", disease=HYPERTENSION, lines=lines, discharged_on="2018-03-01"),
        claim(claim_id="2", kind="chronic", disease=HYPERTENSION, lines=lines, filed=False, discharged_on="2018-03-02"),
    ]
    _, (first, unfiled) = run(tmp_path, rows)
    assert (first["total_fen"], first["layers"]["basic"], first["cash_fen"]) == (yuan(600), yuan(260), yuan(340))
    assert unfiled["layers"]["basic"] == yuan(250)  # 50 % of 600, of which 250 are left in the year


@pytest.mark.requirement("BEN-26")
@pytest.mark.article("GX2017 §69")
def test_a_home_bed_counts_from_the_consent_on():
    visits_made = [LineFacts(yuan(100), "A", served_on=date(2018, 5, day)) for day in (9, 11)]
    consent = Span(date(2018, 5, 10))
    rated = engine.rate_lines(tset(), visits.home_bed_lines(tset(), visits_made, consent=consent, stays=()))
    assert rated.in_scope == [0, yuan(100)]
    assert rated.refused() == {"BEN-26": yuan(100)}


@pytest.mark.requirement("BEN-26")
@pytest.mark.parametrize(("discharge_day", "counting"), [("allowed", [9, 15]), ("excluded", [9])])
def test_a_home_bed_never_overlaps_a_stay(discharge_day, counting):
    package = tset().draft({"parameters/homebed.discharge_day/value": discharge_day})
    lines = [LineFacts(yuan(100), "A", served_on=date(2018, 5, day)) for day in (9, 10, 14, 15)]
    stay = Span(date(2018, 5, 10), date(2018, 5, 15))
    sorted_out = visits.home_bed_lines(package, lines, consent=Span(date(2018, 5, 1)), stays=[stay])
    assert [line[8].day for line in sorted_out if not line[7]] == counting


@pytest.mark.requirement("BEN-26")
def test_a_line_refused_for_another_reason_keeps_it():
    line = LineFacts(yuan(100), "A", served_on=date(2018, 5, 9), denied="DOC-06")
    (kept,) = visits.home_bed_lines(tset(), [line], consent=Span(date(2018, 5, 10)), stays=())
    assert kept[7] == "DOC-06"


@pytest.mark.requirement("BEN-26")
def test_a_claim_of_a_home_bed_is_paid_by_the_home_beds_own_ratio(tmp_path):
    policy = tmp_path / "policy.yaml"
    text = TSET_FILE.read_text(encoding="utf-8")
    policy.write_text(text.replace("values: {L1: undefined,", "values: {L1: 80,"), encoding="utf-8")
    lines = [{"class": "A", "amount_fen": yuan(100), "served_on": f"2018-05-{day:02}"} for day in (9, 11, 20)]
    row = claim(kind="home_bed", level=1, lines=lines, admitted_on="2018-05-01", discharged_on="2018-05-31")
    row |= {"consented_on": "2018-05-10", "stays": [{"admitted_on": "2018-05-19", "discharged_on": "2018-05-25"}]}
    _, (settled,) = run(tmp_path, [row], policy=policy)
    assert (settled["own_expense_fen"], settled["layers"]["basic"]) == (yuan(200), yuan(80))
