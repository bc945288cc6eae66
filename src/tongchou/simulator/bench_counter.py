"""`tongchou bench counter` (窗口性能): what a counter asks of a whole city, and what is done for all of it at once.

Pages that search are asked for by desks of every width, with the words that find most; a village's roster is checked;
the year's receivables are built and the heads of a subsidy application counted. The city is founded by COPY from a
seed in a home of its own, or is the one that stands in this home (`--here`): nothing measured stays in it.
"""

import json
import os
import random
import resource
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from datetime import date
from pathlib import Path
from typing import Any, Final

from tongchou.simulator import bench, bench_import
from tongchou.simulator.bench import Measured, Result, Say
from tongchou.simulator.plan import AREA, SEED_OF_DEFAULT
from tongchou.site import embedded
from tongchou.site.postgres_place import home

PERSONS: Final = 100_000
ROWS: Final = 5_000
DESKS: Final = {"city": "zhengjiao", "county": "shouli", "town": "xiangzhen"}
TRIED: Final = 5
"""How many different words of a kind each desk asks for."""
MOST_QUESTIONS: Final = 12
MOST_MS: Final = 150.0
PAGES: Final = ("/persons/?words={words}", "/search/?q={words}")


def measure(*, persons: int = PERSONS, rows: int = ROWS, here: bool = False, say: Say = print) -> list[Measured]:
    """Ask the pages, check the roster, build and count (窗口性能). Raises: SetupProblem."""
    with ExitStack() as running:
        if here:
            environment = dict(os.environ)
            running.enter_context(embedded.leased(home(), say=say))
        else:
            folder = home() / f"bench-{os.getpid()}"
            environment = {**os.environ, "TONGCHOU_HOME": str(folder)}
            environment.pop("TONGCHOU_DATABASE_URL", None)
            running.callback(bench.remove, folder)
            running.callback(embedded.start(folder, say=say).leave)
            say(f"正在准备 {persons:,} 人的城市… / Making a city of {persons:,} people…")
            bench.command(environment, "migrate")
            bench.command(environment, "demo", f"--persons={persons}", "--settlements=0")
        done = subprocess.run(
            [sys.executable, "-P", "-m", "tongchou.simulator.bench_counter", str(rows)],
            env=environment, capture_output=True, text=True, check=False,
        )  # fmt: skip
        if done.returncode:
            raise bench.failed("bench_counter", done.stderr)
    return [_told(json.loads(line), say) for line in done.stdout.splitlines()]


