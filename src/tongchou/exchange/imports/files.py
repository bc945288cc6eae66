"""Uploaded files (导入文件): taking them in hand, knowing the same file again, giving them up."""

import hashlib
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta
from pathlib import Path
from typing import Final

from django.db import IntegrityError, connection, transaction
from django.utils import timezone

from tongchou.exchange.models import ImportChunk, ImportFile
from tongchou.exchange.states import ImportState
from tongchou.kernel.errors import DomainError
from tongchou.platform import checks as platform_checks
from tongchou.platform import queries as platform
from tongchou.platform import trail
from tongchou.platform.spreadsheets import reports
from tongchou.platform.spreadsheets.kinds import ImportKind, kind_named, registered

PIECE: Final = 1 << 20
LARGEST_FILE: Final = 512 << 20
KEPT_FOR: Final = timedelta(days=30)
"""How long a file waits for its decision, and how long its bytes stay for the list of errors."""
LOCK_CLASS: Final = 0x494D_504F
"""First key of the advisory lock of a file in work; the second is the file's id."""
WAITING: Final = "排队等待入库"
"""What a file in work says while another of its kind and area is taken in (decision 0371)."""
IN_WORK: Final = (ImportState.CHECKING, ImportState.TAKING_IN)
CLOSED: Final = (ImportState.UNREADABLE, ImportState.CANCELLED, ImportState.WITHDRAWN)


class FileTooLarge(DomainError):
    code = "EX-1701"
    message = "文件{size}MB,超过上限{limit}MB,请分成几个文件"


class AlreadyTakenIn(DomainError):
    code = "EX-1702"
    message = "同样内容的文件已由{staff}于{at}入库({file},{rows}行),不能重复导入"
    citation = "JL2019 §12"


class KindUnknown(DomainError):
    code = "EX-1703"
    message = "没有“{kind}”这类导入;可以导入:{known}"


class FileUnknown(DomainError):
    code = "EX-1704"
    message = "没有编号为{file}的导入文件"


class NotCancellable(DomainError):
    code = "EX-1705"
    message = "文件{state},不能取消"


class OptionUnknown(DomainError):
    code = "EX-1706"
    message = "导入选项“{option}”不能是“{value}”"


class SecondPersonNeeded(DomainError):
    code = "EX-1707"
    message = "{title}须由上传人以外的另一人核准入库"
    citation = "JL2019 §7"


def kinds() -> list[ImportKind]:
    """Every kind of import that a chapter has registered (导入类别)."""
    return registered()


def kind_of(name: str) -> ImportKind:
    """Raises: KindUnknown."""
    try:
        return kind_named(name)
    except KeyError:
        raise KindUnknown(kind=name, known="、".join(f"{each.name} {each.title}" for each in kinds())) from None


def template(kind: str, file: Path) -> None:
    """Write the empty table to fill in (导入模板). Raises: KindUnknown."""
    reports.write_template(file, kind_of(kind).layout)


def may_import(kind: ImportKind, pooling_area: str, operator: platform.Operator, now: datetime) -> None:
    """The operator may import this kind somewhere in the area; each row is held against the scope by itself.

    Raises: NoPermission.
    """
    for needed in (kind.permission, kind.counter):
        platform_checks.check_permission(operator, needed, now, work=kind.work)


def reach_of(kind: ImportKind, operator: platform.Operator, now: datetime) -> str:
    """The permission by whose reach the operator's rows are checked: the counter's, or that of bringing files."""
    counter = platform.scope_of(operator, kind.counter, timezone.localdate(now))
    return kind.bring if kind.bring and counter.is_empty else kind.counter


def may_bring(kind: ImportKind, operator: platform.Operator, now: datetime) -> None:
    """The operator may have a file checked, though perhaps not take it in. Raises: NoPermission."""
    for needed in (kind.permission, reach_of(kind, operator, now)):
        platform_checks.check_permission(operator, needed, now)


def check_may_take_in(kind: ImportKind, file: ImportFile, operator: platform.Operator, now: datetime) -> None:
    """Whoever may import; a kind that needs approval, somebody else who may approve it (by person, not by account).

    Raises: NoPermission, SecondPersonNeeded.
    """
    if not kind.approval:
        may_import(kind, file.pooling_area_id, operator, now)
        return
    platform_checks.check_permission(operator, kind.approval, now)
    sender = platform.operator_by_staff_code(file.staff_code)
    if sender is None or sender.citizen_id == operator.citizen_id:
        raise SecondPersonNeeded(title=kind.title)


