"""`tongchou policy`: the commands of the pure engine, and `install`, which needs the database (政策包命令)."""

from pathlib import Path
from typing import Annotated

import typer

from tongchou.policy.cli import policy_app as policy_app
from tongchou.site import city, embedded


@policy_app.command("install")
def install(
    files: Annotated[
        list[Path],
        typer.Argument(exists=True, dir_okay=False, readable=True, metavar="FILE...", help="政策包 · Package files"),
    ],
) -> None:
    """安装政策包:入库生效,不必重启;已有的跳过 · Enter packages: in force in every process within a second."""
    city.use_django()
    from django.utils import timezone

    from tongchou.parameters import commands

    with embedded.leased(say=lambda line: typer.echo(line, err=True)):
        entered = commands.install(files, now=timezone.now())
    for version in entered:
        label = f"{version.area}/{version.scheme}/{version.valid_from}"
        typer.echo(f"✓ {label} {version.content_hash[:12]} {version.title}")
    if not entered:
        typer.echo("✓ 都已在库中 · nothing new")
