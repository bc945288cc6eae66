"""Certificates on paper (权益证明打印; RIG-02; ENR-35; ORG-21): what was kept, the agency's stamp, code and QR.

Whoever scans the code comes to the public page where the same content is shown. Nothing is computed for a copy.
"""

import math
from collections.abc import Sequence
from typing import Any, Final

from django.utils import timezone
from reportlab.lib import colors
from reportlab.lib.enums import TA_CENTER
from reportlab.lib.styles import ParagraphStyle
from reportlab.lib.units import mm
from reportlab.pdfbase.pdfmetrics import stringWidth
from reportlab.platypus import Flowable, KeepTogether, PageBreak, Spacer, Table, TableStyle

from tongchou.platform.web.paper import (
    AMOUNT,
    FONT,
    HEADING,
    INK,
    LABEL,
    LABEL_AMOUNT,
    NORMAL,
    SMALL,
    SOFT,
    WIDTH,
    Paper,
    draw_qr,
    drawn,
    grid,
    pairs,
    paragraph,
    render,
)
from tongchou.rights import contents
from tongchou.rights.contents import Content, Value
from tongchou.rights.models import Certificate

STAMP: Final = colors.HexColor("#c8102e")
STAMP_SIZE: Final = 38 * mm
QR_SIZE: Final = 24 * mm
DATE_SIZE: Final = 6 * mm
CELL_PADDING: Final = 8
"""What a cell leaves free at its sides."""
ARC: Final = 250.0
"""Degrees of the stamp's ring that the agency's name may take."""
STAR_POINTS: Final = 5
WORDS: Final = ParagraphStyle("words", parent=NORMAL, fontSize=10.5, leading=17, spaceBefore=6, spaceAfter=4)
CENTRED: Final = ParagraphStyle("centred", parent=SMALL, alignment=TA_CENTER, textColor=SOFT)


def spaced(code: str) -> str:
    """The code as people read it: `ABCD-EFGH-JKMN-PQRS`."""
    return "-".join(code[at : at + 4] for at in range(0, len(code), 4))


def certificate_pdf(certificate: Certificate, *, copy: int, verify_at: str, now: Any) -> bytes:
    """One certificate as PDF (证明); `copy` is which print it is, `verify_at` the address of the public check."""
    return render(_head(certificate, copy, now), _body(certificate, verify_at))


def certificates_pdf(papers: Sequence[tuple[Certificate, int]], *, title: str, verify_at: str, now: Any) -> bytes:
    """Several certificates in one file, each on a page of its own (批量打印)."""
    first = papers[0][0]
    head = Paper(first.agency, title, f"{first.number} 等{len(papers)}份", _moment(now), "见各页", 0)
    body: list[Flowable] = []
    for number, (certificate, copy) in enumerate(papers):
        if number:
            body.append(PageBreak())
        mark = f"    补打{copy - 1}" if copy > 1 else ""
        said = f"编号 {certificate.number}    验证码 {spaced(certificate.code)}{mark}"
        body += [paragraph(said, CENTRED), *_body(certificate, verify_at, with_code=True)]
    return render(head, body)


def _head(certificate: Certificate, copy: int, now: Any) -> Paper:
    return Paper(
        agency=certificate.agency,
        title=contents.from_kept(certificate.content).title,
        number=certificate.number,
        printed_at=_moment(now),
        code=spaced(certificate.code),
        copies_before=copy - 1,
    )


def _moment(now: Any) -> str:
    return timezone.localtime(now).strftime("%Y-%m-%d %H:%M")


def _body(certificate: Certificate, verify_at: str, *, with_code: bool = False) -> list[Flowable]:
    content = contents.from_kept(certificate.content)
    parts: list[Flowable] = [Spacer(WIDTH, 4)]
    if with_code:
        parts.append(paragraph(content.title, HEADING))
    parts += [_about(content.about), paragraph(content.words, WORDS)]
    for table in content.tables:
        parts += [paragraph(table.title, HEADING), _table(table)]
        if table.sums:
            parts.append(_sums(table.sums))
    parts.append(KeepTogether([Spacer(WIDTH, 10), _foot(certificate, content, verify_at)]))
    return parts


def _about(values: Sequence[Value]) -> Flowable:
    return pairs([(one.label, one.value) for one in values], empty="—")


def _table(table: contents.Table) -> Flowable:
    """A ruled table; cells that fit on one line are drawn as they are, for a roster has thousands of them."""
    if not table.rows:
        return paragraph("无", SMALL)
    heads = [paragraph(column.head, LABEL_AMOUNT if column.amount else LABEL) for column in table.columns]
    rows = [[_cell(cell, column) for column, cell in zip(table.columns, row, strict=True)] for row in table.rows]
    made = grid([heads, *rows], [column.width for column in table.columns], heads=1)
    plain = [("FONT", (0, 1), (-1, -1), FONT, SMALL.fontSize), ("TEXTCOLOR", (0, 1), (-1, -1), INK)]
    amounts = [("ALIGN", (at, 1), (at, -1), "RIGHT") for at, column in enumerate(table.columns) if column.amount]
    made.setStyle(TableStyle([*plain, *amounts]))
    return made


