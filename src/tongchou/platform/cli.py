"""`tongchou trail` and `tongchou calendar` (操作日志、工作日历)."""

from pathlib import Path
from typing import Annotated

import typer
from django.utils import timezone
from rich.console import Console
from rich.progress import Progress
from rich.table import Table

from tongchou.platform import commands, queries
from tongchou.platform.calendar_files import read_calendar_file
from tongchou.platform.daily import trail_anchors
from tongchou.platform.states import CalendarState
from tongchou.platform.terminal import recognised
from tongchou.platform.trail_verification import verify_trail

trail_app = typer.Typer(help="操作日志 / Trail: seal and verify the hash chain", no_args_is_help=True)
calendar_app = typer.Typer(help="工作日历 / Working-day calendar: show, import, approve", no_args_is_help=True)
_console = Console()
_AS = Annotated[str, typer.Option("--as", help="工作人员代码 / Staff code of who does this", prompt="工作人员代码")]
_PASSWORD = Annotated[str, typer.Option("--password", help="密码 / Password", prompt="密码", hide_input=True)]


@trail_app.command("seal")
def seal() -> None:
    """立即封印 / Seal what is not sealed yet, without waiting for the job."""
    _console.print(f"已封印 {commands.seal_trail(now=timezone.now(), anchors=trail_anchors())} 条")


@trail_app.command("verify")
def verify(
    anchors: Annotated[Path | None, typer.Option(help="锚点文件夹 / Folder of the anchors")] = None,
    expect: Annotated[str, typer.Option(help="期望的链尾,封印号:哈希 / Head to find in the chain, NUMBER:HASH")] = "",
) -> None:
    """校验操作日志 / Verify the chain; names every entry changed, deleted or inserted. Exit code 1 when any is."""
    with Progress(console=_console, transient=True) as bar:
        task = bar.add_task("校验", total=None)
        report = verify_trail(
            anchors=anchors or trail_anchors(),
            expected=expect,
            progress=lambda done, total: bar.update(task, completed=done, total=total),
        )
    for finding in report.findings:
        _console.print(f"[red]✗[/red] {finding.text}")
    _console.print(f"封印 {report.seals} 个,日志 {report.entries} 条,未封印 {report.unsealed} 条")
    if report.seals:
        _console.print(f"链尾 {report.head_number}:{report.head}", soft_wrap=True)
    for chain in report.other_chains:
        _console.print(f"[yellow]![/yellow] 锚点文件夹里还有另一条链 {chain}:若日志未曾整体重建,请查明")
    if report.findings:
        raise typer.Exit(1)
    _console.print("[green]✓[/green] 日志完整 / the trail is whole")


@calendar_app.command("show")
def show(
    year: Annotated[int | None, typer.Argument(help="年度,不填则列出各年 / Year; all years without")] = None,
) -> None:
    """查看工作日历 / Show the editions of all years, or the days of one."""
    table = Table("年度", "状态", "来源") if year is None else Table("日期", "类型", "名称")
    if year is None:
        for edition in queries.calendar_years():
            table.add_row(str(edition.year), CalendarState(edition.state).label, edition.source)
    else:
        for day in queries.calendar_days(year):
            table.add_row(str(day.day), "上班" if day.is_working else "放假", day.name)
    _console.print(table)


@calendar_app.command("import")
def import_year(
    year: Annotated[int, typer.Argument(help="年度 / Year")],
    file: Annotated[Path, typer.Argument(help="日期,类型,名称 (xlsx, csv)", exists=True, dir_okay=False)],
    source: Annotated[str, typer.Option(help="来源文件 / Source document")],
    staff_code: _AS,
    password: _PASSWORD,
) -> None:
    """导入工作日历 / Import a year as a draft for approval."""
    now = timezone.now()
    operator = recognised(staff_code, password, now)
    days = read_calendar_file(file.name, file.read_bytes())
    commands.import_calendar_year(year=year, days=days, source=source, by=operator, now=now)
    _console.print(f"{year}年日历已导入 {len(days)} 天,待另一人批准")


@calendar_app.command("approve")
def approve(
    year: Annotated[int, typer.Argument(help="年度 / Year")],
    staff_code: _AS,
    password: _PASSWORD,
) -> None:
    """批准工作日历 / Put the imported year in force, by a second person."""
    now = timezone.now()
    commands.approve_calendar_year(year=year, by=recognised(staff_code, password, now), now=now)
    _console.print(f"{year}年日历已批准并生效")
