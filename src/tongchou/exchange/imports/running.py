"""Checking and taking in (检查与入库): each in one transaction, under the file's advisory lock.

A kind that is taken in by parts has a transaction for each of them: what a killed process has booked stays, and the
next one goes on behind it (decision 0345).

The lock belongs to the database session, so it goes with a killed process; a file in work whose lock is free was left
behind. So does the lock that lets one file of a kind and area be taken in at a time: the next one waits behind it for
as long as it takes, says so, and goes on by itself (decision 0371). Progress is told over a second connection, for the
work's own transaction shows nothing until it ends.
"""

import contextlib
import threading
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import datetime
from enum import StrEnum
from itertools import pairwise
from pathlib import Path
from typing import Any, Final

from django.db import IntegrityError, connection, transaction
from django.db.backends.base.base import BaseDatabaseWrapper
from django.db.utils import OperationalError
from django.utils import timezone

from tongchou.exchange import incoming
from tongchou.exchange.imports import files, hands, previews, returning
from tongchou.exchange.imports.previews import Preview
from tongchou.exchange.models import ImportFile
from tongchou.exchange.states import ImportState
from tongchou.kernel.errors import DomainError
from tongchou.platform import queries as platform
from tongchou.platform import trail
from tongchou.platform.checks import OutOfScope
from tongchou.platform.spreadsheets import chunks, reading
from tongchou.platform.spreadsheets.faults import FileUnreadable
from tongchou.platform.spreadsheets.kinds import ImportKind
from tongchou.platform.spreadsheets.staging import Intake, Moved, Stopped
from tongchou.platform.states import TrailOutcome

PROBLEMS: Final = "exchange_importproblem"
PART: Final = "import_part"
"""The rows of the part that is taken in, as a temporary table."""
LOCK_TIMEOUT: Final = "60s"
HAND_PATIENCE: Final = "5s"
"""How long one of several hands waits for a row of somebody else, before the rest is done with one (decision 0350)."""
LOOK_UP: Final = "1s"
"""How long a file waits for its turn before it tells again that it waits, and hears that it is cancelled."""


class Mode(StrEnum):
    """What to do when some rows are bad (入库方式)."""

    ALL = "all"
    """全部无误才入库."""
    ONLY_GOOD = "only_good"
    """只入库无误的行."""


class ImportBusy(DomainError):
    code = "EX-1711"
    message = "文件“{file}”正由另一进程处理,请稍候"


class ImportBehind(ImportBusy):
    code = "EX-2901"
    message = "文件“{file}”要等同类文件{ahead}入库完毕"


class ImportNotReady(DomainError):
    code = "EX-1712"
    message = "文件“{file}”{state},不能入库"


class ImportHasProblems(DomainError):
    code = "EX-1713"
    message = "文件“{file}”有{bad}行有误,按“全部无误才入库”未入库"


class ImportHasNoGoodRow(DomainError):
    code = "EX-1714"
    message = "文件“{file}”没有可以入库的行"


class BooksMoved(DomainError):
    code = "EX-1715"
    message = "检查之后库内数据已有变化,未入库;已重新检查,请核对后再确认"


class ImportStopped(DomainError):
    code = "EX-1716"
    message = "已按要求停止,已入库{rows}行"


Tell = Callable[[int, int, str], object]
"""Called with rows done, rows in all (0 while unknown) and the step in words."""


def _silent(done: int, total: int, step: str) -> None:
    """Nobody watches."""


# --- checking -------------------------------------------------------------------------------------------------------


def check(
    *,
    kind: str,
    pooling_area: str,
    file_name: str,
    content: Path,
    options: dict[str, str] | None = None,
    operator: platform.Operator,
    now: datetime,
    tell: Tell = _silent,
) -> Preview:
    """检查文件: receive it and read it to the end, without booking anything. The same file again is not read twice.

    Raises: FileUnreadable and its kinds, and the refusals of `files.receive`.
    """
    file = files.receive(
        kind=kind,
        pooling_area=pooling_area,
        file_name=file_name,
        content=content,
        options=options,
        operator=operator,
        now=now,
    )
    if file.state == ImportState.CHECKED:
        return previews.preview_of(file.pk)
    return check_file(file_id=file.pk, operator=operator, now=now, tell=tell, content=content)


