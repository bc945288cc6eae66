"""Commands of the policy engine (命令行): `tongchou policy check`, `tongchou adjudicate`. No framework is loaded.

The house's command line mounts `policy_app` under `policy` and takes `adjudicate` as a command of its own; `app` is
both, for use without the house.
"""

import json
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO, Annotated

import typer

from tongchou.policy.adjudicator import Adjudicator, Refused, adjudicate_rows
from tongchou.policy.errors import PackageRefused
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
            typer.echo(f"{file}: 通过 {package.label} {summary(package)}")
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


def adjudicate(
    policy: Annotated[
        Path, typer.Option("--policy", exists=True, dir_okay=False, readable=True, help="政策包 · Package file")
    ],
    claims: Annotated[
        Path, typer.Option("--claims", exists=True, dir_okay=False, readable=True, help="申报 JSONL · Claims, JSONL")
    ],
    out: Annotated[Path, typer.Option("--out", dir_okay=False, help="结果 JSONL · Results, JSONL")],
    trace: Annotated[bool, typer.Option("--trace", help="附计算过程 · With every step")] = False,
    any_date: Annotated[
        bool, typer.Option("--any-date", help="不限政策包有效期 · Also outside the package's period")
    ] = False,
) -> None:
    """离线核算:逐行结算,错行报告、其余照算;有错行时退出码为1 · Adjudicate a claims file offline."""
    try:
        package = Package.read(policy)
    except PackageRefused as refused:
        _tell_faults(policy, refused)
        raise typer.Exit(2) from None
    if not out.absolute().parent.is_dir():
        raise typer.BadParameter(f"文件夹 {out.parent} 不存在", param_hint="--out")
    settled = refused_rows = 0
    with whole_file(out) as target, claims.open("rb") as rows:
        for row in adjudicate_rows(Adjudicator(package, trace=trace, any_date=any_date), rows):
            if isinstance(row, Refused):
                refused_rows += 1
                typer.echo(f"{claims}: {row}", err=True)
            else:
                settled += 1
                target.write(json.dumps(row, ensure_ascii=False, separators=(",", ":")) + "\n")
    typer.echo(f"已结算 {settled} 条,拒绝 {refused_rows} 条;政策包 {package.label} {package.hash[:12]} → {out}")
    if refused_rows:
        raise typer.Exit(1)


app.command("adjudicate")(adjudicate)


@contextmanager
def whole_file(path: Path) -> Iterator[IO[str]]:
    """A file that appears only when it is complete: written beside its place, then renamed."""
    part = path.with_name(f".{path.name}.{os.getpid()}.part")
    try:
        with part.open("w", encoding="utf-8") as target:
            yield target
            target.flush()
            os.fsync(target.fileno())
        part.replace(path)
    except BaseException:
        part.unlink(missing_ok=True)
        raise
