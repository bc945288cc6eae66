"""Verifying the trail (日志校验; GX2017 §133): sealed entries are there, unchanged, once, and none was put between.

One pass in order of the seals: each entry is read twice, once with its content and once as an id among its neighbours,
so the time grows with the number of entries and the memory does not. Decision 0014.
"""

import json
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from django.db import connection

from tongchou.platform.models import TrailSeal
from tongchou.platform.rules import (
    GENESIS,
    Finding,
    IdRanges,
    SealedBlock,
    block_findings,
    entry_digest,
    seal_finding,
)
from tongchou.platform.trail import HASHED_FIELDS

SPAN_GAP = 1000
"""Ranges of one seal nearer than this are read together."""

Progress = Callable[[int, int], None]


@dataclass(slots=True)
class TrailReport:
    """What a verification found (校验结果)."""

    seals: int = 0
    entries: int = 0
    unsealed: int = 0
    unsealed_since: datetime | None = None
    chain: str = ""
    other_chains: list[str] = field(default_factory=list)
    head_number: int = 0
    head: str = ""
    findings: list[Finding] = field(default_factory=list)


@dataclass(slots=True)
class _Walk:
    """Where the pass stands: the chain's last link, and what is covered above the settled id."""

    previous: bytes = GENESIS
    expected: int = 1
    settled: int = 0
    recent: IdRanges = field(default_factory=IdRanges)


def verify_trail(
    *, anchors: Path | None = None, expected: str = "", progress: Progress = lambda done, total: None
) -> TrailReport:
    """校验日志: walk the chain and name whatever was changed, deleted, inserted or cut off.

    `anchors` is the folder where the sealer notes its seals; `expected` a seal written down elsewhere, as
    `number:hash`. `progress` hears (entries done, entries in all).
    """
    report, walk = TrailReport(), _Walk()
    total = sum(TrailSeal.objects.values_list("entry_count", flat=True))
    noted: dict[int, str] = {}
    for seal in TrailSeal.objects.order_by("number").iterator(chunk_size=20):
        if not report.seals:
            report.chain = bytes(seal.hash).hex()[:16]
            noted = _noted(anchors, report.chain) | _written_down(expected)
        report.seals += 1
        report.head_number, report.head = seal.number, bytes(seal.hash).hex()
        if noted.pop(seal.number, report.head) != report.head:
            text = f"第{seal.number}号封印与库外锚点不符"
            report.findings.append(Finding("anchor_differs", seal.number, text))
        _verify_seal(seal, walk, report)
        progress(report.entries, total)
    report.other_chains = sorted(file.stem for file in anchors.glob("*.jsonl")) if anchors else []
    if report.chain in report.other_chains:
        report.other_chains.remove(report.chain)
    if not report.seals:
        noted = _written_down(expected)
        for chain in report.other_chains:
            noted |= _noted(anchors, chain)
    if noted:
        text = f"日志尾部被截断:库外锚点记到第{max(noted)}号封印,库内自第{min(noted)}号起缺失"
        report.findings.append(Finding("cut_off", min(noted), text))
    _look_at_unsealed(walk, report)
    return report


def _verify_seal(seal: TrailSeal, walk: _Walk, report: TrailReport) -> None:
    block = _block(seal)
    if block is None:
        report.findings.append(Finding("seal_changed", seal.number, f"第{seal.number}号封印的编号范围不可读"))
        walk.previous, walk.expected = bytes(seal.hash), seal.number + 1
        return
    present, doubled = _present(block.covered)
    report.entries += len(present)
    wrong = [Finding("inserted", one, f"日志第{one}条重复出现") for one in doubled]
    wrong += block_findings(block, present)
    digests = None if wrong else [present[one] for one in block.covered.ids()]
    broken = seal_finding(block, expected_number=walk.expected, previous=walk.previous, digests=digests)
    report.findings += [*wrong, *([broken] if broken else [])]
    walk.previous, walk.expected = block.hash, block.number + 1
    try:
        walk.recent = walk.recent.union(block.covered)
    except ValueError:
        report.findings.append(Finding("seal_changed", block.number, f"第{block.number}号封印与更早的封印重叠"))
    if block.settled_id > walk.settled:
        report.findings += _inserted(walk.settled, block.settled_id, walk.recent)
        walk.settled = block.settled_id
        walk.recent = walk.recent.above(walk.settled)


def _block(seal: TrailSeal) -> SealedBlock | None:
    try:
        covered = IdRanges.parse(seal.covered)
    except ValueError:
        return None
    return SealedBlock(
        number=seal.number,
        covered=covered,
        settled_id=seal.settled_id,
        snapshot_xmax=seal.snapshot_xmax,
        cluster=seal.cluster,
        sealed_at=seal.sealed_at.astimezone(UTC).isoformat(timespec="microseconds"),
        digests=bytes(seal.digests),
        previous=bytes(seal.previous_hash),
        hash=bytes(seal.hash),
    )


def _present(covered: IdRanges) -> tuple[dict[int, bytes], list[int]]:
    """The digests of the covered entries that are there, and the ids that are there more than once."""
    present: dict[int, bytes] = {}
    doubled = []
    for low, high in _spans(covered):
        for entry_id, *fields in _rows(f"id, {HASHED_FIELDS}", low, high):
            if entry_id in covered:
                if entry_id in present:
                    doubled.append(entry_id)
                present[entry_id] = entry_digest(fields)
    return present, doubled


def _spans(covered: IdRanges) -> Iterator[tuple[int, int]]:
    """The ranges, near ones joined, so that a seal is read with few statements."""
    start: int | None = None
    end = 0
    for low, high in covered:
        if start is None:
            start = low
        elif low - end > SPAN_GAP:
            yield start, end
            start = low
        end = high
    if start is not None:
        yield start, end


def _inserted(settled: int, until: int, recent: IdRanges) -> list[Finding]:
    """Entries in a stretch of ids that was complete when it was sealed, but that no seal covers."""
    return [
        Finding("inserted", entry_id, f"日志第{entry_id}条系事后插入")
        for (entry_id,) in _rows("id", settled + 1, until)
        if entry_id not in recent
    ]


def _rows(columns: str, low: int, high: int) -> Sequence[Any]:
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT {columns} FROM platform_trailentry WHERE id BETWEEN %s AND %s", [low, high])
        return cursor.fetchall()


def _noted(folder: Path | None, chain: str) -> dict[int, str]:
    """Seal number → hash, as the sealer noted outside the database."""
    file = None if folder is None else folder / f"{chain}.jsonl"
    if file is None or not file.is_file():
        return {}
    with file.open(encoding="utf-8") as lines:
        notes = [json.loads(line) for line in lines if line.endswith("\n")]
    # The first note of a number stands: a tail cut off and sealed anew gives a second one.
    return {note["number"]: note["hash"] for note in reversed(notes)}


def _written_down(expected: str) -> dict[int, str]:
    number, _, written = expected.partition(":")
    return {int(number): written.strip().lower()} if number else {}


def _look_at_unsealed(walk: _Walk, report: TrailReport) -> None:
    """Count what came after the last seal; it is not protected yet."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT id, at FROM platform_trailentry WHERE id > %s", [walk.settled])
        while rows := cursor.fetchmany(10_000):
            times = [at for entry_id, at in rows if entry_id not in walk.recent]
            report.unsealed += len(times)
            report.unsealed_since = min([*times, *filter(None, [report.unsealed_since])], default=None)
