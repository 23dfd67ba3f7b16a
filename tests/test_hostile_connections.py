"""Bytes that are no request, or half of one: an answer or an end comes soon, without alarm."""

import asyncio
from collections.abc import Iterator

import pytest

from server.app import create_app
from server.settings import Settings
from server.wiring import open_services
from tests.live_server import LiveServer, live_server
from tests.troubles import troubles
from tests.websocket_client import initialised

DEADLINE = 30.0
GET = b"GET /graphql?query={__typename} HTTP/1.1\r\n"
POST = b"POST /graphql HTTP/1.1\r\nHost: here\r\nContent-Type: application/json\r\n"
UPGRADE = (
    b"Upgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Version: 13\r\n"
    b"Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n"
    b"Sec-WebSocket-Protocol: graphql-transport-ws\r\n"
)
SOCKET = b"GET /graphql HTTP/1.1\r\nHost: here\r\n" + UPGRADE


@pytest.fixture(scope="module")
def alarms() -> Iterator[list[str]]:
    with troubles() as found:
        yield found


@pytest.fixture(scope="module")
def server(settings: Settings, alarms: list[str]) -> Iterator[LiveServer]:
    impatient = settings.model_copy(update={"request_timeout": 0.5, "connection_init_timeout": 0.5})
    with live_server(create_app(impatient, open_services), impatient) as server:
        yield server


@pytest.fixture(autouse=True)
def calm(alarms: list[str]) -> Iterator[None]:
    alarms.clear()
    yield
    assert alarms == []


async def talk(server: LiveServer, *parts: bytes) -> bytes:
    """Everything that comes back until the server ends the connection."""
    reader, writer = await asyncio.open_connection("127.0.0.1", server.port)
    try:
        for part in parts:
            writer.write(part)
            await writer.drain()
        async with asyncio.timeout(DEADLINE):
            return await reader.read()
    except ConnectionResetError:
        return b""
    finally:
        writer.close()


async def status(server: LiveServer, *parts: bytes) -> int:
    """The first answer's status; 0 where the connection is ended without a word."""
    answer = await talk(server, *parts)
    return int(answer.split(b" ", 2)[1]) if answer else 0


CLOSE = b"Connection: close\r\n\r\n"
NO_REQUESTS = {
    "another protocol": b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03",
    "HTTP/2": b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n",
    "HTTP/9": b"GET /graphql HTTP/9.9\r\nHost: here\r\n\r\n",
    "zeros": bytes(100) + b"\r\n\r\n",
    "a bare path": b"GET graphql HTTP/1.1\r\nHost: here\r\n\r\n",
    "a raw byte in the path": b"GET /\xff HTTP/1.1\r\nHost: here\r\n\r\n",
    "a broken address": b"GET http://[::1/graphql HTTP/1.1\r\nHost: here\r\n\r\n",
    "an unknown method": b"FROB /graphql HTTP/1.1\r\nHost: here\r\n\r\n",
    "a tunnel": b"CONNECT here:1 HTTP/1.1\r\nHost: here\r\n\r\n",
    "a broken header": GET + b"Host : here\r\n\r\n",
    "a zero in a header": GET + b"Host: here\r\nX: a\0b\r\n\r\n",
    "two lengths": POST + b"Content-Length: 1\r\nContent-Length: 2\r\n\r\n{}",
    "a negative length": POST + b"Content-Length: -1\r\n\r\n",
    "a length and chunks": POST
    + b"Transfer-Encoding: chunked\r\nContent-Length: 3\r\n\r\n0\r\n\r\n",
    "a broken chunk": POST + b"Transfer-Encoding: chunked\r\n\r\nzz\r\n",
}


@pytest.mark.parametrize("sent", NO_REQUESTS.values(), ids=NO_REQUESTS)
async def test_what_is_no_request_is_a_bad_one(server: LiveServer, sent: bytes) -> None:
    assert await status(server, sent) == 400


HALVES = {
    "nothing": b"",
    "line ends": b"\r\n\r\n",
    "half a head": GET + b"Host: he",
    "half a body": POST + b"Content-Length: 100\r\n\r\n{",
    "half a chunk": POST + b"Transfer-Encoding: chunked\r\n\r\nFFFFFFFF\r\n{",
    "an upgrade with half a body": SOCKET + b"Content-Length: 10\r\n\r\nhalf",
    "an upgrade by POST": b"POST" + SOCKET[3:] + b"Content-Length: 4\r\n\r\nbody",
    "an upgrade with a header too long": SOCKET + b"X: " + b"x" * 20_000 + b"\r\n\r\n",
    "an upgrade with too many headers": SOCKET + b"X: x\r\n" * 300 + b"\r\n",
}


@pytest.mark.parametrize("sent", HALVES.values(), ids=HALVES)
async def test_a_connection_that_does_not_go_on_is_ended(server: LiveServer, sent: bytes) -> None:
    assert await status(server, sent) in {0, 101, 400, 408}


async def test_a_body_that_trickles_after_its_answer_is_not_waited_for(server: LiveServer) -> None:
    reader, writer = await asyncio.open_connection("127.0.0.1", server.port)
    writer.write(GET + b"Host: here\r\nContent-Length: 1000000\r\n\r\n")
    async with asyncio.timeout(DEADLINE):
        assert (await reader.readuntil(b'"Query"}}')).startswith(b"HTTP/1.1 200")
        writer.write(b"x")
        assert await reader.read() == b""
    writer.close()


