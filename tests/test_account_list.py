"""Everybody's accounts in one list: what filters and orders mean, and what a page costs."""

from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import uuid4

import pytest
from sqlalchemy import text

from domain.accounts import UserStatus
from domain.permissions import PlatformRole, Role
from tests import rows
from tests.administration_targets import account
from tests.record import a_platform_admin
from tests.world import Person, World

PAGE = """
query (
  $filter: AccountFilter, $orderBy: [AccountOrder!],
  $first: Int, $after: String, $last: Int, $before: String
) {
  users(
    filter: $filter, orderBy: $orderBy,
    first: $first, after: $after, last: $last, before: $before
  ) {
    nodes { id email } pageInfo { hasNextPage hasPreviousPage startCursor endCursor }
  }
}
"""
COUNT = "query ($filter: AccountFilter) { users(filter: $filter) { totalCount } }"
DAY = datetime(2026, 3, 1, 12, tzinfo=UTC)
SURNAME = f"Whitlow{uuid4().hex[:8]}"
FACTS: list[dict[str, Any]] = [
    {"first_name": "Zoe", "last_name": SURNAME, "last_login_at": DAY},
    {"first_name": "anna", "last_name": SURNAME, "last_login_at": None},
    {"first_name": "Bert", "last_name": SURNAME.upper(), "status": UserStatus.SUSPENDED},
    {"first_name": "Élodie", "last_name": SURNAME, "platform_role": PlatformRole.MODERATOR},
    {"first_name": "Gone", "last_name": SURNAME, "status": UserStatus.DELETED},
    {"first_name": "Una", "last_name": SURNAME, "email_verified": False},
]
MINE = {"search": SURNAME}


@pytest.fixture(scope="module")
async def root(world: World) -> Person:
    return await a_platform_admin(world)


@pytest.fixture(scope="module")
async def people(world: World) -> list[Person]:
    """Some with the same family name, opened an hour apart."""
    made = [await world.person(facts["first_name"].lower()) for facts in FACTS]
    for n, (person, facts) in enumerate(zip(made, FACTS, strict=True)):
        times = {"created_at": DAY + timedelta(hours=n), "last_login_at": DAY + timedelta(days=n)}
        await rows.change(world, await account(world, person), **{**times, **facts})
    return made


async def page(world: World, by: Person | None, **asked: Any) -> dict[str, Any]:
    answer = await world.ask(PAGE, asked, by=by)
    assert "errors" not in answer, answer
    return dict(answer["data"]["users"])


async def found(world: World, root: Person, people: list[Person], **asked: Any) -> list[int]:
    """Which of the people are listed, in the order in which they are."""
    places = {person.id: n for n, person in enumerate(people)}
    listed = await page(world, root, first=100, **asked)
    return [places[node["id"]] for node in listed["nodes"] if node["id"] in places]


async def test_the_newest_come_first_and_the_deleted_not_at_all(
    world: World, root: Person, people: list[Person]
) -> None:
    assert await found(world, root, people, filter=MINE) == [5, 3, 2, 1, 0]


@pytest.mark.parametrize(
    ("filter", "expected"),
    [
        ({"status": {"in": ["SUSPENDED"]}}, [2]),
        ({"status": {"in": ["DELETED"]}}, [4]),
        ({"status": {"in": list(UserStatus)}}, [5, 4, 3, 2, 1, 0]),
        ({"status": {"in": []}}, []),
        ({"status": {}}, [5, 3, 2, 1, 0]),
        ({"platformRole": {"in": ["MODERATOR", "ADMIN"]}}, [3]),
        ({"emailVerified": False}, [5]),
        ({"emailVerified": True}, [3, 2, 1, 0]),
        ({"createdAt": {"gte": (DAY + timedelta(hours=2)).isoformat()}}, [5, 3, 2]),
        ({"lastLoginAt": {"lt": (DAY + timedelta(days=3)).isoformat()}}, [2, 0]),
        ({"search": f"ELO {SURNAME[:9]}"}, []),
        ({"search": f"élo {SURNAME}"}, [3]),
        ({"search": f"zoe {SURNAME[:10]}"}, [0]),
    ],
)
async def test_a_filter_means_what_it_says(
    world: World,
    root: Person,
    people: list[Person],
    filter: dict[str, Any],
    expected: list[int],
) -> None:
    given = {**MINE, **filter}
    assert await found(world, root, people, filter=given) == expected
    answer = await world.ask(COUNT, {"filter": given}, by=root)
    assert answer["data"]["users"]["totalCount"] == len(expected)


