"""Sessions: staying in by refresh tokens that are good once, and going out."""

import asyncio
from base64 import urlsafe_b64decode
from datetime import datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import select

from auth.sealing import Seal
from auth.tokens import digest, next_refresh_token
from db.models import Session, User, now
from domain.accounts import UserStatus
from domain.errors import Unauthenticated
from domain.events import EventKind
from domain.sessions import ROTATION_GRACE
from tests import rows
from tests.rows import abbreviated
from tests.world import Person, World, uuid_of

REFRESH = """
mutation ($input: RefreshSessionInput!) {
  refreshSession(input: $input) {
    user { id email timezone }
    accessToken accessTokenExpiresAt refreshToken refreshTokenExpiresAt
    errors { __typename message path }
  }
}
"""
LOGOUT = """
mutation ($input: LogoutInput!) { logout(input: $input) { signedOut errors { message } } }
"""
LOGOUT_AND_FOUND = """
mutation {
  logout(input: {}) { signedOut }
  createOrganization(input: {slug: "too-late", name: "Too Late"}) { organization { id } }
}
"""


async def refresh(world: World, token: str) -> dict[str, Any]:
    return await world.ask(REFRESH, {"input": {"refreshToken": token}})


async def refreshed(world: World, token: str) -> dict[str, Any]:
    """The payload of a refresh that is known to succeed."""
    return await world.done(REFRESH, None, refreshToken=token)


async def session_of(world: World, person: Person) -> Session:
    statement = select(Session).where(Session.user_id == uuid_of(person.id))
    session: Session = await rows.one(world, statement)
    return session


async def past_the_grace(world: World, person: Person) -> None:
    """Let the time in which the replaced token is still taken be over."""
    long_ago = now() - ROTATION_GRACE - timedelta(seconds=1)
    await rows.change(world, await session_of(world, person), rotated_at=long_ago)


async def is_in(world: World, access_token: str) -> bool:
    try:
        await world.context(Person("", "", access_token, ""))
    except Unauthenticated:
        return False
    return True


def is_refused(answer: dict[str, Any]) -> bool:
    codes = [error["extensions"]["code"] for error in answer["errors"]]
    return codes == ["UNAUTHENTICATED"] and not (answer["data"] or {}).get("refreshSession")


async def test_a_session_ends_on_its_day_however_often_it_was_refreshed(world: World) -> None:
    ada = await world.person()
    lifetime = world.resources.session_lifetime
    row = await session_of(world, ada)
    began = now() - lifetime.whole + timedelta(hours=1)
    await rows.change(world, row, created_at=began)
    again = await refreshed(world, ada.refresh_token)
    assert datetime.fromisoformat(again["refreshTokenExpiresAt"]) == began + lifetime.whole


async def test_a_refresh_token_gives_new_tokens_for_the_same_session(world: World) -> None:
    ada = await world.person()
    before = await session_of(world, ada)
    payload = await refreshed(world, ada.refresh_token)
    assert payload["user"] == {"id": ada.id, "email": ada.email, "timezone": "UTC"}
    assert payload["refreshToken"] != ada.refresh_token
    assert payload["accessToken"] != ada.access_token
    assert payload["refreshTokenExpiresAt"] > before.expires_at.isoformat()
    assert (await session_of(world, ada)).id == before.id
    assert await is_in(world, payload["accessToken"])


async def test_each_refresh_token_leads_to_the_next(world: World) -> None:
    ada = await world.person()
    token, seen = ada.refresh_token, {ada.refresh_token}
    for _ in range(5):
        token = (await refreshed(world, token))["refreshToken"]
        seen.add(token)
        await past_the_grace(world, ada)
    assert len(seen) == 6


async def test_a_replaced_token_is_good_while_answers_may_be_lost(world: World) -> None:
    ada = await world.person()
    lost = [await refreshed(world, ada.refresh_token) for _ in range(4)]
    payload = await refreshed(world, lost[-1]["refreshToken"])
    assert payload["user"]["id"] == ada.id
    assert (await session_of(world, ada)).revoked_at is None


async def test_a_lost_answer_comes_again_with_the_same_refresh_token(world: World) -> None:
    ada = await world.person()
    first, again = [await refreshed(world, ada.refresh_token) for _ in range(2)]
    assert first["refreshToken"] == again["refreshToken"]
    assert first["accessToken"] != again["accessToken"]
    assert await is_in(world, first["accessToken"])
    assert await is_in(world, again["accessToken"])


