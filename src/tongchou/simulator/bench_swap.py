"""A version of policy comes into a process (政策包换版): the new text compiled, the new book put together."""

import time
from datetime import date
from statistics import median
from typing import Final

from tongchou.policy import engine
from tongchou.policy.facts import ClassSums, Facts
from tongchou.policy.packages import Package, PolicyBook
from tongchou.simulator.plan import AREA
from tongchou.site.postgres_place import checkout

TIMES: Final = 15
NEW_FROM: Final = date(2099, 1, 1)


def swap(times: int = TIMES) -> dict[str, float]:
    """Milliseconds from a new text to the first settlement by it: median by the clock, and of the processor."""
    standing = PolicyBook.load(checkout() / "policies")
    older = standing.package(AREA, "resident", NEW_FROM)
    text = older.draft({"package/valid_from": NEW_FROM.isoformat()}).text.encode()
    clock, processor = [], []
    for _ in range(times):
        began, worked = time.perf_counter(), time.process_time()
        book = PolicyBook.of([*standing.packages, Package.parse(text)])
        package = book.package(AREA, "resident", NEW_FROM)
        engine.adjudicate(package, Facts(kind="inpatient", level=2, on=NEW_FROM), ClassSums(0, 0, 0, 100_000), {})
        clock.append(time.perf_counter() - began)
        processor.append(time.process_time() - worked)
        assert package.valid_from == NEW_FROM
    return {"clock_ms": median(clock) * 1e3, "processor_ms": median(processor) * 1e3}
