"""A request's head has to arrive in time and in size, whoever sends it."""

import asyncio
from collections.abc import AsyncIterator

import pytest
import uvicorn
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response
from starlette.routing import Route

from server import protocol

REQUEST = b"POST /echo HTTP/1.1\r\nhost: here\r\ncontent-length: 5\r\n\r\nhello"
HALF = b"GET /echo HTTP/1.1\r\nhost: he"
Streams = tuple[asyncio.StreamReader, asyncio.StreamWriter]


async def echo(request: Request) -> Response:
    return PlainTextResponse(await request.body())


async def early(request: Request) -> Response:
    return PlainTextResponse("enough", 413)


@pytest.fixture
async def port() -> AsyncIterator[int]:
    """A server that waits half a second for a head and five minutes on idle connections."""
    app = Starlette(routes=[Route(f"/{a.__name__}", a, methods=["POST"]) for a in (echo, early)])
    config = uvicorn.Config(
        app,
        port=0,
        http=protocol.within(0.5),
        timeout_keep_alive=300,
        log_config=None,
        lifespan="off",
    )
    config.load()
    server = uvicorn.Server(config)
    server.lifespan = config.lifespan_class(config)
    await server.startup()
    yield server.servers[0].sockets[0].getsockname()[1]
    server.force_exit = True
    await server.shutdown()


async def talk(port: int, *sent: bytes) -> bytes:
    """Everything that comes back until the server closes the connection."""
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    try:
        for part in sent:
            writer.write(part)
            await writer.drain()
        async with asyncio.timeout(30):
            return await reader.read()
    finally:
        writer.close()
        await writer.wait_closed()


async def test_a_connection_that_says_nothing_is_closed(port: int) -> None:
    assert await talk(port) == b""


async def test_half_a_head_is_answered_with_408(port: int) -> None:
    assert (await talk(port, HALF)).startswith(b"HTTP/1.1 408 Request Timeout\r\n")


async def test_half_a_head_after_a_whole_request_is_answered_with_408(port: int) -> None:
    answer = await talk(port, REQUEST + HALF)
    assert answer.startswith(b"HTTP/1.1 200 OK\r\n")
    assert b"hello" + b"HTTP/1.1 408 Request Timeout\r\n" in answer


async def test_line_ends_do_not_hold_a_connection(port: int) -> None:
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    writer.write(REQUEST)
    assert await reader.readuntil(b"hello")
    writer.write(b"\r\n")
    async with asyncio.timeout(30):
        assert await reader.read() == b""
    writer.close()
    await writer.wait_closed()


async def flood(writer: asyncio.StreamWriter) -> None:
    async with asyncio.timeout(30):
        while True:
            writer.write(b"x-filler: " + b"x" * 30_000 + b"\r\n")
            await writer.drain()


async def test_a_head_without_end_is_refused_before_it_fills_the_memory(port: int) -> None:
    _, writer = await asyncio.open_connection("127.0.0.1", port)
    writer.write(b"GET /echo HTTP/1.1\r\n")
    with pytest.raises((ConnectionResetError, BrokenPipeError)):
        await flood(writer)
    writer.close()


async def test_a_body_may_take_longer_than_a_head(port: int) -> None:
    head, body = REQUEST[:-5], REQUEST[-5:]
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    writer.write(head)
    with pytest.raises(TimeoutError):
        async with asyncio.timeout(1.0):
            await reader.read()
    writer.write(body)
    async with asyncio.timeout(30):
        assert (await reader.readuntil(b"hello")).startswith(b"HTTP/1.1 200 OK")
    writer.close()
    await writer.wait_closed()


async def test_what_is_left_of_a_body_is_not_taken_for_a_head(port: int) -> None:
    head = b"POST /early HTTP/1.1\r\nhost: here\r\ncontent-length: 400000\r\n\r\n"
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    writer.write(head)
    async with asyncio.timeout(30):
        await reader.readuntil(b"enough")
        writer.write(b"x" * 400_000 + REQUEST)
        assert (await reader.readuntil(b"hello")).startswith(b"HTTP/1.1 200 OK")
    writer.close()
    await writer.wait_closed()
