"""Templates through the schema: written whole, changed in part, versioned for ever."""

import asyncio
import json
from dataclasses import replace
from hashlib import sha256
from typing import Any

import pytest
from sqlalchemy import select
from sqlalchemy.exc import DBAPIError

from db.models import TemplateVersion
from domain.content import BodyKind, Content, Source, content_hash
from domain.permissions import Role
from domain.variables import Variable, VariableType
from tests.editorial import (
    ARCHIVE,
    CREATE,
    DUPLICATE,
    TEMPLATE,
    UPDATE,
    error_of,
    history,
    node,
    problems_of,
    refusal,
    rows,
    unchanged,
)
from tests.mails import NAMES, Mail, mail
from tests.rows import change, one
from tests.world import Place, World, content, uuid_of

VERSION = """
id number kind subject body text contentHash createdAt
variables { name type required defaultValue description }
author { id } template { id }
"""
PREVIEW = """
query ($id: ID!, $values: JSON!) {
  node(id: $id) {
    ... on TemplateVersion {
      preview(values: $values) {
        rendered { subject html text } errors { __typename code message path }
      }
    }
  }
}
"""
NEW = content("<p>Hello {{ first_name }}.</p>")


@pytest.fixture(scope="module")
async def place(world: World) -> Place:
    return await world.organization(Role.MANAGER, Role.EDITOR, Role.APPROVER, Role.VIEWER)


def given(example: Mail) -> dict[str, Any]:
    """A demonstration mail as a client sends it."""
    return {
        "kind": example.source.kind.value,
        "subject": example.source.subject,
        "body": example.source.body,
        "text": example.source.text,
        "variables": [
            {
                "name": each.name,
                "type": each.type.value,
                "required": each.required,
                "defaultValue": each.default,
                "description": each.description,
            }
            for each in example.variables
        ],
    }


async def versions(place: Place, template: str) -> list[dict[str, Any]]:
    found = await node(
        place.world, template, f"versions {{ nodes {{ {VERSION} }} }}", place[Role.ADMIN]
    )
    return list(found["versions"]["nodes"])


async def preview(place: Place, version: str, values: Any) -> dict[str, Any]:
    answer = await place.world.ask(
        PREVIEW, {"id": version, "values": values}, by=place[Role.VIEWER]
    )
    assert "errors" not in answer, answer
    return dict(answer["data"]["node"]["preview"])


async def faults(place: Place, **changed: Any) -> dict[str, str]:
    """What is wrong with the content, by the place in it."""
    async with unchanged(place):
        return await problems_of(
            place.world,
            CREATE,
            place[Role.EDITOR],
            organization=place.id,
            name="Broken",
            content={**content(), **changed},
        )


# Writing


@pytest.mark.parametrize("name", NAMES)
async def test_a_real_mail_is_kept_to_the_byte_and_previewed(
    world: World, place: Place, name: str
) -> None:
    example = mail(name)
    payload = await world.done(
        CREATE,
        place[Role.EDITOR],
        organization=place.id,
        name=f"  The {name}  ",
        description="Sent by hand.\n\nTwice a year.",
        category="newsletter",
        tags=["garden", "Zürich / 2026"],
        metadata={"campaign": {"id": 7, "channels": ["mail", None]}},
        content=given(example),
    )
    template = payload["template"]
    assert template["name"] == f"The {name}"
    assert template["description"] == "Sent by hand.\n\nTwice a year."
    assert (template["category"], template["tags"]) == ("newsletter", ["garden", "Zürich / 2026"])
    assert template["metadata"] == {"campaign": {"id": 7, "channels": ["mail", None]}}
    assert (template["status"], template["version"], template["approval"]) == ("DRAFT", 1, None)
    assert template["author"]["id"] == place[Role.EDITOR].id
    [version] = await versions(place, template["id"])
    assert {part: version[part] for part in given(example)} == given(example)
    assert version["number"] == 1
    assert version["contentHash"] == content_hash(Content(example.source, example.variables))
    assert version["template"]["id"] == template["id"]
    shown = await preview(place, version["id"], example.values)
    assert shown["errors"] == []
    assert shown["rendered"]["subject"]
    assert "{{" not in shown["rendered"]["html"]


