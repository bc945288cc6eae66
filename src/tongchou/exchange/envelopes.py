"""Envelopes (文件信封): what travels with a file's bytes, and the signature that covers all of it (SYS-03, SYS-05).

Pure. A partner's number with the digest of the bytes names a file for ever; the signature is an HMAC over the envelope
without itself, members in the order of their names, so that nothing of it can be changed on the way. Decision 0231.
"""

import hashlib
import hmac
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

import msgspec

from tongchou.kernel.errors import DomainError

ALGORITHMS: Final = ("sha256", "sm3")
_NUMBER: Final = re.compile(r"[\w.\-]{1,60}")
_FILE_NAME: Final = re.compile(r"[\w.\-()()]{1,120}")
_DIGEST: Final = re.compile(r"[0-9a-f]{64}")


class EnvelopeUnreadable(DomainError):
    code = "EX-2401"
    message = "信封不是约定的内容:{problem}"
    citation = "GX2017 §129"


class SignatureMissing(DomainError):
    code = "EX-2402"
    message = "{what}没有签名"
    citation = "GX2017 §129"


class SignatureWrong(DomainError):
    code = "EX-2403"
    message = "{what}签名不符,内容可能被改动"
    citation = "GX2017 §129"


class KeyUnknown(DomainError):
    code = "EX-2404"
    message = "没有编号为“{key}”、此时有效的密钥"
    citation = "GX2017 §129"


class ContentAltered(DomainError):
    code = "EX-2405"
    message = "文件{number}内容与信封不符:{what}"
    citation = "GX2017 §129"


@dataclass(frozen=True, slots=True)
class Key:
    """A secret that both sides know, and how it signs."""

    key_no: str
    secret: str
    algorithm: str = ALGORITHMS[0]

    def signs(self, text: bytes) -> str:
        """The signature over a text, in hex (签名)."""
        return hmac.new(self.secret.encode(), text, self.algorithm).hexdigest()


class OfficeTotal(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What one office of the partner says it holds of the file (分机构合计)."""

    office: str
    rows: int
    total_fen: int = 0


class Envelope(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """信封 of one file. `answers`: the file it answers; `day`: the day it is of; `offices`: the totals of that day."""

    number: str
    sender: str
    receiver: str
    flow: str
    file_name: str
    digest: str
    size: int
    made_at: str
    rows: int = 0
    total_fen: int = 0
    answers: str = ""
    day: str = ""
    offices: tuple[OfficeTotal, ...] = ()
    key_no: str = ""
    signature: str = ""

    def text(self) -> bytes:
        """What the signature covers (签名内容)."""
        return _unsigned(self)

    def signed(self, key: Key) -> "Envelope":
        """The envelope under a key (签名)."""
        named = msgspec.structs.replace(self, key_no=key.key_no, signature="")
        return msgspec.structs.replace(named, signature=key.signs(named.text()))


class Receipt(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """回执 for one file: taken or refused, under the receiver's reference. `repeated`: it had come before."""

    number: str
    digest: str
    taken: bool
    reference: str = ""
    repeated: bool = False
    rows: int = 0
    total_fen: int = 0
    code: str = ""
    message: str = ""
    at: str = ""
    key_no: str = ""
    signature: str = ""

    def text(self) -> bytes:
        """What the signature covers."""
        return _unsigned(self)

    def signed(self, key: Key) -> "Receipt":
        """The receipt under a key."""
        named = msgspec.structs.replace(self, key_no=key.key_no, signature="")
        return msgspec.structs.replace(named, signature=key.signs(named.text()))


def _unsigned(told: Envelope | Receipt) -> bytes:
    return msgspec.json.encode(msgspec.structs.replace(told, signature=""), order="sorted")


def written(told: Envelope | Receipt) -> bytes:
    """As JSON (写出)."""
    return msgspec.json.encode(told)


def read_envelope(content: bytes | Mapping[str, Any]) -> Envelope:
    """An envelope that can be worked with (读取信封). Raises: EnvelopeUnreadable."""
    envelope = _read(content, Envelope)
    for name, pattern in (("number", _NUMBER), ("file_name", _FILE_NAME), ("digest", _DIGEST)):
        if not pattern.fullmatch(getattr(envelope, name)):
            raise EnvelopeUnreadable(problem=f"{name} 不能是“{getattr(envelope, name)[:60]}”")
    if envelope.size < 0 or envelope.rows < 0:
        raise EnvelopeUnreadable(problem="size、rows 不能为负")
    try:
        datetime.fromisoformat(envelope.made_at)
        if envelope.day:
            datetime.strptime(envelope.day, "%Y-%m-%d")  # noqa: DTZ007  a day, not an instant
    except ValueError:
        raise EnvelopeUnreadable(problem="made_at、day 须为日期时间和日期") from None
    return envelope


def read_receipt(content: bytes | Mapping[str, Any]) -> Receipt:
    """A receipt (读取回执). Raises: EnvelopeUnreadable."""
    return _read(content, Receipt)


def _read(content: bytes | Mapping[str, Any], kind: Any) -> Any:
    try:
        return (
            msgspec.json.decode(content, type=kind)
            if isinstance(content, bytes)
            else msgspec.convert(content, type=kind)
        )
    except (msgspec.MsgspecError, UnicodeDecodeError) as fault:
        raise EnvelopeUnreadable(problem=str(fault)[:100]) from None


def verify(told: Envelope | Receipt, keys: Iterable[Key], what: str) -> Key:
    """验签 with whichever of the keys it names. Raises: SignatureMissing, KeyUnknown, SignatureWrong."""
    if not told.signature:
        raise SignatureMissing(what=what)
    key = next((one for one in keys if one.key_no == told.key_no), None)
    if key is None:
        raise KeyUnknown(key=told.key_no)
    if not hmac.compare_digest(key.signs(told.text()).encode(), told.signature.lower().encode()):
        raise SignatureWrong(what=what)
    return key


def check_content(envelope: Envelope, content: bytes) -> None:
    """The bytes are those of the envelope (核对内容). Raises: ContentAltered."""
    if len(content) != envelope.size:
        raise ContentAltered(number=envelope.number, what=f"应有{envelope.size}字节,实有{len(content)}字节")
    if hashlib.sha256(content).hexdigest() != envelope.digest:
        raise ContentAltered(number=envelope.number, what="摘要不同")
