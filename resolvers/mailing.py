"""Notifications leave by mail: at once, or with a morning's digest."""

from collections.abc import Callable, Sequence
from datetime import timedelta
from uuid import UUID

import structlog
from sqlalchemy import ColumnElement

from adapters.mail import Mail, Refused
from db import notifications, telling
from db.models import Notification, now
from domain import wording
from domain.ids import OrganizationId, UserId
from domain.letters import Letter, Said, digest, letter
from domain.notifications import KEPT, EmailTiming
from domain.telling import Recipient
from engine import ids
from resolvers.context import Context
from resolvers.notifications import DIGEST

MOST_IN_DIGEST = 200

log = structlog.get_logger(__name__)


async def mail_notification(ctx: Context, id: UUID) -> None:
    """Send a notification to who may still see it and has not read it.

    Who dies between sending and noting it sends it again, under the same Message-ID.
    """
    await _mail(ctx, str(id), lambda said: letter(said[0]), Notification.id == id)


async def mail_digest(ctx: Context, user: UUID) -> None:
    """Send what gathered for somebody in one mail, as `mail_notification` does."""
    gathered = Notification.email == EmailTiming.DIGEST
    await _mail(ctx, None, digest, Notification.user_id == user, gathered)


async def forget_read(ctx: Context, kept: timedelta = KEPT) -> None:
    """Delete what was read and is old; what is left after a large part is done at once."""
    async with ctx.transaction() as work:
        count = await notifications.forget(work.session, now() - kept)
        if count == notifications.FORGOTTEN_AT_ONCE:
            work.later("notifications.forget", {})


async def _mail(
    ctx: Context,
    key: str | None,
    compose: Callable[[Sequence[Said]], Letter],
    *where: ColumnElement[bool],
) -> None:
    """One mail of all that is to be mailed; without a key, it is named after the oldest."""
    async with ctx.database.read() as session:
        rows = await notifications.to_mail(session, *where, most=MOST_IN_DIGEST)
        people = await telling.recipients(
            session, {row.user_id for row in rows}, {row.organization_id for row in rows}
        )
    wanted = [row for row in rows if _is_wanted(row, people.get(UserId(row.user_id)))]
    if wanted:
        to = people[UserId(wanted[0].user_id)]
        composed = compose([_said(ctx, row) for row in wanted])
        await post(ctx, key or f"digest.{rows[0].id}", to.email, composed)
    async with ctx.transaction() as work:
        await notifications.mailed(work.session, [row.id for row in rows])
        if len(rows) == MOST_IN_DIGEST:
            work.later(DIGEST, {"user": str(rows[0].user_id)})


def _is_wanted(row: Notification, by: Recipient | None) -> bool:
    return (
        row.read_at is None
        and by is not None
        and by.wants_mail(row.kind, OrganizationId(row.organization_id))
    )


async def post(ctx: Context, key: str, to: str, letter: Letter) -> None:
    """Send a letter to an address; `key` names it, for who gets it twice."""
    mail = Mail(key, to, letter.subject, letter.text, letter.html)
    try:
        await ctx.resources.send(mail)
    except Refused as refused:
        log.warning("mail_refused", key=key, reason=str(refused))


def link_to(ctx: Context, path: str) -> str | None:
    """An address in the front end; None where nobody has said where that is."""
    site = ctx.resources.public_url
    return None if site is None else f"{site}/{path}"


def _said(ctx: Context, row: Notification) -> Said:
    names = wording.named(row.facts)
    link = link_to(ctx, f"notifications/{ids.encode('Notification', row.id)}")
    return Said(
        names["organization"],
        wording.title(row.kind, row.facts),
        wording.body(row.kind, row.facts),
        link,
    )
