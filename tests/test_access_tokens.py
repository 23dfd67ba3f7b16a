"""Access tokens: only what we signed, for us, in time and in full lets anybody in."""

import asyncio
import json
from base64 import urlsafe_b64decode, urlsafe_b64encode
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import uuid4

import jwt
import pytest
import time_machine
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from auth import tokens
from auth.tokens import AccessToken
from domain.errors import Unauthenticated
from tests.key_rings import LIFETIME, a_key
from tests.key_rings import tokens as tokens_with

NOW = datetime.now(UTC).replace(microsecond=0)
USER, SESSION = uuid4(), uuid4()
KEY = Ed25519PrivateKey.generate()
OTHER_KEY = Ed25519PrivateKey.generate()

Forge = Callable[[dict[str, Any], dict[str, Any]], str]


TOKENS = asyncio.run(tokens_with(a_key(KEY)))
THEIRS = asyncio.run(tokens_with(a_key(OTHER_KEY, "theirs")))
TOKEN, EXPIRES_AT = TOKENS.sign(USER, SESSION, NOW)
HEADER = jwt.get_unverified_header(TOKEN)
CLAIMS: dict[str, Any] = jwt.decode(TOKEN, options={"verify_signature": False})
PUBLIC_RAW = KEY.public_key().public_bytes(Encoding.Raw, PublicFormat.Raw)


def signed(header: dict[str, Any], claims: Any, key: Ed25519PrivateKey = KEY) -> str:
    """A token with exactly this header and these claims, whatever they are."""
    said = b".".join(encoded(json.dumps(part).encode()) for part in (header, claims))
    return (said + b"." + encoded(key.sign(said))).decode()


def encoded(raw: bytes) -> bytes:
    return urlsafe_b64encode(raw).rstrip(b"=")


def without(claim: str) -> str:
    return signed(HEADER, {name: value for name, value in CLAIMS.items() if name != claim})


def with_claims(**claims: Any) -> str:
    return signed(HEADER, {**CLAIMS, **claims})


def with_header(**header: Any) -> str:
    return signed({**HEADER, **header}, CLAIMS)


def unsigned(algorithm: str) -> str:
    said = [encoded(json.dumps(part).encode()) for part in ({**HEADER, "alg": algorithm}, CLAIMS)]
    return (b".".join(said) + b".").decode()


def by_secret(secret: bytes) -> str:
    """Signed with HMAC, the public key as its secret: what a careless verifier takes."""
    headers = {"kid": HEADER["kid"], "typ": "at+jwt"}
    algorithm = jwt.algorithms.HMACAlgorithm(jwt.algorithms.HMACAlgorithm.SHA256)
    said = b".".join(
        encoded(json.dumps(part).encode()) for part in ({"alg": "HS256", **headers}, CLAIMS)
    )
    return (said + b"." + encoded(algorithm.sign(said, secret))).decode()


def tampered() -> str:
    head, _, signature = TOKEN.split(".")
    claims = json.dumps({**CLAIMS, "sub": str(uuid4())}).encode()
    return ".".join((head, encoded(claims).decode(), signature))


def nested(depth: int) -> str:
    """A header that is deeper than a parser's stack."""
    head = encoded(b'{"a":' + b"[" * depth + b"]" * depth + b"}").decode()
    return ".".join((head, *TOKEN.split(".")[1:]))


