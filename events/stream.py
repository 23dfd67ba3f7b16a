"""The stream in Redis through which the relay reaches every process.

A Redis stream and not a channel: a reader that lost its connection reads on from where it
stopped. The id of an entry is the event's place in the order of all, so that everybody knows
what they have seen and whether something is missing. Old entries are trimmed.
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
    """Send the messages in one round trip; when it fails, some may have arrived.

    Redis refuses what is not beyond its last entry: nothing comes twice, or out of order.
    """
    pipeline = redis.pipeline(transaction=False)
    for message in messages:
        pipeline.xadd(stream, _entry(message), id=_id(message.sequence), maxlen=KEPT)
    async with asyncio.timeout(TIMEOUT_SECONDS):
        await pipeline.execute()


async def newest(redis: Redis, stream: str) -> int:
    """The place of the last entry; 0 where there is none."""
    async with asyncio.timeout(TIMEOUT_SECONDS):
        found: Any = await redis.xrevrange(stream, count=1)
    return _place(found[0][0]) if found else 0


async def read(redis: Redis, stream: str, after: int) -> list[Message]:
    """The next messages after that place; none when there were none for ten seconds."""
    async with asyncio.timeout(BLOCK_SECONDS + TIMEOUT_SECONDS):
        reply: Any = await redis.xread(
            {stream: _id(after)}, count=READ_AT_ONCE, block=BLOCK_SECONDS * 1000
        )
    return [_message(*entry) for entry in reply[0][1]] if reply else []


async def discard(redis: Redis, stream: str) -> None:
    """Remove every entry."""
    async with asyncio.timeout(TIMEOUT_SECONDS):
        await redis.delete(stream)


def _id(sequence: int) -> str:
    return f"{sequence}-0"


def _place(id: bytes) -> int:
    return int(id.partition(b"-")[0])


def _entry(message: Message) -> dict[EncodableT, EncodableT]:
    return {
        "organization_id": message.organization_id,
        "kind": message.kind,
        "event": message.event,
    }


def _message(id: bytes, entry: dict[bytes, bytes]) -> Message:
    organization_id, kind = entry[b"organization_id"].decode(), entry[b"kind"].decode()
    return Message(_place(id), organization_id, kind, entry[b"event"])
