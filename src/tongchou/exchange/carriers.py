"""Carriers (传输方式): a shared folder, or JSON over HTTP. They move bytes and receipts, and know nothing of tables.

Folder: `to-partner/` and `from-partner/`, each with the file and, last and by renaming, its envelope `<number>.json`;
so a half-written file is never seen. Receipts lie in `receipts-to-partner/` and `receipts-from-partner/` by the same
name; a fetched file moves to `done/` or `refused/`. HTTP: `POST <address>/files`, `GET <address>/outbox`,
`POST <address>/receipts`. Both are the contract that a partner is given (docs/exchange.md).
"""

import base64
import hashlib
import http.client
import os
import re
import socket
import urllib.parse
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final, Protocol

import msgspec

from tongchou.exchange import envelopes
from tongchou.exchange.envelopes import Envelope, Receipt
from tongchou.kernel.errors import DomainError

TIMEOUT_SECONDS: Final = 10.0
LARGEST_MESSAGE: Final = 64 << 20
"""Of a file in an HTTP message; a larger one goes through a folder."""
MOST_AT_ONCE: Final = 50


class LinkDown(Exception):
    """The other side cannot be reached, or does not answer as agreed; to be tried again. Words say why."""


class TooLargeForLink(DomainError):
    code = "EX-2406"
    message = "文件{size}MB,超过 HTTP 接口的上限{limit}MB,请改用共享目录"
    citation = "GX2017 §129"


@dataclass(frozen=True, slots=True)
class Parcel:
    """A file with its envelope, as the other side left it for us; `envelope` as bytes, for it may be anything."""

    name: str
    envelope: bytes
    content: bytes


class Route(Protocol):
    """One way to a partner (链路). Every call may raise LinkDown, and may be made again."""

    def deliver(self, envelope: Envelope, content: bytes) -> Receipt | None:
        """Hand a file over; the receipt, where the other side gives one at once."""

    def fetch(self) -> Iterator[Parcel]:
        """What waits for us, the earliest first; it goes on waiting until `settle`."""

    def settle(self, parcel: Parcel, receipt: Receipt) -> None:
        """Tell the other side what became of a parcel; it waits no longer."""

    def receipts(self) -> Iterator[Receipt]:
        """Receipts that the other side has left since."""


# --- a folder -------------------------------------------------------------------------------------------------------

TO, FROM = "to-partner", "from-partner"
RECEIPTS_TO, RECEIPTS_FROM = "receipts-to-partner", "receipts-from-partner"
DONE, REFUSED = "done", "refused"


@dataclass(frozen=True, slots=True)
class Folder:
    """共享目录: a directory that both sides see, such as one behind SFTP."""

    root: Path

    def deliver(self, envelope: Envelope, content: bytes) -> None:
        """Write the file, then its envelope. What lies there whole already stays."""
        place = self._inside(TO)
        told = place / f"{envelope.number}.json"
        if _read(told) == envelopes.written(envelope) and _digest(place / envelope.file_name) == envelope.digest:
            return
        _write(place / envelope.file_name, content)
        _write(told, envelopes.written(envelope))

    def fetch(self) -> Iterator[Parcel]:
        """Envelopes by the time they were written, then by name, each with its file."""
        place = self._inside(FROM)
        try:
            told = sorted(place.glob("*.json"), key=lambda file: (file.stat().st_mtime_ns, file.name))
        except OSError as fault:
            raise LinkDown(_words(fault)) from None
        for file in told[:MOST_AT_ONCE]:
            envelope = _read(file)
            name = _file_named(envelope)
            content = _read(place / name) if name else b""
            if envelope is not None:
                yield Parcel(file.name, envelope, b"" if content is None else content)

    def settle(self, parcel: Parcel, receipt: Receipt) -> None:
        """The receipt first, then out of the way: whoever is killed between the two fetches the parcel once more."""
        _write(self._inside(RECEIPTS_TO) / parcel.name, envelopes.written(receipt))
        place, kept = self._inside(FROM), self._inside(DONE if receipt.taken else REFUSED)
        name = _file_named(parcel.envelope)
        try:
            if name and (place / name).is_file():
                os.replace(place / name, kept / name)
            os.replace(place / parcel.name, kept / parcel.name)
        except OSError as fault:
            raise LinkDown(_words(fault)) from None

    def receipts(self) -> Iterator[Receipt]:
        """Each receipt, and out of the way once the caller has booked it."""
        place, kept = self._inside(RECEIPTS_FROM), self._inside(DONE)
        for file in sorted(place.glob("*.json"))[:MOST_AT_ONCE]:
            content = _read(file)
            if content is None:
                continue
            yield envelopes.read_receipt(content)
            os.replace(file, kept / f"receipt-{file.name}")

    def _inside(self, name: str) -> Path:
        """Raises: LinkDown where the folder is not there: a lost mount must not become a new empty directory."""
        if not self.root.is_dir():
            raise LinkDown(f"目录 {self.root} 不存在")
        place = self.root / name
        try:
            place.mkdir(exist_ok=True)
        except OSError as fault:
            raise LinkDown(_words(fault)) from None
        return place


