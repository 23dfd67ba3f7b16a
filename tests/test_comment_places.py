"""Comments with a place: on lines of a version, on steps, in answers; and settling them."""

import asyncio
from typing import Any

import pytest
from sqlalchemy import select

from db.models import Comment
from domain.permissions import Role
from tests.editorial import (
    COMMENT,
    DELETE_COMMENT,
    EDIT_COMMENT,
    REOPEN_COMMENT,
    RESOLVE_COMMENT,
    UPDATE,
    error_of,
    history,
    node,
    problems_of,
    refusal,
    unchanged,
)
from tests.rows import one
from tests.world import Person, Place, World, content, uuid_of

BODY = "<p>\n  Dear {{ first_name }},\n  welcome aboard.\n</p>"
PLACE = """
id body version deletedAt resolvedAt resolver { id } step { id } parent { id }
anchor { version { id } part locale line endLine quote } currentLine
"""
LISTED = """
query ($id: ID!, $filter: CommentFilter) {
  node(id: $id) {
    ... on Template { comments(filter: $filter) { totalCount nodes { body } } }
    ... on TemplateVersion { comments(filter: $filter) { totalCount nodes { body } } }
  }
}
"""
THREAD = "replies { totalCount nodes { id body parent { id } } }"
Json = dict[str, Any]


@pytest.fixture(scope="module")
async def place(world: World) -> Place:
    return await world.organization(Role.MANAGER, Role.EDITOR, Role.APPROVER, Role.VIEWER)


def letter(**changed: Any) -> Json:
    german = {"locale": "de", "subject": "Hallo", "body": "<p>\n  Hallo!\n</p>"}
    return {**content(BODY), "text": "Dear\nyou", "locales": [german], **changed}


async def a_letter(place: Place, by: Role = Role.EDITOR) -> Json:
    return await place.template(place[by], content=letter())


def on(template: Json, line: int = 3, **changed: Any) -> Json:
    version = template["currentVersion"]["id"]
    return {"version": version, "part": "BODY", "line": line, **changed}


async def said(place: Place, by: Role, template: Json, body: str = "Hm.", **where: Any) -> str:
    given = {"template": template["id"], "body": body, **where}
    payload = await place.world.done(COMMENT, place[by], **given)
    return str(payload["comment"]["id"])


async def shown(place: Place, comment: str, selection: str = PLACE) -> Json:
    return await node(place.world, comment, selection, place[Role.VIEWER])


async def current_line(place: Place, comment: str, version: str | None = None) -> Any:
    asked = "currentLine" if version is None else f'currentLine(version: "{version}")'
    return (await shown(place, comment, asked))["currentLine"]


async def rewritten(place: Place, template: Json, **changed: Any) -> str:
    """The id of the template's next version."""
    given = {"template": template["id"], "content": letter(**changed)}
    payload = await place.world.done(UPDATE, place[Role.EDITOR], **given)
    return str(payload["template"]["currentVersion"]["id"])


async def bodies(place: Place, id: str, **filter: Any) -> list[str]:
    given = {"id": id, "filter": filter or None}
    answer = await place.world.ask(LISTED, given, by=place[Role.VIEWER])
    found = answer["data"]["node"]["comments"]
    assert found["totalCount"] == len(found["nodes"])
    return [each["body"] for each in found["nodes"]]


# On lines


