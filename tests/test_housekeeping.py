"""What has run out is deleted, and nothing else; the queue's tables are the library's."""

from datetime import UTC, datetime, timedelta
from typing import Any

from sqlalchemy import select, update

from db.jobs import SessionDriver, queries
from db.models import Session
from jobs.housekeeping import ENDED, KEPT
from jobs.registry import JOBS, SCHEDULES
from tests.jobs import run_jobs
from tests.world import World, uuid_of

OLD = datetime.now(UTC) - timedelta(minutes=5)
LOG = """
INSERT INTO jobs.pgqueuer_log (created, job_id, status, priority, entrypoint)
VALUES ($1, -1, 'successful', 0, 'test.old'), ($2, -1, 'successful', 0, 'test.new')
"""
LOGGED = "SELECT entrypoint FROM jobs.pgqueuer_log WHERE job_id = -1"


async def run(world: World, name: str) -> None:
    async with world.resources.own_context("r").transaction() as work:
        work.later(name, {})
    assert name in await run_jobs(world, names=[name])


async def fetch(world: World, statement: str, *values: Any) -> list[dict[str, Any]]:
    async with world.resources.database.transaction() as session:
        return await SessionDriver(session).fetch(statement, *values)


async def test_sessions_are_forgotten_a_month_after_their_end(world: World) -> None:
    gone, here = await world.person(), await world.person()
    async with world.resources.database.transaction() as session:
        ended = update(Session).where(Session.user_id == uuid_of(gone.id))
        await session.execute(ended.values(expires_at=OLD - ENDED))
    await run(world, "sessions.forget_ended")
    async with world.resources.database.read() as session:
        users = set(await session.scalars(select(Session.user_id)))
    assert uuid_of(here.id) in users
    assert uuid_of(gone.id) not in users


async def test_what_became_of_jobs_is_forgotten_after_a_week(world: World) -> None:
    async with world.resources.database.transaction() as session:
        await SessionDriver(session).execute(LOG, OLD - KEPT, OLD)
    await run(world, "jobs.forget_finished")
    assert [row["entrypoint"] for row in await fetch(world, LOGGED)] == ["test.new"]


def test_everything_scheduled_has_somebody_who_does_it() -> None:
    assert SCHEDULES.keys() <= JOBS.keys()


async def test_the_queues_tables_are_as_the_library_wants_them(world: World) -> None:
    async with world.resources.database.read() as session:
        plan = await queries(SessionDriver(session)).plan_upgrade()
    assert (plan.statements, plan.notes) == ((), ())
