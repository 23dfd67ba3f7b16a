"""Tokens: signed access tokens (JWT, RFC 7519), and opaque secrets that are stored hashed."""

import secrets
from base64 import urlsafe_b64encode
from collections import OrderedDict
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from hashlib import sha256
from typing import Any
from uuid import UUID, uuid4

import jwt
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    PublicFormat,
    load_pem_private_key,
)

from auth.sealing import Seal
from domain.errors import Unauthenticated
from domain.ids import SessionId, UserId

ISSUER = "imprimatur"
_ALGORITHM = "EdDSA"
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
    """Signs and verifies access tokens with one Ed25519 key; `kid` is the key's fingerprint."""

    def __init__(self, private_key_pem: str, *, lifetime: timedelta) -> None:
        key = load_pem_private_key(private_key_pem.encode(), password=None)
        if not isinstance(key, Ed25519PrivateKey):
            raise TypeError("The signing key must be an Ed25519 private key in PEM.")
        self._key, self._public = key, key.public_key()
        raw = self._public.public_bytes(Encoding.Raw, PublicFormat.Raw)
        self._kid = urlsafe_b64encode(sha256(raw).digest()[:12]).decode()
        self.lifetime = lifetime
        self._good: OrderedDict[str, AccessToken] = OrderedDict()

    def sign(
        self, user_id: UUID, session_id: UUID, now: datetime, *, until: datetime | None = None
    ) -> tuple[str, datetime]:
        """A token for a session, and when it ends: at `until`, where that is given."""
        expires_at = until or now + self.lifetime
        claims = {
            "iss": ISSUER,
            "aud": ISSUER,
            "sub": str(user_id),
            "sid": str(session_id),
            "jti": str(uuid4()),
            "iat": now,
            "exp": expires_at,
        }
        token = jwt.encode(claims, self._key, _ALGORITHM, headers={"kid": self._kid})
        return token, expires_at

    def verify(self, token: str) -> AccessToken:
        """What the token says; raises `Unauthenticated` unless we signed it and it is in time."""
        said = self._remembered(token) or self._verified(token)
        if said.expires_at <= datetime.now(UTC):
            self._good.pop(token, None)
            raise _expired()
        return said

    def _verified(self, token: str) -> AccessToken:
        try:
            said = _read(self._claims(token))
        except jwt.ExpiredSignatureError:
            raise _expired() from None
        except (jwt.PyJWTError, ValueError, TypeError, KeyError, RecursionError):
            raise Unauthenticated("The access token is not valid: sign in again.") from None
        self._remember(token, said)
        return said

    def _remembered(self, token: str) -> AccessToken | None:
        if token in self._good:
            self._good.move_to_end(token)
        return self._good.get(token)

    def _remember(self, token: str, said: AccessToken) -> None:
        """Checking a signature takes longer than many a query: each is checked once."""
        if len(token) <= LONGEST_REMEMBERED:
            self._good[token] = said
        if len(self._good) > REMEMBERED:
            self._good.popitem(last=False)

    def _claims(self, token: str) -> dict[str, Any]:
        if jwt.get_unverified_header(token).get("kid") != self._kid:
            raise jwt.InvalidKeyError
        return jwt.decode(
            token,
            self._public,
            algorithms=[_ALGORITHM],
            audience=ISSUER,
            issuer=ISSUER,
            # Of two machines' clocks one is always behind.
            options={"require": _REQUIRED, "verify_iat": False},
        )


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


def mailed_token(seal: Seal, id: UUID, serial: int = 0) -> str:
    """The secret that is mailed for a thing, the same however often its mail is made.

    Only its digest is stored. Whoever has the database, but not the seal's secret, cannot make it.
    """
    made = seal.fingerprint(f"{id} {serial}")
    return f"{id.hex}.{urlsafe_b64encode(made).rstrip(b'=').decode()}"


def session_of(refresh_token: str) -> UUID | None:
    """The session that a refresh token names; it proves nothing."""
    try:
        return UUID(hex=refresh_token.partition(".")[0])
    except ValueError:
        return None
