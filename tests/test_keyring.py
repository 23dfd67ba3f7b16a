"""A process verifies with all keys that are good, and learns of new ones without a restart."""

from datetime import UTC, datetime, timedelta
from uuid import uuid4

import jwt
import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.asymmetric.rsa import generate_private_key

from auth.keyring import AT_MOST_EVERY
from auth.tokens import Tokens
from domain.errors import Unauthenticated
from domain.signing_keys import PUBLISHED, Algorithm
from tests.key_rings import Kept, a_key, tokens, tokens_of
from tests.test_actors import Clock

RSA = generate_private_key(65537, 2048)


def new() -> Ed25519PrivateKey:
    return Ed25519PrivateKey.generate()


def signed(by: Tokens) -> str:
    return by.sign(uuid4(), uuid4(), datetime.now(UTC))[0]


async def is_good(token: str, by: Tokens) -> bool:
    try:
        await by.verify(token)
    except Unauthenticated:
        return False
    return True


async def test_what_any_key_of_the_ring_signed_is_good() -> None:
    one, other = a_key(new(), "one"), a_key(RSA, "other", Algorithm.RS256)
    both = await tokens(one, other)
    for key in (one, other):
        token = signed(await tokens(key))
        assert jwt.get_unverified_header(token) == {
            "alg": key.algorithm,
            "kid": key.kid,
            "typ": "at+jwt",
        }
        assert await is_good(token, both)


async def test_the_algorithm_is_the_key_s_whatever_the_token_says() -> None:
    ours, others = await tokens(a_key(RSA, algorithm=Algorithm.RS256)), new()
    claims = jwt.decode(signed(ours), options={"verify_signature": False})
    headers = {"kid": "ours", "typ": "at+jwt"}
    forgeries = [
        jwt.encode(claims, RSA, "PS256", headers=headers),
        jwt.encode(claims, RSA, "RS512", headers=headers),
        jwt.encode(claims, others, "EdDSA", headers=headers),
    ]
    assert [await is_good(each, ours) for each in forgeries] == [False] * 3
    assert await is_good(jwt.encode(claims, RSA, "RS256", headers=headers), ours)


async def test_a_token_is_for_one_issuer_and_one_audience() -> None:
    kept = Kept([a_key(new())])
    ring = kept.ring()
    await ring.read()
    here = tokens_of(ring, issuer="https://press.example.com", audience="press")
    for other in ({"issuer": "https://press.example.com"}, {"audience": "press"}, {}):
        there = tokens_of(ring, **other)
        assert not await is_good(signed(there), here)
        assert not await is_good(signed(here), there)
    assert await is_good(signed(here), here)


async def test_a_key_that_was_made_elsewhere_is_found_by_the_first_token_it_signed() -> None:
    kept = Kept([a_key(new(), "first")])
    ring = kept.ring(clock := Clock())
    await ring.read()
    kept.append(a_key(new(), "second"))
    clock.now = AT_MOST_EVERY
    assert await is_good(signed(await tokens(kept[1])), tokens_of(ring))
    assert kept.readings == 2


async def test_forgeries_have_the_keys_read_once_a_second_at_most() -> None:
    kept = Kept([a_key(new())])
    ring = kept.ring(clock := Clock())
    await ring.read()
    forged = [signed(await tokens(a_key(new(), f"forged {number}"))) for number in range(5)]
    for seconds, readings in ((0.0, 1), (0.9, 1), (1.0, 2), (1.9, 2), (2.0, 3)):
        clock.now = seconds
        assert [await is_good(each, tokens_of(ring)) for each in forged] == [False] * 5
        assert kept.readings == readings


async def test_what_a_retired_key_signed_is_good_no_longer_though_it_was_checked() -> None:
    kept = Kept([a_key(new(), "first"), a_key(new(), "second")])
    ring = kept.ring()
    await ring.read()
    ours, token = tokens_of(ring), signed(await tokens(kept[0]))
    assert await is_good(token, ours)
    del kept[0]
    await ring.read()
    assert not await is_good(token, ours)
    assert list(ours._good) == []


async def test_a_key_is_published_before_it_signs_and_never_when_it_is_retired() -> None:
    now = datetime.now(UTC)
    ring = Kept(
        [
            a_key(new(), "retired", retires_at=now - timedelta(seconds=1)),
            a_key(RSA, "last", Algorithm.RS256, retires_at=now + timedelta(hours=1)),
            a_key(new(), "next", signs_from=now + PUBLISHED),
        ]
    ).ring()
    await ring.read()
    published = ring.published()["keys"]
    assert [key["kid"] for key in published] == ["last", "next"]
    assert [set(key) for key in published] == [
        {"kty", "n", "e", "kid", "alg", "use"},
        {"kty", "crv", "x", "kid", "alg", "use"},
    ]
    assert [key["alg"] for key in published] == ["RS256", "EdDSA"]
    assert jwt.get_unverified_header(signed(tokens_of(ring)))["kid"] == "last"


async def test_without_a_key_nothing_is_signed() -> None:
    with pytest.raises(LookupError):
        signed(await tokens())
