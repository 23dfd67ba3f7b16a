"""`python -m bench.profiled FILE`: our server, whose work between two SIGUSR1 is profiled."""

import cProfile
import runpy
import signal
import sys
from types import FrameType


def main() -> None:
    path = sys.argv[1]
    profiler = cProfile.Profile()

    def toggle(number: int, frame: FrameType | None) -> None:
        signal.signal(signal.SIGUSR1, finish)
        profiler.enable()

    def finish(number: int, frame: FrameType | None) -> None:
        profiler.disable()
        profiler.dump_stats(path)

    signal.signal(signal.SIGUSR1, toggle)
    sys.argv = ["server", "serve"]
    runpy.run_module("server", run_name="__main__", alter_sys=True)


if __name__ == "__main__":
    main()
