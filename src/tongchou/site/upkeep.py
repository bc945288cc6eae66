"""Backup and restore (备份与恢复).

A backup is a folder: PostgreSQL's own dump, and a manifest that says of every table how many rows it has, what its
amounts of money add up to, and a digest of its content. Dump and manifest see one and the same instant. A restore
compares every figure again, so a backup that lost a fen does not pass for a good one. Decision 0005.
"""

import hashlib
import json
import os
import subprocess
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path
from typing import Any

from django.db import connection, transaction

from tongchou.site.postgres_place import any_programs
from tongchou.site.problems import SetupProblem

DUMP, MANIFEST = "tongchou.dump", "manifest.json"
BLOCK = 1 << 20


def make_backup(folder: Path, *, at: datetime) -> dict[str, Any]:
    """Dump the database and describe it, both from one snapshot; returns the manifest (备份).

    Raises: SetupProblem when the folder exists or pg_dump fails. A backup that failed leaves no folder of its name.
    """
    if folder.exists():
        raise SetupProblem(
            "HS-0401",
            f"目录已存在: {folder}。备份不覆盖任何东西。",
            f"The folder {folder} exists; a backup overwrites nothing.",
            then="换一个新的目录名,例如加上日期。",
            then_english="Choose a new name, with today's date for instance.",
        )
    part = folder.with_name(f"{folder.name}.part")
    part.mkdir(parents=True)
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ READ ONLY")
        cursor.execute("SELECT pg_export_snapshot(), current_setting('server_version')")
        snapshot, server_version = cursor.fetchone()
        dumped = ("--format=custom", f"--snapshot={snapshot}", "--no-owner", f"--file={part / DUMP}")
        _run_client("pg_dump", *dumped)
        tables, roles = describe_tables(), _roles_with_rights()
    manifest = {
        "made_at": at.isoformat(timespec="seconds"),
        "server_version": server_version,
        "dump_sha256": _digest(part / DUMP),
        "roles": roles,
        "tables": tables,
    }
    (part / MANIFEST).write_text(json.dumps(manifest, ensure_ascii=False, indent=1), encoding="utf-8")
    part.rename(folder)
    return manifest


def restore_backup(folder: Path) -> dict[str, Any]:
    """Load a backup into the empty database, all or nothing, and compare it with its manifest (恢复).

    Raises: SetupProblem when the backup is damaged, the database is not empty, or any figure differs.
    """
    manifest = _read_manifest(folder)
    if list(_tables()):
        raise SetupProblem(
            "HS-0403",
            "数据库里已有数据。恢复只写入空数据库,不会覆盖现有的账。",
            "The database is not empty; a restore never overwrites books.",
            then="指定一个新的 TONGCHOU_HOME,或把 TONGCHOU_DATABASE_URL 指向新建的空数据库,再恢复。",
            then_english="Set TONGCHOU_HOME to a new folder or TONGCHOU_DATABASE_URL to a new database, then restore.",
        )
    _make_roles(manifest["roles"])
    database = connection.settings_dict["NAME"]
    _run_client(
        "pg_restore",
        "--single-transaction",
        "--exit-on-error",
        "--no-owner",
        f"--dbname={database}",
        str(folder / DUMP),
    )
    _run_client("vacuumdb", "--analyze-only", "--quiet")  # a restored table has no statistics for the planner
    differing = differences(manifest["tables"], describe_tables())
    if differing:
        raise SetupProblem(
            "HS-0404",
            "恢复后与备份清单不一致:\n    - " + "\n    - ".join(differing),
            "The restored tables differ from the manifest, as listed above.",
            then="不要使用这个数据库;换一份备份恢复,并检查磁盘。",
            then_english="Do not use this database; restore another backup and check the disk.",
        )
    return manifest


def describe_tables() -> dict[str, dict[str, Any]]:
    """Rows, sums of every column of money in fen, and a digest of the content, for each table (逐表清点).

    The digest adds up a hash of each row's text, so the order of the rows does not matter.
    """
    described = {}
    with transaction.atomic(), connection.cursor() as cursor:
        for setting in ("timezone = 'UTC'", "datestyle = 'ISO'", "intervalstyle = 'postgres'"):
            cursor.execute(f"SET LOCAL {setting}")
        for schema, table, money in _tables():
            sums = "".join(f', sum("{name}")' for name in money)
            row_hash = "('x' || substr(md5(t::text), 1, 15))::bit(60)::bigint"
            cursor.execute(f'SELECT count(*), sum({row_hash}){sums} FROM ONLY "{schema}"."{table}" AS t')
            rows, digest, *totals = cursor.fetchone()
            described[f"{schema}.{table}"] = {
                "rows": rows,
                "digest": str(digest or 0),
                "fen": {name: int(total or 0) for name, total in zip(money, totals, strict=True)},
            }
    return described


