"""Signing keys are kept sealed in the database, and are changed while processes serve."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import uuid4

import jwt
import pytest
import time_machine
from sqlalchemy import select, update

from auth.keyring import Keyring
from auth.sealing import Unreadable, Vault
from db.database import Database
from db.models import SigningKey, TwoFactor, User, now
from domain.signing_keys import HANDOVER, PUBLISHED, Algorithm
from resolvers.signing_keys import Keeping, ensure, every, reseal, retire, rotate
from server.app import create_app
from server.errors import OperatorError
from server.keys import Keys
from server.settings import Settings
from server.signing_keys import keyring
from server.wiring import open_services
from tests.engines import Engines, migrated_database
from tests.http_client import http_client
from tests.key_rings import LIFETIME, tokens_of
from tests.live_server import LiveServer, live_server
from tests.test_keyring import is_good, signed

FORMER, CURRENT = "f" * 32, "c" * 32
PURPOSE = "signing keys"


@pytest.fixture
async def keeping(engines: Engines) -> AsyncIterator[Keeping]:
    """An installation that has never been started."""
    async with migrated_database(engines) as url:
        database = Database(url)
        yield Keeping(database, Vault([CURRENT], PURPOSE), Algorithm.EDDSA, LIFETIME)
        await database.close()


async def process(keeping: Keeping) -> Keyring:
    """The keys of a process that has just started."""
    await ensure(keeping)
    ring = keeping.keyring()
    await ring.read()
    return ring


async def test_processes_that_start_at_once_agree_on_one_key(keeping: Keeping) -> None:
    rings = await asyncio.gather(*(process(keeping) for _ in range(4)))
    [key] = await every(keeping)
    for one in rings:
        assert one.signer()[0].kid == key.kid
        for other in rings:
            assert await is_good(signed(tokens_of(one)), tokens_of(other))


async def test_the_private_key_is_kept_sealed(keeping: Keeping) -> None:
    await process(keeping)
    [kept] = await every(keeping)
    with pytest.raises(Unreadable):
        Vault([FORMER], PURPOSE).open(kept.private_key)
    with pytest.raises(Unreadable):
        Vault([CURRENT], "vault").open(kept.private_key)
    assert Vault([CURRENT], PURPOSE).open(kept.private_key)


async def test_a_rotation_signs_nobody_out_on_any_process(keeping: Keeping) -> None:
    here, there = await process(keeping), await process(keeping)
    before = signed(tokens_of(here))
    made = await rotate(keeping, at_once=False)
    await here.read()
    assert here.signer()[0].kid != made.kid
    assert made.kid in {key["kid"] for key in here.published()["keys"]}
    with time_machine.travel(datetime.now(UTC) + PUBLISHED + timedelta(seconds=1), tick=False):
        assert here.signer()[0].kid == made.kid
        late = signed(tokens_of(there))  # it has not heard of the rotation
        after = signed(tokens_of(here))
        there.clock = lambda: float("inf")
        for token in (before, late, after):
            assert await is_good(token, tokens_of(here))
            assert await is_good(token, tokens_of(there))


async def test_the_former_key_ends_after_the_last_token_it_signed(keeping: Keeping) -> None:
    ring = await process(keeping)
    first = ring.signer()[0].kid
    await rotate(keeping, at_once=True)
    await ring.read()
    with time_machine.travel(datetime.now(UTC) + LIFETIME, tick=False) as clock:
        assert ring.verifier(first) is not None
        clock.shift(HANDOVER + timedelta(seconds=1))
        assert ring.verifier(first) is None


async def test_a_retired_key_is_good_for_nothing_and_the_next_one_signs(keeping: Keeping) -> None:
    ring = await process(keeping)
    stolen = ring.signer()[0].kid
    token = signed(tokens_of(ring))
    made = await rotate(keeping, at_once=False)
    assert await retire(keeping, stolen)
    await ring.read()
    assert not await is_good(token, tokens_of(ring))
    assert ring.signer()[0].kid == made.kid
    assert {key["kid"] for key in ring.published()["keys"]} == {made.kid}


async def test_the_only_key_is_retired_in_favour_of_a_new_one(keeping: Keeping) -> None:
    ring = await process(keeping)
    assert await retire(keeping, ring.signer()[0].kid)
    await ring.read()
    assert await is_good(signed(tokens_of(ring)), tokens_of(await process(keeping)))


async def test_a_key_that_is_not_in_force_is_not_retired(keeping: Keeping) -> None:
    await process(keeping)
    before = [(key.kid, key.retires_at) for key in await every(keeping)]
    assert not await retire(keeping, "unknown")
    assert [(key.kid, key.retires_at) for key in await every(keeping)] == before


async def test_another_algorithm_is_a_rotation(keeping: Keeping) -> None:
    ring = await process(keeping)
    token = signed(tokens_of(ring))
    changed = replace(keeping, algorithm=Algorithm.RS256)
    await asyncio.gather(process(changed), process(changed))
    ring = await process(changed)
    assert [key.algorithm for key in await every(keeping)] == ["EdDSA", "RS256"]
    with time_machine.travel(datetime.now(UTC) + PUBLISHED + timedelta(seconds=1), tick=False):
        assert await is_good(token, tokens_of(ring))
        newest = signed(tokens_of(ring))
        assert jwt.get_unverified_header(newest)["alg"] == "RS256"
        assert await is_good(newest, tokens_of(ring))


async def test_long_retired_keys_are_deleted_by_the_next_rotation(keeping: Keeping) -> None:
    await process(keeping)
    await rotate(keeping, at_once=True)
    async with keeping.database.transaction() as session:
        long_ago = now() - timedelta(days=31)
        past = update(SigningKey).where(SigningKey.retires_at.is_not(None))
        await session.execute(past.values(retires_at=long_ago))
    await rotate(keeping, at_once=True)
    assert len(await every(keeping)) == 2


def secrets(*encryption_keys: str) -> Keys:
    return Keys(secret_key=CURRENT, evidence_private_key="", encryption_keys=encryption_keys)


async def test_keys_that_another_secret_sealed_are_told_at_the_start(keeping: Keeping) -> None:
    await process(keeping)
    with pytest.raises(OperatorError, match=r"cannot be opened.*ENCRYPTION_KEYS"):
        await keyring(Settings(), secrets(FORMER), keeping.database)
    assert len(await every(keeping)) == 1
    ring = await keyring(Settings(), secrets(FORMER, CURRENT), keeping.database)
    assert await is_good(signed(tokens_of(ring)), tokens_of(await process(keeping)))


async def second_factor(keeping: Keeping, secret: bytes) -> None:
    async with keeping.database.transaction() as session:
        name = {"first_name": "Ada", "last_name": "Byron", "password_hash": None}
        user = User(id=uuid4(), email=f"{uuid4()}@example.com", **name)
        session.add(user)
        await session.flush()
        session.add(TwoFactor(user_id=user.id, secret=secret, confirmed_at=now()))


async def test_what_a_former_key_sealed_is_sealed_again_with_the_first(keeping: Keeping) -> None:
    former = replace(keeping, vault=Vault([FORMER], PURPOSE))
    await process(former)
    await second_factor(keeping, Vault([FORMER], "vault").seal(b"a former secret"))
    await second_factor(keeping, Vault([CURRENT], "vault").seal(b"a current secret"))
    both = replace(keeping, vault=Vault([CURRENT, FORMER], PURPOSE))
    vault = Vault([CURRENT, FORMER], "vault")
    assert [await reseal(both, vault), await reseal(both, vault)] == [2, 0]
    ring = await process(keeping)
    assert await is_good(signed(tokens_of(ring)), tokens_of(await process(former)))
    async with keeping.database.read() as session:
        sealed = (await session.scalars(select(TwoFactor.secret))).all()
    opened = {Vault([CURRENT], "vault").open(each) for each in sealed}
    assert opened == {b"a former secret", b"a current secret"}


@asynccontextmanager
async def served(engines: Engines, settings: Settings, **changed: Any) -> AsyncIterator[LiveServer]:
    """A server on a database of its own."""
    async with migrated_database(engines) as url:
        own = settings.model_copy(update={"database_url": url, **changed})
        with live_server(create_app(own, open_services), own) as server:
            yield server


@pytest.mark.parametrize("algorithm", Algorithm)
async def test_others_verify_our_tokens_by_the_published_keys(
    engines: Engines, settings: Settings, algorithm: Algorithm
) -> None:
    changed = {"jwt_algorithm": algorithm, "jwt_issuer": "https://press", "jwt_audience": "api"}
    async with served(engines, settings, **changed) as server, http_client(server) as client:
        token = (await client.newcomer()).access_token
        answer = await client.http.get("/.well-known/jwks.json")
        found = jwt.PyJWKClient(str(answer.url)).get_signing_key_from_jwt
        key = await asyncio.to_thread(found, token)
    assert answer.headers["Cache-Control"] == "public, max-age=300"
    assert [each["alg"] for each in answer.json()["keys"]] == [algorithm]
    assert "d" not in answer.json()["keys"][0]
    claims = jwt.decode(token, key, [algorithm], issuer="https://press", audience="api")
    assert claims["exp"] - claims["iat"] == 15 * 60
    assert {"sub", "sid", "jti"} <= claims.keys()
