"""`tongchou serve`, `migrate`, `backup` and `restore` (命令)."""

from pathlib import Path
from typing import Annotated

import typer
from django.utils import timezone

from tongchou.site import city, upkeep
from tongchou.site import serve as serving


def serve(
    host: Annotated[str, typer.Option(help="监听地址 / Address to listen on")] = "127.0.0.1",
    port: Annotated[int, typer.Option(help="端口 / Port", envvar="TONGCHOU_PORT")] = 8000,
    workers: Annotated[int, typer.Option(help="进程数 / Processes (0 = 按 CPU / by CPUs)")] = 0,
    threads: Annotated[
        int, typer.Option(help="每个进程的线程数 / Threads of each process")
    ] = serving.THREADS_PER_WORKER,
) -> None:
    """启动服务 / Serve the console, the residents' pages and the hospital interface."""
    serving.refuse_what_must_not_be_public(host)
    serving.check_port_is_free(host, port)
    workers = workers or serving.workers_of_this_machine()
    serving.run_server(host=host, port=port, workers=workers, threads=threads)


def migrate() -> None:
    """迁移数据库到本版本 / Bring the tables to this version."""
    applied = city.migrate_if_needed()
    typer.echo(f"✓ 已执行 {applied} 项迁移 / {applied} migrations applied" if applied else "✓ 已是最新 / up to date")


def backup(
    folder: Annotated[Path, typer.Argument(help="备份放在这个新目录 / New folder for the backup")],
) -> None:
    """备份整个数据库 / Back up the whole database."""
    manifest = upkeep.make_backup(folder, at=timezone.now())
    rows = sum(table["rows"] for table in manifest["tables"].values())
    typer.echo(f"✓ 备份完成: {folder} ({len(manifest['tables'])} 张表,{rows} 行) / backup complete")


def restore(
    folder: Annotated[Path, typer.Argument(help="备份所在目录 / Folder of the backup")],
) -> None:
    """恢复到空数据库并逐表核对 / Restore into an empty database and compare every table."""
    manifest = upkeep.restore_backup(folder)
    typer.echo(f"✓ 恢复完成,{len(manifest['tables'])} 张表的行数、金额、内容全部一致 / restored, every figure agrees")
