"""Access tokens: making them for scripts and services, and revoking them."""

from dataclasses import dataclass, field
from datetime import datetime
from typing import Annotated, Any

from auth import access_tokens as secrets
from auth.tokens import digest
from db import access_tokens, accounts, loaders
from db.models import AccessToken, new_id, now
from domain import access_tokens as rules
from domain.errors import refuse
from domain.events import EventKind
from domain.ids import AccessTokenId, OrganizationId
from domain.permissions import Permission
from resolvers.context import Context
from resolvers.inputs import IfVersion


@dataclass(frozen=True, slots=True)
class CreateAccessToken:
    """A new access token."""

    name: Annotated[str, "What it is for, up to 200 characters."]
    scopes: Annotated[
        tuple[Permission, ...],
        "What it may do, as far as you may do it yourself at that moment: at least one permission.",
    ]
    expires_at: Annotated[datetime | None, "Until when it is good; for ever unless given."] = None
    organization: Annotated[
        OrganizationId | None,
        "The only organisation that it is good in; all of yours unless given.",
    ] = None


@dataclass(frozen=True, slots=True)
class RevokeAccessToken:
    """What to revoke."""

    access_token: Annotated[AccessTokenId, "The access token."]
    if_version: IfVersion = None


@dataclass(frozen=True, slots=True)
class Created:
    """A token, shown once."""

    access_token: AccessToken
    token: str = field(repr=False)


async def create(ctx: Context, input: CreateAccessToken) -> Created:
    """Make an access token for a script or a service, which sends it as `Authorization: Bearer …`.
    It acts for you, and never may more than you may at that moment. At most 100 at a time.
    """
    refuse(list(rules.check(input.name, input.scopes, input.expires_at, now())))
    token = secrets.new_token()
    async with ctx.transaction() as work:
        owner = await accounts.lock_user(work.session, work.by)
        place = input.organization
        if place is not None:
            await work.find(loaders.organizations, place, at="organization")
        rules.check_room(await access_tokens.count_living(work.session, owner.id))
        row = AccessToken(
            id=new_id(),
            user_id=owner.id,
            organization_id=place,
            name=input.name.strip(),
            scopes=sorted({scope.name for scope in input.scopes}),
            token_hash=digest(token),
            hint=secrets.hint(token),
            expires_at=input.expires_at,
        )
        work.session.add(row)
        work.record(EventKind.ACCESS_TOKEN_CREATED, row, subject=owner.id, after=_facts(row))
    return Created(row, token)


async def revoke(ctx: Context, input: RevokeAccessToken) -> AccessToken:
    """End an access token of yours, or one that is good only in an organisation where you manage
    them. It stops working within a second, on every server. Ending it twice does no harm.
    """
    async with ctx.transaction() as work:
        row = await work.lock(
            loaders.access_tokens,
            input.access_token,
            at="accessToken",
            if_version=input.if_version,
        )
        if row.revoked_at is None:
            row.revoked_at = now()
            work.record(EventKind.ACCESS_TOKEN_REVOKED, row, subject=row.user_id)
    return row


async def forget(ctx: Context) -> None:
    """Delete the tokens that have been good no more for a month; what they did stays."""
    async with ctx.transaction() as work:
        await access_tokens.forget(work.session, now() - rules.KEPT)


def _facts(row: AccessToken) -> dict[str, Any]:
    expires_at = row.expires_at.isoformat() if row.expires_at else None
    return {"name": row.name, "scopes": row.scopes, "expiresAt": expires_at}
