"""PostgreSQL or Valkey goes away under a serving process, and comes back: nothing has to be
restarted, nobody waits for ever, and nobody is told more than that it is not available now.
"""

import asyncio
import shutil
import tempfile
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

import httpx
import pytest

from server.app import create_app
from server.embedded.daemon import Daemon
from server.embedded.places import place
from server.embedded.postgres import Postgres
from server.embedded.valkey import Valkey
from server.settings import Settings
from server.wiring import open_services
from tests.desk import VIEWER, Desk, a_desk
from tests.engines import migrate
from tests.live_server import LiveServer, live_server
from tests.troubles import troubles
from tests.websocket_client import Client, initialised

PATIENCE = 60.0
CHANGED = "subscription ($id: ID!) { templateChanged(template: $id) { template { name } } }"


@dataclass(frozen=True)
class Site:
    """A server on engines of its own, that can be stopped and started."""

    server: LiveServer
    postgres: Daemon
    valkey: Daemon
    alarms: list[str]


@pytest.fixture(scope="module")
def data_dir() -> Iterator[Path]:
    folder = Path(tempfile.mkdtemp(prefix="imprimatur-outage-", dir="/tmp"))
    folder.chmod(0o711)
    yield folder / "data"
    shutil.rmtree(folder)


@contextmanager
def running(engine: Postgres | Valkey) -> Iterator[Daemon]:
    daemon = Daemon(engine)
    try:
        daemon.ensure()
        yield daemon
    finally:
        daemon.stop()


@pytest.fixture(scope="module")
async def site(data_dir: Path) -> AsyncIterator[Site]:
    postgres, valkey = Postgres(place(data_dir), durable=False), Valkey(place(data_dir))
    settings = Settings(
        data_dir=data_dir,
        database_url=postgres.url(),
        redis_url=valkey.url(),
        argon2_time_cost=1,
        argon2_memory_cost=1024,
        argon2_parallelism=1,
    )
    with running(postgres) as database, running(valkey) as bus, troubles() as alarms:
        await migrate(postgres.url())
        with live_server(create_app(settings, open_services), settings) as server:
            yield Site(server, database, bus, alarms)


@pytest.fixture(scope="module")
async def desk(site: Site) -> AsyncIterator[Desk]:
    async with a_desk(site.server) as desk:
        yield desk


async def away(daemon: Daemon) -> None:
    await asyncio.to_thread(daemon.stop)


async def back(daemon: Daemon) -> None:
    await asyncio.to_thread(daemon.ensure)


async def until(holds: Callable[[], Awaitable[bool]]) -> None:
    until = time.monotonic() + PATIENCE
    while not await holds():
        assert time.monotonic() < until, "it did not recover in time"
        await asyncio.sleep(0.05)


def code(response: httpx.Response) -> str:
    [error] = response.json()["errors"]
    return str(error["extensions"]["code"])


async def follow(socket: Client, id: str, desk: Desk) -> None:
    await socket.subscribe(id, CHANGED, variables={"id": desk.template})


async def hears(socket: Client, desk: Desk, name: str) -> bool:
    """Whether a change made now reaches the subscriber; it subscribes again when it is told to."""
    assert (await desk.rename(name)).status_code == 200
    try:
        async with asyncio.timeout(2.0):
            while (message := await socket.receive())["type"] == "next":
                if message["payload"]["data"]["templateChanged"]["template"]["name"] == name:
                    return True
    except TimeoutError:
        return False
    await follow(socket, f"again, for {name}", desk)
    return False


async def heard_again(socket: Client, desk: Desk) -> None:
    names = (f"Number {number}" for number in range(1_000))

    async def holds() -> bool:
        return await hears(socket, desk, next(names))

    await until(holds)


async def asked_during(happening: Awaitable[None], desk: Desk) -> set[int]:
    """The statuses that twenty clients get who ask and ask while it happens."""
    over = asyncio.Event()

    async def ask() -> set[int]:
        statuses = set()
        while not over.is_set():
            statuses.add((await desk.viewer()).status_code)
        return statuses

    clients = [asyncio.create_task(ask()) for _ in range(20)]
    await happening
    over.set()
    return set().union(*await asyncio.gather(*clients))


async def is_unavailable(desk: Desk) -> bool:
    """Whether a request is refused as a whole; while its caller is remembered, its fields are."""
    refused = await desk.viewer()
    assert code(refused) == "UNAVAILABLE"
    return refused.status_code == 503


async def recovers(desk: Desk) -> None:
    async def holds() -> bool:
        return (await desk.viewer()).status_code == 200

    await until(holds)


async def test_without_postgres_everybody_is_told_and_afterwards_all_goes_on(
    site: Site, desk: Desk
) -> None:
    async with initialised(site.server, desk.editor.access_token) as socket:
        await follow(socket, "live", desk)
        await heard_again(socket, desk)
        assert await asked_during(away(site.postgres), desk) <= {200, 503}
        await until(partial(is_unavailable, desk))
        for _ in range(3):
            refused = await desk.viewer()
            assert (refused.status_code, code(refused)) == (503, "UNAVAILABLE")
            assert refused.headers["Retry-After"]
        assert (await desk.http.ask("{ __typename }")).json() == {"data": {"__typename": "Query"}}
        login = {"email": desk.editor.email, "password": "?"}
        attempt = "mutation ($input: LoginInput!) { login(input: $input) { accessToken } }"
        assert code(await desk.http.ask(attempt, input=login)) == "UNAVAILABLE"
        await socket.subscribe("asked", VIEWER)
        while (answer := await socket.receive())["id"] != "asked":
            pass
        assert answer["payload"][0]["extensions"]["code"] == "UNAVAILABLE"
        assert (await desk.http.http.get("/health/ready")).status_code == 503
        assert await asked_during(back(site.postgres), desk) <= {200, 503}
        await recovers(desk)
        await heard_again(socket, desk)
    assert site.alarms == []


async def test_without_valkey_writing_goes_on_and_listeners_miss_nothing(
    site: Site, desk: Desk
) -> None:
    async with initialised(site.server, desk.editor.access_token) as socket:
        await follow(socket, "live", desk)
        await heard_again(socket, desk)
        await away(site.valkey)
        renamed: Any = (await desk.rename("In silence")).json()["data"]["updateTemplate"]
        assert renamed == {"template": {"name": "In silence"}, "errors": []}
        assert (await desk.viewer()).status_code == 200
        await back(site.valkey)
        first = await socket.receive()
        assert first["payload"]["data"]["templateChanged"]["template"]["name"] == "In silence"
        await heard_again(socket, desk)
    assert site.alarms == []
