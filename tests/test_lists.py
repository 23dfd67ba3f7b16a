"""Lists: what filters and orders mean, and that paging shows every row once, whatever happens."""

from base64 import urlsafe_b64encode
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import Phase, given, settings
from hypothesis import strategies as some
from sqlalchemy import text

from domain.permissions import Role
from tests.editorial import ARCHIVE, COMMENT
from tests.world import Place, World, content, uuid_of

PAGE = """
query (
  $slug: String!, $filter: TemplateFilter, $orderBy: [TemplateOrder!],
  $first: Int, $after: String, $last: Int, $before: String
) {
  organization(slug: $slug) {
    templates(
      filter: $filter, orderBy: $orderBy,
      first: $first, after: $after, last: $last, before: $before
    ) {
      totalCount
      nodes { id }
      edges { cursor node { id name } }
      pageInfo { hasNextPage hasPreviousPage startCursor endCursor }
    }
  }
}
"""
DAY = datetime(2026, 3, 1, 12, tzinfo=UTC)
NAMES = ["Autumn letter", "autumn letter", "Beta", "alpha", "Überweisung", "zebra 2", "Zebra 10"]
CATEGORIES = ["news", "News", None]
STATUSES = ["DRAFT", "IN_REVIEW", "CHANGES_REQUESTED", "APPROVED", "ARCHIVED"]
TAGS = [[], ["garden"], ["garden", "shop"], ["shop", "two words"]]
COUNT = 27
PHASES = [Phase.explicit, Phase.generate, Phase.shrink]


@dataclass(frozen=True)
class Row:
    """A template as it was stored."""

    id: str
    name: str
    category: str | None
    status: str
    tags: tuple[str, ...]
    author: str
    created: datetime
    updated: datetime


@dataclass(frozen=True)
class Shelf:
    """An organisation with templates whose sort keys are often equal."""

    place: Place
    rows: list[Row]

    async def page(self, **arguments: Any) -> dict[str, Any]:
        answer = await self.answer(**arguments)
        assert "errors" not in answer, answer
        return dict(answer["data"]["organization"]["templates"])

    async def answer(self, **arguments: Any) -> dict[str, Any]:
        given = {"slug": self.place.slug, **arguments}
        return await self.place.world.ask(PAGE, given, by=self.place[Role.VIEWER])

    async def ids(self, **arguments: Any) -> set[str]:
        page = await self.page(first=100, **arguments)
        assert page["totalCount"] == len(page["nodes"])
        return {each["id"] for each in page["nodes"]}

    async def walk(self, size: int, *, backwards: bool = False, **arguments: Any) -> list[str]:
        """Every row's id, page by page, in the list's own order."""
        seen: list[str] = []
        cursor = None
        while True:
            page = await self.page(**_asking(size, cursor, backwards), **arguments)
            found = [each["id"] for each in page["nodes"]]
            info = page["pageInfo"]
            assert info[_BACK if not backwards else _ON] is (cursor is not None)
            assert info["startCursor"] == (page["edges"][0]["cursor"] if found else None)
            assert info["endCursor"] == (page["edges"][-1]["cursor"] if found else None)
            seen = found + seen if backwards else seen + found
            if not info[_ON if not backwards else _BACK]:
                return seen
            cursor = info["startCursor" if backwards else "endCursor"]


_ON, _BACK = "hasNextPage", "hasPreviousPage"


def _asking(size: int, cursor: str | None, backwards: bool) -> dict[str, Any]:
    if backwards:
        return {"last": size, "before": cursor}
    return {"first": size, "after": cursor}


def picked(values: list[Any], n: int) -> Any:
    return values[n % len(values)]


