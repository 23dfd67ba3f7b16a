"""What every resolver is handed: who asks, and the resources of the process."""

from collections.abc import AsyncIterator, Hashable, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import Any

from adapters.rendering.pool import Renderer
from auth.passwords import Passwords
from auth.tokens import Tokens
from db.database import Database
from db.reads import Reads
from db.visibility import seen_by
from domain.actor import ANONYMOUS, Actor
from domain.errors import Unauthenticated
from domain.events import EventKind
from domain.ids import OrganizationId, SessionId, UserId
from domain.permissions import Permission, Role
from engine.cursors import Cursors
from engine.loading import Loaders
from events.live import Live
from resolvers.actors import Actors
from resolvers.work import Work


class Caller:
    """Who asks, and what they may see; both can change in the course of their own request."""

    __slots__ = ("actor", "seeing")

    def __init__(self, actor: Actor = ANONYMOUS) -> None:
        self.become(actor)

    def become(self, actor: Actor) -> None:
        self.actor: Actor = actor
        self.seeing: Mapping[str, Any] = seen_by(actor)


@dataclass(frozen=True, slots=True, kw_only=True)
class Resources:
    """What a process opens once and all requests share."""

    database: Database
    actors: Actors
    live: Live
    renderer: Renderer
    passwords: Passwords
    tokens: Tokens
    cursors: Cursors
    session_lifetime: timedelta

    async def open(
        self, token: str | None, *, request_id: str, ip: str, user_agent: str
    ) -> "Context":
        """The context of a request; raises `Unauthenticated` for a token that is not good."""
        caller = Caller() if token is None else await self.signed_in_by(token)
        return Context(
            resources=self, caller=caller, request_id=request_id, ip=ip, user_agent=user_agent
        )

    async def signed_in_by(self, token: str) -> Caller:
        """The person whose access token this is; raises `Unauthenticated`."""
        said = self.tokens.verify(token)
        return await self.caller(said.session_id, said.user_id, said.expires_at)

    async def caller(
        self, session_id: SessionId, user_id: UserId, expires_at: datetime | None
    ) -> Caller:
        """The person in that session as they are now; raises `Unauthenticated` when it ended."""
        actor = await self.actors.actor(session_id, user_id)
        if actor is None:
            raise Unauthenticated("The session has ended: sign in again.")
        return Caller(replace(actor, expires_at=expires_at))


@dataclass(frozen=True, slots=True, kw_only=True)
class Context:
    """One request's surroundings. Its loaders remember what was read: make a new one an event."""

    resources: Resources
    caller: Caller = field(default_factory=Caller)
    request_id: str
    ip: str = ""
    user_agent: str = ""
    permission: Permission | None = None
    sees_writes: bool = False
    loaders: Loaders = field(init=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "loaders", Loaders(self))

    @property
    def actor(self) -> Actor:
        return self.caller.actor

    @property
    def database(self) -> Database:
        return self.resources.database

    @property
    def reads(self) -> Reads:
        return self.database.primary if self.sees_writes else self.database.replica

    @property
    def seeing(self) -> Mapping[str, Any]:
        return self.caller.seeing

    @property
    def view(self) -> Hashable:
        return self.actor.view

    @property
    def cursors(self) -> Cursors:
        return self.resources.cursors

    def fresh(self) -> "Context":
        """The same, where what is read from here on includes all that was written until now."""
        return replace(self, sees_writes=True)

    def needing(self, permission: Permission | None) -> "Context":
        """The same, where every row that is written is checked for the permission."""
        return replace(self, permission=permission)

    def role_changed(self, organization: OrganizationId, role: Role) -> None:
        """The caller's own role is another from here on."""
        roles = {**self.actor.roles, organization: role}
        self.caller.become(replace(self.actor, roles=roles))

    async def continue_as(self, token: str) -> None:
        """From here on the request is that of the person whose access token this is."""
        self.caller.become((await self.resources.signed_in_by(token)).actor)

    def signed_out(self) -> None:
        """From here on the request is nobody's."""
        self.caller.become(ANONYMOUS)

    async def renewed(self) -> "Context":
        """The same caller as they are now; raises `Unauthenticated` when they are signed out."""
        actor = self.actor
        if actor.user_id is None or actor.session_id is None:
            return replace(self, caller=Caller())
        caller = await self.resources.caller(actor.session_id, actor.user_id, actor.expires_at)
        return replace(self, caller=caller)

    @asynccontextmanager
    async def transaction(self) -> AsyncIterator[Work]:
        """One use case's unit of work: committed whole with its events, or not at all.

        Whoever asks this process after it has ended is who they are then.
        """
        recorded: set[EventKind] = set()
        try:
            async with self.database.transaction() as session:
                work = Work(
                    session, self.actor, self.permission, self.request_id, self.ip, recorded
                )
                yield work
                work.check_authorized()
        finally:
            # Even where this fails: a commit whose answer was lost may have been made.
            for kind in recorded:
                self.resources.actors.heard(kind)
