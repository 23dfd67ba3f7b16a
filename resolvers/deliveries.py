"""Deliveries: one event for one endpoint, repeated until it is taken or a day has passed."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Annotated, Any
from uuid import UUID

import orjson
from sqlalchemy.ext.asyncio import AsyncSession
from standardwebhooks import Webhook as Signer

from adapters.outbound import Reply, Unreachable
from auth.sealing import Seal, Unreadable
from db import deliveries, events, jobs, loaders, webhooks
from db.clock import clock
from db.deliveries import Turn
from db.jobs import Later
from db.models import Webhook, WebhookDelivery
from domain import webhooks as rules
from domain.actor import Actor
from domain.errors import Conflict, Reference
from domain.events import Event, EventKind
from domain.ids import DeliveryId, OrganizationId, UserId
from domain.permissions import BUILT_IN, Role
from domain.webhooks import DeliveryStatus
from resolvers.caller import Caller
from resolvers.context import Context
from resolvers.webhooks import DELIVER, due_for
from resolvers.work import Work

SAID_GONE = "The endpoint answered 410: it wants nothing more."
SHOWN = 2_000
"""Characters of an endpoint's answer that are kept."""


@dataclass(frozen=True, slots=True)
class RedeliverWebhook:
    """What to send again."""

    delivery: Annotated[DeliveryId, "A delivery that was made, or given up."]


async def queue(session: AsyncSession, happened: Sequence[Event]) -> None:
    """Queue a delivery for every endpoint that wants to know of an event."""
    due = await due_for(session, happened)
    await deliveries.queue(session, due)
    lanes = dict.fromkeys((webhook.id, event.entity_id) for webhook, event in due)
    await jobs.put(session, [Later(**_next(webhook, entity)) for webhook, entity in lanes])


async def redeliver(ctx: Context, input: RedeliverWebhook) -> WebhookDelivery:
    """Send a delivery again, with the bytes that it had, whatever became of it."""
    async with ctx.transaction() as work:
        row = await work.lock(loaders.deliveries, input.delivery, at="delivery")
        webhook = await work.find(loaders.webhooks, row.webhook_id, at="delivery")
        if row.status is DeliveryStatus.PENDING:
            here = Reference("WebhookDelivery", row.id)
            raise Conflict("This delivery is on its way already.", here, ("delivery",))
        row.status, row.attempts = DeliveryStatus.PENDING, 0
        row.first_attempt_at = row.next_attempt_at = row.claimed_until = row.finished_at = None
        work.later(**_next(row.webhook_id, row.entity_id))
        after = {"delivery": str(row.id), "event": str(row.event_id)}
        work.record(EventKind.WEBHOOK_REDELIVERED, webhook, after=after)
    return row


async def deliver(ctx: Context, webhook: UUID, entity: UUID) -> None:
    """Make the delivery whose turn it is for this endpoint and entity, and see to what follows."""
    async with ctx.database.transaction() as session:
        turn = await deliveries.claim(session, webhook, entity)
    if turn is None:
        return
    if turn.until is not None:
        async with ctx.transaction() as work:
            work.later(**_next(webhook, entity), at=turn.until)
    elif not turn.endpoint.enabled or turn.endpoint.deleted_at is not None:
        await _conclude(ctx, turn, rules.OFF)
    else:
        body = turn.delivery.body or await _body(ctx, turn.endpoint, turn.delivery)
        await _conclude(ctx, turn, await _answer(ctx, turn, body), body)


async def _answer(ctx: Context, turn: Turn, body: str) -> Reply | str:
    """What the endpoint answered, or why it could not be asked."""
    try:
        headers = _headers(ctx.resources.outgoing.secrets, turn, body)
        return await ctx.resources.outgoing.outbound.post(turn.endpoint.url, headers, body.encode())
    except Unreadable:
        return "The secret was sealed with another SECRET_KEY; replace it."
    except Unreachable as error:
        return str(error)