async def test_what_is_left_out_of_a_new_template_is_empty(world: World, place: Place) -> None:
    payload = await world.done(
        CREATE, place[Role.EDITOR], organization=place.id, name="Bare", content=content()
    )
    template = payload["template"]
    assert (template["description"], template["category"]) == ("", None)
    assert (template["tags"], template["metadata"]) == ([], {})


async def test_creating_is_recorded_with_the_hash_and_not_with_the_bytes(place: Place) -> None:
    template = await place.template(place[Role.EDITOR], name="Recorded")
    [(kind, before, after)] = await history(place.world, template["id"])
    assert (kind, before) == ("TEMPLATE_CREATED", None)
    assert after["contentHash"] == template["currentVersion"]["contentHash"]
    assert (after["name"], after["status"], after["versionNumber"]) == ("Recorded", "DRAFT", 1)
    assert "welcome aboard" not in json.dumps(after)


@pytest.mark.parametrize("role", [Role.VIEWER, Role.APPROVER, None])
async def test_who_may_not_write_creates_and_changes_nothing(
    world: World, place: Place, role: Role | None
) -> None:
    template = (await place.template())["id"]
    by = place[role] if role else None
    expected = "FORBIDDEN" if role else "UNAUTHENTICATED"
    new = {"organization": place.id, "name": "Mine", "content": content()}
    async with unchanged(place):
        assert await refusal(world, CREATE, by, **new) == expected
        assert await refusal(world, UPDATE, by, template=template, name="Mine") == expected
        assert await refusal(world, DUPLICATE, by, template=template) == expected
        assert await refusal(world, ARCHIVE, by, template=template) == expected


async def test_an_editor_may_not_archive(world: World, place: Place) -> None:
    template = await place.template()
    async with unchanged(place):
        code = await refusal(world, ARCHIVE, place[Role.EDITOR], template=template["id"])
    assert code == "FORBIDDEN"


# Details


@pytest.mark.parametrize(
    ("field", "value", "path"),
    [
        ("name", "", "name"),
        ("name", " \t ", "name"),
        ("name", "n" * 201, "name"),
        ("name", "two\nlines", "name"),
        ("name", "nul \0 inside", "name"),
        ("name", "half \ud83d pair", "name"),
        ("description", "d" * 10_001, "description"),
        ("description", "bell \a", "description"),
        ("category", "", "category"),
        ("category", "c" * 501, "category"),
        ("tags", ["fine", "", "also fine"], "tags.1"),
        ("tags", ["t" * 51], "tags.0"),
        ("tags", [" leading"], "tags.0"),
        ("tags", ["trailing "], "tags.0"),
        ("tags", ["semi;colon"], "tags.0"),
        ("tags", ["new\nline"], "tags.0"),
        ("tags", [f"tag {n}" for n in range(21)], "tags"),
        ("metadata", [], "metadata"),
        ("metadata", "", "metadata"),
        ("metadata", 0, "metadata"),
        ("metadata", False, "metadata"),
        ("metadata", "text", "metadata"),
        ("metadata", [{"a": 1}], "metadata"),
        ("metadata", {"blob": "x" * 10_000}, "metadata"),
        ("metadata", {"nul\0": 1}, "metadata"),
        ("metadata", {"deep": {"nul": "\0"}}, "metadata"),
        ("metadata", {"huge": 2**1000}, "metadata"),
        ("metadata", {"huge": [1, {"n": -(2**70)}]}, "metadata"),
    ],
)
async def test_details_that_break_a_rule_are_refused_at_their_place(
    world: World, place: Place, field: str, value: Any, path: str
) -> None:
    template = await place.template()
    created = {"organization": place.id, "name": "Fine", "content": content(), field: value}
    editor = place[Role.EDITOR]
    async with unchanged(place):
        assert list(await problems_of(world, CREATE, editor, **created)) == [path]
        changed = {"template": template["id"], field: value}
        assert list(await problems_of(world, UPDATE, editor, **changed)) == [path]