def _file_named(envelope: bytes | None) -> str:
    """The name of the file that an envelope names, where it is a plain name; empty otherwise."""
    try:
        told = msgspec.json.decode(envelope or b"")
    except (msgspec.MsgspecError, UnicodeDecodeError):
        return ""
    name = str(told.get("file_name", "")) if isinstance(told, dict) else ""
    return name if re.fullmatch(r"[\w\-()()][\w.\-()()]{0,119}", name) else ""


def _read(file: Path) -> bytes | None:
    try:
        return file.read_bytes()
    except FileNotFoundError:
        return None
    except OSError as fault:
        raise LinkDown(_words(fault)) from None


def _digest(file: Path) -> str:
    content = _read(file)
    return "" if content is None else hashlib.sha256(content).hexdigest()


def _write(file: Path, content: bytes) -> None:
    """Whole or not at all: written aside, put down on the disk, renamed."""
    aside = file.with_name(f".{file.name}.part")
    try:
        with aside.open("wb") as handle:
            handle.write(content)
            handle.flush()
            os.fsync(handle.fileno())
        os.replace(aside, file)
    except OSError as fault:
        raise LinkDown(_words(fault)) from None


def _words(fault: OSError) -> str:
    """What happened, for a clerk."""
    for kind, words in _FAULTS.items():
        if isinstance(fault, kind):
            return words
    return f"读写故障({fault.strerror or type(fault).__name__})"[:200]


_FAULTS: Final[dict[type[OSError], str]] = {
    ConnectionRefusedError: "对方没有应答(连接被拒绝)",
    ConnectionError: "连接中断",
    TimeoutError: "对方超时没有应答",
    socket.gaierror: "找不到对方地址",
    PermissionError: "没有读写目录的权限",
}


# --- HTTP -----------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Http:
    """HTTP 接口: messages in JSON, the bytes of a file in Base64, every one of them signed within its envelope."""

    address: str
    timeout: float = TIMEOUT_SECONDS

    def deliver(self, envelope: Envelope, content: bytes) -> Receipt:
        """Post the file; the answer is the receipt. Raises: TooLargeForLink."""
        if len(content) > LARGEST_MESSAGE:
            raise TooLargeForLink(size=len(content) >> 20, limit=LARGEST_MESSAGE >> 20)
        answer = self._ask("POST", "/files", packed(envelope, content))
        return envelopes.read_receipt(answer)

    def fetch(self) -> Iterator[Parcel]:
        """What the other side's outbox holds."""
        try:
            told = msgspec.json.decode(self._ask("GET", "/outbox", b""))
            waiting = told["files"][:MOST_AT_ONCE]
        except (msgspec.MsgspecError, UnicodeDecodeError, KeyError, TypeError) as fault:
            raise LinkDown(f"对方的答复不是约定的内容({type(fault).__name__})") from None
        for one in waiting:
            yield unpacked(one)

    def settle(self, parcel: Parcel, receipt: Receipt) -> None:
        """Post our receipt."""
        self._ask("POST", "/receipts", envelopes.written(receipt))

    def receipts(self) -> Iterator[Receipt]:
        """None: an HTTP partner answers at once."""
        return iter(())

    def _ask(self, method: str, path: str, body: bytes) -> bytes:
        """Raises: LinkDown."""
        parts = urllib.parse.urlsplit(self.address)
        opened = http.client.HTTPSConnection if parts.scheme == "https" else http.client.HTTPConnection
        connection = opened(parts.hostname or "", parts.port, timeout=self.timeout)
        try:
            connection.request(method, parts.path.rstrip("/") + path, body, {"Content-Type": "application/json"})
            answer = connection.getresponse()
            content = answer.read(LARGEST_MESSAGE * 2)
        except (OSError, http.client.HTTPException) as fault:
            raise LinkDown(_words(fault) if isinstance(fault, OSError) else "对方的应答不完整") from None
        finally:
            connection.close()
        if answer.status != http.HTTPStatus.OK:
            raise LinkDown(f"对方答复 HTTP {answer.status}")
        return content


def packed(envelope: Envelope, content: bytes) -> bytes:
    """A file as an HTTP message (报文)."""
    return msgspec.json.encode({"envelope": envelope, "content": base64.b64encode(content).decode()})


def unpacked(message: Any) -> Parcel:
    """The file of an HTTP message; what cannot be read has no content, and its envelope is refused for it."""
    if not isinstance(message, dict):
        message = {}
    try:
        content = base64.b64decode(str(message.get("content", "")), validate=True)
    except ValueError:
        content = b""
    envelope = msgspec.json.encode(message.get("envelope"))
    told = message.get("envelope")
    name = str(told.get("number", "")) if isinstance(told, dict) else ""
    return Parcel(name, envelope, content)
