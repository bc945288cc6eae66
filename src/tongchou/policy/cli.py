"""Commands of the policy engine (命令行): `tongchou policy check`, `adjudicate`, `simulate`. No framework is loaded.

The house's command line mounts `policy_app` under `policy` and takes `adjudicate` and `simulate` as commands of their
own; `app` is all of them, for use without the house.
"""

import contextlib
import signal
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from typing import Annotated, Any

import typer

from tongchou.kernel.errors import DomainError
from tongchou.kernel.money import yuan_text
from tongchou.policy import claims_files, claims_results
from tongchou.policy.adjudicator import Adjudicator, Refused, adjudicate_claims, adjudicate_rows
from tongchou.policy.compiling import vectorised
from tongchou.policy.errors import PackageRefused
from tongchou.policy.loading import proof
from tongchou.policy.packages import Package, PolicyBook

policy_app = typer.Typer(help="待遇政策包 · Policy packages", no_args_is_help=True)
app = typer.Typer(help="待遇政策引擎 · Policy engine", no_args_is_help=True)
app.add_typer(policy_app, name="policy")

ExistingFile = Annotated[Path, typer.Argument(exists=True, dir_okay=False, readable=True)]


@policy_app.callback()
def policy_group() -> None:
    """待遇政策包:校验 · Check policy packages."""


@policy_app.command("check")
def check(
    files: Annotated[
        list[Path],
        typer.Argument(exists=True, dir_okay=False, readable=True, metavar="FILE...", help="政策包 · Package files"),
    ],
) -> None:
    """校验政策包:逐项列出行号、键和原因,有错时退出码为1 · Check packages; every fault with line, key and reason."""
    sound, faulty = [], False
    for file in files:
        try:
            package = Package.read(file)
        except PackageRefused as refused:
            faulty = True
            _tell_faults(file, refused)
        else:
            sound.append(package)
            told = (summary(package), proof.proven(package.definition), vectorised.told(package))
            typer.echo(f"{file}: 通过 {package.label} {';'.join(told)}")
    try:
        PolicyBook.of(sound)
    except PackageRefused as refused:
        faulty = True
        typer.echo(str(refused))
    if faulty:
        raise typer.Exit(1)


def _tell_faults(file: Path, refused: PackageRefused) -> None:
    for finding in refused.findings:
        typer.echo(f"{file}:{finding.line}: {finding.key}: {finding.reason} [{finding.fault}]")


def summary(package: Package) -> str:
    """摘要: hash, values, how many are assumed, and the keys known to be missing."""
    assumed = sum(1 for value in package.values.values() if value.source.assumption)
    missing = "、".join(value.key for value in package.undefined)
    note = f",待定 {len(package.undefined)} 项({missing})" if missing else ""
    return f"摘要 {package.hash[:12]},参数值 {len(package.values)} 项,其中假定 {assumed} 项{note}"


PolicyFile = Annotated[
    Path, typer.Option("--policy", exists=True, dir_okay=False, readable=True, help="政策包 · Package file")
]
ClaimsPath = Annotated[
    Path,
    typer.Option(
        "--claims", exists=True, dir_okay=False, readable=True, help="申报 .jsonl .parquet .csv · Claims, by suffix"
    ),
]


def adjudicate(
    policy: PolicyFile,
    claims: ClaimsPath,
    out: Annotated[Path, typer.Option("--out", dir_okay=False, help="结果 .jsonl .parquet .csv · Results, by suffix")],
    trace: Annotated[bool, typer.Option("--trace", help="附计算过程(.jsonl) · With every step, JSONL only")] = False,
    any_date: Annotated[
        bool, typer.Option("--any-date", help="不限政策包有效期 · Also outside the package's period")
    ] = False,
) -> None:
    """离线核算:逐行结算,错行报告、其余照算;有错行时退出码为1 · Adjudicate a claims file offline."""
    package = _read_package(policy)
    with _told_refusals():
        claims_results.check_place(out, trace=trace)
        with stoppable():
            settled, refused = _adjudicate(package, claims, out, trace=trace, any_date=any_date)
    typer.echo(f"已结算 {settled} 条,拒绝 {refused} 条;政策包 {package.label} {package.hash[:12]} → {out}")
    if refused:
        raise typer.Exit(1)


def _adjudicate(package: Package, claims: Path, out: Path, *, trace: bool, any_date: bool) -> tuple[int, int]:
    """The claims settled to the file; how many were, and how many were refused."""
    one_by_one, telling = Adjudicator(package, trace=trace, any_date=any_date), _Telling(claims)
    by_line = claims.suffix not in claims_files.SUFFIXES
    if by_line and out.suffix == claims_results.JSONL:
        with claims.open("rb") as rows:
            settled = claims_results.write_lines(out, telling.settled(adjudicate_rows(one_by_one, rows)))
        return settled, telling.refused
    with claims_files.database(out.absolute().parent) as connection:
        results = claims_results.Results(connection, package)
        if by_line:
            with claims.open("rb") as rows:
                settled = results.write_rows(out, telling.settled(adjudicate_rows(one_by_one, rows)))
        elif claims_files.has_lines(connection, claims):
            nested = claims_files.rows_with_lines(connection, claims)
            settled = results.write_rows(out, telling.settled(adjudicate_claims(one_by_one, nested)))
        else:
            file = claims_files.ClaimsFile.take_in(connection, claims, [package], any_date=any_date)
            telling.tell(file.refused())
            if trace or vectorised.obstacle(package) is not None:
                settled = results.write_rows(out, telling.settled(adjudicate_claims(one_by_one, file.claims())))
            else:
                settled = _by_column(package, file, results, out, telling)
        return settled, telling.refused


