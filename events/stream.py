"""The stream in Redis through which the relay reaches every process.

A Redis stream and not a channel: a reader that lost its connection reads on from where it
stopped, and can tell whether anything was dropped meanwhile. Old messages are trimmed.
"""

import asyncio
from collections.abc import Sequence
from typing import Any

from redis.asyncio import Redis
from redis.asyncio.retry import Retry
from redis.backoff import NoBackoff
from redis.typing import EncodableT

from events.wire import Message

KEPT = 10_000
READ_AT_ONCE = 500
BLOCK_SECONDS = 10
TIMEOUT_SECONDS = 5


class Missed(Exception):
    """Messages were dropped before this reader saw them; it now stands at the newest."""


def connect(url: str) -> Redis:
    """A client for `redis://`, `rediss://` and `unix://` that leaves retrying to its caller."""
    return Redis.from_url(
        url,
        retry=Retry(NoBackoff(), 0),
        socket_connect_timeout=TIMEOUT_SECONDS,
        # A limit here makes the client send through `asyncio.wait_for`, which in Python 3.11
        # can lose a cancellation; so whoever waits for an answer sets the limit.
        socket_timeout=None,
    )


async def append(redis: Redis, stream: str, messages: Sequence[Message]) -> None:
    """Send the messages in one round trip; when it fails, some may have arrived."""
    pipeline = redis.pipeline(transaction=False)
    for message in messages:
        pipeline.xadd(stream, _entry(message), maxlen=KEPT)
    async with asyncio.timeout(TIMEOUT_SECONDS):
        await pipeline.execute()


class Reader:
    """Reads every message that is appended after `resume` first returned."""

    def __init__(self, redis: Redis, stream: str) -> None:
        self._redis = redis
        self._stream = stream
        self._place: bytes | None = None

    async def resume(self) -> None:
        """Find the place again after a connection was lost. Raises Missed, then may be repeated."""
        async with asyncio.timeout(TIMEOUT_SECONDS):
            if self._place is None:
                self._place = await self._newest()
            else:
                await self._check(self._place)

    async def next(self) -> list[Message]:
        """The next messages; none when there were none for ten seconds. Raises Missed."""
        if self._place is None:
            raise RuntimeError("resume first")
        before = self._place
        async with asyncio.timeout(BLOCK_SECONDS + TIMEOUT_SECONDS):
            entries = await self._entries(before)
            if len(entries) in {0, READ_AT_ONCE}:
                await self._check(before)
        if entries:
            self._place = entries[-1][0]
        return [_message(entry) for _, entry in entries if b"event" in entry]

    async def _entries(self, place: bytes) -> list[tuple[bytes, dict[bytes, bytes]]]:
        reply: Any = await self._redis.xread(
            {self._stream: place}, count=READ_AT_ONCE, block=BLOCK_SECONDS * 1000
        )
        return reply[0][1] if reply else []

    async def _check(self, place: bytes) -> None:
        """A message that was read and is still there tells that nothing after it was dropped."""
        if not await self._redis.xrange(self._stream, place, place):
            self._place = await self._newest()
            raise Missed

    async def _newest(self) -> bytes:
        """The place of the newest message; an empty stream gets a mark to begin from."""
        newest: Any = await self._redis.xrevrange(self._stream, count=1)
        begin: Any = newest[0][0] if newest else await self._redis.xadd(self._stream, {"begin": ""})
        return bytes(begin)


def _entry(message: Message) -> dict[EncodableT, EncodableT]:
    return {
        "event_id": message.event_id,
        "organization_id": message.organization_id,
        "kind": message.kind,
        "event": message.event,
    }


def _message(entry: dict[bytes, bytes]) -> Message:
    event_id, organization_id = entry[b"event_id"].decode(), entry[b"organization_id"].decode()
    return Message(event_id, organization_id, entry.get(b"kind", b"").decode(), entry[b"event"])
