"""What the tests of roles and teams ask, and ways to have some."""

from typing import Any

from domain.permissions import GRANTS, Permission, Role
from tests.test_memberships import CHANGE_ROLE, membership_of
from tests.world import Person, Place

ROLE = "id name description permissions version"
ERRORS = """
errors {
  __typename code message path
  ... on ConflictError { current { __typename id ... on CustomRole { version name } } }
}
"""
CREATE_ROLE = f"""
mutation ($input: CreateRoleInput!) {{ createRole(input: $input) {{ role {{ {ROLE} }} {ERRORS} }} }}
"""
UPDATE_ROLE = f"""
mutation ($input: UpdateRoleInput!) {{
  updateRole(input: $input) {{
    role {{ {ROLE} members {{ totalCount nodes {{ version role {{ name permissions }} }} }} }}
    {ERRORS}
  }}
}}
"""
DELETE_ROLE = f"""
mutation ($input: DeleteRoleInput!) {{ deleteRole(input: $input) {{ role {{ {ROLE} }} {ERRORS} }} }}
"""
TEAM = "id name description version members { totalCount nodes { id } }"
CREATE_TEAM = f"""
mutation ($input: CreateTeamInput!) {{ createTeam(input: $input) {{ team {{ {TEAM} }} {ERRORS} }} }}
"""
UPDATE_TEAM = f"""
mutation ($input: UpdateTeamInput!) {{ updateTeam(input: $input) {{ team {{ {TEAM} }} {ERRORS} }} }}
"""
DELETE_TEAM = f"""
mutation ($input: DeleteTeamInput!) {{ deleteTeam(input: $input) {{ team {{ {TEAM} }} {ERRORS} }} }}
"""
ADD = f"""
mutation ($input: AddTeamMemberInput!) {{
  addTeamMember(input: $input) {{ team {{ {TEAM} }} {ERRORS} }}
}}
"""
TAKE_OUT = f"""
mutation ($input: RemoveTeamMemberInput!) {{
  removeTeamMember(input: $input) {{ team {{ {TEAM} }} {ERRORS} }}
}}
"""


def names(*more: Permission, of: Role = Role.VIEWER) -> list[str]:
    """The permissions of a built-in role and some more, as clients name them."""
    return sorted(permission.name for permission in GRANTS[of] | set(more))


async def a_role(place: Place, name: str = "Proofreader", **given: Any) -> str:
    """The id of a new role, of a VIEWER's permissions unless others are given."""
    given = {"organization": place.id, "name": name, "permissions": names(), **given}
    return str((await place.world.done(CREATE_ROLE, place[Role.ADMIN], **given))["role"]["id"])


async def with_role(place: Place, person: Person, role: str) -> str:
    """The membership of somebody to whom the role is given."""
    id = await membership_of(place, person)
    await place.world.done(CHANGE_ROLE, place[Role.ADMIN], membership=id, customRole=role)
    return id


async def a_team(place: Place, *people: Person, name: str = "Letters", **given: Any) -> str:
    """The id of a new team of these people."""
    given = {"organization": place.id, "name": name, **given}
    made = await place.world.done(CREATE_TEAM, place[Role.ADMIN], **given)
    for each in people:
        await place.world.done(ADD, place[Role.ADMIN], team=made["team"]["id"], user=each.id)
    return str(made["team"]["id"])


async def grouped(place: Place, name: str, person: Person) -> dict[str, str]:
    """Somebody gets a role of that name and is in a team of it; the ids of both."""
    role = await a_role(place, name)
    await with_role(place, person, role)
    return {"CustomRole": role, "Team": await a_team(place, person, place[Role.ADMIN], name=name)}
