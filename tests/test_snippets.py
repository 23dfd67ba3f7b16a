"""Snippets: shared by templates, and pinned to every version that renders them."""

import asyncio
from typing import Any

import pytest

from domain.permissions import Role
from domain.snippets import MOST_BODY, MOST_RENDERED, rendered_in
from tests.editorial import (
    CREATE,
    DUPLICATE,
    ERRORS,
    UPDATE,
    error_of,
    history,
    node,
    problems_of,
    refusal,
    unchanged,
)
from tests.world import Place, World, content

SNIPPET = "id name body version author { id }"
CREATE_SNIPPET = f"""
mutation ($input: CreateSnippetInput!) {{
  createSnippet(input: $input) {{ snippet {{ {SNIPPET} }} {ERRORS} }}
}}
"""
UPDATE_SNIPPET = f"""
mutation ($input: UpdateSnippetInput!) {{
  updateSnippet(input: $input) {{ snippet {{ {SNIPPET} }} {ERRORS} }}
}}
"""
DELETE_SNIPPET = f"""
mutation ($input: DeleteSnippetInput!) {{
  deleteSnippet(input: $input) {{ snippet {{ {SNIPPET} }} {ERRORS} }}
}}
"""
LISTED = """
query ($slug: String!) {
  organization(slug: $slug) { snippets { totalCount nodes { name } } }
}
"""
VERSION = "id number contentHash partHashes { part hash } snippets { name body }"
PREVIEW = """
preview(values: {first_name: "Ada <3"}) { rendered { subject html text } errors { path message } }
"""
FOOTER = "<i>Bye, {{ first_name }}</i>"
Json = dict[str, Any]


@pytest.fixture
async def place(world: World) -> Place:
    """With no snippets of another test."""
    return await world.organization(Role.MANAGER, Role.EDITOR, Role.VIEWER)


async def snippet(place: Place, name: str = "footer", body: str = FOOTER) -> Json:
    given = {"organization": place.id, "name": name, "body": body}
    return dict((await place.world.done(CREATE_SNIPPET, place[Role.EDITOR], **given))["snippet"])


async def changed(place: Place, id: str, body: str) -> None:
    await place.world.done(UPDATE_SNIPPET, place[Role.EDITOR], snippet=id, body=body)


def rendering(*names: str) -> Json:
    return content("<p>Hi</p>" + "".join(f"{{% render '{name}' %}}" for name in names))


async def version_of(place: Place, template: Json) -> Json:
    """The current version, with its preview."""
    asked = f"currentVersion {{ {VERSION} {PREVIEW} }}"
    return dict(
        (await node(place.world, template["id"], asked, place[Role.VIEWER]))["currentVersion"]
    )


async def rewritten(place: Place, template: Json, given: Json) -> Json:
    await place.world.done(UPDATE, place[Role.EDITOR], template=template["id"], content=given)
    return await version_of(place, template)


@pytest.mark.parametrize(
    ("text", "names"),
    [
        ("{% render 'footer' %}", {"footer"}),
        ("{%- render \"a-b_1\", x: y -%}{%render 'c'%}", {"a-b_1", "c"}),
        ("{% liquid\n assign x = 1\n render 'footer'\n%}", {"footer"}),
        ("{% for r in rows %}{% render 'row' with r %}{% endfor %}", {"row"}),
        ("render 'footer'", set()),
        ("{{ render }} 'footer' {% if render %}", set()),
        ("{% render footer %}{% render 'No' %}{% surrender 'x' %}", set()),
        ("{% render 'open", set()),
        ("", set()),
    ],
)
def test_the_snippets_of_a_text_are_known_from_its_tags(text: str, names: set[str]) -> None:
    assert rendered_in([text, None]) == names


async def test_a_snippet_is_rendered_in_every_text_and_escapes_its_values(place: Place) -> None:
    await snippet(place)
    await snippet(place, "sign", "-- {{ who }}")
    given = {
        **rendering("footer"),
        "subject": "{% render 'sign', who: first_name %}",
        "text": "{% render 'sign', who: 'us' %}",
    }
    version = await version_of(place, await place.template(content=given))
    assert version["snippets"] == [
        {"name": "footer", "body": FOOTER},
        {"name": "sign", "body": "-- {{ who }}"},
    ]
    assert version["preview"]["errors"] == []
    rendered = version["preview"]["rendered"]
    assert "<i>Bye, Ada &lt;3</i>" in rendered["html"]
    assert (rendered["subject"], rendered["text"]) == ("-- Ada <3", "-- us\n")


