"""Files that answer ours (回盘文件): read as agreed, and refused whole when they are not what they say.

A partner's file becomes a table like any other, so that check, preview, take-in, progress and recovery are those of
every import. What is refused before a row counts: a file of another partner or another number, a format that nobody
agreed, a file cut short, control totals that are not those of its rows, an answer to what is answered already.
"""

from collections.abc import Generator, Iterator, Mapping
from pathlib import Path
from typing import Final

from django.utils import timezone

from tongchou.exchange import editions, formats
from tongchou.exchange.flows import title_of
from tongchou.exchange.formats import Format, Record
from tongchou.exchange.models import ExchangeAgreement, ImportFile, OutgoingFile, Partner
from tongchou.exchange.states import Direction, OutgoingState
from tongchou.kernel.money import yuan_text
from tongchou.platform.spreadsheets import reading
from tongchou.platform.spreadsheets.columns import Layout
from tongchou.platform.spreadsheets.faults import FileUnreadable
from tongchou.platform.spreadsheets.kinds import Opener, Option
from tongchou.platform.spreadsheets.reading import Row, Table

PIECE: Final = 1 << 20
BLANK: Final = " \t\x1a"
"""A line of nothing else is empty: some hosts end their files with blanks or with an end-of-file mark."""
AWAITING: Final = (OutgoingState.SENT, OutgoingState.RECEIPTED)
ANSWERS: Final = Option("answers", "对应的发出文件编号", {}, "")
"""What is asked with a file that answers one of ours."""
CODE: Final = "code"
"""The field whose values are translated by the format's table of result codes."""


class NothingAwaited(FileUnreadable):
    code = "EX-2111"
    message = "没有编号为“{number}”、等待回盘的“{flow}”文件"
    citation = "GX2017 §23"


class AnsweredAlready(FileUnreadable):
    code = "EX-2112"
    message = "文件{number}{state},不再接收回盘"
    citation = "GX2017 §23"


class FormatUnknown(FileUnreadable):
    code = "EX-2113"
    message = "不是{partner}约定的回盘格式:首行应以“{mark}”开头"
    citation = "JL2019 §50"


class AnswersAnother(FileUnreadable):
    code = "EX-2114"
    message = "这是对文件{said}的回盘,不是对{number}的"
    citation = "GX2017 §23"


class WrongPartner(FileUnreadable):
    code = "EX-2115"
    message = "文件来自“{said}”,应来自“{partner}”"
    citation = "GX2017 §23"


class CutShort(FileUnreadable):
    code = "EX-2116"
    message = "文件不完整:{problem}"
    citation = "GX2017 §23"


class NobodySends(FileUnreadable):
    code = "EX-2118"
    message = "没有与“{partner}”约定接收“{flow}”"
    citation = "JL2019 §50"


class TotalsDiffer(FileUnreadable):
    code = "EX-2117"
    message = "文件所列合计与明细不符:{what}为{said},明细为{found}"
    citation = "GX2017 §95"


def opener(flow: str, layout: Layout, totalled: str = "") -> Opener:
    """What opens the answers of a flow (打开回盘文件): the option `answers` holds the number of the file they answer.

    `totalled` is the field of a row whose sum the answer states, if it states one. The opened table has the columns of
    `layout`.
    """

    def opened(file: Path, pooling_area: str, options: Mapping[str, str], *, again: bool = False) -> Table:
        outgoing = _awaited(flow, pooling_area, options.get("answers", "").strip(), again=again)
        answered_as = editions.in_force(outgoing.agreement.answered_as, timezone.localdate(outgoing.made_at))
        agreed = formats.read_definition(answered_as.definition if answered_as else {})
        lines = _Reading(outgoing.partner, outgoing.number, agreed, totalled, layout).rows(file)
        head = next(lines)  # so that a file of somebody else is refused before anything is staged
        return Table(
            _chained(head, lines),
            f"{outgoing.partner.name}回盘({agreed.encoding.upper()})",
            notes={"outgoing": str(outgoing.pk), "partner": str(outgoing.partner_id)},
        )

    return opened


PARTNER: Final = Option("partner", "交换对象代码(按约定格式读取时填写)", {}, "")
"""The question of an import kind whose files may come in a partner's format."""


def as_agreed(flow: str, layout: Layout, totalled: str = "") -> Opener:
    """What opens a list that answers nothing (打开来件): in the agreed format of the partner that the option `partner`
    names, as a table with headers otherwise. The kind declares `PARTNER` among its options.
    """

    def opened(file: Path, pooling_area: str, options: Mapping[str, str], *, again: bool = False) -> Table:
        code = options.get("partner", "").strip()
        if not code:
            return reading.open_table(file)
        agreement = (
            ExchangeAgreement.objects.select_related("answered_as", "partner")
            .filter(partner__code=code, partner__pooling_area_id=pooling_area, flow=flow)
            .exclude(direction=Direction.OUT)
            .order_by("-valid_from")
            .first()
        )
        if agreement is None:
            raise NobodySends(partner=code, flow=title_of(flow))
        answered_as = editions.in_force(agreement.answered_as, None)
        if answered_as is None:
            return reading.open_table(file)
        agreed = formats.read_definition(answered_as.definition)
        lines = _Reading(agreement.partner, "", agreed, totalled, layout).rows(file)
        head = next(lines)
        return Table(
            _chained(head, lines),
            f"{agreement.partner.name}({agreed.encoding.upper()})",
            notes={"partner": str(agreement.partner_id)},
        )

    return opened


