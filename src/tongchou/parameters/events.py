"""What happened to policy (政策事件)."""

from dataclasses import dataclass
from datetime import date


@dataclass(frozen=True, slots=True)
class PolicyPutInForce:
    """政策包生效: a version came onto the shelf; it rules facts from `valid_from` on, known since `known_from`."""

    version_id: int
    area: str
    scheme: str
    content_hash: str
    valid_from: date
    known_from: date
    origin: str
