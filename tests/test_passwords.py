"""Passwords: changed by who knows them, replaced by who has the address, and by nobody else."""

import asyncio
from datetime import timedelta
from typing import Any

import pytest
import time_machine
from sqlalchemy import func, select

from db.models import Session, User, now
from domain.accounts import UserStatus
from domain.confirmations import LIFETIMES, MOST_MAILS, Purpose
from domain.events import EventKind
from server.settings import Settings
from tests import rows
from tests.mailbox import Mailbox
from tests.mailed import (
    CHANGE_EMAIL,
    CHANGE_PASSWORD,
    REQUEST_RESET,
    RESET,
    is_unusable,
    sent,
    token_to,
)
from tests.registration_targets import NEW_PASSWORD, a_token, an_address, registered
from tests.test_accounts import login, stored
from tests.world import PASSWORD, VERIFY_EMAIL, Person, World, uuid_of

CHOOSE, CHANGED = "Choose a new password", "Your password was changed"


@pytest.fixture
def mailbox(settings: Settings) -> Mailbox:
    return Mailbox(settings.data_dir / "mail")


async def reset(world: World, token: str, password: str = NEW_PASSWORD) -> dict[str, Any]:
    return await world.do(RESET, None, token=token, password=password)


async def opens(world: World, person: Person, password: str) -> bool:
    return not (await login(world, person.email, password))["data"]["login"]["errors"]


async def living(world: World, person: Person) -> int:
    """How many sessions of theirs go on."""
    sessions = select(func.count()).select_from(Session)
    theirs = sessions.where(Session.user_id == uuid_of(person.id), Session.revoked_at.is_(None))
    return int(await rows.one(world, theirs))


async def test_who_forgot_their_password_chooses_another_and_is_signed_out_everywhere(
    world: World, mailbox: Mailbox
) -> None:
    ada = await world.person()
    assert await world.done(REQUEST_RESET, None, email=ada.email) == {
        "accepted": True,
        "errors": [],
    }
    token = await token_to(world, mailbox, ada.email)
    assert await reset(world, token) == {"passwordChanged": True, "errors": []}
    assert await living(world, ada) == 0
    assert not await opens(world, ada, PASSWORD)
    assert await opens(world, ada, NEW_PASSWORD)
    await sent(world)
    assert mailbox.subjects(ada.email) == [CHOOSE, CHANGED]
    kinds = await rows.events_about(world, uuid_of(ada.id))
    assert kinds[2:4] == [EventKind.PASSWORD_RESET_REQUESTED, EventKind.PASSWORD_CHANGED]


async def test_a_reset_confirms_the_address_too(world: World) -> None:
    ada = await world.person()
    await rows.change(world, await stored(world, ada), email_verified=False)
    await reset(world, await a_token(world, Purpose.PASSWORD_RESET, ada.email))
    assert (await stored(world, ada)).email_verified
    kinds = await rows.events_about(world, uuid_of(ada.id))
    assert kinds[-2:] == [EventKind.EMAIL_VERIFIED, EventKind.PASSWORD_CHANGED]


async def test_the_answer_and_the_statements_are_the_same_whether_or_not_there_is_an_account(
    world: World, mailbox: Mailbox
) -> None:
    ada, ben, unknown = await world.person(), await world.person(), an_address()
    await rows.change(world, await stored(world, ben), status=UserStatus.SUSPENDED)
    answers, statements = [], []
    for email in (ada.email, ben.email, unknown):
        with world.statements() as collected:
            answers.append(await world.do(REQUEST_RESET, None, email=email))
        statements.append(collected.sent)
    assert answers == [{"accepted": True, "errors": []}] * 3
    assert statements[0] == statements[1] == statements[2] != []
    await sent(world)
    assert mailbox.subjects(ada.email) == [CHOOSE]
    assert mailbox.mails(ben.email) == mailbox.mails(unknown) == []


async def test_a_mail_goes_to_the_address_of_the_account_and_nobody_is_flooded(
    world: World, mailbox: Mailbox
) -> None:
    ada = await world.person()
    for _ in range(MOST_MAILS + 1):
        await world.done(REQUEST_RESET, None, email=ada.email.upper())
    await sent(world)
    assert mailbox.subjects(ada.email) == [CHOOSE] * MOST_MAILS
    assert mailbox.mails(ada.email.upper()) == []


@pytest.mark.parametrize(
    "which", ["unknown", "expired", "for an address", "used", "suspended", "of a former address"]
)
async def test_whatever_is_wrong_with_a_token_gets_the_same_answer_and_changes_nothing(
    world: World, which: str
) -> None:
    ada = await world.person()
    token = await a_token(world, Purpose.PASSWORD_RESET, ada.email)
    match which:
        case "unknown":
            token = token[::-1]
        case "for an address":
            token = await registered(world, an_address())
        case "used":
            await reset(world, token)
        case "suspended":
            await rows.change(world, await stored(world, ada), status=UserStatus.SUSPENDED)
        case "of a former address":
            await rows.change(world, await stored(world, ada), email=an_address())
    before = await stored(world, ada)
    late = LIFETIMES[Purpose.PASSWORD_RESET] if which == "expired" else timedelta()
    with time_machine.travel(now() + late, tick=False):
        assert is_unusable(await reset(world, token, "another fine morning"))
    after = await stored(world, ada)
    assert (after.version, after.password_hash) == (before.version, before.password_hash)


