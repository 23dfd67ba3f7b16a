"""Listeners as a transport has them: what can be sent at once is, all else is awaited."""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import AsyncExitStack, aclosing, asynccontextmanager
from typing import Any

import orjson

from engine.answers import Answer
from engine.execution import OperationRequest
from tests.spine import DEADLINE, in_background
from tests.world import Person, Place, World

HISTORY = """
subscription ($id: ID!) { templateChanged(template: $id, after: 0) { position } }
"""


def always() -> bool:
    return True


class Ear:
    """What one of them hears, in the order in which it is sent."""

    def __init__(self, has_room: Callable[[], bool] = always) -> None:
        self.answers: list[Answer] = []
        self.at_once = 0
        self._has_room = has_room
        self._changed = asyncio.Event()

    def now(self, answer: Answer) -> bool:
        if not self._has_room():
            return False
        self.at_once += 1
        self._hear(answer)
        return True

    async def later(self, answer: Answer) -> None:
        await asyncio.sleep(0)
        self._hear(answer)

    async def until(self, happens: Callable[[list[Answer]], bool]) -> None:
        async with asyncio.timeout(DEADLINE):
            while not happens(self.answers):
                self._changed.clear()
                await self._changed.wait()

    def told(self) -> list[dict[str, Any]]:
        """The data of all that was answered without an error."""
        bodies = [orjson.loads(answer.body()) for answer in self.answers]
        return [value for body in bodies for value in (body["data"] or {}).values()]

    def _hear(self, answer: Answer) -> None:
        self.answers.append(answer)
        self._changed.set()


@asynccontextmanager
async def hearing(
    world: World, query: str, by: Person, ear: Ear, **variables: Any
) -> AsyncIterator[Ear]:
    """Listens from when the block begins."""
    context = await world.context(by)
    operation = world.engine.prepare(OperationRequest(query, None, variables))
    stream = await world.engine.subscribe(operation, context, context.renewed, ear)

    async def take() -> None:
        async with aclosing(stream):
            async for answer in stream:
                await ear.later(answer)

    async with in_background(take()):
        yield ear


@asynccontextmanager
async def crowd(
    world: World, query: str, people: list[Person], **variables: Any
) -> AsyncIterator[list[Ear]]:
    """One listener a person."""
    async with AsyncExitStack() as stack:
        yield [
            await stack.enter_async_context(hearing(world, query, by, Ear(), **variables))
            for by in people
        ]


async def a_known_template(place: Place, by: Person) -> str:
    """A new one: who listens from here on does not hear that it was made."""
    template: str = (await place.template(by))["id"]
    async with hearing(place.world, HISTORY, by, Ear(), id=template) as ear:
        await ear.until(bool)
    return template
