"""Verifying a paper (证明验真; RIG-02): anybody who holds it may ask; whoever guesses is stopped and learns nothing."""

import re
from datetime import datetime, timedelta
from typing import Final

from tongchou.enrolment.transfers import queries as transfers
from tongchou.enrolment.transfers.queries import Certified
from tongchou.kernel.errors import DomainError
from tongchou.platform import papers, trail
from tongchou.platform import queries as platform
from tongchou.platform.states import TrailOutcome
from tongchou.rights import queries
from tongchou.rights.commands.certificates import CODE_LENGTH
from tongchou.rights.models import Certificate

MISSES: Final = 20
WINDOW: Final = timedelta(minutes=10)
MISSED: Final = "rights.verification_missed"
_READ_ALIKE: Final = str.maketrans({"I": "1", "L": "1", "O": "0"})


class NoSuchPaper(DomainError):
    code = "RI-0211"
    message = "查无此件。请核对验证码;仍查不到的,该证明不是本系统出具"
    citation = "GX2017 §19"


class TooManyChecks(DomainError):
    code = "RI-0212"
    message = "查验次数过多,请{minutes}分钟后再试"
    citation = "GX2017 §18"


def spelled(code: str) -> str:
    """The code as kept, of what somebody typed: capitals, without blanks and dashes, look-alikes read as meant."""
    return re.sub(r"[\s\-—–_]+", "", code).upper().translate(_READ_ALIKE)


def verify(code: str, *, address: str, now: datetime) -> Certificate | Certified | papers.Checked:
    """验真: the certificate, the transfer document or any other printed paper that bears the code (ENR-27, RIG-02).

    Each miss of an address is counted, outside any transaction. Raises: TooManyChecks, NoSuchPaper.
    """
    if platform.count_in_trail("verification_address", address, MISSED, now - WINDOW) >= MISSES:
        raise TooManyChecks(minutes=int(WINDOW.total_seconds() // 60))
    wanted = spelled(code)
    found = queries.certificate_by_code(wanted) if len(wanted) == CODE_LENGTH else None
    if found is None and (document := transfers.certified(code)) is not None:
        _seen("transfer_document", f"{document.number}:{document.kind}", document.area, document.unit_code, now)
        return document
    if found is None and (paper := papers.checked(code)) is not None:
        _seen(paper.object_kind, paper.object_key[:64], paper.pooling_area, paper.unit_code, now)
        return paper
    if found is None:
        trail.record(
            MISSED,
            at=now,
            outcome=TrailOutcome.REFUSED,
            object_kind="verification_address",
            object_key=address,
        )
        raise NoSuchPaper
    _seen("certificate", found.number, found.pooling_area, found.unit_code, now)
    return found


def _seen(kind: str, key: str, pooling_area: str, unit_code: str, now: datetime) -> None:
    trail.record(
        "rights.certificate_verified",
        at=now,
        outcome=TrailOutcome.SEEN,
        pooling_area=pooling_area,
        unit_code=unit_code,
        object_kind=kind,
        object_key=key,
    )