@pytest.mark.parametrize("number", ["1e999", "-1e999", "9" * 400, "[[9223372036854775808]]"])
async def test_a_number_that_not_every_reader_knows_is_refused_in_a_literal_too(
    world: World, place: Place, number: str
) -> None:
    template = await place.template()
    query = f"""
    mutation ($id: ID!) {{
      updateTemplate(input: {{template: $id, metadata: {{n: {number}}}}}) {{
        errors {{ __typename path }}
      }}
    }}
    """
    async with unchanged(place):
        answer = await world.ask(query, {"id": template["id"]}, by=place[Role.EDITOR])
    if "errors" in answer:
        assert answer["errors"][0]["extensions"]["code"] == "BAD_USER_INPUT"
    else:
        told = answer["data"]["updateTemplate"]["errors"]
        assert told == [{"__typename": "ValidationError", "path": ["metadata"]}]


async def test_every_problem_is_told_at_once(world: World, place: Place) -> None:
    found = await problems_of(
        world,
        CREATE,
        place[Role.EDITOR],
        organization=place.id,
        name="",
        category="",
        tags=["", "ok", ";"],
        metadata=[],
        content=content(),
    )
    assert list(found) == ["name", "category", "tags.0", "tags.2", "metadata"]


@pytest.mark.parametrize(
    "metadata",
    [
        {},
        {"": ""},
        {"n": 2**63 - 1, "f": 1e300, "z": -0.5, "b": True, "none": None},
        {"emoji 🌿": ["ß", "漢字", {"quote": '"\\'}]},
    ],
)
async def test_metadata_comes_back_as_it_was_given(
    world: World, place: Place, metadata: dict[str, Any]
) -> None:
    template = await place.template(metadata=metadata)
    found = await node(world, template["id"], "metadata", place[Role.VIEWER])
    assert found["metadata"] == metadata


async def test_an_update_keeps_what_is_left_out_and_clears_what_is_null(
    world: World, place: Place
) -> None:
    before = await place.template(
        name="Letter", description="Why", category="news", tags=["a", "b"], metadata={"k": 1}
    )
    editor, id = place[Role.EDITOR], before["id"]
    kept = (await world.done(UPDATE, editor, template=id, name="Letter to all"))["template"]
    assert (kept["name"], kept["description"]) == ("Letter to all", "Why")
    assert (kept["category"], kept["tags"], kept["metadata"]) == ("news", ["a", "b"], {"k": 1})
    assert kept["version"] == before["version"] + 1
    assert kept["currentVersion"]["number"] == 1
    cleared = (
        await world.done(
            UPDATE, editor, template=id, category=None, description="", tags=[], metadata={}
        )
    )["template"]
    assert (cleared["name"], cleared["description"]) == ("Letter to all", "")
    assert (cleared["category"], cleared["tags"], cleared["metadata"]) == (None, [], {})


@pytest.mark.parametrize("field", ["name", "description", "tags", "metadata", "content"])
async def test_null_is_refused_where_it_means_nothing(
    world: World, place: Place, field: str
) -> None:
    template = await place.template()
    async with unchanged(place):
        found = await problems_of(
            world, UPDATE, place[Role.EDITOR], template=template["id"], **{field: None}
        )
    assert list(found) == [field]
    assert "null" in found[field]


async def test_an_update_is_recorded_with_what_was_and_what_is(world: World, place: Place) -> None:
    template = await place.template(name="Before", tags=["old"])
    await world.done(
        UPDATE, place[Role.EDITOR], template=template["id"], name="After", tags=["new"]
    )
    _, (kind, before, after) = await history(world, template["id"])
    assert kind == "TEMPLATE_UPDATED"
    assert (before["name"], before["tags"]) == ("Before", ["old"])
    assert (after["name"], after["tags"]) == ("After", ["new"])


async def test_a_stale_version_is_refused_and_nothing_changes(world: World, place: Place) -> None:
    template = await place.template()
    editor, id, seen = place[Role.EDITOR], template["id"], template["version"]
    await world.done(UPDATE, editor, template=id, name="Meanwhile", ifVersion=seen)
    async with unchanged(place):
        for query, by, change in (
            (UPDATE, editor, {"name": "Late"}),
            (ARCHIVE, place[Role.MANAGER], {}),
        ):
            error = await error_of(world, query, by, template=id, ifVersion=seen, **change)
            assert (error["__typename"], error["code"]) == ("ConflictError", "CONFLICT")
            assert error["path"] == ["ifVersion"]
            assert error["current"]["name"] == "Meanwhile"
            assert error["current"]["version"] == seen + 1


