"""`python -m bench.watched FILE`: our server, whose event loop is watched between two SIGUSR1.

A timer rings every millisecond. Whatever keeps the loop busy at one go makes it ring too late, and
takes CPU time between two rings: it was no longer than the lesser of the two.
"""

import asyncio
import json
import runpy
import signal
import sys
import time
from pathlib import Path
from types import FrameType
from typing import Final

TICK: Final = 0.001


class Watch:
    """Notes how long the loop was kept busy, as long as it is on."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._busy: list[float] = []
        self._is_on = False

    def toggle(self, number: int, frame: FrameType | None) -> None:
        self._is_on = not self._is_on
        if self._is_on:
            self._next()
        else:
            self._path.write_text(json.dumps(self._busy), "utf-8")

    def _next(self) -> None:
        self._due, self._used = time.monotonic() + TICK, time.thread_time()
        asyncio.get_running_loop().call_later(TICK, self._ring)

    def _ring(self) -> None:
        late, used = time.monotonic() - self._due, time.thread_time() - self._used
        self._busy.append(min(late, used))
        if self._is_on:
            self._next()


def main() -> None:
    signal.signal(signal.SIGUSR1, Watch(Path(sys.argv[1])).toggle)
    sys.argv = ["server", "serve"]
    runpy.run_module("server", run_name="__main__", alter_sys=True)


if __name__ == "__main__":
    main()