async def test_a_socket_may_be_silent_for_longer_than_a_request_may_take(
    server: LiveServer,
) -> None:
    async with initialised(server) as socket:
        with pytest.raises(TimeoutError):
            async with asyncio.timeout(1.5):
                await socket.connection.recv()
        assert await socket.answer("{ __typename }") == {"data": {"__typename": "Query"}}


ODD_HEADS = {
    "no host": (b"GET /nothing HTTP/1.1\r\n", 404),
    "half an IPv6 host": (b"GET /nothing HTTP/1.1\r\nHost: [\r\n", 404),
    "a host in no encoding": (b"GET /nothing HTTP/1.1\r\nHost: \xff\r\n", 404),
    "no encoding in the path": (b"GET /%ff%00%2e%2e HTTP/1.1\r\nHost: here\r\n", 404),
    "everything": (b"OPTIONS * HTTP/1.1\r\nHost: here\r\n", 404),
    "no encoding in the query": (b"GET /graphql?query=%ff%00 HTTP/1.1\r\nHost: here\r\n", 200),
    "deep variables": (
        b"GET /graphql?query={a}&variables=" + b"[" * 50_000 + b" HTTP/1.1\r\n",
        400,
    ),
    "a huge number": (b"GET /graphql?query={a}&variables=" + b"9" * 50_000 + b" HTTP/1.1\r\n", 400),
    "many parameters": (b"GET /graphql?" + b"a=b&" * 10_000 + b" HTTP/1.1\r\n", 400),
    "a token in no encoding": (GET + b"Authorization: Bearer \xff\xfe\r\n", 401),
    "a deep token": (GET + b"Authorization: Bearer " + b"W1tb" * 20_000 + b".e30.x\r\n", 401),
    "a token of another kind": (GET + b"Authorization: Basic YTpi\r\n", 401),
    "odd proxies": (GET + b"X-Forwarded-For: \xff,,[::1]:a\r\nX-Forwarded-Proto: java[\r\n", 200),
    "many proxies": (GET + b"X-Forwarded-For: " + b"1," * 30_000 + b"\r\n", 200),
    "odd weights": (
        GET + b"Accept: a/b;q=zz, */*;q=1e999, application/json;q=nan, ;;=\xff\r\n",
        406,
    ),
    "many media types": (GET + b"Accept: " + b"a/b;q=0.1," * 12_000 + b"\r\n", 406),
    "an odd request id": (GET + b"X-Request-Id: \xff\r\n", 200),
    "odd cookies": (GET + b'Cookie: \xff=;;=="\r\n', 200),
    "an odd charset": (
        POST.replace(b"/json", b"/json; charset=\xff") + b"Content-Length: 2\r\n",
        415,
    ),
    "a body too large": (POST + b"Content-Length: 99999999\r\nExpect: 100-continue\r\n", 413),
}


@pytest.mark.parametrize(("head", "expected"), ODD_HEADS.values(), ids=ODD_HEADS)
async def test_odd_heads_have_their_answers(server: LiveServer, head: bytes, expected: int) -> None:
    assert await status(server, head + CLOSE) == expected


NO_SOCKETS = {
    "half an IPv6 origin": (b"Host: here\r\nOrigin: http://[\r\n", 403),
    "an origin in no encoding": (b"Host: here\r\nOrigin: \xff\r\n", 403),
    "half an IPv6 host": (b"Host: [\r\nOrigin: http://here\r\n", 403),
    "another version": (b"Host: here\r\nSec-WebSocket-Version: 99\r\n", 400),
    "protocols in no encoding": (b"Host: here\r\nSec-WebSocket-Protocol: \xff, ,;\r\n", 400),
}


@pytest.mark.parametrize(("headers", "expected"), NO_SOCKETS.values(), ids=NO_SOCKETS)
async def test_a_socket_that_may_not_open_is_refused(
    server: LiveServer, headers: bytes, expected: int
) -> None:
    head = b"GET /graphql HTTP/1.1\r\n" + headers + UPGRADE + b"\r\n"
    assert await status(server, head) == expected


FRAMES = {
    "no mask": (b"\x81\x05hello", 1002),
    "an unknown kind": (b"\xff\xff\xff\xff\xff\xff\xff\xff", 1002),
    "no encoding": (b"\x81\x82\0\0\0\0\xff\xff", 1007),
    "no encoding, in parts": (b"\x01\x81\0\0\0\0\xc3" + b"\x80\x81\0\0\0\0(", 1007),
    "an endless message": (b"\x81\xff\x7f\xff\xff\xff\xff\xff\xff\xff\0\0\0\0aaaa", 1009),
    "endless parts": (b"\x01\x80\0\0\0\0" + b"\x00\x80\0\0\0\0" * 10_000, 1009),
    "a broken close": (b"\x88\x82\0\0\0\0\x00\x01", 1002),
    "binary": (b"\x82\x80\0\0\0\0", 4400),
}


@pytest.mark.parametrize(("frames", "code"), FRAMES.values(), ids=FRAMES)
async def test_frames_that_are_none_close_the_socket(
    server: LiveServer, frames: bytes, code: int
) -> None:
    reader, writer = await asyncio.open_connection("127.0.0.1", server.port)
    writer.write(SOCKET + b"\r\n")
    async with asyncio.timeout(DEADLINE):
        assert (await reader.readuntil(b"\r\n\r\n")).startswith(b"HTTP/1.1 101")
        writer.write(frames)
        kind, size = await reader.readexactly(2)
        said = await reader.readexactly(size)
    writer.close()
    assert (kind, int.from_bytes(said[:2])) == (0x88, code)
