"""Two organisations' data never mix: strangers walk every field of the schema and find nothing."""

import asyncio
from collections.abc import Iterator
from dataclasses import replace
from itertools import product
from typing import Any
from uuid import uuid4

import pytest

from domain.permissions import Role
from engine.execution import OperationRequest, Rejected
from engine.ids import MalformedId, decode, encode
from tests import walking
from tests.callers import Stage
from tests.marked import KINDS, Marked, a_marked_organization
from tests.profile_targets import FINAL
from tests.targets import INPUTS, STREAMS, Target
from tests.test_memberships import JOIN, invited
from tests.walking import values_of
from tests.world import SUBMIT, Person, World

DEADLINE = 10
ALONE = FINAL | {"exportMyData"}
"""Done by somebody with whom nothing of theirs was tried: it would be about them."""

AT_ONCE = 5
"""Things that one document asks for by their ids."""


@pytest.fixture(scope="module")
def world(world: World) -> World:
    """Answers once: that both executors answer alike is tried elsewhere, with less."""
    return replace(world, core=None)


@pytest.fixture(scope="module")
async def theirs(world: World) -> Marked:
    return await a_marked_organization(world)


@pytest.fixture(scope="module")
async def ours(world: World) -> Marked:
    return await a_marked_organization(world)


@pytest.fixture(scope="module")
async def known(world: World, theirs: Marked) -> dict[str, list[str]]:
    """The ids of everything of theirs, by type, as one of their own finds them."""
    start = {"Organization": [theirs.place.id]}
    found = set(values_of(await walk(world, theirs.admin, theirs.place.slug, start), "id"))
    return {
        entity: sorted(each for each in found if type_of(each) == entity)
        for entity in walking.nodes()
    }


def type_of(id: str) -> str | None:
    """Of what type the thing is; None for ids that are not of the API, such as evidence has."""
    try:
        return decode(id)[0]
    except MalformedId:
        return None


@pytest.fixture(scope="module")
async def everything(world: World, theirs: Marked, known: dict[str, list[str]]) -> Any:
    """What one of their own sees."""
    return await walk(world, theirs.admin, theirs.place.slug, known)


async def walk(world: World, by: Person | None, slug: str, known: dict[str, list[str]]) -> Any:
    """The answers to every query there is, with every argument that the ids give."""
    return [
        await world.ask(query, given, by=by)
        for query in walking.queries()
        for given in _arguments(query, slug, every(known))
    ]


def every(known: dict[str, list[str]]) -> list[str]:
    return [id for ids in known.values() for id in ids]


def _arguments(query: str, slug: str, ids: list[str]) -> Iterator[dict[str, Any]]:
    asked = [each for each in ids if f"... on {decode(each)[0]} " in query]
    if "$ids" in query:
        yield from ({"ids": ids[n : n + AT_ONCE]} for n in range(0, len(ids), AT_ONCE))
    elif "$id" in query:
        yield from ({"id": each} for each in asked)
    elif "$node" in query:
        people = [each for each in ids if decode(each)[0] == "User"]
        pairs = product(people[:1], first_of_each(ids))
        yield from ({"user": user, "action": "READ", "node": each} for user, each in pairs)
    else:
        yield {"slug": slug}


def first_of_each(ids: list[str]) -> list[str]:
    """One id of every type."""
    return list({decode(each)[0]: each for each in ids}.values())


def of_theirs(answers: Any, theirs: Marked, known: dict[str, list[str]]) -> list[str]:
    """What an answer tells of the other organisation: its marks and its ids."""
    text = str(answers)
    return [each for each in (theirs.mark, *every(known)) if each in text]


def test_the_walk_selects_every_field_of_every_type() -> None:
    covered = walking.covered_by_queries()
    for name in INPUTS:
        walking.mutation(name, covered)
    for name in STREAMS:
        walking.subscription(name, covered)
    assert walking.all_fields() - covered == set()


async def test_a_member_finds_every_mark_on_the_same_walk(
    theirs: Marked, known: dict[str, list[str]], everything: Any
) -> None:
    assert all(known.values()), known
    assert [kind for kind in KINDS if theirs[kind] not in str(everything)] == []


@pytest.mark.parametrize("signed_in", [True, False])
async def test_a_stranger_finds_nothing_with_every_id_there_is(
    world: World, theirs: Marked, ours: Marked, known: dict[str, list[str]], signed_in: bool
) -> None:
    by = ours.admin if signed_in else None
    answers = await walk(world, by, theirs.place.slug, known)
    assert of_theirs(answers, theirs, known) == []
    refused = [error for errors in values_of(answers, "errors") for error in errors]
    told = {(error["path"][0], error["extensions"]["code"]) for error in refused}
    if signed_in:
        # What somebody else may not see of oneself, in one's own organisation.
        told -= {("viewer", "FORBIDDEN")}
        hidden = {(each, "NOT_FOUND") for each in ("node", "organization", "explainAccess")}
        assert told == hidden | {(each, "FORBIDDEN") for each in ("auditLog", "users")}
    else:
        assert {code for _, code in told} == {"UNAUTHENTICATED"}


async def test_their_ids_are_told_as_ids_of_nothing_are(
    world: World, ours: Marked, known: dict[str, list[str]]
) -> None:
    query = "query ($id: ID!) { node(id: $id) { id } }"
    for entity, [id, *_] in known.items():
        nothing = encode(entity, uuid4())
        told = [await world.ask(query, {"id": each}, by=ours.admin) for each in (id, nothing)]
        assert told[0] == told[1]
        assert told[0]["errors"][0]["extensions"] == {"code": "NOT_FOUND"}


