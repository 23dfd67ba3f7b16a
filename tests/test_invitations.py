"""Invitations: who gets them by mail, how long they are good, and that they are taken back."""

import asyncio
import re
from collections.abc import AsyncIterator
from typing import Any

import pytest
from sqlalchemy import select

from auth.tokens import digest
from db.models import Invitation, User, now
from domain.events import EventKind
from domain.permissions import Permission, Role
from tests import rows
from tests.grouping import DELETE_ROLE, UPDATE_ROLE, a_role, names
from tests.jobs import run_jobs, waiting
from tests.post_office import PostOffice, post_office
from tests.rows import abbreviated
from tests.test_memberships import JOIN, invited
from tests.test_notification_mails import through
from tests.world import ACCEPT, INVITE, Person, Place, World, uuid_of

ERRORS = (
    "errors { __typename code path message ... on ConflictError { current { id __typename } } }"
)
INVITE_AND_SEE = f"""
mutation ($input: InviteMemberInput!) {{
  inviteMember(input: $input) {{
    invitation {{
      id email version status role {{ name permissions builtIn custom {{ id }} }} acceptedAt
      inviter {{ id }} organization {{ id }}
    }}
    {ERRORS}
  }}
}}
"""
RESEND = """
mutation ($input: ResendInvitationInput!) {
  resendInvitation(input: $input) {
    invitation { id version status expiresAt inviter { id } }
    errors {
      __typename code path message
      ... on LimitError { retryAfter } ... on ConflictError { current { id } }
    }
  }
}
"""
REVOKE = f"""
mutation ($input: RevokeInvitationInput!) {{
  revokeInvitation(input: $input) {{ invitation {{ id version status revokedAt }} {ERRORS} }}
}}
"""
OF_PLACE = """
query ($slug: String!, $filter: InvitationFilter) {
  organization(slug: $slug) { invitations(filter: $filter) { totalCount nodes { email status } } }
}
"""
TOKEN = re.compile(r"[0-9a-f]{32}\.[\w-]{43}")


@pytest.fixture
async def office() -> AsyncIterator[PostOffice]:
    async with post_office() as office:
        yield office


async def an_invitation(place: Place, email: str, **given: Any) -> dict[str, Any]:
    given = {"organization": place.id, "email": email, "role": "EDITOR", **given}
    made = await place.world.done(INVITE_AND_SEE, place[Role.ADMIN], **given)
    return dict(made["invitation"])


async def mailed(world: World, office: PostOffice, invitation: dict[str, Any]) -> list[str]:
    """What has been mailed of an invitation, once all that waits is sent."""
    await run_jobs(through(world, office), about=uuid_of(invitation["id"]))
    return [_text(mail) for mail in office.mails]


def _text(mail: Any) -> str:
    return str(mail.get_body(("plain",)).get_content())


async def row_of(world: World, invitation: dict[str, Any]) -> Invitation:
    statement = select(Invitation).where(Invitation.id == uuid_of(invitation["id"]))
    row: Invitation = await rows.one(world, statement)
    return row


async def expired(world: World, invitation: dict[str, Any]) -> None:
    await rows.change(world, await row_of(world, invitation), expires_at=now())


async def only_error(world: World, query: str, by: Person, **given: Any) -> dict[str, Any]:
    """The one error of a mutation that does nothing."""
    [error] = (await world.do(query, by, **given))["errors"]
    return dict(error)


async def test_an_invitation_is_shown_and_its_token_is_not(world: World) -> None:
    place = await world.organization()
    invitation = await an_invitation(place, " Eve@EXAMPLE.com ")
    assert invitation | {"id": "", "role": {}} == {
        "id": "",
        "email": "Eve@example.com",
        "version": 1,
        "status": "PENDING",
        "role": {},
        "acceptedAt": None,
        "inviter": {"id": place[Role.ADMIN].id},
        "organization": {"id": place.id},
    }
    assert invitation["role"]["builtIn"] == invitation["role"]["name"] == "EDITOR"
    assert invitation["role"]["custom"] is None
    assert world.mailed(invitation) not in await rows.whole_database(world)


