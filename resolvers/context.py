"""What every resolver is handed: who asks, and the resources of the process."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta

from adapters.rendering.pool import Renderer
from auth.passwords import Passwords
from auth.tokens import Tokens
from db import accounts
from db.database import Database
from domain.actor import ANONYMOUS, Actor
from domain.errors import Unauthenticated
from domain.ids import OrganizationId, SessionId, UserId
from domain.permissions import Permission, Role
from engine.cursors import Cursors
from engine.loading import Loaders
from events.live import Live
from resolvers.work import Work


@dataclass(frozen=True, slots=True, kw_only=True)
class Resources:
    """What a process opens once and all requests share."""

    database: Database
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
        context = Context(resources=self, request_id=request_id, ip=ip, user_agent=user_agent)
        return context if token is None else await context.signed_in_by(token)


@dataclass(slots=True)
class Caller:
    """Who asks; what they may do can change in the course of their own request."""

    actor: Actor = ANONYMOUS


@dataclass(frozen=True, slots=True, kw_only=True)
class Context:
    """One request's surroundings. Its loaders remember what was read: make a new one an event."""

    resources: Resources
    caller: Caller = field(default_factory=Caller)
    request_id: str
    ip: str = ""
    user_agent: str = ""
    permission: Permission | None = None
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
    def cursors(self) -> Cursors:
        return self.resources.cursors

    def needing(self, permission: Permission | None) -> "Context":
        """The same, where every row that is written is checked for the permission."""
        return replace(self, permission=permission)

    def role_changed(self, organization: OrganizationId, role: Role) -> None:
        """The caller's own role is another from here on."""
        self.caller.actor = replace(self.actor, roles={**self.actor.roles, organization: role})

    async def continue_as(self, token: str) -> None:
        """From here on the request is that of the person whose access token this is."""
        self.caller.actor = (await self.signed_in_by(token)).actor

    def signed_out(self) -> None:
        """From here on the request is nobody's."""
        self.caller.actor = ANONYMOUS

    async def signed_in_by(self, token: str) -> "Context":
        """The same, for the person whose access token this is."""
        said = self.resources.tokens.verify(token)
        return await self._for_session(said.session_id, said.user_id, said.expires_at)

    async def renewed(self) -> "Context":
        """The same caller as they are now; raises `Unauthenticated` when they are signed out."""
        actor = self.actor
        if actor.user_id is None or actor.session_id is None:
            return replace(self, caller=Caller())
        return await self._for_session(actor.session_id, actor.user_id, actor.expires_at)

    async def _for_session(
        self, session_id: SessionId, user_id: UserId, expires_at: datetime | None
    ) -> "Context":
        async with self.database.read() as session:
            actor = await accounts.actor(session, session_id, user_id)
        if actor is None:
            raise Unauthenticated("The session has ended: sign in again.")
        return replace(self, caller=Caller(replace(actor, expires_at=expires_at)))

    @asynccontextmanager
    async def transaction(self) -> AsyncIterator[Work]:
        """One use case's unit of work: committed whole with its events, or not at all."""
        async with self.database.transaction() as session:
            work = Work(session, self.actor, self.permission, self.request_id, self.ip)
            yield work
            work.check_authorized()