def check_file(
    *, file_id: int, operator: platform.Operator, now: datetime, tell: Tell = _silent, content: Path | None = None
) -> Preview:
    """检查一个已接收的文件, anew if it was checked before; `content` spares fetching its bytes.

    Raises: ImportBusy, ImportNotReady, ImportStopped, FileUnreadable and its kinds, FileUnknown.
    """
    with _held(file_id) as file:
        if file.state not in (ImportState.CHECKING, ImportState.CHECKED, ImportState.TAKING_IN):
            raise ImportNotReady(file=file.file_name, state=ImportState(file.state).label)
        _set(file, state=ImportState.CHECKING, rows_done=0, rows_total=0, message="正在读取", cancel_asked=False)
        try:
            with _progress(file, tell) as progress, transaction.atomic():
                _check(file, operator, now, progress, content)
        except FileUnreadable as fault:
            _give_up(file, ImportState.UNREADABLE, f"{fault} ({fault.code})", now)
            raise
        except ImportStopped:
            _give_up(file, ImportState.CANCELLED, "已由经办人取消", now)
            raise
        except DomainError as refusal:  # the whole file, such as a catalogue of an area out of reach
            _give_up(file, ImportState.CANCELLED, f"{refusal.sentence} ({refusal.code})", now)
            raise
    return previews.preview_of(file_id)


def _give_up(file: ImportFile, state: ImportState, message: str, now: datetime) -> None:
    if file.rows_taken:  # part of it is in the books; it stays to be gone on with
        _set(file, state=ImportState.CHECKED, message=message[:400])
        return
    _set(file, state=state, message=message[:400])
    files.discard(file, now)


def _check(
    file: ImportFile, operator: platform.Operator, now: datetime, progress: "_Progress", content: Path | None
) -> None:
    kind = files.kind_of(file.kind)
    with contextlib.ExitStack() as stack:
        path = content or stack.enter_context(files.on_disk(file))
        checked = chunks.recognise(_opened(file, kind, path), kind.layout)
        incoming.tie(file, checked.table.notes)
        intake = _intake(file, kind, operator, now, progress, checked, files.reach_of(kind, operator, now))
        file.problems.filter(row_no__gt=file.taken_through).delete()
        intake.make()
        total, _ = intake.stage(progress.counting(checked.chunks(kind.row_rule(intake))))
    progress.total = total
    intake.run("ANALYZE {rows}", step="正在核对库内数据")
    _pass_over_taken(file, intake)
    kind.check(intake)
    _note_out_of_reach(file, intake)
    file.preview = previews.figures(intake, kind, checked)
    _count(file, intake)
    file.state, file.checked_at, file.message = ImportState.CHECKED, now, ""
    file.rows_done = file.rows_total
    file.save()


def _opened(file: ImportFile, kind: ImportKind, path: Path) -> reading.Table:
    if kind.opener is None:
        return reading.open_table(path)
    return kind.opener(path, file.pooling_area_id, file.options)


def _count(file: ImportFile, intake: Intake) -> None:
    (counted,) = intake.ask("SELECT count(*), count(*) FILTER (WHERE good) FROM {rows}")
    file.rows_total, file.rows_good = counted
    file.rows_good += file.rows_taken
    file.rows_bad = file.rows_total - file.rows_good


def _pass_over_taken(file: ImportFile, intake: Intake) -> None:
    """Rows that an earlier part has taken in are neither good nor bad any more: no check asks about them."""
    if file.taken_through:
        intake.run("UPDATE {rows} SET good = NULL WHERE good AND row_no <= %s", file.taken_through)


def _intake(
    file: ImportFile,
    kind: ImportKind,
    operator: platform.Operator,
    now: datetime,
    progress: "_Progress",
    checked: chunks.CheckedTable | None = None,
    counter: str = "",
) -> Intake:
    header = checked.header if checked else None
    return Intake(
        rows=files.rows_table(file.pk),
        problems=PROBLEMS,
        file_id=file.pk,
        layout=kind.layout,
        extra=kind.extra,
        numbered=kind.numbered,
        places=dict(header.places) if header else file.preview["places"],
        headers=header.headers if header else tuple(file.preview["headers"]),
        pooling_area=file.pooling_area_id,
        operator=operator,
        counter=counter or kind.counter,
        work=kind.work,
        now=now,
        today=timezone.localdate(now),
        file_name=file.file_name,
        digest=file.digest,
        options=file.options,
        notes=checked.table.notes if checked else file.preview.get("notes", {}),
        first_column=checked.table.first_column if checked else file.preview["first_column"],
        before_step=progress.step,
    )


