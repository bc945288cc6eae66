"""The command line (命令行). A chapter adds one line to `COMMANDS`; its module is loaded only when the command is used.

A target is a typer application (a command with sub-commands) or a function. Two words make a sub-command of a group
that several chapters fill. `needs` says what must stand before the module is imported.
"""

import contextlib
import importlib
import importlib.util
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from enum import Enum
from typing import Any

import typer
from typer.core import TyperCommand, TyperGroup
from typer.main import get_command

from tongchou.kernel.errors import DomainError
from tongchou.site.problems import SetupProblem


class Needs(Enum):
    """What a command leans on (前提)."""

    NOTHING = "nothing"
    CHAPTERS = "chapters"  # settings and models, no connection
    DATABASE = "database"  # those, and the embedded server running


@dataclass(frozen=True, slots=True)
class Mounted:
    """A command and where it lives: `module:name`."""

    target: str
    help: str
    needs: Needs = Needs.NOTHING

    @property
    def module(self) -> str:
        """The module part of the target."""
        return self.target.partition(":")[0]


COMMANDS = {
    "serve": Mounted("tongchou.site.commands:serve", "启动服务 / Serve all pages and the interface", Needs.DATABASE),
    "migrate": Mounted("tongchou.site.commands:migrate", "迁移数据库 / Apply migrations", Needs.DATABASE),
    "demo": Mounted("tongchou.simulator.cli:demo", "建立演示城市 / Make an invented city", Needs.DATABASE),
    "adjudicate": Mounted("tongchou.policy.cli:adjudicate", "离线待遇计算 / Adjudicate claims from a file"),
    "simulate": Mounted("tongchou.policy.cli:simulate", "政策测算 / What claims would cost under other policies"),
    "policy": Mounted("tongchou.site.policy_cli:policy_app", "待遇政策包 / Policy packages: check, install"),
    "send": Mounted("tongchou.simulator.cli:send", "发送报文文件 / Send messages from files"),
    "simulator": Mounted(
        "tongchou.simulator.cli:simulator_app", "模拟医院与银行 / The simulated hospitals and bank", Needs.CHAPTERS
    ),
    "bench": Mounted("tongchou.simulator.cli:bench_app", "性能测试 / Benchmarks"),
    "trail": Mounted("tongchou.platform.cli:trail_app", "操作留痕 / Trail: verify the chain", Needs.DATABASE),
    "calendar": Mounted("tongchou.platform.cli:calendar_app", "工作日历 / Working-day calendar", Needs.DATABASE),
    "import": Mounted("tongchou.exchange.cli:import_file", "导入文件 / Import a file", Needs.DATABASE),
    "exchange": Mounted(
        "tongchou.exchange.links_cli:exchange_app", "数据交换 / Exchange with partners", Needs.DATABASE
    ),
    "export": Mounted("tongchou.site.exporting:export", "导出清单 / Export a list", Needs.DATABASE),
    "doctor": Mounted("tongchou.site.doctor:doctor", "检查环境 / Say what is wrong with this machine"),
    "backup": Mounted("tongchou.site.commands:backup", "备份 / Back up the database", Needs.DATABASE),
    "restore": Mounted("tongchou.site.commands:restore", "恢复 / Restore a backup and compare it", Needs.DATABASE),
    "articles": Mounted("tongchou.site.articles:articles", "条款对照表 / Articles, their code and tests"),
    "screenshots": Mounted("tongchou.site.screenshots:screenshots", "README 的截图 / Take the README's pictures"),
    "translations": Mounted(
        "tongchou.site.translations:translations", "英文译文 / The English words of the pages", Needs.CHAPTERS
    ),
}


class LazyCommand(TyperCommand):
    """Stands in the list with its help; becomes the real command when it is called."""

    def __init__(self, name: str, mounted: Mounted) -> None:
        super().__init__(name, help=mounted.help)
        self.mounted = mounted

    def make_context(self, info_name: str | None, args: list[str], parent: Any = None, **extra: Any) -> Any:
        """Load the chapter's command and let it parse its own arguments."""
        if self.mounted.needs is not Needs.NOTHING:
            from tongchou.site.city import use_django

            use_django()
        target = getattr(importlib.import_module(self.mounted.module), self.mounted.target.partition(":")[2])
        command = _as_command(target)
        if self.mounted.needs is Needs.DATABASE:
            _lease_while_invoked(command)
        return command.make_context(info_name, args, parent=parent, **extra)


class LazyGroup(TyperGroup):
    """The root: lists what exists, in the order of the table."""

    def list_commands(self, ctx: Any) -> list[str]:
        """Names of the commands whose module is there."""
        return [name for name, mounted in COMMANDS.items() if importlib.util.find_spec(mounted.module)]

    def get_command(self, ctx: Any, cmd_name: str) -> Any:
        """The stand-in for a name; None for an unknown one."""
        return LazyCommand(cmd_name, COMMANDS[cmd_name]) if cmd_name in COMMANDS else None


app = typer.Typer(cls=LazyGroup, no_args_is_help=True, add_completion=False, rich_markup_mode=None)


@app.callback()
def root() -> None:
    """统筹: 基本医疗保险经办系统 / Tongchou: the core system of a medical insurance agency."""


def main() -> int:
    """Run one command; a foreseen obstacle is a sentence, everything else a traceback (入口)."""
    try:
        app(prog_name="tongchou")
    except SetupProblem as problem:
        print(problem.text(), file=sys.stderr)
        return 1
    except DomainError as refusal:
        print(f"✗ {refusal.sentence} ({refusal.code})", file=sys.stderr)
        return 1
    return 0


def _as_command(target: Any) -> Any:
    if not isinstance(target, typer.Typer):
        function, target = target, typer.Typer()
        target.command()(function)
    target._add_completion, target.rich_markup_mode = False, None  # all commands look alike
    return get_command(target)


def _lease_while_invoked(command: Any) -> None:
    """Hold the embedded server while the command runs; `--help` does not come this far."""
    invoke = command.invoke

    def invoke_with_database(ctx: Any) -> Any:
        with database():
            return invoke(ctx)

    command.invoke = invoke_with_database


@contextlib.contextmanager
def database() -> Iterator[None]:
    """The database for one command of a group whose other commands do without (使用数据库)."""
    from tongchou.site import embedded

    with embedded.leased(say=lambda line: print(line, file=sys.stderr)), _explained_connection_faults():
        yield


@contextlib.contextmanager
def _explained_connection_faults() -> Iterator[None]:
    """An unreachable server or missing tables are the installation's matter, not a fault of the program."""
    from django.db import OperationalError, ProgrammingError

    try:
        yield
    except OperationalError as fault:
        raise SetupProblem(
            "HS-0109",
            f"数据库连接不上或中断了: {str(fault).strip()}",
            "The database cannot be reached, or the connection broke.",
            then="核对 TONGCHOU_DATABASE_URL;运行 tongchou doctor 检查。",
            then_english="Check TONGCHOU_DATABASE_URL and run tongchou doctor.",
        ) from fault
    except ProgrammingError as fault:
        if getattr(fault.__cause__, "sqlstate", None) != "42P01":  # undefined table
            raise
        raise SetupProblem(
            "HS-0110",
            "数据库里缺少表,还没有迁移到本版本。",
            "Tables are missing: the database was not migrated to this version.",
            then="先运行 tongchou migrate。",
            then_english="Run tongchou migrate first.",
        ) from fault


if __name__ == "__main__":
    sys.exit(main())
