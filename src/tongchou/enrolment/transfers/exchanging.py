"""转移文书 between houses (JL2019 §50; GX2017 §16): a format of its own through the exchange, numbered and hashed.

One file is one document: lines of section, item and value, the last of them the hash over the others. What was altered
or cut short on its way is refused whole.
"""

from collections.abc import Iterator, Mapping, Sequence
from datetime import date, datetime
from pathlib import Path
from typing import Any, Final

from django.db import transaction
from django.utils import timezone

from tongchou.enrolment.states import Scheme
from tongchou.enrolment.transfers import commands, papers
from tongchou.enrolment.transfers.models import Transfer, TransferDocument
from tongchou.enrolment.transfers.states import OPEN, DocumentKind, Side, TransferKind, TransferState
from tongchou.exchange import formats, outgoing
from tongchou.exchange import queries as exchange
from tongchou.exchange.flows import Flow
from tongchou.kernel.errors import DomainError
from tongchou.platform import queries as platform
from tongchou.platform.numbering import next_written
from tongchou.platform.spreadsheets.chunks import Chunk, RowRule
from tongchou.platform.spreadsheets.columns import Column, Layout
from tongchou.platform.spreadsheets.faults import Fault, FileUnreadable
from tongchou.platform.spreadsheets.kinds import ImportKind
from tongchou.platform.spreadsheets.reading import Row, Table
from tongchou.platform.spreadsheets.staging import Intake

FLOW_NAME: Final = "transfer"
COLUMNS: Final = ("section", "item", "value", "amount_fen")
DEFINITION: Final[Mapping[str, Any]] = {
    "shape": "delimited",
    "delimiter": "|",
    "encoding": "utf-8",
    "line_end": "lf",
    "file_name": "ZY_{partner}_{number}.txt",
    "head": [
        {"name": "mark", "holds": "mark", "value": "ZYJX1"},
        {"name": "number"},
        {"name": "area"},
        {"name": "day", "holds": "day"},
        {"name": "rows", "holds": "whole"},
    ],
    "row": [{"name": "section"}, {"name": "item"}, {"name": "value"}],
    "tail": [{"name": "mark", "holds": "mark", "value": "END"}, {"name": "rows", "holds": "whole"}],
}
"""转移文书格式 as it is agreed with another agency."""


class NotADocument(FileUnreadable):
    code = "EN-4071"
    message = "不是转移接续文书:{problem}"
    citation = "GX2017 §16"


class DocumentKnown(DomainError):
    code = "EN-4072"
    message = "转移{number}的文书已经接收"
    citation = "GX2017 §16"


class NotForUs(DomainError):
    code = "EN-4073"
    message = "该文书的转入地为{area},不是本统筹区{ours}"
    citation = "GX2017 §16"


class OutOfTurn(DomainError):
    code = "EN-5116"
    message = "{kind}所答复的{answers}与本系统的不符,不能接收"
    citation = "GX2017 §17"


class NoSuchPartner(DomainError):
    code = "EN-4074"
    message = "没有该交换对象,请先在“数据交换”登记对方经办机构与交换约定"
    citation = "JL2019 §50"


def rows(document_id: int) -> Iterator[Sequence[Any]]:
    """The lines of a document, its hash last."""
    document = TransferDocument.objects.get(pk=document_id)
    for section, item, value in papers.lines_of(document.content):
        yield section, item, value, 0
    yield "digest", "sha256", document.digest, 0


FLOW: Final = Flow(FLOW_NAME, "转移接续文书", "enrolment.review", COLUMNS, rows)
"""转移接续文书."""


