"""Values that fit their type and still mean harm: each gets an error that says what to mend."""

from typing import Any

import pytest

from domain.permissions import Role
from tests.world import Place, World, content

TEMPLATES = """
query ($slug: String!, $filter: TemplateFilter, $orderBy: [TemplateOrder!], $after: String) {
  organization(slug: $slug) {
    templates(filter: $filter, orderBy: $orderBy, after: $after, first: 1) {
      nodes { name } pageInfo { endCursor hasNextPage } totalCount
    }
  }
}
"""
PREVIEW = """
query ($id: ID!, $values: JSON!) {
  node(id: $id) {
    ... on TemplateVersion { preview(values: $values) { errors { message path } } }
  }
}
"""


@pytest.fixture(scope="module")
async def place(world: World) -> Place:
    place = await world.organization()
    for name in ("Welcome", "Farewell"):
        await place.template(name=name)
    return place


async def templates(place: Place, **variables: Any) -> Any:
    """The page, or the message of the only error."""
    given = {"slug": place.slug, **variables}
    answer = await place.world.ask(TEMPLATES, given, by=place[Role.ADMIN])
    if "errors" not in answer:
        return answer["data"]["organization"]["templates"]
    [error] = answer["errors"]
    assert error["extensions"]["code"] == "BAD_USER_INPUT", error
    return error["message"]


async def test_a_criterion_that_repeats_another_changes_nothing(place: Place) -> None:
    often = [{"field": "NAME"}, *[{"field": "NAME", "direction": "DESC"}] * 900]
    page = await templates(place, orderBy=often)
    assert page["nodes"] == [{"name": "Farewell"}]
    rest = await templates(place, orderBy=often, after=page["pageInfo"]["endCursor"])
    assert rest["nodes"] == [{"name": "Welcome"}]
    assert await templates(place, orderBy=often[:1], after=page["pageInfo"]["endCursor"]) == rest


@pytest.mark.parametrize(
    ("given", "where"),
    [
        ({"orderBy": [{"field": "NAME"}] * 6_000}, "orderBy"),
        ({"filter": {"category": {"in": ["x"] * 19_000}}}, "filter.category.in"),
        ({"filter": {"tags": {"hasAll": ["x"] * 19_000}}}, "filter.tags.hasAll"),
        ({"filter": {"author": {"in": ["x"] * 19_000}}}, "filter.author.in"),
    ],
)
async def test_a_list_that_is_too_long_is_refused_with_its_place(
    place: Place, given: dict[str, Any], where: str
) -> None:
    message = await templates(place, **given)
    assert message.startswith(f"{where}: Give at most 1,000 items"), message


async def test_lists_as_long_as_they_may_be_are_searched_together(place: Place) -> None:
    many = [f"x{number}" for number in range(1_000)]
    states = ["DRAFT"] * 1_000
    people = [place[Role.ADMIN].id] * 1_000
    given = {
        "category": {"in": many},
        "tags": {"hasAny": many, "hasAll": many},
        "author": {"in": people},
        "status": {"in": states, "notIn": states},
    }
    assert (await templates(place, filter=given))["totalCount"] == 0


@pytest.mark.parametrize(
    "search",
    ["x" * 10_000, "word " * 5_000, "a & !b | (c:*", "ª ² ① ﷺ İ \u0345 \U0001d54f", "q \\ ' \" %"],
)
async def test_a_search_may_say_anything(place: Place, search: str) -> None:
    assert (await templates(place, filter={"search": search}))["nodes"] == []


@pytest.mark.parametrize(
    ("amount", "currency", "wrong"),
    [
        (1, [], {"currency"}),
        (1, {"code": "EUR"}, {"currency"}),
        ([], None, {"amount", "currency"}),
        (10**30, "EUR", {"amount"}),
        ("0", "EUR", set()),
    ],
)
async def test_money_of_any_shape_is_checked(
    place: Place, amount: Any, currency: Any, wrong: set[str]
) -> None:
    given = {
        **content("{{ price }}"),
        "subject": "-",
        "variables": [{"name": "price", "type": "MONEY"}],
    }
    template = await place.template(content=given)
    values = {"price": {"amount": amount, "currency": currency}}
    asked = {"id": template["currentVersion"]["id"], "values": values}
    answer = await place.world.ask(PREVIEW, asked, by=place[Role.ADMIN])
    errors = answer["data"]["node"]["preview"]["errors"]
    assert {error["path"][-1] for error in errors} == wrong
