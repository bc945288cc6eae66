"""Citations and refusals."""

import pytest

from tongchou.kernel.citation import Citation
from tongchou.kernel.errors import DomainError


class Closed(DomainError):
    code = "TC-9999"
    message = "协议已于{until}终止"
    citation = "GX2017 §43"


def test_a_citation_reads_back():
    assert str(Citation.parse("GX2017 §22 第2款")) == "GX2017 §22 第2款"
    assert Citation.parse("BJ-FUND §7").document == "BJ-FUND"
    assert "秦安县" in Citation.parse("QA2018 五(三)").title


@pytest.mark.parametrize("text", ["", "§22", "XX2017 §1", "GX2017"])
def test_anything_else_is_refused(text):
    with pytest.raises(ValueError, match="citation"):
        Citation.parse(text)


def test_a_refusal_tells_figures_and_article():
    refusal = Closed(until="2018-01-01")
    assert refusal.sentence == "协议已于2018-01-01终止(GX2017 §43)"