async def filled(world: World, count: int = COUNT) -> Shelf:
    """An organisation with that many templates, made by the schema and then given their facts."""
    place = await world.organization(Role.EDITOR, Role.MANAGER, Role.VIEWER)
    stored = []
    for n in range(count):
        author = place[Role.EDITOR] if n % 2 else place[Role.MANAGER]
        template = await place.template(
            author, name=picked(NAMES, n), category=picked(CATEGORIES, n), tags=picked(TAGS, n)
        )
        row = Row(
            template["id"],
            picked(NAMES, n),
            picked(CATEGORIES, n),
            picked(STATUSES, n),
            tuple(picked(TAGS, n)),
            author.id,
            DAY + timedelta(days=n % 3),
            DAY + timedelta(hours=n % 4, microseconds=n % 2),
        )
        stored.append(row)
    await _set_facts(world, stored)
    return Shelf(place, stored)


async def _set_facts(world: World, stored: list[Row]) -> None:
    statement = text(
        "UPDATE templates SET created_at = :created, updated_at = :updated, status = :status"
        " WHERE id = :id"
    )
    async with world.resources.database.transaction() as session:
        for row in stored:
            facts = {"created": row.created, "updated": row.updated, "status": row.status}
            await session.execute(statement, {"id": uuid_of(row.id), **facts})


@pytest.fixture(scope="module")
async def shelf(world: World) -> Shelf:
    return await filled(world)


# Orders

KEYS: dict[str, Callable[[Row], Any]] = {
    "NAME": lambda row: row.name.lower(),
    "CREATED_AT": lambda row: row.created,
    "UPDATED_AT": lambda row: row.updated,
}
Criteria = list[tuple[str, str]]


def in_order(found: list[Row], criteria: Criteria) -> list[str]:
    """The ids as the criteria sort them; the id decides last, in the last one's direction."""
    first = dict(reversed(criteria))
    wanted = [(field, first[field]) for field in dict(criteria)] or [("UPDATED_AT", "DESC")]
    ordered = sorted(found, key=lambda row: uuid_of(row.id), reverse=wanted[-1][1] == "DESC")
    for field, direction in reversed(wanted):
        ordered.sort(key=KEYS[field], reverse=direction == "DESC")
    return [row.id for row in ordered]


def given_order(criteria: Criteria) -> list[dict[str, str]]:
    return [{"field": field, "direction": direction} for field, direction in criteria]


async def test_the_last_changed_comes_first_unless_asked_otherwise(shelf: Shelf) -> None:
    expected = in_order(shelf.rows, [])
    assert await shelf.walk(100) == expected
    assert await shelf.walk(100, orderBy=[]) == expected
    assert await shelf.walk(100, orderBy=None) == expected


async def test_an_order_ascends_unless_told_to_descend(shelf: Shelf) -> None:
    expected = in_order(shelf.rows, [("NAME", "ASC")])
    assert await shelf.walk(100, orderBy=[{"field": "NAME"}]) == expected


@pytest.mark.parametrize("size", [1, 4, 9, COUNT - 1, COUNT, COUNT + 1])
@pytest.mark.parametrize("backwards", [False, True])
async def test_paging_shows_every_row_once_where_sort_keys_are_equal(
    shelf: Shelf, size: int, backwards: bool
) -> None:
    criteria: Criteria = [("CREATED_AT", "DESC")]
    found = await shelf.walk(size, backwards=backwards, orderBy=given_order(criteria))
    assert found == in_order(shelf.rows, criteria)


orders = some.lists(
    some.tuples(some.sampled_from(sorted(KEYS)), some.sampled_from(["ASC", "DESC"])), max_size=4
)


@settings(max_examples=25, deadline=None, derandomize=True, database=None, phases=PHASES)
@given(orders, some.integers(5, COUNT + 2), some.booleans())
async def test_any_order_pages_as_a_plain_sort_would(
    shelf: Shelf, criteria: Criteria, size: int, backwards: bool
) -> None:
    found = await shelf.walk(size, backwards=backwards, orderBy=given_order(criteria))
    assert found == in_order(shelf.rows, criteria)


async def test_a_criterion_that_is_repeated_changes_nothing(shelf: Shelf) -> None:
    criteria: Criteria = [("NAME", "ASC"), ("CREATED_AT", "DESC")] * 200
    found = await shelf.walk(5, orderBy=given_order(criteria))
    assert found == in_order(shelf.rows, criteria[:2])


# Paging while rows come and go


