"""`tongchou export` (导出清单): the lists of the console, and the registers as the import reads them.

A list of the console is asked of its own page, so that columns, scope, masks, the limit of rows and the line in the
trail are the page's; a register streams and has no limit but that of a worksheet.
"""

import shutil
import tempfile
from collections.abc import Callable, Mapping
from datetime import datetime
from pathlib import Path
from typing import Annotated, Final

import typer
from django.http import FileResponse
from django.test import RequestFactory
from django.urls import resolve, reverse
from django.utils import timezone
from rich.console import Console
from rich.progress import Progress, TextColumn

from tongchou.kernel.errors import DomainError
from tongchou.platform import terminal
from tongchou.platform.queries import Operator
from tongchou.platform.spreadsheets import exports
from tongchou.platform.web import access

LISTS: Final[Mapping[str, tuple[str, str]]] = {
    "persons": ("enrolment:persons", "参保人"),
    "institutions": ("institutions:institutions", "定点医药机构"),
    "physicians": ("institutions:physicians", "医师"),
    "items": ("catalogue:items", "目录"),
    "diagnoses": ("catalogue:diagnoses", "诊断编码"),
    "diseases": ("catalogue:diseases", "病种"),
    "encounters": ("encounters:encounters", "就医"),
    "settlements": ("settlement:settlements", "结算"),
    "vouchers": ("fund:vouchers", "记账凭证"),
    "messages": ("messages:messages", "接口报文"),
    "units": ("platform:units", "机构"),
    "operators": ("platform:operators", "人员岗位"),
    "trail": ("platform:trail", "操作日志"),
}
"""The console's lists: name → address name and title."""
ENDINGS: Final = (".csv", ".xlsx")
_console = Console(soft_wrap=True)


class ListUnknown(DomainError):
    code = "SI-0301"
    message = "没有“{name}”这类清单;可以导出:{known}"


class EndingUnknown(DomainError):
    code = "SI-0302"
    message = "导出文件名应以 .csv 或 .xlsx 结尾,不能是“{file}”"


class NotWritable(DomainError):
    code = "SI-0303"
    message = "不能写入“{file}”:{problem}"


class FilterUnreadable(DomainError):
    code = "SI-0304"
    message = "筛选条件应写成“名称=值”,不能是“{text}”"


class OptionUnfit(DomainError):
    code = "SI-0305"
    message = "“{name}”是{what},不能用 {option}"


def export(
    name: Annotated[
        str,
        typer.Argument(
            metavar="LIST",
            help="名册 / Registers: roster 参保花名册、contributions 缴费清单、catalogue 三大目录、"
            "institution_register 定点医药机构名册;清单 / Lists: "
            + "、".join(f"{name} {title}" for name, (_, title) in LISTS.items()),
        ),
    ],
    out: Annotated[Path, typer.Option("--out", help="写到的文件,*.csv 或 *.xlsx / The file to write")],
    area: Annotated[str, typer.Option("--area", help="统筹地区代码,默认为经办人所在地区 / Pooling area")] = "",
    operator: Annotated[str, typer.Option("--operator", help="经办人的工作人员代码 / Staff code of the operator")] = "",
    unit: Annotated[str, typer.Option("--unit", help="名册:只导出一个参保单位 / Registers: one unit only")] = "",
    year: Annotated[int | None, typer.Option("--year", help="缴费清单:保险年度,默认今年 / Benefit year")] = None,
    where: Annotated[
        list[str] | None,
        typer.Option(
            "--filter", metavar="名称=值", help="清单:页面上的筛选条件,如 kind=1 / Lists: a filter of the page"
        ),
    ] = None,
) -> None:
    """导出名册或清单:列、脱敏和辖区同经办台一致,并记入操作日志。

    Write a register or a list of the console to a file; its columns, masks and scope are the console's.
    """
    if out.suffix.lower() not in ENDINGS:
        raise EndingUnknown(file=out.name)
    now = timezone.now()
    registers = {kind.name: kind for kind in exports.registered()}
    if name not in registers and name not in LISTS:
        known = [f"{kind.name} {kind.title}" for kind in registers.values()]
        known += [f"{each} {title}" for each, (_, title) in LISTS.items()]
        raise ListUnknown(name=name, known="、".join(known))
    _check_options(name, "名册", {"--filter": where} if name in registers else {})
    _check_options(name, "清单", {} if name in registers else {"--area": area, "--unit": unit, "--year": year})
    clerk = terminal.operator_at_terminal(operator, now)
    if name in registers:
        chosen = terminal.area_at_terminal(clerk, area, timezone.localdate(now))
        _write(out, lambda to: _register(name, to, chosen, unit, year, clerk, now))
    else:
        _write(out, lambda to: _list(name, to, _filter(where or []), clerk))
    _console.print(f"[green]✓[/green] 已导出到 {out} / written to {out}")


def _register(name: str, to: Path, area: str, unit: str, year: int | None, operator: Operator, now: datetime) -> None:
    """A register of the area or of one unit. Raises: NoPermission, OutOfScope, TooLongForWorkbook."""
    shown = Progress(
        TextColumn("{task.description}"), console=_console, transient=True, disable=not _console.is_terminal
    )
    with shown as progress:
        task = progress.add_task("正在导出")
        exports.export(
            kind=name,
            to=to,
            pooling_area=area,
            unit_code=unit,
            year=year,
            operator=operator,
            now=now,
            tell=lambda rows: progress.update(task, description=f"正在导出 {rows:,} 行"),
        )


def _list(name: str, to: Path, criteria: Mapping[str, str], operator: Operator) -> None:
    """A list as its page gives it. Raises: NoPermission, TooManyToExport."""
    address = reverse(LISTS[name][0])
    request = RequestFactory().get(address, {**criteria, "export": to.suffix.lower().removeprefix(".")})
    request.user = operator
    answer = access.opened(resolve(address).func, request)
    assert isinstance(answer, FileResponse)  # every page of the table is a list
    with answer.file_to_stream as content, to.open("wb") as file:
        shutil.copyfileobj(content, file)


def _check_options(name: str, what: str, unfit: Mapping[str, object]) -> None:
    """What would be ignored is refused. Raises: OptionUnfit."""
    for option, value in unfit.items():
        if value:
            raise OptionUnfit(name=name, what=what, option=option)


def _filter(texts: list[str]) -> dict[str, str]:
    """Raises: FilterUnreadable."""
    criteria = {}
    for text in texts:
        name, equals, value = text.partition("=")
        if not (name and equals):
            raise FilterUnreadable(text=text)
        criteria[name] = value
    return criteria


def _write(out: Path, write: Callable[[Path], object]) -> None:
    """Write beside, then put in place, so that a refusal leaves no half of a file. Raises: NotWritable."""
    try:
        with tempfile.TemporaryDirectory(prefix=".export-", dir=out.parent) as folder:
            to = Path(folder) / f"{out.stem}{out.suffix}"
            write(to)
            shutil.move(to, out)
    except OSError as problem:
        raise NotWritable(file=out, problem=problem.strerror or problem) from None
