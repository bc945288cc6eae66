"""Files that go out (发出文件): made in one go with their number and digest, and made again to the same bytes.

`make_file` is a step of the caller's transaction: the file and what it asks for stand or fall together, and a process
that is killed while it writes leaves neither (decision 0221).
"""

import hashlib
from collections.abc import Iterable, Iterator, Sequence
from datetime import date, datetime
from typing import Any, Final

from django.db.models import Q
from django.utils import timezone

from tongchou.exchange import editions, formats
from tongchou.exchange.flows import Flow, flow_named, title_of
from tongchou.exchange.formats import Format
from tongchou.exchange.models import ExchangeAgreement, OutgoingChunk, OutgoingFile, Partner
from tongchou.exchange.states import Direction
from tongchou.kernel.errors import DomainError
from tongchou.platform import queries as platform
from tongchou.platform import trail
from tongchou.platform.numbering import Series, next_number

NUMBERS: Final = Series("exchange.file", name="交换文件", mark="JH", width=6)
PIECE: Final = 1 << 20


class NothingAgreed(DomainError):
    code = "EX-2101"
    message = "与{partner}在{on}没有“{flow}”的交换约定,请先登记"
    citation = "JL2019 §50"


class TotalsAstray(RuntimeError):
    """A fault of ours: the rows of a file are not those whose sum was announced."""


def make_file(
    *,
    flow: str,
    partner: Partner,
    object_key: int,
    unit_code: str,
    rows: int,
    total_fen: int,
    operator: platform.Operator,
    now: datetime,
) -> OutgoingFile:
    """制盘 (GX2017 §23): number, write and keep a file for a partner; a step of the caller's transaction.

    Raises: NothingAgreed, ValueUnfit, FormatFaulty.
    """
    on = timezone.localdate(now)
    sent = flow_named(flow)
    agreement = agreed(partner, flow, on)
    sent_as = editions.in_force(agreement.sent_as, on)
    definition = sent_as.definition if sent_as else {}
    serial = next_number(NUMBERS, area=partner.pooling_area_id, year=on.year)
    number = NUMBERS.written(area=partner.pooling_area_id, year=on.year, number=serial)
    layout = formats.read_definition(definition)
    file = OutgoingFile.objects.create(
        pooling_area_id=partner.pooling_area_id,
        partner=partner,
        agreement=agreement,
        flow=flow,
        object_key=object_key,
        unit_code=unit_code,
        number=number,
        serial=serial,
        file_name=layout.file_name.format(
            number=number, partner=partner.code, day=f"{on:%Y%m%d}", serial=f"{serial:06d}"
        ),
        definition=definition,
        rows=rows,
        total_fen=total_fen,
        made_by=operator.staff_code,
        made_at=now,
    )
    digest, size = hashlib.sha256(), 0
    for at, piece in enumerate(_pieces(_content(file, sent, layout, on), layout)):
        OutgoingChunk.objects.create(file=file, number=at, content=piece)
        digest.update(piece)
        size += len(piece)
    file.digest, file.size = digest.hexdigest(), size
    file.save(update_fields=["digest", "size"])
    trail.record(
        "exchange.make_file",
        at=now,
        operator=operator,
        pooling_area=partner.pooling_area_id,
        object_kind="outgoing",
        object_key=number,
        detail={"flow": flow, "partner": partner.code, "rows": rows, "total_fen": total_fen, "digest": file.digest},
    )
    return file


def agreed(partner: Partner, flow: str, on: date) -> ExchangeAgreement:
    """交换约定 in force on the day under which we send (JL2019 §50). Raises: NothingAgreed."""
    found = (
        ExchangeAgreement.objects.select_related("sent_as", "answered_as")
        .filter(Q(valid_until=None) | Q(valid_until__gt=on), partner=partner, flow=flow, valid_from__lte=on)
        .exclude(direction=Direction.IN)
        .first()
    )
    if found is None or not partner.in_use:
        raise NothingAgreed(partner=partner.name, on=on, flow=title_of(flow))
    return found


def same_bytes(file: OutgoingFile) -> bool:
    """重新生成核对: whether the file, made again from what it was made of, has the same bytes (SYS-03)."""
    digest = hashlib.sha256()
    layout = formats.read_definition(file.definition)
    for piece in _pieces(_content(file, flow_named(file.flow), layout, timezone.localdate(file.made_at)), layout):
        digest.update(piece)
    return digest.hexdigest() == file.digest


def content_of(file: OutgoingFile) -> Iterator[bytes]:
    """The bytes as they were made, piece by piece (文件内容)."""
    for content in file.chunks.order_by("number").values_list("content", flat=True).iterator(4):
        yield bytes(content)


def _content(file: OutgoingFile, flow: Flow, layout: Format, on: date) -> Iterator[str]:
    """The lines of the file. Raises: ValueUnfit, FormatFaulty, TotalsAstray."""
    names = ("number", "partner", "area", "day", "rows", "total_fen")
    values = (file.number, file.partner.code, file.pooling_area_id, on, file.rows, file.total_fen)
    if layout.head:
        yield from formats.written_records(layout, layout.head, names, [values])
    counted = _Counted(flow)
    yield from formats.written_rows(layout, flow.columns, counted.through(flow.rows(file.object_key)))
    if (counted.rows, counted.total_fen) != (file.rows, file.total_fen):
        raise TotalsAstray(file.number, counted.rows, counted.total_fen)
    if layout.tail:
        yield from formats.written_records(layout, layout.tail, names, [values])


class _Counted:
    """Rows and their sum, as they pass."""

    def __init__(self, flow: Flow) -> None:
        self._at = flow.columns.index(flow.totalled) if flow.totalled else -1
        self.rows = self.total_fen = 0

    def through(self, rows: Iterable[Sequence[Any]]) -> Iterator[Sequence[Any]]:
        at = self._at
        for row in rows:
            self.rows += 1
            self.total_fen += row[at] if at >= 0 else 0
            yield row


def _pieces(lines: Iterable[str], layout: Format) -> Iterator[bytes]:
    """The lines as bytes, a good piece at a time."""
    line_end, encoding = layout.line_end, layout.encoding
    held: list[str] = []
    size = 0
    for line in lines:
        held.append(line)
        size += len(line)
        if size >= PIECE:
            yield (line_end.join(held) + line_end).encode(encoding)
            held, size = [], 0
    if held:
        yield (line_end.join(held) + line_end).encode(encoding)
