"""Every mutation by every kind of caller: what the tables say, and nothing else."""

from typing import Any
from uuid import uuid4

import pytest
from graphql import assert_object_type

from auth.access import PLATFORM_ADMIN
from auth.access import wanted as access_wanted
from domain.actions import ANYTHING, Action
from domain.events import EventKind
from domain.ids import ENTITY_OF
from domain.permissions import GRANTS, Permission, Role
from domain.seeing import SEEN_WITH
from engine.operations import Mutation as MutationOf
from engine.parameters import of_dataclass
from schema import Mutation, schema
from schema.actions import mutation_of
from server.permission_matrix import (
    KINDS,
    MUTATIONS,
    ROLES,
    Kind,
    Outcome,
    action_of,
    guarded,
    of_mutation,
    of_others,
)
from tests import rows
from tests.callers import Stage, a_full_stage
from tests.profile_targets import FINAL
from tests.targets import INPUTS, Target
from tests.world import Person, World, uuid_of

OWN = "own"
OTHERS = "others'"
CASES = [*((name, OWN) for name in MUTATIONS), *((name, OTHERS) for name in of_others())]
READS = "READ_"
ALSO_HERE = FINAL | {"revokeAccessToken"}
"""What needs no permission here, and is recorded here nevertheless."""

COMMANDS: dict[str, type] = {
    schema.config.name_converter.get_graphql_name(field): field.resolution.command
    for field in Mutation.__strawberry_definition__.fields  # type: ignore[attr-defined] # set by Strawberry
    if isinstance(field.resolution, MutationOf)
}


def named_by(mutation: str) -> str | None:
    """The type of what a mutation is done to: that of the first id that it cannot do without."""
    given = of_dataclass(COMMANDS[mutation])
    return next(
        (ENTITY_OF[each.type] for each in given if not each.optional and each.type in ENTITY_OF),
        None,
    )


def recorded(name: str, kind: Kind, outcome: Outcome) -> list[EventKind]:
    """What is recorded of a refusal, where it tells of somebody who reaches too far."""
    reaches_far = MUTATIONS[name] is PLATFORM_ADMIN and outcome is Outcome.FORBIDDEN
    return [EventKind.ACCESS_REFUSED] if reaches_far else []


def somebody_else(stage: Stage, kind: Kind) -> Person:
    return stage.place[Role.MANAGER if kind is not ROLES[Role.MANAGER] else Role.ADMIN]


def outcome_of(answer: dict[str, Any]) -> str:
    if "errors" in answer:
        [error] = answer["errors"]
        assert not any((answer["data"] or {}).values())
        return str(error["extensions"]["code"])
    [payload] = answer["data"].values()
    [*codes] = (error["code"] for error in payload["errors"])
    return ",".join(codes) or "DONE"


def document(name: str) -> str:
    argument = assert_object_type(schema._schema.mutation_type).fields[name].args["input"].type
    return f"""mutation ($input: {argument}) {{
      {name}(input: $input) {{ errors {{ code message path }} }}
    }}"""


async def given_to(stage: Stage, name: str, whose: str, kind: Kind) -> dict[str, Any]:
    """Something new to try it on."""
    person = stage.person(kind)
    owner = person if whose == OWN else somebody_else(stage, kind)
    return await INPUTS[name](Target(stage, person, owner))


def needs_its_own(name: str, whose: str, kind: Kind) -> bool:
    """Whether what a caller is refused depends on who they are."""
    action = action_of(name)
    if action is None or kind.permissions is None:
        return False
    if action.rule.permission is None:
        return whose == OTHERS
    reaches_ownership = whose == OTHERS and kind.has(action.rule.permission)
    return reaches_ownership or SEEN_WITH[action.rule.entity] is None


@pytest.fixture(scope="module")
async def stage(world: World) -> Stage:
    return await a_full_stage(world)


def test_every_mutation_is_tried() -> None:
    assert set(INPUTS) == set(MUTATIONS)


def test_every_permission_that_a_role_has_is_in_the_table_once() -> None:
    assert set(GRANTS) == set(Role)
    assert GRANTS[Role.ADMIN] == frozenset(Permission)
    assert all(granted <= GRANTS[Role.ADMIN] for granted in GRANTS.values())


def test_every_mutation_of_something_that_is_there_is_an_action() -> None:
    missing = {name: entity for name in MUTATIONS if (entity := named_by(name))}
    assert {name: of for name, of in missing.items() if action_of(name) is None} == {}