# --- taking in ------------------------------------------------------------------------------------------------------


Follow = Callable[[ImportFile, ImportKind, Intake], object]
_following: list[Follow] = []


def follow(step: Follow) -> None:
    """Do this too whenever a file is taken in, within its transaction, while its rows are still staged (随入库办理)."""
    if step not in _following:
        _following.append(step)


def take_in(
    *,
    preview_id: int,
    mode: Mode,
    operator: platform.Operator,
    now: datetime,
    tell: Tell = _silent,
    return_bad: bool = False,
    wait: bool = True,
) -> ImportFile:
    """入库: all rows, or only the good ones, in one transaction; what the books say is asked once more within it.

    A kind with parts: in one transaction for each, behind what an earlier attempt has taken in; only the rows that are
    left can still be refused. With `return_bad`, the rows left out become work of the offices they concern (SYS-09).

    One file of a kind and area is taken in at a time: another waits behind it, or is refused without `wait`.
    Raises: ImportBusy, ImportBehind, ImportNotReady, ImportHasProblems, ImportHasNoGoodRow, BooksMoved, ImportStopped,
    FileUnknown, NoPermission, SecondPersonNeeded, and what the chapter of the kind refuses.
    """
    with _held(preview_id) as file:
        kind = files.kind_of(file.kind)
        files.check_may_take_in(kind, file, operator, now)
        if file.state not in (ImportState.CHECKED, ImportState.TAKING_IN):  # the latter: left behind
            raise ImportNotReady(file=file.file_name, state=ImportState(file.state).label)
        if mode is Mode.ALL and file.rows_bad:
            raise ImportHasProblems(file=file.file_name, bad=file.rows_bad)
        if not file.rows_good and not kind.keeps_bad_rows(file.options):
            raise ImportHasNoGoodRow(file=file.file_name)
        _ensure_staged(file, operator, now, tell)
        done = file.rows_taken
        _set(file, state=ImportState.TAKING_IN, rows_done=done, message="正在入库", cancel_asked=False)
        try:
            with _progress(file, tell) as progress:
                progress.done, progress.total = done, file.rows_total
                with _nobody_else(file, kind, progress, wait=wait):
                    _take_in_alone(file, kind, mode, operator, now, progress, return_bad=return_bad)
        except BooksMoved:
            raise
        except (DomainError, ImportStopped) as refusal:
            told = f"已入库{file.rows_taken}行,其余未入库:{refusal}" if file.rows_taken else f"未入库:{refusal}"
            _set(file, state=ImportState.CHECKED, taken_in_at=None, message=told[:400])
            raise
    return file


def _take_in_alone(
    file: ImportFile,
    kind: ImportKind,
    mode: Mode,
    operator: platform.Operator,
    now: datetime,
    progress: "_Progress",
    *,
    return_bad: bool,
) -> None:
    try:
        if kind.part:
            _take_in_by_parts(file, kind, mode, operator, now, progress, return_bad=return_bad)
        else:
            with transaction.atomic():
                _take_in(file, kind, mode, operator, now, progress, return_bad=return_bad)
    except BooksMoved:
        _check_again(file, kind, operator, now)
        raise


def _take_in(
    file: ImportFile,
    kind: ImportKind,
    mode: Mode,
    operator: platform.Operator,
    now: datetime,
    progress: "_Progress",
    *,
    return_bad: bool,
) -> None:
    intake = _intake(file, kind, operator, now, progress, counter=kind.approval)
    _ask_once_more(file, kind, mode, intake)
    file.rows_taken = _written(kind, intake)
    _close(file, kind, intake, return_bad=return_bad)


