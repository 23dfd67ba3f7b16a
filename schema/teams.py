"""Teams."""

from datetime import datetime
from typing import TYPE_CHECKING, Annotated

import strawberry

from auth.access import PUBLIC, needs
from db import groups, loaders, models
from domain.permissions import Permission
from engine.connections import Connection
from engine.fields import attribute, related
from engine.types import entity, record
from resolvers import teams
from schema.accounts import User
from schema.building import connected, mutation
from schema.nodes import Node

if TYPE_CHECKING:
    from schema.organizations import Organization


@entity(
    "Members of an organisation who work together.",
    row=models.Team,
    access=PUBLIC,
)
class Team(Node):
    name: str = attribute("What people call it.")
    description: str = attribute("What it is for.")
    created_at: datetime = attribute("When it was created.")
    updated_at: datetime = attribute("When it was last changed.")
    version: int = attribute("Counts the changes of name and description; give it as `ifVersion`.")
    members: Connection[User] = connected(
        groups.people_of_team, description="Who is in it, in the order in which they joined it."
    )
    organization: Annotated["Organization", strawberry.lazy("schema.organizations")] = related(
        loaders.organizations, key="organization_id", description="Where it belongs."
    )


@record("Teams.", access=PUBLIC)
class TeamMutations:
    create_team = mutation(
        teams.create, returns={"team": Team}, access=needs(Permission.TEAM_MANAGE)
    )
    update_team = mutation(
        teams.update, returns={"team": Team}, access=needs(Permission.TEAM_MANAGE)
    )
    delete_team = mutation(
        teams.delete, returns={"team": Team}, access=needs(Permission.TEAM_MANAGE)
    )
    add_team_member = mutation(
        teams.add_member, returns={"team": Team}, access=needs(Permission.TEAM_MANAGE)
    )
    remove_team_member = mutation(
        teams.remove_member, returns={"team": Team}, access=needs(Permission.TEAM_MANAGE)
    )