def _told(told: dict[str, Any], say: Say) -> Measured:
    for line in told["wrong"]:
        say(f"  ✗ {told['job']}: {line}")
    if told["memory_mb"]:
        say(f"{told['job']}: 内存 程序 {told['memory_mb'][0]} MB + 数据库 {told['memory_mb'][1]} MB")
    times = sorted(told["ms"])
    return Measured(
        Result(
            job=told["job"],
            rate_per_s=round(told["items"] / told["seconds"], 1),
            p50_ms=times[len(times) // 2] if times else 0.0,
            p99_ms=times[len(times) * 99 // 100] if times else 0.0,
            cpu_ms_per_item=round(told["cpu_seconds"] * 1000 / max(told["items"], 1), 4),
            items=told["items"],
            seconds=told["seconds"],
            identities_ok=not told["wrong"],
        )
    )


def main() -> None:
    """Prints one JSON object for each job: how many, how long, each page's milliseconds, what is not as it must be."""
    from tongchou.site.city import use_django

    use_django()
    from django.conf import settings
    from django.utils import timezone

    settings.ALLOWED_HOSTS = ["localhost"]
    run = _Run(now=timezone.now(), rows=int(sys.argv[1]))
    for kind, words in run.words().items():
        for desk in DESKS:
            run.search(kind, desk, words)
    run.roster()
    run.receivables()
    run.heads()


class _Run:
    """One bench in this process, with the invented city's operators."""

    def __init__(self, *, now: Any, rows: int) -> None:
        from django.utils import timezone

        self.now, self.today, self.rows = now, timezone.localdate(now), rows

    def words(self) -> dict[str, list[str]]:
        """What is searched for, the words that find most first; the seed chooses the numbers (检索词)."""
        (last,) = self._ask("SELECT max(id) FROM enrolment_person")
        sample = f"TABLESAMPLE SYSTEM ({1 if last > PERSONS else 100})"
        often = f"SELECT {{what}} FROM enrolment_person {sample} GROUP BY 1 ORDER BY count(*) DESC LIMIT %s"
        some = (
            "SELECT {what} FROM enrolment_person p {join} WHERE p.id = ANY(%s) AND p.merged_into_id IS NULL"
            " ORDER BY p.id LIMIT %s"
        )
        ids = random.Random(SEED_OF_DEFAULT).choices(range(1, last + 1), k=99)
        card = "JOIN enrolment_socialsecuritycard c ON c.person_id = p.id"
        house = "JOIN enrolment_household h ON h.id = p.household_id"
        frequent = {
            "name": "name",
            "surname": "left(name, 1)",
            "initials": "name_initials",
            "two initials": "left(name_initials, 2)",
            "number begun": "left(certificate_no, 6)",
        }
        rare = {
            "id number": ("p.certificate_no", ""),
            "person number": ("p.person_no", ""),
            "card": ("c.number", card),
            "household": ("h.number", house),
        }
        return {
            **{kind: self._ask(often.format(what=what), TRIED) for kind, what in frequent.items()},
            **{kind: self._ask(some.format(what=what, join=join), ids, TRIED) for kind, (what, join) in rare.items()},
            "nobody": ["龘龘龘", "zzzzzz", "999999999999999999", "99999999"],
        }

    def search(self, kind: str, desk: str, words: Sequence[str]) -> None:
        """The list and the search box, for a desk, with each of the words (检索)."""
        from django.apps import apps
        from django.db import connection
        from django.test import Client
        from django.test.utils import CaptureQueriesContext

        operator = apps.get_model("platform.Operator").objects.get(staff_code=DESKS[desk])
        browser = Client(headers={"host": "localhost"})
        browser.force_login(operator, backend="tongchou.platform.authentication.OperatorBackend")
        browser.get(PAGES[0].format(words="热"))  # what a process keeps in memory has been read
        with _timed() as job:
            for one in words:
                for page in PAGES:
                    address = page.format(words=one)
                    began = time.perf_counter()
                    with CaptureQueriesContext(connection) as asked:
                        answered = browser.get(address, follow=True).status_code
                    job.ms.append(round((time.perf_counter() - began) * 1000, 1))
                    if answered != 200 or len(asked) > MOST_QUESTIONS:
                        job.wrong.append(f"{address}: {answered}, {len(asked)} questions")
        job.items = len(job.ms)
        job.tell(f"{kind}, {desk}")

    def roster(self) -> None:
        """A village's roster, read, checked against the books and given up (花名册检查)."""
        from tongchou.exchange import imports
        from tongchou.platform.queries import operator_by_staff_code

        clerk = operator_by_staff_code(bench_import.OPERATOR)
        with tempfile.TemporaryDirectory() as folder:
            file = Path(folder) / "roster.csv"
            bench_import.write_roster(file, self.rows)
            with _timed() as job:
                preview = imports.check(
                    kind="roster",
                    pooling_area=AREA,
                    file_name=file.name,
                    content=file,
                    operator=clerk,
                    now=self.now,
                )
        job.items = preview.rows_total
        if (preview.rows_total, preview.rows_bad) != (self.rows, 0):
            job.wrong.append(f"{preview.rows_total} rows, {preview.rows_bad} bad")
        job.tell("roster checked", memory=True)
        imports.cancel(file_id=preview.id, operator=clerk, now=self.now)

    def receivables(self) -> None:
        """应缴 of a year that nobody has opened yet, for everybody enrolled, with every constraint checked."""
        from django.apps import apps

        from tongchou.contributions import queries as contributions
        from tongchou.contributions import receivables
        from tongchou.platform.queries import operator_by_staff_code

        clerk = operator_by_staff_code(DESKS["city"])
        year = self.today.year + 2
        known = max(contributions.standards(AREA), key=lambda one: (one.scheme == "resident", one.benefit_year))
        with undone():
            apps.get_model("contributions.ContributionStandard").objects.create(
                pooling_area_id=AREA,
                scheme="resident",
                benefit_year=year,
                personal_fen=known.personal_fen,
                subsidy_fen=known.subsidy_fen,
                source="bench",
            )
            with _timed() as job:
                receivables.open_year(
                    pooling_area=AREA,
                    benefit_year=year,
                    opens_on=date(self.today.year, 1, 1),
                    operator=clerk,
                    now=self.now,
                )
                self._check_constraints()
            (job.items,) = self._ask("SELECT count(*) FROM contributions_receivable WHERE benefit_year = %s", year)
            (enrolled,) = self._ask(
                "SELECT count(*) FROM enrolment_active(%s) WHERE scheme = 'resident' AND pooling_area_id = %s",
                self.today,
                AREA,
            )
            if job.items != enrolled:
                job.wrong.append(f"{enrolled} enrolled, {job.items} receivables")
        job.tell("receivables", memory=True)

    def heads(self) -> None:
        """The extract of a subsidy application of the whole city, with its digest (补助人数测算)."""
        from tongchou.contributions.subsidies import applications, counting
        from tongchou.contributions.subsidies.states import Purpose
        from tongchou.platform.queries import operator_by_staff_code

        clerk = operator_by_staff_code(DESKS["city"])
        with undone():
            made = applications.open_application(
                unit_code=AREA,
                benefit_year=self.today.year,
                purpose=Purpose.FINAL,
                count_on=self.today,
                report_by=None,
                due_dates={},
                operator=clerk,
                now=self.now,
                today=self.today,
            )
            begun = applications.begin_count(number=made.number, operator=clerk, now=self.now)
            with _timed() as job:
                counted = counting.count(begun.pk)
                self._check_constraints()
            job.items = counted.found
            if not counted.found or not applications.verified(counted):
                job.wrong.append(f"{counted.found} found, or the digest differs")
        job.tell("subsidy extract", memory=True)

    def _check_constraints(self) -> None:
        from django.db import connection

        with connection.cursor() as cursor:
            cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
            cursor.execute("SET CONSTRAINTS ALL DEFERRED")

    def _ask(self, statement: str, *values: Any) -> list[Any]:
        from django.db import connection

        with connection.cursor() as cursor:
            cursor.execute(statement, values)
            return [value for (value,) in cursor.fetchall()]


@contextmanager
def undone() -> Iterator[None]:
    """What is done inside is rolled back."""
    from django.db import transaction

    with transaction.atomic():
        yield
        transaction.set_rollback(True)


class _Job:
    """What a job used, and what it tells of itself."""

    def __init__(self) -> None:
        self.items, self.ms, self.wrong = 0, list[float](), list[str]()
        self.seconds = self.cpu_seconds = 0.0

    def tell(self, name: str, *, memory: bool = False) -> None:
        """Print it as one JSON object."""
        told = {
            "job": name,
            "items": self.items,
            "seconds": max(round(self.seconds, 2), 0.01),
            "cpu_seconds": round(self.cpu_seconds, 2),
            "ms": self.ms,
            "wrong": self.wrong,
            "memory_mb": _memory() if memory else [],
        }
        print(json.dumps(told, ensure_ascii=False), flush=True)


@contextmanager
def _timed() -> Iterator[_Job]:
    job, began, used = _Job(), time.monotonic(), bench.cpu_here()
    yield job
    job.seconds, job.cpu_seconds = time.monotonic() - began, bench.cpu_here() - used


def _memory() -> list[int]:
    """The most this process has held, and what its server process holds beside the shared buffers, in megabytes."""
    served = bench.serving()
    held = served.memory_info() if served else None
    own = (held.rss - held.shared) >> 20 if held else 0
    return [resource.getrusage(resource.RUSAGE_SELF).ru_maxrss >> 10, own]


if __name__ == "__main__":
    main()
