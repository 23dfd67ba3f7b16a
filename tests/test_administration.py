"""Accounts, as administrators of the platform look after them."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import timedelta
from typing import Any
from uuid import uuid4

import pytest
from sqlalchemy import select, update

from auth.tokens import digest, mailed_token
from db.models import Confirmation, Event, User, now
from domain.accounts import UserStatus
from domain.administration import WELCOME
from domain.confirmations import Purpose
from domain.errors import Unauthenticated
from domain.events import EventKind
from domain.permissions import PlatformRole, Role
from tests import rows
from tests.administration_targets import account
from tests.jobs import run_jobs
from tests.post_office import PostOffice, post_office
from tests.record import a_platform_admin
from tests.registration_targets import an_address
from tests.rows import abbreviated
from tests.test_accounts import login
from tests.test_notification_mails import text_of, through
from tests.world import SUBMIT, Person, World, uuid_of

FACTS = """
id email name { first last } locale timezone status platformRole emailVerified lastLoginAt version
"""
ERRORS = """
errors {
  __typename path message ... on ConflictError { current { id ... on User { version status } } }
}
"""


def _mutation(name: str) -> str:
    given = f"{name[0].upper()}{name[1:]}Input!"
    told = f"user {{ {FACTS} }} {ERRORS}"
    return f"mutation ($input: {given}) {{ {name}(input: $input) {{ {told} }} }}"


CREATE, UPDATE = _mutation("createUser"), _mutation("updateUser")
SUSPEND, REINSTATE = _mutation("suspendUser"), _mutation("reinstateUser")
SET_ROLE = _mutation("setPlatformRole")
ACCOUNT = f"query ($id: ID!) {{ node(id: $id) {{ ... on User {{ {FACTS} }} }} }}"
BADGE = "Lost their badge."


@pytest.fixture(scope="module")
async def root(world: World) -> Person:
    return await a_platform_admin(world)


@pytest.fixture
async def ada(world: World) -> Person:
    return await world.person("Ada")


async def last_event(world: World, subject: str) -> Event:
    statement = select(Event).where(Event.subject_id == uuid_of(subject))
    event: Event = await rows.one(world, statement.order_by(Event.id.desc()).limit(1))
    return event


async def refused(world: World, query: str, by: Person, **input: Any) -> dict[str, Any]:
    """The only error of a mutation, which leaves the account as it was and records nothing."""
    known = select(User).where(User.id == uuid_of(input["user"]))
    before = (await rows.one(world, known)).version
    told = await rows.events_about(world, uuid_of(input["user"]))
    payload = await world.do(query, by, **input)
    assert payload["user"] is None
    assert (await rows.one(world, known)).version == before
    assert await rows.events_about(world, uuid_of(input["user"])) == told
    [error] = payload["errors"]
    return dict(error)


async def is_signed_in(world: World, person: Person) -> bool:
    try:
        await world.context(person)
    except Unauthenticated:
        return False
    return True


# What they see


async def test_an_administrator_sees_of_an_account_what_they_need_and_nothing_private(
    world: World, root: Person, ada: Person
) -> None:
    answer = await world.ask(ACCOUNT, {"id": ada.id}, by=root)
    assert "errors" not in answer
    assert answer["data"]["node"]["platformRole"] == "USER"
    private = "query ($id: ID!) { node(id: $id) { ... on User { unreadNotificationCount } } }"
    answer = await world.ask(private, {"id": ada.id}, by=root)
    assert [each["extensions"]["code"] for each in answer["errors"]] == ["FORBIDDEN"]


# Opening accounts


@pytest.fixture
async def office() -> AsyncIterator[PostOffice]:
    async with post_office() as office:
        yield office


async def test_who_gets_an_account_is_mailed_how_to_choose_a_password(
    world: World, root: Person, office: PostOffice
) -> None:
    posting = through(world, office, public_url="https://front.example.com")
    address = an_address()
    given = {"email": address, "firstName": " Ada ", "lastName": "Byron"}
    user = (await posting.done(CREATE, root, **given, platformRole="MODERATOR"))["user"]
    assert (user["email"], user["name"]["first"], user["platformRole"]) == (
        address,
        "Ada",
        "MODERATOR",
    )
    assert (user["status"], user["emailVerified"], user["lastLoginAt"]) == ("ACTIVE", False, None)
    waiting = await rows.one(world, select(Confirmation).where(Confirmation.email == address))
    token = mailed_token(world.resources.mailed, waiting.id)
    assert (waiting.purpose, waiting.token_hash) == (Purpose.PASSWORD_RESET, digest(token))
    assert timedelta(0) <= now() + WELCOME - waiting.expires_at < timedelta(minutes=1)
    assert await run_jobs(posting, about=waiting.id) == ["administration.welcome"]
    [mail] = office.mails
    assert mail["To"] == address
    assert f"https://front.example.com/reset-password?token={token}" in text_of(mail)
    assert await rows.events_about(world, uuid_of(user["id"])) == [EventKind.USER_CREATED]


async def test_nobody_is_welcomed_whose_token_is_spent_or_too_old(
    world: World, root: Person, office: PostOffice
) -> None:
    posting = through(world, office)
    given = {"firstName": "Ada", "lastName": "Byron"}
    for _ in range(2):
        await posting.done(CREATE, root, email=an_address("late"), **given)
    late = select(Confirmation).where(Confirmation.email.like("late.%"))
    async with world.resources.database.transaction() as session:
        first, second = (await session.scalars(late)).all()
        first.expires_at = now()
        await session.delete(second)
    for each in (first, second):
        assert await run_jobs(posting, about=each.id) == ["administration.welcome"]
    assert office.mails == []


async def test_without_a_password_nobody_signs_in(world: World, root: Person) -> None:
    address = an_address()
    await world.done(CREATE, root, email=address, firstName="Ada", lastName="Byron")
    for password in ("", "a quiet harbour at dawn"):
        answer = await login(world, address, password)
        assert answer["data"]["login"]["accessToken"] is None


async def test_an_address_that_is_taken_opens_no_account(
    world: World, root: Person, ada: Person
) -> None:
    given = {"email": ada.email.upper(), "firstName": "Ada", "lastName": "Byron"}
    payload = await world.do(CREATE, root, **given)
    assert payload["user"] is None
    assert [error["path"] for error in payload["errors"]] == [["email"]]


# Correcting them


async def test_a_corrected_account_has_to_show_that_the_address_is_theirs(
    world: World, root: Person, ada: Person
) -> None:
    id, address = uuid_of(ada.id), an_address()
    waiting = Confirmation(
        purpose=Purpose.PASSWORD_RESET,
        user_id=id,
        email=ada.email,
        token_hash=uuid4().bytes,
        expires_at=now() + WELCOME,
    )
    async with world.resources.database.transaction() as session:
        session.add(waiting)
    given = {"email": address, "lastName": "Lovelace", "locale": "pt-br", "timezone": "Asia/Tokyo"}
    user = (await world.done(UPDATE, root, user=ada.id, **given, ifVersion=1))["user"]
    assert (user["email"], user["emailVerified"], user["version"]) == (address, False, 2)
    assert (user["name"]["last"], user["locale"], user["timezone"]) == (
        "Lovelace",
        "pt-BR",
        "Asia/Tokyo",
    )
    assert await is_signed_in(world, ada)
    async with world.resources.database.read() as session:
        assert await session.get(Confirmation, waiting.id) is None
    event = await last_event(world, ada.id)
    assert event.kind is EventKind.USER_UPDATED
    assert event.before is not None
    assert event.after is not None
    assert (event.before["email"], event.before["emailVerified"]) == (ada.email, True)
    assert (event.after["email"], event.after["lastName"]) == (address, "Lovelace")


async def test_another_spelling_of_the_address_stays_verified(
    world: World, root: Person, ada: Person
) -> None:
    given = {"user": ada.id, "email": ada.email.replace("ada", "Ada")}
    user = (await world.done(UPDATE, root, **given))["user"]
    assert (user["email"], user["emailVerified"]) == (given["email"], True)


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("email", "nobody"),
        ("firstName", " "),
        ("lastName", "x" * 201),
        ("locale", "the language of love"),
        ("timezone", "Mars/Olympus"),
    ],
    ids=abbreviated,
)
async def test_a_correction_that_breaks_a_rule_is_refused_at_its_place(
    world: World, root: Person, ada: Person, field: str, value: str
) -> None:
    error = await refused(world, UPDATE, root, user=ada.id, **{field: value})
    assert (error["__typename"], error["path"]) == ("ValidationError", [field])


async def test_no_account_gets_the_address_of_another(
    world: World, root: Person, ada: Person
) -> None:
    error = await refused(world, UPDATE, root, user=ada.id, email=root.email)
    assert (error["__typename"], error["path"]) == ("ValidationError", ["email"])


@pytest.mark.parametrize(
    ("query", "given"),
    [
        (UPDATE, {"lastName": "Lovelace"}),
        (SUSPEND, {"reason": BADGE}),
        (REINSTATE, {}),
        (SET_ROLE, {"role": "MODERATOR"}),
    ],
)
async def test_a_stale_version_and_a_deleted_account_are_refused_and_nothing_changes(
    world: World, root: Person, ada: Person, query: str, given: dict[str, str]
) -> None:
    error = await refused(world, query, root, user=ada.id, ifVersion=7, **given)
    assert (error["__typename"], error["path"]) == ("ConflictError", ["ifVersion"])
    assert error["current"] == {"id": ada.id, "version": 1, "status": "ACTIVE"}
    await rows.change(world, await account(world, ada), status=UserStatus.DELETED)
    error = await refused(world, query, root, user=ada.id, **given)
    assert error["current"]["status"] == "DELETED"


# Keeping people out


async def test_who_is_suspended_is_out_at_once_and_in_again_when_they_are_reinstated(
    world: World, root: Person, ada: Person
) -> None:
    user = (await world.done(SUSPEND, root, user=ada.id, reason=BADGE))["user"]
    assert user["status"] == "SUSPENDED"
    assert not await is_signed_in(world, ada)
    assert "errors" in await login(world, ada.email)
    event = await last_event(world, ada.id)
    assert (event.kind, event.actor_id) == (EventKind.USER_SUSPENDED, uuid_of(root.id))
    assert (event.before, event.after) == (
        {"status": "ACTIVE"},
        {"status": "SUSPENDED", "reason": BADGE},
    )
    again = await refused(world, SUSPEND, root, user=ada.id, reason=BADGE)
    assert again["__typename"] == "ConflictError"
    user = (await world.done(REINSTATE, root, user=ada.id))["user"]
    assert user["status"] == "ACTIVE"
    assert (await last_event(world, ada.id)).kind is EventKind.USER_REINSTATED
    assert not await is_signed_in(world, ada)
    assert (await login(world, ada.email))["data"]["login"]["accessToken"]


async def test_nobody_suspends_themselves_or_without_a_reason(
    world: World, root: Person, ada: Person
) -> None:
    oneself = await refused(world, SUSPEND, root, user=root.id, reason=BADGE)
    assert (oneself["__typename"], oneself["path"]) == ("ValidationError", ["user"])
    unexplained = await refused(world, SUSPEND, root, user=ada.id, reason=" ")
    assert (unexplained["__typename"], unexplained["path"]) == ("ValidationError", ["reason"])


async def test_nobody_chooses_an_approver_who_is_suspended(world: World, root: Person) -> None:
    place = await world.organization(Role.EDITOR, Role.APPROVER)
    editor, approver = place[Role.EDITOR], place[Role.APPROVER]
    waiting = await place.submitted(await place.template(editor), editor, approver)
    await world.done(SUSPEND, root, user=approver.id, reason=BADGE)
    steps = [{"approver": approver.id}]
    given = {"template": (await place.template(editor))["id"], "steps": steps}
    payload = await world.do(SUBMIT, editor, **given)
    assert [error["path"] for error in payload["errors"]] == [["steps", "0", "approver"]]
    query = "query ($id: ID!) { node(id: $id) { ... on ApprovalWorkflow { status } } }"
    answer = await world.ask(query, {"id": waiting["id"]}, by=editor)
    assert answer["data"]["node"] == {"status": "IN_PROGRESS"}
    await world.done(REINSTATE, root, user=approver.id)
    await world.done(SUBMIT, editor, **given)


# Who administers the platform


async def test_a_role_on_the_platform_is_in_force_at_once(
    world: World, root: Person, ada: Person
) -> None:
    everybody = "{ users(first: 1) { nodes { id } } }"
    assert "errors" in await world.ask(everybody, by=ada)
    user = (await world.done(SET_ROLE, root, user=ada.id, role="ADMIN"))["user"]
    assert user["platformRole"] == "ADMIN"
    assert "errors" not in await world.ask(everybody, by=ada)
    event = await last_event(world, ada.id)
    assert (event.kind, event.before, event.after) == (
        EventKind.PLATFORM_ROLE_CHANGED,
        {"platformRole": "USER"},
        {"platformRole": "ADMIN"},
    )
    await world.done(SET_ROLE, ada, user=ada.id, role="USER")
    assert "errors" in await world.ask(everybody, by=ada)


@asynccontextmanager
async def the_only_admins(world: World, *people: Person) -> AsyncIterator[None]:
    """These administer the platform meanwhile, and nobody else."""
    ids = [uuid_of(person.id) for person in people]
    role = User.platform_role
    others = update(User).where(role == PlatformRole.ADMIN, User.id.not_in(ids)).returning(User.id)
    async with world.resources.database.transaction() as session:
        aside = list(await session.scalars(others.values(platform_role=PlatformRole.MODERATOR)))
    world.resources.actors.forget()
    yield
    again = update(User).where(User.id.in_(aside)).values(platform_role=PlatformRole.ADMIN)
    async with world.resources.database.transaction() as session:
        await session.execute(again)
    world.resources.actors.forget()


async def test_the_last_administrator_of_the_platform_stays_one(world: World) -> None:
    only = await a_platform_admin(world)
    async with the_only_admins(world, only):
        error = await refused(world, SET_ROLE, only, user=only.id, role="USER")
        assert error["__typename"] == "ConflictError"
        assert "last administrator" in error["message"]


@pytest.mark.parametrize(
    ("query", "given"), [(SUSPEND, {"reason": BADGE}), (SET_ROLE, {"role": "USER"})]
)
async def test_of_two_administrators_who_remove_each_other_at_once_one_is_left(
    world: World, query: str, given: dict[str, str]
) -> None:
    one, other = await a_platform_admin(world), await a_platform_admin(world)
    async with the_only_admins(world, one, other):
        answers = await asyncio.gather(
            world.ask(query, {"input": {"user": other.id, **given}}, by=one),
            world.ask(query, {"input": {"user": one.id, **given}}, by=other),
            return_exceptions=True,
        )
        left = [await account(world, each) for each in (one, other)]
        assert (
            sum(
                (row.status, row.platform_role) == (UserStatus.ACTIVE, PlatformRole.ADMIN)
                for row in left
            )
            == 1
        )
        done = [each for each in answers if isinstance(each, dict) and "errors" not in each]
        assert len(done) == 1
