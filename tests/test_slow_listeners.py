"""Listeners on a real port who read slowly, or not at all."""

import asyncio
import socket
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import pytest

from server import websocket
from server.app import create_app
from server.settings import Settings
from server.wiring import open_services
from tests.desk import Desk, a_desk
from tests.live_server import LiveServer, live_server
from tests.websocket_client import Client, client, eventually, initialised
from tests.wire_app import wire_app
from tests.world import content

LENGTHS = [0, 1, *range(70, 90), 16_300, 16_400, *range(65_480, 65_500), 200_000]
"""Of texts, so that messages of every form of length are among them (RFC 6455, section 5.2)."""
CHANGED = """
subscription ($id: ID!) {
  templateChanged(template: $id, after: 0) { position template { name currentVersion { body } } }
}
"""
WRITE = """
mutation ($input: UpdateTemplateInput!) {
  updateTemplate(input: $input) { template { id } errors { message } }
}
"""
EVENTS = 150
LETTERS = 90_000


async def test_messages_of_every_length_arrive_whole() -> None:
    settings = Settings()
    with live_server(wire_app(settings), settings) as server:
        async with initialised(server) as ws:
            for length in LENGTHS:
                answer = await ws.answer(f"{{ large(bytes: {length}) }}")
                assert answer == {"data": {"large": "x" * length}}


@asynccontextmanager
async def deaf(server: LiveServer, token: str) -> AsyncIterator[Client]:
    """A client that has little room and reads nothing once it has been let in."""
    narrow = socket.socket()
    narrow.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
    narrow.connect(("127.0.0.1", server.port))
    narrow.setblocking(False)
    async with client(server, sock=narrow, max_size=None, ping_interval=None) as ws:
        await ws.init({"Authorization": f"Bearer {token}"})
        ws.connection.transport.pause_reading()
        yield ws


async def _listening(desk: Desk, ws: Client) -> None:
    await ws.subscribe("it", CHANGED, variables={"id": desk.template})


async def _positions(ws: Client, count: int) -> list[int]:
    messages = [await ws.receive() for _ in range(count)]
    return [each["payload"]["data"]["templateChanged"]["position"] for each in messages]


async def test_who_does_not_read_slows_nobody_and_is_told_to_resume(
    settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(websocket, "PATIENCE", 0.2)
    app = create_app(settings, open_services)
    with live_server(app, settings) as server:
        async with (
            a_desk(server) as desk,
            deaf(server, desk.editor.access_token) as slow,
            initialised(server, desk.editor.access_token) as quick,
        ):
            long = content("<p>Dear {{ first_name }}</p>" + "x" * LETTERS)
            given = {"template": desk.template, "content": long}
            assert (await desk.http.ask(WRITE, desk.editor, input=given)).status_code == 200
            for ws in (slow, quick):
                await _listening(desk, ws)
            hearing = asyncio.create_task(_positions(quick, EVENTS))
            for number in range(EVENTS):
                await desk.rename(f"Number {number}")
            heard = await hearing
            assert heard == list(range(heard[0], heard[0] + EVENTS))
            await eventually(lambda: app.state.streams.count == 1)
            slow.connection.transport.resume_reading()
            assert await slow.closed() == 1013
            assert "after" in (slow.connection.close_reason or "")
