"""Whatever is killed, stopped or cut under load: clients receive exactly what was committed."""

import asyncio
import random
import shutil
import signal
import tempfile
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from uuid import uuid4

import httpx
import psutil
import pytest

from server import keys
from server.embedded.daemon import Daemon
from server.embedded.places import place
from server.embedded.postgres import Postgres
from server.embedded.valkey import Valkey
from server.settings import Settings
from tests.editorial import COMMENT, CREATE
from tests.engines import connected
from tests.listeners import EVENTS, Heard, Listener, SocketListener, StreamListener
from tests.product import SERVE, Product, running
from tests.visitors import Visitor, visiting
from tests.websocket_client import initialised
from tests.world import content, uuid_of

PATIENCE = 60.0
ORDERED = """
SELECT position, event_id::text FROM event_positions
WHERE organization_id = $1 ORDER BY position
"""
COMMENTED = """
SELECT count(*) FROM events WHERE organization_id = $1 AND kind = 'COMMENT_ADDED'
"""
WAITING = "SELECT count(*) FROM outbox"
HIDDEN = "SELECT id::text FROM events WHERE kind = 'NOTIFICATIONS_SENT'"


async def until(holds: Callable[[], bool]) -> None:
    async with asyncio.timeout(PATIENCE):
        while not holds():  # noqa: ASYNC110 - what others do
            await asyncio.sleep(0.02)


@dataclass
class Cluster:
    """Two servers on one PostgreSQL and one Valkey, that come back when they are killed."""

    folder: Path
    postgres: Daemon
    valkey: Daemon
    settings: dict[str, str]
    opened: AsyncExitStack
    servers: list[Product] = field(default_factory=list)

    async def start(self) -> Product:
        name = self.folder / f"server-{uuid4().hex[:8]}"
        product = await self.opened.enter_async_context(running(name, SERVE, **self.settings))
        self.servers.append(product)
        return product

    def any(self) -> Product:
        return random.choice(self.servers)  # noqa: S311 - no secret

    async def replace(self, product: Product) -> None:
        """Kill a server while the other goes on, and start another."""
        self.servers.remove(product)
        product.server.kill()
        await product.over()
        await self.start()


@asynccontextmanager
async def a_cluster(folder: Path) -> AsyncIterator[Cluster]:
    postgres, valkey = (
        Postgres(place(folder / "data"), durable=True),
        Valkey(place(folder / "data")),
    )
    signing = keys.load_or_create(Settings(data_dir=folder / "keys"))
    settings = {
        "ENVIRONMENT": "production",
        "DATABASE_URL": postgres.url(),
        "REDIS_URL": valkey.url(),
        "SECRET_KEY": signing.secret_key,
        "WORKER": "true",
    }
    daemons = Daemon(postgres), Daemon(valkey)
    async with AsyncExitStack() as opened:
        for daemon in daemons:
            await asyncio.to_thread(daemon.ensure)
            opened.push_async_callback(asyncio.to_thread, daemon.stop)
        cluster = Cluster(folder, *daemons, settings, opened)
        await cluster.start()
        await cluster.start()
        yield cluster


@dataclass
class Load:
    """Somebody who writes without pause, and repeats under its key what may have failed."""

    cluster: Cluster
    author: Visitor
    template: str
    accepted: list[str] = field(default_factory=list)
    is_over: bool = False

    async def write(self) -> None:
        """Until it is over; every comment is accepted once, however often it is sent."""
        while not self.is_over:
            await self._comment(f"Number {len(self.accepted)}", uuid4().hex)

    async def _comment(self, body: str, key: str) -> None:
        given = {"template": self.template, "body": body, "idempotencyKey": key}
        while (id := await self._try(given)) is None:  # noqa: ASYNC110 - a server far away
            await asyncio.sleep(0.02)
        self.accepted.append(id)

    async def _try(self, given: dict[str, Any]) -> str | None:
        try:
            async with httpx.AsyncClient(base_url=self.cluster.any().address, timeout=15) as http:
                answer = await self.author.at(http).ask(COMMENT, input=given)
        except (httpx.HTTPError, OSError, AssertionError):
            return None
        if "errors" in answer:
            codes = {error["extensions"]["code"] for error in answer["errors"]}
            assert codes <= {"UNAVAILABLE"}, answer
            return None
        return str(answer["data"]["addComment"]["comment"]["id"])


