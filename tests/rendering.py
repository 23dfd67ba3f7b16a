"""What the tests of rendering share: a running renderer, and short ways to say a template."""

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from adapters.rendering.pool import Renderer
from domain.content import BodyKind, Source
from domain.errors import Invalid, Problem
from domain.values import JsonValue
from tests.mails import mail

WITHIN = 60.0
CHECKOUT = Path(__file__).resolve().parents[1]
MJML = "<mjml><mj-body><mj-section><mj-column>{}</mj-column></mj-section></mj-body></mjml>"


async def running_renderer() -> AsyncIterator[Renderer]:
    """A fixture of each module that renders; a busy machine needs the generous timeout."""
    async with Renderer(workers=2, timeout=2.0, memory_bytes=512 * 2**20) as running:
        yield running


def html(body: str, subject: str = "Hello", text: str | None = None) -> Source:
    return Source(BodyKind.HTML, subject, body, text)


def mjml(content: str) -> Source:
    return Source(BodyKind.MJML, "Hello", MJML.format(content))


async def problem(renderer: Renderer, source: Source, **values: JsonValue) -> Problem:
    """The one problem that rendering ends with."""
    async with asyncio.timeout(WITHIN):
        with pytest.raises(Invalid) as caught:
            await renderer.render(source, values)
    return caught.value.problems[0]


async def renders(renderer: Renderer) -> bool:
    async with asyncio.timeout(WITHIN):
        rendered = await renderer.render(html("<p>{{ name }}</p>"), {"name": "Noor"})
    return "Noor" in rendered.html


def of(name: str) -> tuple[Source, dict[str, JsonValue]]:
    example = mail(name)
    return example.source, example.resolved()


SLOW = html(
    "{% assign a = 'xy' %}{% for i in (1..17) %}{% assign a = a | append: a %}{% endfor %}"
    "{% for i in (1..20000) %}{% assign b = a | replace: 'x', 'z' | upcase %}{% endfor %}"
)
"""Takes longer than anybody waits, within every other limit."""
