"""Webhooks: who is told of what, and how they know that it is us."""

from base64 import b64encode
from collections.abc import Sequence
from dataclasses import dataclass
from secrets import token_bytes
from typing import Annotated, Any

from sqlalchemy.ext.asyncio import AsyncSession

from db import deliveries, loaders, organizations, webhooks
from db.models import Webhook, new_id, now
from domain import webhooks as rules
from domain.errors import Problem, refuse
from domain.events import Event, EventKind
from domain.ids import OrganizationId, WebhookId
from domain.unset import UNSET, Unset, or_else
from resolvers.context import Context
from resolvers.inputs import IfVersion
from resolvers.work import Work

DELIVER = "webhooks.deliver"
_SELECTION = (
    "A GraphQL selection on `OrganizationEvent`, in braces: what each delivery tells in `data`."
)


@dataclass(frozen=True, slots=True)
class CreateWebhook:
    """An endpoint that is to be told of what happens."""

    organization: Annotated[OrganizationId, "The organisation to tell of."]
    url: Annotated[str, "Where to POST to; a public address with `https://`."]
    kinds: Annotated[tuple[EventKind, ...], "What to tell of; leave it empty for everything."] = ()
    selection: Annotated[str, _SELECTION] = rules.DEFAULT_SELECTION
    description: Annotated[str, "What it is for; up to 500 characters."] = ""


@dataclass(frozen=True, slots=True)
class UpdateWebhook:
    """What to change; what is left out stays as it is."""

    webhook: Annotated[WebhookId, "The webhook."]
    url: Annotated[str | Unset, "Where to POST to."] = UNSET
    kinds: Annotated[tuple[EventKind, ...] | Unset, "What to tell of; empty for everything."] = (
        UNSET
    )
    selection: Annotated[str | Unset, _SELECTION] = UNSET
    description: Annotated[str | Unset, "What it is for."] = UNSET
    enabled: Annotated[
        bool | Unset, "Whether it is told; what waits when it is switched off is given up."
    ] = UNSET
    if_version: IfVersion = None


@dataclass(frozen=True, slots=True)
class DeleteWebhook:
    """What to delete."""

    webhook: Annotated[WebhookId, "The webhook."]
    if_version: IfVersion = None


@dataclass(frozen=True, slots=True)
class RotateWebhookSecret:
    """Whose secret to replace."""

    webhook: Annotated[WebhookId, "The webhook."]
    if_version: IfVersion = None


@dataclass(frozen=True, slots=True)
class PingWebhook:
    """What to try out."""

    webhook: Annotated[WebhookId, "The webhook; it has to be enabled."]


@dataclass(frozen=True, slots=True)
class WithSecret:
    """A webhook and its secret, which is shown this once."""

    webhook: Webhook
    secret: str


async def create(ctx: Context, input: CreateWebhook) -> WithSecret:
    """Have an endpoint told of what happens from now on. Deliveries are signed as Standard Webhooks
    describes, come in order for each thing, and are repeated for a day until the endpoint answers
    with a 2xx.
    """
    _check(ctx, input.url, input.description, input.kinds, input.selection)
    async with ctx.transaction() as work:
        place = await work.find(loaders.organizations, input.organization, at="organization")
        await organizations.lock(work.session, place.id)
        rules.check_room(await webhooks.count(work.session, place.id))
        row, secret = _made(ctx, work, place.id, input)
        work.session.add(row)
        work.record(EventKind.WEBHOOK_CREATED, row, after=_summary(row))
    return WithSecret(row, secret)


async def update(ctx: Context, input: UpdateWebhook) -> Webhook:
    """Change what an endpoint is told of, or where it is; or switch it off and on."""
    async with ctx.transaction() as work:
        row = await _lock(work, input.webhook, input.if_version)
        before = _summary(row)
        row.url = or_else(input.url, row.url)
        row.kinds = list(or_else(input.kinds, tuple(row.kinds)))
        row.selection = or_else(input.selection, row.selection)
        row.description = or_else(input.description, row.description)
        kinds = [EventKind(kind) for kind in row.kinds]
        _check(ctx, row.url, row.description, kinds, row.selection)
        await _switch(work, row, on=or_else(input.enabled, row.enabled))
        work.record(EventKind.WEBHOOK_UPDATED, row, before=before, after=_summary(row))
    return row