@pytest.mark.parametrize(
    ("where", "locale", "end_line", "quote"),
    [
        ({}, None, 3, "  welcome aboard."),
        ({"quote": "aboard"}, None, 3, "aboard"),
        ({"line": 2, "endLine": 3, "quote": "},\n  welcome"}, None, 3, "},\n  welcome"),
        ({"line": 1, "endLine": 4}, None, 4, BODY),
        ({"part": "SUBJECT", "line": 1}, None, 1, "Welcome, {{ first_name }}"),
        ({"part": "TEXT", "line": 2}, None, 2, "you"),
        ({"locale": "DE", "line": 2}, "de", 2, "  Hallo!"),
    ],
)
async def test_a_comment_is_on_the_lines_that_it_names(
    place: Place, where: Json, locale: str | None, end_line: int, quote: str
) -> None:
    template = await a_letter(place)
    given = on(template, **where)
    comment = await said(place, Role.APPROVER, template, anchor=given)
    found = await shown(place, comment)
    assert found["anchor"] == {
        "version": {"id": template["currentVersion"]["id"]},
        "part": given["part"],
        "locale": locale,
        "line": given["line"],
        "endLine": end_line,
        "quote": quote,
    }
    assert found["currentLine"] == given["line"]
    kind, before, after = (await history(place.world, template["id"]))[-1]
    assert (kind, before) == ("COMMENT_ADDED", None)
    assert after["anchor"] == {
        **found["anchor"],
        "version": str(uuid_of(template["currentVersion"]["id"])),
    }


@pytest.mark.parametrize(
    ("where", "path"),
    [
        ({"line": 0}, "line"),
        ({"line": -1}, "line"),
        ({"line": 5}, "line"),
        ({"line": 2**31 - 1}, "line"),
        ({"line": -(2**31)}, "line"),
        ({"endLine": 2}, "endLine"),
        ({"endLine": 2**31 - 1}, "endLine"),
        ({"locale": "fr"}, "part"),
        ({"locale": "no locale"}, "part"),
        ({"locale": "de", "part": "TEXT", "line": 1}, "part"),
        ({"quote": "Dear"}, "quote"),
        ({"quote": ""}, "quote"),
        ({"quote": "x" * 100_000}, "quote"),
        ({"quote": "nul \0"}, "quote"),
    ],
)
async def test_a_place_that_is_not_there_is_refused_and_nothing_is_said(
    world: World, place: Place, where: Json, path: str
) -> None:
    template = await a_letter(place)
    given = {"template": template["id"], "body": "Hm.", "anchor": on(template, **where)}
    async with unchanged(place):
        found = await problems_of(world, COMMENT, place[Role.EDITOR], **given)
        assert set(found) == {f"anchor.{path}"}


async def test_a_line_beyond_all_numbers_never_reaches_the_template(
    world: World, place: Place
) -> None:
    template = await a_letter(place)
    given = {"template": template["id"], "body": "Hm.", "anchor": on(template, line=2**31)}
    async with unchanged(place):
        answer = await world.ask(COMMENT, {"input": given}, by=place[Role.EDITOR])
    [error] = answer["errors"]
    assert error["extensions"]["code"] == "BAD_USER_INPUT"


async def test_only_versions_of_the_template_itself_have_its_places(
    world: World, place: Place
) -> None:
    template, other = await a_letter(place), await a_letter(place)
    foreign = await (await world.organization()).template()
    editor, said = place[Role.EDITOR], {"template": template["id"], "body": "Hm."}
    async with unchanged(place):
        found = await problems_of(world, COMMENT, editor, anchor=on(other), **said)
        assert set(found) == {"anchor.version"}
        error = await error_of(world, COMMENT, editor, anchor=on(foreign, line=1), **said)
        assert (error["__typename"], error["path"]) == ("NotFoundError", ["anchor"])
        wrong = {**on(template), "version": template["id"]}
        assert set(await problems_of(world, COMMENT, editor, anchor=wrong, **said)) == {
            "anchor.version"
        }


async def test_a_comment_is_followed_through_versions(world: World, place: Place) -> None:
    template = await a_letter(place)
    first = template["currentVersion"]["id"]
    comment = await said(place, Role.APPROVER, template, anchor=on(template, quote="aboard"))
    moved = await rewritten(place, template, body=f"<h1>Hi</h1>\n{BODY}")
    assert await current_line(place, comment) == 4
    changed = await rewritten(place, template, body=BODY.replace("welcome", "Come"))
    assert await current_line(place, comment) == 3
    gone = await rewritten(place, template, body="<p>Bye</p>")
    assert await current_line(place, comment) is None
    lines = [await current_line(place, comment, each) for each in (first, moved, changed, gone)]
    assert lines == [3, 4, 3, None]
    found = await shown(place, comment)
    assert (found["anchor"]["version"]["id"], found["anchor"]["line"]) == (first, 3)
    assert await bodies(place, first) == ["Hm."]
    assert await bodies(place, gone) == []


