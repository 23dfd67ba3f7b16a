"""Who does what: the handlers of jobs by name, the schedules, and those who follow the events."""

import random
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import timedelta

from croniter import croniter

from events.followers import Follow

Handler = Callable[..., Awaitable[None]]
"""`async def f(ctx: Context, **payload)`."""


class Failed(Exception):
    """What a handler raises when it could not do it; operators read the text: no secrets in it."""


class Dead(Failed):
    """As `Failed`, and trying again is of no use: it is left to an operator."""


@dataclass(frozen=True, slots=True)
class Retries:
    """How often a job is tried, and how long it waits in between: twice as long every time.

    As it stands that is about a day. By chance a wait is up to a quarter shorter or longer, so
    that what failed together does not come back together.
    """

    attempts: int = 21
    first: timedelta = timedelta(seconds=15)
    longest: timedelta = timedelta(hours=2)

    def wait(self, failures: int) -> timedelta:
        """How long to wait after so many failures, from 1."""
        doubled: timedelta = self.first * 2 ** min(failures - 1, 30)
        return min(doubled, self.longest) * random.uniform(0.75, 1.25)  # noqa: S311 - no secret


A_DAY = Retries()


@dataclass(frozen=True, slots=True)
class Kind:
    """A kind of job: who does it, and how often it is tried."""

    name: str
    handler: Handler
    retries: Retries


JOBS: dict[str, Kind] = {}
SCHEDULES: dict[str, str] = {}
FOLLOWERS: dict[str, Follow] = {}


def job(name: str, retries: Retries = A_DAY) -> Callable[[Handler], Handler]:
    """The function does the jobs of that name, `noun.verb`."""

    def register(handler: Handler) -> Handler:
        _once(name, JOBS)
        JOBS[name] = Kind(name, handler, retries)
        return handler

    return register


def scheduled(cron: str, name: str, retries: Retries = A_DAY) -> Callable[[Handler], Handler]:
    """As `job`, and it is done at every moment of the cron expression, in UTC."""
    if not croniter.is_valid(cron):
        raise ValueError(f"{cron} is no cron expression")

    def register(handler: Handler) -> Handler:
        SCHEDULES[name] = cron
        return job(name, retries)(handler)

    return register


def follower(name: str) -> Callable[[Follow], Follow]:
    """The function is called with all events in order, each once, under the name of its cursor."""

    def register(follow: Follow) -> Follow:
        _once(name, FOLLOWERS)
        FOLLOWERS[name] = follow
        return follow

    return register


def _once(name: str, among: dict[str, Kind] | dict[str, Follow]) -> None:
    if name in among:
        raise ValueError(f"{name} is registered twice")
