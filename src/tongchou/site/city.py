"""The server process of `./run`: brings tables and first data up to date, then listens (演示城市的服务进程).

One process does both, so that the chapters are loaded once. Until it listens it prints its progress to the terminal;
then it tells the demo logins to whoever started it, and its words go to the log.
"""

import argparse
import importlib
import os
import sys
from typing import TYPE_CHECKING

from tongchou.kernel.errors import DomainError
from tongchou.site import serve
from tongchou.site.problems import SetupProblem

if TYPE_CHECKING:
    from django.db.migrations.executor import MigrationExecutor

INVENTED_CITY = "tongchou.simulator.demo"  # named at run time, for the house stands without it
PERSONS = 3000
GAVE_UP = 3


def main() -> int:
    """Prepare, then serve until told to stop (主程序)."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--host", required=True)
    parser.add_argument("--port", type=int, required=True)
    parser.add_argument("--persons", type=int, default=PERSONS)
    parser.add_argument("--tell", type=int, required=True)
    options = parser.parse_args()
    try:
        use_django()
        serve.refuse_what_must_not_be_public(options.host)
        make_ready(options.persons)
        logins = demo_logins()
    except SetupProblem as problem:
        print(problem.text(), flush=True)
        return GAVE_UP
    except DomainError as refusal:
        print(f"✗ {refusal.sentence} ({refusal.code})", flush=True)
        return GAVE_UP
    sys.stdout.flush()
    os.dup2(sys.stderr.fileno(), sys.stdout.fileno())
    with os.fdopen(options.tell, "w", encoding="utf-8") as starter:
        starter.writelines(f"{login}\n" for login in logins)
    serve.run_server(
        host=options.host,
        port=options.port,
        workers=serve.workers_of_this_machine(),
        threads=serve.THREADS_PER_WORKER,
    )
    return 0


def use_django() -> None:
    """Load the settings and the chapters (装载应用)."""
    import django

    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "tongchou.site.settings")
    django.setup()


def make_ready(persons: int) -> None:
    """Tables, first data, and the pages loaded; no connection stays open for the workers to inherit (准备)."""
    from django.db import connections
    from django.urls import get_resolver

    print("③ 检查数据库结构… / Checking the tables…", flush=True)
    applied = migrate_if_needed()
    if applied:
        print(f"   已执行 {applied} 项迁移 / {applied} migrations applied", flush=True)
    enter_policies()
    importlib.import_module(INVENTED_CITY).ensure_demo(persons=persons, progress=show_progress)
    connections.close_all()
    assert get_resolver().url_patterns


def migrate_if_needed() -> int:
    """Apply what is pending and return how many migrations that were; the look alone is fast (迁移).

    Raises: SetupProblem where the tables were made by a preview that this version does not continue (decision 0311).
    """
    from django.core.management import call_command
    from django.db import connection
    from django.db.migrations.executor import MigrationExecutor

    executor = MigrationExecutor(connection)
    if _made_by_a_preview(executor):
        raise SetupProblem(
            "HS-0406",
            "这个数据库由更早的预览版建立,本版本不能接着使用。里面的内容没有改动。",
            "These tables were made by an earlier preview, which this version does not continue. Nothing was changed.",
            then="演示城市: tongchou demo --replace 重新建立。其他: 用 TONGCHOU_HOME 指定新的数据目录。",
            then_english="For the invented city: tongchou demo --replace. Otherwise set TONGCHOU_HOME to a new folder.",
        )
    pending = executor.migration_plan(executor.loader.graph.leaf_nodes())
    if pending:
        call_command("migrate", interactive=False, verbosity=0)
    return len(pending)


def is_made_by_a_preview() -> bool:
    """Whether migrations were applied here that this version does not have (预览版的库)."""
    from django.db import connection
    from django.db.migrations.executor import MigrationExecutor

    return _made_by_a_preview(MigrationExecutor(connection))


def _made_by_a_preview(executor: "MigrationExecutor") -> bool:
    return any(key not in executor.loader.disk_migrations for key in executor.loader.applied_migrations)


def enter_policies() -> None:
    """The shipped packages that are not in the tables yet; what stands there otherwise stays (政策包)."""
    from django.utils import timezone

    from tongchou.parameters.commands import install_shipped

    entered, refused = install_shipped(now=timezone.now())
    if entered:
        print(f"   已安装 {len(entered)} 个政策包 / {len(entered)} policy packages entered", flush=True)
    for refusal in refused:
        print(f"   ! {refusal.sentence} ({refusal.code})", flush=True)


def demo_logins() -> list[str]:
    """The logins to print, where this database has them, below the password that is the same for all (演示账号)."""
    from tongchou.platform.queries import demo_logins_present

    if not demo_logins_present():
        return []
    logins = importlib.import_module(INVENTED_CITY).LOGINS
    return [f"密码都是 {logins[0].password} / one password for all", *(str(login) for login in logins)]


def show_progress(what: str, done: int, of: int) -> None:
    """One line that counts up on a terminal, one line at the end elsewhere (进度)."""
    finished = done >= of
    if sys.stdout.isatty():
        print(f"\r   {what} {done:,} / {of:,}", end="\n" if finished else "", flush=True)
    elif finished:
        print(f"   {what} {of:,}", flush=True)


if __name__ == "__main__":
    sys.exit(main())
