"""Commands of the simulator (命令行): `demo`, `bench`, `send`, `simulator day`, `simulator bank`.

Chapters are loaded only by the command that needs them: a benchmark runs them in processes of its own.
"""

import contextlib
import shutil
from collections.abc import Callable, Iterator
from datetime import date, datetime
from pathlib import Path
from typing import Annotated
from zoneinfo import ZoneInfo

import typer
from rich.console import Console
from rich.progress import BarColumn, Progress, TaskID, TaskProgressColumn, TextColumn, TimeRemainingColumn
from rich.table import Table

from tongchou.simulator import bench
from tongchou.simulator.bank import Fault
from tongchou.simulator.plan import PERSONS_OF_DEFAULT, SEED_OF_DEFAULT
from tongchou.site.postgres_place import home
from tongchou.site.problems import SetupProblem

DEFAULT_URL = "http://127.0.0.1:8000"
BYTES_A_PERSON = 4_500
SPARE_BYTES = 2 << 30
BY_SIZE = -1
ZONE = ZoneInfo("Asia/Shanghai")

bench_app = typer.Typer(no_args_is_help=True, help="性能测试 / Benchmarks")
simulator_app = typer.Typer(no_args_is_help=True, help="模拟医院与银行 / The simulated hospitals and bank")

Json = Annotated[bool, typer.Option("--json", help="每项一行 JSON / One JSON object a job")]
Seconds = Annotated[float, typer.Option(help="满负荷秒数 / Seconds at full load")]
Clients = Annotated[int, typer.Option(help="客户端数 / Clients")]
Persons = Annotated[int, typer.Option(help="测试城市人数 / People of the benchmark's city")]
Url = Annotated[str | None, typer.Option(help="本数据目录已运行的服务 / A running server of this home")]
Day = Annotated[datetime | None, typer.Option(formats=["%Y-%m-%d"], help="日期,默认今天 / The day, today by default")]


def demo(
    persons: Annotated[int, typer.Option(help="人数 / People")] = PERSONS_OF_DEFAULT,
    seed: Annotated[int, typer.Option(help="随机种子 / Seed; the same gives the same city")] = SEED_OF_DEFAULT,
    settlements: Annotated[
        int, typer.Option(help="过往结算笔数,-1 为按人数 / Past settlements, -1: by size")
    ] = BY_SIZE,
    replace: Annotated[bool, typer.Option("--replace", help="先清除现有演示城市 / Clear the present one away")] = False,
) -> None:
    """建立演示城市「桂宁市」,全部内容均为虚构 / Make the invented city; nothing of it is real."""
    from tongchou.simulator import demo as city
    from tongchou.site.city import is_made_by_a_preview, migrate_if_needed

    wanted = city.settlements_of_default(persons) if settlements == BY_SIZE else settlements
    city.check_possible(persons, seed=seed, settlements=wanted, today=_day(None))
    if not (replace and is_made_by_a_preview() and city.standing_city()):
        migrate_if_needed()
    standing = city.standing_city()
    if standing and not replace:
        raise city.CityStands(persons=standing.persons, seed=standing.seed)
    _check_disk(persons)
    if standing:
        city.clear_away()
    with _bars() as progress:
        made = city.ensure_demo(persons, seed=seed, settlements=wanted, say=typer.echo, progress=progress)
    if not made:
        raise city.SomethingStands
    password = city.LOGINS[0].password
    typer.echo(f"演示城市已建立。演示账号,密码都是 {password}: / The invented city is ready. Logins, one password:")
    for login in city.LOGINS:
        typer.echo(f"  {login}")


@bench_app.command("settle")
def bench_settle(
    seconds: Seconds = bench.SECONDS,
    clients: Clients = bench.CLIENTS,
    persons: Persons = bench.PERSONS,
    url: Url = None,
    as_json: Json = False,
) -> None:
    """门诊全流程:2201、2203、2204(10条明细)、2206、2207 / Whole outpatient visits, five messages each."""
    _bench("settle", seconds=seconds, clients=clients, persons=persons, url=url, as_json=as_json)


