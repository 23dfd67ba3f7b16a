"""Timers of one length ring in order, unless they are cancelled, and leave nothing behind."""

import asyncio
from functools import partial

from server.timers import Timer, Timers


async def test_those_that_are_not_cancelled_ring_once_and_in_order() -> None:
    timers, rung, last = Timers(0.02), list[int](), asyncio.Event()
    started = [timers.start(partial(rung.append, number)) for number in range(4)]
    started[0].cancel()
    started[2].cancel()
    timers.start(last.set)
    await last.wait()
    assert rung == [1, 3]
    assert not timers._running


async def test_a_later_one_is_not_rung_with_an_earlier_one() -> None:
    timers, first, second = Timers(0.05), asyncio.Event(), asyncio.Event()
    timers.start(first.set)
    await asyncio.sleep(0.02)
    timers.start(second.set)
    await first.wait()
    assert not second.is_set()
    await second.wait()


async def test_one_rings_though_the_one_before_it_fails_or_cancels_the_next() -> None:
    loop, timers, failures, done = asyncio.get_running_loop(), Timers(0.01), [], asyncio.Event()
    loop.set_exception_handler(lambda _, context: failures.append(context["exception"]))
    timers.start(lambda: 1 / 0)
    following = list[Timer]()
    timers.start(lambda: following.pop().cancel())
    following.append(timers.start(lambda: failures.append(AssertionError("it was cancelled"))))
    timers.start(done.set)
    await done.wait()
    loop.set_exception_handler(None)
    assert [type(failure) for failure in failures] == [ZeroDivisionError]


async def test_what_a_timer_starts_has_its_whole_length() -> None:
    timers, rung = Timers(0.01), asyncio.Event()
    timers.start(lambda: timers.start(rung.set))
    await rung.wait()
    assert not timers._running


async def test_many_that_are_cancelled_take_no_memory() -> None:
    timers = Timers(60.0)
    for _ in range(10_000):
        timers.start(print).cancel()
    assert len(timers._running) == 0
