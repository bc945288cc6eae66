"""Printed papers (打印件): A4 with the agency's name of that day, number, page x/y, verification code, 补打 mark.

The font is the one every PDF reader knows for simplified Chinese; nothing is embedded and nothing fetched.
"""

import base64
import hashlib
import hmac
import io
import re
import unicodedata
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cache, partial
from typing import Any, Final

import segno
from django.conf import settings
from reportlab.lib import colors
from reportlab.lib.enums import TA_CENTER, TA_RIGHT
from reportlab.lib.pagesizes import A4
from reportlab.lib.styles import ParagraphStyle
from reportlab.lib.units import mm
from reportlab.pdfbase import pdfmetrics
from reportlab.pdfbase.cidfonts import UnicodeCIDFont
from reportlab.pdfbase.pdfmetrics import stringWidth
from reportlab.pdfgen.canvas import Canvas
from reportlab.platypus import Flowable, Paragraph, SimpleDocTemplate, Table, TableStyle
from reportlab.platypus.paragraph import ParaLines

from tongchou.kernel.money import yuan_text

FONT: Final = "STSong-Light"
INK: Final = colors.HexColor("#1b2733")
SOFT: Final = colors.HexColor("#53606e")
LINE: Final = colors.HexColor("#b9c4ce")
WASH: Final = colors.HexColor("#f2f5f8")
MARGIN: Final = 15 * mm
WIDTH: Final = A4[0] - 2 * MARGIN
HEAD_QR: Final = 19 * mm
CELL_PADDING: Final = 4
"""Left and right of what stands in a cell."""
ABOVE, BELOW = 2.5, 3.5
SIGN_HEIGHT: Final = 14 * mm
"""Room for a signature and a seal."""
LABEL_SHARE: Final = 0.14
"""Of the width of a paper for each of two columns of labels, where nothing asks for more."""
FRAME_PADDING: Final = 6
"""What the library leaves free inside the margins."""

pdfmetrics.registerFont(UnicodeCIDFont(FONT))

NORMAL: Final = ParagraphStyle("normal", fontName=FONT, fontSize=9, leading=13, textColor=INK, wordWrap="CJK")
SMALL: Final = ParagraphStyle("small", parent=NORMAL, fontSize=8, leading=11)
SMALL_AMOUNT: Final = ParagraphStyle("small-amount", parent=SMALL, alignment=TA_RIGHT)
LABEL: Final = ParagraphStyle("label", parent=NORMAL, textColor=SOFT)
LABEL_AMOUNT: Final = ParagraphStyle("label-amount", parent=LABEL, alignment=TA_RIGHT)
AMOUNT: Final = ParagraphStyle("amount", parent=NORMAL, alignment=TA_RIGHT)
_AMOUNTS: Final = (AMOUNT, SMALL_AMOUNT)
HEADING: Final = ParagraphStyle("heading", parent=NORMAL, fontSize=10.5, leading=15, spaceBefore=7, spaceAfter=3)
TITLE: Final = ParagraphStyle("title", parent=NORMAL, fontSize=16, leading=22, alignment=TA_CENTER, spaceAfter=2)
AGENCY: Final = ParagraphStyle("agency", parent=NORMAL, fontSize=11, leading=15, alignment=TA_CENTER)


_DRAWN: Final = re.compile("[\n -~\u3001-\u3011\u4e00-\u9fa5\uff01-\uff5e]*")
"""What papers are mostly made of; the font has all of it."""
_INSTEAD: Final = {
    "\u2212": "-",
    "\u00b7": "\u30fb",
    "\u2022": "\u30fb",
    "\u00a0": " ",
    "\u2610": "\u25a1",
    "\u2611": "\u25a0",
    "\u2713": "\u221a",
    "\u0141": "L",
    "\u0142": "l",
    "\u00d8": "O",
    "\u00f8": "o",
    "\u00df": "ss",
}
"""Characters that the font of paper lacks, and what it has for them; the dot in a name is one."""
_MORE_DRAWN: Final = "\u00a5\u2013"
_NOT_DRAWN: Final = "\u3013"


def drawn(text: str) -> str:
    """The text in characters that the font of paper has (decision 0378).

    Letters with a mark that it lacks lose the mark, as in the lines of a passport that machines read. A character
    for which there is nothing becomes 〓, to be written by hand: a reader's own choice would be another name.
    """
    return text if _DRAWN.fullmatch(text) else "".join(map(_drawn_one, text))


