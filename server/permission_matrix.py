"""What every kind of caller gets of everything that there is to ask, read off the tables.

The page docs/permissions.md shows it, and the tests try every cell.
"""

from dataclasses import dataclass
from enum import StrEnum
from functools import cache
from typing import Any

from strawberry.types.base import StrawberryObjectDefinition

from auth.access import (
    AUTHENTICATED,
    OWNER,
    OWNER_OR_ADMIN,
    PARTICIPANT,
    PLATFORM_ADMIN,
    PUBLIC,
    Access,
)
from domain.actions import Action
from domain.permissions import GRANTS, Permission, Role
from domain.permits import Rule
from domain.seeing import SEEN_WITH
from engine.fields import Field
from schema import Mutation, Query, Subscription, schema


@dataclass(frozen=True, slots=True)
class Kind:
    """A kind of caller, seen from one organisation.

    `permissions` are None for who is no member of it. The whole request of who `is_refused` is.
    """

    name: str
    description: str
    permissions: frozenset[Permission] | None = None
    is_signed_in: bool = True
    is_in_person: bool = True
    is_refused: bool = False
    administers: bool = False

    def has(self, permission: Permission | None) -> bool:
        return permission is None or permission in (self.permissions or ())

    def sees(self, entity: str) -> bool:
        """Whether they see a thing of the organisation, where it is not for few people only."""
        if entity == "User" and self.administers:
            return True
        return self.permissions is not None and self.has(SEEN_WITH[entity])


class Outcome(StrEnum):
    DONE = "DONE"
    UNAUTHENTICATED = "UNAUTHENTICATED"
    FORBIDDEN = "FORBIDDEN"
    NOT_FOUND = "NOT_FOUND"


CUSTOM_PERMISSIONS = frozenset(
    {
        Permission.ORGANIZATION_READ,
        Permission.TEMPLATE_READ,
        Permission.TEMPLATE_ARCHIVE,
        Permission.COMMENT_WRITE,
        Permission.WEBHOOK_MANAGE,
    }
)
"""A set that no built-in role has."""

SCOPES = frozenset({Permission.ORGANIZATION_READ, Permission.TEMPLATE_READ})

NOBODY = Kind("NOBODY", "who is not signed in", is_signed_in=False)
EXPIRED = Kind("EXPIRED", "an ADMIN whose token has expired", is_refused=True)
SUSPENDED = Kind("SUSPENDED", "an ADMIN whose account is suspended", is_refused=True)
STRANGER = Kind("STRANGER", "a member of another organisation only")
FORMER = Kind("FORMER", "a former ADMIN")
ROLES = {
    role: Kind(role.value, f"a member with the role {role.value}", GRANTS[role]) for role in Role
}
CUSTOM = Kind("CUSTOM", "a member with a role of the organisation's own", CUSTOM_PERMISSIONS)
TOKEN = Kind("TOKEN", "an ADMIN's access token with the scopes to read", SCOPES, is_in_person=False)
IMPERSONATED = Kind(
    "IMPERSONATED", "somebody who impersonates an ADMIN", GRANTS[Role.ADMIN], is_in_person=False
)
PLATFORM = Kind("PLATFORM", "an administrator of the platform, who is no member", administers=True)
OUTSIDERS = (NOBODY, EXPIRED, SUSPENDED, STRANGER, FORMER)
KINDS = (*OUTSIDERS, *reversed(ROLES.values()), CUSTOM, TOKEN, IMPERSONATED, PLATFORM)

SHOWN = {"organization": "Organization", "node": "Template"}
"""Queries that are NOT_FOUND for who does not see what they answer, and an example of that."""

NOT_FOUND_WITHOUT = {"explainAccess": Permission.MEMBER_MANAGE}
"""Queries that are NOT_FOUND without a permission, but for administrators of the platform."""


def _named(field: Any) -> str:
    return schema.config.name_converter.get_graphql_name(field)


_TO_LISTEN = Permission.TEMPLATE_READ


def accesses(root: type) -> dict[str, Access]:
    """Who may ask for each of the fields of a root."""
    definition: Any = root.__strawberry_definition__  # type: ignore[attr-defined] # set by Strawberry
    return {_named(field): field.access for field in definition.fields}


