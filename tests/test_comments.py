"""Comments on templates: saying, editing and deleting, and the list of them."""

import asyncio
from typing import Any

import pytest
from sqlalchemy import select

from db.models import Comment
from domain.permissions import Role
from tests.editorial import (
    ARCHIVE,
    COMMENT,
    DELETE_COMMENT,
    EDIT_COMMENT,
    error_of,
    history,
    node,
    problems_of,
    refusal,
    unchanged,
)
from tests.rows import change, one
from tests.world import Place, World, uuid_of

LISTED = """
query ($id: ID!, $first: Int, $after: String) {
  node(id: $id) {
    ... on Template {
      comments(first: $first, after: $after) {
        totalCount nodes { id body author { id } } pageInfo { hasNextPage endCursor }
      }
    }
  }
}
"""
WRITERS = [Role.ADMIN, Role.MANAGER, Role.EDITOR, Role.APPROVER]


@pytest.fixture(scope="module")
async def place(world: World) -> Place:
    return await world.organization(Role.MANAGER, Role.EDITOR, Role.APPROVER, Role.VIEWER)


async def commented(
    place: Place, by: Role = Role.EDITOR, body: str = "Please shorten the second paragraph."
) -> dict[str, Any]:
    template = await place.template()
    payload = await place.world.done(COMMENT, place[by], template=template["id"], body=body)
    return dict(payload["comment"])


async def listed(place: Place, template: str, **page: Any) -> dict[str, Any]:
    answer = await place.world.ask(LISTED, {"id": template, **page}, by=place[Role.VIEWER])
    return dict(answer["data"]["node"]["comments"])


@pytest.mark.parametrize("role", WRITERS)
async def test_whoever_may_comment_does_and_it_is_recorded(place: Place, role: Role) -> None:
    body = "Größe of the headline: 24 px, please.\n\n— and a 🌿 at the end"
    comment = await commented(place, role, body)
    assert (comment["body"], comment["version"]) == (body, 1)
    assert comment["author"]["id"] == place[role].id
    template = comment["template"]["id"]
    last = (await history(place.world, template))[-1]
    assert last == ("COMMENT_ADDED", None, {"body": body})
    assert (await listed(place, template))["totalCount"] == 1


async def test_who_may_only_read_says_nothing(world: World, place: Place) -> None:
    comment = await commented(place)
    id, template = comment["id"], comment["template"]["id"]
    viewer = place[Role.VIEWER]
    async with unchanged(place):
        assert await refusal(world, COMMENT, viewer, template=template, body="Hm") == "FORBIDDEN"
        assert await refusal(world, EDIT_COMMENT, viewer, comment=id, body="Hm") == "FORBIDDEN"
        assert await refusal(world, DELETE_COMMENT, viewer, comment=id) == "FORBIDDEN"
        code = await refusal(world, COMMENT, None, template=template, body="Hm")
    assert code == "UNAUTHENTICATED"


async def test_a_stranger_finds_nothing_to_comment_on(world: World, place: Place) -> None:
    comment = await commented(place)
    stranger = (await world.organization())[Role.ADMIN]
    async with unchanged(place):
        for query, given, at in (
            (COMMENT, {"template": comment["template"]["id"], "body": "Hm"}, "template"),
            (EDIT_COMMENT, {"comment": comment["id"], "body": "Hm"}, "comment"),
            (DELETE_COMMENT, {"comment": comment["id"]}, "comment"),
        ):
            error = await error_of(world, query, stranger, **given)
            assert (error["__typename"], error["path"]) == ("NotFoundError", [at])


@pytest.mark.parametrize("body", ["", " \n ", "x" * 10_001, "bell \a", "nul \0", "half \ud83d"])
async def test_a_comment_is_text_of_some_length(world: World, place: Place, body: str) -> None:
    comment = await commented(place)
    template = comment["template"]["id"]
    editor = place[Role.EDITOR]
    async with unchanged(place):
        assert "body" in await problems_of(world, COMMENT, editor, template=template, body=body)
        found = await problems_of(world, EDIT_COMMENT, editor, comment=comment["id"], body=body)
    assert "body" in found


async def test_an_author_says_it_in_other_words(world: World, place: Place) -> None:
    comment = await commented(place, body="Hm.")
    payload = await world.done(
        EDIT_COMMENT, place[Role.EDITOR], comment=comment["id"], body="Fine.", ifVersion=1
    )
    assert (payload["comment"]["body"], payload["comment"]["version"]) == ("Fine.", 2)
    last = (await history(world, comment["template"]["id"]))[-1]
    assert last == ("COMMENT_EDITED", {"body": "Hm."}, {"body": "Fine."})


@pytest.mark.parametrize("role", [Role.ADMIN, Role.MANAGER, Role.APPROVER])
async def test_nobody_puts_words_into_another_s_mouth(
    world: World, place: Place, role: Role
) -> None:
    comment = await commented(place)
    async with unchanged(place):
        code = await refusal(world, EDIT_COMMENT, place[role], comment=comment["id"], body="Hm")
    assert code == "FORBIDDEN"


