"""Settled claims to a file (结算结果的写出): JSONL, Parquet or CSV by suffix, there only when it is whole.

Parquet and CSV hold one row a claim: `docs/claims-files.md` names the columns.
"""

import json
import os
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import IO, TYPE_CHECKING, Any, Final

from tongchou.kernel.errors import DomainError
from tongchou.policy.adjudicator import Refused
from tongchou.policy.facts import ClassSums, Facts
from tongchou.policy.packages import Package

if TYPE_CHECKING:
    import duckdb

    from tongchou.policy.claim_table import ClaimTable
    from tongchou.policy.yearly import TableOutcome

JSONL: Final = ".jsonl"
_LAYERS: Final = ("basic", "serious_illness", "supplementary", "mutual_aid", "medical_assistance", "account")
_FEN: Final = (
    "total_fen",
    "own_expense_fen",
    "over_ceiling_fen",
    "pre_self_pay_fen",
    "in_scope_fen",
    "deductible_fen",
    "over_cap_fen",
    "project_fen",
    *(f"{layer}_fen" for layer in _LAYERS),
    "third_party_fen",
    "cash_fen",
)
_ROWS_AT_A_TIME: Final = 20_000


class CannotWrite(DomainError):
    """Where or how the results are to be written is not possible."""

    code = "PO-0204"
    message = "不能写入{file}:{reason}"
    citation = ""

    def __init__(self, file: Path, reason: str) -> None:
        super().__init__(file=str(file), reason=reason)


@contextmanager
def whole_path(path: Path) -> Iterator[Path]:
    """A place beside the file to write to; it becomes the file when everything is written, and goes when not."""
    part = path.with_name(f".{path.name}.{os.getpid()}.part")
    try:
        yield part
        with part.open("rb") as written:
            os.fsync(written.fileno())
        part.replace(path)
    except BaseException:
        part.unlink(missing_ok=True)
        raise


@contextmanager
def whole_file(path: Path) -> Iterator[IO[str]]:
    """The same, opened as text."""
    with whole_path(path) as part, part.open("w", encoding="utf-8") as target:
        yield target
        target.flush()


class Results:
    """Results in a table of the database, in the order of the claims, until they are written."""

    def __init__(self, connection: "duckdb.DuckDBPyConnection", package: Package) -> None:
        self._connection, self._package = connection, f"{package.label}#{package.hash}"
        amounts = ", ".join(f"{name} BIGINT" for name in _FEN)
        connection.execute(f"CREATE TABLE results (row_no BIGINT, claim_id VARCHAR, {amounts}, reason VARCHAR)")

    def add_table(self, package: Package, table: "ClaimTable", row_no: Any, outcome: "TableOutcome") -> None:
        """A table of claims settled by the column; the claims' names are those of the file taken in."""
        import numpy as np

        reasons = [_reason(package, facts) for facts in table.facts]
        excluded = np.asarray([bool(reason) for reason in reasons] or [False])[table.code]
        held = {"row_no": row_no, "code": table.code, "settled": outcome.settled}
        for name in _FEN:
            column = outcome.amounts.get(name.removesuffix("_fen"))
            held[name] = np.where(excluded, 0, table.amounts[name]) if column is None else column
        told = {"code": np.arange(len(reasons)), "reason": np.asarray(reasons, object)}
        self._connection.register("settled_rows", held)
        self._connection.register("told_reasons", told)
        self._connection.execute(f"""
            INSERT INTO results SELECT s.row_no, o.claim_id, {", ".join(f"s.{name}" for name in _FEN)}, t.reason
            FROM settled_rows s JOIN ordered o USING (row_no) LEFT JOIN told_reasons t USING (code) WHERE s.settled
        """)
        self._connection.unregister("settled_rows")
        self._connection.unregister("told_reasons")

    def add_rows(self, rows: Iterable[Mapping[str, Any]]) -> None:
        """Rows as the JSONL file has them."""
        names, held = ("row_no", "claim_id", *_FEN, "reason"), []
        for count, row in enumerate(rows, 1):
            flat = dict(row) | {f"{layer}_fen": row["layers"][layer] for layer in _LAYERS}
            held.append((count, flat["claim_id"], *(flat.get(name, 0) for name in _FEN), flat.get("reason")))
            if len(held) == _ROWS_AT_A_TIME:
                self._insert(names, held)
                held = []
        self._insert(names, held)

    def write_rows(self, path: Path, rows: Iterable[Mapping[str, Any]]) -> int:
        """Rows as the JSONL file has them to a file by its suffix; how many."""
        if path.suffix == JSONL:
            return write_lines(path, rows)
        self.add_rows(rows)
        return self.write(path)

    def _insert(self, names: tuple[str, ...], held: list[tuple[Any, ...]]) -> None:
        import numpy as np

        if not held:
            return
        columns = {
            name: np.asarray(column, object if name in ("claim_id", "reason") else np.int64)
            for name, column in zip(names, zip(*held, strict=True), strict=True)
        }
        self._connection.register("more_rows", columns)
        self._connection.execute(f"INSERT INTO results SELECT {', '.join(names)} FROM more_rows")
        self._connection.unregister("more_rows")

    def write(self, path: Path) -> int:
        """The file, by its suffix; the number of rows. Raises: CannotWrite."""
        import duckdb

        selected = f"claim_id, {', '.join(_FEN)}, '{self._package}' AS package, reason"
        query = f"SELECT {selected} FROM results ORDER BY row_no"
        if path.suffix == JSONL:
            self._write_lines(path, query)
        else:
            options = "FORMAT parquet, COMPRESSION zstd" if path.suffix == ".parquet" else "FORMAT csv, HEADER"
            with whole_path(path) as part:
                target = str(part).replace("'", "''")
                try:
                    self._connection.execute(f"COPY ({query}) TO '{target}' ({options})")
                except duckdb.Error as error:
                    raise CannotWrite(path, str(error).splitlines()[0]) from None
        found = self._connection.execute("SELECT count(*) FROM results").fetchone()
        return int(found[0]) if found else 0

    def _write_lines(self, path: Path, query: str) -> None:
        cursor = self._connection.execute(query)
        names = [item[0] for item in cursor.description or ()]
        with whole_file(path) as target:
            while rows := cursor.fetchmany(_ROWS_AT_A_TIME):
                for row in rows:
                    target.write(line_of(_nested(dict(zip(names, row, strict=True)))))