async def test_their_cursors_lead_to_nothing_of_theirs(
    world: World, theirs: Marked, ours: Marked, known: dict[str, list[str]], everything: Any
) -> None:
    """One of the list of that name, and one of another."""
    cursors = walking.cursors(everything)
    own = await walk(world, ours.admin, ours.place.slug, {"Organization": [ours.place.id]})
    at = {type_of(id): id for id in values_of(own, "id")}
    answers = [
        await world.ask(page(owner, name), {"id": at[owner], "cursor": cursors[of]}, by=ours.admin)
        for owner, name in walking.connections()
        for of in {name, min(cursors.keys() - {name})} & cursors.keys()
    ]
    assert any("errors" not in answer for answer in answers)
    assert any("errors" in answer for answer in answers)
    assert of_theirs(answers, theirs, known) == []


def page(owner: str, name: str) -> str:
    return f"""query ($id: ID!, $cursor: String!) {{
      node(id: $id) {{ ... on {owner} {{
        next: {name}(after: $cursor) {{ totalCount nodes {{ id }} pageInfo {{ endCursor }} }}
        previous: {name}(before: $cursor) {{ totalCount nodes {{ id }} }}
      }} }}
    }}"""


async def test_filters_by_their_people_and_words_match_nothing_of_theirs(
    world: World, theirs: Marked, ours: Marked, known: dict[str, list[str]]
) -> None:
    for name, filter in (
        ("templates", {"author": {"in": known["User"]}}),
        ("templates", {"search": theirs["template"]}),
        ("templates", {"category": {"eq": theirs["category"]}}),
        ("templates", {"tags": {"hasAny": [theirs["tag"]]}}),
        ("approvals", {"submitter": {"in": known["User"]}}),
    ):
        query = f"""query ($slug: String!, $filter: {name[:-1].capitalize()}Filter) {{
          organization(slug: $slug) {{ {name}(filter: $filter) {{ totalCount nodes {{ id }} }} }}
        }}"""
        for marked in (ours, theirs):
            given = {"slug": marked.place.slug, "filter": filter}
            answer = await world.ask(query, given, by=marked.admin)
            [found] = answer["data"]["organization"].values()
            assert bool(found["totalCount"]) is bool(found["nodes"]) is (marked is theirs)


@pytest.mark.parametrize("name", INPUTS)
async def test_no_mutation_tells_a_stranger_anything(
    world: World, theirs: Marked, ours: Marked, known: dict[str, list[str]], name: str
) -> None:
    by = await ours.place.join(Role.ADMIN) if name in ALONE else ours.admin
    target = Target(Stage(theirs.place, ours.place, ours.admin), by, None)
    given = await INPUTS[name](target)
    answer = await world.ask(walking.mutation(name, set()), {"input": given}, by=by)
    assert of_theirs(answer, theirs, known) == []


@pytest.mark.parametrize("name", STREAMS)
async def test_no_stream_of_theirs_opens_for_a_stranger(
    world: World, theirs: Marked, ours: Marked, known: dict[str, list[str]], name: str
) -> None:
    subject = STREAMS[name]
    context = await world.context(ours.admin)
    document = walking.subscription(name, set())
    for id in known[subject.capitalize()]:
        operation = world.engine.prepare(OperationRequest(document, None, {subject: id}))
        with pytest.raises(Rejected) as rejected:
            await world.engine.subscribe(operation, context, context.renewed)
        assert of_theirs(rejected.value.errors, theirs, known) == []
        assert [each["extensions"]["code"] for each in rejected.value.errors] == ["NOT_FOUND"]


async def test_a_stream_of_ours_stays_silent_about_theirs(
    world: World, theirs: Marked, ours: Marked
) -> None:
    document = "subscription ($id: ID!) { approvalChanged(organization: $id) { approval { id } } }"
    operation = world.engine.prepare(OperationRequest(document, None, {"id": ours.place.id}))
    context = await world.context(ours.admin)
    stream = await world.engine.subscribe(operation, context, context.renewed)
    for marked in (theirs, ours):
        template = await marked.place.template()
        approver = marked.place[Role.APPROVER]
        last = await marked.place.submitted(template, marked.admin, approver)
    async with asyncio.timeout(DEADLINE):
        answer = await anext(stream)
    assert answer.data == {"approvalChanged": {"approval": {"id": last["id"]}}}
    await stream.aclose()


async def test_a_stranger_cannot_be_told_from_nobody_as_an_approver(
    world: World, theirs: Marked, ours: Marked
) -> None:
    template = await ours.place.template()
    told = [
        await world.do(SUBMIT, ours.admin, template=template["id"], steps=[{"approver": each}])
        for each in (theirs.admin.id, encode("User", uuid4()))
    ]
    assert told[0] == told[1]
    assert told[0]["errors"][0]["path"] == ["steps", "0", "approver"]


async def test_a_member_of_both_is_seen_in_each_only_where_they_belong(
    world: World, theirs: Marked, ours: Marked
) -> None:
    both = await world.person("Both")
    for marked in (theirs, ours):
        await world.done(JOIN, both, token=await invited(marked.place, both.email, Role.VIEWER))
    by_slug, by_id = (
        [each for each in walking.queries() if start in each]
        for start in ("organization(", "node(id: $id) { ... on User ")
    )
    for marked, other in ((theirs, ours), (ours, theirs)):
        slug, admin = {"slug": marked.place.slug}, marked.admin
        seen = str([await world.ask(query, slug, by=admin) for query in by_slug])
        assert both.email in seen
        assert other.mark not in seen
        seen = str([await world.ask(query, {"id": both.id}, by=admin) for query in by_id])
        assert marked["slug"] in seen
        assert other.mark not in seen
