"""测算表 (xlsx): what was asked, the effect by every dimension, the largest changes."""

import tempfile
from collections.abc import Callable, Sequence
from datetime import date
from typing import IO, Any, Final

import xlsxwriter
from django.utils.translation import gettext
from django.utils.translation import gettext_noop as _

from tongchou.encounters.states import CareKind
from tongchou.enrolment.states import Scheme
from tongchou.lab.models import Replay, ReplayCell, ReplayChange
from tongchou.lab.queries import Result
from tongchou.lab.states import Dimension
from tongchou.settlement.stored import SHARES
from tongchou.settlement.terms import institution_name
from tongchou.wire.numbers import wire_id

_HEADS: Final = (
    _("分组"),
    _("取值"),
    _("结算笔数"),
    _("有变化"),
    _("个人少付(笔)"),
    _("个人多付(笔)"),
    _("少付金额(元)"),
    _("多付金额(元)"),
    _("人数"),
    _("少付(人)"),
    _("多付(人)"),
    _("原基金支付(元)"),
    _("新基金支付(元)"),
    _("基金支付变化(元)"),
)
_OF_CHANGES: Final = (
    _("结算号"),
    _("结算日期"),
    _("医疗类别"),
    _("定点机构"),
    _("原基金支付(元)"),
    _("新基金支付(元)"),
    _("个人少付(元)"),
)


class _Sheet:
    """Rows one below the other; fen become yuan as numbers, to be looked at, never read back."""

    def __init__(self, book: Any, name: str) -> None:
        self._sheet = book.add_worksheet(name)
        self._head = book.add_format({"bold": True, "bg_color": "#EEF2F5"})
        self._money = book.add_format({"num_format": "#,##0.00;[Red]-#,##0.00"})
        self._count = book.add_format({"num_format": "#,##0"})
        self._at = 0

    def heads(self, labels: Sequence[str]) -> None:
        for column, label in enumerate(labels):
            self._sheet.write_string(self._at, column, label, self._head)
        self._sheet.freeze_panes(self._at + 1, 0)
        self._sheet.set_column(0, 1, 20)
        self._sheet.set_column(2, len(labels), 15)
        self._at += 1

    def row(self, texts: Sequence[str], counts: Sequence[tuple[int, int]], fens: Sequence[tuple[int, int]]) -> None:
        """Texts first; counts and amounts at the columns they name."""
        for column, text in enumerate(texts):
            self._sheet.write_string(self._at, column, text)
        for column, count in counts:
            self._sheet.write_number(self._at, column, count, self._count)
        for column, fen in fens:
            self._sheet.write_number(self._at, column, fen / 100, self._money)
        self._at += 1


def written(
    replay: Replay,
    result: Result,
    largest: tuple[Sequence[ReplayChange], Sequence[ReplayChange]],
    words: Callable[[ReplayCell], str],
) -> IO[bytes]:
    """The workbook, at its beginning (测算表)."""
    file = tempfile.TemporaryFile()  # noqa: SIM115  the response closes it
    book = xlsxwriter.Workbook(file, {"in_memory": True, "strings_to_formulas": False})
    _ask(_Sheet(book, gettext("测算条件")), replay)
    _cells(_Sheet(book, gettext("分组结果")), result, words)
    _layers(_Sheet(book, gettext("支付层")), result)
    _changes(_Sheet(book, gettext("变化最大的结算")), replay, largest)
    book.close()
    file.seek(0)
    return file


def _ask(sheet: _Sheet, replay: Replay) -> None:
    sheet.heads([gettext("项目"), gettext("内容")])
    last = date.fromordinal(replay.until.toordinal() - 1)
    for label, text in (
        (gettext("名称"), replay.title),
        (gettext("统筹地区"), replay.unit_code or replay.pooling_area),
        (gettext("险种"), gettext(Scheme(replay.scheme).label)),
        (gettext("结算时段"), f"{replay.since} — {last}"),
        (gettext("人员范围"), f"{replay.permille / 10:g}%"),
        (gettext("方案"), replay.candidate),
        (gettext("方案摘要"), replay.candidate_hash),
        (gettext("经办人"), replay.operator),
        *((change["words"], f"{change['old']} → {change['new']}") for change in replay.changes),
        *((f"{gettext('不能测算')} {one['code']}", f"{one['count']} · {one['reason']}") for one in replay.left_out),
    ):
        sheet.row([label, text], [], [])


def _cells(sheet: _Sheet, result: Result, words: Callable[[ReplayCell], str]) -> None:
    sheet.heads([gettext(head) for head in _HEADS])
    for dimension in Dimension:
        for cell in result.of(dimension):
            label = "" if dimension is Dimension.ALL else words(cell)
            sheet.row(
                [gettext(dimension.label), label],
                [
                    (2, cell.settlements),
                    (3, cell.changed),
                    (4, cell.gained),
                    (5, cell.lost),
                    (8, cell.persons),
                    (9, cell.persons_gained),
                    (10, cell.persons_lost),
                ],
                [
                    (6, cell.gained_fen),
                    (7, cell.lost_fen),
                    (11, cell.old_fund_fen),
                    (12, cell.new_fund_fen),
                    (13, cell.difference_fen),
                ],
            )


def _layers(sheet: _Sheet, result: Result) -> None:
    sheet.heads([gettext("支付层"), "", gettext("原(元)"), gettext("新(元)"), gettext("变化(元)")])
    if result.whole is None:
        return
    for (layer, _column, _member), old, new in zip(SHARES, result.whole.old_fen, result.whole.new_fen, strict=True):
        sheet.row([gettext(layer.label)], [], [(2, old), (3, new), (4, new - old)])


def _changes(sheet: _Sheet, replay: Replay, largest: tuple[Sequence[ReplayChange], Sequence[ReplayChange]]) -> None:
    sheet.heads([gettext(head) for head in _OF_CHANGES])
    for one in (*largest[0], *largest[1]):
        sheet.row(
            [
                wire_id(replay.pooling_area, one.settlement_id),
                one.settled_on.isoformat(),
                gettext(CareKind(one.kind).label),
                institution_name(one.institution_code),
            ],
            [],
            [(4, sum(one.old_fen[:-2])), (5, sum(one.new_fen[:-2])), (6, one.gain_fen)],
        )
