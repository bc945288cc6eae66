"""Findings (校验发现): what is wrong with a package or a claims file, where, and in which words."""

import enum
from dataclasses import dataclass


class Fault(enum.StrEnum):
    """Kinds of faults; the value is the code a policy officer sees, never reused."""

    UNREADABLE = "PK-0101"
    DUPLICATE_KEY = "PK-0102"
    ALIAS = "PK-0103"
    UNKNOWN_KEY = "PK-0201"
    MISSING_KEY = "PK-0202"
    WRONG_SHAPE = "PK-0203"
    BAD_VALUE = "PK-0204"
    UNKNOWN_NAME = "PK-0205"
    UNUSED = "PK-0206"
    NO_SOURCE = "PK-0207"
    RATIO_RANGE = "PK-0301"
    BANDS = "PK-0302"
    MISSING_PARAMETER = "PK-0303"
    WRONG_UNIT = "PK-0304"
    GAP = "PK-0305"
    OVERLAP = "PK-0306"
    ACCUMULATOR = "PK-0307"
    ORDER = "PK-0308"
    NOT_MONOTONE = "PK-0309"
    PERIOD = "PK-0401"
    PERIOD_GAP = "PK-0402"
    PERIOD_OVERLAP = "PK-0403"
    PLACE = "PK-0404"


@dataclass(frozen=True, slots=True)
class Finding:
    """One fault: line in the file (1-based), key path, kind and reason in Chinese."""

    line: int
    key: str
    fault: Fault
    reason: str

    def __str__(self) -> str:
        return f"第{self.line}行 {self.key}: {self.reason}({self.fault})"


class Findings:
    """Collects faults, so that an officer sees them all at once and not one by one."""

    def __init__(self) -> None:
        self._found: list[Finding] = []

    def add(self, line: int, key: str, fault: Fault, reason: str) -> None:
        self._found.append(Finding(line, key, fault, reason))

    def __bool__(self) -> bool:
        return bool(self._found)

    def __len__(self) -> int:
        return len(self._found)

    @property
    def in_file_order(self) -> tuple[Finding, ...]:
        return tuple(sorted(self._found, key=lambda finding: finding.line))
