"""Asking how far an application is (办理进度查询; RIG-10; GX2017 §20): by its number and the phone given with it.

Whoever guesses is stopped and learns nothing: a wrong number, a wrong phone and a case without a phone are answered
alike.
"""

import hashlib
import hmac
from datetime import datetime, timedelta
from typing import Final

from tongchou.cases import applicants
from tongchou.cases.applicants import Progress
from tongchou.kernel.errors import DomainError
from tongchou.platform import queries as platform
from tongchou.platform import trail
from tongchou.platform.states import TrailOutcome
from tongchou.rights.phones import digits

MISSES: Final = 5
"""Of one case number: the phone has eleven digits, and nobody mistypes their own more often."""
MISSES_OF_ADDRESS: Final = 20
WINDOW: Final = timedelta(minutes=30)
MISSED: Final = "rights.progress_missed"
SHOWN: Final = "rights.progress_shown"
NOTHING: Final = "-"


class NoSuchApplication(DomainError):
    code = "CS-1711"
    message = "没有查到。请核对回执上的受理号和申请时留的电话;仍查不到的,请到经办窗口查询"
    citation = "GX2017 §20"


class TooManyQuestions(DomainError):
    code = "CS-1712"
    message = "查询次数过多,请{minutes}分钟后再试"
    citation = "GX2017 §18"


def ask_progress(*, number: str, phone: str, address: str, now: datetime) -> Progress:
    """办理进度: of the case whose applicant gave that phone. Each miss is counted for the address and for the number.

    Raises: TooManyQuestions, NoSuchApplication.
    """
    number, dialled = number.strip().upper(), digits(phone)
    about = hashlib.sha256(number.encode()).hexdigest()[:24]
    since = now - WINDOW
    if (
        platform.count_in_trail("progress_number", about, MISSED, since) >= MISSES
        or platform.count_in_trail("progress_address", address, MISSED, since) >= MISSES_OF_ADDRESS
    ):
        raise TooManyQuestions(minutes=int(WINDOW.total_seconds() // 60))
    asked = applicants.by_number(number)
    expected = (digits(asked.phone) if asked else "") or NOTHING
    if asked is None or not hmac.compare_digest(expected.encode(), dialled.encode()):
        for kind, key in (("progress_number", about), ("progress_address", address)):
            trail.record(MISSED, at=now, outcome=TrailOutcome.REFUSED, object_kind=kind, object_key=key)
        raise NoSuchApplication
    trail.record(
        SHOWN,
        at=now,
        outcome=TrailOutcome.SEEN,
        pooling_area=asked.pooling_area,
        unit_code=asked.unit_code,
        object_kind="case",
        object_key=number,
    )
    return asked.progress
