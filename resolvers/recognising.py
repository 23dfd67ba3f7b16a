"""Who asks is recognised by what they bring: a session's token, or one of a script."""

from dataclasses import dataclass, replace
from datetime import datetime

from auth import access_tokens
from auth.tokens import Tokens
from db.models import now
from domain.actor import Actor
from domain.errors import Unauthenticated
from domain.ids import AccessTokenId, SessionId, UserId
from resolvers.actors import Actors
from resolvers.bearers import NOT_GOOD, Bearers
from resolvers.caller import Caller

ENDED = "The session has ended: sign in again."


@dataclass(frozen=True, slots=True, kw_only=True)
class Recognising:
    """What it takes to tell who asks."""

    actors: Actors
    bearers: Bearers
    tokens: Tokens

    async def signed_in_by(self, token: str) -> Caller:
        """The person whose access token this is; raises `Unauthenticated`."""
        if access_tokens.is_one(token):
            id = await self.bearers.identified(token)
            caller = await self.caller_by_token(id)
            await self.bearers.used(id)
            return caller
        said = await self.tokens.verify(token)
        return await self.caller(said.session_id, said.user_id, said.expires_at)

    async def caller(
        self,
        session_id: SessionId,
        user_id: UserId,
        expires_at: datetime | None,
        before: Caller | None = None,
    ) -> Caller:
        """The person in that session as they are now; raises `Unauthenticated` when it ended.

        Who is as they were `before` shares what is known of them: there are thousands of sockets.
        """
        as_of = self.actors.generation
        actor = await self.actors.actor(session_id, user_id)
        if actor is None:
            raise Unauthenticated(ENDED)
        return _caller(replace(actor, expires_at=expires_at), as_of, before)

    async def caller_by_token(self, id: AccessTokenId, before: Caller | None = None) -> Caller:
        """For whom a token of a script acts, as `caller` does for a session."""
        as_of = self.actors.generation
        actor = await self.actors.shown(id)
        if actor is None or (actor.expires_at is not None and actor.expires_at <= now()):
            raise Unauthenticated(NOT_GOOD)
        return _caller(actor, as_of, before)


def _caller(actor: Actor, as_of: int, before: Caller | None) -> Caller:
    return before.again(as_of) if before and before.actor == actor else Caller(actor, as_of)
