"""Rules of the roles that organisations make for themselves."""

from collections.abc import Collection, Iterator

from domain.errors import Conflict, Forbidden, Invalid, LimitReached, Problem, Reference
from domain.ids import CustomRoleId
from domain.permissions import Grant, Permission, Role
from domain.text import PROSE, check_text

MOST_ROLES = 50
NAME = 60


def check_role(
    name: str, description: str, permissions: Collection[Permission]
) -> Iterator[Problem]:
    yield from check_text(name, ("name",), most=NAME)
    if name.strip().upper() in Role.__members__:
        yield Problem(("name",), "A built-in role has this name; choose another.")
    yield from check_text(description, ("description",), most=PROSE, least=0, lines=True)
    if Permission.ORGANIZATION_READ not in permissions:
        text = "Include ORGANIZATION_READ: without it a member sees nothing of the organisation."
        yield Problem(("permissions",), text)


def check_editor(editor: Grant, role: Grant) -> None:
    """Nobody makes, changes or deletes a role that allows more than their own; raises
    `Forbidden`.
    """
    if beyond := role.permissions - editor.permissions:
        names = ", ".join(sorted(permission.name for permission in beyond))
        raise Forbidden(f"The role {role.name} is beyond yours, which lacks {names}.")


def check_room(present: int) -> None:
    """Raises `LimitReached` where an organisation has all the roles that it may have."""
    if present >= MOST_ROLES:
        raise LimitReached(f"An organisation has at most {MOST_ROLES} roles of its own.")


def check_unused(id: CustomRoleId, members: int, invitations: int) -> None:
    """A role that somebody has, or is invited to, stays; raises `Conflict`."""
    if members or invitations:
        text = (
            f"This role has {members} members and {invitations} pending invitations;"
            " give them another first."
        )
        raise Conflict(text, Reference("CustomRole", id))


def one_of(built_in: Role | None, custom: CustomRoleId | None) -> Role | CustomRoleId:
    """The one of the two that is named; raises `Invalid` for none and for both."""
    named = [each for each in (built_in, custom) if each is not None]
    if len(named) != 1:
        raise Invalid.at("role", message="Name either a built-in `role` or a `customRole`.")
    return named[0]