async def test_rows_that_come_and_go_between_pages_shift_nothing(world: World) -> None:
    shelf = await filled(world, 12)
    order = [{"field": "CREATED_AT", "direction": "ASC"}]
    expected = in_order(shelf.rows, [("CREATED_AT", "ASC")])
    seen: list[str] = []
    cursor = None
    for _ in range(4):
        page = await shelf.page(first=3, after=cursor, orderBy=order)
        seen += [each["id"] for each in page["nodes"]]
        cursor = page["pageInfo"]["endCursor"]
        await _insert_before_and_remove(shelf, seen)
    assert seen == expected
    assert not page["pageInfo"]["hasNextPage"]
    back = await shelf.page(last=5, before=cursor, orderBy=order)
    assert back["pageInfo"]["hasNextPage"] is False


async def _insert_before_and_remove(shelf: Shelf, seen: list[str]) -> None:
    """A new row at the very start, and the row that the cursor names taken out of the list."""
    world = shelf.place.world
    new = await shelf.place.template(name="New")
    early = text("UPDATE templates SET created_at = :at WHERE id = :id")
    gone = text("UPDATE templates SET organization_id = :other WHERE id = :id")
    elsewhere = await world.organization()
    async with world.resources.database.transaction() as session:
        await session.execute(early, {"at": DAY - timedelta(days=9), "id": uuid_of(new["id"])})
        await session.execute(gone, {"other": uuid_of(elsewhere.id), "id": uuid_of(seen[-1])})


async def test_a_page_knows_what_lies_around_it(shelf: Shelf) -> None:
    everything = await shelf.page(first=100)
    cursors = [edge["cursor"] for edge in everything["edges"]]
    assert _around(everything) == (False, False)
    assert _around(await shelf.page(first=5)) == (False, True)
    assert _around(await shelf.page(first=5, after=cursors[4])) == (True, True)
    assert _around(await shelf.page(first=5, after=cursors[-6])) == (True, False)
    assert _around(await shelf.page(first=5, after=cursors[-1])) == (True, False)
    assert _around(await shelf.page(last=5)) == (True, False)
    assert _around(await shelf.page(last=5, before=cursors[10])) == (True, True)
    assert _around(await shelf.page(last=5, before=cursors[5])) == (False, True)
    assert _around(await shelf.page(last=5, before=cursors[0])) == (False, True)


def _around(page: dict[str, Any]) -> tuple[bool, bool]:
    return page["pageInfo"][_BACK], page["pageInfo"][_ON]


async def test_a_page_of_nothing_tells_whether_there_is_something(shelf: Shelf) -> None:
    page = await shelf.page(first=0)
    assert (page["nodes"], page["edges"], page["totalCount"]) == ([], [], COUNT)
    assert page["pageInfo"] == {_ON: True, _BACK: False, "startCursor": None, "endCursor": None}
    page = await shelf.page(first=0, filter={"category": {"eq": "nowhere"}})
    assert (page["totalCount"], page["pageInfo"][_ON]) == (0, False)
    page = await shelf.page(last=0)
    assert (page["nodes"], page["pageInfo"][_BACK]) == ([], True)


async def test_a_page_has_twenty_rows_unless_asked_otherwise(shelf: Shelf) -> None:
    assert len((await shelf.page())["nodes"]) == 20
    assert len((await shelf.page(first=None, last=None))["nodes"]) == 20


async def test_the_count_is_of_the_filtered_list_whatever_the_page(shelf: Shelf) -> None:
    narrowed = {"status": {"in": ["DRAFT"]}}
    drafts = [row for row in shelf.rows if row.status == "DRAFT"]
    page = await shelf.page(first=2, filter=narrowed)
    assert (len(page["nodes"]), page["totalCount"]) == (2, len(drafts))
    cursor = page["pageInfo"]["endCursor"]
    page = await shelf.page(first=2, after=cursor, filter=narrowed)
    assert page["totalCount"] == len(drafts)


