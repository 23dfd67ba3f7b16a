"""Handlers of jobs that are known as long as a test needs them, and a look at the queue."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any
from uuid import uuid4

from db.jobs import SessionDriver
from jobs.registry import A_DAY, JOBS, Handler, Retries, job
from resolvers.context import Context
from tests.world import World


@contextmanager
def doing(handler: Handler, retries: Retries = A_DAY) -> Iterator[str]:
    """The name of jobs that the handler does, while the block lasts."""
    name = f"test.{uuid4().hex}"
    job(name, retries)(handler)
    try:
        yield name
    finally:
        del JOBS[name]


class Noted:
    """A handler that keeps what it was called with."""

    def __init__(self) -> None:
        self.payloads: list[dict[str, Any]] = []

    async def __call__(self, ctx: Context, **payload: Any) -> None:
        self.payloads.append(payload)


async def put(world: World, name: str, **payload: Any) -> None:
    async with world.resources.own_context("r").transaction() as work:
        work.later(name, payload)


async def read(world: World, statement: str, *values: object) -> list[dict[str, Any]]:
    async with world.resources.database.transaction() as session:
        return await SessionDriver(session).fetch(statement, *values)


async def status(world: World, name: str) -> list[str]:
    """Of the jobs that are not done."""
    rows = await read(world, "SELECT status::text FROM jobs.pgqueuer WHERE entrypoint = $1", name)
    return [row["status"] for row in rows]


async def forget_all(world: World, name: str) -> None:
    await read(world, "DELETE FROM jobs.pgqueuer WHERE entrypoint = $1 RETURNING id", name)