def receive(
    *,
    kind: str,
    pooling_area: str,
    file_name: str,
    content: Path,
    options: dict[str, str] | None = None,
    operator: platform.Operator,
    now: datetime,
) -> ImportFile:
    """接收文件: keep its bytes; the same bytes again give the file received first, as far as it has come.

    Raises: KindUnknown, OptionUnknown, FileTooLarge, AlreadyTakenIn, NoPermission.
    """
    wanted = kind_of(kind)
    may_bring(wanted, operator, now)
    chosen = _chosen(wanted, options or {})
    size = content.stat().st_size
    if size > LARGEST_FILE:
        raise FileTooLarge(size=size >> 20, limit=LARGEST_FILE >> 20)
    digest = _digest(content)
    try:
        with transaction.atomic():
            if earlier := _earlier(kind, pooling_area, digest):
                return _with_options(earlier, chosen)
            file = ImportFile.objects.create(
                kind=kind,
                pooling_area_id=pooling_area,
                file_name=Path(file_name).name[:200],
                digest=digest,
                size=size,
                options=chosen,
                staff_code=operator.staff_code,
                uploaded_at=now,
            )
            _keep(file, content)
            trail.record(
                "exchange.receive_import",
                at=now,
                operator=operator,
                pooling_area=pooling_area,
                object_kind="import",
                object_key=file.pk,
                detail={"kind": kind, "file": file.file_name, "digest": digest},
            )
            return file
    except IntegrityError:  # another clerk uploads the same file at this moment
        if earlier := _earlier(kind, pooling_area, digest):
            return earlier
        raise


def _chosen(kind: ImportKind, options: dict[str, str]) -> dict[str, str]:
    """Raises: OptionUnknown."""
    known = {option.name: option for option in kind.options}
    for name, value in options.items():
        if name not in known or (known[name].choices and value not in known[name].choices):
            raise OptionUnknown(option=known[name].label if name in known else name, value=value)
    return {name: options.get(name, option.default) for name, option in known.items()}


def _earlier(kind: str, pooling_area: str, digest: str) -> ImportFile | None:
    """Raises: AlreadyTakenIn."""
    earlier = (
        ImportFile.objects.filter(kind=kind, pooling_area_id=pooling_area, digest=digest)
        .exclude(state__in=CLOSED)
        .first()
    )
    if earlier is not None and earlier.state == ImportState.DONE:
        raise AlreadyTakenIn(
            staff=platform.names_of_staff({earlier.staff_code}).get(earlier.staff_code, earlier.staff_code),
            at=timezone.localtime(earlier.taken_in_at).strftime("%Y-%m-%d %H:%M"),
            file=earlier.file_name,
            rows=earlier.rows_taken,
        )
    return earlier


def _with_options(file: ImportFile, chosen: dict[str, str]) -> ImportFile:
    """The same bytes with other answers are the same file, to be checked again."""
    if file.state == ImportState.CHECKED and file.options != chosen and not file.rows_taken:
        file.options, file.state = chosen, ImportState.CHECKING
        file.save(update_fields=["options", "state"])
    return file


def _digest(content: Path) -> str:
    with content.open("rb") as handle:
        return hashlib.file_digest(handle, "sha256").hexdigest()


def _keep(file: ImportFile, content: Path) -> None:
    with content.open("rb") as handle:
        number = 0
        while piece := handle.read(PIECE):
            ImportChunk.objects.create(file=file, number=number, content=piece)
            number += 1


@contextmanager
def on_disk(file: ImportFile) -> Iterator[Path]:
    """The file's bytes as a file of the machine, for as long as the block runs."""
    with tempfile.TemporaryDirectory(prefix="tongchou-import-") as folder:
        path = Path(folder) / f"file{Path(file.file_name).suffix.lower()}"
        with path.open("wb") as handle:
            for content in file.chunks.order_by("number").values_list("content", flat=True).iterator(4):
                handle.write(content)
        yield path


def get(file_id: int) -> ImportFile:
    """Raises: FileUnknown."""
    file = ImportFile.objects.filter(pk=file_id).first()
    if file is None:
        raise FileUnknown(file=file_id)
    return file


