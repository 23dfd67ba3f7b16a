"""A live client that was interrupted goes on after the last event that it received."""

from collections.abc import AsyncIterator
from typing import Any

import httpx

from server.app import create_app
from server.settings import Settings
from server.wiring import open_services
from tests.desk import Desk, a_desk
from tests.live_server import DEADLINE, live_server
from tests.test_live_events import RESUMED
from tests.websocket_client import initialised

NAMES = "subscription ($id: ID!) { templateChanged(template: $id) { template { name } } }"


def _position(text: str) -> int:
    """The id of an event as it was sent."""
    id, event, data = text.strip().split("\n")
    assert (event, data[:6]) == ("event: next", "data: ")
    return int(id.removeprefix("id: "))


async def test_server_sent_events_go_on_after_the_last_one_received(settings: Settings) -> None:
    asked, heard = dict[str, Any]({"query": NAMES}), [1]  # that the organisation was founded
    with live_server(create_app(settings, open_services), settings) as server:
        async with a_desk(server) as desk, httpx.AsyncClient(timeout=DEADLINE) as http:
            asked["variables"] = {"id": desk.template}
            for turn in range(3):
                headers = _resuming(desk, str(heard[-1]))
                await desk.rename(f"Before {turn}")
                async with http.stream("POST", server.url, json=asked, headers=headers) as stream:
                    parts = _parts(stream)
                    await desk.rename(f"After {turn}")
                    while heard[-1] < 2 * turn + 4:
                        heard.append(_position(await anext(parts)))
            refused = await http.post(server.url, json=asked, headers=_resuming(desk, "abc"))
    assert heard == list(range(1, 9))
    assert refused.status_code == 400


def _resuming(desk: Desk, id: str) -> dict[str, str]:
    return {
        "Accept": "text/event-stream",
        "Authorization": f"Bearer {desk.editor.access_token}",
        "Last-Event-ID": id,
    }


async def _parts(stream: httpx.Response) -> AsyncIterator[str]:
    buffer = ""
    async for text in stream.aiter_text():
        buffer += text
        *whole, buffer = buffer.split("\n\n")
        for part in whole:
            if part != ":":
                yield part


async def test_a_websocket_goes_on_after_the_last_one_received(settings: Settings) -> None:
    query = RESUMED["template"]
    with live_server(create_app(settings, open_services), settings) as server:
        async with a_desk(server) as desk:
            after, heard = 0, list[int]()
            for turn in range(3):
                await desk.rename(f"Number {turn}")
                async with initialised(server, desk.editor.access_token) as socket:
                    variables = {"id": desk.template, "after": after}
                    await socket.subscribe("it", query, variables=variables)
                    for _ in range(2 if turn == 0 else 1):
                        message = await socket.receive()
                        heard.append(message["payload"]["data"]["templateChanged"]["position"])
                after = heard[-1]
    assert heard == sorted(set(heard))
    assert len(heard) == 4
