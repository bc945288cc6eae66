"""Local rules: a county changes only what the package above lets it, and every difference can be told (六统一)."""

from datetime import date, timedelta

import pytest

from tongchou.parameters import commands, local, queries
from tongchou.parameters.commands.drafting import ComposedVersion, NothingAbove
from tongchou.parameters.local import NotOverridable
from tongchou.parameters.models import LocalRule, PolicyDraft, PolicyVersion
from tongchou.parameters.states import Origin
from tongchou.parameters.tests.conftest import (
    CITY,
    COUNTY,
    LOWER_DEDUCTIBLE,
    NEIGHBOUR,
    NOW,
    PROVINCE,
    local_text,
    taken_through,
    text_of,
)
from tongchou.platform import versions
from tongchou.policy.errors import PackageRefused
from tongchou.policy.packages import Package

KEY = "deductible.inpatient.home.L1"


def value(area: str, on: str, key: str = KEY) -> str:
    versions.look_again_all()
    return queries.book().package(area, "employee", date.fromisoformat(on)).parameter(key).text


@pytest.mark.requirement("ORG-22")
@pytest.mark.article("GX2017 §134")
@pytest.mark.article("JL2019 §62")
def test_a_city_may_not_change_what_is_not_marked_overridable(base, maker):
    draft = commands.start_local_draft(
        area=CITY, scheme="employee", valid_from=date(2018, 7, 1), reason="市级细则", by=maker, now=NOW
    )
    override = """  contrib.window.grace.month: {value: 1, source: AX2018 第二条, confidence: S}\n"""
    with pytest.raises(NotOverridable) as refusal:
        commands.save_text(draft_id=draft.pk, edition=1, text=local_text(CITY, parameters=override), by=maker, now=NOW)
    assert refusal.value.code == "PA-1201"
    assert "contrib.window.grace.month" in str(refusal.value)
    assert "延迟缴费截止月份" in str(refusal.value)
    draft.refresh_from_db()
    assert (draft.edition, draft.text.count("contrib")) == (1, 0)


@pytest.mark.requirement("ORG-22")
def test_a_county_changes_one_value_and_the_superordinate_holds_otherwise(local_rule, put_in_force):
    local_rule()
    assert value(COUNTY, "2018-06-30") == "100.00元"
    assert value(COUNTY, "2018-07-01") == "50.00元"
    assert value(NEIGHBOUR, "2018-07-01") == "100.00元"
    assert value(COUNTY, "2018-07-01", "deductible.inpatient.home.L2") == "400.00元"
    put_in_force("2019-01-01", {"parameters/ratio.inpatient/values/home/L2": "80"}, now=NOW + timedelta(days=3))
    assert value(COUNTY, "2019-01-01", "ratio.inpatient.home.L2") == "80%"  # the reform above reaches the county
    assert value(COUNTY, "2019-01-01") == "50.00元"  # and its own value stays
    assert value(COUNTY, "2018-12-31", "ratio.inpatient.home.L2") == "75%"


def test_a_value_that_the_new_package_no_longer_lets_stand_gives_way(local_rule, base, maker, approver):
    local_rule()
    later = NOW + timedelta(days=2)
    draft = commands.start_draft(
        base_hash=base.content_hash, valid_from=date(2019, 1, 1), reason="统一起付线", by=maker, now=later
    )
    changes = {"parameters/deductible.inpatient/overridable": None}
    draft = commands.save_values(draft_id=draft.pk, edition=1, changes=changes, by=maker, now=later)
    taken_through(draft, maker, approver, later)
    assert value(COUNTY, "2018-12-31") == "50.00元"
    assert value(COUNTY, "2019-01-01") == "100.00元"
    assert "450102 deductible.inpatient" in queries.timeline(draft.pk)[0].note


def test_a_correction_above_is_taken_over_and_leaves_what_the_county_knew(local_rule, put_in_force):
    local_rule()
    put_in_force("2018-01-01", {"parameters/ratio.inpatient/values/home/L2": "70"}, now=NOW + timedelta(days=30))
    versions.look_again_all()
    book = queries.book()
    known = [book.package(COUNTY, "employee", date(2018, 8, 1), day) for day in (date(2018, 6, 2), date(2018, 7, 2))]
    assert [one.parameter("ratio.inpatient.home.L2").text for one in known] == ["75%", "70%"]
    assert [one.parameter(KEY).text for one in known] == ["50.00元", "50.00元"]


def test_a_rule_that_changes_nothing_ends_the_one_before(local_rule):
    local_rule()
    local_rule("  {}\n", now=NOW + timedelta(days=1), valid_from="2019-01-01")
    assert value(COUNTY, "2018-12-31") == "50.00元"
    assert value(COUNTY, "2019-01-01") == "100.00元"


def test_a_rule_of_the_city_reaches_its_counties_and_a_countys_own_value_stands(base, maker, approver, local_rule):
    local_rule()
    later = NOW + timedelta(days=1)
    draft = commands.start_local_draft(
        area=CITY, scheme="employee", valid_from=date(2018, 8, 1), reason="市级细则", by=maker, now=later
    )
    both = """  deductible.inpatient: {values: {home: {L1: 80, L3: 700}}, source: AX2018 第一条, confidence: S}\n"""
    text = local_text(CITY, valid_from="2018-08-01", parameters=both)
    draft = commands.save_text(draft_id=draft.pk, edition=1, text=text, by=maker, now=later)
    taken_through(draft, maker, approver, later)
    assert [value(area, "2018-08-01") for area in (PROVINCE, CITY, NEIGHBOUR, COUNTY)] == [
        "100.00元",
        "80.00元",
        "80.00元",
        "50.00元",
    ]
    assert value(COUNTY, "2018-08-01", "deductible.inpatient.home.L3") == "700.00元"


