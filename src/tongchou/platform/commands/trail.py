"""Sealing the trail (日志封印; GX2017 §133): blocks of committed entries, chained by hash. Decision 0014."""

import json
import os
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Final

from django.db import connection, transaction

from tongchou.platform.models import TrailSeal
from tongchou.platform.rules import DIGEST_BYTES, GENESIS, IdRanges, SealedBlock, entry_digest, seal_hash
from tongchou.platform.trail import HASHED_FIELDS
from tongchou.platform.trail import record as record_trail

__all__ = ["record_trail", "seal_trail"]

LARGEST_BLOCK: Final = 10_000
LARGEST_ID: Final = 2**63 - 1
LOCK: Final = 0x7261_696C  # any number that no other advisory lock uses

_UNSEALED = f"""
SELECT entry.* FROM unnest(%s::bigint[], %s::bigint[]) AS gap(low, high)
CROSS JOIN LATERAL (
    SELECT id, {HASHED_FIELDS} FROM platform_trailentry WHERE id BETWEEN gap.low AND gap.high ORDER BY id LIMIT %s
) AS entry ORDER BY entry.id LIMIT %s
"""
_SNAPSHOT = """
SELECT coalesce(
           (SELECT min(xid::text::bigint) FROM pg_snapshot_xip(taken) AS xid
            WHERE NOT EXISTS (SELECT FROM pg_stat_activity
                              WHERE datname <> current_database() AND backend_xid = xid::xid)),
           pg_snapshot_xmax(taken)::text::bigint),
       pg_snapshot_xmax(taken)::text::bigint,
       (SELECT system_identifier FROM pg_control_system())::text
FROM pg_current_snapshot() AS taken
"""
"""A snapshot counts the transactions of every database of the cluster; those known to be of another are left out."""


def seal_trail(*, now: datetime, anchors: Path | None = None, limit: int = LARGEST_BLOCK) -> int:
    """Seal what is committed and not sealed yet, in blocks of `limit` (封印). Returns how many entries.

    `anchors` is a folder outside the database: each seal is noted there, so that a chain cut short or written anew is
    noticed. Two sealers at once: the second does nothing.
    """
    sealed = 0
    while True:
        with transaction.atomic(durable=True):
            seal = _seal_block(now, limit)
        if seal is None:
            return sealed
        if anchors is not None:
            _note_anchor(anchors, seal)
        sealed += seal.entry_count
        if seal.entry_count < limit:
            return sealed


def _seal_block(now: datetime, limit: int) -> TrailSeal | None:
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_try_advisory_xact_lock(%s)", [LOCK])
        if not cursor.fetchone()[0]:
            return None
        last = TrailSeal.objects.order_by("-number").first()
        base = last.settled_id if last else 0
        recent = _recent_seals(base)
        covered = IdRanges(pair for seal in recent for pair in IdRanges.parse(seal.covered).above(base))
        before = _snapshot(cursor)
        entries = _unsealed(cursor, covered, base, limit)
        if not entries:
            return None
        after = _snapshot(cursor)
        ids = [entry_id for entry_id, _ in entries]
        block = SealedBlock(
            number=last.number + 1 if last else 1,
            covered=IdRanges.of(ids),
            settled_id=_settled(recent, base, before, ids[-1] if len(ids) == limit else None),
            snapshot_xmax=after[1],
            cluster=after[2],
            sealed_at=now.astimezone(UTC).isoformat(timespec="microseconds"),
            digests=b"".join(digest[:DIGEST_BYTES] for _, digest in entries),
            previous=bytes(last.hash) if last else GENESIS,
            hash=b"",
        )
        full = seal_hash(head=block.head, previous=block.previous, digests=[digest for _, digest in entries])
        return _store(block, full, ids, now)


def _recent_seals(base: int) -> list[TrailSeal]:
    """The seals that cover ids above `base`, where ids may still appear."""
    return list(TrailSeal.objects.filter(last_id__gt=base).defer("digests").order_by("number"))


def _unsealed(cursor: Any, covered: IdRanges, base: int, limit: int) -> list[tuple[int, bytes]]:
    """Committed entries outside `covered`, with their digests, in order of id."""
    top = max((high for _, high in covered), default=base)
    gaps = [*covered.gaps(above=base), (top + 1, LARGEST_ID)]
    lows, highs = [low for low, _ in gaps], [high for _, high in gaps]
    cursor.execute(_UNSEALED, [lows, highs, limit, limit])
    return [(entry_id, entry_digest(fields)) for entry_id, *fields in cursor.fetchall()]


def _snapshot(cursor: Any) -> tuple[int, int, str]:
    """(oldest transaction still running, next transaction, which database cluster)."""
    cursor.execute(_SNAPSHOT)
    return cursor.fetchone()


def _settled(recent: list[TrailSeal], base: int, before: tuple[int, int, str], cut_at: int | None) -> int:
    """Up to which id nothing can appear any more, everything that exists being sealed by this block.

    An id drawn before an earlier seal belongs to a transaction older than that seal's `snapshot_xmax`. Once all of
    those had ended before this block was read, every one of their entries was there to be read.
    """
    oldest_running, _, cluster = before
    ended = [seal.last_id for seal in recent if seal.cluster != cluster or oldest_running >= seal.snapshot_xmax]
    settled = max([base, *ended])
    return settled if cut_at is None else max(base, min(settled, cut_at))


def _store(block: SealedBlock, full: bytes, ids: list[int], now: datetime) -> TrailSeal:
    return TrailSeal.objects.create(
        number=block.number,
        first_id=ids[0],
        last_id=ids[-1],
        entry_count=len(ids),
        covered=str(block.covered),
        digests=block.digests,
        previous_hash=block.previous,
        hash=full,
        sealed_at=now,
        settled_id=block.settled_id,
        snapshot_xmax=block.snapshot_xmax,
        cluster=block.cluster,
    )


def _note_anchor(folder: Path, seal: TrailSeal) -> None:
    """Append the seal to the file of its chain, named for the chain's first seal, and put it on the disk."""
    first = seal if seal.number == 1 else TrailSeal.objects.get(number=1)
    folder.mkdir(parents=True, exist_ok=True)
    line = json.dumps({"number": seal.number, "hash": bytes(seal.hash).hex(), "entries": seal.entry_count})
    with (folder / f"{bytes(first.hash).hex()[:16]}.jsonl").open("a", encoding="utf-8") as file:
        file.write(line + "\n")
        file.flush()
        os.fsync(file.fileno())
