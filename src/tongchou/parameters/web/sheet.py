"""政策参数核准单 (ORG-22): the draft as a paper to sign and to file, with every value that changes."""

from datetime import datetime

from django.utils import timezone
from reportlab.platypus import Flowable, KeepTogether, Spacer

from tongchou.kernel.errors import DomainError
from tongchou.parameters import queries
from tongchou.parameters.queries import Changed, DraftView
from tongchou.parameters.web.shown import SCHEMES
from tongchou.platform import papers
from tongchou.platform import queries as platform
from tongchou.platform.web.paper import (
    HEADING,
    LABEL,
    SMALL,
    WIDTH,
    Paper,
    grid,
    pairs,
    paragraph,
    render,
    verification_code,
)
from tongchou.policy.definition import Value

ROOM_TO_SIGN = 40


def sheet_pdf(draft: DraftView, *, now: datetime) -> bytes:
    """The sheet as PDF (核准单)."""
    number = f"ZC{draft.created_at:%Y%m%d}-{draft.id:05d}"
    paper = Paper(
        agency=platform.unit_name(draft.area, timezone.localdate(now)),
        title="政策参数核准单",
        number=number,
        printed_at=f"{timezone.localtime(now):%Y-%m-%d %H:%M}",
        code=verification_code(number, draft.edition, draft.state, draft.text),
        copies_before=0,
    )
    issued = papers.Issued(
        code=paper.code,
        title=paper.title,
        number=number,
        agency=paper.agency,
        object_kind="policy_sheet",
        object_key=number,
        told=(("名称", draft.title), ("生效日期", f"{draft.valid_from}"), ("状态", str(draft.state.label))),
        pooling_area=draft.area,
    )
    papers.keep(issued, now=now)
    return render(paper, [Spacer(WIDTH, 4), *_head(draft), *_changes(draft), *_golden(draft), *_steps(draft)])


def _head(draft: DraftView) -> list[Flowable]:
    said = [
        ("名称", draft.title),
        ("种类", str(draft.kind.label)),
        ("地区、险种", f"{draft.area} {SCHEMES.get(draft.scheme, draft.scheme)}"),
        ("生效日期", f"{draft.valid_from}"),
        ("状态", str(draft.state.label)),
        ("依据版本", draft.base_hash[:16]),
        ("起草人", draft.maker),
        ("核准人", draft.decided_by or "—"),
    ]
    return [pairs([*said, ("理由", draft.reason)])]


def _changes(draft: DraftView) -> list[Flowable]:
    try:
        changes = queries.compared(queries.draft_base(draft.id), queries.draft_package(draft.id))
    except DomainError as refusal:
        return [paragraph("一、改动", HEADING), paragraph(f"正文尚不符合要求:{refusal}", SMALL)]
    if not changes:
        return [paragraph("一、改动", HEADING), paragraph("数值没有改动。", SMALL)]
    rows = [[paragraph(head, LABEL) for head in ("参数", "原值", "新值", "出处")]]
    rows += [[paragraph(text, SMALL) for text in _row(change)] for change in changes]
    return [paragraph("一、改动", HEADING), grid(rows, (0.36, 0.16, 0.16, 0.32), heads=1)]


def _row(change: Changed) -> tuple[str, str, str, str]:
    told = change.after or change.before
    source = str(told.source) if told else ""
    return f"{change.label} {change.key}", _text(change.before), _text(change.after), source


def _text(value: Value | None) -> str:
    return "—" if value is None else value.text


def _golden(draft: DraftView) -> list[Flowable]:
    if draft.golden is None:
        return [paragraph("二、算例", HEADING), paragraph("尚未运行。", SMALL)]
    otherwise = [one for one in draft.golden if one["differences"] or one["problem"]]
    told = f"共{len(draft.golden)}个,其中{len(otherwise)}个的结果与原结果不同。"
    body: list[Flowable] = [paragraph("二、算例", HEADING), paragraph(told, SMALL)]
    if otherwise:
        rows = [[paragraph(head, LABEL) for head in ("算例", "不同之处(原→新)")]]
        for one in otherwise:
            parts = [f"{part['what']} {part['expected']}→{part['found']}" for part in one["differences"]]
            rows.append([paragraph(one["case"], SMALL), paragraph(one["problem"] or ";".join(parts), SMALL)])
        body.append(grid(rows, (0.3, 0.7), heads=1))
    return body


def _steps(draft: DraftView) -> list[Flowable]:
    rows = [[paragraph(head, LABEL) for head in ("时间", "事项", "经办人", "说明")]]
    for step in reversed(queries.timeline(draft.id)):
        at = f"{timezone.localtime(step.at):%Y-%m-%d %H:%M}"
        rows.append([paragraph(text, SMALL) for text in (at, str(step.action.label), step.operator, step.note)])
    signs = [[paragraph("起草人签字"), paragraph("核准人签字"), paragraph("日期")]]
    return [
        paragraph("三、经过", HEADING),
        grid(rows, (0.18, 0.1, 0.14, 0.58), heads=1),
        KeepTogether([Spacer(WIDTH, 8), grid(signs, (0.37, 0.37, 0.26), height=ROOM_TO_SIGN)]),
    ]
