"""Registration: an account is there once its address is confirmed, and nobody learns of others."""

import asyncio
from datetime import timedelta
from typing import Any

import pytest
import time_machine
from sqlalchemy import func, select

from db.models import Confirmation, User, now
from domain.confirmations import LIFETIMES, MOST_MAILS, Purpose
from domain.events import EventKind
from server.settings import Settings
from tests import rows
from tests.jobs import run_jobs
from tests.mailbox import Mailbox
from tests.mailed import RESEND, is_unusable, sent, token_to
from tests.registration_targets import a_token, an_address, registered
from tests.test_accounts import LOGIN, a_form, login, register
from tests.world import PASSWORD, REGISTER, VERIFY_EMAIL, World

NEW, TAKEN = "Confirm your address", "You already have an account"


@pytest.fixture
def mailbox(settings: Settings) -> Mailbox:
    return Mailbox(settings.data_dir / "mail")


async def account(world: World, email: str) -> User:
    user: User = await rows.one(world, select(User).where(func.lower(User.email) == email.lower()))
    return user


async def accounts(world: World, email: str) -> int:
    count = select(func.count()).where(func.lower(User.email) == email.lower())
    return int(await rows.one(world, count))


async def verify(world: World, token: str) -> dict[str, Any]:
    return await world.do(VERIFY_EMAIL, None, token=token)


async def test_an_account_is_opened_by_the_token_that_is_mailed(
    world: World, mailbox: Mailbox
) -> None:
    email = an_address()
    assert await register(world, email=email) == {"accepted": True, "errors": []}
    assert await accounts(world, email) == 0
    token = await token_to(world, mailbox, email)
    assert await verify(world, token) == {"email": email, "errors": []}
    user = await account(world, email)
    assert (user.first_name, user.last_name, user.email_verified) == ("Ada", "Byron", True)
    assert await rows.events_about(world, user.id) == [EventKind.USER_REGISTERED]
    assert (await login(world, email))["data"]["login"]["errors"] == []


async def test_until_then_signing_in_answers_like_a_wrong_password(world: World) -> None:
    email = an_address()
    await register(world, email=email)
    assert await login(world, email) == await login(world, an_address())


async def test_a_mail_says_what_to_do_where_there_is_no_page_to_open(
    world: World, mailbox: Mailbox
) -> None:
    email = an_address()
    await register(world, email=email, firstName="<b>Win a prize: https://evil.example</b>")
    token = await token_to(world, mailbox, email)
    [text] = mailbox.texts(email)
    assert f"Give this token to the mutation verifyEmail:\n\n{token}" in text
    assert "evil" not in text


@pytest.mark.parametrize("document", [REGISTER, RESEND])
async def test_the_answer_and_the_statements_are_the_same_for_an_address_that_has_an_account(
    world: World, document: str
) -> None:
    person = await world.person()
    answers, statements = [], []
    for email in (person.email, an_address()):
        given = a_form(email=email) if document == REGISTER else {"email": email}
        with world.statements() as collected:
            answers.append(await world.do(document, None, **given))
        statements.append(collected.sent)
    assert answers[0] == answers[1] == {"accepted": True, "errors": []}
    assert statements[0] == statements[1] != []


async def test_the_statements_of_signing_in_are_the_same_whether_or_not_there_is_an_account(
    world: World,
) -> None:
    person = await world.person()
    statements = []
    for email in (person.email, an_address()):
        with world.statements() as collected:
            await world.do(LOGIN, None, email=email, password="not the password")
        statements.append(collected.sent)
    assert statements[0] == statements[1] != []


async def test_who_has_an_account_is_told_so_by_mail_and_nothing_is_changed(
    world: World, mailbox: Mailbox
) -> None:
    person = await world.person()
    before = await account(world, person.email)
    await register(world, email=person.email.upper(), password="another fine morning")
    await sent(world)
    assert mailbox.subjects(person.email) == [TAKEN]
    after = await account(world, person.email)
    assert (after.version, after.password_hash) == (before.version, before.password_hash)
    kept = select(Confirmation).where(func.lower(Confirmation.email) == person.email)
    assert (await rows.one(world, kept)).facts == {}


async def test_a_token_opens_one_account_however_often_it_comes_at_once(world: World) -> None:
    email = an_address()
    token = await registered(world, email)
    answers = await asyncio.gather(*(verify(world, token) for _ in range(5)))
    assert sorted(answer["email"] or "" for answer in answers) == ["", "", "", "", email]
    assert sum(map(is_unusable, answers)) == 4
    assert await accounts(world, email) == 1


