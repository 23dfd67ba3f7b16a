"""Hostile templates are invalid, and cost nobody else anything."""

import asyncio

import pytest

from adapters.rendering.pool import Renderer
from domain.content import BodyKind, Rendered, Source
from domain.errors import Problem
from tests.rendering import MJML, SLOW, WITHIN, html, mjml, of, problem, renders, running_renderer

renderer = pytest.fixture(running_renderer, scope="module")


def _bombs() -> dict[str, Source]:
    entities = "".join(f'<!ENTITY l{n} "{f"&l{n - 1};" * 10}">' for n in range(1, 10))
    return {
        "endless loop": html("{% for i in (1..100000000) %}x{% endfor %}"),
        "nested loops": html(
            "{% for i in (1..9999) %}{% for j in (1..9999) %}x{% endfor %}{% endfor %}"
        ),
        "loop in the subject": html("x", "{% for i in (1..100000000) %}x{% endfor %}"),
        "output": html(
            "{% assign a = 'xxxxxxxxxx' %}{% for i in (1..20) %}{% assign a = a | append: a %}"
            "{% endfor %}{{ a }}"
        ),
        "output in a loop": html("{% for i in (1..20000) %}" + "x" * 1_000 + "{% endfor %}"),
        "replace": html(
            "{% assign a = 'x' %}{% for i in (1..20) %}{% assign a = a | append: a %}{% endfor %}"
            "{{ a | replace: 'x', a | size }}{{ a | replace: 'x', a }}"
        ),
        "huge numbers": html(
            "{% assign n = 99999999 %}{% for i in (1..60) %}{% assign n = n | times: n %}"
            "{% endfor %}{{ n }}"
        ),
        "a range as a list": html("{{ (1..2000000000) | join: ',' }}"),
        "nested expressions": html("{{ a" + "[a" * 20_000 + "]" * 20_000 + " }}"),
        "nested blocks": html("{% if a %}" * 5_000 + "{% endif %}" * 5_000),
        "many unended blocks": html("{% raw %}" * 50_000),
        "nested elements in MJML": mjml(
            "<mj-text>" + "<div>" * 20_000 + "</div>" * 20_000 + "</mj-text>"
        ),
        "nested elements after Liquid": mjml(
            "<mj-text>{% for i in (1..9000) %}<div>{% endfor %}"
            "{% for i in (1..9000) %}</div>{% endfor %}</mj-text>"
        ),
        "nested divs": html("<div>" * 40_000 + "</div>" * 40_000),
        "200,000 divs": html("{% for i in (1..19999) %}<div><div><b></b></div></div>{% endfor %}"),
        "hidden in an attribute": html('<p a"><i b">' + "<div>" * 20_000),
        "hidden in a comment": html("<!-->" + "<div>" * 20_000 + "-->"),
        "self-closing elements": html("<div/>" * 20_000),
        "billion laughs": Source(
            BodyKind.MJML, "x", f'<!DOCTYPE mjml [<!ENTITY l0 "lol">{entities}]>' + MJML
        ),
        "a body of a megabyte": html("x" * 1_000_000),
        "a lost end": mjml("<mj-text>" + "<p " * 100_000),
    }


@pytest.mark.parametrize("name", _bombs())
async def test_a_hostile_template_is_invalid_and_the_next_one_renders(
    renderer: Renderer, name: str
) -> None:
    found = await problem(renderer, _bombs()[name], a=None)
    assert found.path == ("subject" if name == "loop in the subject" else "body",)
    assert found.message
    assert await renders(renderer)


@pytest.mark.parametrize("name", _bombs())
async def test_a_hostile_template_can_be_checked(renderer: Renderer, name: str) -> None:
    async with asyncio.timeout(WITHIN):
        await renderer.check(_bombs()[name], {"a"})
    assert await renders(renderer)


async def test_what_takes_too_long_is_told_with_the_limit() -> None:
    async with Renderer(workers=1, timeout=0.5, memory_bytes=512 * 2**20) as impatient:
        found = await problem(impatient, SLOW)
        assert found == Problem(("body",), "takes longer than 0.5 s: simplify it")
        assert await renders(impatient)


async def test_what_needs_too_much_memory_is_told_with_the_limit(renderer: Renderer) -> None:
    found = await problem(renderer, _bombs()["replace"])
    assert found.message == "needs more than 512 MiB of memory: shorten what it builds"


async def test_neighbours_render_while_hostile_templates_die(renderer: Renderer) -> None:
    async def neighbour() -> Rendered:
        return await renderer.render(*of("open-day-invitation"))

    hostile = [problem(renderer, SLOW) for _ in range(2)]
    async with asyncio.timeout(WITHIN):
        results = await asyncio.gather(*hostile, *(neighbour() for _ in range(20)))
    assert [each.path for each in results[:2] if isinstance(each, Problem)] == [("body",)] * 2
    assert len(set(results[2:])) == 1
