"""Guessing: whoever fails too often has to wait, however many attempts they make at once."""

import asyncio
from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from typing import Any
from uuid import uuid4

import pytest
import time_machine
from sqlalchemy import func, select

from db.models import Attempt, Event, Session, now
from domain.events import EventKind
from domain.guessing import FIRST_DELAY, REMEMBERED, Allowed
from jobs import guessing as jobs
from resolvers import guessing
from tests import rows
from tests.registration_targets import an_address
from tests.world import PASSWORD, Person, World, uuid_of

WRONG = "not the password"
CHANGE = """
mutation ($input: ChangePasswordInput!) { changePassword(input: $input) { errors { __typename } } }
"""
LOGIN = """
mutation ($input: LoginInput!) {
  login(input: $input) {
    accessToken
    errors { __typename code path ... on LimitError { retryAfter } }
  }
}
"""


@pytest.fixture
def strict(world: World) -> World:
    """A server where guessing from one address is as limited as at one account."""
    return replace(world, resources=replace(world.resources, allowed=Allowed(5, 5)))


@pytest.fixture(autouse=True)
def clock() -> Iterator[time_machine.Traveller]:
    with time_machine.travel(now() + timedelta(days=uuid4().int % 1_000), tick=True) as traveller:
        yield traveller


def from_address(world: World, ip: str | None = None) -> World:
    """The same server, asked from an address that nobody else has."""
    address = ip or f"2001:db8:{uuid4().hex[:4]}:{uuid4().hex[:4]}::1"

    class There(World):
        async def context(self, by: Person | None = None) -> Any:
            return replace(await super().context(by), ip=address)

    return There(world.resources, world.engine, world.core)


async def login(world: World, email: str, password: str = PASSWORD, **more: Any) -> Any:
    return await world.do(LOGIN, None, email=email, password=password, **more)


async def outcome(world: World, email: str, password: str = PASSWORD, **more: Any) -> str:
    payload = await login(world, email, password, **more)
    return payload["errors"][0]["__typename"] if payload["errors"] else "DONE"


async def outcomes(world: World, email: str, count: int, password: str = WRONG) -> list[str]:
    return [await outcome(world, email, password) for _ in range(count)]


async def sessions_of(world: World, person: Person) -> int:
    statement = select(func.count()).where(Session.user_id == uuid_of(person.id))
    return int(await rows.one(world, statement))


async def test_the_sixth_failure_in_a_row_has_to_wait_and_so_has_the_right_password(
    world: World,
) -> None:
    ada = await world.person()
    assert await outcomes(world, ada.email, 5) == ["ValidationError"] * 5
    payload = await login(world, ada.email)
    [error] = payload["errors"]
    assert payload["accessToken"] is None
    assert (error["__typename"], error["code"]) == ("LimitError", "RATE_LIMITED")
    assert 0 < error["retryAfter"] <= FIRST_DELAY.total_seconds()
    assert await sessions_of(world, ada) == 1


