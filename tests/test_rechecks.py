"""Streams are looked at again one by one, until it is known of each whether it may go on."""

import asyncio
from collections import Counter
from collections.abc import Sequence

import pytest

from db.models import new_id
from domain.actor import Actor
from domain.ids import SessionId, UserId
from server import rechecks
from server.rechecks import Rechecks
from server.streams import Ended, Ending, Streams
from tests.wire_app import Happenings, WireContext


class Somebody:
    """Whom it takes some attempts to look at."""

    def __init__(self, seen: "list[Somebody]", failures: int = 0) -> None:
        self._seen, self._failures = seen, failures
        self.done = asyncio.Event()

    async def check(self) -> None:
        self._seen.append(self)
        if self._failures:
            self._failures -= 1
            raise ConnectionRefusedError
        self.done.set()


async def all_done(several: Sequence[Somebody]) -> None:
    async with asyncio.timeout(10):
        await asyncio.gather(*(each.done.wait() for each in several))


async def test_who_cannot_be_looked_at_is_looked_at_again(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(rechecks, "PAUSE", 0.0)
    seen: list[Somebody] = []
    easy, hard = Somebody(seen), Somebody(seen, failures=3)
    Rechecks().add([easy, hard])
    await all_done([easy, hard])
    assert Counter(seen) == {easy: 1, hard: 4}


async def test_some_are_looked_at_at_a_time_and_the_latest_named_first(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(rechecks, "AT_ONCE", 2)
    seen: list[Somebody] = []
    crowd, named = [Somebody(seen) for _ in range(6)], Somebody(seen)
    looking = Rechecks()
    looking.add(crowd)
    looking.add([named])
    looking.add(crowd[:1])
    await all_done([*crowd, named])
    assert seen == [crowd[0], named, *crowd[1:]]


def context(actor: Actor, happenings: Happenings, *, is_current: bool = True) -> WireContext:
    return WireContext(actor, "test", happenings, is_current=is_current)


async def test_whose_session_ended_while_they_were_let_in_is_ended() -> None:
    streams, happenings = Streams(5), Happenings(signed_out=True)
    actor = Actor(user_id=UserId(new_id()), session_id=SessionId(new_id()))
    with pytest.raises(Ended, match=Ending.SIGNED_OUT.name):
        await a_stream(streams, context(actor, happenings, is_current=False))


async def a_stream(streams: Streams, of: WireContext) -> None:
    """Lasts for as long as it may."""
    async with asyncio.timeout(10), streams.open() as lifetime:
        streams.admit(lifetime, of)
        await asyncio.Event().wait()


async def test_only_those_concerned_are_looked_at_and_nobody_never() -> None:
    streams = Streams(5)
    user, session, stranger = UserId(new_id()), SessionId(new_id()), new_id()
    looked_at, untouched, seen = Happenings(), Happenings(), list[int]()
    async with streams.open() as one, streams.open() as other, streams.open():
        streams.admit(one, context(Actor(user_id=user, session_id=session), looked_at))
        streams.admit(other, context(Actor(), untouched))
        for ids in ((stranger, session), (user, stranger), (stranger,), None):
            before = looked_at.renewals
            streams.heard(ids)
            for _ in range(5):
                await asyncio.sleep(0)  # every turn that it takes
            seen.append(looked_at.renewals - before)
    assert seen == [1, 1, 0, 1]
    assert untouched.renewals == 0