@bench_app.command("pharmacy")
def bench_pharmacy(
    seconds: Seconds = bench.SECONDS,
    clients: Clients = bench.CLIENTS,
    persons: Persons = bench.PERSONS,
    url: Url = None,
    as_json: Json = False,
) -> None:
    """药店购药:2102(5条明细) / Pharmacy purchases, one message each."""
    _bench("pharmacy", seconds=seconds, clients=clients, persons=persons, url=url, as_json=as_json)


@bench_app.command("engine")
def bench_engine(seconds: Seconds = 3.0, as_json: Json = False) -> None:
    """待遇引擎 / The benefit engine alone, in this process."""
    results = bench.engine(seconds)
    if as_json:
        for line in bench.as_json(results):
            typer.echo(line)
    else:
        _show([bench.Measured(result) for result in results])
    _fail_unless_right(results)


@bench_app.command("swap")
def bench_swap() -> None:
    """新政策包启用:一个进程从读到新正文到按它结算 / A new package in a process, to the first settlement by it."""
    from tongchou.simulator.bench_swap import swap

    took = swap()
    typer.echo(f"政策包换版 / swap of a package: {took['clock_ms']:.0f} ms, processor {took['processor_ms']:.0f} ms")


@bench_app.command("batch")
def bench_batch(
    rows: Annotated[int, typer.Option(min=1_000, help="结算笔数 / Settlements")] = 10_000_000,
    as_json: Json = False,
) -> None:
    """批量核算:成列结算、与逐笔逐分比较、年度结转、百个方案 / Settling by the column, compared to the fen."""
    said: Callable[[str], None] = (lambda line: typer.echo(line, err=True)) if as_json else typer.echo
    results = []
    for result in bench.batch(rows, said):
        results.append(result)
        if as_json:
            typer.echo(next(bench.as_json([result])))
    if not as_json:
        _show([bench.Measured(result) for result in results])
    _fail_unless_right(results)


@bench_app.command("import")
def bench_import(
    persons: Annotated[int, typer.Option(help="花名册人数 / People in the roster")] = 1_000_000,
    xlsx: Annotated[bool, typer.Option("--xlsx", help="用工作簿,不用文本 / A workbook instead of text")] = False,
    as_json: Json = False,
) -> None:
    """导入参保花名册:检查并入库 / A roster checked and taken in by `tongchou import`."""
    from tongchou.simulator import bench_import as importing

    said: Callable[[str], None] = (lambda line: typer.echo(line, err=True)) if as_json else typer.echo
    measured = importing.measure(persons=persons, xlsx=xlsx, say=said)
    if as_json:
        typer.echo(next(bench.as_json([measured.result])))
    else:
        _show([measured])
    _fail_unless_right([measured.result])


@bench_app.command("withholding")
def bench_withholding(
    lines: Annotated[int, typer.Option(help="代扣盘行数(户) / Lines of the file, a household each")] = 1_000_000,
    members: Annotated[int, typer.Option(help="每户人数 / Persons a household")] = 1,
    as_json: Json = False,
) -> None:
    """银行代扣:生成应缴、制盘、回盘检查与入账 / Receivables built, a debit file made, its answer booked."""
    from tongchou.simulator import bench_withholding as withholding

    said: Callable[[str], None] = (lambda line: typer.echo(line, err=True)) if as_json else typer.echo
    measured = withholding.measure(lines=lines, members=members, say=said)
    results = [each.result for each in measured]
    if as_json:
        for line in bench.as_json(results):
            typer.echo(line)
    else:
        _show(measured)
    _fail_unless_right(results)


@bench_app.command("counter")
def bench_counter(
    persons: Annotated[int, typer.Option(help="城市人数 / People of the city")] = 100_000,
    rows: Annotated[int, typer.Option(help="花名册行数 / Rows of the roster")] = 5_000,
    here: Annotated[bool, typer.Option("--here", help="用本数据目录的演示城市 / The city of this home")] = False,
    as_json: Json = False,
) -> None:
    """窗口:各级查询、花名册检查、生成应缴、补助人数测算 / Searches, a roster, receivables, heads of a subsidy."""
    from tongchou.simulator import bench_counter as counter

    said: Callable[[str], None] = (lambda line: typer.echo(line, err=True)) if as_json else typer.echo
    measured = counter.measure(persons=persons, rows=rows, here=here, say=said)
    results = [each.result for each in measured]
    if as_json:
        for line in bench.as_json(results):
            typer.echo(line)
    else:
        _show(measured)
    _fail_unless_right(results)


