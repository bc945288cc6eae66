"""The load client's HTTP: kept-alive connections, answers in pieces, servers that hang up."""

import asyncio
import io
import socketserver
import threading
from collections.abc import Awaitable, Callable
from typing import IO, Any

import pytest

from tongchou.simulator.http_client import Address, Connection, ConnectionBroken, Pool

Talk = Callable[[IO[bytes], IO[bytes]], None]


def request(incoming: IO[bytes]) -> tuple[list[bytes], bytes] | None:
    """Head and body of one request; None when the client has gone."""
    head: list[bytes] = []
    while (line := incoming.readline()) != b"\r\n":
        if not line:
            return None
        head.append(line)
    length = next(int(line.split(b":")[1]) for line in head if line.lower().startswith(b"content-length"))
    return head, incoming.read(length)


@pytest.mark.parametrize("sent", [b"", b"POST / HTTP/1.1\r\nContent-"])
def test_a_client_that_goes_before_its_request_is_whole_has_asked_nothing(sent: bytes) -> None:
    """Else the thread that served it would read nothing for ever, beside every later test of the process."""
    assert request(io.BytesIO(sent)) is None


def against(talk: Talk, ask: Callable[[Address], Awaitable[None]]) -> int:
    """Ask a server that talks so; how many connections it saw."""
    connections = 0

    class Handler(socketserver.StreamRequestHandler):
        def handle(self) -> None:
            nonlocal connections
            connections += 1
            talk(self.rfile, self.wfile)

    with socketserver.ThreadingTCPServer(("127.0.0.1", 0), Handler) as server:
        server.daemon_threads = True
        threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True).start()

        async def timely() -> None:
            await asyncio.wait_for(ask(Address(f"http://127.0.0.1:{server.server_address[1]}/base/")), 20)  # type: ignore[arg-type]

        asyncio.run(timely())
        server.shutdown()
    return connections


def test_one_connection_serves_many_messages() -> None:
    def echo(incoming: IO[bytes], outgoing: IO[bytes]) -> None:
        while (asked := request(incoming)) is not None:
            head, body = asked
            assert head[0] == b"POST /base/fsi HTTP/1.1\r\n"
            outgoing.write(b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n" % len(body))
            outgoing.write(body)

    async def ask(address: Address) -> None:
        connection = Connection(address)
        for number in range(5):
            body = b"x" * number * 40_000
            answer = await connection.post("/fsi", body)
            assert (answer.status, answer.body) == (200, body)
        connection.close()

    assert against(echo, ask) == 1


def test_chunked_answers_are_put_together() -> None:
    def chunked(incoming: IO[bytes], outgoing: IO[bytes]) -> None:
        request(incoming)
        outgoing.write(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n")
        outgoing.write(b"7;x=y\r\n, world\r\n0\r\n\r\n")

    async def ask(address: Address) -> None:
        connection = Connection(address)
        assert (await connection.post("/", b"")).body == b"hello, world"
        connection.close()

    against(chunked, ask)


def test_a_server_that_closes_after_each_answer_is_called_again() -> None:
    def once(incoming: IO[bytes], outgoing: IO[bytes]) -> None:
        request(incoming)
        outgoing.write(b"HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Length: 2\r\n\r\nok")

    async def ask(address: Address) -> None:
        connection = Connection(address)
        for _ in range(3):
            assert (await connection.post("/", b"1")).body == b"ok"
        connection.close()

    assert against(once, ask) == 3


def test_hanging_up_before_the_answer_is_told() -> None:
    def hang_up(incoming: IO[bytes], outgoing: IO[bytes]) -> None:
        request(incoming)
        outgoing.write(b"HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nhalf")

    async def ask(address: Address) -> None:
        with pytest.raises(ConnectionBroken):
            await Connection(address).post("/", b"1")

    against(hang_up, ask)


def test_an_answer_that_takes_too_long_is_given_up() -> None:
    def silent(incoming: IO[bytes], outgoing: IO[bytes]) -> None:
        while request(incoming) is not None:
            pass

    async def ask(address: Address) -> None:
        with pytest.raises(TimeoutError):
            await Connection(address).post("/", b"1", timeout=0.05)

    against(silent, ask)


def test_a_pool_opens_as_many_connections_as_are_needed_at_once() -> None:
    together = threading.Barrier(3)

    def slow(incoming: IO[bytes], outgoing: IO[bytes]) -> None:
        request(incoming)
        together.wait(10)
        while True:
            outgoing.write(b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok")
            if request(incoming) is None:
                return

    async def ask(address: Address) -> None:
        pool = Pool(address)
        await asyncio.gather(*(pool.post("/", b"1") for _ in range(3)))
        await pool.post("/", b"1")
        pool.close()

    assert against(slow, ask) == 3


@pytest.mark.parametrize("url", ["", "ftp://127.0.0.1", "http://"])
def test_addresses_that_are_none_are_refused(url: str) -> None:
    with pytest.raises(ValueError, match="不是服务地址"):
        Address(url)


def test_an_address_without_a_scheme_is_plain_http() -> None:
    address = Address("127.0.0.1:8000")
    told: tuple[Any, ...] = (address.host, address.port, address.tls, address.header)
    assert told == ("127.0.0.1", 8000, False, b"127.0.0.1:8000")