QUERIES = accesses(Query)
MUTATIONS = accesses(Mutation)
SUBSCRIPTIONS = accesses(Subscription)


@cache
def guarded() -> dict[tuple[str, str], Any]:
    """The fields of other types that are not for whoever sees the object."""
    return {
        (definition.name, _named(field)): field.access
        for concrete in schema.schema_converter.type_map.values()
        if isinstance(definition := concrete.definition, StrawberryObjectDefinition)
        and definition.origin not in {Query, Mutation, Subscription}
        for field in definition.fields
        if isinstance(field, Field) and field.access is not None and field.access.check is not None
    }


def action_of(mutation: str) -> Action | None:
    """The action that a mutation is; None where it is done to nothing that is there."""
    name = "".join(f"_{letter}" if letter.isupper() else letter for letter in mutation)
    return Action.__members__.get(name.upper())


def of_others() -> list[str]:
    """The mutations of which it matters whose a thing is that others see too."""
    actions = {name: action_of(name) for name in MUTATIONS}
    return [name for name, each in actions.items() if each and _is_seen_by_others(each.rule)]


def _is_seen_by_others(rule: Rule) -> bool:
    return rule.own is not None and (rule.permission or rule.own.others) is not None


def of_mutation(name: str, kind: Kind, *, others: bool = False) -> Outcome:
    """What comes of a mutation of a thing of the organisation: of one's own, or of others'."""
    action = action_of(name)
    reached = _at(MUTATIONS[name], kind)
    if reached is not Outcome.DONE or action is None:
        return reached
    return _of_rule(action.rule, kind, others=others)


def of_query(name: str, kind: Kind) -> Outcome:
    reached = _at(QUERIES[name], kind)
    if reached is not Outcome.DONE:
        return reached
    if name in SHOWN and not kind.sees(SHOWN[name]):
        return Outcome.NOT_FOUND
    needed = NOT_FOUND_WITHOUT.get(name)
    return Outcome.DONE if kind.administers or kind.has(needed) else Outcome.NOT_FOUND


def of_subscription(name: str, kind: Kind) -> Outcome:
    reached = _at(SUBSCRIPTIONS[name], kind)
    if reached is not Outcome.DONE or kind.has(SUBSCRIPTIONS[name].permission):
        return reached
    return Outcome.NOT_FOUND


def of_field(type_name: str, field: str, kind: Kind, *, own: bool = False) -> Outcome:
    """What comes of asking for a field of something of the organisation; or of oneself."""
    access = guarded()[type_name, field]
    if kind.is_refused or not kind.is_signed_in:
        return Outcome.UNAUTHENTICATED
    reaches = kind.sees(type_name) if type_name in SEEN_WITH else kind.has(_TO_LISTEN)
    if not (own or reaches):
        return Outcome.NOT_FOUND
    if access in (OWNER, OWNER_OR_ADMIN):
        administers = access is OWNER_OR_ADMIN and kind.administers
        return Outcome.DONE if administers or (own and kind is not TOKEN) else Outcome.FORBIDDEN
    if access is PLATFORM_ADMIN:
        return Outcome.DONE if kind.administers else Outcome.FORBIDDEN
    allowed = access in (AUTHENTICATED, PARTICIPANT) or kind.has(access.permission)
    return Outcome.DONE if allowed else Outcome.FORBIDDEN


def _at(access: Access, kind: Kind) -> Outcome:
    """What the level of a root says."""
    if kind.is_refused:
        return Outcome.UNAUTHENTICATED
    if access is PUBLIC:
        return Outcome.DONE
    if not kind.is_signed_in:
        return Outcome.UNAUTHENTICATED
    is_kept = (access is OWNER and not kind.is_in_person) or (
        access is PLATFORM_ADMIN and not kind.administers
    )
    return Outcome.FORBIDDEN if is_kept else Outcome.DONE


def _of_rule(rule: Rule, kind: Kind, *, others: bool) -> Outcome:
    own = rule.own
    if own and rule.permission is None and not others:
        return Outcome.DONE
    if not kind.sees(rule.entity):
        return Outcome.NOT_FOUND
    if not kind.has(rule.permission):
        return Outcome.FORBIDDEN
    if others and own and (own.others is None or not kind.has(own.others)):
        return Outcome.FORBIDDEN
    return Outcome.DONE