async def test_a_version_keeps_the_words_that_it_was_written_with(
    world: World, place: Place
) -> None:
    footer = await snippet(place)
    template = await place.template(content=rendering("footer"))
    first = await version_of(place, template)
    await changed(place, footer["id"], "<b>New</b>")
    assert await version_of(place, template) == first
    renamed = await world.done(UPDATE, place[Role.EDITOR], template=template["id"], name="Other")
    assert renamed["template"]["currentVersion"]["id"] == first["id"]
    copied = await world.done(DUPLICATE, place[Role.EDITOR], template=template["id"])
    twin = await version_of(place, copied["template"])
    assert (twin["contentHash"], twin["snippets"]) == (first["contentHash"], first["snippets"])
    await world.done(DELETE_SNIPPET, place[Role.MANAGER], snippet=footer["id"])
    assert await version_of(place, template) == first


async def test_the_same_source_with_a_new_snippet_is_new_content(place: Place) -> None:
    footer = await snippet(place)
    template = await place.template(content=rendering("footer"))
    first = await version_of(place, template)
    same = await rewritten(place, template, rendering("footer"))
    assert same["id"] == first["id"]
    await changed(place, footer["id"], "<b>New</b>")
    second = await rewritten(place, template, rendering("footer"))
    assert second["number"] == 2
    assert second["contentHash"] != first["contentHash"]
    parts = zip(first["partHashes"], second["partHashes"], strict=True)
    assert [old["part"] for old, new in parts if old != new] == ["SNIPPETS"]
    assert "<b>New</b>" in second["preview"]["rendered"]["html"]


async def test_an_approval_stands_whatever_becomes_of_a_snippet(world: World, place: Place) -> None:
    footer = await snippet(place)
    template = await place.template(place[Role.EDITOR], content=rendering("footer"))
    await place.submitted(template, place[Role.EDITOR], place[Role.MANAGER])
    await changed(place, footer["id"], "<b>New</b>")
    await world.done(DELETE_SNIPPET, place[Role.MANAGER], snippet=footer["id"])
    found = await node(world, template["id"], "status approval { status }", place[Role.VIEWER])
    assert found == {"status": "IN_REVIEW", "approval": {"status": "IN_PROGRESS"}}


async def test_snippets_render_snippets_and_all_of_them_are_pinned(place: Place) -> None:
    await snippet(place, "a", "a{% render 'b' %}")
    await snippet(place, "b", "b{% render 'c' %}")
    await snippet(place, "c", "c")
    await snippet(place, "unused", "u")
    given = {**content(), "locales": [{"locale": "de", "subject": "x", "body": "{% render 'a' %}"}]}
    version = await version_of(place, await place.template(content=given))
    assert [each["name"] for each in version["snippets"]] == ["a", "b", "c"]
    assert version["preview"]["errors"] == []


@pytest.mark.parametrize(
    ("snippets", "body", "told"),
    [
        ({}, "{% render 'footer' %}", 'there is no snippet "footer"'),
        ({"a": "{% render 'b' %}"}, "{% render 'a' %}", 'there is no snippet "b"'),
        ({}, "{% render footer %}", "give the snippet's name in quotes"),
        ({"a": "\n{{ who }}"}, "{% render 'a' %}", 'a, line 2, column 4: "who" is not declared'),
        ({}, "{% include 'a' %}", "unexpected tag 'include'"),
    ],
)
async def test_what_cannot_be_rendered_is_told_at_the_text(
    world: World, place: Place, snippets: dict[str, str], body: str, told: str
) -> None:
    for name, text in snippets.items():
        await snippet(place, name, text)
    given = {"organization": place.id, "name": "x", "content": content(body)}
    async with unchanged(place):
        found = await problems_of(world, CREATE, place[Role.EDITOR], **given)
    assert list(found) == ["content.body"]
    assert told in found["content.body"]


async def test_what_fails_within_a_snippet_is_told_with_its_name(place: Place) -> None:
    await snippet(place, "sum", "\n{{ 1 | divided_by: 0 }}")
    version = await version_of(place, await place.template(content=rendering("sum")))
    [error] = version["preview"]["errors"]
    assert error["path"] == ["body"]
    assert error["message"].startswith("sum, line 2, column 8: ")


@pytest.mark.parametrize("body", ["x{% render 'self' %}", "{% render 'self' %}{% render 'self' %}"])
async def test_a_snippet_that_renders_itself_ends(place: Place, body: str) -> None:
    await snippet(place, "self", body)
    version = await version_of(place, await place.template(content=rendering("self")))
    [error] = version["preview"]["errors"]
    assert error["path"] == ["body"]


async def test_content_renders_so_many_snippets_and_no_more(world: World, place: Place) -> None:
    many = rendering(*(f"s{n}" for n in range(MOST_RENDERED + 1)))
    given = {"organization": place.id, "name": "x", "content": many}
    found = await problems_of(world, CREATE, place[Role.EDITOR], **given)
    assert set(found) == {"content"}