def _take_in_by_parts(
    file: ImportFile,
    kind: ImportKind,
    mode: Mode,
    operator: platform.Operator,
    now: datetime,
    progress: "_Progress",
    *,
    return_bad: bool,
) -> None:
    """The same in one transaction for each part; the last closes the file."""
    intake = _intake(file, kind, operator, now, progress, counter=kind.approval)
    alone = connection.in_atomic_block  # what an outer transaction has written is seen by no other connection
    with transaction.atomic():
        _ask_once_more(file, kind, mode, intake)
        file.save(update_fields=["rows_total", "rows_good", "rows_bad"])
        intake.run(f"CREATE INDEX IF NOT EXISTS import_{file.pk}_order ON {{rows}} (row_no)")
        bounds = _bounds(file, kind, intake)

    patience = LOCK_TIMEOUT

    def take(number: int, in_turn: Callable[[], None]) -> None:
        before: tuple[int, int] | None = None  # what the parts before it reached is known in its turn only
        try:
            with transaction.atomic():
                part = _part(
                    intake, *bounds[number], is_last=number + 1 == len(bounds), in_turn=in_turn, patience=patience
                )
                written = _written(kind, part)
                in_turn()
                before = file.rows_taken, file.taken_through
                file.rows_taken += written
                file.taken_through = bounds[number][1]
                if part.is_last:
                    _close(file, kind, intake, return_bad=return_bad)
                else:
                    file.save(update_fields=["rows_taken", "taken_through"])
        except hands.OtherHandFailed:
            raise
        except BaseException:
            if before is not None:
                file.rows_taken, file.taken_through = before
            raise
        progress.done = file.rows_taken
        if not part.is_last:
            progress.step("正在入库")

    take(0, lambda: None)  # it makes what all of them share
    count, together = len(bounds), 1 if alone else kind.hands
    try:
        patience = HAND_PATIENCE if together > 1 else LOCK_TIMEOUT
        hands.side_by_side(take, first=1, count=count, hands=together)
    except OperationalError as fault:
        if together == 1 or not _in_the_way(fault):
            raise
        patience = LOCK_TIMEOUT
        left = next(at for at, (after, _) in enumerate(bounds) if after == file.taken_through)
        hands.side_by_side(take, first=left, count=count, hands=1)


def _in_the_way(fault: OperationalError) -> bool:
    """Somebody else's transaction held a row for too long: lock_not_available, deadlock_detected."""
    return getattr(fault.__cause__, "sqlstate", "") in ("55P03", "40P01")


def _bounds(file: ImportFile, kind: ImportKind, intake: Intake) -> list[tuple[int, int]]:
    """Behind which row each part begins, and with which it ends; one part where no good row is left."""
    ends = intake.ask(
        "SELECT max(row_no) FROM (SELECT row_no, (row_number() OVER (ORDER BY row_no) - 1) / %s AS part FROM {rows}"
        " WHERE good AND row_no > %s) numbered GROUP BY part ORDER BY part",
        kind.part,
        file.taken_through,
    )
    marks = [file.taken_through, *(end for (end,) in ends)]
    return list(pairwise(marks)) or [(file.taken_through, file.taken_through)]


def _part(
    intake: Intake, after: int, through: int, *, is_last: bool, in_turn: Callable[[], None], patience: str
) -> Intake:
    """The good rows between two marks, in a table of their own."""
    _be_patient(patience)
    intake.run(f"DROP TABLE IF EXISTS {PART}")
    intake.run(
        f"CREATE TEMPORARY TABLE {PART} ON COMMIT DROP AS"
        " SELECT * FROM {rows} WHERE good AND row_no > %s AND row_no <= %s ORDER BY row_no",
        after,
        through,
    )
    intake.run(f"ANALYZE {PART}")
    return replace(intake, rows=PART, is_last=is_last, in_turn=in_turn)


def _ask_once_more(file: ImportFile, kind: ImportKind, mode: Mode, intake: Intake) -> None:
    """Raises: BooksMoved."""
    before = file.rows_good
    _ask_books(file, kind, intake)
    if file.rows_good != before:
        if mode is Mode.ALL or not (file.rows_good or kind.keeps_bad_rows(file.options)):
            raise BooksMoved
        _note_out_of_reach(file, intake)


def _written(kind: ImportKind, intake: Intake) -> int:
    """Raises: BooksMoved, when somebody else booked the same between the question and the writing."""
    try:
        with transaction.atomic():
            return kind.take_in(intake)
    except (IntegrityError, Moved) as clash:
        raise BooksMoved from clash


