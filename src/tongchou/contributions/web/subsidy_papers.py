"""财政补助资金申请表 on A4 (F-45) and the workbook (测算表): what was counted, never what somebody typed (CON-26)."""

import io
from typing import Any, Final

import xlsxwriter
from django.http import Http404, HttpResponse
from reportlab.lib.units import mm
from reportlab.platypus import Flowable, Spacer

from tongchou.contributions.models import SubsidyApplication, SubsidyHead
from tongchou.contributions.subsidies import queries
from tongchou.contributions.subsidies.states import Level, Purpose, Verdict
from tongchou.kernel.money import yuan_text
from tongchou.platform import checks, trail
from tongchou.platform import queries as platform
from tongchou.platform.web import masks
from tongchou.platform.web.access import PageRequest, check_unit, may, page
from tongchou.platform.web.paper import (
    AMOUNT,
    HEADING,
    LABEL,
    SMALL,
    WIDTH,
    grid,
    pairs,
    paragraph,
    sign_boxes,
    verification_code,
    yuan,
)
from tongchou.platform.web.printing import Print, printed

SIGNATURE_HEIGHT: Final = 22 * mm
LISTED: Final = 100_000
"""Persons left out that a workbook lists; all of them are in the list of heads."""


@page("contributions.view")
def form(request: PageRequest, number: str) -> HttpResponse:
    """财政补助资金申请表 (F-45): heads by category, amounts by level, extract and digest, boxes for three seals."""
    found = _counted(request, number)
    lines = queries.workbook(found)
    heads = [paragraph(head, LABEL) for head in ("人员类别", "人数", *(level.label for level in Level), "合计(元)")]
    rows: list[list[Any]] = [heads]
    for category, line in lines:
        parts = [getattr(line, f"{level.value}_fen") for level in Level]
        rows.append([paragraph(category), _number(line.heads), *map(yuan, parts), yuan(line.total_fen)])
    sums = [sum(getattr(line, f"{level.value}_fen") for _, line in lines) for level in Level]
    rows.append([paragraph("合计"), _number(found.snapshot.counted), *map(yuan, sums), yuan(sum(sums))])
    body: list[Flowable] = [
        Spacer(WIDTH, 4),
        _about(found),
        paragraph("一、人数与补助金额", HEADING),
        grid(rows, (0.14, 0.1, 0.15, 0.15, 0.15, 0.15, 0.16), heads=1),
    ]
    if levels := list(found.levels.order_by("id")):
        body += [paragraph("二、各级到位情况(元)", HEADING), _levels(levels)]
    body += [paragraph("未计入人员", HEADING), _left_out(found), Spacer(WIDTH, 10), _seals(found)]
    return _printed(request, found, body)


def _about(found: SubsidyApplication) -> Flowable:
    snapshot = found.snapshot
    assert snapshot is not None
    said = (
        ("申报机构", platform.unit_name(found.unit_code, found.count_on)),
        ("保险年度", f"{found.benefit_year}年 {Purpose(found.purpose).label}"),
        ("统计时点", found.count_on.isoformat()),
        ("缴费人数", f"{snapshot.found:,}"),
        ("提取编号", f"{found.number}/{snapshot.run_no}"),
        ("核准文号", found.approval_no or "—"),
    )
    return pairs([*said, ("提取数据摘要", paragraph(snapshot.digest, SMALL))])


def _levels(levels: list[Any]) -> Flowable:
    heads = [paragraph(head, LABEL) for head in ("级次", "应补", "核准", "上年结转", "应到", "已到", "差额")]
    rows = [
        [
            paragraph(Level(one.level).label),
            yuan(one.due_fen),
            yuan(one.approved_fen) if one.approved_fen is not None else paragraph("—", AMOUNT),
            yuan(one.brought_fen),
            yuan(one.payable_fen),
            yuan(one.received_fen),
            yuan(one.outstanding_fen),
        ]
        for one in levels
    ]
    return grid([heads, *rows], (0.16, 0.14, 0.14, 0.14, 0.14, 0.14, 0.14), heads=1)


def _left_out(found: SubsidyApplication) -> Flowable:
    told = "、".join(f"{verdict.label}{heads}人" for verdict, heads in queries.left_out(found))
    return paragraph(f"{told or '无'}。名单见人员明细。")


def _seals(found: SubsidyApplication) -> Flowable:
    codes = (found.made_by, found.reviewed_by, found.submitted_by)
    names = platform.names_of_staff([code for code in codes if code])
    made, reviewed, submitted = (names.get(code, code) for code in codes)
    boxes = (
        ("测算人", made),
        ("复核人", reviewed),
        ("经办机构负责人(盖章)", submitted),
        ("医疗保障部门(盖章)", ""),
        ("财政部门(盖章)", ""),
    )
    return sign_boxes(*boxes, height=SIGNATURE_HEIGHT)