def send(
    path: Annotated[Path, typer.Argument(exists=True, help="报文文件或文件夹 / A file or folder of messages")],
    url: Annotated[str, typer.Option(help="服务地址 / The server")] = DEFAULT_URL,
    day: Day = None,
) -> None:
    """按顺序发送文件中的报文(如一整天的医院业务) / Send messages from files, in order."""
    from tongchou.simulator import replay

    sent = replay.send(path, url=url, day=_day(day), say=typer.echo)
    typer.echo(f"{path.name} → {url}")
    table = Table("交易", "报文数")
    for infno, count in sorted(sent.messages.items()):
        table.add_row(infno, str(count))
    Console().print(table)
    typer.echo(
        f"共 {sent.messages.total()} 条,意外拒绝 {len(sent.refusals)},该拒未拒 {len(sent.overlooked)},"
        f"未发送 {len(sent.left_out)}"
    )
    if sent.done_before:
        typer.echo(
            f"其中 {len(sent.done_before)} 条这一天已经发过、办过,没有重复入账 / sent and done before on that day"
        )
    if not sent.as_expected:
        raise typer.Exit(1)


@simulator_app.callback()
def simulator() -> None:
    """模拟医院与银行 / The simulated hospitals and bank."""


@simulator_app.command("day")
def simulator_day(
    out: Annotated[Path, typer.Option(help="写入的文件 / The file to write", dir_okay=False)],
    visits: Annotated[int, typer.Option(min=1, max=100_000, help="就诊人次 / Visits")] = 60,
    seed: Annotated[int, typer.Option(help="随机种子 / Seed")] = SEED_OF_DEFAULT,
    persons: Annotated[int, typer.Option(help="城市人数 / People of the city")] = PERSONS_OF_DEFAULT,
    mistake_every: Annotated[int, typer.Option(min=0, help="每几次就诊出一次差错,0 为没有 / Every n-th errs")] = 0,
    day: Day = None,
) -> None:
    """写出一整天医院业务的报文文件,用 tongchou send 发送 / Write a hospital day as a file of messages."""
    from django.conf import settings

    from tongchou.parameters import queries as parameters
    from tongchou.policy.packages import PolicyBook
    from tongchou.simulator import crowd, geography, places
    from tongchou.simulator import day as hospital_day
    from tongchou.simulator.plan import CityPlan

    on = _day(day)
    plan = CityPlan(persons, seed, on)
    ground = geography.lay_out(plan)
    with parameters.using(PolicyBook.load(Path(settings.POLICIES))):  # no database here: the shipped packages rule
        lines = hospital_day.compose(
            places.establish(plan, ground),
            crowd.lasting_patients(plan, ground),
            day=on,
            visits=visits,
            seed=seed ^ on.toordinal(),  # another day of the same city is another day
            mistake_every=mistake_every,
        )
        written = b"".join(line + b"\n" for line in lines)
    try:
        out.write_bytes(written)
    except OSError as fault:
        raise _not_written(out, fault) from fault
    typer.echo(f"已写入 {out} / written")


@simulator_app.command("bank")
def simulator_bank(
    number: Annotated[
        str, typer.Argument(help="代扣盘、退费盘的文件编号,如 450100-2026-JH-000002 / Number of the file")
    ],
    out: Annotated[
        Path | None, typer.Option(help="写入的文件,默认 HP序号.txt / The file to write", dir_okay=False)
    ] = None,
    empty: Annotated[str, typer.Option(help="余额为零的行,如 3,9,20-25 / Lines whose account is empty")] = "",
    half: Annotated[str, typer.Option(help="只够一半的行 / Lines whose account holds half")] = "",
    first: Annotated[int, typer.Option("--from", min=1, help="只回从此行起 / Answer from this line")] = 1,
    last: Annotated[int | None, typer.Option("--to", min=1, help="只回到此行 / Answer up to this line")] = None,
    fault: Annotated[Fault | None, typer.Option(help="回盘中的差错 / What is wrong with the answer")] = None,
    day: Day = None,
) -> None:
    """替模拟银行回盘:写出代扣盘、退费盘的回盘文件,在其页面上传 / Write the simulated bank's answer to a file."""
    from tongchou.simulator import bank_office
    from tongchou.site.cli import database

    with database():
        name, content = bank_office.answer(
            number,
            paid_on=_day(day),
            empty=bank_office.lines_of(empty),
            half=bank_office.lines_of(half),
            first=first,
            last=last,
            fault=fault,
        )
    place = out or Path(name)
    try:
        place.write_bytes(content)
    except OSError as refused:
        raise _not_written(place, refused) from refused
    typer.echo(f"已写入 {place} / written")


