"""Claims in columns, from and to files (结算申报表的读写): Parquet and CSV through DuckDB.

Everything about the rows — types, doubles, order in time, earlier stays — is checked in the database, row by row with
a reason; what is left comes out as `ClaimTable`s of whole persons.
"""

import csv
import json
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from tongchou.kernel.errors import DomainError
from tongchou.policy import claims_columns as columns
from tongchou.policy.adjudicator import Refused
from tongchou.policy.claims import Claim, claim_of
from tongchou.policy.errors import BadClaim
from tongchou.policy.facts import ClassSums, Facts
from tongchou.policy.loading.domains import conditions
from tongchou.policy.packages import Package

if TYPE_CHECKING:
    import duckdb

    from tongchou.policy.claim_table import ClaimTable

ROWS_AT_A_TIME: Final = 2_000_000
"""Claims in one table: a few hundred megabytes in hand."""
SUFFIXES: Final = (".parquet", ".csv")
_DISCRETE: Final = ("level", "place", "referral", "emergency", "designated", "groups", "category", "contracted")
_GIVEN: Final = ("project_fen", "third_party_fen", "account_balance_fen")
_FLAGS: Final = ("manual", "prescribed", "covered")


class BadFile(DomainError):
    """A claims file that cannot be read as a whole."""

    code = "PO-0203"
    message = "文件{file}不能读取:{reason}"
    citation = ""

    def __init__(self, file: Path, reason: str) -> None:
        super().__init__(file=str(file), reason=reason)


@contextmanager
def database(beside: Path) -> Iterator["duckdb.DuckDBPyConnection"]:
    """A database in memory that puts what is too much beside the results; nothing is ever fetched from elsewhere."""
    import duckdb

    with tempfile.TemporaryDirectory(prefix=".tongchou-", dir=beside) as spill:
        connection = duckdb.connect(
            config={
                "temp_directory": spill,
                "memory_limit": "2GB",
                "autoinstall_known_extensions": False,
                "autoload_known_extensions": False,
            }
        )
        try:
            yield connection
        finally:
            connection.close()


def has_lines(connection: "duckdb.DuckDBPyConnection", file: Path) -> bool:
    """Does a Parquet file carry charge lines? Raises: BadFile."""
    return file.suffix == ".parquet" and columns.LINES in _types_of_parquet(connection, file)