def _nested(flat: dict[str, Any]) -> dict[str, Any]:
    """A row as `output_row` gives it: layers in a member of their own, what is nothing left out."""
    row: dict[str, Any] = {}
    for name, value in flat.items():
        layer = name.removesuffix("_fen")
        if layer in _LAYERS:
            row.setdefault("layers", {})[layer] = value
        elif not (name == "third_party_fen" and not value) and not (name == "reason" and not value):
            row[name] = value
    return row


def line_of(row: Mapping[str, Any]) -> str:
    """A row of a JSONL file."""
    return json.dumps(row, ensure_ascii=False, separators=(",", ":")) + "\n"


def write_lines(path: Path, rows: Iterable[Mapping[str, Any]]) -> int:
    """Rows to a JSONL file, one after the other; how many."""
    count = 0
    with whole_file(path) as target:
        for row in rows:
            target.write(line_of(row))
            count += 1
    return count


def _reason(package: Package, facts: Facts) -> str | None:
    """Why nothing of such a bill is paid, if so."""
    import msgspec

    try:
        numbered = msgspec.structs.replace(facts, stay_number=facts.stay_number or 1)
        return package.scalar(numbered, ClassSums(0, 0, 0, 0), {}).reason or None
    except DomainError:
        return None


def check_place(path: Path, *, trace: bool = False) -> None:
    """Raises: CannotWrite, before anything is computed."""
    if trace and path.suffix != JSONL:
        raise CannotWrite(path, "计算过程只能写入.jsonl")
    if path.suffix not in (JSONL, ".parquet", ".csv"):
        raise CannotWrite(path, "结果文件应以.jsonl、.parquet或.csv结尾")
    if not path.absolute().parent.is_dir():
        raise CannotWrite(path, f"文件夹{path.parent}不存在")


def refused_rows(outcome: "TableOutcome", row_no: Any, names: Mapping[int, str]) -> Iterator[Refused]:
    """Rows that the package could not settle, with their numbers in the file."""
    for row, error in outcome.refusals.items():
        number = int(row_no[row])
        yield Refused(number, names.get(number, ""), f"{error.sentence}({error.code})")
