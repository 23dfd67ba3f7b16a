"""`python -m tests.job_process URL REDIS FOLDER NAME`: a worker of its own, to be killed.

It does the jobs NAME: in its transaction, of 50 ms, each puts a job `NAME.done` on the queue,
which nobody does. Before the commit of a payload with `stop`, it says so and waits for ever, if it
is the first to try it. The end of the process is its parent's business.
"""

import asyncio
import sys
from datetime import timedelta
from pathlib import Path

from sqlalchemy import func, select

from db.jobs import Later, put
from jobs.registry import FOLLOWERS, JOBS, SCHEDULES, job
from jobs.running import Outcomes
from jobs.worker import Manner, working
from resolvers.context import Context
from server.settings import Settings
from server.wiring import open_resources


def is_first(mark: str) -> bool:
    """Whether nobody was here before."""
    try:
        Path(mark).touch(exist_ok=False)
    except FileExistsError:
        return False
    return True


async def main(database_url: str, redis_url: str, folder: str, name: str) -> None:
    for registered in (JOBS, SCHEDULES, FOLLOWERS):
        registered.clear()

    @job(name)
    async def mark(ctx: Context, n: int, stop: str | None = None) -> None:
        async with ctx.transaction() as work:
            await work.session.execute(select(func.pg_sleep(0.05)))
            await put(work.session, [Later(name=f"{name}.done", payload={"n": n})])
            if stop and is_first(stop):
                say("in the middle")
                await asyncio.Event().wait()

    settings = Settings(
        database_url=database_url, redis_url=redis_url, data_dir=Path(folder), database_pool_size=4
    )
    manner = Manner(at_once=2, silent_for=timedelta(seconds=1))
    async with open_resources(settings) as resources, working(resources, Outcomes(), manner):
        say("works")
        await asyncio.Event().wait()


def say(text: str) -> None:
    sys.stdout.write(f"{text}\n")
    sys.stdout.flush()


asyncio.run(main(*sys.argv[1:]))
