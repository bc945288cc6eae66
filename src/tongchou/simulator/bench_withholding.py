"""`tongchou bench withholding` (代扣性能): the file for a bank made, and its answer checked and booked, of any size.

A city of its own gets so many households with mandates by a few statements, which are not measured. Measured are the
real commands: receivables built, the file made, the answer checked and taken in; then the books are checked.
"""

import json
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from datetime import date, timedelta
from pathlib import Path
from typing import Any, Final

from tongchou.simulator import bench
from tongchou.simulator.bench import Measured, Result, Say
from tongchou.simulator.plan import AREA, LEAST_PERSONS
from tongchou.site import embedded
from tongchou.site.postgres_place import home

LINES: Final = 1_000_000
FAILS_EVERY: Final = 20
"""One account in so many holds too little."""


def measure(*, lines: int = LINES, members: int = 1, say: Say = print) -> list[Measured]:
    """Make the file and book its answer in a home of its own (代扣). Raises: SetupProblem."""
    folder = home() / f"bench-{os.getpid()}"
    environment = {**os.environ, "TONGCHOU_HOME": str(folder)}
    environment.pop("TONGCHOU_DATABASE_URL", None)
    with ExitStack() as running:
        running.callback(bench.remove, folder)
        lease = embedded.start(folder, say=say)
        running.callback(lease.leave)
        bench.command(environment, "migrate")
        bench.command(environment, "demo", f"--persons={LEAST_PERSONS}", "--settlements=0")
        say(f"正在登记 {lines:,} 户… / Registering {lines:,} households…")
        done = subprocess.run(
            [sys.executable, "-P", "-m", "tongchou.simulator.bench_withholding", str(lines), str(members)],
            env=environment, capture_output=True, text=True, check=False,
        )  # fmt: skip
        if done.returncode:
            raise bench.failed("bench_withholding", done.stderr)
    measured = []
    for line in done.stdout.splitlines():
        told = json.loads(line)
        if told["broken"]:
            say(f"  ✗ {told['broken']}")
        result = Result(
            job=told["job"],
            rate_per_s=round(told["items"] / told["seconds"], 1),
            p50_ms=0.0,
            p99_ms=0.0,
            cpu_ms_per_item=round(told["cpu_seconds"] * 1000 / told["items"], 4),
            items=told["items"],
            seconds=told["seconds"],
            identities_ok=not told["broken"],
        )
        measured.append(Measured(result))
    return measured


_HOUSEHOLDS: Final = """
INSERT INTO enrolment_household (pooling_area_id, unit_code, number, address)
SELECT %(area)s, %(unit)s, 'BW' || lpad(n::text, 8, '0'), '' FROM generate_series(1, %(lines)s) n
"""
_PERSONS: Final = """
INSERT INTO enrolment_person (person_no, certificate_type, certificate_no, name, name_initials, sex, ethnicity, born_on,
                              phone, address, hukou_area, pooling_area_id, unit_code, household_id, household_relation,
                              created_at)
SELECT enrolment_next_person_no(%(area)s), '99', 'BW' || h.number || m, '测' || h.id, 'c', 'M', '01', '1970-01-01', '',
       '', '', %(area)s, h.unit_code, h.id, CASE m WHEN 1 THEN 'head' ELSE 'other' END, now()
  FROM enrolment_household h CROSS JOIN generate_series(1, %(members)s) m WHERE h.number LIKE 'BW%%'
"""
_ENROLMENTS: Final = """
INSERT INTO enrolment_enrolment (person_id, pooling_area_id, scheme, unit_code, category, enrolled_from, end_reason,
                                 created_at)
SELECT id, %(area)s, 'resident', unit_code, 'adult', %(since)s, '', now() FROM enrolment_person
 WHERE certificate_no LIKE 'BW%%'
"""
_MANDATES: Final = """
INSERT INTO contributions_debitmandate (pooling_area_id, number, bank_id, household_id, unit_code, account_no,
                                        holder_name, signed_on, state, correction, end_reason, staff_code, created_at)
SELECT %(area)s, 'BW' || id, %(bank)s, id, unit_code, '62170000' || lpad(id::text, 10, '0'), '测' || id, %(since)s,
       'active', '', '', 'bench', now()
  FROM enrolment_household WHERE number LIKE 'BW%%'
"""


def main() -> None:
    """Prints one JSON object for each job: what it was, how many, how long, what is not as it must be."""
    lines, members = int(sys.argv[1]), int(sys.argv[2])
    from tongchou.site.city import use_django

    use_django()
    _Run(lines, members).go()


