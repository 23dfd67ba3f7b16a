"""Other systems are told of what happens: signed, in order, until they have it."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

import orjson
import pytest
from sqlalchemy import func, select, update
from standardwebhooks import Webhook as Verifier

from db.models import Outbox, WebhookDelivery, now
from domain.events import EventKind
from domain.permissions import Role
from events.followers import Follower
from jobs.registry import FOLLOWERS
from resolvers.webhooks import DELIVER
from tests import rows
from tests.jobs import run_jobs
from tests.spine import until
from tests.targets import ADD_COMMENT, CREATE_WEBHOOK
from tests.world import Place, World, uuid_of

UPDATE = """
mutation ($input: UpdateWebhookInput!) {
  updateWebhook(input: $input) {
    webhook { id url kinds selection enabled version } errors { path message }
  }
}
"""
DELETE = """
mutation ($input: DeleteWebhookInput!) {
  deleteWebhook(input: $input) { webhook { url } errors { path message } }
}
"""
ROTATE = """
mutation ($input: RotateWebhookSecretInput!) {
  rotateWebhookSecret(input: $input) { webhook { version } secret errors { message } }
}
"""
PING = """
mutation ($input: PingWebhookInput!) {
  pingWebhook(input: $input) { webhook { id } errors { __typename message } }
}
"""
REDELIVER = """
mutation ($input: RedeliverWebhookInput!) {
  redeliverWebhook(input: $input) { delivery { id status attempts } errors { message } }
}
"""
WEBHOOKS = """
query ($slug: String!) {
  organization(slug: $slug) {
    webhooks {
      nodes {
        url enabled disabledReason creator { id }
        deliveries {
          totalCount
          nodes { id kind status attempts position responseStatus responseBody error body
                  nextAttemptAt finishedAt webhook { url } }
        }
      }
    }
  }
}
"""


@dataclass
class Endpoint:
    """A server of somebody else's: it keeps what it gets, and answers what it is told to."""

    url: str = ""
    status: list[int] = field(default_factory=list)
    got: list[tuple[dict[str, str], bytes]] = field(default_factory=list)

    @property
    def told(self) -> list[dict[str, Any]]:
        return [orjson.loads(body) for _, body in self.got]

    async def take(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            while head := (await reader.readuntil(b"\r\n\r\n")).decode():
                lines = head.split("\r\n")[1:-2]
                headers = dict(line.lower().split(": ", 1) for line in lines)
                body = await reader.readexactly(int(headers["content-length"]))
                raw = dict(line.split(": ", 1) for line in lines)
                self.got.append(({name.lower(): each for name, each in raw.items()}, body))
                status = self.status.pop(0) if self.status else 204
                reply = f"HTTP/1.1 {status} So\r\ncontent-length: 2\r\n\r\nok"
                writer.write((reply if status != 204 else "HTTP/1.1 204 So\r\n\r\n").encode())
                await writer.drain()
        except asyncio.IncompleteReadError:
            pass
        finally:
            writer.close()


@asynccontextmanager
async def an_endpoint(*status: int) -> AsyncIterator[Endpoint]:
    endpoint = Endpoint(status=list(status))
    server = await asyncio.start_server(endpoint.take, "127.0.0.1", 0)
    endpoint.url = f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}/hook"
    try:
        yield endpoint
    finally:
        server.close()


@pytest.fixture
async def place(world: World) -> Place:
    return await world.organization(Role.EDITOR)


async def create(place: Place, url: str, **given: Any) -> dict[str, Any]:
    admin = place[Role.ADMIN]
    input = {"organization": place.id, "url": url, **given}
    return await place.world.done(CREATE_WEBHOOK, admin, **input)


async def delivered(world: World, webhook: str, *, by: datetime | None = None) -> None:
    """Everything that is due for the webhook has been sent."""
    database = world.resources.database
    await ordered(world)
    await Follower(database, "webhooks", FOLLOWERS["webhooks"]).catch_up()
    await run_jobs(world, names=[DELIVER], about=uuid_of(webhook), until=by)


