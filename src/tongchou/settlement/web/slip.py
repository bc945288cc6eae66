"""医疗费用结算单 (GX2017 §81, 84; JL2019 §33; SET-06): one layout for card and manual settlement, A4.

Amounts come from the stored settlement and are only written here, never computed: what the slip says is what is kept.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from reportlab.lib.styles import ParagraphStyle
from reportlab.platypus import Flowable, KeepTogether, Spacer

from tongchou.platform.web.paper import (
    HEADING,
    LABEL,
    SMALL,
    SMALL_AMOUNT,
    WIDTH,
    Paper,
    capital_amount,
    grid,
    pairs,
    paragraph,
    render,
    yuan,
)

ROOM_TO_SIGN = 40
INDENT = 8
WIDE_LABEL = 0.13
"""Of each of three or four columns of labels."""
LONG_LABEL = 0.22


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
        pairs([*slip.person, *slip.visit], columns=3, label=WIDE_LABEL, empty="—"),
        pairs([("诊断", slip.diagnoses)], columns=1, label=WIDE_LABEL, empty="—"),
        paragraph("一、费用构成(元)", HEADING),
        _amounts(slip.categories),
        _amounts([*slip.classes, ("医疗费总额", slip.total_fen)]),
        paragraph("二、待遇计算", HEADING),
        pairs(slip.benefit, columns=3, label=WIDE_LABEL, empty="—"),
        paragraph("三、支付构成(元)", HEADING),
        _amounts(slip.payers),
        _totals(slip),
        paragraph("四、本年度累计", HEADING),
        pairs(slip.year_to_date, label=LONG_LABEL) if slip.year_to_date else paragraph("无", SMALL),
        paragraph("五、计算说明", HEADING),
        paragraph("缩进各行是其上一行的组成部分,或者算出它的步骤。", SMALL),
        _reasons(slip.reasons),
    ]
    if slip.unpaid:
        unpaid = [(0, *line) for line in slip.unpaid]
        body += [paragraph("六、不予支付费用及原因", HEADING), _reasons(unpaid)]
    body.append(KeepTogether([Spacer(WIDTH, 6), *_foot(slip)]))
    return render(slip.paper, body)


def _amounts(told: Sequence[tuple[str, int]]) -> Flowable:
    return pairs([(label, yuan(fen)) for label, fen in told], columns=4, label=WIDE_LABEL)


def _totals(slip: Slip) -> Flowable:
    """The four sums, and the cash in capital characters as papers about money demand it."""
    return pairs(
        [
            ("基金支付总额", yuan(slip.fund_paid_fen)),
            ("个人负担总额", yuan(slip.person_share_fen)),
            ("个人账户支付", yuan(slip.account_paid_fen)),
            ("个人现金支付", yuan(slip.cash_fen)),
            ("现金大写", capital_amount(slip.cash_fen)),
            ("医疗费总额", yuan(slip.total_fen)),
        ]
    )


def _reasons(reasons: Sequence[tuple[int, str, int, str]]) -> Flowable:
    """What, how much, and why; a line that belongs to the one above it is indented."""
    rows = [[paragraph("项目", LABEL), paragraph("金额(元)", LABEL), paragraph("依据", LABEL)]]
    rows += [
        [paragraph(what, _indented(depth)), yuan(fen, SMALL_AMOUNT), paragraph(why, SMALL)]
        for depth, what, fen, why in reasons
    ]
    return grid(rows, (0.24, 0.14, 0.62), heads=1)


def _indented(depth: int) -> ParagraphStyle:
    return ParagraphStyle(f"small-{depth}", parent=SMALL, leftIndent=depth * INDENT)


def _foot(slip: Slip) -> list[Flowable]:
    said = f"政策包 {slip.package}(摘要 {slip.package_hash[:16]})    经办人 {slip.operator or '—'}"
    signatures = [[paragraph("参保人(或家属)签名:"), paragraph("定点机构(盖章):"), paragraph("经办机构(盖章):")]]
    return [paragraph(said, SMALL), Spacer(WIDTH, 4), grid(signatures, (0.34, 0.33, 0.33), height=ROOM_TO_SIGN)]
