"""Figures for `/metrics` (监控指标): messages and their time by transaction and outcome."""

from typing import Final

from prometheus_client import Counter, Histogram

OUTCOMES: Final = ("done", "refused", "failed")
UNKNOWN: Final = "unknown"
BUCKETS: Final = (0.001, 0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5)

_messages = Counter("tongchou_wire_messages", "Messages of hospitals, by transaction and outcome", ["infno", "outcome"])
_seconds = Histogram("tongchou_wire_seconds", "Time to answer a message", ["infno"], buckets=BUCKETS)


class Meter:
    """Counts one transaction's messages; its labels are looked up once."""

    def __init__(self, infno: str) -> None:
        self._outcomes = {outcome: _messages.labels(infno, outcome) for outcome in OUTCOMES}
        self._seconds = _seconds.labels(infno)

    def count(self, outcome: str, seconds: float) -> None:
        self._outcomes[outcome].inc()
        self._seconds.observe(seconds)


unknown: Final = Meter(UNKNOWN)
"""For messages whose transaction could not be read or is not served."""
