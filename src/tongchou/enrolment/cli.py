"""`tongchou import` and `tongchou export` (导入与导出): the same checks, previews and trail as on the pages."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path
from typing import Annotated

import typer
from django.contrib.auth.hashers import check_password
from django.utils import timezone
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn
from rich.table import Table

from tongchou.enrolment import imports
from tongchou.enrolment.imports import Mode, Preview
from tongchou.kernel.errors import DomainError
from tongchou.platform import queries as platform
from tongchou.platform.authentication import barred
from tongchou.platform.spreadsheets import exports
from tongchou.platform.spreadsheets.reports import REASON_HEADER

import_app = typer.Typer(help="导入文件 / Import files", no_args_is_help=True)
export_app = typer.Typer(help="导出文件 / Export files", no_args_is_help=True)
_console = Console()
MOST_SHOWN = 10

_FILE = Annotated[Path, typer.Argument(help="xlsx、xls、csv、txt", exists=True, dir_okay=False)]
_AREA = Annotated[str, typer.Option("--area", help="统筹地区代码,默认为本机构所在地区 / Pooling area")]
_AS = Annotated[str, typer.Option("--as", help="工作人员代码 / Staff code of who does this", prompt="工作人员代码")]
_PASSWORD = Annotated[str, typer.Option("--password", help="密码 / Password", prompt="密码", hide_input=True)]
_ONLY_GOOD = Annotated[bool, typer.Option("--only-good", help="有误的行除外,只入库无误的行 / Only the good rows")]
_YES = Annotated[bool, typer.Option("--yes", help="检查后不再询问,直接入库 / Take in without asking")]
_ERRORS = Annotated[Path | None, typer.Option("--errors", help="把有误的行写到这个文件 / Write the bad rows here")]
_TO = Annotated[Path, typer.Argument(help="*.xlsx、*.csv", dir_okay=False)]
_UNIT = Annotated[str, typer.Option("--unit", help="只导出一个参保单位 / One enrolling unit only")]
_YEAR = Annotated[int | None, typer.Option("--year", help="保险年度,默认为今年 / Benefit year")]
_CHANNEL = Annotated[str, typer.Option("--channel", help="缴费渠道: bank、tax、school、counter、aid / Channel")]


class NotRecognised(DomainError):
    code = "EN-1801"
    message = "工作人员代码或密码不正确,或该账号不能办理业务"


class AreaMissing(DomainError):
    code = "EN-1802"
    message = "机构{unit}不属于单一的统筹地区,请用 --area 指明"


@import_app.command("roster")
def import_roster(
    file: _FILE,
    staff_code: _AS,
    password: _PASSWORD,
    area: _AREA = "",
    only_good: _ONLY_GOOD = False,
    yes: _YES = False,
    errors: _ERRORS = None,
) -> None:
    """参保花名册 / Persons, households, special groups, cards."""
    _import("roster", file, staff_code, password, area, only_good=only_good, yes=yes, errors=errors)


@import_app.command("contributions")
def import_contributions(
    file: _FILE,
    staff_code: _AS,
    password: _PASSWORD,
    area: _AREA = "",
    channel: _CHANNEL = "bank",
    only_good: _ONLY_GOOD = False,
    yes: _YES = False,
    errors: _ERRORS = None,
) -> None:
    """缴费结果 / Payments as the bank or the tax office reports them."""
    options = {"channel": channel}
    _import("contributions", file, staff_code, password, area, options, only_good=only_good, yes=yes, errors=errors)


@import_app.command("catalogue")
def import_catalogue(
    file: _FILE,
    staff_code: _AS,
    password: _PASSWORD,
    area: _AREA = "",
    only_good: _ONLY_GOOD = False,
    yes: _YES = False,
    errors: _ERRORS = None,
) -> None:
    """三大目录 / Catalogue items and how the area pays them."""
    _import("catalogue", file, staff_code, password, area, only_good=only_good, yes=yes, errors=errors)


@import_app.command("diagnoses")
def import_diagnoses(
    file: _FILE,
    staff_code: _AS,
    password: _PASSWORD,
    area: _AREA = "",
    only_good: _ONLY_GOOD = False,
    yes: _YES = False,
    errors: _ERRORS = None,
) -> None:
    """疾病诊断编码 / Diagnosis codes."""
    _import("diagnoses", file, staff_code, password, area, only_good=only_good, yes=yes, errors=errors)


@import_app.command("institutions")
def import_institutions(
    file: _FILE,
    staff_code: _AS,
    password: _PASSWORD,
    area: _AREA = "",
    only_good: _ONLY_GOOD = False,
    yes: _YES = False,
    errors: _ERRORS = None,
) -> None:
    """定点医药机构 / Institutions with level and agreement."""
    _import("institutions", file, staff_code, password, area, only_good=only_good, yes=yes, errors=errors)


@import_app.command("physicians")
def import_physicians(
    file: _FILE,
    staff_code: _AS,
    password: _PASSWORD,
    area: _AREA = "",
    only_good: _ONLY_GOOD = False,
    yes: _YES = False,
    errors: _ERRORS = None,
) -> None:
    """医保医师 / Physicians and their filing."""
    _import("physicians", file, staff_code, password, area, only_good=only_good, yes=yes, errors=errors)


def _import(
    kind: str,
    file: Path,
    staff_code: str,
    password: str,
    area: str,
    options: dict[str, str] | None = None,
    *,
    only_good: bool,
    yes: bool,
    errors: Path | None,
) -> None:
    """Check, show, ask, take in. Exit code 1 when nothing was taken in."""
    now = timezone.now()
    operator = _recognised(staff_code, password, now)
    with _bar() as tell:
        preview = imports.check(
            kind=kind,
            pooling_area=_area_of(operator, area),
            file_name=file.name,
            content=file,
            options=options,
            operator=operator,
            now=now,
            tell=tell,
        )
    _show(preview)
    if errors is not None and preview.rows_bad:
        count = imports.report(preview.id, errors)
        _console.print(f"{count} 行有误的数据已写入 {errors},末列为{REASON_HEADER}")
    if not _decided(preview, only_good=only_good, yes=yes):
        _console.print("未入库 / nothing was taken in")
        raise typer.Exit(1)
    mode = Mode.ONLY_GOOD if only_good else Mode.ALL
    with _bar() as tell:
        done = imports.take_in(preview_id=preview.id, mode=mode, operator=operator, now=timezone.now(), tell=tell)
    _console.print(f"[green]✓[/green] 已入库 {done.rows_taken} 行 / {done.rows_taken} rows taken in")


def _decided(preview: Preview, *, only_good: bool, yes: bool) -> bool:
    if not preview.rows_good or (preview.rows_bad and not only_good):
        return False
    return yes or typer.confirm(f"入库 {preview.rows_good} 行? / Take in {preview.rows_good} rows?", default=False)


def _show(preview: Preview) -> None:
    """The preview as a clerk reads it."""
    _console.print(f"{preview.title} · {preview.file_name} · {preview.form}")
    _console.print(f"共 {preview.rows_total} 行,可入库 {preview.rows_good} 行,有误 {preview.rows_bad} 行")
    for label, value in preview.totals.items():
        _console.print(f"  {label}: {value}")
    for remark in preview.remarks:
        _console.print(f"[yellow]![/yellow] {remark}")
    if preview.ignored_columns:
        _console.print(f"[yellow]![/yellow] 未使用的列: {'、'.join(preview.ignored_columns)}")
    if not preview.rows_bad:
        return
    table = Table("单元格", "列", "内容", "原因")
    for problem in imports.problems_of(preview.id, size=MOST_SHOWN).rows:
        table.add_row(problem.cell, problem.column, problem.value, f"{problem.reason} ({problem.code})")
    _console.print(table)
    for fault in preview.faults[:MOST_SHOWN]:
        _console.print(f"  {fault.rows} 行: {fault.reason} ({fault.code})")


@contextmanager
def _bar() -> Iterator[imports.Tell]:
    """A bar with what is done, of how many, and how long it will still take."""
    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())
    with Progress(*columns, console=_console, transient=True) as progress:
        task = progress.add_task("正在读取", total=None)

        def tell(done: int, total: int, step: str) -> None:
            progress.update(task, completed=done, total=total or None, description=step or "正在读取")

        yield tell


# --- export ---------------------------------------------------------------------------------------------------------


@export_app.command("roster")
def export_roster(file: _TO, staff_code: _AS, password: _PASSWORD, area: _AREA = "", unit: _UNIT = "") -> None:
    """参保花名册 / Everybody enrolled today, as the import reads it."""
    _export("roster", file, staff_code, password, area, unit)


@export_app.command("contributions")
def export_contributions(
    file: _TO, staff_code: _AS, password: _PASSWORD, area: _AREA = "", unit: _UNIT = "", year: _YEAR = None
) -> None:
    """缴费清单 / The payments of a benefit year and what they cover."""
    _export("contributions", file, staff_code, password, area, unit, year)


@export_app.command("institutions")
def export_institutions(file: _TO, staff_code: _AS, password: _PASSWORD, area: _AREA = "", unit: _UNIT = "") -> None:
    """定点医药机构 / Institutions with level and agreement."""
    _export("institutions", file, staff_code, password, area, unit)


@export_app.command("catalogue")
def export_catalogue(file: _TO, staff_code: _AS, password: _PASSWORD, area: _AREA = "", unit: _UNIT = "") -> None:
    """三大目录 / Items and how the area pays them, as the import reads them."""
    _export("catalogue", file, staff_code, password, area, unit)


def _export(
    kind: str, file: Path, staff_code: str, password: str, area: str, unit: str = "", year: int | None = None
) -> None:
    now = timezone.now()
    operator = _recognised(staff_code, password, now)
    with Progress(TextColumn("{task.description}"), console=_console, transient=True) as progress:
        task = progress.add_task("正在导出")
        count = exports.export(
            kind=kind,
            to=file,
            pooling_area=_area_of(operator, area),
            unit_code=unit,
            year=year,
            operator=operator,
            now=now,
            tell=lambda rows: progress.update(task, description=f"正在导出 {rows} 行"),
        )
    _console.print(f"[green]✓[/green] 已导出 {count} 行到 {file}")


@export_app.command("template")
def export_template(
    kind: Annotated[str, typer.Argument(help="roster、contributions、catalogue、diagnoses、institutions、physicians")],
    file: _TO,
) -> None:
    """导入模板 / The empty table to fill in, with an example row."""
    imports.template(kind, file)
    _console.print(f"[green]✓[/green] 模板已写到 {file}")


@export_app.command("errors")
def export_errors(
    number: Annotated[int, typer.Argument(help="导入编号 / Number of the import")],
    file: _TO,
    staff_code: _AS,
    password: _PASSWORD,
) -> None:
    """错误明细 / The rows of an import that were refused, with the reasons."""
    _recognised(staff_code, password, timezone.now())
    _console.print(f"[green]✓[/green] {imports.report(number, file)} 行有误的数据已写到 {file}")


def _recognised(staff_code: str, password: str, now: datetime) -> platform.Operator:
    """The operator, by password. Raises: NotRecognised."""
    operator = platform.operator_by_staff_code(staff_code)
    known = operator is not None and check_password(password, operator.password)
    if operator is None or not known or barred(operator, timezone.localdate(now)):
        raise NotRecognised
    return operator


def _area_of(operator: platform.Operator, area: str) -> str:
    """Raises: AreaMissing."""
    chosen = area or platform.area_of_unit(operator.org_unit_id)
    if not chosen:
        raise AreaMissing(unit=operator.org_unit_id)
    return chosen