BAD = {
    "expired": TOKENS.sign(USER, SESSION, NOW - LIFETIME - timedelta(seconds=1))[0],
    "another key": signed(HEADER, CLAIMS, OTHER_KEY),
    "another key and its kid": THEIRS.sign(USER, SESSION, NOW)[0],
    "no kid": signed({"alg": "EdDSA", "typ": "at+jwt"}, CLAIMS),
    "typ of any JWT": with_header(typ="JWT"),
    "no typ": signed({"alg": "EdDSA", "kid": HEADER["kid"]}, CLAIMS),
    "foreign kid": with_header(kid="somebody-else"),
    "kid of another type": with_header(kid=[HEADER["kid"]]),
    "alg none": unsigned("none"),
    "alg NONE": unsigned("NoNe"),
    "alg missing": signed({"kid": HEADER["kid"], "typ": "at+jwt"}, CLAIMS),
    "alg of another type": with_header(alg=["EdDSA"]),
    "HS256 by the raw public key": by_secret(PUBLIC_RAW),
    "HS256 by the public key in PEM": by_secret(
        KEY.public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)
    ),
    "unencoded payload": with_header(b64=False, crit=["b64"]),
    "unknown critical header": with_header(crit=["surprise"]),
    "key in the header": with_header(jwk={"kty": "OKP", "crv": "Ed25519", "x": "AA"}, kid="x"),
    "wrong issuer": with_claims(iss="somebody"),
    "wrong audience": with_claims(aud="somebody"),
    "not yet valid": with_claims(nbf=int(NOW.timestamp()) + 3_600),
    **{f"without {claim}": without(claim) for claim in CLAIMS},
    "no user": with_claims(sub="nobody"),
    "user of another type": with_claims(sub=17),
    "no session": with_claims(sid="none"),
    "session of another type": with_claims(sid=None),
    "expiry as text": with_claims(exp="tomorrow"),
    "infinite expiry": with_claims(exp=float("inf")),
    "claims are a list": signed(HEADER, [CLAIMS]),
    "claims are text": signed(HEADER, "claims"),
    "tampered": tampered(),
    "cut off": TOKEN[:-10],
    "without signature": TOKEN.rpartition(".")[0] + ".",
    "empty": "",
    "dots": "..",
    "many dots": "." * 1_000,
    "not base64": "!.!.!",
    "not ASCII": "ключ.ключ.ключ",
    "lone surrogate": "\ud800.\ud800.\ud800",
    "NUL": "\0.\0.\0",
    "100 kB of garbage": "x" * 100_000,
    "100 kB of claims": with_claims(sub="x" * 100_000),
    "deep header": nested(30_000),
    "a number": "1",
}


async def test_what_we_signed_says_who_and_until_when() -> None:
    assert await TOKENS.verify(TOKEN) == AccessToken(USER, SESSION, EXPIRES_AT)  # type: ignore[arg-type] # plain ids
    assert EXPIRES_AT == NOW + LIFETIME


async def test_a_token_from_a_machine_whose_clock_is_ahead_is_good_at_once() -> None:
    ahead, _ = TOKENS.sign(USER, SESSION, NOW + timedelta(seconds=5))
    assert (await TOKENS.verify(ahead)).session_id == SESSION


async def test_the_forgeries_start_from_a_token_that_is_good() -> None:
    assert await TOKENS.verify(signed(HEADER, CLAIMS)) == await TOKENS.verify(TOKEN)
    assert await TOKENS.verify(with_claims(more="claims")) == await TOKENS.verify(TOKEN)


@pytest.mark.parametrize("token", BAD.values(), ids=BAD.keys())
async def test_no_other_token_lets_anybody_in(token: str) -> None:
    with pytest.raises(Unauthenticated):
        await TOKENS.verify(token)


async def test_a_token_that_was_good_is_refused_from_the_second_that_it_expires() -> None:
    with time_machine.travel(EXPIRES_AT - timedelta(seconds=1), tick=False) as clock:
        assert await TOKENS.verify(TOKEN) == await TOKENS.verify(TOKEN)
        clock.move_to(EXPIRES_AT)
        for _ in range(2):
            with pytest.raises(Unauthenticated, match="has expired"):
                await TOKENS.verify(TOKEN)


async def test_a_token_that_was_good_lets_nobody_in_who_changes_it() -> None:
    ours, theirs = TOKENS, THEIRS
    token, _ = theirs.sign(USER, SESSION, NOW)
    for _ in range(2):
        assert (await ours.verify(TOKEN)).user_id == (await theirs.verify(token)).user_id == USER
        for tokens_, forged in ((ours, token), (theirs, TOKEN), (ours, tampered())):
            with pytest.raises(Unauthenticated, match="not valid"):
                await tokens_.verify(forged)


async def test_only_good_tokens_are_remembered_and_few_and_short_ones(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(tokens, "REMEMBERED", 3)
    ours = await tokens_with(a_key(KEY))
    for bad in BAD.values():
        with pytest.raises(Unauthenticated):
            await ours.verify(bad)
    long = with_claims(more="x" * tokens.LONGEST_REMEMBERED)
    assert await ours.verify(long) == await ours.verify(long)
    assert list(ours._good) == []
    many = [ours.sign(USER, SESSION, NOW)[0] for _ in range(5)]
    for token in (*many, many[2]):
        assert (await ours.verify(token)).session_id == SESSION
    assert list(ours._good) == [many[3], many[4], many[2]]


def test_a_token_says_nothing_of_the_account_but_its_id() -> None:
    claims = json.loads(urlsafe_b64decode(TOKEN.split(".")[1] + "=="))
    assert set(claims) == {"iss", "aud", "sub", "sid", "jti", "iat", "exp"}


def test_tokens_of_the_same_moment_differ() -> None:
    assert TOKENS.sign(USER, SESSION, NOW)[0] != TOKEN
