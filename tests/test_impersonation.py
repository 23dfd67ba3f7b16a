"""Acting in somebody's place: for a time, in nobody's who may do as much, and never unseen."""

from datetime import datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import select

from auth.tokens import digest
from db.models import Event, Session, now
from domain.accounts import UserStatus
from domain.events import EventKind
from domain.permissions import PlatformRole, Role
from engine import ids
from resolvers.audit import _entry
from tests import rows
from tests.administration_targets import account
from tests.editorial import refusal
from tests.record import a_platform_admin
from tests.test_administration import SET_ROLE, SUSPEND, is_signed_in
from tests.test_sessions import LOGOUT, is_refused, refresh
from tests.world import CREATE_ORGANIZATION, CREATE_TEMPLATE, Person, Place, World, content, uuid_of

IMPERSONATE = """
mutation ($input: ImpersonateInput!) {
  impersonate(input: $input) {
    user { id email locale } accessToken accessTokenExpiresAt
    errors { __typename path message }
  }
}
"""
VIEWER = "{ viewer { id platformRole locale impersonatedBy { id name { full } email } } }"
LOG = """
query ($slug: String!, $filter: AuditFilter) {
  organization(slug: $slug) {
    auditLog(filter: $filter) {
      nodes { kind actor { id } impersonatedBy { id email } accessTokenId session { ip } }
    }
  }
}
"""
REASON = "They cannot see their list."


@pytest.fixture
async def root(world: World) -> Person:
    return await a_platform_admin(world)


@pytest.fixture
async def place(world: World) -> Place:
    return await world.organization(Role.EDITOR)


async def in_place_of(world: World, root: Person, person: Person, **given: Any) -> Person:
    """The person, as an administrator acts in their place."""
    payload = await world.done(IMPERSONATE, root, user=person.id, reason=REASON, **given)
    return Person(person.id, person.email, payload["accessToken"], "")


async def session_of(world: World, root: Person) -> Session:
    """The only one in which the administrator acts for somebody."""
    statement = select(Session).where(Session.impersonator_id == uuid_of(root.id))
    session: Session = await rows.one(world, statement)
    return session


async def test_an_administrator_sees_and_does_what_the_person_may(
    world: World, root: Person, place: Place
) -> None:
    editor = place[Role.EDITOR]
    acting = await in_place_of(world, root, editor)
    mine = "{ organization(slug: $slug) { slug } }"
    found = await world.ask(f"query ($slug: String!) {mine}", {"slug": place.slug}, by=acting)
    assert found["data"] == {"organization": {"slug": place.slug}}
    given = {"organization": place.id, "name": "Welcome", "content": content()}
    await world.done(CREATE_TEMPLATE, acting, **given)
    await world.settled()
    asked = {"slug": place.slug, "filter": {"impersonatedBy": {"in": [root.id]}}}
    shown = await world.ask(LOG, asked, by=place[Role.ADMIN])
    assert shown["data"]["organization"]["auditLog"]["nodes"] == [
        {
            "kind": "TEMPLATE_CREATED",
            "actor": {"id": editor.id},
            "impersonatedBy": {"id": root.id, "email": root.email},
            "accessTokenId": None,
            "session": {"ip": "127.0.0.1"},
        }
    ]


async def test_the_session_knows_who_acts_and_the_person_s_own_does_not(
    world: World, root: Person
) -> None:
    ada = await world.person("Ada")
    acting = await in_place_of(world, root, ada)
    shown = (await world.ask(VIEWER, by=acting))["data"]["viewer"]
    assert shown == {
        "id": ada.id,
        "platformRole": "USER",
        "locale": "en",
        "impersonatedBy": {"id": root.id, "name": {"full": "Root Byron"}, "email": root.email},
    }
    own = (await world.ask(VIEWER, by=ada))["data"]["viewer"]
    assert (own["id"], own["impersonatedBy"]) == (ada.id, None)


async def test_who_acts_costs_a_statement_only_where_somebody_does(
    world: World, root: Person
) -> None:
    ada = await world.person("Ada")
    acting = await in_place_of(world, root, ada)
    for person, cost in ((ada, 2), (acting, 3)):
        with world.statements() as statements:
            await world.ask(VIEWER, by=person)
        assert len(statements) == cost


async def test_the_beginning_and_the_end_are_recorded_with_both_people(
    world: World, root: Person
) -> None:
    ada = await world.person("Ada")
    acting = await in_place_of(world, root, ada, minutes=5)
    session = await session_of(world, root)
    await world.done(LOGOUT, acting)
    assert not await is_signed_in(world, acting)
    assert await is_signed_in(world, ada)
    assert await is_signed_in(world, root)
    statement = select(Event).where(Event.entity_id == session.id).order_by(Event.id)
    async with world.resources.database.read() as reading:
        began, ended = (await reading.scalars(statement)).all()
    assert (began.kind, began.actor_id, began.subject_id) == (
        EventKind.IMPERSONATION_STARTED,
        uuid_of(root.id),
        uuid_of(ada.id),
    )
    assert began.after == {"reason": REASON, "until": session.expires_at.isoformat()}
    assert (ended.kind, ended.actor_id, ended.impersonator_id) == (
        EventKind.SESSION_ENDED,
        uuid_of(ada.id),
        uuid_of(root.id),
    )


