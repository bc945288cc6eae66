"""医疗费用结算单 (GX2017 §81, 84; JL2019 §33; SET-06): one layout for card and manual settlement, A4.

Amounts come from the stored settlement and are only written here, never computed: what the slip says is what is kept.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from reportlab.lib.styles import ParagraphStyle
from reportlab.platypus import Flowable, KeepTogether, Spacer

from tongchou.kernel.money import yuan_text
from tongchou.platform.web.paper import (
    AMOUNT,
    HEADING,
    LABEL,
    SMALL,
    WIDTH,
    Paper,
    capital_amount,
    grid,
    paragraph,
    render,
)

ROOM_TO_SIGN = 40
INDENT = 8


@dataclass(frozen=True, slots=True)
class Slip:
    """What a slip says; amounts in whole fen, everything else as printed."""

    paper: Paper
    person: Sequence[tuple[str, str]]
    visit: Sequence[tuple[str, str]]
    diagnoses: str
    categories: Sequence[tuple[str, int]]
    classes: Sequence[tuple[str, int]]
    benefit: Sequence[tuple[str, str]]
    payers: Sequence[tuple[str, int]]
    total_fen: int
    fund_paid_fen: int
    person_share_fen: int
    account_paid_fen: int
    cash_fen: int
    year_to_date: Sequence[tuple[str, str]]
    reasons: Sequence[tuple[int, str, int, str]]
    """How deep a line stands below the one it belongs to, what it is, how much, and why."""
    unpaid: Sequence[tuple[str, int, str]]
    package: str
    package_hash: str
    operator: str
    remark: str = ""


def slip_pdf(slip: Slip) -> bytes:
    """The slip as PDF (结算单)."""
    body: list[Flowable] = [Spacer(WIDTH, 4)]
    if slip.remark:
        body.append(paragraph(slip.remark, HEADING))
    body += [
        _pairs([*slip.person, *slip.visit], columns=3),
        grid([[paragraph("诊断", LABEL), paragraph(slip.diagnoses)]], (0.11, 0.89), labels=(0,)),
        paragraph("一、费用构成(元)", HEADING),
        _amounts(slip.categories, columns=4),
        _amounts([*slip.classes, ("医疗费总额", slip.total_fen)], columns=4),
        paragraph("二、待遇计算", HEADING),
        _pairs(slip.benefit, columns=3),
        paragraph("三、支付构成(元)", HEADING),
        _amounts(slip.payers, columns=4),
        _totals(slip),
        paragraph("四、本年度累计", HEADING),
        _pairs(slip.year_to_date, columns=3) if slip.year_to_date else paragraph("无", SMALL),
        paragraph("五、计算说明", HEADING),
        paragraph("缩进各行是其上一行的组成部分,或者算出它的步骤。", SMALL),
        _reasons(slip.reasons),
    ]
    if slip.unpaid:
        unpaid = [(0, *line) for line in slip.unpaid]
        body += [paragraph("六、不予支付费用及原因", HEADING), _reasons(unpaid)]
    body.append(KeepTogether([Spacer(WIDTH, 6), *_foot(slip)]))
    return render(slip.paper, body)


def _pairs(pairs: Sequence[tuple[str, str]], *, columns: int) -> Flowable:
    """Labels and values side by side."""
    cells: list[Any] = []
    for label, value in pairs:
        cells += [paragraph(label, LABEL), paragraph(value or "—")]
    return grid(_filled(cells, 2 * columns), _widths(columns, 0.11), labels=range(0, 2 * columns, 2))


def _amounts(pairs: Sequence[tuple[str, int]], *, columns: int) -> Flowable:
    cells: list[Any] = []
    for label, fen in pairs:
        cells += [paragraph(label, LABEL), paragraph(yuan_text(fen, grouped=True), AMOUNT)]
    return grid(_filled(cells, 2 * columns), _widths(columns, 0.13), labels=range(0, 2 * columns, 2))


def _filled(cells: list[Any], width: int) -> list[list[Any]]:
    cells = [*cells, *[""] * (-len(cells) % width)]
    return [cells[at : at + width] for at in range(0, len(cells), width)] or [[""] * width]


def _widths(columns: int, label: float) -> list[float]:
    return [label, 1 / columns - label] * columns


def _totals(slip: Slip) -> Flowable:
    """The four sums, and the cash in capital characters as papers about money demand it."""
    rows = [
        [
            paragraph("基金支付总额", LABEL),
            paragraph(yuan_text(slip.fund_paid_fen, grouped=True), AMOUNT),
            paragraph("个人负担总额", LABEL),
            paragraph(yuan_text(slip.person_share_fen, grouped=True), AMOUNT),
        ],
        [
            paragraph("个人账户支付", LABEL),
            paragraph(yuan_text(slip.account_paid_fen, grouped=True), AMOUNT),
            paragraph("个人现金支付", LABEL),
            paragraph(yuan_text(slip.cash_fen, grouped=True), AMOUNT),
        ],
        [
            paragraph("现金大写", LABEL),
            paragraph(capital_amount(slip.cash_fen)),
            paragraph("医疗费总额", LABEL),
            paragraph(yuan_text(slip.total_fen, grouped=True), AMOUNT),
        ],
    ]
    return grid(rows, (0.16, 0.34, 0.16, 0.34), labels=(0, 2))


def _reasons(reasons: Sequence[tuple[int, str, int, str]]) -> Flowable:
    """What, how much, and why; a line that belongs to the one above it is indented."""
    rows = [[paragraph("项目", LABEL), paragraph("金额(元)", LABEL), paragraph("依据", LABEL)]]
    rows += [
        [paragraph(what, _indented(depth)), paragraph(yuan_text(fen, grouped=True), AMOUNT), paragraph(why, SMALL)]
        for depth, what, fen, why in reasons
    ]
    return grid(rows, (0.24, 0.14, 0.62), heads=1)


def _indented(depth: int) -> ParagraphStyle:
    return ParagraphStyle(f"small-{depth}", parent=SMALL, leftIndent=depth * INDENT)


def _foot(slip: Slip) -> list[Flowable]:
    said = f"政策包 {slip.package}(摘要 {slip.package_hash[:16]})    经办人 {slip.operator or '—'}"
    signatures = [[paragraph("参保人(或家属)签名:"), paragraph("定点机构(盖章):"), paragraph("经办机构(盖章):")]]
    return [paragraph(said, SMALL), Spacer(WIDTH, 4), grid(signatures, (0.34, 0.33, 0.33), height=ROOM_TO_SIGN)]