async def test_neither_of_two_tabs_is_taken_for_a_thief(world: World) -> None:
    ada = await world.person()
    here, there = [await refreshed(world, ada.refresh_token) for _ in range(2)]
    await past_the_grace(world, ada)
    here = await refreshed(world, here["refreshToken"])
    there = await refreshed(world, there["refreshToken"])
    await past_the_grace(world, ada)
    await refreshed(world, here["refreshToken"])
    assert (await session_of(world, ada)).revoked_at is None
    assert EventKind.SESSION_REUSED not in await rows.events_about(world, uuid_of(ada.id))


async def test_nothing_in_the_database_tells_the_next_refresh_token(world: World) -> None:
    ada = await world.person()
    token = (await refreshed(world, ada.refresh_token))["refreshToken"]
    session = await session_of(world, ada)
    assert session.current_hash == digest(token)
    elsewhere = Seal("another installation's secret", "refresh tokens")
    assert next_refresh_token(elsewhere, session.id, ada.refresh_token) != token
    assert len(urlsafe_b64decode(token.partition(".")[2] + "=")) == 32


async def test_a_refresh_that_was_only_tried_gives_nothing_that_is_ever_good(
    world: World,
) -> None:
    ada = await world.person()
    before = await session_of(world, ada)
    tried = await world.done(REFRESH, None, refreshToken=ada.refresh_token, dryRun=True)
    after = await session_of(world, ada)
    assert (after.current_hash, after.rotated_at) == (before.current_hash, before.rotated_at)
    real = await refreshed(world, ada.refresh_token)
    assert real["refreshToken"] != tried["refreshToken"]
    assert not await is_in(world, tried["accessToken"])


async def test_a_reuse_that_was_only_tried_ends_nothing(world: World) -> None:
    ada = await world.person()
    newest = await refreshed(world, ada.refresh_token)
    await past_the_grace(world, ada)
    tried = {"refreshToken": ada.refresh_token, "dryRun": True}
    assert is_refused(await world.ask(REFRESH, {"input": tried}))
    assert (await session_of(world, ada)).revoked_at is None
    assert EventKind.SESSION_REUSED not in await rows.events_about(world, uuid_of(ada.id))
    assert await is_in(world, newest["accessToken"])


async def test_using_a_replaced_token_again_does_not_prolong_its_grace(world: World) -> None:
    ada = await world.person()
    await refreshed(world, ada.refresh_token)
    nearly_over = now() - ROTATION_GRACE + timedelta(seconds=5)
    await rows.change(world, await session_of(world, ada), rotated_at=nearly_over)
    await refreshed(world, ada.refresh_token)
    assert (await session_of(world, ada)).rotated_at == nearly_over


async def test_tabs_that_refresh_at_once_all_stay_in(world: World) -> None:
    ada = await world.person()
    answers = await asyncio.gather(*(refresh(world, ada.refresh_token) for _ in range(5)))
    assert all("errors" not in answer for answer in answers)
    assert len({answer["data"]["refreshSession"]["refreshToken"] for answer in answers}) == 1


async def test_a_token_that_comes_back_too_late_ends_the_session_for_everybody(
    world: World,
) -> None:
    ada = await world.person()
    newest = await refreshed(world, ada.refresh_token)
    await past_the_grace(world, ada)
    assert is_refused(await refresh(world, ada.refresh_token))
    session = await session_of(world, ada)
    assert session.revoked_at is not None
    assert (await rows.events_about(world, uuid_of(ada.id)))[-1] == EventKind.SESSION_REUSED
    assert is_refused(await refresh(world, newest["refreshToken"]))
    assert not await is_in(world, newest["accessToken"])
    assert not await is_in(world, ada.access_token)


async def test_a_reuse_ends_one_session_and_no_other(world: World) -> None:
    ada, eve = await world.person("Ada"), await world.person("Eve")
    await refreshed(world, ada.refresh_token)
    await past_the_grace(world, ada)
    await refresh(world, ada.refresh_token)
    assert await is_in(world, eve.access_token)
    assert (await refreshed(world, eve.refresh_token))["user"]["id"] == eve.id


