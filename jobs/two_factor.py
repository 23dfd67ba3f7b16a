"""People are told when something happens to their second factor."""

from uuid import UUID

from domain.events import EventKind
from jobs.registry import job
from resolvers import two_factor
from resolvers.context import Context


@job(two_factor.TELL)
async def tell(ctx: Context, user: str, kind: str, key: str) -> None:
    """Mail to somebody what happened to it."""
    await two_factor.tell(ctx, UUID(user), EventKind(kind), key)