async def test_of_two_registrations_of_an_address_the_first_that_is_confirmed_counts(
    world: World,
) -> None:
    email = an_address("élodie")
    tokens = [await registered(world, email), await registered(world, email.upper())]
    answers = await asyncio.gather(*(verify(world, token) for token in tokens))
    assert sum(map(is_unusable, answers)) == 1
    assert await accounts(world, email) == 1
    assert all([is_unusable(await verify(world, token)) for token in tokens])


async def test_a_token_is_of_no_use_once_the_address_has_an_account(world: World) -> None:
    email = an_address()
    token = await registered(world, email)
    await world.person(email=email)
    assert is_unusable(await verify(world, token))
    assert await accounts(world, email) == 1


@pytest.mark.parametrize("which", ["unknown", "empty", "expired", "for a password", "used"])
async def test_whatever_is_wrong_with_a_token_gets_the_same_answer_and_changes_nothing(
    world: World, which: str
) -> None:
    person = await world.person()
    token = await registered(world, an_address())
    match which:
        case "unknown":
            token = token[::-1]
        case "empty":
            token = ""
        case "used":
            await verify(world, token)
        case "for a password":
            token = await a_token(world, Purpose.PASSWORD_RESET, person.email)
    late = LIFETIMES[Purpose.REGISTRATION] if which == "expired" else timedelta()
    users = select(func.count()).select_from(User)
    before = await rows.one(world, users)
    with time_machine.travel(now() + late, tick=False):
        assert is_unusable(await verify(world, token))
    assert await rows.one(world, users) == before


async def test_a_mail_that_is_sent_again_has_a_token_of_its_own_for_the_same_account(
    world: World, mailbox: Mailbox
) -> None:
    email = an_address()
    await register(world, email=email)
    first = await token_to(world, mailbox, email)
    await world.done(RESEND, None, email=email.upper())
    second = await token_to(world, mailbox, email)
    assert first != second
    assert (await verify(world, second))["email"] == email
    assert is_unusable(await verify(world, first))
    assert (await login(world, email, PASSWORD))["data"]["login"]["errors"] == []


async def test_nothing_is_sent_again_to_who_waits_for_nothing(
    world: World, mailbox: Mailbox
) -> None:
    confirmed, unknown = (await world.person()).email, an_address()
    for email in (confirmed, unknown):
        await world.done(RESEND, None, email=email)
    await sent(world)
    assert mailbox.mails(confirmed) == mailbox.mails(unknown) == []


async def test_an_account_whose_address_was_never_confirmed_can_confirm_it_later(
    world: World, mailbox: Mailbox
) -> None:
    person = await world.person()
    await rows.change(world, await account(world, person.email), email_verified=False)
    await world.done(RESEND, None, email=person.email)
    token = await token_to(world, mailbox, person.email)
    assert (await verify(world, token))["email"] == person.email
    user = await account(world, person.email)
    assert user.email_verified
    assert (await rows.events_about(world, user.id))[-1] is EventKind.EMAIL_VERIFIED


async def test_nobody_is_flooded_and_the_next_hour_is_another(
    world: World, mailbox: Mailbox
) -> None:
    email = an_address()
    for _ in range(MOST_MAILS + 2):
        assert (await register(world, email=email))["accepted"]
        await sent(world)
    assert mailbox.subjects(email) == [NEW] * MOST_MAILS
    with time_machine.travel(now() + timedelta(hours=1), tick=False):
        await register(world, email=email)
        await sent(world)
    assert len(mailbox.mails(email)) == MOST_MAILS + 1


async def test_what_nobody_confirmed_is_forgotten_and_its_token_was_never_stored(
    world: World, mailbox: Mailbox
) -> None:
    email = an_address()
    await register(world, email=email)
    token = await token_to(world, mailbox, email)
    assert token not in await rows.whole_database(world)
    name = "confirmations.forget_expired"
    left = []
    for late in (timedelta(), LIFETIMES[Purpose.REGISTRATION] + timedelta(hours=2)):
        with time_machine.travel(now() + late, tick=False):
            async with world.resources.own_context("r").transaction() as work:
                work.later(name, {})
            await run_jobs(world, names=[name])
        left.append(email in await rows.whole_database(world))
    assert left == [True, False]


async def test_a_registration_that_is_only_tried_writes_to_nobody(
    world: World, mailbox: Mailbox
) -> None:
    email = an_address()
    assert (await world.done(REGISTER, None, **a_form(email=email), dryRun=True))["accepted"]
    await sent(world)
    assert mailbox.mails(email) == []
    assert email not in await rows.whole_database(world)
