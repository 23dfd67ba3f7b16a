"""What the operating system says that processes have used."""

import time
from contextlib import suppress

import psutil

_PROCESS_CLOCK = 2
"""CPUCLOCK_SCHED of Linux: a process's clock is `~pid << 3` with this."""


class Processes:
    """A process and all that came of it."""

    def __init__(self, root: int) -> None:
        self.root = psutil.Process(root)

    def living(self) -> list[psutil.Process]:
        return [self.root, *self.root.children(recursive=True)]

    def cpu_seconds(self) -> float:
        """User and system time so far, to the nanosecond; of what has ended, to the tick."""
        while True:
            ended = self._ended()
            with suppress(OSError, psutil.NoSuchProcess):  # one ended just now: look again
                living = sum(cpu_seconds_of(process.pid) for process in self.living())
                if ended == self._ended():
                    return ended + living

    def _ended(self) -> float:
        """The time of those that have ended, which their parent keeps."""
        times = self.root.cpu_times()
        return times.children_user + times.children_system

    def memory(self) -> int:
        """Resident bytes now."""
        return sum(process.memory_info().rss for process in self.living())

    def peak_memory(self) -> int:
        """The most resident bytes that each process ever had, summed."""
        return sum(_peak(process.pid) for process in self.living())


def cpu_seconds_of(pid: int) -> float:
    return time.clock_gettime(~pid << 3 | _PROCESS_CLOCK)


def _peak(pid: int) -> int:
    with open(f"/proc/{pid}/status", encoding="ascii") as status:  # noqa: PTH123 - a file of the kernel
        for line in status:
            if line.startswith("VmHWM:"):
                return int(line.split()[1]) * 1024
    return 0
