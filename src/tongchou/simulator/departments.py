"""Departments and the insurer of the invented city (模拟部门): an identity check with its answer, figures, claims.

Everything through the commands and real files; the offices at the other end are invented, and their names say so.
"""

import contextlib
import tempfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Any, Final

from django.db import connection
from django.utils import timezone

from tongchou.enrolment.identity import asking
from tongchou.exchange import commands, figures, imports
from tongchou.exchange import queries as exchange
from tongchou.exchange.imports import Mode
from tongchou.exchange.states import Direction, Frequency, PartnerKind
from tongchou.kernel.errors import DomainError
from tongchou.kernel.money import yuan_text
from tongchou.platform.queries import Operator, operator_by_staff_code
from tongchou.settlement import insurer, insurer_answers
from tongchou.simulator.partners import somebody_else
from tongchou.simulator.plan import AREA


def _head(mark: str, *more: Mapping[str, str]) -> list[Mapping[str, str]]:
    return [
        {"name": "mark", "holds": "mark", "value": mark},
        {"name": "number"},
        {"name": "rows", "holds": "whole"},
        *more,
    ]


def _row(**told: str) -> list[Mapping[str, str]]:
    return [{"name": name, "holds": holds} for name, holds in told.items()]


FORMATS: Final[Mapping[str, tuple[str, dict[str, Any]]]] = {
    "ga.check": (
        "公安核查请求",
        {"head": _head("HC"), "row": _row(line_no="whole", certificate_no="text", name="text")},
    ),
    "ga.result": (
        "公安核查反馈",
        {
            "head": _head("FK"),
            "row": _row(
                line_no="whole", code="text", name="text", certificate_no="text", event_on="day", address="text"
            ),
            "codes": {"0": "agrees", "1": "changed", "2": "not_found", "3": "dead", "4": "moved"},
        },
    ),
    "figures": (
        "定期数据",
        {"head": _head("DQ"), "row": _row(code="text", title="text", value="whole", unit="text", period_from="day")},
    ),
    "bx.claims": (
        "大病保险理赔",
        {
            "head": _head("LP", {"name": "total_fen", "holds": "yuan"}),
            "row": _row(
                line_no="whole",
                claim_no="text",
                settled_on="day",
                diagnosis_group="text",
                total_fen="yuan",
                in_scope_fen="yuan",
                pool_paid_fen="yuan",
                amount_fen="yuan",
                bank_name="text",
                account_no="text",
                holder_name="text",
            ),
        },
    ),
    "bx.answers": (
        "大病保险理赔答复",
        {
            "head": _head("LD"),
            "row": _row(line_no="whole", code="text", amount_fen="yuan", day="day", reference="text", reason="text"),
            "codes": {"C": "confirmed", "N": "refused", "P": "paid"},
        },
    ),
}


@dataclass(frozen=True, slots=True)
class _Body:
    code: str
    name: str
    kind: PartnerKind
    role: str
    flow: str
    sent_as: str
    answered_as: str = ""
    direction: Direction = Direction.OUT


