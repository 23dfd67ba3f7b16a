"""Workflows through the schema: what is kept, who may change it, and who its stages are put to."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import pytest

from db import loaders
from domain.errors import Conflict, DomainError, Invalid, NotFound
from domain.ids import UserId
from domain.permissions import Permission, Role
from domain.stages import StageRequest, StageRule
from resolvers import workflows
from resolvers.work import Work
from tests.editorial import CHANGE_ROLE, REMOVE, membership, node, refusal, unchanged
from tests.world import Person, Place, World, uuid_of

WORKFLOW = """
id name description isDefault archivedAt version
creator { id } organization { id }
stages {
  name role rule atLeast required dueInHours remindAfterHours covers
  approvers { id } escalateTo { id }
}
"""
ERRORS = """
errors {
  __typename code message path
  ... on ConflictError { current { ... on WorkflowTemplate { id name version } } }
}
"""
CREATE = f"""
mutation ($input: CreateWorkflowInput!) {{
  createWorkflow(input: $input) {{ workflow {{ {WORKFLOW} }} {ERRORS} }}
}}
"""
UPDATE = f"""
mutation ($input: UpdateWorkflowInput!) {{
  updateWorkflow(input: $input) {{ workflow {{ {WORKFLOW} }} {ERRORS} }}
}}
"""
ARCHIVE = f"""
mutation ($input: ArchiveWorkflowInput!) {{
  archiveWorkflow(input: $input) {{ workflow {{ {WORKFLOW} }} {ERRORS} }}
}}
"""
LIST = f"""
query ($slug: String!, $filter: WorkflowFilter) {{
  organization(slug: $slug) {{ workflows(filter: $filter) {{ totalCount nodes {{ {WORKFLOW} }} }} }}
}}
"""


@pytest.fixture
async def place(world: World) -> Place:
    return await world.organization(Role.MANAGER, Role.EDITOR, Role.APPROVER, Role.VIEWER)


def stage(*approvers: Person, name: str = "Legal", **changed: Any) -> dict[str, Any]:
    return {"name": name, "approvers": [person.id for person in approvers], **changed}


async def created(place: Place, **changed: Any) -> dict[str, Any]:
    """A workflow of the manager's, with one stage that is the approver's."""
    given = {"name": "Letters", "stages": [stage(place[Role.APPROVER])], **changed}
    manager = place[Role.MANAGER]
    payload = await place.world.done(CREATE, manager, organization=place.id, **given)
    return dict(payload["workflow"])


async def error_of(place: Place, query: str, **input: Any) -> dict[str, Any]:
    """The one error with which a mutation is refused, which changes nothing."""
    async with unchanged(place):
        payload = await place.world.do(query, place[Role.MANAGER], **input)
    [error] = payload["errors"]
    assert payload["workflow"] is None
    return dict(error)


async def listed(place: Place, by: Role = Role.VIEWER, **filter: Any) -> list[str]:
    """The names in the organisation's list, as a member sees it."""
    given = {"slug": place.slug, "filter": filter or None}
    answer = await place.world.ask(LIST, given, by=place[by])
    page = answer["data"]["organization"]["workflows"]
    assert page["totalCount"] == len(page["nodes"])
    return [each["name"] for each in page["nodes"]]


# Keeping them