async def test_nobody_renders_the_snippets_of_another_organisation(
    world: World, place: Place
) -> None:
    other = await world.organization(Role.EDITOR)
    await snippet(other)
    given = {"name": "x", "content": rendering("footer")}
    editor = place[Role.EDITOR]
    told = await problems_of(world, CREATE, editor, organization=place.id, **given)
    assert set(told) == {"content.body"}
    # And so nobody learns what there is, where they see nothing.
    assert await problems_of(world, CREATE, editor, organization=other.id, **given) == told


async def test_a_snippet_is_written_and_listed_by_name(world: World, place: Place) -> None:
    for name in ("footer", "a1", "head_er"):
        made = await snippet(place, name)
    assert (made["body"], made["version"]) == (FOOTER, 1)
    assert made["author"]["id"] == place[Role.EDITOR].id
    answer = await world.ask(LISTED, {"slug": place.slug}, by=place[Role.VIEWER])
    found = answer["data"]["organization"]["snippets"]
    assert [each["name"] for each in found["nodes"]] == ["a1", "footer", "head_er"]
    assert found["totalCount"] == 3


async def test_what_becomes_of_a_snippet_is_recorded(world: World, place: Place) -> None:
    made = await snippet(place)
    await changed(place, made["id"], "New")
    payload = await world.done(DELETE_SNIPPET, place[Role.MANAGER], snippet=made["id"], ifVersion=2)
    assert payload["snippet"]["body"] == "New"
    old, new = {"name": "footer", "body": FOOTER}, {"name": "footer", "body": "New"}
    assert await history(world, made["id"]) == [
        ("SNIPPET_CREATED", None, old),
        ("SNIPPET_UPDATED", old, new),
        ("SNIPPET_DELETED", new, None),
    ]


@pytest.mark.parametrize(
    ("given", "path"),
    [
        ({"name": ""}, "name"),
        ({"name": "Footer"}, "name"),
        ({"name": "1st"}, "name"),
        ({"name": "a b"}, "name"),
        ({"name": "a\n"}, "name"),
        ({"name": "n" * 64}, "name"),
        ({"name": "taken"}, "name"),
        ({"body": "{% if %}"}, "body"),
        ({"body": "{{ x | shout }}"}, "body"),
        ({"body": "bell \a"}, "body"),
        ({"body": "x" * (MOST_BODY + 1)}, "body"),
        ({"body": "{% if true %}" * 5_000}, "body"),
    ],
)
async def test_a_bad_snippet_is_refused_and_nothing_changes(
    world: World, place: Place, given: Json, path: str
) -> None:
    taken = await snippet(place, "taken")
    editor, right = place[Role.EDITOR], {"organization": place.id, "name": "right", "body": "x"}
    async with unchanged(place):
        assert set(await problems_of(world, CREATE_SNIPPET, editor, **{**right, **given})) == {path}
        if "body" in given:
            found = await problems_of(world, UPDATE_SNIPPET, editor, snippet=taken["id"], **given)
            assert set(found) == {path}


async def test_a_stale_version_is_refused_and_nothing_changes(world: World, place: Place) -> None:
    made = await snippet(place)
    await changed(place, made["id"], "New")
    async with unchanged(place):
        for query, given in ((UPDATE_SNIPPET, {"body": "Late"}), (DELETE_SNIPPET, {})):
            error = await error_of(
                world, query, place[Role.MANAGER], snippet=made["id"], ifVersion=1, **given
            )
            assert (error["__typename"], error["path"]) == ("ConflictError", ["ifVersion"])
        code = await refusal(world, DELETE_SNIPPET, place[Role.EDITOR], snippet=made["id"])
        assert code == "FORBIDDEN"


async def test_of_two_snippets_of_a_name_one_is_made(world: World, place: Place) -> None:
    given = {"organization": place.id, "name": "footer", "body": "x"}
    payloads = await asyncio.gather(
        *(world.do(CREATE_SNIPPET, place[Role.EDITOR], **given) for _ in range(3))
    )
    assert sorted(len(payload["errors"]) for payload in payloads) == [0, 1, 1]


async def test_content_without_snippets_looks_for_none(world: World, place: Place) -> None:
    given = {"organization": place.id, "name": "x"}
    with world.statements() as statements:
        await world.done(CREATE, place[Role.EDITOR], content=content(), **given)
    assert not [sent for sent in statements.sent if "FROM snippets" in sent]
    await snippet(place)
    with world.statements() as statements:
        await world.done(CREATE, place[Role.EDITOR], content=rendering("footer"), **given)
    assert len([sent for sent in statements.sent if "FROM snippets" in sent]) == 1
