"""The clock's work on the wire (接口定时任务): messages that were refused are not kept for ever."""

from datetime import datetime, timedelta
from typing import Final

from tongchou.platform import jobs, trail
from tongchou.wire import commands

REFUSALS_KEPT: Final = timedelta(days=62)
"""How long a refused message is kept; the counts of the days stay."""

ACTIONS: Final = {"wire.message_seen": "查看接口报文"}


def register_jobs() -> None:
    """Called once, when the applications are ready."""
    jobs.register("wire.clear_refusals", label="清理被拒报文", every=timedelta(days=1), work=clear_refusals)
    trail.name_actions(ACTIONS)


def clear_refusals(now: datetime) -> None:
    """Forget the refused messages of long ago."""
    commands.clear_refusals(before=now - REFUSALS_KEPT)
