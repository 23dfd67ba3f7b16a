"""Whatever of the product is killed, it comes back, and nothing that was committed is lost."""

import signal
from pathlib import Path

from server.embedded.processes import is_alive
from tests import folders
from tests.product import Product, running
from tests.visitors import Discussion, Visitor, comment_id, visiting

IN_REVIEW = """
{ organization(slug: "acme") { templates(filter: {status: {in: [IN_REVIEW]}}) { nodes { id } } } }
"""


async def a_discussion(admin: Visitor) -> Discussion:
    """Of a template of the demonstration."""
    found = await admin.see(IN_REVIEW)
    return Discussion(found["organization"]["templates"]["nodes"][0]["id"])


def kill_engine(product: Product, name: str) -> None:
    """The process of that name which the server has started, and not that one's children."""
    [engine] = [
        process
        for process in folders.running(product.data_dir)
        if process.name() == name and process.ppid() == product.server.pid
    ]
    engine.kill()


async def lose_postgres(product: Product, admin: Visitor, discussion: Discussion) -> None:
    """The server waits for it, and who listens hears what is said afterwards."""
    async with discussion.heard(product, admin, admin) as hear:
        kill_engine(product, "postgres")
        id = await discussion.comment(admin)
        while comment_id(await hear()) != id:  # an attempt that seemed to fail may have succeeded
            pass


async def lose_valkey(product: Product, admin: Visitor, discussion: Discussion) -> None:
    """Comments are accepted meanwhile, and who listens hears them and what is said afterwards."""
    async with discussion.heard(product, admin, admin) as hear:
        kill_engine(product, "valkey-server")
        said = [await discussion.comment(admin) for _ in range(3)]
        assert [comment_id(await hear()) for _ in range(3)] == said
    async with discussion.heard(product, admin, admin):
        assert await discussion.kept(admin) == discussion.accepted


async def lose_server(product: Product, admin: Visitor, discussion: Discussion) -> None:
    """The next one goes on with the same engines, for people who are still signed in."""
    await discussion.comment(admin)
    product.server.kill()
    assert await product.over() != 0
    async with running(product.data_dir) as successor, visiting(successor) as visitor:
        same = admin.at(visitor.http)
        assert await discussion.kept(same) == discussion.accepted
        async with discussion.heard(successor, same, same):
            started = successor.processes
        successor.server.send_signal(signal.SIGINT)
        assert await successor.over() == 0
        assert [process for process in started if is_alive(process)] == []


async def test_nothing_committed_is_lost_whatever_is_killed(data_dir: Path) -> None:
    async with running(data_dir) as product, visiting(product) as visitor:
        admin = await visitor.signed_in(*product.logins["ADMIN"])
        discussion = await a_discussion(admin)
        await lose_postgres(product, admin, discussion)
        await lose_valkey(product, admin, discussion)
        await lose_server(product, admin, discussion)