async def delete(ctx: Context, input: DeleteWebhook) -> Webhook:
    """Tell an endpoint nothing more, not even what waits. Answers it once more."""
    async with ctx.transaction() as work:
        row = await _lock(work, input.webhook, input.if_version)
        row.deleted_at = now()
        await deliveries.give_up(work.session, row.id, "The webhook was deleted.")
        work.record(EventKind.WEBHOOK_DELETED, row, before=_summary(row))
    return row


async def rotate_secret(ctx: Context, input: RotateWebhookSecret) -> WithSecret:
    """Replace the secret of a webhook. For 24 hours deliveries are signed with both, so that the
    endpoint can change over.
    """
    async with ctx.transaction() as work:
        row = await _lock(work, input.webhook, input.if_version)
        row.old_secret = await webhooks.sealed_secret(work.session, row.id)
        row.old_secret_until = now() + rules.OLD_SECRET_FOR
        row.secret, secret = _new_secret(ctx)
        work.record(EventKind.WEBHOOK_KEY_ROTATED, row)
    return WithSecret(row, secret)


async def ping(ctx: Context, input: PingWebhook) -> Webhook:
    """Send a `WEBHOOK_PINGED` to one endpoint, to see whether it answers."""
    async with ctx.transaction() as work:
        row = await _lock(work, input.webhook, None)
        rules.check_enabled(WebhookId(row.id), enabled=row.enabled)
        work.record(EventKind.WEBHOOK_PINGED, row)
    return row


async def fired_by(session: AsyncSession, events: Sequence[Event]) -> list[Webhook]:
    """The webhooks that are called for any of these events, each once."""
    due = await due_for(session, events)
    return list({webhook.id: webhook for webhook, _ in due}.values())


async def due_for(session: AsyncSession, events: Sequence[Event]) -> list[tuple[Webhook, Event]]:
    """Who is to be told of what, in the order of the events."""
    places = {event.organization_id for event in events if event.organization_id}
    listening = await webhooks.enabled(session, places)
    return [(row, event) for event in events for row in listening if _concerns(row, event)]


def _concerns(row: Webhook, event: Event) -> bool:
    if row.organization_id != event.organization_id or event.occurred_at < row.created_at:
        return False
    if event.kind is EventKind.WEBHOOK_PINGED:
        return event.entity_id == row.id
    return rules.wants(row.kinds, event.kind)


async def _lock(work: Work, id: WebhookId, if_version: int | None) -> Webhook:
    return await work.lock(loaders.webhooks, id, at="webhook", if_version=if_version)


async def _switch(work: Work, row: Webhook, *, on: bool) -> None:
    if row.enabled and not on:
        await deliveries.give_up(work.session, row.id, rules.OFF)
    row.enabled = on
    row.disabled_reason = None if on else row.disabled_reason


def _check(
    ctx: Context, url: str, description: str, kinds: Sequence[EventKind], selection: str
) -> None:
    outgoing = ctx.resources.outgoing
    plain = outgoing.plain_allowed
    problems = [*rules.check_webhook(url, description, kinds, plain_allowed=plain)]
    problems += [Problem(("selection",), each) for each in outgoing.payloads.problems(selection)]
    refuse(problems)


def _made(ctx: Context, work: Work, place: Any, input: CreateWebhook) -> tuple[Webhook, str]:
    sealed, secret = _new_secret(ctx)
    row = Webhook(
        id=new_id(),
        organization_id=place,
        url=input.url,
        description=input.description,
        kinds=[kind.value for kind in input.kinds],
        selection=input.selection,
        secret=sealed,
        creator_id=work.by,
    )
    return row, secret


def _new_secret(ctx: Context) -> tuple[bytes, str]:
    """Sealed and shown: 256 bits, in the form of Standard Webhooks."""
    raw = token_bytes(32)
    return ctx.resources.outgoing.secrets.seal(raw), shown(raw)


def shown(secret: bytes) -> str:
    """The form in which libraries for Standard Webhooks take it."""
    return f"whsec_{b64encode(secret).decode()}"


def _summary(row: Webhook) -> dict[str, Any]:
    """What an event tells of a webhook, without its secret."""
    return {
        "url": rules.shown_url(row.url),
        "kinds": list(row.kinds),
        "enabled": row.enabled,
        "description": row.description,
    }