def test_every_action_is_a_mutation_or_a_field_that_is_read() -> None:
    fields = {(of, field) for of, field in guarded()}
    unknown = [
        action.name
        for action in Action
        if action.rule.entity != ANYTHING
        and mutation_of(action) not in MUTATIONS
        and (action.rule.entity, mutation_of(action)) not in fields
    ]
    assert unknown == []


def test_actions_are_about_what_mutations_name_and_need_what_these_declare() -> None:
    for name, access in MUTATIONS.items():
        if action := action_of(name):
            assert named_by(name) in {action.rule.entity, None}, name
            assert access_wanted(action.rule) is access, name


def test_every_field_of_a_thing_that_needs_a_permission_is_an_action() -> None:
    actions = {
        (action.rule.entity, mutation_of(action)): action.rule.permission
        for action in Action
        if action.name.startswith(READS)
    }
    assert actions == {
        key: access.permission
        for key, access in guarded().items()
        if key[0] in SEEN_WITH and access.permission
    }


@pytest.mark.parametrize(("name", "whose"), CASES, ids=lambda part: part)
async def test_a_mutation_does_what_the_tables_say_and_a_refusal_changes_nothing(
    world: World, stage: Stage, name: str, whose: str
) -> None:
    stage = await a_stage_for(world, stage, name)
    expected = {kind: of_mutation(name, kind, others=whose == OTHERS) for kind in KINDS}
    refused = [kind for kind, outcome in expected.items() if outcome is not Outcome.DONE]
    came = await refusals(world, stage, name, whose, refused)
    for kind in KINDS:
        if kind not in came:
            given = await given_to(stage, name, whose, kind)
            came[kind] = await tried(world, stage, name, kind, given)
    assert {kind.name: came[kind] for kind in KINDS} == {
        kind.name: (outcome.value, sorted(recorded(name, kind, outcome)))
        if outcome is not Outcome.DONE
        else (outcome.value, came[kind][1])
        for kind, outcome in expected.items()
    }


async def a_stage_for(world: World, stage: Stage, name: str) -> Stage:
    """One of its own for what ends the accounts of those who do it, where no ADMIN is the last;
    and for what is recorded once a minute only of the same person.
    """
    if name not in FINAL and MUTATIONS[name] is not PLATFORM_ADMIN:
        return stage
    own = await a_full_stage(world)
    for place in (own.place, own.elsewhere):
        await place.join(Role.ADMIN, "Second")
    return own


async def refusals(
    world: World, stage: Stage, name: str, whose: str, kinds: list[Kind]
) -> dict[Kind, tuple[str, list[EventKind]]]:
    """What callers were told who may not, and what was recorded; nothing else has changed."""
    if not kinds:
        return {}
    editor = ROLES[Role.EDITOR]
    shared = await given_to(stage, name, whose, editor)
    given = {
        kind: await given_to(stage, name, whose, kind)
        for kind in kinds
        if needs_its_own(name, whose, kind)
    }
    before = await everything(world, stage)
    came = {kind: await tried(world, stage, name, kind, given.get(kind, shared)) for kind in kinds}
    assert await everything(world, stage) == before
    return came


async def everything(world: World, stage: Stage) -> list[str]:
    """All rows of the organisation, and all of the people who ask."""
    people = [person for kind in KINDS if (person := stage.person(kind))]
    return [
        *await rows.of_organization(world, uuid_of(stage.place.id)),
        *await rows.of_people(world, {uuid_of(person.id) for person in people}),
    ]


async def tried(
    world: World, stage: Stage, name: str, kind: Kind, given: dict[str, Any]
) -> tuple[str, list[EventKind]]:
    """What came of it, and what was recorded."""
    request = uuid4().hex
    came = outcome_of(await stage.ask(kind, document(name), {"input": given}, request))
    happened = await rows.events_of_request(world, request)
    if came == "DONE":
        check_where(stage, name, happened)
    return came, sorted(each for each, _ in happened)


def check_where(stage: Stage, name: str, happened: list[tuple[EventKind, Any]]) -> None:
    """What needs a permission is recorded here; what is about nothing here, is not."""
    here = uuid_of(stage.place.id) in {organization for _, organization in happened}
    if MUTATIONS[name].permission is not None:
        assert here
    elif name not in ALSO_HERE:
        assert not here
