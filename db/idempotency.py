"""The answers that are kept under the keys of clients."""

from dataclasses import dataclass
from uuid import UUID

from sqlalchemy import ColumnElement, delete, func, select, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession

from db.models.idempotency import IdempotencyKey
from domain.idempotency import KEPT_FOR


@dataclass(frozen=True, slots=True)
class Claim:
    """A key of an actor, and the input that it stands for."""

    actor_id: UUID
    key_hash: bytes
    input_hash: bytes


async def claim(session: AsyncSession, claimed: Claim) -> IdempotencyKey | None:
    """Take the key; or what is kept under it already, once whoever has just taken it is done.

    PostgreSQL lets the second of two wait at the unique key until the first has ended.
    """
    fresh = {"input_hash": claimed.input_hash, "answer": None, "created_at": func.now()}
    values = {**fresh, "expires_at": func.now() + KEPT_FOR}
    taking = (
        insert(IdempotencyKey)
        .values(actor_id=claimed.actor_id, key_hash=claimed.key_hash, **values)
        .on_conflict_do_update(
            index_elements=["actor_id", "key_hash"],
            set_=values,
            where=IdempotencyKey.expires_at < func.now(),
        )
        .returning(IdempotencyKey.actor_id)
    )
    if await session.scalar(taking) is not None:
        return None
    return (await session.scalars(select(IdempotencyKey).where(_is(claimed)))).one()


async def keep(session: AsyncSession, claimed: Claim, answer: bytes) -> None:
    await session.execute(update(IdempotencyKey).where(_is(claimed)).values(answer=answer))


async def release(session: AsyncSession, claimed: Claim) -> None:
    """Let the key be free again: there is no answer to keep."""
    await session.execute(delete(IdempotencyKey).where(_is(claimed)))


async def forget_expired(session: AsyncSession) -> None:
    """Delete the answers that are no longer given."""
    await session.execute(delete(IdempotencyKey).where(IdempotencyKey.expires_at < func.now()))


def _is(claimed: Claim) -> ColumnElement[bool]:
    return (IdempotencyKey.actor_id == claimed.actor_id) & (
        IdempotencyKey.key_hash == claimed.key_hash
    )
