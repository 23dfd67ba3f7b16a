"""What operators, and a process that starts, do with the keys that sign access tokens."""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy.ext.asyncio import AsyncSession

from auth import signing_keys as pairs
from auth.keyring import Keyring
from auth.sealing import Vault
from auth.signing_keys import KeyPair
from db import signing_keys
from db.database import Database
from db.models import SigningKey, now
from domain import signing_keys as rules
from domain.signing_keys import Algorithm


@dataclass(frozen=True, slots=True)
class Keeping:
    """Where the keys are kept, what they are sealed with, and what new ones are like."""

    database: Database
    vault: Vault
    algorithm: Algorithm
    lifetime: timedelta
    """Of the tokens that they sign."""

    def keyring(self) -> Keyring:
        """The keys for a process to use; empty until it is read."""
        return Keyring(self._opened)

    async def _opened(self) -> Sequence[pairs.SigningKey]:
        async with self.database.read() as session:
            kept = await signing_keys.in_force(session, now())
        return [self._open(row) for row in kept]

    def _open(self, row: SigningKey) -> pairs.SigningKey:
        return pairs.SigningKey(
            row.kid,
            Algorithm(row.algorithm),
            pairs.private_key(row.private_key, self.vault),
            pairs.public_key(row.public_key),
            row.signs_from,
            row.retires_at,
        )


async def every(keeping: Keeping) -> Sequence[SigningKey]:
    """All keys, the oldest first."""
    async with keeping.database.read() as session:
        return await signing_keys.every(session)


async def ensure(keeping: Keeping) -> None:
    """See to it that there is a key, or one on its way, of the algorithm that is configured.

    However many processes start at once, one key is made.
    """
    async with keeping.database.read() as session:
        if not _is_missing(keeping, await signing_keys.in_force(session, now())):
            return
    made = await _generated(keeping)
    async with keeping.database.transaction() as session:
        await signing_keys.lock(session)
        kept = await signing_keys.in_force(session, now())
        if _is_missing(keeping, kept):
            _succeed(session, keeping, kept, made, now() + _published(kept))


def _is_missing(keeping: Keeping, kept: Sequence[SigningKey]) -> bool:
    heir = rules.heir(kept)
    return heir is None or heir.algorithm != keeping.algorithm


def _published(kept: Sequence[SigningKey]) -> timedelta:
    """How long the next key waits: not at all where no other signs."""
    return rules.PUBLISHED if rules.signer(kept, now()) else timedelta(0)


async def rotate(keeping: Keeping, *, at_once: bool) -> KeyPair:
    """A new key takes over, after others had the time to learn of it unless `at_once`. What the
    others signed stays good until it ends.
    """
    made = await _generated(keeping)
    async with keeping.database.transaction() as session:
        await signing_keys.lock(session)
        await signing_keys.forget_retired(session, now())
        kept = await signing_keys.in_force(session, now())
        waits = timedelta(0) if at_once else _published(kept)
        _succeed(session, keeping, kept, made, now() + waits)
    return made


async def retire(keeping: Keeping, kid: str) -> bool:
    """Nothing that the key signed is good any more, at once; False where no such key is in force.

    Where it was to sign on, the next one, or a new one, signs from now on.
    """
    made = await _generated(keeping)
    async with keeping.database.transaction() as session:
        await signing_keys.lock(session)
        moment = now()
        kept = {row.kid: row for row in await signing_keys.in_force(session, moment)}
        if kid not in kept:
            return False
        kept.pop(kid).retires_at = moment
        _hurry(session, keeping, list(kept.values()), made, moment)
    return True


def _hurry(
    session: AsyncSession,
    keeping: Keeping,
    kept: Sequence[SigningKey],
    made: KeyPair,
    moment: datetime,
) -> None:
    """Let there be a key that signs from this moment on."""
    heir = rules.heir(kept)
    if heir is None:
        _succeed(session, keeping, kept, made, moment)
    elif rules.signer(kept, moment) is None:
        heir.signs_from = moment


async def reseal(keeping: Keeping, secrets: Vault) -> int:
    """Seal keys, and second factors in their vault, with the first of the keys that are given;
    how many were not. Raises `Unreadable` for what none of them opens.
    """
    return await _reseal_keys(keeping) + await _reseal_second_factors(keeping.database, secrets)


async def _reseal_keys(keeping: Keeping) -> int:
    vault = keeping.vault
    async with keeping.database.transaction() as session:
        await signing_keys.lock(session)
        kept = await signing_keys.in_force(session, now())
        outdated = [row for row in kept if vault.is_outdated(row.private_key)]
        for row in outdated:
            row.private_key = vault.seal(vault.open(row.private_key))
    return len(outdated)


async def _reseal_second_factors(database: Database, vault: Vault) -> int:
    """In batches, so that nobody who signs in waits for all of them."""
    count, last = 0, None
    while True:
        async with database.transaction() as session:
            batch = await signing_keys.lock_second_factors(session, last)
            outdated = [row for row in batch if vault.is_outdated(row.secret)]
            for row in outdated:
                row.secret = vault.seal(vault.open(row.secret))
        if not batch:
            return count
        count, last = count + len(outdated), batch[-1]


async def _generated(keeping: Keeping) -> KeyPair:
    return await asyncio.to_thread(pairs.generate, keeping.algorithm, keeping.vault)


def _succeed(
    session: AsyncSession,
    keeping: Keeping,
    kept: Sequence[SigningKey],
    made: KeyPair,
    signs_from: datetime,
) -> None:
    """Keep the new key, which signs from then on; the others verify what they signed until then."""
    for row in kept:
        if row.retires_at is None:
            row.retires_at = rules.retirement(signs_from, keeping.lifetime)
    session.add(
        SigningKey(
            kid=made.kid,
            algorithm=made.algorithm,
            private_key=made.sealed,
            public_key=made.public_pem,
            signs_from=signs_from,
        )
    )