# Pages that nobody may ask for


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        ({"first": -1}, "first"),
        ({"last": -1}, "last"),
        ({"first": 101}, "first"),
        ({"last": 101}, "last"),
        ({"first": 2**31 - 1}, "first"),
        ({"first": 2**31}, "first"),
        ({"first": 5, "last": 5}, "last"),
        ({"first": 5, "before": "x"}, "before"),
        ({"last": 5, "after": "x"}, "after"),
    ],
)
async def test_an_impossible_page_is_refused(
    shelf: Shelf, arguments: dict[str, Any], told: str
) -> None:
    [error] = (await shelf.answer(**arguments))["errors"]
    assert error["extensions"]["code"] == "BAD_USER_INPUT"
    assert told in error["message"]


async def _cursor(shelf: Shelf, **arguments: Any) -> str:
    page = await shelf.page(first=3, **arguments)
    return str(page["pageInfo"]["endCursor"])


async def _refused(shelf: Shelf, **arguments: Any) -> None:
    """The cursor is refused where it was given, and nothing else is told."""
    answer = await shelf.answer(**arguments)
    [error] = answer["errors"]
    assert error["extensions"] == {"code": "BAD_USER_INPUT"}
    assert error["path"] == ["organization", "templates"]
    given = "after" if "after" in arguments else "before"
    assert error["message"] == (
        f"{given}: This is not a cursor of this list in this order;"
        " use cursors as you received them."
    )


async def test_a_cursor_is_good_for_its_list_and_its_order_only(world: World, shelf: Shelf) -> None:
    cursor = await _cursor(shelf)
    await _refused(shelf, after=cursor, orderBy=[{"field": "NAME"}])
    await _refused(shelf, before=cursor, orderBy=[{"field": "UPDATED_AT", "direction": "ASC"}])
    template = shelf.rows[0].id
    for _ in range(2):
        await world.done(
            COMMENT, shelf.place[Role.EDITOR], template=template, body="Please shorten it."
        )
    query = "query ($id: ID!, $after: String) { node(id: $id) { ... on Template { comments(first: 1, after: $after) { pageInfo { endCursor } } } } }"  # noqa: E501 - one query
    asked = await world.ask(query, {"id": template}, by=shelf.place[Role.VIEWER])
    foreign = asked["data"]["node"]["comments"]["pageInfo"]["endCursor"]
    await _refused(shelf, after=foreign)
    asked = await world.ask(query, {"id": template, "after": cursor}, by=shelf.place[Role.VIEWER])
    assert asked["errors"][0]["extensions"] == {"code": "BAD_USER_INPUT"}


async def test_a_cursor_that_was_touched_is_refused(shelf: Shelf) -> None:
    cursor = await _cursor(shelf)
    for place in range(0, len(cursor), 7):
        other = "A" if cursor[place] != "A" else "B"
        await _refused(shelf, after=cursor[:place] + other + cursor[place + 1 :])
    for touched in (cursor[:-4], cursor + "AAAA", cursor + "!", " " + cursor, cursor + "\n"):
        await _refused(shelf, after=touched)


FORGED = urlsafe_b64encode(b"\0" * 12 + b'[["t","2026-01-01"],["u","x"]]').decode()


@pytest.mark.parametrize(
    "garbage",
    ["", "x", "=", "====", "null", "MTA=", FORGED, "é" * 9, "🌿", "\0", "A" * 100_000, "%00", "{}"],
)
async def test_garbage_is_no_cursor(shelf: Shelf, garbage: str) -> None:
    if garbage == "\0":
        answer = await shelf.answer(after=garbage)
        assert answer["errors"][0]["extensions"] == {"code": "BAD_USER_INPUT"}
        return
    await _refused(shelf, after=garbage)
    await _refused(shelf, before=garbage)


# Filters


def everything(_: Row) -> bool:
    return True


def nothing(_: Row) -> bool:
    return False


