"""Access tokens of scripts and services, as they come with requests."""

from collections.abc import Callable
from time import monotonic

from auth.access_tokens import is_whole
from auth.tokens import digest
from db import access_tokens
from db.database import Database
from db.models import now
from domain.access_tokens import USE_IS_NOTED_AFTER
from domain.errors import Unauthenticated
from domain.ids import AccessTokenId
from engine.recent import Recent

NOT_GOOD = "The access token is not good: it was revoked, has expired, or was never made here."
MOST = 10_000
_MOST_BYTES, _BYTES = 16 * 2**20, 300


class Bearers:
    """Which tokens came lately, remembered so that nothing is read or written for most requests."""

    def __init__(self, database: Database, *, clock: Callable[[], float] = monotonic) -> None:
        self._database, self._clock = database, clock
        self._ids: Recent[bytes, AccessTokenId] = Recent(most=MOST, bytes=_MOST_BYTES)
        self._noted: Recent[AccessTokenId, float] = Recent(most=MOST, bytes=_MOST_BYTES)

    async def identified(self, token: str) -> AccessTokenId:
        """Which token it is; it may be good no more. Raises `Unauthenticated` for none of ours."""
        if not is_whole(token):
            raise Unauthenticated(NOT_GOOD)
        hashed = digest(token)
        id = self._ids.get(hashed) or await access_tokens.named(self._database.primary, hashed)
        if id is None:
            raise Unauthenticated(NOT_GOOD)
        self._ids.keep(hashed, id, _BYTES)
        return id

    async def used(self, id: AccessTokenId) -> None:
        """Note that it was used, at most once a minute."""
        noted, at = self._noted.get(id), self._clock()
        if noted is not None and at - noted < USE_IS_NOTED_AFTER.total_seconds():
            return
        self._noted.keep(id, at, _BYTES)
        async with self._database.apart() as session:
            await access_tokens.note_use(session, id, now(), USE_IS_NOTED_AFTER)
