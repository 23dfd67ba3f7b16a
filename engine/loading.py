"""Batched loading: siblings that ask for the same relation share one read."""

from asyncio import shield
from collections.abc import Awaitable, Callable, Hashable, Sequence
from functools import partial
from typing import Any, Protocol

from aiodataloader import DataLoader
from graphql import GraphQLError

Batch = Callable[..., Awaitable[Sequence[Any]]]


class Loaders:
    """The batch loaders of one request; what was read once is not read again.

    They serve one answer and are thrown away: a live connection needs fresh ones an event.
    """

    def __init__(self, reader: Any) -> None:
        self._reader = reader
        self._loaders: dict[Hashable, DataLoader[Any, Any]] = {}

    def load(self, batch: Batch, key: Any, *rest: Hashable) -> Awaitable[Any]:
        """What `batch(reader, keys, *rest)` answers for the key, together with its siblings."""
        identity = (batch, *rest)
        loader = self._loaders.get(identity)
        if loader is None:
            loader = DataLoader(partial(_batch, batch, self._reader, rest))
            self._loaders[identity] = loader
        # Several wait for it: one that is cancelled must not take it from the others.
        return shield(loader.load(key))

    def require(self, batch: Batch, key: Any) -> Awaitable[Any]:
        """As `load`, but a key without a row raises NOT_FOUND instead of answering None."""
        return self.load(_required, key, batch)

    def clear(self) -> None:
        """Forget what was read: something has been written."""
        self._loaders.clear()


async def _batch(
    batch: Batch, reader: Any, rest: tuple[Hashable, ...], keys: list[Any]
) -> list[Any]:
    return list(await batch(reader, keys, *rest))


async def _required(reader: Any, keys: list[Any], batch: Batch) -> list[Any]:
    found = await batch(reader, keys)
    return [absent() if each is None else each for each in found]


def absent() -> GraphQLError:
    """The row was there when it was named, and is now gone or out of sight."""
    return GraphQLError("There is no such thing any more.", extensions={"code": "NOT_FOUND"})


class RequestContext(Protocol):
    """What the engine needs of the context that resolvers get."""

    @property
    def loaders(self) -> Loaders: ...

    @property
    def view(self) -> Hashable:
        """The same for all who may see the same; None where that cannot be told."""

    def fresh(self) -> "RequestContext":
        """The same context, in which all that was written until now is read."""

    def needing(self, permission: Any) -> Any:
        """The context in which every row that is written is checked for that permission."""

    async def settle(self) -> None:
        """Called when the answer to one mutation is complete, before the next one begins."""
