"""Parts that paper forms of items have in common (业务表单): pairs of label and value, boxes to tick, boxes to sign."""

from collections.abc import Sequence
from typing import Any, Final

from reportlab.lib.units import mm
from reportlab.platypus import Flowable, KeepTogether, Spacer, Table

from tongchou.cases.kinds import Filled, Opinion
from tongchou.platform.web import paper
from tongchou.platform.web.paper import FONT, HEADING, INK, LABEL, SMALL, WIDTH, grid, paragraph

LINE_HEIGHT: Final = 8 * mm
"""Room to write by hand."""
LOW_LINE: Final = 7 * mm
"""The same on a form of many lines."""
BOX_HEIGHT: Final = 25 * mm
"""Room for an opinion, a signature and a seal."""
LOW_BOX: Final = 20 * mm
BOX_SHARE: Final = 0.85
CELL_PADDING: Final = 4
SHORT_OPINION: Final = 80
"""Characters that fit into a box of that height."""
DAY_BY_HAND: Final = "            年      月      日"


def pairs(filled: Filled, said: Sequence[tuple[str, str]], *, line: float = LINE_HEIGHT) -> Flowable:
    """Labels with their values, two to a line; a blank form has `line` as room to write."""
    return paper.pairs(said, height=line if filled.subject is None else None)


def table(
    filled: Filled,
    heads: Sequence[str],
    lines: Sequence[Sequence[str]],
    widths: Sequence[float],
    *,
    blank: int = 0,
    line: float = LINE_HEIGHT,
) -> Flowable:
    """A table with its heads; a blank form has `line` as room to write, and `blank` empty lines when there are none."""
    by_hand = filled.subject is None
    if by_hand and not lines:
        lines = [[""] * len(heads)] * blank
    rows: list[list[Any]] = [[paragraph(head, LABEL) for head in heads]]
    rows += [[paragraph(cell) for cell in one] for one in lines]
    return grid(rows, widths, heads=1, height=line if by_hand else None)


def ticks(choices: Sequence[tuple[str, Any]], chosen: str) -> str:
    """勾选: each choice with a box before it, the chosen one filled."""
    return "  ".join(f"{'■' if code == chosen else '□'}{label}" for code, label in choices)


def sign_boxes(
    filled: Filled, declaration: str, boxes: Sequence[tuple[str, str]], *, height: float = BOX_HEIGHT
) -> list[Flowable]:
    """签名盖章栏: the applicant's under the declaration, then one for each office, as (step, label of the box).

    The step `accept` is the counter's; a step that was not yet taken, or a form filled by hand, leaves the box free.
    """
    applicant = [
        paragraph(declaration, SMALL),
        Spacer(1, 6 * mm),
        _signed("申请人(代办人)签名:", "", DAY_BY_HAND),
    ]
    # one table per box, so that none is torn apart and each may have its own height
    parts = [_boxed("申请人", applicant, height)]
    for step, label in boxes:
        said = filled.opinion(step)
        is_long = said is not None and len(said.opinion) > SHORT_OPINION
        parts.append(_boxed(label, _box(said), None if is_long else height))
    return [KeepTogether([paragraph("签章", HEADING), *parts])]


def _boxed(label: str, content: list[Flowable], height: float | None) -> Flowable:
    return grid([[paragraph(label, LABEL), content]], (1 - BOX_SHARE, BOX_SHARE), labels=(0,), height=height)


def _box(said: Opinion | None) -> list[Flowable]:
    words = "" if said is None else f"{'同意' if said.agreed else '不同意'}。{said.opinion}".rstrip("。") + "。"
    who = "" if said is None else f"{said.unit} {said.operator}"
    on = DAY_BY_HAND if said is None else said.on.isoformat()
    return [
        paragraph(words),
        Spacer(1, (3 if words else 6) * mm),
        _signed(f"经办人签名:{who}", "(盖章)", on),
    ]


def _signed(who: str, seal: str, on: str) -> Flowable:
    """The line for name, seal and day; plain cells, for a paragraph swallows the blanks that leave room to write."""
    width = WIDTH * BOX_SHARE - 2 * CELL_PADDING
    style = [
        ("FONT", (0, 0), (-1, -1), FONT, SMALL.fontSize),
        ("TEXTCOLOR", (0, 0), (-1, -1), INK),
        ("LEFTPADDING", (0, 0), (-1, -1), 0),
        ("ALIGN", (-1, 0), (-1, 0), "RIGHT"),
    ]
    return Table([[who, seal, on]], colWidths=[width * share for share in (0.62, 0.1, 0.28)], style=style)
