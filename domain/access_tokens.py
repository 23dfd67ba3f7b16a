"""Rules of the access tokens that scripts and services use."""

from collections.abc import Collection, Iterator
from datetime import datetime, timedelta

from domain.errors import LimitReached, Problem
from domain.permissions import Permission
from domain.text import NAME, check_text

MOST = 100
"""Tokens that one person may have at a time."""

KEPT = timedelta(days=30)
"""How long it is shown that there was a token."""

USE_IS_NOTED_AFTER = timedelta(minutes=1)
"""How exact it is known when a token was used last."""


def check(
    name: str, scopes: Collection[Permission], expires_at: datetime | None, now: datetime
) -> Iterator[Problem]:
    yield from check_text(name, ("name",), most=NAME)
    if not scopes:
        yield Problem(("scopes",), "Name at least one permission.")
    if expires_at is not None and expires_at <= now:
        yield Problem(("expiresAt",), "This is in the past: choose a later moment.")


def check_room(living: int) -> None:
    """Raises `LimitReached` where somebody has as many tokens as they may."""
    if living >= MOST:
        raise LimitReached(f"You have {MOST} access tokens: revoke one that is not needed.")
