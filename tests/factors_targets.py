"""What to try on the second factors, sessions and access tokens of whoever tries."""

from typing import TYPE_CHECKING, Any

from engine import ids
from tests.factors import a_challenge, a_factor, a_session, a_token, code_of, without_factor
from tests.registration_targets import remembered
from tests.world import Person, uuid_of

if TYPE_CHECKING:
    from tests.targets import Input, Target


async def _whose(target: "Target") -> Person:
    """The caller; somebody, where nobody calls."""
    return target.caller or await target.world.person()


async def _enable(target: "Target") -> dict[str, Any]:
    await without_factor(target.world, await _whose(target))
    return {"password": await remembered(target)}


async def _confirm(target: "Target") -> dict[str, Any]:
    person = await _whose(target)
    return {"code": code_of(await a_factor(target.world, person, confirmed=False))}


async def _proof(target: "Target") -> dict[str, Any]:
    secret = await a_factor(target.world, await _whose(target))
    return {"password": await remembered(target), "code": code_of(secret)}


async def _verify(target: "Target") -> dict[str, Any]:
    person = await target.world.person()
    code = code_of(await a_factor(target.world, person))
    return {"challenge": await a_challenge(target.world, person), "code": code}


async def _session(target: "Target") -> dict[str, Any]:
    id = await a_session(target.world, await _whose(target))
    return {"session": ids.encode("Session", id)}


async def _other_sessions(target: "Target") -> dict[str, Any]:
    await a_session(target.world, await _whose(target))
    return {}


async def _somebody(target: "Target") -> dict[str, Any]:
    return {"user": (await target.world.person()).id}


async def _create_token(target: "Target") -> dict[str, Any]:
    return {"name": "Nightly export", "scopes": ["TEMPLATE_READ"]}


async def _token(target: "Target") -> dict[str, Any]:
    """Where it is somebody else's, one that is good in the organisation only."""
    others = {"organization_id": uuid_of(target.stage.place.id)}
    owner = target.owner or await _whose(target)
    is_own = target.owner in {None, target.caller}
    id, _ = await a_token(target.world, owner, **({} if is_own else others))
    return {"accessToken": ids.encode("AccessToken", id)}


INPUTS: dict[str, "Input"] = {
    "enableTwoFactor": _enable,
    "confirmTwoFactor": _confirm,
    "disableTwoFactor": _proof,
    "replaceRecoveryCodes": _proof,
    "verifyTwoFactor": _verify,
    "revokeSession": _session,
    "revokeOtherSessions": _other_sessions,
    "endSessions": _somebody,
    "createAccessToken": _create_token,
    "revokeAccessToken": _token,
}