CONDITIONS: list[tuple[dict[str, Any], Callable[[Row], bool]]] = [
    ({}, everything),
    ({"status": None, "search": None, "tags": None}, everything),
    ({"status": {"in": ["DRAFT", "APPROVED"]}}, lambda row: row.status in {"DRAFT", "APPROVED"}),
    ({"status": {"in": []}}, nothing),
    ({"status": {"notIn": ["ARCHIVED"]}}, lambda row: row.status != "ARCHIVED"),
    ({"status": {"notIn": []}}, everything),
    (
        {"status": {"in": ["DRAFT", "APPROVED"], "notIn": ["DRAFT"]}},
        lambda row: row.status == "APPROVED",
    ),
    ({"category": {"eq": "news"}}, lambda row: row.category == "news"),
    ({"category": {"eq": "new"}}, nothing),
    ({"category": {"eq": "' OR 1=1 --"}}, nothing),
    ({"category": {"in": ["news", "News"]}}, lambda row: row.category is not None),
    ({"category": {"in": []}}, nothing),
    ({"category": {}}, everything),
    ({"tags": {"hasAny": ["shop", "nothing"]}}, lambda row: "shop" in row.tags),
    ({"tags": {"hasAny": []}}, nothing),
    ({"tags": {"hasAll": ["garden", "shop"]}}, lambda row: {"garden", "shop"} <= set(row.tags)),
    ({"tags": {"hasAll": []}}, everything),
    (
        {"tags": {"hasAny": ["garden"], "hasAll": ["shop"]}},
        lambda row: {"garden", "shop"} <= set(row.tags),
    ),
    ({"tags": {"hasAny": ["two words"]}}, lambda row: "two words" in row.tags),
    ({"createdAt": {"gte": "2026-03-02T12:00:00Z"}}, lambda row: row.created >= DAY.replace(day=2)),
    ({"createdAt": {"gt": "2026-03-02T12:00:00Z"}}, lambda row: row.created > DAY.replace(day=2)),
    ({"createdAt": {"lte": "2026-03-02T12:00:00Z"}}, lambda row: row.created <= DAY.replace(day=2)),
    (
        {"createdAt": {"lt": "2026-03-02T13:00:00+01:00"}},
        lambda row: row.created < DAY.replace(day=2),
    ),
    ({"createdAt": {"lt": "2026-03-02T12:00:00"}}, lambda row: row.created < DAY.replace(day=2)),
    (
        {"updatedAt": {"gte": "2026-03-01T13:00:00Z", "lt": "2026-03-01T14:00:00.000001Z"}},
        lambda row: DAY.replace(hour=13) <= row.updated <= DAY.replace(hour=14),
    ),
    ({"search": "zebra"}, lambda row: "zebra" in row.name.lower()),
    (
        {
            "search": "letter",
            "status": {"notIn": ["DRAFT"]},
            "tags": {"hasAny": ["garden"]},
            "category": {"in": ["news", "News"]},
            "createdAt": {"gte": "2026-03-01T00:00:00Z"},
        },
        lambda row: (
            "letter" in row.name.lower()
            and row.status != "DRAFT"
            and "garden" in row.tags
            and row.category is not None
        ),
    ),
]


@pytest.mark.parametrize("number", range(len(CONDITIONS)))
async def test_a_filter_means_what_it_says(shelf: Shelf, number: int) -> None:
    filter, holds = CONDITIONS[number]
    assert await shelf.ids(filter=filter) == {row.id for row in shelf.rows if holds(row)}


async def test_a_filter_by_author_takes_ids_of_people(shelf: Shelf) -> None:
    editor = shelf.place[Role.EDITOR].id
    written = {row.id for row in shelf.rows if row.author == editor}
    assert await shelf.ids(filter={"author": {"in": [editor]}}) == written
    assert await shelf.ids(filter={"author": {"in": []}}) == set()
    for wrong in (shelf.place.id, "nonsense"):
        answer = await shelf.answer(filter={"author": {"in": [editor, wrong]}})
        assert answer["errors"][0]["extensions"] == {"code": "BAD_USER_INPUT"}
        assert answer["errors"][0]["message"].startswith("filter.author.in.1: ")


