"""Accounts: opening them, signing in to them, and what is kept of them."""

import asyncio
from typing import Any
from uuid import uuid4

import pytest
from argon2 import PasswordHasher
from sqlalchemy import func, select

from db.models import Confirmation, Session, User
from domain.accounts import UserStatus
from domain.events import EventKind
from tests import rows
from tests.registration_targets import an_address
from tests.rows import abbreviated
from tests.world import PASSWORD, REGISTER, Person, World, uuid_of

LOGIN = """
mutation ($input: LoginInput!) {
  login(input: $input) {
    user {
      id email locale lastLoginAt
      memberships { nodes { organization { slug } role { name } } }
    }
    accessToken accessTokenExpiresAt refreshToken refreshTokenExpiresAt
    errors { __typename code message path }
  }
}
"""
VIEWER = "{ viewer { id email name { full } } }"


def a_form(**given: str) -> dict[str, str]:
    """What a client sends to register."""
    filled = {"password": PASSWORD, "firstName": "Ada", "lastName": "Byron"}
    return {"email": an_address(), **filled, **given}


async def register(world: World, **given: str) -> dict[str, Any]:
    return await world.do(REGISTER, None, **a_form(**given))


async def login(world: World, email: str, password: str = PASSWORD) -> dict[str, Any]:
    return await world.ask(LOGIN, {"input": {"email": email, "password": password}})


async def stored(world: World, person: Person) -> User:
    user: User = await rows.one(world, select(User).where(User.id == uuid_of(person.id)))
    return user


async def test_who_is_signed_in_is_the_viewer(world: World) -> None:
    ada = await world.person("Ada")
    answer = await world.ask(VIEWER, by=ada)
    assert answer["data"]["viewer"] == {
        "id": ada.id,
        "email": ada.email,
        "name": {"full": "Ada Byron"},
    }


async def test_nobody_is_no_viewer(world: World) -> None:
    assert await world.ask(VIEWER) == {"data": {"viewer": None}}


async def test_an_address_is_kept_in_its_normal_form(world: World) -> None:
    name = uuid4().hex
    await register(world, email=f"  Ada.{name}@EXAMPLE.Com ")
    kept = select(Confirmation.email).where(Confirmation.email.contains(name))
    assert await rows.one(world, kept) == f"Ada.{name}@example.com"


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("password", "too short"),
        ("password", "x" * 1_001),
        ("password", "my name is adamant"),
        ("password", "Password2026!"),
        ("password", "nul\0 in the middle"),
        ("email", ""),
        ("email", "nobody"),
        ("email", "two@at@example.com"),
        ("email", "spaces in@example.com"),
        ("email", "line\nbreak@example.com"),
        ("email", "nul\0@example.com"),
        ("email", "ada@localhost..example.com"),
        ("email", f"{'a' * 65}@example.com"),
        ("email", f"ada@{'example' * 50}.com"),
        ("email", "a" * 100_000),
        ("firstName", ""),
        ("firstName", " \t "),
        ("firstName", "x" * 201),
        ("lastName", "bell\a"),
        ("lastName", "new\nline"),
        ("lastName", "nul\0"),
    ],
    ids=abbreviated,
)
async def test_a_form_that_breaks_a_rule_is_refused_at_its_place(
    world: World, field: str, value: str
) -> None:
    given = {"email": " adamant@example.com", field: value}
    payload = await register(world, **given)
    assert payload["accepted"] is None
    told = {(error["__typename"], *error["path"]) for error in payload["errors"]}
    assert told == {("ValidationError", field)}
    assert all(len(error["message"]) < 300 for error in payload["errors"])


async def test_everything_that_is_wrong_is_told_at_once(world: World) -> None:
    payload = await register(world, email="nobody", password="short", firstName="", lastName="\a")
    assert [error["path"] for error in payload["errors"]] == [
        ["email"],
        ["firstName"],
        ["lastName"],
        ["password"],
    ]


async def test_a_password_is_good_however_it_is_typed(world: World) -> None:
    ada = await world.person()
    hashed = await world.resources.passwords.hash("größer als gestern")
    await rows.change(world, await stored(world, ada), password_hash=hashed)
    for typed in ("größer als gestern", "gro\u0308ßer als gestern"):
        assert (await login(world, ada.email, typed))["data"]["login"]["errors"] == []