def _bench(job: str, *, seconds: float, clients: int, persons: int, url: str | None, as_json: bool) -> None:
    said: Callable[[str], None] = (lambda line: typer.echo(line, err=True)) if as_json else typer.echo
    measured = bench.measure(job, url=url, clients=clients, seconds=seconds, persons=persons, say=said)
    results = [each.result for each in measured]
    if as_json:
        for line in bench.as_json(results):
            typer.echo(line)
    else:
        _show(measured)
    _fail_unless_right(results)


def _show(measured: list[bench.Measured]) -> None:
    """A table for people, and under it whose time it was."""
    table = Table("项目 job", "每秒 /s", "p50 ms", "p99 ms", "CPU ms", "笔数 items", "账目", box=None)
    for column in table.columns[1:]:
        column.justify = "right"
    for each in measured:
        result = each.result
        table.add_row(
            result.job,
            f"{result.rate_per_s:,.0f}",
            f"{result.p50_ms:.4g}",
            f"{result.p99_ms:.4g}",
            f"{result.cpu_ms_per_item:.4g}",
            f"{result.items:,}",
            "✓" if result.identities_ok else "✗",
        )
    Console().print(table)
    for each in measured:
        if each.server_ms:
            typer.echo(
                f"{each.result.job}: CPU 服务 {each.server_ms:.2f} + 数据库 {each.database_ms:.2f} ms/笔"
                f"(压测客户端 {each.client_ms:.2f});其他报文 p50 {each.others_p50_ms:.1f}、p99 {each.others_p99_ms:.1f}"
            )


def _fail_unless_right(results: list[bench.Result]) -> None:
    if not all(result.identities_ok for result in results):
        raise typer.Exit(1)


def _day(day: datetime | None) -> date:
    return day.date() if day else datetime.now(ZONE).date()


def _not_written(out: Path, fault: OSError) -> SetupProblem:
    return SetupProblem(
        "SM-0202",
        f"不能写入 {out}: {fault.strerror}。",
        f"Cannot write {out}: {fault.strerror}.",
        then="用 --out 指定一个可写的文件。",
        then_english="Name a file that can be written with --out.",
    )


def _check_disk(persons: int) -> None:
    """Refuse a city that would fill the disk, before anything is written."""
    needed = persons * BYTES_A_PERSON + SPARE_BYTES
    free = shutil.disk_usage(home()).free
    if free < needed:
        raise SetupProblem(
            "SM-0105",
            f"磁盘空间不够: {persons:,} 人的城市约需 {needed >> 30} GB,{home()} 所在分区只剩 {free >> 30} GB。",
            f"A city of {persons:,} people needs about {needed >> 30} GB, {free >> 30} GB are left.",
            then="清出空间、减少人数,或用 TONGCHOU_HOME 换一块磁盘。什么都没有改动。",
            then_english="Make room, take fewer people, or set TONGCHOU_HOME to another disk. Nothing was changed.",
        )


@contextlib.contextmanager
def _bars() -> Iterator[Callable[[str, int, int], None]]:
    """A bar for each kind of work, as it comes."""
    columns = (TextColumn("{task.description}"), BarColumn(), TaskProgressColumn(), TimeRemainingColumn())
    tasks: dict[str, TaskID] = {}
    with Progress(*columns) as bars:

        def progress(what: str, done: int, of: int) -> None:
            if what not in tasks:
                tasks[what] = bars.add_task(what, total=of)
            bars.update(tasks[what], completed=done, total=of)

        yield progress