async def test_a_comment_is_nowhere_in_another_template(world: World, place: Place) -> None:
    template, other = await a_letter(place), await a_letter(place)
    comment = await said(place, Role.EDITOR, template, anchor=on(template))
    query = """
    query ($id: ID!, $of: ID) { node(id: $id) { ... on Comment { currentLine(version: $of) } } }
    """
    given = {"id": comment, "of": other["currentVersion"]["id"]}
    answer = await world.ask(query, given, by=place[Role.VIEWER])
    [error] = answer["errors"]
    assert (error["path"], error["extensions"]["code"]) == (["node", "currentLine"], "NOT_FOUND")


async def test_a_variant_that_is_gone_takes_its_places_along(place: Place) -> None:
    template = await a_letter(place)
    german = await said(place, Role.EDITOR, template, anchor=on(template, 2, locale="de"))
    text = await said(place, Role.EDITOR, template, anchor=on(template, 1, part="TEXT"))
    whole = await said(place, Role.EDITOR, template)
    await rewritten(place, template, locales=[], text=None)
    assert [await current_line(place, each) for each in (german, text, whole)] == [None] * 3


async def test_the_lines_of_many_comments_cost_three_statements(world: World, place: Place) -> None:
    template = await a_letter(place)
    for _ in range(5):
        await said(place, Role.EDITOR, template, anchor=on(template))
    await rewritten(place, template, body=f"\n{BODY}")
    query = "query ($id: ID!) { node(id: $id) { ... on Template { comments { nodes { %s } } } } }"
    costs = []
    for selection in ("id", "currentLine", "anchor { version { number } }"):
        with world.statements() as statements:
            answer = await world.ask(
                query % selection, {"id": template["id"]}, by=place[Role.VIEWER]
            )
        costs.append(len(statements))
    assert len(answer["data"]["node"]["comments"]["nodes"]) == 5
    # The template for its current version, and versions: before and after.
    assert [cost - costs[0] for cost in costs] == [0, 3, 1]


# On steps


async def test_a_comment_belongs_to_a_step(place: Place) -> None:
    template = await a_letter(place)
    approval = await place.submitted(template, place[Role.EDITOR], place[Role.APPROVER])
    step = approval["steps"][0]["id"]
    comment = await said(place, Role.MANAGER, template, "Urgent!", step=step)
    both = await said(place, Role.EDITOR, template, "Here.", step=step, anchor=on(template))
    await said(place, Role.EDITOR, template, "Elsewhere.")
    assert (await shown(place, comment))["step"]["id"] == step
    assert (await shown(place, both))["anchor"]["line"] == 3
    assert await bodies(place, template["id"], step=step) == ["Here.", "Urgent!"]
    told = [after for _, _, after in await history(place.world, template["id"])][-3:]
    assert [after.get("step") for after in told] == [str(uuid_of(step))] * 2 + [None]


async def test_a_step_of_another_template_is_no_place(world: World, place: Place) -> None:
    template, other = await a_letter(place), await a_letter(place)
    approval = await place.submitted(other, place[Role.EDITOR], place[Role.APPROVER])
    given = {"template": template["id"], "body": "Hm.", "step": approval["steps"][0]["id"]}
    async with unchanged(place):
        found = await problems_of(world, COMMENT, place[Role.EDITOR], **given)
    assert set(found) == {"step"}


# In answers