def _chained(first: Row, rest: Iterator[Row]) -> Iterator[Row]:
    yield first
    yield from rest


def _awaited(flow: str, pooling_area: str, number: str, *, again: bool) -> OutgoingFile:
    """Raises: NothingAwaited, AnsweredAlready."""
    found = (
        OutgoingFile.objects.select_related("partner", "agreement__answered_as")
        .filter(number=number, flow=flow, pooling_area_id=pooling_area)
        .first()
    )
    if found is None or found.state in (OutgoingState.MADE, OutgoingState.CANCELLED):
        raise NothingAwaited(number=number, flow=title_of(flow))
    if found.state not in AWAITING and not again:
        raise AnsweredAlready(number=number, state=OutgoingState(found.state).label)
    return found


class _Reading:
    """One file on its way through: its head is compared, its rows are counted, its totals are held against them."""

    def __init__(self, partner: Partner, number: str, agreed: Format, totalled: str, layout: Layout) -> None:
        self._partner, self._number = partner, number  # an empty number: the file answers none of ours
        self._format, self._totalled = agreed, totalled
        self._layout = layout
        self._count = self._sum_fen = 0

    def rows(self, file: Path) -> Iterator[Row]:
        """First the headers as row 0, once the head fits; then the rows with the numbers of their lines."""
        agreed = self._format
        with file.open("rb") as handle:
            lines = enumerate(formats.read_lines(iter(lambda: handle.read(PIECE), b""), agreed), 1)
            said = self._head(lines) if agreed.head else {}
            named = [one.name for one in agreed.row if one.holds != "mark"]
            yield 0, [self._header(name) for name in named]
            ended = yield from self._details(lines)
            if agreed.tail:
                said |= ended
            self._compare(said)

    def _header(self, name: str) -> str:
        known = {column.name: column.header for column in self._layout.columns}
        return known.get(name, name)

    def _head(self, lines: Iterator[tuple[int, str]]) -> dict[str, str]:
        """Raises: FormatUnknown, AnswersAnother, WrongPartner, RecordUnreadable."""
        agreed, partner = self._format, self._partner
        number, line = next(lines, (1, ""))
        if not formats.is_record(agreed, agreed.head, line):
            raise FormatUnknown(partner=partner.name, mark=agreed.head[0].value)
        said = _named(agreed, agreed.head, line, number)
        if said.get("partner", partner.code) != partner.code:
            raise WrongPartner(said=said["partner"], partner=partner.code)
        if self._number and said.get("number", self._number) != self._number:
            raise AnswersAnother(said=said["number"], number=self._number)
        return said

    def _details(self, lines: Iterator[tuple[int, str]]) -> Generator[Row, None, dict[str, str]]:
        """The rows, counted and summed; returns what the tail says. Raises: CutShort, RecordUnreadable."""
        agreed = self._format
        read = formats.cells_of(agreed, agreed.row)
        names = [one.name for one in agreed.row]
        kept = [at for at, one in enumerate(agreed.row) if one.holds != "mark"]
        amount_at = names.index(self._totalled) if self._totalled else -1
        code_at, codes = (names.index(CODE) if CODE in names else -1), agreed.codes
        for number, line in lines:
            if not line.strip(BLANK):
                continue
            if agreed.tail and formats.is_record(agreed, agreed.tail, line):
                ended = _named(agreed, agreed.tail, line, number)
                if any(rest.strip(BLANK) for _, rest in lines):
                    raise CutShort(problem=f"第{number}行是尾行,后面还有内容")
                return ended
            cells = read(line, number)
            self._count += 1
            if amount_at >= 0:
                self._sum_fen += _fen(cells[amount_at])
            if code_at >= 0:
                cells[code_at] = codes.get(cells[code_at], cells[code_at])
            yield number, [cells[at] for at in kept]
        if agreed.tail:
            raise CutShort(problem="没有尾行")
        return {}

    def _compare(self, said: Mapping[str, str]) -> None:
        """Raises: TotalsDiffer, CutShort."""
        if "rows" in said and int(said["rows"] or 0) > self._count:
            raise CutShort(problem=f"应有{said['rows']}行明细,实有{self._count}行")
        if "rows" in said and int(said["rows"] or 0) != self._count:
            raise TotalsDiffer(what="总笔数", said=said["rows"], found=self._count)
        if self._totalled and "total_fen" in said and _fen(said["total_fen"]) != self._sum_fen:
            raise TotalsDiffer(what="总金额", said=said["total_fen"], found=yuan_text(self._sum_fen))


def _named(agreed: Format, record: Record, line: str, number: int) -> dict[str, str]:
    return dict(zip((one.name for one in record), formats.cells_of(agreed, record)(line, number), strict=True))


def _fen(yuan: str) -> int:
    """Fen of an amount in yuan; what is no amount counts nothing here, and is refused where it stands."""
    whole, _, cents = yuan.partition(".")
    digits = whole + cents.ljust(2, "0")
    return int(digits) if digits.isdecimal() and len(cents) <= 2 else 0


def tie(file: ImportFile, notes: Mapping[str, str]) -> None:
    """Remember which file an incoming one answers, and whose it is (回盘对应); a link has said whose before."""
    file.answers_id = int(notes["outgoing"]) if "outgoing" in notes else None
    if "partner" in notes:
        file.partner_id = int(notes["partner"])
