"""The keys that sign access tokens: how a process gets them, and what operators do about them."""

from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from datetime import timedelta

from rich.table import Table

from auth.keyring import Keyring
from auth.sealing import Unreadable, Vault
from auth.signing_keys import KeyPair
from db.database import Database
from db.models import SigningKey, now
from domain import signing_keys as rules
from resolvers import signing_keys
from resolvers.signing_keys import Keeping
from server.errors import OperatorError
from server.keys import Keys, load_or_create
from server.settings import Settings

UNOPENED = "Give the former key again, in ENCRYPTION_KEYS, behind the one that is to seal"


def keeping(settings: Settings, secrets: Keys, database: Database) -> Keeping:
    """Where the keys are kept, and how, as the settings say."""
    return Keeping(
        database,
        Vault(secrets.encryption_keys, "signing keys"),
        settings.jwt_algorithm,
        timedelta(minutes=settings.access_token_minutes),
    )


async def keyring(settings: Settings, secrets: Keys, database: Database) -> Keyring:
    """The keys, of which one can sign: at the very first start one is made.

    Raises OperatorError where they were sealed with a key that is not given.
    """
    kept = keeping(settings, secrets, database)
    await signing_keys.ensure(kept)
    ring = kept.keyring()
    await ring.read()
    check(ring)
    return ring


def check(ring: Keyring) -> str:
    """The name of the key that signs; OperatorError where none can be opened."""
    try:
        return ring.signer()[0].kid
    except LookupError:
        raise OperatorError(
            "The keys that sign access tokens cannot be opened: another key has sealed them",
            f"{UNOPENED}, or run `imprimatur keys rotate --now`",
        ) from None


async def listed(settings: Settings) -> Table:
    """All keys as a table to print, the oldest first."""
    async with _kept(settings) as kept:
        rows = await signing_keys.every(kept)
    table = Table(box=None)
    table.add_column("key", no_wrap=True, min_width=max((len(row.kid) for row in rows), default=0))
    for heading in ("algorithm", "status", "signs from", "verifies until"):
        table.add_column(heading)
    for row in rows:
        until = "" if row.retires_at is None else _shown(row.retires_at)
        table.add_row(row.kid, row.algorithm, _status(row, rows), _shown(row.signs_from), until)
    return table


async def rotate(settings: Settings, *, at_once: bool) -> KeyPair:
    """The new key that takes over."""
    async with _kept(settings) as kept:
        return await signing_keys.rotate(kept, at_once=at_once)


async def retire(settings: Settings, kid: str) -> None:
    """The key verifies nothing any more; OperatorError where there is none such in force."""
    async with _kept(settings) as kept:
        if not await signing_keys.retire(kept, kid):
            raise OperatorError(
                f"No key {kid} is in force", "Find its name with `imprimatur keys list`"
            )


async def reseal(settings: Settings) -> int:
    """How many things are sealed with the first key from here on, and were not."""
    secrets = Vault(load_or_create(settings).encryption_keys, "vault")
    async with _kept(settings) as kept:
        try:
            return await signing_keys.reseal(kept, secrets)
        except Unreadable:
            raise OperatorError(
                "Something was sealed with a key that is not given", UNOPENED
            ) from None


async def examined(settings: Settings) -> str:
    """Which key signs; OperatorError where it cannot."""
    async with _kept(settings) as kept:
        ring = kept.keyring()
        await ring.read()
    if not ring.times():
        return "none yet: the first process that starts makes one"
    more = len(ring.times()) - 1
    return f"{check(ring)} signs" + (f", {more} more in force" if more else "")


def _status(row: SigningKey, rows: Sequence[SigningKey]) -> str:
    moment = now()
    if not rules.verifies(row, moment):
        return "retired"
    if row is rules.signer(rows, moment):
        return "signs"
    return "waits" if row.signs_from > moment else "verifies"


def _shown(moment: object) -> str:
    return f"{moment:%Y-%m-%d %H:%M:%S}"


@asynccontextmanager
async def _kept(settings: Settings) -> AsyncIterator[Keeping]:
    database = Database(settings.database_url or "", pool_size=1)
    try:
        yield keeping(settings, load_or_create(settings), database)
    finally:
        await database.close()
