"""Gateway signatures (网关验签) of the provinces' service gateways; headers are named as WSGI names them."""

import base64
import hashlib
import hmac
from collections.abc import Callable, Mapping
from datetime import UTC, datetime, timedelta
from typing import Final

from tongchou.wire import errors

WINDOW: Final = timedelta(minutes=30)
MILLISECOND_DIGITS: Final = 13
CSB_SIGNED: Final = ("_api_access_key", "_api_name", "_api_timestamp", "_api_version")

Headers = Mapping[str, str]
Check = Callable[[str, str, Headers, bytes, datetime], None]


def has_sm3() -> bool:
    """Can this Python compute SM3 (GB/T 32905)?"""
    return "sm3" in hashlib.algorithms_available


def _header(headers: Headers, name: str) -> str:
    """Raises: SignatureMissing."""
    value = headers.get(f"HTTP_{name.upper().replace('-', '_')}", "")
    if not value:
        raise errors.SignatureMissing(header=name)
    return value


def _check_time(text: str, at: datetime) -> None:
    """A Unix time in seconds or milliseconds near our clock. Raises: SignatureExpired."""
    try:
        seconds = int(text) / (1000 if len(text) >= MILLISECOND_DIGITS else 1)
        sent_at = datetime.fromtimestamp(seconds, UTC)
    except (ValueError, OverflowError, OSError):
        raise errors.SignatureExpired from None
    if abs(at - sent_at) > WINDOW:
        raise errors.SignatureExpired


def _same(given: str, expected: str) -> None:
    """Raises: SignatureWrong."""
    if not hmac.compare_digest(given.encode(), expected.encode()):
        raise errors.SignatureWrong


def _none(access_key: str, secret: str, headers: Headers, body: bytes, at: datetime) -> None:
    """No gateway in front: the network is trusted (专线)."""


def _csb(access_key: str, secret: str, headers: Headers, body: bytes, at: datetime) -> None:
    """CSB: Base64 of HMAC-SHA1 over the other four `_api_` headers, `k=v` joined by & in key order."""
    values = {name: _header(headers, name) for name in CSB_SIGNED}
    _check_time(values["_api_timestamp"], at)
    _same(values["_api_access_key"], access_key)
    signed = "&".join(f"{name}={values[name]}" for name in CSB_SIGNED)
    digest = hmac.new(secret.encode(), signed.encode(), hashlib.sha1).digest()
    _same(_header(headers, "_api_signature"), base64.b64encode(digest).decode())


def _tif(access_key: str, secret: str, headers: Headers, body: bytes, at: datetime) -> None:
    """x-tif: lower hex SHA-256 of timestamp, secret, nonce, timestamp."""
    timestamp = _header(headers, "x-tif-timestamp")
    _check_time(timestamp, at)
    _same(_header(headers, "x-tif-paasid"), access_key)
    signed = f"{timestamp}{secret}{_header(headers, 'x-tif-nonce')}{timestamp}"
    _same(_header(headers, "x-tif-signature").lower(), hashlib.sha256(signed.encode()).hexdigest())


def _ca(access_key: str, secret: str, headers: Headers, body: bytes, at: datetime) -> None:
    """x-ca: `<seconds>:<upper hex HMAC-SM3(secret, seconds + newline + body)>`."""
    _same(_header(headers, "x-ca-key"), access_key)
    seconds, _, signature = _header(headers, "x-ca-signature").partition(":")
    _check_time(seconds, at)
    digest = hmac.new(secret.encode(), seconds.encode() + b"\n" + body, "sm3").hexdigest()
    _same(signature.upper(), digest.upper())


def _api_key(access_key: str, secret: str, headers: Headers, body: bytes, at: datetime) -> None:
    """apikey: a shared word."""
    _same(_header(headers, "apikey"), secret)


CHECKS: Final[Mapping[str, Check]] = {"none": _none, "csb": _csb, "tif": _tif, "ca": _ca, "apikey": _api_key}
"""The kinds of gateway an access may name (网关校验方式)."""