async def test_answers_stand_under_what_they_answer_oldest_first(place: Place) -> None:
    template = await a_letter(place)
    head = await said(place, Role.APPROVER, template, "Too long.", anchor=on(template))
    answers = [
        await said(place, by, template, body, parent=head)
        for by, body in ((Role.EDITOR, "Where?"), (Role.APPROVER, "There."))
    ]
    thread = (await shown(place, head, THREAD))["replies"]
    assert thread["totalCount"] == 2
    assert [each["id"] for each in thread["nodes"]] == answers
    assert {each["parent"]["id"] for each in thread["nodes"]} == {head}
    assert await bodies(place, template["id"]) == ["There.", "Where?", "Too long."]
    assert await bodies(place, template["id"], answers=False) == ["Too long."]
    _, _, after = (await history(place.world, template["id"]))[-1]
    assert after == {"body": "There.", "parent": str(uuid_of(head))}


async def test_a_thread_has_one_level_and_its_head_the_place(world: World, place: Place) -> None:
    template, other = await a_letter(place), await a_letter(place)
    approval = await place.submitted(template, place[Role.EDITOR], place[Role.APPROVER])
    head, elsewhere = (
        await said(place, Role.EDITOR, template),
        await said(place, Role.EDITOR, other),
    )
    answer = await said(place, Role.EDITOR, template, parent=head)
    given = {"template": template["id"], "body": "Hm."}
    async with unchanged(place):
        for where in (
            {"parent": answer},
            {"parent": elsewhere},
            {"parent": head, "anchor": on(template)},
            {"parent": head, "step": approval["steps"][0]["id"]},
        ):
            found = await problems_of(world, COMMENT, place[Role.EDITOR], **given, **where)
            assert set(found) == {"parent"}, where


async def test_what_has_answers_is_deleted_without_them(world: World, place: Place) -> None:
    template = await a_letter(place)
    head = await said(place, Role.EDITOR, template, "Rash words.", anchor=on(template))
    answer = await said(place, Role.APPROVER, template, "Indeed.", parent=head)
    payload = await world.done(DELETE_COMMENT, place[Role.EDITOR], comment=head)
    assert payload["comment"]["body"] == ""
    found = await shown(place, head)
    assert (found["body"], found["deletedAt"] is None) == ("", False)
    assert (await shown(place, answer))["parent"]["id"] == head
    assert (await history(world, template["id"]))[-1][:2] == (
        "COMMENT_DELETED",
        {"body": "Rash words."},
    )
    editor, given = place[Role.EDITOR], {"template": template["id"], "body": "Hm."}
    async with unchanged(place):
        for query, input, at in (
            (EDIT_COMMENT, {"comment": head, "body": "No."}, "comment"),
            (DELETE_COMMENT, {"comment": head}, "comment"),
            (RESOLVE_COMMENT, {"comment": head}, "comment"),
            (COMMENT, {**given, "parent": head}, "parent"),
        ):
            error = await error_of(world, query, editor, **input)
            assert (error["__typename"], error["path"]) == ("ConflictError", [at])


async def test_answering_and_deleting_at_once_leave_no_answer_without_its_head(
    world: World, place: Place
) -> None:
    template = await a_letter(place)
    given = {"template": template["id"], "body": "Hm."}
    for _ in range(4):
        head = await said(place, Role.EDITOR, template)
        answered, deleted = await asyncio.gather(
            world.do(COMMENT, place[Role.APPROVER], parent=head, **given),
            world.do(DELETE_COMMENT, place[Role.EDITOR], comment=head),
        )
        assert not deleted["errors"]
        if answered["errors"]:
            assert answered["errors"][0]["__typename"] == "NotFoundError"
        else:
            assert (await shown(place, head))["deletedAt"] is not None


# Settling


@pytest.mark.parametrize("role", [Role.APPROVER, Role.EDITOR, Role.MANAGER, Role.ADMIN])
async def test_its_author_the_template_s_and_moderators_settle_a_comment(
    world: World, place: Place, role: Role
) -> None:
    """The EDITOR wrote the template, and the APPROVER the comment."""
    template = await a_letter(place)
    comment = await said(place, Role.APPROVER, template, anchor=on(template))
    payload = await world.done(RESOLVE_COMMENT, place[role], comment=comment, ifVersion=1)
    assert payload["comment"]["resolver"]["id"] == place[role].id
    assert payload["comment"]["resolvedAt"] is not None
    assert await bodies(place, template["id"], resolved=True) == ["Hm."]
    assert await bodies(place, template["id"], resolved=False) == []
    again = await world.done(REOPEN_COMMENT, place[role], comment=comment, ifVersion=2)
    assert (again["comment"]["resolver"], again["comment"]["resolvedAt"]) == (None, None)
    assert (await history(world, template["id"]))[-2:] == [
        ("COMMENT_RESOLVED", {"resolved": False}, {"resolved": True}),
        ("COMMENT_REOPENED", {"resolved": True}, {"resolved": False}),
    ]


