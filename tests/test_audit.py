"""The record of everything that happened, for those who audit."""

from datetime import datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import select

from db.models import Event, User
from domain.permissions import Permission, Role, roles_with
from tests import rows
from tests.editorial import CHANGE_ROLE, UPDATE, membership
from tests.record import EVERYTHING, LOG, a_platform_admin, kinds, log
from tests.world import PASSWORD, Person, Place, World, uuid_of

FOUNDED = ["ORGANIZATION_CREATED", "MEMBER_INVITED", "MEMBER_JOINED"]


@pytest.fixture
async def place(world: World) -> Place:
    return await world.organization(Role.EDITOR)


async def test_an_entry_says_who_did_what_to_what_when_and_from_where(place: Place) -> None:
    editor = place[Role.EDITOR]
    template = await place.template(editor)
    [entry] = (await log(place, first=1))["nodes"]
    session = entry.pop("session")
    assert session["ip"] == "127.0.0.1"
    known = {name: entry[name] for name in ("kind", "entityType", "requestId", "ip")}
    assert known == {
        "kind": "TEMPLATE_CREATED",
        "entityType": "Template",
        "requestId": "test",
        "ip": "127.0.0.1",
    }
    assert entry["actor"] == {"id": editor.id}
    assert entry["organization"] == {"id": place.id}
    assert entry["entity"] == {"id": template["id"]}
    assert entry["entityId"] == template["id"]
    assert entry["position"] == 1 + len(FOUNDED)
    assert datetime.fromisoformat(entry["occurredAt"]).tzinfo


async def test_positions_count_the_events_of_the_organisation_without_a_gap(place: Place) -> None:
    await place.template()
    entries = (await log(place))["nodes"]
    assert [entry["position"] for entry in entries] == [4, 3, 2, 1]
    assert [entry["kind"] for entry in entries] == ["TEMPLATE_CREATED", *reversed(FOUNDED)]


async def test_an_entry_tells_what_changed(place: Place) -> None:
    template = await place.template()
    given = {"template": template["id"], "name": "Farewell"}
    await place.world.done(UPDATE, place[Role.ADMIN], **given)
    [entry] = (await log(place, first=1))["nodes"]
    assert {"path": ["name"], "before": "Welcome", "after": "Farewell"} in entry["changes"]
    assert (entry["before"]["name"], entry["after"]["name"]) == ("Welcome", "Farewell")


async def test_no_secret_is_shown_whoever_recorded_it(place: Place) -> None:
    world = place.world
    row = await rows.one(world, select(Event).where(Event.subject_id == uuid_of(place.id)).limit(1))
    facts = {
        "before": {"name": "A", "signingSecret": "hunter1"},
        "after": {"name": "A", "signingSecret": "hunter2", "headers": [{"api_key": "hunter3"}]},
    }
    async with world.resources.database.transaction() as session:
        copied = {each.key: getattr(row, each.key) for each in Event.__table__.c}
        del copied["id"]
        session.add(Event(**{**copied, **facts}))
    [entry] = (await log(place, first=1))["nodes"]
    assert "hunter" not in repr(entry)
    assert entry["changes"] == [
        {"path": ["headers"], "before": None, "after": [{"api_key": "[masked]"}]},
        {"path": ["signingSecret"], "before": "[masked]", "after": "[masked]"},
    ]


async def test_an_entry_is_a_node_for_those_who_may_read_the_record(place: Place) -> None:
    [entry] = (await log(place, first=1))["nodes"]
    query = "query ($id: ID!) { node(id: $id) { ... on AuditEntry { kind } } }"
    answer = await place.world.ask(query, {"id": entry["id"]}, by=place[Role.ADMIN])
    assert answer["data"]["node"] == {"kind": entry["kind"]}
    for person in (place[Role.EDITOR], (await place.world.organization())[Role.ADMIN], None):
        answer = await place.world.ask(query, {"id": entry["id"]}, by=person)
        code = answer["errors"][0]["extensions"]["code"]
        assert code == ("NOT_FOUND" if person else "UNAUTHENTICATED")


@pytest.mark.parametrize("role", Role)
async def test_the_record_is_for_the_roles_that_have_the_permission(
    world: World, role: Role
) -> None:
    place = await world.organization(*({role} - {Role.ADMIN}))
    await world.settled()
    answer = await world.ask(LOG, {"slug": place.slug}, by=place[role])
    if role in roles_with(Permission.AUDIT_READ):
        assert answer["data"]["organization"]["auditLog"]["totalCount"] > 0
    else:
        assert answer["data"]["organization"]["auditLog"] is None
        assert answer["errors"][0]["extensions"]["code"] == "FORBIDDEN"


async def test_who_loses_the_permission_sees_no_more_of_the_record(place: Place) -> None:
    admin = await place.join(Role.ADMIN, "Second")
    assert (await log(place, admin))["totalCount"]
    given = {"membership": await membership(place, admin), "role": "EDITOR"}
    await place.world.done(CHANGE_ROLE, place[Role.ADMIN], **given)
    answer = await place.world.ask(LOG, {"slug": place.slug}, by=admin)
    assert answer["errors"][0]["extensions"]["code"] == "FORBIDDEN"


async def test_organisations_do_not_see_each_others_record(place: Place, world: World) -> None:
    other = await world.organization()
    await other.template(name="Theirs")
    assert await kinds(other) == ["ORGANIZATION_CREATED", "TEMPLATE_CREATED"]
    assert await kinds(place) == FOUNDED


# What the platform's administrators see


async def _everything(world: World, by: Person | None, **asked: Any) -> dict[str, Any]:
    await world.settled()
    return await world.ask(EVERYTHING, asked, by=by)


