"""Tokens: signed access tokens (JWT, RFC 7519), and opaque secrets that are stored hashed."""

import secrets
from base64 import urlsafe_b64decode, urlsafe_b64encode
from collections import OrderedDict
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from hashlib import sha256
from typing import Any
from uuid import UUID, uuid4

import jwt
import orjson

from auth.keyring import Keyring
from auth.sealing import Seal
from auth.signing_keys import SigningKey
from domain.errors import Unauthenticated
from domain.ids import SessionId, UserId

TYPE = "at+jwt"
"""Of what is signed, so that nothing else we sign passes for it (RFC 9068)."""

REMEMBERED = 10_000
"""Most tokens whose signature a process remembers to have checked."""

LONGEST_REMEMBERED = 1_000
"""Characters; ours have some 400."""

_REQUIRED = ["exp", "iat", "iss", "aud", "sub", "sid", "jti"]


@dataclass(frozen=True, slots=True)
class AccessToken:
    """What a verified access token says."""

    user_id: UserId
    session_id: SessionId
    expires_at: datetime


class Tokens:
    """Signs and verifies access tokens with the keys of a keyring, for an issuer and an audience.

    A key tells which algorithm its tokens are signed with; what a token says of that has to agree.
    """

    def __init__(
        self, keyring: Keyring, *, lifetime: timedelta, issuer: str, audience: str
    ) -> None:
        self.keyring, self.lifetime = keyring, lifetime
        self._issuer, self._audience = issuer, audience
        self._good: OrderedDict[str, tuple[AccessToken, str]] = OrderedDict()

    def sign(self, user_id: UUID, session_id: UUID, now: datetime) -> tuple[str, datetime]:
        """A token for a session, and when it ends."""
        expires_at = now + self.lifetime
        claims = {
            "iss": self._issuer,
            "aud": self._audience,
            "sub": str(user_id),
            "sid": str(session_id),
            "jti": str(uuid4()),
            "iat": now,
            "exp": expires_at,
        }
        key, private = self.keyring.signer()
        headers = {"kid": key.kid, "typ": TYPE}
        return jwt.encode(claims, private, key.algorithm, headers=headers), expires_at

    async def verify(self, token: str) -> AccessToken:
        """What the token says; raises `Unauthenticated` unless we signed it and it is in time."""
        said = self._remembered(token) or await self._verified(token)
        if said.expires_at <= datetime.now(UTC):
            self._good.pop(token, None)
            raise _expired()
        return said

    async def _verified(self, token: str) -> AccessToken:
        try:
            key = await self.keyring.looked_up(_kid(token))
            said = _read(self._claims(token, key))
        except jwt.ExpiredSignatureError:
            raise _expired() from None
        except (jwt.PyJWTError, ValueError, TypeError, KeyError, RecursionError):
            raise Unauthenticated("The access token is not valid: sign in again.") from None
        self._remember(token, said, key.kid if key else "")
        return said

    def _remembered(self, token: str) -> AccessToken | None:
        said, kid = self._good.get(token, (None, ""))
        if said is None:
            return None
        if self.keyring.verifier(kid) is None:
            del self._good[token]
            return None
        self._good.move_to_end(token)
        return said

    def _remember(self, token: str, said: AccessToken, kid: str) -> None:
        """Checking a signature takes longer than many a query: each is checked once."""
        if len(token) <= LONGEST_REMEMBERED:
            self._good[token] = said, kid
        if len(self._good) > REMEMBERED:
            self._good.popitem(last=False)

    def _claims(self, token: str, key: SigningKey | None) -> dict[str, Any]:
        if key is None:
            raise jwt.InvalidKeyError
        whole = jwt.decode_complete(
            token,
            key.public,
            algorithms=[key.algorithm],
            audience=self._audience,
            issuer=self._issuer,
            # Of two machines' clocks one is always behind.
            options={"require": _REQUIRED, "verify_iat": False},
        )
        if whole["header"].get("typ") != TYPE:
            raise jwt.InvalidTokenError
        return dict(whole["payload"])


def _kid(token: str) -> object:
    """Which key the token names. To have PyJWT say so would be to have it read the token twice."""
    header = token.partition(".")[0]
    read = orjson.loads(urlsafe_b64decode(header + "=" * (-len(header) % 4)))
    return read.get("kid") if isinstance(read, dict) else None


def _read(claims: dict[str, Any]) -> AccessToken:
    return AccessToken(
        UserId(UUID(claims["sub"])),
        SessionId(UUID(claims["sid"])),
        datetime.fromtimestamp(int(claims["exp"]), UTC),
    )


def _expired() -> Unauthenticated:
    return Unauthenticated("The access token has expired: refresh the session.")


def new_secret() -> str:
    """256 random bits as URL-safe text."""
    return secrets.token_urlsafe(32)


def digest(secret: str) -> bytes:
    """What is stored of a secret: SHA-256 suffices, for it has nothing that could be guessed."""
    return sha256(secret.encode()).digest()


def refresh_token(session: UUID) -> str:
    """A new secret that names the session it is for."""
    return f"{session.hex}.{new_secret()}"


def next_refresh_token(seal: Seal, session: UUID, presented: str) -> str:
    """What follows the refresh token, the same however often it is exchanged: who loses the answer,
    or asks in two tabs, gets it again. Nobody tells the one from the other without the secret.
    """
    return f"{session.hex}.{_text(seal.fingerprint(presented))}"


def mailed_token(seal: Seal, id: UUID, serial: int = 0) -> str:
    """The secret that is mailed for a thing, the same however often its mail is made.

    Only its digest is stored. Whoever has the database, but not the seal's secret, cannot make it.
    """
    return f"{id.hex}.{_text(seal.fingerprint(f'{id} {serial}'))}"


def session_of(refresh_token: str) -> UUID | None:
    """The session that a refresh token names; it proves nothing."""
    try:
        return UUID(hex=refresh_token.partition(".")[0])
    except ValueError:
        return None


def _text(secret: bytes) -> str:
    return urlsafe_b64encode(secret).rstrip(b"=").decode()