@dataclass
class Scene:
    cluster: Cluster
    organization: str
    load: Load
    listeners: list[Listener]
    writing: list[asyncio.Task[None]]

    async def goes_on(self, comments: int = 6) -> None:
        """Return when so many more comments are accepted: nothing stands still for good."""
        wanted = len(self.load.accepted) + comments
        await until(lambda: len(self.load.accepted) >= wanted)

    async def ends(self) -> None:
        """Everybody has received what was committed: each event once, in order, nothing else."""
        self.load.is_over = True
        await asyncio.gather(*self.writing)
        ordered, hidden, comments = await self._committed()
        assert [place for place, _ in ordered] == list(range(1, len(ordered) + 1))
        assert len(set(self.load.accepted)) == len(self.load.accepted) == comments
        told = [each for each in ordered if each[1] not in hidden]
        await until(lambda: all(len(each.heard) >= len(told) for each in self.listeners))
        for listener in self.listeners:
            assert listener.heard == told
            assert listener.connections > len(FAULTS)

    async def _committed(self) -> tuple[list[Heard], set[str], int]:
        """Everything in its order, what of it is no part of the feed, and how many comments."""
        organization = uuid_of(self.organization)
        async with connected(self.cluster.settings["DATABASE_URL"]) as connection:
            while await connection.fetchval(WAITING):  # noqa: ASYNC110 - what the relay does
                await asyncio.sleep(0.05)
            ordered = await connection.fetch(ORDERED, organization)
            hidden = await connection.fetch(HIDDEN)
            comments = await connection.fetchval(COMMENTED, organization)
        return [(row[0], row[1]) for row in ordered], {row[0] for row in hidden}, comments


Fault = Callable[[Scene], Awaitable[None]]


async def a_server_is_killed(scene: Scene) -> None:
    await scene.cluster.replace(scene.cluster.servers[-1])


async def the_relays_leader_is_killed(scene: Scene) -> None:
    """The first that was started leads, or its successor does."""
    await scene.cluster.replace(scene.cluster.servers[0])


async def valkey_is_killed(scene: Scene) -> None:
    await _killed(scene.cluster.valkey)
    await scene.goes_on()
    await asyncio.to_thread(scene.cluster.valkey.ensure)


async def valkey_hangs(scene: Scene) -> None:
    process = _process(scene.cluster.valkey)
    process.send_signal(signal.SIGSTOP)
    await scene.goes_on()
    process.send_signal(signal.SIGCONT)


async def postgresql_is_killed(scene: Scene) -> None:
    await _killed(scene.cluster.postgres)
    await asyncio.to_thread(scene.cluster.postgres.ensure)


async def postgresql_is_restarted(scene: Scene) -> None:
    await asyncio.to_thread(scene.cluster.postgres.stop)
    await asyncio.to_thread(scene.cluster.postgres.ensure)


async def a_client_does_not_read(scene: Scene) -> None:
    """Its socket's buffers fill up, and nobody else waits for it."""
    visitor, server = scene.load.author, scene.cluster.any()
    async with initialised(server, visitor.token) as client:
        client.connection.transport.pause_reading()
        for number in range(10):
            given = {"organization": scene.organization, "after": 0}
            await client.subscribe(str(number), EVENTS, variables=given)
        await scene.goes_on()


async def clients_reconnect_ten_times(scene: Scene) -> None:
    for _ in range(10):
        for listener in scene.listeners:
            listener.interrupt()
        await scene.goes_on(2)


def _process(daemon: Daemon) -> psutil.Process:
    assert daemon._process is not None
    return daemon._process


async def _killed(daemon: Daemon) -> None:
    _process(daemon).kill()
    await until(lambda: not daemon.is_alive())


FAULTS: tuple[Fault, ...] = (
    clients_reconnect_ten_times,
    a_server_is_killed,
    valkey_is_killed,
    the_relays_leader_is_killed,
    valkey_hangs,
    postgresql_is_restarted,
    a_client_does_not_read,
    postgresql_is_killed,
)


@asynccontextmanager
async def a_scene(cluster: Cluster) -> AsyncIterator[Scene]:
    async with visiting(cluster.any()) as visitor:
        author = await visitor.registered("Edith", "Okonkwo")
        organization = await author.founds("Acme Press", f"press-{uuid4().hex[:8]}")
        given = {"organization": organization, "name": "Welcome", "content": content()}
        template = (await author.done(CREATE, **given))["template"]["id"]
    listeners: list[Listener] = [
        kind(cluster.any, author, organization)
        for kind in (SocketListener, StreamListener, SocketListener, StreamListener)
    ]
    load = Load(cluster, author, template)
    tasks = [asyncio.create_task(each.listen()) for each in listeners]
    writing = [asyncio.create_task(load.write()) for _ in range(2)]
    try:
        yield Scene(cluster, organization, load, listeners, writing)
    finally:
        for task in (*writing, *tasks):
            task.cancel()
        await asyncio.gather(*writing, *tasks, return_exceptions=True)


@pytest.fixture
def folder() -> Iterator[Path]:
    """A short path that engines of another account can reach."""
    made = Path(tempfile.mkdtemp(prefix="imprimatur-faults-", dir="/tmp"))
    made.chmod(0o711)
    yield made
    shutil.rmtree(made)


async def test_each_client_receives_exactly_what_was_committed_whatever_fails(
    folder: Path,
) -> None:
    async with a_cluster(folder) as cluster, a_scene(cluster) as scene:
        for fault in FAULTS:
            await scene.goes_on()
            await fault(scene)
            await scene.goes_on()
        await scene.ends()
