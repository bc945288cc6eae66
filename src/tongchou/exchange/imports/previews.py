"""What a page shows of a file (导入预览): figures, first rows, faults, progress, and the rows in error to download."""

from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any, Final

from django.db.models import Count, F, Func, Max, Min, Value

from tongchou.exchange.imports import files
from tongchou.exchange.models import ImportFile, ImportProblem
from tongchou.exchange.states import ImportState
from tongchou.platform import paging
from tongchou.platform.spreadsheets import chunks, reading, reports
from tongchou.platform.spreadsheets.kinds import ImportKind
from tongchou.platform.spreadsheets.staging import Intake

FIRST_ROWS: Final = 20
MOST_REASONS_PER_ROW: Final = 5
_FIGURES: Final = "[0-9*][-0-9*:.Xx]*"
"""What differs between rows with the same fault: numbers, dates and amounts in the sentence."""


@dataclass(frozen=True, slots=True)
class Fault:
    """One kind of fault and how often it occurs."""

    code: str
    reason: str
    rows: int


@dataclass(frozen=True, slots=True)
class Preview:
    """The result of checking a file (检查结果)."""

    id: int
    kind: str
    title: str
    file_name: str
    form: str
    state: ImportState
    rows_total: int
    rows_good: int
    rows_bad: int
    columns: tuple[str, ...]
    first_rows: tuple[tuple[Any, ...], ...]
    """Row number, good or not, then the columns."""
    ignored_columns: tuple[str, ...]
    remarks: tuple[str, ...]
    totals: dict[str, str]
    faults: tuple[Fault, ...]


@dataclass(frozen=True, slots=True)
class Progress:
    """How far a file has come (进度)."""

    id: int
    state: ImportState
    step: str
    rows_done: int
    rows_total: int
    running: bool
    """A process works on it at this moment; until it lets go, nothing else can be done with the file."""
    abandoned: bool
    """In work, but no process works on it: it may be started again."""


def figures(intake: Intake, kind: ImportKind, checked: chunks.CheckedTable) -> dict[str, Any]:
    """What is kept of a checked file for its preview."""
    shown = [column for column in kind.layout.columns if column.name in checked.header.places]
    names = ", ".join(f'"{column.name}"::text' for column in shown)
    first = intake.ask(f"SELECT row_no, good, {names} FROM {{rows}} ORDER BY row_no LIMIT {FIRST_ROWS}")
    return {
        "form": checked.table.form,
        "columns": [column.header for column in shown],
        "first_rows": [list(row) for row in first],
        "ignored": list(checked.header.ignored),
        "remarks": checked.table.remarks,
        "totals": dict(kind.totals(intake)),
        "places": dict(checked.header.places),
        "headers": list(checked.header.headers),
        "first_column": checked.table.first_column,
        "header_row": checked.header.row_no,
        "notes": checked.table.notes,
    }


def preview_of(file_id: int) -> Preview:
    """检查结果 of a file. Raises: FileUnknown."""
    file = files.get(file_id)
    kept = file.preview
    alike = Func(F("reason"), Value(_FIGURES), Value("…"), Value("g"), function="regexp_replace")
    counted = (
        ImportProblem.objects.filter(file=file)
        .values("code", alike=alike)
        .annotate(rows=Count("row_no", distinct=True), first=Min("reason"), last=Max("reason"))
        .order_by("-rows", "code", "alike")[:FIRST_ROWS]
    )
    return Preview(
        id=file.pk,
        kind=file.kind,
        title=files.kind_of(file.kind).title,
        file_name=file.file_name,
        form=kept.get("form", ""),
        state=ImportState(file.state),
        rows_total=file.rows_total,
        rows_good=file.rows_good,
        rows_bad=file.rows_bad,
        columns=tuple(kept.get("columns", ())),
        first_rows=tuple(tuple(row) for row in kept.get("first_rows", ())),
        ignored_columns=tuple(kept.get("ignored", ())),
        remarks=tuple(kept.get("remarks", ())),
        totals=kept.get("totals", {}),
        faults=tuple(
            Fault(row["code"], row["first"] if row["first"] == row["last"] else row["alike"], row["rows"])
            for row in counted
        ),
    )


def progress(file_id: int) -> Progress:
    """进度 of a file, for a page that asks again and again. Raises: FileUnknown."""
    held = files.is_held(file_id)
    file = files.get(file_id)  # asked last: what was let go of meanwhile has its outcome in the row
    return Progress(
        id=file.pk,
        state=ImportState(file.state),
        step=file.message,
        rows_done=file.rows_done,
        rows_total=file.rows_total,
        running=held,
        abandoned=file.state in files.IN_WORK and not held,
    )


def problems_of(file_id: int, *, at: str = "", size: int = paging.PAGE_SIZE) -> paging.Slice:
    """A page of `ImportProblem`, in the order of the file (错误清单)."""
    found = ImportProblem.objects.filter(file_id=file_id)
    return paging.read_slice(found, order=("row_no", "id"), at=at, size=size)


@dataclass(frozen=True, slots=True)
class ImportRow:
    """One line of the list of imports."""

    id: int
    kind: str
    title: str
    file_name: str
    state: ImportState
    rows_total: int
    rows_taken: int
    rows_bad: int
    staff_code: str
    uploaded_at: datetime
    taken_in_at: datetime | None


def recent(pooling_area: str, *, kind: str = "", limit: int = 50) -> list[ImportRow]:
    """The last files of an area, the newest first (导入记录)."""
    found = ImportFile.objects.filter(pooling_area_id=pooling_area)
    if kind:
        found = found.filter(kind=kind)
    titles = {known.name: known.title for known in files.kinds()}
    return [
        ImportRow(
            id=file.pk,
            kind=file.kind,
            title=titles.get(file.kind, file.kind),
            file_name=file.file_name,
            state=ImportState(file.state),
            rows_total=file.rows_total,
            rows_taken=file.rows_taken,
            rows_bad=file.rows_bad,
            staff_code=file.staff_code,
            uploaded_at=file.uploaded_at,
            taken_in_at=file.taken_in_at,
        )
        for file in found.order_by("-uploaded_at")[:limit]
    ]


def report(file_id: int, to: Path) -> int:
    """错误明细: the rows in error as they stand in the file, with the reasons in one more column. Returns how many.

    Raises: FileUnknown.
    """
    file = files.get(file_id)
    reasons: dict[int, list[str]] = {}
    told = file.problems.order_by("row_no", "id").values_list("row_no", "cell", "reason", "code")
    for row_no, cell, reason, code in told.iterator():
        listed = reasons.setdefault(row_no, [])
        if len(listed) < MOST_REASONS_PER_ROW:
            where = f"{cell}: " if not cell.isdigit() else ""
            listed.append(f"{where}{reason}({code})")
    headers = [*file.preview.get("headers", ()), reports.REASON_HEADER]
    joined = {row_no: "; ".join(listed) for row_no, listed in reasons.items()}
    with files.on_disk(file) as path:
        table = _opened_again(file, path)
        rows = reports.rows_in_error(table, joined, len(headers) - 1)
        return reports.write_table(to, headers, rows, title="错误明细")


def _opened_again(file: ImportFile, path: Path) -> reading.Table:
    opener = files.kind_of(file.kind).opener
    if opener is None:
        return reading.open_table(path)
    return opener(path, file.pooling_area_id, file.options, again=True)
