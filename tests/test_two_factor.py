"""Second factors: a password alone no longer signs in, and a code does so once."""

import asyncio
from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
import time_machine
from argon2 import PasswordHasher
from sqlalchemy import select

from adapters.mail import Mail
from auth.two_factor import new_recovery_code, step_of
from db.models import TwoFactor, now
from domain.accounts import UserStatus
from domain.events import EventKind
from domain.permissions import PlatformRole
from domain.two_factor import CHALLENGE_LIFETIME
from tests import rows
from tests.factors import a_challenge, a_factor, a_session, a_token, code_of
from tests.jobs import run_jobs
from tests.record import a_platform_admin
from tests.test_accounts import stored
from tests.world import PASSWORD, Person, World, uuid_of

ERRORS = """errors {
  __typename code path
  ... on TwoFactorRequired { challenge expiresAt }
  ... on LimitError { retryAfter }
}"""
LOGIN = f"""
mutation ($input: LoginInput!) {{ login(input: $input) {{ accessToken user {{ id }} {ERRORS} }} }}
"""
VERIFY = f"""
mutation ($input: VerifyTwoFactorInput!) {{
  verifyTwoFactor(input: $input) {{ accessToken refreshToken user {{ id }} {ERRORS} }}
}}
"""
ENABLE = f"""
mutation ($input: EnableTwoFactorInput!) {{
  enableTwoFactor(input: $input) {{ secret uri {ERRORS} }}
}}
"""
CONFIRM = f"""
mutation ($input: ConfirmTwoFactorInput!) {{
  confirmTwoFactor(input: $input) {{ recoveryCodes {ERRORS} }}
}}
"""
DISABLE = f"""
mutation ($input: DisableTwoFactorInput!) {{
  disableTwoFactor(input: $input) {{ user {{ id }} {ERRORS} }}
}}
"""
REPLACE = f"""
mutation ($input: ReplaceRecoveryCodesInput!) {{
  replaceRecoveryCodes(input: $input) {{ recoveryCodes {ERRORS} }}
}}
"""
STATE = "{ viewer { twoFactor { enabled since recoveryCodesLeft } } }"
OWN = [
    (ENABLE, {"password": PASSWORD}),
    (CONFIRM, {"code": "123456"}),
    (DISABLE, {"password": PASSWORD, "code": "123456"}),
    (REPLACE, {"password": PASSWORD, "code": "123456"}),
]