async def test_secrets_are_stored_hashed_only(world: World) -> None:
    password = f"secret {uuid4()}"
    await register(world, password=password)
    ada = await world.person()
    everything = await rows.whole_database(world)
    token = ada.refresh_token
    for secret in (password, ada.access_token, token, token.partition(".")[2]):
        assert secret not in everything
        assert secret.encode().hex() not in everything
    assert "$argon2id$" in everything


async def test_logging_in_starts_another_session(world: World) -> None:
    ada = await world.person()
    answer = await login(world, ada.email)
    assert answer["data"]["login"]["errors"] == []
    sessions = select(func.count()).where(Session.user_id == uuid_of(ada.id))
    assert await rows.one(world, sessions) == 2
    assert (await rows.events_about(world, uuid_of(ada.id)))[-1] == EventKind.SESSION_STARTED


@pytest.mark.parametrize("name", ["ada", "élodie", "Ελένη", "łukasz"])
async def test_the_address_signs_in_however_it_is_typed(world: World, name: str) -> None:
    address = an_address(name)
    await world.person(email=address)
    for typed in (address, address.upper(), f" {address} "):
        answer = await login(world, typed)
        assert answer["data"]["login"]["user"]["email"] == address


async def test_who_signs_in_sees_their_own_account_in_the_answer(world: World) -> None:
    place = await world.organization()
    [admin] = place.members.values()
    answer = await login(world, admin.email)
    assert "errors" not in answer
    user = answer["data"]["login"]["user"]
    assert user["locale"] == "en"
    assert user["lastLoginAt"] is not None
    [membership] = user["memberships"]["nodes"]
    assert membership == {"organization": {"slug": place.slug}, "role": {"name": "ADMIN"}}


async def test_a_wrong_password_and_an_unknown_account_get_the_same_answer(world: World) -> None:
    ada = await world.person()
    wrong = await login(world, ada.email, "not the password")
    unknown = await login(world, an_address(), "not the password")
    malformed = await login(world, "nobody at all", "not the password")
    assert wrong == unknown == malformed
    assert wrong["data"]["login"]["accessToken"] is None
    [error] = wrong["data"]["login"]["errors"]
    assert error["__typename"] == "ValidationError"


async def test_a_suspended_account_is_told_so_only_to_who_knows_its_password(world: World) -> None:
    ada = await world.person()
    await rows.change(world, await stored(world, ada), status=UserStatus.SUSPENDED)
    right = await login(world, ada.email)
    assert right["data"]["login"] is None if right["data"] else True
    assert [error["extensions"]["code"] for error in right["errors"]] == ["UNAUTHENTICATED"]
    wrong = await login(world, ada.email, "not the password")
    assert wrong == await login(world, an_address(), "not the password")


async def test_a_suspended_account_loses_its_sessions_at_once(world: World) -> None:
    ada = await world.person()
    await rows.change(world, await stored(world, ada), status=UserStatus.SUSPENDED)
    with pytest.raises(Exception, match="session has ended"):
        await world.context(ada)


async def test_a_hash_made_with_other_parameters_is_upgraded_at_login(world: World) -> None:
    ada = await world.person()
    before = PasswordHasher(time_cost=2, memory_cost=2_048, parallelism=1).hash(PASSWORD)
    await rows.change(world, await stored(world, ada), password_hash=before)
    assert world.resources.passwords.is_outdated(before)
    wrong = await login(world, ada.email, "not the password")
    assert wrong["data"]["login"]["errors"]
    assert (await stored(world, ada)).password_hash == before
    await login(world, ada.email)
    after = (await stored(world, ada)).password_hash
    assert after is not None
    assert not world.resources.passwords.is_outdated(after)
    assert (await login(world, ada.email))["data"]["login"]["errors"] == []
    assert (await stored(world, ada)).password_hash == after


async def test_all_who_sign_in_at_once_come_in_although_the_first_upgrades_the_hash(
    world: World,
) -> None:
    ada = await world.person()
    before = PasswordHasher(time_cost=2, memory_cost=2_048, parallelism=1).hash(PASSWORD)
    await rows.change(world, await stored(world, ada), password_hash=before)
    answers = await asyncio.gather(*(login(world, ada.email) for _ in range(4)))
    assert [answer["data"]["login"]["errors"] for answer in answers] == [[]] * 4