def _close(file: ImportFile, kind: ImportKind, intake: Intake, *, return_bad: bool) -> None:
    """已入库: the whole file, with what follows from it; a step of the transaction of the last rows."""
    now = intake.now
    file.state, file.taken_in_at, file.message = ImportState.DONE, now, ""
    file.rows_done = file.rows_total
    file.rows_returned = returning.return_bad_rows(file, kind, intake) if return_bad and file.rows_bad else 0
    file.save()
    for step in _following:
        step(file, kind, intake)
    intake.drop()
    trail.record(
        "exchange.take_in_import",
        at=now,
        operator=intake.operator,
        pooling_area=file.pooling_area_id,
        object_kind="import",
        object_key=file.pk,
        detail={"kind": file.kind, "file": file.file_name, "rows": file.rows_taken, "left_out": file.rows_bad},
    )


def _ask_books(file: ImportFile, kind: ImportKind, intake: Intake) -> None:
    """Check against the books anew: rows that only the books had refused get another chance.

    One import of a kind and area at a time asks and writes (`_nobody_else`), so that two files never disagree.
    """
    _be_patient(LOCK_TIMEOUT)
    intake.before_step("正在核对库内数据")
    _pass_over_taken(file, intake)
    file.problems.filter(in_books=True, row_no__gt=file.taken_through).delete()
    intake.run(
        f"UPDATE {{rows}} SET good = true WHERE NOT good AND row_no NOT IN"
        f" (SELECT row_no FROM {PROBLEMS} WHERE file_id = %s)",
        file.pk,
    )
    kind.check(intake)
    _count(file, intake)


def _be_patient(patience: str) -> None:
    """How long this transaction waits for what somebody else has locked."""
    with connection.cursor() as cursor:
        cursor.execute(f"SET LOCAL lock_timeout = '{patience}'")


@contextlib.contextmanager
def _nobody_else(file: ImportFile, kind: ImportKind, progress: "_Progress", *, wait: bool) -> Iterator[None]:
    """No other file of the kind is written in the area until the block ends or the process does.

    Whoever is before it is waited for.

    Raises: ImportBehind, when somebody is and `wait` is not; ImportStopped, when it is cancelled while it waits.
    """
    key = [f"{kind.name} {file.pooling_area_id}"]
    mine = _kind_locked("SELECT pg_try_advisory_lock(hashtextextended(%s, 0))", key)
    while not mine:
        if not wait:
            first = files.ahead_of(file)
            raise ImportBehind(file=file.file_name, ahead=f"“{first.file_name}”" if first else "")
        progress.step(files.WAITING)
        mine = _kind_locked("SELECT pg_advisory_lock(hashtextextended(%s, 0)) IS NOT NULL", key)
    try:
        progress.step("正在入库")
        yield
    finally:
        if connection.is_usable():
            with connection.cursor() as cursor:
                cursor.execute("SELECT pg_advisory_unlock(hashtextextended(%s, 0))", key)


def _kind_locked(question: str, key: list[str]) -> bool:
    """Whether this session has the lock, within a moment; the queue of the database decides who is next."""
    try:
        with transaction.atomic(), connection.cursor() as cursor:
            _be_patient(LOOK_UP)
            cursor.execute(question, key)
            return bool(cursor.fetchone()[0])
    except OperationalError as fault:
        if not _in_the_way(fault):
            raise
        return False


def _note_out_of_reach(file: ImportFile, intake: Intake) -> None:
    """The attempt at another's people or institutions stays in the trail (ORG-02), as at the counter."""
    rows = file.problems.filter(code=OutOfScope.code).values("row_no").distinct().count()
    if rows:
        trail.record(
            "platform.access_refused",
            at=intake.now,
            operator=intake.operator,
            outcome=TrailOutcome.REFUSED,
            object_kind="import",
            object_key=file.pk,
            detail={"permission": intake.counter, "rows": rows},
        )


