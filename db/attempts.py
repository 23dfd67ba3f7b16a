"""How attempts are counted, each key by one at a time."""

from collections.abc import Collection, Mapping
from dataclasses import asdict
from datetime import datetime

from sqlalchemy import delete, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession

from db.models import Attempt
from domain.guessing import Attempts, none_at


async def lock(
    session: AsyncSession, keys: Collection[bytes], now: datetime
) -> dict[bytes, Attempts]:
    """What is counted under every key, held until the end; where nothing is, it begins now.

    They are locked in the order of their keys, so nobody who does the same waits for ever.
    """
    begun = [{"key_hash": key, **asdict(none_at(now))} for key in sorted(keys)]
    # A row that is left as it was is locked and returned; with DO NOTHING it would be neither.
    kept = (
        insert(Attempt)
        .values(begun)
        .on_conflict_do_update(
            index_elements=[Attempt.key_hash], set_={"failures": Attempt.failures}
        )
        .returning(
            Attempt.key_hash,
            Attempt.failures,
            Attempt.began_at,
            Attempt.failed_at,
            Attempt.blocked_until,
        )
    )
    found = await session.execute(kept)
    return {
        row.key_hash: Attempts(row.failures, row.began_at, row.failed_at, row.blocked_until)
        for row in found
    }


async def keep(session: AsyncSession, counted: Mapping[bytes, Attempts]) -> None:
    """Write what the rules decided; the same statement whatever it is."""
    rows = [{"key_hash": key, **asdict(each)} for key, each in counted.items()]
    await session.execute(update(Attempt), rows)


async def forget(session: AsyncSession, before: datetime) -> None:
    """Delete what did not fail since then."""
    await session.execute(delete(Attempt).where(Attempt.failed_at < before))
