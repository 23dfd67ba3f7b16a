"""Rules of the sessions that keep people signed in."""

from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from hmac import compare_digest

ROTATION_GRACE = timedelta(seconds=10)


@dataclass(frozen=True, slots=True)
class SessionFacts:
    """A session as the rules see it; hashes are those of refresh tokens."""

    began_at: datetime
    current_hash: bytes
    previous_hash: bytes | None
    rotated_at: datetime
    expires_at: datetime
    revoked_at: datetime | None


@dataclass(frozen=True, slots=True)
class Lifetime:
    """How long a session lasts: unless it is refreshed, and however often it is."""

    idle: timedelta
    whole: timedelta

    def end(self, began_at: datetime, now: datetime) -> datetime:
        """When one ends that is refreshed now."""
        return min(now + self.idle, began_at + self.whole)


class Reused(Exception):
    """A refresh token came back after it was replaced: somebody else may hold a copy."""


class Ended(Exception):
    """The session is over: expired or revoked."""


def rotate(
    session: SessionFacts, presented: bytes, replacement: bytes, now: datetime, lifetime: Lifetime
) -> SessionFacts:
    """The session after its refresh token was exchanged for a new one.

    The replaced token is good for another 10 s, as often as a client loses the answer, where the
    replacement is the same each time. After that its use raises `Reused`, as OAuth 2.0 Security
    BCP (RFC 9700, 4.14.2) advises.
    """
    if session.revoked_at is not None or session.expires_at <= now:
        raise Ended
    is_current = compare_digest(session.current_hash, presented)
    if not is_current and not _is_in_grace(session, presented, now):
        raise Reused
    return replace(
        session,
        current_hash=replacement,
        previous_hash=presented,
        rotated_at=now if is_current else session.rotated_at,
        expires_at=lifetime.end(session.began_at, now),
    )


def _is_in_grace(session: SessionFacts, presented: bytes, now: datetime) -> bool:
    return (
        now - session.rotated_at <= ROTATION_GRACE
        and session.previous_hash is not None
        and compare_digest(session.previous_hash, presented)
    )
