"""Server processes on one database and one Redis are one server to their clients."""

from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from uuid import uuid4

import pytest
from websockets.exceptions import ConnectionClosed

from server import keys
from server.settings import Settings
from tests.editorial import CREATE
from tests.engines import Engines
from tests.product import SERVE, Product, running
from tests.spine import Site, a_site, until
from tests.visitors import Discussion, Hear, Interrupted, Visitor, comment_id, visiting
from tests.world import content

LOGOUT = """
mutation ($input: LogoutInput!) { logout(input: $input) { signedOut errors { message } } }
"""
VIEWER = "{ viewer { id } }"


Running = tuple[Product, Visitor]
"""A process, and nobody yet at its door."""


@dataclass(frozen=True, slots=True)
class Cluster:
    """Processes as production has them: nothing in common but the engines and the keys."""

    site: Site
    folder: Path
    opened: AsyncExitStack

    @property
    def settings(self) -> dict[str, str]:
        signing = keys.load_or_create(Settings(data_dir=self.folder))
        return {
            "ENVIRONMENT": "production",
            "DATABASE_URL": self.site.database.url,
            "REDIS_URL": self.site.redis_url,
            "SECRET_KEY": signing.secret_key,
        }

    async def process(self, name: str) -> Running:
        serving = running(self.folder / name, SERVE, **self.settings)
        product = await self.opened.enter_async_context(serving)
        return product, await self.opened.enter_async_context(visiting(product))


@asynccontextmanager
async def a_cluster(engines: Engines, redis_url: str, folder: Path) -> AsyncIterator[Cluster]:
    async with a_site(engines, redis_url) as site, AsyncExitStack() as opened:
        yield Cluster(site, folder, opened)


@pytest.fixture(scope="module")
async def pair(
    engines: Engines, redis_url: str, tmp_path_factory: pytest.TempPathFactory
) -> AsyncIterator[list[Running]]:
    async with a_cluster(engines, redis_url, tmp_path_factory.mktemp("pair")) as cluster:
        yield [await cluster.process(name) for name in ("one", "two")]


@pytest.fixture
async def cluster(engines: Engines, redis_url: str, tmp_path: Path) -> AsyncIterator[Cluster]:
    async with a_cluster(engines, redis_url, tmp_path) as cluster:
        yield cluster


async def a_discussion(visitor: Visitor) -> tuple[Visitor, Visitor, Discussion]:
    """An author and a reader in an organisation of theirs, and a template there to discuss."""
    author = await visitor.registered("Edith", "Okonkwo")
    reader = await visitor.registered("Vera", "Nguyễn")
    organization = await author.founds("Acme Press", f"press-{uuid4().hex[:8]}")
    await author.brings_in(reader, "VIEWER", organization)
    given = {"organization": organization, "name": "Welcome", "content": content()}
    payload = await author.done(CREATE, **given)
    return author, reader, Discussion(payload["template"]["id"])


async def closing_code(hear: Hear) -> int | None:
    """The code that a socket is closed with, on which nothing but the reason is heard before."""
    while True:
        try:
            heard = await hear()
        except Interrupted as reason:
            assert str(reason) in {"UNAUTHENTICATED", "complete"}  # noqa: PT017 - or the socket is closed
        except ConnectionClosed as closed:
            return closed.rcvd.code if closed.rcvd else None
        else:
            raise AssertionError(heard)


async def is_refused(visitor: Visitor) -> bool:
    answer = await visitor.ask(VIEWER)
    codes = [error["extensions"]["code"] for error in answer.get("errors", ())]
    assert codes in ([], ["UNAUTHENTICATED"])
    return bool(codes)


async def test_what_happens_on_one_process_is_heard_and_seen_on_the_other(
    pair: list[Running],
) -> None:
    (_, at_one), (two, at_two) = pair
    author, reader, discussion = await a_discussion(at_one)
    async with discussion.heard(two, reader, author) as hear:
        for _ in range(5):
            id = await discussion.comment(author)
            assert comment_id(await hear()) == id
    assert await discussion.kept(reader.at(at_two.http)) == discussion.accepted


async def test_who_signs_out_on_one_process_is_signed_out_on_the_other(
    pair: list[Running],
) -> None:
    (_, at_one), (two, at_two) = pair
    author, reader, discussion = await a_discussion(at_one)
    async with discussion.heard(two, reader, author) as hear:
        assert (await reader.done(LOGOUT))["signedOut"]
        await until(lambda: is_refused(reader.at(at_two.http)))
        await discussion.comment(author)
        assert await closing_code(hear) == 4403


async def test_when_the_process_that_publishes_is_killed_the_other_goes_on(
    cluster: Cluster,
) -> None:
    leader, at_leader = await cluster.process("leader")
    await until(cluster.site.leader)
    other, at_other = await cluster.process("other")
    await until(cluster.site.followers)
    author, reader, discussion = await a_discussion(at_leader)
    elsewhere = author.at(at_other.http)
    async with discussion.heard(other, reader, author) as hear:
        before = await discussion.comment(author)
        leader.server.kill()
        after = await discussion.comment(elsewhere)
        heard = [comment_id(await hear()) for _ in range(2)]
        assert heard == [before, after]
    assert await discussion.kept(elsewhere) == discussion.accepted