@cache
def _drawn_one(character: str) -> str:
    if _DRAWN.fullmatch(character) or character in _MORE_DRAWN or "\u3400" <= character <= "\u4db5":
        return character
    if character in _INSTEAD:
        return _INSTEAD[character]
    if _in_gbk(character):
        return character
    plain = unicodedata.normalize("NFKD", character)
    without_marks = "".join(one for one in plain if not unicodedata.combining(one))
    return without_marks if without_marks != character and _in_gbk(without_marks) else _NOT_DRAWN


def _in_gbk(text: str) -> bool:
    try:
        text.encode("gbk")
    except UnicodeEncodeError:
        return False
    return True


@dataclass(frozen=True, slots=True)
class Paper:
    """What stands on every page of a printed paper; a blank form has no verification code.

    `check_at`, where anybody checks the code, stands as a QR code at the head of the first page.
    """

    agency: str
    title: str
    number: str
    printed_at: str
    code: str
    copies_before: int
    check_at: str = ""

    @property
    def reprint_mark(self) -> str:
        """补打 and how often; empty on the first copy."""
        return f"补打{self.copies_before}" if self.copies_before else ""


_OPENING: Final = "([{“‘〈《「『【〔(["
_CLOSING: Final = ")]}”’〉》」』】〕)],.;:!?、。,;:!?%"
_WORD: Final = r"(?:[0-9A-Za-z*@#&+/_.§-]|(?<=\d)[,:](?=\d))+"
_PIECE: Final = re.compile(
    rf"[□■]\S*|[{re.escape(_OPENING)}]*(?:{_WORD}|.)[{re.escape(_CLOSING)}]*",
    re.DOTALL,
)
"""What stays on one line (避头尾): a box to tick, or a word, number or character with its brackets and stops."""
_ROOM: Final = "\u00a0"
_LINE_END: Final = "\ue000"
_KEPT: Final = str.maketrans({"\n": _LINE_END, "&": "&amp;", "<": "&lt;", ">": "&gt;"})


class _Text(Paragraph):
    """Plain text in lines: no line begins with a stop or ends with an opening bracket, no number is torn apart.

    The library's own lines keep one such sign from the beginning of a line and tear numbers; it also makes one blank
    of many, so those that make room come as signs of their own.
    """

    def breakLinesCJK(self, widths: float | Sequence[float]) -> ParaLines:  # noqa: N802  the library's name
        room = min(widths) if isinstance(widths, (list, tuple)) else widths
        self.height = 0
        if not self.frags or getattr(self, "_splitpara", False):
            return super().breakLinesCJK(widths)
        whole = self.frags[0]
        measure = partial(stringWidth, fontName=whole.fontName, fontSize=whole.fontSize)
        lines = [
            (room - measure(line), [line])
            for given in whole.text.replace(_ROOM, " ").split(_LINE_END)
            for line in _lines_of(given, room, measure)
        ]
        return whole.clone(kind=0, lines=lines, ascent=whole.fontSize, descent=-0.2 * whole.fontSize)


def _lines_of(text: str, room: float, measure: Callable[[str], float]) -> list[str]:
    if measure(text) <= room:
        return [text]
    lines, line = [], ""
    for piece in _PIECE.findall(text):
        if line and measure(line + piece) > room:
            lines.append(line.rstrip())
            line = ""
        line += piece if line else piece.lstrip()
        while len(line) > 1 and measure(line) > room:
            fits = next((end for end in range(len(line) - 1, 1, -1) if measure(line[:end]) <= room), 1)
            lines.append(line[:fits])
            line = line[fits:]
    return [*lines, line] if line else lines


def paragraph(text: Any, style: ParagraphStyle = NORMAL) -> Paragraph:
    """Text as it is, with its line ends and blanks: no markup of ours or others' is read in it."""
    return _Text(drawn(str(text)).translate(_KEPT).replace("  ", _ROOM * 2), style)


def yuan(fen: int, style: ParagraphStyle = AMOUNT) -> Paragraph:
    """An amount in 元 of whole fen, to the right."""
    return paragraph(yuan_text(fen, grouped=True), style)


