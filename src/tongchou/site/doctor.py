"""`tongchou doctor`: what is wrong with this machine or this installation, and what to do about it (环境检查)."""

import contextlib
import hashlib
import shutil
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from enum import Enum
from pathlib import Path
from typing import Annotated, Any

import psutil
import typer

from tongchou.site import assets, browser, embedded, postgres_place, serve
from tongchou.site.problems import SetupProblem

OLDEST_PYTHON = (3, 11)
EXTENSIONS = ("btree_gist", "pg_trgm", "citext", "pg_stat_statements")
LEAST_MEMORY = 2 << 30


class State(Enum):
    """How a finding stands (结论)."""

    GOOD = "✓"
    ADVICE = "!"
    BAD = "✗"


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing looked at: what it is, how it stands, what to do (检查项)."""

    name: str
    state: State
    said: str
    then: str = ""

    def line(self) -> str:
        """One or two lines for the terminal."""
        return f"{self.state.value} {self.name}: {self.said}" + (f"\n    → {self.then}" if self.then else "")


def doctor(
    port: Annotated[int, typer.Option(help="要检查的端口 / Port to look at", envvar="TONGCHOU_PORT")] = 8000,
) -> None:
    """检查环境 / Say what is wrong with this machine or installation, and what to do."""
    findings = list(examine(postgres_place.home(), port=port))
    for finding in findings:
        typer.echo(finding.line())
    bad = sum(finding.state is State.BAD for finding in findings)
    typer.echo("没有发现问题。 / Nothing is wrong." if bad == 0 else f"{bad} 项有问题。 / {bad} to settle.")
    raise typer.Exit(1 if bad else 0)


def examine(home: Path, *, port: int) -> Iterator[Finding]:
    """Look at everything in the order in which a start needs it (逐项检查)."""
    yield python()
    yield memory()
    yield disk(home)
    yield environment(home)
    yield front_end(home)
    yield free_port(port)
    yield chromium()
    yield from database(home)
    yield from left_over()


def left_over() -> Iterator[Finding]:
    """Databases whose home was deleted (遗留数据)."""
    for folder in postgres_place.orphans():
        advice = f"确认不再需要后删除: rm -r {folder} / delete it when it is no longer needed"
        yield Finding("遗留数据 / Left over", State.ADVICE, f"{folder} 的数据目录已不存在", advice)


def python() -> Finding:
    """The interpreter (解释器)."""
    version = ".".join(map(str, sys.version_info[:3]))
    state = State.GOOD if sys.version_info >= OLDEST_PYTHON else State.BAD
    return Finding("Python", state, f"{version} ({sys.executable})")


def memory() -> Finding:
    """Physical memory (内存)."""
    total = psutil.virtual_memory().total
    enough = total >= LEAST_MEMORY
    advice = "" if enough else "演示城市够用;正式使用请给 4 GB 以上 / give it 4 GB or more for real use"
    return Finding("内存 / Memory", State.GOOD if enough else State.ADVICE, f"{total >> 20} MB", advice)


def disk(home: Path) -> Finding:
    """Free space where the data lie (磁盘)."""
    there = next(folder for folder in (home, *home.parents) if folder.exists())
    free = shutil.disk_usage(there).free
    good = free >= embedded.LEAST_FREE_BYTES
    advice = "" if good else "清出空间,或把 TONGCHOU_HOME 设到另一块磁盘 / make room or set TONGCHOU_HOME elsewhere"
    return Finding("磁盘 / Disk", State.GOOD if good else State.BAD, f"{there} 剩余 {free >> 20} MB", advice)


def environment(home: Path) -> Finding:
    """Whether the installed packages are those of the lock file (软件包)."""
    stamp = home / "env.stamp"
    lock = hashlib.sha256((postgres_place.checkout() / "requirements.lock").read_bytes()).hexdigest()
    with contextlib.suppress(OSError):
        if stamp.read_text().startswith(lock):
            return Finding("软件包 / Packages", State.GOOD, "与锁定文件一致 / as locked")
    told = "与锁定文件不一致,或由别的方式安装 / not as locked, or installed otherwise"
    return Finding("软件包 / Packages", State.ADVICE, told, "运行 ./run 会自动装好 / ./run installs them")


def front_end(home: Path) -> Finding:
    """Whether the front-end assets were collected (前端资源)."""
    if assets.is_collected(home):
        return Finding("前端资源 / Assets", State.GOOD, "齐全 / complete")
    return Finding("前端资源 / Assets", State.BAD, "还没有收集 / not collected", "运行 ./run / ./run collects them")


def free_port(port: int) -> Finding:
    """Whether the console's port can be had (端口)."""
    try:
        serve.check_port_is_free("127.0.0.1", port)
    except SetupProblem as taken:
        return Finding("端口 / Port", State.ADVICE, taken.chinese, taken.then)
    return Finding("端口 / Port", State.GOOD, f"{port} 空闲 / free")


