"""`tongchou import` (导入文件): the same checks, preview and trail as on the page."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path
from typing import Annotated

import typer
from django.utils import timezone
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

from tongchou.exchange import imports
from tongchou.exchange.imports import Mode, Preview
from tongchou.kernel.errors import DomainError
from tongchou.platform import terminal
from tongchou.platform.queries import Operator
from tongchou.platform.spreadsheets.reports import REASON_HEADER

MOST_SHOWN = 10
_console = Console(soft_wrap=True)


class FileMissing(DomainError):
    code = "EX-1803"
    message = "没有文件“{file}”,或不能读取"


class WaysContradict(DomainError):
    code = "EX-1804"
    message = "--only-good 与 --all-or-nothing 只能选一个"


class OptionUnreadable(DomainError):
    code = "EX-1805"
    message = "--set 应写成“名称=值”,不能是“{text}”"


class FileInTheWay(DomainError):
    code = "EX-1806"
    message = "文件“{file}”已经存在,不覆盖"


def import_file(
    kind: Annotated[
        str,
        typer.Argument(
            help="导入类别 / Kind: roster 参保花名册、groups 特殊人员名单、contributions 缴费结果、catalogue 三大目录、"
            "diagnoses 疾病诊断编码、institutions 定点医药机构、physicians 医保医师、mandates 代扣协议、"
            "debit_roll 花名册回复、withholding 代扣结果、endings 人员身份状态名单、former_schemes 原制度参保人迁移、"
            "media 就诊介质名单、bank_accounts 银行账户名单、staff_changes 单位人员变动表、"
            "transfer_documents 转移接续文书、"
            "refunds 退费结果、aid_results 资助答复、training 培训结果、school_roll 学籍名册、"
            "identity_results 身份核查反馈、insurer_answers 理赔答复、population 人口基数、"
            "births 出生名单、hires 新就业人员名单、"
            "school_payment 学校代缴名册、audited_wages 核定工资表、reported_payroll 单位上报工资表"
        ),
    ],
    file: Annotated[Path, typer.Argument(help="xlsx、xls、csv、txt;UTF-8、UTF-16、GB18030")],
    area: Annotated[str, typer.Option("--area", help="统筹地区代码,默认为经办人所在地区 / Pooling area")] = "",
    operator: Annotated[str, typer.Option("--operator", help="经办人的工作人员代码 / Staff code of the operator")] = "",
    only_good: Annotated[bool, typer.Option("--only-good", help="只入库无误的行 / Take in the good rows only")] = False,
    all_or_nothing: Annotated[
        bool, typer.Option("--all-or-nothing", help="全部无误才入库(默认)/ Take in all rows or none (default)")
    ] = False,
    preview: Annotated[bool, typer.Option("--preview", help="只检查,不入库 / Check only")] = False,
    errors: Annotated[
        Path | None, typer.Option("--errors", help="把有误的行连同原因写到此文件 / Write the bad rows to this file")
    ] = None,
    choices: Annotated[
        list[str] | None,
        typer.Option("--set", metavar="名称=值", help="导入选项,如 channel=tax / Option of the kind"),
    ] = None,
    template: Annotated[
        bool, typer.Option("--template", help="不导入,把空白模板写到 FILE / Write the empty table to FILE instead")
    ] = False,
) -> None:
    """导入文件:逐格检查并预览,再全部或只把无误的行入库。退出码 1 表示没有入库(--preview 时:不能入库)。

    Check a file cell by cell, show the preview, take it in. Exit code 1 when nothing was (or could be) taken in.
    """
    if only_good and all_or_nothing:
        raise WaysContradict
    if template:
        _write_template(kind, file)
        return
    if not file.is_file():
        raise FileMissing(file=file)
    now = timezone.now()
    clerk = terminal.operator_at_terminal(operator, now)
    where = terminal.area_at_terminal(clerk, area, timezone.localdate(now))
    shown = _check(kind, file, where, _options(choices or []), clerk, now)
    _show(shown)
    if errors is not None and shown.rows_bad:
        count = imports.report(shown.id, errors)
        _console.print(f"{count} 行有误的数据已写到 {errors},末列为“{REASON_HEADER}”")
    if preview:
        if not shown.rows_good or (shown.rows_bad and not only_good):
            raise typer.Exit(1)
        return
    _take_in(shown, Mode.ONLY_GOOD if only_good else Mode.ALL, clerk)


def _check(
    kind: str, file: Path, area: str, options: dict[str, str], operator: Operator, now: datetime
) -> imports.Preview:
    with _bar() as tell:
        return imports.check(
            kind=kind,
            pooling_area=area,
            file_name=file.name,
            content=file,
            options=options,
            operator=operator,
            now=now,
            tell=tell,
        )


def _take_in(shown: Preview, mode: Mode, operator: Operator) -> None:
    """Raises: ImportHasProblems, ImportHasNoGoodRow, and what else `imports.take_in` refuses."""
    with _bar() as tell:
        done = imports.take_in(preview_id=shown.id, mode=mode, operator=operator, now=timezone.now(), tell=tell)
    _console.print(f"[green]✓[/green] 已入库 {done.rows_taken:,} 行 / {done.rows_taken:,} rows taken in")


def _options(choices: list[str]) -> dict[str, str]:
    """Raises: OptionUnreadable."""
    options = {}
    for text in choices:
        name, equals, value = text.partition("=")
        if not (name and equals):
            raise OptionUnreadable(text=text)
        options[name] = value
    return options


def _write_template(kind: str, file: Path) -> None:
    """Raises: KindUnknown, FileInTheWay."""
    if file.exists():
        raise FileInTheWay(file=file)
    imports.template(kind, file)
    _console.print(f"[green]✓[/green] 模板已写到 {file}")


def _show(preview: Preview) -> None:
    """The preview as a clerk reads it (预览)."""
    _console.print(f"{preview.title} · {preview.file_name} · {preview.form}", markup=False)
    _console.print(f"共 {preview.rows_total:,} 行,可入库 {preview.rows_good:,} 行,有误 {preview.rows_bad:,} 行")
    for label, value in preview.totals.items():
        _console.print(f"  {label}: {value}", markup=False)
    for remark in preview.remarks:
        _console.print(f"! {remark}", markup=False)
    if preview.ignored_columns:
        _console.print(f"! 未使用的列: {'、'.join(preview.ignored_columns)}", markup=False)
    for problem in imports.problems_of(preview.id, size=MOST_SHOWN).rows:
        where = " ".join(part for part in (problem.cell, problem.column, f"“{problem.value}”") if part)
        _console.print(f"  ✗ {where}: {problem.reason} ({problem.code})", markup=False)
    for fault in preview.faults[:MOST_SHOWN] if preview.rows_bad > MOST_SHOWN else ():
        _console.print(f"  {fault.rows:,} 行: {fault.reason} ({fault.code})", markup=False)


@contextmanager
def _bar() -> Iterator[imports.Tell]:
    """A bar with what is done, of how many, and how long it will still take."""
    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())
    with Progress(*columns, console=_console, transient=True, disable=not _console.is_terminal) as progress:
        task = progress.add_task("正在读取", total=None)

        def tell(done: int, total: int, step: str) -> None:
            progress.update(task, completed=done, total=total or None, description=step or "正在读取")

        yield tell
