"""A simulated partner at the other end of a link (模拟交换对象; SYS-29): a folder it looks into, or an HTTP server.

It keeps the contract of docs/exchange.md from the other side: knows our files by number and digest, signs its receipts
and its own files, and can be down, slow to notice, forgetful of receipts, or dishonest. Nothing here is real.
"""

import base64
import hashlib
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any, Final

import msgspec

from tongchou.exchange import carriers, envelopes
from tongchou.exchange.envelopes import Envelope, Key, OfficeTotal, Receipt

MADE_AT: Final = "2018-10-09T17:30:00+08:00"


@dataclass
class PartnerOffice:
    """The partner's own books: what it has had of us, what it has for us, what it was told of that.

    `ours` is the house's key, by which it verifies; `theirs` is its own. `had` holds each of our files once, in the
    order in which they came; `sent` counts every time one came.
    """

    code: str
    area: str
    ours: Key
    theirs: Key
    had: dict[str, tuple[Envelope, bytes]] = field(default_factory=dict)
    sent: list[str] = field(default_factory=list)
    outbox: dict[str, tuple[Envelope, bytes]] = field(default_factory=dict)
    told: list[Receipt] = field(default_factory=list)
    refuses: str = ""
    """A sentence with which it refuses every file; empty: it takes them."""
    loses_receipts: int = 0
    """So many answers of it are lost on the way, after it has taken the file."""

    def take(self, envelope: Envelope, content: bytes) -> Receipt:
        """A file of ours (收件): the same again gets the same receipt; anything wrong is refused in words."""
        self.sent.append(envelope.number)
        try:
            envelopes.verify(envelope, [self.ours], "文件")
            envelopes.check_content(envelope, content)
        except Exception as refusal:
            return self._receipt(envelope, taken=False, code=getattr(refusal, "code", ""), message=str(refusal))
        if self.refuses:
            return self._receipt(envelope, taken=False, code="SIM-01", message=self.refuses)
        known = self.had.get(envelope.number)
        if known is not None and known[0].digest != envelope.digest:
            return self._receipt(envelope, taken=False, code="SIM-02", message="同一编号内容不同")
        self.had.setdefault(envelope.number, (envelope, content))
        return self._receipt(envelope, taken=True, repeated=known is not None)

    def _receipt(self, envelope: Envelope, *, taken: bool, **more: Any) -> Receipt:
        return Receipt(
            number=envelope.number,
            digest=envelope.digest,
            taken=taken,
            reference=f"SIM{list(self.had).index(envelope.number) + 1:06d}" if taken else "",
            rows=envelope.rows,
            total_fen=envelope.total_fen,
            **more,
        ).signed(self.theirs)

    def offer(self, number: str, flow: str, content: bytes, **facts: Any) -> Envelope:
        """A file of its own for us (备件), signed; offered again under another number it is another file."""
        offices = tuple(
            OfficeTotal(office=office, rows=rows, total_fen=fen) for office, rows, fen in facts.pop("offices", ())
        )
        envelope = Envelope(
            number=number,
            sender=self.code,
            receiver=self.area,
            flow=flow,
            file_name=facts.pop("file_name", f"{number}.txt"),
            digest=hashlib.sha256(content).hexdigest(),
            size=len(content),
            made_at=MADE_AT,
            offices=offices,
            **facts,
        ).signed(self.theirs)
        self.outbox[number] = envelope, content
        return envelope

    def hear(self, receipt: Receipt) -> None:
        """Our receipt for one of its files: it need not offer it any longer (听取回执)."""
        self.told.append(receipt)
        self.outbox.pop(receipt.number, None)

    # --- a folder -------------------------------------------------------------------------------------------------

    def look_into(self, folder: Path) -> None:
        """Take what lies there for it, put down receipts and its own files, read ours (看目录)."""
        for name in (carriers.TO, carriers.FROM, carriers.RECEIPTS_TO, carriers.RECEIPTS_FROM):
            (folder / name).mkdir(parents=True, exist_ok=True)
        for told in sorted((folder / carriers.TO).glob("*.json")):
            envelope = envelopes.read_envelope(told.read_bytes())
            receipt = self.take(envelope, (folder / carriers.TO / envelope.file_name).read_bytes())
            (folder / carriers.RECEIPTS_FROM / told.name).write_bytes(envelopes.written(receipt))
            told.unlink()
        for told in sorted((folder / carriers.RECEIPTS_TO).glob("*.json")):
            self.hear(envelopes.read_receipt(told.read_bytes()))
            told.unlink()
        for number, (envelope, content) in self.outbox.items():
            (folder / carriers.FROM / envelope.file_name).write_bytes(content)
            (folder / carriers.FROM / f"{number}.json").write_bytes(envelopes.written(envelope))

    # --- HTTP -----------------------------------------------------------------------------------------------------

    def answer(self, method: str, path: str, body: bytes) -> tuple[int, bytes]:
        """What its server answers (应答)."""
        if method == "POST" and path == "/files":
            message = msgspec.json.decode(body)
            receipt = self.take(envelopes.read_envelope(message["envelope"]), base64.b64decode(message["content"]))
            if self.loses_receipts:
                self.loses_receipts -= 1
                return 502, b"{}"
            return 200, envelopes.written(receipt)
        if method == "GET" and path == "/outbox":
            waiting = [carriers.packed(*one) for one in self.outbox.values()]
            return 200, b'{"files":[' + b",".join(waiting) + b"]}"
        if method == "POST" and path == "/receipts":
            self.hear(envelopes.read_receipt(body))
            return 200, b"{}"
        return 404, b"{}"


@contextmanager
def serving(office: PartnerOffice, port: int = 0) -> Iterator[int]:
    """The office's server on this machine, for as long as the block runs; the port it listens on."""
    lock = threading.Lock()

    class Door(BaseHTTPRequestHandler):
        def _answer(self) -> None:
            body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
            with lock:
                status, content = office.answer(self.command, self.path, body)
            self.send_response(status)
            self.send_header("Content-Length", str(len(content)))
            self.end_headers()
            self.wfile.write(content)

        do_GET = do_POST = _answer  # noqa: N815  the names of http.server

        def log_message(self, format: str, *args: Any) -> None:
            """Not a word."""

    server = ThreadingHTTPServer(("127.0.0.1", port), Door)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True)
    thread.start()
    try:
        yield server.server_address[1]
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