@pytest.mark.parametrize("role", [Role.EDITOR, Role.MANAGER, Role.ADMIN])
async def test_its_author_and_moderators_delete_a_comment(
    world: World, place: Place, role: Role
) -> None:
    comment = await commented(place)
    payload = await world.done(DELETE_COMMENT, place[role], comment=comment["id"])
    assert payload["comment"]["id"] == comment["id"]
    assert payload["comment"]["author"]["id"] == place[Role.EDITOR].id
    assert (await listed(place, comment["template"]["id"]))["nodes"] == []
    kind, before, after = (await history(world, comment["template"]["id"]))[-1]
    assert (kind, before, after) == ("COMMENT_DELETED", {"body": comment["body"]}, None)
    error = await error_of(world, DELETE_COMMENT, place[role], comment=comment["id"])
    assert (error["__typename"], error["path"]) == ("NotFoundError", ["comment"])


async def test_another_writer_does_not_delete_it(world: World, place: Place) -> None:
    comment = await commented(place)
    async with unchanged(place):
        code = await refusal(world, DELETE_COMMENT, place[Role.APPROVER], comment=comment["id"])
    assert code == "FORBIDDEN"


async def test_a_stale_version_is_refused_and_nothing_changes(world: World, place: Place) -> None:
    comment, editor = await commented(place), place[Role.EDITOR]
    await world.done(EDIT_COMMENT, editor, comment=comment["id"], body="Meanwhile.")
    async with unchanged(place):
        for query, change in ((EDIT_COMMENT, {"body": "Late."}), (DELETE_COMMENT, {})):
            error = await error_of(
                world, query, editor, comment=comment["id"], ifVersion=1, **change
            )
            assert (error["__typename"], error["path"]) == ("ConflictError", ["ifVersion"])
            assert error["current"]["body"] == "Meanwhile."
            assert error["current"]["version"] == 2


async def test_of_two_edits_from_the_same_version_exactly_one_wins(
    world: World, place: Place
) -> None:
    comment, editor = await commented(place), place[Role.EDITOR]
    given = {"comment": comment["id"], "ifVersion": 1}
    payloads = await asyncio.gather(
        *(world.do(EDIT_COMMENT, editor, body=f"Edit {n}.", **given) for n in range(4))
    )
    assert sorted(len(payload["errors"]) for payload in payloads) == [0, 1, 1, 1]


async def test_editing_and_deleting_at_the_same_moment_end_in_one_of_the_two(
    world: World, place: Place
) -> None:
    comment, editor = await commented(place), place[Role.EDITOR]
    edited, deleted = await asyncio.gather(
        world.do(EDIT_COMMENT, editor, comment=comment["id"], body="Fine."),
        world.do(DELETE_COMMENT, place[Role.MANAGER], comment=comment["id"]),
    )
    assert not deleted["errors"]
    if edited["errors"]:
        assert edited["errors"][0]["__typename"] == "NotFoundError"
    else:
        assert deleted["comment"]["body"] == "Fine."


async def test_comments_are_listed_newest_first_page_by_page(world: World, place: Place) -> None:
    template = (await place.template())["id"]
    said = []
    for n in range(25):
        writer = place[WRITERS[n % len(WRITERS)]]
        payload = await world.done(COMMENT, writer, template=template, body=f"Note {n}.")
        said.append(payload["comment"]["id"])
    seen: list[str] = []
    page: dict[str, Any] = {"pageInfo": {"hasNextPage": True, "endCursor": None}}
    while page["pageInfo"]["hasNextPage"]:
        page = await listed(place, template, first=4, after=page["pageInfo"]["endCursor"])
        assert page["totalCount"] == 25 + (len(seen) > 0)
        if not seen:
            await world.done(COMMENT, place[Role.EDITOR], template=template, body="Meanwhile.")
        seen += [each["id"] for each in page["nodes"]]
    assert seen == said[::-1]


async def test_a_comment_outlasts_its_template_s_archiving(world: World, place: Place) -> None:
    comment = await commented(place)
    await world.done(ARCHIVE, place[Role.MANAGER], template=comment["template"]["id"])
    found = await node(world, comment["id"], "body template { status }", place[Role.VIEWER])
    assert (found["body"], found["template"]["status"]) == (comment["body"], "ARCHIVED")


async def test_an_author_out_of_sight_is_not_found_at_the_very_field(
    world: World, place: Place
) -> None:
    comment = await commented(place)
    stored = await one(world, select(Comment).where(Comment.id == uuid_of(comment["id"])))
    stranger = await world.person("Stranger")
    await change(world, stored, author_id=uuid_of(stranger.id))
    query = "query ($id: ID!) { node(id: $id) { ... on Comment { body author { id } } } }"
    answer = await world.ask(query, {"id": comment["id"]}, by=place[Role.VIEWER])
    [error] = answer["errors"]
    assert (error["path"], error["extensions"]["code"]) == (["node", "author"], "NOT_FOUND")
