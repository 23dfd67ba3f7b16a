"""Mistakes in templates are told with the part, the line, the column and the cure."""

import pytest

from adapters.rendering.pool import Renderer
from domain.content import BodyKind, Source
from tests.rendering import html, mjml, problem, running_renderer

renderer = pytest.fixture(running_renderer, scope="module")


@pytest.mark.parametrize(
    ("source", "message"),
    [
        (html("<p>\n  {{ name </p>"), "line 2, column 3: expected '}}', found end of file"),
        (html("a\n{% if x %}\nb"), "line 2, column 1: add the missing {% endif %}"),
        (html("{{ x }}\n {{ x | }}{{ name }}"), "line 2, column 2: expected word, found end"),
        (html("{% if x %}\n{% if x == %}{% endif %}{% endif %}"), "line 2, column 1: expected a"),
        (html("\n\n{% frob %}"), "line 3, column 4: unexpected tag 'frob'"),
        (html("{% include 'x' %}"), "line 1, column 4: unexpected tag 'include'"),
        (html("{% render 'x' %}"), 'line 1, column 11: there is no snippet "x"'),
        (
            html("<p>\n{{ nmae | upcase }}"),
            'line 2, column 4: "nmae" is not declared: declare the variable, or write "name"',
        ),
        (html("<p>{{ name | upcas }}"), 'line 1, column 14: there is no filter "upcas"'),
        (html("<p>\n<b>x</p>"), "line 2, column 5: </p> comes before the end of <b> (line 2,"),
        (html("<p>x</p>\n</div>"), "line 2, column 1: </div> closes nothing: remove it"),
        (html("<p>\n<div>x"), "line 2, column 1: <div> is never closed: add </div>"),
        (html("x\n<!-- y"), "line 2, column 1: the comment is never closed: add -->"),
        (html('x\n<a href="y>z</a>'), "line 2, column 1: <a is not a complete tag"),
        (html("x<script>1</script>"), "line 1, column 2: <script> does not work in mails"),
        (
            mjml("\n<mj-txt>x</mj-txt>"),
            "line 2, column 1: <mj-txt> is not known to MJML: did you mean <mj-text>?",
        ),
        (mjml("\n <div>x</div>"), "line 2, column 2: <div> may not stand in <mj-column>"),
        (mjml("\nhello"), "line 2, column 1: text in <mj-column> would be lost"),
        (mjml("<mj-section />"), "<mj-section> may not stand in <mj-column>: move it into"),
        (mjml("<mj-text>a\n< b</mj-text>"), 'line 2, column 1: a lone "<" starts no tag'),
        (mjml("<mj-text>\n<b><i>x</b></i></mj-text>"), "line 2, column 8: </b> comes before"),
        (mjml("<mj-text><mj-image /></mj-text>"), "<mj-image> has no effect in <mj-text>"),
        (mjml('<mj-include path="/etc/passwd" />'), "<mj-include> is not loaded"),
        (mjml("<mj-image src=x />"), 'write attributes as name="value"'),
        (mjml("<![CDATA[x]]>"), "MJML has no declarations"),
        (Source(BodyKind.MJML, "x", "hello"), "only <mjml> may stand here"),
        (Source(BodyKind.MJML, "x", "<!-- nothing -->"), "there is no <mjml> element"),
        (html(" \n"), "is empty: write what the mail says"),
    ],
)
async def test_a_mistake_is_told_with_line_and_column(
    renderer: Renderer, source: Source, message: str
) -> None:
    found = await renderer.check(source, {"name", "x"})
    assert found[0].path == ("body",)
    assert message in found[0].message


async def test_each_part_is_checked_at_its_own_path(renderer: Renderer) -> None:
    source = html("<p>{{ b }}</p>", "{{ a", "x\n {{ c }}")
    found = await renderer.check(source, set())
    assert [each.path for each in found] == [("subject",), ("body",), ("text",)]
    assert "line 2, column 5" in found[2].message


async def test_columns_count_characters_also_after_emoji_and_windows_lines(
    renderer: Renderer,
) -> None:
    [found] = await renderer.check(html("<p>\r\n👩 é {{ x }}"), set())
    assert found.message.startswith('line 2, column 8: "x" is not declared')


async def test_an_undefined_property_is_told_with_its_place(renderer: Renderer) -> None:
    found = await problem(renderer, html("<p>\n{{ row.naem }}</p>"), row={"name": "x"})
    assert found.path == ("body",)
    assert found.message == "line 2, column 4: row.naem is undefined"


@pytest.mark.parametrize("character", ["\x00", "\x0b", "\ud800"])
async def test_a_character_that_no_mail_can_hold_is_refused(
    renderer: Renderer, character: str
) -> None:
    [found] = await renderer.check(html(f"<p>a{character}</p>"), set())
    assert found.message.endswith("at position 5: remove it")