@pytest.mark.parametrize(
    "filter",
    [
        {"status": {"in": ["PUBLISHED"]}},
        {"createdAt": {"gte": "yesterday"}},
        {"createdAt": {"gte": "0001-01-01T00:00:00+14:00"}},
        {"createdAt": {"lt": "9999-12-31T23:59:59-14:00"}},
        {"createdAt": {"gte": 7}},
        {"category": {"eq": "nul \0"}},
        {"category": {"in": ["half \ud83d"]}},
        {"tags": {"hasAny": ["nul \0"]}},
        {"search": "nul \0"},
        {"nothing": {}},
    ],
)
async def test_a_filter_that_makes_no_sense_is_refused(
    shelf: Shelf, filter: dict[str, Any]
) -> None:
    answer = await shelf.answer(filter=filter)
    assert {error["extensions"]["code"] for error in answer["errors"]} == {"BAD_USER_INPUT"}


async def test_a_filter_may_name_many_values_and_not_too_many(shelf: Shelf) -> None:
    many = [f"category {n}" for n in range(999)]
    editor = shelf.place[Role.EDITOR].id
    full = {
        "category": {"in": [*many, "news"]},
        "tags": {"hasAny": [*many, "shop"], "hasAll": ["shop"] * 1_000},
        "author": {"in": [editor] * 1_000},
        "status": {"in": ["DRAFT"] * 1_000, "notIn": ["ARCHIVED"] * 1_000},
    }
    assert await shelf.ids(filter=full) == {
        row.id
        for row in shelf.rows
        if (row.category, row.status, row.author) == ("news", "DRAFT", editor)
        and "shop" in row.tags
    }
    answer = await shelf.answer(filter={"category": {"in": [*many, "news", "one more"]}})
    assert answer["errors"][0]["extensions"] == {"code": "BAD_USER_INPUT"}
    assert answer["errors"][0]["message"].startswith("filter.category.in: ")


# Search

MAILS: dict[str, dict[str, Any]] = {
    "welcome": {"name": "Welcome aboard", "description": "The first letter to new members."},
    "release": {"name": "Release 1.5 (2026-05-04)", "tags": ["release notes", "v2.0-beta"]},
    "garden": {"name": "The water—lily letter", "category": "Garden/Glasshouse"},
    "shop": {
        "name": "Order at shop.lindenhof.example",
        "description": "Ask order@lindenhof.example",
    },
    "turkish": {"name": "ÖZTÜRK & Söhne", "description": "Cafe\u0301 Zürich"},
    "chinese": {"name": "漢字 の 手紙"},
    "emoji": {"name": "Spring 🌿 greetings", "description": "snake_case and CamelCase"},
}


@dataclass(frozen=True)
class Library:
    """An organisation's templates, each with the word that it is known by here."""

    shelf: Shelf
    words: dict[str, str]

    async def search(self, text: str) -> set[str]:
        """The words of the templates that are found."""
        return {self.words[id] for id in await self.shelf.ids(filter={"search": text})}


@pytest.fixture(scope="module")
async def library(world: World) -> Library:
    place = await world.organization(Role.VIEWER)
    found = {}
    for word, details in MAILS.items():
        subject = {**content(), "subject": f"Subject{word} for {{{{ first_name }}}}"}
        found[(await place.template(content=subject, **details))["id"]] = word
    return Library(Shelf(place, []), found)


@pytest.mark.parametrize(
    ("words", "expected"),
    [
        ("welcome", {"welcome"}),
        ("WELC", {"welcome"}),
        ("aboard welcome", {"welcome"}),
        ("aboard letter", {"welcome"}),
        ("welcome garden", set()),
        ("elcome", set()),
        ("letter", {"welcome", "garden"}),
        ("glass", {"garden"}),
        ("release-notes", {"release"}),
        ("subjectemoji", {"emoji"}),
        ("1.5", {"release"}),
        ("2026-05", {"release"}),
        ("2026-05-04", {"release"}),
        ("v2.0", {"release"}),
        ("beta", {"release"}),
        ("lily", {"garden"}),
        ("water-lily", {"garden"}),
        ("lindenhof", {"shop"}),
        ("lindenhof.example", {"shop"}),
        ("example", {"shop"}),
        ("order@lindenhof.example", {"shop"}),
        ("öztürk", {"turkish"}),
        ("Öztürk, SÖHNE!", {"turkish"}),
        ("ozturk", set()),
        ("café", {"turkish"}),
        ("cafe\u0301", {"turkish"}),
        ("漢字", {"chinese"}),
        ("手", {"chinese"}),
        ("snake_case", {"emoji"}),
        ("case", {"emoji"}),
        ("camelc", {"emoji"}),
        ("🌿 spring", {"emoji"}),
        ("first_name", set(MAILS)),
        ("x" * 5_000, set()),
    ],
)
async def test_search_finds_words_and_their_beginnings(
    library: Library, words: str, expected: set[str]
) -> None:
    assert await library.search(words) == expected