def _headers(secrets: Seal, turn: Turn, body: str) -> Mapping[str, str]:
    """Signed as Standard Webhooks 1.0 describes, with the old secret too while it is good."""
    endpoint, now, id = turn.endpoint, turn.now, str(turn.delivery.id)
    sealed = [endpoint.secret]
    if endpoint.old_secret and endpoint.old_secret_until and endpoint.old_secret_until > now:
        sealed.append(endpoint.old_secret)
    signatures = [Signer(secrets.open(each)).sign(id, now, body) for each in sealed]
    return {
        "content-type": "application/json",
        "user-agent": "Imprimatur-Webhooks/1",
        "webhook-id": id,
        "webhook-timestamp": str(int(now.timestamp())),
        "webhook-signature": " ".join(signatures),
    }


async def _body(ctx: Context, endpoint: Webhook, row: WebhookDelivery) -> str:
    """What is told of the event, as a member sees it who may only read."""
    async with ctx.database.read() as session:
        [placed] = await events.after_position(
            session, row.organization_id, row.position - 1, most=1
        )
    reader = Actor(
        user_id=UserId(endpoint.id),
        grants={OrganizationId(endpoint.organization_id): BUILT_IN[Role.VIEWER]},
    )
    seen = replace(ctx, caller=Caller(reader))
    event = placed.event
    if event is None:
        raise RuntimeError(f"{placed.kind} is of a newer release")
    data = await ctx.resources.outgoing.payloads.data(endpoint.selection, event, seen)
    told = {"type": event.kind, "timestamp": event.occurred_at, "data": orjson.Fragment(data)}
    return orjson.dumps(told).decode()


async def _conclude(ctx: Context, turn: Turn, answer: Reply | str, body: str | None = None) -> None:
    """Note what came of an attempt, and queue what is next for the entity."""
    async with ctx.transaction() as work:
        row = await deliveries.lock_claimed(work.session, turn.delivery)
        if row is None:
            return
        row.claimed_until, row.body, row.attempts = None, body or row.body, row.attempts + 1
        _note(row, answer)
        if isinstance(answer, Reply) and answer.status == rules.GONE:
            await _switch_off(work, row)
        else:
            _settle(row, answer, await clock(work.session))
            if await deliveries.more(work.session, row.webhook_id, row.entity_id):
                work.later(**_next(row.webhook_id, row.entity_id), at=row.next_attempt_at)


def _settle(row: WebhookDelivery, answer: Reply | str, now: datetime) -> None:
    row.next_attempt_at = None
    if isinstance(answer, Reply) and rules.is_taken(answer.status):
        row.status, row.finished_at = DeliveryStatus.DELIVERED, now
        return
    if answer != rules.OFF:
        row.next_attempt_at = rules.next_attempt(row.attempts, row.first_attempt_at or now, now)
    if row.next_attempt_at is None:
        row.status, row.finished_at = DeliveryStatus.DEAD, now


async def _switch_off(work: Work, row: WebhookDelivery) -> None:
    endpoint = await webhooks.lock(work.session, row.webhook_id)
    endpoint.enabled, endpoint.disabled_reason = False, SAID_GONE
    await work.session.flush()
    await deliveries.give_up(work.session, endpoint.id, SAID_GONE)
    after = {"url": rules.shown_url(endpoint.url), "reason": SAID_GONE}
    work.record(EventKind.WEBHOOK_DISABLED, endpoint, after=after)


def _next(webhook: UUID, entity: UUID) -> dict[str, Any]:
    """The job that makes the next delivery about an entity to an endpoint."""
    lane = {"webhook": str(webhook), "entity": str(entity)}
    return {"name": DELIVER, "payload": lane, "key": f"webhook {webhook} {entity}"}


def _note(row: WebhookDelivery, answer: Reply | str) -> None:
    if isinstance(answer, str):
        row.response_status, row.response_body, row.error = None, None, answer
    else:
        text = answer.body.decode(errors="replace").replace("\0", "�")
        row.response_status, row.response_body = answer.status, text[:SHOWN]
        row.error = None if rules.is_taken(answer.status) else f"It answered {answer.status}."
