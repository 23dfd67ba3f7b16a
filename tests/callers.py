"""Every kind of caller there is, around one organisation."""

from dataclasses import dataclass
from enum import Enum

from domain.permissions import Role
from tests.test_memberships import REMOVE, membership_of
from tests.world import Person, Place, World


class Outsider(Enum):
    """Who is no member."""

    NOBODY = "nobody"
    STRANGER = "a member of another organisation only"
    FORMER = "a former member"


Caller = Outsider | Role
CALLERS: tuple[Caller, ...] = (*Outsider, *Role)


@dataclass(frozen=True)
class Stage:
    """An organisation with a member a role, and the people around it."""

    place: Place
    elsewhere: Place
    former: Person

    def person(self, caller: Caller) -> Person | None:
        if isinstance(caller, Role):
            return self.place[caller]
        outside = {
            Outsider.NOBODY: None,
            Outsider.STRANGER: self.elsewhere[Role.ADMIN],
            Outsider.FORMER: self.former,
        }
        return outside[caller]


async def a_stage(world: World) -> Stage:
    place = await world.organization(Role.MANAGER, Role.EDITOR, Role.APPROVER, Role.VIEWER)
    former = await place.join(Role.ADMIN, "Former")
    id = await membership_of(place, former)
    await world.done(REMOVE, place[Role.ADMIN], membership=id)
    return Stage(place, await world.organization(), former)


def named(caller: Caller) -> str:
    return caller.name
