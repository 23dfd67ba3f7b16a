"""How what waits for a confirmed address is found, used and forgotten."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import delete, func, select, update
from sqlalchemy.ext.asyncio import AsyncSession

from db.models import Confirmation, User, now
from domain.confirmations import PERIOD, Purpose


async def waiting(session: AsyncSession, id: UUID) -> Confirmation | None:
    """The one with the id, unless it was used or is too old."""
    return await session.scalar(
        select(Confirmation).where(Confirmation.id == id, Confirmation.expires_at > now())
    )


async def by_token(
    session: AsyncSession, token_hash: bytes, *purposes: Purpose
) -> Confirmation | None:
    """The one whose token this is, as long as it is good for one of the purposes."""
    return await session.scalar(
        select(Confirmation).where(
            Confirmation.token_hash == token_hash,
            Confirmation.purpose.in_(purposes),
            Confirmation.expires_at > now(),
        )
    )


async def spend(session: AsyncSession, id: UUID) -> bool:
    """Whether it was still good; from then on it is not: of two at once, one spends it.

    The account that it concerns, where there is one, is to be locked before.
    """
    spent = delete(Confirmation).where(Confirmation.id == id, Confirmation.expires_at > now())
    spent = spent.execution_options(synchronize_session=False)
    return await session.scalar(spent.returning(Confirmation.id)) is not None


async def registration(session: AsyncSession, email: str) -> Confirmation | None:
    """What an address that has no account was registered with last."""
    return await session.scalar(
        select(Confirmation)
        .where(
            func.lower(Confirmation.email) == func.lower(email),
            Confirmation.purpose == Purpose.REGISTRATION,
            Confirmation.expires_at > now(),
            Confirmation.facts["passwordHash"].astext.is_not(None),
        )
        .order_by(Confirmation.id.desc())
        .limit(1)
    )


async def mails_before(session: AsyncSession, row: Confirmation) -> int:
    """How many mails of its purpose its address got, or will get, in the hour before it."""
    return (
        await session.scalar(
            select(func.count()).where(
                func.lower(Confirmation.email) == func.lower(row.email),
                Confirmation.purpose == row.purpose,
                Confirmation.id < row.id,
                Confirmation.created_at > row.created_at - PERIOD,
            )
        )
        or 0
    )


async def empty(session: AsyncSession, id: UUID) -> None:
    """Forget what was asked for; that a mail was sent still counts."""
    await session.execute(update(Confirmation).where(Confirmation.id == id).values(facts={}))


async def forget(session: AsyncSession, id: UUID) -> None:
    await session.execute(delete(Confirmation).where(Confirmation.id == id))


async def void_changes(session: AsyncSession, user: UUID) -> None:
    """What was asked for until now gives the account no other address; its mails still count."""
    changes = update(Confirmation).where(
        Confirmation.user_id == user,
        Confirmation.purpose == Purpose.EMAIL_CHANGE,
        Confirmation.expires_at > now(),
    )
    await session.execute(changes.values(expires_at=now()))


async def forget_all(session: AsyncSession, email: str, purpose: Purpose) -> None:
    """No token that was mailed to the address until now is good for the purpose any more."""
    of_address = func.lower(Confirmation.email) == func.lower(email)
    await session.execute(delete(Confirmation).where(of_address, Confirmation.purpose == purpose))


async def forget_of(session: AsyncSession, user: User) -> None:
    """No token that was mailed until now does anything to the account any more."""
    await session.execute(delete(Confirmation).where(Confirmation.user_id == user.id))
    await forget_all(session, user.email, Purpose.PASSWORD_RESET)


async def forget_expired(session: AsyncSession, before: datetime) -> None:
    """Delete what could no longer be confirmed before then."""
    await session.execute(delete(Confirmation).where(Confirmation.expires_at < before))
