"""Printed papers (打印件): every character can be drawn, what needs room gets it."""

import pytest
from reportlab.lib.enums import TA_LEFT, TA_RIGHT
from reportlab.pdfbase.pdfmetrics import stringWidth
from reportlab.platypus import Paragraph

from tongchou.platform.web import paper
from tongchou.platform.web.paper import FONT, NORMAL, capital_amount, drawn, grid, paragraph, render


@pytest.mark.requirement("ORG-21")
@pytest.mark.parametrize(
    ("text", "on_paper"),
    [
        pytest.param("欧阳慧敏 450151198403048013", "欧阳慧敏 450151198403048013", id="as it is"),
        pytest.param("阿不都热西提·买买提明", "阿不都热西提\u30fb买买提明", id="the dot of a name"),
        pytest.param("䶮㛃、é、2026—2027、①→§“”", "䶮㛃、é、2026—2027、①→§“”", id="what the font has"),
        pytest.param("NUÑEZ Özgür Łukasz", "NUNEZ Ozgür Lukasz", id="letters with marks it lacks"),
        pytest.param("李𬱖", "李〓", id="a character it lacks"),
        pytest.param("\u2212600.00\u00a0元", "-600.00 元", id="minus and fixed blank"),
        pytest.param("☐是☑否✓", "□是■否√", id="boxes"),
    ],
)
def test_a_name_is_printed_in_characters_that_the_font_of_paper_has(text: str, on_paper: str) -> None:
    assert drawn(text) == on_paper


def test_text_is_never_read_as_markup() -> None:
    assert paragraph("<b>韦&小燕</b>").getPlainText() == "<b>韦&小燕</b>"


def test_a_row_to_write_in_grows_with_what_stands_in_it() -> None:
    long = "□首次申领  □遗失  □损坏  □信息变更  □换领"
    made = grid([[paragraph("原因"), paragraph(long)], [paragraph("姓名"), ""]], (0.15, 0.2), height=22)
    made.wrap(paper.WIDTH, 500)
    tall, low = made._rowHeights
    assert low == 22
    assert tall >= Paragraph(long, NORMAL).wrap(paper.WIDTH * 0.2 - 8, 500)[1] + paper.ABOVE + paper.BELOW


def test_the_longest_names_stay_inside_the_page() -> None:
    """欧阳… and forty letters, in a narrow column, in the boxes to sign, at the foot of the page."""
    names = (
        "欧阳娜仁托娅高娃其其格图雅",
        "MAXIMILIAN ALEXANDER VON HOHENBERG-BAUER",
        "MAXIMILIANALEXANDERVONHOHENBERGSCHWARZEN",
    )
    head = paper.Paper("桂宁市医疗保障事业管理中心", "试印", f"24级{names[0]}", "2026-11-23 09:00", "ABCD-EFGH-JKMN", 0)
    room = paper.WIDTH * 0.11 - 2 * paper.CELL_PADDING
    for name in names:
        cell = paragraph(name)
        cell.wrap(room, 500)
        assert all(stringWidth("".join(words), FONT, NORMAL.fontSize) <= room for _left, words in cell.blPara.lines)
    body = [grid([[paragraph(name)] for name in names], (0.11,)), paper.sign_boxes(*((name, name) for name in names))]
    assert render(head, body).startswith(b"%PDF")


@pytest.mark.parametrize(
    ("text", "room", "lines"),
    [
        pytest.param("户籍证明〔2018〕17号", 60, ["户籍证明", "〔2018〕17号"], id="no bracket ends a line"),
        pytest.param("《待遇办法(2017年)》", 80, ["《待遇办法(2017", "年)》"], id="no stop begins a line"),
        pytest.param("受理号450151-2026-SL-000045", 105, ["受理号", "450151-2026-SL-000045"], id="no number is torn"),
        pytest.param("□遗失  □信息变更", 70, ["□遗失", "□信息变更"], id="a box stays with its label"),
        pytest.param(
            "签名:\n(盖章)    年    月", 200, ["签名:", "(盖章)    年    月"], id="line ends and room to write"
        ),
    ],
)
def test_a_line_of_paper_ends_where_a_printer_would_end_it(text: str, room: float, lines: list[str]) -> None:
    written = paragraph(text)
    written.wrap(room, 500)
    assert [line for _left, (line,) in written.blPara.lines] == lines


def test_a_head_stands_over_its_column() -> None:
    heads = [paragraph(head, paper.LABEL) for head in ("项目", "金额(元)")]
    grid([heads, [paragraph("个人缴费"), paper.yuan(40_000)]], (0.5, 0.5), heads=1)
    assert [head.style.alignment for head in heads] == [TA_LEFT, TA_RIGHT]


def test_the_last_of_an_odd_number_of_pairs_has_the_rest_of_its_line() -> None:
    long = "说明" * 20
    made = paper.pairs([("姓名", "韦小燕"), ("年度", "2027"), ("说明", long)])
    made.wrap(paper.WIDTH, 500)
    first, second = made._rowHeights
    assert first == second
    assert made._spanCmds == [("SPAN", (1, -1), (-1, -1))]


@pytest.mark.parametrize(
    ("fen", "words"),
    [
        (40_000, "肆佰元整"),
        (60_667, "陆佰零陆元陆角柒分"),
        (1_300_824, "壹万叁仟零捌元贰角肆分"),
        (28_308_000, "贰拾捌万叁仟零捌拾元整"),
        (100_000_005, "壹佰万元零伍分"),
        (0, "零元整"),
    ],
)
def test_an_amount_stands_in_capitals_as_papers_about_money_write_it(fen: int, words: str) -> None:
    assert capital_amount(fen) == words