async def test_a_workflow_is_kept_as_it_was_given(world: World, place: Place) -> None:
    approver, admin = place[Role.APPROVER], place[Role.ADMIN]
    first = stage(
        approver,
        admin,
        rule="AT_LEAST",
        atLeast=1,
        dueInHours=48,
        remindAfterHours=24,
        escalateTo=admin.id,
        covers=["SOURCE", "LOCALES"],
    )
    last = stage(name="Brand", role="MANAGER", required=False)
    made = await created(place, description="All of them.", isDefault=True, stages=[first, last])
    assert made == {
        "id": made["id"],
        "name": "Letters",
        "description": "All of them.",
        "isDefault": True,
        "archivedAt": None,
        "version": 1,
        "creator": {"id": place[Role.MANAGER].id},
        "organization": {"id": place.id},
        "stages": [
            {
                **first,
                "role": None,
                "required": True,
                "approvers": [{"id": approver.id}, {"id": admin.id}],
                "escalateTo": {"id": admin.id},
            },
            {
                **dict.fromkeys(("atLeast", "dueInHours", "remindAfterHours", "covers")),
                "name": "Brand",
                "role": "MANAGER",
                "rule": "ALL",
                "required": False,
                "approvers": [],
                "escalateTo": None,
            },
        ],
    }
    assert await node(world, made["id"], WORKFLOW, place[Role.VIEWER]) == made


async def test_members_see_the_list_and_narrow_it(world: World, place: Place) -> None:
    await created(place, name="Letters", isDefault=True)
    old = await created(place, name="Old letters")
    await world.done(ARCHIVE, place[Role.MANAGER], workflow=old["id"])
    assert await listed(place) == ["Old letters", "Letters"]
    assert await listed(place, archived=False) == ["Letters"]
    assert await listed(place, archived=True) == ["Old letters"]
    assert await listed(place, isDefault=True) == ["Letters"]
    assert await listed(place, isDefault=False, archived=False) == []


async def test_the_people_of_all_stages_are_read_at_once(world: World, place: Place) -> None:
    people = [place[Role.APPROVER], place[Role.ADMIN], place[Role.MANAGER]]
    for name, count in (("One", 1), ("Many", 3)):
        stages = [stage(*people[:count], name=f"{name} {n}") for n in range(count)]
        await created(place, name=name, stages=stages)
    with world.statements() as statements:
        answer = await world.ask(LIST, {"slug": place.slug}, by=place[Role.VIEWER])
    assert len(answer["data"]["organization"]["workflows"]["nodes"]) == 2
    # Who asks; the page, its count; approvers, and creators.
    assert len(statements) == 1 + 2 + 2


async def test_a_former_member_stays_known_in_the_stages(world: World, place: Place) -> None:
    leaver = await place.join(Role.APPROVER, "Lena")
    made = await created(place, stages=[stage(leaver)])
    await world.done(REMOVE, place[Role.ADMIN], membership=await membership(place, leaver))
    seen = await node(world, made["id"], "stages { approvers { id } }", place[Role.VIEWER])
    assert seen == {"stages": [{"approvers": [{"id": leaver.id}]}]}


async def test_a_name_is_an_organisation_s_once_in_whatever_case(
    world: World, place: Place
) -> None:
    first, other = await created(place), await created(place, name="Posters")
    given = {"organization": place.id, "stages": [stage(place[Role.APPROVER])]}
    error = await error_of(place, CREATE, name="LETTERS", **given)
    assert (error["__typename"], error["path"]) == ("ValidationError", ["name"])
    error = await error_of(place, UPDATE, workflow=other["id"], name="letters")
    assert (error["__typename"], error["path"]) == ("ValidationError", ["name"])
    elsewhere = await world.organization(Role.MANAGER, Role.APPROVER)
    assert await created(elsewhere)
    await world.done(ARCHIVE, place[Role.MANAGER], workflow=first["id"])
    assert (await created(place, name="letters"))["name"] == "letters"


async def test_of_two_at_once_with_one_name_exactly_one_is_kept(place: Place) -> None:
    given = {"organization": place.id, "name": "Letters", "stages": [stage(place[Role.APPROVER])]}
    payloads = await asyncio.gather(
        *(place.world.do(CREATE, place[Role.MANAGER], **given) for _ in range(4))
    )
    assert [len(payload["errors"]) for payload in payloads].count(0) == 1
    assert await listed(place) == ["Letters"]


