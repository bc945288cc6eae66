"""Rows of a file in the database before they count (暂存): COPY in, then a few statements for any number of rows.

A staging table belongs to one file. It is unlogged: after a crash of the server it is empty, which the row count shows,
and the file is read again.
"""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from string import Formatter
from typing import Any, Final

from django.db import connection

from tongchou.kernel.errors import DomainError
from tongchou.platform import queries
from tongchou.platform.checks import OutOfScope
from tongchou.platform.models import Operator
from tongchou.platform.permissions import permission
from tongchou.platform.spreadsheets.chunks import Chunk, Problem
from tongchou.platform.spreadsheets.columns import Layout, letters
from tongchou.platform.spreadsheets.faults import TWICE_IN_FILE, Fault
from tongchou.platform.web import masks

_NULL: Final = "\\N"
LONGEST_REASON: Final = 300
MOST_LISTED: Final = 100_000
"""Faults of cells that are listed one by one; a file with more has something wrong with it as a whole."""


class Stopped(Exception):
    """The operator asked to stop (取消)."""


class Moved(Exception):
    """The books are no longer what they were when the rows were checked (库内数据已变)."""


@dataclass
class Intake:
    """One file on its way into the books, as the statements of a chapter see it (入库过程).

    In SQL, `{rows}` stands for the staging table: its columns are `row_no`, `good`, those of the layout, those that the
    chapter's row rule fills (`extra`) and those that the database fills (`numbered`: type and default). `before_step`
    is called with the Chinese name of each step and may raise `Stopped`.
    """

    rows: str
    problems: str
    file_id: int
    layout: Layout
    extra: Mapping[str, str]
    numbered: Mapping[str, str]
    places: Mapping[str, int]
    headers: tuple[str, ...]
    pooling_area: str
    operator: Operator
    counter: str
    """The permission for the same at a counter."""
    work: str
    """What an agent must be commissioned for."""
    now: datetime
    today: date
    file_name: str = ""
    digest: str = ""
    options: Mapping[str, str] = field(default_factory=dict)
    notes: Mapping[str, str] = field(default_factory=dict)
    """What the file says of itself outside its rows."""
    first_column: int = 0
    before_step: Callable[[str], None] = lambda step: None
    is_last: bool = True
    """Whether these are the last rows of the file, where a kind is taken in by parts."""
    in_turn: Callable[[], None] = lambda: None
    """Waits until every earlier part is booked: only then may what parts share be read or written (依次)."""

    # --- statements of a chapter ------------------------------------------------------------------------------------

    def run(self, statement: str, *values: Any, step: str = "") -> int:
        """Run a statement; returns how many rows it met (执行)."""
        if step:
            self.before_step(step)
        with connection.cursor() as cursor:
            cursor.execute(statement.replace("{rows}", self.rows), values or None)
            return int(cursor.rowcount)

    def ask(self, statement: str, *values: Any) -> list[tuple[Any, ...]]:
        """The rows of a query (查询)."""
        with connection.cursor() as cursor:
            cursor.execute(statement.replace("{rows}", self.rows), values or None)
            return cursor.fetchall()

    def refuse(
        self,
        column: str,
        refusal: Fault | type[DomainError],
        *,
        found: str,
        values: tuple[Any, ...] = (),
        step: str = "",
        **figures: str,
    ) -> int:
        """Refuse every row that a query finds (批量标记错误).

        `found` is what follows FROM, with the staging table as `r`; `figures` are SQL expressions for the figures of
        the refusal's words, which are those of the same refusal at the counter. The reason is read by others than who
        brought the file, so that a citizen number in it is masked (脱敏, decision 0374); the cell keeps what it says.
        """
        words = refusal.words if isinstance(refusal, Fault) else refusal.message
        place = self.places.get(column)
        cell = f"'{letters(self.first_column + place)}' || r.row_no" if place is not None else "r.row_no::text"
        value = f"left(coalesce(r.{column}::text, ''), 100)" if column in self.column_types else "''"
        return self.run(
            f"""
            WITH found AS (
                SELECT DISTINCT ON (r.row_no) r.row_no, {cell} AS cell, {value} AS value,
                       left({masks.numbers_in_sql(worded(words, figures))}, {LONGEST_REASON}) AS reason
                  FROM {found} ORDER BY r.row_no
            ), told AS (
                INSERT INTO {self.problems} (file_id, row_no, cell, "column", value, code, reason, in_books)
                SELECT %s, row_no, cell, %s, value, %s, reason, true FROM found RETURNING row_no
            )
            UPDATE {{rows}} bad SET good = false FROM told WHERE bad.row_no = told.row_no
            """,
            *values,
            self.file_id,
            self.headers[place] if place is not None else "",
            refusal.code,
            step=step,
        )

    def reached_units(self) -> frozenset[str]:
        """Codes of the units, closed ones too, that the operator could serve at the counter (辖区内机构)."""
        scope = queries.scope_of(self.operator, self.counter, self.today, self.work)
        return frozenset(code for code, unit in queries.units_by_code().items() if scope.covers(unit.path))

    def units_in_words(self) -> Callable[[str], str]:
        """How a refusal names a unit by its code; read before the rows, for nothing can be asked while they come."""
        units = queries.units_by_code()
        return lambda code: units[code].in_words if code in units else code

    def refuse_repeats(self, column: str, same: str = "", *, where: str = "", step: str = "") -> int:
        """Refuse every row that says again what an earlier row of the file says (文件内重复).

        `same` are the columns that together say it, `column` alone unless given; `where` is which rows are compared,
        those with the first of these columns filled unless given.
        """
        same = same or column
        where = where or f"{same.partition(',')[0]} IS NOT NULL"
        return self.refuse(
            column,
            TWICE_IN_FILE,
            found=f"""(SELECT * FROM {{rows}} WHERE {where}) r JOIN (
                SELECT {same}, min(row_no) AS first_row FROM {{rows}} WHERE {where}
                 GROUP BY {same} HAVING count(*) > 1) twice USING ({same})
                WHERE r.row_no > twice.first_row""",
            step=step,
            row="twice.first_row",
        )

    def refuse_out_of_reach(self, column: str, *, found: str = "{rows} r", unit: str = "r.unit_code") -> int:
        """属地管理 (ORG-02; GX2017 §3): refuse the rows whose unit the operator could not serve at the counter either.

        `found` is what follows FROM; `unit` is the SQL expression of the unit's code.
        """
        where, values = queries.scope_of(self.operator, self.counter, self.today, self.work).sql(unit=unit)
        return self.refuse(
            column,
            OutOfScope,
            found=f"{found} WHERE r.good AND NOT {where}",
            values=tuple(values),
            unit=f"coalesce((SELECT concat(name, '(', code, ')') FROM platform_orgunit WHERE code = {unit}), {unit})",
            permission=f"'{permission(self.counter).label}'",
        )

    # --- the staging table ------------------------------------------------------------------------------------------

    @property
    def column_types(self) -> dict[str, str]:
        return {column.name: column.sql_type for column in self.layout.columns} | dict(self.extra)

    def make(self) -> None:
        """An empty staging table in place of an earlier one (建暂存表)."""
        columns = ", ".join(f'"{name}" {sql_type}' for name, sql_type in (self.column_types | self.numbered).items())
        self.run("DROP TABLE IF EXISTS {rows}")
        self.run(f"CREATE UNLOGGED TABLE {{rows}} (row_no integer, good boolean, {columns})")

    def drop(self) -> None:
        """Take the staging table away (清理)."""
        self.run("DROP TABLE IF EXISTS {rows}")

    def stage(self, chunks: Iterable[Chunk]) -> tuple[int, int]:
        """Copy the chunks in (暂存). Returns how many rows, and how many of them are bad."""
        names = list(self.column_types)
        listed = ", ".join(f'"{name}"' for name in names)
        total = bad = 0
        into = f"COPY {self.rows} (row_no, good, {listed}) FROM STDIN"
        with connection.cursor() as cursor, cursor.copy(into) as copy:
            for chunk in chunks:
                copy.write(copy_text(chunk, names))
                self._keep(chunk.problems)
                total += len(chunk)
                bad += len(chunk.bad_rows)
        self._write_problems()
        return total, bad

    _kept: list[Problem] = field(default_factory=list)

    def _keep(self, problems: list[Problem]) -> None:
        """One COPY at a time runs on a connection, so problems wait for the end of the rows."""
        self._kept.extend(problems[: MOST_LISTED - len(self._kept)])

    def _write_problems(self) -> None:
        into = f'COPY {self.problems} (file_id, row_no, cell, "column", value, code, reason, in_books) FROM STDIN'
        with connection.cursor() as cursor, cursor.copy(into) as copy:
            for row_no, cell, column, value, code, reason in self._kept:
                told = masks.numbers_in(reason)[:LONGEST_REASON]
                copy.write_row((self.file_id, row_no, cell, column[:60], value, code, told, False))
        self._kept.clear()


def worded(words: str, figures: Mapping[str, str]) -> str:
    """The words with their figures as an SQL expression: `第{row}行` → `concat('第', r.row_no, '行')`."""
    parts = []
    for literal, name, _, _ in Formatter().parse(words):
        if literal:
            parts.append("'" + literal.replace("'", "''").replace("%", "%%") + "'")
        if name is not None:
            parts.append(figures[name])
    return f"concat({', '.join(parts)})"


def copy_text(chunk: Chunk, names: list[str]) -> str:
    """The chunk in the text form of COPY."""
    good = ["t"] * len(chunk)
    for place in chunk.bad_rows:
        good[place] = "f"
    columns = [list(map(str, chunk.row_nos)), good, *(_copy_column(chunk.values[name]) for name in names)]
    return "\n".join(map("\t".join, zip(*columns, strict=True))) + "\n"


def _copy_column(values: list[str | None]) -> list[str]:
    """None becomes \\N; parsers leave no tab and no line end, a backslash is rare."""
    texts = [_NULL if value is None else value for value in values]
    if "\\" in "".join(value for value in values if value):
        return [text if text == _NULL else text.replace("\\", "\\\\") for text in texts]
    return texts
