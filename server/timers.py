"""Timers of one length, made to be cancelled: nearly all of them never ring."""

import asyncio
import time
from collections.abc import Callable
from typing import Final

RESOLUTION: Final = 0.001
"""Seconds; a timer of uvloop is up to so much too early."""


Callback = Callable[[], object]


class Timer:
    """Calls back once, unless it is cancelled before."""

    __slots__ = ("_running", "due")

    def __init__(self, running: "dict[Timer, Callback]", due: float) -> None:
        self._running = running
        self.due = due

    def cancel(self) -> None:
        self._running.pop(self, None)

    def ring(self) -> None:
        callback = self._running.pop(self, None)
        if callback is not None:
            callback()


class Timers:
    """Starts timers that all take `seconds`, on the event loop that starts them.

    The first one started is the first one due, so one timer of the loop serves all: it is set for
    the oldest and, when that one is gone by then, for the next.
    """

    def __init__(self, seconds: float) -> None:
        self.seconds = seconds
        self._running: dict[Timer, Callback] = {}
        self._is_set = False

    def start(self, callback: Callback) -> Timer:
        if not self._is_set:
            self._set(self.seconds)
        timer = Timer(self._running, time.monotonic() + self.seconds)
        self._running[timer] = callback
        return timer

    def _set(self, seconds: float) -> None:
        self._is_set = True
        asyncio.get_running_loop().call_later(max(seconds, RESOLUTION), self._ring)

    def _ring(self) -> None:
        self._is_set = False
        now = time.monotonic()
        for timer in self._running:
            if timer.due > now:
                self._set(timer.due - now)
                return
            asyncio.get_running_loop().call_soon(timer.ring)