def grid(
    rows: Sequence[Sequence[Any]],
    widths: Sequence[float],
    *,
    heads: int = 0,
    labels: Sequence[int] = (),
    height: float | None = None,
) -> Table:
    """A ruled table; `heads` rows on top and the columns `labels` are washed.

    A head stands over its column: to the right where the amounts below it do. `height` is the least of every row, so
    that there is room to write; what needs more gets it.
    """
    _align_heads(rows, heads)
    wide = [WIDTH * share for share in widths]
    style = [
        ("FONT", (0, 0), (-1, -1), FONT, NORMAL.fontSize),
        ("TEXTCOLOR", (0, 0), (-1, -1), INK),
        ("GRID", (0, 0), (-1, -1), 0.5, LINE),
        ("VALIGN", (0, 0), (-1, -1), "MIDDLE"),
        ("TOPPADDING", (0, 0), (-1, -1), ABOVE),
        ("BOTTOMPADDING", (0, 0), (-1, -1), BELOW),
        ("LEFTPADDING", (0, 0), (-1, -1), CELL_PADDING),
        ("RIGHTPADDING", (0, 0), (-1, -1), CELL_PADDING),
    ]
    if heads:
        style.append(("BACKGROUND", (0, 0), (-1, heads - 1), WASH))
    style += [("BACKGROUND", (column, 0), (column, -1), WASH) for column in labels]
    return Table(
        rows,
        colWidths=wide,
        rowHeights=[_row_height(row, wide, height) for row in rows] if height else None,
        style=TableStyle(style),
        repeatRows=heads,
        spaceAfter=4,
    )


def _align_heads(rows: Sequence[Sequence[Any]], heads: int) -> None:
    for row in rows[:heads]:
        for at, head in enumerate(row):
            below = (one[at] for one in rows[heads:])
            if isinstance(head, Paragraph) and any(getattr(cell, "style", None) in _AMOUNTS for cell in below):
                head.style = _to_the_right(head.style)


@cache
def _to_the_right(style: ParagraphStyle) -> ParagraphStyle:
    return ParagraphStyle(f"{style.name}-right", parent=style, alignment=TA_RIGHT)


def _row_height(row: Sequence[Any], widths: Sequence[float], least: float) -> float:
    needed = (_cell_height(cell, width - 2 * CELL_PADDING) for cell, width in zip(row, widths, strict=False))
    return max(least, ABOVE + BELOW + max(needed, default=0))


def _cell_height(cell: Any, width: float) -> float:
    parts = cell if isinstance(cell, list) else [cell]
    return sum(one.wrap(width, A4[1])[1] for one in parts if isinstance(one, Flowable))


def sign_boxes(*boxes: tuple[str, str], height: float = SIGN_HEIGHT) -> Table:
    """签章栏: who signs or seals, with room under each and the name where it is known; never torn apart."""
    share = [1 / len(boxes)] * len(boxes)
    rows = [[paragraph(label, LABEL) for label, _name in boxes], [paragraph(name) for _label, name in boxes]]
    made = grid(rows, share, heads=1)
    room = (height - NORMAL.leading) / 2
    made.setStyle(
        [
            ("NOSPLIT", (0, 0), (-1, -1)),
            ("TOPPADDING", (0, 1), (-1, 1), room),
            ("BOTTOMPADDING", (0, 1), (-1, 1), room),
        ]
    )
    return made


def pairs(
    said: Sequence[tuple[str, Any]],
    *,
    columns: int = 2,
    label: float = LABEL_SHARE,
    empty: str = "",
    height: float | None = None,
) -> Table:
    """Labels with their values, `columns` pairs to a line; the last text of a line not filled has the rest of it.

    `label` is the share of the width that each label takes; `empty` stands for no value. A value is text, or what is
    drawn already, such as an amount.
    """
    cells: list[Any] = []
    for name, value in said:
        cells += [paragraph(name, LABEL), value if isinstance(value, Flowable) else paragraph(value or empty)]
    wide = 2 * columns
    cells += [""] * (-len(cells) % wide)
    rows = [cells[at : at + wide] for at in range(0, len(cells), wide)]
    made = grid(rows, (label, 1 / columns - label) * columns, labels=range(0, wide, 2), height=height)
    last = 2 * (len(said) % columns or columns) - 1
    free = last + 1 if rows and getattr(rows[-1][last], "style", None) in _AMOUNTS else last
    if last < wide - 1:
        made.setStyle([("SPAN", (free, -1), (-1, -1)), ("BACKGROUND", (free, -1), (-1, -1), colors.white)])
    return made


def render(paper: Paper, body: Sequence[Flowable]) -> bytes:
    """The paper as PDF (打印件)."""
    file = io.BytesIO()
    document = SimpleDocTemplate(
        file,
        pagesize=A4,
        leftMargin=MARGIN - FRAME_PADDING,
        rightMargin=MARGIN - FRAME_PADDING,
        topMargin=14 * mm,
        bottomMargin=18 * mm,
        title=f"{paper.title} {paper.number}",
        author=paper.agency,
    )
    head = [paragraph(paper.agency, AGENCY), paragraph(paper.title, TITLE)]

    class Pages(_NumberedPages):
        on = paper

    document.build([*head, *body], canvasmaker=Pages)
    return file.getvalue()


