"""Addresses: another one counts once it is confirmed, and nobody learns whose it is."""

from datetime import timedelta

import pytest
import time_machine

from db.models import now
from domain.accounts import UserStatus
from domain.confirmations import LIFETIMES, Purpose
from domain.events import EventKind
from server.settings import Settings
from tests import rows
from tests.mailbox import Mailbox
from tests.mailed import CHANGE_EMAIL, RESET, is_unusable, sent, token_to
from tests.registration_targets import NEW_PASSWORD, a_token, an_address
from tests.test_accounts import login, stored
from tests.world import PASSWORD, VERIFY_EMAIL, Person, World, uuid_of

CONFIRM, TAKEN = "Confirm your address", "You already have an account"


@pytest.fixture
def mailbox(settings: Settings) -> Mailbox:
    return Mailbox(settings.data_dir / "mail")


async def asked(world: World, mailbox: Mailbox, person: Person, email: str) -> str:
    """The token that was mailed to the new address."""
    await world.done(CHANGE_EMAIL, person, email=email, password=PASSWORD)
    return await token_to(world, mailbox, email)


async def test_another_address_counts_once_it_is_confirmed_and_the_old_one_is_told(
    world: World, mailbox: Mailbox
) -> None:
    ada, email = await world.person(), an_address("countess")
    token = await asked(world, mailbox, ada, email)
    assert (await stored(world, ada)).email == ada.email
    assert (await world.done(VERIFY_EMAIL, None, token=token))["email"] == email
    assert (await stored(world, ada)).email == email
    await sent(world)
    [told] = mailbox.texts(ada.email)
    assert email in told
    assert (await login(world, ada.email))["data"]["login"]["errors"]
    assert (await login(world, email))["data"]["login"]["errors"] == []
    kinds = await rows.events_about(world, uuid_of(ada.id))
    assert kinds[2:4] == [EventKind.EMAIL_CHANGE_REQUESTED, EventKind.EMAIL_CHANGED]


async def test_the_answer_and_the_statements_are_the_same_for_an_address_that_is_taken(
    world: World, mailbox: Mailbox
) -> None:
    ada, ben = await world.person(), await world.person("Ben")
    answers, statements = [], []
    for email in (an_address(), ben.email):
        with world.statements() as collected:
            answers.append(await world.do(CHANGE_EMAIL, ada, email=email, password=PASSWORD))
        statements.append(collected.sent)
    assert answers == [{"accepted": True, "errors": []}] * 2
    assert statements[0] == statements[1] != []
    await sent(world)
    assert mailbox.subjects(ben.email) == [TAKEN]


async def test_an_address_that_somebody_else_got_meanwhile_stays_theirs(
    world: World, mailbox: Mailbox
) -> None:
    ada, email = await world.person(), an_address()
    token = await asked(world, mailbox, ada, email)
    await world.person("Ben", email=email.upper())
    assert is_unusable(await world.do(VERIFY_EMAIL, None, token=token))
    assert (await stored(world, ada)).email == ada.email


async def test_what_was_asked_for_before_is_void(world: World, mailbox: Mailbox) -> None:
    ada = await world.person()
    first = await asked(world, mailbox, ada, an_address())
    second = await asked(world, mailbox, ada, an_address())
    assert is_unusable(await world.do(VERIFY_EMAIL, None, token=first))
    assert (await stored(world, ada)).email == ada.email
    assert (await world.done(VERIFY_EMAIL, None, token=second))["email"]


async def test_an_address_may_be_spelled_another_way(world: World, mailbox: Mailbox) -> None:
    ada = await world.person()
    local, _, domain = ada.email.partition("@")
    email = f"{local.title()}@{domain}"
    token = await asked(world, mailbox, ada, email)
    assert (await world.done(VERIFY_EMAIL, None, token=token))["email"] == email


@pytest.mark.parametrize(
    ("given", "path"),
    [
        ({"password": "not the password"}, "password"),
        ({"email": "nobody"}, "email"),
        ({"email": None}, "email"),
    ],
)
async def test_a_change_that_breaks_a_rule_is_refused_and_writes_to_nobody(
    world: World, mailbox: Mailbox, given: dict[str, str | None], path: str
) -> None:
    ada, email = await world.person(), an_address()
    form = {"email": email, "password": PASSWORD, **given}
    if form["email"] is None:
        form["email"] = ada.email
    [error] = (await world.do(CHANGE_EMAIL, ada, **form))["errors"]
    assert (error["__typename"], error["path"]) == ("ValidationError", [path])
    await sent(world)
    assert mailbox.mails(email) == []


@pytest.mark.parametrize("which", ["expired", "suspended", "used"])
async def test_whatever_is_wrong_with_a_token_gets_the_same_answer_and_changes_nothing(
    world: World, which: str
) -> None:
    ada = await world.person()
    user = uuid_of(ada.id)
    token = await a_token(world, Purpose.EMAIL_CHANGE, an_address(), user_id=user)
    if which == "used":
        await world.done(VERIFY_EMAIL, None, token=token)
    if which == "suspended":
        await rows.change(world, await stored(world, ada), status=UserStatus.SUSPENDED)
    before = await stored(world, ada)
    late = LIFETIMES[Purpose.EMAIL_CHANGE] if which == "expired" else timedelta()
    with time_machine.travel(now() + late, tick=False):
        assert is_unusable(await world.do(VERIFY_EMAIL, None, token=token))
    after = await stored(world, ada)
    assert (after.version, after.email) == (before.version, before.email)


async def test_who_has_the_old_address_still_resets_nothing(world: World, mailbox: Mailbox) -> None:
    ada = await world.person()
    forgotten = await a_token(world, Purpose.PASSWORD_RESET, ada.email)
    token = await asked(world, mailbox, ada, an_address())
    await world.done(VERIFY_EMAIL, None, token=token)
    given = {"token": forgotten, "password": NEW_PASSWORD}
    assert is_unusable(await world.do(RESET, None, **given))
    assert mailbox.subjects(ada.email) == []