async def test_of_two_updates_from_the_same_version_exactly_one_wins(
    world: World, place: Place
) -> None:
    template = await place.template()
    names = [f"Edition {n}" for n in range(5)]
    payloads = await asyncio.gather(
        *(
            world.do(
                UPDATE,
                place[Role.EDITOR],
                template=template["id"],
                name=name,
                content=content(f"<p>{name}</p>"),
                ifVersion=template["version"],
            )
            for name in names
        )
    )
    [won] = [payload["template"] for payload in payloads if not payload["errors"]]
    lost = [error for payload in payloads for error in payload["errors"]]
    assert {error["current"]["name"] for error in lost} == {won["name"]}
    assert len(lost) == 4
    assert [each["number"] for each in await versions(place, template["id"])] == [2, 1]


async def test_updates_without_a_version_follow_each_other(world: World, place: Place) -> None:
    template = await place.template()
    await asyncio.gather(
        *(
            world.done(
                UPDATE,
                place[Role.EDITOR],
                template=template["id"],
                content=content(f"<p>{n}</p>"),
            )
            for n in range(5)
        )
    )
    numbers = [each["number"] for each in await versions(place, template["id"])]
    assert numbers == [6, 5, 4, 3, 2, 1]


# Versions


async def test_new_content_is_a_new_version_and_the_old_one_stays(
    world: World, place: Place
) -> None:
    template = await place.template(place[Role.EDITOR])
    [first] = await versions(place, template["id"])
    payload = await world.done(UPDATE, place[Role.MANAGER], template=template["id"], content=NEW)
    current = payload["template"]["currentVersion"]
    assert (current["number"], current["body"]) == (2, NEW["body"])
    assert current["author"]["id"] == place[Role.MANAGER].id
    assert payload["template"]["author"]["id"] == place[Role.EDITOR].id
    second, kept = await versions(place, template["id"])
    assert kept == first
    assert second["id"] == current["id"]


async def test_the_same_content_is_no_new_version(world: World, place: Place) -> None:
    template = await place.template()
    payload = await world.done(
        UPDATE, place[Role.EDITOR], template=template["id"], content=content()
    )
    assert payload["template"]["currentVersion"]["id"] == template["currentVersion"]["id"]
    assert len(await versions(place, template["id"])) == 1


async def test_no_mutation_takes_a_version_to_change(world: World) -> None:
    inputs = "args { type { ofType { inputFields { name } } } }"
    answer = await world.ask(f"{{ __schema {{ mutationType {{ fields {{ {inputs} }} }} }} }}")
    fields = answer["data"]["__schema"]["mutationType"]["fields"]
    names = {
        given["name"]
        for each in fields
        for argument in each["args"]
        for given in argument["type"]["ofType"]["inputFields"]
    }
    assert {"templateVersion", "versionId", "contentHash"} & names == set()


SOURCE = Source(BodyKind.HTML, "Hi", "<p>Hi</p>", None)
VARIABLE = Variable("name", VariableType.STRING, False, "Ada", "Who reads it")


def test_the_hash_is_of_canonical_json_and_never_changes() -> None:
    canonical = (
        '{"body":"<p>Hi</p>","kind":"HTML","subject":"Hi","text":null,"variables":['
        '{"default":"Ada","description":"Who reads it","name":"name","required":false,'
        '"type":"STRING"}]}'
    )
    assert content_hash(Content(SOURCE, [VARIABLE])) == sha256(canonical.encode()).hexdigest()