async def test_of_two_tokens_that_come_at_once_one_is_good(world: World) -> None:
    ada = await world.person()
    tokens = [await a_token(world, Purpose.PASSWORD_RESET, ada.email) for _ in range(3)]
    answers = await asyncio.gather(*(reset(world, token) for token in tokens * 2))
    assert sum(map(is_unusable, answers)) == 5
    assert await opens(world, ada, NEW_PASSWORD)


@pytest.mark.parametrize("password", ["too short", "Password2026!", "all about imprimatur"])
async def test_a_password_that_will_not_do_is_refused_and_the_token_stays_good(
    world: World, password: str
) -> None:
    ada = await world.person()
    token = await a_token(world, Purpose.PASSWORD_RESET, ada.email)
    before = await stored(world, ada)
    [error] = (await reset(world, token, password))["errors"]
    assert (error["__typename"], error["path"]) == ("ValidationError", ["password"])
    assert (await stored(world, ada)).version == before.version
    assert (await reset(world, token))["passwordChanged"]


async def test_changing_a_password_ends_all_other_sessions(world: World, mailbox: Mailbox) -> None:
    ada = await world.person()
    await login(world, ada.email)
    given = {"currentPassword": PASSWORD, "password": NEW_PASSWORD}
    assert (await world.done(CHANGE_PASSWORD, ada, **given))["passwordChanged"]
    assert await living(world, ada) == 1
    assert "errors" not in await world.ask("{ viewer { id } }", by=ada)
    assert not await opens(world, ada, PASSWORD)
    assert await opens(world, ada, NEW_PASSWORD)
    await sent(world)
    assert mailbox.subjects(ada.email) == [CHANGED]


@pytest.mark.parametrize(
    ("given", "path"),
    [
        ({"currentPassword": "not the password", "password": NEW_PASSWORD}, "currentPassword"),
        ({"currentPassword": PASSWORD, "password": PASSWORD}, "password"),
        ({"currentPassword": PASSWORD, "password": "too short"}, "password"),
        ({"currentPassword": PASSWORD, "password": "Password2026!"}, "password"),
    ],
)
async def test_a_change_that_breaks_a_rule_is_refused_and_changes_nothing(
    world: World, given: dict[str, str], path: str
) -> None:
    ada = await world.person()
    await login(world, ada.email)
    [error] = (await world.do(CHANGE_PASSWORD, ada, **given))["errors"]
    assert (error["__typename"], error["path"]) == ("ValidationError", [path])
    assert await living(world, ada) == 2
    assert await opens(world, ada, PASSWORD)


async def test_of_two_changes_at_once_one_is_made(world: World) -> None:
    ada = await world.person()
    passwords = [f"{NEW_PASSWORD} {n}" for n in range(3)]
    answers = await asyncio.gather(
        *(
            world.do(CHANGE_PASSWORD, ada, currentPassword=PASSWORD, password=each)
            for each in passwords
        )
    )
    [won] = [at for at, each in enumerate(answers) if each["passwordChanged"]]
    assert [await opens(world, ada, each) for each in passwords] == [at == won for at in range(3)]


async def test_nothing_that_was_mailed_before_outlives_a_changed_password(
    world: World, mailbox: Mailbox
) -> None:
    ada = await world.person()
    elsewhere = an_address("mallory")
    await world.done(CHANGE_EMAIL, ada, email=elsewhere, password=PASSWORD)
    change = await token_to(world, mailbox, elsewhere)
    forgotten = await a_token(world, Purpose.PASSWORD_RESET, ada.email)
    given = {"currentPassword": PASSWORD, "password": NEW_PASSWORD}
    await world.done(CHANGE_PASSWORD, ada, **given)
    assert is_unusable(await world.do(VERIFY_EMAIL, None, token=change))
    assert is_unusable(await reset(world, forgotten))
    assert (await stored(world, ada)).email == ada.email


async def test_who_signs_in_while_the_password_changes_does_not_bring_the_old_one_back(
    world: World,
) -> None:
    ada = await world.person()
    token = await a_token(world, Purpose.PASSWORD_RESET, ada.email)
    await asyncio.gather(reset(world, token), *(login(world, ada.email) for _ in range(4)))
    assert await opens(world, ada, NEW_PASSWORD)
    assert not await opens(world, ada, PASSWORD)


async def test_an_account_without_a_password_gets_one_by_a_reset(world: World) -> None:
    ada = await world.person()
    await rows.change(world, await stored(world, ada), password_hash=None)
    assert not await opens(world, ada, "")
    await reset(world, await a_token(world, Purpose.PASSWORD_RESET, ada.email))
    assert await opens(world, ada, NEW_PASSWORD)
    users = select(func.count()).select_from(User).where(User.email == ada.email)
    assert await rows.one(world, users) == 1
