"""The unit of work: rows are locked only where the actor may see and change them."""

from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Protocol, TypeVar
from uuid import UUID

from sqlalchemy import select, true
from sqlalchemy.exc import IntegrityError
from sqlalchemy.ext.asyncio import AsyncSession

from db import jobs
from db.jobs import Later
from db.loaders import ENTITY_OF_MODEL
from db.models import Changing, Entity, new_id, now
from db.shapes import One
from db.visibility import seen_by
from domain.actor import Actor
from domain.errors import Conflict, DomainError, NotFound, Reference
from domain.events import Event, EventKind
from domain.ids import OrganizationId, UserId
from domain.permissions import Permission
from domain.permits import Ownership
from events import outbox

E = TypeVar("E", bound=Entity)


class Owned(Protocol):
    """A row of one organisation."""

    @property
    def organization_id(self) -> Any: ...


@dataclass
class Work:
    """One transaction, with everything that a use case does in it."""

    session: AsyncSession
    actor: Actor
    permission: Permission | None
    request_id: str
    ip: str
    recorded: list[Event] = field(default_factory=list)
    _authorized: bool = field(default=False, init=False)
    _later: list[Later] = field(default_factory=list, init=False)
    _unneeded: set[str] = field(default_factory=set, init=False)

    @property
    def by(self) -> UserId:
        """Who does this; raises `Unauthenticated` for nobody."""
        return self.actor.signed_in

    async def lock(self, source: One[E], id: UUID, *, at: str, if_version: int | None = None) -> E:
        """The row, held until the end. `at` is the input's field that named it.

        Raises `NotFound` for what the actor cannot see, `Forbidden` without the permission
        and `Conflict` when the row is not at `if_version`.
        """
        row = await self._visible(source, id, at, for_update=True)
        check_version(row, if_version)
        return row

    async def find(self, source: One[E], id: UUID, *, at: str) -> E:
        """The row as `lock` gives it, but not held."""
        return await self._visible(source, id, at, for_update=False)

    async def _visible(self, source: One[E], id: UUID, at: str, *, for_update: bool) -> E:
        visible = true() if self.actor.is_server else source.visible
        statement = select(source.model).where(source.model.id == id, visible)
        if for_update:
            statement = statement.with_for_update(key_share=True)
            statement = statement.execution_options(populate_existing=True)
        row = await self.session.scalar(statement, seen_by(self.actor))
        if row is None:
            raise NotFound(f"There is no such {ENTITY_OF_MODEL[source.model]}.", (at,))
        self.authorize(row)
        return row

    def authorize(self, row: Any) -> None:
        """Raises `Forbidden` unless the actor has the permission where the row belongs."""
        if self.permission is not None:
            self.actor.require(self.permission, OrganizationId(row.organization_id))
        self._authorized = True

    def check_authorized(self) -> None:
        """A use case that needs a permission must have asked for it: forgetting is a fault."""
        if self.permission is not None and not self._authorized:
            raise RuntimeError(f"{self.permission} was needed, but no row was checked for it")

    def may(self, permission: Permission, row: Owned) -> bool:
        return self.actor.may(permission, OrganizationId(row.organization_id))

    def manages(self, own: Ownership, row: Owned) -> bool:
        """Whether the actor may do it to what is somebody else's, where the row belongs."""
        return own.others is not None and self.may(own.others, row)

    @asynccontextmanager
    async def unique(self, constraint: str, otherwise: DomainError) -> AsyncIterator[None]:
        """Writes what the block added; raises `otherwise` where the constraint forbids it."""
        try:
            yield
            await self.session.flush()
        except IntegrityError as error:
            if constraint not in str(error.orig):
                raise
            raise otherwise from None

    def record(
        self,
        kind: EventKind,
        row: Entity,
        *,
        subject: UUID | None = None,
        before: dict[str, Any] | None = None,
        after: dict[str, Any] | None = None,
        actor: UUID | None = None,
    ) -> None:
        """Keep what happened to the row; it is published when, and only when, all is committed."""
        organization = getattr(row, "organization_id", None)
        event = Event(
            id=new_id(),
            kind=kind,
            entity=ENTITY_OF_MODEL[type(row)],
            entity_id=row.id,
            subject_id=subject or row.id,
            organization_id=None if organization is None else OrganizationId(organization),
            actor_id=UserId(actor) if actor else self.actor.user_id,
            occurred_at=now(),
            before=before,
            after=after,
            request_id=self.request_id,
            ip=self.ip,
            session_id=self.actor.session_id,
            token_id=self.actor.token_id,
            impersonator_id=self.actor.impersonator_id,
        )
        self.recorded.append(event)
        outbox.record(self.session, event)

    def later(
        self,
        name: str,
        payload: Mapping[str, Any],
        at: datetime | None = None,
        key: str | None = None,
    ) -> None:
        """Have a job done once this is committed, and not before `at`.

        It takes the place of a job that waits under the same key.
        """
        self._replace(key)
        self._later.append(
            Later(name=name, payload=payload, at=at, key=key, request_id=self.request_id)
        )

    def never_mind(self, key: str) -> None:
        """Once this is committed, the job that waits under the key is not done; if any does."""
        self._replace(key)
        self._unneeded.add(key)

    def _replace(self, key: str | None) -> None:
        self._later = [job for job in self._later if key is None or job.key != key]

    async def hand_over(self) -> None:
        """Write what is to be done later; the last thing that a unit of work does."""
        await jobs.forget(self.session, self._unneeded)
        await jobs.put(self.session, self._later)


def check_version(row: Any, if_version: int | None) -> None:
    """Raises `Conflict` with the current row unless it is at that version, or none is given."""
    if if_version is not None and isinstance(row, Changing) and row.version != if_version:
        raise Conflict(
            f"This is at version {row.version}, not {if_version}: somebody changed it meanwhile.",
            Reference(ENTITY_OF_MODEL[type(row)], row.id),
            ("ifVersion",),
        )
