"""Printed papers (打印件): A4 with the agency's name of that day, number, page x/y, verification code, 补打 mark.

The font is the one every PDF reader knows for simplified Chinese; nothing is embedded and nothing fetched.
"""

import base64
import hashlib
import hmac
import io
from collections.abc import Sequence
from dataclasses import dataclass
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
from reportlab.pdfgen.canvas import Canvas
from reportlab.platypus import Flowable, Paragraph, SimpleDocTemplate, Table, TableStyle

FONT: Final = "STSong-Light"
INK: Final = colors.HexColor("#1b2733")
SOFT: Final = colors.HexColor("#53606e")
LINE: Final = colors.HexColor("#b9c4ce")
WASH: Final = colors.HexColor("#f2f5f8")
MARGIN: Final = 15 * mm
WIDTH: Final = A4[0] - 2 * MARGIN
HEAD_QR: Final = 19 * mm
FRAME_PADDING: Final = 6
"""What the library leaves free inside the margins."""

pdfmetrics.registerFont(UnicodeCIDFont(FONT))

NORMAL: Final = ParagraphStyle("normal", fontName=FONT, fontSize=9, leading=13, textColor=INK, wordWrap="CJK")
MINUS: Final = "\u2212"
"""A character that the font of paper does not have."""
SMALL: Final = ParagraphStyle("small", parent=NORMAL, fontSize=8, leading=11)
SMALL_AMOUNT: Final = ParagraphStyle("small-amount", parent=SMALL, alignment=TA_RIGHT)
LABEL: Final = ParagraphStyle("label", parent=NORMAL, textColor=SOFT)
AMOUNT: Final = ParagraphStyle("amount", parent=NORMAL, alignment=TA_RIGHT)
HEADING: Final = ParagraphStyle("heading", parent=NORMAL, fontSize=10.5, leading=15, spaceBefore=7, spaceAfter=3)
TITLE: Final = ParagraphStyle("title", parent=NORMAL, fontSize=16, leading=22, alignment=TA_CENTER, spaceAfter=2)
AGENCY: Final = ParagraphStyle("agency", parent=NORMAL, fontSize=11, leading=15, alignment=TA_CENTER)


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


def paragraph(text: Any, style: ParagraphStyle = NORMAL) -> Paragraph:
    """Text as it is: no markup of ours or others' is read in it."""
    plain = str(text).replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;").replace(MINUS, "-")
    return Paragraph(plain, style)


def grid(
    rows: Sequence[Sequence[Any]],
    widths: Sequence[float],
    *,
    heads: int = 0,
    labels: Sequence[int] = (),
    height: float | None = None,
) -> Table:
    """A ruled table; `heads` rows on top and the columns `labels` are washed. `height` is that of every row."""
    style = [
        ("FONT", (0, 0), (-1, -1), FONT, NORMAL.fontSize),
        ("TEXTCOLOR", (0, 0), (-1, -1), INK),
        ("GRID", (0, 0), (-1, -1), 0.5, LINE),
        ("VALIGN", (0, 0), (-1, -1), "MIDDLE"),
        ("TOPPADDING", (0, 0), (-1, -1), 2.5),
        ("BOTTOMPADDING", (0, 0), (-1, -1), 3.5),
        ("LEFTPADDING", (0, 0), (-1, -1), 4),
        ("RIGHTPADDING", (0, 0), (-1, -1), 4),
    ]
    if heads:
        style.append(("BACKGROUND", (0, 0), (-1, heads - 1), WASH))
    style += [("BACKGROUND", (column, 0), (column, -1), WASH) for column in labels]
    return Table(
        rows,
        colWidths=[WIDTH * share for share in widths],
        rowHeights=[height] * len(rows),
        style=TableStyle(style),
        repeatRows=heads,
        spaceAfter=4,
    )


def pair_rows(said: Sequence[tuple[str, str]], *, empty: str = "") -> list[list[Any]]:
    """Labels with their values, two pairs to a row, for a grid of four columns; `empty` stands for no value."""
    cells: list[Any] = []
    for label, value in said:
        cells += [paragraph(label, LABEL), paragraph(value or empty)]
    cells += [""] * (-len(cells) % 4)
    return [cells[at : at + 4] for at in range(0, len(cells), 4)]


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
        self.drawString(MARGIN, bottom, f"编号 {self.on.number}")
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
