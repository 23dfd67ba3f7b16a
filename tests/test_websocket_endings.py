"""How WebSockets and their operations end, whoever ends them."""

import asyncio

import pytest
from websockets.exceptions import InvalidStatus

from server import websocket
from server.settings import Settings
from tests.live_server import live_server
from tests.websocket_client import client, eventually, initialised
from tests.wire_app import Happenings, wire_app


async def test_no_init_closes_with_4408() -> None:
    settings = Settings(connection_init_timeout=0.05)
    with live_server(wire_app(settings), settings) as server:
        async with client(server) as ws:
            await ws.send({"type": "ping"})
            assert await ws.closed() == 4408


async def test_the_socket_closes_with_4403_when_its_token_expires() -> None:
    settings = Settings()
    with live_server(wire_app(settings), settings) as server:
        async with initialised(server, "alice-for-0.2") as ws:
            await ws.subscribe("1", "subscription { silence }")
            assert await ws.closed() == 4403


async def test_the_socket_closes_with_4403_when_its_session_ends() -> None:
    settings, happenings = Settings(), Happenings()
    with live_server(wire_app(settings, happenings), settings) as server:
        async with initialised(server, "alice") as ws:
            await ws.subscribe("1", "subscription { flood(bytes: 1) }")
            await ws.receive()
            happenings.signed_out = True
            assert await ws.closed() == 4403


async def test_completing_stops_an_operation_and_says_nothing_more() -> None:
    settings, happenings = Settings(), Happenings()
    with live_server(wire_app(settings, happenings), settings) as server:
        async with initialised(server) as ws:
            await ws.subscribe("1", "subscription { silence }")
            await ws.receive()
            await ws.subscribe("2", "{ forever }")
            await eventually(lambda: happenings.running == 1)
            for id in ("1", "2", "unknown"):
                await ws.send({"id": id, "type": "complete"})
            await eventually(lambda: (happenings.listening, happenings.cancelled) == (0, 1))
            assert await ws.answer("{ hello }") == {"data": {"hello": "Hello, world!"}}


async def test_operations_end_with_their_socket() -> None:
    settings, happenings = Settings(), Happenings()
    with live_server(wire_app(settings, happenings), settings) as server:
        async with initialised(server) as ws:
            await ws.subscribe("1", "subscription { silence }")
            await ws.receive()
            await ws.subscribe("2", "{ forever }")
            await eventually(lambda: happenings.running == 1)
        await eventually(lambda: (happenings.listening, happenings.cancelled) == (0, 1))


async def test_a_client_that_does_not_read_slows_its_own_operations_only() -> None:
    settings, happenings = Settings(), Happenings()
    with live_server(wire_app(settings, happenings), settings) as server:
        async with initialised(server) as deaf, initialised(server) as other:
            deaf.connection.transport.pause_reading()
            await deaf.subscribe("1", "subscription { flood(bytes: 1000000) }")
            await eventually(lambda: happenings.listening == 1)
            for _ in range(10):
                assert await other.answer("{ hello }") == {"data": {"hello": "Hello, world!"}}
            deaf.connection.transport.abort()
        await eventually(lambda: happenings.listening == 0)


async def test_a_client_that_never_reads_is_given_up(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(websocket, "PATIENCE", 0.05)
    settings, happenings = Settings(), Happenings()
    with live_server(wire_app(settings, happenings), settings) as server:
        async with initialised(server) as deaf:
            deaf.connection.transport.pause_reading()
            await deaf.subscribe("1", "subscription { flood(bytes: 1000000) }")
            await eventually(lambda: happenings.listening == 1)
            await eventually(lambda: happenings.listening == 0)
            deaf.connection.transport.abort()


async def test_one_socket_too_many_is_turned_away_until_another_leaves() -> None:
    settings = Settings(max_sockets=1)
    with live_server(wire_app(settings), settings) as server:
        async with initialised(server):
            with pytest.raises(InvalidStatus) as turned_away:
                async with client(server):
                    pass
            assert turned_away.value.response.status_code == 503
        async with initialised(server) as ws:
            assert await ws.answer("{ hello }")


async def test_a_stopping_server_closes_its_sockets_with_1001() -> None:
    settings, happenings = Settings(), Happenings()
    with live_server(wire_app(settings, happenings), settings) as server:
        async with initialised(server) as ws:
            await ws.subscribe("1", "subscription { silence }")
            await ws.receive()
            stopping = asyncio.create_task(asyncio.to_thread(server.stop))
            assert await ws.closed() == 1001
            await stopping
    assert happenings.listening == 0
