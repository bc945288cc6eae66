"""收件回执 and 办理结果 as paper (JL2019 §3, §18; ORG-15, ORG-21): A4, reprints marked."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from django.http import Http404, HttpResponse
from django.utils import timezone
from reportlab.platypus import Flowable, Spacer

from tongchou.cases import kinds, queries
from tongchou.cases.models import Case, Receipt
from tongchou.cases.states import CaseState
from tongchou.cases.web.case import found
from tongchou.platform import queries as platform
from tongchou.platform import trail
from tongchou.platform.web.access import PageRequest, check_unit, page
from tongchou.platform.web.paper import HEADING, LABEL, SMALL, WIDTH, Paper, grid, paragraph, render, verification_code

ROOM_TO_SIGN = 40


@page("cases.view")
def receipt(request: PageRequest, number: str) -> HttpResponse:
    """收件回执: what was handed in for which items, what is still missing, and when an answer is due."""
    receipt = queries.receipt(number)
    if receipt is None:
        raise Http404
    cases = list(receipt.cases.all())
    check_unit(request, *{case.unit_code for case in cases}, kind="receipt", key=number)
    body: list[Flowable] = [Spacer(WIDTH, 4), _applicant(receipt)]
    for case in cases:
        body += _received(case)
    body += [Spacer(WIDTH, 8), _signatures("申请人(代办人)签名:", "收件人签名:")]
    says = [receipt.number, *(f"{case.number}{case.due_on or ''}" for case in cases)]
    which = _Print("收件回执", "receipt", receipt.number, "cases.receipt_printed")
    return _printed(request, which, receipt.unit_code, receipt.received_at, says, body)


@page("cases.view")
def result(request: PageRequest, number: str) -> HttpResponse:
    """办理结果: what was decided and why, to be signed for."""
    case = found(request, number)
    if case.finished_at is None:
        raise Http404
    kind = kinds.kind_of(case.kind)
    body: list[Flowable] = [
        Spacer(WIDTH, 4),
        _pairs(
            [
                ("事项", kind.title),
                ("受理号", case.number),
                ("办理对象", case.subject_name),
                ("申请人", case.receipt.applicant_name),
                ("受理日期", _day(case.accepted_on)),
                ("办结日期", _day(timezone.localdate(case.finished_at))),
                ("结论", CaseState(case.state).label),
                ("依据", kind.citation),
            ]
        ),
        paragraph("办理结果", HEADING),
        paragraph(case.result),
    ]
    if case.state in (CaseState.REFUSED, CaseState.NOT_ACCEPTED):
        body.append(paragraph("对结果有异议的,可以向经办机构申请复核,也可以依法申请行政复议或者提起行政诉讼。", SMALL))
    body += [Spacer(WIDTH, 8), _signatures("领取人签名:", "经办机构(盖章):")]
    says = [case.number, case.state, case.result]
    which = _Print(kind.result_title, "case", case.number, "cases.result_printed")
    return _printed(request, which, case.unit_code, case.finished_at, says, body)


def _applicant(receipt: Receipt) -> Flowable:
    return _pairs(
        [
            ("申请人", receipt.applicant_name),
            ("联系电话", receipt.applicant_phone),
            ("代办人", receipt.agent_name),
            ("收件时间", timezone.localtime(receipt.received_at).strftime("%Y-%m-%d %H:%M")),
        ]
    )


def _received(case: Case) -> list[Flowable]:
    kind = kinds.kind_of(case.kind)
    rows: list[list[Any]] = [[paragraph("材料", LABEL), paragraph("情况", LABEL)]]
    rows += [
        [paragraph(one.name), paragraph("已收" if one.received_at else "待补正")]
        for one in sorted(case.materials.all(), key=lambda one: one.pk)
    ]
    said = f"办理时限 {kind.working_days} 个工作日({kind.limit_source})。"
    if case.due_on is not None:
        said += f"预计 {case.due_on.isoformat()} 前办结。"
    elif case.state == CaseState.SUPPLEMENTING:
        said += "材料补齐之日起计算时限。"
    elif case.state == CaseState.NOT_ACCEPTED:
        said = case.result
    return [
        paragraph(f"{kind.title}  {case.subject_name}  受理号 {case.number}", HEADING),
        *([grid(rows, (0.7, 0.3), heads=1)] if len(rows) > 1 else []),
        paragraph(said, SMALL),
    ]


def _pairs(pairs: Sequence[tuple[str, str]]) -> Flowable:
    cells: list[Any] = []
    for label, value in pairs:
        cells += [paragraph(label, LABEL), paragraph(value or "—")]
    rows = [cells[at : at + 4] for at in range(0, len(cells), 4)]
    return grid(rows, (0.13, 0.37, 0.13, 0.37), labels=(0, 2))


def _signatures(*who: str) -> Flowable:
    return grid([[paragraph(one) for one in who]], [1 / len(who)] * len(who), height=ROOM_TO_SIGN)


def _day(value: date | None) -> str:
    return value.isoformat() if value else ""


@dataclass(frozen=True, slots=True)
class _Print:
    """Which paper of which thing, and what the trail calls printing it."""

    title: str
    kind: str
    number: str
    action: str


def _printed(
    request: PageRequest, which: _Print, unit_code: str, at: datetime, says: Sequence[str], body: Sequence[Flowable]
) -> HttpResponse:
    """The paper as PDF, with the agency's name of the day it speaks of; the print is counted."""
    before = platform.count_in_trail(which.kind, which.number, which.action)
    paper = Paper(
        agency=platform.unit_name(unit_code, timezone.localdate(at)),
        title=which.title,
        number=which.number,
        printed_at=timezone.localtime(request.now).strftime("%Y-%m-%d %H:%M"),
        code=verification_code(which.title, *says),
        copies_before=before,
    )
    trail.record(
        which.action,
        at=request.now,
        operator=request.operator,
        object_kind=which.kind,
        object_key=which.number,
        detail={"copy": before + 1},
    )
    response = HttpResponse(render(paper, body), content_type="application/pdf")
    response["Content-Disposition"] = f'inline; filename="{which.number}.pdf"'
    return response
