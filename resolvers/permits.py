"""What somebody may do to a thing, and why."""

from collections.abc import Awaitable
from dataclasses import dataclass, replace
from functools import cache
from typing import Annotated, Any

from db import loaders, permits
from db.models import Membership
from db.permits import Standing
from domain.accounts import UserStatus
from domain.actions import ANYTHING, Action
from domain.actor import Actor
from domain.errors import NotFound, Reference
from domain.ids import OrganizationId, UserId
from domain.permissions import Permission, PlatformRole, lacking
from domain.permits import AccessLevel, Elsewhere, Ground, Permit, Rule, Thing, permit
from domain.seeing import SEEN_WITH
from engine.types import entity_of
from resolvers.caller import Caller
from resolvers.context import Context

ActionGiven = Annotated[Action, "What is to be done to it."]


@dataclass(frozen=True, slots=True)
class AccessExplanation:
    """What somebody may do to a thing, and everything that it was decided by."""

    permit: Permit
    level: AccessLevel
    permission: Permission | None
    membership: Membership | None
    platform_role: PlatformRole

    @property
    def role(self) -> str | None:
        return None if self.membership is None else self.membership.grant.name


@cache
def looked_at(entity: str) -> tuple[str, ...]:
    """The attributes of an entity's rows that it takes to decide any action."""
    rules = (action.rule for action in Action if action.rule.entity == entity)
    return tuple(sorted({name for rule in rules for name in rule.reads}))


def viewer_can(ctx: Context, source: Any, action: ActionGiven) -> Permit | Awaitable[Permit]:
    """Whether you may do something to it, and why: by the rules that decide when you do it. What
    else can be in the way, such as the state that it is in, the mutation tells.
    """
    entity, rule = entity_of(source), action.rule
    if rule.entity not in {entity, ANYTHING}:
        reason = f"{action.name} is done to a thing of the type {rule.entity}, not {entity}."
        return Permit(allowed=False, reason=reason, ground=Ground.KIND)
    if rule.own is not None and rule.own.elsewhere is not None:
        return _asked_elsewhere(ctx, source, rule, rule.own.elsewhere)
    return permit(rule, ctx.actor, _thing(source, rule))


async def explain(
    ctx: Context,
    user: Annotated[UserId, "Who it is about."],
    action: ActionGiven,
    node: Annotated[Reference, "The thing."],
) -> AccessExplanation:
    """Whether somebody may do something to a thing, and what decided: for administrators of the
    platform; and, for things of an organisation and those who belong or belonged to it, for who
    manages its members. NOT_FOUND for anybody and anything else.
    """
    row = await _found(ctx, node)
    async with ctx.reading() as session:
        standing = await permits.standing(session, user)
    if standing is None or not _may_ask_about(ctx, standing, row):
        raise NotFound("There is no such User.", ("user",))
    return AccessExplanation(
        permit=await _permit(ctx, standing, action, node, row),
        level=action.rule.level,
        permission=action.rule.permission or _needed_to_see(action, node),
        membership=standing.membership(_place(row)),
        platform_role=standing.actor.platform_role,
    )


async def _found(ctx: Context, node: Reference) -> Any:
    """What the caller may ask about; raises `NotFound` for all else."""
    actor = ctx.actor
    if actor.platform_role is PlatformRole.ADMIN:
        async with ctx.reading() as session:
            row = await permits.thing(session, node)
    else:
        row = await ctx.loaders.load(loaders.anything.load, node)
        place = _place(row)
        if place is None or not actor.may(Permission.MEMBER_MANAGE, place):
            row = None
    if row is None:
        raise NotFound("There is no such thing.", ("node",))
    return row


def _may_ask_about(ctx: Context, standing: Standing, row: Any) -> bool:
    is_admin = ctx.actor.platform_role is PlatformRole.ADMIN
    return is_admin or standing.belonged_to(row.organization_id)


async def _permit(
    ctx: Context, standing: Standing, action: Action, node: Reference, row: Any
) -> Permit:
    """What that person would be told, if they were signed in and asked themselves."""
    if standing.status is not UserStatus.ACTIVE:
        reason = f"Your account is {standing.status.name}: nobody can sign in to it."
        return Permit(allowed=False, reason=reason, ground=Ground.ACCOUNT)
    theirs = replace(ctx, caller=Caller(standing.actor))
    seen = await theirs.loaders.load(loaders.anything.load, node)
    if seen is None:
        reason = _unseen(standing.actor, node, row)
        return Permit(allowed=False, reason=reason, ground=Ground.VISIBILITY)
    if action is Action.READ:
        return Permit(allowed=True, reason=f"You see this {node.entity}.", ground=Ground.VISIBILITY)
    decided = viewer_can(theirs, seen, action)
    return decided if isinstance(decided, Permit) else await decided


def _unseen(actor: Actor, node: Reference, row: Any) -> str:
    needed, place = SEEN_WITH[node.entity], _place(row)
    if needed is None or place is None or actor.may(needed, place):
        return f"You are none of those who see this {node.entity}."
    return lacking(needed, actor.grants.get(place))


def _needed_to_see(action: Action, node: Reference) -> Permission | None:
    return SEEN_WITH[node.entity] if action is Action.READ else None


async def _asked_elsewhere(ctx: Context, source: Any, rule: Rule, elsewhere: Elsewhere) -> Permit:
    load = loaders.BY_ENTITY[elsewhere.entity].load
    row = await ctx.loaders.load(load, getattr(source, elsewhere.key))
    thing = _thing(source, rule)
    others = () if row is None else (UserId(getattr(row, elsewhere.attribute)),)
    return permit(rule, ctx.actor, replace(thing, owners={*thing.owners, *others}))


def _thing(source: Any, rule: Rule) -> Thing:
    """What the rule looks at of a row."""
    attributes = rule.own.attributes if rule.own else ()
    place = _place(source) if "organization_id" in rule.reads else None
    return Thing(place, {UserId(owner) for name in attributes if (owner := getattr(source, name))})


def _place(row: Any) -> OrganizationId | None:
    place = getattr(row, "organization_id", None)
    return None if place is None else OrganizationId(place)