def test_every_part_of_the_content_changes_the_hash() -> None:
    other = replace(VARIABLE, name="other")
    contents = [
        (SOURCE, [VARIABLE]),
        (replace(SOURCE, kind=BodyKind.MJML), [VARIABLE]),
        (replace(SOURCE, subject="Hi "), [VARIABLE]),
        (replace(SOURCE, body="<p>Hi</p>\n"), [VARIABLE]),
        (replace(SOURCE, text=""), [VARIABLE]),
        (replace(SOURCE, text="Hi"), [VARIABLE]),
        (SOURCE, []),
        (SOURCE, [VARIABLE, other]),
        (SOURCE, [other, VARIABLE]),
        (SOURCE, [other]),
        (SOURCE, [replace(VARIABLE, type=VariableType.URL)]),
        (SOURCE, [replace(VARIABLE, required=True)]),
        (SOURCE, [replace(VARIABLE, default=None)]),
        (SOURCE, [replace(VARIABLE, default="")]),
        (SOURCE, [replace(VARIABLE, description="")]),
    ]
    hashes = [content_hash(Content(source, variables)) for source, variables in contents]
    assert len(set(hashes)) == len(contents)


# Duplicating and archiving


async def test_a_copy_has_the_content_and_the_details_and_its_own_life(
    world: World, place: Place
) -> None:
    origin = await place.template(
        place[Role.EDITOR], name="Letter", category="news", tags=["a"], metadata={"k": 1}
    )
    payload = await world.done(DUPLICATE, place[Role.MANAGER], template=origin["id"])
    copied = payload["template"]
    assert (copied["name"], copied["category"], copied["tags"]) == ("Copy of Letter", "news", ["a"])
    assert copied["metadata"] == {"k": 1}
    assert copied["author"]["id"] == place[Role.MANAGER].id
    assert copied["currentVersion"]["number"] == 1
    assert copied["currentVersion"]["contentHash"] == origin["currentVersion"]["contentHash"]
    await world.done(UPDATE, place[Role.EDITOR], template=copied["id"], content=NEW)
    assert len(await versions(place, origin["id"])) == 1
    [(kind, _, after), _] = await history(world, copied["id"])
    assert (kind, after["copyOf"]) == ("TEMPLATE_CREATED", str(uuid_of(origin["id"])))


async def test_a_copy_is_named_as_asked(world: World, place: Place) -> None:
    origin, editor = await place.template(name="n" * 200), place[Role.EDITOR]
    named = await world.done(DUPLICATE, editor, template=origin["id"], name=" Autumn ")
    assert named["template"]["name"] == "Autumn"
    unnamed = await world.done(DUPLICATE, editor, template=origin["id"])
    assert unnamed["template"]["name"] == ("Copy of " + "n" * 200)[:200]
    async with unchanged(place):
        for name in ("", "  ", "n" * 201, "two\nlines"):
            found = await problems_of(world, DUPLICATE, editor, template=origin["id"], name=name)
            assert list(found) == ["name"]


async def test_an_archived_template_stays_readable_and_as_it_is(world: World, place: Place) -> None:
    template = await place.template()
    id, manager = template["id"], place[Role.MANAGER]
    payload = await world.done(ARCHIVE, manager, template=id, ifVersion=template["version"])
    assert payload["template"]["status"] == "ARCHIVED"
    assert payload["voidedApproval"] is None
    assert (await history(world, id))[-1] == (
        "TEMPLATE_ARCHIVED",
        {"status": "DRAFT"},
        {"status": "ARCHIVED"},
    )
    async with unchanged(place):
        for query, change in (
            (UPDATE, {"name": "Back"}),
            (UPDATE, {"content": NEW}),
            (ARCHIVE, {}),
        ):
            error = await error_of(world, query, manager, template=id, **change)
            assert error["current"]["templateStatus"] == "ARCHIVED"
        found = await node(world, id, TEMPLATE, place[Role.VIEWER])
    assert found["currentVersion"]["id"] == template["currentVersion"]["id"]
    copied = await world.done(DUPLICATE, manager, template=id)
    assert copied["template"]["status"] == "DRAFT"


# Malformed content

MJML = "<mjml>\n  <mj-body>\n    {}\n  </mj-body>\n</mjml>"