def cancel(*, file_id: int, operator: platform.Operator, now: datetime) -> ImportFile:
    """取消导入: a waiting file is given up; one in work is stopped, and whatever it has done is undone with it.

    Of a file that is taken in by parts, the parts that are booked stay: it is stopped, and can be gone on with.
    Raises: FileUnknown, NotCancellable, NoPermission.
    """
    with transaction.atomic():
        file = ImportFile.objects.select_for_update().filter(pk=file_id).first()
        if file is None:
            raise FileUnknown(file=file_id)
        may_bring(kind_of(file.kind), operator, now)
        if file.state in (ImportState.DONE, *CLOSED):
            raise NotCancellable(state=ImportState(file.state).label)
        waits = file.state == ImportState.CHECKED or not is_held(file.pk)
        if waits and file.rows_taken:
            raise NotCancellable(state=f"已入库{file.rows_taken}行")
        if waits:
            file.state, file.message = ImportState.CANCELLED, "已由经办人取消"
            file.save(update_fields=["state", "message"])
            discard(file, now)
        else:
            file.cancel_asked = True
            file.save(update_fields=["cancel_asked"])
            _interrupt(file.pk)
        trail.record("exchange.cancel_import", at=now, operator=operator, object_kind="import", object_key=file.pk)
        return file


def withdraw_taken_in(*, file_id: int, message: str) -> None:
    """撤销入库: a chapter has withdrawn whole what the file brought, so that the same bytes may come again.

    A step of the chapter's transaction, which notes it in the trail.
    """
    ImportFile.objects.filter(pk=file_id, state=ImportState.DONE).update(
        state=ImportState.WITHDRAWN, message=message[:400]
    )


_on_discard: list[Callable[[ImportFile, datetime], object]] = []


def when_given_up(step: Callable[[ImportFile, datetime], object]) -> None:
    """Do this too whenever a file is given up or cannot be read (随取消办理)."""
    if step not in _on_discard:
        _on_discard.append(step)


def discard(file: ImportFile, now: datetime) -> None:
    """Throw away the rows and bytes of a file that is no longer needed."""
    for step in _on_discard:
        step(file, now)
    with connection.cursor() as cursor:
        cursor.execute(f"DROP TABLE IF EXISTS {rows_table(file.pk)}")
    file.chunks.all().delete()


def clear_old(now: datetime) -> int:
    """Give up files that nobody decided on, and throw away the bytes of those taken in long ago (定时任务)."""
    before = now - KEPT_FOR
    waiting = ImportFile.objects.filter(state=ImportState.CHECKED, uploaded_at__lt=before, rows_taken=0)
    for file in waiting:
        file.state, file.message = ImportState.CANCELLED, f"超过{KEPT_FOR.days}天未确认,已清理"
        file.save(update_fields=["state", "message"])
        discard(file, now)
    ImportChunk.objects.filter(file__state=ImportState.DONE, file__taken_in_at__lt=before).delete()
    return len(waiting)


def rows_table(file_id: int) -> str:
    """The staging table of a file."""
    return f"staging.import_{int(file_id)}"


def is_held(file_id: int) -> bool:
    """Whether some process is working on the file: it holds the advisory lock."""
    return bool(_holders(file_id))


def ahead_of(file: ImportFile) -> ImportFile | None:
    """The file of the same kind and area that is taken in at this moment (排在前面的文件)."""
    rivals = ImportFile.objects.filter(
        kind=file.kind, pooling_area_id=file.pooling_area_id, state=ImportState.TAKING_IN
    ).exclude(pk=file.pk)
    return next((one for one in rivals.exclude(message=WAITING).order_by("id") if is_held(one.pk)), None)


def _holders(file_id: int) -> list[int]:
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT pid FROM pg_locks WHERE locktype = 'advisory' AND classid = %s AND objid = %s AND granted"
            " AND database = (SELECT oid FROM pg_database WHERE datname = current_database())",
            [LOCK_CLASS, file_id],
        )
        return [pid for (pid,) in cursor.fetchall()]


def _interrupt(file_id: int) -> None:
    """Stop the statement that the working process runs; between statements it looks at `cancel_asked` itself."""
    with connection.cursor() as cursor:
        for pid in _holders(file_id):
            cursor.execute("SELECT pg_cancel_backend(%s)", [pid])
