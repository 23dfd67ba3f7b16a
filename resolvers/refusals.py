"""Who was refused what only administrators of the platform may do."""

import structlog

from db import accounts, administration
from domain.administration import QUIET
from domain.errors import NotAdministrator
from domain.events import EventKind
from resolvers.context import Context

log = structlog.get_logger(__name__)


async def note(ctx: Context, mutation: str, error: Exception | None) -> None:
    """Record who tried it, and log it; of the same person one event a minute is enough."""
    if not isinstance(error, NotAdministrator):
        return
    log.warning(
        "access_refused",
        mutation=mutation,
        user=str(ctx.actor.user_id),
        ip=ctx.ip,
        request_id=ctx.request_id,
    )
    async with ctx.transaction() as work:
        user = await accounts.lock_user(work.session, work.by)
        if not await administration.was_refused(work.session, user.id, QUIET):
            work.record(EventKind.ACCESS_REFUSED, user, after={"mutation": mutation})
