"""The lists of an organisation's roles and teams, and of who is in them."""

from db import roles, teams, visibility
from db.listings import OLDEST_FIRST, Age
from db.lists import Many
from db.models import CustomRole, Membership, Team, TeamMember, User

roles_of_organization = Many(
    CustomRole, CustomRole.organization_id, visibility.roles, roles.ORDERS, roles.BY_NAME
)
members_with_role = Many(
    Membership,
    Membership.custom_role_id,
    visibility.memberships,
    {Age.CREATED_AT: Membership.created_at},
    OLDEST_FIRST,
)
teams_of_organization = Many(
    Team, Team.organization_id, visibility.teams, teams.ORDERS, teams.BY_NAME
)
people_of_team = Many(
    User,
    TeamMember.team_id,
    visibility.people_of_teams,
    {Age.CREATED_AT: teams.JOINED_AT},
    OLDEST_FIRST,
)
teams_of_user = Many(
    Team, TeamMember.user_id, visibility.teams_of_people, teams.ORDERS, teams.BY_NAME
)
