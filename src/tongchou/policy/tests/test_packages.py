"""Packages in force: choice by date, identity, drafts (ORG-25; GX2017 §136; BEN-01, 44)."""

from datetime import date

import pytest

from tongchou.policy.errors import MissingParameter, PackageRefused, PolicyMissing
from tongchou.policy.packages import Package, PolicyBook, above
from tongchou.policy.tests.support import GUANGXI_FILE, POLICIES, TSET_FILE, bill, guangxi, settled, tset, visit, yuan


def dated(valid_from: str, known_from: str | None = None, valid_until: str | None = None, **more: str) -> Package:
    changes = {"package/valid_from": valid_from, "package/known_from": known_from or valid_from}
    if valid_until:
        changes["package/valid_until"] = valid_until
    return tset().draft(changes | {f"parameters/{key}/value": value for key, value in more.items()})


@pytest.mark.requirement("BEN-01")
@pytest.mark.article("GX2017 §136")
def test_the_date_of_the_fact_selects_the_package():
    old, new = dated("2018-01-01"), dated("2019-01-01", **{"cap.pool": "200000"})
    book = PolicyBook.of([new, old])
    assert book.package("test", "resident", on=date(2018, 12, 31)) is old
    assert book.package("test", "resident", on=date(2019, 1, 1)) is new


@pytest.mark.requirement("BEN-01")
@pytest.mark.parametrize(
    ("area", "scheme", "on"),
    [("test", "resident", "2017-12-31"), ("test", "employee", "2018-05-01"), ("999999", "resident", "2018-05-01")],
)
def test_no_package_is_an_error_that_names_area_scheme_and_date(area, scheme, on):
    book = PolicyBook.of([tset()])
    with pytest.raises(PolicyMissing, match=f"统筹地区{area},险种{scheme},日期{on}"):
        book.package(area, scheme, on=date.fromisoformat(on))


def test_an_area_without_a_package_of_its_own_follows_the_one_above():
    book = PolicyBook.load(POLICIES)
    assert book.package("450123", "resident", on=date(2018, 5, 1)).label == "450000/resident/2017-07-01"
    assert above("450123") == ("450123", "450100", "450000")
    assert above("450000") == ("450000",)


def test_a_later_correction_leaves_what_was_known_before():
    first, corrected = dated("2018-01-01"), dated("2018-01-01", "2018-06-01", **{"cap.pool": "160000"})
    book = PolicyBook.of([first, corrected])
    assert book.package("test", "resident", on=date(2018, 3, 1)) is corrected
    assert book.package("test", "resident", on=date(2018, 3, 1), known_on=date(2018, 5, 31)) is first
    assert book.by_hash(first.hash) is first
    with pytest.raises(PolicyMissing):
        book.by_hash("0" * 64)


@pytest.mark.requirement("BEN-44")
@pytest.mark.parametrize(("until", "word"), [("2018-12-01", "有空档"), ("2019-02-01", "重叠")], ids=["缺口", "重叠"])
def test_periods_may_not_overlap_nor_leave_a_gap(until, word):
    with pytest.raises(PackageRefused, match=word):
        PolicyBook.of([dated("2018-01-01", valid_until=until), dated("2019-01-01")])


@pytest.mark.requirement("BEN-44")
def test_two_packages_of_one_day_overlap():
    with pytest.raises(PackageRefused, match="同日生效"):
        PolicyBook.of([dated("2018-01-01"), dated("2018-01-01", **{"cap.pool": "1"})])


def test_a_period_that_ended_has_no_package_after_it():
    book = PolicyBook.of([dated("2018-01-01", valid_until="2019-01-01")])
    with pytest.raises(PolicyMissing):
        book.package("test", "resident", on=date(2019, 1, 1))


def test_the_place_of_a_file_says_what_is_in_it(tmp_path):
    wrong = tmp_path / "test" / "resident" / "2018-02-01.yaml"
    wrong.parent.mkdir(parents=True)
    wrong.write_bytes(TSET_FILE.read_bytes())
    with pytest.raises(PackageRefused, match="文件应位于 test/resident/2018-01-01"):
        PolicyBook.load(tmp_path)


def test_the_hash_is_of_the_content_and_not_of_the_layout():
    text = TSET_FILE.read_text(encoding="utf-8")
    commented = "# 另一行注释\n" + text.replace("confidence: R\n", "confidence:   R   # 注释\n")
    assert Package.parse(commented.encode()).hash == tset().hash
    assert Package.parse(text.replace("value: 150000", "value: 150001").encode()).hash != tset().hash
    assert len(tset().hash) == 64


def test_a_package_tells_its_values_documents_and_what_is_open():
    package = guangxi()
    assert (package.area, package.scheme, package.valid_from) == ("450000", "resident", date(2017, 7, 1))
    value = package.parameter("deductible.inpatient.L3.N1")
    assert (value.content, value.text, value.source.confidence) == (yuan(600), "600.00元", "U")
    assert value.source.assumption
    assert package.parameter("deductible.inpatient.L3.later").source.confidence == "S"
    assert package.documents["GX2017"].number == "桂社保发〔2017〕8号"
    assert [missing.key for missing in package.undefined] == [
        *(f"ratio.homebed.L{level}" for level in range(5)),
        "maternity.fixed",
    ]
    assert repr(package).startswith("<Package 450000/resident/2017-07-01 ")
    with pytest.raises(MissingParameter, match=r"ratio\.homebed\.L1"):
        package.parameter("ratio.homebed.L1")


def test_a_draft_is_another_package_and_leaves_the_first_alone():
    before = tset().hash
    draft = tset().draft({"parameters/cap.pool/value": "1"})
    assert (draft.hash == before, tset().hash) == (False, before)
    assert settled(visit(level=2), bill(8700), package=draft).basic_fen == yuan(1)


def test_a_faulty_draft_is_refused():
    with pytest.raises(PackageRefused, match="草稿"):
        tset().draft({"parameters/cap.pool/value": "-1"})


def test_both_packages_of_the_house_are_read():
    labels = {package.label for package in PolicyBook.load(POLICIES).packages}
    assert labels >= {"450000/resident/2017-07-01", "test/resident/2018-01-01"}
    assert GUANGXI_FILE.exists()
