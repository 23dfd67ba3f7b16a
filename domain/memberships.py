"""Rules of who belongs to an organisation, and of what one member may do about another."""

from dataclasses import dataclass

from domain.errors import Conflict, Forbidden, Reference
from domain.ids import MembershipId
from domain.permissions import Grant, Role


def check_grant(giver: Grant, given: Grant) -> None:
    """Nobody hands out more than they hold; raises `Forbidden`."""
    if not given.permissions <= giver.permissions:
        raise Forbidden(f"A {giver.name} cannot grant the role {given.name}.")


def check_rank(changer: Grant, changed: Grant) -> None:
    """Nobody changes or ends the membership of who may more than they; raises `Forbidden`."""
    if not changed.permissions <= changer.permissions:
        raise Forbidden(f"A {changer.name} cannot change the membership of a {changed.name}.")


@dataclass(frozen=True, slots=True)
class MembershipFacts:
    id: MembershipId
    role: Role | None


def check_keeps_an_admin(member: MembershipFacts, becomes: Role | None, admins: int) -> None:
    """An organisation keeps at least one ADMIN; raises `Conflict` when the last would go."""
    if member.role is Role.ADMIN and becomes is not Role.ADMIN and admins <= 1:
        raise Conflict(
            "This is the organisation's last ADMIN; make somebody else an ADMIN first.",
            Reference("Membership", member.id),
        )
