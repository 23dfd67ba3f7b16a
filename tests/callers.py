"""Every kind of caller there is, around one organisation."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import timedelta
from typing import Any
from uuid import UUID, uuid4

import orjson
from sqlalchemy import select

from db.models import CustomRole, Membership, User, new_id, now
from domain.accounts import UserStatus
from domain.actor import Actor
from domain.errors import Unauthenticated
from domain.ids import AccessTokenId, OrganizationId, UserId
from domain.permissions import BUILT_IN, PlatformRole, Role
from engine.execution import OperationRequest
from resolvers.caller import Caller
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
from tests.test_memberships import REMOVE, membership_of
from tests.world import Person, Place, World, uuid_of


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
        resources, person = self.place.world.resources, self.person(kind)
        if person is not None and (acting := self._acting(kind, UserId(uuid_of(person.id)))):
            return Context(
                resources=resources, caller=Caller(acting), request_id=request_id, ip="127.0.0.1"
            )
        token = person.access_token if person else None
        return await resources.open(token, request_id=request_id, ip="127.0.0.1", user_agent="")

    def _acting(self, kind: Kind, user: UserId) -> Actor | None:
        """Who acts for somebody; None where they ask themselves."""
        place, grant = OrganizationId(uuid_of(self.place.id)), BUILT_IN[Role.ADMIN]
        slugs = {self.place.slug: place}
        if kind is TOKEN:
            id, grants = AccessTokenId(new_id()), {place: grant.within(SCOPES)}
            return Actor(user, token_id=id, grants=grants, slugs=slugs)
        if kind is IMPERSONATED:
            root = UserId(uuid_of(self.others[PLATFORM].id))
            return Actor(user, impersonator_id=root, grants={place: grant}, slugs=slugs)
        return None

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
    admin = stage.place[Role.ADMIN]
    others = {
        EXPIRED: await _expired(world, admin),
        SUSPENDED: await _suspended(stage.place),
        CUSTOM: await _of_a_custom_role(stage.place),
        TOKEN: admin,
        IMPERSONATED: admin,
        PLATFORM: await _administrator(world),
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
    """Made of rows, as it is of no interest here how roles are made."""
    person = await place.join(Role.VIEWER, "Custom")
    permissions = sorted(each.name for each in CUSTOM_PERMISSIONS)
    organization: UUID = uuid_of(place.id)
    role = CustomRole(
        id=uuid4(), organization_id=organization, name="Archivist", permissions=permissions
    )
    async with place.world.resources.database.transaction() as session:
        session.add(role)
    member = select(Membership).where(
        Membership.user_id == uuid_of(person.id), Membership.organization_id == organization
    )
    given = {"custom_role_id": role.id, "custom_name": role.name, "custom_permissions": permissions}
    await rows.change(place.world, await rows.one(place.world, member), role=None, **given)
    return person


async def _user(world: World, person: Person) -> User:
    row: User = await rows.one(world, select(User).where(User.id == uuid_of(person.id)))
    return row


def named(kind: Kind) -> str:
    return kind.name