def differences(wanted: dict[str, Any], found: dict[str, Any]) -> list[str]:
    """What a clerk of the machine must read where two descriptions disagree (差异)."""
    told = []
    for name in sorted(wanted.keys() | found.keys()):
        if wanted.get(name) == found.get(name):
            continue
        if name not in wanted or name not in found:
            told.append(f"{name}: {'备份里没有这张表' if name not in wanted else '恢复后缺少这张表'}")
            continue
        parts = [f"{key} {wanted[name][key]} → {found[name][key]}" for key in ("rows", "fen", "digest")]
        told.append(f"{name}: " + ",".join(p for p, key in zip(parts, ("rows", "fen", "digest"), strict=True)
                                           if wanted[name][key] != found[name][key]))  # fmt: skip
    return told


def _read_manifest(folder: Path) -> dict[str, Any]:
    try:
        manifest = json.loads((folder / MANIFEST).read_text(encoding="utf-8"))
        whole = _digest(folder / DUMP) == manifest["dump_sha256"]
    except (OSError, ValueError, KeyError):
        whole = False
    if not whole:
        raise SetupProblem(
            "HS-0402",
            f"{folder} 不是完整的备份: 清单或数据文件缺失,或内容被改动。",
            f"{folder} is not a whole backup: manifest or dump is missing or changed.",
            then="核对目录;换一份备份。",
            then_english="Check the folder, or use another backup.",
        )
    return dict(manifest)


def _tables() -> Iterator[tuple[str, str, list[str]]]:
    """Every table that holds rows of its own, partitions included, with its columns of money."""
    with connection.cursor() as cursor:
        cursor.execute(
            r"""
            SELECT n.nspname, c.relname,
                   coalesce(array_agg(a.attname ORDER BY a.attnum) FILTER (WHERE a.attnum IS NOT NULL), '{}')
            FROM pg_class c
            JOIN pg_namespace n ON n.oid = c.relnamespace
            LEFT JOIN pg_attribute a ON a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped
                 AND a.attname LIKE '%\_fen'
                 AND a.atttypid IN ('bigint'::regtype, 'integer'::regtype, 'numeric'::regtype)
            WHERE c.relkind = 'r' AND n.nspname NOT IN ('pg_catalog', 'information_schema')
              AND n.nspname NOT LIKE 'pg\_%'
            GROUP BY n.nspname, c.relname
            ORDER BY n.nspname, c.relname
            """
        )
        yield from cursor.fetchall()


def _roles_with_rights() -> list[str]:
    """The roles that own or are granted something in this database: a dump names them but does not make them."""
    with connection.cursor() as cursor:
        cursor.execute(
            """
            SELECT DISTINCT r.rolname
            FROM pg_shdepend d
            JOIN pg_roles r ON r.oid = d.refobjid AND d.refclassid = 'pg_authid'::regclass
            JOIN pg_database b ON b.oid = d.dbid AND b.datname = current_database()
            ORDER BY r.rolname
            """
        )
        return [name for (name,) in cursor.fetchall()]


def _make_roles(names: list[str]) -> None:
    with connection.cursor() as cursor:
        cursor.execute("SELECT rolname FROM pg_roles")
        there = {name for (name,) in cursor.fetchall()}
        for name in names:
            if name not in there:
                cursor.execute(f"CREATE ROLE {connection.ops.quote_name(name)} NOLOGIN")


def _run_client(name: str, *arguments: str) -> None:
    """Run one of PostgreSQL's own clients against the configured database; no secret stands in its arguments."""
    settings = connection.settings_dict
    named = {"HOST": "PGHOST", "PORT": "PGPORT", "USER": "PGUSER", "PASSWORD": "PGPASSWORD", "NAME": "PGDATABASE"}
    environment = {key: value for key, value in os.environ.items() if not key.startswith("PG")}
    environment |= {named[key]: str(settings[key]) for key in named if settings.get(key)}
    if mode := settings["OPTIONS"].get("sslmode"):
        environment["PGSSLMODE"] = mode
    done = subprocess.run(
        [any_programs() / name, *arguments], env=environment, capture_output=True, text=True, check=False
    )
    if done.returncode != 0:
        said = "\n    ".join(done.stderr.strip().splitlines()[-6:])
        raise SetupProblem(
            "HS-0405",
            f"{name} 没有成功。它说:\n    {said}",
            f"{name} failed; its words are above.",
            then="按它所说的处理后再做一次;版本不符时用 TONGCHOU_PG_BIN 指明新版的 bin 目录。",
            then_english="Act on its words and try again; TONGCHOU_PG_BIN may name a newer PostgreSQL's bin folder.",
        )


def _digest(path: Path) -> str:
    digest = hashlib.sha256()
    with path.open("rb") as file:
        while block := file.read(BLOCK):
            digest.update(block)
    return digest.hexdigest()
