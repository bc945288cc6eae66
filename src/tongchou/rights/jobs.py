"""The clock's work on rights (权益定时任务): batches whose process is gone go on."""

from datetime import timedelta

from tongchou.platform import jobs
from tongchou.rights.commands import batches, bulk


def register_jobs() -> None:
    """Called once, when the applications are ready."""
    jobs.register("rights.batches", label="续办批量权益单", every=timedelta(minutes=1), work=batches.go_on)
    jobs.register("rights.bulk_notices", label="发送批量通知", every=timedelta(minutes=1), work=bulk.carry_out)
