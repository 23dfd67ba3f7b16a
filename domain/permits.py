"""What it takes to do something to a thing, and why somebody may do it or may not."""

from collections.abc import Callable, Collection
from dataclasses import dataclass, field
from enum import StrEnum

from domain.actor import Actor
from domain.errors import Forbidden, Refusal
from domain.ids import OrganizationId, UserId
from domain.permissions import Permission


class AccessLevel(StrEnum):
    """Who may at all, before it is asked whose the thing is."""

    AUTHENTICATED = "AUTHENTICATED"
    OWNER = "OWNER"
    PERMISSION = "PERMISSION"
    PLATFORM_ADMIN = "PLATFORM_ADMIN"


class Ground(StrEnum):
    """What of the rules decided."""

    KIND = "KIND"
    ACCOUNT = "ACCOUNT"
    VISIBILITY = "VISIBILITY"
    SIGNED_IN = "SIGNED_IN"
    IN_PERSON = "IN_PERSON"
    PLATFORM_ROLE = "PLATFORM_ROLE"
    PERMISSION = "PERMISSION"
    OWNERSHIP = "OWNERSHIP"


@dataclass(frozen=True, slots=True)
class Elsewhere:
    """People whom another row names: that of the `entity` whose id is in the attribute `key`."""

    key: str
    entity: str
    attribute: str


@dataclass(frozen=True, slots=True)
class Ownership:
    """Whose a thing is: the people in those attributes of its row, and in those of another's.

    `others` is the permission that does instead; without one, nobody else may. `only` is what they
    are told.
    """

    only: str
    attributes: tuple[str, ...]
    elsewhere: Elsewhere | None = None
    others: Permission | None = None

    @property
    def is_known(self) -> bool:
        """Whether the thing says whose it is; else what is asked for does."""
        return bool(self.attributes or self.elsewhere)


@dataclass(frozen=True, slots=True, eq=False)
class Rule:
    """What it takes: the level; its permission, in the organisation of the thing; and whose it is.

    No two rules are equal, so that each can be an action's.
    """

    entity: str
    level: AccessLevel
    permission: Permission | None = None
    own: Ownership | None = None

    @property
    def reads(self) -> frozenset[str]:
        """The attributes of the thing's row that it takes to decide."""
        own = self.own or Ownership("", ())
        key = {own.elsewhere.key} if own.elsewhere else set()
        place = {"organization_id"} if self.permission or own.others else set()
        return frozenset({*own.attributes, *key, *place})


@dataclass(frozen=True, slots=True)
class Thing:
    """Where something belongs, and whose it is."""

    organization: OrganizationId | None = None
    owners: Collection[UserId] = field(default_factory=frozenset)


@dataclass(frozen=True, slots=True)
class Permit:
    """Whether it is allowed, and by what; `reason` is a sentence to the one who asks."""

    allowed: bool
    reason: str
    ground: Ground


def permit(rule: Rule, actor: Actor, thing: Thing) -> Permit:
    """What the rule says of an actor who sees the thing: refused for the first that is missing,
    allowed by the last that it asks for.
    """
    decided = Permit(allowed=True, reason="Everybody may.", ground=Ground.VISIBILITY)
    for ground, step in _STEPS.items():
        try:
            said = step(rule, actor, thing)
        except Refusal as refusal:
            return Permit(allowed=False, reason=refusal.message, ground=ground)
        if said:
            decided = Permit(allowed=True, reason=said, ground=ground)
    return decided


def check_own(
    own: Ownership, owners: Collection[UserId | None], by: UserId, *, manages: bool = False
) -> None:
    """Raises `Forbidden` for what is somebody else's, unless one manages what is others'."""
    if by not in owners and not manages:
        raise Forbidden(own.only)


def _signed_in(rule: Rule, actor: Actor, thing: Thing) -> str:
    _ = actor.signed_in
    return "You are signed in."


def _in_person(rule: Rule, actor: Actor, thing: Thing) -> str:
    if rule.level is not AccessLevel.OWNER:
        return ""
    _ = actor.in_person
    return "You are signed in, in person."


def _administering(rule: Rule, actor: Actor, thing: Thing) -> str:
    if rule.level is not AccessLevel.PLATFORM_ADMIN:
        return ""
    _ = actor.administering
    return "Your platform role is ADMIN."


def _permitted(rule: Rule, actor: Actor, thing: Thing) -> str:
    if rule.permission is None:
        return ""
    if thing.organization is None:
        raise Forbidden("It belongs to no organisation.")
    actor.require(rule.permission, thing.organization)
    role = actor.grants[thing.organization].name
    return f"Your role {role} has the permission {rule.permission.name}."


def _owned(rule: Rule, actor: Actor, thing: Thing) -> str:
    own, user, place = rule.own, actor.signed_in, thing.organization
    if own is None or not own.is_known:
        return ""
    manages = own.others is not None and place is not None and actor.may(own.others, place)
    check_own(own, thing.owners, user, manages=manages)
    if user in thing.owners or own.others is None or place is None:
        return "It is yours."
    return f"It is somebody else's; your role {actor.grants[place].name} has {own.others.name}."


_STEPS: dict[Ground, Callable[[Rule, Actor, Thing], str]] = {
    Ground.SIGNED_IN: _signed_in,
    Ground.IN_PERSON: _in_person,
    Ground.PLATFORM_ROLE: _administering,
    Ground.PERMISSION: _permitted,
    Ground.OWNERSHIP: _owned,
}
"""What is asked, in this order; a step says nothing where the rule does not ask for it."""
