"""What every resolver is handed: who asks, and the resources of the process."""

from collections.abc import AsyncIterator, Hashable, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any

from sqlalchemy.ext.asyncio import AsyncSession

from adapters.devices import Devices
from adapters.mail import Send
from adapters.pictures.pool import Pictures
from adapters.places import Places
from adapters.rendering.pool import Renderer
from adapters.storage import Storage
from auth.evidence import Signer
from auth.passwords import Passwords
from auth.sealing import Seal, Vault
from db import sessions
from db.database import Database
from db.reads import Reads
from domain.actor import ANONYMOUS, SERVER, Actor
from domain.errors import Unauthenticated
from domain.events import Event
from domain.guessing import Allowed
from domain.ids import OrganizationId, SessionId, UserId
from domain.permissions import Grant, Permission
from domain.sessions import Lifetime
from engine.cursors import Cursors
from engine.loading import Loaders
from events.live import Live
from resolvers.caller import Caller
from resolvers.held import Concluding, Held
from resolvers.jar import Jar
from resolvers.outgoing import Outgoing
from resolvers.recognising import ENDED, Recognising
from resolvers.work import Work

SOMEBODY_ELSE = "This access token is somebody else's: open another socket for them."


@dataclass(frozen=True, slots=True, kw_only=True)
class Resources(Recognising):
    """What a process opens once and all requests share."""

    database: Database
    live: Live
    renderer: Renderer
    pictures: Pictures
    storage: Storage
    passwords: Passwords
    cursors: Cursors
    evidence: Signer
    outgoing: Outgoing
    answers: Seal
    """Seals what is kept of answers that may be asked for again."""

    csrf: Seal
    """Ties what a page of ours sends to the session that its browser is in."""

    mailed: Seal
    """Makes the tokens that are mailed; see `auth.tokens.mailed_token`."""

    refreshing: Seal
    """Makes the refresh tokens that follow others; see `auth.tokens.next_refresh_token`."""

    vault: Vault
    """Seals what is kept for long, such as second factors."""

    challenges: Seal
    """Seals what is handed to who has yet to give a second factor; see `auth.challenges`."""

    devices: Devices
    places: Places
    guesses: Seal
    """Fingerprints what is guessed at, and from where."""

    allowed: Allowed
    session_lifetime: Lifetime
    send: Send
    events_kept_months: int | None = None
    """Whole months of events that are kept besides the current one; None keeps them for ever."""

    public_url: str | None = None
    """Where people reach the server; None where there is no address to link to."""

    async def open(
        self, token: str | None, *, request_id: str, ip: str, user_agent: str
    ) -> "Context":
        """The context of a request; raises `Unauthenticated` for a token that is not good."""
        caller = Caller() if token is None else await self.signed_in_by(token)
        return Context(
            resources=self, caller=caller, request_id=request_id, ip=ip, user_agent=user_agent
        )

    def own_context(self, request_id: str, concluding: Concluding | None = None) -> "Context":
        """The context of what the server does by itself: it is nobody, and sees everything."""
        return Context(
            resources=self,
            caller=Caller(SERVER),
            request_id=request_id,
            concluding=concluding,
            sees_writes=True,
        )


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
    resumes_after: int | None = None
    """The position that a live stream resumes after, where its transport says so."""

    held: Held = field(default_factory=Held)
    jar: Jar | None = None
    """The cookies of a browser, where the transport can set any."""

    concluding: Concluding | None = None
    """What every transaction does last, before it is committed."""

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
        if self.sees_writes and self.held.reads is not None:
            return self.held.reads
        return self.database.primary if self.sees_writes else self.database.replica

    @property
    def seeing(self) -> Mapping[str, Any]:
        return self.caller.seeing

    @property
    def view(self) -> Hashable:
        return self.actor.view

    @property
    def is_current(self) -> bool:
        """Whether nothing was heard that may have changed the caller since they were read."""
        return self.caller.as_of == self.resources.actors.generation

    @property
    def cursors(self) -> Cursors:
        return self.resources.cursors

    def fresh(self) -> "Context":
        """The same, where what is read from here on includes all that was written until now."""
        return replace(self, sees_writes=True, held=Held())

    def resuming(self, after: int) -> "Context":
        """The same, where a live stream goes on after the position."""
        return replace(self, resumes_after=after)

    def with_jar(self, jar: Jar) -> "Context":
        """The same, where a browser keeps what is left in the jar."""
        return replace(self, jar=jar)

    def needing(self, permission: Permission | None) -> "Context":
        """The same, where every row that is written is checked for the permission."""
        return replace(self, permission=permission)

    def role_changed(self, organization: OrganizationId, grant: Grant) -> None:
        """The caller's own role is another from here on."""
        grants = {**self.actor.grants, organization: grant}
        self.caller.become(replace(self.actor, grants=grants))

    async def become(self, user: UserId, session: SessionId, until: datetime | None = None) -> None:
        """From here on the request is that person's; raises `Unauthenticated` where it ended."""
        if self.held.reads is None:
            actor = await self.resources.actors.actor(session, user)
        else:
            actor = await sessions.actor(self.held.reads, session, user)
        if actor is None:
            raise Unauthenticated(ENDED)
        self.caller.become(replace(actor, expires_at=until))

    def signed_out(self) -> None:
        """From here on the request is nobody's."""
        self.caller.become(ANONYMOUS)

    async def renewed(self) -> "Context":
        """The same caller as they are now; raises `Unauthenticated` when they are signed out."""
        actor = self.actor
        if actor.token_id is not None:
            by_token = await self.resources.caller_by_token(actor.token_id, self.caller)
            return replace(self, caller=by_token)
        if actor.user_id is None or actor.session_id is None:
            return replace(self, caller=Caller())
        caller = await self.resources.caller(
            actor.session_id, actor.user_id, actor.expires_at, self.caller
        )
        return replace(self, caller=caller)

    async def presenting(self, token: str) -> "Context":
        """The same caller by a newer access token; raises `Unauthenticated` for any other."""
        caller, actor = await self.resources.signed_in_by(token), self.actor
        who = (caller.actor.user_id, caller.actor.impersonator_id)
        if who != (actor.user_id, actor.impersonator_id):
            raise Unauthenticated(SOMEBODY_ELSE)
        return replace(self, caller=caller)

    @asynccontextmanager
    async def reading(self) -> AsyncIterator[AsyncSession]:
        """A session to look at what was written; close it before waiting for anything else."""
        if self.held.session is not None:
            yield self.held.session
        else:
            async with self.database.read() as session:
                yield session

    async def settle(self) -> None:
        """Undo what was only tried: the answer to it is complete."""
        await self.held.end_trial()

    @asynccontextmanager
    async def transaction(self) -> AsyncIterator[Work]:
        """One use case's unit of work: committed whole with its events, or not at all.

        Whoever asks this process after it has ended is who they are then.
        """
        recorded: list[Event] = []
        try:
            async with self._session() as session:
                work = Work(
                    session, self.actor, self.permission, self.request_id, self.ip, recorded
                )
                yield work
                work.check_authorized()
                await work.hand_over()
                if self.concluding:
                    await self.concluding(session)
        finally:
            # Even where this fails: a commit whose answer was lost may have been made.
            self.held.events += recorded
            self.heard(recorded)

    @asynccontextmanager
    async def apart(self) -> AsyncIterator[Work]:
        """A unit of work that stays, whatever becomes of the request: even where it is a trial."""
        async with self.database.apart() as session:
            work = Work(session, self.actor, None, self.request_id, self.ip)
            yield work
            await work.hand_over()

    def heard(self, events: Sequence[Event]) -> None:
        """Let this process take note of what it did before it hears of it."""
        for event in events:
            self.resources.actors.heard(event.kind)

    @asynccontextmanager
    async def _session(self) -> AsyncIterator[AsyncSession]:
        held = self.held
        if held.session is None:
            async with self.database.transaction() as session:
                yield session
        else:
            held.is_done = False
            yield held.session
            await held.session.flush()
            held.is_done = True