def _cell(text: str, column: contents.Column) -> Any:
    room = WIDTH * column.width - CELL_PADDING
    short = len(text) * SMALL.fontSize <= room or stringWidth(text, FONT, SMALL.fontSize) <= room
    if short and "\n" not in text:
        return drawn(text)
    return paragraph(text, AMOUNT if column.amount else SMALL)


def _sums(sums: Sequence[Value]) -> Flowable:
    cells: list[Any] = []
    for one in sums:
        cells += [paragraph(one.label, LABEL), paragraph(one.value, AMOUNT)]
    share = 1 / len(sums)
    return grid([cells], [share * 0.4, share * 0.6] * len(sums), labels=range(0, 2 * len(sums), 2))


def _foot(certificate: Certificate, content: Content, verify_at: str) -> Flowable:
    """QR and how to check on the left; agency, day and stamp on the right."""
    address = f"{verify_at}?c={certificate.code}"
    told = [
        paragraph(f"出具依据:{content.basis}", SMALL),
        paragraph(f"数据截至:{content.as_of.isoformat()}", SMALL),
        paragraph(f"验证码:{spaced(certificate.code)}", SMALL),
        paragraph("扫描左侧二维码,或打开下列网址输入验证码,可核对本证明:", SMALL),
        paragraph(verify_at, SMALL),
    ]
    issued = timezone.localtime(certificate.issued_at).date()
    day = f"{issued.year}年{issued.month}月{issued.day}日"
    cells = [[QrCode(address), told, Stamp(certificate.agency, day)]]
    return Table(
        cells,
        colWidths=[QR_SIZE + 4 * mm, WIDTH - QR_SIZE - STAMP_SIZE - 24 * mm, STAMP_SIZE + 20 * mm],
        style=TableStyle([("VALIGN", (0, 0), (-1, -1), "MIDDLE"), ("LEFTPADDING", (0, 0), (-1, -1), 0)]),
    )


class QrCode(Flowable):
    """The QR code of the certificate's address."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.width = self.height = QR_SIZE
        self._text = text

    def draw(self) -> None:
        draw_qr(self.canv, self._text, x=0, y=0, size=QR_SIZE)


class Stamp(Flowable):
    """经办机构业务专用章 with the day: a ring, the agency's name along it, a star.

    It is a picture; the code is what proves the paper (decision 0242).
    """

    def __init__(self, agency: str, day: str) -> None:
        super().__init__()
        self.width, self.height = STAMP_SIZE + 18 * mm, STAMP_SIZE + DATE_SIZE
        self._agency, self._day = agency, day

    def draw(self) -> None:
        canvas, radius = self.canv, STAMP_SIZE / 2 - 1 * mm
        canvas.saveState()
        canvas.setFont(FONT, 9)
        canvas.setFillColor(INK)
        canvas.drawCentredString(self.width / 2, 2, self._day)
        canvas.translate(self.width / 2, DATE_SIZE + STAMP_SIZE / 2)
        canvas.setStrokeColor(STAMP)
        canvas.setFillColor(STAMP)
        canvas.setStrokeAlpha(0.85)
        canvas.setFillAlpha(0.85)
        canvas.setLineWidth(1.4)
        canvas.circle(0, 0, radius, stroke=1, fill=0)
        self._star(radius * 0.26)
        self._ring(radius - 4.6 * mm)
        canvas.setFont(FONT, 7.5)
        canvas.drawCentredString(0, -radius * 0.46, "业务专用章")
        canvas.restoreState()

    def _star(self, size: float) -> None:
        path = self.canv.beginPath()
        for point in range(2 * STAR_POINTS):
            far = size if point % 2 == 0 else size * 0.382
            angle = math.pi / 2 + point * math.pi / STAR_POINTS
            move = path.lineTo if point else path.moveTo
            move(far * math.cos(angle), far * math.sin(angle))
        path.close()
        self.canv.drawPath(path, stroke=0, fill=1)

    def _ring(self, radius: float) -> None:
        """The name's characters stand on the ring, from the lower left over the top."""
        step = min(ARC / max(len(self._agency) - 1, 1), 26.0)
        start = 90 + step * (len(self._agency) - 1) / 2
        for place, character in enumerate(self._agency):
            angle = math.radians(start - place * step)
            self.canv.saveState()
            self.canv.translate(radius * math.cos(angle), radius * math.sin(angle))
            self.canv.rotate(math.degrees(angle) - 90)
            self.canv.setFont(FONT, 9 if len(self._agency) <= 14 else 8)
            self.canv.drawCentredString(0, 0, character)
            self.canv.restoreState()
