"""Content in its parts: languages, hashes, and what changed between versions."""

from collections.abc import Callable
from dataclasses import replace
from hashlib import sha256
from itertools import combinations
from typing import Any

import orjson
import pytest

from domain.content import (
    BodyKind,
    Content,
    ContentPart,
    LocaleVariant,
    PinnedSnippet,
    Source,
    changed_parts,
    content_hash,
    part_hashes,
)
from domain.permissions import Role
from domain.variables import Variable, VariableType
from tests.editorial import CREATE, DUPLICATE, UPDATE, node, problems_of, unchanged
from tests.world import Person, Place, World, content, uuid_of

VERSION = """
id number contentHash partHashes { part hash } locales { locale subject body text }
"""
PREVIEW = """
query ($id: ID!, $locale: String) {
  node(id: $id) {
    ... on TemplateVersion {
      preview(values: {first_name: "Ada"}, locale: $locale) {
        locale rendered { subject html text } errors { __typename path }
      }
    }
  }
}
"""
DIFFERENCES = """
query ($id: ID!, $since: ID!) {
  node(id: $id) {
    ... on TemplateVersion {
      differences(since: $since) {
        parts addedLocales removedLocales isTruncated
        texts { part locale lines { kind before after content } }
        variables { name before { type required defaultValue } after { type required } }
      }
    }
  }
}
"""
DE = {"locale": "de", "subject": "Hallo, {{ first_name }}", "body": "<p>Hallo {{ first_name }}</p>"}
AT = {**DE, "locale": "de-AT", "subject": "Servus, {{ first_name }}", "text": "Servus!"}
PT = {**DE, "locale": "pt-BR", "subject": "Olá, {{ first_name }}"}


@pytest.fixture(scope="module")
async def place(world: World) -> Place:
    return await world.organization(Role.EDITOR, Role.VIEWER)


def with_locales(*variants: dict[str, Any], **changed: Any) -> dict[str, Any]:
    return {**content(), **changed, "locales": list(variants)}


async def version_of(place: Place, template: dict[str, Any]) -> dict[str, Any]:
    """The template's current version."""
    found = await node(
        place.world, template["id"], f"currentVersion {{ {VERSION} }}", place[Role.VIEWER]
    )
    return dict(found["currentVersion"])


async def updated(place: Place, template: dict[str, Any], given: dict[str, Any]) -> dict[str, Any]:
    """The current version after the template got that content."""
    await place.world.done(UPDATE, place[Role.EDITOR], template=template["id"], content=given)
    return await version_of(place, template)


async def preview(place: Place, template: dict[str, Any], locale: str | None) -> dict[str, Any]:
    values = {"id": template["currentVersion"]["id"], "locale": locale}
    answer = await place.world.ask(PREVIEW, values, by=place[Role.VIEWER])
    return dict(answer["data"]["node"]["preview"])


async def differences(place: Place, version: str, since: str, by: Person) -> dict[str, Any]:
    return await place.world.ask(DIFFERENCES, {"id": version, "since": since}, by=by)


def hashes(version: dict[str, Any]) -> dict[str, str]:
    return {each["part"]: each["hash"] for each in version["partHashes"]}


# Languages


async def test_variants_are_kept_to_the_byte_under_their_canonical_tags(place: Place) -> None:
    given = with_locales(
        {**PT, "locale": "PT-br"}, AT, {**DE, "body": "<p>\n Grüß Gott 🌿\t</p>\n"}
    )
    found = await version_of(place, await place.template(content=given))
    assert found["locales"] == [
        {**DE, "body": "<p>\n Grüß Gott 🌿\t</p>\n", "text": None},
        AT,
        {**PT, "text": None},
    ]


@pytest.mark.parametrize(
    ("locale", "variant", "subject"),
    [
        (None, None, "Welcome, Ada"),
        ("fr", None, "Welcome, Ada"),
        ("de", "de", "Hallo, Ada"),
        ("de-CH-1901", "de", "Hallo, Ada"),
        ("DE-at", "de-AT", "Servus, Ada"),
        ("pt", None, "Welcome, Ada"),
        ("pt-BR-x-formal", "pt-BR", "Olá, Ada"),
    ],
)
async def test_a_reader_gets_the_variant_that_lookup_finds(
    place: Place, locale: str | None, variant: str | None, subject: str
) -> None:
    template = await place.template(content=with_locales(DE, AT, PT))
    shown = await preview(place, template, locale)
    assert (shown["locale"], shown["rendered"]["subject"]) == (variant, subject)
    assert shown["errors"] == []