@transaction.atomic(durable=True)
def send(*, document_id: int, partner_id: int, operator: platform.Operator, now: datetime) -> str:
    """发送文书 to the agency of another house; the transfer then waits for its answer (GX2017 §16).

    Returns the number of the file; the same document again gives the first one.
    Raises: NoSuchPartner, NothingAgreed, NoPermission, OutOfScope.
    """
    document = TransferDocument.objects.select_related("transfer").get(pk=document_id)
    transfer = commands.lock(document.transfer_id)
    commands.check_side(
        transfer, transfer.from_unit or transfer.to_unit or transfer.to_area, "enrolment.review", operator, now
    )
    if earlier := exchange.outgoing_of(FLOW_NAME, document.pk):
        return str(earlier.number)
    partner = exchange.partner(partner_id)
    if partner is None:
        raise NoSuchPartner
    made = outgoing.make_file(
        flow=FLOW_NAME,
        partner=partner,
        object_key=document.pk,
        unit_code=operator.org_unit_id,
        rows=len(papers.lines_of(document.content)) + 1,
        total_fen=0,
        operator=operator,
        now=now,
    )
    certified = document.kind == DocumentKind.PROOF and transfer.kind == TransferKind.AREA
    if transfer.state == TransferState.OUT_DONE and certified:
        commands.await_answer(transfer, operator, now)
    return made.number


LAYOUT: Final = Layout(
    "转移接续文书",
    (
        Column("section", "分段", required=True, longest=20, example="person"),
        Column("item", "项目", required=True, longest=40, example="name"),
        Column("value", "内容", longest=400, example="韦小妹"),
    ),
)


def _open(file: Path, pooling_area: str, options: Mapping[str, str], *, again: bool = False) -> Table:
    """Raises: NotADocument."""
    layout = formats.read_definition(DEFINITION)
    with file.open("rb") as handle:
        lines = list(formats.read_lines(iter(lambda: handle.read(1 << 20), b""), layout))
    lines = [line for line in lines if line]
    if not lines or not formats.is_record(layout, layout.head, lines[0]):
        raise NotADocument(problem="首行应以“ZYJX1”开头")
    if not formats.is_record(layout, layout.tail, lines[-1]):
        raise NotADocument(problem="没有尾行,文件不完整")
    read = formats.cells_of(layout, layout.row)
    held: list[Row] = [(0, [column.header for column in LAYOUT.columns])]
    held += [(number, read(line, number)) for number, line in enumerate(lines[1:-1], 2)]
    return Table(iter(held), "转移接续文书")


def _row_rule(intake: Intake) -> RowRule:
    """Lines are judged together."""

    def apply(chunk: Chunk) -> None:
        chunk.values["value"] = [value or "" for value in chunk.values["value"]]

    return apply


def _document(intake: Intake) -> dict[str, Any]:
    """Raises: DocumentIncomplete, DocumentAltered, NotForUs, DocumentKnown, TransferUnknown, OutOfTurn."""
    lines = intake.ask("SELECT section, item, coalesce(value, '') FROM {rows} ORDER BY row_no")
    content, _digest = papers.read(lines)
    heard = _HEARD.get(content["transfer"].get("document", ""))
    if heard is not None:
        heard(content, intake.pooling_area)
        return content
    relation = content["relation"]
    if relation["to_area"] != intake.pooling_area:
        raise NotForUs(area=relation["to_area"], ours=intake.pooling_area)
    number = content["transfer"]["number"]
    if Transfer.objects.filter(from_area=relation["from_area"], foreign_number=number).exists():
        raise DocumentKnown(number=number)
    return content


def _answered(content: Mapping[str, Any], pooling_area: str) -> Transfer:
    """The transfer out that an answer is about. Raises: TransferUnknown, DocumentKnown."""
    number = content["transfer"]["number"]
    found = Transfer.objects.filter(number=number, from_area=pooling_area, side=Side.OUT).first()
    if found is None:
        raise commands.TransferUnknown(transfer=number)
    if found.state not in OPEN:
        raise DocumentKnown(number=number)
    return found


def _written_for(content: Mapping[str, Any], pooling_area: str) -> Transfer:
    """The transfer out that a letter asks about (联系函). Raises: TransferUnknown, OutOfTurn, DocumentKnown."""
    number = content["transfer"]["number"]
    found = Transfer.objects.filter(number=number, from_area=pooling_area, side=Side.OUT).first()
    if found is None:
        raise commands.TransferUnknown(transfer=number)
    _check_turn(found, content, DocumentKind.LETTER, DocumentKind.PROOF)
    return found


