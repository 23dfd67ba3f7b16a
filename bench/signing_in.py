"""`python -m bench.signing_in`: what it costs to know who asks, and what sign-ins cost others.

On one core, with PostgreSQL on the rest. CPU is the event loop's thread's; the fixed job of
`bench/cores.py`, timed beside it, tells how fast the core was.
"""

import asyncio
import gc
import os
import tempfile
import time
from collections.abc import Awaitable, Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Final

import uvloop

from bench.cores import Cores, job_seconds
from db.models import User, new_id, now
from domain.signing_keys import Algorithm
from engine.execution import Engine, OperationRequest
from resolvers.context import Resources
from resolvers.sessions import SignedIn, start
from server.embedded import embedded_engines
from server.readiness import make_ready
from server.settings import Settings
from server.wiring import build_engine, open_resources

KNOWN: Final = 20_000
"""Requests with a token that was seen before."""
NEW: Final = 1_000
A_SECOND: Final = 20
SECONDS: Final = 10
PEOPLE: Final = 20
GOALS: Final = {"known": 60.0, "stall": 10.0}  # µs, ms
PASSWORD: Final = "a quiet harbour at dawn"  # noqa: S105 - of nobody
LOGIN: Final = """
mutation ($input: LoginInput!) { login(input: $input) { accessToken errors { message } } }
"""


def main() -> None:
    cores = Cores.of_this_machine()
    for algorithm in Algorithm:
        with (
            _engines(cores, algorithm) as settings,
            asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner,
        ):
            runner.run(_measure(settings, cores))


@contextmanager
def _engines(cores: Cores, algorithm: Algorithm) -> Iterator[Settings]:
    """Engines of our own on the other cores; from then on this process has a core to itself."""
    before = os.sched_getaffinity(0)
    os.sched_setaffinity(0, cores.rest)
    with tempfile.TemporaryDirectory(prefix="imprimatur-bench-", dir="/tmp") as folder:
        Path(folder).chmod(0o711)  # started by root, they run as somebody who has to get in
        plain = Settings(data_dir=Path(folder) / "data", jwt_algorithm=algorithm)
        with embedded_engines(plain) as running:
            make_ready(running)
            os.sched_setaffinity(0, cores.server)
            try:
                yield running
            finally:
                os.sched_setaffinity(0, before)


async def _measure(settings: Settings, cores: Cores) -> None:
    async with open_resources(settings) as resources:
        people = [await _person(resources) for _ in range(PEOPLE)]
        gc.collect()
        gc.freeze()
        print(f"{settings.jwt_algorithm}: the fixed job takes {_ms(job_seconds(cores.server))}")
        await _of_actors(resources, people[0])
        if settings.jwt_algorithm is Algorithm.EDDSA:
            await _of_logins(resources, build_engine(settings), people)


async def _person(resources: Resources) -> SignedIn:
    """Somebody with a password, signed in."""
    id = new_id()
    hashed = await resources.passwords.hash(PASSWORD)
    user = User(id=id, email=f"{id}@example.com", first_name="Ada", last_name="Byron")
    user.password_hash, user.email_verified = hashed, True
    ctx = await resources.open(None, request_id="bench", ip="", user_agent="")
    async with ctx.transaction() as work:
        work.session.add(user)
        await work.session.flush()
        return start(ctx, work, user)


async def _of_actors(resources: Resources, person: SignedIn) -> None:
    token = person.access_token
    known = await _cpu([token] * KNOWN, resources.signed_in_by)
    tokens = [_another(resources, person) for _ in range(NEW)]
    new = await _cpu(tokens, resources.signed_in_by)
    print(f"  who asks, by a token seen before: {known:.1f} µs (goal: {GOALS['known']:.0f})")
    print(f"  by a token seen for the first time: {new:.1f} µs, {new / known:.0f} times as much")


def _another(resources: Resources, person: SignedIn) -> str:
    return resources.tokens.sign(person.user.id, person.session.id, now())[0]


async def _cpu(tokens: Sequence[str], ask: Callable[[str], Awaitable[object]]) -> float:
    """Microseconds of CPU for each."""
    began = time.thread_time()
    for token in tokens:
        await ask(token)
    return (time.thread_time() - began) / len(tokens) * 1e6


async def _of_logins(resources: Resources, engine: Engine, people: Sequence[SignedIn]) -> None:
    """Sign-ins at a steady rate, whether or not those before have been answered."""
    idle = await _stalls_during(asyncio.sleep(SECONDS / 3))
    began, cpu = time.perf_counter(), time.process_time()
    took: list[float] = []
    stalls = await _stalls_during(_login_on(resources, engine, people, took))
    seconds = time.perf_counter() - began
    used = (time.process_time() - cpu) / seconds
    print(f"  {len(took) / seconds:.1f} sign-ins a second use {used:.0%} of the core")
    print(f"  each takes {_ms(_quantile(took, 0.5))}, and at most {_ms(max(took))}")
    print(f"  the event loop stalls for {_ms(_quantile(stalls, 0.99))} (99 %)", end="")
    print(f" and at most {_ms(max(stalls))} (goal: {GOALS['stall']:.0f}; idle {_ms(max(idle))})")


async def _login_on(
    resources: Resources, engine: Engine, people: Sequence[SignedIn], took: list[float]
) -> None:
    async with asyncio.TaskGroup() as group:
        for number in range(A_SECOND * SECONDS):
            person = people[number % len(people)]
            group.create_task(_login(resources, engine, person.user.email, took))
            await asyncio.sleep(1 / A_SECOND)


async def _login(resources: Resources, engine: Engine, email: str, took: list[float]) -> None:
    began = time.perf_counter()
    input = {"email": email, "password": PASSWORD}
    operation = engine.prepare(OperationRequest(LOGIN, None, {"input": input}))
    ctx = await resources.open(None, request_id="bench", ip="", user_agent="")
    answer = await engine.execute(operation, ctx)
    if b'"errors":[]' not in answer.body():
        raise SystemExit(f"Nobody is signed in: {answer.body()!r}")
    took.append(time.perf_counter() - began)


async def _stalls_during(work: Awaitable[None]) -> list[float]:
    """How much later than it wanted to a task had its turn, every millisecond."""
    stalls: list[float] = []
    ticking = asyncio.create_task(_tick(stalls))
    await work
    ticking.cancel()
    return stalls


async def _tick(stalls: list[float]) -> None:
    while True:
        due = time.perf_counter() + 0.001
        await asyncio.sleep(0.001)
        stalls.append(max(0.0, time.perf_counter() - due))


def _quantile(values: Sequence[float], share: float) -> float:
    return sorted(values)[int(len(values) * share)]


def _ms(seconds: float) -> str:
    return f"{seconds * 1000:.1f} ms"


if __name__ == "__main__":
    main()