def _printed(request: PageRequest, found: SubsidyApplication, body: list[Flowable]) -> HttpResponse:
    assert found.snapshot is not None
    what = Print(
        agency=platform.unit_name(found.unit_code, request.today),
        title="城乡居民基本医疗保险财政补助资金申请表",
        number=found.number,
        code=verification_code("subsidy", found.number, found.snapshot.digest, found.snapshot.counted),
        action="contributions.subsidy_printed",
        object_kind="subsidy",
        object_key=found.number,
        pooling_area=found.pooling_area_id,
        unit_code=found.unit_code,
    )
    return printed(request, what, body)


@page("contributions.view")
def workbook(request: PageRequest, number: str) -> HttpResponse:
    """测算表 as a workbook: the sums and whom they leave out, names masked without 敏感导出; logged."""
    found = _counted(request, number)
    checks.check_permission(request.operator, "exports.lists", request.now)
    open_values = may(request, "exports.sensitive")
    file = io.BytesIO()
    with xlsxwriter.Workbook(file, {"in_memory": True, "strings_to_formulas": False}) as book:
        bold = book.add_format({"bold": True, "bg_color": "#E8EEF7", "border": 1})
        _sums_sheet(book.add_worksheet("测算表"), bold, found)
        listed = _left_out_sheet(book.add_worksheet("未计入人员"), bold, found, open_values=open_values)
    _note(request, found, "contributions.subsidy_workbook", rows=listed, masked=not open_values)
    response = HttpResponse(
        file.getvalue(), content_type="application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
    )
    response["Content-Disposition"] = (
        f'attachment; filename="{found.unit_code}-{found.benefit_year}-{found.purpose}.xlsx"'
    )
    return response


def _sums_sheet(sheet: Any, bold: Any, found: SubsidyApplication) -> None:
    assert found.snapshot is not None
    sheet.set_column(0, 12, 16)
    facts = (
        ("申请编号", found.number),
        ("保险年度", str(found.benefit_year)),
        ("统计时点", found.count_on.isoformat()),
        ("提取数据摘要", found.snapshot.digest),
    )
    for row, (label, value) in enumerate(facts):
        sheet.write_string(row, 0, label, bold)
        sheet.write_string(row, 1, value)
    heads = ["人员类别", "计入人数"]
    for level in Level:
        heads += [f"{level.label}每人(元)", f"{level.label}(元)"]
    for at, head in enumerate([*heads, "合计(元)"]):
        sheet.write_string(5, at, head, bold)
    for row, (category, line) in enumerate(queries.workbook(found), 6):
        sheet.write_string(row, 0, category)
        sheet.write_number(row, 1, line.heads)
        cells = [getattr(line, f"{level.value}{part}") for level in Level for part in ("_each_fen", "_fen")]
        for at, fen in enumerate([*cells, line.total_fen], 2):
            sheet.write_string(row, at, yuan_text(fen))


def _left_out_sheet(sheet: Any, bold: Any, found: SubsidyApplication, *, open_values: bool) -> int:
    assert found.snapshot is not None
    sheet.set_column(0, 6, 22)
    for at, head in enumerate(("序号", "人员编号", "姓名", "证件号码", "参保单位", "原因", "已计入的人员编号")):
        sheet.write_string(0, at, head, bold)
    rows = SubsidyHead.objects.filter(snapshot_id=found.snapshot.pk).exclude(verdict="").order_by("line_no")[:LISTED]
    count = 0
    for count, head in enumerate(rows, 1):
        name = head.name if open_values else masks.name(head.name)
        certificate = head.certificate_no if open_values else masks.certificate(head.certificate_no)
        cells = (str(head.line_no), head.person_no, name, certificate, head.unit_code, str(Verdict(head.verdict).label))
        for at, cell in enumerate((*cells, head.kept)):
            sheet.write_string(count, at, cell)
    return count


def _counted(request: PageRequest, number: str) -> SubsidyApplication:
    """Raises: Http404, OutOfScope."""
    found = SubsidyApplication.objects.select_related("snapshot").filter(number=number).first()
    if found is None or found.snapshot is None:
        raise Http404
    check_unit(request, found.unit_code, found.pooling_area_id, kind="subsidy", key=number)
    return found


def _note(request: PageRequest, found: SubsidyApplication, action: str, **detail: object) -> None:
    trail.record(
        action,
        at=request.now,
        operator=request.operator,
        pooling_area=found.pooling_area_id,
        unit_code=found.unit_code,
        object_kind="subsidy",
        object_key=found.number,
        detail=detail,
    )


def _number(count: int) -> Flowable:
    return paragraph(f"{count:,}", AMOUNT)
