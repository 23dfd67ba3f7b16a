"""The renderer: a few worker processes, of which hostile input costs one at a time."""

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import asdict
from typing import Any, Final, Self

import structlog

from adapters.workers import frames
from adapters.workers.craft import Craft
from adapters.workers.crew import Crew
from domain.content import PinnedSnippet, Rendered, Source
from domain.errors import Invalid, Problem, refuse
from domain.values import JsonValue, control_character

BACKLOG: Final = 64
MAX_JOB: Final = 8_000_000
CRAFT: Final = Craft(
    module="adapters.rendering.worker",
    place="body",
    slow="takes longer than {:g} s: simplify it",
    large="needs more than {:,} MiB of memory: shorten what it builds",
    deadly="brings the renderer down: simplify it",
    crowded="too many templates wait to be rendered: try again in a few seconds",
    not_now="templates cannot be rendered at the moment: try again in a few seconds",
    stopping="the renderer is stopping: try again in a few seconds",
)

_log = structlog.get_logger(__name__)


class Renderer(Crew):
    """Checks and renders templates in `workers` processes."""

    def __init__(self, workers: int, timeout: float, memory_bytes: int) -> None:
        super().__init__(CRAFT, workers, timeout, memory_bytes, BACKLOG)

    async def __aenter__(self) -> Self:
        self.start()
        return await super().__aenter__()

    async def check(
        self, source: Source, declared: Collection[str], snippets: Sequence[PinnedSnippet] = ()
    ) -> list[Problem]:
        """What is wrong with a template that may use the `declared` names; empty if nothing is.

        Paths are `("subject",)`, `("body",)` and `("text",)`; messages tell line and column, and
        the snippet where it is in one.
        """
        try:
            answer = await self._ask(source, snippets, declared=sorted(declared), values=None)
        except Invalid as error:
            return list(error.problems)
        return _problems(answer)

    async def check_snippet(self, body: str) -> list[Problem]:
        """What is wrong with a snippet wherever it is rendered; paths are `("body",)`."""
        if complaint := control_character(body):
            return [Problem(("body",), complaint)]
        try:
            return _problems(await self._answer({"snippet": body}))
        except Invalid as error:
            return list(error.problems)

    async def render(
        self,
        source: Source,
        values: Mapping[str, JsonValue],
        snippets: Sequence[PinnedSnippet] = (),
    ) -> Rendered:
        """The mail for resolved values; raises `Invalid` with what prevents it."""
        answer = await self._ask(source, snippets, declared=None, values=dict(values))
        refuse(_problems(answer))
        return Rendered(**answer["rendered"])

    async def _ask(
        self, source: Source, snippets: Sequence[PinnedSnippet], **question: Any
    ) -> dict[str, Any]:
        refuse(list(_unreadable(source)))
        known = {snippet.name: snippet.body for snippet in snippets}
        return await self._answer({"source": asdict(source), "snippets": known, **question})

    async def _answer(self, question: dict[str, Any]) -> dict[str, Any]:
        return (await self.do(_packed(question))).said


def _unreadable(source: Source) -> Iterator[Problem]:
    """Characters that neither JSON nor XML can carry."""
    for part, text in (("subject", source.subject), ("body", source.body), ("text", source.text)):
        if complaint := control_character(text or ""):
            yield Problem((part,), complaint)


def _packed(question: dict[str, Any]) -> bytes:
    packed = frames.pack(question)
    if len(packed) > MAX_JOB:
        raise Invalid.at(
            "body", message=f"with its values it is larger than {MAX_JOB:,} bytes: shorten them"
        )
    return packed


def _problems(answer: dict[str, Any]) -> list[Problem]:
    if failure := answer.get("failure"):
        _log.error("render_failed", failure=failure)
    return [Problem(tuple(each["path"]), each["message"]) for each in answer.get("problems", ())]
