"""One-time codes (动态口令算法; RFC 6238): which time step a code belongs to, and what an authenticator app must know.

Six digits, thirty seconds, SHA-1: what every authenticator app can do. The time is always an argument.
"""

import base64
import hashlib
import hmac
import secrets
from datetime import datetime
from typing import Final
from urllib.parse import quote, urlencode

import segno
from django_otp.oath import TOTP

STEP_SECONDS: Final = 30
DIGITS: Final = 6
TOLERANCE: Final = 1
"""How many steps a clock may be ahead or behind (容许的时钟偏差)."""

SEED_BYTES: Final = 20
SECRET_BYTES: Final = 20
RECOVERY_CODES: Final = 10
RECOVERY_CHARACTERS: Final = 10
ISSUER: Final = "统筹"


def new_seed() -> bytes:
    """A random seed (种子); by itself it tells nothing."""
    return secrets.token_bytes(SEED_BYTES)


def secret_of(seed: bytes, operator_id: int, installation_key: str) -> bytes:
    """The secret shared with the operator's app (密钥), derived from the seed with the installation's key."""
    said = b"second-factor\x1f" + str(operator_id).encode() + b"\x1f" + seed
    return hmac.new(installation_key.encode(), said, hashlib.sha256).digest()[:SECRET_BYTES]


def step_of(at: datetime) -> int:
    """The time step of an instant (时间步)."""
    return int(at.timestamp()) // STEP_SECONDS


def code_at(secret: bytes, step: int) -> str:
    """The code of a time step (动态口令)."""
    totp = TOTP(secret, step=STEP_SECONDS, digits=DIGITS)
    totp.time = step * STEP_SECONDS
    return f"{totp.token():0{DIGITS}d}"


def matching_step(secret: bytes, code: str, at: datetime) -> int | None:
    """The time step near `at` whose code this is; None when it is none's (核对)."""
    near = step_of(at)
    for step in range(near - TOLERANCE, near + TOLERANCE + 1):
        if hmac.compare_digest(code_at(secret, step), code):
            return step
    return None


def key_for_typing(secret: bytes) -> str:
    """The secret as one types it into an app that cannot see the picture (手工输入的密钥)."""
    text = base64.b32encode(secret).decode()
    return " ".join(text[at : at + 4] for at in range(0, len(text), 4))


def address_for_app(secret: bytes, staff_code: str) -> str:
    """What the picture says (otpauth 地址)."""
    values = {
        "secret": base64.b32encode(secret).decode(),
        "issuer": ISSUER,
        "algorithm": "SHA1",
        "digits": DIGITS,
        "period": STEP_SECONDS,
    }
    return f"otpauth://totp/{quote(f'{ISSUER}:{staff_code}')}?{urlencode(values, quote_via=quote)}"


def picture(secret: bytes, staff_code: str) -> str:
    """The QR code as SVG to stand in a page (二维码)."""
    return str(segno.make(address_for_app(secret, staff_code), micro=False).svg_inline(scale=5, border=2))


def new_recovery_codes() -> list[str]:
    """Ten codes of fifty bits each, written `ABCDE-FGHIJ` (恢复码)."""
    texts = (base64.b32encode(secrets.token_bytes(7)).decode()[:RECOVERY_CHARACTERS] for _ in range(RECOVERY_CODES))
    return [f"{text[:5]}-{text[5:]}" for text in texts]


def recovery_digest(code: str, operator_id: int, installation_key: str) -> bytes:
    """What is kept of a recovery code (摘要): fifty random bits under a key need no slow hash."""
    said = b"recovery-code\x1f" + str(operator_id).encode() + b"\x1f" + code.encode()
    return hmac.new(installation_key.encode(), said, hashlib.sha256).digest()


def as_typed(code: str) -> str:
    """A code without the blanks and hyphens that people type (规整)."""
    return "".join(code.split()).replace("-", "").upper()
