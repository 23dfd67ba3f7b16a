"""Something to try the mutations of people's own accounts on."""

from collections.abc import Awaitable, Callable
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from tests.targets import Target

Input = Callable[["Target"], Awaitable[dict[str, Any]]]


async def _profile(target: "Target") -> dict[str, Any]:
    return {"bio": "Prints by night.", "locale": "de-AT"}


async def _settings(target: "Target") -> dict[str, Any]:
    return {"theme": "DARK", "notifications": [{"kind": "STEP_WAITING", "email": "DIGEST"}]}


INPUTS: dict[str, Input] = {
    "updateProfile": _profile,
    "updateSettings": _settings,
}
