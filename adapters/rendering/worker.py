"""The process that renders: `python -m adapters.rendering.worker <memory bytes>`.

Takes jobs from standard input and answers on standard output until its parent is gone. Being
killed by a job is part of its purpose, so it holds nothing that anybody else needs.
"""

import ctypes
import os
import resource
import signal
import sys
from collections.abc import Callable
from contextlib import suppress
from dataclasses import asdict
from traceback import format_exc
from typing import Any, BinaryIO, Final

from adapters.rendering import frames, mails
from domain.content import BodyKind, Source
from domain.errors import Invalid, Problem

_PR_SET_PDEATHSIG: Final = 1

Send = Callable[[dict[str, Any]], None]


def main() -> None:
    """Serve until standard input ends."""
    jobs, send = _pipes()
    _die_with_parent(os.getppid())
    _limit(int(sys.argv[1]))
    send({"ready": True})
    while (job := frames.read(jobs)) is not None:
        send(_answer(job, send))


def _pipes() -> tuple[BinaryIO, Send]:
    """Standard input and a writer to what was standard output: nobody else may write there."""
    output = os.fdopen(os.dup(1), "wb", buffering=0)
    os.dup2(2, 1)

    def send(message: dict[str, Any]) -> None:
        view = memoryview(frames.pack(message))
        while view:
            view = view[output.write(view) :]

    return sys.stdin.buffer, send


def _die_with_parent(parent: int) -> None:
    """Pipes end with the parent too, but a busy renderer does not look at its pipes."""
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, signal.SIGKILL, 0, 0, 0)
    if os.getppid() != parent:
        sys.exit()


def _limit(memory_bytes: int) -> None:
    for name, amount in (("AS", memory_bytes), ("CORE", 0), ("FSIZE", 0)):
        with suppress(ValueError, OSError):  # some systems refuse to limit the address space
            resource.setrlimit(getattr(resource, f"RLIMIT_{name}"), (amount, amount))


def _answer(job: dict[str, Any], send: Send) -> dict[str, Any]:
    try:
        return _done(job, lambda part: send({"stage": part}))
    except Invalid as error:
        return {"problems": [asdict(problem) for problem in error.problems]}
    except MemoryError:
        return {"exhausted": True}
    except Exception:  # noqa: BLE001 - a library's bug on odd input is told to our log
        problem = Problem(("body",), "cannot be rendered: simplify it")
        return {"problems": [asdict(problem)], "failure": format_exc()}


def _done(job: dict[str, Any], stage: mails.Stage) -> dict[str, Any]:
    problems: list[Problem]
    if "snippet" in job:
        problems = mails.check_snippet(job["snippet"], stage)
        return {"problems": [asdict(problem) for problem in problems]}
    source, snippets = _source(**job["source"]), job["snippets"]
    if job["values"] is not None:
        return {"rendered": asdict(mails.render(source, job["values"], stage, snippets))}
    problems = mails.check(source, job["declared"], stage, snippets)
    return {"problems": [asdict(problem) for problem in problems]}


def _source(kind: str, subject: str, body: str, text: str | None) -> Source:
    """The source without the byte order marks that some editors save."""
    parts = [part and part.removeprefix("\ufeff") for part in (subject, body, text)]
    return Source(BodyKind(kind), parts[0] or "", parts[1] or "", parts[2])


if __name__ == "__main__":
    main()
