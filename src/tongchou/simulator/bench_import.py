"""`tongchou bench import` (导入性能): a roster of an invented county through the real command, then the books' check.

The file is made first and not measured. Measured is `tongchou import` as a user runs it, from reading the file to the
committed rows, in a home of its own that is removed afterwards.
"""

import csv
import json
import os
import resource
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import asdict, dataclass
from datetime import date
from pathlib import Path
from typing import Final

import numpy as np
import xlsxwriter

from tongchou.enrolment.states import HouseholdRelation, SpecialCategory
from tongchou.simulator import bench, check_digits, names
from tongchou.simulator.bench import Measured, Result, Say
from tongchou.simulator.geography import FIRST_COUNTY, lay_out
from tongchou.simulator.plan import LEAST_PERSONS, PEOPLE_DRAWN_ON, SEED_OF_DEFAULT, CityPlan
from tongchou.site import embedded
from tongchou.site.postgres_place import home

PERSONS: Final = 1_000_000
OPERATOR: Final = "daiyu"
DIVISION: Final = 450199
"""Of the ID numbers in the file: given out to nobody, and not to the people of the invented city either."""
FIRST_BIRTHDAY, LAST_BIRTHDAY = date(1936, 1, 1), date(2017, 6, 30)
HOUSEHOLD: Final = (HouseholdRelation.HEAD, HouseholdRelation.SPOUSE, HouseholdRelation.CHILD, HouseholdRelation.OTHER)
HEADERS: Final = (
    "户号", "与户主关系", "姓名", "证件号码", "性别", "民族", "联系电话", "住址", "户籍地", "参保单位", "参保日期",
    "特殊人员标识", "社会保障卡号",
)  # fmt: skip
SPECIAL_EVERY: Final = 12
CARD_EVERY: Final = 2
AT_ONCE: Final = 100_000


@dataclass(frozen=True, slots=True)
class Register:
    """What the file says, and what the books must say afterwards (核对项)."""

    persons: int
    enrolments: int
    households: int
    heads: int
    special_groups: int
    cards: int


def measure(*, persons: int = PERSONS, xlsx: bool = False, say: Say = print) -> Measured:
    """Write the roster, import it by the command, compare the register (导入花名册). Raises: SetupProblem."""
    folder = home() / f"bench-{os.getpid()}"
    environment = {**os.environ, "TONGCHOU_HOME": str(folder)}
    environment.pop("TONGCHOU_DATABASE_URL", None)
    with ExitStack() as running:
        running.callback(bench.remove, folder)
        lease = embedded.start(folder, say=say)
        running.callback(lease.leave)
        bench.command(environment, "migrate")
        bench.command(environment, "demo", f"--persons={LEAST_PERSONS}", "--settlements=0")
        file = folder / ("roster.xlsx" if xlsx else "roster.csv")
        say(f"正在写 {persons:,} 人的花名册… / Writing a roster of {persons:,} people…")
        expected = write_roster(file, persons)
        say(f"正在导入 {file.stat().st_size >> 20} MB… / Importing {file.stat().st_size >> 20} MB…")
        database = bench.database_of(folder)
        before, began = bench.cpu_of(database), time.monotonic()
        used = _import(environment, file)
        seconds, serving = time.monotonic() - began, bench.cpu_of(database) - before
        found = _register_of(environment)
        if found != expected:
            say(f"  ✗ 应为 {expected},实为 {found}")
    importing = used.ru_utime + used.ru_stime
    result = Result(
        job="import xlsx" if xlsx else "import",
        rate_per_s=round(persons / seconds, 1),
        p50_ms=0.0,
        p99_ms=0.0,
        cpu_ms_per_item=round((importing + serving) * 1000 / persons, 4),
        items=persons,
        seconds=round(seconds, 2),
        identities_ok=found == expected,
    )
    say(f"CPU 导入 {importing:.1f} s + 数据库 {serving:.1f} s,内存 {used.ru_maxrss >> 10} MB")
    return Measured(result)


def _import(environment: dict[str, str], file: Path) -> resource.struct_rusage:
    """The command as a user gives it, and what its process used. Raises: SetupProblem."""
    with file.with_suffix(".log").open("w+") as said:
        process = subprocess.Popen(
            [sys.executable, "-P", "-m", "tongchou.site.cli", "import", "roster", str(file), f"--operator={OPERATOR}"],
            env=environment, stdin=subprocess.DEVNULL, stdout=said, stderr=said,
        )  # fmt: skip
        _, status, used = os.wait4(process.pid, 0)
        process.returncode = os.waitstatus_to_exitcode(status)
        if process.returncode:
            said.seek(0)
            raise bench.failed("tongchou import", said.read())
    return used


# --- the file -------------------------------------------------------------------------------------------------------