@pytest.mark.parametrize(
    ("changed", "path"),
    [
        ({"name": " "}, ["name"]),
        ({"stages": []}, ["stages"]),
        ({"stages": [{"name": "Legal"}]}, ["stages", "0", "approvers"]),
        ({"stages": [{"name": "Legal", "role": "VIEWER"}]}, ["stages", "0", "role"]),
    ],
)
async def test_what_makes_no_sense_is_refused_when_it_is_kept_and_when_it_is_changed(
    place: Place, changed: dict[str, Any], path: list[str]
) -> None:
    made = await created(place)
    given = {"organization": place.id, "name": "Posters", "stages": made_of(place), **changed}
    for query, input in ((CREATE, given), (UPDATE, {"workflow": made["id"], **changed})):
        error = await error_of(place, query, **input)
        assert (error["__typename"], error["path"]) == ("ValidationError", path)


def made_of(place: Place) -> list[dict[str, Any]]:
    return [stage(place[Role.APPROVER])]


async def test_only_people_who_may_decide_can_be_named(world: World, place: Place) -> None:
    stranger = await world.person()
    stages = [stage(place[Role.APPROVER], place[Role.EDITOR]), stage(stranger)]
    async with unchanged(place):
        payload = await world.do(
            CREATE, place[Role.MANAGER], organization=place.id, name="Letters", stages=stages
        )
    paths = [error["path"] for error in payload["errors"]]
    assert paths == [["stages", "0", "approvers", "1"], ["stages", "1", "approvers", "0"]]


# Changing them


async def test_what_is_left_out_stays_and_the_version_counts(world: World, place: Place) -> None:
    made = await created(place)
    change = {"workflow": made["id"], "description": "For print.", "ifVersion": 1}
    changed = (await world.done(UPDATE, place[Role.MANAGER], **change))["workflow"]
    assert changed == {**made, "description": "For print.", "version": 2}
    for query, more in ((UPDATE, {"name": "Late"}), (ARCHIVE, {})):
        error = await error_of(place, query, workflow=made["id"], ifVersion=1, **more)
        assert (error["__typename"], error["path"]) == ("ConflictError", ["ifVersion"])
        assert error["current"] == {"id": made["id"], "name": "Letters", "version": 2}


async def test_an_organisation_has_one_default_at_most(world: World, place: Place) -> None:
    first = await created(place, isDefault=True)
    second = await created(place, name="Posters", isDefault=True)
    assert await listed(place, isDefault=True) == ["Posters"]
    await world.done(UPDATE, place[Role.MANAGER], workflow=first["id"], isDefault=True)
    assert await listed(place, isDefault=True) == ["Letters"]
    await world.done(UPDATE, place[Role.MANAGER], workflow=first["id"], isDefault=False)
    assert await listed(place, isDefault=True) == []
    await world.done(UPDATE, place[Role.MANAGER], workflow=second["id"], isDefault=True)
    archived = await world.done(ARCHIVE, place[Role.MANAGER], workflow=second["id"])
    assert archived["workflow"]["isDefault"] is False


async def test_of_two_that_become_the_default_at_once_one_is_it_in_the_end(
    world: World, place: Place
) -> None:
    made = [await created(place, name=f"Letters {n}") for n in range(4)]
    await asyncio.gather(
        *(
            world.done(UPDATE, place[Role.MANAGER], workflow=each["id"], isDefault=True)
            for each in made
        )
    )
    assert len(await listed(place, isDefault=True)) == 1


async def test_an_archived_workflow_changes_no_more(world: World, place: Place) -> None:
    made = await created(place)
    archived = await world.done(ARCHIVE, place[Role.MANAGER], workflow=made["id"])
    assert archived["workflow"]["archivedAt"] is not None
    for query, more in ((UPDATE, {"name": "Late"}), (ARCHIVE, {})):
        error = await error_of(place, query, workflow=made["id"], **more)
        assert (error["__typename"], error["path"]) == ("ConflictError", ["workflow"])


