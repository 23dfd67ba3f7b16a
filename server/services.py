"""What the transports need of the rest, as values."""

from collections.abc import AsyncGenerator, Awaitable, Callable, Mapping
from contextlib import AbstractAsyncContextManager, aclosing
from dataclasses import dataclass, field
from typing import Protocol

from adapters.storage import Storage
from domain.actor import Actor
from engine.execution import Answer, Engine, Operation
from engine.subscribers import Delivery
from events.live import Bystander
from resolvers.jar import Jar
from server.cookies import Cookies
from server.job_counts import JobCounts
from server.metrics import Metrics
from server.settings import Settings

Check = Callable[[], Awaitable[object]]
"""Returns if a thing that the server depends on answers, and raises otherwise."""


class OperationContext(Protocol):
    """What one operation runs in."""

    @property
    def actor(self) -> Actor: ...

    @property
    def is_current(self) -> bool:
        """Whether nothing was heard that may have changed the caller since they were read."""
        ...

    def with_jar(self, jar: Jar) -> "OperationContext":
        """The same, where a browser keeps what is left in the jar."""
        ...

    def resuming(self, after: int) -> "OperationContext":
        """The same, where a live stream goes on after the position."""
        ...

    def fresh(self) -> "OperationContext":
        """The same, for what has to see everything that was written before."""
        ...

    async def presenting(self, token: str) -> "OperationContext":
        """The same caller by a newer access token; raises `Unauthenticated` for any other."""
        ...

    async def renewed(self) -> "OperationContext":
        """The same caller with fresh loaders and grants; raises `Refusal` if they signed out."""
        ...


class Contexts(Protocol):
    async def open(
        self, token: str | None, *, request_id: str, ip: str, user_agent: str
    ) -> OperationContext:
        """Raises `Unauthenticated` for a token that is expired, forged or malformed."""
        ...


KeySet = Callable[[], Mapping[str, object]]
"""Gives the JSON Web Key Set that access tokens are verified with."""


@dataclass(frozen=True, slots=True)
class Services:
    engine: Engine
    contexts: Contexts
    cookies: Cookies
    checks: Mapping[str, Check] = field(default_factory=dict)
    jobs: JobCounts | None = None
    key_set: KeySet = dict
    storage: Storage | None = None
    bystanders: list[Bystander] = field(default_factory=list)
    """Whoever is put here hears whose credentials may have ended."""


OpenServices = Callable[[Settings], AbstractAsyncContextManager[Services]]
"""Opens everything that requests use and, at the end, closes it in reverse."""


Renew = Callable[[], Awaitable[OperationContext]]


async def answers(
    engine: Engine,
    operation: Operation,
    context: OperationContext,
    renew: Renew,
    metrics: Metrics,
    delivery: Delivery | None = None,
) -> AsyncGenerator[Answer, None]:
    """The one answer of a query or mutation, or one answer for every event of a subscription.

    What goes out by the `delivery` is not iterated.
    """
    with metrics.timing(operation.kind) as timing:
        if operation.kind != "subscription":
            answer = await engine.execute(operation, context)
            timing.saw(answer)
            yield answer
            return
        async with aclosing(await engine.subscribe(operation, context, renew, delivery)) as events:
            async for answer in events:
                timing.saw(answer)
                yield answer