async def test_a_variant_has_a_text_of_its_own_or_its_html_read_out(place: Place) -> None:
    template = await place.template(content=with_locales(DE, AT, text="Main"))
    texts = [(await preview(place, template, each))["rendered"]["text"] for each in ("de-AT", "de")]
    assert texts == ["Servus!\n", "Hallo Ada\n"]


@pytest.mark.parametrize("locale", ["", "de_DE", "x" * 1_000, "*", "de-AT\n"])
async def test_a_preview_in_no_language_is_told_so(place: Place, locale: str) -> None:
    template = await place.template(content=with_locales(DE))
    shown = await preview(place, template, locale)
    assert shown["rendered"] is None
    assert shown["errors"] == [{"__typename": "ValidationError", "path": ["locale"]}]


async def test_a_variant_that_fails_to_render_tells_its_path(place: Place) -> None:
    endless = {**DE, "body": "<p>{% for n in (1..100000000) %}x{% endfor %}</p>"}
    template = await place.template(content=with_locales(AT, endless))
    shown = await preview(place, template, "de")
    assert shown["rendered"] is None
    assert [error["path"] for error in shown["errors"]] == [["locales", "0", "body"]]
    assert (await preview(place, template, "de-AT"))["errors"] == []


@pytest.mark.parametrize(
    ("variants", "paths"),
    [
        ([DE, {**DE, "locale": "DE"}], {"content.locales.1.locale"}),
        ([DE, {**AT, "locale": "de_AT"}], {"content.locales.1.locale"}),
        (
            [{**DE, "locale": ""}, {**DE, "locale": "x" * 100}],
            {"content.locales.0.locale", "content.locales.1.locale"},
        ),
        ([{**DE, "locale": f"aa-{n:03}"} for n in range(51)], {"content.locales"}),
        ([AT, {**DE, "body": "<p>{{ first_name</p>"}], {"content.locales.1.body"}),
        (
            [{**DE, "subject": "{{ who }}", "text": "{{ who }}", "body": ""}],
            {"content.locales.0.subject", "content.locales.0.body", "content.locales.0.text"},
        ),
        ([{**DE, "body": "<script>alert(1)</script>"}], {"content.locales.0.body"}),
        ([{**DE, "body": "bell \a"}], {"content.locales.0.body"}),
        ([{**DE, "body": "<div>" * 50_000}], {"content.locales.0.body"}),
    ],
)
async def test_what_is_wrong_with_a_variant_is_told_at_its_path_and_nothing_changes(
    world: World, place: Place, variants: list[dict[str, Any]], paths: set[str]
) -> None:
    template = await place.template(content=with_locales(PT))
    given, editor = with_locales(*variants), place[Role.EDITOR]
    async with unchanged(place):
        found = await problems_of(world, UPDATE, editor, template=template["id"], content=given)
        assert set(found) == paths
        found = await problems_of(
            world, CREATE, editor, organization=place.id, name="x", content=given
        )
        assert set(found) == paths


async def test_of_many_wrong_variants_enough_are_told(world: World, place: Place) -> None:
    wrong = [{**DE, "locale": f"aa-{n:03}", "body": "{{ who }}"} for n in range(50)]
    found = await problems_of(
        world, CREATE, place[Role.EDITOR], organization=place.id, name="x",
        content=with_locales(*wrong, body="{{ who }}"),
    )  # fmt: skip
    assert set(found) == {"content.body", *(f"content.locales.{n}.body" for n in range(9))}


async def test_fifty_variants_are_kept(place: Place) -> None:
    many = [{**DE, "locale": f"aa-{n:03}"} for n in range(50)]
    found = await version_of(place, await place.template(content=with_locales(*many)))
    assert len(found["locales"]) == 50


# Hashes