@pytest.mark.parametrize(
    ("changed", "path", "place_in_text"),
    [
        ({"body": "<p>\n  {{ first_name</p>"}, "content.body", "line 2, column 3"),
        ({"body": "<p>{% if first_name %}x</p>"}, "content.body", "line 1"),
        ({"body": "<p>\n\n{% nonsense %}</p>"}, "content.body", "line 3, column 4"),
        ({"body": "<p>{{ first_name | shout }}</p>"}, "content.body", "line 1"),
        ({"body": "<p>{{ last_name }}</p>"}, "content.body", "line 1, column 7"),
        ({"subject": "Hi {{ frist_name }}"}, "content.subject", "line 1, column 7"),
        ({"text": "Hi\n{{ nobody }}"}, "content.text", "line 2, column 4"),
        ({"body": "<script>alert(1)</script>"}, "content.body", "line 1"),
        ({"body": ""}, "content.body", ""),
        ({"body": "<p>\0</p>"}, "content.body", ""),
        (
            {"kind": "MJML", "body": MJML.format("<mj-section>")},
            "content.body",
            "line",
        ),
        (
            {"kind": "MJML", "body": MJML.format("<mj-sektion></mj-sektion>")},
            "content.body",
            "line 3, column 5",
        ),
        ({"kind": "MJML", "body": "<p>no mjml</p>"}, "content.body", "line 1, column 1"),
    ],
)
async def test_malformed_content_is_told_with_line_and_column(
    place: Place, changed: dict[str, Any], path: str, place_in_text: str
) -> None:
    found = await faults(place, **changed)
    assert path in found
    assert place_in_text in found[path]


async def test_faults_in_several_parts_are_told_together(place: Place) -> None:
    found = await faults(place, subject="{{ a }}", body="<p>{{ b }}</p>", text="{{ c }}")
    assert set(found) == {"content.subject", "content.body", "content.text"}


def _declared(**changed: Any) -> dict[str, Any]:
    return {"name": "first_name", "type": "STRING", **changed}


@pytest.mark.parametrize(
    ("variables", "path"),
    [
        ([_declared(name="First")], "content.variables.0.name"),
        ([_declared(name="1st")], "content.variables.0.name"),
        ([_declared(name="")], "content.variables.0.name"),
        ([_declared(name="if")], "content.variables.0.name"),
        ([_declared(name="n" * 101)], "content.variables.0.name"),
        ([_declared(), _declared()], "content.variables.1.name"),
        ([_declared(type="NUMBER", defaultValue="7")], "content.variables.0.defaultValue"),
        ([_declared(required=True, defaultValue="x")], "content.variables.0.defaultValue"),
        ([_declared(type="LIST", defaultValue=2**70)], "content.variables.0.defaultValue"),
        ([_declared(type="LIST", defaultValue=[2**70])], "content.variables.0.defaultValue.0"),
        ([_declared(defaultValue="nul \0")], "content.variables.0.defaultValue"),
        ([_declared(description="d" * 1_001)], "content.variables.0.description"),
        ([_declared(description=None)], "content.variables.0.description"),
        ([_declared(name=f"v{n}") for n in range(101)], "content.variables.100"),
    ],
)
async def test_a_bad_declaration_is_told_at_its_place(
    place: Place, variables: list[dict[str, Any]], path: str
) -> None:
    assert path in await faults(place, variables=variables)


# Previews


async def test_a_preview_tells_what_is_wrong_with_each_value(world: World, place: Place) -> None:
    example = mail("garden-newsletter")
    template = await place.template(content=given(example))
    values: dict[str, Any] = {
        **example.values,
        "editionTitle": 7,
        "editionNumber": "117",
        "publishedOn": "2026-02-30",
        "heroImage": "javascript:alert(1)",
        "isMember": "yes",
        "membershipFee": {"amount": "ninety", "currency": "XXX"},
        "articles": [{"title": "x", "bad key!": 1}],
        "events": {"on": "today"},
        "undeclared": True,
    }
    del values["unsubscribeUrl"]
    shown = await preview(place, template["currentVersion"]["id"], values)
    assert shown["rendered"] is None
    assert {error["__typename"] for error in shown["errors"]} == {"ValidationError"}
    assert {".".join(error["path"]) for error in shown["errors"]} == {
        "values.editionTitle",
        "values.editionNumber",
        "values.publishedOn",
        "values.heroImage",
        "values.isMember",
        "values.membershipFee.amount",
        "values.membershipFee.currency",
        "values.articles.0",
        "values.events",
        "values.undeclared",
        "values.unsubscribeUrl",
    }