def chromium() -> Finding:
    """The browser that the tests use (浏览器)."""
    program, fonts = browser.chromium(), browser.has_chinese_font()
    if program and fonts:
        return Finding("浏览器 / Browser", State.GOOD, program)
    missing = [name for name, there in (("chromium", program), ("fonts-noto-cjk", fonts)) if not there]
    advice = f"只有浏览器测试需要: apt install {' '.join(missing)} / only browser tests need it"
    return Finding("浏览器 / Browser", State.ADVICE, f"缺少 {', '.join(missing)}", advice)


def database(home: Path) -> Iterator[Finding]:
    """The server: programs, connection, version, extensions, tables (数据库)."""
    try:
        with embedded.leased(home) as lease:
            where = lease.place.root if lease else "TONGCHOU_DATABASE_URL"
            yield Finding("数据库 / Database", State.GOOD, f"可以启动 ({where})")
            yield from _inside_the_database()
    except SetupProblem as problem:
        yield Finding("数据库 / Database", State.BAD, f"{problem.chinese} ({problem.code})", problem.then)


def _inside_the_database() -> Iterator[Finding]:
    from django.db import DatabaseError, connection

    from tongchou.site.city import use_django

    use_django()
    looks: tuple[Callable[[Any], Finding], ...] = (_version, _extensions, _migrations)
    try:
        with connection.cursor() as cursor:
            for look in looks:
                yield look(cursor)
    except DatabaseError as fault:
        advice = "核对 TONGCHOU_DATABASE_URL 的地址、用户与密码 / check address, user and password"
        yield Finding("连接 / Connection", State.BAD, str(fault).strip(), advice)
    finally:
        connection.close()


def _version(cursor: Any) -> Finding:
    cursor.execute("SELECT current_setting('server_version_num')::int, current_setting('synchronous_commit')")
    number, synchronous = cursor.fetchone()
    if number // 10000 < postgres_place.OLDEST_POSTGRES:
        advice = f"需要 {postgres_place.OLDEST_POSTGRES} 以上 / use a newer server"
        return Finding("PostgreSQL", State.BAD, f"版本 {number // 10000} 太旧", advice)
    if synchronous != "on":
        advice = "设 synchronous_commit = on,否则断电会丢已答复的结算 / answered settlements could be lost"
        return Finding("PostgreSQL", State.BAD, f"synchronous_commit = {synchronous}", advice)
    return Finding("PostgreSQL", State.GOOD, f"版本 / version {number // 10000}.{number % 10000}")


def _extensions(cursor: Any) -> Finding:
    cursor.execute("SELECT name FROM pg_available_extensions WHERE name = ANY(%s)", [list(EXTENSIONS)])
    missing = sorted(set(EXTENSIONS) - {name for (name,) in cursor.fetchall()})
    if missing:
        advice = "安装 postgresql-contrib / install postgresql-contrib"
        return Finding("扩展 / Extensions", State.BAD, f"缺少 {', '.join(missing)}", advice)
    return Finding("扩展 / Extensions", State.GOOD, ", ".join(EXTENSIONS))


def _migrations(cursor: Any) -> Finding:
    from django.db.migrations.executor import MigrationExecutor

    executor = MigrationExecutor(cursor.db)
    pending = len(executor.migration_plan(executor.loader.graph.leaf_nodes()))
    if pending:
        return Finding("表结构 / Tables", State.ADVICE, f"{pending} 项迁移未执行 / pending", "tongchou migrate")
    return Finding("表结构 / Tables", State.GOOD, "已是最新 / up to date")