CONTENT = Content(
    Source(BodyKind.HTML, "Hi", "<p>Hi</p>", None),
    [Variable("name", VariableType.STRING)],
    [LocaleVariant("de", "Hallo", "<p>Hallo</p>"), LocaleVariant("fr", "Salut", "<p>Salut</p>")],
    [PinnedSnippet("footer", "Bye"), PinnedSnippet("header", "Hello")],
)


def with_first(content: Content, part: str, **changed: Any) -> Content:
    """The content with another first item in that part."""
    first, *others = getattr(content, part)
    parts: dict[str, Any] = {part: [replace(first, **changed), *others]}
    return replace(content, **parts)


CHANGES: list[tuple[ContentPart, Callable[[Content], Content]]] = [
    (ContentPart.SOURCE, lambda c: replace(c, source=replace(c.source, subject="Ho"))),
    (ContentPart.SOURCE, lambda c: replace(c, source=replace(c.source, body="<p>Ho</p>"))),
    (ContentPart.SOURCE, lambda c: replace(c, source=replace(c.source, text=""))),
    (ContentPart.VARIABLES, lambda c: replace(c, variables=[])),
    (ContentPart.VARIABLES, lambda c: with_first(c, "variables", required=True)),
    (ContentPart.VARIABLES, lambda c: with_first(c, "variables", default="")),
    (ContentPart.LOCALES, lambda c: replace(c, locales=c.locales[:1])),
    (ContentPart.LOCALES, lambda c: with_first(c, "locales", text="")),
    (ContentPart.LOCALES, lambda c: with_first(c, "locales", locale="da")),
    (ContentPart.SNIPPETS, lambda c: with_first(c, "snippets", body="x")),
    (ContentPart.SNIPPETS, lambda c: replace(c, snippets=[])),
]


def test_a_change_changes_the_hash_of_its_part_alone() -> None:
    before = part_hashes(CONTENT)
    for part, change in CHANGES:
        assert changed_parts(before, part_hashes(change(CONTENT))) == {part}
    assert changed_parts(before, before) == frozenset()


def test_another_kind_reads_the_variants_otherwise() -> None:
    other = replace(CONTENT, source=replace(CONTENT.source, kind=BodyKind.MJML))
    changed = {ContentPart.SOURCE, ContentPart.LOCALES}
    assert changed_parts(part_hashes(CONTENT), part_hashes(other)) == changed


def test_what_is_not_known_of_a_part_counts_as_a_change() -> None:
    known = part_hashes(CONTENT)
    assert changed_parts({}, known) == set(ContentPart)
    assert changed_parts(known, {}) == set(ContentPart)


def test_no_two_contents_have_a_hash_in_common() -> None:
    contents = [CONTENT, *(change(CONTENT) for _, change in CHANGES)]
    plain = [replace(each, locales=(), snippets=()) for each in contents[:7]]
    named = [content_hash(each) for each in [*contents, *plain]]
    assert len(set(named[: len(contents)])) == len(contents)
    assert set(named[: len(contents)]).isdisjoint(named[len(contents) :])


def test_the_order_of_variants_and_snippets_says_nothing() -> None:
    turned = replace(CONTENT, locales=CONTENT.locales[::-1], snippets=CONTENT.snippets[::-1])
    assert content_hash(turned) == content_hash(CONTENT)
    assert part_hashes(turned) == part_hashes(CONTENT)


def test_the_hash_of_more_than_source_and_variables_is_that_of_the_manifest() -> None:
    manifest = orjson.dumps(part_hashes(CONTENT), option=orjson.OPT_SORT_KEYS)
    assert content_hash(CONTENT) == sha256(manifest).hexdigest()
    assert part_hashes(CONTENT)["ASSETS"] == sha256(b"[]").hexdigest()
    one_only = [replace(CONTENT, locales=()), replace(CONTENT, snippets=())]
    for each in one_only:
        manifest = orjson.dumps(part_hashes(each), option=orjson.OPT_SORT_KEYS)
        assert content_hash(each) == sha256(manifest).hexdigest()