_BODIES: Final = (
    _Body("GA", "桂宁市公安局(模拟)", PartnerKind.POLICE, "户籍与死亡信息", asking.FLOW_NAME, "ga.check", "ga.result",
          Direction.BOTH),
    _Body("TJ", "桂宁市统计局(模拟)", PartnerKind.STATISTICS, "统计月报", figures.FLOW_NAME, "figures"),
    _Body("CZ", "桂宁市财政局(模拟)", PartnerKind.FINANCE, "财政补助拨付", figures.FLOW_NAME, "figures"),
    _Body("SJ", "桂宁市政务数据局(模拟)", PartnerKind.DATA_OFFICE, "政务数据共享", figures.FLOW_NAME, "figures"),
    _Body("BX", "桂宁财产保险公司(模拟)", PartnerKind.INSURER, "承办大病保险", insurer.FLOW_NAME, "bx.claims",
          "bx.answers", Direction.BOTH),
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class _Day:
    officer: Operator
    clerk: Operator
    payer: Operator
    today: date
    now: datetime


def lay_out(now: datetime) -> None:
    """What goes to departments and the insurer, and the police's answer with its differences (模拟部门往来)."""
    staff = [operator_by_staff_code(code) for code in ("xinxi", "zhengjiao", "xieyi")]
    officer, clerk, payer = staff
    if officer is None or clerk is None or payer is None:
        return
    day = _Day(officer, clerk, payer, timezone.localdate(now), now)
    partners = _entered(day)
    last = day.today.replace(day=1) - timedelta(days=1)
    figures.make_report(partner_id=partners["TJ"], month=f"{last:%Y-%m}", operator=officer, now=now)
    _police_answer(partners["GA"], day)
    for month in (last, last.replace(day=1) - timedelta(days=1)):
        with contextlib.suppress(DomainError):  # a small city may have nobody so ill that month
            made = insurer.make_claims(partner_id=partners["BX"], month=f"{month:%Y-%m}", operator=payer, now=now)
            if month is not last or made.rows >= len(_FATES):
                _insurer_answers(made.pk, day)


def _entered(day: _Day) -> dict[str, int]:
    """The partners with what is agreed with them; their ids by code."""
    second, since = somebody_else(day.officer, day.now), day.today - timedelta(days=400)
    by = {"operator": day.officer, "now": day.now}
    formats = {}
    for code, (name, definition) in FORMATS.items():
        formats[code] = commands.add_format(code=code, name=name, definition=definition, valid_from=since, **by)
        commands.approve_format(format_id=formats[code].pk, operator=second, now=day.now)
    made = {}
    for body in _BODIES:
        known = exchange.partner_of(AREA, body.code) or commands.register_partner(
            pooling_area=AREA, code=body.code, name=body.name, kind=body.kind, role=body.role, **by
        )
        commands.agree(
            partner_id=known.pk,
            flow=body.flow,
            direction=body.direction,
            frequency=Frequency.MONTHLY,
            sent_as_id=formats[body.sent_as].pk,
            answered_as_id=formats[body.answered_as].pk if body.answered_as else None,
            responsible="信息科",
            legal_basis="JL2019 §50",
            valid_from=since,
            **by,
        )
        made[body.code] = known.pk
    return made


def _police_answer(partner_id: int, day: _Day) -> None:
    """One village is asked about; somebody has another name, one is not found, one died, one household moved."""
    check = asking.make_check(
        unit_code=_a_village(), partner_id=partner_id, request_id="demo", operator=day.clerk, now=day.now
    )
    sent = exchange.outgoing_of(asking.FLOW_NAME, check.pk)
    if sent is None or check.rows < len(_DIFFERENCES):
        return
    commands.mark_sent(number=sent.number, operator=day.clerk, now=day.now)
    died_on = f"{day.today - timedelta(days=20):%Y%m%d}"
    said = {line: text.format(day=died_on) for line, text in enumerate(_DIFFERENCES, 1)}
    lines = [f"{line}|{said.get(line, '0||||')}" for line in range(1, check.rows + 1)]
    _import_answer(asking.RESULTS.name, "FK", sent.number, lines, day.clerk, day.now)


_FATES: Final = ("P", "C", "N")
"""The insurer has paid a claim, confirmed the next, and refuses the third; and so on."""


def _insurer_answers(file_id: int, day: _Day) -> None:
    """理赔答复: claims refused, confirmed and paid; the last of many is still open."""
    sent = exchange.outgoing_of(insurer.FLOW_NAME, file_id)
    if sent is None:
        return
    commands.mark_sent(number=sent.number, operator=day.payer, now=day.now)
    on = f"{day.today - timedelta(days=2):%Y%m%d}"
    claims = list(insurer.claims(file_id).order_by("line_no"))
    lines = []
    for place, one in enumerate(claims[: max(len(claims) - 1, 1)]):
        fate = _FATES[place % len(_FATES)]
        told = ("0.00", "", "重复申请") if fate == "N" else (yuan_text(one.amount_fen), "", "")
        if fate == "P":
            told = (told[0], f"BX{on}{one.line_no:03d}", "")
        lines.append(f"{one.line_no}|{fate}|{told[0]}|{on}|{told[1]}|{told[2]}")
    _import_answer(insurer_answers.ANSWERS.name, "LD", sent.number, lines, day.payer, day.now)


_DIFFERENCES: Final = ("1|韦更名|||", "2||||", "3|||{day}|", "4||||桂宁市安河县新迁小区3栋")


def _import_answer(kind: str, mark: str, number: str, lines: Sequence[str], operator: Operator, now: datetime) -> None:
    """The answer to a file, checked and taken in as the file that it comes in."""
    with tempfile.TemporaryDirectory() as folder:
        content = Path(folder) / f"{mark}{number}.txt"
        content.write_text("\n".join([f"{mark}|{number}|{len(lines)}", *lines, ""]), encoding="utf-8")
        preview = imports.check(
            kind=kind,
            pooling_area=AREA,
            file_name=content.name,
            content=content,
            options={"answers": number},
            operator=operator,
            now=now,
        )
    imports.take_in(preview_id=preview.id, mode=Mode.ONLY_GOOD, operator=operator, now=now)


def _a_village() -> str:
    """The village with the fewest people, but for those with nearly none (示例村)."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT unit_code FROM enrolment_person WHERE pooling_area_id = %s AND certificate_type = '01'"
            " GROUP BY unit_code HAVING count(*) > 20 ORDER BY count(*), unit_code LIMIT 1",
            [AREA],
        )
        found = cursor.fetchone()
    return found[0] if found else AREA
