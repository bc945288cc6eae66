"""Working in the background (后台导入): a thread of this process per file, with its own database connection."""

import logging
import threading
from collections.abc import Callable
from datetime import datetime
from typing import Final

from django.db import connection

from tongchou.exchange.imports import files, running
from tongchou.exchange.imports.running import Mode
from tongchou.kernel.errors import DomainError
from tongchou.platform import queries as platform

log = logging.getLogger(__name__)

BEGUN_WITHIN: Final = 200
"""For how many hundredths of a second a start waits for its thread to have the file in hand."""


def start_check(*, file_id: int, operator: platform.Operator, now: datetime) -> threading.Thread:
    """Check a received file in the background (后台检查); a page asks for `progress`."""
    return _start(file_id, lambda: running.check_file(file_id=file_id, operator=operator, now=now))


def start_taking_in(
    *, preview_id: int, mode: Mode, operator: platform.Operator, now: datetime, return_bad: bool = False
) -> threading.Thread:
    """Take a checked file in, in the background (后台入库). Raises at once what can be said at once: FileUnknown."""
    files.get(preview_id)
    return _start(
        preview_id,
        lambda: running.take_in(preview_id=preview_id, mode=mode, operator=operator, now=now, return_bad=return_bad),
    )


def _start(file_id: int, work: Callable[[], object]) -> threading.Thread:
    def run() -> None:
        try:
            work()
        except DomainError as refusal:  # it stands in the file's message for whoever asks
            log.info("import %s: %s", file_id, refusal)
        except Exception:
            log.exception("import %s failed", file_id)
        finally:
            connection.close()

    thread = threading.Thread(target=run, name=f"import-{file_id}", daemon=True)
    thread.start()
    _wait_until_begun(file_id, thread)
    return thread


def _wait_until_begun(file_id: int, thread: threading.Thread) -> None:
    """A page that is read right after a start shows the work, and never a file that seems left behind."""
    for _try in range(BEGUN_WITHIN):
        if not thread.is_alive() or files.is_held(file_id):
            return
        thread.join(0.01)
