"""Every mutation by every kind of caller: what the permission table says, and nothing else."""

from typing import Any

import pytest
from graphql import assert_object_type

from auth.access import AUTHENTICATED, OWNER, PLATFORM_ADMIN, PUBLIC, Access
from domain.permissions import GRANTS, Permission, Role
from schema import Mutation, schema
from tests import rows
from tests.callers import CALLERS, Caller, Outsider, Stage, a_stage, named
from tests.profile_targets import FINAL, tried_by
from tests.targets import INPUTS, Target
from tests.world import Person, World, uuid_of

OWN = "own"
OTHERS = "others'"

NEEDED_FOR_OTHERS: dict[str, Permission | None] = {
    "editComment": None,
    "deleteComment": Permission.COMMENT_MODERATE,
    "resolveComment": Permission.COMMENT_MODERATE,
    "reopenComment": Permission.COMMENT_MODERATE,
    "decideStep": None,
    "withdrawApproval": Permission.APPROVAL_MANAGE,
    "tickChecklistItem": Permission.APPROVAL_MANAGE,
    "createDelegation": Permission.APPROVAL_MANAGE,
    "endDelegation": Permission.APPROVAL_MANAGE,
}
"""Where it matters whose thing it is: what changing somebody else's needs; None for no way."""
UNSEEN = {
    "resendInvitation",
    "revokeInvitation",
    "updateWebhook",
    "deleteWebhook",
    "rotateWebhookSecret",
    "pingWebhook",
    "redeliverWebhook",
}
"""What they change is only visible to who may change it."""

ACCESS: dict[str, Access] = {
    schema.config.name_converter.get_graphql_name(field): field.access
    for field in Mutation.__strawberry_definition__.fields  # type: ignore[attr-defined] # set by Strawberry
}
CASES = [
    *((name, OWN) for name in ACCESS),
    *((name, OTHERS) for name in NEEDED_FOR_OTHERS),
]


def expected(name: str, whose: str, caller: Caller) -> str:
    """What the table says comes of it."""
    access = ACCESS[name]
    if access is PUBLIC:
        return "DONE"
    if caller is Outsider.NOBODY:
        return "UNAUTHENTICATED"
    if access in (AUTHENTICATED, OWNER):
        return "DONE"
    if access is PLATFORM_ADMIN:
        return "FORBIDDEN"
    if isinstance(caller, Outsider):
        return "NOT_FOUND"
    needed = {access.permission} | ({NEEDED_FOR_OTHERS[name]} if whose == OTHERS else set())
    refused = "NOT_FOUND" if name in UNSEEN else "FORBIDDEN"
    return "DONE" if needed <= GRANTS[caller] else refused


def somebody_else(stage: Stage, caller: Caller) -> Person:
    return stage.place[Role.MANAGER if caller is not Role.MANAGER else Role.ADMIN]


def outcome(answer: dict[str, Any]) -> str:
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


@pytest.fixture(scope="module")
async def stage(world: World) -> Stage:
    return await a_stage(world)


def test_every_mutation_is_tried() -> None:
    assert set(INPUTS) == set(ACCESS)


def test_every_permission_that_a_role_has_is_in_the_table_once() -> None:
    assert set(GRANTS) == set(Role)
    assert GRANTS[Role.ADMIN] == frozenset(Permission)
    assert all(granted <= GRANTS[Role.ADMIN] for granted in GRANTS.values())


@pytest.mark.parametrize("caller", CALLERS, ids=named)
@pytest.mark.parametrize(("name", "whose"), CASES, ids=lambda part: part)
async def test_a_mutation_does_what_the_table_says_and_a_refusal_changes_nothing(
    world: World, stage: Stage, name: str, whose: str, caller: Caller
) -> None:
    person = await tried_by(stage, caller, name)
    target = Target(stage, person, person if whose == OWN else somebody_else(stage, caller))
    given = await INPUTS[name](target)
    before = await rows.of_organization(world, uuid_of(stage.place.id))
    came = outcome(await world.ask(document(name), {"input": given}, by=person))
    assert came == expected(name, whose, caller)
    after = await rows.of_organization(world, uuid_of(stage.place.id))
    writes_here = came == "DONE" and (
        ACCESS[name].permission is not None or (name in FINAL and isinstance(caller, Role))
    )
    assert (after != before) is writes_here