def write_roster(file: Path, persons: int) -> Register:
    """An invented county's roster as .csv or .xlsx, and what it brings (花名册)."""
    expected = Register(
        persons=persons,
        enrolments=persons,
        households=-(-persons // len(HOUSEHOLD)),
        heads=-(-persons // len(HOUSEHOLD)),
        special_groups=-(-persons // SPECIAL_EVERY),
        cards=-(-persons // CARD_EVERY),
    )
    rows = (row for first in range(0, persons, AT_ONCE) for row in _rows(first, min(AT_ONCE, persons - first)))
    if file.suffix == ".xlsx":
        with xlsxwriter.Workbook(str(file), {"constant_memory": True}) as book:
            sheet = book.add_worksheet("花名册")
            for at, row in enumerate(_with_header(rows)):
                sheet.write_row(at, 0, row)
    else:
        with file.open("w", encoding="utf-8", newline="") as handle:
            csv.writer(handle).writerows(_with_header(rows))
    return expected


def _with_header(rows: Iterator[tuple[str, ...]]) -> Iterator[tuple[str, ...]]:
    yield HEADERS
    yield from rows


def _rows(first: int, count: int) -> Iterator[tuple[str, ...]]:
    """Registrations `first` and on; every number is given once."""
    random = np.random.Generator(np.random.PCG64([SEED_OF_DEFAULT, first]))
    number = np.arange(first, first + count, dtype=np.int64)
    days = (LAST_BIRTHDAY - FIRST_BIRTHDAY).days
    male = number % 2 == 0
    born_on = np.datetime64(FIRST_BIRTHDAY) + (number // 2 % days).astype("timedelta64[D]")
    certificates = check_digits.citizen_ids(np.full(count, DIVISION), born_on, number // 2 // days, male)
    age = (np.datetime64(LAST_BIRTHDAY) - born_on).astype(np.int64) // 365
    written, _ = names.full_names(random, names.draw_surnames(random, count), male, age)
    villages = [(village.code, address) for village, address in _villages()]
    for at, (name, certificate) in enumerate(zip(np.char.decode(written, "utf-8"), certificates, strict=True)):
        who = first + at
        household = who // len(HOUSEHOLD)
        village, address = villages[household % len(villages)]
        yield (
            f"B{household:07d}",
            HOUSEHOLD[who % len(HOUSEHOLD)].label,
            str(name),
            certificate.decode(),
            "男" if who % 2 == 0 else "女",
            "壮族" if household % 3 == 0 else "汉族",
            f"1{who % 10**10:010d}",
            f"{address}{household % 400 + 1}号",
            str(FIRST_COUNTY),
            village,
            "2018-01-05",
            SpecialCategory.DIBAO.label if who % SPECIAL_EVERY == 0 else "",
            f"B{who:08d}" if who % CARD_EVERY == 0 else "",
        )


def _villages() -> list[tuple[str, str]]:
    """The villages of the county where the operator works, with their addresses."""
    ground = lay_out(CityPlan(LEAST_PERSONS, SEED_OF_DEFAULT, PEOPLE_DRAWN_ON))
    here = zip(ground.villages, ground.addresses, strict=True)
    return [(village, address) for village, address in here if village.code.startswith(str(FIRST_COUNTY))]


# --- the books ------------------------------------------------------------------------------------------------------


def _register_of(environment: dict[str, str]) -> Register:
    done = subprocess.run(
        [sys.executable, "-P", "-m", "tongchou.simulator.bench_import"],
        env=environment, capture_output=True, text=True, check=False,
    )  # fmt: skip
    if done.returncode:
        raise bench.failed("bench_import", done.stderr)
    return Register(**json.loads(done.stdout))


COUNTED: Final = """
WITH mine AS (SELECT id, household_id, household_relation FROM enrolment_person WHERE certificate_no LIKE %(numbers)s)
SELECT (SELECT count(*) FROM mine),
       (SELECT count(*) FROM enrolment_enrolment JOIN mine ON person_id = mine.id WHERE enrolled_until IS NULL),
       (SELECT count(DISTINCT household_id) FROM mine),
       (SELECT count(*) FROM mine WHERE household_relation = 'head'),
       (SELECT count(*) FROM enrolment_specialgroupspan JOIN mine ON person_id = mine.id),
       (SELECT count(*) FROM enrolment_socialsecuritycard JOIN mine ON person_id = mine.id WHERE status = 'active')
"""


def main() -> None:
    """What the register of this home holds of the file. Prints one JSON object (核对登记)."""
    from tongchou.site.city import use_django

    use_django()
    from django.db import connection

    with connection.cursor() as cursor:
        cursor.execute(COUNTED, {"numbers": f"{DIVISION}%"})
        print(json.dumps(asdict(Register(*cursor.fetchone()))))


if __name__ == "__main__":
    main()
