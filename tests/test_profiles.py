"""What people say about themselves, and how they want things to be."""

from typing import Any

import pytest

from domain.events import EventKind
from tests.editorial import error_of, history, problems_of
from tests.world import Person, World

PROFILE = "name { first last full } bio locale timezone version"
UPDATE = f"""
mutation ($input: UpdateProfileInput!) {{
  updateProfile(input: $input) {{
    viewer {{ {PROFILE} }} errors {{ __typename code message path }}
  }}
}}
"""
SETTINGS = """
mutation ($input: UpdateSettingsInput!) {
  updateSettings(input: $input) {
    viewer { version settings { theme } } errors { __typename code message path }
  }
}
"""
VIEWER = f"{{ viewer {{ {PROFILE} settings {{ theme }} }} }}"


async def viewer(world: World, person: Person) -> dict[str, Any]:
    return dict((await world.ask(VIEWER, by=person))["data"]["viewer"])


async def test_what_is_given_is_changed_and_the_rest_stays(world: World) -> None:
    ada = await world.person()
    before = await viewer(world, ada)
    given = {"bio": "Prints by night.\nSleeps by day.", "locale": "de-at"}
    payload = await world.done(UPDATE, ada, **given, timezone="Europe/Vienna")
    changed = {"bio": given["bio"], "locale": "de-AT", "timezone": "Europe/Vienna", "version": 2}
    assert payload["viewer"] == {**payload["viewer"], **changed}
    assert await viewer(world, ada) == {**before, **changed}
    [*_, (kind, was, told)] = await history(world, ada.id)
    assert (kind, was["bio"], told["bio"]) == (EventKind.PROFILE_UPDATED, "", given["bio"])


async def test_a_new_name_is_shown_without_the_spaces_around_it(world: World) -> None:
    ada = await world.person()
    payload = await world.done(UPDATE, ada, firstName=" Augusta ", lastName="King")
    assert payload["viewer"]["name"]["full"] == "Augusta King"


@pytest.mark.parametrize(
    ("given", "place"),
    [
        ({"firstName": " "}, "firstName"),
        ({"lastName": "x" * 201}, "lastName"),
        ({"firstName": None}, "firstName"),
        ({"bio": "x" * 2_001}, "bio"),
        ({"bio": "bell\a"}, "bio"),
        ({"locale": "not a language"}, "locale"),
        ({"timezone": "Mars/Olympus"}, "timezone"),
        ({"timezone": "../etc/passwd"}, "timezone"),
    ],
)
async def test_what_breaks_a_rule_is_refused_with_its_place_and_nothing_changes(
    world: World, given: dict[str, Any], place: str
) -> None:
    ada = await world.person()
    before = await viewer(world, ada), await history(world, ada.id)
    assert list(await problems_of(world, UPDATE, ada, **given)) == [place]
    assert (await viewer(world, ada), await history(world, ada.id)) == before


async def test_a_stale_version_is_refused_and_nothing_changes(world: World) -> None:
    ada = await world.person()
    await world.done(UPDATE, ada, bio="First.", ifVersion=1)
    error = await error_of(world, UPDATE, ada, bio="Second.", ifVersion=1)
    assert error["code"] == "CONFLICT"
    assert (await viewer(world, ada))["bio"] == "First."


async def test_the_theme_is_as_the_device_is_until_it_is_chosen(world: World) -> None:
    ada = await world.person()
    assert (await viewer(world, ada))["settings"] == {"theme": "SYSTEM"}
    payload = await world.done(SETTINGS, ada, theme="DARK")
    assert payload["viewer"]["settings"] == {"theme": "DARK"}
    [*_, (kind, was, told)] = await history(world, ada.id)
    assert (kind, was["theme"], told["theme"]) == (EventKind.SETTINGS_UPDATED, "SYSTEM", "DARK")


async def test_settings_are_for_oneself_alone(world: World) -> None:
    place = await world.organization()
    [admin] = place.members.values()
    query = "query ($id: ID!) { node(id: $id) { ... on User { settings { theme } } } }"
    own = await world.ask(query, {"id": admin.id}, by=admin)
    assert own["data"]["node"] == {"settings": {"theme": "SYSTEM"}}
    other = await place.join(next(iter(place.members)))
    refused = await world.ask(query, {"id": admin.id}, by=other)
    assert refused["errors"][0]["extensions"]["code"] == "FORBIDDEN"
    assert refused["data"]["node"] == {"settings": None}