class _Run:
    """One bench in this process, with the invented city's operators."""

    def __init__(self, lines: int, members: int) -> None:
        from django.utils import timezone

        from tongchou.platform.queries import operator_by_staff_code

        self.lines, self.members = lines, members
        self.now = timezone.now()
        self.today = timezone.localdate(self.now)
        self.year = self.today.year + (self.today.month >= 9)
        self.city_clerk = operator_by_staff_code("zhengjiao")
        assert self.city_clerk is not None

    def go(self) -> None:
        """Found, build, make, answer, book, check."""
        from tongchou.contributions import collection, invariants, receivables
        from tongchou.exchange import imports, outgoing
        from tongchou.exchange import queries as exchange
        from tongchou.exchange.imports import Mode

        bank_id = self._found()
        with _timed("receivables", self.lines * self.members):
            receivables.open_year(
                pooling_area=AREA,
                benefit_year=self.year,
                opens_on=date(self.year - 1, 9, 1),
                operator=self.city_clerk,
                now=self.now,
            )
        with _timed("withholding file", self.lines):
            batch = collection.make_batch(
                pooling_area=AREA,
                unit_code=AREA,
                benefit_year=self.year,
                bank_id=bank_id,
                draw_on=self.today,
                operator=self.city_clerk,
                now=self.now,
            )
        collection.send_batch(batch_id=batch.pk, operator=self.city_clerk, now=self.now)
        file = exchange.outgoing_of("withholding", batch.pk)
        assert file is not None
        content = self._answer(file, b"".join(outgoing.content_of(file)))
        with tempfile.TemporaryDirectory() as folder:
            path = Path(folder) / "hp.txt"
            path.write_bytes(content)
            with _timed("withholding check", self.lines):
                preview = imports.check(
                    kind="withholding",
                    pooling_area=AREA,
                    file_name="hp.txt",
                    content=path,
                    options={"answers": file.number},
                    operator=self.city_clerk,
                    now=self.now,
                )
            with _timed("withholding result", self.lines, broken=lambda: invariants.broken(AREA, self.today)):
                imports.take_in(preview_id=preview.id, mode=Mode.ALL, operator=self.city_clerk, now=self.now)

    def _found(self) -> int:
        from django.db import connection, transaction

        from tongchou.exchange import queries as exchange
        from tongchou.platform.queries import operator_by_staff_code
        from tongchou.simulator.partners import enter_partners

        officer = operator_by_staff_code("xinxi")
        assert officer is not None
        known = exchange.partner_of(AREA, "NXS")
        since = self.today - timedelta(days=400)
        bank_id = (
            known.pk if known else enter_partners(pooling_area=AREA, since=since, operator=officer, now=self.now)["NXS"]
        )
        with transaction.atomic(), connection.cursor() as cursor:
            cursor.execute("SELECT code FROM platform_orgunit WHERE level = 'village' ORDER BY code LIMIT 1")
            facts = {
                "area": AREA, "unit": cursor.fetchone()[0], "lines": self.lines, "members": self.members,
                "since": since, "bank": bank_id,
            }  # fmt: skip
            for statement in (_HOUSEHOLDS, _PERSONS, _ENROLMENTS, _MANDATES):
                cursor.execute(statement, facts)
        with connection.cursor() as cursor:
            cursor.execute("VACUUM ANALYZE")
        return bank_id

    def _answer(self, file: Any, content: bytes) -> bytes:
        from tongchou.exchange import formats
        from tongchou.simulator.bank import Bank, Drawn

        def fate(line: int, fen: int) -> Drawn:
            return Drawn(0, "balance") if line % FAILS_EVERY == 0 else Drawn(fen, "ok")

        bank = Bank(
            "NXS",
            formats.read_definition(file.agreement.sent_as.definition),
            formats.read_definition(file.agreement.answered_as.definition),
            fate,
        )
        return bank.answer(content, paid_on=self.today)


@contextmanager
def _timed(job: str, items: int, broken: Any = list) -> Iterator[None]:
    began, used = time.monotonic(), bench.cpu_here()
    yield
    seconds, cpu = round(time.monotonic() - began, 2), round(bench.cpu_here() - used, 2)
    told = {"job": job, "items": items, "seconds": seconds, "cpu_seconds": cpu, "broken": list(broken())}
    print(json.dumps(told, ensure_ascii=False), flush=True)


if __name__ == "__main__":
    main()
