"""Importing files (批量导入): from an uploaded file to rows in the books, for every kind that a chapter registers.

`check` reads a file and answers a `Preview`; `take_in` books it, all or only the good rows, in one transaction. Both
run at once, or in the background with `start_check` and `start_taking_in` while a page asks for `progress`. A process
that is killed leaves nothing half-done: its file can be started again. ENR-12, CON-11, CAT-16, DOC-12; decision 0031.
"""

from tongchou.exchange.imports.background import start_check, start_taking_in
from tongchou.exchange.imports.files import (
    AlreadyTakenIn,
    cancel,
    kinds,
    receive,
    template,
)
from tongchou.exchange.imports.previews import Preview, preview_of, problems_of, progress, recent, report
from tongchou.exchange.imports.running import (
    ImportBusy,
    ImportHasNoGoodRow,
    ImportHasProblems,
    ImportNotReady,
    Mode,
    Tell,
    check,
    check_file,
    follow,
    recover_abandoned,
    take_in,
)

__all__ = [
    "AlreadyTakenIn",
    "ImportBusy",
    "ImportHasNoGoodRow",
    "ImportHasProblems",
    "ImportNotReady",
    "Mode",
    "Preview",
    "Tell",
    "cancel",
    "check",
    "check_file",
    "follow",
    "kinds",
    "preview_of",
    "problems_of",
    "progress",
    "receive",
    "recent",
    "recover_abandoned",
    "report",
    "start_check",
    "start_taking_in",
    "take_in",
    "template",
]
