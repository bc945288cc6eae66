"""The table of articles says what the sources say, and no more."""

from pathlib import Path

import pytest

from tongchou.site import articles
from tongchou.site.problems import SetupProblem

COVERAGE = (
    'GX2017:\n  "§22": [BEN-03, BEN-08]\n  "§22(5)": [BEN-08]\n  "§23": [CON-05]\n  "§24": [CON-09]\n  "§1": [99]\n'
)
ROWS = '08-benefit-policy:\n  BEN-03: "a"\n  BEN-08: "b"\n03-contributions:\n  CON-05: "c"\n  CON-09: "d"\n'
RULE = '"""Coverage."""\n\n\nclass Newborn:\n    def covered_from(self):\n        """出生 (GX2017 §22 第5款、§23)."""\n'
TEST = """
import pytest

class TestNewborn:
    @pytest.mark.article("GX2017 §22 第5款")
    @pytest.mark.parametrize("born", [pytest.param("2018-01-31", marks=pytest.mark.requirement("BEN-08"))])
    def test_a_newborn_is_covered_from_birth(self, born): ...
"""


@pytest.fixture
def sources(tmp_path: Path) -> Path:
    """A checkout with one rule and one test."""
    for name, text in {
        "docs/coverage.yaml": COVERAGE,
        "docs/requirements.yaml": ROWS,
        "src/tongchou/enrolment/rules.py": RULE,
        "src/tongchou/enrolment/tests/test_rules.py": TEST,
    }.items():
        path = tmp_path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
    return tmp_path


def line_of(page: str, clause: str) -> str:
    return next(line for line in page.splitlines() if line.startswith(f"| {clause} |"))


def test_a_clause_shows_its_rule_and_its_test(sources: Path) -> None:
    line = line_of(articles.render(sources), "§22(5)")
    assert "有测试" in line
    assert "`enrolment/rules.py` Newborn" in line
    assert "`enrolment/tests/test_rules.py` 1" in line


def test_a_clause_with_one_of_its_rows_tested_is_done_in_part(sources: Path) -> None:
    assert "部分" in line_of(articles.render(sources), "§22")


def test_a_clause_that_is_only_cited_in_code_is_not_called_tested(sources: Path) -> None:
    assert "只有代码" in line_of(articles.render(sources), "§23")


def test_a_clause_with_neither_code_nor_test_is_not_done(sources: Path) -> None:
    page = articles.render(sources)
    assert "未做" in line_of(page, "§24")
    assert "不属软件" in line_of(page, "§1")


def test_a_row_without_a_test_is_not_done(sources: Path) -> None:
    page = articles.render(sources)
    assert "test_a_newborn_is_covered_from_birth" in line_of(page, "BEN-08")
    assert "未做" in line_of(page, "BEN-03")
    assert "需求 4 行: 1 行有验收测试,3 行未做。" in page


@pytest.mark.parametrize("mark", ['article("GX2017 §200")', 'requirement("BEN-99")'])
def test_a_mark_that_names_nothing_is_refused(sources: Path, mark: str) -> None:
    test = f"import pytest\n\n@pytest.mark.{mark}\ndef test_nothing(): ...\n"
    (sources / "src/tongchou/enrolment/tests/test_more.py").write_text(test, encoding="utf-8")
    with pytest.raises(SetupProblem, match="HS-0502"):
        articles.render(sources)


@pytest.mark.parametrize(
    ("text", "clauses"),
    [
        ("GX2017 §22 第5款", ["GX2017 §22(5)"]),
        ("GX2017 §7(三)", ["GX2017 §7(3)"]),
        ("GX2017 §22、§26", ["GX2017 §22", "GX2017 §26"]),
        ("JS2017 二(三); QA2018 三.2", ["JS2017 二(3)", "QA2018 三.2"]),
        ("JS2017 五(十一)", ["JS2017 五(11)"]),
        ("NM-ACCT §4", ["NM-ACCT §4"]),
        ("GX2017 的规定", []),
    ],
)
def test_citations_are_read_in_all_their_spellings(text: str, clauses: list[str]) -> None:
    assert list(articles.cited(text)) == clauses