async def test_an_address_is_found_by_its_words(
    world: World, root: Person, people: list[Person]
) -> None:
    name, _, domain = people[0].email.partition("@")
    assert await found(world, root, people, filter={"search": f"{name} {domain}"}) == [0]


async def test_members_are_those_who_belong_to_it_now(world: World, root: Person) -> None:
    place = await world.organization(Role.EDITOR)
    left = await place.join(Role.VIEWER)
    statement = text("UPDATE memberships SET left_at = now() WHERE user_id = :user")
    async with world.resources.database.transaction() as session:
        await session.execute(statement, {"user": (await account(world, left)).id})
    listed = await page(world, root, filter={"organization": {"in": [place.id]}})
    assert {node["id"] for node in listed["nodes"]} == {each.id for each in place.members.values()}


@pytest.mark.parametrize(
    ("field", "expected"),
    [
        ("NAME", [1, 2, 5, 0, 3]),
        ("EMAIL", None),
        ("CREATED_AT", [0, 1, 2, 3, 5]),
        ("LAST_LOGIN_AT", [1, 0, 2, 3, 5]),
    ],
)
@pytest.mark.parametrize("backwards", [False, True])
async def test_any_order_pages_without_losing_anybody(
    world: World,
    root: Person,
    people: list[Person],
    field: str,
    expected: list[int] | None,
    *,
    backwards: bool,
) -> None:
    listed = await page(world, root, first=100, filter=MINE, orderBy=[{"field": field}])
    whole = [node["id"] for node in listed["nodes"]]
    if expected is None:
        assert [node["email"] for node in listed["nodes"]] == sorted(
            person.email for n, person in enumerate(people) if n != 4
        )
    else:
        places = {person.id: n for n, person in enumerate(people)}
        assert sorted(places[id] for id in whole) == sorted(expected)
        if field != "NAME":  # where accents go depends on the database's own order of letters
            assert [places[id] for id in whole] == expected
    seen: list[str] = []
    cursor, more = None, True
    while more:
        paging = {"last": 2, "before": cursor} if backwards else {"first": 2, "after": cursor}
        part = await page(world, root, filter=MINE, orderBy=[{"field": field}], **paging)
        ids, info = [node["id"] for node in part["nodes"]], part["pageInfo"]
        seen = ids + seen if backwards else seen + ids
        cursor = info["startCursor" if backwards else "endCursor"]
        more = info["hasPreviousPage" if backwards else "hasNextPage"]
    assert seen == whole


@pytest.mark.parametrize("first", [1, 5])
async def test_a_page_and_its_count_cost_a_statement_each(
    world: World, root: Person, people: list[Person], first: int
) -> None:
    whole = "nodes { id name { full } platformRole lastLoginAt } pageInfo { hasNextPage endCursor }"
    for selection, cost in ((whole, 1), ("totalCount", 1), (f"totalCount {whole}", 2)):
        query = f"""query ($filter: AccountFilter, $first: Int) {{
          users(filter: $filter, first: $first) {{ {selection} }}
        }}"""
        with world.statements() as statements:
            answer = await world.ask(query, {"filter": MINE, "first": first}, by=root)
        assert "errors" not in answer
        assert len(statements) == 1 + cost


async def test_the_list_is_for_administrators_of_the_platform(world: World) -> None:
    place = await world.organization()
    for person, code in ((None, "UNAUTHENTICATED"), (place[Role.ADMIN], "FORBIDDEN")):
        answer = await world.ask(COUNT, by=person)
        assert answer["data"] == {"users": None}
        assert [error["extensions"]["code"] for error in answer["errors"]] == [code]