async def ordered(world: World) -> None:
    """Every event that is committed has its position."""

    async def is_ordered() -> bool:
        async with world.resources.database.read() as session:
            return await session.scalar(select(func.count()).select_from(Outbox)) == 0

    await until(is_ordered)


async def deliveries(place: Place) -> list[dict[str, Any]]:
    answer = await place.world.ask(WEBHOOKS, {"slug": place.slug}, by=place[Role.ADMIN])
    [webhook] = answer["data"]["organization"]["webhooks"]["nodes"]
    return list(webhook["deliveries"]["nodes"])


async def test_an_endpoint_is_told_what_it_selected_signed_as_standard_webhooks_describes(
    world: World, place: Place
) -> None:
    selection = "{ kind position entityType entity { ... on Template { name author { id } } } }"
    async with an_endpoint() as endpoint:
        made = await create(place, endpoint.url, kinds=["TEMPLATE_CREATED"], selection=selection)
        template = await place.template(place[Role.EDITOR], name="Harvest")
        await world.done(ADD_COMMENT, place[Role.EDITOR], template=template["id"], body="Hm.")
        await delivered(world, made["webhook"]["id"])
    [(headers, body)] = endpoint.got
    told = Verifier(made["secret"]).verify(body, headers)
    assert told["type"] == "TEMPLATE_CREATED"
    assert told["data"] == {
        "kind": "TEMPLATE_CREATED",
        "position": told["data"]["position"],
        "entityType": "Template",
        "entity": {"name": "Harvest", "author": {"id": place[Role.EDITOR].id}},
    }
    [delivery] = await deliveries(place)
    assert delivery["status"] == "DELIVERED"
    assert delivery["attempts"] == 1
    assert delivery["responseStatus"] == 204
    assert orjson.loads(delivery["body"]) == told


async def test_it_sees_what_a_member_sees_who_may_only_read(world: World, place: Place) -> None:
    async with an_endpoint() as endpoint:
        selection = "{ kind before after }"
        made = await create(place, endpoint.url, kinds=["TEMPLATE_CREATED"], selection=selection)
        await place.template(place[Role.EDITOR])
        await delivered(world, made["webhook"]["id"])
    [told] = endpoint.told
    assert told["data"]["before"] is None
    assert told["data"]["after"] is None


async def test_what_fails_is_sent_again_with_the_same_bytes_and_what_follows_waits(
    world: World, place: Place
) -> None:
    async with an_endpoint(500, 302) as endpoint:
        made = await create(place, endpoint.url)
        template = await place.template(place[Role.EDITOR])
        for name in ("One", "Two"):
            change = """
            mutation ($input: UpdateTemplateInput!) {
              updateTemplate(input: $input) { errors { message } }
            }
            """
            await world.done(change, place[Role.EDITOR], template=template["id"], name=name)
        await delivered(world, made["webhook"]["id"])
        kinds = [told["type"] for told in endpoint.told]
        assert kinds.count("TEMPLATE_CREATED") == 1
        assert "TEMPLATE_UPDATED" not in kinds
        failed = next(each for each in await deliveries(place) if each["kind"] == kinds[-1])
        assert (failed["status"], failed["error"]) == ("PENDING", "It answered 500.")
        await rewind(world, made["webhook"]["id"])
        await delivered(world, made["webhook"]["id"], by=now() + timedelta(seconds=10))
        await rewind(world, made["webhook"]["id"])
        await delivered(world, made["webhook"]["id"], by=now() + timedelta(seconds=20))
    about = [told for told in endpoint.told if told["type"].startswith("TEMPLATE")]
    kinds = [told["type"] for told in about]
    assert kinds == ["TEMPLATE_CREATED"] * 3 + ["TEMPLATE_UPDATED"] * 2
    assert about[0] == about[1] == about[2]
    ids = [headers["webhook-id"] for headers, body in endpoint.got if b"TEMPLATE_CREATED" in body]
    assert len(set(ids)) == 1