async def test_the_invited_person_is_mailed_who_invites_them_and_a_token(
    world: World, office: PostOffice
) -> None:
    place, eve = await world.organization(), await world.person("Eve")
    invitation = await an_invitation(place, eve.email)
    [text] = await mailed(world, office, invitation)
    assert office.envelopes == [eve.email]
    assert office.mails[0]["Subject"] == "Admin Byron invites you to Acme Press"
    assert "as EDITOR" in text
    [token] = TOKEN.findall(text)
    assert token == world.mailed(invitation)
    await world.done(ACCEPT, eve, token=token)


async def test_a_link_to_the_front_end_is_mailed_where_it_has_an_address(
    world: World, office: PostOffice
) -> None:
    place = await world.organization()
    invitation = await an_invitation(place, "eve@example.com")
    site = through(world, office, public_url="https://press.example")
    await run_jobs(site, about=uuid_of(invitation["id"]))
    link = f"https://press.example/invitations/{world.mailed(invitation)}"
    assert link in _text(office.mails[0])


async def test_nothing_is_mailed_of_what_is_only_tried_or_was_taken_back(
    world: World, office: PostOffice
) -> None:
    place = await world.organization()
    tried = await an_invitation(place, "eve@example.com", dryRun=True)
    assert await waiting(world, about=uuid_of(tried["id"])) == []
    revoked = await an_invitation(place, "eve@example.com")
    await world.done(REVOKE, place[Role.ADMIN], invitation=revoked["id"])
    assert await mailed(world, office, revoked) == []


async def test_who_accepts_has_shown_that_the_address_is_theirs(world: World) -> None:
    place, eve = await world.organization(), await world.person("Eve")
    account = select(User).where(User.id == uuid_of(eve.id))
    await rows.change(world, await rows.one(world, account), email_verified=False)
    await world.done(JOIN, eve, token=await invited(place, eve.email))
    assert (await rows.one(world, account)).email_verified
    assert EventKind.EMAIL_VERIFIED in await rows.events_about(world, uuid_of(eve.id))


async def test_an_address_has_one_invitation_at_a_time(world: World) -> None:
    place = await world.organization(Role.MANAGER)
    invitation = await an_invitation(place, "eve@example.com")
    before = await rows.of_organization(world, uuid_of(place.id))
    given = {"organization": place.id, "email": "EVE@example.com", "role": "VIEWER"}
    error = await only_error(world, INVITE_AND_SEE, place[Role.MANAGER], **given)
    assert (error["__typename"], error["path"]) == ("ConflictError", ["email"])
    assert error["current"] == {"id": invitation["id"], "__typename": "Invitation"}
    assert await rows.of_organization(world, uuid_of(place.id)) == before
    await world.done(REVOKE, place[Role.ADMIN], invitation=invitation["id"])
    await world.done(INVITE_AND_SEE, place[Role.MANAGER], **given)


async def test_two_who_invite_an_address_at_once_make_one_invitation(world: World) -> None:
    place = await world.organization(Role.MANAGER)
    given = {"organization": place.id, "email": "eve@example.com", "role": "VIEWER"}
    by = (place[Role.ADMIN], place[Role.MANAGER])
    payloads = await asyncio.gather(*(world.do(INVITE_AND_SEE, each, **given) for each in by))
    assert sorted(len(payload["errors"]) for payload in payloads) == [0, 1]