async def test_nobody_else_settles_a_comment(world: World, place: Place) -> None:
    template = await a_letter(place, Role.MANAGER)
    comment = await said(place, Role.APPROVER, template, anchor=on(template))
    resolved = await said(place, Role.APPROVER, template, anchor=on(template))
    await world.done(RESOLVE_COMMENT, place[Role.APPROVER], comment=resolved)
    stranger = (await world.organization())[Role.ADMIN]
    async with unchanged(place):
        for query, id in ((RESOLVE_COMMENT, comment), (REOPEN_COMMENT, resolved)):
            for role in (Role.EDITOR, Role.VIEWER):
                assert await refusal(world, query, place[role], comment=id) == "FORBIDDEN"
            error = await error_of(world, query, stranger, comment=id)
            assert (error["__typename"], error["path"]) == ("NotFoundError", ["comment"])


async def test_what_is_settled_or_cannot_be_is_refused(world: World, place: Place) -> None:
    template, editor = await a_letter(place), place[Role.EDITOR]
    whole = await said(place, Role.EDITOR, template)
    line = await said(place, Role.EDITOR, template, anchor=on(template))
    answer = await said(place, Role.EDITOR, template, parent=line)
    resolved = await said(place, Role.EDITOR, template, anchor=on(template))
    await world.done(RESOLVE_COMMENT, editor, comment=resolved)
    async with unchanged(place):
        for id in (whole, answer):
            assert set(await problems_of(world, RESOLVE_COMMENT, editor, comment=id)) == {"comment"}
        for query, id in ((RESOLVE_COMMENT, resolved), (REOPEN_COMMENT, line)):
            error = await error_of(world, query, editor, comment=id)
            assert (error["__typename"], error["path"]) == ("ConflictError", ["comment"])
        error = await error_of(world, REOPEN_COMMENT, editor, comment=resolved, ifVersion=1)
        assert (error["__typename"], error["path"]) == ("ConflictError", ["ifVersion"])


async def test_of_two_who_settle_at_once_one_does(world: World, place: Place) -> None:
    template = await a_letter(place)
    comment = await said(place, Role.EDITOR, template, anchor=on(template))
    people: list[Person] = [place[Role.EDITOR], place[Role.MANAGER], place[Role.ADMIN]]
    payloads = await asyncio.gather(
        *(world.do(RESOLVE_COMMENT, each, comment=comment) for each in people)
    )
    assert sorted(len(payload["errors"]) for payload in payloads) == [0, 1, 1]
    stored = await one(world, select(Comment).where(Comment.id == uuid_of(comment)))
    assert stored.version == 2


async def test_the_filter_finds_what_it_says(place: Place) -> None:
    template = await a_letter(place)
    await said(place, Role.EDITOR, template, "Whole.")
    line = await said(place, Role.EDITOR, template, "Line.", anchor=on(template))
    await said(place, Role.EDITOR, template, "Answer.", parent=line)
    id, version = template["id"], template["currentVersion"]["id"]
    assert await bodies(place, id) == ["Answer.", "Line.", "Whole."]
    assert await bodies(place, id, anchored=True) == ["Line."]
    assert await bodies(place, id, anchored=False) == ["Answer.", "Whole."]
    assert await bodies(place, id, answers=True) == ["Answer."]
    assert await bodies(place, id, anchored=False, answers=False) == ["Whole."]
    assert await bodies(place, version) == ["Line."]
    assert await bodies(place, version, resolved=True) == []