async def test_the_platform_s_record_has_what_belongs_to_no_organisation(
    place: Place, world: World
) -> None:
    root = await a_platform_admin(world)
    person = await world.person("Newcomer")
    filter = {"actor": {"in": [person.id]}}
    page = (await _everything(world, root, filter=filter))["data"]["auditLog"]
    found = {entry["kind"]: entry for entry in page["nodes"]}
    assert set(found) == {"USER_REGISTERED", "SESSION_STARTED"}
    assert found["SESSION_STARTED"]["entity"] is None
    assert found["USER_REGISTERED"]["entity"] == {"id": person.id}
    assert all(entry["organization"] is None for entry in page["nodes"])
    page = (await _everything(world, root, filter={"entity": {"in": [place.id]}}))["data"]
    assert [entry["kind"] for entry in page["auditLog"]["nodes"]] == ["ORGANIZATION_CREATED"]


async def test_the_platform_s_record_is_for_its_administrators(place: Place) -> None:
    for person, code in ((None, "UNAUTHENTICATED"), (place[Role.ADMIN], "FORBIDDEN")):
        answer = await _everything(place.world, person)
        assert answer["data"] == {"auditLog": None}
        assert answer["errors"][0]["extensions"]["code"] == code


async def test_the_platform_s_record_pages_without_losing_anything(world: World) -> None:
    root = await a_platform_admin(world)
    people = [await world.person(f"Reader{n}") for n in range(4)]
    filter = {"actor": {"in": [each.id for each in people]}}
    query = """
    query ($filter: AuditFilter, $after: String) {
      auditLog(filter: $filter, first: 3, after: $after) {
        nodes { id } pageInfo { hasNextPage endCursor hasPreviousPage }
      }
    }
    """
    seen, cursor, more = [], None, True
    while more:
        answer = await world.ask(query, {"filter": filter, "after": cursor}, by=root)
        page = answer["data"]["auditLog"]
        assert page["pageInfo"]["hasPreviousPage"] is (cursor is not None)
        seen += [each["id"] for each in page["nodes"]]
        cursor, more = page["pageInfo"]["endCursor"], page["pageInfo"]["hasNextPage"]
    assert len(seen) == len(set(seen)) == 8


# Filters and orders


async def test_a_filter_means_what_it_says(place: Place) -> None:
    admin, editor = place[Role.ADMIN], place[Role.EDITOR]
    template = await place.template(editor)
    created = ["TEMPLATE_CREATED"]
    assert await kinds(place) == [*FOUNDED, *created]
    assert await kinds(place, kind={"in": ["TEMPLATE_CREATED"]}) == created
    assert await kinds(place, kind={"notIn": ["TEMPLATE_CREATED"]}) == FOUNDED
    assert await kinds(place, kind={"in": []}) == []
    assert await kinds(place, actor={"in": [admin.id]}) == FOUNDED[:2]
    assert await kinds(place, actor={"in": [editor.id]}) == [FOUNDED[2], *created]
    assert await kinds(place, entity={"in": [template["id"]]}) == created
    assert await kinds(place, entityType={"in": ["Template", "Invitation"]}) == [
        "MEMBER_INVITED",
        *created,
    ]
    assert await kinds(place, subject={"in": [place.id]}) == FOUNDED
    assert await kinds(place, requestId={"eq": "test"}) == [*FOUNDED, *created]
    assert await kinds(place, requestId={"eq": "another"}) == []
    assert await kinds(place, ip={"eq": "127.0.0.1"}) == [*FOUNDED, *created]
    assert await kinds(place, position={"gt": 1, "lte": 3}) == FOUNDED[1:]
    assert await kinds(place, position={"gte": 4}, actor={"in": [editor.id]}) == created


async def test_a_time_is_compared_to_the_microsecond(place: Place) -> None:
    await place.template()
    entries = (await log(place, orderBy=[{"field": "OCCURRED_AT"}]))["nodes"]
    moment = entries[2]["occurredAt"]
    assert await kinds(place, occurredAt={"lt": moment}) == FOUNDED[:2]
    assert await kinds(place, occurredAt={"lte": moment}) == FOUNDED
    assert await kinds(place, occurredAt={"gt": moment}) == ["TEMPLATE_CREATED"]
    assert await kinds(place, occurredAt={"gte": moment}) == [FOUNDED[2], "TEMPLATE_CREATED"]
    later = (datetime.fromisoformat(moment) + timedelta(days=40)).isoformat()
    assert await kinds(place, occurredAt={"gte": later}) == []
    assert await kinds(place, occurredAt={"gte": "0900-01-01T00:00:00Z", "lt": later})


async def test_paging_by_cursor_shows_every_entry_once_in_both_orders(place: Place) -> None:
    for n in range(5):
        await place.template(name=f"Letter {n}")
    for direction in ("ASC", "DESC"):
        order = [{"field": "OCCURRED_AT", "direction": direction}]
        seen, cursor, more = [], None, True
        while more:
            page = await log(place, orderBy=order, first=3, after=cursor)
            seen += [entry["position"] for entry in page["nodes"]]
            cursor, more = page["pageInfo"]["endCursor"], page["pageInfo"]["hasNextPage"]
        assert seen == sorted(range(1, 9), reverse=direction == "DESC")
        assert page["totalCount"] == 8


async def test_tokens_and_passwords_are_nowhere_in_the_record(place: Place) -> None:
    world = place.world
    token = await place.invited(place[Role.ADMIN], "guest@example.com", role="VIEWER")
    root = await a_platform_admin(world)
    told = repr(await _everything(world, root, first=100)) + repr(await log(place, first=100))
    user = await rows.one(world, select(User).where(User.id == uuid_of(root.id)))
    for secret in (token, PASSWORD, user.password_hash, root.refresh_token):
        assert secret not in told
