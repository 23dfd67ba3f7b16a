"""The process that renders: `python -m adapters.rendering.worker <memory bytes>`."""

from dataclasses import asdict
from traceback import format_exc
from typing import Any

from adapters.rendering import mails
from adapters.workers.child import Stage, serve
from adapters.workers.frames import Message
from domain.content import BodyKind, Source
from domain.errors import Invalid, Problem


def _answer(job: Message, stage: Stage) -> Message:
    try:
        return Message(_done(job.said, stage))
    except Invalid as error:
        return Message({"problems": [asdict(problem) for problem in error.problems]})
    except MemoryError:
        raise
    except Exception:  # noqa: BLE001 - a library's bug on odd input is told to our log
        problem = Problem(("body",), "cannot be rendered: simplify it")
        return Message({"problems": [asdict(problem)], "failure": format_exc()})


def _done(job: dict[str, Any], stage: Stage) -> dict[str, Any]:
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
    serve(_answer)