@pytest.fixture(autouse=True)
def clock() -> Iterator[time_machine.Traveller]:
    """Time stands in the middle of the next step, so that none ends while a test runs, and the key
    that signs is there.
    """
    moment = (int(now().timestamp()) // 30) * 30 + 45
    with time_machine.travel(moment, tick=False) as traveller:
        yield traveller


def kinds(payload: dict[str, Any]) -> list[str]:
    return [error["__typename"] for error in payload["errors"]]


async def challenged(world: World, person: Person) -> str:
    payload = await world.do(LOGIN, None, email=person.email, password=PASSWORD)
    [error] = payload["errors"]
    assert (error["__typename"], payload["accessToken"]) == ("TwoFactorRequired", None)
    return str(error["challenge"])


async def verified(world: World, challenge: str, code: str) -> dict[str, Any]:
    return await world.do(VERIFY, None, challenge=challenge, code=code)


async def factor(world: World, person: Person) -> TwoFactor:
    statement = select(TwoFactor).where(TwoFactor.user_id == uuid_of(person.id))
    row: TwoFactor = await rows.one(world, statement)
    return row


async def test_from_the_password_to_a_session_that_took_a_code(
    world: World, clock: time_machine.Traveller
) -> None:
    ada = await world.person()
    assert (await world.ask(STATE, by=ada))["data"]["viewer"] == {"twoFactor": None}
    begun = await world.done(ENABLE, ada, password=PASSWORD)
    assert begun["uri"].startswith("otpauth://totp/Imprimatur:")
    assert begun["secret"] in begun["uri"]
    state = (await world.ask(STATE, by=ada))["data"]["viewer"]["twoFactor"]
    assert state == {"enabled": False, "since": None, "recoveryCodesLeft": 0}
    assert (await world.done(LOGIN, None, email=ada.email, password=PASSWORD))["accessToken"]
    confirmed = await world.done(CONFIRM, ada, code=code_of(begun["secret"]))
    assert len(set(confirmed["recoveryCodes"])) == 10
    state = (await world.ask(STATE, by=ada))["data"]["viewer"]["twoFactor"]
    assert (state["enabled"], state["recoveryCodesLeft"]) == (True, 10)
    clock.shift(60)
    payload = await verified(world, await challenged(world, ada), code_of(begun["secret"]))
    assert (kinds(payload), payload["user"]) == ([], {"id": ada.id})
    recorded = await rows.events_about(world, uuid_of(ada.id))
    assert EventKind.TWO_FACTOR_ENABLED in recorded
    assert recorded[-1] == EventKind.SESSION_STARTED


async def test_neither_secret_nor_codes_are_stored_in_the_clear(world: World) -> None:
    ada = await world.person()
    begun = await world.done(ENABLE, ada, password=PASSWORD)
    codes = (await world.done(CONFIRM, ada, code=code_of(begun["secret"])))["recoveryCodes"]
    everything = await rows.whole_database(world)
    for secret in (begun["secret"], *codes, *(code.replace("-", "") for code in codes)):
        assert secret not in everything
        assert secret.encode().hex() not in everything


@pytest.mark.parametrize("offset", [-30, 0, 30])
async def test_a_code_of_the_step_before_and_after_is_good_too(world: World, offset: int) -> None:
    ada = await world.person()
    secret = await a_factor(world, ada)
    code = code_of(secret, now() + timedelta(seconds=offset))
    assert kinds(await verified(world, await a_challenge(world, ada), code)) == []


@pytest.mark.parametrize("offset", [-60, 60])
async def test_a_code_of_another_time_is_not(world: World, offset: int) -> None:
    ada = await world.person()
    secret = await a_factor(world, ada)
    code = code_of(secret, now() + timedelta(seconds=offset))
    payload = await verified(world, await a_challenge(world, ada), code)
    assert (kinds(payload), payload["accessToken"]) == (["ValidationError"], None)


async def test_a_code_is_good_once_and_none_before_it_afterwards(world: World) -> None:
    ada = await world.person()
    secret, challenge = await a_factor(world, ada), await a_challenge(world, ada)
    before = code_of(secret, now() - timedelta(seconds=30))
    assert kinds(await verified(world, challenge, code_of(secret))) == []
    assert kinds(await verified(world, challenge, code_of(secret))) == ["ValidationError"]
    assert kinds(await verified(world, challenge, before)) == ["ValidationError"]


async def test_a_recovery_code_is_good_once_however_it_is_typed_and_its_owner_is_told(
    world: World,
) -> None:
    ada, code = await world.person(), new_recovery_code()
    await a_factor(world, ada, codes=[code, new_recovery_code()])
    typed = f" {code.lower().replace('-', ' ')} "
    assert kinds(await verified(world, await challenged(world, ada), typed)) == []
    assert len((await factor(world, ada)).recovery_hashes) == 1
    again = await verified(world, await challenged(world, ada), code)
    assert kinds(again) == ["ValidationError"]
    assert EventKind.RECOVERY_CODE_USED in await rows.events_about(world, uuid_of(ada.id))
    letters: list[Mail] = []

    async def send(mail: Mail) -> None:
        letters.append(mail)

    told = replace(world, resources=replace(world.resources, send=send))
    names = {"two_factor.tell"}
    await run_jobs(told, until=now() + timedelta(hours=1), names=names, about=uuid_of(ada.id))
    [letter] = letters
    assert (letter.to, letter.subject) == (ada.email, "A recovery code was used")


async def test_guesses_at_the_code_wait_like_guesses_at_a_password(world: World) -> None:
    ada = await world.person()
    secret, challenge = await a_factor(world, ada), await a_challenge(world, ada)
    wrong = "000000" if code_of(secret) != "000000" else "000001"
    for _ in range(5):
        assert kinds(await verified(world, challenge, wrong)) == ["ValidationError"]
    assert kinds(await verified(world, challenge, code_of(secret))) == ["LimitError"]
    assert await challenged(world, ada)


async def test_a_challenge_is_over_after_five_minutes(
    world: World, clock: time_machine.Traveller
) -> None:
    ada = await world.person()
    secret, challenge = await a_factor(world, ada), await challenged(world, ada)
    clock.shift(CHALLENGE_LIFETIME)
    payload = await verified(world, challenge, code_of(secret))
    assert payload["errors"][0]["path"] == ["challenge"]


async def test_a_challenge_is_of_no_use_after_a_change_of_the_password(world: World) -> None:
    ada = await world.person()
    secret, challenge = await a_factor(world, ada), await challenged(world, ada)
    changed = await world.resources.passwords.hash("another quiet harbour")
    await rows.change(world, await stored(world, ada), password_hash=changed)
    payload = await verified(world, challenge, code_of(secret))
    assert payload["errors"][0]["path"] == ["challenge"]


async def test_a_challenge_holds_when_the_hash_was_upgraded_with_it(world: World) -> None:
    ada = await world.person()
    old = PasswordHasher(time_cost=2, memory_cost=2_048, parallelism=1).hash(PASSWORD)
    await rows.change(world, await stored(world, ada), password_hash=old)
    secret, challenge = await a_factor(world, ada), await challenged(world, ada)
    assert kinds(await verified(world, challenge, code_of(secret))) == []


@pytest.mark.parametrize("challenge", ["", "x", "é", "A" * 100, "A" * 100_000, "="])
async def test_what_is_no_challenge_is_refused(world: World, challenge: str) -> None:
    payload = await verified(world, challenge, "123456")
    assert [error["path"] for error in payload["errors"]] == [["challenge"]]


async def test_a_suspended_account_is_not_signed_in_by_its_code(world: World) -> None:
    ada = await world.person()
    secret, challenge = await a_factor(world, ada), await a_challenge(world, ada)
    await rows.change(world, await stored(world, ada), status=UserStatus.SUSPENDED)
    answer = await world.ask(VERIFY, {"input": {"challenge": challenge, "code": code_of(secret)}})
    assert answer["errors"][0]["extensions"]["code"] == "UNAUTHENTICATED"


async def test_two_who_use_one_code_at_once_are_not_both_let_in(world: World) -> None:
    ada, code = await world.person(), new_recovery_code()
    await a_factor(world, ada, codes=[code])
    challenge = await a_challenge(world, ada)
    both = await asyncio.gather(*(verified(world, challenge, code) for _ in range(2)))
    came = sorted(str(kinds(each)) for each in both)
    assert came == ["['ValidationError']", "[]"]


async def test_it_is_turned_off_with_password_and_code_only(
    world: World, clock: time_machine.Traveller
) -> None:
    ada = await world.person()
    secret = await a_factor(world, ada)
    for password, code, path in (
        ("not the password", code_of(secret), ["password"]),
        (PASSWORD, "abc", ["code"]),
    ):
        payload = await world.do(DISABLE, ada, password=password, code=code)
        assert [error["path"] for error in payload["errors"]] == [path]
        assert (await factor(world, ada)).confirmed_at is not None
    await world.done(DISABLE, ada, password=PASSWORD, code=code_of(secret))
    assert (await world.done(LOGIN, None, email=ada.email, password=PASSWORD))["accessToken"]
    last = (await rows.events_about(world, uuid_of(ada.id)))[-2]
    assert last == EventKind.TWO_FACTOR_DISABLED


async def test_new_recovery_codes_take_the_place_of_the_old_ones(world: World) -> None:
    ada, old = await world.person(), new_recovery_code()
    secret = await a_factor(world, ada, codes=[old])
    given = {"password": PASSWORD, "code": code_of(secret)}
    [new, *others] = (await world.done(REPLACE, ada, **given))["recoveryCodes"]
    assert len(others) == 9
    challenge = await a_challenge(world, ada)
    assert kinds(await verified(world, challenge, old)) == ["ValidationError"]
    assert kinds(await verified(world, challenge, new)) == []


async def test_what_is_on_cannot_be_begun_and_what_is_off_cannot_be_ended(world: World) -> None:
    ada, eve = await world.person(), await world.person()
    await a_factor(world, ada)
    for person, mutation, given in ((ada, *OWN[0]), *((eve, *own) for own in OWN[1:])):
        assert kinds(await world.do(mutation, person, **given)) == ["ConflictError"]


@pytest.mark.parametrize(("mutation", "given"), OWN)
async def test_only_they_themselves_may_and_a_refusal_changes_nothing(
    world: World, mutation: str, given: dict[str, str]
) -> None:
    ada, root = await world.person(), await a_platform_admin(world)
    await a_factor(world, ada)
    before = (await factor(world, ada)).secret
    _, robot = await a_token(world, ada)
    session = await a_session(world, ada, impersonator_id=uuid_of(root.id))
    token, _ = world.resources.tokens.sign(uuid_of(ada.id), session, now())
    acting = Person(ada.id, ada.email, token, "")
    for caller, code in ((None, "UNAUTHENTICATED"), (robot, "FORBIDDEN"), (acting, "FORBIDDEN")):
        answer = await world.ask(mutation, {"input": given}, by=caller)
        assert answer["errors"][0]["extensions"]["code"] == code
    after = await factor(world, ada)
    assert (after.secret, after.confirmed_at is not None) == (before, True)


async def test_nobody_else_sees_whether_somebody_has_one(world: World) -> None:
    place = await world.organization()
    [admin] = place.members.values()
    await a_factor(world, admin)
    root = await world.person("Root")
    await rows.change(world, await stored(world, root), platform_role=PlatformRole.ADMIN)
    query = "query ($id: ID!) { node(id: $id) { ... on User { twoFactor { enabled } } } }"
    answer = await world.ask(query, {"id": admin.id}, by=root)
    assert answer["data"] == {"node": {"twoFactor": None}}
    assert answer["errors"][0]["extensions"]["code"] == "FORBIDDEN"


def test_codes_are_those_of_the_standard() -> None:
    """RFC 6238, appendix B, with the last six of its eight digits."""
    secret = "GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ"
    with time_machine.travel(59, tick=False):
        assert step_of(secret, "287082", now()) == 1
        assert step_of(secret, "287083", now()) is None
        assert step_of(secret, "\uff12\uff18\uff17\uff10\uff18\uff12", now()) is None