def _told_to(content: Mapping[str, Any], pooling_area: str) -> Transfer:
    """The transfer in that a table completes (信息表). Raises: TransferUnknown, OutOfTurn, DocumentKnown."""
    number = content["transfer"]["number"]
    found = Transfer.objects.filter(
        foreign_number=number, from_area=content["relation"]["from_area"], to_area=pooling_area, side=Side.IN
    ).first()
    if found is None:
        raise commands.TransferUnknown(transfer=number)
    _check_turn(found, content, DocumentKind.TABLE, DocumentKind.LETTER)
    return found


def _check_turn(found: Transfer, content: Mapping[str, Any], kind: DocumentKind, answers: DocumentKind) -> None:
    """Each document answers the one before it, by its hash. Raises: DocumentKnown, OutOfTurn."""
    held = {one.kind: one.digest for one in found.documents.all()}
    if kind in held or found.state not in OPEN:
        raise DocumentKnown(number=found.foreign_number or found.number)
    if held.get(answers) != content["transfer"].get("answers"):
        raise OutOfTurn(kind=kind.label, answers=answers.label)


_HEARD: Final = {
    DocumentKind.ANSWER.value: _answered,
    DocumentKind.LETTER.value: _written_for,
    DocumentKind.TABLE.value: _told_to,
}
"""Which transfer a document belongs to; any other begins one."""


def _check(intake: Intake) -> None:
    """The document as a whole: refused whole, at its first line."""
    try:
        _document(intake)
    except DomainError as refusal:
        intake.refuse(
            "section",
            Fault(refusal.code, "{said}"),
            found="{rows} r",
            values=(str(refusal),),
            said="%s::text",
        )


def _take_in(intake: Intake) -> int:
    """A certificate waits to be taken up; letter and table go on with it; an answer ends it."""
    content = _document(intake)
    said, by = content["transfer"], {"operator": intake.operator, "now": intake.now}
    match said.get("document"):
        case DocumentKind.ANSWER:
            done = said["result"] == "accepted"
            found = _answered(content, intake.pooling_area)
            commands.hear_answer(found, accepted=done, reason=str(said.get("reason", "")), **by)
        case DocumentKind.LETTER:
            commands.hear_letter(_written_for(content, intake.pooling_area), content, **by)
        case DocumentKind.TABLE:
            commands.hear_table(_told_to(content, intake.pooling_area), content, **by)
        case _certificate:
            receive(content, **by)
    return 1


def receive(content: dict[str, Any], *, operator: platform.Operator, now: datetime) -> Transfer:
    """接收转移凭证 of another house: it waits to be taken up or sent back; a step of the caller's transaction.

    Between the schemes the contact letter comes first (人社厅发〔2016〕94号).
    """
    relation, person = content["relation"], content["person"]
    kind = TransferKind(content["transfer"]["kind"])
    made = Transfer.objects.create(
        number=next_written(commands.NUMBERS, area=relation["to_area"], year=timezone.localdate(now).year),
        kind=kind,
        side=Side.IN,
        state=TransferState.OUT_DONE if kind is TransferKind.SCHEME else TransferState.AWAITING,
        name=person["name"],
        certificate_no=person["certificate_no"],
        from_area=relation["from_area"],
        from_agency=relation["from_agency"],
        to_area=relation["to_area"],
        to_agency=relation["to_agency"],
        from_scheme=Scheme(relation["from_scheme"]),
        to_scheme=Scheme(relation["to_scheme"]),
        starts_on=date.fromisoformat(relation["starts_on"]),
        reason=relation.get("reason", ""),
        phone=person.get("phone", ""),
        new_address=person.get("address", ""),
        foreign_number=content["transfer"]["number"],
        made_at=now,
    )
    commands.keep_foreign(made, content, operator, now)
    return made


DOCUMENTS: Final = ImportKind(
    name="transfer_documents",
    title="转移接续文书",
    permission="imports.roster",
    counter="enrolment.change",
    layout=LAYOUT,
    row_rule=_row_rule,
    check=_check,
    take_in=_take_in,
    opener=_open,
)
"""转移接续文书 of another house."""