async def test_a_stranger_cannot_tell_whether_there_is_one(world: World, place: Place) -> None:
    made, elsewhere = await created(place), await world.organization(Role.MANAGER)
    async with unchanged(place):
        payload = await world.do(UPDATE, elsewhere[Role.MANAGER], workflow=made["id"], name="Mine")
    assert [error["__typename"] for error in payload["errors"]] == ["NotFoundError"]
    assert await refusal(world, UPDATE, place[Role.EDITOR], workflow=made["id"]) == "FORBIDDEN"


# Who its stages are put to


@asynccontextmanager
async def submitting(place: Place) -> AsyncIterator[Work]:
    """A unit of work of the editor's, as submitting a template opens it."""
    context = await place.world.context(place[Role.EDITOR])
    async with context.needing(Permission.APPROVAL_SUBMIT).transaction() as work:
        yield work


async def stages_of(place: Place, workflow: dict[str, Any], **given: Any) -> Any:
    async with submitting(place) as work:
        organization, id = uuid_of(place.id), uuid_of(workflow["id"])
        return await workflows.stages_of(work, organization, id, **given)


async def refused(place: Place, workflow: dict[str, Any], kind: type[DomainError]) -> str:
    with pytest.raises(kind) as caught:
        await stages_of(place, workflow)
    assert caught.value.path == ("workflow",)  # type: ignore[attr-defined] # a UserError has one
    return str(caught.value)


def user(person: Person) -> UserId:
    return UserId(uuid_of(person.id))


async def test_stages_are_put_to_who_is_named_and_who_has_the_role_by_then(place: Place) -> None:
    approver, manager = place[Role.APPROVER], place[Role.MANAGER]
    stages = [stage(manager, role="APPROVER", rule="ANY"), stage(manager, name="Last")]
    made = await created(place, stages=stages)
    late = await place.join(Role.APPROVER, "Late")
    people = (user(manager), user(approver), user(late))
    last = StageRequest("Last", (user(manager),))
    assert await stages_of(place, made) == (StageRequest("Legal", people, StageRule.ANY), last)
    without = await stages_of(place, made, without=[user(late)])
    assert without == (StageRequest("Legal", people[:2], StageRule.ANY), last)


@pytest.mark.parametrize("leaves", [True, False])
async def test_a_stage_of_somebody_who_may_no_longer_decide_is_named(
    world: World, place: Place, leaves: bool
) -> None:
    gone = await place.join(Role.APPROVER, "Gwen")
    made = await created(place, stages=[stage(place[Role.APPROVER]), stage(gone, name="Facts")])
    member = await membership(place, gone)
    if leaves:
        await world.done(REMOVE, place[Role.ADMIN], membership=member)
    else:
        await world.done(CHANGE_ROLE, place[Role.ADMIN], membership=member, role="EDITOR")
    assert await refused(place, made, Invalid) == (
        "The stage “Facts” of this workflow cannot begin:"
        " Gwen Byron may no longer decide approvals."
    )


async def test_a_role_that_nobody_has_any_more_is_told(world: World, place: Place) -> None:
    made = await created(place, stages=[stage(name="Brand", role="APPROVER")])
    member = await membership(place, place[Role.APPROVER])
    await world.done(REMOVE, place[Role.ADMIN], membership=member)
    assert "“Brand”" in await refused(place, made, Invalid)


async def test_an_archived_or_foreign_workflow_starts_nothing(world: World, place: Place) -> None:
    made = await created(place)
    await world.done(ARCHIVE, place[Role.MANAGER], workflow=made["id"])
    await refused(place, made, Conflict)
    elsewhere = await world.organization(Role.MANAGER, Role.APPROVER)
    await refused(place, await created(elsewhere), NotFound)


async def test_the_default_is_what_the_organisation_chose(place: Place) -> None:
    async def default() -> Any:
        async with submitting(place) as work:
            await work.find(loaders.organizations, uuid_of(place.id), at="organization")
            return await workflows.default_of(work, uuid_of(place.id))

    await created(place)
    assert await default() is None
    made = await created(place, name="Posters", isDefault=True)
    assert await default() == uuid_of(made["id"])