async def test_clients_see_which_parts_changed(place: Place) -> None:
    template = await place.template(content=with_locales(DE))
    first = await version_of(place, template)
    assert [each["part"] for each in first["partHashes"]] == [part.value for part in ContentPart]
    second = await updated(place, template, with_locales(DE, AT))
    third = await updated(place, template, with_locales(DE, AT, subject="Hello"))
    last = await updated(place, template, with_locales(DE))
    assert changed_parts(hashes(first), hashes(second)) == {ContentPart.LOCALES}
    assert changed_parts(hashes(second), hashes(third)) == {ContentPart.SOURCE}
    assert hashes(last) == hashes(first)
    assert last["contentHash"] == first["contentHash"]
    different = [each["contentHash"] for each in (first, second, third)]
    assert all(one != other for one, other in combinations(different, 2))


async def test_the_same_variants_in_another_order_are_no_new_version(place: Place) -> None:
    template = await place.template(content=with_locales(DE, AT))
    again = await updated(place, template, with_locales({**AT, "locale": "DE-at"}, DE))
    assert again["id"] == template["currentVersion"]["id"]


async def test_content_without_variants_has_the_hash_that_it_always_had(place: Place) -> None:
    template = await place.template()
    variables = [Variable("first_name", VariableType.STRING, required=True)]
    source = Source(BodyKind.HTML, content()["subject"], content()["body"])
    assert template["currentVersion"]["contentHash"] == content_hash(Content(source, variables))
    other = await updated(place, template, with_locales(DE))
    back = await updated(place, template, content())
    assert other["contentHash"] != template["currentVersion"]["contentHash"]
    assert back["contentHash"] == template["currentVersion"]["contentHash"]
    assert back["number"] == 3


async def test_numbers_have_the_same_hash_before_and_after_they_were_stored(place: Place) -> None:
    """PostgreSQL keeps numbers, and not how they were written."""
    defaults = [1.0, -0.0, 1e15, -1e15, 1e-7, 0.1, 123456789012345.6]
    variables = [
        Variable(f"v{n}", VariableType.NUMBER, default=value) for n, value in enumerate(defaults)
    ]
    lists = [Variable("rows", VariableType.LIST, default=[{"n": -0.0}, 2.0])]
    given = {
        **content(),
        "subject": "Hi",
        "body": "<p>Hi</p>",
        "variables": [
            {"name": each.name, "type": each.type.value, "defaultValue": each.default}
            for each in [*variables, *lists]
        ],
    }
    template = await place.template(content=given)
    stored = await version_of(place, template)
    expected = Content(Source(BodyKind.HTML, "Hi", "<p>Hi</p>"), [*variables, *lists])
    assert hashes(stored) == part_hashes(expected)
    assert (await updated(place, template, given))["id"] == stored["id"]
    copied = await place.world.done(DUPLICATE, place[Role.EDITOR], template=template["id"])
    twin = await version_of(place, copied["template"])
    assert (twin["contentHash"], hashes(twin)) == (stored["contentHash"], hashes(stored))


async def test_a_copy_has_the_variants_too(place: Place) -> None:
    origin = await place.template(content=with_locales(DE, AT))
    copied = await place.world.done(DUPLICATE, place[Role.EDITOR], template=origin["id"])
    first, second = await version_of(place, origin), await version_of(place, copied["template"])
    for same in ("contentHash", "partHashes", "locales"):
        assert first[same] == second[same]


async def test_a_version_of_the_release_before_has_parts_as_well(
    world: World, place: Place
) -> None:
    """It knows nothing of variants, and writes its rows while this release already reads them."""
    template = await place.template()
    async with world.resources.database.transaction() as session:
        connection = await session.connection()
        await connection.exec_driver_sql(
            """
            INSERT INTO template_versions (id, created_at, organization_id, template_id, author_id,
                number, kind, subject, body, variables, content_hash)
            SELECT gen_random_uuid(), created_at, organization_id, template_id, author_id,
                2, kind, subject, body, variables, content_hash
            FROM template_versions WHERE template_id = $1
            """,
            (uuid_of(template["id"]),),
        )
    found = await node(
        world, template["id"], f"versions {{ nodes {{ {VERSION} }} }}", place[Role.VIEWER]
    )
    second, first = found["versions"]["nodes"]
    assert second["number"] == 2
    assert second["partHashes"] == first["partHashes"]
    assert second["locales"] == []


# Differences