@pytest.mark.requirement("ORG-24")
@pytest.mark.article("QA2018 三")
def test_the_report_lists_every_value_that_differs_with_who_allowed_it_and_when(local_rule, approver):
    local_rule()
    versions.look_again_all()
    (row,) = queries.differences(CITY, "employee", date(2018, 7, 1))
    assert (row.area, row.area_name, row.key) == (COUNTY, "甲市A县", KEY)
    assert (row.here, row.there, row.source) == ("100.00元", "50.00元", "AX2018 第六条")
    assert (row.allowed_by, row.allowed_at, row.valid_from) == (approver.name, NOW, date(2018, 7, 1))
    assert queries.differences(CITY, "employee", date(2018, 6, 30)) == []


def test_faults_of_a_local_rule_are_told_in_its_own_lines(base, maker):
    draft = commands.start_local_draft(
        area=COUNTY, scheme="employee", valid_from=date(2018, 7, 1), reason="细则", by=maker, now=NOW
    )
    bad = LOWER_DEDUCTIBLE.replace("L1: 50", "L1: 五十")
    saved = commands.save_text(draft_id=draft.pk, edition=1, text=local_text(parameters=bad), by=maker, now=NOW)
    (told,) = saved.findings
    assert (told["line"], told["key"]) == (12, "parameters.deductible.inpatient.values.home.L1")
    assert "五十" in told["reason"]


@pytest.mark.parametrize(
    ("fault", "reason"),
    [
        ("parameters:\n  nosuch: {value: 1, source: AX2018 第一条, confidence: S}\n", "上级政策包没有这个参数"),
        ("parameters:\n  ratio.outpatient: {value: 60, source: 某文, confidence: S}\n", "出处"),
        ("parameters:\n  ratio.outpatient: {value: 60, confidence: S}\n", "缺少键"),
        ("parameters:\n  ratio.outpatient: {source: AX2018 第一条, confidence: S}\n", "缺少键"),
        ("parameters:\n  ratio.outpatient: {value: 160, source: AX2018 第一条, confidence: S}\n", "0%至100%"),
        ("more: {}\nparameters: {}\n", "未知的键"),
        ("parameters: [\n", "YAML"),
    ],
)
def test_a_faulty_local_rule_is_told_with_line_and_reason(base, maker, fault, reason):
    draft = commands.start_local_draft(
        area=COUNTY, scheme="employee", valid_from=date(2018, 7, 1), reason="细则", by=maker, now=NOW
    )
    text = local_text().replace("parameters:\n", fault)
    saved = commands.save_text(draft_id=draft.pk, edition=1, text=text, by=maker, now=NOW)
    assert any(reason in one["reason"] for one in saved.findings), saved.findings
    assert all(one["line"] >= 1 for one in saved.findings)


def test_a_local_rule_of_another_area_than_its_draft_is_a_fault(base, maker):
    draft = commands.start_local_draft(
        area=COUNTY, scheme="employee", valid_from=date(2018, 7, 1), reason="细则", by=maker, now=NOW
    )
    saved = commands.save_text(
        draft_id=draft.pk, edition=1, text=local_text(NEIGHBOUR, parameters="  {}\n"), by=maker, now=NOW
    )
    assert "450103" in saved.findings[0]["reason"]


def test_a_composed_package_is_changed_through_its_local_rule_only(local_rule, maker):
    local_rule()
    composed = PolicyVersion.objects.get(origin=Origin.COMPOSED)
    assert composed.local_rule == LocalRule.objects.get()
    assert Package.parse(composed.text.encode()).hash == composed.content_hash
    with pytest.raises(ComposedVersion):
        commands.start_draft(
            base_hash=composed.content_hash, valid_from=date(2019, 1, 1), reason="改", by=maker, now=NOW
        )


def test_the_next_draft_of_an_area_begins_with_the_rule_it_has(local_rule, maker):
    local_rule()
    draft = commands.start_local_draft(
        area=COUNTY, scheme="employee", valid_from=date(2019, 1, 1), reason="调整", by=maker, now=NOW
    )
    assert "home: {L1: 50}" in draft.text
    assert draft.findings == []
    assert draft.valid_from == date(2019, 1, 1)


def test_where_nothing_stands_above_there_is_no_local_rule(base, maker):
    with pytest.raises(NothingAbove):
        commands.start_local_draft(
            area=PROVINCE, scheme="employee", valid_from=date(2018, 7, 1), reason="细则", by=maker, now=NOW
        )
    assert not PolicyDraft.objects.exists()


def test_a_parameter_says_whether_smaller_areas_may_set_it():
    package = Package.parse(text_of().encode())
    open_ones = {key for key, one in package.definition.parameters.items() if one.overridable}
    assert open_ones == {"deductible.inpatient", "ratio.outpatient"}
    with pytest.raises(PackageRefused):
        Package.parse(text_of().replace("overridable: yes", "overridable: vielleicht", 1).encode())


def test_a_template_is_a_local_rule_that_changes_nothing():
    text = local.template(
        area=COUNTY, area_name="甲市A县", scheme="employee", title="细则:起付线 # 1", valid_from=date(2018, 7, 1)
    )
    read = local.read(text.encode())
    assert (read.area, read.title, read.changes) == (COUNTY, "细则:起付线 # 1", ())