async def test_an_invitation_that_is_sent_again_is_good_by_its_new_token_only(
    world: World, office: PostOffice
) -> None:
    place, eve = await world.organization(Role.MANAGER), await world.person("Eve")
    first = await an_invitation(place, eve.email)
    await expired(world, first)
    given = {"invitation": first["id"], "ifVersion": 2}
    payload = await world.done(RESEND, place[Role.MANAGER], **given)
    again = payload["invitation"]
    assert (again["status"], again["version"]) == ("PENDING", 3)
    assert again["inviter"] == {"id": place[Role.MANAGER].id}
    [text] = await mailed(world, office, again)
    assert TOKEN.findall(text) == [world.mailed(again)]
    error = await only_error(world, JOIN, eve, token=world.mailed(first))
    assert (error["__typename"], error["path"]) == ("NotFoundError", ["token"])
    await world.done(JOIN, eve, token=world.mailed(again))


async def test_an_address_is_not_flooded_by_whatever_way_it_is_mailed(world: World) -> None:
    place = await world.organization()
    admin = place[Role.ADMIN]
    invitation = await an_invitation(place, "eve@example.com")
    for _ in range(3):
        await world.done(RESEND, admin, invitation=invitation["id"])
    await world.done(REVOKE, admin, invitation=invitation["id"])
    last = await an_invitation(place, "eve@example.com")
    before = await rows.of_organization(world, uuid_of(place.id))
    error = await only_error(world, RESEND, admin, invitation=last["id"])
    assert error["code"] == "RATE_LIMITED"
    assert 0 < error["retryAfter"] <= 3600
    assert await rows.of_organization(world, uuid_of(place.id)) == before


async def test_what_was_taken_back_stays_so_and_says_so(world: World) -> None:
    place, eve = await world.organization(), await world.person("Eve")
    admin = place[Role.ADMIN]
    invitation = await an_invitation(place, eve.email)
    given = {"invitation": invitation["id"]}
    stale = await only_error(world, REVOKE, admin, **given, ifVersion=7)
    assert (stale["__typename"], stale["path"]) == ("ConflictError", ["ifVersion"])
    revoked = (await world.done(REVOKE, admin, **given, ifVersion=1))["invitation"]
    assert (revoked["status"], revoked["version"]) == ("REVOKED", 2)
    for query, by, asked in (
        (ACCEPT, eve, {"token": world.mailed(invitation)}),
        (REVOKE, admin, given),
        (RESEND, admin, given),
    ):
        error = await only_error(world, query, by, **asked)
        assert error["__typename"] == "ConflictError"
        assert "was revoked" in error["message"]


async def test_an_expired_invitation_cannot_be_accepted(world: World) -> None:
    place, eve = await world.organization(), await world.person("Eve")
    invitation = await an_invitation(place, eve.email)
    await expired(world, invitation)
    error = await only_error(world, ACCEPT, eve, token=world.mailed(invitation))
    assert (error["__typename"], error["path"]) == ("ConflictError", ["token"])
    assert "expired" in error["message"]


async def test_invitations_are_listed_by_what_became_of_them(world: World) -> None:
    place, eve = await world.organization(Role.VIEWER), await world.person("Eve")
    late = await an_invitation(place, "late@example.com")
    await expired(world, late)
    gone = await an_invitation(place, "gone@example.com")
    await world.done(REVOKE, place[Role.ADMIN], invitation=gone["id"])
    await an_invitation(place, "new@example.com")
    await world.done(ACCEPT, eve, token=await invited(place, eve.email))
    over = {"late@example.com", "gone@example.com"}
    for wanted, statuses, emails in (
        ({"in": ["PENDING"]}, {"PENDING"}, {"new@example.com"}),
        ({"in": ["EXPIRED", "REVOKED"]}, {"EXPIRED", "REVOKED"}, over),
        ({"notIn": ["ACCEPTED", "PENDING"]}, {"EXPIRED", "REVOKED"}, over),
        ({"in": ["ACCEPTED"]}, {"ACCEPTED"}, {eve.email, place[Role.VIEWER].email}),
    ):
        asked = {"slug": place.slug, "filter": {"status": wanted}}
        answer = await world.ask(OF_PLACE, asked, by=place[Role.ADMIN])
        nodes = answer["data"]["organization"]["invitations"]["nodes"]
        assert {node["email"] for node in nodes} == emails
        assert {node["status"] for node in nodes} <= statuses