async def rewind(world: World, webhook: str) -> None:
    """As if the waiting between attempts had passed."""
    async with world.resources.database.transaction() as session:
        due = update(WebhookDelivery).where(WebhookDelivery.webhook_id == uuid_of(webhook))
        await session.execute(due.values(next_attempt_at=None))


async def test_after_a_day_it_is_given_up_and_what_follows_goes_on(
    world: World, place: Place
) -> None:
    async with an_endpoint(500, 500) as endpoint:
        made = await create(place, endpoint.url, kinds=["TEMPLATE_CREATED", "TEMPLATE_ARCHIVED"])
        template = await place.template(place[Role.EDITOR])
        await delivered(world, made["webhook"]["id"])
        async with world.resources.database.transaction() as session:
            mine = WebhookDelivery.webhook_id == uuid_of(made["webhook"]["id"])
            yesterday = now() - timedelta(hours=25)
            old = update(WebhookDelivery).where(mine)
            await session.execute(old.values(first_attempt_at=yesterday, next_attempt_at=None))
        archive = """
        mutation ($input: ArchiveTemplateInput!) {
          archiveTemplate(input: $input) { errors { message } }
        }
        """
        await world.done(archive, place[Role.ADMIN], template=template["id"])
        await delivered(world, made["webhook"]["id"], by=now() + timedelta(seconds=10))
    latest, first = await deliveries(place)
    assert (first["kind"], first["status"]) == ("TEMPLATE_CREATED", "DEAD")
    assert (latest["kind"], latest["status"]) == ("TEMPLATE_ARCHIVED", "DELIVERED")
    again = await world.done(REDELIVER, place[Role.ADMIN], delivery=first["id"])
    assert (again["delivery"]["status"], again["delivery"]["attempts"]) == ("PENDING", 0)
    refused = await world.do(REDELIVER, place[Role.ADMIN], delivery=first["id"])
    assert "on its way" in refused["errors"][0]["message"]


async def test_who_is_gone_is_told_nothing_more(world: World, place: Place) -> None:
    async with an_endpoint(410) as endpoint:
        made = await create(place, endpoint.url, kinds=["TEMPLATE_CREATED"])
        await place.template(place[Role.EDITOR])
        await place.template(place[Role.EDITOR])
        await delivered(world, made["webhook"]["id"])
        await place.template(place[Role.EDITOR])
        await delivered(world, made["webhook"]["id"])
    assert len(endpoint.got) == 1
    answer = await world.ask(WEBHOOKS, {"slug": place.slug}, by=place[Role.ADMIN])
    [webhook] = answer["data"]["organization"]["webhooks"]["nodes"]
    assert webhook["enabled"] is False
    assert "410" in webhook["disabledReason"]
    assert [each["status"] for each in webhook["deliveries"]["nodes"]] == ["DEAD", "DEAD"]
    kinds = await rows.events_about(world, uuid_of(made["webhook"]["id"]))
    assert kinds == [EventKind.WEBHOOK_CREATED, EventKind.WEBHOOK_DISABLED]


async def test_a_name_that_leads_to_a_private_address_is_not_called(
    world: World, place: Place
) -> None:
    made = await create(place, "https://localhost.localdomain.invalid/hook")
    await world.done(PING, place[Role.ADMIN], webhook=made["webhook"]["id"])
    await delivered(world, made["webhook"]["id"])
    assert all(each["status"] == "PENDING" for each in await deliveries(place))


async def test_a_ping_reaches_one_endpoint_whatever_it_chose(world: World, place: Place) -> None:
    async with an_endpoint() as pinged, an_endpoint() as other:
        first = await create(place, pinged.url, kinds=["TEMPLATE_CREATED"])
        second = await create(place, other.url)
        await world.done(PING, place[Role.ADMIN], webhook=first["webhook"]["id"])
        await delivered(world, first["webhook"]["id"])
        await delivered(world, second["webhook"]["id"])
    assert [told["type"] for told in pinged.told] == ["WEBHOOK_PINGED"]
    assert "WEBHOOK_PINGED" not in [told["type"] for told in other.told]


