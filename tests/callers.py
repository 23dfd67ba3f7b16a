"""Every kind of caller there is, around one organisation."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import timedelta
from typing import Any

import orjson
from sqlalchemy import select

from db.models import User, now
from domain.accounts import UserStatus
from domain.errors import Unauthenticated
from domain.permissions import PlatformRole, Role
from engine.execution import OperationRequest
from resolvers.context import Context
from server.permission_matrix import (
    CUSTOM,
    CUSTOM_PERMISSIONS,
    EXPIRED,
    FORMER,
    IMPERSONATED,
    NOBODY,
    PLATFORM,
    ROLES,
    SCOPES,
    STRANGER,
    SUSPENDED,
    TOKEN,
    Kind,
)
from tests import rows
from tests.engine.comparing import is_same
from tests.grouping import a_role, with_role
from tests.test_memberships import REMOVE, membership_of
from tests.world import Person, Place, World, uuid_of

CREATE_TOKEN = """
mutation ($input: CreateAccessTokenInput!) {
  createAccessToken(input: $input) { token errors { message } }
}
"""
IMPERSONATE = """
mutation ($input: ImpersonateInput!) {
  impersonate(input: $input) { accessToken errors { message } }
}
"""


@dataclass(frozen=True)
class Stage:
    """An organisation with a member a role, and the people around it."""

    place: Place
    elsewhere: Place
    former: Person
    others: Mapping[Kind, Person] = field(default_factory=dict)
    """Kinds of callers that only some tests need."""

    def person(self, kind: Kind) -> Person | None:
        """Who it is that asks, or for whom it is asked."""
        if kind in self.others:
            return self.others[kind]
        around = {
            NOBODY: None,
            STRANGER: self.elsewhere[Role.ADMIN],
            FORMER: self.former,
            **{ROLES[role]: person for role, person in self.place.members.items()},
        }
        return around[kind]

    async def context(self, kind: Kind, request_id: str) -> Context:
        """The context of a request; raises `Unauthenticated` where its credential is not good."""
        person = self.person(kind)
        token = person.access_token if person else None
        resources = self.place.world.resources
        return await resources.open(token, request_id=request_id, ip="127.0.0.1", user_agent="")

    async def ask(
        self, kind: Kind, query: str, variables: dict[str, Any], request_id: str = "test"
    ) -> dict[str, Any]:
        """The answer; of queries the same by both executors."""
        world = self.place.world
        operation = world.engine.prepare(OperationRequest(query, None, variables))
        try:
            context = await self.context(kind, request_id)
        except Unauthenticated as error:
            refused = {"message": str(error), "extensions": {"code": error.code}}
            return {"data": None, "errors": [refused]}
        told = dict(orjson.loads((await world.engine.execute(operation, context)).body()))
        if operation.kind == "query" and world.core is not None:
            again = world.core.prepare(OperationRequest(query, None, variables))
            answer = await world.core.execute(again, await self.context(kind, request_id))
            assert is_same(dict(orjson.loads(answer.body())), told)
        return told


async def a_stage(world: World) -> Stage:
    place = await world.organization(Role.MANAGER, Role.EDITOR, Role.APPROVER, Role.VIEWER)
    former = await place.join(Role.ADMIN, "Former")
    id = await membership_of(place, former)
    await world.done(REMOVE, place[Role.ADMIN], membership=id)
    return Stage(place, await world.organization(), former)


async def a_full_stage(world: World) -> Stage:
    """The same, with every kind of caller."""
    stage = await a_stage(world)
    place, root = stage.place, await _administrator(world)
    others = {
        EXPIRED: await _expired(world, place[Role.ADMIN]),
        SUSPENDED: await _suspended(place),
        CUSTOM: await _of_a_custom_role(place),
        TOKEN: await _token(world, await place.join(Role.ADMIN, "Robot")),
        IMPERSONATED: await _in_place_of(world, root, await place.join(Role.ADMIN, "Double")),
        PLATFORM: root,
    }
    return replace(stage, others=others)


async def _expired(world: World, person: Person) -> Person:
    tokens = world.resources.tokens
    session = (await tokens.verify(person.access_token)).session_id
    token, _ = tokens.sign(uuid_of(person.id), session, now() - timedelta(days=1))
    return replace(person, access_token=token)


async def _suspended(place: Place) -> Person:
    person = await place.join(Role.ADMIN, "Suspended")
    await rows.change(place.world, await _user(place.world, person), status=UserStatus.SUSPENDED)
    return person


async def _administrator(world: World) -> Person:
    person = await world.person("Root")
    await rows.change(world, await _user(world, person), platform_role=PlatformRole.ADMIN)
    return person


async def _of_a_custom_role(place: Place) -> Person:
    person = await place.join(Role.VIEWER, "Custom")
    permissions = sorted(each.name for each in CUSTOM_PERMISSIONS)
    await with_role(place, person, await a_role(place, "Archivist", permissions=permissions))
    return person


async def _token(world: World, person: Person) -> Person:
    """Who acts for somebody with an access token of theirs."""
    scopes = sorted(each.name for each in SCOPES)
    made = await world.done(CREATE_TOKEN, person, name="Nightly export", scopes=scopes)
    return replace(person, access_token=made["token"], refresh_token="")


async def _in_place_of(world: World, root: Person, person: Person) -> Person:
    """The administrator, in a session in somebody's place."""
    given = {"user": person.id, "reason": "They cannot see their list.", "minutes": 60}
    made = await world.done(IMPERSONATE, root, **given)
    return replace(person, access_token=made["accessToken"], refresh_token="")


async def _user(world: World, person: Person) -> User:
    row: User = await rows.one(world, select(User).where(User.id == uuid_of(person.id)))
    return row


def named(kind: Kind) -> str:
    return kind.name
