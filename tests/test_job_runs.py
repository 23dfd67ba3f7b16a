"""A job is done once; a failure is tried again, and in the end left to an operator."""

from datetime import UTC, datetime, timedelta
from uuid import uuid4

from db.jobs import SessionDriver
from jobs import operators
from jobs.registry import A_DAY, Dead, Failed, Retries
from jobs.running import MOST_DEATHS
from resolvers.context import Context
from tests.handlers import Noted, doing, forget_all, put, read, status
from tests.jobs import run_jobs, waiting
from tests.world import World

TAKEN = "UPDATE jobs.pgqueuer SET queue_manager_id = $1 WHERE entrypoint = $2"
PICKED = """
INSERT INTO jobs.pgqueuer_log (job_id, status, priority, entrypoint)
SELECT id, 'picked', 0, entrypoint FROM jobs.pgqueuer WHERE entrypoint = $1 RETURNING id
"""


async def test_what_a_job_writes_and_its_end_are_one_transaction(world: World) -> None:
    async def write_and_fail(ctx: Context) -> None:
        async with ctx.transaction() as work:
            work.later(written, {})
        raise Failed("too late")

    with doing(Noted()) as written, doing(write_and_fail) as name:
        await put(world, name)
        assert await run_jobs(world, names=[name]) == [name]
        assert await waiting(world, names=[name]) == []
        assert len(await waiting(world, names=[written])) == 1
        await forget_all(world, written)


async def test_a_job_that_another_worker_has_taken_writes_nothing(world: World) -> None:
    async def lose(ctx: Context) -> None:
        async with ctx.database.transaction() as session:
            await SessionDriver(session).execute(TAKEN, uuid4(), name)
        async with ctx.transaction() as work:
            work.later(written, {})

    with doing(Noted()) as written, doing(lose) as name:
        await put(world, name)
        await run_jobs(world, names=[name])
        assert await waiting(world, names=[written]) == []
        assert await status(world, name) == ["picked"]
        await forget_all(world, name)


async def test_a_job_has_one_transaction(world: World) -> None:
    async def twice(ctx: Context) -> None:
        for _ in range(2):
            async with ctx.transaction() as work:
                work.later(written, {})

    with doing(Noted()) as written, doing(twice) as name:
        await put(world, name)
        await run_jobs(world, names=[name])
        assert len(await waiting(world, names=[written])) == 1
        await forget_all(world, written)


async def test_a_failure_is_tried_again_after_waits_that_double(world: World) -> None:
    async def fail(ctx: Context) -> None:
        raise Failed("no")

    with doing(fail, Retries(4, timedelta(minutes=10), timedelta(minutes=20))) as name:
        await put(world, name)
        waits = []
        for _ in range(3):
            began = datetime.now(UTC)
            await run_jobs(world, began + timedelta(days=1), names=[name], most=1)
            [again] = await waiting(world, names=[name])
            waits.append((again.at - began) / timedelta(minutes=1))
        for wait, expected in zip(waits, (10, 20, 20), strict=True):
            assert 0.75 * expected <= wait <= 1.26 * expected
        await run_jobs(world, datetime.now(UTC) + timedelta(days=1), names=[name])
        assert await status(world, name) == ["failed"]
        await forget_all(world, name)


def test_waits_double_up_to_the_longest_and_last_about_a_day() -> None:
    waits = [A_DAY.wait(failures) for failures in range(1, A_DAY.attempts)]
    assert timedelta(seconds=11) < waits[0] < timedelta(seconds=19)
    assert all(wait <= A_DAY.longest * 1.25 for wait in waits)
    assert timedelta(hours=17) < sum(waits, timedelta()) < timedelta(hours=31)


async def test_a_dead_job_is_kept_and_done_when_an_operator_says_so(world: World) -> None:
    outcomes: list[str] = []

    async def fail_once(ctx: Context) -> None:
        outcomes.append("tried")
        if len(outcomes) == 1:
            raise Dead("The address is no more.")

    with doing(fail_once) as name:
        await put(world, name)
        await run_jobs(world, names=[name])
        [dead] = [
            each for each in await operators.dead(world.resources.database) if each.name == name
        ]
        assert dead.error == "Dead: The address is no more."
        assert await operators.retry(world.resources.database, dead.id)
        assert not await operators.retry(world.resources.database, dead.id)
        await run_jobs(world, names=[name])
        assert (outcomes, await status(world, name)) == (["tried", "tried"], [])


async def test_the_text_of_errors_that_are_not_ours_is_not_kept(world: World) -> None:
    async def leak(ctx: Context) -> None:
        raise ValueError("password=hunter2")

    with doing(leak, Retries(attempts=1)) as name:
        await put(world, name)
        await run_jobs(world, names=[name])
        [log] = await read(
            world,
            "SELECT traceback::text AS t FROM jobs.pgqueuer_log "
            "WHERE entrypoint = $1 AND status = 'failed'",
            name,
        )
        assert "hunter2" not in log["t"]
        assert "ValueError in leak" in log["t"]
        await forget_all(world, name)


async def test_a_job_that_kills_its_workers_is_dead_in_the_end(world: World) -> None:
    noted = Noted()
    with doing(noted) as name:
        await put(world, name)
        for _ in range(MOST_DEATHS):
            await read(world, PICKED, name)
        await run_jobs(world, names=[name])
        assert (noted.payloads, await status(world, name)) == ([], ["failed"])
        await forget_all(world, name)
