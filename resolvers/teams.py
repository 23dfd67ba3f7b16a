"""Teams: members of an organisation who work together."""

from dataclasses import dataclass
from typing import Annotated
from uuid import UUID

from db import loaders, organizations, teams
from db.models import Team, TeamMember, new_id
from domain import teams as rules
from domain.errors import Invalid, refuse
from domain.events import EventKind
from domain.ids import OrganizationId, TeamId, UserId
from domain.unset import UNSET, Unset, or_else
from resolvers.context import Context
from resolvers.inputs import IfVersion
from resolvers.work import Work

TAKEN = Invalid.at("name", message="Another team of the organisation has this name.")


@dataclass(frozen=True, slots=True)
class CreateTeam:
    """A new team, without anybody yet."""

    organization: Annotated[OrganizationId, "Where it belongs."]
    name: Annotated[str, "What people call it; up to 200 characters, and no other has it."]
    description: Annotated[str, "What it is for; up to 10,000 characters."] = ""


@dataclass(frozen=True, slots=True)
class UpdateTeam:
    """What to change; what is left out stays as it is."""

    team: Annotated[TeamId, "The team."]
    name: Annotated[str | Unset, "What people call it."] = UNSET
    description: Annotated[str | Unset, "What it is for."] = UNSET
    if_version: IfVersion = None


@dataclass(frozen=True, slots=True)
class DeleteTeam:
    """What to delete."""

    team: Annotated[TeamId, "The team; its people stay members of the organisation."]
    if_version: IfVersion = None


@dataclass(frozen=True, slots=True)
class AddTeamMember:
    """Who joins which team."""

    team: Annotated[TeamId, "The team."]
    user: Annotated[UserId, "A member of its organisation who is not in it yet."]


@dataclass(frozen=True, slots=True)
class RemoveTeamMember:
    """Who leaves which team."""

    team: Annotated[TeamId, "The team."]
    user: Annotated[UserId, "Somebody who is in it; they stay a member of the organisation."]


async def create(ctx: Context, input: CreateTeam) -> Team:
    """Make a team in an organisation."""
    refuse(list(rules.check_team(input.name, input.description)))
    async with ctx.transaction() as work:
        place = await work.find(loaders.organizations, input.organization, at="organization")
        await organizations.lock(work.session, place.id)
        rules.check_room(await teams.count(work.session, place.id))
        row = Team(
            id=new_id(),
            organization_id=place.id,
            name=input.name.strip(),
            description=input.description,
        )
        async with work.unique("uq_teams_name", TAKEN):
            work.session.add(row)
        work.record(EventKind.TEAM_CREATED, row, after=_facts(row))
    return row


async def update(ctx: Context, input: UpdateTeam) -> Team:
    """Give a team another name or description."""
    async with ctx.transaction() as work:
        row = await work.lock(loaders.teams, input.team, at="team", if_version=input.if_version)
        before = _facts(row)
        async with work.unique("uq_teams_name", TAKEN):
            row.name = or_else(input.name, row.name).strip()
            row.description = or_else(input.description, row.description)
            refuse(list(rules.check_team(row.name, row.description)))
        work.record(EventKind.TEAM_UPDATED, row, before=before, after=_facts(row))
    return row


async def delete(ctx: Context, input: DeleteTeam) -> Team:
    """Delete a team. Answers it once more, without its people."""
    async with ctx.transaction() as work:
        row = await work.lock(loaders.teams, input.team, at="team", if_version=input.if_version)
        work.record(EventKind.TEAM_DELETED, row, before=_facts(row))
        await work.session.delete(row)
    return row


async def add_member(ctx: Context, input: AddTeamMember) -> Team:
    """Let a member of the organisation be in a team; who leaves the organisation leaves it too."""
    async with ctx.transaction() as work:
        row = await _lock(work, input.team)
        member = await organizations.membership(work.session, row.organization_id, input.user)
        rules.check_joining(
            TeamId(row.id),
            await teams.members(work.session, row.id),
            is_member=member is not None,
            is_in_it=await teams.member(work.session, row.id, input.user) is not None,
        )
        who = {"organization_id": row.organization_id, "team_id": row.id, "user_id": input.user}
        work.session.add(TeamMember(id=new_id(), **who))
        work.record(EventKind.TEAM_MEMBER_ADDED, row, after={"user": str(input.user)})
    return row


async def remove_member(ctx: Context, input: RemoveTeamMember) -> Team:
    """Take somebody out of a team."""
    async with ctx.transaction() as work:
        row = await _lock(work, input.team)
        member = await teams.member(work.session, row.id, input.user)
        rules.check_leaving(is_in_it=member is not None)
        await work.session.delete(member)
        work.record(EventKind.TEAM_MEMBER_REMOVED, row, before={"user": str(input.user)})
    return row


async def _lock(work: Work, id: UUID) -> Team:
    """The team, with its organisation's members held first: nobody leaves meanwhile."""
    seen = await work.find(loaders.teams, id, at="team")
    await organizations.hold(work.session, seen.organization_id)
    return await work.lock(loaders.teams, id, at="team")


def _facts(row: Team) -> dict[str, str]:
    return {"name": row.name, "description": row.description}