@dataclass(frozen=True)
class ClaimsFile:
    """A claims file taken into the database: typed rows, each with the reason why it cannot be settled, if any."""

    connection: "duckdb.DuckDBPyConnection"
    file: Path
    rows: int
    parts: int

    @classmethod
    def take_in(
        cls, connection: "duckdb.DuckDBPyConnection", file: Path, packages: Sequence[Package], *, any_date: bool
    ) -> "ClaimsFile":
        """Read and check a file; the first package says which date counts. Raises: BadFile."""
        types, source = _source(connection, file)
        _check_columns(file, types)
        _run(connection, file, f"CREATE TABLE given AS {_typed(types, source)}")
        if file.suffix == ".csv":
            _take_in_rejected(connection)
        _run(connection, file, _checked(packages[0], any_date=any_date))
        _run(connection, file, _ORDERED)
        while _one(connection, _BROKEN_LINKS):
            pass  # a stay that continues one that cannot be settled cannot be settled either, and so on
        asks_age = any(c.asks_age for package in packages for c in conditions(package.definition))
        rows = _one(connection, "SELECT count(*) FROM ordered WHERE reason IS NULL")
        parts = max(1, -(-rows // ROWS_AT_A_TIME))
        _run(
            connection,
            file,
            _NUMBERED.format(parts=parts, key=_key(asks_age=asks_age), age=_AGE.format(table="placed")),
        )
        return cls(connection, file, rows, parts)

    def refused(self) -> Iterator[Refused]:
        """Rows that cannot be settled, in order, as far as the file alone shows it."""
        found = self.connection.execute(
            "SELECT row_no, claim_id, reason FROM ordered WHERE reason IS NOT NULL ORDER BY row_no"
        ).fetchall()
        for row_no, claim_id, reason in found:
            yield Refused(row_no, claim_id or "", f"{reason}(PO-0007)")

    def claim_ids(self, row_nos: Sequence[int]) -> dict[int, str]:
        """The claims of some rows."""
        found = self.connection.execute(
            "SELECT row_no, claim_id FROM ordered WHERE row_no IN (SELECT unnest(?))", [list(row_nos)]
        )
        return dict(found.fetchall())

    def claims(self) -> Iterator[tuple[int, Claim, ClassSums]]:
        """The rows that can be settled, one by one: for a settlement that shows every step."""
        names = [*(name for name in columns.NAMES if not name.endswith("_fen")), *_GIVEN, *ClassSums.__struct_fields__]
        cursor = self.connection.execute(
            f"SELECT row_no, {', '.join(names)} FROM ordered WHERE reason IS NULL ORDER BY row_no"
        )
        while rows := cursor.fetchmany(10_000):
            for row_no, *values in rows:
                held = dict(zip(names, values, strict=True))
                sums = ClassSums(**{name: held.pop(name) for name in ClassSums.__struct_fields__})
                held["groups"] = held["groups"].split("|") if held["groups"] else []
                yield row_no, Claim(lines=[], **held), sums

    def tables(self) -> Iterator[tuple["ClaimTable", Any]]:
        """The rows that can be settled, as tables of whole persons, each with its rows' numbers in the file."""
        for part in range(self.parts):
            yield self._table(part)

    def _table(self, part: int) -> tuple["ClaimTable", Any]:
        import numpy as np

        from tongchou.policy.claim_table import AMOUNTS, ClaimTable

        held = self.connection.execute("SELECT * FROM numbered WHERE part = ? ORDER BY row_no", [part]).fetchnumpy()
        combinations = self.connection.execute("SELECT * FROM combinations ORDER BY code").fetchall()
        names = [item[0] for item in self.connection.description or ()]
        facts = tuple(_facts(dict(zip(names, row, strict=True))) for row in combinations)
        areas = [row[0] for row in self.connection.execute("SELECT area FROM areas ORDER BY number").fetchall()]
        nothing = np.zeros(len(held["row_no"]), np.int64)
        amounts = {name: np.asarray(held[name]) if name in held else nothing for name in AMOUNTS}
        table = ClaimTable(
            facts=facts,
            code=held["code"].astype(np.int32),
            person=held["person"].astype(np.int64),
            day=held["day"].astype(np.int32),
            year=held["year"].astype(np.int32),
            age=held["age"].astype(np.int32),
            area=held["area_number"].astype(np.int32),
            areas=tuple(areas),
            linked_row=held["linked_row"].astype(np.int64),
            amounts=amounts,
        )
        return table, held["row_no"]


def rows_with_lines(
    connection: "duckdb.DuckDBPyConnection", file: Path
) -> Iterator[tuple[int, Claim | BadClaim, None]]:
    """The rows of a Parquet file with nested lines, numbered, as the JSONL file has them. Raises: BadFile."""
    number = 0
    _types_of_parquet(connection, file)
    cursor = connection.execute("SELECT to_json(row) FROM read_parquet(?) AS row", [str(file)])
    while rows := cursor.fetchmany(1_000):
        for (text,) in rows:
            number += 1
            try:
                yield number, claim_of(_filled(json.loads(text, parse_float=str))), None
            except BadClaim as error:
                yield number, error, None


def _filled(value: Any) -> Any:
    """Without the members that are null: in columns a member cannot be left out."""
    if isinstance(value, dict):
        return {name: _filled(each) for name, each in value.items() if each is not None}
    return [_filled(each) for each in value] if isinstance(value, list) else value


def _facts(row: Mapping[str, Any]) -> Facts:
    """One combination as facts in normal form."""
    from tongchou.policy.claim_table import birthday

    names = row["groups"]
    return Facts(
        kind=row["kind"],
        on=birthday(0),
        scheme=row["scheme"],
        disease=row["disease"],
        born_on=None if row["age"] is None else birthday(row["age"]),
        linked_deductible_fen=0 if row["linked"] else None,
        project_fen=int(row["project"]),
        third_party_fen=int(row["third_party"]),
        account_balance_fen=int(row["account"]),
        groups=frozenset(names.split("|")) if names else frozenset(),
        **{name: row[name] for name in (*_DISCRETE, *_FLAGS) if name != "groups"},
    )


def _source(connection: "duckdb.DuckDBPyConnection", file: Path) -> tuple[dict[str, str], str]:
    """The file's columns with their types, and SQL that reads it with the number of each row."""
    path = str(file).replace("'", "''")
    if file.suffix == ".parquet":
        types = _types_of_parquet(connection, file)
        return types, f"(SELECT *, file_row_number + 1 AS row_no FROM read_parquet('{path}', file_row_number = true))"
    names = _header(file)
    declared = ", ".join(f"'{name}': 'VARCHAR'" for name in names)
    options = "header = true, delim = ',', quote = '\"', escape = '\"', auto_detect = false, null_padding = false"
    rejects = "ignore_errors = true, store_rejects = true, rejects_limit = 0, strict_mode = true"
    source = f"read_csv('{path}', columns = {{{declared}}}, {options}, {rejects})"
    return dict.fromkeys(names, "VARCHAR"), f"(SELECT *, row_number() OVER () + 1 AS row_no FROM {source})"


def _types_of_parquet(connection: "duckdb.DuckDBPyConnection", file: Path) -> dict[str, str]:
    import duckdb

    if not file.stat().st_size:
        raise BadFile(file, "文件是空的")
    try:
        described = connection.execute("DESCRIBE SELECT * FROM read_parquet(?)", [str(file)]).fetchall()
    except duckdb.Error as error:
        raise BadFile(file, f"不是完整的Parquet文件({_short(error)})") from None
    return {row[0]: row[1] for row in described}


def _header(file: Path) -> list[str]:
    """The names in the first line of a CSV file."""
    try:
        with file.open(encoding="utf-8-sig", newline="") as text:
            names = next(csv.reader(text), [])
    except UnicodeDecodeError:
        raise BadFile(file, "不是UTF-8编码") from None
    except csv.Error as error:
        raise BadFile(file, f"首行不是列名({error})") from None
    if not any(name.strip() for name in names):
        raise BadFile(file, "文件是空的,首行应为列名")
    return [name.strip() for name in names]


def _check_columns(file: Path, types: Mapping[str, str]) -> None:
    """Raises: BadFile naming every column that is missing, unknown or of the wrong type."""
    declared = {column.name: column for column in columns.COLUMNS}
    faults = [f"缺少列“{name}”" for name in columns.REQUIRED if name not in types]
    faults += [f"未知列“{name}”" for name in types if name not in declared]
    faults += [
        f"列“{name}”的类型{type_}不符,应为{declared[name].kind.value}"
        for name, type_ in types.items()
        if name in declared and not columns.takes(declared[name], type_)
    ]
    if faults:
        raise BadFile(file, ";".join(faults))


def _typed(types: Mapping[str, str], source: str) -> str:
    """Every column as what it is to be, and what is wrong with a row's values, if anything."""
    read = {column.name: columns.read(column, types.get(column.name)) for column in columns.COLUMNS}
    kinds = {column.name: column.kind.value for column in columns.COLUMNS}
    values = ", ".join(f'{value} AS "{name}"' for name, (value, _) in read.items())
    wrong = " ".join(
        f"WHEN {bad} THEN '列“{name}”的值不符合要求,应为{kinds[name]}'"
        for name, (_, bad) in read.items()
        if bad != "false"
    )
    return f"SELECT row_no, {values}, CASE {wrong} END AS reason FROM {source}"


def _take_in_rejected(connection: "duckdb.DuckDBPyConnection") -> None:
    """Lines that are no rows at all: counted in, so that the numbers of the others are those of the file."""
    for (line,) in connection.execute("SELECT DISTINCT line FROM reject_errors ORDER BY line").fetchall():
        connection.execute("UPDATE given SET row_no = row_no + 1 WHERE row_no >= ?", [line])
        connection.execute(
            "INSERT INTO given (row_no, claim_id, reason) VALUES (?, '', ?)", [line, "列数或编码不符,不成一行"]
        )


def _checked(package: Package, *, any_date: bool) -> str:
    """The day that counts, the care it comes under, and the checks that need no other row."""
    start, until = package.valid_from.isoformat(), package.valid_until
    on = "admitted" if package.parameter("benefit.asof").content == "admission" else "discharged"
    outside = f"\"on\" < DATE '{start}'" + (f" OR \"on\" >= DATE '{until.isoformat()}'" if until else "")
    in_force = "false" if any_date else outside
    ordinary = "kind = 'chronic' AND NOT (filed AND disease IS NOT NULL)"
    return f"""
        CREATE TABLE checked AS
        WITH days AS (
            SELECT *, coalesce(discharged_on, admitted_on, DATE '{start}') AS discharged,
                coalesce(admitted_on, discharged_on, DATE '{start}') AS admitted, {on} AS "on"
            FROM given)
        SELECT * EXCLUDE (kind, disease, scheme, reason),
            CASE WHEN {ordinary} THEN 'outpatient' ELSE kind END AS kind,
            CASE WHEN {ordinary} THEN NULL ELSE disease END AS disease,
            coalesce(scheme, '{package.scheme}') AS scheme,
            CASE WHEN reason IS NOT NULL THEN reason
                WHEN admitted > discharged THEN '入院日期' || admitted || '晚于出院日期' || discharged
                WHEN scheme <> '{package.scheme}' THEN '险种“' || scheme || '”与政策包{package.label}不符'
                WHEN {in_force} THEN '日期' || "on" || '不在政策包{package.label}的有效期内' END AS reason
        FROM days
    """


_ORDERED: Final = """
    CREATE TABLE ordered AS
    WITH first AS (
        SELECT *, row_number() OVER (PARTITION BY person_id, claim_id, reason IS NULL ORDER BY row_no) > 1 AS again
        FROM checked),
    latest AS (
        SELECT *, max("on") OVER (PARTITION BY person_id, reason IS NULL AND NOT again ORDER BY row_no
            ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING) AS before
        FROM first),
    timed AS (
        SELECT * EXCLUDE (reason), CASE WHEN reason IS NOT NULL THEN reason
            WHEN again THEN '同一参保人的结算“' || claim_id || '”重复'
            WHEN before > "on" THEN '同一参保人的结算应按时间先后排列,' || "on" || '早于' || before END AS reason
        FROM latest)
    SELECT timed.* EXCLUDE (reason), earlier.row_no AS linked_no, CASE WHEN timed.reason IS NOT NULL THEN timed.reason
        WHEN timed.linked_to IS NOT NULL AND earlier.row_no IS NULL
            THEN '关联的结算“' || timed.linked_to || '”不在本人先前的结算之内' END AS reason
    FROM timed LEFT JOIN (SELECT person_id, claim_id, row_no FROM timed WHERE reason IS NULL) AS earlier
        ON earlier.person_id = timed.person_id AND earlier.claim_id = timed.linked_to AND earlier.row_no < timed.row_no
"""


_BROKEN_LINKS: Final = """
    UPDATE ordered SET reason = '关联的结算“' || linked_to || '”不在本人先前的结算之内'
    WHERE reason IS NULL AND linked_no IN (SELECT row_no FROM ordered WHERE reason IS NOT NULL)
"""
_AGE: Final = """CASE WHEN {table}.born_on IS NULL THEN NULL
    ELSE year({table}."on") - year({table}.born_on)
        - (month({table}."on") * 100 + day({table}."on") < month({table}.born_on) * 100 + day({table}.born_on))::INT
    END"""
"""周岁, as `kernel.months.age_on` counts it."""


def _key(*, asks_age: bool) -> str:
    """The columns that make a combination of facts."""
    derived = {
        "kind": "kind",
        "scheme": "scheme",
        "disease": "disease",
        "age": _AGE.format(table="keyed_rows") if asks_age else "NULL::BIGINT",
        "linked": "linked_to IS NOT NULL",
        "project": "project_fen <> 0",
        "third_party": "third_party_fen <> 0",
        "account": "account_balance_fen <> 0",
    } | {name: name for name in (*_DISCRETE, *_FLAGS)}
    return ", ".join(f"{name} := {value}" for name, value in derived.items())


_NUMBERED: Final = """
    CREATE TABLE keyed AS
        SELECT *, struct_pack({key}) AS facts FROM ordered AS keyed_rows WHERE reason IS NULL;
    CREATE TABLE combinations AS
        SELECT row_number() OVER () - 1 AS code, unnest(facts), facts::VARCHAR AS name
        FROM (SELECT facts FROM keyed GROUP BY facts::VARCHAR, facts);
    CREATE TABLE areas AS SELECT row_number() OVER () - 1 AS number, area FROM (SELECT DISTINCT area FROM keyed);
    CREATE TABLE persons AS
        SELECT row_number() OVER () - 1 AS number, person_id FROM (SELECT DISTINCT person_id FROM keyed);
    CREATE TABLE numbered AS
    WITH placed AS (
        SELECT keyed.*, persons.number // {parts} AS person, persons.number % {parts} AS part,
            areas.number AS area_number, combinations.code AS code,
            row_number() OVER (PARTITION BY persons.number % {parts} ORDER BY row_no) - 1 AS stands
        FROM keyed JOIN persons USING (person_id) JOIN areas USING (area)
            JOIN combinations ON combinations.name = keyed.facts::VARCHAR)
    SELECT placed.row_no, placed.part, placed.person, placed.code, placed.area_number,
        coalesce(earlier.stands, -1) AS linked_row,
        datediff('day', DATE '0001-01-01', placed."on") + 1 AS day, year(placed."on") AS year,
        coalesce({age}, -1) AS age,
        placed.own_expense_fen, placed.over_ceiling_fen, placed.pre_self_pay_fen, placed.in_scope_fen,
        placed.project_fen, placed.third_party_fen, placed.account_balance_fen
    FROM placed LEFT JOIN placed AS earlier ON earlier.row_no = placed.linked_no
    ORDER BY placed.part, placed.row_no
"""


def _run(connection: "duckdb.DuckDBPyConnection", file: Path, sql: str) -> None:
    import duckdb

    try:
        connection.execute(sql)
    except duckdb.Error as error:
        raise BadFile(file, _short(error)) from None


def _one(connection: "duckdb.DuckDBPyConnection", sql: str) -> int:
    found = connection.execute(sql).fetchone()
    return int(found[0]) if found else 0


def _short(error: Exception) -> str:
    return str(error).splitlines()[0]
