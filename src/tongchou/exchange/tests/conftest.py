"""A partner, a format for what goes out and one for what comes back, and a flow of three rows."""

from collections.abc import Iterator
from datetime import UTC, date, datetime
from pathlib import Path

import pytest
from django.db import transaction

from tongchou.exchange import commands, flows, incoming, outgoing
from tongchou.exchange.flows import Flow
from tongchou.exchange.models import FileFormat, OutgoingFile, Partner
from tongchou.exchange.states import Direction, Frequency, PartnerKind
from tongchou.platform.queries import Operator
from tongchou.platform.spreadsheets import kinds
from tongchou.platform.spreadsheets.columns import Column, Holds, Layout
from tongchou.platform.spreadsheets.kinds import ImportKind, Option
from tongchou.platform.spreadsheets.staging import Intake
from tongchou.platform.tests.conftest import Hire
from tongchou.platform.tests.conftest import committed as committed
from tongchou.platform.tests.conftest import hire as hire
from tongchou.platform.tests.conftest import quick_hashing as quick_hashing
from tongchou.platform.tests.conftest import tree as tree

AREA = "450100"
NOW = datetime(2018, 9, 3, 2, tzinfo=UTC)
FLOW = "test_flow"
ROWS = [(1, "韦一", 18_000), (2, "韦二", 36_000), (3, "韦三", 54_000)]
OUT = {
    "file_name": "DK{partner}{day}{serial}.txt",
    "head": [
        {"name": "mark", "holds": "mark", "value": "H"},
        {"name": "number"},
        {"name": "rows", "holds": "whole"},
        {"name": "total_fen", "holds": "fen"},
    ],
    "row": [{"name": "line_no", "holds": "whole"}, {"name": "holder"}, {"name": "amount_fen", "holds": "fen"}],
}
BACK = {
    "head": [{"name": "mark", "holds": "mark", "value": "R"}, {"name": "number"}, {"name": "partner"}],
    "row": [
        {"name": "line_no", "holds": "whole"},
        {"name": "paid_fen", "holds": "fen"},
        {"name": "code"},
    ],
    "tail": [
        {"name": "mark", "holds": "mark", "value": "T"},
        {"name": "rows", "holds": "whole"},
        {"name": "total_fen", "holds": "fen"},
    ],
    "codes": {"00": "ok", "51": "balance"},
}
LAYOUT = Layout(
    "试验回盘",
    (
        Column("line_no", "行号", Holds.WHOLE, required=True),
        Column("paid_fen", "实扣金额", Holds.MONEY, required=True),
        Column("code", "结果", Holds.CHOICE, choices={"成功": "ok", "余额不足": "balance"}, required=True),
    ),
)
MADE_OF = {"rows": ROWS}


def _take_in(intake: Intake) -> int:
    ((count,),) = intake.ask("SELECT count(*) FROM {rows} WHERE good")
    commands.note_answered(
        outgoing_id=int(intake.notes["outgoing"]), rows=count, operator=intake.operator, now=intake.now
    )
    return int(count)


@pytest.fixture(autouse=True)
def flow() -> Iterator[Flow]:
    """A flow of three rows, and the import of its answers."""
    made = Flow(
        FLOW, "试验项目", "exchange.manage", ("line_no", "holder", "amount_fen"), lambda key: iter(MADE_OF["rows"])
    )
    flows.register(made)
    kinds.register(
        ImportKind(
            name="test_answers",
            title="试验回盘",
            permission="exchange.manage",
            counter="exchange.manage",
            layout=LAYOUT,
            row_rule=lambda intake: lambda chunk: None,
            check=lambda intake: None,
            take_in=_take_in,
            options=(Option("answers", "对应文件", {}, ""),),
            opener=incoming.opener(FLOW, LAYOUT, "paid_fen"),
        )
    )
    yield made
    del flows._flows[FLOW]
    del kinds._kinds["test_answers"]


@pytest.fixture
def officer(hire: Hire) -> Operator:
    """Looks after the exchange of the whole city."""
    return hire("information", at=AREA)


@pytest.fixture
def reviewer(hire: Hire) -> Operator:
    """Approves formats."""
    return hire("finance_reviewer", at=AREA)


def bank_for(officer: Operator, reviewer: Operator, code: str = "icbc") -> Partner:
    """A bank with formats and an agreement."""
    bank = commands.register_partner(
        pooling_area=AREA, code=code, name=f"{code}银行", kind=PartnerKind.BANK, operator=officer, now=NOW
    )
    made: list[FileFormat] = [
        commands.add_format(code=f"{code}.{what}", name=what, definition=definition, operator=officer, now=NOW)
        for what, definition in (("out", OUT), ("back", BACK))
    ]
    for one in made:
        commands.approve_format(format_id=one.pk, operator=reviewer, now=NOW)
    commands.agree(
        partner_id=bank.pk,
        flow=FLOW,
        direction=Direction.BOTH,
        frequency=Frequency.YEARLY,
        sent_as_id=made[0].pk,
        answered_as_id=made[1].pk,
        responsible="王五",
        legal_basis="GX2017 §23",
        valid_from=date(2018, 1, 1),
        operator=officer,
        now=NOW,
    )
    return bank


@pytest.fixture
def bank(officer: Operator, reviewer: Operator) -> Partner:
    return bank_for(officer, reviewer)


def make(bank: Partner, officer: Operator, key: int = 1) -> OutgoingFile:
    """A file with the three rows."""
    with transaction.atomic():
        return outgoing.make_file(
            flow=FLOW,
            partner=bank,
            object_key=key,
            unit_code=AREA,
            rows=3,
            total_fen=108_000,
            operator=officer,
            now=NOW,
        )


@pytest.fixture
def sent(bank: Partner, officer: Operator) -> OutgoingFile:
    return commands.mark_sent(number=make(bank, officer).number, operator=officer, now=NOW)


def answer(folder: Path, sent: OutgoingFile, *, name: str = "r.txt", **changes: str) -> Path:
    """The bank's answer; `head`, `rows`, `tail` and `encoding` may be others."""
    lines = {
        "head": f"R|{sent.number}|{sent.partner.code}",
        "rows": "1|18000|00\n2|0|51\n3|54000|00",
        "tail": "T|3|72000",
    }
    encoding = changes.pop("encoding", "utf-8")
    lines |= changes
    file = folder / name
    file.write_bytes("\n".join([*(text for text in lines.values() if text), ""]).encode(encoding))
    return file
