"""Where a use case leaves what happened, for the relay to publish."""

from dataclasses import fields

from sqlalchemy.ext.asyncio import AsyncSession

from db import models
from domain.events import Event

# Its position is given by the relay, and stored beside it.
STORED = tuple(field.name for field in fields(Event) if field.name != "position")


def record(session: AsyncSession, event: Event) -> None:
    """Keep the event in the caller's transaction: it is published if and only if that commits.

    One INSERT, sent with the session's flush. A trigger on `events` puts the event into the
    outbox and wakes the relay, so neither needs a statement of its own or can be forgotten.
    """
    session.add(models.Event(**{name: getattr(event, name) for name in STORED}))
