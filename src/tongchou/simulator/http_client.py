"""A small HTTP/1.1 client for load (HTTP 客户端): one kept-alive connection, one request at a time, nothing to spare.

It shares the processor with the server it drives, so it parses only what it needs: the status, the length, the body.
"""

import asyncio
from typing import Final
from urllib.parse import urlsplit

CONTENT_LENGTH: Final = b"content-length:"
CHUNKED: Final = b"transfer-encoding: chunked"
END_OF_HEAD: Final = b"\r\n\r\n"
OK: Final = 200


class ConnectionBroken(ConnectionError):
    """The connection ended before an answer was complete: whether the request was carried out is unknown."""


class Address:
    """Where the server is: host, port and the Host header, from `http://127.0.0.1:8000`."""

    def __init__(self, url: str) -> None:
        parts = urlsplit(url if "//" in url else f"//{url}", scheme="http")
        if parts.scheme not in ("http", "https") or not parts.hostname:
            raise ValueError(f"不是服务地址: {url!r},应如 http://127.0.0.1:8000")
        self.host = parts.hostname
        self.tls = parts.scheme == "https"
        self.port = parts.port or (443 if self.tls else 80)
        self.prefix = parts.path.rstrip("/")
        self.header = parts.netloc.encode()


class Answer:
    """A complete answer."""

    __slots__ = ("body", "status")

    def __init__(self, status: int, body: bytes) -> None:
        self.status = status
        self.body = body


class _Reader(asyncio.Protocol):
    """Collects one answer and wakes who waits for it."""

    def __init__(self) -> None:
        self.waiting: asyncio.Future[Answer] | None = None
        self.closed = False
        self._data = bytearray()
        self._body_from = 0
        self._length = -1
        self._closing = False

    def data_received(self, data: bytes) -> None:
        self._data += data
        if not self._body_from:
            end = self._data.find(END_OF_HEAD)
            if end < 0:
                return
            self._body_from = end + len(END_OF_HEAD)
            self._read_head(bytes(self._data[:end]).lower())
        if self._length >= 0 and len(self._data) >= self._body_from + self._length:
            self._finish(bytes(self._data[self._body_from : self._body_from + self._length]))
        elif self._length < 0 and self._data.endswith(b"0\r\n\r\n"):
            self._finish(_unchunked(bytes(self._data[self._body_from :])))

    def connection_lost(self, fault: Exception | None) -> None:
        self.closed = True
        if self.waiting is not None and not self.waiting.done():
            self.waiting.set_exception(ConnectionBroken("连接在应答之前中断"))

    def _read_head(self, head: bytes) -> None:
        self._status = int(head[9:12])
        self._closing = b"\r\nconnection: close" in head
        at = head.find(CONTENT_LENGTH)
        if at >= 0:
            end = head.find(b"\r\n", at)
            self._length = int(head[at + len(CONTENT_LENGTH) : end if end > 0 else len(head)])
        elif CHUNKED not in head:
            self._length = 0

    def _finish(self, body: bytes) -> None:
        self._data.clear()
        self._body_from, self._length = 0, -1
        self.closed = self._closing
        if self.waiting is not None and not self.waiting.done():
            self.waiting.set_result(Answer(self._status, body))


def _unchunked(data: bytes) -> bytes:
    parts, at = [], 0
    while True:
        end = data.index(b"\r\n", at)
        size = int(data[at:end].split(b";")[0], 16)
        if not size:
            return b"".join(parts)
        parts.append(data[end + 2 : end + 2 + size])
        at = end + 4 + size


class Connection:
    """One kept-alive connection; opens itself when needed, and again when the server closed it."""

    def __init__(self, address: Address) -> None:
        self._address = address
        self._transport: asyncio.Transport | None = None
        self._reader: _Reader | None = None
        self._heads: dict[str, bytes] = {}

    async def post(self, path: str, body: bytes, *, timeout: float | None = None) -> Answer:
        """Send one message and wait for its answer.

        Raises: ConnectionBroken when the answer never came, TimeoutError when it took too long (the connection is
        closed then, for its answer would come for the next message), OSError when the server cannot be reached.
        """
        if self._transport is None or self._reader is None or self._reader.closed:
            await self._open()
        assert self._transport is not None
        assert self._reader is not None
        head = self._heads.get(path)
        if head is None:
            head = self._heads[path] = self._head(path)
        answer = asyncio.get_running_loop().create_future()
        self._reader.waiting = answer
        self._transport.write(b"%b%d\r\n\r\n%b" % (head, len(body), body))
        try:
            return await (answer if timeout is None else asyncio.wait_for(answer, timeout))
        except (TimeoutError, asyncio.CancelledError, ConnectionBroken):
            self.close()
            raise

    def close(self) -> None:
        """Drop the connection."""
        if self._transport is not None:
            self._transport.abort()
        self._transport = self._reader = None

    async def _open(self) -> None:
        self.close()
        loop = asyncio.get_running_loop()
        self._transport, self._reader = await loop.create_connection(
            _Reader, self._address.host, self._address.port, ssl=self._address.tls or None
        )

    def _head(self, path: str) -> bytes:
        target = f"{self._address.prefix}{path}".encode()
        return b"POST %b HTTP/1.1\r\nHost: %b\r\nContent-Type: application/json\r\nContent-Length: " % (
            target,
            self._address.header,
        )


class Pool:
    """Kept-alive connections for whoever needs one now: as many as there are messages under way."""

    def __init__(self, address: Address) -> None:
        self._address = address
        self._free: list[Connection] = []

    async def post(self, path: str, body: bytes) -> Answer:
        """As `Connection.post`, over any free connection."""
        connection = self._free.pop() if self._free else Connection(self._address)
        answer = await connection.post(path, body)
        self._free.append(connection)
        return answer

    def close(self) -> None:
        """Drop the connections that are free."""
        while self._free:
            self._free.pop().close()
