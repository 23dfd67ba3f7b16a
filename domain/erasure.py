"""Rules of accounts that end."""

from dataclasses import dataclass
from typing import Final
from uuid import UUID

from domain.errors import Conflict, Reference
from domain.ids import UserId
from domain.permissions import Role

FIRST_NAME: Final = "Deleted"
LAST_NAME: Final = "user"


@dataclass(frozen=True, slots=True)
class Leaving:
    """A member who is to leave an organisation, and how many others stay."""

    organization: UUID
    name: str
    role: Role | None
    others: int


def address(user: UserId) -> str:
    """Where nobody can be reached (RFC 2606, section 2), and nobody else signs in."""
    return f"{user}@deleted.invalid"


def check_other(user: UserId, by: UserId) -> None:
    if user == by:
        text = "This is your own account: end it with `deleteAccount`."
        raise Conflict(text, _user(user), ("user",))


def check_leaves(leaving: Leaving, other_admins: int) -> None:
    """An organisation whose others stay keeps an ADMIN; one that is left empty needs none."""
    if leaving.role is Role.ADMIN and leaving.others > 0 and other_admins == 0:
        raise Conflict(
            f"This is the last ADMIN of {leaving.name}; make somebody else an ADMIN there first.",
            Reference("Organization", leaving.organization),
        )


def _user(user: UserId) -> Reference:
    return Reference("User", user)