@pytest.mark.parametrize("given", [{}, {"role": "EDITOR", "customRole": True}])
async def test_an_invitation_names_one_role(world: World, given: dict[str, Any]) -> None:
    place = await world.organization()
    if "customRole" in given:
        given = given | {"customRole": await a_role(place)}
    asked = {"organization": place.id, "email": "eve@example.com", **given}
    error = await only_error(world, INVITE, place[Role.ADMIN], **asked)
    assert (error["__typename"], error["path"]) == ("ValidationError", ["role"])


async def test_who_is_invited_to_a_role_gets_it_as_it_is_when_they_accept(world: World) -> None:
    place, eve = await world.organization(), await world.person("Eve")
    admin, role = place[Role.ADMIN], await a_role(place)
    invitation = await an_invitation(place, eve.email, role=None, customRole=role)
    assert invitation["role"]["custom"] == {"id": role}
    assert invitation["role"]["permissions"] == names()
    in_use = await only_error(world, DELETE_ROLE, admin, role=role)
    assert in_use["__typename"] == "ConflictError"
    more = names(Permission.COMMENT_WRITE)
    await world.done(UPDATE_ROLE, admin, role=role, name="Critic", permissions=more)
    token = world.mailed(invitation)
    assert (await row_of(world, invitation)).token_hash == digest(token)
    await world.done(JOIN, eve, token=token)
    actor = (await world.context(eve)).actor
    [grant] = actor.grants.values()
    assert (grant.name, {each.name for each in grant.permissions}) == ("Critic", set(more))


async def test_an_invitation_whose_role_is_gone_is_not_sent_again(world: World) -> None:
    place = await world.organization()
    admin, role = place[Role.ADMIN], await a_role(place)
    invitation = await an_invitation(place, "eve@example.com", role=None, customRole=role)
    await expired(world, invitation)
    await world.done(DELETE_ROLE, admin, role=role)
    error = await only_error(world, RESEND, admin, invitation=invitation["id"])
    assert error["__typename"] == "ConflictError"
    assert "deleted" in error["message"]


@pytest.mark.parametrize(
    "email", ["", "nobody", "nul\0@example.com", "x" * 100_000], ids=abbreviated
)
async def test_an_invitation_to_no_address_is_refused(world: World, email: str) -> None:
    place = await world.organization()
    payload = await world.do(
        INVITE, place[Role.ADMIN], organization=place.id, email=email, role="VIEWER"
    )
    told = {(error["__typename"], *error["path"]) for error in payload["errors"]}
    assert told == {("ValidationError", "email")}


async def test_a_member_is_not_invited_again(world: World) -> None:
    place = await world.organization(Role.VIEWER)
    email = place[Role.VIEWER].email.upper()
    payload = await world.do(
        INVITE_AND_SEE, place[Role.ADMIN], organization=place.id, email=email, role="EDITOR"
    )
    [error] = payload["errors"]
    assert (error["__typename"], error["path"]) == ("ConflictError", ["email"])
    assert error["current"]["__typename"] == "Membership"


@pytest.mark.parametrize("role", Role)
async def test_nobody_invites_to_more_than_their_own_role_grants(world: World, role: Role) -> None:
    place = await world.organization(Role.MANAGER)
    before = await rows.of_organization(world, uuid_of(place.id))
    given = {"organization": place.id, "email": "eve@example.com", "role": role.value}
    answer = await world.ask(INVITE, {"input": given}, by=place[Role.MANAGER])
    if role is Role.ADMIN:
        assert [error["extensions"]["code"] for error in answer["errors"]] == ["FORBIDDEN"]
        assert await rows.of_organization(world, uuid_of(place.id)) == before
    else:
        assert answer["data"]["inviteMember"]["errors"] == []
