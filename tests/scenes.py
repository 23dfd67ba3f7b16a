"""A small organisation with one thing of every kind, and people who may do more or less in it."""

from dataclasses import dataclass
from typing import Any, Final

from domain.permissions import Role
from tests.editorial import COMMENT, membership
from tests.targets import CREATE_SNIPPET
from tests.world import INVITE, PASSWORD, Person, Place, World

OPERATIONS: Final = 15
"""How many a scene lasts: after more, too much may be archived and removed to tell much."""

LAST_CURSOR: Final = """
query ($slug: String!) { organization(slug: $slug) { templates { pageInfo { endCursor } } } }
"""


@dataclass(frozen=True)
class Scene:
    """Who asks, by what they are; and what exists, by the name that stands for it."""

    callers: dict[str, Person | None]
    things: dict[str, str]


class Scenes:
    """One scene at a time, made anew every so often."""

    def __init__(self, world: World) -> None:
        self._world = world
        self._left = 0
        self._scene: Scene | None = None

    async def next(self) -> Scene:
        """The scene for the next operation."""
        if self._scene is None or not self._left:
            self._scene, self._left = await a_scene(self._world), OPERATIONS
        self._left -= 1
        return self._scene


async def a_scene(world: World) -> Scene:
    place = await world.organization(Role.EDITOR, Role.APPROVER, Role.VIEWER)
    elsewhere = await world.organization()
    stranger = elsewhere[Role.ADMIN]
    callers = {
        "nobody": None,
        "stranger": stranger,
        **{role.value.lower(): person for role, person in place.members.items()},
    }
    things = await _things(place)
    things["@foreign"] = (await elsewhere.template())["id"]
    return Scene(callers, things)


async def _things(place: Place) -> dict[str, str]:
    editor, approver = place[Role.EDITOR], place[Role.APPROVER]
    template = await place.template(editor)
    approval = await place.submitted(template, editor, approver)
    said = {"template": template["id"], "body": "The subject is too long."}
    comment = (await place.world.done(COMMENT, editor, **said))["comment"]
    written = {"organization": place.id, "name": "footer", "body": "Yours, {{ first_name }}"}
    snippet = (await place.world.done(CREATE_SNIPPET, editor, **written))["snippet"]
    guest = await place.world.person("Guest")
    invited = await place.world.done(
        INVITE, place[Role.ADMIN], organization=place.id, email=guest.email, role="VIEWER"
    )
    cursor = await _cursor(place, editor)
    return {
        "@organization": place.id,
        "@slug": place.slug,
        "@template": template["id"],
        "@id": template["currentVersion"]["id"],
        "@ids": invited["invitation"]["id"],
        "@approval": approval["id"],
        "@step": approval["steps"][0]["id"],
        "@comment": comment["id"],
        "@parent": comment["id"],
        "@snippet": snippet["id"],
        "@since": template["currentVersion"]["id"],
        "@version": template["currentVersion"]["id"],
        "@membership": await membership(place, approver),
        "@approver": approver.id,
        "@in": editor.id,
        "@token": place.world.mailed(invited["invitation"]),
        "@refreshToken": guest.refresh_token,
        "@email": guest.email,
        "@password": PASSWORD,
        "@after": cursor,
        "@before": cursor,
    }


async def _cursor(place: Place, by: Person) -> str:
    answer: Any = await place.world.ask(LAST_CURSOR, {"slug": place.slug}, by=by)
    return str(answer["data"]["organization"]["templates"]["pageInfo"]["endCursor"])
