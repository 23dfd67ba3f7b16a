"""Something to try the mutations of people's own accounts on."""

from collections.abc import Awaitable, Callable
from typing import TYPE_CHECKING, Any

from engine.uploads import Upload
from tests.pictures import picture

if TYPE_CHECKING:
    from tests.targets import Target

Input = Callable[["Target"], Awaitable[dict[str, Any]]]


async def _profile(target: "Target") -> dict[str, Any]:
    return {"bio": "Prints by night.", "locale": "de-AT"}


async def _settings(target: "Target") -> dict[str, Any]:
    return {"theme": "DARK", "notifications": [{"kind": "STEP_WAITING", "email": "DIGEST"}]}


async def _upload(target: "Target") -> dict[str, Any]:
    return {"file": Upload.of(picture())}


async def _remove(target: "Target") -> dict[str, Any]:
    return {}


INPUTS: dict[str, Input] = {
    "updateProfile": _profile,
    "updateSettings": _settings,
    "uploadAvatar": _upload,
    "removeAvatar": _remove,
}