@pytest.mark.parametrize(
    "words", ["", "   ", "!!!", "🌿", "'", '"', "\\", "%", "_", ":*", "&", "()", "-- ", "\u200b"]
)
async def test_what_has_no_words_in_it_narrows_nothing(library: Library, words: str) -> None:
    assert await library.search(words) == set(MAILS)


@pytest.mark.parametrize(
    "words",
    [
        "welcome & aboard",
        "'welcome' | !aboard",
        "(welcome <-> aboard):*A",
        "welcome:*",
        "!welcome aboard",
        '"welcome" aboard\\',
        "welcome'; aboard --",
        "%welcome% _aboard_",
        "welcome\taboard\r\n",
    ],
)
async def test_operators_of_query_languages_are_only_punctuation(
    library: Library, words: str
) -> None:
    assert await library.search(words) == {"welcome"}


async def test_words_beyond_the_twentieth_do_not_count(library: Library) -> None:
    assert await library.search("welcome " * 20 + "nothing") == {"welcome"}
    assert await library.search("welcome " * 19 + "nothing") == set()


@settings(max_examples=80, deadline=None, derandomize=True, database=None, phases=PHASES)
@given(some.text(some.characters(exclude_characters="\0", exclude_categories=["Cs"]), max_size=40))
async def test_no_text_upsets_the_search(library: Library, words: str) -> None:
    assert await library.search(words) <= set(MAILS)


# Other lists


@pytest.mark.parametrize("name", ["approvals", "members"])
async def test_an_organisation_s_other_lists_page_as_well(world: World, name: str) -> None:
    place = await world.organization(Role.EDITOR, Role.APPROVER, Role.VIEWER, Role.MANAGER)
    expected = [person.id for person in place.members.values()]
    for n in range(5):
        template = await place.template(name=f"Mail {n}")
        approval = await place.submitted(template, place[Role.EDITOR], place[Role.APPROVER])
        if name == "approvals":
            expected = [approval["id"], *(expected if n else [])]
    identity = "id" if name == "approvals" else "user { id }"
    query = f"""
    query ($slug: String!, $after: String) {{
      organization(slug: $slug) {{
        {name}(first: 2, after: $after) {{
          totalCount nodes {{ {identity} }} pageInfo {{ hasNextPage endCursor }}
        }}
      }}
    }}
    """
    seen: list[Any] = []
    info: dict[str, Any] = {"hasNextPage": True, "endCursor": None}
    while info["hasNextPage"]:
        given = {"slug": place.slug, "after": info["endCursor"]}
        answer = await world.ask(query, given, by=place[Role.EDITOR])
        page = answer["data"]["organization"][name]
        seen += [each.get("id") or each["user"]["id"] for each in page["nodes"]]
        info = page["pageInfo"]
    assert seen == expected
    assert page["totalCount"] == len(expected)


async def test_archived_templates_stay_in_the_list(world: World) -> None:
    place = await world.organization(Role.VIEWER)
    shelf, template = Shelf(place, []), await place.template()
    await world.done(ARCHIVE, place[Role.ADMIN], template=template["id"])
    assert await shelf.ids() == {template["id"]}
    assert await shelf.ids(filter={"status": {"in": ["ARCHIVED"]}}) == {template["id"]}
