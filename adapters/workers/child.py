"""A worker from the inside: it takes jobs from standard input until its parent is gone.

Being killed by a job is part of its purpose, so it holds nothing that anybody else needs.
"""

import ctypes
import os
import resource
import signal
import sys
from collections.abc import Callable
from contextlib import suppress
from typing import BinaryIO, Final

from adapters.workers import frames
from adapters.workers.frames import Message

_PR_SET_PDEATHSIG: Final = 1

Stage = Callable[[str], None]
"""Called with the part of a job that is worked on from now on."""

Answer = Callable[[Message, Stage], Message]
Send = Callable[[Message], None]


def serve(answer: Answer) -> None:
    """Answer jobs, within as many bytes of memory as the command line says."""
    jobs, send = _pipes()
    _die_with_parent(os.getppid())
    _limit(int(sys.argv[1]))
    send(Message({"ready": True}))
    while (job := frames.read(jobs)) is not None:
        try:
            send(answer(job, lambda part: send(Message({"stage": part}))))
        except MemoryError:
            send(Message({"exhausted": True}))


def _pipes() -> tuple[BinaryIO, Send]:
    """Standard input and a writer to what was standard output: nobody else may write there."""
    output = os.fdopen(os.dup(1), "wb", buffering=0)
    os.dup2(2, 1)

    def send(message: Message) -> None:
        view = memoryview(frames.pack(message.said, message.enclosed))
        while view:
            view = view[output.write(view) :]

    return sys.stdin.buffer, send


def _die_with_parent(parent: int) -> None:
    """Pipes end with the parent too, but a busy worker does not look at its pipes."""
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, signal.SIGKILL, 0, 0, 0)
    if os.getppid() != parent:
        sys.exit()


def _limit(memory_bytes: int) -> None:
    for name, amount in (("AS", memory_bytes), ("CORE", 0), ("FSIZE", 0)):
        with suppress(ValueError, OSError):  # some systems refuse to limit the address space
            resource.setrlimit(getattr(resource, f"RLIMIT_{name}"), (amount, amount))