@pytest.mark.parametrize(
    "token",
    [
        "",
        ".",
        "no token",
        "f" * 32,
        f"{'f' * 32}.{'x' * 43}",
        "0" * 32 + ".",
        "é.é",
        "nul\0.nul\0",
        "9" * 100_000,
    ],
    ids=abbreviated,
)
async def test_what_is_no_refresh_token_is_refused(world: World, token: str) -> None:
    answer = await refresh(world, token)
    if "errors" in answer:
        assert is_refused(answer)
    else:
        [error] = answer["data"]["refreshSession"]["errors"]
        assert (error["__typename"], error["path"]) == ("ValidationError", ["refreshToken"])


async def test_a_secret_of_another_session_is_refused_and_opens_neither(world: World) -> None:
    ada, eve = await world.person("Ada"), await world.person("Eve")
    of_ada, of_eve = (each.refresh_token.partition(".") for each in (ada, eve))
    assert is_refused(await refresh(world, f"{of_ada[0]}.{of_eve[2]}"))
    assert (await refreshed(world, eve.refresh_token))["user"]["id"] == eve.id


@pytest.mark.parametrize(
    "ended", [{"expires_at": now() - timedelta(seconds=1)}, {"revoked_at": now()}]
)
async def test_a_session_that_is_over_cannot_be_refreshed(
    world: World, ended: dict[str, Any]
) -> None:
    ada = await world.person()
    await rows.change(world, await session_of(world, ada), **ended)
    assert is_refused(await refresh(world, ada.refresh_token))
    recorded = await rows.events_about(world, uuid_of(ada.id))
    assert EventKind.SESSION_REUSED not in recorded


async def test_a_suspended_account_cannot_refresh_and_its_token_is_not_used_up(
    world: World,
) -> None:
    ada = await world.person()
    user = await rows.one(world, select(User).where(User.id == uuid_of(ada.id)))
    await rows.change(world, user, status=UserStatus.SUSPENDED)
    assert is_refused(await refresh(world, ada.refresh_token))
    await rows.change(world, user, status=UserStatus.ACTIVE)
    await past_the_grace(world, ada)
    assert (await refreshed(world, ada.refresh_token))["user"]["id"] == ada.id


async def test_logging_out_ends_the_tokens_of_this_session_at_once(world: World) -> None:
    ada = await world.person()
    payload = await world.done(LOGOUT, ada)
    assert payload["signedOut"] is True
    assert not await is_in(world, ada.access_token)
    assert is_refused(await refresh(world, ada.refresh_token))
    assert (await rows.events_about(world, uuid_of(ada.id)))[-1] == EventKind.SESSION_ENDED


async def test_a_refresh_token_logs_out_without_signing_in(world: World) -> None:
    ada = await world.person()
    payload = await world.done(LOGOUT, None, refreshToken=ada.refresh_token)
    assert payload["signedOut"] is True
    assert not await is_in(world, ada.access_token)


async def test_logging_out_twice_does_no_harm_and_is_recorded_once(world: World) -> None:
    ada = await world.person()
    for _ in range(2):
        payload = await world.done(LOGOUT, None, refreshToken=ada.refresh_token)
        assert payload["signedOut"] is True
    recorded = await rows.events_about(world, uuid_of(ada.id))
    assert recorded.count(EventKind.SESSION_ENDED) == 1


async def test_who_logged_out_does_nothing_more_in_the_same_request(world: World) -> None:
    ada = await world.person()
    answer = await world.ask(LOGOUT_AND_FOUND, by=ada)
    [error] = answer["errors"]
    assert error["path"] == ["createOrganization"]
    assert error["extensions"]["code"] == "UNAUTHENTICATED"


async def test_nobody_ends_a_session_without_a_token_of_it(world: World) -> None:
    ada, eve = await world.person("Ada"), await world.person("Eve")
    session_id = ada.refresh_token.partition(".")[0]
    forged = f"{session_id}.{eve.refresh_token.partition('.')[2]}"
    for given, by in (
        ({}, None),
        ({"refreshToken": forged}, None),
        ({"refreshToken": forged}, eve),
    ):
        answer = await world.ask(LOGOUT, {"input": given}, by=by)
        assert [error["extensions"]["code"] for error in answer["errors"]] == ["UNAUTHENTICATED"]
    assert await is_in(world, ada.access_token)
    assert await is_in(world, eve.access_token)
