"""Challenges: what is handed to who knows the password, to come back with a code.

Nothing is stored of them. A challenge names the account, its password by a digest and its end, all
of it sealed: it is good on every process, and for nothing else.
"""

from base64 import urlsafe_b64decode, urlsafe_b64encode
from dataclasses import dataclass
from datetime import UTC, datetime
from hashlib import sha256
from hmac import compare_digest
from uuid import UUID

from auth.sealing import Seal, Unreadable
from domain.ids import UserId

LONGEST = 200
_ID, _TIME = 16, 8


@dataclass(frozen=True, slots=True)
class Challenge:
    """What a challenge says that we made."""

    user_id: UserId
    expires_at: datetime
    password: bytes

    def is_of(self, password_hash: str | None) -> bool:
        """Whether the account still has the password that was given."""
        return compare_digest(self.password, _digest(password_hash))


def made(seal: Seal, user: UUID, password_hash: str | None, expires_at: datetime) -> str:
    """A challenge for who has just given the account's password; whole seconds count."""
    ends = int(expires_at.timestamp()).to_bytes(_TIME)
    return urlsafe_b64encode(seal.seal(user.bytes + ends + _digest(password_hash))).decode()


def opened(seal: Seal, challenge: str) -> Challenge:
    """What the challenge says; raises `Unreadable` unless it was made with this seal."""
    if len(challenge) > LONGEST:
        raise Unreadable
    try:
        said = seal.open(urlsafe_b64decode(challenge.encode()))
    except ValueError:
        raise Unreadable from None
    user, ends, password = said[:_ID], said[_ID : _ID + _TIME], said[_ID + _TIME :]
    expires_at = datetime.fromtimestamp(int.from_bytes(ends), UTC)
    return Challenge(UserId(UUID(bytes=user)), expires_at, password)


def _digest(password_hash: str | None) -> bytes:
    return sha256((password_hash or "").encode()).digest()
