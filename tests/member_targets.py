"""Something to try the mutations of members, invitations, roles and teams on."""

from typing import TYPE_CHECKING, Any
from uuid import uuid4

from sqlalchemy import delete, exists

from db.models import CustomRole, Membership, Team, TeamMember, new_id
from domain.permissions import Role
from engine import ids
from tests.world import ACCEPT, INVITE, uuid_of

if TYPE_CHECKING:
    from tests.targets import Input, Target


async def a_role(target: "Target") -> str:
    """A role that nobody has; of those before it, none is left, as there is not room for many."""
    place = uuid_of(target.stage.place.id)
    row = CustomRole(id=new_id(), organization_id=place, name=f"Reader {uuid4().hex}")
    row.permissions = ["ORGANIZATION_READ", "TEMPLATE_READ"]
    held = exists().where(Membership.custom_role_id == CustomRole.id)
    async with target.world.resources.database.transaction() as session:
        await session.execute(delete(CustomRole).where(CustomRole.organization_id == place, ~held))
        session.add(row)
    return ids.encode("CustomRole", row.id)


async def a_team(target: "Target", *members: str) -> str:
    """A team of these people, the only one of its organisation."""
    place = uuid_of(target.stage.place.id)
    row = Team(id=new_id(), organization_id=place, name=f"Letters {uuid4().hex}")
    there = {"organization_id": place, "team_id": row.id}
    async with target.world.resources.database.transaction() as session:
        await session.execute(delete(Team).where(Team.organization_id == place))
        session.add(row)
        await session.flush()
        session.add_all(TeamMember(user_id=uuid_of(each), **there) for each in members)
    return ids.encode("Team", row.id)


async def an_invitation(target: "Target") -> str:
    place = target.stage.place
    given = {"organization": place.id, "email": f"{uuid4().hex}@example.com", "role": "VIEWER"}
    made = await target.world.done(INVITE, place[Role.ADMIN], **given)
    return str(made["invitation"]["id"])


async def _invitation(target: "Target") -> dict[str, Any]:
    return {"invitation": await an_invitation(target)}


async def _leave(target: "Target") -> dict[str, Any]:
    """An organisation that the caller has just joined."""
    place = await target.world.organization()
    if target.caller is not None:
        token = await place.invited(place[Role.ADMIN], target.caller.email, role="EDITOR")
        await target.world.done(ACCEPT, target.caller, token=token)
    return {"organization": place.id}


async def _create_role(target: "Target") -> dict[str, Any]:
    await a_role(target)
    given = {"name": f"Writer {uuid4().hex}", "permissions": ["ORGANIZATION_READ"]}
    return {"organization": target.stage.place.id, **given}


async def _update_role(target: "Target") -> dict[str, Any]:
    return {"role": await a_role(target), "description": "For our readers."}


async def _delete_role(target: "Target") -> dict[str, Any]:
    return {"role": await a_role(target)}


async def _create_team(target: "Target") -> dict[str, Any]:
    await a_team(target)
    return {"organization": target.stage.place.id, "name": f"Posters {uuid4().hex}"}


async def _update_team(target: "Target") -> dict[str, Any]:
    return {"team": await a_team(target), "description": "For our posters."}


async def _delete_team(target: "Target") -> dict[str, Any]:
    return {"team": await a_team(target)}


async def _add_team_member(target: "Target") -> dict[str, Any]:
    return {"team": await a_team(target), "user": target.stage.place[Role.APPROVER].id}


async def _remove_team_member(target: "Target") -> dict[str, Any]:
    somebody = target.stage.place[Role.APPROVER].id
    return {"team": await a_team(target, somebody), "user": somebody}


INPUTS: "dict[str, Input]" = {
    "leaveOrganization": _leave,
    "resendInvitation": _invitation,
    "revokeInvitation": _invitation,
    "createRole": _create_role,
    "updateRole": _update_role,
    "deleteRole": _delete_role,
    "createTeam": _create_team,
    "updateTeam": _update_team,
    "deleteTeam": _delete_team,
    "addTeamMember": _add_team_member,
    "removeTeamMember": _remove_team_member,
}