async def test_after_rotation_both_secrets_are_good_for_a_day(world: World, place: Place) -> None:
    async with an_endpoint() as endpoint:
        made = await create(place, endpoint.url, kinds=["TEMPLATE_CREATED"])
        id = made["webhook"]["id"]
        rotated = await world.done(ROTATE, place[Role.ADMIN], webhook=id)
        await place.template(place[Role.EDITOR])
        await delivered(world, id)
    [(headers, body)] = endpoint.got
    assert rotated["secret"] != made["secret"]
    for secret in (rotated["secret"], made["secret"]):
        Verifier(secret).verify(body, headers)
    assert made["secret"] not in await rows.whole_database(world)


async def test_what_is_switched_off_or_deleted_is_not_told(world: World, place: Place) -> None:
    async with an_endpoint() as endpoint:
        made = await create(place, endpoint.url, kinds=["TEMPLATE_CREATED"])
        id = made["webhook"]["id"]
        off = await world.done(UPDATE, place[Role.ADMIN], webhook=id, enabled=False, ifVersion=1)
        await place.template(place[Role.EDITOR])
        await delivered(world, id)
        refused = await world.do(PING, place[Role.ADMIN], webhook=id)
        assert refused["errors"][0]["__typename"] == "ConflictError"
        await world.done(UPDATE, place[Role.ADMIN], webhook=id, enabled=True)
        await place.template(place[Role.EDITOR])
        await world.done(DELETE, place[Role.ADMIN], webhook=id)
        await delivered(world, id)
    assert off["webhook"]["enabled"] is False
    assert endpoint.got == []


@pytest.mark.parametrize(
    ("given", "path"),
    [
        ({"url": "ftp://example.com"}, "url"),
        ({"url": "https://user:secret@example.com"}, "url"),
        ({"url": "https://exa mple.com"}, "url"),
        ({"url": "https://"}, "url"),
        ({"url": "https://example.com:99999"}, "url"),
        ({"url": "https://example.com/" + "a" * 2_000}, "url"),
        ({"selection": "{ nonsense }"}, "selection"),
        ({"selection": "{ kind"}, "selection"),
        ({"selection": "{ kind } } query { viewer { id }"}, "selection"),
        ({"selection": "query { kind }"}, "selection"),
        ({"selection": "{ kind } { kind }"}, "selection"),
        ({"selection": "{ " + "kind " * 2_000 + "}"}, "selection"),
        ({"kinds": ["TEMPLATE_CREATED", "TEMPLATE_CREATED"]}, "kinds"),
    ],
)
async def test_what_cannot_be_used_is_refused_with_its_place_and_changes_nothing(
    world: World, place: Place, given: dict[str, Any], path: str
) -> None:
    before = await rows.of_organization(world, uuid_of(place.id))
    input = {"organization": place.id, "url": "https://example.com/hook", **given}
    payload = await world.do(CREATE_WEBHOOK, place[Role.ADMIN], **input)
    assert {error["path"][0] for error in payload["errors"]} == {path}
    assert await rows.of_organization(world, uuid_of(place.id)) == before


async def test_an_organization_has_at_most_twenty(world: World, place: Place) -> None:
    for _ in range(20):
        await create(place, "https://example.com/hook")
    input = {"organization": place.id, "url": "https://example.com/hook"}
    [error] = (await world.do(CREATE_WEBHOOK, place[Role.ADMIN], **input))["errors"]
    assert "20" in error["message"]


async def test_only_managers_of_webhooks_see_them(world: World, place: Place) -> None:
    await create(place, "https://example.com/hook")
    answer = await world.ask(WEBHOOKS, {"slug": place.slug}, by=place[Role.EDITOR])
    assert answer["errors"][0]["extensions"]["code"] == "FORBIDDEN"
    assert answer["data"]["organization"]["webhooks"] is None