@pytest.mark.parametrize("values", [[], "x", 7, True])
async def test_values_are_an_object(place: Place, values: Any) -> None:
    template = await place.template()
    shown = await preview(place, template["currentVersion"]["id"], values)
    assert [error["path"] for error in shown["errors"]] == [["values"]]


async def test_a_preview_escapes_its_values(place: Place) -> None:
    template = await place.template()
    shown = await preview(
        place, template["currentVersion"]["id"], {"first_name": "<b>Ada</b> & Co"}
    )
    assert "&lt;b&gt;Ada&lt;/b&gt; &amp; Co" in shown["rendered"]["html"]
    assert shown["rendered"]["subject"] == "Welcome, <b>Ada</b> & Co"


LIST = [{"name": "rows", "type": "LIST", "defaultValue": []}]
HOSTILE: dict[str, dict[str, Any]] = {
    "a loop without end": {"body": "<p>{% for n in (1..100000000) %}x{% endfor %}</p>"},
    "loops in loops": {"body": "{% for a in (1..999) %}" * 5 + "<p>x</p>" + "{% endfor %}" * 5},
    "an output bomb": {
        "body": "<p>{% assign s = 'xxxxxxxxxx' %}"
        + "{% assign s = s | append: s %}" * 40
        + "{{ s }}</p>"
    },
    "deep nesting": {"body": "<div>" * 50_000 + "</div>" * 50_000},
    "deep nesting of MJML": {
        "kind": "MJML",
        "body": "<mjml><mj-body>"
        + "<mj-wrapper>" * 20_000
        + "</mj-wrapper>" * 20_000
        + "</mj-body></mjml>",
    },
    "deep conditions": {"body": "{% if true %}" * 5_000 + "x" + "{% endif %}" * 5_000},
    "a body of two megabytes": {"body": "<p>" + "x" * 2_000_000 + "</p>"},
}


@pytest.mark.parametrize("name", HOSTILE)
async def test_a_hostile_template_is_refused_and_the_server_goes_on(
    world: World, place: Place, name: str
) -> None:
    hostile = {**content(), "variables": LIST, "subject": "Hi", **HOSTILE[name]}
    payload = await world.do(
        CREATE, place[Role.EDITOR], organization=place.id, name=name, content=hostile
    )
    errors = payload["errors"]
    if not errors:
        shown = await preview(place, payload["template"]["currentVersion"]["id"], {})
        assert shown["rendered"] is None
        errors = shown["errors"]
    assert {error["__typename"] for error in errors} == {"ValidationError"}
    assert errors[0]["path"][-1] == "body"
    good = await place.template()
    shown = await preview(place, good["currentVersion"]["id"], {"first_name": "Ada"})
    assert "Dear Ada" in shown["rendered"]["html"]


# What is stored


async def test_the_search_text_follows_every_change(world: World, place: Place) -> None:
    template = await place.template(name="Snowdrop")
    statement = "SELECT search_text FROM templates WHERE id = :id"
    id = uuid_of(template["id"])
    [(before,)] = await rows(world, statement, id=id)
    await world.done(
        UPDATE,
        place[Role.EDITOR],
        template=template["id"],
        name="Crocus",
        content={**content(), "subject": "Petals"},
    )
    [(after,)] = await rows(world, statement, id=id)
    assert "snowdrop" in before.lower()
    assert "crocus" in after.lower()
    assert "petals" in after.lower()
    assert "snowdrop" not in after.lower()


async def test_a_stored_version_cannot_be_changed_past_the_server(
    world: World, place: Place
) -> None:
    template = await place.template()
    version = uuid_of(template["currentVersion"]["id"])
    stored = await one(world, select(TemplateVersion).where(TemplateVersion.id == version))
    with pytest.raises(DBAPIError, match="rows of template_versions never change"):
        await change(world, stored, subject="Something else")
