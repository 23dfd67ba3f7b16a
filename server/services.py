"""What the transports need of the rest, as values."""

from collections.abc import AsyncGenerator, Awaitable, Callable, Mapping
from contextlib import AbstractAsyncContextManager, aclosing
from dataclasses import dataclass, field
from typing import Protocol

from adapters.storage import Storage
from domain.actor import Actor
from engine.execution import Answer, Engine, Operation
from engine.subscribers import Delivery
from server.job_counts import JobCounts
from server.metrics import Metrics
from server.settings import Settings

Check = Callable[[], Awaitable[object]]
"""Returns if a thing that the server depends on answers, and raises otherwise."""


class OperationContext(Protocol):
    """What one operation runs in."""

    @property
    def actor(self) -> Actor: ...

    def resuming(self, after: int) -> "OperationContext":
        """The same, where a live stream goes on after the position."""
        ...

    def fresh(self) -> "OperationContext":
        """The same, for what has to see everything that was written before."""
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


@dataclass(frozen=True, slots=True)
class Services:
    engine: Engine
    contexts: Contexts
    checks: Mapping[str, Check] = field(default_factory=dict)
    jobs: JobCounts | None = None
    storage: Storage | None = None


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