def _check_again(file: ImportFile, kind: ImportKind, operator: platform.Operator, now: datetime) -> None:
    with _progress(file, _silent) as progress, transaction.atomic():
        intake = _intake(file, kind, operator, now, progress)
        _ask_books(file, kind, intake)
        _note_out_of_reach(file, intake)
        file.state, file.taken_in_at, file.message = ImportState.CHECKED, None, str(BooksMoved())
        file.save()


def _ensure_staged(file: ImportFile, operator: platform.Operator, now: datetime, tell: Tell) -> None:
    """After a crash of the server the staging table is empty: read the file again."""
    table = files.rows_table(file.pk)
    with connection.cursor() as cursor:
        cursor.execute("SELECT to_regclass(%s) IS NOT NULL", [table])
        there = cursor.fetchone()[0]
        if there:
            cursor.execute(f"SELECT count(*) FROM {table}")
            there = cursor.fetchone()[0] == file.rows_total
    if not there:
        with _progress(file, tell) as progress, transaction.atomic():
            _check(file, operator, now, progress, None)


# --- the lock, progress, and what a killed process left -----------------------------------------------------------


@contextlib.contextmanager
def _held(file_id: int) -> Iterator[ImportFile]:
    """The file, in this process's hands alone. Raises: ImportBusy, FileUnknown."""
    file = files.get(file_id)
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_try_advisory_lock(%s, %s)", [files.LOCK_CLASS, file_id])
        if not cursor.fetchone()[0]:
            raise ImportBusy(file=file.file_name)
    try:
        file.refresh_from_db()
        yield file
    finally:
        if connection.is_usable():
            with connection.cursor() as cursor:
                cursor.execute("SELECT pg_advisory_unlock(%s, %s)", [files.LOCK_CLASS, file_id])


def _set(file: ImportFile, **values: Any) -> None:
    for name, value in values.items():
        setattr(file, name, value)
    file.save(update_fields=list(values))


class _Progress:
    """How far the work has come, told to whoever watches and to the file's row."""

    def __init__(self, file: ImportFile, tell: Tell, aside: BaseDatabaseWrapper) -> None:
        self.file, self.total, self.done = file, 0, 0
        self._tell, self._aside, self._words = tell, aside, file.message
        self._one_at_a_time = threading.Lock()

    def counting(self, pieces: Iterator[chunks.Chunk]) -> Iterator[chunks.Chunk]:
        """The chunks, counted as they pass."""
        for piece in pieces:
            yield piece
            self.done += len(piece)
            self._note()

    def step(self, words: str) -> None:
        """A step begins. Raises: ImportStopped."""
        self._words = words
        self._note()

    def _note(self) -> None:
        self._tell(self.done, self.total, self._words)
        with self._one_at_a_time, self._aside.cursor() as cursor:
            cursor.execute(
                "UPDATE exchange_importfile SET rows_done = %s, rows_total = greatest(rows_total, %s), message = %s"
                " WHERE id = %s RETURNING cancel_asked",
                [self.done, self.total, self._words, self.file.pk],
            )
            row = cursor.fetchone()
        if row is not None and row[0]:
            raise Stopped


@contextlib.contextmanager
def _progress(file: ImportFile, tell: Tell) -> Iterator[_Progress]:
    """Progress over a connection of its own. Raises: ImportStopped when the operator asked to stop."""
    aside = connection.copy()
    aside.inc_thread_sharing()  # several hands may tell of one file
    try:
        yield _Progress(file, tell, aside)
    except Stopped:
        raise ImportStopped(rows=file.rows_taken) from None
    except OperationalError as fault:
        if getattr(fault.__cause__, "sqlstate", "") == "57014":  # query_canceled, by `files.cancel`
            raise ImportStopped(rows=file.rows_taken) from None
        raise
    finally:
        aside.close()


def recover_abandoned(now: datetime) -> int:
    """Files in work whose process is gone (定时任务): they may be started again, behind the parts that are booked."""
    recovered = 0
    for file in ImportFile.objects.filter(state__in=files.IN_WORK):
        if files.is_held(file.pk):
            continue
        if file.state == ImportState.TAKING_IN:
            _set(file, state=ImportState.CHECKED, message=f"处理中断,已入库{file.rows_taken}行,请再次确认")
        elif file.message != ABANDONED:
            _set(file, message=ABANDONED)
        recovered += 1
    return recovered


ABANDONED: Final = "检查中断,请重新检查"