class _NumberedPages(Canvas):
    """Keeps the pages back until their number is known, then writes the foot of each."""

    on: Paper

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._kept: list[dict[str, Any]] = []

    def showPage(self) -> None:  # noqa: N802  the library's name
        self._kept.append(dict(self.__dict__))
        self._startPage()

    def save(self) -> None:
        for at, page in enumerate(self._kept, start=1):
            self.__dict__.update(page)
            self._foot(at, len(self._kept))
            super().showPage()
        super().save()

    def _foot(self, at: int, of: int) -> None:
        self.setFont(FONT, 8)
        self.setFillColor(SOFT)
        bottom = 10 * mm
        self.setStrokeColor(LINE)
        self.line(MARGIN, bottom + 4 * mm, A4[0] - MARGIN, bottom + 4 * mm)
        self.drawString(MARGIN, bottom, f"编号 {drawn(self.on.number)}")
        code = f"验证码 {self.on.code}    " if self.on.code else ""
        self.drawCentredString(A4[0] / 2, bottom, f"{code}打印时间 {self.on.printed_at}")
        self.drawRightString(A4[0] - MARGIN, bottom, f"第 {at} 页 / 共 {of} 页")
        if self.on.check_at and at == 1:
            draw_qr(self, self.on.check_at, x=MARGIN, y=A4[1] - 8 * mm - HEAD_QR, size=HEAD_QR)
        if self.on.reprint_mark:
            self.setFont(FONT, 12)
            self.setFillColor(colors.HexColor("#b3261e"))
            self.drawRightString(A4[0] - MARGIN, A4[1] - 12 * mm, self.on.reprint_mark)


def draw_qr(canvas: Canvas, text: str, *, x: float, y: float, size: float) -> None:
    """二维码 drawn as squares, sharp at every size; `x`, `y` is its lower left corner."""
    rows = [list(row) for row in segno.make(text, error="m", micro=False).matrix_iter(border=2)]
    step = size / len(rows)
    canvas.setFillColor(INK)
    for row, cells in enumerate(rows):
        for column, dark in enumerate(cells):
            if dark:
                below = y + size - (row + 1) * step
                canvas.rect(x + column * step, below, step * 1.02, step * 1.02, stroke=0, fill=1)


def verification_code(*parts: object) -> str:
    """验证码: twelve characters that only this installation can compute from what the paper says."""
    said = "\x1f".join(map(str, parts)).encode()
    digest = hmac.new(settings.SECRET_KEY.encode(), b"paper\x1f" + said, hashlib.sha256).digest()
    text = base64.b32encode(digest)[:12].decode()
    return "-".join((text[:4], text[4:8], text[8:]))


_DIGITS: Final = "零壹贰叁肆伍陆柒捌玖"
_PLACES: Final = ("", "拾", "佰", "仟")
_GROUPS: Final = ("", "万", "亿", "万亿")


def capital_amount(fen: int) -> str:
    """大写金额 of whole fen: `10250` → `壹佰零贰元伍角整`, as papers about money write it."""
    sign, fen = ("负", -fen) if fen < 0 else ("", fen)
    whole, jiao, cent = fen // 100, fen // 10 % 10, fen % 10
    text = _capital_whole(whole) + "元" if whole else ""
    if jiao:
        text += f"{_DIGITS[jiao]}角"
    elif cent and whole:
        text += "零"
    if cent:
        return f"{sign}{text}{_DIGITS[cent]}分"
    return f"{sign}{text or '零元'}整"


def _capital_whole(whole: int) -> str:
    groups: list[int] = []
    while whole:
        whole, group = divmod(whole, 10_000)
        groups.append(group)
    text, gap = "", False
    for at in range(len(groups) - 1, -1, -1):
        group = groups[at]
        if not group:
            gap = True
            continue
        if text and (gap or group < 1000):
            text += "零"
        text += _capital_group(group) + _GROUPS[at]
        gap = False
    return text


def _capital_group(group: int) -> str:
    text, gap = "", False
    for place in range(3, -1, -1):
        digit = group // 10**place % 10
        if digit:
            text += ("零" if gap and text else "") + _DIGITS[digit] + _PLACES[place]
            gap = False
        else:
            gap = True
    return text