async def test_what_changed_between_two_versions_is_shown_both_ways(place: Place) -> None:
    viewer = place[Role.VIEWER]
    template = await place.template(content=with_locales(DE, body="<p>\none\ntwo\n</p>"))
    first = template["currentVersion"]["id"]
    other = {"name": "first_name", "type": "STRING", "defaultValue": "you"}
    given = with_locales(AT, body="<p>\none\n2\n</p>", variables=[other])
    second = (await updated(place, template, given))["id"]
    found = (await differences(place, second, first, viewer))["data"]["node"]["differences"]
    assert found["parts"] == ["SOURCE", "VARIABLES", "LOCALES"]
    assert (found["addedLocales"], found["removedLocales"]) == (["de-AT"], ["de"])
    assert found["isTruncated"] is False
    body = found["texts"][0]
    assert (body["part"], body["locale"]) == ("BODY", None)
    assert [tuple(line.values()) for line in body["lines"]] == [
        ("CONTEXT", 1, 1, "<p>"),
        ("CONTEXT", 2, 2, "one"),
        ("REMOVED", 3, None, "two"),
        ("ADDED", None, 3, "2"),
        ("CONTEXT", 4, 4, "</p>"),
    ]
    assert found["variables"] == [
        {
            "name": "first_name",
            "before": {"type": "STRING", "required": True, "defaultValue": None},
            "after": {"type": "STRING", "required": False},
        }
    ]
    back = (await differences(place, first, second, viewer))["data"]["node"]["differences"]
    assert (back["addedLocales"], back["removedLocales"]) == (["de"], ["de-AT"])
    same = (await differences(place, first, first, viewer))["data"]["node"]["differences"]
    assert (same["parts"], same["texts"], same["variables"]) == ([], [], [])


async def test_a_version_is_compared_with_the_one_before_unless_another_is_given(
    world: World, place: Place
) -> None:
    template = await place.template()
    for body in ("<p>one</p>", "<p>two</p>"):
        await updated(place, template, content(body))
    query = """
    query ($id: ID!) {
      node(id: $id) {
        ... on Template { versions { nodes { differences { texts { lines { content } } } } } }
      }
    }
    """
    with world.statements() as statements:
        answer = await world.ask(query, {"id": template["id"]}, by=place[Role.VIEWER])
    assert len(statements) == 4  # who asks, the template, its versions, and those before them
    third, second, first = [
        each["differences"] for each in answer["data"]["node"]["versions"]["nodes"]
    ]
    assert first is None
    assert [line["content"] for line in second["texts"][0]["lines"]] == [
        content()["body"],
        "<p>one</p>",
    ]
    assert [line["content"] for line in third["texts"][0]["lines"]] == ["<p>one</p>", "<p>two</p>"]


async def test_only_versions_of_the_same_template_are_compared(world: World, place: Place) -> None:
    template, other = await place.template(), await place.template()
    foreign = await (await world.organization()).template()
    for since in (other, foreign):
        answer = await differences(
            place,
            template["currentVersion"]["id"],
            since["currentVersion"]["id"],
            place[Role.VIEWER],
        )
        [error] = answer["errors"]
        assert error["extensions"]["code"] == "NOT_FOUND"
    answer = await differences(
        place, template["currentVersion"]["id"], template["id"], place[Role.VIEWER]
    )
    [error] = answer["errors"]
    assert error["extensions"]["code"] == "BAD_USER_INPUT"


async def test_differences_of_many_versions_since_one_cost_one_statement(
    world: World, place: Place
) -> None:
    template = await place.template()
    for n in range(4):
        await updated(place, template, content(f"<p>{n}</p>"))
    query = """
    query ($id: ID!, $since: ID!) {
      node(id: $id) {
        ... on Template { versions { nodes { differences(since: $since) { parts } } } }
      }
    }
    """
    given = {"id": template["id"], "since": template["currentVersion"]["id"]}
    with world.statements() as statements:
        answer = await world.ask(query, given, by=place[Role.VIEWER])
    versions = answer["data"]["node"]["versions"]["nodes"]
    assert [each["differences"]["parts"] for each in versions] == [["SOURCE"]] * 4 + [[]]
    assert len(statements) == 4  # who asks, the template, its versions, the one compared with
