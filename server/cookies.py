"""The cookies of a browser's session, and the header that proves who had them sent.

The tokens are out of reach of scripts, and no other site has them sent (`SameSite=Strict`). The
third cookie may be read: what it says has to come in a header too, where only a page of ours puts
it (double submit), and it is made from the session's id, so that one that was planted does not do.
"""

from base64 import urlsafe_b64encode
from dataclasses import dataclass
from datetime import UTC, datetime
from hmac import compare_digest
from math import ceil
from typing import Final
from uuid import UUID

from auth.sealing import Seal
from resolvers.jar import Jar, Kept

ACCESS: Final = "__Host-imprimatur-access"
REFRESH: Final = "__Host-imprimatur-refresh"
CSRF: Final = "__Host-imprimatur-csrf"
HEADER: Final = "X-CSRF-Token"
SET: Final = b"set-cookie"

ATTRIBUTES: Final = "Path=/; Secure; SameSite=Strict"
HIDDEN: Final = f"{ATTRIBUTES}; HttpOnly"

Headers = list[tuple[bytes, bytes]]


@dataclass(frozen=True, slots=True)
class Brought:
    """What a request brings of a session; `proof` is what its header says, or its first message."""

    access: str | None
    refresh: str | None
    csrf: str
    proof: str

    @property
    def has_session(self) -> bool:
        return self.access is not None or self.refresh is not None


class Cookies:
    """Reads the cookies of requests, and writes those of answers."""

    def __init__(self, seal: Seal) -> None:
        self._seal = seal

    def csrf_token(self, session_id: UUID) -> str:
        made = self._seal.fingerprint(f"csrf {session_id}")
        return urlsafe_b64encode(made).rstrip(b"=").decode()

    def is_proved(self, brought: Brought, session_id: UUID | None) -> bool:
        """Whether cookie and header agree, and are that session's."""
        if session_id is None:
            return False
        expected = self.csrf_token(session_id).encode()
        cookie, proof = brought.csrf.encode(), brought.proof.encode()
        return compare_digest(cookie, expected) & compare_digest(proof, expected)

    def written(self, jar: Jar | None) -> Headers:
        """What an answer says of what was left in the jar."""
        if jar is None:
            return []
        if jar.kept:
            return self._keeping(jar.kept)
        return FORGETTING if jar.is_emptied else []

    def _keeping(self, kept: Kept) -> Headers:
        access, refresh = _left(kept.access_token_expires_at), _left(kept.refresh_token_expires_at)
        csrf = self.csrf_token(kept.session_id)
        return [
            _cookie(ACCESS, kept.access_token, access, HIDDEN),
            _cookie(REFRESH, kept.refresh_token, refresh, HIDDEN),
            _cookie(CSRF, csrf, refresh, ATTRIBUTES),
            # For pages of another origin on the same site, who may not read the cookie.
            (HEADER.lower().encode(), csrf.encode()),
        ]


def brought(cookie: str, proof: str) -> Brought:
    """What the header `Cookie` says; of a name that is repeated the first counts."""
    pairs = (pair.strip().partition("=") for pair in reversed(cookie.split(";")))
    found = {name: value for name, _, value in pairs}
    return Brought(found.get(ACCESS), found.get(REFRESH), found.get(CSRF, ""), proof)


def _cookie(name: str, value: str, seconds: int, attributes: str) -> tuple[bytes, bytes]:
    return SET, f"{name}={value}; Max-Age={seconds}; {attributes}".encode()


def _left(until: datetime) -> int:
    return max(0, ceil((until - datetime.now(UTC)).total_seconds()))


FORGETTING: Final = [
    _cookie(ACCESS, "", 0, HIDDEN),
    _cookie(REFRESH, "", 0, HIDDEN),
    _cookie(CSRF, "", 0, ATTRIBUTES),
]