def _by_column(
    package: Package,
    file: claims_files.ClaimsFile,
    results: claims_results.Results,
    out: Path,
    telling: "_Telling",
) -> int:
    from tongchou.policy.yearly import Rounds, settle_table

    with progress_bar("结算 · Settling", file.rows) as told:
        for table, row_no in file.tables():
            outcome = settle_table(package, Rounds(table), progress=told)
            results.add_table(package, table, row_no, outcome)
            if outcome.refusals:
                names = file.claim_ids([int(row_no[row]) for row in outcome.refusals])
                telling.tell(claims_results.refused_rows(outcome, row_no, names))
    return results.write(out)


def simulate(
    policy: PolicyFile,
    claims: Annotated[
        Path,
        typer.Option("--claims", exists=True, dir_okay=False, readable=True, help="申报 .parquet .csv · Claims"),
    ],
    out: Annotated[Path, typer.Option("--out", dir_okay=False, help="报告 .xlsx .csv .json · Report, by suffix")],
    against: Annotated[
        list[Path] | None,
        typer.Option(
            "--against", exists=True, dir_okay=False, readable=True, help="对比的政策包,可多次 · Other packages"
        ),
    ] = None,
    scenarios: Annotated[
        Path | None,
        typer.Option("--scenarios", exists=True, dir_okay=False, help="方案文件:改哪些值 · Scenarios: changed values"),
    ] = None,
) -> None:
    """政策测算:同一批结算在几个政策下各付多少、谁多谁少 · What the same claims cost under other policies."""
    from tongchou.policy import scenarios as scenario_files
    from tongchou.policy import simulation, simulation_report

    package = _read_package(policy)
    with _told_refusals():
        simulation_report.check_place(out)
        others = [simulation.Scenario(f"{file.stem}", _read_package(file)) for file in against or ()]
        others += scenario_files.read(scenarios, package) if scenarios else []
        if not others:
            raise typer.BadParameter("用 --against 或 --scenarios 给出要对比的政策", param_hint="--against")
        with stoppable(), claims_files.database(out.absolute().parent) as connection:
            packages = [package, *(other.package for other in others)]
            file = claims_files.ClaimsFile.take_in(connection, claims, packages, any_date=True)
            telling = _Telling(claims)
            telling.tell(file.refused())
            base = simulation.Scenario("现行政策", package)
            with progress_bar("测算 · Simulating", file.rows * len(packages)) as told:
                result = simulation.simulate(
                    base, others, (table for table, _ in file.tables()), rows=file.rows, progress=_steps(told)
                )
            simulation_report.write(result, out)
    for each in result.others:
        typer.echo(
            f"{each.name}: 基金增支 {_yuan(each.effect_fen)} 元(原 {_yuan(each.before.fund_fen)},新 "
            f"{_yuan(each.totals.fund_fen)}),变化 {each.changed} 笔,受益 {each.better} 人,受损 {each.worse} 人"
        )
    typer.echo(f"{file.rows} 笔结算,{len(others)} 个方案,未读入 {telling.refused} 行 → {out}")
    if telling.refused:
        raise typer.Exit(1)


def _steps(told: Callable[[int], None]) -> Callable[[int, int], None]:
    """What a bar is told, from what a simulation tells: how much is done in all."""
    before = 0

    def progress(done: int, total: int) -> None:
        nonlocal before
        told(done - before)
        before = done

    return progress


def _yuan(fen: int) -> str:
    return yuan_text(fen, grouped=True)


def _read_package(file: Path) -> Package:
    try:
        return Package.read(file)
    except PackageRefused as refused:
        _tell_faults(file, refused)
        raise typer.Exit(2) from None


class _Telling:
    """Tells of rows that are refused, and counts them."""

    def __init__(self, file: Path) -> None:
        self._file, self.refused = file, 0

    def tell(self, rows: Iterable[Refused]) -> None:
        for row in rows:
            self.refused += 1
            typer.echo(f"{self._file}: {row}", err=True)

    def settled(self, rows: Iterable[dict[str, Any] | Refused]) -> Iterator[dict[str, Any]]:
        """The rows that were settled; of the others it tells."""
        for row in rows:
            if isinstance(row, Refused):
                self.tell([row])
            else:
                yield row


@contextlib.contextmanager
def _told_refusals() -> Iterator[None]:
    """A file that cannot be read or written is a sentence with a code, and exit code 2."""
    try:
        yield
    except DomainError as refusal:
        typer.echo(f"{refusal.sentence}({refusal.code})", err=True)
        raise typer.Exit(2) from None


@contextlib.contextmanager
def stoppable() -> Iterator[None]:
    """Ctrl-C or a polite kill ends the work without leaving half a file; exit code 130."""

    def stop(signal_number: int, frame: object) -> None:
        raise KeyboardInterrupt

    before = signal.signal(signal.SIGTERM, stop)
    try:
        yield
    except KeyboardInterrupt:
        typer.echo("已中断,没有写出结果 · Interrupted, nothing was written", err=True)
        raise typer.Exit(130) from None
    finally:
        signal.signal(signal.SIGTERM, before)


@contextlib.contextmanager
def progress_bar(label: str, total: int) -> Iterator[Callable[[int], None]]:
    """A bar on a terminal, nothing elsewhere."""
    from rich.console import Console
    from rich.progress import BarColumn, Progress, TaskProgressColumn, TextColumn, TimeRemainingColumn

    columns = (TextColumn("{task.description}"), BarColumn(), TaskProgressColumn(), TimeRemainingColumn())
    console = Console(stderr=True)
    with Progress(*columns, console=console, disable=not console.is_terminal) as bars:
        task = bars.add_task(label, total=total)
        yield lambda done: bars.advance(task, done)


app.command("adjudicate")(adjudicate)
app.command("simulate")(simulate)
