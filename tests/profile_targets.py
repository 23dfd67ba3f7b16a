"""Something to try the mutations of people's own accounts on."""

from collections.abc import Awaitable, Callable
from typing import TYPE_CHECKING, Any

from domain.permissions import Role
from engine.uploads import Upload
from tests import administration_targets
from tests.callers import Stage
from tests.pictures import picture
from tests.record import a_platform_admin
from tests.registration_targets import remembered
from tests.world import Person

if TYPE_CHECKING:
    from tests.targets import Target

Input = Callable[["Target"], Awaitable[dict[str, Any]]]


FINAL = frozenset({"deleteAccount"})
"""What ends the account of whoever does it."""
FOR_ADMINISTRATORS = administration_targets.FOR_ADMINISTRATORS | {"deleteUser"}


async def able(stage: Stage, name: str) -> Person:
    """Somebody who may do the mutation, and whom nothing else depends on where it ends them."""
    if name in FOR_ADMINISTRATORS:
        return await a_platform_admin(stage.place.world)
    return stage.place[Role.ADMIN] if name not in FINAL else await stage.place.join(Role.ADMIN)


async def _profile(target: "Target") -> dict[str, Any]:
    return {"bio": "Prints by night.", "locale": "de-AT"}


async def _settings(target: "Target") -> dict[str, Any]:
    return {"theme": "DARK", "notifications": [{"kind": "STEP_WAITING", "email": "DIGEST"}]}


async def _upload(target: "Target") -> dict[str, Any]:
    return {"file": Upload.of(picture())}


async def _nothing(target: "Target") -> dict[str, Any]:
    return {}


async def _delete_account(target: "Target") -> dict[str, Any]:
    return {"password": await remembered(target)}


async def _delete_user(target: "Target") -> dict[str, Any]:
    return {"user": (await target.world.person()).id}


INPUTS: dict[str, Input] = {
    "updateProfile": _profile,
    "updateSettings": _settings,
    "uploadAvatar": _upload,
    "removeAvatar": _nothing,
    "exportMyData": _nothing,
    "deleteAccount": _delete_account,
    "deleteUser": _delete_user,
}