async def test_the_token_is_good_exactly_as_long_as_the_session_which_cannot_be_renewed(
    world: World, root: Person
) -> None:
    ada = await world.person("Ada")
    payload = await world.done(IMPERSONATE, root, user=ada.id, reason=REASON, minutes=45)
    session = await session_of(world, root)
    until = datetime.fromisoformat(payload["accessTokenExpiresAt"])
    assert until == session.expires_at
    assert timedelta(minutes=44) < until - now() <= timedelta(minutes=45)
    said = await world.resources.tokens.verify(payload["accessToken"])
    assert timedelta(0) <= until - said.expires_at < timedelta(seconds=1)
    for token in (session.id.hex, f"{session.id.hex}.", payload["accessToken"]):
        assert digest(token) != session.current_hash
        assert is_refused(await refresh(world, token))


async def test_a_session_that_has_expired_is_nobody_s_however_long_its_token_is_good(
    world: World, root: Person
) -> None:
    ada = await world.person("Ada")
    acting = await in_place_of(world, root, ada)
    await rows.change(world, await session_of(world, root), expires_at=now())
    assert not await is_signed_in(world, acting)


@pytest.mark.parametrize(("query", "given"), [(SUSPEND, {"reason": REASON}), (SET_ROLE, {})])
async def test_who_no_longer_administers_the_platform_acts_for_nobody(
    world: World, root: Person, query: str, given: dict[str, str]
) -> None:
    ada, other = await world.person("Ada"), await a_platform_admin(world)
    acting = await in_place_of(world, root, ada)
    given = given or {"role": "MODERATOR"}
    await world.done(query, other, user=root.id, **given)
    assert not await is_signed_in(world, acting)
    assert await is_signed_in(world, ada)
    told = await rows.events_about(world, uuid_of(ada.id))
    assert told[-2:] == [EventKind.IMPERSONATION_STARTED, EventKind.SESSION_ENDED]
    restored = {"platform_role": PlatformRole.ADMIN, "status": UserStatus.ACTIVE}
    await rows.change(world, await account(world, root), **restored)
    assert not await is_signed_in(world, acting)


async def test_that_the_administrator_still_is_one_is_asked_of_the_database(
    world: World, root: Person
) -> None:
    acting = await in_place_of(world, root, await world.person("Ada"))
    for changed in (
        {"platform_role": PlatformRole.MODERATOR},
        {"platform_role": PlatformRole.ADMIN, "status": UserStatus.SUSPENDED},
    ):
        await rows.change(world, await account(world, root), **changed)
        assert not await is_signed_in(world, acting)


async def test_what_concerns_the_account_itself_stays_the_person_s(
    world: World, root: Person
) -> None:
    acting = await in_place_of(world, root, await world.person("Ada"))
    given = {"slug": "not-mine", "name": "Not Mine"}
    assert await refusal(world, CREATE_ORGANIZATION, acting, **given) == "FORBIDDEN"


async def test_nobody_acts_in_the_place_of_an_administrator_even_through_somebody(
    world: World, root: Person
) -> None:
    other, ada = await a_platform_admin(world), await world.person("Ada")
    acting = await in_place_of(world, root, ada)
    await world.done(SET_ROLE, root, user=ada.id, role="ADMIN")
    again = {"user": other.id, "reason": REASON}
    assert await refusal(world, IMPERSONATE, acting, **again) == "FORBIDDEN"
    assert (await world.ask(VIEWER, by=acting))["data"]["viewer"]["id"] == ada.id


@pytest.mark.parametrize(
    ("who", "given", "path"),
    [
        ("oneself", {}, ["user"]),
        ("an administrator", {}, ["user"]),
        ("somebody suspended", {}, ["user"]),
        ("somebody deleted", {}, ["user"]),
        ("somebody", {"reason": ""}, ["reason"]),
        ("somebody", {"minutes": 0}, ["minutes"]),
        ("somebody", {"minutes": 61}, ["minutes"]),
    ],
)
async def test_what_is_refused_starts_no_session_and_records_nothing(
    world: World, root: Person, who: str, given: dict[str, Any], path: list[str]
) -> None:
    person = await world.person("Ada")
    changed: dict[str, dict[str, Any]] = {
        "an administrator": {"platform_role": PlatformRole.ADMIN},
        "somebody suspended": {"status": UserStatus.SUSPENDED},
        "somebody deleted": {"status": UserStatus.DELETED},
    }
    await rows.change(world, await account(world, person), **changed.get(who, {}))
    user = root.id if who == "oneself" else person.id
    told = await rows.events_about(world, uuid_of(user))
    payload = await world.do(IMPERSONATE, root, **{"user": user, "reason": REASON, **given})
    assert (payload["user"], payload["accessToken"]) == (None, None)
    assert [error["path"] for error in payload["errors"]] == [path]
    assert await rows.events_about(world, uuid_of(user)) == told
    started = select(Session.id).where(Session.impersonator_id == uuid_of(root.id))
    async with world.resources.database.read() as session:
        assert (await session.scalars(started)).all() == []


async def test_a_token_that_was_only_tried_for_is_nobody_s(world: World, root: Person) -> None:
    ada = await world.person("Ada")
    given = {"user": ada.id, "reason": REASON, "dryRun": True}
    payload = await world.done(IMPERSONATE, root, **given)
    assert not await is_signed_in(world, Person(ada.id, "", payload["accessToken"], ""))


async def test_an_export_names_both_people_and_the_token(
    world: World, root: Person, place: Place
) -> None:
    acting = await in_place_of(world, root, place[Role.EDITOR])
    await world.done(
        CREATE_TEMPLATE, acting, organization=place.id, name="Welcome", content=content()
    )
    statement = select(Event).where(Event.impersonator_id == uuid_of(root.id))
    event = await rows.one(world, statement)
    event.hash = b""
    event.position, event.token_id = 1, event.id
    entry = _entry(event)
    assert (entry["actor"], entry["impersonator"]) == (place[Role.EDITOR].id, root.id)
    assert entry["accessToken"] == ids.encode("AccessToken", event.id)