async def test_of_many_guesses_at_once_no_more_are_verified_than_are_free(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    ada = await world.person()
    verified: list[str] = []
    verify = world.resources.passwords._matches

    def count(hashed: str, password: str) -> bool:
        verified.append(password)
        return verify(hashed, password)

    monkeypatch.setattr(world.resources.passwords, "_matches", count)
    came = await asyncio.gather(*(outcome(world, ada.email, WRONG) for _ in range(30)))
    assert (came.count("ValidationError"), came.count("LimitError")) == (5, 25)
    assert len(verified) == 5


@pytest.mark.parametrize("option", [{"dryRun": True}, {"idempotencyKey": "guess"}])
async def test_an_attempt_counts_whatever_becomes_of_the_request(
    world: World, option: dict[str, Any]
) -> None:
    ada = await world.person()
    for n in range(5):
        each = {name: f"{value}{n}" if name != "dryRun" else True for name, value in option.items()}
        assert await outcome(world, ada.email, f"{WRONG} {n}", **each) == "ValidationError"
    assert await outcome(world, ada.email) == "LimitError"


async def test_many_repeatable_guesses_at_once_wait_for_nobody_in_a_circle(world: World) -> None:
    people = [an_address() for _ in range(25)]
    came = await asyncio.gather(
        *(outcome(world, each, WRONG, idempotencyKey=uuid4().hex) for each in people)
    )
    assert set(came) == {"ValidationError"}


async def test_waits_grow_and_end(world: World, clock: time_machine.Traveller) -> None:
    ada = await world.person()
    await outcomes(world, ada.email, 5)
    for delay in (30, 60, 120):
        assert await outcome(world, ada.email, WRONG) == "LimitError"
        clock.shift(delay - 10)
        assert await outcome(world, ada.email, WRONG) == "LimitError"
        clock.shift(11)
        assert await outcome(world, ada.email, WRONG) == "ValidationError"
    clock.shift(300)
    assert await outcome(world, ada.email) == "DONE"
    assert await outcomes(world, ada.email, 5) == ["ValidationError"] * 5


async def test_the_right_password_clears_what_came_before(world: World) -> None:
    ada = await world.person()
    for _ in range(3):
        assert await outcomes(world, ada.email, 4) == ["ValidationError"] * 4
        assert await outcome(world, ada.email) == "DONE"


async def test_a_reset_of_the_password_clears_it_too(strict: World) -> None:
    there = from_address(strict)
    ada = await there.person()
    await outcomes(there, ada.email, 5)
    ctx = await there.context()
    async with ctx.transaction() as work:
        await guessing.clear(ctx, work, ada.email)
    assert await outcome(there, ada.email) == "DONE"


async def test_one_address_may_not_guess_at_many_accounts(strict: World) -> None:
    there = from_address(strict)
    ada = await there.person()
    for _ in range(5):
        assert await outcome(there, an_address(), WRONG) == "ValidationError"
    assert await outcome(there, ada.email) == "LimitError"
    assert await outcome(from_address(strict), ada.email) == "DONE"


async def test_who_is_signed_in_does_not_wait_for_what_others_at_their_address_did(
    strict: World,
) -> None:
    there = from_address(strict)
    ada = await there.person()
    for _ in range(5):
        assert await outcome(there, an_address(), WRONG) == "ValidationError"
    change = CHANGE
    given = {"currentPassword": WRONG, "password": "another fine morning"}
    for _ in range(5):
        payload = await there.do(change, ada, **given)
        assert payload["errors"] == [{"__typename": "ValidationError"}]
    payload = await there.do(change, ada, **given)
    assert payload["errors"] == [{"__typename": "LimitError"}]


async def test_signing_in_to_an_account_of_ones_own_does_not_wash_the_address(
    strict: World,
) -> None:
    there = from_address(strict)
    own = await there.person()
    for _ in range(4):
        assert await outcome(there, an_address(), WRONG) == "ValidationError"
    assert await outcome(there, own.email) == "DONE"
    assert await outcome(there, an_address(), WRONG) == "ValidationError"
    assert await outcome(there, own.email) == "LimitError"


async def test_all_addresses_of_a_network_that_one_client_has_are_one(strict: World) -> None:
    network = f"2001:db8:{uuid4().hex[:4]}:{uuid4().hex[:4]}"
    for n in range(5):
        await outcome(from_address(strict, f"{network}::{n}"), an_address(), WRONG)
    last = from_address(strict, f"{network}:ffff:1:2:3")
    assert await outcome(last, an_address(), WRONG) == "LimitError"


async def test_an_account_is_one_however_its_address_is_typed(world: World) -> None:
    ada = await world.person()
    for typed in (ada.email.upper(), ada.email.title(), f" {ada.email}", ada.email, ada.email):
        await outcome(world, typed, WRONG)
    assert await outcome(world, ada.email) == "LimitError"


async def test_an_account_that_there_is_not_is_slowed_by_the_same_statements(world: World) -> None:
    ada, nobody = await world.person(), an_address()
    told, sent = [], []
    for email in (ada.email, nobody):
        with world.statements() as statements:
            told.append([(await login(world, email, WRONG))["errors"] for _ in range(5)])
        assert await outcome(world, email, WRONG) == "LimitError"
        sent.append(statements.sent)
    assert told[0] == told[1]
    assert sent[0] == sent[1]


async def test_that_somebody_has_to_wait_is_recorded_once(world: World) -> None:
    ada = await world.person()
    await outcomes(world, ada.email, 8)
    statement = select(Event).where(
        Event.kind == EventKind.SIGN_IN_SLOWED, Event.entity_id == uuid_of(ada.id)
    )
    slowed = await rows.one(world, statement)
    assert (slowed.ip, slowed.actor_id, slowed.after) == ("127.0.0.1", None, None)


async def test_what_is_stored_does_not_tell_what_was_tried(world: World) -> None:
    name = uuid4().hex
    await outcome(world, f"{name}@example.com", WRONG)
    assert name not in await rows.whole_database(world)


async def test_old_attempts_are_forgotten(world: World, clock: time_machine.Traveller) -> None:
    await outcome(world, an_address(), WRONG)
    clock.shift(REMEMBERED + timedelta(seconds=1))
    await outcome(world, an_address(), WRONG)
    await jobs.forget(world.resources.own_context("test"))
    old = select(func.count()).where(Attempt.failed_at < now() - REMEMBERED)
    assert await rows.one(world, old) == 0
    left = select(func.count()).select_from(Attempt)
    assert await rows.one(world, left) > 0
