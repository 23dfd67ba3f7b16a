"""Organisations: founding them, changing them, and inviting people to them."""

import asyncio
from typing import Any
from uuid import uuid4

import pytest
from sqlalchemy import func, select

from db.models import Organization
from domain.events import EventKind
from domain.permissions import Role
from tests import rows
from tests.rows import abbreviated
from tests.world import CREATE_ORGANIZATION, World, uuid_of

FOUND = """
mutation ($input: CreateOrganizationInput!) {
  createOrganization(input: $input) {
    organization {
      slug name version authorsMayApprove
      members { totalCount nodes { role { name permissions } user { email locale } } }
      invitations { totalCount }
      templates { totalCount }
    }
    errors { message }
  }
}
"""
UPDATE = """
mutation ($input: UpdateOrganizationInput!) {
  updateOrganization(input: $input) {
    organization { name authorsMayApprove version }
    errors {
      __typename message path
      ... on ConflictError { current { id ... on Organization { name version } } }
    }
  }
}
"""
BY_SLUG = "query ($slug: String!) { organization(slug: $slug) { id name } }"


def a_slug() -> str:
    return f"press-{uuid4().hex}"


async def test_the_founder_is_its_first_admin_in_the_same_answer(world: World) -> None:
    ada, slug = await world.person("Ada"), a_slug()
    payload = await world.done(FOUND, ada, slug=slug, name="  Acme Press ")
    found = payload["organization"]
    assert (found["slug"], found["name"], found["version"]) == (slug, "Acme Press", 1)
    assert found["authorsMayApprove"] is False
    [member] = found["members"]["nodes"]
    assert member["user"] == {"email": ada.email, "locale": "en"}
    assert member["role"]["name"] == "ADMIN"
    assert found["members"]["totalCount"] == 1
    assert found["templates"]["totalCount"] == found["invitations"]["totalCount"] == 0


@pytest.mark.parametrize("slug", ["q", "7", "acme-7-press", "q--7", "x" * 63])
async def test_slugs_of_letters_digits_and_inner_hyphens_are_taken(world: World, slug: str) -> None:
    payload = await world.do(FOUND, await world.person(), slug=slug, name="Acme Press")
    assert payload["organization"]["slug"] == slug


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("slug", ""),
        ("slug", "-acme"),
        ("slug", "acme-"),
        ("slug", "Acme"),
        ("slug", "acme press"),
        ("slug", "acme/press"),
        ("slug", "acme\n"),
        ("slug", "ácme"),
        ("slug", "x" * 64),
        ("slug", "nul\0"),
        ("name", ""),
        ("name", " \t"),
        ("name", "x" * 201),
        ("name", "bell\a"),
        ("name", "nul\0"),
    ],
    ids=abbreviated,
)
async def test_a_slug_or_name_that_breaks_a_rule_is_refused_at_its_place(
    world: World, field: str, value: str
) -> None:
    given = {"slug": a_slug(), "name": "Acme Press", field: value}
    payload = await world.do(CREATE_ORGANIZATION, await world.person(), **given)
    assert payload["organization"] is None
    told = {(error["__typename"], *error["path"]) for error in payload["errors"]}
    assert told == {("ValidationError", field)}


async def test_of_two_who_found_the_same_slug_at_once_exactly_one_does(world: World) -> None:
    people, slug = [await world.person(), await world.person()], a_slug()
    payloads = await asyncio.gather(
        *(world.do(CREATE_ORGANIZATION, each, slug=slug, name="Acme Press") for each in people)
    )
    [refused] = [payload for payload in payloads if payload["errors"]]
    [error] = refused["errors"]
    assert (error["__typename"], error["path"]) == ("ValidationError", ["slug"])
    with_slug = select(func.count()).where(Organization.slug == slug)
    assert await rows.one(world, with_slug) == 1


async def test_an_update_changes_what_was_given_and_records_both_sides(world: World) -> None:
    place = await world.organization()
    payload = await world.done(
        UPDATE, place[Role.ADMIN], organization=place.id, name=" Acme Letters ", ifVersion=1
    )
    assert payload["organization"] == {
        "name": "Acme Letters",
        "authorsMayApprove": False,
        "version": 2,
    }
    payload = await world.done(
        UPDATE, place[Role.ADMIN], organization=place.id, authorsMayApprove=True
    )
    assert payload["organization"]["name"] == "Acme Letters"
    assert payload["organization"]["authorsMayApprove"] is True
    recorded = await rows.events_about(world, uuid_of(place.id))
    assert recorded.count(EventKind.ORGANIZATION_UPDATED) == 2


async def test_a_stale_update_gets_the_organization_as_it_is_and_changes_nothing(
    world: World,
) -> None:
    place = await world.organization()
    await world.done(UPDATE, place[Role.ADMIN], organization=place.id, name="Newer")
    before = await rows.of_organization(world, uuid_of(place.id))
    payload = await world.do(
        UPDATE, place[Role.ADMIN], organization=place.id, name="Stale", ifVersion=1
    )
    assert payload["organization"] is None
    [error] = payload["errors"]
    assert (error["__typename"], error["path"]) == ("ConflictError", ["ifVersion"])
    assert error["current"] == {"id": place.id, "name": "Newer", "version": 2}
    assert await rows.of_organization(world, uuid_of(place.id)) == before


@pytest.mark.parametrize("given", [{"name": None}, {"name": " "}, {"authorsMayApprove": None}])
async def test_an_update_that_breaks_a_rule_changes_nothing(
    world: World, given: dict[str, Any]
) -> None:
    place = await world.organization()
    before = await rows.of_organization(world, uuid_of(place.id))
    payload = await world.do(UPDATE, place[Role.ADMIN], organization=place.id, **given)
    assert [[error["path"]] for error in payload["errors"]] == [[list(given)]]
    assert await rows.of_organization(world, uuid_of(place.id)) == before


async def test_an_organization_of_others_is_not_found(world: World) -> None:
    place, stranger = await world.organization(), await world.person("Eve")
    for slug in (place.slug, a_slug()):
        answer = await world.ask(BY_SLUG, {"slug": slug}, by=stranger)
        assert answer["data"] == {"organization": None}
        assert answer["errors"][0]["extensions"] == {"code": "NOT_FOUND"}
    answer = await world.ask(BY_SLUG, {"slug": place.slug})
    assert answer["errors"][0]["extensions"] == {"code": "UNAUTHENTICATED"}
