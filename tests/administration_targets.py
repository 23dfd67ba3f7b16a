"""Something to try the administration of accounts on, and whoever may."""

from typing import TYPE_CHECKING, Any
from uuid import uuid4

from sqlalchemy import select

from auth.access import PLATFORM_ADMIN
from db.models import User
from domain.accounts import UserStatus
from schema import Mutation, schema
from tests import rows
from tests.world import Person, World, uuid_of

if TYPE_CHECKING:
    from tests.targets import Input, Target

FOR_ADMINISTRATORS = {
    schema.config.name_converter.get_graphql_name(field)
    for field in Mutation.__strawberry_definition__.fields  # type: ignore[attr-defined] # set by Strawberry
    if field.access is PLATFORM_ADMIN
}


async def account(world: World, person: Person) -> User:
    """The account as it is stored."""
    user: User = await rows.one(world, select(User).where(User.id == uuid_of(person.id)))
    return user


async def _create(target: "Target") -> dict[str, Any]:
    return {"email": f"{uuid4().hex}@example.com", "firstName": "Ada", "lastName": "Byron"}


async def _update(target: "Target") -> dict[str, Any]:
    return {"user": (await target.world.person()).id, "lastName": "Lovelace"}


async def _suspend(target: "Target") -> dict[str, Any]:
    return {"user": (await target.world.person()).id, "reason": "Lost their badge."}


async def _reinstate(target: "Target") -> dict[str, Any]:
    person = await target.world.person()
    row = await account(target.world, person)
    await rows.change(target.world, row, status=UserStatus.SUSPENDED)
    return {"user": person.id}


async def _set_role(target: "Target") -> dict[str, Any]:
    return {"user": (await target.world.person()).id, "role": "MODERATOR"}


async def _impersonate(target: "Target") -> dict[str, Any]:
    return {"user": (await target.world.person()).id, "reason": "They cannot see their list."}


INPUTS: "dict[str, Input]" = {
    "createUser": _create,
    "updateUser": _update,
    "suspendUser": _suspend,
    "reinstateUser": _reinstate,
    "setPlatformRole": _set_role,
    "impersonate": _impersonate,
}
