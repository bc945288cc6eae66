"""Who may send (接入校验): an institution's access, signature and sign-in; a setting, apart from the business."""

import time
from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Final

import msgspec

from tongchou.wire import database, errors, signatures

READ_AGAIN_SECONDS: Final = 5.0
SIGN_IN_LASTS: Final = timedelta(hours=36)
"""Clients keep a sign_no for 24 hours or a calendar day and do not sign in anew because of an error."""


class Access(msgspec.Struct, frozen=True):
    """接入授权 of one institution."""

    institution_code: str
    gateway: str
    access_key: str
    secret: str
    enabled: bool
    sign_on_required: bool


_accesses: dict[str, tuple[float, Access]] = {}
_sign_ins: dict[tuple[str, str], float] = {}


def forget(institution_code: str) -> None:
    """Read the institution's access anew at the next message."""
    _accesses.pop(institution_code, None)


def access_of(institution_code: str) -> Access:
    """The institution's access, at most a few seconds old. Raises: UnknownInstitution, AccessStopped."""
    known = _accesses.get(institution_code)
    if known is None or known[0] < time.monotonic():
        row = database.row(
            "SELECT institution_code, gateway, access_key, secret, enabled, sign_on_required "
            "FROM wire_wireaccess WHERE institution_code = %s",
            institution_code,
        )
        if row is None:
            forget(institution_code)
            raise errors.UnknownInstitution(code=institution_code)
        known = time.monotonic() + READ_AGAIN_SECONDS, Access(*row)
        _accesses[institution_code] = known
    if not known[1].enabled:
        raise errors.AccessStopped(code=institution_code)
    return known[1]


def check_sender(institution_code: str, *, headers: Mapping[str, str], body: bytes, at: datetime) -> Access:
    """May this institution send, and is it this institution that sends?

    Raises: UnknownInstitution, AccessStopped, SignatureMissing, SignatureExpired, SignatureWrong.
    """
    access = access_of(institution_code)
    signatures.CHECKS[access.gateway](access.access_key, access.secret, headers, body, at)
    return access


def check_signed_in(access: Access, sign_no: str | None, *, at: datetime) -> None:
    """A booking needs a sign-in where the access says so; queries never do. Raises: NotSignedIn."""
    if not access.sign_on_required:
        return
    key = access.institution_code, sign_no or ""
    if _sign_ins.get(key, 0.0) >= time.monotonic():
        return
    signed_in = database.row(
        "SELECT 1 FROM wire_signon WHERE institution_code = %s AND sign_no = %s AND signed_off_at IS NULL "
        "AND signed_on_at > %s",
        *key,
        at - SIGN_IN_LASTS,
    )
    if signed_in is None:
        _sign_ins.pop(key, None)
        raise errors.NotSignedIn
    _sign_ins[key] = time.monotonic() + READ_AGAIN_SECONDS
